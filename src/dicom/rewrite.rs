//! One pass over a data set: each element is copied, replaced or left out.

mod frames;
mod private;
mod sequences;

use super::charset::Charset;
use super::content::Treatment;
use super::directory::{self, Directory};
use super::dummy::shifted;
use super::error::Error;
use super::inspect::{Inspector, Outcome};
use super::markers::Markers;
use super::policy::{Action, Policy, Truncated};
use super::private::Blocks;
use super::reader::{Header, Kind, Length, PIXEL_DATA, Reader, Token};
use super::source::Source;
use super::survey::{Facts, ascii, identity, is_text};
use super::syntax::Syntax;
use super::table::Choice;
use super::writer::{Writer, padding};
use super::{Report, Surroundings, content, document, pixels};
use crate::entity::EntityType;
use dicom_core::{Tag, VR};
use sequences::Open;
use std::collections::HashSet;

/// Values up to here are looked at; longer ones of binary VRs are samples and are streamed.
const LOOK_MAX: u32 = 1 << 20;

/// The note of a report about an object that is not whole.
const CUT: &str = "the file ends inside an element: what was there is written, and the rest is missing as it was";

const TEXT_VALUE: Tag = Tag(0x0040, 0xA160);

const CODE_MEANING: Tag = Tag(0x0008, 0x0104);

const CODE_VERSION: Tag = Tag(0x0008, 0x0103);

/// Code Value, Coding Scheme Designator, Long Code Value.
fn is_code(tag: Tag) -> bool {
    matches!(tag, Tag(0x0008, 0x0100 | 0x0102 | 0x0119))
}

/// Referenced Image Sequence, and the evidence for it that must not be there without it.
const REFERENCES: Tag = Tag(0x0008, 0x1140);
const REFERENCE_EVIDENCE: Tag = Tag(0x0008, 0x9092);

pub struct Rewrite<'a, 'r> {
    pub source: &'r mut Source<'a>,
    pub reader: Reader,
    pub writer: &'r mut Writer<'a>,
    pub policy: &'r Policy,
    pub facts: &'r Facts,
    pub syntax: &'r Syntax,
    pub inspector: Inspector<'r>,
    pub surroundings: &'r dyn Surroundings,
    pub markers: Markers,
    pub blanking: Option<pixels::Blanking>,
    pub report: Report,
    open: Vec<Open>,
    charsets: Vec<Charset>,
    blocks: Blocks<'r>,
    document_length: Option<u32>,
    directory: Directory,
    /// The objects that a report lists as its evidence.
    evidence: HashSet<String>,
}

impl<'a, 'r> Rewrite<'a, 'r> {
    #[allow(clippy::too_many_arguments, reason = "one call, in one place, of what one pass needs")]
    pub fn new(
        source: &'r mut Source<'a>,
        writer: &'r mut Writer<'a>,
        policy: &'r Policy,
        facts: &'r Facts,
        syntax: &'r Syntax,
        inspector: Inspector<'r>,
        markers: Markers,
        blanking: Option<pixels::Blanking>,
    ) -> Self {
        Self {
            source,
            reader: Reader::new(syntax.encoding),
            writer,
            policy,
            facts,
            syntax,
            surroundings: inspector.surroundings,
            inspector,
            markers,
            blanking,
            report: Report::default(),
            open: Vec::new(),
            charsets: vec![Charset::default()],
            blocks: Blocks::new(policy.safe_private()),
            document_length: None,
            directory: Directory::default(),
            evidence: HashSet::new(),
        }
    }

    pub fn run(mut self) -> Result<(Report, Directory), Error> {
        loop {
            match self.reader.next(self.source)? {
                Token::Element(header) if self.reader.depth() == 0 => {
                    self.markers.write_before(header.tag, self.syntax.encoding, self.writer)?;
                    if self.markers.owns(header.tag) {
                        self.reader.skip(&header, self.source)?;
                        continue;
                    }
                    self.element(&header)?;
                    if header.tag == PIXEL_DATA {
                        // What the standard allows after the pixels (signatures, padding) is never kept.
                        break;
                    }
                }
                Token::Element(header) => self.element(&header)?,
                Token::ItemStart => self.item_start()?,
                Token::ItemEnd => {
                    self.charsets.pop();
                    self.blocks.leave_item();
                    self.writer.item_end(self.inner_encoding())?;
                }
                Token::SequenceEnd => self.sequence_end()?,
                Token::End => break,
            }
        }
        self.markers.write_before(Tag(0xFFFF, 0xFFFF), self.syntax.encoding, self.writer)?;
        if self.reader.truncated {
            self.is_cut()?;
        }
        Ok((self.report, self.directory))
    }

    fn element(&mut self, header: &Header) -> Result<(), Error> {
        if header.tag.group() % 2 == 1 {
            return self.private(header);
        }
        let parent = self.open.last().map(|open| open.tag);
        let mut action = self.policy.action(&self.facts.sop_class, parent, header.tag);
        if action == Action::Clean && !self.can_clean(header) {
            action = self.policy.basic_action(&self.facts.sop_class, parent, header.tag);
        }
        if header.tag == REFERENCE_EVIDENCE
            && self.policy.action(&self.facts.sop_class, None, REFERENCES) == Action::Remove
        {
            action = Action::Remove;
        }
        if header.tag == directory::RECORDS && !self.keeps_records() {
            action = Action::Empty;
            self.report.notes.push(directory::EMPTIED);
        }
        if parent == Some(directory::RECORDS) && action == Action::Empty && directory::is_required(header.tag) {
            action = Action::Dummy;
        }
        if parent == Some(directory::RECORDS) && action == Action::Remove && directory::may_be_empty(header.tag) {
            action = Action::Empty;
        }
        if header.kind == Kind::Sequence {
            return self.sequence(header, action);
        }
        if rule_vr(header) == VR::SQ && header.length != Length::Defined(0) {
            // Something else where items should be.
            return self.leave_out(header, Action::Remove);
        }
        if header.tag == PIXEL_DATA || header.kind == Kind::Fragments {
            return self.pixels(header);
        }
        let Length::Defined(length) = header.length else {
            return self.leave_out(header, Action::Remove);
        };
        match action {
            Action::Remove => self.leave_out(header, action),
            Action::Keep if !is_text(rule_vr(header)) => self.copy(header, length),
            Action::Empty if length == 0 => self.copy(header, length),
            Action::Inspect if !is_text(header.vr()) && length > LOOK_MAX => self.copy(header, length),
            _ => self.look(header, length, action),
        }
    }

    /// Takes a value that has to be seen, and writes what becomes of it.
    fn look(&mut self, header: &Header, length: u32, action: Action) -> Result<(), Error> {
        if header.tag == document::ENCAPSULATED {
            return self.document(header);
        }
        if matches!(action, Action::Empty | Action::Dummy) && length > LOOK_MAX {
            self.reader.skip(header, self.source)?;
            let value = if action == Action::Empty { Vec::new() } else { self.inspector.dummy(rule_vr(header), b"") };
            return self.write(header, &value, action);
        }
        if length > self.policy.profile().limits.value {
            return Err(Error::Limit { what: "a value", limit: self.policy.profile().limits.value.into() });
        }
        let Some(value) = self.reader.value(length, self.source)? else { return Ok(()) };
        let value = value.to_vec();
        self.source.advance(length as usize);
        if directory::is_offset(header.tag) && value.len() == 4 {
            self.directory.refers(self.writer.position() + 8, header.encoding, &value);
        }
        let vr = rule_vr(header);
        if header.tag == Tag(0x0008, 0x0005)
            && let Some(charset) = self.charsets.last_mut()
        {
            *charset = Charset::new(&ascii(&value));
        }
        if header.tag == content::INSTANCE && self.open.iter().any(|open| content::is_evidence(open.tag)) {
            self.evidence.insert(ascii(&value));
        }
        if header.tag == document::LENGTH
            && let Some(length) = self.document_length
        {
            let mut bytes = Vec::new();
            header.encoding.put_u32(&mut bytes, length);
            return self.write(header, &bytes, Action::Dummy);
        }
        match action {
            Action::Empty => {
                let surrogate = self.surrogate(header.tag, vr, &value).unwrap_or_default();
                self.write(header, &surrogate, action)
            }
            Action::Dummy => {
                let dummy = self.surrogate(header.tag, vr, &value).unwrap_or_else(|| self.inspector.dummy(vr, &value));
                self.write(header, &dummy, action)
            }
            Action::Keep if vr == VR::UI => {
                let kept = self.inspector.retained(&value);
                self.write(header, kept.as_bytes(), action)
            }
            Action::Keep => {
                let outcome = self.inspector.kept(vr, &value);
                self.settle(header, &value, outcome, action)
            }
            Action::Map => {
                let original = ascii(&value);
                // Code U wants a UID even where there was none; it depends on the instance and the attribute.
                let mapped = if original.is_empty() {
                    self.inspector.keyed.uid(&format!("{} {:?}", self.facts.sop_instance, header.tag))
                } else {
                    self.inspector.mapped(&value)
                };
                self.write(header, mapped.as_bytes(), action)
            }
            Action::Clean if matches!(vr, VR::DA | VR::DT | VR::TM) => {
                let moved = shifted(vr, &ascii(&value), self.inspector.days);
                let moved = moved.map_or_else(|| self.inspector.dummy(vr, &value), String::into_bytes);
                self.write(header, &moved, action)
            }
            Action::Clean => {
                let charset = self.charsets.last().cloned().unwrap_or_default();
                let outcome = self.inspector.text(vr, header.tag, &value, &charset)?;
                self.settle(header, &value, outcome, action)
            }
            _ => self.inspect(header, &value, action),
        }
    }

    fn inspect(&mut self, header: &Header, value: &[u8], action: Action) -> Result<(), Error> {
        let vr = rule_vr(header);
        let treatment = self.treatment();
        let is_prose = matches!(vr, VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT) && !value.is_empty();
        let is_value = header.tag == TEXT_VALUE;
        let charset = self.charsets.last().cloned().unwrap_or_default();
        let outcome = match treatment {
            Treatment::DummyAll if is_prose => Outcome::Replace(self.inspector.dummy(vr, value)),
            Treatment::DummyValue if is_prose || (is_value && !value.is_empty()) => {
                Outcome::Replace(self.inspector.dummy(vr, value))
            }
            Treatment::Code(meaning) if header.tag == CODE_MEANING && !self.facts.known.is_in(meaning.as_bytes()) => {
                Outcome::Replace(meaning.into_bytes())
            }
            // What else is text in a code's item names its version or who made it.
            Treatment::Code(_) if is_prose && !is_code(header.tag) => Outcome::Replace(self.inspector.dummy(vr, value)),
            Treatment::Open(meaning) if header.tag == CODE_MEANING => {
                match self.inspector.prose(vr, header.tag, value, &charset)? {
                    Outcome::Replace(_) if !self.facts.known.is_in(meaning.as_bytes()) => {
                        Outcome::Replace(meaning.into_bytes())
                    }
                    outcome => outcome,
                }
            }
            Treatment::Open(_) if header.tag == CODE_VERSION && !is_version(value) => {
                Outcome::Replace(self.inspector.dummy(vr, value))
            }
            Treatment::Keep if is_value => Outcome::Keep,
            _ => self.inspector.inspect(header, value, &charset)?,
        };
        self.settle(header, value, outcome, action)
    }

    fn settle(&mut self, header: &Header, value: &[u8], outcome: Outcome, action: Action) -> Result<(), Error> {
        match outcome {
            Outcome::Keep => self.write(header, value, action),
            Outcome::Replace(other) => self.write(header, &other, Action::Clean),
            Outcome::Remove => {
                self.report.count(header.tag, Action::Remove);
                Ok(())
            }
        }
    }

    fn document(&mut self, header: &Header) -> Result<(), Error> {
        let substitute = document::substitute(self.policy, &self.facts.sop_class)?;
        self.reader.skip(header, self.source)?;
        self.document_length = Some(substitute.len() as u32);
        self.write(header, substitute, Action::Dummy)
    }

    fn copy(&mut self, header: &Header, length: u32) -> Result<(), Error> {
        if self.source.remaining().is_some_and(|left| left < u64::from(length)) {
            return self.reader.skip(header, self.source);
        }
        self.report.count(header.tag, Action::Keep);
        let vr = written_vr(header);
        self.writer.header(header.encoding, header.tag, vr, Some(length.checked_add(length % 2).unwrap_or(length)))?;
        if !self.source.copy(length.into(), self.writer)? {
            return Err(Error::Truncated);
        }
        if length % 2 == 1 { self.writer.bytes(&[padding(vr)]) } else { Ok(()) }
    }

    fn write(&mut self, header: &Header, value: &[u8], action: Action) -> Result<(), Error> {
        self.report.count(header.tag, action);
        // Written as unknown, text is still padded as text.
        let is_unpadded = value.len() % 2 == 1 && written_vr(header) == VR::UN;
        let padded = if is_unpadded { [value, &[padding(rule_vr(header))]].concat() } else { Vec::new() };
        let value = if is_unpadded { &padded } else { value };
        self.writer.element(header.encoding, header.tag, written_vr(header), value)
    }

    /// The object ends where it should not: whether what is there is written all the same.
    fn is_cut(&mut self) -> Result<(), Error> {
        if self.policy.profile().truncated == Truncated::Refuse {
            return Err(Error::Truncated);
        }
        if !self.report.notes.contains(&CUT) {
            self.report.notes.push(CUT);
        }
        Ok(())
    }

    fn leave_out(&mut self, header: &Header, action: Action) -> Result<(), Error> {
        self.report.count(header.tag, action);
        self.reader.skip(header, self.source)
    }

    /// Whether code C can be carried out: dates move, text is read, sequences are entered.
    fn can_clean(&self, header: &Header) -> bool {
        let vr = rule_vr(header);
        match vr {
            VR::SQ => true,
            VR::DA | VR::DT | VR::TM => true,
            VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT => {
                header.tag != Tag(0x0008, 0x0201) && self.surroundings.reads_text()
            }
            _ => false,
        }
    }

    /// Whether the records of a directory can stay: a study's record is not valid without (0008,1030), PS3.3 F.5-2,
    /// which code X removes.
    fn keeps_records(&self) -> bool {
        self.policy.chooses(Choice::CleanDescriptors)
    }

    /// What stands for an identifier of the patient in the same exchange's text.
    fn surrogate(&self, tag: Tag, vr: VR, value: &[u8]) -> Option<Vec<u8>> {
        let entity = identity(tag).or((vr == VR::PN).then_some(EntityType::Name))?;
        let text = self.charsets.last()?.decode(value)?;
        let surrogate = self.surroundings.surrogate(entity, text.trim_matches(['\0', ' ']))?;
        let length_max = if vr == VR::SH { 16 } else { 64 };
        let fits = surrogate.is_ascii() && surrogate.len() <= length_max;
        (fits && !self.facts.known.is_in(surrogate.as_bytes())).then(|| surrogate.into_bytes())
    }
}

/// Whether what should be a version of a coding scheme is made of digits and their separators.
fn is_version(value: &[u8]) -> bool {
    value.len() <= 16 && value.iter().all(|byte| byte.is_ascii_digit() || b"._- \0".contains(byte))
}

/// The VR whose rules hold for a value.
fn rule_vr(header: &Header) -> VR {
    header.known.filter(|&known| known != VR::UN).unwrap_or(header.vr())
}

/// The VR to write: as stated, or the dictionary's where none was.
fn written_vr(header: &Header) -> VR {
    header.stated.or(header.known).unwrap_or(VR::UN)
}
