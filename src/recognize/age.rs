//! Ages of 90 and more, which 45 CFR 164.514(b)(2)(i)(C) aggregates. Ages up to 89 are no identifiers.

use super::date::number_word;
use super::word::{Class, Words};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::text::Span;

const AGES: std::ops::RangeInclusive<u32> = 90..=125;

/// Relatives, of whom ages are told.
const KIN: &[&str] = &[
    "mother",
    "father",
    "grandmother",
    "grandfather",
    "mom",
    "mum",
    "dad",
    "grandma",
    "grandpa",
    "wife",
    "husband",
    "aunt",
    "uncle",
    "sister",
    "brother",
    "gran",
    "granny",
    "nana",
    "nan",
    "mgm",
    "mgf",
    "pgm",
    "pgf",
];

/// Adds the ages of 90 and more of a text.
pub fn find(words: &Words<'_>, label: Option<&str>, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while at < words.pieces.len() {
        let Some((value, last)) = number(words, at) else {
            at += 1;
            continue;
        };
        let told = before(words, at) || after(words, last) || apposed(words, at, last) || sexed(words, at, last);
        if AGES.contains(&value) && !measures(words, at, last) && told {
            findings.push(finding(words.span(at, last), Strength::Likely));
        }
        at = last + 1;
    }
    if label.is_some_and(names_an_age) {
        let whole = words.text.trim();
        let digits: String = whole.chars().take_while(char::is_ascii_digit).collect();
        if digits.parse().is_ok_and(|age: u32| AGES.contains(&age)) {
            let start = words.text.len() - words.text.trim_start().len();
            findings.push(finding(Span::new(start, start + digits.len()), Strength::Certain));
        }
    }
}

fn finding(span: Span, strength: Strength) -> Finding {
    Finding { span, entity: EntityType::AgeOver89, role: Role::Subject, strength, recognizer: "age".into() }
}

fn names_an_age(label: &str) -> bool {
    label
        .to_lowercase()
        .split(|c: char| !c.is_alphabetic())
        .any(|word| matches!(word, "age" | "alter" | "edad" | "âge" | "leeftijd" | "età" | "idade"))
}

/// A number in digits or words, and its last piece.
fn number(words: &Words<'_>, at: usize) -> Option<(u32, usize)> {
    if words.is_number(at) {
        // `S-100` is a protein.
        if at > 1 && words.is(at - 1, "-") && words.glued(at - 1) && words.glued(at - 2) && words.is_word(at - 2) {
            return None;
        }
        let part = at > 0
            && words.glued(at - 1)
            && (words.is_any(at - 1, &[".", "/", ":", "$", "+"]) && !(at > 1 && words.is_word(at - 2))
                || words.is_number(at - 1));
        let decimal = words.glued(at)
            && words.is_any(at + 1, &[".", "/", ":", "%"])
            && words.glued(at + 1)
            && words.is_number(at + 2);
        return (!part && !decimal).then(|| words.number(at, 3)).flatten().map(|value| (value, at));
    }
    const NUMBER: Class = Class::CARDINAL.with(Class::ORDINAL);
    if !words.class(at).is(NUMBER) && !words.class(at + 1).is(NUMBER) {
        return None;
    }
    // `one hundred and two`, `a hundred`, `hundred and one`
    let hundred = |place: usize| words.class(place).is(Class::CARDINAL) && words.pieces[place].value == 100;
    let from = if hundred(at) {
        at
    } else if hundred(at + 1) && words.is_any(at, &["one", "a"]) {
        at + 1
    } else {
        let (value, last, ordinal) = number_word(words, at)?;
        return (!ordinal).then_some((value, last));
    };
    let next = if words.is(from + 1, "and") { from + 2 } else { from + 1 };
    match number_word(words, next) {
        Some((value, last, false)) if value < 26 => Some((100 + value, last)),
        _ => Some((100, from)),
    }
}

/// Whether a unit, a range of values or a vital sign makes the number a measurement.
fn measures(words: &Words<'_>, at: usize, last: usize) -> bool {
    const UNITS: &[&str] = &[
        "%", "mg", "mcg", "ml", "mm", "cm", "kg", "lb", "lbs", "bpm", "mmhg", "percent", "degrees", "units", "meq",
        "min", "minutes", "hours", "days", "day", "weeks", "months",
    ];
    const VITALS: &[&str] = &[
        "hr", "bp", "sat", "sats", "spo2", "pulse", "rate", "temp", "glucose", "pressure", "weight", "wt", "bmi",
        "sbp", "dbp", "map", "rr",
    ];
    words.is_any(last + 1, UNITS) && !words.is(last + 2, "f") && !words.is(last + 2, "m")
        || words.is(last + 1, "f") && !words.glued(last) && !is_person(words, last + 2)
        || words.before(at, 1).is_some_and(|place| words.is_any(place, VITALS))
}

/// `aged 94`, `age: 94`, `turned 94`, `Alter 94`.
fn before(words: &Words<'_>, at: usize) -> bool {
    const LABELS: &[&str] = &[
        "age", "aged", "ages", "aet", "turn", "turned", "turning", "turns", "alter", "edad", "âge", "leeftijd", "età",
        "idade",
    ];
    const LINKS: &[&str] = &[
        "s",
        "'s",
        "m",
        "is",
        "was",
        "of",
        "at",
        "now",
        "just",
        "the",
        "ripe",
        "old",
        "to",
        "will",
        "would",
        "be",
        "about",
        "approximately",
        "almost",
        "nearly",
        "over",
        "patient",
    ];
    let mut place = at;
    let mut linked = false;
    for _ in 0..4 {
        let Some(one) = words.before(place, 1) else { return false };
        if words.is_any(one, LABELS) {
            // `ages 18 to 90` of a guideline is a range all the same: the number goes.
            return true;
        }
        if !words.is_any(one, LINKS) {
            break;
        }
        linked = true;
        place = one;
    }
    // `X, the eldest, is ninety-six.`: who spells it out at the end of a phrase tells an age.
    let spelled = words.is_word(at) && at > 0 && words.is_any(at - 1, &["is", "was", "now", "turned"]);
    if spelled && number(words, at).is_some_and(|(_, last)| words.is_any(last + 1, &[".", ",", ";", "\n"])) {
        return true;
    }
    // `She is 94.` and `I'm 94 and live alone`
    if linked || at == 0 {
        let who = words.before(place, 1);
        let person = who.is_some_and(|who| {
            words.is_any(who, KIN)
                || words.is_any(who, &["he", "she", "pt", "resident", "client", "lady", "gentleman", "who", "i"])
        });
        return person
            && words.before(at, 1).is_some_and(|one| {
                words.is_any(
                    one,
                    &["is", "was", "s", "'s", "m", "now", "just", "almost", "nearly", "be", "hit", "reached"],
                )
            });
    }
    false
}

/// `Mrs Lou Thibodeaux, ninety-eight, lives alone`: between commas, after a capital that opens no sentence.
fn apposed(words: &Words<'_>, at: usize, last: usize) -> bool {
    at > 1
        && words.is(at - 1, ",")
        && words.is(last + 1, ",")
        && words.is_word(at - 2)
        && (words.is_any(at - 2, KIN)
            || words.capital(at - 2)
                && words.str(at - 2).chars().skip(1).all(char::is_lowercase)
                && at > 2
                && (words.capital(at - 3) || words.is(at - 3, ".")))
        && !words.is_number(last + 2)
}

/// `M/94`, `(F, 94)`, `94♀`: the sex before the age, or its sign.
fn sexed(words: &Words<'_>, at: usize, last: usize) -> bool {
    let sign = |place: usize| matches!(words.str(place), "♀" | "♂");
    if sign(last + 1) || at > 0 && sign(at - 1) {
        return true;
    }
    // `98 F/99` is a temperature.
    let letter = |place: usize| {
        words.is_any(place, &["m", "f"])
            && words.capital(place)
            && (place == 0 || !words.glued(place - 1) && !words.is_number(place - 1) || words.str(place - 1) == "(")
    };
    at > 1
        && letter(at - 2)
        && words.str(at - 1) == "/"
        && words.glued(at - 2)
        && words.glued(at - 1)
        && !words.glued(last)
        || at > 2
            && letter(at - 2)
            && words.is_any(at - 1, &[",", "/"])
            && words.str(at - 3) == "("
            && words.is_any(last + 1, &[")", ",", ";"])
}

/// `94-year-old`, `94 y.o.`, `94yo`, `94 F`, `94M`, `94 years of age`, `94 Jahre`, `94 años`, `94 ans`.
fn after(words: &Words<'_>, last: usize) -> bool {
    const YEARS: &[&str] = &[
        "year",
        "years",
        "yr",
        "yrs",
        "jahre",
        "jahr",
        "jähriger",
        "jährige",
        "jährigen",
        "años",
        "ans",
        "jaar",
        "anni",
        "anos",
    ];
    let mut next = last + 1;
    if words.is_any(next, &["-", "+"]) {
        next += 1;
    }
    let short = words.is(next, "y") && (words.glued(last) || words.is_any(next + 1, &["/", ".", "o"]));
    if short || words.is_any(next, &["yo", "yom", "yof", "yowm", "yowf", "ym", "yf"]) {
        // `94 y` may be `94 y/o`; alone, `y` is the unit of an age too.
        return true;
    }
    // `Mom (94)`, `92 w/m`, `92-and-a-half`
    if last > 1 && words.is(last - 1, "(") && words.is(last + 1, ")") && words.is_any(last - 2, KIN)
        || words.is_any(next, &["w", "b", "h"]) && words.is(next + 1, "/") && words.is_any(next + 2, &["m", "f"])
        || words.is(next, "and") && words.is(next + 2, "a") && words.is(next + 4, "half")
    {
        return true;
    }
    // `Bertha (97) is here`
    if last > 1
        && words.is(last - 1, "(")
        && words.is(last + 1, ")")
        && words.glued(last)
        && words.capital(last - 2)
        && words.str(last - 2).chars().skip(1).filter(|c| c.is_lowercase()).count() > 2
        && (is_person(words, last + 2) || words.is_any(last + 2, &["is", "was", "has", "and", "called", "came"]))
    {
        return true;
    }
    // `94 J.` of a German note.
    if words.is(next, "j") && words.is(next + 1, ".") && words.capital(next) {
        return true;
    }
    if words.is_any(next, YEARS) {
        let follow = if words.is(next + 1, "-") { next + 2 } else { next + 1 };
        let foreign = !words.is_any(next, &["year", "years", "yr", "yrs"]);
        return foreign
            || apart(words, last, next)
            || words.is_any(follow, &["old", "olds", "of", "young", "s"])
                && !words.is_any(follow + 1, &["experience", "smoking", "history"])
            || words.is_any(
                follow,
                &[
                    "male",
                    "female",
                    "man",
                    "woman",
                    "lady",
                    "gentleman",
                    "m",
                    "f",
                    "mother",
                    "father",
                    "widow",
                    "widower",
                    "patient",
                ],
            );
    }
    // `94F`, `94 M`, `94/F`, `94 female`
    let sex = if words.is(next, "/") { next + 1 } else { next };
    let letter = words.is_any(sex, &["f", "m"])
        && words.capital(sex)
        && (words.glued(last) || starts_line(words, last) || is_person(words, sex + 1))
        && !(words.glued(sex) && words.is_word(sex + 1));
    letter || words.is_any(sex, &["female", "male", "woman", "man", "wf", "wm", "bf", "bm"]) && !words.is(sex, "/")
}

/// `Mrs X, 94 yrs, lives alone`: years between two signs, which count nothing else.
fn apart(words: &Words<'_>, last: usize, unit: usize) -> bool {
    let ends = |place: usize| words.piece(place).is_none() || words.is_any(place, &[",", ")", ";", "\n", "."]);
    last > 0 && words.is_any(last - 1, &[",", "(", "\n", "|"]) && words.is_number(last) && ends(unit + 1)
}

/// Whether what follows `94 F` is told of a person, not of a temperature.
fn is_person(words: &Words<'_>, at: usize) -> bool {
    words.is_any(
        at,
        &[
            "from",
            "with",
            "w",
            "who",
            "presents",
            "presenting",
            "presented",
            "admitted",
            "here",
            "lives",
            "found",
            "s",
            "c",
            "brought",
            "bib",
            "h",
        ],
    )
}

/// Whether a number opens its line, sentence or parenthesis, or follows an article.
fn starts_line(words: &Words<'_>, at: usize) -> bool {
    at == 0 || words.is_any(at - 1, &["\n", ".", ",", "(", ":", "a", "an", "this", "|", ";"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::marked;

    #[track_caller]
    fn check(expected: &str) {
        marked::check(expected, |text| {
            let mut findings = Vec::new();
            find(&Words::cut(text), None, &mut findings);
            findings
        });
    }

    #[test]
    fn ninety_and_more() {
        check("a ⟦94⟧-year-old man, ⟦102⟧ yo, aged ⟦ninety-four⟧, ⟦91⟧F with falls, ⟦93⟧ y/o, age ⟦90⟧");
        check("She is ⟦97⟧. He turned ⟦one hundred and two⟧. Alter: ⟦95⟧, ⟦96⟧ años, ⟦92⟧ Jahre");
        check("he's ⟦91⟧, 58 kg; my gran's ⟦93⟧ and lives alone; I'm ⟦94⟧ and live alone");
        check(
            "Mamie Thibodeaux, ⟦ninety eight⟧, lives alone. Mr. Okoro, ⟦92⟧, fell. Sats were 95, 96, 97, HR 94, 95, 93",
        );
        check("Pt is a ⟦ninety two⟧ year old; at the age of ⟦91⟧; ⟦99⟧ years of age; ⟦95⟧yo");
    }

    #[test]
    fn sex_signs_and_remarks() {
        check(
            "(F, ⟦94⟧), M/⟦92⟧ from home, ⟦91⟧♀, Age:⟦93⟧, age ⟦90⟧+, she will be ⟦95⟧ in May; Mr Ode, ⟦94⟧ yrs, fell",
        );
    }

    #[test]
    fn younger_or_no_age() {
        check("Temp 98.6 F/99 at noon, BP: 94, EF/90, (A, 94), T:99, follow-up 95 years later, T 98 F, ratio M/F 95");
        check("an 89-year-old, aged 45, HR 94, sat 96% on RA, 98 F, BP 120/94, 95 mg, 94 days, 99 bottles, 100 units");
        check("INR 2.1, 90 percent of patients, ninety minutes, weight is 95 kg");
    }
}
