//! Cordon: a privacy gateway for clinical AI.
//!
//! Modules in reading order; each uses only those below it.

#![forbid(unsafe_op_in_unsafe_fn)]

// The training code is part of the tests of the tagger, and names this crate.
#[cfg(test)]
extern crate self as cordon;

pub mod cli;
pub mod commands;
pub mod admin;
pub mod server;
pub mod proxy;
pub mod tls;
pub mod telemetry;
pub mod config;
pub mod dialect;
pub mod local;
pub mod audit;
pub mod vault;
pub mod eval;
pub mod reidentify;
pub mod deid;
pub mod profile;
pub mod dicom;
pub mod pseudonym;
pub mod json;
pub mod sse;
pub mod multipart;
pub mod pdf;
pub mod picture;
pub mod recognize;
pub mod refusal;
pub mod rules;
pub mod secret;
pub mod crypto;
pub mod entity;
pub mod text;
