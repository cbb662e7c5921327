//! Every integration test, in one binary.

mod audit;
mod dialects;
mod egress;
mod dicom;
mod exchange;
mod fields;
mod framing;
mod gateway;
mod h2;
mod limits;
mod ops;
mod planted;
mod local;
mod provider;
mod surfaces;
mod tidy;
mod ui;
#[cfg(feature = "engine")]
mod tiny;
