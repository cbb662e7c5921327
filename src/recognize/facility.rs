//! Facilities, employers and schools, by the words that end or start their names and by what stands before them.

use super::dictionary::{Kind as List, Lexicon};
use super::word::{Class, Words};
use crate::entity::{EntityType, Finding, Role, Strength};

/// The longest name, in words before the one that tells its kind.
const NAME_MAX: usize = 7;

/// Adds the facilities and organisations of a text.
pub fn find(words: &Words<'_>, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while at < words.pieces.len() {
        let found = by_kind(words, lexicon, at)
            .or_else(|| known(words, at))
            .or_else(|| saint(words, at))
            .or_else(|| employer(words, lexicon, at));
        if let Some((first, last, entity, rule)) = found {
            let strength = Strength::Likely;
            findings.push(Finding {
                span: words.span(first, last),
                entity,
                role: Role::Subject,
                strength,
                recognizer: rule.into(),
            });
            at = last + 1;
        } else {
            at += 1;
        }
    }
}

type Found = Option<(usize, usize, EntityType, &'static str)>;

/// A name that ends (`Mercy Hospital`) or starts (`Hospital Universitario La Paz`) with its kind.
fn by_kind(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    let class = words.class(at);
    let tells = [Class::FACILITY, Class::SCHOOL, Class::COMPANY, Class::KIND].iter().any(|&kind| class.is(kind));
    if !words.is_word(at) || !tells {
        return None;
    }
    let (last, entity) = kind(words, at).or_else(|| weak_kind(words, at))?;
    let (first, telling) = name_before(words, lexicon, at);
    // `historia clínica` and `Neurología Clínica` are adjectives.
    let adjective = words.is_any(at, &["clínica", "clinica", "clínico"]);
    let romance = words.is_any(at, &["hospital", "clínica", "clinica"])
        && words.is_any(
            last + 1,
            &[
                "universitario",
                "general",
                "de",
                "del",
                "la",
                "clínico",
                "virgen",
                "infantil",
                "san",
                "santa",
                "nuestra",
                "regional",
            ],
        )
        && words.capital(at)
        && words.lower(at.saturating_sub(1));
    if first < at && telling && !adjective && !romance {
        return Some((first, of_place(words, last), entity, "facility.suffix"));
    }
    // `University of Michigan Hospital` is one name: the kind in its middle is passed by the later one.
    let next = last + 1;
    let leads = words.is_any(
        next,
        &[
            "of",
            "de",
            "la",
            "du",
            "for",
            "universitario",
            "universitaire",
            "general",
            "clínico",
            "san",
            "santa",
            "sant",
            "saint",
            "st",
            "nuestra",
            "virgen",
            "infantil",
            "regional",
            "comarcal",
            "'",
            "l",
            "d",
        ],
    );
    let foreign = words.is_any(
        at,
        &[
            "hôpital",
            "hopital",
            "ospedale",
            "klinikum",
            "clínica",
            "clinica",
            "chu",
            "policlinico",
            "universidad",
            "universität",
            "université",
            "universiteit",
            "instituto",
            "institut",
            "hospital",
            "centro",
            "complejo",
            "krankenhaus",
            "fundación",
        ],
    );
    if words.capital(at)
        && (leads && entity == EntityType::Hospital
            || foreign
            || words.is_any(at, &["university", "college"]) && words.is(next, "of"))
    {
        let mut end = last;
        let mut capitals = 0;
        for place in next..next + 9 {
            if proper(words, place) {
                capitals += 1;
                end = place;
            } else if !words.is_any(
                place,
                &[
                    "of", "the", "de", "del", "la", "las", "los", "el", "du", "des", "'", "-", "l", "d", "i", "y", "e",
                    "für", "at", ".",
                ],
            ) || words.str(place) == "." && words.str(place - 1).len() > 3
            {
                break;
            }
        }
        if capitals > 0 {
            return Some((at, end, entity, "facility.prefix"));
        }
    }
    None
}

/// The last piece of the words that tell the kind of an organisation, if they start at a place.
fn kind(words: &Words<'_>, at: usize) -> Option<(usize, EntityType)> {
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
    ];
    let class = words.class(at);
    if class.is(Class::FACILITY) {
        return Some((at, EntityType::Hospital));
    }
    let next_end = |ends: &[&str]| {
        let s = if words.is(at + 1, "'") && words.is(at + 2, "s") { at + 3 } else { at + 1 };
        words.is_any(s, ends).then_some(s)
    };
    if words.is_any(at, CENTERS) {
        if let Some(mut last) =
            next_end(&["center", "centre", "centers", "hospital", "clinic", "pavilion", "institute"])
        {
            if words.is_any(last + 1, &["hospital"]) {
                last += 1;
            }
            return Some((last, EntityType::Hospital));
        }
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
fn weak_kind(words: &Words<'_>, at: usize) -> Option<(usize, EntityType)> {
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
    let introduced = first > 0 && words.is_any(first - 1, &["at", "to", "from", "@", "in", "by"]);
    (short && introduced).then_some((at, EntityType::Hospital))
}

/// The first piece of the name before its kind, and whether it says which one it is.
fn name_before(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> (usize, bool) {
    let kind_capital = words.capital(at);
    let company = words.class(at).is(Class::COMPANY) && !words.class(at).is(Class::FACILITY);
    let mut first = at;
    let mut telling = false;
    let mut generic = 0;
    let mut place = at;
    while place > 0 && at - place < 2 * NAME_MAX {
        place -= 1;
        let class = words.class(place);
        if words.str(place) == "\n" || words.pieces[place].end + 2 < words.pieces[place + 1].start {
            break;
        }
        if words.is_word(place) {
            let known_lower =
                words.lower(place) && !kind_capital && !class.is(Class::FUNCTION) && !class.is(Class::GENERIC) && {
                    let entry = lexicon.entry(words.str(place));
                    entry.common() == 0
                        && entry.grade(List::Clinical) == 0
                        && (lexicon.city(words.str(place)) > 3 || entry.surname() > 3)
                };
            if proper(words, place)
                || known_lower
                || class.is(Class::GENERIC)
                    && words.capital(place)
                    && !words.is_any(place, &["the", "our", "this", "another", "other", "any"])
            {
                first = place;
                if class.is(Class::GENERIC) || class.is(Class::DIRECTION) && words.str(place).len() > 2 {
                    generic += 1;
                } else if words.str(place).len() > 1 || company {
                    let entry = lexicon.entry(words.str(place));
                    // A capital at the start of a sentence says nothing of an ordinary word.
                    let opens = place == 0 || words.is_any(place - 1, &[".", "\n", ":", "?", "!", "-", "•", "*"]);
                    let legal =
                        words.is_any(at, &["inc", "llc", "ltd", "corp", "corporation", "gmbh", "plc", "pllc", "llp"]);
                    telling |= !(opens && entry.common() >= 4 && !legal) && !class.is(Class::MONTH) || known_lower;
                }
                continue;
            }
            // `Hospital of the University of X` and `Beth Israel and Mercy` have small words inside.
            let inside =
                words.is_any(place, &["of", "the", "and", "for", "de", "la", "del", "s"]) && place > 0 && first > place;
            let goes_on = inside
                && (proper(words, place - 1)
                    || words.str(place - 1) == "'"
                    || words.is_any(place - 1, &["of", "for"]) && place > 1 && proper(words, place - 2));
            if goes_on && !(words.is(place, "and") && company) && !(words.is(place, "and") && !telling) {
                continue;
            }
            break;
        }
        let joint = match words.str(place) {
            "'" | "&" => true,
            "-" => words.glued(place) && place > 0 && words.glued(place - 1),
            "." => place > 0 && words.glued(place - 1) && words.str(place - 1).len() <= 2 && words.capital(place - 1),
            "," => {
                company
                    && words.is_any(at, &["inc", "llc", "ltd", "corp", "llp", "pllc", "lp", "pc"])
                    && place == at - 1
            }
            _ => words.is_number(place) && company && words.digits(place) <= 2,
        };
        if !joint {
            break;
        }
    }
    let _ = generic;
    // `General Hospital` names one where it stands like a name.
    let named = generic > 0
        && kind_capital
        && words.class(at).is(Class::FACILITY)
        && words.is_any(
            first,
            &[
                "general",
                "community",
                "regional",
                "memorial",
                "county",
                "city",
                "university",
                "children",
                "childrens",
                "veterans",
                "mercy",
                "state",
            ],
        )
        && first > 0
        && !words.is_any(first - 1, &[".", "\n", ":"]);
    (first, telling || named)
}

/// `in New York`, `at Stanford`, `of Ohio` right after a name belongs to it where capitals go on.
fn of_place(words: &Words<'_>, last: usize) -> usize {
    let link = words.is_any(last + 1, &["of", "at"]);
    let mut end = last;
    // `Children's Hospital Boston`
    if proper(words, last + 1)
        && !words.class(last + 1).is(Class::MONTH)
        && words.class(last).is(Class::FACILITY)
        && words.pieces[last].end + 1 == words.pieces[last + 1].start
    {
        return last + 1;
    }
    if link && proper(words, last + 2) {
        end = last + 2;
        while end < last + 5 && proper(words, end + 1) && !words.glued(end) {
            end += 1;
        }
    }
    end
}

/// Names that have no kind in them. Large providers and pharmacies of the United States, as the public knows them.
pub(super) const KNOWN: &[&str] = &[
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

fn known(words: &Words<'_>, at: usize) -> Found {
    if !words.capital(at) || !words.class(at).is(Class::KNOWN) {
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
    if single && !introduced && !brand || criteria && single {
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

/// `at St. Vincent's`, `Saint Mary's`.
fn saint(words: &Words<'_>, at: usize) -> Found {
    if !words.is_any(at, &["st", "saint", "sta", "santa"]) || !words.capital(at) {
        return None;
    }
    let name = if words.str(at + 1) == "." { at + 2 } else { at + 1 };
    if !proper(words, name) || words.str(name).len() < 3 {
        return None;
    }
    let possessive = words.str(name + 1) == "'" && words.is(name + 2, "s")
        || words.str(name).ends_with('s') && words.str(name + 1) == "'";
    let introduced = at > 0 && words.is_any(at - 1, &["at", "to", "from", "in", "by", "outside"]);
    // St. John's wort and St. Vitus' dance name no facility; St. George's questionnaire neither.
    let other = words.is_any(name + 3, &["wort", "dance", "fire", "respiratory", "questionnaire", "day", "disease"]);
    if !(possessive || introduced) || other {
        return None;
    }
    let last = if possessive && words.is(name + 2, "s") { name + 2 } else { name };
    Some((at, last, EntityType::Hospital, "facility.saint"))
}

/// `works at X`, `employed by X`, `attends X`, `student at X`.
fn employer(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    const WORK: &[&str] = &[
        "works",
        "work",
        "worked",
        "working",
        "employed",
        "employee",
        "job",
        "position",
        "retired",
        "teaches",
        "taught",
        "student",
        "enrolled",
        "studies",
        "studying",
        "studied",
        "volunteers",
        "volunteer",
        "internship",
        "interned",
        "hired",
        "laid",
        "fired",
        "career",
        "engineer",
        "manager",
        "nurse",
        "teacher",
        "professor",
        "clerk",
        "driver",
        "owner",
        "founder",
        "ceo",
        "cashier",
        "technician",
        "supervisor",
        "accountant",
        "janitor",
        "cook",
        "welder",
        "machinist",
        "foreman",
        "analyst",
        "consultant",
        "shift",
    ];
    if !proper(words, at) || at == 0 {
        return None;
    }
    let link = at - 1;
    let direct =
        words.is_any(link, &["attends", "attended", "attending"]) && !words.is_any(at, &["Dr", "MD", "Physician"]);
    let label = words.str(link) == ":"
        && link > 0
        && words.is_any(link - 1, &["employer", "school", "company", "workplace", "organization", "organisation"]);
    let linked = words.is_any(link, &["at", "for", "by", "from", "with"])
        && (1..=5).any(|steps| words.before(link, steps).is_some_and(|place| words.is_any(place, WORK)));
    if !(direct || label || linked) {
        return None;
    }
    if linked
        && words.is_any(link, &["with", "from"])
        && !words.before(link, 1).is_some_and(|place| {
            words.is_any(place, &["retired", "job", "position", "employed", "laid", "off", "fired"])
        })
    {
        return None;
    }
    let mut last = at;
    for place in at + 1..at + 7 {
        if proper(words, place) && words.pieces[place].start <= words.pieces[place - 1].end + 1 {
            last = place;
        } else if !(words.is_any(place, &["&", "of", "the", "and", "-", "'", "s", "for"])
            && (proper(words, place + 1)
                || words.is(place + 1, "s")
                || words.is(place + 1, "the") && proper(words, place + 2)))
        {
            break;
        }
    }
    let title =
        words.is_any(at, &["Dr", "Mr", "Mrs", "Ms", "Miss", "Prof", "Monday", "I"]) || words.class(at).is(Class::MONTH);
    let entry = lexicon.entry(words.str(at));
    let alone = last == at
        && (entry.has(List::Region)
            || entry.has(List::Abbreviation) && words.str(at).len() <= 2
            || entry.grade(List::Clinical) > 4
            || entry.has(List::Drug));
    (!title && !alone).then_some((at, last, EntityType::Org, "facility.employer"))
}

fn proper(words: &Words<'_>, at: usize) -> bool {
    words.is_word(at)
        && words.capital(at)
        && !words.class(at).is(Class::FUNCTION)
        && !words.class(at).is(Class::WEEKDAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::marked;
    use crate::rules::Rules;

    #[track_caller]
    fn check(expected: &str) {
        let lexicon = Lexicon::new(&Rules::embedded()).expect("the embedded lists read");
        marked::check(expected, |text| {
            let mut findings = Vec::new();
            find(&Words::cut(text), &lexicon, &mut findings);
            crate::recognize::merge::unite(findings)
        });
    }

    #[test]
    fn facilities() {
        check(
            "seen at ⟦Mercy Hospital⟧, then ⟦Lakeview Nursing Home⟧ and ⟦St. Vincent's⟧; ⟦Northside Family Practice⟧",
        );
        check("at ⟦Johns Hopkins⟧ and the ⟦Hospital of the University of Pennsylvania⟧; ⟦UCLA Medical Center⟧");
        check("ingresó en el ⟦Hospital Universitario La Paz⟧");
    }

    #[test]
    fn generic_facilities_name_nothing() {
        check("to the hospital, a nursing home, the Emergency Department, our clinic, hospital day 3, medical center");
    }

    #[test]
    fn employers_and_schools() {
        check(
            "works at ⟦Harlan Foundry⟧, attends ⟦Riverdale High School⟧, retired from ⟦Boeing⟧; ⟦Kessler Logistics LLC⟧",
        );
        check("works at night, student nurse, employed part time");
    }
}
