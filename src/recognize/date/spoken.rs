//! Dates with words: `March 3rd, 2024`, `el 14 de marzo`, `march third nineteen fifty`, `the twelfth`, `Christmas Eve`.

use super::phrase::ends_phrase;
use crate::entity::Strength::{self, Likely, Weak};
use crate::recognize::word::{Class, Words};

type Found = Option<(usize, Strength)>;

const OF: &[&str] = &["of", "de", "del", "di", "do", "da", "den", "des", "in", "van"];

/// A date that starts with a month's name, or a month alone.
pub fn at_month(words: &Words<'_>, at: usize) -> Found {
    if words.class(at).is(Class::FOREIGN_MONTH) {
        let next = if words.is_any(at + 1, OF) { at + 2 } else { at + 1 };
        let dated = words.digits(next) == 4 && !words.glued(at);
        return dated
            .then(|| year(words, next))
            .flatten()
            .map(|last| (last, Likely))
            .or_else(|| alone(words, at).then_some((at, Weak)));
    }
    // A month's name in a hyphened word is a name (`Jean-Mai`); after a number it was read with it.
    let mut next = at + 1;
    if words.str(next) == "." && words.glued(at) {
        next += 1;
    }
    let glue = words.glued(at) && words.is_any(at + 1, &["-", "/"]);
    if glue {
        next = at + 2;
    }
    if let Some(last) = day(words, next).or_else(|| words.is(next, "the").then(|| day(words, next + 1)).flatten()) {
        let last = more_days(words, last);
        return Some((year_after(words, last).unwrap_or(last), Likely));
    }
    // `March 2024`, `March of 2024`, `Mar '24`, `Mar-24`, `March, 2024`.
    let of = if words.is_any(next, OF) || words.str(next) == "," { next + 1 } else { next };
    if let Some(last) = year(words, of) {
        return Some((last, Likely));
    }
    if glue && words.str(at + 1) == "-" && words.digits(next) == 2 {
        return Some((next, Likely));
    }
    alone(words, at).then_some((at, Weak))
}

/// Whether a month's name alone means the month.
fn alone(words: &Words<'_>, at: usize) -> bool {
    const INTRODUCE: &[&str] = &[
        "in",
        "since",
        "last",
        "next",
        "until",
        "till",
        "til",
        "coming",
        "early",
        "late",
        "mid",
        "by",
        "during",
        "this",
        "through",
        "from",
        "between",
        "of",
        "before",
        "after",
        "around",
        "past",
        "every",
        "each",
        "en",
        "em",
        "im",
        "seit",
        "ab",
        "bis",
        "ende",
        "anfang",
        "mitte",
        "depuis",
        "début",
        "fin",
        "desde",
        "hasta",
        "dal",
        "nel",
        "sinds",
        "tot",
        "and",
        "to",
        "per",
        "beginning",
        "end",
    ];
    let class = words.class(at);
    let prior = at.checked_sub(1).map_or("", |before| words.str(before));
    let introduced = at > 0
        && (INTRODUCE.iter().any(|word| word.eq_ignore_ascii_case(prior))
            || prior == "-" && at > 1 && words.is_any(at - 2, &["mid", "early", "late"]));
    // `Oct-Nov`, `Sept of last year`
    let joint = |place: usize| words.is_any(place, &["-", "/", "to", "through", "and"]);
    let ranged = joint(at + 1) && words.class(at + 2).is(Class::MONTH)
        || at > 1 && joint(at - 1) && words.class(at - 2).is(Class::MONTH)
        || words.is(at + 1, "of") && words.is_any(at + 2, &["last", "this", "next", "that"]);
    if words.glued(at) && (words.is_word(at + 1) || words.is_number(at + 1)) {
        return false;
    }
    if !class.is(Class::AMBIGUOUS_MONTH) && !class.is(Class::FOREIGN_MONTH) {
        // The name of a person (`April Jones`, `Nurse June`) is for the names to find; a month stands alone.
        let person = words.capital(at)
            && words.capital(at + 1)
            && words.is_word(at + 1)
            && words.str(at + 1).len() > 1
            && !introduced;
        return words.str(at).len() > 3 && (words.capital(at) || introduced) && !person;
    }
    let word = words.str(at).to_ascii_lowercase();
    let capital = words.capital(at);
    let shouted = words.str(at).len() > 1 && words.str(at).chars().all(char::is_uppercase);
    if class.is(Class::FOREIGN_MONTH) {
        let foreign = at > 0
            && words.is_any(
                at - 1,
                &[
                    "en", "em", "im", "seit", "ab", "bis", "ende", "anfang", "mitte", "depuis", "début", "fin",
                    "desde", "hasta", "dal", "nel", "sinds", "tot", "de",
                ],
            );
        return foreign && word.chars().count() > 2 && (word != "set" && word != "out" && word != "fin");
    }
    match word.as_str() {
        "may" | "march" => {
            (introduced && !prior.eq_ignore_ascii_case("and") && !prior.eq_ignore_ascii_case("this") && capital)
                || capital && ranged
        }
        // Short forms that are words or drugs' and labs' names too.
        "mar" | "mai" | "dic" | "set" | "out" | "dez" | "fev" | "ago" | "mars" | "ene" | "mei" => {
            capital && !shouted && introduced
        }
        _ => capital && (introduced || ranged || words.str(at + 1) == ":") && !(shouted && word == "oct"),
    }
}

/// A day of the month at a place: `3`, `3rd`, `third`, `twenty-third`. Returns its last piece.
fn day(words: &Words<'_>, at: usize) -> Option<usize> {
    if let Some(value) = words.number(at, 2).filter(|value| (1..=31).contains(value)) {
        let _ = value;
        if words.glued(at) && words.class(at + 1).is(Class::SUFFIX) {
            return Some(at + 1);
        }
        // `March 3.5` and `Mar 10:30` are something else; `May 20 mg` too.
        let goes_on = words.glued(at) && words.is(at + 1, "%")
            || words.glued(at) && words.is(at + 1, ":") && words.glued(at + 1) && words.is_number(at + 2)
            || words.glued(at) && words.is(at + 1, ".") && words.glued(at + 1) && words.is_number(at + 2);
        let unit =
            words.class(at + 1).is(Class::UNIT) && words.is_any(at + 1, &["mg", "mcg", "ml", "units", "percent", "kg"]);
        let word_glued = words.glued(at) && words.is_word(at + 1);
        return (!goes_on && !unit && !word_glued).then_some(at);
    }
    number_word(words, at)
        .filter(|&(value, _, ordinal)| (1..=31).contains(&value) && (ordinal || value <= 31))
        .map(|(_, last, _)| last)
}

/// `, 5th and 9th`, `-9`, ` to 9` after a day: further days of the same month.
fn more_days(words: &Words<'_>, mut last: usize) -> usize {
    for _ in 0..4 {
        let joint = last + 1;
        let (from, strict) = match words.str(joint) {
            "-" | "/" | "–" => (joint + 1, false),
            "&" => (joint + 1, false),
            "," if words.is(joint + 1, "and") => (joint + 2, true),
            "," => (joint + 1, true),
            "to" | "and" | "through" | "thru" | "or" => (joint + 1, words.is_any(joint, &["and", "or"])),
            _ => break,
        };
        let Some(end) = day(words, from) else { break };
        // After a comma or `and`, a bare number may count anything: only an ordinal is a day.
        let listed = words.is_any(end + 1, &["and", "&", ","])
            && words.is_number(end)
            && words.number(end + 2, 2).is_some_and(|next| next <= 31 && next > words.pieces[end].value);
        if strict && words.is_number(end) && !listed && !(words.is_any(joint, &["and"]) && ends_phrase(words, end + 1))
            || words.digits(end) > 2
        {
            break;
        }
        last = end;
    }
    last
}

/// A year after a day: `2024`, `, 2024`, `'24`, `of 2024`, `nineteen fifty`.
pub(super) fn year_after(words: &Words<'_>, last: usize) -> Option<usize> {
    let mut next = last + 1;
    if words.is_any(next, &[",", ".", "-", "/"]) {
        next += 1;
    }
    if words.is_any(next, OF) {
        next += 1;
    }
    let found = year(words, next)?;
    // A two-digit number after a comma is a year only where the phrase ends.
    Some(found)
}

/// A year at a place.
fn year(words: &Words<'_>, at: usize) -> Option<usize> {
    if words.digits(at) == 4 && (1850..2100).contains(&words.pieces[at].value) {
        let goes_on = words.glued(at) && (words.is_word(at + 1) || words.is(at + 1, "%"));
        return (!goes_on).then_some(at);
    }
    if words.is(at, "'") && words.glued(at) && words.digits(at + 1) == 2 {
        return Some(at + 1);
    }
    if words.digits(at) == 2
        && at > 0
        && words.glued(at - 1)
        && words.is_any(at - 1, &["-", "/", "."])
        && !(words.glued(at) && words.is_word(at + 1))
    {
        return Some(at);
    }
    spoken_year(words, at)
}

/// `nineteen fifty`, `nineteen forty-two`, `two thousand and four`, `twenty twenty-three`.
fn spoken_year(words: &Words<'_>, at: usize) -> Option<usize> {
    let cardinal = |place: usize| words.class(place).is(Class::CARDINAL).then(|| words.pieces[place].value);
    match (cardinal(at)?, cardinal(at + 1)) {
        (2, Some(1000)) => {
            let next = if words.is(at + 2, "and") { at + 3 } else { at + 2 };
            Some(number_word(words, next).filter(|&(value, _, _)| value < 100).map_or(at + 1, |(_, last, _)| last))
        }
        (18..=20, Some(100)) => {
            Some(number_word(words, at + 2).filter(|&(value, _, _)| value < 100).map_or(at + 1, |(_, last, _)| last))
        }
        (18..=20, Some(10..=99)) => number_word(words, at + 1).map(|(_, last, _)| last),
        // `nineteen oh four`
        (18..=20, _) if words.is_any(at + 1, &["oh", "o"]) => cardinal(at + 2).map(|_| at + 2),
        _ => None,
    }
}

/// A number below 100 in words: its value, its last piece, and whether it is an ordinal.
pub fn number_word(words: &Words<'_>, at: usize) -> Option<(u32, usize, bool)> {
    let class = words.class(at);
    let value = words.piece(at)?.value;
    if class.is(Class::ORDINAL) && value <= 31 {
        return Some((value, at, true));
    }
    if !class.is(Class::CARDINAL) || value >= 100 {
        return None;
    }
    if value >= 20 {
        let next = if words.str(at + 1) == "-" { at + 2 } else { at + 1 };
        let unit = words.piece(next).filter(|piece| piece.value < 10 && piece.value > 0);
        if let Some(unit) = unit {
            if words.class(next).is(Class::ORDINAL) {
                return Some((value + unit.value, next, true));
            }
            if words.class(next).is(Class::CARDINAL) {
                return Some((value + unit.value, next, false));
            }
        }
    }
    Some((value, at, false))
}

/// `14 March 2024`, `14. März`, `14 de marzo de 2024`, `14-Mar-2024`, `14MAR24`, `3-9 March`, `3rd of March`.
pub fn day_before_month(words: &Words<'_>, at: usize) -> Found {
    words.number(at, 2).filter(|value| (1..=31).contains(value))?;
    let mut last = at;
    if words.glued(at) && (words.class(at + 1).is(Class::SUFFIX) || words.is_any(at + 1, &["er", "e", "º", "°"])) {
        last = at + 1;
    }
    // `3-9 March`, `3. und 4. März`
    let mut month = after_day(words, last + 1);
    if !words.class(month).is(Class::MONTH) {
        let joint = if words.str(last + 1) == "." { last + 2 } else { last + 1 };
        if words.is_any(joint, &["-", "to", "and", "und", "et", "y", "e", "en", "bis", "al", "/"])
            && words.number(joint + 1, 2).is_some_and(|value| (1..=31).contains(&value))
        {
            let suffix = usize::from(words.glued(joint + 1) && words.class(joint + 2).is(Class::SUFFIX));
            month = after_day(words, joint + 2 + suffix);
        }
    }
    if !words.class(month).is(Class::MONTH) {
        return None;
    }
    // `20 may be`, `2 sep`: a word that is a month too needs a capital, a year, or a joint.
    let mut next = month + 1;
    if words.str(next) == "." && words.glued(month) && (words.is_number(next + 1) || words.is_any(next + 1, OF)) {
        next += 1;
    }
    if words.is_any(next, &["-", "/", ","]) {
        next += 1;
    }
    if words.is_any(next, OF) {
        next += 1;
    }
    let with_year = year(words, next).or_else(|| {
        let joined = words.glued(month) && (words.is_number(month + 1) || words.is_any(month + 1, &["-", "/"]));
        (joined && matches!(words.digits(next), 2 | 4)).then_some(next)
    });
    if let Some(last) = with_year.or_else(|| short_year(words, month)) {
        return Some((last, Likely));
    }
    let ambiguous = words.class(month).is(Class::AMBIGUOUS_MONTH);
    let joined = month > at + 1 && !words.is_word(month - 1) || words.is_any(month - 1, OF);
    // `tuesday 4 jan`: short forms that are no other word.
    let plain = words.is_any(month, &["jan", "feb", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov"])
        && ends_phrase(words, month + 1);
    // `le 12 mai`, `em 2 set`
    let introduced = words.class(month).is(Class::FOREIGN_MONTH)
        && at > 0
        && words
            .is_any(at - 1, &["le", "du", "au", "dès", "el", "del", "em", "den", "op", "il", "dal", "al", "am", "vom"]);
    (!ambiguous || words.capital(month) || joined || plain || introduced).then_some((month, Likely))
}

/// `20 Sep 24`: a year of two digits after a month and a space, where it counts nothing and is no hour.
fn short_year(words: &Words<'_>, month: usize) -> Option<usize> {
    let year = month + 1;
    let counts = words.glued(year) && !words.is_any(year + 1, &[".", ",", ";", ")", "\n", "\""])
        || words.is_any(year + 1, &["am", "pm", "h", "uhr", ":", "%", "/", "-"])
        || words.glued(year) && words.glued(year + 1) && words.is_number(year + 2)
        || words.class(year + 1).is(Class::UNIT);
    (words.digits(year) == 2 && !counts).then_some(year)
}

/// The place after the signs and words that may stand between a day and its month.
fn after_day(words: &Words<'_>, mut next: usize) -> usize {
    if words.is_any(next, &[".", "-", "/", ","]) {
        next += 1;
    }
    if words.is_any(next, OF) {
        next += 1;
        if words.is_any(next, &["the"]) {
            next += 1;
        }
    }
    next
}

/// `the third of March`, `the twelfth`, and after `date of birth` also `three fourteen fifty`.
pub fn at_number_word(words: &Words<'_>, at: usize) -> Found {
    let (value, last, ordinal) = number_word(words, at)?;
    if ordinal && (1..=31).contains(&value) {
        let month = after_day(words, last + 1);
        if words.class(month).is(Class::MONTH)
            && (month > last + 1 || words.capital(month) || !words.class(month).is(Class::AMBIGUOUS_MONTH))
        {
            return Some((year_after(words, month).unwrap_or(month), Likely));
        }
        let introduced = at >= 2
            && words.is(at - 1, "the")
            && words.is_any(at - 2, &["on", "by", "until", "since", "through", "before", "after"]);
        // `on the second` may be anything; `on the twelfth` is a day.
        return (introduced && value > 3 && ends_phrase(words, last + 1)).then_some((last, Weak));
    }
    let born = words.before(at, 1).is_some_and(|one| {
        words.is_any(one, &["birth", "dob", "birthday", "born", "birthdate"])
            || words.is_any(one, &["is", "was", "on"])
                && words.before(one, 1).is_some_and(|two| words.is_any(two, &["birth", "dob", "birthday", "birthdate"]))
    });
    if !born {
        return None;
    }
    let mut end = last;
    while words.class(end + 1).is(Class::CARDINAL)
        || words.class(end + 1).is(Class::ORDINAL)
        || words.is_any(end + 1, &["oh", "-"])
    {
        end += 1;
    }
    (end > last).then_some((end, Likely))
}

/// `spring 2021`, `the fall of 2019`.
pub fn at_season(words: &Words<'_>, at: usize) -> Found {
    let mut next = at + 1;
    if words.is_any(next, &["of", ","]) {
        next += 1;
    }
    let told = words.digits(next) == 4 || words.str(next) == "'";
    told.then(|| year(words, next)).flatten().map(|last| (last, Weak))
}
