//! DICOM: an object in, a de-identified object out, in one pass and in bounded memory.
//!
//! The data set is read as a flat run of tokens ([`reader`]), surveyed as far as the image description ([`survey`]),
//! and then rewritten element by element ([`rewrite`]) after the tables of PS3.15 Annex E ([`table`], [`policy`]).
//! Pixels stream through. Nothing is ever built from a length that a file states, and no nesting recurses.

pub mod charset;
mod content;
pub mod detector;
mod directory;
mod document;
mod dummy;
pub mod error;
mod grams;
mod head;
mod inspect;
pub mod json_model;
pub mod keyed;
mod known;
mod markers;
mod pixels;
pub mod policy;
mod private;
mod profile;
pub mod reader;
mod rewrite;
pub mod source;
mod survey;
pub mod syntax;
pub mod table;
pub mod verify;
mod vocabulary;
mod writer;
pub mod xml_model;

pub use detector::Detector;
pub use error::Error;
pub use keyed::Keyed;
pub use policy::{Action, BurnedIn, Documents, Limits, Policy, PolicyError, Profile, Truncated};
pub use table::Choice;

use crate::entity::EntityType;
use crate::recognize::Fault;
use dicom_core::Tag;
use source::Source;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use writer::Writer;

/// What else the caller knows: the text detector, and the surrogates of the exchange the object belongs to.
pub trait Surroundings: Sync {
    /// Whether the detector is trusted with descriptions that the profile wants cleaned. Otherwise they are removed.
    fn reads_text(&self) -> bool {
        false
    }

    /// Reads text of an attribute and takes out what identifies someone.
    fn clean(&self, _tag: Tag, _text: &str) -> Result<Verdict, Fault> {
        Ok(Verdict::Unread)
    }

    /// Whether a text is made of words that everybody uses and that are nobody's name.
    fn is_vocabulary(&self, _text: &str) -> bool {
        false
    }

    /// What stands for a patient's name or number in the text of the same exchange.
    fn surrogate(&self, _entity: EntityType, _original: &str) -> Option<String> {
        None
    }
}

/// What the detector makes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is no detector: prose is replaced, a term of one line is kept unless it is known to identify.
    Unread,
    Unchanged,
    Cleaned(String),
}

/// An object by itself: no detector, no exchange.
pub struct Alone;

impl Surroundings for Alone {}

/// What was done to an object. Holds tags and counts, never values.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub sop_class: String,
    pub transfer_syntax: String,
    pub actions: BTreeMap<(Tag, Action), u64>,
    /// Comments and application data blanked in compressed frames.
    pub comments_blanked: u64,
    /// Whether regions of the pixels were blanked.
    pub pixels_blanked: bool,
    pub notes: Vec<&'static str>,
}

impl Report {
    fn count(&mut self, tag: Tag, action: Action) {
        *self.actions.entry((tag, action)).or_default() += 1;
    }

    fn merge(&mut self, other: Self) {
        for (done, count) in other.actions {
            *self.actions.entry(done).or_default() += count;
        }
        self.sop_class = other.sop_class;
        self.transfer_syntax = other.transfer_syntax;
        self.comments_blanked += other.comments_blanked;
        self.pixels_blanked |= other.pixels_blanked;
        self.notes.extend(other.notes);
    }
}

/// Whether bytes are a DICOM object, by what stands in them and not by a name.
pub fn sniff(bytes: &[u8]) -> bool {
    head::sniff(bytes)
}

/// The patient's name and number and the accession number, by which a text of the same exchange may call them too.
pub fn identities(bytes: &[u8], policy: &Policy) -> Result<Vec<(EntityType, String)>, Error> {
    head::identities(Source::new(bytes, Some(bytes.len() as u64)), policy)
}

/// Reads an object and writes it de-identified. `length` is the input's, where it is known.
pub fn deidentify<'a>(
    input: impl Read + 'a,
    length: Option<u64>,
    output: impl Write + 'a,
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<Report, Error> {
    head::open(Source::new(input, length), Writer::new(output), policy, keyed, surroundings)
}

/// The same from one file to another, which leaves the copying of pixels to the system.
pub fn deidentify_file(
    input: &File,
    output: &File,
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<Report, Error> {
    head::open(Source::file(input)?, Writer::file(output), policy, keyed, surroundings)
}

/// The same for an object in memory.
pub fn deidentify_bytes(
    bytes: &[u8],
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<(Vec<u8>, Report), Error> {
    let mut output = Vec::with_capacity(bytes.len() + 1024);
    let report = deidentify(bytes, Some(bytes.len() as u64), &mut output, policy, keyed, surroundings)?;
    Ok((output, report))
}
