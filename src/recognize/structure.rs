//! Finds structured formats in a text (HL7 v2, FHIR, C-CDA, X12, tables, mail, logs) and acts on them by field.
//!
//! A format tells by position what a value is, so its findings are certain; it also says which parts are free text
//! and which are codes or syntax. Whatever is neither is read as free text: a byte of a text that has a [`Layout`] is
//! covered by a finding, by a narrative view, or by a kept span, and only what the tables name is kept.

mod content;
mod hl7;
mod sketch;
mod value;

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
    hl7: hl7::Tables,
}

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
        let hl7 = file("formats/hl7v2.txt");
        let formats = Self { hl7: hl7::Tables::parse(hl7.0, hl7.1, &mut errors) };
        if errors.is_empty() { Ok(formats) } else { Err(errors) }
    }

    /// What a value under this key, column or field name holds (`mrn`, `patientName`, `date_of_birth`); `None` when
    /// the name tells nothing. A path such as `patient.name.family` counts by its last parts.
    pub fn label(&self, _label: &str) -> Option<Content> {
        None
    }
}

/// Reads the structured formats in a text. `None` when there are none, and the text is read as prose.
pub fn read(text: &str, formats: &Formats) -> Option<Layout> {
    let mut sketch = sketch::Sketch::new(text);
    hl7::read(&mut sketch, &formats.hl7);
    sketch.finish()
}

/// Reads a short value that stood under a label, such as the JSON value of the key `mrn`. `None` when the label tells
/// nothing of it; then it is a text like any other.
pub fn read_field(label: &str, text: &str, formats: &Formats) -> Option<Layout> {
    let content = formats.label(label)?;
    let mut sketch = sketch::Sketch::new(text);
    sketch.value(value::Value::Plain(Span::new(0, text.len())), content, Some(label), "label");
    sketch.finish()
}

#[cfg(test)]
mod testing;
