//! The attributes that say that and how an object was de-identified, PS3.15 E.1.1 and E.3.

use super::content;
use super::error::Error;
use super::known::Known;
use super::policy::Policy;
use super::syntax::Encoding;
use super::table::Choice;
use super::writer::Writer;
use dicom_core::{Tag, VR};

const REMOVED: Tag = Tag(0x0012, 0x0062);
const METHOD: Tag = Tag(0x0012, 0x0063);
const METHOD_CODES: Tag = Tag(0x0012, 0x0064);
const TEMPORAL: Tag = Tag(0x0028, 0x0303);

/// SOP Instance UID, for an object that has none.
const INSTANCE: Tag = Tag(0x0008, 0x0018);

/// In the order of their tags; each is written when the data set reaches its place.
const ALL: [Tag; 5] = [INSTANCE, REMOVED, METHOD, METHOD_CODES, TEMPORAL];

pub struct Markers {
    written: usize,
    instance: Option<String>,
    methods: Vec<(String, String)>,
    temporal: &'static str,
}

impl Markers {
    pub fn new(policy: &Policy, known: &Known, pixels_cleaned: bool, instance: Option<String>) -> Self {
        let temporal = if policy.chooses(Choice::RetainFullDates) {
            "UNMODIFIED"
        } else if policy.chooses(Choice::RetainModifiedDates) {
            "MODIFIED"
        } else {
            "REMOVED"
        };
        // Where somebody is called "Patient", a meaning with that word in it gives way to its code.
        let meaning =
            |code: &str, meaning: &str| if known.is_in(meaning.as_bytes()) { code } else { meaning }.to_owned();
        let methods =
            policy.methods(pixels_cleaned).map(|(code, text)| (code.to_owned(), meaning(code, text))).collect();
        Self { written: 0, instance, methods, temporal }
    }

    /// Whether the original of an attribute gives way to ours.
    pub fn owns(&self, tag: Tag) -> bool {
        ALL.contains(&tag) && (tag != INSTANCE || self.instance.is_some())
    }

    /// Writes what has its place at or before the next tag.
    pub fn write_before(&mut self, next: Tag, encoding: Encoding, writer: &mut Writer<'_>) -> Result<(), Error> {
        while self.written < ALL.len() && ALL[self.written] <= next {
            self.write(ALL[self.written], encoding, writer)?;
            self.written += 1;
        }
        Ok(())
    }

    fn write(&self, tag: Tag, encoding: Encoding, writer: &mut Writer<'_>) -> Result<(), Error> {
        match tag {
            INSTANCE => {
                self.instance.as_ref().map_or(Ok(()), |uid| writer.element(encoding, tag, VR::UI, uid.as_bytes()))
            }
            REMOVED => writer.element(encoding, tag, VR::CS, b"YES"),
            METHOD => writer.element(
                encoding,
                tag,
                VR::LO,
                concat!("Cordon ", env!("CARGO_PKG_VERSION"), ", PS3.15 Annex E 2026d").as_bytes(),
            ),
            TEMPORAL => writer.element(encoding, tag, VR::CS, self.temporal.as_bytes()),
            _ => {
                writer.sequence_start(encoding, tag, VR::SQ)?;
                for (code, meaning) in &self.methods {
                    writer.item_start(encoding)?;
                    content::write_code(encoding, writer, [code.as_bytes(), b"DCM", meaning.as_bytes()])?;
                    writer.item_end(encoding)?;
                }
                writer.sequence_end(encoding)
            }
        }
    }
}
