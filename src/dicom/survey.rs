//! Looks ahead over the head of an object for what decides the treatment of everything before it.

use super::charset::Charset;
use super::error::Error;
use super::known::{Collector, Known};
use super::policy::{Action, Policy};
use super::private::{self, Blocks};
use super::reader::{Header, Kind, Length, PIXEL_DATA, Reader, Token};
use super::source::Source;
use super::syntax::{Encoding, Syntax};
use super::table::Choice;
use crate::crypto::sha256;
use crate::entity::EntityType;
use data_encoding::HEXLOWER;
use dicom_core::{Tag, VR};

/// The survey goes on to the pixels, but beyond the image description only this far.
const SOFT_LIMIT: u64 = 4 << 20;
/// Longer values are looked at by nobody here.
const VALUE_MAX: u32 = 64 * 1024;
/// The last group that must be seen before the first byte is written: it holds (0028,0301).
const LAST_GROUP: u16 = 0x0028;

/// What an object says of itself.
#[derive(Default)]
pub struct Facts {
    pub sop_class: String,
    pub sop_instance: String,
    /// For an object without instance UID: a digest of what was read of it, to make one from.
    pub fingerprint: Option<String>,
    /// Whether there is pixel data.
    pub has_pixels: bool,
    pub study: String,
    pub modality: String,
    pub manufacturer: String,
    pub model: String,
    /// What identifies the patient, as bytes: the key of the shift of dates.
    pub patient: Vec<u8>,
    pub burned_in: String,
    pub image_type: String,
    pub pixels: Geometry,
    /// Areas of ultrasound images that hold the scan itself, (0018,6011).
    pub regions: Vec<Region>,
    pub known: Known,
    /// What a text may call the patient by too: name, number, accession number.
    pub identities: Vec<(EntityType, String)>,
}

/// What an attribute of the patient or the study identifies them by, where a text would use the same.
pub fn identity(tag: Tag) -> Option<EntityType> {
    match tag {
        Tag(0x0010, 0x0010) => Some(EntityType::Name),
        Tag(0x0010, 0x0020) => Some(EntityType::Mrn),
        Tag(0x0008, 0x0050) => Some(EntityType::OtherId),
        _ => None,
    }
}

/// The shape of native pixel data.
#[derive(Clone, Copy, Debug, Default)]
pub struct Geometry {
    pub rows: u32,
    pub columns: u32,
    pub samples: u32,
    pub bits_allocated: u32,
    /// Whether each colour has a plane of its own.
    pub planar: bool,
}

/// A rectangle of pixels, its edges included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Region {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

/// Reads ahead and goes back to where it started.
pub fn survey(source: &mut Source<'_>, syntax: &Syntax, policy: &Policy) -> Result<Facts, Error> {
    let start = source.set_mark(policy.profile().limits.lookahead);
    let mut survey = Survey {
        policy,
        reader: Reader::new(syntax.encoding),
        facts: Facts { pixels: Geometry { samples: 1, ..Geometry::default() }, ..Facts::default() },
        collector: Collector::default(),
        charsets: vec![Charset::default()],
        parents: Vec::new(),
        blocks: Blocks::new(policy.safe_private()),
    };
    survey.read(source)?;
    if survey.facts.sop_instance.is_empty() {
        survey.facts.fingerprint = Some(HEXLOWER.encode(&sha256(source.since_mark())));
    }
    source.rewind(start);
    source.clear_mark();
    survey.facts.known = survey.collector.finish();
    Ok(survey.facts)
}

struct Survey<'p> {
    policy: &'p Policy,
    reader: Reader,
    facts: Facts,
    collector: Collector,
    charsets: Vec<Charset>,
    parents: Vec<Tag>,
    blocks: Blocks<'p>,
}

impl Survey<'_> {
    fn read(&mut self, source: &mut Source<'_>) -> Result<(), Error> {
        let start = source.position();
        loop {
            match self.reader.next(source)? {
                Token::End => return Ok(()),
                Token::ItemStart => {
                    self.charsets.push(self.charsets.last().cloned().unwrap_or_default());
                    self.blocks.enter_item();
                    if self.parents.last() == Some(&Tag(0x0018, 0x6011)) {
                        self.facts.regions.push(Region::default());
                    }
                }
                Token::ItemEnd => {
                    self.charsets.pop();
                    self.blocks.leave_item();
                }
                Token::SequenceEnd => drop(self.parents.pop()),
                Token::Element(header) => {
                    let top = self.reader.depth() == 0;
                    let far = source.position() - start > SOFT_LIMIT;
                    self.facts.has_pixels |= top && header.tag == PIXEL_DATA && header.length != Length::Defined(0);
                    let is_pixels = header.kind == Kind::Fragments || header.tag == PIXEL_DATA || is_bulk(&header);
                    if top && header.tag.group() > LAST_GROUP && (far || is_pixels) {
                        return Ok(());
                    }
                    self.element(&header, source)?;
                }
            }
        }
    }

    fn element(&mut self, header: &Header, source: &mut Source<'_>) -> Result<(), Error> {
        let is_private = header.tag.group() % 2 == 1;
        let safe = if is_private { self.blocks.safe(header, source)? } else { None };
        let header = safe.as_ref().unwrap_or(header);
        match (header.kind, header.length) {
            (Kind::Sequence, Length::Defined(_)) if is_private && safe.is_none() => {}
            (Kind::Sequence, _) => {
                self.parents.push(header.tag);
                return self.reader.descend(header, source);
            }
            (Kind::Value, Length::Defined(length)) if length > 0 && length <= VALUE_MAX => {
                if let Some(value) = self.reader.value(length, source)? {
                    let value = value.to_vec();
                    self.value(header, &value);
                    source.advance(length as usize);
                }
                return Ok(());
            }
            _ => {}
        }
        self.reader.skip(header, source)
    }

    fn value(&mut self, header: &Header, value: &[u8]) {
        if header.tag.group() % 2 == 1 {
            return self.private(header, value);
        }
        let (tag, vr) = (header.tag, header.known.unwrap_or(header.vr()));
        if tag == Tag(0x0008, 0x0005)
            && let Some(charset) = self.charsets.last_mut()
        {
            *charset = Charset::new(&ascii(value));
        }
        if let (true, Some(entity)) = (self.parents.is_empty(), identity(tag)) {
            let text = self.charsets.last().and_then(|charset| charset.decode(value)).unwrap_or_default();
            let text = text.trim_matches(['\0', ' ']);
            if !text.is_empty() {
                self.facts.identities.push((entity, text.to_owned()));
            }
        }
        match self.parents.as_slice() {
            [] => self.facts.take(tag, value, header.encoding),
            [Tag(0x0018, 0x6011)] => self.facts.take_region(tag, value, header.encoding),
            _ => {}
        }
        if is_text(vr) {
            let charset = self.charsets.last().cloned().unwrap_or_default();
            match self.policy.action(&self.facts.sop_class, self.parents.last().copied(), tag) {
                Action::Inspect if vr == VR::PN => self.collector.identifying(tag, vr, value, &charset),
                Action::Inspect | Action::Keep => self.collector.kept(vr, value),
                Action::Map if self.policy.chooses(Choice::RetainUids) => self.collector.mapped(value),
                _ if vr == VR::UI && !self.parents.is_empty() => {}
                _ => self.collector.identifying(tag, vr, value, &charset),
            }
        }
    }
}

impl Survey<'_> {
    /// Private blocks repeat what identifies: their text is searched for in what is kept.
    fn private(&mut self, header: &Header, value: &[u8]) {
        if private::names_creator(header) && self.blocks.reserve(header.tag, value).is_some() {
            return;
        }
        let vr = match header.stated {
            Some(VR::LO | VR::SH | VR::UN) | None if is_uid(value) => return,
            stated if header.known.is_some_and(is_text) && stated.is_none_or(|stated| !identifies(stated)) => {
                return self.collector.kept(header.known.unwrap_or(VR::LO), value);
            }
            Some(stated) if is_text(stated) => stated,
            Some(VR::UN) | None
                if value.len() <= 64 && value.iter().all(|&byte| (0x20..0x7F).contains(&byte) || byte == 0) =>
            {
                VR::LO
            }
            _ => return,
        };
        if vr != VR::UI {
            let charset = self.charsets.last().cloned().unwrap_or_default();
            self.collector.identifying(header.tag, vr, value, &charset);
        }
    }
}

impl Facts {
    fn take(&mut self, tag: Tag, value: &[u8], encoding: Encoding) {
        let text = || ascii(value);
        let number = || if value.len() >= 2 { u32::from(encoding.u16(value)) } else { 0 };
        match tag {
            Tag(0x0008, 0x0008) => self.image_type = text(),
            Tag(0x0008, 0x0016) => self.sop_class = text(),
            Tag(0x0008, 0x0018) => self.sop_instance = text(),
            Tag(0x0008, 0x0060) => self.modality = text(),
            Tag(0x0008, 0x0070) => self.manufacturer = text(),
            Tag(0x0008, 0x1090) => self.model = text(),
            // The identifier, or else the name and birth date.
            Tag(0x0010, 0x0020) if !text().is_empty() => self.patient = value.trim_ascii().to_vec(),
            Tag(0x0010, 0x0010 | 0x0030) if self.patient.is_empty() => self.patient = value.trim_ascii().to_vec(),
            Tag(0x0020, 0x000D) => self.study = text(),
            Tag(0x0028, 0x0301) => self.burned_in = text(),
            Tag(0x0028, 0x0002) => self.pixels.samples = number(),
            Tag(0x0028, 0x0006) => self.pixels.planar = number() == 1,
            Tag(0x0028, 0x0010) => self.pixels.rows = number(),
            Tag(0x0028, 0x0011) => self.pixels.columns = number(),
            Tag(0x0028, 0x0100) => self.pixels.bits_allocated = number(),
            _ => {}
        }
    }

    fn take_region(&mut self, tag: Tag, value: &[u8], encoding: Encoding) {
        let (Some(region), true) = (self.regions.last_mut(), value.len() >= 4) else { return };
        let number = encoding.u32(value);
        match tag {
            Tag(0x0018, 0x6018) => region.left = number,
            Tag(0x0018, 0x601A) => region.top = number,
            Tag(0x0018, 0x601C) => region.right = number,
            Tag(0x0018, 0x601E) => region.bottom = number,
            _ => {}
        }
    }
}

/// Whether a text is a UID, or the root of some, which makers put in private blocks: it is no name and no number.
fn is_uid(value: &[u8]) -> bool {
    let text = ascii(value);
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.starts_with(['0', '1', '2']) && text.split('.').count() > 5 && text.split('.').all(is_part)
}

/// Whether a VR says that what it holds identifies.
fn identifies(vr: VR) -> bool {
    matches!(vr, VR::AE | VR::DA | VR::DT | VR::PN | VR::TM | VR::UI | VR::UR)
}

/// Whether a VR holds characters.
pub fn is_text(vr: VR) -> bool {
    use VR::*;
    matches!(vr, AE | AS | CS | DA | DS | DT | IS | LO | LT | PN | SH | ST | TM | UC | UI | UR | UT)
}

/// The characters of a value without its padding; for values whose characters are ASCII.
pub fn ascii(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned()
}

fn is_bulk(header: &Header) -> bool {
    matches!(header.length, Length::Defined(length) if length > VALUE_MAX)
        && !is_text(header.vr())
        && header.kind == Kind::Value
}
