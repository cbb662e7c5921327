//! Finds the label words of all rules in one pass.

use super::rule::Rule;
use crate::text::Span;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;

/// The labels of all rules, each in its spellings: `medical record number`, `medical_record_number`,
/// `medicalRecordNumber`.
pub struct Labels {
    automaton: Option<AhoCorasick>,
    rules: Vec<Vec<usize>>,
}

/// A label in a text, and the rules that it announces.
pub struct Hit<'a> {
    pub span: Span,
    pub rules: &'a [usize],
}

impl Labels {
    pub fn new(rules: &[Rule]) -> Self {
        let mut spellings: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, rule) in rules.iter().enumerate() {
            for label in &rule.labels {
                for joint in [" ", "_", "-", "", ". "] {
                    let spelling = label.to_lowercase().replace(' ', joint);
                    let announced = spellings.entry(spelling).or_default();
                    if announced.last() != Some(&at) {
                        announced.push(at);
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
                hits.push(Hit { span: found.range().into(), rules: &self.rules[found.pattern().as_usize()] });
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
    !before.is_alphanumeric() || before.is_lowercase() && first.is_some_and(char::is_uppercase)
}

/// A label ends where no letter follows; a digit may (`MRN00412345`), and an upper-case letter in camel case.
fn ends_word(text: &str, at: usize) -> bool {
    let Some(after) = text[at..].chars().next() else { return true };
    let last = text[..at].chars().next_back();
    !after.is_alphabetic() || after.is_uppercase() && last.is_some_and(char::is_lowercase)
}
