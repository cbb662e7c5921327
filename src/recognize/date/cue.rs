//! The words before two numbers that say whether they are a month and a day.

use crate::recognize::word::{Class, Words};

/// Whether the words before a piece say that a date follows.
pub fn announced(words: &Words<'_>, at: usize) -> bool {
    event(words, at) || near(words, at).is_some_and(|one| words.class(one).is(Class::DATE_CUE))
}

/// Whether nothing but a date follows the words before a piece: `hearing 9/9`, `Tues 4/5`, `s/p CABG 2-15`.
pub fn event(words: &Words<'_>, at: usize) -> bool {
    if words.before(at, 1).is_some_and(|one| words.class(one).is(Class::WEEKDAY)) {
        return true;
    }
    let slashed = |one: usize, letters: (&str, &str)| {
        one >= 2 && words.is(one, letters.1) && words.str(one - 1) == "/" && words.is(one - 2, letters.0)
    };
    // In a text that is not in capitals, `OR` is the operating room.
    let theatre = |one: usize| {
        let around = one.saturating_sub(8)..one;
        words.str(one) == "OR" && !(one > 0 && words.is_number(one - 1)) && around.into_iter().any(|at| words.lower(at))
    };
    // `last BM 5/5`; a `last score 7/10` is none.
    let latest = |one: usize| {
        (!words.class(one).is(Class::SCALE)
            || words.is_any(one, &["dose", "hd", "level", "levels", "lead", "cultures"]))
            && one > 0
            && words.is_any(one - 1, &["last", "next", "prior", "previous", "prev"])
    };
    // `discharged on 5/5`, `alta a 2/5`, `hearing is 9/9`.
    let linked = |one: usize| {
        words.is_any(
            one,
            &["a", "em", "on", "is", "was", "for", "to", "el", "il", "le", "am", "around", "set", "dia", "día", "no"],
        ) && near(words, one).is_some_and(|two| words.class(two).is(Class::DATE_EVENT))
    };
    near(words, at).is_some_and(|one| {
        words.class(one).is(Class::DATE_EVENT)
            || linked(one)
            || latest(one)
            || slashed(one, ("d", "c"))
            || slashed(one, ("f", "u"))
            || theatre(one)
    }) || after_procedure(words, at)
}

/// The word before a piece, with at most a sign between them.
fn near(words: &Words<'_>, at: usize) -> Option<usize> {
    words.before(at, 1).filter(|&one| words.pieces[at].start - words.pieces[one].end <= 3)
}

/// `s/p whipple 2-15`: what was done, and when.
fn after_procedure(words: &Words<'_>, at: usize) -> bool {
    at > 0
        && words.is_word(at - 1)
        && (2..=4).any(|steps| {
            words.before(at, steps).is_some_and(|p| {
                p >= 2 && words.is(p, "p") && words.str(p - 1) == "/" && words.is(p - 2, "s") && words.glued(p - 1)
            })
        })
}
