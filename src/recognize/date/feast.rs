//! Feasts and holidays by their names: `Christmas Eve`, `the Fourth of July`, `Mother's Day`.

use super::numeric::Found;
use super::spoken::year_after;
use crate::entity::Strength::Weak;
use crate::recognize::word::{Class, Words};

/// Holidays, with `Day` and `Eve`.
pub fn at_holiday(words: &Words<'_>, at: usize) -> Found {
    const TWO: &[(&str, &str)] = &[
        ("labor", "day"),
        ("labour", "day"),
        ("memorial", "day"),
        ("independence", "day"),
        ("veterans", "day"),
        ("mlk", "day"),
        ("presidents", "day"),
        ("columbus", "day"),
        ("boxing", "day"),
        ("canada", "day"),
        ("anzac", "day"),
        ("bastille", "day"),
        ("groundhog", "day"),
        ("australia", "day"),
        ("remembrance", "day"),
        ("good", "friday"),
        ("palm", "sunday"),
        ("ash", "wednesday"),
        ("black", "friday"),
        ("cyber", "monday"),
        ("maundy", "thursday"),
        ("yom", "kippur"),
        ("rosh", "hashanah"),
        ("rosh", "hashana"),
        ("mardi", "gras"),
        ("eid", "al"),
        ("eid", "ul"),
        ("lunar", "new"),
        ("chinese", "new"),
        ("guy", "fawkes"),
        ("bonfire", "night"),
        ("shrove", "tuesday"),
        ("whit", "monday"),
        ("all", "saints"),
        ("all", "souls"),
        ("super", "bowl"),
        ("bank", "holiday"),
        ("tet", "festival"),
        ("victoria", "day"),
        ("waitangi", "day"),
        ("flag", "day"),
        ("earth", "day"),
        ("patriots", "day"),
        ("indigenous", "peoples"),
        ("año", "nuevo"),
        ("semana", "santa"),
        ("vendredi", "saint"),
    ];
    let class = words.class(at);
    let capital = words.capital(at);
    let mut last = if class.is(Class::HOLIDAY) {
        // Christmas disease is haemophilia B, Christmas factor is factor IX.
        if words.is_any(at + 1, &["disease", "factor", "tree", "island"])
            || words.is(at, "semana") && !words.is(at + 1, "santa")
        {
            return None;
        }
        if words.is_any(at, &["easter", "epiphany", "holi"]) && !capital {
            return None;
        }
        at
    } else if let Some(last) = possessive(words, at) {
        last
    } else if TWO.iter().any(|(one, two)| {
        words.is(at, one)
            && (words.is(at + 1, two) || words.str(at + 1) == "'" && (words.is(at + 2, two) || words.is(at + 3, two)))
    }) {
        let mut last = at + 1;
        while last < at + 3 && !TWO.iter().any(|(_, two)| words.is(last, two)) {
            last += 1;
        }
        match words.str(at).to_ascii_lowercase().as_str() {
            "eid" => last += if words.str(last + 1) == "-" { 2 } else { 1 },
            "lunar" | "chinese" => {
                if !words.is(at + 2, "year") {
                    return None;
                }
                last = at + 2;
            }
            "all" | "indigenous" if !words.is_any(last + 1, &["day", "'"]) => return None,
            "good" | "black" | "bank" | "flag" | "all" if !capital => return None,
            _ => {}
        }
        last
    } else if words.is(at, "eid") && capital {
        at
    } else {
        return None;
    };
    last = last.min(words.pieces.len() - 1);
    while words.is_any(last + 1, &["eve", "day", "weekend", "morning", "night", "sunday", "monday", "week"]) {
        last += 1;
    }
    let last = year_after(words, last).filter(|&year| words.digits(year) == 4).unwrap_or(last);
    Some((last, Weak))
}

/// `New Year's Eve`, `St. Patrick's Day`, `Mother's Day`, `the Fourth of July`.
fn possessive(words: &Words<'_>, at: usize) -> Option<usize> {
    const OWNERS: &[&str] = &[
        "mother",
        "mothers",
        "father",
        "fathers",
        "valentine",
        "valentines",
        "patrick",
        "patricks",
        "veteran",
        "president",
        "april",
    ];
    let after_s = |place: usize| {
        if words.str(place) == "'" {
            if words.is(place + 1, "s") { place + 2 } else { place + 1 }
        } else if words.is(place, "s") {
            place + 1
        } else {
            place
        }
    };
    if words.is(at, "new") && words.is_any(at + 1, &["year", "years"]) {
        let next = after_s(at + 2);
        let eve = words.is_any(next, &["eve", "day"]);
        return (eve || next > at + 2 && words.capital(at + 1)).then_some(if eve { next } else { next - 1 });
    }
    if words.is_any(at, OWNERS) {
        let next = after_s(at + 1);
        return (words.is(next, "day") && words.capital(at)).then_some(next);
    }
    None
}
