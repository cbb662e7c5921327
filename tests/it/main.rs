//! Every integration test, in one binary.

mod audit;
mod egress;
mod exchange;
mod framing;
mod gateway;
mod limits;
mod ops;
mod provider;
mod tidy;
