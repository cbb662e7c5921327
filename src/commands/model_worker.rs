//! `cordon model-worker`: the process that holds a model. The gateway starts it; nobody else needs to.

use std::process::ExitCode;

/// Hold a model and answer on standard output what standard input asks (started by the gateway itself)
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: Args) -> anyhow::Result<ExitCode> {
    crate::local::worker::run()?;
    Ok(ExitCode::SUCCESS)
}
