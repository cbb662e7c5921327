//! One exchange from first to last.

pub mod coding;
pub mod inbound;
pub mod keyring;
pub mod reply;
