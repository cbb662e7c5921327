//! Cities, counties, and what follows a street: city, state, ZIP.

use super::county::airport;
use super::lead::{branch, lead};
use super::{Found, is_state_code, proper, state};
use crate::entity::Strength;
use crate::recognize::dictionary::{Kind as List, Lexicon};
use crate::recognize::word::{Class, Words};

/// The longest name of a city, in words.
const NAME_MAX: usize = 4;

/// Extends a place over the city, state and postal code after it, across commas and line breaks.
pub fn tail(words: &Words<'_>, lexicon: &Lexicon, last: usize) -> usize {
    let mut end = last;
    let mut at = last + 1;
    let mut capitals = 0;
    while at < words.pieces.len() && at <= last + 24 {
        if words.is_any(at, &[",", "-", ".", ">", "?", "(", ")", "/"]) || words.str(at) == "\n" {
            // A run of empty lines or the end of a sentence ends an address.
            if words.str(at) == "\n" && words.str(at + 1) == "\n" && words.str(at + 2) == "\n"
                || words.str(at) == "." && words.str(at - 1).len() > 2
            {
                break;
            }
            at += 1;
            continue;
        }
        if let Some(place) = state(words, lexicon, at) {
            let zip = if words.is(place + 1, ",") { place + 2 } else { place + 1 };
            if let Some(zip_end) = zip_at(words, zip) {
                return zip_end;
            }
            // `New York, NY`: the city has the name of its state.
            if words.is(place + 1, ",") && is_state_code(words, place + 2) {
                return zip_at(words, place + 3).unwrap_or(place + 2);
            }
            if is_state_code(words, at) || words.is(at - 1, ",") {
                return place;
            }
        }
        if let Some(unit) = super::street::apartment(words, at) {
            end = unit;
            at = unit + 1;
            capitals = 0;
            continue;
        }
        // A country ends an address with the code after it.
        if let Some(country) = country(words, lexicon, at) {
            let code = words.digits(country + 1);
            if (4..=6).contains(&code) {
                return country + 1;
            }
            if capitals > 0 || end > last || words.is_any(at - 1, &[",", "\n"]) {
                return country;
            }
        }
        // `Sporgasse 11, 8010 Graz`
        if words.digits(at) == 4
            && words.is_any(at - 1, &[",", "\n"])
            && proper(words, at + 1)
            && let Some(town) = known_city(words, lexicon, at + 1)
        {
            return town;
        }
        if let Some(zip_end) = zip_at(words, at) {
            let ends = words.pieces.len() <= zip_end + 1
                || words.is_any(zip_end + 1, &["\n", ",", ".", ")", ";"])
                || proper(words, zip_end + 1);
            if ends && !words.class(zip_end + 1).is(Class::UNIT) {
                return if proper(words, zip_end + 1) && lexicon.city(words.str(zip_end + 1)) > 0 {
                    zip_end + 1
                } else {
                    zip_end
                };
            }
            break;
        }
        if let Some(city_end) =
            known_city(words, lexicon, at).filter(|_| words.is_any(at - 1, &[",", "\n"]) || at == last + 1)
        {
            end = city_end;
            at = city_end + 1;
            continue;
        }
        let particle = words.is_word(at)
            && capitals > 0
            && words.is_any(
                at,
                &[
                    "u", "im", "am", "an", "der", "nad", "de", "la", "le", "sur", "do", "da", "del", "upon", "on", "v",
                    "i", "in",
                ],
            );
        let caseless =
            words.is_word(at) && words.str(at).chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
        if !(proper(words, at) || particle || caseless) || capitals >= NAME_MAX + 2 || words.str(at + 1) == ":" {
            break;
        }
        // A word that no list has, between a street and a state, is a town.
        capitals += 1;
        at += 1;
    }
    end
}

/// The last word of a country or region that starts at a place.
fn country(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<usize> {
    if !proper(words, at) {
        return None;
    }
    (at..at + 4).rev().find(|&last| {
        (at..=last).all(|place| words.is_word(place)) && lexicon.entry(&phrase(words, at, last)).has(List::Region)
    })
}

/// A postal code: five digits with or without four more, or the forms of the United Kingdom and Canada.
fn zip_at(words: &Words<'_>, at: usize) -> Option<usize> {
    if words.digits(at) == 5 {
        let more = words.glued(at) && words.is(at + 1, "-") && words.digits(at + 2) == 4;
        return Some(if more { at + 2 } else { at });
    }
    None
}

/// `Boston, MA 02115`, `lives in Springfield`, `MA 02139`, `from Brooklyn`, `10115 Berlin`.
pub fn city(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    match () {
        () if words.capital(at) => capital_city(words, lexicon, at),
        () if words.is_number(at) => coded_city(words, lexicon, at),
        () => small_city(words, lexicon, at),
    }
}

/// `8010 Graz` where a line or a part of it starts, `10115 Berlin`.
fn coded_city(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    // `, 8010 Graz`
    let short = words.number(at, 4).is_some_and(|code| words.digits(at) == 4 && !(1900..2100).contains(&code));
    if short
        && at > 0
        && words.is_any(at - 1, &[",", "\n", ":"])
        && proper(words, at + 1)
        && !words.glued(at)
        && let Some(last) = known_city(words, lexicon, at + 1)
    {
        return Some(Found::likely(at, last, "address.city"));
    }
    // `10115 Berlin`
    if words.digits(at) == 5
        && proper(words, at + 1)
        && !words.glued(at)
        && let Some(last) = known_city(words, lexicon, at + 1)
    {
        return Some(Found::likely(at, last, "address.city"));
    }
    None
}

/// In lower case only a lead makes a known city one.
fn small_city(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    // Most words stand after another such word: no place starts there.
    let may_lead = at > 0 && words.class(at - 1).is(Class::FUNCTION);
    if !may_lead || !words.lower(at) || words.class(at).is(Class::FUNCTION) || !lead(words, at) {
        return None;
    }
    let last = known_city(words, lexicon, at)?;
    let entry = lexicon.entry(words.str(at));
    let ordinary = last == at && (entry.common() > 0 || entry.grade(List::Clinical) > 0);
    (!ordinary && lexicon.city(&phrase(words, at, last)) >= 4).then(|| Found::likely(at, last, "address.lead"))
}

/// A city or a place of another kind that begins with a capital.
fn capital_city(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<Found> {
    // `MA 02139`, `Ohio 43004`
    if let Some(place) = state(words, lexicon, at)
        && let Some(zip) = zip_at(words, if words.is(place + 1, ",") { place + 2 } else { place + 1 })
    {
        let unit = words.class(zip + 1).is(Class::UNIT);
        return (!unit).then(|| Found::likely(at, zip, "address.zip"));
    }
    // `A-9011 Neustadt`, `CH-8001 Zürich`
    let prefixed = words.is_any(at, &["A", "D", "E", "F", "I", "L", "B", "CH", "FL"])
        && words.is(at + 1, "-")
        && words.glued(at)
        && words.glued(at + 1)
        && (4..=5).contains(&words.digits(at + 2));
    if prefixed && proper(words, at + 3) && words.str(at + 3).len() > 2 {
        let last = known_city(words, lexicon, at + 3).unwrap_or_else(|| hyphenated(words, at + 3));
        return Some(Found::likely(at, last, "address.city"));
    }
    if !words.is_word(at) {
        return None;
    }
    if let Some(last) = airport(words, at) {
        return Some(Found::likely(at, last, "address.airport"));
    }
    let prior = at.checked_sub(1);
    if proper(words, at) {
        // `Springfield, IL`, `Salem, Oregon`
        for last in at..at + NAME_MAX {
            if words.is(last + 1, ",")
                || is_state_code(words, last + 1) && words.glued(last + 1) == words.is_any(last + 2, &[",", ".", ")"])
            {
                let comma = words.is(last + 1, ",");
                let place = if comma { last + 2 } else { last + 1 };
                let known = lexicon.city(&phrase(words, at, last)) > 0;
                if let Some(end) = state(words, lexicon, place).filter(|_| comma || known) {
                    let person = !known
                        && is_state_code(words, place)
                        && words.is_any(place, &["MD", "PA", "MA", "DC"])
                        && zip_at(words, end + 1).is_none();
                    let short = !known
                        && last == at
                        && words.str(at).len() <= 4
                        && words.str(at).chars().all(char::is_uppercase);
                    let ordinary =
                        short || words.class(at).is(Class::STATE) || lexicon.entry(words.str(at)).has(List::Region);
                    // `Lebanon, NH`, `New York, NY`: the code says that it is a city.
                    let told = known && comma && is_state_code(words, place);
                    if told || !person && !ordinary {
                        return Some(Found::likely(at, zip_at(words, end + 1).unwrap_or(end), "address.city_state"));
                    }
                }
                break;
            }
            if !proper(words, last + 1) && !words.is_any(last + 1, &[".", "-"]) {
                break;
            }
        }
        if prior.is_some()
            && lead(words, at)
            && let Some(last) = proper_run(words, lexicon, at)
        {
            return Some(Found::likely(at, last, "address.lead"));
        }
        // `hiking Mt Si`, `near Lake Havasu`.
        let feature = words.is_any(at, &["mt", "mount", "lake", "fort", "ft", "camp", "cape"])
            && prior.is_some_and(|prior| {
                words.is_any(prior, &["in", "at", "near", "to", "from", "on", "around", "hiking", "climbing", "up"])
            })
            && proper(words, at + 1)
            && words.str(at + 1).len() > 1;
        if feature {
            return Some(Found::likely(at, at + 1, "address.feature"));
        }
        if let Some(last) = branch(words, lexicon, at) {
            return Some(Found::likely(at, last, "address.branch"));
        }
        let the = prior.is_some_and(|prior| {
            words.is(prior, "the") && prior > 0 && words.is_any(prior - 1, &["in", "from", "near", "to"])
        });
        let introduced = the
            || prior.is_some_and(|prior| {
                words.is_any(
                    prior,
                    &[
                        "in", "from", "near", "to", "outside", "at", "of", "around", "visiting", "through", "via",
                        "en", "em", "à", "aus", "nach", "de", "bei", "te", "a",
                    ],
                )
            });
        if introduced && let Some(last) = known_city(words, lexicon, at) {
            let size = lexicon.city(&phrase(words, at, last));
            let entry = lexicon.entry(words.str(at));
            // `I was in Flagstaff`, `over in Gilbert`: a capital where none is due.
            let there = words.is_any(at - 1, &["in", "near", "outside", "from"])
                && at > 1
                && words.lower(at - 1)
                && words.is_word(at - 2)
                && !entry.has(List::Abbreviation)
                && !words.class(last + 1).is(Class::FACILITY)
                && !lexicon.entry(words.str(last + 1)).has(List::EponymNoun)
                && words.str(last + 1) != "'";
            let ordinary = last == at
                && (entry.common() >= if there { 8 } else { 4 } && size < 7
                    || entry.has(List::Drug)
                    || entry.has(List::Eponym) && !(there && size >= 3)
                    || entry.grade(List::Clinical) > 0 && !(there && entry.common() == 0 && size >= 4)
                    || entry.has(List::Abbreviation));
            // `to Marion`, `of Jackson` are people more often.
            let person = last == at
                && size < 6
                && (entry.given() > 0 || entry.surname() >= 3)
                && !words.is_any(at - 1, &["in", "near", "outside"]);
            let institution =
                words.class(last + 1).is(Class::FACILITY) || proper(words, last + 1) && !words.is(last + 1, "s");
            let vague = words.is_any(at - 1, &["of", "de", "a", "à", "via", "through"]) && size < 5;
            if !vague && !ordinary && !person && !(institution && words.is_any(at - 1, &["of", "at"]) && size < 5) {
                return Some(Found { strength: Strength::Likely, ..Found::likely(at, last, "address.city") });
            }
        }
        // A large city's name in any place of a sentence.
        if let Some(last) = known_city(words, lexicon, at) {
            let name = phrase(words, at, last);
            let entry = lexicon.entry(words.str(at));
            let rare = last > at && lexicon.city(&name) >= 4
                || lexicon.city(&name) >= 7 && entry.given() <= 1 && entry.surname() <= 2;
            // `Ottawa ankle rules`, `Zurich/Amsterdam`: what was agreed on there.
            let consensus = words.is(last + 1, "/")
                || lexicon.entry(words.str(last + 1)).has(List::EponymNoun)
                || words.is_any(last + 1, &["ankle", "knee", "consensus", "study"]);
            let ordinary = consensus
                || entry.common() >= 3 && last == at
                || entry.has(List::Eponym) && last == at
                || entry.has(List::Region)
                || entry.has(List::Drug);
            if rare
                && !ordinary
                && !proper(words, last + 1)
                && !(at > 0 && proper(words, at - 1))
                && !words.is(last + 1, "'")
            {
                return Some(Found { strength: Strength::Weak, ..Found::likely(at, last, "address.large_city") });
            }
        }
        return None;
    }
    None
}

/// The last piece of `Alt-Neudorf`.
fn hyphenated(words: &Words<'_>, at: usize) -> usize {
    if words.is(at + 1, "-") && words.glued(at) && words.glued(at + 1) && proper(words, at + 2) { at + 2 } else { at }
}

/// The capitalised words after a lead, unless they are a state, a country or a building of another kind.
pub(super) fn proper_run(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<usize> {
    let mut last = at;
    while last + 1 < at + NAME_MAX && !words.glued(last) && proper(words, last + 1) {
        last += 1;
    }
    let whole = phrase(words, at, last);
    let region = lexicon.entry(&whole).has(List::Region) || words.class(at).is(Class::STATE) && last == at;
    let entry = lexicon.entry(words.str(at));
    let clinical = entry.has(List::Abbreviation)
        || words.str(at).chars().filter(|c| c.is_uppercase()).count() > 1 && words.str(at).ends_with('s')
        || entry.grade(List::Clinical) > 3 && lexicon.city(&whole) == 0
        || words.str(at).len() < 3
        || words.class(at).is(Class::MONTH);
    let person = words.is_any(at, &["Dr", "Mr", "Mrs", "Ms", "Miss", "Prof"]) || words.str(last + 1) == "'";
    (!region && !clinical && !person).then_some(last)
}

/// The last word of the longest city's name in the lists that starts at a place.
fn known_city(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<usize> {
    let capital = words.capital(at);
    let entry = lexicon.entry(words.str(at));
    if entry.grade(List::City) == 0 && !entry.has(List::CityStart) {
        return None;
    }
    (at..(at + NAME_MAX).min(words.pieces.len())).rev().find(|&last| {
        let whole = (at..=last)
            .all(|place| words.is_word(place) || words.is_any(place, &[".", "-", "'"]) && place > at && place < last)
            && (!capital || words.capital(last) || last == at);
        if !whole || words.str(at).len() < 3 && last == at {
            return false;
        }
        let name = phrase(words, at, last);
        lexicon.city(&name) > 0 && !(lexicon.entry(&name).has(List::Region) && !words.is(at + 1, "city"))
    })
}

/// Words with single blanks between them.
fn phrase(words: &Words<'_>, first: usize, last: usize) -> String {
    let mut phrase = String::new();
    for at in first..=last {
        if words.is_any(at, &[".", "'"]) {
            continue;
        }
        if !phrase.is_empty() {
            phrase.push(' ');
        }
        phrase.push_str(words.str(at));
    }
    phrase
}
