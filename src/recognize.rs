//! Finds what identifies a person in text. Every recognizer adds findings; none takes one away.
//!
//! A document is a list of [`Segment`]s. Each is unfolded into [`Passage`]s (the segment itself, and the narrative
//! parts of whatever structured format stands in it), every [`Recognizer`] reads every passage, and the findings,
//! mapped back to the segments, are united.

pub mod address;
pub mod age;
pub mod analyze;
pub mod checksum;
pub mod contact;
pub mod date;
pub mod dictionary;
pub mod facility;
pub mod fold;
pub mod glue;
pub mod grammar;
pub mod handle;
#[cfg(test)]
pub(crate) mod marked;
pub mod memory;
pub mod merge;
pub mod mirror;
pub mod name;
pub mod pattern;
pub mod propagate;
pub mod site;
pub mod respell;
pub mod structure;
pub mod tagger;
mod terms;
pub mod token;
pub mod view;
pub mod word;

use crate::entity::Finding;
use crate::text::Span;
pub use analyze::{Analyzer, Options};
pub use site::Site;
use std::borrow::Cow;
use std::time::Instant;
pub use view::View;

/// One string of a document, with what is known of where it stood.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub text: &'a str,
    /// The key, column or field name under which the text stood: it counts as context (`mrn`, `dob`).
    pub label: Option<&'a str>,
    pub kind: SegmentKind,
    /// Segments of the same group are parts of one text that a client split; they are also read joined.
    pub group: Option<u32>,
}

impl<'a> Segment<'a> {
    pub fn prose(text: &'a str) -> Self {
        Self { text, label: None, kind: SegmentKind::Prose, group: None }
    }

    /// What the label says of the text. Above a key it speaks of what the key holds: in `{"patient": {"type": …}}` the
    /// word `type` is nobody's name. Long numbers are keys that somebody gave.
    fn context(&self) -> Option<&'a str> {
        let digits = self.text.bytes().filter(u8::is_ascii_digit).count();
        let speaks = self.kind != SegmentKind::Key || digits >= 4;
        self.label.filter(|_| speaks)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    /// Text for a reader or a model.
    Prose,
    /// An object key.
    Key,
    /// The literal of a number.
    Number,
    /// An identifier of the API itself (`call_8f3…`): only strong evidence counts, never shape alone.
    Identifier,
}

/// What a recognizer reads: a folded text, and what is known of where it stood.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    pub view: &'a View,
    pub label: Option<&'a str>,
    pub kind: SegmentKind,
}

impl Passage<'_> {
    /// The folded text: compatibility forms, zero-width characters, digits of all scripts and look-alike letters
    /// are normalised; case, accents and real scripts are kept.
    pub fn text(&self) -> &str {
        self.view.text()
    }
}

/// Why the detector gave no answer. Whatever it is, the request does not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the detector failed")]
    Failed,
    #[error("the detector did not answer in time")]
    Deadline,
}

/// What a recognizer saw and passed over, for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    pub span: Span,
    pub recognizer: String,
    /// The evidence that was missing.
    pub missing: Cow<'static, str>,
}

/// Something that finds identifiers. Pure, but for the model.
pub trait Recognizer: Send + Sync {
    /// Its name in reports and faults.
    fn name(&self) -> &str;

    /// Adds what it finds in one passage; spans are byte ranges of `passage.text()`.
    fn find(&self, passage: &Passage<'_>, deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault>;

    /// Does now what would otherwise be done when it is first needed.
    fn prepare(&self) {}

    /// Adds what it nearly took for an identifier in one passage.
    fn near_misses(&self, passage: &Passage<'_>, misses: &mut Vec<NearMiss>) {
        let _ = (passage, misses);
    }
}
