//! `cordon deid`: one text, de-identified as the gateway would do it.

use crate::commands::eval;
use crate::crypto::Key;
use crate::deid::{Class, Deidentifier, Document, Scope, Shape};
use crate::json::Node;
use crate::profile::Policy;
use crate::recognize::{Analyzer, Segment, Site};
use crate::rules::{RuleError, Rules};
use crate::text::{Raw, Span};
use anyhow::{Context, anyhow};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// De-identify a text.
///
/// Does to a file, or to standard input, what the gateway does to the text of a request, and prints what would leave.
/// With `--explain` it prints instead what was found, where, by which rule and on how strong evidence, and which
/// shapes were passed over for want of evidence.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The text; `-` for standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// What is done with each kind of finding: a file of `rules/profiles/`.
    #[arg(long, default_value = "hipaa-safe-harbor")]
    profile: String,
    /// Show the evidence for every finding, and every near miss.
    #[arg(long)]
    explain: bool,
    /// The country packs, with commas between; `*` is all of them.
    #[arg(long, value_delimiter = ',', default_value = "*")]
    packs: Vec<String>,
    /// A directory of rules that replaces those compiled in.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// A file of people and identifiers that are looked for everywhere.
    #[arg(long)]
    roster: Option<PathBuf>,
    /// A file of what tenants always mask, and of what they state to identify nobody.
    #[arg(long)]
    lists: Option<PathBuf>,
    /// The tenant whose lists hold; without it, only what holds for everyone.
    #[arg(long)]
    tenant: Option<String>,
}

/// A person waits: far more than any text of a clinic takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The tenant of a text that has none.
const NOBODY: &str = "";

/// The place of the text in its document.
const PLACE: &str = "text";

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    if args.file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        text = std::fs::read_to_string(&args.file).with_context(|| args.file.display().to_string())?;
    }
    let analyzer = eval::analyzer(args.rules.as_deref(), &args.packs)?;
    let (roster, lists) = (args.roster.as_deref(), args.lists.as_deref());
    let site = Site::load(roster, lists, analyzer.lexicon(), jiff::ZonedDateTime::now().date());
    analyzer.learn(site.map_err(|errors| anyhow!(listed(&errors)))?);
    let tenant = args.tenant.as_deref().unwrap_or(NOBODY);
    if args.explain {
        print!("{}", explain(&analyzer, tenant, &text)?);
        return Ok(ExitCode::SUCCESS);
    }
    let rules = match &args.rules {
        Some(directory) => Rules::from_dir(directory).with_context(|| directory.display().to_string())?,
        None => Rules::embedded(),
    };
    let policy = Policy::load(&rules, &args.profile).map_err(|errors| anyhow!(listed(&errors)))?;
    let shape = Arc::new(Shape::new([]));
    let document =
        Document::new(Scope::tenant(tenant), Node::Null, shape).with_value(PLACE, Class::Text, Raw::new(text));
    let deidentifier = Deidentifier::new(Arc::new(analyzer), Key::generate());
    let cleared =
        deidentifier.clear(document, &policy, Instant::now() + DEADLINE).map_err(|refusal| anyhow!("{refusal}"))?;
    print!("{}", cleared.value(PLACE).context("the text was not cleared")?);
    Ok(ExitCode::SUCCESS)
}

fn listed(errors: &[RuleError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A table of what was found and of what was nearly found, in the order of the text.
fn explain(analyzer: &Analyzer, tenant: &str, text: &str) -> anyhow::Result<String> {
    let found = analyzer.analyze_for(Some(tenant), &[Segment::prose(text)], Instant::now() + DEADLINE)?;
    let mut rows = Vec::new();
    for finding in &found[0] {
        let evidence = format!("{:?}", finding.strength).to_lowercase();
        rows.push((finding.span, finding.entity.name().to_owned(), evidence, finding.recognizer.to_string()));
    }
    for miss in analyzer.near_misses(text) {
        let covered = found[0].iter().any(|finding| finding.span.overlaps(miss.span));
        if !covered {
            rows.push((miss.span, "-".into(), format!("missed: {}", miss.missing), miss.recognizer));
        }
    }
    rows.sort_by_key(|(span, ..)| *span);
    let mut table = format!("{:<9} {:<16} {:<42} {:<24} text\n", "place", "entity", "evidence", "recognizer");
    for (span, entity, evidence, recognizer) in rows {
        let shown = span.of(text).replace('\n', " ");
        table += &format!("{:<9} {entity:<16} {evidence:<42} {recognizer:<24} {shown}\n", place(text, span));
    }
    Ok(table)
}

/// Line and column, both counted from 1.
fn place(text: &str, span: Span) -> String {
    let before = &text[..span.start];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    format!("{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_findings_and_near_misses() {
        let analyzer = eval::analyzer(None, &["us".into()]).expect("the embedded rules compile");
        let table = explain(&analyzer, NOBODY, "MRN 00412345\nseen 6175550123 times").expect("no recognizer fails");
        assert!(table.contains("1:5") && table.contains("us_mrn") && table.contains("certain"));
    }

    #[test]
    fn places_count_characters() {
        assert_eq!(place("é\nüb", Span::new(5, 6)), "2:2");
    }
}
