//! Counties, townships and airports.

use super::{Found, proper};
use crate::recognize::word::{Class, Words};

/// `Cook County`, `Parish of Orleans`, `the town of Amherst`.
pub fn county(words: &Words<'_>, at: usize) -> Option<Found> {
    const KINDS: &[&str] = &[
        "county",
        "parish",
        "township",
        "borough",
        "shire",
        "co",
        "village",
        "prefecture",
        "reservation",
        "neighborhood",
        "neighbourhood",
        "precinct",
        "district",
    ];
    if words.is(at + 1, "of")
        && words.is_any(at, &["city", "town", "county", "village", "township", "borough", "municipality", "parish"])
        && proper(words, at + 2)
    {
        let mut last = at + 2;
        while last < at + 4 && proper(words, last + 1) {
            last += 1;
        }
        return Some(Found::likely(at + 2, last, "address.county"));
    }
    if !proper(words, at) || words.class(at).is(Class::GENERIC) {
        return None;
    }
    (at + 1..=at + 3)
        .take_while(|&place| proper(words, place) || words.is_any(place, &[".", "-"]))
        .find(|&place| words.is_any(place, KINDS) && words.capital(place) && words.str(place).len() > 2)
        .filter(|&place| {
            !words.class(place + 1).is(Class::FACILITY)
                && !(proper(words, place + 1) && !words.is_any(place + 1, KINDS))
        })
        .map(|place| Found::likely(at, place, "address.county"))
}

/// `Logan Airport`, `O'Hare International Airport`, `JFK`, `LAX`.
pub(super) fn airport(words: &Words<'_>, at: usize) -> Option<usize> {
    if !words.capital(at) {
        return None;
    }
    if words.is_any(at, &["JFK", "LAX", "SFO", "ORD", "LGA"])
        && words.str(at).bytes().all(|byte| byte.is_ascii_uppercase())
    {
        return at
            .checked_sub(1)
            .filter(|&prior| words.is_any(prior, &["at", "from", "to", "through", "via", "into"]))
            .map(|_| at);
    }
    if !proper(words, at) {
        return None;
    }
    (at + 1..=at + 4)
        .take_while(|&place| {
            proper(words, place) || words.is_any(place, &["'", "-", "."]) || words.is(place, "airport")
        })
        .find(|&place| words.is(place, "airport"))
}
