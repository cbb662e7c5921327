//! Dates in digits: `03/14/2024`, `2024-03-14`, `14.3.24`, `20240314`, `3/14`, `14-Mar-2024`, `the 12th`.

use super::cue::{announced, event};
use super::{month_day, phrase, spoken};
use crate::entity::Strength::{self, Likely, Weak};
use crate::recognize::word::{Class, Words};

pub(super) type Found = Option<(usize, Strength)>;

pub fn at_number(words: &Words<'_>, at: usize, continues: bool) -> Found {
    if !continues && inside_a_number(words, at) {
        return None;
    }
    // Inside a token of letters and digits there is no date: `A1c`, `T12`.
    let after_letter = at > 0 && words.glued(at - 1) && words.is_word(at - 1);
    if after_letter && !words.is_any(at - 1, &["t", "v", "on", "dob", "kw"]) {
        return compact(words, at);
    }
    three_numbers(words, at)
        .or_else(|| apostrophe_year(words, at))
        .or_else(|| month_in_letters(words, at))
        .or_else(|| roman_month(words, at))
        .or_else(|| torn_year(words, at))
        .or_else(|| month_and_short_year(words, at))
        .or_else(|| day_range(words, at))
        .or_else(|| day_and_month_points(words, at))
        .or_else(|| month_and_day_point(words, at))
        .or_else(|| month_range(words, at))
        .or_else(|| compact(words, at))
        .or_else(|| spoken::day_before_month(words, at))
        .or_else(|| week(words, at))
        .or_else(|| month_and_year(words, at))
        .or_else(|| month_day::month_and_day(words, at, continues))
        .or_else(|| month_day::hyphenated_day(words, at))
        .or_else(|| ordinal_day(words, at))
        .or_else(|| day_of_week(words, at))
        .or_else(|| spaced(words, at))
}

/// Whether digits go on before this number: `1.2.840`, `555-0134`.
fn inside_a_number(words: &Words<'_>, at: usize) -> bool {
    at >= 2
        && words.glued(at - 1)
        && words.glued(at - 2)
        && words.is_any(at - 1, &[".", "-", "/", "_"])
        && words.is_number(at - 2)
}

fn is_year(words: &Words<'_>, at: usize) -> bool {
    words.digits(at) == 4 && (1850..2100).contains(&words.pieces[at].value)
}

/// A month and a day in either order, or a day and a month where only that fits.
pub(super) fn is_month_and_day(a: u32, b: u32) -> bool {
    let day = |n| (1..=31).contains(&n);
    let month = |n| (1..=12).contains(&n);
    month(a) && day(b) || day(a) && month(b)
}

fn three_numbers(words: &Words<'_>, at: usize) -> Found {
    let separator = words.str(at + 1);
    if !matches!(separator, "/" | "-" | "." | "\\" | ",") {
        return None;
    }
    // `3 / 14 / 2024` and `3. 4. 2024` are written too.
    let (a, b, c) = (at, at + 2, at + 4);
    let same = words.str(at + 3) == separator;
    let tight = words.glued(at) && words.glued(at + 1) && words.glued(at + 2) && words.glued(at + 3);
    if !same || !(words.is_number(b) && words.is_number(c)) || !tight && separator == "," {
        return None;
    }
    // `29.07.2023-01.08.2023` is a range of two dates.
    let range = words.is(c + 1, "-") && separator != "-" && words.str(c + 3) == separator && words.is_number(c + 4);
    let goes_on = words.glued(c)
        && words.is_any(c + 1, &["/", "-", "."])
        && words.glued(c + 1)
        && words.is_number(c + 2)
        && !range;
    let (x, y, z) = (words.pieces[a].value, words.pieces[b].value, words.pieces[c].value);
    let (dx, dy, dz) = (words.digits(a), words.digits(b), words.digits(c));
    if dx == 4 {
        // `2024-03-14-0001` is an identifier, which its own rules find; the date in it counts all the same.
        let end = dz <= 2 || dz == 2 && goes_on;
        return (is_year(words, a) && dy <= 2 && end && is_month_and_day(y, z)).then_some((c, Likely));
    }
    if dx > 2 || dy > 2 || goes_on || separator == "," {
        return None;
    }
    if dz == 4 {
        return (is_year(words, c) && is_month_and_day(x, y)).then_some((c, Likely));
    }
    // `at 12-18-24 months` tells times.
    const SPANS: &[&str] =
        &["mo", "mos", "months", "weeks", "wks", "h", "hr", "hrs", "hours", "days", "years", "mg", "mcg"];
    let two = dz == 2 && is_month_and_day(x, y) && tight && !words.is_any(c + 1, SPANS);
    match separator {
        "/" | "-" | "\\" => two.then_some((c, Likely)),
        // `ts/mk 9.9.22`, `adm 6.3.24`; a section or a version with so short numbers is none.
        "." => {
            const PARTS: &[&str] = &[
                "section",
                "version",
                "v",
                "ver",
                "figure",
                "fig",
                "table",
                "step",
                "chapter",
                "no",
                "release",
                "build",
                "firmware",
                "software",
                "paragraph",
                "part",
                "item",
                "rule",
                "appendix",
                "node",
                "rev",
                "app",
                "kernel",
            ];
            let part = at > 0 && words.is_any(at - 1, PARTS);
            (two && (dx == 2 && dy == 2 || y > 12 || announced(words, at) || !part)).then_some((c, Likely))
        }
        _ => None,
    }
    // `24/03/14`: the year first.
    .or_else(|| (tight && separator != "." && dx == 2 && dz == 2 && is_month_and_day(y, z)).then_some((c, Weak)))
}

/// `1971/Sep/08`
fn month_in_letters(words: &Words<'_>, at: usize) -> Found {
    let separator = words.str(at + 1);
    let joined = matches!(separator, "/" | "-" | ".") && words.str(at + 3) == separator;
    (joined
        && is_year(words, at)
        && words.class(at + 2).is(Class::MONTH)
        && (0..4).all(|step| words.glued(at + step))
        && words.number(at + 4, 2).is_some_and(|day| (1..=31).contains(&day)))
    .then_some((at + 4, Likely))
}

/// `3/14/'24`
fn apostrophe_year(words: &Words<'_>, at: usize) -> Found {
    let (x, y) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let separator = words.str(at + 1);
    let joined = matches!(separator, "/" | "-" | ".") && words.str(at + 3) == separator && words.is(at + 4, "'");
    (joined && (0..5).all(|step| words.glued(at + step)) && words.digits(at + 5) == 2 && is_month_and_day(x, y))
        .then_some((at + 5, Likely))
}

/// `12.xi.1947`, `3/IV/21`.
fn roman_month(words: &Words<'_>, at: usize) -> Found {
    const MONTHS: &[&str] = &["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];
    words.number(at, 2).filter(|day| (1..=31).contains(day))?;
    let separator = words.str(at + 1);
    let joined = matches!(separator, "." | "/" | "-")
        && words.str(at + 3) == separator
        && (0..4).all(|step| words.glued(at + step))
        && words.is_any(at + 2, MONTHS);
    (joined && (is_year(words, at + 4) || words.digits(at + 4) == 2)).then_some((at + 4, Likely))
}

/// `23.04 2029`: the second point was forgotten.
fn torn_year(words: &Words<'_>, at: usize) -> Found {
    let (day, month) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let pointed = words.is(at + 1, ".") && words.glued(at) && words.glued(at + 1) && !words.glued(at + 2);
    (pointed
        && words.digits(at + 2) == 2
        && (1..=31).contains(&day)
        && (1..=12).contains(&month)
        && is_year(words, at + 3))
    .then_some((at + 3, Likely))
}

/// `since 10/52`, `(03/53)`, `01/97-10/98`: a month and a year of two digits, where it can be no day.
fn month_and_short_year(words: &Words<'_>, at: usize) -> Found {
    let (month, year) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let joined = words.is(at + 1, "/") && words.glued(at) && words.glued(at + 1) && words.digits(at + 2) == 2;
    let goes_on = words.glued(at + 2) && (words.is_any(at + 3, &["/", "%", "."]) || words.is_word(at + 3));
    if !joined || goes_on || !(1..=12).contains(&month) || year <= 31 {
        return None;
    }
    let prior = at.checked_sub(1).map_or("", |before| words.str(before));
    let since = words.is_any(
        at.wrapping_sub(1),
        &["since", "seit", "ab", "until", "bis", "from", "dated", "von", "desde", "depuis"],
    );
    let padded = words.digits(at) == 2 && words.str(at).starts_with('0');
    let enclosed = prior == "(" && words.is(at + 3, ")");
    let range = words.is(at + 3, "-") && words.number(at + 4, 2).is_some() && words.is(at + 5, "/");
    (since || enclosed || padded && !month_day::vetoed(words, at, at + 2, month, year) || range && padded)
        .then_some((at + 2, Weak))
}

/// `06.-07.11.2024`, `05.11-18.11.2024`, `06/07.11.2024`: the start of a range whose end is a whole date.
fn day_range(words: &Words<'_>, at: usize) -> Found {
    words.number(at, 2).filter(|day| (1..=31).contains(day))?;
    let mut next = at + 1;
    for _ in 0..2 {
        if words.is(next, ".") && words.glued(next - 1) {
            next += 1;
        }
        if words.is_any(next, &["-", "/", "und", "bis"]) {
            let (end, _) = three_numbers(words, next + 1)?;
            return (words.str(next + 2) == "." && words.glued(next + 1)).then_some((end, Likely));
        }
        if !(words.glued(next - 1) && words.number(next, 2).is_some_and(|month| (1..=12).contains(&month))) {
            return None;
        }
        next += 1;
    }
    None
}

/// `vom 19.3.`, `29.09.-02.10.21`: day and month with points, as in German and the Nordic languages.
fn day_and_month_points(words: &Words<'_>, at: usize) -> Found {
    let (day, month) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let pointed = words.str(at + 1) == "."
        && words.glued(at)
        && words.glued(at + 1)
        && words.str(at + 3) == "."
        && words.glued(at + 2);
    if !pointed
        || !(1..=31).contains(&day)
        || !(1..=12).contains(&month)
        || words.glued(at + 3) && words.is_number(at + 4)
    {
        return None;
    }
    let ranged = words.is_any(at + 4, &["-", "bis"]) && words.number(at + 5, 2).is_some();
    let introduced = event(words, at)
        || at > 0 && words.is_any(at - 1, &["am", "den", "der", "dem", "-", "d", "des", "on", "by", "due", "recheck"]);
    (ranged || introduced).then_some((at + 2, Weak))
}

/// `LMP 5.22`, `wypis 18.03`: month and day with a point after a word that only a date follows, and no decimal.
fn month_and_day_point(words: &Words<'_>, at: usize) -> Found {
    let (x, y) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let pointed = words.str(at + 1) == "." && words.glued(at) && words.glued(at + 1) && words.digits(at + 2) == 2;
    let day_last = (1..=12).contains(&x) && (13..=31).contains(&y);
    let day_first = words.digits(at) == 2 && (1..=31).contains(&x) && words.str(at + 2).starts_with('0') && y > 0
        || (13..=31).contains(&x) && (10..=12).contains(&y);
    let goes_on = words.glued(at + 2)
        && !words.is_any(at + 3, &[",", ";", ")", ":", "\n"])
        && !(words.str(at + 3) == "." && !words.glued(at + 3));
    let told = at > 0 && event(words, at) && !words.class(at + 3).is(Class::UNIT) && !words.is_number(at + 3);
    (pointed && (day_last || day_first) && !goes_on && told).then_some((at + 2, Weak))
}

/// `02-04/2021`, `6-9/19`: months of a year.
fn month_range(words: &Words<'_>, at: usize) -> Found {
    let month = |place: usize| words.number(place, 2).is_some_and(|value| (1..=12).contains(&value));
    let joined = words.is(at + 1, "-") && words.str(at + 3) == "/" && (0..4).all(|step| words.glued(at + step));
    (joined && month(at) && month(at + 2) && is_year(words, at + 4)).then_some((at + 4, Weak))
}

/// `20240314`, `20240314103000`; `03141950` and `031450` where a date is announced.
fn compact(words: &Words<'_>, at: usize) -> Found {
    let digits = words.str(at);
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let announced = || {
        let one = words.before(at, 1);
        one.is_some_and(|one| words.is_any(one, &["dob", "birth", "birthdate", "dod", "dos", "doa", "date", "born"]))
    };
    let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
    let first = (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    match digits.len() {
        8 if first => Some((at, Likely)),
        10 | 12 | 14 if first && number(8, 10) < 24 && (digits.len() == 10 || number(10, 12) < 60) => {
            Some((at, Likely))
        }
        8 if is_month_and_day(number(0, 2), number(2, 4)) && announced() => Some((at, Likely)),
        6 if announced() => Some((at, Likely)),
        _ => None,
    }
}

/// `03/2024`, `2024-03`.
fn month_and_year(words: &Words<'_>, at: usize) -> Found {
    let separator = words.str(at + 1);
    if !(words.glued(at) && words.glued(at + 1) && matches!(separator, "/" | "-" | ".")) {
        return None;
    }
    let b = at + 2;
    let goes_on = words.glued(b)
        && (words.is_word(b + 1) || words.is_any(b + 1, &["-", "/"]) && words.glued(b + 1) && words.is_number(b + 2));
    if goes_on {
        return None;
    }
    let month = |place: usize| words.number(place, 2).is_some_and(|value| (1..=12).contains(&value));
    if is_year(words, b) && month(at) && separator != "." {
        return Some((b, Likely));
    }
    (is_year(words, at) && words.pieces[at].value >= 1900 && words.digits(b) == 2 && month(b) && separator != ".")
        .then_some((b, Weak))
}

/// `the 12th`, `on the 3rd and 5th`: no `12th rib`.
fn ordinal_day(words: &Words<'_>, at: usize) -> Found {
    let day = words.number(at, 2).filter(|day| (1..=31).contains(day))?;
    if !(words.glued(at) && words.class(at + 1).is(Class::SUFFIX) && words.is(at + 1, suffix(day))) {
        return None;
    }
    let prior = at.checked_sub(1)?;
    let last = at + 1;
    // `the 3rd inst.`: of this month, of the last, of the next.
    if words.is_any(last + 1, &["inst", "ult", "prox"]) {
        return Some((last + 1, Weak));
    }
    let introduced = words.is_any(prior, &["the", "on", "thru", "through", "until", "by", "since"])
        || words.class(prior).is(Class::WEEKDAY)
        || words.is(prior, ",") && words.class(prior.saturating_sub(1)).is(Class::WEEKDAY);
    (introduced && phrase::ends_phrase(words, last + 1)).then_some((last, Weak))
}

fn suffix(day: u32) -> &'static str {
    match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// `DOB 3 14 1950`.
fn spaced(words: &Words<'_>, at: usize) -> Found {
    let (x, y) = (words.number(at, 2)?, words.number(at + 1, 2)?);
    let one = words.before(at, 1)?;
    let birth = words.is_any(one, &["dob", "birth", "born", "birthdate"])
        || words.is_any(one, &["is", "was", "on"])
            && words.before(one, 1).is_some_and(|two| words.is_any(two, &["dob", "birth"]));
    let year = is_year(words, at + 2) || words.digits(at + 2) == 2;
    (birth && year && is_month_and_day(x, y)).then_some((at + 2, Likely))
}

/// `2024-W18-3`, `2024W183`, `2024-W07`: a week of a year (ISO 8601), with its day or without.
fn week(words: &Words<'_>, at: usize) -> Found {
    // `KW 34`: the calendar week of a German note.
    if at > 0 && words.is(at - 1, "kw") && words.number(at, 2).is_some_and(|week| (1..=53).contains(&week)) {
        return Some((at, Weak));
    }
    let letter = if words.is(at + 1, "-") { at + 2 } else { at + 1 };
    let number = letter + 1;
    let joined = (at..number).all(|place| words.glued(place));
    if !(is_year(words, at) && joined && words.is(letter, "w") && matches!(words.digits(number), 2 | 3)) {
        return None;
    }
    let day =
        words.glued(number) && words.is(number + 1, "-") && words.glued(number + 1) && words.digits(number + 2) == 1;
    Some((if day { number + 2 } else { number }, Likely))
}

/// `jeudi 16.`, `Thu 16, then`: the day of the month after its weekday, where the phrase ends.
fn day_of_week(words: &Words<'_>, at: usize) -> Found {
    words.number(at, 2).filter(|day| (1..=31).contains(day))?;
    let weekday = at.checked_sub(1).filter(|&prior| words.class(prior).is(Class::WEEKDAY) && !words.glued(prior))?;
    // `sat 96.` is a saturation, `mon 2` may be anything.
    let plain = words.str(weekday).chars().count() > 3 || words.capital(weekday) && words.str(weekday) != "SAT";
    let counts = words.glued(at)
        && (words.is_word(at + 1) || words.is_any(at + 1, &[".", ":", "/", "-", "%"]))
        && words.glued(at + 1)
        && words.is_number(at + 2);
    let clock = words.is_any(at + 1, &["am", "pm", "a", "p", ":", "h", "hrs", "uhr"]);
    (plain && !counts && !clock && !words.class(at + 1).is(Class::UNIT) && phrase::ends_phrase(words, at + 1))
        .then_some((at, Weak))
}
