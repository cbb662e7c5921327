//! Every integration test, in one binary.

mod audit;
mod exchange;
mod gateway;
mod provider;
mod tidy;
