//! Streets, corners, apartments.

use super::{Found, proper};
use crate::recognize::dictionary::Lexicon;
use crate::recognize::word::{Class, WordSet, Words};

/// The longest street name, in words.
const NAME_MAX: usize = 4;

/// `12 Elm Street, Apt 4B`, `Hauptstraße 12`, `12 rue de Rivoli`, `on Maple Ave`, `corner of Elm and 5th`.
pub fn street(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    if words.is(at, "corner") && words.is(at + 1, "of") {
        return corner(words, at + 2);
    }
    if let Some(found) = intersection(words, lexicon, at) {
        return Some(found);
    }
    if words.is_number(at) && !(at > 0 && words.glued(at - 1) && words.is_any(at - 1, &[".", "/", ":", "-", ","])) {
        return numbered(words, lexicon, at);
    }
    if !words.is_word(at) {
        return None;
    }
    super::foreign::street(words, at)
        .or_else(|| unnumbered(words, at))
        .or_else(|| apartment(words, at).map(|last| Found::likely(at, last, "address.apartment")))
}

/// A street that starts with its number.
fn numbered(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    if words.digits(at) > 6 {
        return None;
    }
    let mut next = at + 1;
    // `12B`, `12-14`, `5th` (which is the name already)
    if words.glued(at) && words.is_any(next, &["-", "/"]) && words.is_number(next + 1) {
        next += 2;
    } else if words.glued(at) && words.is_word(next) && words.str(next).len() == 1 {
        next += 1;
    } else if words.glued(at) && words.class(next).is(Class::SUFFIX) {
        // `42nd Street`
        let street = next + 1;
        let is_street = words.class(street).is(Class::STREET)
            || words.class(street).is(Class::WEAK_STREET) && words.is_any(street, &["st", "ave", "av", "rd"]);
        return (is_street && words.str(street).len() > 1)
            .then(|| Found::likely(at, after_street(words, street), "address.street"));
    }
    if words.is(next, ",") {
        next += 1;
    }
    if words.class(next).is(Class::UNIT) && !words.capital(next) {
        return None;
    }
    if let Some(last) = directed(words, lexicon, at, next) {
        return Some(Found::likely(at, last, "address.street"));
    }
    // `12 rue de Rivoli`, `12 Avenue Foch`
    if words
        .is_any(next, &["rue", "avenue", "boulevard", "place", "chemin", "impasse", "allée", "quai", "cours", "route"])
    {
        let mut last = next;
        while last < next + 6
            && (proper(words, last + 1)
                || words.is_any(last + 1, &["de", "du", "des", "la", "le", "les", "l", "d", "'", "-"]))
        {
            last += 1;
        }
        if last > next && proper(words, last) {
            return Some(Found::likely(at, last, "address.street"));
        }
    }
    if let Some(last) = (words.str(next - 1) != ",").then(|| between_numbers(words, lexicon, at, next)).flatten() {
        return Some(Found::likely(at, last, "address.numbers"));
    }
    let first = next;
    let mut all_capital = true;
    for place in first..first + NAME_MAX + 2 {
        let class = words.class(place);
        let strong = class.is(Class::STREET);
        let weak = class.is(Class::WEAK_STREET) && words.str(place).len() > 1;
        if place > first && (strong || weak && (words.capital(place) || !all_capital)) {
            // `2 South Park`, `3 Blind Pass`: a weak word needs capitals before it; `5 mile run` has none.
            let lower = !all_capital;
            let known = !lower
                || strong && unknown_words(words, lexicon, first, place)
                || words.is_any(
                    place,
                    &[
                        "street",
                        "avenue",
                        "boulevard",
                        "road",
                        "lane",
                        "drive",
                        "st",
                        "ave",
                        "rd",
                        "blvd",
                        "ln",
                        "terrace",
                        "parkway",
                        "circle",
                    ],
                ) && (place - first) <= 2
                    && words.digits(at) >= 2;
            // A weak word that only starts the name (`12 St James Road`) is passed.
            let goes_on = (place + 1..place + 4).any(|later| {
                words.class(later).is(Class::STREET)
                    && (place..later).all(|between| proper(words, between + 1) || words.is(between, "."))
            });
            if known && !goes_on {
                return Some(Found::likely(at, after_street(words, place), "address.street"));
            }
        }
        let number_name = words.is_number(place) && words.glued(place) && words.class(place + 1).is(Class::SUFFIX)
            || words.class(place).is(Class::SUFFIX) && place > 0 && words.is_number(place - 1);
        let joint = words.is_any(place, &[".", "'", "-"]) && place > first;
        if words.is_word(place) && !class.is(Class::FUNCTION)
            || number_name
            || joint
            || words.is_any(place, &["of", "the"])
        {
            all_capital &=
                !words.lower(place) || words.is_any(place, &["of", "the", "s"]) || words.class(place).is(Class::SUFFIX);
        } else {
            break;
        }
    }
    None
}

/// `5538 S Kolin`, `1187 E Tremont #3F`: a number of a house, a point of the compass and a name.
fn directed(words: &Words<'_>, lexicon: &Lexicon, at: usize, next: usize) -> Option<usize> {
    let direction = matches!(words.str(next), "N" | "S" | "E" | "W" | "NE" | "NW" | "SE" | "SW");
    let name = if words.str(next + 1) == "." && words.glued(next) { next + 2 } else { next + 1 };
    let named = proper(words, name)
        && words.str(name).len() > 3
        && lexicon.clinical_term(words.str(name)) == 0
        && !words.class(name).is(Class::MONTH);
    if !(3..=5).contains(&words.digits(at)) || words.glued(at) || !direction || words.glued(name - 1) || !named {
        return None;
    }
    let mut last = name;
    while last < name + 2 && (words.class(last + 1).is(Class::STREET) || words.class(last + 1).is(Class::WEAK_STREET)) {
        last += 1;
    }
    let unit = if words.is(last + 1, ",") { last + 2 } else { last + 1 };
    let sign = words.str(unit) == "#" && words.is_number(unit + 1);
    let letter = usize::from(sign && words.glued(unit + 1) && words.str(unit + 2).len() == 1);
    Some(if sign { unit + 1 + letter } else { apartment(words, unit).unwrap_or(last) })
}

/// `50668 Kiannonkatu 98 Apt. 105`, `07960 Aqqusinersuaq 111, Sisimiut`: a name between two numbers, in an address.
fn between_numbers(words: &Words<'_>, lexicon: &Lexicon, at: usize, first: usize) -> Option<usize> {
    let mut from = first;
    while words.is_number(from) && from < first + 2 && !words.glued(from) {
        from += 1;
    }
    let mut place = from;
    let mut telling = false;
    while place < from + 5 && (words.is_word(place) || words.is_any(place, &[".", "'", "-"]) && place > from) {
        if words.class(place).is(Class::UNIT) && !words.capital(place) {
            return None;
        }
        telling |=
            words.is_word(place) && words.str(place).chars().count() > 3 && lexicon.common_word(words.str(place)) < 5;
        place += 1;
    }
    let numbered = place > from
        && words.is_number(place)
        && words.digits(place) <= 5
        && !(words.glued(place) && words.is_any(place + 1, &["/", "%", "-", ":"]));
    if !numbered || !telling || words.digits(at) == 0 {
        return None;
    }
    let last = place;
    let next = if words.str(last + 1) == "." || words.is_any(last + 1, &[",", "\n"]) { last + 2 } else { last + 1 };
    let unit_next = (next..next + 4)
        .take_while(|&skip| skip == next || words.is_any(skip - 1, &["\n", ">", "?", ","]))
        .find_map(|unit| apartment(words, unit));
    if let Some(end) = unit_next {
        return Some(end);
    }
    let capital = proper(words, from) || words.str(from).chars().next().is_some_and(|c| !c.is_ascii());
    let city = words.is_any(last + 1, &[",", "\n"])
        && proper(words, last + 2)
        && (lexicon.city(words.str(last + 2)) > 0 || !lexicon.entry(words.str(last + 2)).is_known());
    (capital && city).then_some(last)
}

/// Whether one of the words is no word of English.
fn unknown_words(words: &Words<'_>, lexicon: &Lexicon, from: usize, to: usize) -> bool {
    (from..to).any(|at| words.is_word(at) && lexicon.common_word(words.str(at)) < 5)
}

/// `Elm Street`, `on Maple Ave`.
fn unnumbered(words: &Words<'_>, at: usize) -> Option<Found> {
    if !proper(words, at) || words.class(at).is(Class::STREET) {
        return None;
    }
    for street in at + 1..=at + 3 {
        let class = words.class(street);
        let strong = class.is(Class::STREET) && words.capital(street);
        let introduced =
            at > 0 && words.is_any(at - 1, &["on", "at", "near", "of", "and", "off", "to", "from", "along"]);
        let weak = words
            .is_any(street, &["st", "ave", "rd", "ln", "av", "blvd", "cres", "ct", "cir", "pl", "pkwy", "trl"])
            && words.capital(street)
            && introduced;
        if strong || weak {
            // `Drive` and `Court` are ordinary words too; `Wall Street` style needs two capitals, which stand here.
            return Some(Found::likely(at, after_street(words, street), "address.street"));
        }
        if !proper(words, street) || street == at + 3 {
            break;
        }
    }
    None
}

/// `corner of Elm and 5th`, `corner of Elm St and Oak Ave`.
fn corner(words: &Words<'_>, at: usize) -> Option<Found> {
    let part = |from: usize| {
        let mut last = None;
        let mut place = from;
        while place < from + 4 {
            let ordinal = words.is_number(place) && words.class(place + 1).is(Class::SUFFIX);
            if ordinal {
                place += 1;
            } else if !(proper(words, place) || words.class(place).is(Class::STREET) || words.is_number(place)) {
                break;
            }
            last = Some(place);
            place += 1;
        }
        last
    };
    let first = part(at)?;
    let joint = if words.str(first + 1) == "." { first + 2 } else { first + 1 };
    let last = if words.is_any(joint, &["and", "&"]) { part(joint + 1).unwrap_or(first) } else { first };
    Some(Found::likely(at, last, "address.corner"))
}

/// `77th & Crandall`, `Broad and 5th`: a crossing of which one street is a number.
fn intersection(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    let ordinal = |place: usize| {
        words.number(place, 3).is_some() && words.glued(place) && words.class(place + 1).is(Class::SUFFIX)
    };
    let named = |place: usize| {
        proper(words, place) && words.str(place).len() > 2 && lexicon.clinical_term(words.str(place)) == 0
    };
    let joint = |place: usize| words.is_any(place, &["&", "and", "/", "@"]);
    if ordinal(at) && joint(at + 2) && named(at + 3) {
        let street = words.class(at + 4).is(Class::STREET) || words.class(at + 4).is(Class::WEAK_STREET);
        // `93rd and Cottage Grove`
        let second = street && words.capital(at + 4) || named(at + 4) && !words.glued(at + 3);
        let last = if second { at + 4 } else { at + 3 };
        let first = if at > 0 && matches!(words.str(at - 1), "N" | "S" | "E" | "W") { at - 1 } else { at };
        // `the 5th and Friday` are days.
        let date = words.class(at + 3).is(Class::MONTH) || words.class(at + 3).is(Class::WEEKDAY);
        return (!date).then(|| Found::likely(first, last, "address.corner"));
    }
    let street = if words.class(at + 1).is(Class::WEAK_STREET) && words.capital(at + 1) { at + 1 } else { at };
    let placed = at > 0 && words.is_any(at - 1, &["at", "on", "near", "of", "from", "by", "@"]);
    (placed && joint(street + 1) && ordinal(street + 2) && named(at))
        .then(|| Found::likely(at, street + 3, "address.corner"))
}

/// What follows a street word: a point, a direction, an apartment.
fn after_street(words: &Words<'_>, street: usize) -> usize {
    let mut last = street;
    if words.str(last + 1) == "." && words.glued(last) {
        let ends = words.pieces.len() <= last + 2 || words.str(last + 2) == "\n";
        last += usize::from(!ends);
    }
    if words.class(last + 1).is(Class::DIRECTION) && words.capital(last + 1) {
        last += 1;
    }
    let next = if words.is_any(last + 1, &[",", "\n"]) { last + 2 } else { last + 1 };
    if let Some(end) = apartment(words, next) {
        return end;
    }
    if words.str(last) == "." { last - 1 } else { last }
}

/// `Apt 4B`, `Apartment #12`, `Suite 300`, `# 5`, `Flat 2`, `Unit 7`.
pub fn apartment(words: &Words<'_>, at: usize) -> Option<usize> {
    static KINDS: WordSet =
        WordSet::of(&["apt", "apartment", "apartments", "suite", "ste", "flat", "trlr", "penthouse"]);
    static CAPITAL_KINDS: WordSet =
        WordSet::of(&["unit", "trailer", "lot", "bldg", "building", "floor", "fl", "space"]);
    let marked = words.is_in(at, &KINDS) || words.is_in(at, &CAPITAL_KINDS) && words.capital(at);
    let sign = words.str(at) == "#"
        && at > 0
        && (words.class(at - 1).is(Class::STREET)
            || words.class(at - 1).is(Class::WEAK_STREET)
            || words.str(at - 1) == ",");
    if !marked && !sign {
        return None;
    }
    let mut next = at + 1;
    while words.is_any(next, &[".", "#", "no", "number", ":"]) {
        next += 1;
    }
    if words.is_number(next) && words.digits(next) <= 5 {
        let unit = words.class(next + 1).is(Class::UNIT) && !words.glued(next);
        let mut last = next;
        while words.glued(last)
            && (words.is_word(last + 1) && words.str(last + 1).len() <= 2
                || words.is(last + 1, "-") && words.glued(last + 1)
                || words.is_number(last + 1))
        {
            last += 1;
        }
        return (!unit).then_some(last);
    }
    let letter = words.is_word(next)
        && words.str(next).len() <= 2
        && words.str(next).bytes().all(|byte| byte.is_ascii_uppercase())
        && words.str(next - 1) != "."
        && (next > at + 1 || words.is_any(at, &["apt", "apartment", "suite", "ste", "flat"]));
    letter.then(|| {
        if words.glued(next) && (words.is_number(next + 1) || words.is(next + 1, "-")) {
            next + 1 + usize::from(words.is(next + 1, "-"))
        } else {
            next
        }
    })
}
