//! A month and a day in two numbers, which look like a dose, a score or a ratio too.

use super::cue::{announced, event};
use super::numeric::{Found, is_month_and_day};
use super::phrase::ends_phrase;
use crate::entity::Strength::Weak;
use crate::recognize::word::{Class, Words};

/// `3/14`, `3/4-3/9`: a date, or a dose, a score, a ratio.
pub(super) fn month_and_day(words: &Words<'_>, at: usize, continues: bool) -> Found {
    if !(words.str(at + 1) == "/" && words.glued(at) && words.glued(at + 1)) {
        return None;
    }
    let b = at + 2;
    let (x, y) = (words.number(at, 2)?, words.number(b, 2)?);
    let goes_on =
        words.glued(b) && (words.is_any(b + 1, &["/", "%"]) || words.is_word(b + 1) && !words.is_any(b + 1, &["at"]));
    if !is_month_and_day(x, y) || goes_on {
        return None;
    }
    let prior = at.checked_sub(1).map_or("", |before| words.str(before));
    if !continues && matches!(prior, "/" | "." | "+" | ">" | "<") && words.glued(at - 1) {
        return None;
    }
    // The second part of a range whose first is a date, and the first of one whose second is one.
    let ranged = |from: usize| {
        let joint = words.is_any(from, &["-", "to", "through", "thru", "until", "and"]);
        joint
            && words.number(from + 1, 2).is_some()
            && words.str(from + 2) == "/"
            && words.number(from + 3, 2).is_some()
    };
    let range = ranged(b + 1)
        && words.is_any(b + 1, &["-", "to", "through", "thru"])
        && (x <= 12 || words.number(b + 2, 2).is_some_and(|day| day > 12))
        && !words.class(b + 5).is(Class::UNIT);
    // `3/4, 3/18`: the first of a list whose second can be nothing else.
    let listed = words.is_any(b + 1, &[",", "&"])
        && words.number(b + 2, 2).is_some_and(|month| month <= 12)
        && words.str(b + 3) == "/"
        && words.number(b + 4, 2).is_some_and(|day| (13..=31).contains(&day))
        && !(words.glued(b + 4) && words.is_any(b + 5, &["/", "%"]));
    let padded = words.digits(at) == 2 && words.str(at).starts_with('0')
        || words.digits(b) == 2 && words.str(b).starts_with('0');
    if !continues && vetoed(words, at, b, x, y) {
        return None;
    }
    let starts_entry =
        (at == 0 || matches!(prior, "\n" | "(" | "[" | "*" | "•")) && words.is_any(b + 1, &[":", "-", ")", "]", "–"]);
    let timed = words.is(b + 1, "at") && words.number(b + 2, 2).is_some() || words.is(b + 1, "@") || clock(words, b);
    let evidence = continues
        || announced(words, at) && !(y == 10 && x <= 10 && words.is_any(at - 1, &["of", "noted", "reported"]))
        || range
        || listed
        || padded
        || starts_entry
        || timed
        || y > 12 && x <= 12
        || (1..4).any(|back| words.before(at, back).is_some_and(|place| words.str(place) == "on"));
    // `Crash 10/6 on the trail.`: no fraction, and the phrase ends or goes on as after a date. In Britain `3/7` and
    // `6/12` are days and months of treatment; `4/5` is a power or a score.
    let fraction = x == y || x * 2 == y || x < y && matches!(y, 3 | 4 | 5 | 7 | 12);
    let own = at > 0
        && words.is_word(at - 1)
        && !words.glued(at - 1)
        && words.piece(b + 1).is_none_or(|_| {
            words.is_any(
                b + 1,
                &[
                    "on", "at", "with", "w", "after", "for", "in", "due", "com", "con", "mit", "avec", "por", "para",
                    "neg", "wnl", "nl", "normal", "showed", "shows", ":", ".", ",", ";", "\n", ")",
                ],
            )
        })
        && !fraction
        && !(words.is_any(b + 1, &["in"]) && words.is_any(b + 2, &["all", "both", "the"]));
    // `sutures out 6/3`: no score and no share is larger than its whole.
    let after_word = at > 0 && words.is_word(at - 1) && !words.glued(at - 1);
    let larger = x > y && x <= 12 && after_word && !(x == 10 && y == 5);
    // `R TKR 29/4 (Mr`, `MDT outcome 14/11:`
    let day_first = x > 12
        && after_word
        && words.piece(b + 1).is_none_or(|_| words.is_any(b + 1, &["(", ".", ":", ",", ";", "\n", ")", "with", "at"]));
    let evidence = evidence || own || larger || opens_line(words, at, b);
    // Without evidence, small denominators are fractions and scores.
    (evidence && x <= 12 || x > 12 && (range || continues || day_first || announced(words, at))).then_some((b, Weak))
}

/// `4/11 Hinojosa, M - CT chest` in a log, where the next line or the one before begins so too.
fn opens_line(words: &Words<'_>, at: usize, b: usize) -> bool {
    const LINE: usize = 60;
    let pair =
        |at: usize| words.number(at, 2).is_some() && words.str(at + 1) == "/" && words.number(at + 2, 2).is_some();
    let opens = |at: usize| at == 0 || words.str(at - 1) == "\n";
    let line_after = || (b..b + LINE).find(|&at| words.str(at) == "\n").map(|at| at + 1);
    let line_before = || (at.saturating_sub(LINE)..at.saturating_sub(1)).rev().find(|&at| opens(at));
    opens(at)
        && (words.is_word(b + 1) || words.is_any(b + 1, &["-", "–", ":", "|"]))
        && (line_after().is_some_and(pair) || at > 1 && line_before().is_some_and(pair))
}

/// A month and a day in a text that has others: nothing speaks against it, and it is no full score.
pub(super) fn another_day(words: &Words<'_>, at: usize) -> Found {
    let b = at + 2;
    let (x, y) = (words.number(at, 2)?, words.number(b, 2)?);
    let joined = words.str(at + 1) == "/" && words.glued(at) && words.glued(at + 1);
    let tight = at > 0 && words.glued(at - 1) && !words.is_any(at - 1, &["(", "[", ",", "|", "\n", "@", "~"])
        || words.glued(b) && !words.is_any(b + 1, &[".", ",", ";", ":", ")", "]", "|", "\n", "?", "!"])
        || words.glued(b) && words.glued(b + 1) && words.is_number(b + 2);
    let score = x == y || x < y && matches!(y, 3 | 4 | 5 | 10) || x * 2 == y;
    (joined && !tight && !score && (1..=12).contains(&x) && (1..=31).contains(&y) && !vetoed(words, at, b, x, y))
        .then_some((b, Weak))
}

/// A time of day after a date: `3/14 10:30`, `10/1 8a`, `12/5 0700`.
fn clock(words: &Words<'_>, b: usize) -> bool {
    let hour = b + 1;
    match words.digits(hour) {
        1 | 2 if words.pieces[hour].value < 24 => {
            words.str(hour + 1) == ":" && words.digits(hour + 2) == 2
                || words.glued(hour) && words.is_any(hour + 1, &["a", "p", "h"])
                || words.is_any(hour + 1, &["am", "pm", "uhr"])
        }
        4 => {
            let value = words.pieces[hour].value;
            value < 2400
                && value % 100 < 60
                && words.str(hour).starts_with(['0', '1', '2'])
                && !words.glued(b)
                && !words.glued(hour)
                && !words.class(hour + 1).is(Class::UNIT)
        }
        _ => false,
    }
}

/// `letter sent 10-2.`, `s/p whipple 2-15 by`: a month and a day with a hyphen, where the words around want a date.
pub(super) fn hyphenated_day(words: &Words<'_>, at: usize) -> Found {
    let (x, y) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let joined = words.is(at + 1, "-") && words.glued(at) && words.glued(at + 1);
    let ends = words.piece(at + 3).is_none_or(|_| words.is_any(at + 3, &[".", ",", ";", "\n", ")"]))
        && !(words.glued(at + 3) && words.is_number(at + 4));
    let told = event(words, at) || at > 0 && words.is_any(at - 1, &["on", "sent"]);
    let glued = words.glued(at + 2) && !ends;
    // `on 10-15 mg` counts, `since 11-30 with` does not.
    let goes_on =
        ends_phrase(words, at + 3) && !words.is_any(at + 3, &["to", "of", "or"]) || words.is_any(at + 3, &["w", "re"]);
    let day = y > 12 || ends;
    (joined && !glued && told && day && (ends || goes_on) && (1..=12).contains(&x) && (1..=31).contains(&y))
        .then_some((at + 2, Weak))
}

/// The last day of `4/28-29`, whose first is a date that ends at a place.
pub(super) fn day_of_range(words: &Words<'_>, last: usize) -> usize {
    let end = last + 2;
    let joined = words.str(last + 1) == "-" && words.glued(last) && words.glued(last + 1);
    let is_later = words.number(end, 2).is_some_and(|day| day <= 31 && day > words.pieces[last].value);
    let goes_on = words.glued(end) && (words.is_word(end + 1) || words.is_any(end + 1, &["/", "-", ":", "%"]));
    if joined && is_later && !goes_on { end } else { last }
}

/// Whether a number is a further day after a month and a day and a joint: `3/11 and 18 for decreased movement`.
pub(super) fn further_day(words: &Words<'_>, at: usize, last: usize) -> bool {
    words.is_any(at - 1, &["and", "&", ","])
        && words.number(at, 2).is_some_and(|day| day <= 31 && day > words.pieces[last].value)
        && ends_phrase(words, at + 1)
        && words.str(at + 1) != "/"
        && !(words.is_any(at + 1, &[".", ","]) && words.glued(at + 1) && words.is_number(at + 2))
}

/// `from 6/10 to 2/10`: a score that changes.
fn ranged_of_ten(words: &Words<'_>, b: usize) -> bool {
    let of_ten =
        |at: usize| words.number(at, 2).is_some() && words.str(at + 1) == "/" && words.number(at + 2, 2) == Some(10);
    words.is_any(b + 1, &["to", "-"]) && of_ten(b + 2) || b >= 6 && words.is_any(b - 3, &["to", "-"]) && of_ten(b - 6)
}

/// What is counted in a few bottles or samples.
const CULTURES: &[&str] = &["cultures", "samples", "sets", "bottles", "positive"];

/// Words near two numbers that say what they are instead.
pub(super) fn vetoed(words: &Words<'_>, at: usize, b: usize, x: u32, y: u32) -> bool {
    let near = |place: Option<usize>| place.is_some_and(|place| words.class(place).is(Class::SCALE));
    let before = (1..=3).any(|steps| {
        near(words.before(at, steps))
            && !(steps == 1 && words.is_any(at - 1, &["dose", "doses"]) && event(words, at))
            && !(steps > 1 && announced(words, at))
            // `Cultures 4/21 2/2 positive`: so many bottles there are not.
            && !((y > 12 || words.is_number(b + 1) && words.str(b + 2) == "/") && words.before(at, steps).is_some_and(|place| words.is_any(place, CULTURES)))
            && !words.before(at, steps).is_some_and(|place| words.is(place, "at") && steps > 1)
    });
    let after = (1..=2).any(|steps| {
        let place = b + steps;
        near(Some(place))
            && !words.is_any(place, &["at", "pt", "about", "currently"])
            && !(y > 12 && words.is_any(place, CULTURES))
            && (steps == 1 || words.is_word(b + 1))
    });
    let unit =
        words.class(b + 1).is(Class::UNIT) && !words.is_any(b + 1, &["in", "am", "pm", "m", "c", "f", "w", "x", "h"]);
    // `5/5`, `20/20`: a full score; `1/2`, `3/4`: fractions, unless announced.
    let full = x == y && !announced(words, at) && !words.is_any(b + 1, &["@"]) && !clock(words, b);
    let scale_name = at >= 2 && words.is_number(at - 1) && words.str(at - 2) == "-";
    let of_ten =
        y == 10 && !words.is_any(at.wrapping_sub(1), &["on", "from", "by"]) && !event(words, at) && !clock(words, b);
    // `SBT on 5/5`, `PS 10/5`: pressures of a ventilator.
    let ventilator = y <= 15
        && (1..=6).any(|steps| {
            words
                .before(at, steps)
                .is_some_and(|one| words.is_any(one, &["sbt", "psv", "ps", "peep", "vent", "cpap", "bipap"]))
        });
    // `2/2 pain`: secondary to it.
    let cause = x == 2 && y == 2 && words.is_word(b + 1) && !ends_phrase(words, b + 1);
    cause || before || after || unit || full || scale_name || of_ten || y == 10 && ranged_of_ten(words, b) || ventilator
}
