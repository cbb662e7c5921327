//! Streets as other languages write them: `Hauptstraße 12`, `Calle Mayor 12`, `Via Roma, 5`, `Am Alten Markt 4`.

use super::{Found, proper};
use crate::recognize::word::{Class, WordSet, Words};

/// A street that starts at a word.
pub fn street(words: &Words<'_>, at: usize) -> Option<Found> {
    germanic(words, at).or_else(|| apart(words, at)).or_else(|| prepositional(words, at)).or_else(|| romance(words, at))
}

/// `Hauptstraße 12`, `Kerkstraat 3a`: the kind ends the word.
fn germanic(words: &Words<'_>, at: usize) -> Option<Found> {
    const ENDINGS: &[&str] = &[
        "straße", "strasse", "str", "gasse", "allee", "platz", "weg", "damm", "ufer", "straat", "laan", "gracht",
        "plein", "gatan", "vägen", "gata", "vej", "gade", "veien", "katu", "tie",
    ];
    let word = words.str(at);
    let next = if words.is(at + 1, ".") { at + 2 } else { at + 1 };
    if !words.capital(at) || !is_house(words, next) || word.chars().count() < 6 {
        return None;
    }
    let lower = word.to_lowercase();
    ENDINGS
        .iter()
        .any(|ending| lower.ends_with(ending))
        .then(|| Found::likely(at, house_end(words, next), "address.street"))
}

/// `Friesische Str. 21 a`, `Erich-Kästner-Straße 4`, `Kärntner Ring 33`: the kind stands apart.
fn apart(words: &Words<'_>, at: usize) -> Option<Found> {
    const KINDS: &[&str] =
        &["str", "straße", "strasse", "platz", "weg", "allee", "gasse", "ring", "damm", "ufer", "steig"];
    if !proper(words, at) || words.str(at).chars().count() < 3 {
        return None;
    }
    let mut place = at + 1;
    while place < at + 7 && (words.is(place, "-") && words.glued(place) || proper(words, place)) {
        if words.is_any(place, KINDS) {
            let next = if words.is(place + 1, ".") { place + 2 } else { place + 1 };
            return is_house(words, next).then(|| Found::likely(at, house_end(words, next), "address.street"));
        }
        place += 1;
    }
    None
}

/// `Am Alten Markt 4`, `Unter den Linden 5`, before the end of the line or a postal code.
fn prepositional(words: &Words<'_>, at: usize) -> Option<Found> {
    if !words.capital(at) || !words.is_any(at, &["am", "an", "im", "zur", "zum", "unter", "auf", "hinter", "in"]) {
        return None;
    }
    let mut place = if words.is_any(at + 1, &["der", "den", "dem"]) { at + 2 } else { at + 1 };
    let from = place;
    while place < from + 3 && proper(words, place) {
        place += 1;
    }
    if place == from || !is_house(words, place) {
        return None;
    }
    let end = house_end(words, place);
    let next = if words.is_any(end + 1, &[",", "\n"]) { end + 2 } else { return None };
    let coded = (4..=5).contains(&words.digits(next)) && proper(words, next + 1)
        || words.is_word(next) && words.is(next + 1, "-") && (4..=5).contains(&words.digits(next + 2));
    coded.then(|| Found::likely(at, end, "address.street"))
}

fn is_house(words: &Words<'_>, at: usize) -> bool {
    (1..=4).contains(&words.digits(at))
}

/// The end of a house number: `21 a`, `3b`, `4-6`.
fn house_end(words: &Words<'_>, at: usize) -> usize {
    let mut end = at;
    if words.is_any(end + 1, &["-", "/"]) && words.glued(end) && (1..=4).contains(&words.digits(end + 2)) {
        end += 2;
    }
    let letter = words.is_word(end + 1) && words.str(end + 1).len() == 1 && words.lower(end + 1);
    let ends = words.is_any(end + 2, &["\n", ",", ".", ";"]) || end + 2 >= words.pieces.len();
    end + usize::from(letter && (words.glued(end) || ends))
}

/// `Calle Mayor 14, 2º B`, `C/ Mayor s/n`, `Via Roma, 5`: the kind starts the street.
fn romance(words: &Words<'_>, at: usize) -> Option<Found> {
    static STARTS: WordSet = WordSet::of(&[
        "calle",
        "avenida",
        "avda",
        "paseo",
        "pso",
        "plaza",
        "pza",
        "carrera",
        "carretera",
        "ctra",
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
        "avinguda",
    ]);
    const SMALL: &[&str] = &[
        "de", "del", "la", "las", "los", "el", "do", "da", "dos", "das", "di", "des", "du", "delle", "della", "san",
        "y", "i", "-", "'", "´",
    ];
    let start = if words.is(at, "c") && words.is(at + 1, "/") && words.glued(at) {
        if words.is(at + 2, ".") { at + 3 } else { at + 2 }
    } else if words.is(at, "av") && words.capital(at) && words.is(at + 1, ".") {
        at + 2
    } else if words.is_in(at, &STARTS) {
        at + 1
    } else {
        return None;
    };
    let short = words.is_any(at, &["c", "av", "avda", "ctra"]);
    let mut last = at;
    let mut capitals = 0;
    for place in start..start + 8 {
        // After `C/` a writer may forget the capital.
        let named =
            proper(words, place) || short && capitals == 0 && words.is_word(place) && words.str(place).len() > 2;
        if words.is(place, "s") && words.is(place + 1, "/") && words.is(place + 2, "n") && capitals > 0 {
            return Some(Found::likely(at, flat(words, place + 2), "address.street"));
        } else if named && !words.is_any(place, SMALL) {
            capitals += 1;
            last = place;
        } else if words.is_number(place) && words.digits(place) <= 4 && capitals > 0 {
            return Some(Found::likely(at, flat(words, place), "address.street"));
        } else if !words.is_any(place, SMALL)
            && !words.is_any(place, &["nº", "n", "no", "num", "número", ",", "º", "°", ".", "km", "#"])
        {
            break;
        }
    }
    // A word such as `via` or `plaza` alone introduces anything; the others name a street.
    let plain =
        words.is_any(at, &["via", "ul", "plaza", "corso", "ronda", "camino", "carrera", "c", "av", "pso", "carretera"]);
    (capitals > 0 && words.capital(at) && !plain).then(|| Found::likely(at, last, "address.street"))
}

/// The end of floor and door after a house number: `14, 2º B`, `19, 3 A`, `15, Portal 2, Piso 1ºD`, `340-350`.
fn flat(words: &Words<'_>, number: usize) -> usize {
    const PARTS: &[&str] = &[
        "piso", "portal", "local", "pta", "puerta", "esc", "escalera", "bajo", "planta", "izq", "dcha", "edificio",
        "bloque", "bl", "ch", "ático",
    ];
    let mut end = number;
    let mut place = number + 1;
    while place < number + 16 {
        let word = words.str(place);
        if words.is_any(place, &[",", ".", "-", "º", "ª", "°", "#"]) {
            // The end of a sentence ends the address.
            if word == "." && !words.glued(place - 1) {
                break;
            }
            place += 1;
            continue;
        }
        let joined = place == number + 1 || words.str(place - 1) != "." || words.glued(place - 1);
        let small = words.is_number(place) && words.digits(place) <= 3
            || words.is_word(place) && words.capital(place) && word.chars().count() == 1
            || words.is_any(place, &["º", "ª"]);
        if !(PARTS.iter().any(|part| words.is(place, part)) || small && joined) || words.class(place).is(Class::MONTH) {
            break;
        }
        end = place;
        place += 1;
    }
    end
}
