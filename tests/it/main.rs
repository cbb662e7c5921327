//! Every integration test, in one binary.

mod audit;
mod tidy;
