//! Finds the label words of all rules in one pass.

use super::rule::Rule;
use crate::text::Span;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;

/// The labels of all rules, each in its spellings: `medical record number`, `medical_record_number`,
/// `medicalRecordNumber`.
pub struct Labels {
    automaton: Option<AhoCorasick>,
    rules: Vec<Announced>,
}

#[derive(Default)]
struct Announced {
    values: Vec<usize>,
    nearby: Vec<usize>,
}

/// A label in a text, and the rules that it announces.
pub struct Hit<'a> {
    pub span: Span,
    /// The rules whose value may stand right after it.
    pub rules: &'a [usize],
    /// The rules for which it is only context.
    pub nearby: &'a [usize],
}

impl Hit<'_> {
    /// Whether the label is evidence for a shape of the rule.
    pub fn speaks_for(&self, rule: usize) -> bool {
        self.rules.contains(&rule) || self.nearby.contains(&rule)
    }
}

impl Labels {
    pub fn new(rules: &[Rule]) -> Self {
        let mut spellings: BTreeMap<String, Announced> = BTreeMap::new();
        for (at, rule) in rules.iter().enumerate() {
            let words =
                rule.labels.iter().map(|word| (word, true)).chain(rule.context.iter().map(|word| (word, false)));
            for (word, announces) in words {
                for joint in [" ", "_", "-", "", ". "] {
                    let spelling = word.to_lowercase().replace(' ', joint);
                    let announced = spellings.entry(spelling).or_default();
                    let list = if announces { &mut announced.values } else { &mut announced.nearby };
                    if list.last() != Some(&at) {
                        list.push(at);
                    }
                }
            }
        }
        let automaton = (!spellings.is_empty())
            .then(|| {
                AhoCorasick::builder()
                    .ascii_case_insensitive(true)
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(spellings.keys())
                    .ok()
            })
            .flatten();
        Self { automaton, rules: spellings.into_values().collect() }
    }

    pub fn find(&self, text: &str) -> Vec<Hit<'_>> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(found) = automaton.find(aho_corasick::Input::new(text).range(from..)) {
            if starts_word(text, found.start()) && ends_word(text, found.end()) {
                from = found.end();
                let announced = &self.rules[found.pattern().as_usize()];
                hits.push(Hit { span: found.range().into(), rules: &announced.values, nearby: &announced.nearby });
            } else {
                // A shorter label may start within: `unidentified` hides none, `xmrn no` does.
                from = found.start() + 1;
                while !text.is_char_boundary(from) {
                    from += 1;
                }
            }
        }
        hits
    }
}

/// A word starts where no letter or digit goes before, or where lower case meets upper case (`chartMRN`).
fn starts_word(text: &str, at: usize) -> bool {
    let Some(before) = text[..at].chars().next_back() else { return true };
    let first = text[at..].chars().next();
    // `ng/dL` holds no label `dl`.
    if before == '/' && text[..at - 1].ends_with(|c: char| c.is_alphabetic()) {
        return false;
    }
    !before.is_alphanumeric() || before.is_lowercase() && first.is_some_and(char::is_uppercase)
}

/// A label ends where no letter follows; a digit may (`MRN00412345`), and an upper-case letter in camel case.
fn ends_word(text: &str, at: usize) -> bool {
    let Some(after) = text[at..].chars().next() else { return true };
    let last = text[..at].chars().next_back();
    !after.is_alphabetic() || after.is_uppercase() && last.is_some_and(char::is_lowercase)
}
