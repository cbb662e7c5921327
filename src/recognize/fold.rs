//! Folds a text to the form that recognizers read, with the way back for every byte.
//!
//! What a reader sees as the same becomes the same: compatibility forms, digits of all scripts, look-alike letters in
//! words of mixed script, characters without width, entities, percent-encoding, emphasis and inline tags inside words,
//! words broken at the end of a line. Case, accents and real scripts are kept.

mod escape;
mod lookalike;

use super::View;
use super::view::Builder;
use crate::text::Span;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The folded view of a text.
pub fn fold(text: &str) -> View {
    if !text.bytes().any(needs_a_look) {
        return View::identity(text);
    }
    let view = Folder::over(text, false);
    // Most signs that needed a look were what they are.
    if view.text() == text { View::identity(text) } else { view }
}

/// The view with every escape read, however often it is escaped and whether or not it had to be, and without marks on
/// ASCII: `%4B%6Fvacs`, `&amp;#75;ovacs`, `=4Bovacs`, `K\u{301}ovacs`. None where that changes nothing.
///
/// `95%20` may be a percentage and `a=20` an assignment, so this is a reading beside the text, not in its place.
pub fn unescape(base: &View) -> Option<View> {
    let mut current: Option<View> = None;
    for _ in 0..UNESCAPED {
        let from = current.as_ref().unwrap_or(base);
        if !escape::is_suspect(from.text()) {
            break;
        }
        let next = Folder::over(from.text(), true);
        if next.text() == from.text() {
            break;
        }
        current = Some(next.on(from));
    }
    current
}

/// Levels of escapes that are read.
const UNESCAPED: usize = 4;

/// Bytes without which no step below applies.
fn needs_a_look(byte: u8) -> bool {
    byte >= 0x80
        || is_control(byte)
        || matches!(byte, b'&' | b'%' | b'*' | b'_' | b'\\' | b'<' | b'=' | b'\r')
        || byte == b'-'
}

/// Controls that no format uses as a separator. Nothing is seen of them.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0e..=0x1b | 0x7f)
}

struct Folder<'a> {
    text: &'a str,
    at: usize,
    out: Builder,
    /// The last character written.
    last: char,
    /// Reads what may be an escape as one.
    eager: bool,
}

impl<'a> Folder<'a> {
    fn over(text: &'a str, eager: bool) -> View {
        let out = Builder::with_capacity(text.len());
        let mut folder = Folder { text, at: 0, out, last: '\n', eager };
        folder.run();
        folder.out.finish()
    }

    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            self.plain_run();
            let Some(&byte) = bytes.get(self.at) else { break };
            if byte >= 0x80 {
                self.other();
            } else if needs_a_look(byte) && self.marked(byte) {
                // The step has moved on.
            } else if byte.is_ascii_alphabetic() {
                self.word();
            } else {
                self.push(byte as char, 1);
            }
        }
    }

    /// Writes what needs no look, up to a word that goes on beyond ASCII.
    fn plain_run(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let mut length = rest.iter().position(|&byte| needs_a_look(byte)).unwrap_or(rest.len());
        if rest.get(length).is_some_and(|&byte| byte >= 0x80) {
            length -= rest[..length].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        }
        if let Some(&last) = rest[..length].last() {
            self.out.push_ascii(&self.text[self.at..self.at + length], self.at);
            self.last = last as char;
            self.at += length;
        }
    }

    /// Writes a character that stands for the next bytes.
    fn push(&mut self, c: char, bytes: usize) {
        self.out.push(c, Span::new(self.at, self.at + bytes));
        self.last = c;
        self.at += bytes;
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// A sign that may be markup, an escape or a break; false where it only is what it is.
    fn marked(&mut self, byte: u8) -> bool {
        let decoded = match byte {
            b'&' => escape::entity(self.rest(), self.eager),
            b'%' => escape::percent(self.rest(), self.eager),
            b'\\' => escape::backslash(self.rest()),
            b'=' if self.eager => escape::quoted(self.rest()),
            _ => None,
        };
        if let Some((c, bytes)) = decoded {
            self.push_folded(c, bytes);
            return true;
        }
        let skipped = match byte {
            b'*' | b'_' => self.emphasis(byte),
            b'<' => escape::inline_tag(self.rest()),
            b'-' => self.broken_word(),
            b'=' if self.last.is_alphanumeric() => escape::soft_break(self.rest()),
            b'\r' if self.rest().starts_with("\r\n") => 1,
            byte if is_control(byte) => 1,
            _ => 0,
        };
        self.at += skipped;
        skipped > 0
    }

    /// The length of a run of emphasis signs at the border of a word, or within one.
    fn emphasis(&self, sign: u8) -> usize {
        // A longer run is no emphasis, and counting it at each of its signs would take forever.
        let run = self.rest().bytes().take(EMPHASIS_MAX + 1).take_while(|&byte| byte == sign).count();
        let before = self.last.is_alphanumeric();
        let after = self.rest()[run..].chars().next().is_some_and(char::is_alphanumeric);
        let (before_digit, after_digit) =
            (self.last.is_ascii_digit(), self.rest()[run..].starts_with(|c: char| c.is_ascii_digit()));
        let opens_or_closes = before != after || before && after && sign == b'*' && !(before_digit && after_digit);
        let closes_label = self.last == ':' && !after;
        if run <= EMPHASIS_MAX && (opens_or_closes || closes_label) { run } else { 0 }
    }

    /// `Ko-⏎vacs` is one word; in `555-⏎0134` the hyphen stays.
    fn broken_word(&mut self) -> usize {
        let rest = self.rest().as_bytes();
        let line = rest[1..].iter().position(|byte| !matches!(byte, b'\r' | b' ')).map_or(rest.len(), |at| at + 1);
        if rest.get(line) != Some(&b'\n') {
            return 0;
        }
        let gap = rest[line..]
            .iter()
            .position(|byte| !matches!(byte, b'\n' | b' ' | b'\t'))
            .map_or(rest.len(), |at| line + at);
        if rest[line..gap].iter().filter(|&&byte| byte == b'\n').count() != 1 {
            return 0;
        }
        match rest.get(gap) {
            Some(next) if next.is_ascii_lowercase() && self.last.is_alphabetic() => gap,
            Some(next) if next.is_ascii_digit() && self.last.is_ascii_digit() => {
                self.push('-', 1);
                gap - 1
            }
            _ => 0,
        }
    }

    /// A run of letters: where it mixes scripts, look-alikes become Latin.
    fn word(&mut self) {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let mixed = !rest.as_bytes()[..length].is_ascii() && lookalike::mixes_scripts(&rest[..length]);
        let end = self.at + length;
        while self.at < end {
            let Some(c) = self.rest().chars().next() else { break };
            if c.is_ascii() && self.text.as_bytes().get(self.at + 1).is_none_or(u8::is_ascii) {
                self.push(c, 1);
            } else if let Some(latin) = lookalike::latin(c).filter(|_| mixed) {
                self.push(latin, c.len_utf8());
            } else {
                self.cluster(c);
            }
        }
    }

    /// A character beyond ASCII that does not follow a Latin letter.
    fn other(&mut self) {
        let Some(c) = self.rest().chars().next() else { return };
        if c.is_alphabetic() && lookalike::latin(c).is_some() {
            self.word();
        } else {
            self.cluster(c);
        }
    }

    /// A character with the combining marks after it, in compatibility form.
    fn cluster(&mut self, first: char) {
        if invisible(first) || self.eager && canonical_combining_class(first) != 0 {
            self.at += first.len_utf8();
            return;
        }
        let bare = std::iter::once(first).nfd().next().filter(char::is_ascii);
        if let (true, Some(bare)) = (self.eager, bare) {
            self.push(bare, first.len_utf8());
            return;
        }
        let rest = self.rest();
        let marks: usize = rest[first.len_utf8()..]
            .chars()
            .take_while(|&c| canonical_combining_class(c) != 0)
            .map(char::len_utf8)
            .sum();
        if marks == 0 {
            self.push_folded(first, first.len_utf8());
            return;
        }
        let length = first.len_utf8() + marks;
        let folded: Vec<char> = rest[..length].nfkc().collect();
        let origin = Span::new(self.at, self.at + length);
        for c in folded {
            self.out.push(plain(c), origin);
            self.last = c;
        }
        self.at += length;
    }

    fn push_folded(&mut self, c: char, bytes: usize) {
        if invisible(c) {
            self.at += bytes;
            return;
        }
        let origin = Span::new(self.at, self.at + bytes);
        for c in std::iter::once(c).nfkc() {
            let c = plain(c);
            self.out.push(c, origin);
            self.last = c;
        }
        self.at += bytes;
    }
}

const EMPHASIS_MAX: usize = 3;

/// Characters that have no width or only steer the direction of writing.
fn invisible(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Digits of all scripts, typographic hyphens, quotes and spaces in their ASCII form.
fn plain(c: char) -> char {
    match c {
        _ if c.is_ascii() => c,
        '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '\u{2212}' | '\u{fe63}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{2033}' => '"',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        _ if c.is_whitespace() => ' ',
        _ => digit(c).unwrap_or(c),
    }
}

/// The zeros of scripts whose ten digits stand in a row (Unicode general category Nd).
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040,
    0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0,
    0xaa50, 0xabf0, 0xff10,
];

fn digit(c: char) -> Option<char> {
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&(c as u32)))?;
    char::from_digit(c as u32 - zero, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, folded: &str) {
        assert_eq!(fold(text).text(), folded);
    }

    #[test]
    fn what_looks_the_same_becomes_the_same() {
        check("Ｍａｒｉａ ５５５", "Maria 555");
        check("٠١٢٣ १२३", "0123 123");
        check("Ma\u{200b}ri\u{ad}a", "Maria");
        check("Mаriа", "Maria"); // Cyrillic а
        check("O\u{2019}Brien", "O'Brien");
        check("Zoe\u{308}", "Zoë");
    }

    #[test]
    fn real_scripts_and_case_stay() {
        check("Мария Иванова", "Мария Иванова");
        check("Γιώργος", "Γιώργος");
        check("JOSÉ", "JOSÉ");
    }

    #[test]
    fn escapes_are_read() {
        check("O&#39;Brien &amp; M&uuml;ller", "O'Brien & Müller");
        check("john%40example.org", "john@example.org");
        check("Jos%C3%A9", "José");
        check(r"caf\u00e9", "café");
        check("SpO2 95% on RA & 98%", "SpO2 95% on RA & 98%");
    }

    #[test]
    fn an_eager_reading_leaves_no_escape() {
        let read = |text: &str| unescape(&fold(text)).map(|view| view.text().to_owned());
        for escaped in [
            "%4B%6F%76%61%63%73 %34%35",
            "Kovacs%252045",
            "Kovacs%25252045",
            "&amp;#75;ov&amp;#97;cs 45",
            "&#75ovacs 45",
            "Kov=61cs=2045",
            "Ko\u{301}va\u{301}cs 4\u{301}5",
        ] {
            assert_eq!(read(escaped).as_deref(), Some("Kovacs 45"), "{escaped}");
        }
        for plain in ["Kovacs 45", "95% of 10%, a = 20", "Zoë & Ko", "x=y"] {
            assert_eq!(read(plain), None, "{plain}");
        }
    }

    #[test]
    fn markup_inside_words_goes() {
        check("**Mar**ia", "Maria");
        check("<b>Mar</b>ia", "Maria");
        check("**Patient:** Maria", "Patient: Maria");
        check("patient_name 2*3 ***-**-1234", "patient_name 2*3 ***-**-1234");
        check("pH < 7 and K > 4", "pH < 7 and K > 4");
    }

    #[test]
    fn broken_words_join() {
        check("Ko-\n  vacs", "Kovacs");
        check("555-\n0134", "555-0134");
        check("- item\n- item", "- item\n- item");
    }

    #[test]
    fn offsets_lead_back() {
        let text = "x <b>Ko</b>v&aacute;cs";
        let view = fold(text);
        assert_eq!(view.text(), "x Kovács");
        assert_eq!(view.origin(Span::new(2, 9)).of(text), "Ko</b>v&aacute;cs");
    }

    proptest! {
        #[test]
        fn every_place_leads_back_to_a_border(text in "(?s).{0,60}") {
            let view = fold(&text);
            for (at, c) in view.text().char_indices() {
                let origin = view.origin(Span::new(at, at + c.len_utf8()));
                prop_assert!(text.is_char_boundary(origin.start) && text.is_char_boundary(origin.end));
            }
        }

        #[test]
        fn plain_text_stays(text in "[A-Za-z0-9 .,:;\n]{0,60}") {
            let view = fold(&text);
            prop_assert_eq!(view.text(), text);
        }
    }
}
