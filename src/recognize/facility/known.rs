//! Organisations whose names have no kind in them, as the public knows them.

use super::{Found, proper};
use crate::entity::EntityType;
use crate::recognize::word::{Class, Words};

/// Names that have no kind in them. Large providers and pharmacies of the United States, as the public knows them.
pub const KNOWN: &[&str] = &[
    "johns hopkins",
    "mass general",
    "massachusetts general",
    "mgh",
    "kaiser permanente",
    "kaiser",
    "ucla",
    "ucsf",
    "nyu langone",
    "mount sinai",
    "mt sinai",
    "cedars sinai",
    "md anderson",
    "sloan kettering",
    "memorial sloan kettering",
    "mskcc",
    "brigham and women",
    "walter reed",
    "beth israel",
    "beth israel deaconess",
    "bidmc",
    "geisinger",
    "intermountain",
    "scripps",
    "dana farber",
    "cvs",
    "walgreens",
    "rite aid",
    "labcorp",
    "quest diagnostics",
    "fresenius",
    "davita",
    "mayo",
    "northwestern memorial",
    "montefiore",
    "upmc",
    "stanford",
    "duke",
    "emory",
    "vanderbilt",
    "rush",
    "tufts",
    "jefferson health",
    "penn medicine",
    "ny presbyterian",
    "new york presbyterian",
    "newyork presbyterian",
    "st jude",
    "cook county",
    "bellevue",
    "parkland",
    "grady",
    "barnes jewish",
    "cleveland clinic",
    "hopkins",
    "sutter health",
    "houston methodist",
    "brooklyn methodist",
    "baylor scott & white",
    "baylor",
    "ohsu",
    "uams",
    "lahey",
    "yale new haven",
    "walmart",
    "costco",
    "kroger",
    "amazon",
    "ups",
    "fedex",
    "boeing",
];

pub(super) fn known(words: &Words<'_>, at: usize) -> Found {
    // `at the cvs`: of small letters only after a word of place.
    let small = words.lower(at) && at > 0 && words.is_any(at - 1, &["the", "at", "to", "from"]);
    if !(words.capital(at) || small) || !words.class(at).is(Class::KNOWN) {
        return None;
    }
    // Most words start no such name.
    let initial = words.str(at).to_lowercase();
    let mut longest = None;
    for name in KNOWN.iter().filter(|name| name.starts_with(initial.as_str())) {
        let mut place = at;
        let matches = name.split(' ').all(|word| {
            if place > at && words.str(place) == "-" || words.str(place) == "." {
                place += 1;
            }
            let same = words.is(place, word);
            place += 1;
            same
        });
        if matches && longest.is_none_or(|last| place - 1 > last) {
            longest = Some(place - 1);
        }
    }
    let last = longest?;
    // One word is a facility where someone is treated, works or buys; a short one is a surname or a verb too.
    let single = last == at;
    let introduced = at > 0 && words.is_any(at - 1, &["at", "from", "to", "by", "with", "in", "for", "the", "@"]);
    let brand = words.is_any(
        at,
        &[
            "ucla",
            "ucsf",
            "labcorp",
            "walgreens",
            "cvs",
            "bidmc",
            "upmc",
            "mskcc",
            "mgh",
            "davita",
            "walmart",
            "costco",
            "fedex",
            "kroger",
        ],
    );
    let criteria = words.is_any(
        last + 1,
        &[
            "criteria",
            "classification",
            "score",
            "scale",
            "staging",
            "risk",
            "study",
            "trial",
            "model",
            "hospital",
            "clinic",
            "activity",
            "treadmill",
            "syndrome",
            "ankle",
        ],
    );
    if single && !introduced && !brand || criteria && single || small && !brand {
        return None;
    }
    let entity = if words.is_any(at, &["walmart", "costco", "amazon", "ups", "fedex", "boeing", "kroger"]) {
        EntityType::Org
    } else {
        EntityType::Hospital
    };
    let mut end = last;
    while end < last + 4 && (proper(words, end + 1) && lexicon_word(words, end + 1)) {
        end += 1;
    }
    if words.str(end + 1) == "'" && words.is(end + 2, "s") && words.capital(end + 3) && lexicon_word(words, end + 3) {
        end += 3;
    }
    Some((at, end, entity, "facility.known"))
}

/// A word that goes on in the name of a facility.
fn lexicon_word(words: &Words<'_>, at: usize) -> bool {
    words.is_any(
        at,
        &[
            "medical",
            "health",
            "hospital",
            "center",
            "centre",
            "clinic",
            "medicine",
            "cancer",
            "university",
            "healthcare",
            "system",
            "pharmacy",
            "institute",
            "memorial",
            "general",
            "presbyterian",
            "bayview",
            "deaconess",
            "hospitals",
            "children",
            "women",
        ],
    )
}
