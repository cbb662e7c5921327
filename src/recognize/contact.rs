//! Numbers that are spelled out (`five five five, oh one three four`), which no pattern of digits sees.

use super::word::{Class, Kind, Words};
use crate::entity::{EntityType, Finding, Role, Strength};

/// The fewest digits that a spelled number must have to be a telephone or other number.
const DIGITS_MIN: usize = 5;

/// Adds the spelled-out numbers of a text.
pub fn find(words: &Words<'_>, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while at < words.pieces.len() {
        if digit(words, at).is_none() {
            at += 1;
            continue;
        }
        let (last, digits, spelled) = run(words, at);
        let (first, last, digits) = beside(words, at, last, digits, spelled);
        // Single digits with spaces between are a number only where a word announces one.
        if digits >= DIGITS_MIN && (spelled >= 3 || digits >= 7 && announced(words, at)) {
            findings.push(Finding {
                span: words.span(first, last),
                entity: named(words, at),
                role: Role::Subject,
                strength: Strength::Likely,
                recognizer: "contact.spelled".into(),
            });
        }
        at = last + 1;
    }
}

/// How many digits a piece stands for, and whether it spells them.
fn digit(words: &Words<'_>, at: usize) -> Option<bool> {
    let piece = words.piece(at)?;
    match piece.kind {
        Kind::Number => (piece.end - piece.start == 1).then_some(false),
        // `nine o four`: a zero between digits.
        Kind::Word if words.is(at, "o") => {
            let spelled = |at: usize| words.class(at).is(Class::DIGIT);
            (at > 0 && spelled(at - 1) && spelled(at + 1)).then_some(true)
        }
        Kind::Word => piece.class.is(Class::DIGIT).then_some(true),
        Kind::Sign => None,
    }
}

/// The run of digits from a piece: its last piece, how many digits, how many of them spelled.
fn run(words: &Words<'_>, at: usize) -> (usize, usize, usize) {
    let (mut last, mut digits, mut spelled) = (at, 0, 0);
    let mut place = at;
    while let Some(is_spelled) = digit(words, place) {
        digits += 1;
        spelled += usize::from(is_spelled);
        last = place;
        place += 1;
        if words.is_any(place, &[",", "-", ".", "dash"]) && digit(words, place + 1).is_some()
            || words.is_any(place, &["double", "triple", "hundred"])
        {
            digits += usize::from(words.is(place, "double"));
            let hundred = words.is(place, "hundred");
            place += 1;
            // `double-oh`, `nine hundred, one two`
            if words.is_any(place, &["-", ","]) && digit(words, place + 1).is_some() {
                place += 1;
            } else if hundred {
                last = place - 1;
            }
        }
    }
    (last, digits, spelled)
}

/// `617 five five five 0144`: groups of digits before and after spelled ones.
fn beside(words: &Words<'_>, at: usize, last: usize, digits: usize, spelled: usize) -> (usize, usize, usize) {
    if spelled < 3 {
        return (at, last, digits);
    }
    let (mut first, mut end, mut count) = (at, last, digits);
    if at > 0 && words.digits(at - 1) == 3 {
        first = at - 1;
        count += 3;
    }
    if matches!(words.digits(last + 1), 3 | 4) {
        end = last + 1;
        count += words.digits(end);
    }
    (first, end, count)
}

fn announced(words: &Words<'_>, at: usize) -> bool {
    (1..=5).any(|steps| {
        words.before(at, steps).is_some_and(|place| {
            words.is_any(
                place,
                &[
                    "phone",
                    "number",
                    "call",
                    "cell",
                    "mobile",
                    "mrn",
                    "ssn",
                    "telephone",
                    "tel",
                    "pager",
                    "fax",
                    "social",
                ],
            )
        })
    })
}

fn named(words: &Words<'_>, at: usize) -> EntityType {
    let near =
        |names: &[&str]| (1..=6).any(|steps| words.before(at, steps).is_some_and(|place| words.is_any(place, names)));
    if near(&["mrn", "record", "chart"]) {
        EntityType::Mrn
    } else if near(&["ssn", "social"]) {
        EntityType::Ssn
    } else if near(&["fax"]) {
        EntityType::Fax
    } else {
        EntityType::Phone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(EntityType, &str)]) {
        let mut findings = Vec::new();
        find(&Words::cut(text), &mut findings);
        assert_eq!(
            findings.iter().map(|finding| (finding.entity, finding.span.of(text))).collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn spelled_numbers() {
        check(
            "call five five five, oh one three four now",
            &[(EntityType::Phone, "five five five, oh one three four")],
        );
        check(
            "ring oh seven seven double-oh, nine hundred, one two three now",
            &[(EntityType::Phone, "oh seven seven double-oh, nine hundred, one two three")],
        );
        check("at 617 five five five 0144.", &[(EntityType::Phone, "617 five five five 0144")]);
        check("MRN is four four seven one oh", &[(EntityType::Mrn, "four four seven one oh")]);
        check("one or two of three", &[]);
        check("scores 1 2 3 4 5 6 7", &[]);
    }
}
