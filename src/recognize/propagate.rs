//! Finds again, everywhere in a document, what was found once: a surname alone, the parts reversed, in a file name.

use super::dictionary::{Kind, Lexicon};
use super::terms::Terms;
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::text::Span;
use std::collections::BTreeMap;

/// What to look for: forms of names and identifiers that the document is known to hold.
pub struct Known<'a> {
    lexicon: &'a Lexicon,
    terms: BTreeMap<String, Term>,
}

#[derive(Clone, Copy)]
struct Term {
    entity: EntityType,
    role: Role,
    /// The form is an ordinary word too: it counts only with a capital inside a sentence.
    ordinary: bool,
}

/// A longer document repeats more names, but no document of a clinic holds more different ones.
const TERMS_MAX: usize = 4096;

impl<'a> Known<'a> {
    pub fn new(lexicon: &'a Lexicon) -> Self {
        Self { lexicon, terms: BTreeMap::new() }
    }

    /// Adds the forms of something found.
    pub fn add(&mut self, text: &str, entity: EntityType, role: Role) {
        if self.terms.len() >= TERMS_MAX {
            return;
        }
        match entity {
            EntityType::Name => self.add_name(text, role),
            EntityType::Date | EntityType::AgeOver89 => {}
            EntityType::Location | EntityType::Hospital | EntityType::Org => {
                let letters = text.chars().filter(|c| c.is_alphabetic()).count();
                let single = !text.trim().contains(char::is_whitespace);
                if letters >= 5 && text.starts_with(char::is_uppercase) && !(single && self.is_ordinary(text)) {
                    self.insert(text, entity, role, false);
                }
            }
            _ => {
                let signs = text.chars().filter(|c| c.is_alphanumeric()).count();
                if signs >= 6 && text.bytes().any(|byte| byte.is_ascii_digit()) {
                    self.insert(text, entity, role, false);
                    let compact: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
                    self.insert(&compact, entity, role, false);
                }
            }
        }
    }

    fn add_name(&mut self, text: &str, role: Role) {
        let parts: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"'))
            .map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(|part| !part.is_empty() && part.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '.')))
            .collect();
        if parts.len() > 6 {
            return;
        }
        let full: Vec<&str> = parts.iter().copied().filter(|part| part.chars().count() >= 2).collect();
        for part in &full {
            let letters = part.chars().filter(|c| c.is_alphabetic()).count();
            let particle = matches!(
                part.to_lowercase().as_str(),
                "van"
                    | "von"
                    | "der"
                    | "den"
                    | "de"
                    | "la"
                    | "del"
                    | "di"
                    | "da"
                    | "dos"
                    | "bin"
                    | "ibn"
                    | "al"
                    | "el"
                    | "ten"
                    | "ter"
                    | "jr"
                    | "sr"
                    | "ii"
                    | "iii"
                    | "mac"
                    | "san"
                    | "santa"
                    | "st"
                    | "and"
                    | "of"
                    | "the"
            );
            if letters >= 3 && !particle && !part.contains('.') || letters >= 2 && !part.is_ascii() {
                self.insert(part, EntityType::Name, role, self.is_ordinary(part));
            }
        }
        if let (Some(first), Some(last)) = (full.first(), full.last())
            && full.len() >= 2
        {
            let initial = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
            // As in user names and mail addresses: `mkovacs`, `kovacsm`, `mariakovacs`.
            for login in [
                format!("{}{last}", initial(first)),
                format!("{last}{}", initial(first)),
                format!("{first}{last}"),
                format!("{last}{first}"),
            ] {
                if login.chars().count() >= 5 {
                    self.insert(&login, EntityType::Name, role, false);
                }
            }
            self.insert(&format!("{}.{}.", initial(first), initial(last)), EntityType::Name, role, true);
        }
    }

    fn is_ordinary(&self, word: &str) -> bool {
        let entry = self.lexicon.entry(word);
        entry.common() >= 3
            || [Kind::Drug, Kind::Eponym, Kind::Region].iter().any(|&kind| entry.has(kind))
            || entry.grade(Kind::Clinical) > 0
    }

    fn insert(&mut self, text: &str, entity: EntityType, role: Role, ordinary: bool) {
        self.terms.entry(text.trim().to_lowercase()).or_insert(Term { entity, role, ordinary });
    }

    /// The searcher for all terms; `None` when there is nothing to look for.
    pub fn searcher(self) -> Option<Searcher> {
        if self.terms.is_empty() {
            return None;
        }
        let (terms, meanings): (Vec<_>, _) = self.terms.into_iter().unzip();
        Some(Searcher { terms: Terms::of(&terms), meanings })
    }
}

/// Finds the terms of a document.
pub struct Searcher {
    terms: Terms,
    meanings: Vec<Term>,
}

impl Searcher {
    /// Adds every place of a text where a term stands as a word.
    pub fn find(&self, text: &str, findings: &mut Vec<Finding>) {
        let mut from = 0;
        for at in 0..text.len() {
            if at < from
                || !self.terms.may_begin(text.as_bytes(), at)
                || !text.is_char_boundary(at)
                || !starts_alone(text, at)
            {
                continue;
            }
            let Some((term, length)) = self.terms.longest(&text.as_bytes()[at..]) else { continue };
            let term = self.meanings[term];
            let span = Span::new(at, at + length);
            if ends_alone(text, span.end) && (!term.ordinary || is_proper(text, span)) {
                from = span.end;
                findings.push(Finding {
                    span,
                    entity: term.entity,
                    role: term.role,
                    strength: Strength::Likely,
                    recognizer: "propagated".into(),
                });
            }
        }
    }
}

/// Whether no letter goes on before a place, but for the borders of camel case.
fn starts_alone(text: &str, at: usize) -> bool {
    let (before, first) = (text[..at].chars().next_back(), text[at..].chars().next());
    before.is_none_or(|c| !c.is_alphabetic() || c.is_lowercase() && first.is_some_and(char::is_uppercase))
        && !(is_digit(before) && is_digit(first))
}

/// Whether no letter goes on after a place.
fn ends_alone(text: &str, at: usize) -> bool {
    let (last, after) = (text[..at].chars().next_back(), text[at..].chars().next());
    after.is_none_or(|c| !c.is_alphabetic() || c.is_uppercase() && last.is_some_and(char::is_lowercase))
        && !(is_digit(after) && is_digit(last))
}

fn is_digit(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_digit())
}

/// Whether a word is capitalised where no sentence starts.
fn is_proper(text: &str, span: Span) -> bool {
    let before = text[..span.start].trim_end_matches(' ');
    let inside = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '\'' | '"' | '('));
    inside && text[span.start..].starts_with(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::marked;
    use crate::rules::Rules;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let lexicon = Lexicon::new(&Rules::embedded()).expect("the embedded lists read");
        let mut known = Known::new(&lexicon);
        known.add(name, EntityType::Name, Role::Subject);
        let searcher = known.searcher().expect("there are terms");
        marked::check(expected, |text| {
            let mut findings = Vec::new();
            searcher.find(text, &mut findings);
            findings
        });
    }

    #[test]
    fn other_forms_of_a_name() {
        check("Zsofia Kovacs", "⟦KOVACS⟧, ⟦ZSOFIA⟧; ⟦kovacs⟧_⟦zsofia⟧.pdf; ⟦zkovacs⟧@example.org; Kovacsian");
    }

    #[test]
    fn ordinary_words_need_a_capital_in_a_sentence() {
        check("Grace Young", "a young man. Young man, with ⟦Young⟧ and ⟦Grace⟧; by the grace of");
    }
}
