//! Reads apart what is written without borders: `mrn_48392017_scan`, `cb+16175550142cb`, `x_jane.roe@mail.org_y`.
//!
//! Numbers and addresses are told by what stands beside them, and a letter or a line below at their side hides them. A
//! run of random letters and digits has more borders than anybody writes and is left as it is.

use super::View;
use super::view::Builder;
use crate::text::Span;

/// The glued words of a text, each on a line and with blanks at their borders; none where there are none.
pub fn apart(text: &str) -> Option<View> {
    let mut out: Option<Builder> = None;
    for word in text.split(|c: char| c.is_whitespace() || c == '"').filter(|word| is_glued(word)) {
        let out = out.get_or_insert_with(|| Builder::with_capacity(word.len() * 2));
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let mut before = ' ';
        for (at, c) in word.char_indices() {
            let place = Span::new(start + at, start + at + c.len_utf8());
            if is_border(before, c) {
                out.push(' ', Span::new(place.start, place.start));
            }
            out.push(if c == '_' { ' ' } else { c }, place);
            before = c;
        }
        out.push('\n', Span::new(start + word.len(), start + word.len()));
    }
    out.map(Builder::finish)
}

/// Whether a word has an address or the digits of a number, and few borders, which are not all signs.
fn is_glued(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.len() > LONGEST || digits < FEWEST && !(word.contains('@') && word.contains('_')) {
        return false;
    }
    let mut borders = 0;
    let mut before = ' ';
    for c in word.chars() {
        borders += usize::from(is_border(before, c) || c == '_');
        before = c;
    }
    (1..=MOST).contains(&borders)
}

/// A letter beside a digit, a capital after a small letter.
fn is_border(before: char, c: char) -> bool {
    before.is_alphabetic() && c.is_ascii_digit()
        || before.is_ascii_digit() && c.is_alphabetic()
        || before.is_lowercase() && c.is_uppercase()
}

/// The digits of a record number.
const FEWEST: usize = 6;
const MOST: usize = 6;
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(apart(text).as_ref().map(View::text), expected, "{text}");
    }

    #[test]
    fn borders_are_where_letters_meet_digits() {
        check("see mrn_48392017_scan now", Some("mrn 48392017 scan\n"));
        check("v617.555.0142v", Some("v 617.555.0142 v\n"));
        check("patientMrn48392017 and cb+16175550142cb", Some("patient Mrn 48392017\ncb+16175550142 cb\n"));
        check("x_jane.roe@mail.org_y", Some("x jane.roe@mail.org y\n"));
    }

    #[test]
    fn words_numbers_and_random_runs_stay_whole() {
        for text in ["MRN 48392017", "getUserName", "call_a8F3k29ZqLm02pX7", "B12 and SpO2", "2024-01-02"] {
            check(text, None);
        }
    }

    #[test]
    fn what_is_read_apart_leads_back() {
        let text = "see mrn_48392017_scan";
        let view = apart(text).expect("it is glued");
        let at = view.text().find("48392017").expect("the number");
        assert_eq!(view.origin(Span::new(at, at + 8)).of(text), "48392017");
    }
}
