//! `cordon eval`: how well detection does on labelled text.

use crate::eval::{Difference, EntityName, Gold, Kind, PredictedSpan, Prediction, Required, Score, wilson};
use crate::recognize::{Analyzer, Options, Segment};
use crate::rules::Rules;
use anyhow::{Context, anyhow};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Measure detection on labelled text.
///
/// The text is a file of one JSON object a line: `{"id","text","spans":[{"start","end","type"}]}`, offsets counted in
/// Unicode characters. Recall, precision, documents without a leak and false alarms are counted on letters and digits.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labelled documents.
    gold: Vec<PathBuf>,
    /// Write what was found, one JSON object a document.
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// Which labels are required.
    #[arg(long, value_enum, default_value = "full")]
    required: Required,
    /// Show the figures for both sets of required labels.
    #[arg(long)]
    compare: bool,
    /// List so many of the differences, with the text around them.
    #[arg(long, default_value_t = 0)]
    errors: usize,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// The country packs, with commas between; `*` is all of them.
    #[arg(long, value_delimiter = ',', default_value = "*")]
    packs: Vec<String>,
    /// A directory of rules that replaces those compiled in.
    #[arg(long)]
    rules: Option<PathBuf>,
}

/// Longer than any document takes: here, slowness is for the benches to find.
const DEADLINE: Duration = Duration::from_secs(60);

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let analyzer = analyzer(args.rules.as_deref(), &args.packs)?;
    let mut scores = match args.compare {
        true => vec![(Required::Full, Score::default()), (Required::Hipaa, Score::default())],
        false => vec![(args.required, Score::default())],
    };
    let mut predictions = String::new();
    let mut errors = String::new();
    let mut left = args.errors;
    let mut characters = 0;
    let mut spent = Duration::ZERO;
    for path in &args.gold {
        for document in read(path)? {
            let started = Instant::now();
            let spans = predict(&analyzer, &document.text)?;
            spent += started.elapsed();
            characters += document.text.len();
            for (at, (required, score)) in scores.iter_mut().enumerate() {
                let differences = score.add(&document, &spans, *required);
                if at == 0 {
                    for difference in differences.iter().take(left) {
                        show(&mut errors, &document, difference);
                    }
                    left -= differences.len().min(left);
                }
            }
            predictions += &serde_json::to_string(&Prediction { id: document.id, spans })?;
            predictions.push('\n');
        }
    }
    if let Some(path) = &args.predictions {
        std::fs::write(path, predictions).with_context(|| path.display().to_string())?;
    }
    for (required, score) in &scores {
        if args.json {
            println!("{}", serde_json::to_string(score)?);
        } else {
            print!("{}", table(*required, score));
        }
    }
    print!("{errors}");
    eprintln!("{:.1} MB/s", characters as f64 / 1e6 / spent.as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The detector as a site would run it, with every mistake of the rules in the error.
pub fn analyzer(rules: Option<&Path>, packs: &[String]) -> anyhow::Result<Analyzer> {
    let rules = match rules {
        Some(directory) => Rules::from_dir(directory).with_context(|| directory.display().to_string())?,
        None => Rules::embedded(),
    };
    let options = Options { packs: packs.to_vec(), ..Options::default() };
    Analyzer::new(&rules, &options)
        .map_err(|errors| anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

fn read(path: &Path) -> anyhow::Result<Vec<Gold>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), at + 1)))
        .collect()
}

fn predict(analyzer: &Analyzer, text: &str) -> anyhow::Result<Vec<PredictedSpan>> {
    let found = analyzer.analyze(&[Segment::prose(text)], Instant::now() + DEADLINE)?;
    // Bytes to characters, both in rising order.
    let mut spans = Vec::new();
    let (mut byte, mut character) = (0, 0);
    let mut count = |to: usize| {
        character += text[byte..to].chars().count();
        byte = to;
        character
    };
    for finding in &found[0] {
        let start = count(finding.span.start);
        let end = count(finding.span.end);
        spans.push(PredictedSpan { start, end, entity: EntityName(finding.entity) });
    }
    Ok(spans)
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

fn table(required: Required, score: &Score) -> String {
    let mut out = String::new();
    let name = match required {
        Required::Full => "full",
        Required::Hipaa => "hipaa",
    };
    let _ = writeln!(
        out,
        "{name}: {} documents, recall {:.3}, precision {:.3}, F2 {:.3}, without a leak {:.3} of {}",
        score.documents,
        score.recall(),
        score.precision(),
        score.f2(),
        score.clean_rate(),
        score.with_phi,
    );
    let _ = writeln!(
        out,
        "text without anything to find: {:.2} false alarms per 1,000 characters, untouched {:.3} of {}",
        score.false_alarms_per_thousand(),
        score.untouched_rate(),
        score.without_phi,
    );
    let _ = writeln!(
        out,
        "{:<16} {:>6} {:>7} {:>15} {:>8} {:>12}",
        "type", "spans", "caught", "95 %", "partial", "false alarms"
    );
    for (entity, counts) in &score.types {
        let (low, high) = wilson(counts.caught, counts.spans);
        let rate =
            if counts.spans == 0 { "-".into() } else { format!("{:.3}", counts.caught as f64 / counts.spans as f64) };
        let interval = format!("{low:.3}..{high:.3}");
        let _ = writeln!(
            out,
            "{entity:<16} {:>6} {rate:>7} {interval:>15} {:>8} {:>12}",
            counts.spans, counts.partial, counts.false_alarms,
        );
    }
    out
}
