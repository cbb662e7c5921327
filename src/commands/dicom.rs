//! `cordon dicom`: files and folders of DICOM objects, de-identified.

mod folder;
mod report;

use crate::dicom::{BurnedIn, Choice, Documents, Error, Keyed, Policy, Profile};
use crate::rules::Rules;
use anyhow::{Context, bail};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use clap::ValueEnum;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// De-identifies DICOM objects after PS3.15 Annex E.
///
/// The header is rewritten in one pass and the pixels are copied as they are. An object that cannot be cleared is not
/// written, and the reason is told. The exit status is 0 when every object was written, 1 when some were refused, 2
/// when the command could not do its work.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file, a folder, or `-` for standard input.
    input: PathBuf,
    /// Where the result goes: a file, a folder, or `-` for standard output.
    output: PathBuf,
    /// A profile of `rules/dicom/profiles.toml`.
    #[arg(long, default_value = "basic")]
    profile: String,
    /// Options of PS3.15 E.3 beyond those of the profile, separated by commas: rtn_safe_priv, rtn_uids, rtn_dev_id,
    /// rtn_inst_id, rtn_pat_chars, rtn_long_full, rtn_long_modif, clean_desc, clean_struct, clean_graph.
    #[arg(long, value_delimiter = ',')]
    options: Vec<Choice>,
    /// What to do where a patient's name may be burned into the pixels.
    #[arg(long, value_enum, default_value_t)]
    burned_in: BurnedInArg,
    /// What to do with encapsulated documents.
    #[arg(long, value_enum, default_value_t)]
    documents: DocumentsArg,
    /// A file with the secret, at least 16 bytes, by which UIDs and dates are replaced. Objects made with the same
    /// secret fit together; without one, only those of this call do.
    #[arg(long)]
    key: Option<PathBuf>,
    /// A directory of rules that replaces the built-in one.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Writes what was done to which attribute of which file, as JSON without values.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Does everything but write the output.
    #[arg(long)]
    dry_run: bool,
    /// How many files are worked on at a time; all cores by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// Leaves alone what the output folder already has, to go on where an earlier call ended. Needs `--key`.
    #[arg(long, requires = "key")]
    resume: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum BurnedInArg {
    /// Refuse kinds of objects that often show a name.
    #[default]
    Refuse,
    /// Blank what lies outside known regions; refuse where none is known.
    Blank,
    /// Copy the pixels: somebody has looked at them.
    Keep,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum DocumentsArg {
    /// Put an empty document in their place.
    #[default]
    Remove,
    /// Refuse the object.
    Refuse,
}

/// What one call works with.
struct Job {
    policy: Policy,
    keyed: Keyed,
    dry_run: bool,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let job = Job { policy: policy(&args)?, keyed: keyed(&args)?, dry_run: args.dry_run };
    let mut report = report::Report::create(args.report.as_deref(), &job.policy)?;
    let outcome = if args.input.is_dir() {
        let jobs =
            args.jobs.map_or_else(std::thread::available_parallelism, |jobs| jobs.try_into().map_err(io::Error::other));
        folder::run(
            &job,
            &args.input,
            &args.output,
            jobs.context("the number of cores")?.get(),
            args.resume,
            &mut report,
        )?
    } else {
        let done = job.one(&args.input, &args.output);
        let name = args.input.display().to_string();
        report.add(&name, &done)?;
        match done {
            Ok(_) => folder::Tally { written: 1, ..Default::default() },
            Err(error) => {
                folder::complain(&name, &error);
                if matches!(error, Error::Read(_) | Error::Write(_)) {
                    report.finish()?;
                    return Ok(ExitCode::from(2));
                }
                folder::Tally { refused: 1, ..Default::default() }
            }
        }
    };
    report.finish()?;
    Ok(ExitCode::from(u8::from(outcome.refused > 0)))
}

impl Job {
    /// One object, from one place to another.
    fn one(&self, input: &Path, output: &Path) -> Result<crate::dicom::Report, Error> {
        if input == Path::new("-") {
            return self.stream(io::stdin().lock(), None, output);
        }
        let file = File::open(input).map_err(Error::Read)?;
        let length = file.metadata().map_err(Error::Read)?.len();
        self.stream(file, Some(length), output)
    }

    fn stream(&self, input: impl Read, length: Option<u64>, output: &Path) -> Result<crate::dicom::Report, Error> {
        let alone = &crate::dicom::Alone;
        let rewrite =
            |output: &mut dyn Write| crate::dicom::deidentify(input, length, output, &self.policy, &self.keyed, alone);
        if self.dry_run {
            return rewrite(&mut io::sink());
        }
        if output == Path::new("-") {
            return rewrite(&mut io::stdout().lock());
        }
        // A reader of the output never sees half an object.
        let part = part_of(output);
        let mut file = File::create(&part).map_err(Error::Write)?;
        let done = rewrite(&mut file).and_then(|report| {
            std::fs::rename(&part, output).map_err(Error::Write)?;
            Ok(report)
        });
        if done.is_err() {
            // The reason is the first error; that the part could not be removed adds nothing to it.
            let _ = std::fs::remove_file(&part);
        }
        done
    }
}

/// The name under which a file is written until it is whole.
fn part_of(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!(".{name}.part"))
}

fn policy(args: &Args) -> anyhow::Result<Policy> {
    let rules = match &args.rules {
        Some(root) => Rules::from_dir(root).with_context(|| root.display().to_string())?,
        None => Rules::embedded(),
    };
    let mut profile = Profile::load(&rules, &args.profile)?;
    profile.add(&args.options);
    profile.burned_in = match args.burned_in {
        BurnedInArg::Refuse => BurnedIn::Refuse,
        BurnedInArg::Blank => BurnedIn::Blank,
        BurnedInArg::Keep => BurnedIn::Keep,
    };
    profile.documents = match args.documents {
        DocumentsArg::Remove => Documents::Remove,
        DocumentsArg::Refuse => Documents::Refuse,
    };
    Ok(Policy::new(&rules, profile)?)
}

fn keyed(args: &Args) -> anyhow::Result<Keyed> {
    let Some(path) = &args.key else {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
        return Ok(Keyed::new(&secret));
    };
    let mut secret = Vec::new();
    let file = File::open(path).with_context(|| path.display().to_string())?;
    BufReader::new(file).take(4096).read_to_end(&mut secret)?;
    if secret.len() < 16 {
        bail!("{}: the secret is shorter than 16 bytes; make one with `head -c 32 /dev/urandom`", path.display());
    }
    Ok(Keyed::new(&secret))
}
