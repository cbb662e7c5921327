//! Places that a form names (`Address: …`, `Domicilio: …`, `City: …`), and the head of a letter
//! (`Neustadt, 17.10.2029`).

use super::{Found, proper};
use crate::recognize::word::{Class, Words};

/// The longest value, in pieces.
const VALUE_MAX: usize = 24;

/// The value of a label that starts at a place.
pub fn value(words: &Words<'_>, at: usize) -> Option<Found> {
    letterhead(words, at).or_else(|| labelled(words, at)).or_else(|| bed(words, at))
}

fn labelled(words: &Words<'_>, at: usize) -> Option<Found> {
    let colon = at.checked_sub(1).filter(|&colon| words.is_any(colon, &[":", "="]))?;
    let label = colon.checked_sub(1)?;
    let street = words.is_any(
        label,
        &[
            "address",
            "addr",
            "domicilio",
            "dirección",
            "direccion",
            "anschrift",
            "adresse",
            "indirizzo",
            "morada",
            "adres",
        ],
    ) && !(label > 0
        && words.is_any(label - 1, &["email", "mail", "e", "ip", "mac", "web", "url", "site", "-", "wallet"]));
    let town = words.is_any(
        label,
        &[
            "localidad",
            "provincia",
            "municipio",
            "población",
            "poblacion",
            "ciudad",
            "wohnort",
            "city",
            "town",
            "village",
        ],
    );
    if !street && !town {
        return None;
    }
    let mut last = None;
    let mut telling = 0;
    for place in at..(at + if street { VALUE_MAX } else { 8 }).min(words.pieces.len()) {
        let label_next = words.is_word(place) && words.is_any(place + 1, &[":", "="]) && place > at;
        if words.is_any(place, &["\n", ";", "|", "\"", "<", "{", "}"]) || label_next {
            break;
        }
        if words.is(place, ".") && !words.glued(place) && words.str(place - 1).len() > 2 {
            break;
        }
        if words.class(place).is(Class::FUNCTION)
            && words.lower(place)
            && !words.is_any(place, &["of", "the", "on", "a"])
        {
            break;
        }
        telling += usize::from(words.is_number(place) || proper(words, place));
        if words.is_word(place) || words.is_number(place) {
            last = Some(place);
        }
    }
    let open = words
        .is_any(at, &["unknown", "none", "same", "homeless", "see", "not", "n", "confirmed", "verified", "pending"]);
    last.filter(|_| telling > 0 && !open).map(|last| Found::likely(at, last, "address.label"))
}

/// `Neustadt, 17.10.2029`, `Flensburg, den 3. März`: town and date above a letter.
fn letterhead(words: &Words<'_>, at: usize) -> Option<Found> {
    if !proper(words, at) || !(at == 0 || words.is(at - 1, "\n")) || words.class(at).is(Class::MONTH) {
        return None;
    }
    let mut last = at;
    while last < at + 2 && proper(words, last + 1) {
        last += 1;
    }
    if !words.is(last + 1, ",") {
        return None;
    }
    let day = if words.is_any(last + 2, &["am", "den", "le", "a"]) { last + 3 } else { last + 2 };
    let month = day + 2;
    let dated = words.number(day, 2).is_some()
        && words.is(day + 1, ".")
        && (words.number(month, 2).is_some() && words.is(month + 1, ".") && words.number(month + 2, 4).is_some()
            || words.class(month).is(Class::MONTH));
    dated.then(|| Found::likely(at, last, "address.letterhead"))
}

/// `ward=7E`, `Loc: 2N-08`: the number of a place in the house.
fn bed(words: &Words<'_>, at: usize) -> Option<Found> {
    let label = at.checked_sub(2).filter(|_| words.is_any(at - 1, &[":", "="]))?;
    if !words.is_any(label, &["ward", "room", "rm", "bed", "loc", "unit", "bay", "pod", "station", "zimmer", "cama"]) {
        return None;
    }
    let mut last = at;
    while last < at + 4
        && words.glued(last)
        && (words.is(last + 1, "-") || words.is_word(last + 1) || words.is_number(last + 1))
    {
        last += 1;
    }
    let digits: usize = (at..=last).map(|place| words.digits(place)).sum();
    let letters = (at..=last).filter(|&place| words.is_word(place)).all(|place| words.str(place).len() <= 3);
    let counted = words.class(last + 1).is(Class::UNIT);
    ((1..=4).contains(&digits) && letters && !counted).then(|| Found::likely(at, last, "address.room"))
}
