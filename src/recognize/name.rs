//! Finds people's names by evidence: what announces and follows them, how they are written, what the lists say.

mod context;
pub(in crate::recognize) mod follow;
mod label;
mod letters;
pub(in crate::recognize) mod page;
mod part;
mod phrase;
mod reversed;
mod run;
mod script;
pub(in crate::recognize) mod weight;

use super::dictionary::Lexicon;
use super::tagger::{CONTRADICTS, Tagger};
use super::{Fault, NearMiss, Passage, Recognizer, SegmentKind};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::rules::{RuleError, Rules};
use crate::text::Span;
use context::{Announced, Context};
use page::Page;
use std::sync::Arc;
use std::time::Instant;

/// The recognizer of names. Dictionaries are evidence for it, never verdicts: a name that no list has is found after
/// a title, and a word that is a name, a drug or a disease is found only where something says that it is a name here.
#[derive(Clone, Debug)]
pub struct Names {
    lexicon: Arc<Lexicon>,
    tagger: Option<Arc<Tagger>>,
}

impl Names {
    pub fn new(rules: &Rules) -> Result<Self, Vec<RuleError>> {
        Ok(Self::with(Arc::new(Lexicon::new(rules)?)))
    }

    pub fn with(lexicon: Arc<Lexicon>) -> Self {
        Self { lexicon, tagger: None }
    }

    /// With a second opinion: what words alone make a name is one only if the tagger is not sure of the contrary, and
    /// what it sees itself is found too.
    pub fn with_tagger(mut self, tagger: Tagger) -> Self {
        self.tagger = Some(Arc::new(tagger));
        self
    }

    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }
}

impl Recognizer for Names {
    fn name(&self) -> &str {
        "names"
    }

    fn find(&self, passage: &Passage<'_>, deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        if matches!(passage.kind, SegmentKind::Number | SegmentKind::Identifier) {
            return Ok(());
        }
        let page = Page::read(passage.text(), &self.lexicon);
        let labelled = passage.label.is_some_and(|label| label::is_name_label(label, &self.lexicon));
        let tagger = self.tagger.as_ref().filter(|_| passage.kind == SegmentKind::Prose);
        let second = tagger.and_then(|tagger| tagger.read(&page));
        let mut at = 0;
        let mut found = None;
        while at < page.words.len() {
            if at % DEADLINE_STRIDE == 0 && Instant::now() >= deadline {
                return Err(Fault::Deadline);
            }
            if run::is_never_one(&page.words[at]) {
                at += 1;
                continue;
            }
            // `Skye and River`.
            let coordinate = found.is_some_and(|last| last + 2 == at && page.is_any(last + 1, &["and", "&"]));
            let context = match () {
                () if labelled && at == 0 => Context::labelled(),
                () if coordinate => Context::before(&page, at).at_least(Context::coordinate()),
                () => Context::before(&page, at),
            };
            let doubted = |run: &run::Run| {
                context.announced <= Announced::Hint
                    && !run.clear
                    && run.score < run::THRESHOLD + CLEAR
                    && second.as_ref().is_some_and(|second| second.opinion.against(run.first, run.last) >= CONTRADICTS)
            };
            // `max_matches_per_file` is no sentence about Max; names beside names are read elsewhere.
            let compounded = |run: &run::Run| {
                passage.kind == SegmentKind::Key
                    && context.announced <= Announced::Hint
                    && run.first == run.last
                    && page.words.len() > 1
                    && !passage.text().contains(char::is_whitespace)
            };
            match run::grow(&page, at, &context).filter(|run| !doubted(run) && !compounded(run)) {
                Some(run) => {
                    findings.push(finding(&page, &run, &context));
                    found = Some(run.last);
                    at = run.last + 1;
                }
                None => at += 1,
            }
        }
        letters::find(&page, findings);
        script::find(&page, findings);
        if let (Some(tagger), Some(second)) = (tagger, &second) {
            tagger.find(passage.text(), second, findings);
        }
        Ok(())
    }

    fn near_misses(&self, passage: &Passage<'_>, misses: &mut Vec<NearMiss>) {
        let page = Page::read(passage.text(), &self.lexicon);
        let mut at = 0;
        while at < page.words.len() {
            let Some(run) = run::weigh(&page, at, &Context::before(&page, at)) else {
                at += 1;
                continue;
            };
            let span = Span::new(page.words[run.first].token.start as usize, page.words[run.last].token.end as usize);
            if (run::THRESHOLD - NEAR..run::THRESHOLD).contains(&run.score) {
                let missing = format!("evidence {} of {}", run.score, run::THRESHOLD).into();
                misses.push(NearMiss { span, recognizer: "name".into(), missing });
            }
            at = if run.score >= run::THRESHOLD { run.last + 1 } else { at + 1 };
        }
        if let Some((tagger, reading)) = self.tagger.as_ref().and_then(|tagger| Some((tagger, tagger.read(&page)?))) {
            tagger.near_misses(passage.text(), &reading, misses);
        }
    }
}

/// With so much more evidence than it needs, a name does not depend on the tagger.
const CLEAR: i32 = 8;

/// So little evidence more would have made it a name.
const NEAR: i32 = 6;

/// How many tokens are read between two looks at the clock.
const DEADLINE_STRIDE: usize = 4096;

fn finding(page: &Page<'_>, run: &run::Run, context: &Context) -> Finding {
    let span = Span::new(page.words[run.first].token.start as usize, page.words[run.last].token.end as usize);
    let strength = match context.announced {
        Announced::Title | Announced::Label | Announced::Lead => Strength::Certain,
        Announced::No if run.score < run::THRESHOLD + CLEAR => Strength::Weak,
        _ => Strength::Likely,
    };
    let role = if context.staff || run.staff { Role::Provider } else { Role::Subject };
    Finding { span, entity: EntityType::Name, role, strength, recognizer: context.rule().into() }
}

#[cfg(test)]
mod tests;
