//! Places smaller than a state (45 CFR 164.514(b)(2)(i)(B)): streets, boxes, routes, cities, rooms.

mod city;
mod county;
mod foreign;
mod labelled;
mod lead;
mod room;
mod route;
mod street;

use super::dictionary::{Kind as List, Lexicon};
use super::word::{Class, Words};
use crate::entity::{EntityType, Finding, Role, Strength};

/// Adds the places of a text.
pub fn find(words: &Words<'_>, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while at < words.pieces.len() {
        let marked = words.class(at).is(Class::ADDRESS);
        let number = words.is_number(at);
        // `OR 6`, `B4-212`
        let lettered = words.capital(at) && words.str(at).len() <= 2;
        let found = labelled::value(words, at)
            .or_else(|| marked.then(|| route::boxes_and_routes(words, at)).flatten())
            .or_else(|| (marked || number || words.capital(at)).then(|| street::street(words, lexicon, at)).flatten())
            .or_else(|| (marked || number || lettered).then(|| room::room(words, at)).flatten())
            .or_else(|| (marked || words.capital(at)).then(|| county::county(words, at)).flatten())
            .or_else(|| city::city(words, lexicon, at));
        match found {
            Some(found) => {
                let last = if matches!(found.rule, "address.room" | "address.label") {
                    found.last
                } else {
                    city::tail(words, lexicon, found.last)
                };
                // `3747 3911 Fourth Avenue`: a second number before the first is part of it.
                let numbered = found.first > 0 && words.is_number(found.first) || found.rule == "address.box";
                let first =
                    if numbered && found.first > 0 && words.is_number(found.first - 1) && !words.glued(found.first - 1)
                    {
                        found.first - 1
                    } else {
                        found.first
                    };
                findings.push(Finding {
                    span: words.span(first, last),
                    entity: EntityType::Location,
                    role: Role::Subject,
                    strength: found.strength,
                    recognizer: found.rule.into(),
                });
                at = last.max(at) + 1;
            }
            None => at += 1,
        }
    }
}

/// A place from one piece to another.
pub struct Found {
    pub first: usize,
    pub last: usize,
    pub strength: Strength,
    pub rule: &'static str,
}

impl Found {
    fn likely(first: usize, last: usize, rule: &'static str) -> Self {
        Self { first, last, strength: Strength::Likely, rule }
    }
}

/// The two letters of a state of the United States, the District of Columbia, or a Canadian province.
fn is_state_code(words: &Words<'_>, at: usize) -> bool {
    const CODES: &str = " AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI ON QC BC AB MB SK NS NB NL PE ";
    let word = words.str(at);
    word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && CODES.contains(word)
}

/// The last piece of the state at a place, as a code or a name.
fn state(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<usize> {
    if is_state_code(words, at) {
        return Some(at);
    }
    if !words.capital(at) {
        return None;
    }
    if words.is_any(at, &["new", "north", "south", "west", "rhode"]) && words.capital(at + 1) {
        let two = format!("{} {}", words.str(at), words.str(at + 1));
        return lexicon.entry(&two).has(List::Region).then_some(at + 1);
    }
    words.class(at).is(Class::STATE).then_some(at)
}

/// A capitalised word that can be part of a proper name.
#[inline]
fn proper(words: &Words<'_>, at: usize) -> bool {
    words.is_word(at)
        && words.capital(at)
        && !words.class(at).is(Class::FUNCTION)
        && !words.class(at).is(Class::WEEKDAY)
}

#[cfg(test)]
mod tests;
