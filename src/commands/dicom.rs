//! `cordon dicom`: files and folders of DICOM objects, de-identified.

mod folder;
mod report;

use crate::crypto::random;
use crate::dicom::verify::{self, Originals, Survivor};
use crate::dicom::{
    self, BurnedIn, Choice, Detector, Documents, Error, Keyed, Policy, Profile, Report, Truncated, json_model,
    xml_model,
};
use crate::rules::Rules;
use anyhow::{Context, bail};
use clap::ValueEnum;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

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
    /// A table of private attributes that the site knows to be safe, as `rules/dicom/safe_private.tsv` is written; they
    /// stay under the option rtn_safe_priv, beside those of PS3.15.
    #[arg(long)]
    safe_private: Option<PathBuf>,
    /// What to do where a patient's name may be burned into the pixels.
    #[arg(long, value_enum, default_value_t)]
    burned_in: BurnedInArg,
    /// What to do with encapsulated documents.
    #[arg(long, value_enum, default_value_t)]
    documents: DocumentsArg,
    /// What to do with an object that ends inside an element.
    #[arg(long, value_enum, default_value_t)]
    truncated: TruncatedArg,
    /// What to do with descriptions that an option wants cleaned.
    #[arg(long, value_enum, default_value_t)]
    descriptions: DescriptionsArg,
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
    /// Reads every output again, by itself, and searches it for each identifying value of its original in any encoding.
    /// What does not pass is not left in the output.
    #[arg(long)]
    verify: bool,
    /// Does everything but write the output.
    #[arg(long)]
    dry_run: bool,
    /// How many files are worked on at a time; all cores by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// In a folder, takes files in the DICOM JSON or XML model too. A file by itself is always looked at for that.
    #[arg(long)]
    models: bool,
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

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum TruncatedArg {
    /// Refuse the object.
    #[default]
    Refuse,
    /// Write what is there; the report has a note of it.
    Write,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DescriptionsArg {
    /// Leave them out: no detector finds every name in a few words.
    #[default]
    Remove,
    /// Keep them where the text detector finds nothing, and cut out what it finds.
    Detect,
}

/// What one call works with.
struct Job {
    policy: Policy,
    keyed: Keyed,
    detector: Arc<Detector>,
    models: bool,
    verify: bool,
    dry_run: bool,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let rules = rules(&args)?;
    let detector = detector(&args, &rules)?;
    let job = Job {
        policy: policy(&args, &rules)?,
        keyed: keyed(&args)?,
        detector,
        models: args.models || !args.input.is_dir(),
        verify: args.verify,
        dry_run: args.dry_run,
    };
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
    // The process ends here: the system takes back at once what would be freed piece by piece.
    std::mem::forget(job);
    Ok(ExitCode::from(u8::from(outcome.refused > 0)))
}

impl Job {
    /// One object, from one place to another.
    fn one(&self, input: &Path, output: &Path) -> Result<Report, Error> {
        let is_standard = input == Path::new("-");
        if self.verify {
            // Both sides of the comparison are needed at once.
            let original =
                if is_standard { read(io::stdin().lock()) } else { std::fs::read(input) }.map_err(Error::Read)?;
            return self.verified(&original, output);
        }
        if is_standard {
            return self.stream(io::stdin().lock(), None, output);
        }
        let file = File::open(input).map_err(Error::Read)?;
        let done = if self.dry_run || output == Path::new("-") {
            let length = file.metadata().map_err(Error::Read)?.len();
            self.stream(file, Some(length), output)
        } else {
            place(output, |output| dicom::deidentify_file(&file, output, &self.policy, &self.keyed, &*self.detector))
        };
        match done {
            Err(Error::NotDicom) if self.models => self.model(input, output),
            done => done,
        }
    }

    /// A file that is no object may be one in the DICOM JSON model or the Native DICOM Model.
    fn model(&self, input: &Path, output: &Path) -> Result<Report, Error> {
        let mut start = [0];
        let mut file = File::open(input).map_err(Error::Read)?;
        if file.read(&mut start).map_err(Error::Read)? == 0 || !b"{[< \n\xEF".contains(&start[0]) {
            return Err(Error::NotDicom);
        }
        let bytes = std::fs::read(input).map_err(Error::Read)?;
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let (cleared, report) = if json_model::sniff(text) {
            json_model::deidentify(text, &self.policy, &self.keyed, &*self.detector)?
        } else if xml_model::sniff(text) {
            xml_model::deidentify(text, &self.policy, &self.keyed, &*self.detector)?
        } else {
            return Err(Error::NotDicom);
        };
        self.place(output, |output| output.write_all(&cleared).map_err(Error::Write).map(|()| report))
    }

    fn stream(&self, input: impl Read, length: Option<u64>, output: &Path) -> Result<Report, Error> {
        self.place(output, |output| {
            dicom::deidentify(input, length, output, &self.policy, &self.keyed, &*self.detector)
        })
    }

    fn verified(&self, original: &[u8], output: &Path) -> Result<Report, Error> {
        let (bytes, report) = dicom::deidentify_bytes(original, &self.policy, &self.keyed, &*self.detector)?;
        verify::markers(&bytes).map_err(|what| Error::Unverified(what.to_owned()))?;
        let survivors = Originals::read(original, &self.policy)?.survivors(&bytes)?;
        if let Some(Survivor { tag, encoding, position }) = survivors.first() {
            let (group, element) = (tag.group(), tag.element());
            let place = format!("({group:04X},{element:04X}) as {encoding} at byte {position}");
            let count = survivors.len();
            return Err(Error::Unverified(format!("{count} values of the original are in it, the first of {place}")));
        }
        self.place(output, |output| output.write_all(&bytes).map_err(Error::Write).map(|()| report))
    }

    /// Writes to where the caller wants it.
    fn place(
        &self,
        output: &Path,
        write: impl FnOnce(&mut dyn Write) -> Result<Report, Error>,
    ) -> Result<Report, Error> {
        if self.dry_run {
            return write(&mut io::sink());
        }
        if output == Path::new("-") {
            return write(&mut io::stdout().lock());
        }
        place(output, |mut output| write(&mut output))
    }
}

/// Writes a file. A reader of it never sees half an object.
fn place(output: &Path, write: impl FnOnce(&File) -> Result<Report, Error>) -> Result<Report, Error> {
    let part = part_of(output);
    let file = File::create(&part).map_err(Error::Write)?;
    let done = write(&file).and_then(|report| {
        std::fs::rename(&part, output).map_err(Error::Write)?;
        Ok(report)
    });
    if done.is_err() {
        // The reason is the first error; that the part could not be removed adds nothing to it.
        let _ = std::fs::remove_file(&part);
    }
    done
}

fn read(mut input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name under which a file is written until it is whole.
fn part_of(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!(".{name}.part"))
}

fn rules(args: &Args) -> anyhow::Result<Rules> {
    match &args.rules {
        Some(root) => Rules::from_dir(root).with_context(|| root.display().to_string()),
        None => Ok(Rules::embedded()),
    }
}

/// The text detector. A site's own rules are compiled at once, so that their mistakes are told before any file is
/// touched; the built-in ones beside the work on the first files of a folder, or when one file needs them.
fn detector(args: &Args, rules: &Rules) -> anyhow::Result<Arc<Detector>> {
    let detector = Arc::new(Detector::new(rules.clone(), args.descriptions == DescriptionsArg::Detect));
    if args.rules.is_some() {
        detector.prepare().map_err(|mistakes| anyhow::anyhow!("{}", super::listed(mistakes)))?;
    } else if args.input.is_dir() {
        let detector = Arc::clone(&detector);
        // Whoever needs it next is told if it failed.
        std::thread::spawn(move || detector.prepare().is_ok());
    }
    Ok(detector)
}

fn policy(args: &Args, rules: &Rules) -> anyhow::Result<Policy> {
    let mut profile = Profile::load(rules, &args.profile)?;
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
    profile.truncated = match args.truncated {
        TruncatedArg::Write => Truncated::Write,
        TruncatedArg::Refuse => Truncated::Refuse,
    };
    let policy = Policy::new(rules, profile)?;
    let Some(path) = &args.safe_private else { return Ok(policy) };
    if !policy.chooses(Choice::RetainSafePrivate) {
        bail!("`--safe-private` has no effect without `--options rtn_safe_priv`");
    }
    let rows = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    policy
        .with_safe_private(&rows)
        .map_err(|error| anyhow::anyhow!("{}:{}: {}", path.display(), error.line, error.message))
}

fn keyed(args: &Args) -> anyhow::Result<Keyed> {
    let Some(path) = &args.key else {
        return Ok(Keyed::new(&random::<32>()));
    };
    let mut secret = Vec::new();
    let file = File::open(path).with_context(|| path.display().to_string())?;
    BufReader::new(file).take(4096).read_to_end(&mut secret)?;
    if secret.len() < 16 {
        bail!("{}: the secret is shorter than 16 bytes; make one with `head -c 32 /dev/urandom`", path.display());
    }
    Ok(Keyed::new(&secret))
}
