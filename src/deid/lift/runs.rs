//! Encoded bytes in the midst of text, and what stands where the API has an identifier.

use super::{Handling, LeafId, Lift, Place};
use crate::deid::encoded::{self, Content};
use crate::json::Node;
use crate::refusal::{Reason, Refusal};
use crate::text::{Raw, Span};

impl Lift<'_> {
    /// A reference of the API, or what stands in the place of one.
    pub(super) fn identifier(&mut self, text: String, place: &Place<'_>) -> Result<LeafId, Refusal> {
        let handling = if text.bytes().all(is_plain) { Handling::Identifier } else { Handling::Words };
        if matches!(handling, Handling::Words) {
            // Whatever else it is, it may be an identifier with an unusual sign.
            self.push(text.clone(), place.name.clone(), None, Handling::Identifier);
        }
        let id = self.push(text, place.name.clone(), None, handling);
        self.read_runs(id)?;
        Ok(id)
    }

    /// Reads the encoded bytes in the midst of a leaf's text.
    pub(super) fn read_runs(&mut self, id: LeafId) -> Result<(), Refusal> {
        let runs = encoded::runs(&self.leaves[id].text);
        self.runs(id, runs, None, 1)
    }

    /// Adds a leaf for each run; what is encoded in encoded text belongs to the outer run.
    fn runs(
        &mut self,
        of: LeafId,
        runs: Vec<(Span, Content)>,
        outer: Option<Span>,
        depth: usize,
    ) -> Result<(), Refusal> {
        for (span, content) in runs {
            let span = outer.unwrap_or(span);
            match content {
                Content::Text(text) => {
                    let inner = encoded::runs(&text);
                    let (place, label) = (self.leaves[of].place.clone(), self.leaves[of].label.clone());
                    if depth == ENCODED && !inner.is_empty() {
                        return Err(Refusal::new(Reason::OpaqueContent).at(place));
                    }
                    self.push(text, place, label, Handling::Run { of, span });
                    self.runs(of, inner, Some(span), depth + 1)?;
                }
                Content::Media(_) => return Err(Refusal::new(Reason::OpaqueContent).at(&self.leaves[of].place)),
                Content::Opaque(_) => {}
            }
        }
        Ok(())
    }
}

/// Levels of encoding in an encoded text; what is deeper is refused, since nobody encodes so by mistake.
const ENCODED: usize = 4;

/// What identifiers, models, versions and lists of them are written in.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._:/@+-=,;~#|$*?&%!".contains(&byte)
}

/// Whether a text can be a word of an API: not written like a name, and without five digits in a row that are no date
/// of this century.
pub(super) fn is_word(text: &str) -> bool {
    let is_date = |run: &str| run.len() == 8 && run.starts_with("20");
    let number = text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 5 && !is_date(run));
    let name = text.starts_with(char::is_uppercase) && text.contains(char::is_lowercase);
    !number && !name
}

/// Whether a key can be the number of a token: vocabularies have less than ten million.
pub(super) fn is_token(key: &str) -> bool {
    (1..=7).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text that stands in an array character by character: as strings of a letter or two, or as numbers of letters.
pub(super) fn spelled(items: &[Node<Raw>]) -> Option<String> {
    if items.len() < SPELLED {
        return None;
    }
    let letters: Option<String> =
        items.iter().map(|item| item.text().filter(|text| text.chars().count() <= 2)).collect();
    let code = |item: &Node<Raw>| match item {
        Node::Number(lexeme) => lexeme.expose().parse::<u8>().ok(),
        _ => None,
    };
    letters.or_else(|| {
        let codes = items.iter().map(code).collect::<Option<Vec<u8>>>()?;
        let written = codes.iter().filter(|code| code.is_ascii_alphanumeric()).count();
        String::from_utf8(codes).ok().filter(|_| written * 2 > items.len())
    })
}

/// Fewer letters are a list of something.
const SPELLED: usize = 6;
