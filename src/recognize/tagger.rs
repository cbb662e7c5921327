//! A small tagger of names and places: a linear chain over hashed features of the words, trained on text that the
//! project generates itself (`training/`). Pure integer arithmetic: the same text has the same
//! tags on every machine. What it sees is found; where it is sure of nothing, weak evidence of words is not enough.

pub mod classes;
pub mod features;
pub mod model;

use super::NearMiss;
use super::dictionary::{Entry, Kind as List, Lexicon};
use super::name::follow::is_phrase;
use super::name::page::Page;
use super::name::weight;
use super::token::{Gap, Kind, Shape};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::rules::{RuleError, Rules};
use crate::text::Span;
use features::Sequence;
use model::{Model, Opinion, Tag};
use std::sync::Arc;

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
    /// The margin that a tag needs, by its entity and by what the lists say of its words; none where they say that it
    /// is something else however it stands: a state, a drug, an abbreviation.
    fn least(&self, text: &str, sequence: &Sequence, tag: &Tag) -> Option<i32> {
        let named = ENTITIES[tag.entity] == EntityType::Name;
        let single = tag.first == tag.last;
        let first = &sequence.tokens[tag.first];
        let mut letters = 0;
        let mut small_place = false;
        let (mut other, mut doubtful, mut frequent, mut plain, mut small_name) = (true, true, true, true, true);
        for token in &sequence.tokens[tag.first..=tag.last] {
            let Kind::Word(shape) = token.kind else {
                frequent &= token.kind != Kind::Number;
                continue;
            };
            let entry = self.lexicon.entry(token.text(text));
            letters = letters.max(token.end - token.start);
            other &= is_other(entry, shape, token.text(text));
            // In a text with capitals, a place or body that begins with a small letter is more often a thing.
            small_place |= !named && shape == Shape::Lower && token.start == first.start && !sequence.lower;
            // `Sclerae nonicteric`, `reportd rxns`: a name that begins with a capital goes on with one, and in a text
            // with capitals a small word is no name unless a list says so.
            let small = named
                && shape == Shape::Lower
                && !entry.has(List::Particle)
                && (token.start > first.start && first.kind == Kind::Word(Shape::Capital)
                    || !sequence.lower && entry.given() + entry.surname() == 0);
            if small {
                return None;
            }
            // `Transperineal`: no list has it, and it ends as terms do.
            let term = entry.given() + entry.surname() == 0
                && token.text(text).is_ascii()
                && weight::unknown(token.text(text)) < 0;
            doubtful &=
                term || is_doubtful(entry, shape) || named && single && entry.has(List::Eponym) && entry.given() < 5;
            plain &= shape == Shape::Lower && entry.common() >= 5;
            small_name &= named && shape == Shape::Lower && !sequence.lower;
            frequent &= entry.common() >= 5 || entry.has(List::Region);
        }
        // `121/min`: a place that begins with a number goes on with words.
        let measured =
            first.kind == Kind::Number && (single || sequence.tokens[tag.first + 1].kind != Kind::Word(Shape::Capital));
        if letters < 3 || other || measured {
            return None;
        }
        // `Arthrocentesis of the knee`: one word that opens a sentence has its capital anyway.
        let opens = !named
            && single
            && (tag.first == 0
                || first.gap >= Gap::Line
                || matches!(sequence.tokens[tag.first - 1].kind, Kind::Mark(b'.' | b':' | b'!' | b'?')));
        let least = match () {
            () if small_place || small_name => SMALL,
            () if plain => PLAIN,
            () if doubtful => DOUBTFUL,
            () if frequent || opens => CLEAR,
            () => MARGIN_MIN,
        };
        Some(least.max(self.model.threshold(tag.entity)))
    }
}

/// A word that is no part of a name, however the model reads the sentence.
fn is_other(entry: Entry, shape: Shape, word: &str) -> bool {
    let name = entry.given() + entry.surname() > 0;
    let terms = [List::Region, List::Calendar, List::Drug].into_iter().any(|list| entry.has(list));
    match shape {
        Shape::Mixed => true,
        // `DataFrame`, but not `McDonald`.
        _ if !name && joined(word) => true,
        // `DD`, and words that end as terms do.
        _ if !name
            && word.is_ascii()
            && !word.contains(['a', 'e', 'i', 'o', 'u', 'y', 'A', 'E', 'I', 'O', 'U', 'Y']) =>
        {
            true
        }
        // `n't`.
        Shape::Lower if entry.common() >= 8 || entry.has(List::Function) => true,
        // `Don't`, but not `O'Brien`.
        _ if word.contains(['\'', '’']) && !name => {
            !word.starts_with(['O', 'D', 'L', 'o', 'd', 'l']) || word.ends_with('t')
        }
        Shape::Upper if entry.has(List::Abbreviation) => true,
        _ => terms && entry.given() < 5 || listed(entry) && !name || entry.grade(List::Clinical) > 0 && !name,
    }
}

/// A word that is a name too, and something else more often.
fn is_doubtful(entry: Entry, shape: Shape) -> bool {
    shape == Shape::Lower && entry.common() >= 3 || listed(entry) && entry.given() < 5
}

fn listed(entry: Entry) -> bool {
    [List::Abbreviation, List::Header, List::Function].into_iter().any(|list| entry.has(list))
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

/// The least margin, whatever generated text says: real text is harder.
const MARGIN_MIN: i32 = 20;

/// The margin that words of every day need.
const CLEAR: i32 = 100;

/// The margin that names need which are something else more often.
const DOUBTFUL: i32 = 100;

/// The margin that ordinary words in small letters need.
const PLAIN: i32 = 180;

/// The margin that small letters need in a text with capitals.
const SMALL: i32 = 400;

/// By so much the tagger must take for nothing what words alone make a name, to have its way.
pub(super) const CONTRADICTS: i32 = 150;

impl Tagger {
    /// What it makes of a page, unless it cannot read its language: in other ones it would tag every noun.
    pub(super) fn read(&self, page: &Page<'_>) -> Option<Reading> {
        (!page.foreign).then(|| {
            let sequence = Sequence::of(page, &self.model.classes, |_| false);
            let mut opinion = self.model.tag(&sequence);
            opinion.tags.retain(|tag| !is_phrase(page, tag.first, tag.last));
            Reading { opinion, sequence }
        })
    }

    pub(super) fn find(&self, text: &str, reading: &Reading, findings: &mut Vec<Finding>) {
        let Reading { sequence, opinion } = reading;
        for tag in &opinion.tags {
            if self.least(text, sequence, tag).is_some_and(|least| tag.margin >= least) {
                findings.push(Finding {
                    span: span(sequence, tag),
                    entity: ENTITIES[tag.entity],
                    role: Role::Subject,
                    strength: Strength::Weak,
                    recognizer: "tagger".into(),
                });
            }
        }
    }

    pub(super) fn near_misses(&self, text: &str, reading: &Reading, misses: &mut Vec<NearMiss>) {
        let Reading { sequence, opinion } = reading;
        for tag in &opinion.tags {
            let entity = ENTITIES[tag.entity];
            let missing = match self.least(text, sequence, tag) {
                Some(least) if tag.margin < least && tag.margin >= least / 2 => {
                    format!("margin {} of {least} for {entity}", tag.margin)
                }
                None if tag.margin >= CLEAR => format!("the lists speak against {entity}"),
                _ => continue,
            };
            let (span, recognizer) = (span(sequence, tag), "tagger".into());
            misses.push(NearMiss { span, recognizer, missing: missing.into() });
        }
    }
}

/// A page as the tagger has read it.
pub(super) struct Reading {
    sequence: Sequence,
    pub opinion: Opinion,
}

fn span(sequence: &Sequence, tag: &Tag) -> Span {
    Span::new(sequence.tokens[tag.first].start as usize, sequence.tokens[tag.last].end as usize)
}

#[cfg(test)]
mod tests;
