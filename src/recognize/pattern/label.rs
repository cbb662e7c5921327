//! Finds the label words of all rules in one pass.

use super::rule::Rule;
use crate::recognize::terms::Terms;
use crate::text::Span;
use std::collections::BTreeMap;

/// The labels of all rules, each in its spellings: `medical record number`, `medical_record_number`,
/// `medicalRecordNumber`.
pub struct Labels {
    spellings: Terms,
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
        let (spellings, rules): (Vec<_>, _) = spellings.into_iter().unzip();
        Self { spellings: Terms::of(&spellings), rules }
    }

    pub fn find(&self, text: &str) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        let mut from = 0;
        for at in 0..text.len() {
            let may_begin = at >= from && self.spellings.may_begin(text.as_bytes(), at);
            if !may_begin || !text.is_char_boundary(at) || !starts_word(text, at) {
                continue;
            }
            // A shorter label may start within: `unidentified` hides none, `xmrn no` does.
            let Some((label, length)) = self.spellings.longest(&text.as_bytes()[at..]) else { continue };
            if ends_word(text, at + length) {
                from = at + length;
                let announced = &self.rules[label];
                hits.push(Hit { span: Span::new(at, from), rules: &announced.values, nearby: &announced.nearby });
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
