//! How much a word speaks for being part of a name, and how much against.

use super::page::{Line, Page, Word};
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::Shape;

/// Points for a word as part of a name: above zero for, below against. A single frequent given name reaches the
/// threshold of [`super::run`] on its own; a frequent surname that is no other word nearly does.
pub(super) fn weight(page: &Page<'_>, at: usize) -> i32 {
    let word = &page.words[at];
    let shape = word.shape();
    let entry = word.entry;
    let (given, surname) =
        (i32::from(entry.given()).max(if word.has(List::Nickname) { 4 } else { 0 }), i32::from(entry.surname()));
    let mut points = if given + surname > 0 {
        (2 * given).max(surname + surname / 2)
    } else if entry.is_known() {
        0
    } else if page.german {
        unknown(page.str(at)).min(0)
    } else {
        unknown(page.str(at)) - if page.foreign { 3 } else { 0 }
    };
    if page.german && given < 4 && surname < 6 {
        points -= 4;
    }
    // `D'Angelo`, `O'Shaughnessy`: no other word is written so.
    if shape == Some(Shape::Capital) && joined_capital(page.str(at)) {
        points += 4;
    }
    points -= against(word, given, surname, page.german);
    match shape {
        Some(Shape::Lower) => points -= 6,
        Some(Shape::Upper) if word.line != Line::Upper => {
            points -= if page.str(at).len() <= 4 { 8 } else { 2 };
        }
        // `d'Entremont`
        Some(Shape::Mixed) if joined_capital(page.str(at)) => points += 4,
        Some(Shape::Mixed) => points -= 8,
        Some(Shape::Capital) if word.line == Line::Mixed && !page.foreign && !page.starts_sentence(at) => points += 3,
        _ => {}
    }
    points
}

/// Whether a capital follows an apostrophe near the start.
pub(super) fn joined_capital(word: &str) -> bool {
    word.find(['\'', '’'])
        .filter(|at| (1..=3).contains(at))
        .is_some_and(|at| word[at..].chars().nth(1).is_some_and(char::is_uppercase))
}

/// Points against: what else the word is.
fn against(word: &Word, given: i32, surname: i32, german: bool) -> i32 {
    let entry = word.entry;
    let common = COMMON[usize::from(entry.common())];
    let clinical = match entry.grade(List::Clinical) {
        0 => 0,
        1..=2 => 3,
        3..=5 => 5,
        _ => 8,
    };
    let mut points = common.max(clinical);
    if word.has(List::Drug) && given < 6 {
        points = points.max(8);
    }
    for (list, cost) in [
        (List::Region, 10),
        (List::Calendar, 14),
        (List::Header, 8),
        (List::Facility, 9),
        (List::Function, if german { 14 } else { 6 }),
        (List::Public, 9),
        (List::Patient, 12),
        (List::Staff, 12),
        (List::Kin, 12),
    ] {
        if word.has(list) {
            points = points.max(cost);
        }
    }
    if word.has(List::Eponym) {
        points += if given >= 6 { 1 } else { 6 };
    }
    if word.has(List::Abbreviation) && word.shape() == Some(Shape::Upper) {
        points = points.max(14);
    }
    let city = i32::from(entry.grade(List::City));
    // A city that is also a name counts half.
    points + if city > 0 { (city + 2).min(if given >= 6 { 1 } else { 8 }) } else { 0 }
        - i32::from(surname >= 8 && common == 0)
}

/// Points against by how common the word is.
const COMMON: [i32; 10] = [0, 2, 3, 4, 6, 7, 9, 11, 14, 17];

/// A word that no list has may be a rare name, more so with an ending that surnames have.
pub(in crate::recognize) fn unknown(word: &str) -> i32 {
    let letters = word.chars().count();
    if letters < 3 {
        return 0;
    }
    let bytes = word.as_bytes();
    let ends = |endings: &[&str]| {
        endings.iter().any(|ending| {
            bytes.len() > ending.len() + 2
                && bytes[bytes.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
        })
    };
    match () {
        () if ends(CLINICAL_ENDINGS) => -6,
        () if ends(SURNAME_ENDINGS) => 7,
        () => 4,
    }
}

const SURNAME_ENDINGS: &[&str] = &[
    "ova", "ov", "ev", "eva", "ski", "ska", "sky", "skaya", "czyk", "wicz", "vich", "vic", "ić", "ič", "enko", "yan",
    "ian", "oglu", "sson", "sen", "son", "dottir", "ez", "es", "berg", "stein", "mann", "bauer", "meier", "huber",
    "elli", "etti", "ini", "ino", "poulos", "idis", "akis", "wala", "kar", "nathan", "murthy", "swamy", "singh",
    "gaard", "strom", "quist", "qvist", "lund", "ström", "ak", "ek", "nen", "la",
];

const CLINICAL_ENDINGS: &[&str] = &[
    "itis", "globin", "osis", "emia", "aemia", "oma", "omas", "pathy", "ectomy", "otomy", "ostomy", "plasty", "scopy",
    "graphy", "gram", "algia", "uria", "plegia", "paresis", "phasia", "trophy", "penia", "cyte", "cytes", "mab", "nib",
    "pril", "sartan", "statin", "olol", "azole", "cillin", "mycin", "micin", "floxacin", "cycline", "vir", "ine",
    "ide", "ate", "one", "ole", "ium", "ics", "ical", "ology", "ologist", "ase", "zumab", "tion", "ing", "ness",
    "ment", "able", "ally", "ous", "ism", "ist", "like", "centesis", "racic", "gular", "cardial", "cephalic",
];
