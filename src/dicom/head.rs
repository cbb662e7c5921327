//! The start of a file: preamble, file meta information and the encoding of the data set.

use super::directory::Shared;
use super::error::Error;
use super::inspect::Inspector;
use super::keyed::Keyed;
use super::markers::Markers;
use super::policy::{Limits, Policy};
use super::reader::{Kind, Length, Reader, Token, dictionary_vr};
use super::rewrite::Rewrite;
use super::source::Source;
use super::survey::{Facts, ascii, survey};
use super::syntax::{Encoding, Syntax};
use super::table::Choice;
use super::writer::Writer;
use super::{Report, Surroundings, pixels};
use crate::entity::EntityType;
use dicom_core::{Tag, VR};
use std::io::{self, Read};

/// Cordon's implementation class UID, a UUID of its own.
const IMPLEMENTATION_CLASS: &str = "2.25.87966814946447481837641340695222854894";
const IMPLEMENTATION_VERSION: &str = "CORDON_0_1";

/// Media Storage Directory Storage.
const DIRECTORY_CLASS: &str = "1.2.840.10008.1.3.10";

const MEDIA_CLASS: Tag = Tag(0x0002, 0x0002);
const MEDIA_INSTANCE: Tag = Tag(0x0002, 0x0003);
const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);

/// What file meta information says; the rest of it is not kept.
#[derive(Default)]
pub struct Meta {
    is_present: bool,
    class: Option<String>,
    instance: Option<String>,
    syntax: String,
}

pub fn sniff(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM") || guess(bytes, bytes.len() as u64).is_some()
}

pub fn open<'a>(
    source: Source<'a>,
    mut output: Writer<'a>,
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<Report, Error> {
    let (mut source, meta, syntax) = enter(source, &policy.profile().limits)?;
    let facts = survey(&mut source, &syntax, policy)?;
    let blanking = pixels::decide(policy, &facts, &syntax)?;
    let days = if policy.chooses(Choice::RetainModifiedDates) { keyed.days(patient(&facts)) } else { 0 };
    let inspector = Inspector { policy, keyed, surroundings, known: &facts.known, days };
    if inspector.tells(syntax.uid.as_bytes()) {
        return Err(Error::UnknownSyntax);
    }
    let class = inspector.class(if meta.is_directory() { DIRECTORY_CLASS } else { &facts.sop_class });
    let instance = meta.instance(&facts, &inspector);
    let missing = facts.sop_instance.is_empty().then(|| instance.clone());
    let markers = Markers::new(policy, &facts.known, blanking.is_some(), missing);
    let pixels_blanked = blanking.is_some();

    let write = |source: &mut Source<'a>, mut writer: Writer<'a>| -> Result<_, Error> {
        meta.write(&class, &syntax, &instance, &mut writer)?;
        if syntax.deflated {
            writer = writer.deflate()?;
        }
        let done = Rewrite::new(source, &mut writer, policy, &facts, &syntax, inspector, markers, blanking).run()?;
        writer.finish()?;
        Ok(done)
    };
    let mut report = if meta.is_directory() {
        // Its records hold positions of other records, known only when all are written.
        let buffer = Shared::default();
        let (report, directory) = write(&mut source, Writer::new(buffer.clone()))?;
        let mut bytes = buffer.into_bytes();
        directory.relocate(&mut bytes);
        output.bytes(&bytes)?;
        output.finish()?;
        report
    } else {
        write(&mut source, output)?.0
    };
    report.sop_class = class;
    report.transfer_syntax = syntax.uid;
    report.pixels_blanked = pixels_blanked;
    Ok(report)
}

pub fn identities(source: Source<'_>, policy: &Policy) -> Result<Vec<(EntityType, String)>, Error> {
    let (mut source, _, syntax) = enter(source, &policy.profile().limits)?;
    Ok(survey(&mut source, &syntax, policy)?.identities)
}

/// Reads up to the data set, and says how it is encoded.
pub fn enter<'a>(mut source: Source<'a>, limits: &Limits) -> Result<(Source<'a>, Meta, Syntax), Error> {
    let start = source.peek(132)?;
    if start.get(128..132) == Some(b"DICM") {
        source.advance(132);
    } else if start.starts_with(b"DICM") {
        source.advance(4);
    } else if guess(start, u64::MAX).is_none() {
        return Err(Error::NotDicom);
    }
    let meta = Meta::read(&mut source)?;
    let mut syntax = Syntax::of(if meta.syntax.is_empty() { Syntax::IMPLICIT } else { &meta.syntax });
    if syntax.deflated {
        let inflated = Inflated::new(source.into_rest(), limits.inflated);
        source = Source::new(inflated, None);
    }
    correct(&mut syntax, &meta, &mut source)?;
    Ok((source, meta, syntax))
}

impl Meta {
    fn read(source: &mut Source<'_>) -> Result<Self, Error> {
        let mut meta = Self::default();
        let mut reader = Reader::new(Encoding::EXPLICIT);
        while source.peek(2)? == [0x02, 0x00] {
            let Token::Element(header) = reader.next(source)? else { break };
            meta.is_present = true;
            let Length::Defined(length @ 0..=1024) = header.length else {
                reader.skip(&header, source)?;
                continue;
            };
            if header.kind != Kind::Value {
                reader.skip(&header, source)?;
                continue;
            }
            let text = reader.value(length, source)?.map(ascii).unwrap_or_default();
            source.skip(length.into())?;
            match header.tag {
                MEDIA_CLASS => meta.class = Some(text),
                MEDIA_INSTANCE => meta.instance = Some(text),
                TRANSFER_SYNTAX => meta.syntax = text,
                _ => {}
            }
        }
        Ok(meta)
    }

    fn is_directory(&self) -> bool {
        self.class.as_deref() == Some(DIRECTORY_CLASS)
    }

    /// The instance UID of the output. An object without one gets one, or nothing could refer to it.
    fn instance(&self, facts: &Facts, inspector: &Inspector<'_>) -> String {
        // A directory has none in its data set; elsewhere the two must agree, PS3.10 7.1.
        let of_file = self.instance.as_ref().filter(|_| self.is_directory());
        match of_file.unwrap_or(&facts.sop_instance).as_str() {
            "" => inspector.keyed.uid(facts.fingerprint.as_deref().unwrap_or_default()),
            original if inspector.policy.chooses(Choice::RetainUids) => inspector.retained(original.as_bytes()),
            original => inspector.keyed.uid(original),
        }
    }

    /// A new preamble and new file meta information; of the old one only the kind of object and of encoding stay.
    fn write(&self, class: &str, syntax: &Syntax, instance: &str, writer: &mut Writer<'_>) -> Result<(), Error> {
        let mut body = Vec::new();
        {
            let mut elements = Writer::new(&mut body);
            let mut put =
                |element, vr, value: &[u8]| elements.element(Encoding::EXPLICIT, Tag(0x0002, element), vr, value);
            put(0x0001, VR::OB, &[0, 1])?;
            // Where neither the old file meta information nor the object has a class, there is none to write.
            if !class.is_empty() || self.class.is_some() {
                put(0x0002, VR::UI, class.as_bytes())?;
            }
            put(0x0003, VR::UI, instance.as_bytes())?;
            put(0x0010, VR::UI, syntax.uid.as_bytes())?;
            put(0x0012, VR::UI, IMPLEMENTATION_CLASS.as_bytes())?;
            put(0x0013, VR::SH, IMPLEMENTATION_VERSION.as_bytes())?;
            elements.finish()?;
        }
        writer.bytes(&[0; 128])?;
        writer.bytes(b"DICM")?;
        writer.element(Encoding::EXPLICIT, Tag(0x0002, 0x0000), VR::UL, &(body.len() as u32).to_le_bytes())?;
        writer.bytes(&body)
    }
}

/// Files say one encoding and are written in another often enough that the first element is asked.
fn correct(syntax: &mut Syntax, meta: &Meta, source: &mut Source<'_>) -> Result<(), Error> {
    let remaining = source.remaining().unwrap_or(u64::MAX);
    let head = source.peek(12)?;
    if head.is_empty() {
        return Ok(());
    }
    let found = guess(head, remaining);
    match found {
        Some(found) if found != syntax.encoding => {
            let is_compressed = syntax.codec != super::syntax::Codec::Native;
            if !is_compressed || meta.syntax.is_empty() {
                let uid = match found {
                    Encoding::IMPLICIT => Syntax::IMPLICIT,
                    Encoding::EXPLICIT => Syntax::EXPLICIT,
                    _ => Syntax::BIG_ENDIAN,
                };
                let deflated = syntax.deflated;
                *syntax = if deflated { syntax.clone() } else { Syntax::of(uid) };
            }
            syntax.encoding = found;
            Ok(())
        }
        Some(_) => Ok(()),
        // The first element may be private, or of an edition the dictionary does not know.
        None if meta.is_present => Ok(()),
        None => Err(Error::UnknownSyntax),
    }
}

/// How a data set that starts with these bytes is encoded, if they are one.
fn guess(head: &[u8], remaining: u64) -> Option<Encoding> {
    let head = head.get(..8)?;
    let is_known = |tag: Tag| tag.element() == 0 || dictionary_vr(tag).is_some();
    let tag = |encoding: Encoding| Tag(encoding.u16(head), encoding.u16(&head[2..]));
    if VR::from_binary([head[4], head[5]]).is_some() {
        let (little, big) = (tag(Encoding::EXPLICIT), tag(Encoding::BIG_ENDIAN));
        let (encoding, tag) =
            if little.group() <= big.group() { (Encoding::EXPLICIT, little) } else { (Encoding::BIG_ENDIAN, big) };
        return is_known(tag).then_some(encoding);
    }
    let length = Encoding::IMPLICIT.u32(&head[4..]);
    (is_known(tag(Encoding::IMPLICIT)) && (u64::from(length) <= remaining || length == u32::MAX))
        .then_some(Encoding::IMPLICIT)
}

fn patient(facts: &Facts) -> &[u8] {
    if facts.patient.is_empty() { facts.study.as_bytes() } else { &facts.patient }
}

/// A deflated data set, with an end to how much it may become.
struct Inflated<R: Read> {
    inner: flate2::read::DeflateDecoder<R>,
    produced: u64,
    limit: u64,
}

/// Deflate reaches a thousandfold; images reach ten. Below the floor the ratio says nothing.
const RATIO_MAX: u64 = 200;
const RATIO_FLOOR: u64 = 64 << 20;

impl<R: Read> Inflated<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self { inner: flate2::read::DeflateDecoder::new(inner), produced: 0, limit }
    }
}

impl<R: Read> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.produced += count as u64;
        let is_bomb = self.produced > RATIO_FLOOR && self.produced / RATIO_MAX > self.inner.total_in();
        if self.produced > self.limit || is_bomb {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the deflated data set becomes too large"));
        }
        Ok(count)
    }
}
