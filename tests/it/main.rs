//! Every integration test, in one binary.

#[cfg(feature = "engine")]
mod answers;
mod attack;
mod audit;
mod citations;
mod coverage;
mod dialects;
mod dicom;
mod egress;
#[cfg(feature = "engine")]
mod embeddings;
mod encoded;
mod exchange;
#[cfg(feature = "engine")]
mod faults;
mod fields;
mod framing;
mod gateway;
mod h2;
mod laws;
mod limits;
mod linear;
mod local;
mod notes;
mod ops;
mod pieces;
mod planted;
mod provider;
mod site;
mod state;
#[cfg(feature = "engine")]
mod routing;
mod servers;
mod surfaces;
mod tidy;
#[cfg(feature = "engine")]
mod tiny;
mod ui;
mod uploads;
mod vault;
