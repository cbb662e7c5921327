//! Rooms, beds and wards.

use super::{Found, proper};
use crate::recognize::word::{Class, Words};

/// `Room 412`, `Bed 3`, `bay 7B`, `ward 6B`, `4 West`.
pub fn room(words: &Words<'_>, at: usize) -> Option<Found> {
    if words.is_number(at) && words.digits(at) <= 2 {
        // `in 9b`; `2d` and `3d` are echos.
        let small = at > 0
            && words.is_any(at - 1, &["in", "to", "from"])
            && words.glued(at)
            && words.is_any(at + 1, &["a", "b", "c"])
            && words.is_word(at + 2)
            && !words.glued(at + 1);
        if small {
            return Some(Found::likely(at, at + 1, "address.room"));
        }
        // `called 7B`, `boarding on 6W`.
        let wing = at > 0
            && words.is_any(at - 1, &["on", "called", "floor", "unit"])
            && words.glued(at)
            && matches!(words.str(at + 1), "A" | "B" | "C" | "E" | "W" | "N" | "S")
            && !words.glued(at + 1);
        if wing {
            return Some(Found::likely(at, at + 1, "address.room"));
        }
        let direction = words.is_any(at + 1, &["north", "south", "east", "west", "northeast", "northwest", "tower"]);
        // `3 North 318`
        if direction && !words.glued(at) && words.digits(at + 2) == 3 && !words.glued(at + 1) {
            return Some(Found::likely(at, at + 2, "address.room"));
        }
        let unit = direction
            && !words.glued(at)
            && at > 0
            && words.is_any(at - 1, &["on", "to", "from", "unit", "floor", "in"])
            && !proper(words, at + 2)
            && !(words.lower(at + 1) && words.is_any(at + 2, &["of", "side", "coast", "street", "st"]));
        return unit.then(|| Found::likely(at, at + 1, "address.room"));
    }
    if matches!(words.digits(at), 3 | 4) {
        return bed(words, at).map(|last| Found::likely(at, last, "address.room"));
    }
    // `in B4-212`: a wing, a floor and a room.
    let winged = words.is_word(at)
        && words.str(at).len() == 1
        && words.capital(at)
        && at > 0
        && words.is_any(at - 1, &["in", "to", "from", "bed", "rm", "room"])
        && words.glued(at)
        && (1..=2).contains(&words.digits(at + 1))
        && words.glued(at + 1)
        && words.is(at + 2, "-")
        && words.digits(at + 3) == 3;
    if winged {
        return Some(Found::likely(at, at + 3, "address.room"));
    }
    if let Some(found) = unit_bed(words, at) {
        return Some(found);
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
            "zi",
            "station",
        ],
    ) && !(words.is(at, "station") && words.lower(at));
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

/// `moved to 412b`, `in 302-A`, `301 Alvarez - npo` in a list of beds: the last piece of a bed's number.
fn bed(words: &Words<'_>, at: usize) -> Option<usize> {
    let letter = |place: usize| {
        words.is_word(place)
            && words.str(place).len() == 1
            && words.is_any(place, &["a", "b", "c", "d", "w", "e", "n", "s"])
    };
    let placed = at > 0
        && (words.is_any(at - 1, &["in", "to", "from", "bed", "of", "rm", "into", "tower"])
            || words.is_any(at - 1, &["north", "south", "east", "west"]) && at > 1 && words.is_number(at - 2));
    let joined = words.glued(at) && words.is(at + 1, "-") && words.glued(at + 1);
    let half = joined && (letter(at + 2) || words.digits(at + 2) == 1) && !words.glued(at + 2);
    if placed && half {
        return Some(at + 2);
    }
    if words.digits(at) == 4 {
        return None;
    }
    if placed && words.glued(at) && letter(at + 1) && !words.glued(at + 1) {
        return Some(at + 1);
    }
    let starts = at == 0 || words.is_any(at - 1, &["\n", ";", "|"]) || words.is(at - 1, ":") && !words.glued(at - 1);
    let last = if half { at + 2 } else { at };
    let named = proper(words, last + 1) && words.str(last + 1).len() > 2 && !words.glued(last);
    // `704-2  Alvarez  72M GIB`: a line of a list of beds.
    let listed =
        words.is_any(last + 2, &["-", "–", ":"]) || (last + 2..last + 6).any(|place| is_age_and_sex(words, place));
    (starts && named && listed).then_some(last)
}

/// `72M`, `55F`.
fn is_age_and_sex(words: &Words<'_>, at: usize) -> bool {
    words.is_number(at) && words.digits(at) <= 3 && words.glued(at) && matches!(words.str(at + 1), "M" | "F")
}

/// `ICU 7`, `CVICU-8`, `PACU 3`: a bed of a unit that goes by its capitals.
fn unit_bed(words: &Words<'_>, at: usize) -> Option<Found> {
    let unit = words.capital(at)
        && words.is_any(at, &["ICU", "MICU", "SICU", "CVICU", "CCU", "NICU", "PICU", "PACU", "CTICU", "TICU", "NSICU"])
        && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase());
    // `to Trauma 2`, `in Resus 1`.
    let bay = (words.is_any(at, &["trauma", "resus", "hallway"]) && words.capital(at)
        || matches!(words.str(at), "ER" | "OR" | "ED"))
        && at > 0
        && words.is_any(at - 1, &["in", "to", "from", "into", "is", "rm", "room"]);
    let unit = unit || bay;
    let value = if words.is(at + 1, "-") && words.glued(at) { at + 2 } else { at + 1 };
    if !unit || !(1..=3).contains(&words.digits(value)) {
        return None;
    }
    let counted = words.class(value + 1).is(Class::UNIT)
        || words.is_any(value + 1, &["/", "%", "."]) && words.glued(value) && words.is_number(value + 2)
        || words.is_any(value + 1, &["beds", "patients", "admissions"]);
    let letter = usize::from(words.glued(value) && words.is_word(value + 1) && words.str(value + 1).len() == 1);
    (!counted).then(|| Found::likely(at, value + letter, "address.room"))
}
