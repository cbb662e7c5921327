//! `cordon keys`: the keys with which callers use the gateway.

use crate::config::Callers;
use crate::proxy::keyring::{Entry, Keyring};
use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make, list and revoke the keys of callers.
///
/// A running gateway notices a change within seconds.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file of keys, instead of the one that the configuration names.
    #[arg(long, global = true)]
    file: Option<PathBuf>,
    /// The configuration.
    #[arg(long, global = true, default_value = "cordon.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and print it. It is shown once; the file keeps its digest.
    Add(Add),
    /// List the keys.
    List,
    /// Revoke a key by its id.
    Revoke { id: String },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Who uses it, such as `ehr-summaries`.
    name: String,
    /// The tenant. Pseudonyms, memories and stored state are never shared between tenants.
    #[arg(long)]
    tenant: String,
    /// A profile instead of the configured one.
    #[arg(long)]
    profile: Option<String>,
    /// An operation it may use, such as `openai.chat` or `anthropic.*`; everything unless given.
    #[arg(long = "operation")]
    operations: Vec<String>,
    /// A model it may use; `*` stands for anything.
    #[arg(long = "model")]
    models: Vec<String>,
    /// Only the local model and destinations on premise.
    #[arg(long)]
    local_only: bool,
    /// Exchanges at a time.
    #[arg(long)]
    concurrency: Option<usize>,
    #[arg(long)]
    requests_per_minute: Option<u32>,
    /// Valid for so many days.
    #[arg(long)]
    days: Option<u32>,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let path = match args.file {
        Some(path) => path,
        None => configured(&args.config)?,
    };
    match args.command {
        Command::Add(add) => add.run(&path)?,
        Command::List => list(&path)?,
        Command::Revoke { id } => Keyring::change(&path, |ring| ring.revoke(&id))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn configured(config: &Path) -> anyhow::Result<PathBuf> {
    let config = super::load(config).context("`--file` names a file of keys without a configuration")?;
    match config.callers {
        Callers::Keys(path) => Ok(path),
        Callers::Passthrough { .. } => bail!("the configuration says `credentials = \"caller\"`: keys have no effect"),
    }
}

impl Add {
    fn run(self, path: &Path) -> anyhow::Result<()> {
        let expires = self.days.map(|days| Timestamp::now() + jiff::SignedDuration::from_hours(24 * i64::from(days)));
        let key = Keyring::change(path, |ring| {
            let (key, entry) = ring.add(&self.name, &self.tenant);
            let Entry { profile, operations, models, local_only, concurrency, requests_per_minute, .. } = entry;
            (*profile, *local_only) = (self.profile, self.local_only);
            (*concurrency, *requests_per_minute) = (self.concurrency, self.requests_per_minute);
            if !self.operations.is_empty() {
                *operations = self.operations;
            }
            if !self.models.is_empty() {
                *models = self.models;
            }
            entry.expires = expires;
            Ok(key)
        })?;
        println!("{}", key.expose_secret());
        eprintln!("{} holds its digest; the key itself is shown only here", path.display());
        Ok(())
    }
}

fn list(path: &Path) -> anyhow::Result<()> {
    let now = Timestamp::now();
    for entry in Keyring::load(path)?.keys {
        let state = match (entry.revoked, entry.expires) {
            (Some(revoked), _) => format!("revoked {revoked:.0}"),
            (None, Some(expires)) if now >= expires => format!("expired {expires:.0}"),
            (None, Some(expires)) => format!("until {expires:.0}"),
            (None, None) => "valid".to_owned(),
        };
        let reach = if entry.local_only { "local only" } else { "external" };
        println!("{}\t{}\t{}\t{}\t{}\t{state}", entry.id, entry.name, entry.tenant, reach, entry.models.join(","));
    }
    Ok(())
}
