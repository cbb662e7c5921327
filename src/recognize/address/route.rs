//! Boxes, rural routes, highways, military mail.

use super::{Found, proper};
use crate::entity::Strength;
use crate::recognize::word::{Class, Words};

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
        let first = if at > 2 && words.is(at - 3, "uss") { at - 3 } else { at };
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
    if next > at && words.is_any(next, &["box", "bx", "drawer", "bag"])
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
    let shouted = words.str(at).bytes().all(|byte| byte.is_ascii_uppercase());
    let boxed =
        words.is_number(at + 1) && words.is_any(if words.is(at + 2, ",") { at + 3 } else { at + 2 }, &["box", "bx"]);
    let rural = words.is_any(at, &["rr", "hc", "rfd"]) && (shouted || boxed)
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
    let two = words.is_any(at, &["state", "county", "us", "farm", "ranch", "township", "twp"])
        && words.is_any(at + 1, &["route", "road", "highway", "hwy", "rd", "rte"]);
    let marker = words.is(at, "mile") && words.is(at + 1, "marker") || words.is(at, "exit") && words.capital(at);
    let coded = words.is_any(at, &["i", "us", "sr", "cr", "fm"])
        && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase())
        && words.str(at + 1) == "-"
        && words.glued(at)
        && words.glued(at + 1)
        && (1..=3).contains(&words.digits(at + 2));
    // `on CR 550`
    let spaced = words.is_any(at, &["cr", "sr", "fm", "tr", "us"])
        && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase())
        && (2..=4).contains(&words.digits(at + 1))
        && !words.glued(at)
        && at > 0
        && words.is_any(at - 1, &["on", "off", "near", "along"]);
    if spaced {
        return Some(Found::likely(at, at + 1, "address.highway"));
    }
    if coded {
        return Some(Found { strength: Strength::Weak, ..Found::likely(at, mile(words, at + 2), "address.highway") });
    }
    // `exit 71 off I-75`
    if words.is(at, "exit") && (1..=3).contains(&words.digits(at + 1)) && words.is_any(at + 2, &["off", "on"]) {
        let road = words.is_any(at + 3, &["i", "us", "hwy", "highway", "interstate", "route", "rt", "the"]);
        return road.then(|| Found::likely(at, at + 1, "address.highway"));
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

/// The end of `I-35 NB at MM 214`, `I-80 at exit 164`.
fn mile(words: &Words<'_>, road: usize) -> usize {
    let bound = words.is_any(road + 1, &["nb", "sb", "eb", "wb", "north", "south", "east", "west"]);
    let end = road + usize::from(bound);
    let at = if words.is_any(end + 1, &["at", "near", "@", ",", "by"]) { end + 2 } else { end + 1 };
    let marker = if words.is(at, "mile") && words.is_any(at + 1, &["marker", "post"]) { at + 1 } else { at };
    let marked = words.is_any(marker, &["mm", "mp", "exit", "marker", "post", "milepost"]);
    if marked && (1..=3).contains(&words.digits(marker + 1)) { marker + 1 } else { end }
}

/// The end of `APO AA 61487` after a military box.
fn military(words: &Words<'_>, last: usize) -> usize {
    let next = (last + 1..last + 4).find(|&at| !words.is_any(at, &["\n", ",", ">", "?"])).unwrap_or(last + 1);
    if words.is_any(next, &["apo", "fpo", "dpo"]) && words.is_any(next + 1, &["aa", "ae", "ap"]) {
        return if words.digits(next + 2) == 5 { next + 2 } else { next + 1 };
    }
    last
}
