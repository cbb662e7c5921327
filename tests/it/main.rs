//! Every integration test, in one binary.

mod audit;
mod egress;
mod dicom;
mod exchange;
mod framing;
mod gateway;
mod h2;
mod limits;
mod ops;
mod provider;
mod tidy;
