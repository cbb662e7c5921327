//! Facilities, employers and schools, by the words that end or start their names and by what stands before them.

mod employer;
mod german;
mod kind;
mod known;

use super::dictionary::{Kind as List, Lexicon};
use super::word::{Class, Words};
use crate::entity::{EntityType, Finding, Role, Strength};
pub(super) use known::KNOWN;

/// The longest name, in words before the one that tells its kind.
const NAME_MAX: usize = 7;

/// Adds the facilities and organisations of a text.
pub fn find(words: &Words<'_>, lexicon: &Lexicon, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while at < words.pieces.len() {
        let found = by_kind(words, lexicon, at)
            .or_else(|| known::known(words, at))
            .or_else(|| words.capital(at).then(|| capital(words, lexicon, at)).flatten());
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

/// A name that begins with a capital, whatever word it begins with.
fn capital(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    saint(words, at)
        .or_else(|| numbered_school(words, at))
        .or_else(|| chain(words, lexicon, at))
        .or_else(|| german::house(words, lexicon, at))
        .or_else(|| employer::employer(words, lexicon, at))
}

/// A name that ends (`Mercy Hospital`) or starts (`Hospital Universitario La Paz`) with its kind.
fn by_kind(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    let class = words.class(at);
    const TELLS: Class = Class::FACILITY.with(Class::SCHOOL).with(Class::COMPANY).with(Class::KIND);
    if !words.is_word(at) || !class.is(TELLS) {
        return None;
    }
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
            "fundació",
            "complexo",
            "clinique",
            "résidence",
        ],
    );
    let plain = (foreign && words.capital(at)).then_some((at, EntityType::Hospital));
    let (last, entity) = kind::kind(words, at)
        .or_else(|| kind::surgery(words, lexicon, at))
        .or_else(|| kind::weak_kind(words, at))
        .or(plain)?;
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
        // `Letter to The Limes Surgery`: the article is written as part of the name.
        let article = words.str(first.wrapping_sub(1)) == "The" && first > 1 && words.is_word(first - 2);
        let first = first - usize::from(article);
        return Some((first, of_place(words, lexicon, last), entity, "facility.suffix"));
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
                    !entry.is_known() && words.str(place).len() > 4
                        || entry.common() == 0
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
                    // `TB clinic`, `HIV Clinic`
                    let short = entry.has(List::Abbreviation) && words.str(place).len() <= 4 && !company;
                    telling |=
                        !(opens && entry.common() >= 4 && !legal) && !class.is(Class::MONTH) && !short || known_lower;
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
            "'" | "’" | "&" => true,
            "-" => words.glued(place) && place > 0 && words.glued(place - 1),
            "." => place > 0 && words.glued(place - 1) && words.str(place - 1).len() <= 2 && words.capital(place - 1),
            "," => company && words.is_any(at, &["inc", "llc", "ltd", "corp", "llp", "pllc"]) && place == at - 1,
            _ => words.is_number(place) && company && words.digits(place) <= 2,
        };
        if !joint {
            break;
        }
    }
    // `General Hospital` names one where it stands like a name.
    let named = generic > 0
        && kind_capital
        && (words.class(at).is(Class::FACILITY) || words.is_any(at, &["general", "memorial", "regional"]))
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

/// `School: PS 118`, `attends P.S. 9`.
fn numbered_school(words: &Words<'_>, at: usize) -> Found {
    let number = if words.str(at) == "PS" {
        at + 1
    } else if words.str(at) == "P" && words.is(at + 1, ".") && words.str(at + 2) == "S" {
        if words.is(at + 3, ".") { at + 4 } else { at + 3 }
    } else {
        return None;
    };
    let told = (1..=2).any(|steps| {
        words
            .before(at, steps)
            .is_some_and(|place| words.is_any(place, &["school", "attends", "at", "student", "grader"]))
    });
    (told && (1..=3).contains(&words.digits(number))).then_some((at, number, EntityType::Org, "facility.school"))
}

/// `Sunrise of Webster Groves`: houses of a chain, after a word of place.
fn chain(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    let placed = at > 0 && words.is(at + 1, "of") && words.is_any(at - 1, &["at", "to", "from"]);
    if !placed || !proper(words, at) || !proper(words, at + 2) {
        return None;
    }
    let entry = lexicon.entry(words.str(at));
    let named = !words.class(at).is(Class::GENERIC) && entry.grade(List::Clinical) == 0 && !entry.has(List::Header);
    let mut last = at + 2;
    while last < at + 4 && proper(words, last + 1) {
        last += 1;
    }
    let town = (at + 2..=last).any(|place| lexicon.city(words.str(place)) > 0);
    (named && town && words.str(at).len() > 3).then_some((at, last, EntityType::Hospital, "facility.chain"))
}

/// `in New York`, `at Stanford`, `of Ohio` right after a name belongs to it where capitals go on.
fn of_place(words: &Words<'_>, lexicon: &Lexicon, last: usize) -> usize {
    let town = words.is(last + 1, "in") && proper(words, last + 2) && lexicon.city(words.str(last + 2)) > 0;
    let link = words.is_any(last + 1, &["of", "at"]) || town;
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

/// `at St. Vincent's`, `Saint Mary's`.
fn saint(words: &Words<'_>, at: usize) -> Found {
    if !words.is_any(at, &["st", "saint", "sta", "santa"]) || !words.capital(at) {
        return None;
    }
    let name = if words.str(at + 1) == "." { at + 2 } else { at + 1 };
    if !proper(words, name) || words.str(name).len() < 3 {
        return None;
    }
    let possessive = words.is_any(name + 1, &["'", "’"]) && words.is(name + 2, "s")
        || words.str(name).ends_with('s') && words.is_any(name + 1, &["'", "’"]);
    let introduced = at > 0 && words.is_any(at - 1, &["at", "to", "from", "in", "by", "outside"]);
    // St. John's wort and St. Vitus' dance name no facility; St. George's questionnaire neither.
    let other = words.is_any(name + 3, &["wort", "dance", "fire", "respiratory", "questionnaire", "day", "disease"]);
    if !(possessive || introduced) || other {
        return None;
    }
    let last = if possessive && words.is(name + 2, "s") { name + 2 } else { name };
    Some((at, last, EntityType::Hospital, "facility.saint"))
}

#[inline]
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
