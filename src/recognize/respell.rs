//! Reads a text as its writer meant it where a scanner or a habit of spacing disguised the words: `J0hn`, `O3/l4/1938`,
//! `J o h n  S m i t h`, `5 5 5 - 0 1 9 9`. What is found in this reading is added to what the text itself shows.

use super::View;
use super::view::Builder;
use crate::text::Span;

/// From how many single characters in a row on a text counts as spaced out.
const SPACED_MIN: usize = 5;

/// The view respelled; none where nothing in it looks disguised.
pub fn respell(text: &str) -> Option<View> {
    if !looks_disguised(text) {
        return None;
    }
    let mut words: Vec<Word> = words(text).map(|span| Word { span, reading: Reading::AsWritten }).collect();
    mark_spaced(text, &mut words);
    let mut noisy = false;
    for word in &mut words {
        if word.reading == Reading::AsWritten {
            word.reading = reading(word.span.of(text));
            noisy |= matches!(word.reading, Reading::Digits | Reading::Letters);
        }
    }
    if words.iter().all(|word| word.reading == Reading::AsWritten) {
        return None;
    }
    Some(write(text, &words, noisy))
}

/// Whether a word is one that is read otherwise by itself, or one of many single characters.
fn looks_disguised(text: &str) -> bool {
    let mut singles = 0;
    words(text).any(|span| {
        let word = span.of(text);
        singles = if single(word) { singles + 1 } else { 0 };
        singles >= SPACED_MIN || reading(word) != Reading::AsWritten
    })
}

/// How a word is read by itself.
fn reading(word: &str) -> Reading {
    // Most words have none of the signs and digits without which they are as written.
    let (mut strings, mut digits) = (false, false);
    for byte in word.bytes() {
        strings |= byte >= 0x80 || matches!(byte, b'-' | b'_' | b'.' | b'*' | b'|' | b'~');
        digits |= byte.is_ascii_digit();
    }
    let strung = if strings { strung(word) } else { None };
    match strung {
        Some(sign) => Reading::Strung(sign),
        None if digits => scanned(word),
        None => Reading::AsWritten,
    }
}

/// What stands within dates, numbers and addresses of mail.
const SIGNS: &str = "-/@.:+_()";

struct Word {
    span: Span,
    reading: Reading,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    AsWritten,
    /// Letters stand for digits.
    Digits,
    /// Digits stand for letters.
    Letters,
    /// One character of a spaced word; the space after it is no border.
    Spaced,
    /// The last character of a spaced word.
    SpacedLast,
    /// Every other character is this sign.
    Strung(char),
}

/// Runs between white space.
fn words(text: &str) -> impl Iterator<Item = Span> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        (start < at).then(|| Span::new(start, at))
    })
}

/// A single character, with a comma or a point after it.
fn single(word: &str) -> bool {
    // Most words go on with a letter.
    if word.as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let mut chars = word.chars();
    let first = chars.next().is_some_and(|c| c.is_alphanumeric() || SIGNS.contains(c));
    first && chars.all(|c| matches!(c, ',' | '.'))
}

/// Marks runs of single characters. A wider gap, or a comma, ends a word but not the run.
fn mark_spaced(text: &str, words: &mut [Word]) {
    let mut from = 0;
    while from < words.len() {
        let run = words[from..].iter().take_while(|word| single(word.span.of(text))).count();
        // Within one word of the run, at most one space between the characters.
        let mut start = from;
        while start < from + run {
            let mut end = start + 1;
            while end < from + run && words[end].span.start - words[end - 1].span.end == 1 {
                end += 1;
            }
            let letters = words[start..end].iter().all(|word| word.span.of(text).starts_with(char::is_alphabetic));
            let enough = if letters && run >= SPACED_MIN { 2 } else { SPACED_MIN };
            // `5 / 5 - 4 / 5` are grades: in a spaced word, characters of the word stand side by side.
            let signs = words[start..end].iter().filter(|word| word.span.of(text).starts_with(|c| SIGNS.contains(c)));
            if end - start >= enough && signs.count() * 3 < end - start {
                for word in &mut words[start..end - 1] {
                    word.reading = Reading::Spaced;
                }
                words[end - 1].reading = Reading::SpacedLast;
            }
            start = end;
        }
        from += run.max(1);
    }
}

/// The sign between all characters of a word: `K.o.v.a.c.s`, `8-4-6-2-0-9-1-7`.
fn strung(word: &str) -> Option<char> {
    let sign = word.chars().find(|c| STRINGS.contains(*c))?;
    let core = word.trim_end_matches([',', ';', ':']).trim_matches(sign);
    let every_other = core.chars().enumerate().all(|(at, c)| (at % 2 == 1) == (c == sign));
    (every_other && core.chars().filter(|c| c.is_alphanumeric()).count() >= STRUNG_MIN).then_some(sign)
}

const STRINGS: &str = "-_.*|~·";

/// `U.S.A.`, `1.2.3.4` and `a-b-c` are what they are.
const STRUNG_MIN: usize = 6;

/// What a scanner may have made of a word.
fn scanned(word: &str) -> Reading {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '|');
    if !core.is_ascii() || core.len() < 3 {
        return Reading::AsWritten;
    }
    let digits = core.bytes().filter(u8::is_ascii_digit).count();
    let confused = core.bytes().filter(|&byte| as_digit(byte).is_some()).count();
    let joints = core.bytes().filter(|byte| matches!(byte, b'-' | b'/' | b'.')).count();
    if digits == 0 || confused == 0 && digits == core.len() {
        return Reading::AsWritten;
    }
    // `6l7`; `B12` is a vitamin.
    let within = core.len() == 3 && confused == 1 && as_digit(core.as_bytes()[1]).is_some();
    if confused > 0 && (core.len() >= 4 || within) && digits + confused + joints == core.len() && digits * 2 >= confused
    {
        return Reading::Digits;
    }
    let letters = core.bytes().filter(u8::is_ascii_alphabetic).count();
    let others = core.len() - letters - digits;
    let disguised = core.bytes().all(|byte| !byte.is_ascii_digit() || matches!(byte, b'0' | b'1' | b'5'));
    let ends_in_digit = core.ends_with(|c: char| c.is_ascii_digit());
    let capitals = core.bytes().all(|byte| !byte.is_ascii_lowercase());
    let enough = match capitals {
        // `GLP1RA` is a drug class: in capitals only a zero is a letter.
        true => letters >= 2 && core.bytes().all(|byte| !byte.is_ascii_digit() || byte == b'0'),
        false => letters >= 3 && core.bytes().filter(u8::is_ascii_lowercase).count() * 2 > letters,
    };
    if others == 0 && disguised && !ends_in_digit && enough && letters >= digits * 2 {
        return Reading::Letters;
    }
    Reading::AsWritten
}

fn as_digit(byte: u8) -> Option<char> {
    match byte {
        b'O' | b'o' => Some('0'),
        b'l' | b'I' | b'|' => Some('1'),
        b'S' => Some('5'),
        b'B' => Some('8'),
        b'Z' => Some('2'),
        _ => None,
    }
}

fn as_letter(byte: u8, capital: bool) -> Option<char> {
    match byte {
        b'0' => Some(if capital { 'O' } else { 'o' }),
        b'1' => Some('l'),
        b'5' => Some(if capital { 'S' } else { 's' }),
        _ => None,
    }
}

fn write(text: &str, words: &[Word], noisy: bool) -> View {
    let mut out = Builder::with_capacity(text.len());
    let mut at = 0;
    let mut glued = false;
    for word in words {
        if !glued {
            out.push_same(&text[at..word.span.start], at);
        }
        let written = word.span.of(text);
        let capitals = !written.bytes().any(|byte| byte.is_ascii_lowercase());
        for (offset, c) in written.char_indices() {
            let place = word.span.start + offset;
            let capital = offset == 0 || capitals;
            let read = match (word.reading, u8::try_from(c)) {
                (Reading::Digits, Ok(byte)) => as_digit(byte),
                (Reading::Letters, Ok(byte)) => as_letter(byte, capital),
                _ => None,
            };
            // A scanner that takes letters for digits also takes `m` for `rn`.
            let next = written.as_bytes().get(offset + 1).copied();
            let torn = noisy && word.reading != Reading::Digits && c == 'r' && next == Some(b'n') && offset > 0;
            let mended = noisy && c == 'n' && offset > 1 && written.as_bytes()[offset - 1] == b'r';
            if word.reading == Reading::Strung(c) {
                continue;
            } else if torn {
                out.push('m', Span::new(place, place + 2));
            } else if !mended {
                out.push(read.unwrap_or(c), Span::new(place, place + c.len_utf8()));
            }
        }
        at = word.span.end;
        glued = word.reading == Reading::Spaced;
    }
    out.push_same(&text[at..], at);
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, meant: Option<&str>) {
        assert_eq!(respell(text).as_ref().map(View::text), meant);
    }

    #[test]
    fn scanners_take_letters_for_digits_and_back() {
        check("Seen by J0hn Wi11iams", Some("Seen by John Williams"));
        check("D0B: O3/l4/1938", Some("DOB: 03/14/1938"));
        check("Narne: 5mith, tel 55S-O199", Some("Name: Smith, tel 555-0199"));
    }

    #[test]
    fn codes_and_measures_are_as_written() {
        for text in ["BRCA1, HER2, A1c 7.2, GLP1RA", "H1N1 B12 L5-S1 SpO2 95%", "q12h x3, 10mg, IL10RA", "FEV1 2.1 L"] {
            check(text, None);
        }
    }

    #[test]
    fn spaced_words_are_joined() {
        check("J o h n  S m i t h was seen", Some("John  Smith was seen"));
        check("cell 5 5 5 - 0 1 9 9 now", Some("cell 555-0199 now"));
        check("grade a b c", None);
    }

    #[test]
    fn strung_words_are_joined() {
        check("K.o.v.a.c.s, seen", Some("Kovacs, seen"));
        check("K.o.v.a.c.s seen 0-3-/-1-4-/-1-9-6-1", Some("Kovacs seen 03/14/1961"));
        check("MRN 8_4_6_2_0_9_1_7", Some("MRN 84620917"));
        check("v1.2.3.4, a-b-c, the U.S.A., 5-3-2-1", None);
    }

    #[test]
    fn places_lead_back() {
        let view = respell("x J o h n  S m i t h").expect("spaced");
        let at = view.text().find("Smith").expect("joined");
        assert_eq!(view.origin(Span::new(at, at + 5)), Span::new(11, 20));
    }

    proptest! {
        #[test]
        fn every_place_leads_back_to_a_border(text in "(?s)[A-Za-z0-9 \n,./é-]{0,60}") {
            if let Some(view) = respell(&text) {
                for (at, c) in view.text().char_indices() {
                    let origin = view.origin(Span::new(at, at + c.len_utf8()));
                    prop_assert!(text.is_char_boundary(origin.start) && text.is_char_boundary(origin.end));
                }
            }
        }
    }
}
