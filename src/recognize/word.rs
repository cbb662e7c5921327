//! Cuts a text into words, numbers and signs, each word with what the grammars know of it.

mod set;
mod table;

use super::dictionary;
use crate::text::Span;
pub use set::WordSet;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;
use table::WORDS;

/// A text in pieces. Spaces are not pieces; line breaks are.
pub struct Words<'a> {
    pub text: &'a str,
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// The value of a number of up to nine digits, of a number word, or of a month.
    pub value: u32,
    pub class: Class,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// ASCII digits only.
    Number,
    /// One character that is neither, or a line break.
    Sign,
}

/// What the grammars know of a word: a set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class(u32);

impl Class {
    pub const MONTH: Self = Self(1);
    /// A month's name of another language that is short: it stands after its day or before its year.
    pub const FOREIGN_MONTH: Self = Self(1 << 20);
    /// A month's name that is an ordinary word or a person's name too (`may`, `march`, `mar`).
    pub const AMBIGUOUS_MONTH: Self = Self(1 << 1);
    pub const WEEKDAY: Self = Self(1 << 2);
    /// `first` to `thirty-first`, in parts.
    pub const ORDINAL: Self = Self(1 << 3);
    pub const CARDINAL: Self = Self(1 << 4);
    /// `st`, `nd`, `rd`, `th` after a number.
    pub const SUFFIX: Self = Self(1 << 5);
    pub const SEASON: Self = Self(1 << 7);
    pub const STREET: Self = Self(1 << 8);
    /// A street word that is also an ordinary one (`way`, `place`), or short (`st`, `dr`).
    pub const WEAK_STREET: Self = Self(1 << 9);
    pub const DIRECTION: Self = Self(1 << 10);
    pub const FACILITY: Self = Self(1 << 11);
    pub const COMPANY: Self = Self(1 << 12);
    pub const SCHOOL: Self = Self(1 << 13);
    pub const UNIT: Self = Self(1 << 14);
    pub const STATE: Self = Self(1 << 15);
    pub const ROOM: Self = Self(1 << 16);
    /// Articles, prepositions, pronouns, common verbs: never part of a name.
    pub const FUNCTION: Self = Self(1 << 17);
    pub const PLACE_WORD: Self = Self(1 << 18);
    /// Words of hospital units and generic facilities (`emergency`, `general`, `rehab`).
    pub const GENERIC: Self = Self(1 << 19);

    /// A word with which a box, a route, a room, an apartment or a street of another language may start.
    pub const ADDRESS: Self = Self(1 << 21);
    /// A word that tells the kind of an organisation, or starts the words that do.
    pub const KIND: Self = Self(1 << 22);
    /// The first word of the name of a facility that everyone knows.
    pub const KNOWN: Self = Self(1 << 23);
    /// A digit in words.
    pub const DIGIT: Self = Self(1 << 24);
    /// A word with which the name of a feast may start.
    pub const FEAST: Self = Self(1 << 25);
    /// A word after which a month and a day often stand (`clinic 3/4`).
    pub const DATE_CUE: Self = Self(1 << 26);
    /// A word after which nothing but a date looks like one (`discharged 3/4`, `due 10/10`).
    pub const DATE_EVENT: Self = Self(1 << 27);
    /// A word of scores, fractions and doses, which look like a month and a day (`strength 4/5`).
    pub const SCALE: Self = Self(1 << 28);

    pub fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl<'a> Words<'a> {
    pub fn cut(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut pieces = Vec::with_capacity(text.len() / 4);
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            let byte = bytes[at];
            if byte == b' ' || byte == b'\t' || byte == b'\r' {
                at += 1;
                continue;
            }
            if byte.is_ascii_digit() {
                at += bytes[at..].iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len() - at);
                let value = if at - start <= 9 { text[start..at].parse().unwrap_or(0) } else { 0 };
                pieces.push(Piece { start, end: at, kind: Kind::Number, value, class: Class::default() });
            } else if let Some(end) = word_end(text, at) {
                at = end;
                let (class, value) = known(&text[start..at]);
                pieces.push(Piece { start, end: at, kind: Kind::Word, value, class });
            } else {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                pieces.push(Piece { start, end: at, kind: Kind::Sign, value: 0, class: Class::default() });
            }
        }
        Self { text, pieces }
    }

    pub fn piece(&self, at: usize) -> Option<Piece> {
        self.pieces.get(at).copied()
    }

    /// The text of a piece; empty past the ends.
    #[inline]
    pub fn str(&self, at: usize) -> &'a str {
        self.pieces.get(at).map_or("", |piece| &self.text[piece.start..piece.end])
    }

    #[inline]
    fn bytes(&self, at: usize) -> &'a [u8] {
        self.pieces.get(at).and_then(|piece| self.text.as_bytes().get(piece.start..piece.end)).unwrap_or_default()
    }

    #[inline]
    fn first(&self, at: usize) -> Option<u8> {
        self.pieces.get(at).map(|piece| self.text.as_bytes()[piece.start])
    }

    #[inline]
    pub fn class(&self, at: usize) -> Class {
        self.pieces.get(at).map_or(Class::default(), |piece| piece.class)
    }

    #[inline]
    pub fn is_word(&self, at: usize) -> bool {
        self.pieces.get(at).is_some_and(|piece| piece.kind == Kind::Word)
    }

    pub fn is_number(&self, at: usize) -> bool {
        self.pieces.get(at).is_some_and(|piece| piece.kind == Kind::Number)
    }

    /// A number of so many digits at most, with its value.
    pub fn number(&self, at: usize, digits: usize) -> Option<u32> {
        self.pieces
            .get(at)
            .filter(|piece| piece.kind == Kind::Number && piece.end - piece.start <= digits)
            .map(|piece| piece.value)
    }

    pub fn digits(&self, at: usize) -> usize {
        self.pieces.get(at).filter(|piece| piece.kind == Kind::Number).map_or(0, |piece| piece.end - piece.start)
    }

    /// Whether no space stands between a piece and the next.
    pub fn glued(&self, at: usize) -> bool {
        match (self.pieces.get(at), self.pieces.get(at + 1)) {
            (Some(piece), Some(next)) => piece.end == next.start,
            _ => false,
        }
    }

    #[inline]
    pub fn is(&self, at: usize, word: &str) -> bool {
        same(self.bytes(at), word.as_bytes())
    }

    #[inline]
    pub fn is_any(&self, at: usize, words: &[&str]) -> bool {
        let this = self.bytes(at);
        words.iter().any(|word| same(this, word.as_bytes()))
    }

    /// Whether a word starts with a capital.
    #[inline]
    pub fn capital(&self, at: usize) -> bool {
        match self.first(at) {
            Some(first) if first.is_ascii() => first.is_ascii_uppercase(),
            _ => self.str(at).starts_with(char::is_uppercase),
        }
    }

    #[inline]
    pub fn lower(&self, at: usize) -> bool {
        match self.first(at) {
            Some(first) if first.is_ascii() => first.is_ascii_lowercase(),
            _ => self.str(at).starts_with(char::is_lowercase),
        }
    }

    /// The span from one piece to another, both included.
    pub fn span(&self, first: usize, last: usize) -> Span {
        Span::new(self.pieces[first].start, self.pieces[last].end)
    }

    /// The word so many words before a piece, over signs but not over a line break or the end of a sentence.
    pub fn before(&self, at: usize, steps: usize) -> Option<usize> {
        let mut at = at;
        for _ in 0..steps {
            at = at.checked_sub(1)?;
            while self.pieces[at].kind == Kind::Sign {
                if matches!(self.str(at), "\n" | ";") {
                    return None;
                }
                at = at.checked_sub(1)?;
            }
        }
        Some(at)
    }
}

/// Whether two words are one but for case. Grammars ask this of long lists, and most words differ in length or in
/// their first letter.
#[inline]
fn same(this: &[u8], word: &[u8]) -> bool {
    this.len() == word.len()
        && this.first().zip(word.first()).is_none_or(|(a, b)| (a ^ b) & !0x20 == 0)
        && this.eq_ignore_ascii_case(word)
}

/// The end of a run of letters (with combining marks, which folding leaves only where nothing composes).
fn word_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        if bytes[at].is_ascii_alphabetic() {
            at += 1;
        } else if bytes[at] >= 0x80 {
            let c = text[at..].chars().next()?;
            if !c.is_alphabetic() {
                break;
            }
            at += c.len_utf8();
        } else {
            break;
        }
    }
    (at > from).then_some(at)
}

fn known(word: &str) -> (Class, u32) {
    const LONGEST: usize = 20;
    if word.len() > LONGEST {
        return Default::default();
    }
    if word.is_ascii() {
        let mut lower = [0; LONGEST];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        return std::str::from_utf8(lower).ok().and_then(|lower| VOCABULARY.get(lower)).copied().unwrap_or_default();
    }
    VOCABULARY.get(word.to_lowercase().as_str()).copied().unwrap_or_default()
}

/// The hash of the word lists: the words are ours, so that nobody can choose them to collide.
#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= dictionary::hash(bytes);
    }

    /// The end of a string.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

type Vocabulary = HashMap<&'static str, (Class, u32), BuildHasherDefault<WordHasher>>;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary::default();
    let mut add = |word: &'static str, class: Class, value: u32| {
        let entry = vocabulary.entry(word).or_default();
        entry.0 = entry.0.with(class);
        if value > 0 {
            entry.1 = value;
        }
    };
    for &(value, words) in MONTHS {
        for word in words.split(' ') {
            add(word, Class::MONTH, value);
        }
    }
    for word in AMBIGUOUS_MONTHS.split(' ') {
        add(word, Class::AMBIGUOUS_MONTH, 0);
    }
    for word in FOREIGN_MONTHS.split(' ') {
        add(word, Class::FOREIGN_MONTH, 0);
    }
    for &(value, cardinal, ordinal) in NUMBERS {
        if !cardinal.is_empty() {
            add(cardinal, Class::CARDINAL, value);
        }
        if !ordinal.is_empty() {
            add(ordinal, Class::ORDINAL, value);
        }
    }
    for known in super::facility::KNOWN.iter() {
        add(known.first(), Class::KNOWN, 0);
    }
    for word in super::date::feast_starts() {
        add(word, Class::FEAST, 0);
    }
    for (class, words) in WORDS {
        for word in words.split_whitespace() {
            add(word, *class, 0);
        }
    }
    vocabulary
});

/// Months in English, Spanish, German, French, Italian, Dutch, Portuguese, Welsh, Polish, Turkish and Nordic languages.
const MONTHS: &[(u32, &str)] = &[
    (1, "january jan enero ene januar jänner janvier janv gennaio januari janeiro janúar ionawr stycznia styczeń ocak"),
    (
        2,
        "february feb febrero febr februar février févr febbraio februari fevereiro fev febrúar chwefror lutego luty şubat",
    ),
    (3, "march mar marzo märz mrz mars maart mrt março marts mawrth marca marzec"),
    (4, "april apr abril abr avril avr aprile apríl ebrill kwietnia kwiecień nisan"),
    (5, "may mayo mai maggio mei maio maj maí mayıs maja"),
    (6, "june jun junio juni juin giugno junho júní mehefin czerwca czerwiec haziran"),
    (7, "july jul julio juli juillet juil luglio julho júlí gorffennaf lipca lipiec temmuz"),
    (8, "august aug agosto ago août aout augustus augusti ágúst awst sierpnia sierpień ağustos"),
    (9, "september sept sep septiembre setiembre septembre settembre setembro medi września wrzesień eylül"),
    (10, "october oct octubre oktober okt octobre ottobre outubro október hydref października październik ekim"),
    (11, "november nov noviembre novembre novembro nóvember tachwedd listopada listopad kasım"),
    (
        12,
        "december dec diciembre dic dezember dez décembre déc dicembre dezembro desember rhagfyr grudnia grudzień aralık",
    ),
];

const AMBIGUOUS_MONTHS: &str = "may march mar jan jun jul sep sept dec oct nov feb apr aug mars mai ago abr dic set out okt dez mei ene fev mrt mrz avr";

const FOREIGN_MONTHS: &str = "ene fev fevr févr avr mai maj medi luty nisan ocak ekim mayo mei juin juil ago août out set dic dez okt mrt mrz giu lug gen mag ott";

const NUMBERS: &[(u32, &str, &str)] = &[
    (1, "one", "first"),
    (2, "two", "second"),
    (3, "three", "third"),
    (4, "four", "fourth"),
    (5, "five", "fifth"),
    (6, "six", "sixth"),
    (7, "seven", "seventh"),
    (8, "eight", "eighth"),
    (9, "nine", "ninth"),
    (10, "ten", "tenth"),
    (11, "eleven", "eleventh"),
    (12, "twelve", "twelfth"),
    (13, "thirteen", "thirteenth"),
    (14, "fourteen", "fourteenth"),
    (15, "fifteen", "fifteenth"),
    (16, "sixteen", "sixteenth"),
    (17, "seventeen", "seventeenth"),
    (18, "eighteen", "eighteenth"),
    (19, "nineteen", "nineteenth"),
    (20, "twenty", "twentieth"),
    (30, "thirty", "thirtieth"),
    (40, "forty", "fortieth"),
    (50, "fifty", "fiftieth"),
    (60, "sixty", "sixtieth"),
    (70, "seventy", "seventieth"),
    (80, "eighty", "eightieth"),
    (90, "ninety", "ninetieth"),
    (100, "hundred", "hundredth"),
    (1000, "thousand", "thousandth"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_words_numbers_and_signs() {
        let words = Words::cut("Märch 3rd,\n12/4");
        let cut: Vec<&str> = (0..words.pieces.len()).map(|at| words.str(at)).collect();
        assert_eq!(cut, ["Märch", "3", "rd", ",", "\n", "12", "/", "4"]);
        assert!(words.class(2).is(Class::SUFFIX) && words.glued(1) && !words.glued(0));
        assert_eq!(Words::cut("März").pieces[0].value, 3);
    }
}
