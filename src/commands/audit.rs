//! `cordon audit`: verify, read and export the audit log, offline.

use crate::audit::checkpoint::{Checkpoint, VerifierKey};
use crate::audit::export::Format;
use crate::audit::{ExchangeId, merkle, verify};
use anyhow::{Context, bail};
use clap::Subcommand;
use data_encoding::BASE64;
use serde_json::Value;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Verify, read and export the audit log.
///
/// Everything here works from the log's files alone, on any machine, and needs no key but the public one.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check every byte of the published log against its signed checkpoint.
    Verify {
        #[command(flatten)]
        log: Source,
        /// A checkpoint kept from earlier: the log must contain it.
        #[arg(long, value_name = "FILE")]
        old: Option<PathBuf>,
    },
    /// Print records, newest last.
    Show {
        #[command(flatten)]
        log: Source,
        /// Only the records of this exchange, as in the `cordon-exchange-id` header.
        #[arg(long)]
        id: Option<String>,
        /// Only the last N records.
        #[arg(long, default_value_t = 20)]
        last: usize,
    },
    /// Print all records for another system.
    Export {
        #[command(flatten)]
        log: Source,
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
        /// Begin with the record of this index, to continue an earlier export.
        #[arg(long, default_value_t = 0)]
        from: usize,
    },
    /// Print a proof that one record is in the log, for somebody who has only the checkpoint's key.
    ///
    /// The proof has the form of C2SP tlog-proof: the index, the hashes, and the signed checkpoint.
    Prove {
        #[command(flatten)]
        log: Source,
        index: usize,
    },
}

#[derive(Debug, clap::Args)]
struct Source {
    /// The audit directory of the configuration, or the published log in it.
    directory: PathBuf,
    /// The log's verifier key; by default the file `vkey` in the directory.
    ///
    /// An auditor uses a copy that was handed over earlier: a key that lies beside the log proves only that the log is
    /// consistent.
    #[arg(long, value_name = "FILE")]
    vkey: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let printed = match args.command {
        Command::Verify { log, old } => return verify(&log, old.as_deref()),
        Command::Show { log, id, last } => show(&log, id.as_deref(), last),
        Command::Export { log, format, from } => export(&log, format, from),
        Command::Prove { log, index } => prove(&log, index),
    };
    match printed {
        // A reader that went away, such as `head`, has all it wanted.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        printed => printed.map(|()| ExitCode::SUCCESS),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl Source {
    /// The folder with the checkpoint.
    fn published(&self) -> PathBuf {
        let inner = self.directory.join("log");
        if inner.join("checkpoint").exists() { inner } else { self.directory.clone() }
    }

    fn key(&self) -> anyhow::Result<VerifierKey> {
        let path = match &self.vkey {
            Some(path) => path.clone(),
            None => [self.directory.join("vkey"), self.directory.join("../vkey")]
                .into_iter()
                .find(|path| path.exists())
                .context("no `vkey` beside the log; name it with `--vkey`")?,
        };
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        VerifierKey::parse(&text).with_context(|| path.display().to_string())
    }

    /// All records, each checked to lead to the signed root before the first is shown.
    fn records(&self) -> anyhow::Result<Vec<Value>> {
        let (directory, key) = (self.published(), self.key()?);
        let size = verify::log(&directory, &key, None)?.checkpoint.size;
        let entries = verify::entries(&directory, size)?;
        entries.iter().map(|entry| Ok(serde_json::from_slice(entry)?)).collect()
    }
}

fn verify(log: &Source, old: Option<&Path>) -> anyhow::Result<ExitCode> {
    let key = log.key()?;
    let earlier = match old {
        None => None,
        Some(path) => {
            let note = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Some(Checkpoint::open(&note, &key).with_context(|| path.display().to_string())?)
        }
    };
    match verify::log(&log.published(), &key, earlier.as_ref()) {
        Err(failure) => {
            println!("NO  the log does not verify: {failure}");
            Ok(ExitCode::from(1))
        }
        Ok(verified) => {
            let Checkpoint { origin, size, root } = &verified.checkpoint;
            println!("YES {origin}: {size} records, root {}", BASE64.encode(root));
            if old.is_some() {
                println!("    the earlier checkpoint is a prefix of it");
            }
            for (kind, count) in &verified.kinds {
                println!("    {count:>8} {kind}");
            }
            if verified.unknown_outcomes > 0 {
                println!("    {} requests without a recorded outcome; count them as sent", verified.unknown_outcomes);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show(log: &Source, id: Option<&str>, last: usize) -> anyhow::Result<()> {
    let records = log.records()?;
    let wanted: Vec<_> = match id {
        Some(text) => {
            let id = ExchangeId::parse(text).context("an exchange id has 26 letters and digits")?.to_string();
            records.iter().filter(|record| record["id"] == id.as_str() || record["ref"] == id.as_str()).collect()
        }
        None => records.iter().skip(records.len().saturating_sub(last)).collect(),
    };
    if wanted.is_empty() && id.is_some() {
        bail!("no record of this exchange is published yet; the gateway publishes once a second");
    }
    for record in wanted {
        print(&serde_json::to_string_pretty(record)?)?;
    }
    Ok(())
}

fn export(log: &Source, format: Format, from: usize) -> anyhow::Result<()> {
    let records = log.records()?;
    if let Some(header) = format.header() {
        print(&header)?;
    }
    for record in records.iter().skip(from) {
        print(&format.line(record))?;
    }
    Ok(())
}

fn prove(log: &Source, index: usize) -> anyhow::Result<()> {
    let (directory, key) = (log.published(), log.key()?);
    let size = verify::log(&directory, &key, None)?.checkpoint.size;
    let leaves: Vec<_> = verify::entries(&directory, size)?.iter().map(|entry| merkle::leaf(entry)).collect();
    if index >= leaves.len() {
        bail!("the log has {size} records; the last index is {}", size.saturating_sub(1));
    }
    let mut proof = format!("c2sp.org/tlog-proof@v1\nindex {index}\n");
    for hash in merkle::inclusion(&leaves, index) {
        proof.push_str(&BASE64.encode(&hash));
        proof.push('\n');
    }
    proof.push('\n');
    proof.push_str(&fs::read_to_string(directory.join("checkpoint"))?);
    print(proof.trim_end())
}

/// A line on standard output.
fn print(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
