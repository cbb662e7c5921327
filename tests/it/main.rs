//! Every integration test, in one binary.

mod exchange;
mod gateway;
mod provider;
mod tidy;
