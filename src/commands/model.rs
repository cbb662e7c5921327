//! `cordon model`: fetches, imports, lists, verifies and removes the models that run on this machine.

use crate::local::catalogue;
use crate::local::pull::{Hub, Wanted};
use crate::local::store::{Entry, Role, Store};
use anyhow::Context;
use clap::Subcommand;
use secrecy::SecretString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Fetch, import, list, verify and remove the models that run on this machine
///
/// Models are GGUF files. A model is loaded only while its files have the digests that were recorded when it was
/// installed. `cordon model pull medgemma` fetches the default one, MedGemma 1.5 4B.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of models.
    #[arg(long, global = true, env = "CORDON_MODELS")]
    directory: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch a model by a known name, or from any repository of a hub.
    ///
    /// A broken download goes on where it broke when the command is run again.
    Pull(Pull),
    /// Install files that are already on this machine, such as those carried to one without a network.
    ///
    /// An adapter is made from a PEFT folder with `convert_lora_to_gguf.py` of llama.cpp, then imported with
    /// `--adapter NAME --name MODEL`; clients call it `local/MODEL+NAME`.
    Import(Import),
    /// List the installed models and those that can be pulled by name.
    List,
    /// Read every file of a model through and compare with the recorded digests.
    Verify {
        /// The models; all of them when none is named.
        names: Vec<String>,
    },
    /// Remove a model with its adapters.
    Remove { name: String },
}

#[derive(Debug, clap::Args)]
struct Pull {
    /// The name to install it under; a known name needs nothing else.
    name: String,
    /// The repository, such as `unsloth/medgemma-1.5-4b-it-GGUF`.
    #[arg(long, requires = "file")]
    repository: Option<String>,
    /// The model's file within the repository.
    #[arg(long)]
    file: Option<String>,
    /// The vision projector's file within the repository.
    #[arg(long)]
    projector: Option<String>,
    /// A branch, tag or commit.
    #[arg(long, default_value = "main")]
    revision: String,
    /// The model's file must have this digest.
    #[arg(long)]
    sha256: Option<String>,
    /// The hub, or a mirror of the same layout.
    #[arg(long, env = "HF_ENDPOINT", default_value = "https://huggingface.co")]
    hub: String,
    /// A file with the access token for a model whose terms must be accepted at the hub.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// A proxy that takes CONNECT, such as `http://proxy.example:3128`.
    #[arg(long, env = "HTTPS_PROXY", hide_env_values = true)]
    proxy: Option<String>,
    /// Certificate authorities beside those of the system, PEM.
    #[arg(long)]
    authorities: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The file; or, in order, the parts of one.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The name to install it under, or of the model that a projector or an adapter is for.
    #[arg(long)]
    name: String,
    /// It is the model's vision projector.
    #[arg(long, conflicts_with = "adapter")]
    projector: bool,
    /// It is an adapter of this name.
    #[arg(long)]
    adapter: Option<String>,
    /// The file must have this digest.
    #[arg(long)]
    sha256: Option<String>,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let store = Store::new(args.directory.unwrap_or_else(Store::default_root));
    match args.action {
        Action::Pull(pull) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(pull.run(&store))?;
        }
        Action::Import(import) => import.run(&store)?,
        Action::List => list(&store)?,
        Action::Verify { names } => return verify(&store, names),
        Action::Remove { name } => store.remove(&name)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Pull {
    async fn run(self, store: &Store) -> anyhow::Result<()> {
        let known = catalogue::published(&self.name).filter(|_| self.repository.is_none());
        let (repository, model, projector) = match (known, &self.repository, &self.file) {
            (Some(known), ..) => (known.repository, known.model, known.projector),
            (None, Some(repository), Some(file)) => (repository.as_str(), file.as_str(), self.projector.as_deref()),
            _ => anyhow::bail!(
                "`{}` is not a known model; name its `--repository` and `--file`, or see `cordon model list`",
                self.name
            ),
        };
        if let Some(known) = known {
            eprintln!("{}: {}", known.name, known.terms);
        }
        let token = self.token_file.as_ref().map(|path| {
            let token = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            anyhow::Ok(SecretString::from(token.trim().to_owned()))
        });
        let token = token.transpose()?;
        let hub =
            Hub { base: self.hub.clone(), token, proxy: self.proxy.clone(), authorities: self.authorities.clone() };
        let folder = store.folder(&self.name)?;
        std::fs::create_dir_all(&folder)?;
        let files = [(Role::Model, Some(model)), (Role::Projector, projector)];
        for (role, file) in files.into_iter().filter_map(|(role, file)| Some((role, file?))) {
            let part = folder.join(format!(".{}.part", role.file_name()));
            let mut progress = Progress::new(file);
            let wanted = Wanted { repository, revision: &self.revision, file };
            let fetched = hub.fetch(wanted, &part, &mut |done, total| progress.show(done, total)).await?;
            progress.finish();
            let expected = self.sha256.as_deref().filter(|_| role == Role::Model);
            let known_before = store.manifest(&self.name).ok();
            let recorded =
                known_before.as_ref().and_then(|manifest| manifest.files.iter().find(|entry| entry.role == role));
            if let Some(recorded) = recorded
                && expected.is_none()
                && recorded.sha256 != fetched.sha256
            {
                std::fs::remove_file(&part)?;
                anyhow::bail!(
                    "{file}: the hub now has other bytes (SHA-256 {}) than were recorded ({}); \
                     `cordon model remove {}` first if that is right",
                    fetched.sha256,
                    recorded.sha256,
                    self.name
                );
            }
            let how = match (expected, recorded, fetched.stated) {
                (Some(_), ..) => "as given",
                (None, Some(_), _) => "as recorded before",
                (None, None, true) => "as the hub states; recorded",
                (None, None, false) => "not stated by the hub; recorded",
            };
            let source = format!("{repository}@{}", fetched.commit.as_deref().unwrap_or(&self.revision));
            let entry = Entry { file: role.file_name(), role, bytes: fetched.bytes, sha256: fetched.sha256.clone() };
            store.add(&self.name, entry, &part, expected, &source, known.map(|known| known.terms))?;
            eprintln!("{file}: SHA-256 {} ({how})", fetched.sha256);
        }
        println!("{}", self.name);
        Ok(())
    }
}

impl Import {
    fn run(self, store: &Store) -> anyhow::Result<()> {
        let role = match self.adapter {
            Some(name) => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
                anyhow::ensure!(
                    name.bytes().all(plain),
                    "an adapter's name has letters, digits, `.`, `_` and `-` only"
                );
                Role::Adapter(name)
            }
            None if self.projector => Role::Projector,
            None => Role::Model,
        };
        let manifest = store.import(&self.name, role.clone(), &self.files, self.sha256.as_deref(), "imported", None)?;
        let entry = manifest.files.iter().find(|entry| entry.role == role).context("it was recorded")?;
        eprintln!("{}: {} bytes, SHA-256 {}", entry.file, entry.bytes, entry.sha256);
        println!("{}", self.name);
        Ok(())
    }
}

fn list(store: &Store) -> anyhow::Result<()> {
    let installed = store.list()?;
    for (name, manifest) in &installed {
        let bytes: u64 = manifest.files.iter().map(|entry| entry.bytes).sum();
        println!("{name}\t{:.1} MB\t{}", bytes as f64 / 1e6, manifest.source);
        for entry in &manifest.files {
            if let Role::Adapter(adapter) = &entry.role {
                println!("{name}+{adapter}\t{:.1} MB\tadapter", entry.bytes as f64 / 1e6);
            }
        }
    }
    let absent = |name: &str| installed.iter().all(|(installed, _)| installed != name);
    for published in catalogue::PUBLISHED.iter().filter(|published| absent(published.name)) {
        println!("{}\tnot installed\t{}", published.name, published.repository);
    }
    Ok(())
}

fn verify(store: &Store, names: Vec<String>) -> anyhow::Result<ExitCode> {
    let names = match names.is_empty() {
        true => store.list()?.into_iter().map(|(name, _)| name).collect(),
        false => names,
    };
    let mut status = ExitCode::SUCCESS;
    for name in names {
        match store.verify(&name) {
            Ok(_) => println!("{name}: as recorded"),
            Err(error) => {
                eprintln!("{name}: {error}");
                status = ExitCode::from(1);
            }
        }
    }
    Ok(status)
}

/// One line that is written anew, or none where nobody watches.
struct Progress<'a> {
    file: &'a str,
    shown: Option<Instant>,
    terminal: bool,
}

impl<'a> Progress<'a> {
    fn new(file: &'a str) -> Self {
        Self { file, shown: None, terminal: std::io::stderr().is_terminal() }
    }

    fn show(&mut self, done: u64, total: Option<u64>) {
        let every = if self.terminal { Duration::from_millis(200) } else { Duration::from_secs(15) };
        if self.shown.is_some_and(|shown| shown.elapsed() < every) {
            return;
        }
        self.shown = Some(Instant::now());
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let of = total.map_or_else(String::new, |total| {
            format!(" of {:.1} MB, {:.0} %", megabytes(total), 100.0 * done as f64 / total.max(1) as f64)
        });
        let end = if self.terminal { "\r" } else { "\n" };
        eprint!("{}: {:.1}{of}  {end}", self.file, megabytes(done));
        // A progress line that cannot be shown is no reason to stop.
        let _ = std::io::stderr().flush();
    }

    fn finish(&self) {
        if self.terminal && self.shown.is_some() {
            eprintln!();
        }
    }
}
