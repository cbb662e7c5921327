//! Finds structured formats in a text (HL7 v2, FHIR, C-CDA, X12, tables, mail, logs) and acts on them by field.
//!
//! A format tells by position what a value is, so its findings are certain; it also says which parts are free text
//! and which are codes or syntax. Whatever is neither is read as free text: a byte of a text that has a [`Layout`] is
//! covered by a finding, by a narrative view, or by a kept span, and only what the tables name is kept.

mod card;
mod content;
mod dump;
mod hl7;
mod insert;
mod json;
mod label;
mod mail;
mod markup;
mod pair;
mod path;
mod sketch;
mod table;
mod value;
mod x12;
mod xml;

pub use content::Content;

use super::View;
use crate::entity::{EntityType, Finding, Role};
use crate::rules::{RuleError, Rules};
use crate::text::{Raw, Span};

/// What the structure of a text tells.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// What fields identify, as spans of the text. Each covers a value inside the format's syntax, so that the text
    /// still parses with a surrogate in its place.
    pub findings: Vec<Finding>,
    /// The free text in it, decoded, with the name of the field it stood in. Free-text detection reads these instead
    /// of the text itself: together with findings and kept spans they cover all of it.
    pub narrative: Vec<(View, Option<String>)>,
    /// Values to be searched for everywhere in the document.
    pub seeds: Vec<Seed>,
    /// Codes, quantities and syntax that free-text detection does not touch.
    pub kept: Vec<Span>,
}

/// A name or identifier found by its field. The text may differ from what stands there: escapes are decoded and the
/// parts of a name are in spoken order.
#[derive(Clone, Debug)]
pub struct Seed {
    pub text: Raw,
    pub entity: EntityType,
    pub role: Role,
}

/// The field tables of all formats, from `rules/formats/`.
#[derive(Debug)]
pub struct Formats {
    labels: label::Labels,
    hl7: hl7::Tables,
    fhir: json::Elements,
    dicom: json::Tags,
    cda: xml::Schema,
    x12: x12::Elements,
    mail: mail::Fields,
}

const FILES: [&str; 7] = [
    "formats/labels.txt",
    "formats/hl7v2.txt",
    "formats/fhir.txt",
    "formats/dicom.txt",
    "formats/ccda.txt",
    "formats/x12.txt",
    "formats/mail.txt",
];

impl Formats {
    pub fn new(rules: &Rules) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let mut file = |name: &'static str| match rules.file(name).map(str::from_utf8) {
            Some(Ok(text)) => (name, text),
            Some(Err(_)) => {
                errors.push(RuleError::new(name, 0, "the file is not UTF-8"));
                (name, "")
            }
            None => {
                errors.push(RuleError::new(name, 0, "the file is missing"));
                (name, "")
            }
        };
        let files = FILES.map(&mut file);
        let [labels, hl7, fhir, dicom, cda, x12, mail] = files;
        let formats = Self {
            labels: label::Labels::parse(labels.0, labels.1, &mut errors),
            hl7: hl7::Tables::parse(hl7.0, hl7.1, &mut errors),
            fhir: json::Elements::parse(fhir.0, fhir.1, &mut errors),
            dicom: json::Tags::parse(dicom.0, dicom.1, &mut errors),
            cda: xml::Schema::parse(cda.0, cda.1, &mut errors),
            x12: x12::Elements::parse(x12.0, x12.1, &mut errors),
            mail: mail::Fields::parse(mail.0, mail.1, &mut errors),
        };
        if errors.is_empty() { Ok(formats) } else { Err(errors) }
    }

    /// What a value under this key, column or field name holds (`mrn`, `patientName`, `date_of_birth`); `None` when
    /// the name tells nothing. A path such as `patient.name.family` counts by its last parts.
    pub fn label(&self, label: &str) -> Option<Content> {
        self.labels.meaning(label).filter(|meaning| !meaning.vague).map(|meaning| meaning.content)
    }
}

/// Reads the structured formats in a text. `None` when there are none, and the text is read as prose.
pub fn read(text: &str, formats: &Formats) -> Option<Layout> {
    read_within(text, formats, 0)
}

/// Reads a short value that stood under a label, such as the JSON value of the key `mrn`. `None` when the label tells
/// nothing of it; then it is a text like any other.
pub fn read_field(label: &str, text: &str, formats: &Formats) -> Option<Layout> {
    let content = formats.label(label).filter(|content| *content != Content::Narrative)?;
    let mut sketch = sketch::Sketch::new(text, formats, 0);
    sketch.value(value::Value::Plain(Span::new(0, text.len())), content, Some(label), "label");
    sketch.finish()
}

/// Whether a JSON document has a reader of its own, which knows more of its values than their keys tell.
pub fn reads_json(text: &str) -> bool {
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    has("\"resourceType\"") || has("\"vr\"") && has("\"Value\"")
}

/// The readers, in the order of how sure they are of their format. Each sees what those before it left.
const READERS: [Reader; 8] =
    [json::read, x12::read, hl7::read, card::read, mail::read, dump::read, xml::read, table::read];

/// Readers of what stands in running text. They only add findings and views; the text stays prose.
const PROSE_READERS: [Reader; 2] = [pair::read, path::read];

type Reader = fn(&mut sketch::Sketch, &Formats, Span);

/// How deep formats may stand in the values of others, as HL7 v2 in a JSON string in a form.
const DEEPEST: usize = 3;

fn read_within(text: &str, formats: &Formats, depth: usize) -> Option<Layout> {
    let mut sketch = sketch::Sketch::new(text, formats, depth);
    for reader in READERS {
        for region in sketch.free() {
            reader(&mut sketch, formats, region);
        }
    }
    sketch.finish()
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;
