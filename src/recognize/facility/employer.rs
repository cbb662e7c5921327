//! Employers and schools by what stands before them.

use super::{Found, proper};
use crate::entity::EntityType;
use crate::recognize::dictionary::{Kind as List, Lexicon};
use crate::recognize::word::{Class, WordSet, Words};

/// `works at X`, `employed by X`, `attends X`, `student at X`.
pub(super) fn employer(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    static WORK: WordSet = WordSet::of(&[
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
        "nights",
        "incarcerated",
        "inmate",
        "jailed",
        "imprisoned",
        "detained",
        "stationed",
        "deployed",
        "served",
        "enlisted",
        "coaches",
        "interns",
        "preaches",
        "chef",
        "pilot",
        "guard",
        "barista",
        "waitress",
        "plumber",
        "electrician",
        "mechanic",
        "carpenter",
        "lineman",
        "dispatcher",
    ]);
    if !proper(words, at) || at == 0 {
        return None;
    }
    // `at the Kroger on Main`.
    let link = if words.is(at - 1, "the") && at > 1 { at - 2 } else { at - 1 };
    let direct =
        words.is_any(link, &["attends", "attended", "attending"]) && !words.is_any(at, &["Dr", "MD", "Physician"]);
    let label = words.is_any(link, &[":", "="])
        && link > 0
        && words.is_any(link - 1, &["employer", "school", "company", "workplace", "organization", "organisation"]);
    let linked = words.is_any(link, &["at", "for", "by", "from", "with", "@"])
        && (1..=5).any(|steps| words.before(link, steps).is_some_and(|place| words.is_in(place, &WORK)));
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
