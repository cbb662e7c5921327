//! Content items of structured reports and their kin, PS3.15 table E.3.4-1: what an item means decides.

use super::error::Error;
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

const VALUE_TYPE: Tag = Tag(0x0040, 0xA040);
const CONCEPT: Tag = Tag(0x0040, 0xA043);

/// What happens to the text of an item or sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Each value by its VR and what stands in it.
    Inspect,
    /// The text value is replaced, concepts and codes stay.
    DummyValue,
    /// Every text is replaced, codes too: the sequence identifies someone.
    DummyAll,
    /// The text value stays.
    Keep,
}

/// Whether the items of a sequence are content items: a concept name and a value.
pub fn holds_content(tag: Tag) -> bool {
    matches!(tag, Tag(0x0040, 0xA730 | 0x0555 | 0x0612 | 0x0440 | 0x0441 | 0xB020))
}

/// What becomes of the content item that was just entered, or `None` to leave it out. Reads ahead and goes back.
pub fn treatment(
    reader: &Reader,
    source: &mut Source<'_>,
    policy: &Policy,
    clean: bool,
) -> Result<Option<Treatment>, Error> {
    let start = source.set_mark(CONCEPT_WINDOW);
    let concept = Concept::read(reader.clone(), source);
    source.rewind(start);
    source.clear_mark();
    let concept = match concept {
        Ok(concept) => concept,
        // An item that cannot be overlooked is treated as one whose concept is not known.
        Err(Error::Limit { .. }) => Concept::default(),
        Err(error) => return Err(error),
    };
    let row = policy.content_item(&concept.code, &concept.scheme, &concept.value_type);
    Ok(match row.map(|row| row.code(&policy.profile().choices)) {
        // A container stands for what is in it, which is judged by itself.
        Some(Code::X | Code::XD) if concept.value_type != "CONTAINER" => None,
        Some(Code::K) => Some(Treatment::Keep),
        Some(Code::C) | None if clean => Some(Treatment::Inspect),
        _ => Some(Treatment::DummyValue),
    })
}

/// The item that stands in a sequence which may not be empty.
pub fn write_dummy_item(tag: Tag, encoding: Encoding, writer: &mut Writer<'_>) -> Result<(), Error> {
    writer.item_start(encoding)?;
    if tag == Tag(0x0040, 0xA730) {
        writer.element(encoding, Tag(0x0040, 0xA010), VR::CS, b"CONTAINS")?;
        writer.element(encoding, VALUE_TYPE, VR::CS, b"TEXT")?;
        writer.sequence_start(encoding, CONCEPT, VR::SQ)?;
        writer.item_start(encoding)?;
        write_code(encoding, writer, [b"121106", b"DCM", b"Comment"])?;
        writer.item_end(encoding)?;
        writer.sequence_end(encoding)?;
        writer.element(encoding, Tag(0x0040, 0xA160), VR::UT, b"NONE")?;
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

#[derive(Default)]
struct Concept {
    code: String,
    scheme: String,
    value_type: String,
}

impl Concept {
    fn read(mut reader: Reader, source: &mut Source<'_>) -> Result<Self, Error> {
        let mut concept = Self::default();
        let depth = reader.depth();
        loop {
            match reader.next(source)? {
                Token::Element(header) if reader.depth() == depth => match header.tag {
                    VALUE_TYPE => concept.value_type = text(&header, &mut reader, source)?,
                    CONCEPT if header.kind == Kind::Sequence => reader.descend(&header, source)?,
                    later if later > CONCEPT => return Ok(concept),
                    _ => reader.skip(&header, source)?,
                },
                // Within the concept's code item.
                Token::Element(header) if reader.depth() == depth + 2 => match header.tag {
                    Tag(0x0008, 0x0100) => concept.code = text(&header, &mut reader, source)?,
                    Tag(0x0008, 0x0102) => concept.scheme = text(&header, &mut reader, source)?,
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
