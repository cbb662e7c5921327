//! The words that tell what kind of organisation a name belongs to.

use super::proper;
use crate::entity::EntityType;
use crate::recognize::dictionary::Lexicon;
use crate::recognize::word::{Class, Words};

/// The last piece of the words that tell the kind of an organisation, if they start at a place.
pub(super) fn kind(words: &Words<'_>, at: usize) -> Option<(usize, EntityType)> {
    const CENTERS: &[&str] = &[
        "medical",
        "health",
        "cancer",
        "care",
        "surgery",
        "surgical",
        "rehabilitation",
        "rehab",
        "dialysis",
        "trauma",
        "wellness",
        "treatment",
        "recovery",
        "heart",
        "imaging",
        "birth",
        "counseling",
        "infusion",
        "transplant",
        "burn",
        "women",
        "children",
        "community",
        "oncology",
        "diagnostic",
        "behavioral",
        "hospice",
        "nursing",
        "eye",
        "spine",
        "pain",
        "sleep",
        "vascular",
        "cardiac",
        "fertility",
        "research",
        "radiation",
        "correctional",
        "detention",
    ];
    const PAIRS: &[(&str, &[&str])] = &[
        ("nursing", &["home", "facility"]),
        ("assisted", &["living"]),
        ("senior", &["living", "center", "residence"]),
        ("memory", &["care"]),
        (
            "medical",
            &["group", "associates", "clinic", "school", "college", "plaza", "arts", "practice", "partners", "campus"],
        ),
        ("health", &["system", "services", "network", "partners", "clinic", "department", "plan", "alliance", "group"]),
        ("urgent", &["care"]),
        ("family", &["practice", "medicine", "health", "physicians"]),
        ("retirement", &["home", "community", "village"]),
        ("group", &["home"]),
        ("skilled", &["nursing"]),
        ("walk", &["in"]),
        ("adult", &["day"]),
        ("eye", &["institute", "associates"]),
        ("cancer", &["institute"]),
        ("heart", &["institute"]),
        ("high", &["school"]),
        ("elementary", &["school"]),
        ("middle", &["school"]),
        ("primary", &["school"]),
        ("grammar", &["school"]),
        ("secondary", &["school"]),
        ("law", &["school"]),
        ("community", &["college"]),
        ("state", &["university", "college", "prison", "penitentiary"]),
        ("fire", &["department"]),
        ("police", &["department"]),
        ("sheriff", &["office"]),
        ("public", &["schools", "library"]),
        ("school", &["district"]),
        ("county", &["jail"]),
        ("home", &["care", "health", "healthcare", "hospice"]),
        ("dental", &["care", "practice", "associates", "group", "arts"]),
        ("funeral", &["home"]),
        ("care", &["home"]),
        ("rest", &["home"]),
        ("convalescent", &["home"]),
        ("air", &["evac", "ambulance"]),
        ("fire", &["station"]),
    ];
    let class = words.class(at);
    if class.is(Class::FACILITY) {
        return Some((at, EntityType::Hospital));
    }
    let next_end = |ends: &[&str]| {
        let s = if words.is(at + 1, "'") && words.is(at + 2, "s") { at + 3 } else { at + 1 };
        words.is_any(s, ends).then_some(s)
    };
    if words.is_any(at, CENTERS)
        && let Some(mut last) =
            next_end(&["center", "centre", "centers", "hospital", "clinic", "pavilion", "institute"])
    {
        if words.is_any(last + 1, &["hospital"]) {
            last += 1;
        }
        return Some((last, EntityType::Hospital));
    }
    for (one, twos) in PAIRS {
        if words.is(at, one) && words.is_any(at + 1, twos) && words.capital(at) == words.capital(at + 1) {
            let school = words.is_any(
                at + 1,
                &["school", "college", "university", "schools", "library", "department", "office", "district"],
            );
            let mut last = at + 1;
            if words.is_any(last + 1, &["center", "facility", "home", "centre", "residence"]) {
                last += 1;
            }
            return Some((last, if school { EntityType::Org } else { EntityType::Hospital }));
        }
    }
    if words.is_any(
        at,
        &[
            "healthcare",
            "hospice",
            "manor",
            "lodge",
            "villa",
            "terrace",
            "hospitals",
            "laboratories",
            "labs",
            "laboratory",
        ],
    ) && words.capital(at)
    {
        let lodge = words.is_any(at, &["manor", "lodge", "villa", "terrace"]);
        return (!lodge || words.is_any(at.wrapping_sub(2), &["at", "to", "from"]))
            .then_some((at, EntityType::Hospital));
    }
    if class.is(Class::SCHOOL) && words.capital(at) {
        return Some((at, EntityType::Org));
    }
    if class.is(Class::COMPANY) && words.capital(at) {
        let mut last = at;
        if words.str(last + 1) == "." && words.is_any(last, &["inc", "corp", "ltd", "co"]) {
            last += 1;
        }
        return Some((last, EntityType::Org));
    }
    None
}

/// `Georgetown Med`, `Harborview Health`, `Houston Memorial`, `Albuquerque Neurology Center`: kinds that need a name
/// that says which one it is.
pub(super) fn weak_kind(words: &Words<'_>, at: usize) -> Option<(usize, EntityType)> {
    let ends = !(proper(words, at + 1) && !words.class(at + 1).is(Class::MONTH));
    let center = words.is_any(at, &["center", "centre", "institute", "pavilion", "foundation"]);
    let short = words.is_any(
        at,
        &[
            "memorial",
            "health",
            "medical",
            "med",
            "gen",
            "general",
            "presbyterian",
            "methodist",
            "baptist",
            "lutheran",
            "regional",
            "er",
            "hospice",
            "rehab",
            "pediatrics",
            "oncology",
            "orthopedics",
            "cardiology",
            "dermatology",
            "radiology",
            "urology",
            "ortho",
            "peds",
            "dental",
            "derm",
            "uro",
            "gastro",
            "eye",
            "house",
            "court",
            "alf",
            "care",
            "drug",
            "drugs",
            "rx",
        ],
    );
    if !words.capital(at) || !ends || at == 0 || !proper(words, at - 1) {
        return None;
    }
    if center {
        return Some((at, EntityType::Hospital));
    }
    // After a word of place only: `at Westside Medical`.
    let mut first = at;
    while first > 0 && at - first < 4 && (proper(words, first - 1) || words.is_any(first - 1, &["&", ".", "'", "-"])) {
        first -= 1;
    }
    let introduced =
        first > 0 && words.is_any(first - 1, &["at", "to", "from", "@", "in", "by", ":", "via", "uses", "="]);
    (short && introduced).then_some((at, EntityType::Hospital))
}

/// `The Limes Surgery`: a practice in Britain. `General Surgery` and `Plastic Surgery` are departments.
pub(super) fn surgery(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Option<(usize, EntityType)> {
    let prior = at.checked_sub(1)?;
    let name = words.str(prior);
    let department = words.class(prior).is(Class::GENERIC)
        || lexicon.clinical_term(name) > 0
        || ["ic", "al", "ac", "ar", "eal", "oid", "ve", "sex", "eye"].iter().any(|ending| name.ends_with(ending));
    let goes_on =
        words.is_any(at + 1, &["clinic", "center", "centre", "department", "dept", "team", "service", "consult"]);
    (words.is(at, "surgery") && words.capital(at) && proper(words, prior) && !department && !goes_on)
        .then_some((at, EntityType::Hospital))
}
