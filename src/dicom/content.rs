//! Content items of structured reports and their kin, PS3.15 table E.3.4-1: what an item means decides.

use super::error::Error;
use super::known::Known;
use super::policy::Policy;
use super::reader::{Header, Kind, Length, Reader, Token};
use super::source::Source;
use super::survey::ascii;
use super::syntax::Encoding;
use super::table::Code;
use super::writer::Writer;
use dicom_core::{Tag, VR};

/// How far an item is read ahead for its concept.
const CONCEPT_WINDOW: usize = 1 << 20;

const RELATIONSHIP: Tag = Tag(0x0040, 0xA010);
const VALUE_TYPE: Tag = Tag(0x0040, 0xA040);
const CONCEPT: Tag = Tag(0x0040, 0xA043);
const REFERENCES: Tag = Tag(0x0008, 0x1199);
/// Content Sequence of a structured report.
pub const CONTENT: Tag = Tag(0x0040, 0xA730);
/// Referenced SOP Instance UID.
pub const INSTANCE: Tag = Tag(0x0008, 0x1155);

/// Whether a sequence is one of a report's two lists of the objects that its content refers to.
pub fn is_evidence(tag: Tag) -> bool {
    matches!(tag, Tag(0x0040, 0xA375 | 0xA385))
}

/// What happens to the text of an item or sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Each value by its VR and what stands in it.
    Inspect,
    /// Text is replaced, codes are looked at.
    DummyValue,
    /// A code that everybody has: it stays, with this meaning.
    Code(String),
    /// The same outside of what the table lists: its own meaning stays where its words are everybody's.
    Open(String),
    /// Every text is replaced, codes too: the sequence identifies someone.
    DummyAll,
    /// The text value stays.
    Keep,
}

/// Whether the items of a sequence are content items: a concept name and a value.
pub fn holds_content(tag: Tag) -> bool {
    matches!(tag, Tag(0x0040, 0xA730 | 0x0555 | 0x0612 | 0x0440 | 0x0441 | 0xB020))
}

/// What becomes of a content item.
pub enum Item {
    Leave,
    Keep(Treatment),
}

/// Reads the content item that was just entered ahead, and goes back to its start.
pub fn overlook(reader: &Reader, source: &mut Source<'_>) -> Result<Concept, Error> {
    let start = source.set_mark(CONCEPT_WINDOW);
    let concept = Concept::read(reader.clone(), source);
    source.rewind(start);
    source.clear_mark();
    match concept {
        // An item that cannot be overlooked is treated as one whose concept is not known.
        Err(Error::Limit { .. }) => Ok(Concept::default()),
        concept => concept,
    }
}

/// What becomes of an item, by its concept and value type.
pub fn decide(concept: &Concept, policy: &Policy, known: &Known, clean: bool) -> Item {
    // Where somebody is called "Text", the words that say what this is, "TEXT" or "HAS OBS CONTEXT", would hand the
    // name on.
    if known.is_in(concept.value_type.as_bytes()) || known.is_in(concept.relationship.as_bytes()) {
        return Item::Leave;
    }
    let row = policy.content_item(&concept.code, &concept.scheme, &concept.value_type);
    match row.map(|row| row.code(&policy.profile().choices)) {
        // A container stands for what is in it, which is judged by itself.
        Some(Code::X | Code::XD) if concept.value_type != "CONTAINER" => Item::Leave,
        Some(Code::K) => Item::Keep(Treatment::Keep),
        Some(Code::C) | None if clean => Item::Keep(Treatment::Inspect),
        _ => Item::Keep(Treatment::DummyValue),
    }
}

/// What becomes of an item that may be a code, by the scheme and the shape of the code.
pub fn code_treatment(reader: &Reader, source: &mut Source<'_>, policy: &Policy) -> Result<Treatment, Error> {
    let start = source.set_mark(CONCEPT_WINDOW);
    let code = Concept::read_code(reader.clone(), source);
    source.rewind(start);
    source.clear_mark();
    let Concept { code, scheme, .. } = match code {
        Err(Error::Limit { .. }) => return Ok(Treatment::DummyAll),
        code => code?,
    };
    Ok(match (code.as_str(), scheme.as_str()) {
        ("", "") => Treatment::DummyValue,
        (code, scheme) if !is_of_scheme(code, scheme) => Treatment::DummyAll,
        (code, scheme) => Treatment::Code(policy.meaning(code, scheme).unwrap_or(code).to_owned()),
    })
}

/// What becomes of an item in a sequence that the table does not list: a code of the site's own may be anything.
pub fn open_treatment(reader: &Reader, source: &mut Source<'_>, policy: &Policy) -> Result<Treatment, Error> {
    let encoding = reader.encoding();
    let start = source.peek(4)?;
    let may_have_code = start.len() == 4 && encoding.u16(start) == 0x0008 && encoding.u16(&start[2..]) <= 0x0120;
    if !may_have_code {
        return Ok(Treatment::Inspect);
    }
    Ok(match code_treatment(reader, source, policy)? {
        Treatment::Code(meaning) => Treatment::Open(meaning),
        // A meaning without a code.
        Treatment::DummyValue => Treatment::Open("NONE".to_owned()),
        other => other,
    })
}

/// Whether a code has the shape that the codes of a public scheme have, PS3.16 8.
fn is_of_scheme(code: &str, scheme: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let after = |prefix: &str| code.strip_prefix(prefix).is_some_and(digits);
    match scheme {
        "DCM" => digits(code) && (5..=6).contains(&code.len()),
        "SCT" | "FMA" => digits(code),
        "LN" => code.split_once('-').is_some_and(|(number, check)| digits(number) && digits(check)),
        "SRT" | "SNM3" | "99SDM" => {
            let is_part = |text: &str, most| {
                (1..=most).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            };
            code.split_once('-').is_some_and(|(axis, rest)| is_part(axis, 2) && is_part(rest, 6))
        }
        "NCIt" | "UMLS" => after("C"),
        "RADLEX" => after("RID"),
        // Units are short and put together of shorter ones.
        "UCUM" => code.len() <= 16 && code.split(|c: char| !c.is_ascii_alphabetic()).all(|word| word.len() <= 6),
        _ => false,
    }
}

/// The item that stands in a sequence which may not be empty.
pub fn write_dummy_item(tag: Tag, encoding: Encoding, known: &Known, writer: &mut Writer<'_>) -> Result<(), Error> {
    writer.item_start(encoding)?;
    if tag == CONTENT {
        // As above: a kind of value that is nobody's name.
        let is_text = !known.is_in(b"TEXT");
        writer.element(encoding, RELATIONSHIP, VR::CS, b"CONTAINS")?;
        writer.element(encoding, VALUE_TYPE, VR::CS, if is_text { b"TEXT" } else { b"CODE" })?;
        writer.sequence_start(encoding, CONCEPT, VR::SQ)?;
        writer.item_start(encoding)?;
        write_code(encoding, writer, [b"121106", b"DCM", b"Comment"])?;
        writer.item_end(encoding)?;
        writer.sequence_end(encoding)?;
        if is_text {
            writer.element(encoding, Tag(0x0040, 0xA160), VR::UT, b"NONE")?;
        } else {
            writer.sequence_start(encoding, Tag(0x0040, 0xA168), VR::SQ)?;
            writer.item_start(encoding)?;
            write_code(encoding, writer, [b"NONE", b"99NONE", b"None"])?;
            writer.item_end(encoding)?;
            writer.sequence_end(encoding)?;
        }
    } else {
        write_code(encoding, writer, [b"NONE", b"99NONE", b"None"])?;
    }
    writer.item_end(encoding)
}

/// A code value, its scheme and its meaning.
pub fn write_code(
    encoding: Encoding,
    writer: &mut Writer<'_>,
    [value, scheme, meaning]: [&[u8]; 3],
) -> Result<(), Error> {
    writer.element(encoding, Tag(0x0008, 0x0100), VR::SH, value)?;
    writer.element(encoding, Tag(0x0008, 0x0102), VR::SH, scheme)?;
    writer.element(encoding, Tag(0x0008, 0x0104), VR::LO, meaning)
}

/// What a content item says of itself.
#[derive(Default)]
pub struct Concept {
    code: String,
    scheme: String,
    value_type: String,
    relationship: String,
    /// The object that it refers to.
    pub reference: String,
}

impl Concept {
    /// Reads an item that is itself a code.
    fn read_code(mut reader: Reader, source: &mut Source<'_>) -> Result<Self, Error> {
        let mut code = Self::default();
        let depth = reader.depth();
        loop {
            match reader.next(source)? {
                Token::Element(header) => match header.tag {
                    Tag(0x0008, 0x0100 | 0x0119 | 0x0120) => code.code = text(&header, &mut reader, source)?,
                    Tag(0x0008, 0x0102) => code.scheme = text(&header, &mut reader, source)?,
                    later if later > Tag(0x0008, 0x0120) => return Ok(code),
                    _ => reader.skip(&header, source)?,
                },
                Token::End => return Ok(code),
                _ if reader.depth() < depth => return Ok(code),
                _ => {}
            }
        }
    }

    fn read(mut reader: Reader, source: &mut Source<'_>) -> Result<Self, Error> {
        let mut concept = Self::default();
        let depth = reader.depth();
        let mut inside = CONCEPT;
        loop {
            match reader.next(source)? {
                Token::Element(header) if reader.depth() == depth => match header.tag {
                    RELATIONSHIP => concept.relationship = text(&header, &mut reader, source)?,
                    VALUE_TYPE => concept.value_type = text(&header, &mut reader, source)?,
                    CONCEPT | REFERENCES if header.kind == Kind::Sequence => {
                        inside = header.tag;
                        reader.descend(&header, source)?;
                    }
                    later if later > CONCEPT => return Ok(concept),
                    _ => reader.skip(&header, source)?,
                },
                // Within an item of the concept's code, or of the references.
                Token::Element(header) if reader.depth() == depth + 2 => match (inside, header.tag) {
                    (CONCEPT, Tag(0x0008, 0x0100)) => concept.code = text(&header, &mut reader, source)?,
                    (CONCEPT, Tag(0x0008, 0x0102)) => concept.scheme = text(&header, &mut reader, source)?,
                    (REFERENCES, INSTANCE) => concept.reference = text(&header, &mut reader, source)?,
                    _ => reader.skip(&header, source)?,
                },
                Token::Element(header) => reader.skip(&header, source)?,
                Token::End => return Ok(concept),
                _ if reader.depth() < depth => return Ok(concept),
                _ => {}
            }
        }
    }
}

fn text(header: &Header, reader: &mut Reader, source: &mut Source<'_>) -> Result<String, Error> {
    match (header.kind, header.length) {
        (Kind::Value, Length::Defined(length)) if length <= 1024 => {
            let text = reader.value(length, source)?.map(ascii).unwrap_or_default();
            source.skip(length.into())?;
            Ok(text)
        }
        _ => reader.skip(header, source).map(|()| String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_public_schemes_are_told_from_others() {
        for (code, scheme) in [
            ("121022", "DCM"),
            ("18782-3", "LN"),
            ("T-D4000", "SRT"),
            ("mm", "UCUM"),
            ("kg/m2", "UCUM"),
            ("C94970", "NCIt"),
        ] {
            assert!(is_of_scheme(code, scheme), "{code} {scheme}");
        }
        for (code, scheme) in
            [("Kovacs", "DCM"), ("Kovacs", "SCT"), ("1", "99ANNA"), ("KOVACSM-A", "SRT"), ("kovacsm", "UCUM")]
        {
            assert!(!is_of_scheme(code, scheme), "{code} {scheme}");
        }
    }
}
