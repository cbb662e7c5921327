//! The subcommands, each with its `Args` and its `run`. Here, and only here, errors become sentences for a person.

pub mod audit;
pub mod bench;
pub mod certs;
pub mod check;
pub mod deid;
pub mod demo;
pub mod dicom;
pub mod eval;
pub mod init;
pub mod keys;
pub mod model;
pub mod model_worker;
pub mod serve;

use crate::config::Config;
use crate::rules::RuleError;
use std::path::Path;

/// Reads the configuration; an error lists every mistake in it.
fn load(path: &Path) -> anyhow::Result<Config> {
    Config::load(path).map_err(|mistakes| anyhow::anyhow!("{}", listed(&mistakes)))
}

fn listed(mistakes: &[RuleError]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: ")
}
