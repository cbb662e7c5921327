//! Words after which a place stands: `lives in`, `from` after a person, `our … office`.

use super::city::proper_run;
use crate::recognize::dictionary::{Kind as List, Lexicon};
use crate::recognize::word::{WordSet, Words};

/// `lives in`, `resident of`, `moved to`, `born in`: words after which a place stands.
pub(super) fn lead(words: &Words<'_>, at: usize) -> bool {
    static VERBS: WordSet = WordSet::of(&[
        "lives",
        "live",
        "living",
        "lived",
        "resides",
        "residing",
        "resided",
        "reside",
        "resident",
        "residence",
        "moved",
        "moving",
        "relocated",
        "born",
        "raised",
        "grew",
        "native",
        "visiting",
        "traveled",
        "travelled",
        "travel",
        "traveling",
        "trip",
        "flew",
        "drove",
        "returned",
        "emigrated",
        "immigrated",
        "hometown",
        "stationed",
        "vacation",
        "vacationing",
        "commutes",
        "apartment",
        "house",
        "home",
        "farm",
        "originally",
        "hails",
        "back",
        "transferred",
        "airlifted",
        "visit",
        "visits",
        "visited",
        "wohnhaft",
        "wohnt",
        "residente",
        "vive",
        "natural",
        "nacido",
        "nacida",
        "procedente",
        "vecino",
        "vecina",
        "domicilio",
        "demeurant",
        "habite",
    ]);
    static LINKS: WordSet = WordSet::of(&[
        "in", "from", "to", "of", "at", "near", "outside", "through", "is", "en", "de", "à", "aus", "nach",
    ]);
    let Some(link) = at.checked_sub(1) else { return false };
    if words.is_any(link, &["visiting", "hometown"]) {
        return true;
    }
    if !words.is_in(link, &LINKS) {
        return words.str(link) == ":"
            && link > 0
            && words.is_any(
                link - 1,
                &[
                    "city",
                    "town",
                    "hometown",
                    "birthplace",
                    "county",
                    "municipality",
                    "residence",
                    "location",
                    "localidad",
                    "ciudad",
                    "ort",
                    "wohnort",
                    "ville",
                    "provincia",
                    "población",
                ],
            );
    }
    // `87 yo gentleman from Lower Slaughter`.
    let person = words.is(link, "from")
        && words
            .before(link, 1)
            .is_some_and(|place| words.is_in(place, &PERSONS) || words.is_any(place, &["m", "f", "yo"]) && place > 0);
    person || (1..=4).any(|steps| words.before(link, steps).is_some_and(|place| words.is_in(place, &VERBS)))
}

/// Who comes from a place.
static PERSONS: WordSet = WordSet::of(&[
    "gentleman",
    "lady",
    "man",
    "woman",
    "male",
    "female",
    "boy",
    "girl",
    "farmer",
    "teacher",
    "widow",
    "widower",
    "veteran",
    "student",
    "refugee",
    "immigrant",
    "retiree",
    "teen",
    "teenager",
    "couple",
    "family",
    "tourist",
    "visitor",
    "miner",
    "nurse",
    "fisherman",
    "child",
    "infant",
    "toddler",
    "patient",
    "pt",
]);

/// `our Hartwell office`: the town that a branch is named by.
pub(super) fn branch(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<usize> {
    let prior = at.checked_sub(1)?;
    // `the Ballyhaunis outreach clinic`: after an article only a word that is nothing else.
    let rare = words.is(prior, "the") && {
        let entry = lexicon.entry(words.str(at));
        entry.grade(List::City) > 0 && entry.common() == 0 || !entry.is_known() && words.str(at).len() > 4
    };
    if !(rare || words.is_any(prior, &["our", "their", "your"])) {
        return None;
    }
    let last = proper_run(words, lexicon, at)?;
    let kind = if words.is_any(last + 1, &["outreach", "satellite", "branch"]) { last + 2 } else { last + 1 };
    let kinds = &["office", "clinic", "location", "branch", "campus", "site", "practice", "facility"];
    let branch = words.lower(kind) && words.is_any(kind, kinds);
    let other = (at..=last).any(|place| {
        let entry = lexicon.entry(words.str(place));
        let town = lexicon.city(words.str(place)) > 0;
        let word = entry.common() >= 5 || entry.grade(List::Clinical) > 0 || entry.has(List::Header);
        entry.has(List::Eponym) || entry.has(List::Drug) || word && !town
    });
    (branch && !other).then_some(last)
}
