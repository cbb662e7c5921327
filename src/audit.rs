//! The audit log: what left, when and by which decision, in a form that others can verify.
//!
//! A C2SP tlog-tiles log (RFC 6962 hashes, Ed25519 signed checkpoints). An intent record is durable before a request
//! leaves, a result record follows. Records hold counts, digests and decisions, never content.

pub mod checkpoint;
pub mod export;
pub mod log;
pub mod merkle;
pub mod record;
pub mod tiles;
pub mod verify;
mod wal;
mod writer;

pub use log::{Log, Options, Receipt, Unavailable};
pub use record::{Actor, Decision, Destination, Event, ExchangeId, Kind};
