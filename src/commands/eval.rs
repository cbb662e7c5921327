//! `cordon eval`: how well detection does on labelled text.

mod report;
mod setup;

use crate::eval::{Difference, EntityName, Gold, Kind, PredictedSpan, Prediction, Required, Score};
use crate::recognize::{Analyzer, Options};
use crate::rules::Rules;
use anyhow::{Context, anyhow};
use report::{Pair, Report};
use setup::Setup;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Measure detection on labelled text.
///
/// The text is a file of one JSON object a line: `{"id","text","spans":[{"start","end","type"}]}`, offsets counted in
/// Unicode characters. Recall, precision, documents without a leak and false alarms are counted on letters and digits.
///
/// Without a profile everything that is found counts as masked; with one, what it keeps does not.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labelled documents.
    gold: Vec<PathBuf>,
    /// Write what was found, one JSON object a document.
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// Which labels are required; both with a comma between.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "full")]
    required: Vec<Required>,
    /// What is measured: a configuration with its rules, packs, roster, lists and profile, or the name of a profile.
    #[arg(long)]
    settings: Option<String>,
    /// Measure these settings too, on the same text, and show where the two differ.
    #[arg(long, value_name = "SETTINGS")]
    compare: Option<String>,
    /// The tenant whose lists hold.
    #[arg(long, default_value = "")]
    tenant: String,
    /// List so many of the differences, with the text around them.
    #[arg(long, default_value_t = 0)]
    errors: usize,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// The country packs, with commas between, where the settings name none; `*` is all of them.
    #[arg(long, value_delimiter = ',', default_value = "*")]
    packs: Vec<String>,
    /// A directory of rules that replaces those compiled in, where the settings name none.
    #[arg(long)]
    rules: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut setups = vec![Setup::new(args.settings.as_deref(), &args)?];
    if let Some(settings) = &args.compare {
        setups.push(Setup::new(Some(settings), &args)?);
    }
    let mut pairs: Vec<Pair> = args.required.iter().map(|_| Pair::default()).collect();
    let mut scores: Vec<Vec<Score>> =
        args.required.iter().map(|_| setups.iter().map(|_| Score::default()).collect()).collect();
    let (mut predictions, mut errors, mut left) = (String::new(), String::new(), args.errors);
    let (mut characters, mut spent) = (0, Duration::ZERO);
    for path in &args.gold {
        for document in read(path)? {
            let started = Instant::now();
            let spans = setups.iter().map(|setup| setup.predict(&document.text)).collect::<anyhow::Result<Vec<_>>>()?;
            spent += started.elapsed();
            characters += document.text.len() * setups.len();
            for (which, &required) in args.required.iter().enumerate() {
                let leaked: Vec<usize> = scores[which].iter().map(|score| score.leaked).collect();
                let differences: Vec<Vec<Difference>> = scores[which]
                    .iter_mut()
                    .zip(&spans)
                    .map(|(score, spans)| score.add(&document, spans, required))
                    .collect();
                if let [first, second] = &scores[which][..] {
                    pairs[which].add(first.leaked > leaked[0], second.leaked > leaked[1]);
                }
                if which == 0 {
                    for difference in shown(&differences).into_iter().take(left) {
                        left -= 1;
                        show(&mut errors, &document, difference);
                    }
                }
            }
            let spans = spans.into_iter().next().unwrap_or_default();
            predictions += &serde_json::to_string(&Prediction { id: document.id, spans })?;
            predictions.push('\n');
        }
    }
    if let Some(path) = &args.predictions {
        std::fs::write(path, predictions).with_context(|| path.display().to_string())?;
    }
    let names: Vec<&str> = setups.iter().map(|setup| setup.name.as_str()).collect();
    let reports: Vec<Report<'_>> = (0..args.required.len())
        .map(|which| Report::new(args.required[which], &names, &scores[which], &pairs[which]))
        .collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        reports.iter().for_each(|report| print!("{report}"));
    }
    print!("{errors}");
    eprintln!("{:.1} MB/s", characters as f64 / 1e6 / spent.as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The detector as a site would run it, with every mistake of the rules in the error.
pub fn analyzer(rules: Option<&Path>, packs: &[String]) -> anyhow::Result<Analyzer> {
    let options = Options { packs: packs.to_vec(), ..Options::default() };
    Analyzer::new(&rules_of(rules)?, &options)
        .map_err(|errors| anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// The rules of a directory, or those compiled in.
pub fn rules_of(directory: Option<&Path>) -> anyhow::Result<Rules> {
    match directory {
        Some(directory) => Rules::from_dir(directory).with_context(|| directory.display().to_string()),
        None => Ok(Rules::embedded()),
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Gold>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), at + 1)))
        .collect()
}

/// The differences from the labels; of two settings, those that the second alone has.
fn shown(differences: &[Vec<Difference>]) -> Vec<&Difference> {
    match differences {
        [only] => only.iter().collect(),
        [first, second] => second.iter().filter(|difference| !first.contains(difference)).collect(),
        _ => Vec::new(),
    }
}

fn show(out: &mut String, document: &Gold, difference: &Difference) {
    let around: String = document
        .text
        .chars()
        .enumerate()
        .skip(difference.start.saturating_sub(30))
        .take(difference.end - difference.start + 60)
        .flat_map(|(at, c)| {
            let open = (at == difference.start).then_some('⟦');
            let close = (at + 1 == difference.end).then_some('⟧');
            let c = if c == '\n' { '⏎' } else { c };
            open.into_iter().chain([c]).chain(close)
        })
        .collect();
    let kind = match difference.kind {
        Kind::Missed => "missed",
        Kind::Partial => "partial",
        Kind::FalseAlarm => "false alarm",
    };
    let _ = writeln!(out, "{kind:<11} {:<14} {} {around}", difference.entity, document.id);
}
