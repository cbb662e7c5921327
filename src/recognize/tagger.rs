//! A small tagger of names and places: a linear chain over hashed features of the words, trained on text that the
//! project generates itself (`training/`). It only adds findings. Pure integer arithmetic: the same text has the same
//! tags on every machine.

pub mod features;
pub mod model;

use super::dictionary::{Entry, Kind as List, Lexicon};
use super::name::weight;
use super::token::{Gap, Kind, Shape};
use super::{Fault, NearMiss, Passage, Recognizer, SegmentKind};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::rules::{RuleError, Rules};
use crate::text::Span;
use features::Sequence;
use model::{Model, Tag};
use std::sync::Arc;
use std::time::Instant;

/// The recognizer: a model and the word lists that its features need.
#[derive(Debug)]
pub struct Tagger {
    model: Model,
    lexicon: Arc<Lexicon>,
}

/// What the tagger looks for, in the order of the model's labels: none, then begin and inside of each.
pub const ENTITIES: [EntityType; 4] = [EntityType::Name, EntityType::Location, EntityType::Hospital, EntityType::Org];

/// Labels of a token: outside, and begin and inside of each entity.
pub const LABELS: usize = 1 + 2 * ENTITIES.len();

/// The file below `rules/`.
pub const FILE: &str = "tagger/model.bin";

impl Tagger {
    pub fn new(rules: &Rules, lexicon: Arc<Lexicon>) -> Result<Self, Vec<RuleError>> {
        let error =
            |message: &str| vec![RuleError::new(FILE, 0, message).hint("`training/README.md` tells how it is made")];
        let bytes = rules.file(FILE).ok_or_else(|| error("the tagger's model is missing"))?;
        let model = Model::read(bytes).ok_or_else(|| error("not a model of this version"))?;
        Ok(Self { model, lexicon })
    }
}

impl Tagger {
    fn threshold(&self, tag: &Tag) -> i32 {
        self.model.threshold(tag.entity).max(MARGIN_MIN)
    }

    /// What the lists know to be something else is no name, however it stands: a state, a month, a drug, an
    /// abbreviation. A tag of words that are all frequent ones needs a clear margin.
    fn is_plausible(&self, text: &str, sequence: &Sequence, tag: &Tag) -> bool {
        let mut letters = 0;
        let (mut other, mut frequent, mut mixed, mut small) = (true, true, false, false);
        for token in &sequence.tokens[tag.first..=tag.last] {
            let Kind::Word(shape) = token.kind else {
                frequent &= token.kind != Kind::Number;
                continue;
            };
            let entry = self.lexicon.entry(token.text(text));
            letters = letters.max(token.end - token.start);
            other &= is_other(entry, shape, token.text(text))
                || ENTITIES[tag.entity] == EntityType::Name
                    && tag.first == tag.last
                    && entry.has(List::Eponym)
                    && entry.given() < 5;
            // `Sclerae nonicteric`: a name that begins with a capital goes on with one.
            mixed |= ENTITIES[tag.entity] == EntityType::Name
                && shape == Shape::Lower
                && token.start > sequence.tokens[tag.first].start
                && sequence.tokens[tag.first].kind == Kind::Word(Shape::Capital)
                && !entry.has(List::Particle);
            // `reportd rxns`: in a text with capitals a small word is no name unless a list says so.
            small |= ENTITIES[tag.entity] == EntityType::Name
                && shape == Shape::Lower
                && !sequence.lower
                && entry.given() + entry.surname() == 0
                && !entry.has(List::Particle);
            frequent &= entry.common() >= 5 || entry.has(List::Region);
        }
        // `Arthrocentesis of the knee`: one word that opens a sentence has its capital anyway.
        let opens = ENTITIES[tag.entity] != EntityType::Name
            && tag.first == tag.last
            && (tag.first == 0
                || sequence.tokens[tag.first].gap >= Gap::Line
                || matches!(sequence.tokens[tag.first - 1].kind, Kind::Mark(b'.' | b':' | b'!' | b'?')));
        // `121/min`: a place that begins with a number goes on with words.
        let measured = sequence.tokens[tag.first].kind == Kind::Number
            && (tag.first == tag.last || sequence.tokens[tag.first + 1].kind != Kind::Word(Shape::Capital));
        letters >= 3 && !other && !mixed && !small && !measured && (!frequent && !opens || tag.margin >= CLEAR)
    }
}

fn is_other(entry: Entry, shape: Shape, word: &str) -> bool {
    let name = entry.given() + entry.surname() > 0;
    let listed = [List::Region, List::Calendar, List::Drug, List::Abbreviation, List::Header, List::Function]
        .into_iter()
        .any(|list| entry.has(list));
    match shape {
        Shape::Mixed => true,
        // `DataFrame`, but not `McDonald`.
        _ if !name && joined(word) => true,
        // `DD`, and words that end as terms do.
        _ if !name
            && word.is_ascii()
            && (!word.contains(['a', 'e', 'i', 'o', 'u', 'y', 'A', 'E', 'I', 'O', 'U', 'Y'])
                || weight::unknown(word) < 0) =>
        {
            true
        }
        // `n't`, `alright`.
        Shape::Lower if entry.common() >= 3 || entry.has(List::Function) => true,
        // `Don't`, but not `O'Brien`.
        _ if word.contains(['\'', '’']) && !name => {
            !word.starts_with(['O', 'D', 'L', 'o', 'd', 'l']) || word.ends_with('t')
        }
        _ => listed && entry.given() < 5 || entry.grade(List::Clinical) > 0 && !name,
    }
}

/// Whether words were joined as programs and brands do it.
fn joined(word: &str) -> bool {
    const OF_NAMES: [&str; 10] = ["Mc", "Mac", "De", "Di", "Du", "La", "Le", "Van", "Fitz", "O'"];
    let mut small = false;
    let inner = word.char_indices().find(|&(_, c)| {
        c.is_uppercase() && std::mem::replace(&mut small, false) || {
            small = c.is_lowercase();
            false
        }
    });
    inner.is_some_and(|(at, _)| !OF_NAMES.contains(&&word[..at]))
}

/// The least margin, whatever generated text says: real text is harder. From 25 to 100 the recall of names on the
/// development corpora falls by a hundredth while false alarms halve.
const MARGIN_MIN: i32 = 90;

/// The margin that words of every day need.
const CLEAR: i32 = 150;

impl Recognizer for Tagger {
    fn name(&self) -> &str {
        "tagger"
    }

    fn find(&self, passage: &Passage<'_>, deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        if passage.kind != SegmentKind::Prose {
            return Ok(());
        }
        let sequence = Sequence::read(passage.text(), &self.lexicon, |_| false);
        // It learnt English; in other languages it would tag every noun.
        if sequence.foreign {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Fault::Deadline);
        }
        for tag in self.model.tag(&sequence) {
            if tag.margin >= self.threshold(&tag) && self.is_plausible(passage.text(), &sequence, &tag) {
                findings.push(Finding {
                    span: span(&sequence, &tag),
                    entity: ENTITIES[tag.entity],
                    role: Role::Subject,
                    strength: Strength::Weak,
                    recognizer: "tagger".into(),
                });
            }
        }
        Ok(())
    }

    fn near_misses(&self, passage: &Passage<'_>, misses: &mut Vec<NearMiss>) {
        let sequence = Sequence::read(passage.text(), &self.lexicon, |_| false);
        if sequence.foreign {
            return;
        }
        for tag in self.model.tag(&sequence) {
            let (entity, least) = (ENTITIES[tag.entity], self.threshold(&tag));
            let missing = if tag.margin < least {
                format!("margin {} of {least} for {entity}", tag.margin)
            } else if !self.is_plausible(passage.text(), &sequence, &tag) {
                format!("the lists speak against {entity}")
            } else {
                continue;
            };
            if tag.margin >= least / 2 {
                let (span, recognizer) = (span(&sequence, &tag), "tagger".into());
                misses.push(NearMiss { span, recognizer, missing: missing.into() });
            }
        }
    }
}

fn span(sequence: &Sequence, tag: &Tag) -> Span {
    Span::new(sequence.tokens[tag.first].start as usize, sequence.tokens[tag.last].end as usize)
}

#[cfg(test)]
mod tests;
