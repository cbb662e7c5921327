//! The subcommands, each with its `Args` and its `run`. Here, and only here, errors become sentences for a person.

pub mod certs;
