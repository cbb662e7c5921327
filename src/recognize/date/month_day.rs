//! A month and a day in two numbers, which look like a dose, a score or a ratio too.

use super::announced;
use super::numeric::{Found, is_month_and_day};
use crate::entity::Strength::Weak;
use crate::recognize::word::{Class, Words};

/// `3/14`, `3/4-3/9`: a date, or a dose, a score, a ratio.
pub(super) fn month_and_day(words: &Words<'_>, at: usize, continues: bool) -> Found {
    if !(words.str(at + 1) == "/" && words.glued(at) && words.glued(at + 1)) {
        return None;
    }
    let b = at + 2;
    let (x, y) = (words.number(at, 2)?, words.number(b, 2)?);
    let goes_on =
        words.glued(b) && (words.is_any(b + 1, &["/", "%"]) || words.is_word(b + 1) && !words.is_any(b + 1, &["at"]));
    if !is_month_and_day(x, y) || goes_on {
        return None;
    }
    let prior = at.checked_sub(1).map_or("", |before| words.str(before));
    if !continues && matches!(prior, "/" | "." | "+" | ">" | "<") && words.glued(at - 1) {
        return None;
    }
    // The second part of a range whose first is a date, and the first of one whose second is one.
    let ranged = |from: usize| {
        let joint = words.is_any(from, &["-", "to", "through", "thru", "until", "and"]);
        joint
            && words.number(from + 1, 2).is_some()
            && words.str(from + 2) == "/"
            && words.number(from + 3, 2).is_some()
    };
    let range = ranged(b + 1)
        && words.is_any(b + 1, &["-", "to", "through", "thru"])
        && x <= 12
        && !words.class(b + 5).is(Class::UNIT);
    let padded = words.digits(at) == 2 && words.str(at).starts_with('0')
        || words.digits(b) == 2 && words.str(b).starts_with('0');
    if !continues && vetoed(words, at, b, x, y) {
        return None;
    }
    let starts_entry =
        (at == 0 || matches!(prior, "\n" | "(" | "[" | "*" | "•")) && words.is_any(b + 1, &[":", "-", ")", "]", "–"]);
    let timed = words.is(b + 1, "at") && words.number(b + 2, 2).is_some() || words.is(b + 1, "@") || {
        // `3/14 10:30`
        words.number(b + 1, 2).is_some() && words.str(b + 2) == ":" && words.digits(b + 3) == 2
    };
    let evidence = continues
        || announced(words, at) && !(y == 10 && x <= 10 && words.is_any(at - 1, &["of", "noted", "reported"]))
        || range
        || padded
        || starts_entry
        || timed
        || y > 12 && x <= 12
        || (1..4).any(|back| words.before(at, back).is_some_and(|place| words.str(place) == "on"));
    // `12/5 0700 - assumed care`: an entry of a log with the hour.
    let logged = (at == 0 || prior == "\n" || prior == ".")
        && words.digits(b + 1) == 4
        && words.pieces[b + 1].value < 2400
        && !words.glued(b)
        && !words.class(b + 2).is(Class::UNIT);
    // `Crash 10/6 on the trail.`: no fraction, and the phrase ends or goes on as after a date.
    let fraction = x == y || x * 2 == y || matches!((x, y), (1, 3) | (2, 3) | (1, 4) | (3, 4));
    let own = at > 0
        && words.is_word(at - 1)
        && !words.glued(at - 1)
        && words.piece(b + 1).is_none_or(|_| {
            words.is_any(b + 1, &["on", "at", "with", "w", "after", "for", "in", "due", ".", ",", ";", "\n", ")"])
        })
        && !fraction
        && !(words.is_any(b + 1, &["in"]) && words.is_any(b + 2, &["all", "both", "the"]));
    let evidence = evidence || logged || own;
    // Without evidence, small denominators are fractions and scores.
    (evidence && x <= 12 || x > 12 && announced(words, at)).then_some((b, Weak))
}

/// `letter sent 10-2.`, `on 10-12,`: a month and a day with a hyphen, at the end of a phrase that wants a date.
pub(super) fn hyphenated_day(words: &Words<'_>, at: usize) -> Found {
    let (x, y) = (words.number(at, 2)?, words.number(at + 2, 2)?);
    let joined = words.is(at + 1, "-") && words.glued(at) && words.glued(at + 1);
    let wanted = at > 0
        && words.is_any(at - 1, &["sent", "dated", "on", "dob", "appt", "seen", "admitted", "discharged", "signed"]);
    let ends = words.piece(at + 3).is_none_or(|_| words.is_any(at + 3, &[".", ",", ";", "\n", ")"]))
        && !(words.glued(at + 3) && words.is_number(at + 4));
    (joined && wanted && ends && (1..=12).contains(&x) && (1..=31).contains(&y)).then_some((at + 2, Weak))
}

/// Words near two numbers that say what they are instead.
pub(super) fn vetoed(words: &Words<'_>, at: usize, b: usize, x: u32, y: u32) -> bool {
    const SCALES: &[&str] = &[
        "strength",
        "motor",
        "power",
        "pain",
        "score",
        "scored",
        "scale",
        "grade",
        "graded",
        "murmur",
        "reflexes",
        "reflex",
        "dtr",
        "dtrs",
        "pulses",
        "pulse",
        "gcs",
        "apgar",
        "apgars",
        "mmse",
        "moca",
        "mocha",
        "slums",
        "phq",
        "gad",
        "nihss",
        "stage",
        "rated",
        "rates",
        "rating",
        "severity",
        "intensity",
        "level",
        "levels",
        "criteria",
        "sirs",
        "centor",
        "ratio",
        "vision",
        "acuity",
        "va",
        "q",
        "every",
        "stations",
        "station",
        "mri-ads",
        "gleason",
        "nottingham",
        "bishop",
        "ransom",
        "wells",
        "lead",
        "leads",
        "muscle",
        "mrc",
        "strengths",
        "quality",
        "kps",
        "ecog",
        "epworth",
        "audit",
        "cage",
        "tinetti",
        "berg",
        "braden",
        "morse",
        "nyha",
        "distress",
        "intact",
        "recall",
        "oriented",
        "orientation",
        "sensation",
        "tenderness",
        "drawer",
        "nodes",
        "node",
        "ln",
        "lymph",
        "positive",
        "cores",
        "bottles",
        "bottle",
        "sets",
        "cultures",
        "samples",
        "hs",
        "ns",
        "saline",
        "visual",
        "dose",
        "doses",
        "tab",
        "tabs",
        "tablet",
        "tablets",
        "cup",
        "cups",
        "teaspoon",
        "tsp",
        "approximately",
        "about",
        "items",
        "questions",
        "points",
        "pt",
        "extremities",
        "biceps",
        "triceps",
        "deltoid",
        "quadriceps",
        "grip",
        "flexion",
        "extension",
        "abduction",
        "dorsiflexion",
        "plantarflexion",
        "out",
        "systolic",
        "diastolic",
        "sem",
        "holosystolic",
        "aox",
        "times",
        "inch",
        "inches",
        "strain",
        "liter",
        "borg",
        "dyspnea",
        "rpe",
        "vas",
        "nrs",
        "numeric",
        "analog",
        "worst",
        "currently",
        "best",
        "average",
        "at",
        "fev",
        "bp",
        "hr",
        "amoxicillin",
        "norvasc",
        "percocet",
        "vicodin",
        "norco",
        "hydrocodone",
        "oxycodone",
        "acetaminophen",
        "tylenol",
        "metformin",
        "insulin",
        "mix",
        "novolog",
        "humulin",
        "humalog",
        "advair",
        "symbicort",
        "bipap",
        "cpap",
        "ipap",
        "lisinopril",
        "bisoprolol",
        "losartan",
        "hctz",
        "ziac",
    ];
    let near = |place: Option<usize>| place.is_some_and(|place| words.is_any(place, SCALES));
    let before = (1..=3).any(|steps| {
        near(words.before(at, steps))
            && !(steps > 1 && announced(words, at))
            && !words.before(at, steps).is_some_and(|place| words.is(place, "at") && steps > 1)
    });
    let after = (1..=2).any(|steps| {
        let place = b + steps;
        near(Some(place))
            && !words.is_any(place, &["at", "pt", "about", "currently", "out"])
            && (steps == 1 || words.is_word(b + 1))
    });
    let unit =
        words.class(b + 1).is(Class::UNIT) && !words.is_any(b + 1, &["in", "am", "pm", "m", "c", "f", "w", "x", "h"]);
    // `5/5`, `20/20`: a full score; `1/2`, `3/4`: fractions, unless announced.
    let full = x == y && !announced(words, at) && !words.is_any(b + 1, &["@"]);
    let scale_name = at >= 2 && words.is_number(at - 1) && words.str(at - 2) == "-";
    let of_ten = y == 10
        && !words.is_any(at.wrapping_sub(1), &["on", "dated", "since", "until", "from", "by"])
        && !words.class(at.wrapping_sub(1)).is(Class::WEEKDAY);
    before || after || unit || full || scale_name || of_ten
}
