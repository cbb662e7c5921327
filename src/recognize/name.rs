//! Finds people's names by evidence: what announces and follows them, how they are written, what the lists say.

mod context;
mod follow;
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
}

impl Names {
    pub fn new(rules: &Rules) -> Result<Self, Vec<RuleError>> {
        Ok(Self::with(Arc::new(Lexicon::new(rules)?)))
    }

    pub fn with(lexicon: Arc<Lexicon>) -> Self {
        Self { lexicon }
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
        let mut at = 0;
        while at < page.words.len() {
            if at % DEADLINE_STRIDE == 0 && Instant::now() >= deadline {
                return Err(Fault::Deadline);
            }
            let context = if labelled && at == 0 { Context::labelled() } else { Context::before(&page, at) };
            match run::grow(&page, at, &context) {
                Some(run) => {
                    findings.push(finding(&page, &run, &context));
                    at = run.last + 1;
                }
                None => at += 1,
            }
        }
        letters::find(&page, findings);
        script::find(&page, findings);
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
    }
}

/// So little evidence more would have made it a name.
const NEAR: i32 = 6;

/// How many tokens are read between two looks at the clock.
const DEADLINE_STRIDE: usize = 4096;

fn finding(page: &Page<'_>, run: &run::Run, context: &Context) -> Finding {
    let span = Span::new(page.words[run.first].token.start as usize, page.words[run.last].token.end as usize);
    let strength = match context.announced {
        Announced::Title | Announced::Label | Announced::Lead => Strength::Certain,
        Announced::No if run.score < run::THRESHOLD + 8 => Strength::Weak,
        _ => Strength::Likely,
    };
    let role = if context.staff || run.staff { Role::Provider } else { Role::Subject };
    Finding { span, entity: EntityType::Name, role, strength, recognizer: context.rule().into() }
}

#[cfg(test)]
mod tests;
