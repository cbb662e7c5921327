//! One exchange from first to last.

pub mod keyring;
