//! The pipeline: segments in, one list of findings per segment out.

use super::dictionary::Lexicon;
use super::glue;
use super::grammar::Grammar;
use super::handle::Handles;
use super::memory::{self, Memory, Reading};
use super::mirror::mirrored;
use super::name::Names;
use super::pattern::{ALL_PACKS, Patterns};
use super::propagate::Known;
use super::respell::respell;
use super::structure::{self, Formats};
use super::tagger::Tagger;
use super::{Fault, NearMiss, Passage, Recognizer, Segment, SegmentKind, Site, View, fold, merge};
use crate::entity::{EntityType, Finding, Strength};
use crate::rules::{RuleError, Rules};
use crate::text::{Span, Spans};
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// What a site selects.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files of `rules/recognizers/` beside the common ones, such as `us` or `de`.
    pub packs: Vec<String>,
    /// Whether the tagger reads too. Without it the rules are measured apart; no configuration turns it off.
    pub tagger: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { packs: vec![ALL_PACKS.into()], tagger: true }
    }
}

/// All recognizers, compiled. Share it in an `Arc`.
pub struct Analyzer {
    recognizers: Vec<Arc<dyn Recognizer>>,
    formats: Formats,
    lexicon: Arc<Lexicon>,
    memory: Memory,
    learned: ArcSwap<Learned>,
}

/// What the site knows itself, and how often it was read.
#[derive(Default)]
struct Learned {
    site: Site,
    generation: u64,
}

/// Whose document is read, and with what the site knew when its reading began.
#[derive(Clone, Copy)]
struct Local<'a> {
    site: &'a Site,
    tenant: Option<&'a str>,
}

impl Analyzer {
    /// Compiles the rules. All mistakes are reported.
    pub fn new(rules: &Rules, options: &Options) -> Result<Self, Vec<RuleError>> {
        // What takes long to compile has a thread of its own: a command that reads one file waits for this.
        let (patterns, names, formats) = std::thread::scope(|scope| {
            let others = scope.spawn(|| (Patterns::new(rules, &options.packs), Formats::new(rules)));
            let names = Names::new(rules);
            let (patterns, formats) = others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (patterns, names, formats)
        });
        match (patterns, names, formats) {
            (Ok(patterns), Ok(names), Ok(formats)) => {
                let lexicon = Arc::clone(names.lexicon());
                let grammar = Grammar::new(Arc::clone(&lexicon));
                let handles = Handles::new(Arc::clone(&lexicon));
                let tagger = Tagger::new(rules, Arc::clone(&lexicon))?;
                let names = if options.tagger { names.with_tagger(tagger) } else { names };
                let recognizers: Vec<Arc<dyn Recognizer>> =
                    vec![Arc::new(patterns), Arc::new(grammar), Arc::new(names), Arc::new(handles)];
                let (memory, learned) = (Memory::new(MEMORY_BYTES), ArcSwap::default());
                Ok(Self { recognizers, formats, lexicon, memory, learned })
            }
            (patterns, names, formats) => {
                Err([patterns.err(), names.err(), formats.err()].into_iter().flatten().flatten().collect())
            }
        }
    }

    /// Compiles what is otherwise compiled when it is first needed, so that no request waits for it.
    pub fn prepare(&self) {
        self.recognizers.iter().for_each(|recognizer| recognizer.prepare());
    }

    /// With one more recognizer, such as the model.
    pub fn with(mut self, recognizer: Arc<dyn Recognizer>) -> Self {
        self.recognizers.push(recognizer);
        self
    }

    /// Replaces what the site knows itself. Readings that have begun end with what they began with, and what was
    /// remembered before is read again.
    pub fn learn(&self, site: Site) {
        let generation = self.learned.load().generation + 1;
        self.learned.store(Arc::new(Learned { site, generation }));
    }

    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Compiles every pack and runs every example of every rule.
    pub fn check(rules: &Rules) -> Vec<RuleError> {
        match Patterns::new(rules, &[ALL_PACKS.into()]) {
            Ok(patterns) => patterns.check(),
            Err(errors) => errors,
        }
    }

    /// What was seen in a text and passed over, with what it lacks, in places of the text itself.
    pub fn near_misses(&self, text: &str) -> Vec<NearMiss> {
        let view = fold::fold(text);
        let passage = Passage { view: &view, label: None, kind: SegmentKind::Prose };
        let mut misses = Vec::new();
        for recognizer in &self.recognizers {
            recognizer.near_misses(&passage, &mut misses);
        }
        for miss in &mut misses {
            miss.span = view.origin(miss.span);
        }
        misses
    }

    /// One list of findings per segment: sorted, disjoint, in the segment's own bytes.
    pub fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        self.analyze_for(None, document, deadline)
    }

    /// The same, and what was read before in this scope is remembered.
    pub fn analyze_for(
        &self,
        scope: Option<&str>,
        document: &[Segment<'_>],
        deadline: Instant,
    ) -> Result<Vec<Vec<Finding>>, Fault> {
        let learned = self.learned.load_full();
        let local = Local { site: &learned.site, tenant: scope };
        let scope = |joined| Some(memory::Scope { name: scope?, generation: learned.generation, joined });
        let mut found = Vec::with_capacity(document.len());
        let mut kept = Vec::with_capacity(document.len());
        let mut known = Known::new(&self.lexicon);
        let views: Vec<View> = document.iter().map(|segment| fold::fold(segment.text)).collect();
        for (segment, view) in document.iter().zip(&views) {
            let read = || self.segment(segment, view, local, deadline);
            let reading = self.remembered(scope(false), segment, read)?;
            for seed in &reading.seeds {
                known.add(seed.text.expose(), seed.entity, seed.role);
            }
            found.push(reading.findings);
            kept.push(reading.kept);
        }
        for (parts, text) in groups(document) {
            let segment = Segment::prose(&text);
            let read = || {
                let mut findings = Vec::new();
                self.passage(&fold::fold(&text), None, SegmentKind::Prose, local, &mut findings, deadline)?;
                Ok(Reading { findings, ..Reading::default() })
            };
            let reading = self.remembered(scope(true), &segment, read)?;
            divide(document, &parts, &reading.findings, &mut found);
        }
        for (segment, findings) in document.iter().zip(&found) {
            for finding in findings.iter().filter(|finding| finding.strength > Strength::Weak) {
                if !local.site.allows(local.tenant, segment.text, finding) {
                    known.add(fold::fold(finding.span.of(segment.text)).text(), finding.entity, finding.role);
                }
            }
        }
        if let Some(searcher) = known.searcher() {
            for ((view, findings), kept) in views.iter().zip(&mut found).zip(kept) {
                let kept = Spans::of(kept);
                let mut again = Vec::new();
                searcher.find(view.text(), &mut again);
                lead_back(view, &mut again);
                again.retain(|finding| !kept.overlap(finding.span));
                findings.append(&mut again);
                on_time(deadline)?;
            }
        }
        let united = document.iter().zip(found).map(|(segment, findings)| {
            let mut findings = merge::unite(findings);
            findings.retain(|finding| !local.site.allows(local.tenant, segment.text, finding));
            findings
        });
        Ok(united.collect())
    }

    fn remembered(
        &self,
        scope: Option<memory::Scope<'_>>,
        segment: &Segment<'_>,
        read: impl FnOnce() -> Result<Reading, Fault>,
    ) -> Result<Reading, Fault> {
        match scope {
            Some(scope) => self.memory.reading(scope, segment, read),
            None => read(),
        }
    }

    /// Reads one segment by its structure, and what is free text in it as such.
    fn segment(
        &self,
        segment: &Segment<'_>,
        view: &View,
        local: Local<'_>,
        deadline: Instant,
    ) -> Result<Reading, Fault> {
        let label = segment.context();
        let field = || structure::read_field(label?, segment.text, &self.formats);
        let mut reading = Reading::default();
        let findings = &mut reading.findings;
        match structure::read(segment.text, &self.formats).or_else(field) {
            None => {
                self.passage(view, label, segment.kind, local, findings, deadline)?;
            }
            Some(layout) => {
                findings.extend(layout.findings);
                // A field that a format knows to be harmless may hold what the site knows not to be.
                locally(view, local, findings);
                for (view, own) in &layout.narrative {
                    let folded = fold::fold(view.text()).on(view);
                    let label = own.as_deref().or(label);
                    self.passage(&folded, label, segment.kind, local, findings, deadline)?;
                }
                (reading.kept, reading.seeds) = (layout.kept, layout.seeds);
            }
        }
        Ok(reading)
    }

    fn passage(
        &self,
        view: &View,
        label: Option<&str>,
        kind: SegmentKind,
        local: Local<'_>,
        findings: &mut Vec<Finding>,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let bare = fold::unescape(view);
        let meant = respell(bare.as_ref().unwrap_or(view).text()).map(|meant| meant.on(bare.as_ref().unwrap_or(view)));
        let turned = mirrored(view.text()).map(|turned| turned.on(view));
        for view in std::iter::once(view).chain(&bare).chain(&meant).chain(&turned) {
            locally(view, local, findings);
            let passage = Passage { view, label, kind };
            let mut new = Vec::new();
            for recognizer in &self.recognizers {
                recognizer.find(&passage, deadline, &mut new)?;
                on_time(deadline)?;
            }
            lead_back(view, &mut new);
            findings.append(&mut new);
        }
        // Numbers and addresses only: names of programs are written without borders as well.
        if let Some(apart) = glue::apart(view.text()).map(|apart| apart.on(view)) {
            let passage = Passage { view: &apart, label, kind: SegmentKind::Prose };
            let mut new = Vec::new();
            for recognizer in &self.recognizers {
                recognizer.find(&passage, deadline, &mut new)?;
                on_time(deadline)?;
            }
            new.retain(|finding| finding.strength > Strength::Weak && NUMBERED.contains(&finding.entity));
            lead_back(&apart, &mut new);
            findings.append(&mut new);
        }
        Ok(())
    }
}

/// What is told by its own shape, or by a word beside it.
const NUMBERED: &[EntityType] = &[
    EntityType::Phone,
    EntityType::Fax,
    EntityType::Email,
    EntityType::Ssn,
    EntityType::Mrn,
    EntityType::HealthPlanId,
    EntityType::Account,
    EntityType::License,
];

/// The segments of each group of several, with their text as one.
fn groups(document: &[Segment<'_>]) -> Vec<(Vec<usize>, String)> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, segment) in document.iter().enumerate() {
        if let Some(group) = segment.group {
            groups.entry(group).or_default().push(at);
        }
    }
    let several = groups.into_values().filter(|parts| parts.len() > 1);
    several
        .map(|parts| {
            let text = parts.iter().map(|&at| document[at].text).collect();
            (parts, text)
        })
        .collect()
}

/// Gives each part of a group its share of what was found in all of them.
fn divide(document: &[Segment<'_>], parts: &[usize], findings: &[Finding], found: &mut [Vec<Finding>]) {
    let mut start = 0;
    for &at in parts {
        let end = start + document[at].text.len();
        for finding in findings {
            let (first, last) = (finding.span.start.max(start), finding.span.end.min(end));
            if first < last {
                found[at].push(Finding { span: Span::new(first - start, last - start), ..finding.clone() });
            }
        }
        start = end;
    }
}

/// Adds what the site itself knows to stand in a text.
fn locally(view: &View, local: Local<'_>, findings: &mut Vec<Finding>) {
    let mut new = Vec::new();
    local.site.find(local.tenant, view.text(), &mut new);
    lead_back(view, &mut new);
    findings.append(&mut new);
}

/// From places in a view to places in its original.
fn lead_back(view: &View, findings: &mut [Finding]) {
    for finding in findings {
        finding.span = view.origin(finding.span);
    }
}

fn on_time(deadline: Instant) -> Result<(), Fault> {
    if Instant::now() > deadline { Err(Fault::Deadline) } else { Ok(()) }
}

/// Findings of about a hundred thousand notes.
const MEMORY_BYTES: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn the_embedded_rules_pass_their_own_examples() {
        let errors: Vec<String> = Analyzer::check(&Rules::embedded()).iter().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }

    #[test]
    fn finds_and_places() {
        let analyzer = Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile");
        let text = "MRN: 00412345, SSN 078-05-1120.";
        let found = analyzer.analyze(&[Segment::prose(text)], later()).expect("no recognizer fails");
        let seen: Vec<_> = found[0].iter().map(|finding| (finding.entity, finding.span.of(text))).collect();
        assert_eq!(seen, [(EntityType::Mrn, "00412345"), (EntityType::Ssn, "078-05-1120")]);
    }

    #[test]
    fn what_is_remembered_is_what_was_read() {
        let analyzer = Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile");
        let card = "Patient: Zsofia Kovacs   MRN: 00412345   DOB: 04/12/1957   Sex: F   Attending: Imre Zalan, MD\n";
        let later_note =
            "Ms. Kovacs called from 617-555-0134; zkovacs and kovacs, zsofia in the log, seen by Zalan again.";
        let part = |text| Segment { group: Some(1), ..Segment::prose(text) };
        let document =
            [Segment::prose(card), part(later_note), part("Her brother Bela Ko"), part("vacs was with her.")];
        let fresh = analyzer.analyze(&document, later()).expect("no recognizer fails");
        for _ in 0..2 {
            assert_eq!(analyzer.analyze_for(Some("ward"), &document, later()).as_ref(), Ok(&fresh));
        }
        // What fields told is looked for in other text even when the field's own text is remembered.
        let turn = [Segment::prose(card), Segment::prose("A note of zkovacs, and then one more line to be read.")];
        let found = analyzer.analyze_for(Some("ward"), &turn, later()).expect("no recognizer fails");
        assert!(found[1].iter().any(|finding| finding.span.of(turn[1].text) == "zkovacs"));
    }

    #[test]
    fn what_stands_above_a_key_makes_no_name_of_it() {
        let analyzer = Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile");
        let key = |label, text| Segment { label: Some(label), kind: SegmentKind::Key, ..Segment::prose(text) };
        let found = |segment| !analyzer.analyze(&[segment], later()).expect("no recognizer fails")[0].is_empty();
        for label in ["patient", "doctor", "patient_name", "contact", "address", "dob"] {
            for word in ["type", "description", "title", "anyOf", "default", "items", "line_2"] {
                assert!(!found(key(label, word)), "{label}: {word}");
            }
        }
        for word in ["max_matches_per_file", "mark_as_read", "willRetry"] {
            assert!(!found(key("properties", word)), "{word}");
        }
        assert!(found(key("mrn", "84620917")));
        assert!(found(key("patient", "Maria Kovacs")));
    }

    struct Broken;

    impl Recognizer for Broken {
        fn name(&self) -> &str {
            "broken"
        }

        fn find(&self, _: &Passage<'_>, _: Instant, _: &mut Vec<Finding>) -> Result<(), Fault> {
            Err(Fault::Failed)
        }
    }

    #[test]
    fn a_failing_recognizer_fails_the_analysis() {
        let analyzer = Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile");
        let analyzer = analyzer.with(Arc::new(Broken));
        assert_eq!(analyzer.analyze(&[Segment::prose("MRN 00412345")], later()), Err(Fault::Failed));
    }
}
