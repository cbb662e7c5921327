//! The written form of pseudonyms, `[NAME_1]`, and how to know them again after a model has had its way with them.

mod grammar;
mod unit;

pub(crate) use grammar::is_word;
pub use grammar::{Match, Vocabulary, match_at};
pub use unit::{Flavour, Unit, unit_at};

use crate::entity::EntityType;
use std::fmt;

/// A pseudonym without its brackets: `NAME_1`, `NAME_1b`, `DAY_+12`, `ZIP021_1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym {
    /// Upper-case ASCII letters, and digits after them.
    pub label: String,
    /// An ordinal, a keyed number, or the day of the timeline.
    pub number: i64,
    /// Which surface form of the same thing: 0 has no suffix, then `b`, `c`, … `z`, `aa`, …
    pub form: u32,
}

impl Pseudonym {
    pub fn new(label: impl Into<String>, number: i64, form: u32) -> Self {
        Self { label: label.into(), number, form }
    }
}

/// With the brackets, as it is sent.
impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.label == DAY && self.number > 0 { "+" } else { "" };
        write!(f, "[{}_{sign}{}{}]", self.label, self.number, suffix(self.form))
    }
}

/// The label of days of the timeline.
pub const DAY: &str = "DAY";

/// The letters of a form.
pub fn suffix(form: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = form + 1;
    while form > 0 && rest > 0 {
        rest -= 1;
        letters.push(b'a' + (rest % 26) as u8);
        rest /= 26;
    }
    letters.reverse();
    String::from_utf8(letters).expect("letters are ASCII")
}

/// The form of some letters; `a` stands for no form, since the first has none.
pub fn form(letters: &str) -> Option<u32> {
    if letters.is_empty() {
        return Some(0);
    }
    if letters.len() > FORM_LETTERS {
        return None;
    }
    let value = letters.bytes().fold(0, |value, letter| value * 26 + u32::from(letter.to_ascii_lowercase() - b'a') + 1);
    (value > 1).then(|| value - 1)
}

/// No document has more surface forms of one person than three letters can say.
pub const FORM_LETTERS: usize = 3;

/// Every pseudonym there could be: for finding look-alikes in a request.
#[derive(Clone, Copy, Debug)]
pub struct Anything;

impl Vocabulary for Anything {
    fn label_may_start(&self, prefix: &str) -> bool {
        labels().any(|label| label.starts_with(prefix)) || zip_label(prefix, true)
    }

    fn is_label(&self, label: &str) -> bool {
        labels().any(|known| known == label) || zip_label(label, false)
    }

    fn number_may_start(&self, _label: &str, digits: &str) -> bool {
        digits.len() <= 12
    }

    fn knows(&self, _pseudonym: &Pseudonym) -> bool {
        true
    }
}

/// The labels of all entity types, and the other words that stand in pseudonyms.
pub fn labels() -> impl Iterator<Item = &'static str> {
    EntityType::ALL.iter().map(|entity| entity.label()).chain([DAY])
}

/// Whether this is `ZIP` and three digits, or the start of it.
fn zip_label(label: &str, start: bool) -> bool {
    match label.strip_prefix("ZIP") {
        Some(digits) => {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 3 || start && digits.len() < 3)
        }
        None => start && "ZIP".starts_with(label),
    }
}

#[cfg(test)]
mod tests;
