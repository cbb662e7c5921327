//! Files in a document: by themselves, or as base64 in the middle of a text.

use super::encoded::{self, Content};
use super::lift::{Handling, LeafId, Lift};
use super::media::Identity;
use crate::refusal::{Reason, Refusal};
use std::collections::HashMap;

/// The files of each text that has some, in order. The text has `INSERTED` where they stood.
pub(super) type Inserts = HashMap<LeafId, Vec<LeafId>>;

/// Stands in a text for a file: OBJECT REPLACEMENT CHARACTER, which Unicode has for just this.
pub(super) const INSERTED: char = '\u{FFFC}';

impl Lift<'_> {
    /// A file of a format that can be cleared, after the names and numbers in it. Nothing for other formats.
    pub(super) fn file(&mut self, bytes: Vec<u8>, prefix: String, place: &str) -> Option<LeafId> {
        for Identity { entity, text } in self.media?.identities(&bytes)? {
            self.push(text, place.to_owned(), None, Handling::Identity(entity));
        }
        Some(self.push(String::new(), place.to_owned(), None, Handling::Media { prefix, bytes }))
    }

    /// Takes the files out of a text.
    pub(super) fn take_files(&mut self, text: String, place: &str) -> Result<(String, Vec<LeafId>), Refusal> {
        let opaque = || Refusal::new(Reason::OpaqueContent).at(place);
        let mut files = Vec::new();
        let mut rest = String::new();
        let mut at = 0;
        for (span, content) in encoded::runs(&text) {
            let Content::Media(bytes) = content else { continue };
            // A text that has the sign already could not be put together again.
            if text.contains(INSERTED) {
                return Err(opaque());
            }
            files.push(self.file(bytes, String::new(), place).ok_or_else(opaque)?);
            rest.push_str(&text[at..span.start]);
            rest.push(INSERTED);
            at = span.end;
        }
        if files.is_empty() {
            return Ok((text, files));
        }
        rest.push_str(&text[at..]);
        Ok((rest, files))
    }
}
