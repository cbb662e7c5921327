//! Dates: every element finer than a year (45 CFR 164.514(b)(2)(i)(C)), in numbers and in words.
//!
//! A year alone, a weekday alone, a clock time and a duration are no dates. A month and day in two numbers look like a
//! dose, a score or a ratio, so `3/4` counts only with evidence.

mod cue;
mod feast;
mod month_day;
mod numeric;
mod phrase;
mod spoken;

pub use feast::starts as feast_starts;
pub use spoken::number_word;

use super::word::{Class, Kind, Words};
use crate::entity::{EntityType, Finding, Role, Strength};

/// Adds the dates of a text.
pub fn find(words: &Words<'_>, label: Option<&str>, findings: &mut Vec<Finding>) {
    let mut at = 0;
    // The piece after the last date: `3/4` after it and a hyphen is the end of a range.
    let mut after = usize::MAX;
    let before = findings.len();
    let mut days = false;
    while at < words.pieces.len() {
        let continues = after.checked_add(1) == Some(at)
            && words.is_any(after, &["-", "to", "through", "thru", "and", "&", ",", "until"]);
        match date_at(words, at, continues) {
            Some((last, strength)) => {
                let slashed = at + 2 == last && words.str(at + 1) == "/" && words.digits(last) <= 2;
                days |= slashed;
                let last = if slashed { month_day::day_of_range(words, last) } else { time_glued(words, last) };
                let span = words.span(at - usize::from(article(words, at)) - part_of_month(words, at), last);
                findings.push(Finding {
                    span,
                    entity: EntityType::Date,
                    role: Role::Subject,
                    strength,
                    recognizer: "date".into(),
                });
                at = last + 1;
                after = at;
                let mut day = last;
                while slashed && month_day::further_day(words, day + 2, day) {
                    day += 2;
                    findings.push(Finding {
                        span: words.span(day, day),
                        entity: EntityType::Date,
                        role: Role::Subject,
                        strength: Strength::Weak,
                        recognizer: "date".into(),
                    });
                    (at, after) = (day + 1, day + 1);
                }
            }
            None => at += 1,
        }
    }
    if days {
        also_days(words, before, findings);
    }
    if label.is_some_and(names_a_date) {
        whole(words, findings);
    }
}

/// Who has written one day as `3/14` writes the others so too: what nothing says is a score or a dose is one.
fn also_days(words: &Words<'_>, before: usize, findings: &mut Vec<Finding>) {
    // Both go through the text in order, so that no place is looked at twice.
    let (mut next, known_end) = (before, findings.len());
    for at in 1..words.pieces.len().saturating_sub(1) {
        if words.str(at) == "/"
            && let Some((last, strength)) = month_day::another_day(words, at - 1)
        {
            let span = words.span(at - 1, last);
            while next < known_end && findings[next].span.end <= span.start {
                next += 1;
            }
            if next == known_end || !findings[next].span.overlaps(span) {
                findings.push(Finding {
                    span,
                    entity: EntityType::Date,
                    role: Role::Subject,
                    strength,
                    recognizer: "date.another".into(),
                });
            }
        }
    }
}

/// Whether a key or column names a date.
fn names_a_date(label: &str) -> bool {
    let lower = label.to_lowercase();
    lower.split(|c: char| !c.is_alphabetic()).any(|word| {
        matches!(word, "date" | "dob" | "dod" | "birthdate" | "birthday" | "dos" | "doa" | "datum" | "fecha")
    }) || lower.ends_with("date")
}

/// Under a key that names a date, a whole value of digits is one.
fn whole(words: &Words<'_>, findings: &mut Vec<Finding>) {
    let count = words.pieces.len();
    let digits = (0..count).map(|at| words.digits(at)).sum::<usize>();
    if (1..=12).contains(&count) && digits >= 5 {
        findings.push(Finding {
            span: words.span(0, count - 1),
            entity: EntityType::Date,
            role: Role::Subject,
            strength: Strength::Certain,
            recognizer: "date.label".into(),
        });
    }
}

/// The last piece of a date that starts at a piece; `continues` where another date and a joint go before.
fn date_at(words: &Words<'_>, at: usize, continues: bool) -> Option<(usize, Strength)> {
    let piece = words.piece(at)?;
    // `april fools`, `jueves santo`, `spring festival`: a feast may start with a word of another kind.
    if piece.class.is(Class::FEAST)
        && let Some(found) = feast::at_holiday(words, at)
    {
        return Some(found);
    }
    let found = match piece.kind {
        Kind::Number => numeric::at_number(words, at, continues),
        Kind::Word if piece.class.is(Class::MONTH) => spoken::at_month(words, at),
        Kind::Word if piece.class.is(Class::WEEKDAY) => None,
        Kind::Word if piece.class.is(Class::ORDINAL) || piece.class.is(Class::CARDINAL) => {
            spoken::at_number_word(words, at)
        }
        Kind::Word if piece.class.is(Class::SEASON) => spoken::at_season(words, at),
        Kind::Word => None,
        Kind::Sign => None,
    }?;
    Some(found)
}

/// Whether the article of an ordinal stands before it: `the 12th` is one date.
fn article(words: &Words<'_>, at: usize) -> bool {
    let ordinal = words.class(at).is(Class::ORDINAL) || words.is_number(at) && words.class(at + 1).is(Class::SUFFIX);
    ordinal && at > 0 && words.is(at - 1, "the")
}

/// The pieces of `mid-`, `early` and `late` before a month: they are part of the date.
fn part_of_month(words: &Words<'_>, at: usize) -> usize {
    const PARTS: &[&str] = &["mid", "early", "late"];
    if !words.class(at).is(Class::MONTH) || at == 0 {
        return 0;
    }
    match words.str(at - 1) {
        "-" if at > 1 && words.is_any(at - 2, PARTS) => 2,
        _ => usize::from(words.is_any(at - 1, PARTS)),
    }
}

/// A time that is written as one with its date (`2024-03-14T10:30:00Z`).
fn time_glued(words: &Words<'_>, last: usize) -> usize {
    let is_time = words.glued(last)
        && words.is_any(last + 1, &["t"])
        && words.glued(last + 1)
        && words.number(last + 2, 6).is_some();
    if !is_time {
        // `2024-03-14 10:30:00`: a stamp of a machine is one value.
        let stamp = words.digits(last) <= 2 && last >= 4 && words.digits(last - 4) == 4;
        let clock =
            (1..=5).all(|step| if step % 2 == 0 { words.is(last + step, ":") } else { words.digits(last + step) == 2 });
        return if stamp && clock { last + 5 } else { last };
    }
    let mut end = last + 2;
    while words.glued(end) && (words.is_any(end + 1, &[":", ".", "z", "+", "-"])) {
        let sign = end + 1;
        if words.is(sign, "z") {
            return sign;
        }
        if !(words.glued(sign) && words.is_number(sign + 1)) {
            break;
        }
        end = sign + 1;
    }
    end
}

#[cfg(test)]
mod tests;
