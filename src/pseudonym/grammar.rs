//! The one grammar of pseudonyms, as written and as mangled, for the restorer and for finding look-alikes.
//!
//! In brackets (square, of other scripts, angle): any case, blanks and emphasis inside, `_`, `-` or a blank between
//! label and number, `'s` before the end. Without brackets: upper case and `_` only, as a word of its own. Nothing is
//! guessed: a number is the number, a label the label.

use super::unit::{Flavour, Unit, unit_at};
use super::{DAY, FORM_LETTERS, Pseudonym, form};

/// Which pseudonyms there are. Prefixes tell how long a text must be held back.
pub trait Vocabulary {
    /// Whether some label starts so; upper case.
    fn label_may_start(&self, prefix: &str) -> bool;
    fn is_label(&self, label: &str) -> bool;
    /// Whether some number under this label starts with these digits, which may have a minus sign.
    fn number_may_start(&self, label: &str, digits: &str) -> bool;
    fn knows(&self, pseudonym: &Pseudonym) -> bool;
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// No pseudonym starts here.
    No,
    /// One may start here, but the text ends too early to tell.
    Cut,
    /// Shaped like one of this exchange's, but not one: a label that exists and a number that does not.
    Stranger,
    /// A pseudonym at `start..end`; `possessive` is what stood inside its brackets after it.
    Is { pseudonym: Pseudonym, start: usize, end: usize, after: &'static str },
}

/// Matches at `at`. `before` is the character before it, as it was meant.
pub fn match_at(
    text: &str,
    at: usize,
    before: Option<char>,
    flavour: Flavour,
    ended: bool,
    known: &dyn Vocabulary,
) -> Match {
    let mut reader = Reader { text, at, flavour, ended };
    match reader.peek() {
        Err(Stop) => Match::Cut,
        Ok(Some(Mark { meant: open @ ('[' | '<'), slashes, .. })) => {
            reader.advance();
            reader.bracketed(at, slashes, open, known).unwrap_or(Match::Cut)
        }
        Ok(Some(Mark { meant, .. })) if meant.is_ascii_uppercase() && !before.is_some_and(is_word) => {
            reader.bare(at, known).unwrap_or(Match::Cut)
        }
        Ok(_) => Match::No,
    }
}

/// Whether a character makes one word with its neighbour.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    flavour: Flavour,
    ended: bool,
}

#[derive(Clone, Copy)]
struct Mark {
    meant: char,
    bytes: usize,
    slashes: usize,
}

/// The text ended, and more is to come.
struct Stop;

impl Reader<'_> {
    fn peek(&self) -> Result<Option<Mark>, Stop> {
        match unit_at(self.text, self.at, self.flavour, self.ended) {
            Unit::Char { meant, bytes, slashes } => Ok(Some(Mark { meant, bytes, slashes })),
            Unit::End if self.ended => Ok(None),
            Unit::End | Unit::Cut => Err(Stop),
        }
    }

    fn advance(&mut self) {
        if let Ok(Some(mark)) = self.peek() {
            self.at += mark.bytes;
        }
    }

    fn next_if(&mut self, test: impl Fn(char) -> bool) -> Result<Option<Mark>, Stop> {
        let mark = self.peek()?.filter(|mark| test(mark.meant));
        self.at += mark.map_or(0, |mark| mark.bytes);
        Ok(mark)
    }

    fn skip(&mut self, most: usize, test: impl Fn(char) -> bool) -> Result<(), Stop> {
        for _ in 0..most {
            if self.next_if(&test)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn bracketed(&mut self, start: usize, slashes: usize, open: char, known: &dyn Vocabulary) -> Result<Match, Stop> {
        self.skip(PADDING, is_padding)?;
        let Some(label) = self.label(known, |c| c.is_ascii_alphanumeric())? else { return Ok(Match::No) };
        // A blank, a dash, an underscore, or that between blanks.
        let blank = self.next_if(|c| c == ' ')?.is_some();
        self.skip(PADDING, |c| c == ' ')?;
        let dash = self.peek()?.is_some_and(|mark| mark.meant == '-');
        let joined = match self.next_if(|c| c == '_')? {
            Some(_) => true,
            // `[DAY -3]` has a sign there, not a dash.
            None if label == DAY && blank => true,
            None => self.next_if(|c| c == '-')?.is_some() || blank,
        };
        if !joined || (label == DAY && dash && !blank) {
            return Ok(Match::No);
        }
        self.skip(PADDING, is_padding)?;
        let pseudonym = match self.number(&label, known)? {
            Number::Is(pseudonym) => pseudonym,
            Number::No => return Ok(Match::No),
            Number::Stranger => return Ok(Match::Stranger),
        };
        let possessive = self.next_if(|c| c == '\'' || c == '\u{2019}')?.is_some();
        if possessive && self.next_if(|c| c == 's')?.is_none() {
            return Ok(Match::No);
        }
        self.skip(PADDING, is_padding)?;
        let close = if open == '[' { ']' } else { '>' };
        let Some(end) = self.next_if(|c| c == close)? else { return Ok(Match::No) };
        let start = if end.slashes == 0 { start + slashes } else { start };
        Ok(self.found(pseudonym, start, if possessive { "'s" } else { "" }, known))
    }

    fn bare(&mut self, start: usize, known: &dyn Vocabulary) -> Result<Match, Stop> {
        let Some(label) = self.label(known, |c| c.is_ascii_uppercase() || c.is_ascii_digit())? else {
            return Ok(Match::No);
        };
        if self.next_if(|c| c == '_')?.is_none() {
            return Ok(Match::No);
        }
        let pseudonym = match self.number(&label, known)? {
            Number::Is(pseudonym) => pseudonym,
            Number::No => return Ok(Match::No),
            Number::Stranger => return Ok(Match::Stranger),
        };
        if self.peek()?.is_some_and(|mark| is_word(mark.meant)) {
            return Ok(Match::No);
        }
        Ok(self.found(pseudonym, start, "", known))
    }

    fn found(&self, mut pseudonym: Pseudonym, start: usize, mut after: &'static str, known: &dyn Vocabulary) -> Match {
        // `[NAME_1s]` is a plural, unless there are so many forms that `s` is one.
        if Some(pseudonym.form) == form("s") && !known.knows(&pseudonym) && after.is_empty() {
            pseudonym.form = 0;
            after = "s";
        }
        if known.knows(&pseudonym) { Match::Is { pseudonym, start, end: self.at, after } } else { Match::Stranger }
    }

    /// The longest label; upper-cased. The characters of labels are ASCII, so one label is never a prefix of a longer
    /// one with a separator between.
    fn label(&mut self, known: &dyn Vocabulary, test: impl Fn(char) -> bool) -> Result<Option<String>, Stop> {
        let mut label = String::new();
        while let Some(mark) = self.peek()?.filter(|mark| test(mark.meant)) {
            label.push(mark.meant.to_ascii_uppercase());
            if !known.label_may_start(&label) {
                return Ok(None);
            }
            self.at += mark.bytes;
        }
        Ok((!label.is_empty() && known.is_label(&label)).then_some(label))
    }

    fn number(&mut self, label: &str, known: &dyn Vocabulary) -> Result<Number, Stop> {
        let mut digits = String::new();
        if label == DAY
            && let Some(sign) = self.next_if(|c| c == '+' || c == '-')?
            && sign.meant == '-'
        {
            digits.push('-');
        }
        let signed = digits.len();
        while let Some(mark) = self.next_if(|c| c.is_ascii_digit())? {
            digits.push(mark.meant);
            if !known.number_may_start(label, &digits) {
                return Ok(Number::Stranger);
            }
        }
        // Leading zeros would make two spellings of one number.
        if digits.len() == signed || digits[signed..].starts_with('0') && digits.len() > signed + 1 {
            return Ok(Number::No);
        }
        let mut letters = String::new();
        while let Some(mark) = self.next_if(|c| c.is_ascii_alphabetic())? {
            letters.push(mark.meant.to_ascii_lowercase());
            if letters.len() > FORM_LETTERS {
                return Ok(Number::No);
            }
        }
        match (digits.parse(), form(&letters)) {
            (Ok(number), Some(form)) => Ok(Number::Is(Pseudonym { label: label.to_owned(), number, form })),
            _ => Ok(Number::Stranger),
        }
    }
}

enum Number {
    Is(Pseudonym),
    No,
    Stranger,
}

/// Blanks and emphasis inside the brackets.
fn is_padding(c: char) -> bool {
    matches!(c, ' ' | '*' | '`')
}

/// A line break with its indentation, not a paragraph.
const PADDING: usize = 12;
