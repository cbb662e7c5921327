//! Streets, boxes, routes, highways, apartments, rooms.

use super::{Found, proper};
use crate::entity::Strength;
use crate::recognize::dictionary::Lexicon;
use crate::recognize::word::{Class, Words};

/// The longest street name, in words.
const NAME_MAX: usize = 4;

/// `12 Elm Street, Apt 4B`, `Hauptstraße 12`, `12 rue de Rivoli`, `on Maple Ave`, `corner of Elm and 5th`.
pub fn street(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    if words.is(at, "corner") && words.is(at + 1, "of") {
        return corner(words, at + 2);
    }
    if words.is_number(at) && !(at > 0 && words.glued(at - 1) && words.is_any(at - 1, &[".", "/", ":", "-", ","])) {
        return numbered(words, lexicon, at);
    }
    if !words.is_word(at) {
        return None;
    }
    foreign(words, at)
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
    let unit = (next..next + 4).find_map(|unit| apartment(words, unit)).filter(|_| true);
    let unit_next = (next..next + 4)
        .take_while(|&skip| skip == next || words.is_any(skip - 1, &["\n", ">", "?", ","]))
        .find_map(|unit| apartment(words, unit));
    let _ = unit;
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
        let weak = words.is_any(street, &["st", "ave", "rd", "ln", "av", "blvd", "cres"])
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

/// `Hauptstraße 12`, `Calle Mayor 12`, `Via Roma, 5`, `Kerkstraat 3a`.
fn foreign(words: &Words<'_>, at: usize) -> Option<Found> {
    const ENDINGS: &[&str] = &[
        "straße", "strasse", "str", "gasse", "allee", "platz", "weg", "damm", "ufer", "straat", "laan", "gracht",
        "plein", "gatan", "vägen", "gata", "vej", "gade", "veien", "katu", "tie",
    ];
    const STARTS: &[&str] = &[
        "calle",
        "avenida",
        "avda",
        "paseo",
        "plaza",
        "carrera",
        "rua",
        "travessa",
        "via",
        "viale",
        "piazza",
        "corso",
        "rue",
        "ulica",
        "ul",
        "carrer",
        "camino",
        "ronda",
        "glorieta",
        "urbanización",
    ];
    let word = words.str(at);
    if words.capital(at) && word.chars().count() >= 6 {
        let lower = word.to_lowercase();
        let mut next = at + 1;
        if words.is(next, ".") {
            next += 1;
        }
        if ENDINGS.iter().any(|ending| lower.ends_with(ending)) && words.digits(next) > 0 && words.digits(next) <= 4 {
            let letter = usize::from(words.glued(next) && words.is_word(next + 1) && words.str(next + 1).len() == 1);
            return Some(Found::likely(at, next + letter, "address.street"));
        }
    }
    // `C/ Mayor 3` is the short form of `calle`.
    let short = words.is(at, "c") && words.str(at + 1) == "/" && words.glued(at) && proper(words, at + 2);
    if short || STARTS.iter().any(|start| word.eq_ignore_ascii_case(start)) {
        let mut last = at;
        let mut capitals = 0;
        for place in at + 1..at + 8 {
            if proper(words, place) {
                capitals += 1;
                last = place;
            } else if words.is_any(place, &["nº", "n", "no", "num", "número", ",", "º", "°", ".", "s", "/", "km"]) {
                continue;
            } else if words.is_number(place) && words.digits(place) <= 4 && capitals > 0 {
                return Some(Found::likely(at, place, "address.street"));
            } else if !words.is_any(
                place,
                &[
                    "de", "del", "la", "las", "los", "el", "do", "da", "dos", "das", "di", "des", "du", "delle",
                    "della", "san", "-", "'",
                ],
            ) {
                break;
            }
        }
        // A word such as `via` or `plaza` alone introduces anything; the others name a street.
        let plain = words.is_any(at, &["via", "ul", "plaza", "corso", "ronda", "camino", "carrera"]);
        return (capitals > 0 && words.capital(at) && !plain).then(|| Found::likely(at, last, "address.street"));
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
    let marked = words.is_any(at, &["apt", "apartment", "apartments", "suite", "ste", "flat", "trlr", "penthouse"])
        || words.is_any(at, &["unit", "trailer", "lot", "bldg", "building", "floor", "fl", "space"])
            && words.capital(at);
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

/// `P.O. Box 123`, `RR 2 Box 45`, `HC 61`, `Highway 61`, `I-95`, `County Road 12`, `mile marker 12`.
pub fn boxes_and_routes(words: &Words<'_>, at: usize) -> Option<Found> {
    if !words.is_word(at) || at > 0 && words.glued(at - 1) && words.is_number(at - 1) {
        return None;
    }
    let skip = |mut next: usize| {
        while words.is_any(next, &[".", "#", ":"]) || words.is_any(next, &["no", "number"]) && next > at + 1 {
            next += 1;
        }
        next
    };
    // Military mail: `PSC 3294, Box 9168`, `Unit 8524 Box 0979`, `USS Mahler FPO AA 70489`.
    if words.is_any(at, &["psc", "cmr", "unit"]) && words.is_number(at + 1) {
        let next = if words.is(at + 2, ",") { at + 3 } else { at + 2 };
        if words.is(next, "box") && words.is_number(next + 1) {
            return Some(Found::likely(at, military(words, next + 1), "address.military"));
        }
    }
    if words.is_any(at, &["apo", "fpo", "dpo"]) && words.is_any(at + 1, &["aa", "ae", "ap"]) {
        let first = if at > 2 && words.is(at - 3, "uss") {
            at - 3
        } else if at > 3 && words.is(at - 3, "uss") {
            at - 3
        } else {
            at
        };
        return Some(Found::likely(first, if words.digits(at + 2) == 5 { at + 2 } else { at + 1 }, "address.military"));
    }
    if words.is(at, "uss") && proper(words, at + 1) {
        let end = military(words, at + 1);
        return (end > at + 1).then(|| Found::likely(at, end, "address.military"));
    }
    // P.O. Box
    let mut next = at;
    if words.is(next, "po") || words.is_any(next, &["post", "postal"]) && words.is_any(next + 1, &["office", "box"]) {
        next += if words.is(next + 1, "office") { 2 } else { 1 };
    } else if words.is(next, "p") && (words.is(next + 1, ".") && words.is(next + 2, "o") || words.is(next + 1, "o")) {
        next += if words.is(next + 1, "o") { 2 } else { 3 };
    }
    next = if next > at { skip(next) } else { next };
    if next > at && words.is_any(next, &["box", "bx"])
        || words.is_any(at, &["pob", "postfach", "apartado"])
        || words.is(at, "Box") && words.capital(at) && words.digits(skip(at + 1)) >= 2 && words.str(at + 1) != "#"
    {
        let value = skip(next + 1);
        let end = if words.is_number(value) {
            value
        } else if words.is_word(value) && words.capital(value) && words.is_number(value + 1) && words.glued(value) {
            value + 1
        } else {
            return None;
        };
        return Some(Found::likely(at, end, "address.box"));
    }
    // Rural and star routes.
    let rural = words.is_any(at, &["rr", "hc", "rfd"]) && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase())
        || words.is(at, "r") && words.is(at + 1, ".") && words.is(at + 2, "r") && words.capital(at)
        || words.is_any(at, &["rural", "star"]) && words.is(at + 1, "route")
        || words.is_any(at, &["rt", "rte", "route"]) && words.capital(at);
    if rural {
        let after = if words.is(at, "r") {
            at + 3
        } else if words.is(at + 1, "route") {
            at + 2
        } else {
            at + 1
        };
        let value = skip(after);
        if words.is_number(value) && words.digits(value) <= 3 {
            let unit = words.class(value + 1).is(Class::UNIT)
                || words.is_any(value + 1, &["/", "-", ".", "%"]) && words.glued(value)
                || words.is_any(value + 1, &["bpm"]);
            // `RR 18` is a respiratory rate, unless a box follows.
            let comma = if words.is(value + 1, ",") { value + 2 } else { value + 1 };
            let boxed = words.is_any(comma, &["box", "bx"]) && words.is_number(skip(comma + 1));
            if boxed {
                return Some(Found::likely(at, skip(comma + 1), "address.rural_route"));
            }
            let rate = words.is(at, "rr") && (!words.is(at + 1, "#") || unit);
            return (!rate && !unit).then(|| Found::likely(at, value, "address.rural_route"));
        }
    }
    // Highways.
    let named = words.is_any(at, &["highway", "hwy", "interstate", "turnpike"]);
    let two = words.is_any(at, &["state", "county", "us", "farm", "ranch", "township"])
        && words.is_any(at + 1, &["route", "road", "highway", "hwy", "rd", "rte"]);
    let marker = words.is(at, "mile") && words.is(at + 1, "marker") || words.is(at, "exit") && words.capital(at);
    let coded = words.is_any(at, &["i", "us", "sr", "cr", "fm"])
        && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase())
        && words.str(at + 1) == "-"
        && words.glued(at)
        && words.glued(at + 1)
        && (1..=3).contains(&words.digits(at + 2));
    if coded {
        return Some(Found { strength: Strength::Weak, ..Found::likely(at, at + 2, "address.highway") });
    }
    if named || two || marker {
        let value = skip(if two || words.is(at, "mile") { at + 2 } else { at + 1 });
        let value = if words.is(value, "-") { value + 1 } else { value };
        if words.is_number(value) && words.digits(value) <= 4 {
            let letter = usize::from(words.glued(value) && words.is_word(value + 1) && words.str(value + 1).len() == 1);
            return Some(Found::likely(at, value + letter, "address.highway"));
        }
    }
    None
}

/// The end of `APO AA 61487` after a military box.
fn military(words: &Words<'_>, last: usize) -> usize {
    let next = (last + 1..last + 4).find(|&at| !words.is_any(at, &["\n", ",", ">", "?"])).unwrap_or(last + 1);
    if words.is_any(next, &["apo", "fpo", "dpo"]) && words.is_any(next + 1, &["aa", "ae", "ap"]) {
        return if words.digits(next + 2) == 5 { next + 2 } else { next + 1 };
    }
    last
}

/// `Room 412`, `Bed 3`, `bay 7B`, `ward 6B`, `4 West`.
pub fn room(words: &Words<'_>, at: usize) -> Option<Found> {
    if words.is_number(at) && words.digits(at) <= 2 {
        let direction = words.is_any(at + 1, &["north", "south", "east", "west", "northeast", "northwest"])
            && words.capital(at + 1);
        let unit = direction
            && !words.glued(at)
            && at > 0
            && words.is_any(at - 1, &["on", "to", "from", "unit", "floor", "in"])
            && !proper(words, at + 2);
        return unit.then(|| Found::likely(at, at + 1, "address.room"));
    }
    let marked = words.is_any(
        at,
        &[
            "room",
            "rm",
            "bed",
            "bay",
            "cubicle",
            "ward",
            "pod",
            "rooms",
            "beds",
            "stretcher",
            "bedspace",
            "zimmer",
            "habitación",
            "cama",
            "chambre",
            "lit",
        ],
    );
    if !marked || at > 0 && words.glued(at - 1) && words.is_number(at - 1) {
        return None;
    }
    let mut next = at + 1;
    while words.is_any(next, &["#", "no", "number", ".", ":", "-"]) && next < at + 4 {
        next += 1;
    }
    let value = next;
    if words.is_number(value) && words.digits(value) <= 5 {
        let unit = words.class(value + 1).is(Class::UNIT) && !words.glued(value)
            || words.is_any(value + 1, &["%", ".", "/"])
                && words.glued(value)
                && words.glued(value + 1)
                && words.is_number(value + 2);
        let counted = words.is_any(at, &["rooms", "beds", "lit"]) || words.is(value + 1, "x");
        // `POD 2` is the second day after an operation far more often than a place.
        let counted = counted || words.is(at, "pod");
        if unit || counted || words.is(value + 1, "%") {
            return None;
        }
        let mut last = value;
        while words.glued(last)
            && (words.is_any(last + 1, &["-"]) && words.glued(last + 1)
                || words.is_word(last + 1) && words.str(last + 1).len() <= 2
                || words.is_number(last + 1))
        {
            last += 1;
        }
        return Some(Found::likely(at, last, "address.room"));
    }
    // `Bed A`, `bed B2`, `Room B-12`, `ward C`
    let letter = words.is_word(value)
        && words.str(value).len() <= 2
        && words.str(value).bytes().all(|byte| byte.is_ascii_uppercase())
        && !words.is_any(value, &["I", "OF", "IN", "TO", "AT", "IS", "ON"]);
    if letter {
        let joint = words.glued(value) && words.is(value + 1, "-");
        let number = if joint { value + 2 } else { value + 1 };
        if words.glued(value) && words.is_number(number) {
            return Some(Found::likely(at, number, "address.room"));
        }
        let plain = words.str(value).len() == 1
            && words.is_any(at, &["bed", "room", "ward", "bay", "pod"])
            && (words.capital(at) || words.str(value) != "A");
        return plain.then(|| Found::likely(at, value, "address.room"));
    }
    None
}
