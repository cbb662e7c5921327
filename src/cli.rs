//! What can be typed: the `cordon` command and its subcommands.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A privacy gateway for clinical AI: no patient data leaves, replies come back whole, every request is proven.
///
/// Results go to standard output, everything else to standard error. The exit status is 0 when done, 1 when something
/// was found (a mistake in a rule, a broken log), 2 when the command could not do its work.
#[derive(Debug, Parser)]
#[command(name = "cordon", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// Declares each subcommand once: its variant, and the module in `commands` that has its `Args` and its `run`.
macro_rules! subcommands {
    ($($(#[$doc:meta])* $variant:ident $module:ident;)*) => {
        #[derive(Debug, Subcommand)]
        pub enum Command { $($(#[$doc])* $variant(crate::commands::$module::Args),)* }

        impl Command {
            pub fn run(self) -> anyhow::Result<ExitCode> {
                match self { $(Self::$variant(args) => crate::commands::$module::run(args),)* }
            }
        }
    };
}

// The docs of each command are those of its `Args`.
subcommands! {
    Serve serve;
    Check check;
    Keys keys;
    Audit audit;
    Certs certs;
    Demo demo;
    Init init;
    Dicom dicom;
    Model model;
    Bench bench;
    #[command(hide = true)]
    ModelWorker model_worker;
    Deid deid;
    Eval eval;
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn certificates_for_more_hosts() {
        let cli = Cli::try_parse_from(["cordon", "certs", "init", "--host", "gw.example", "--host", "10.0.0.5"]);
        assert!(cli.is_ok());
    }
}
