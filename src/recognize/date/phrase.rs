//! Where a phrase ends, so that `the 12th` before it stands for a day.

use crate::recognize::word::{Class, Words};

/// Whether a phrase ends at a place, so that `the 12th` before it stands for a day.
pub fn ends_phrase(words: &Words<'_>, at: usize) -> bool {
    const AFTER: &[&str] = &[
        "and",
        "at",
        "with",
        "for",
        "to",
        "in",
        "but",
        "then",
        "when",
        "she",
        "he",
        "we",
        "i",
        "they",
        "by",
        "if",
        "so",
        "because",
        "which",
        "after",
        "before",
        "via",
        "per",
        "from",
        "was",
        "is",
        "of",
        "or",
        "until",
        "where",
        "as",
        "through",
        "were",
        "without",
        "patient",
        "pt",
        "following",
        "due",
        "around",
        "about",
        "will",
        "has",
        "had",
        "that",
        "showed",
        "shows",
        "she's",
    ];
    let Some(piece) = words.piece(at) else { return true };
    match words.str(at) {
        // `the 3rd and 4th intercostal space`
        "and" | "or" | "to" | "-" if words.is_number(at + 1) && words.class(at + 2).is(Class::SUFFIX) => {
            ends_phrase(words, at + 3)
        }
        "," | "." | ";" | "\n" | ")" | "(" | "!" | "?" | ":" | "\"" | "&" => true,
        "-" | "/" => false,
        _ if words.class(at).is(Class::CARDINAL) || words.is_number(at) => false,
        word => {
            let of = word.eq_ignore_ascii_case("of");
            let counted = of && !words.is_any(at + 1, &["this", "last", "next", "each", "every", "the"]);
            let _ = piece;
            !counted && AFTER.iter().any(|after| after.eq_ignore_ascii_case(word)) || words.class(at).is(Class::WEEKDAY)
        }
    }
}
