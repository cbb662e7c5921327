//! A second look, which shares nothing with the rewriting but the way to read an element: whether any identifying
//! value of the original is anywhere in the output, in whatever encoding, and whether the output says what was done.

use super::charset::Charset;
use super::error::Error;
use super::head;
use super::known::base64_of;
use super::policy::{Action, Limits, Policy};
use super::private::{self, Blocks};
use super::reader::{Header, Kind, Length, Reader, Token};
use super::source::Source;
use super::survey::{ascii, is_text, survey};
use super::table::Choice;
use dicom_core::{Tag, VR};
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Patient Identity Removed, and De-identification Method Code Sequence.
const IDENTITY_REMOVED: Tag = Tag(0x0012, 0x0062);
const METHODS: Tag = Tag(0x0012, 0x0064);

/// Values longer than this are prose; their parts are found by the detector, not by equality.
const VALUE_MAX: u32 = 64 * 1024;

/// An identifying value that is still there, by the attribute it stood in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    pub tag: Tag,
    pub encoding: &'static str,
    pub position: usize,
}

/// Every identifying value of an original, by the attribute it stands in.
#[derive(Default)]
pub struct Originals {
    values: BTreeMap<Vec<u8>, Tag>,
    /// Values of attributes that are kept: their appearance proves nothing.
    kept: BTreeSet<Vec<u8>>,
}

impl Originals {
    /// Reads the whole of an original.
    pub fn read(original: &[u8], policy: &Policy) -> Result<Self, Error> {
        let mut originals = Self::default();
        let source = Source::new(original, Some(original.len() as u64));
        let (mut source, _, syntax) = head::enter(source, &Limits::default())?;
        let sop_class = survey(&mut source, &syntax, policy)?.sop_class;
        let mut reader = Reader::new(syntax.encoding);
        let mut charsets = vec![Charset::default()];
        let mut parents = Vec::new();
        let mut blocks = Blocks::new(policy.safe_private());
        loop {
            let header = match reader.next(&mut source)? {
                Token::End => return Ok(originals),
                Token::ItemStart => {
                    charsets.push(charsets.last().cloned().unwrap_or_default());
                    blocks.enter_item();
                    continue;
                }
                Token::ItemEnd => {
                    charsets.pop();
                    blocks.leave_item();
                    continue;
                }
                Token::SequenceEnd => {
                    parents.pop();
                    continue;
                }
                Token::Element(header) => header,
            };
            let is_private = header.tag.group() % 2 == 1;
            let safe = if is_private { blocks.safe(&header, &mut source)? } else { None };
            let header = safe.unwrap_or(header);
            if header.kind == Kind::Sequence && (!is_private || safe.is_some()) {
                parents.push(header.tag);
                reader.descend(&header, &source)?;
                continue;
            }
            match header.length {
                Length::Defined(length @ 1..=VALUE_MAX) if header.kind == Kind::Value => {
                    let value = reader.value(length, &mut source)?.map(<[u8]>::to_vec);
                    source.skip(length.into())?;
                    let Some(value) = value else { continue };
                    if header.tag == Tag(0x0008, 0x0005)
                        && let Some(charset) = charsets.last_mut()
                    {
                        *charset = Charset::new(&ascii(&value));
                    }
                    let is_block = private::names_creator(&header) && blocks.reserve(header.tag, &value).is_some();
                    let action = match safe {
                        None if !is_block => policy.action(&sop_class, parents.last().copied(), header.tag),
                        _ => Action::Inspect,
                    };
                    let charset = charsets.last().cloned().unwrap_or_default();
                    originals.add(&header, action, &value, &charset);
                }
                _ => reader.skip(&header, &mut source)?,
            }
        }
    }

    fn add(&mut self, header: &Header, action: Action, value: &[u8], charset: &Charset) {
        let vr = header.known.unwrap_or(header.vr());
        if !is_text(vr) {
            return;
        }
        self.add_values(header.tag, vr, action, value);
        // Decoded as a whole: the bytes of a two-byte character may look like a separator.
        if (!value.is_ascii() || value.contains(&0x1B))
            && let Some(text) = charset.decode(value)
        {
            self.add_values(header.tag, vr, action, text.as_bytes());
        }
    }

    fn add_values(&mut self, tag: Tag, vr: VR, action: Action, value: &[u8]) {
        for one in value.split(|&byte| byte == b'\\').map(trimmed) {
            match action {
                Action::Keep | Action::Inspect if vr != VR::PN => drop(self.kept.insert(one.to_vec())),
                Action::Clean if !matches!(vr, VR::DA | VR::DT | VR::TM) => {}
                _ => {
                    let parts = one.split(|&byte| vr == VR::PN && b"^=".contains(&byte));
                    let telling = parts.chain([one]).filter(|part| tells(vr, part));
                    self.values.extend(telling.map(|part| (part.to_vec(), tag)));
                }
            }
        }
    }

    /// What of it is in an output. The position is one in the output's bytes.
    pub fn survivors(&self, output: &[u8]) -> Result<Vec<Survivor>, Error> {
        let inflated = inflated(output)?;
        let output = inflated.as_deref().unwrap_or(output);
        let lower = output.to_ascii_lowercase();
        let mut survivors = Vec::new();
        for (value, &tag) in self.values.iter().filter(|(value, _)| !self.kept.contains(*value)) {
            for (encoding, needle) in needles(value) {
                let found = match encoding {
                    "plain" => Finder::new(&needle.to_ascii_lowercase()).find(&lower),
                    _ => Finder::new(&needle).find(output),
                };
                if let Some(position) = found {
                    survivors.push(Survivor { tag, encoding, position });
                    break;
                }
            }
        }
        Ok(survivors)
    }
}

/// What an output must say of itself, whatever the profile.
pub fn markers(output: &[u8]) -> Result<(), &'static str> {
    if output.get(..132).is_none_or(|head| head[..128] != [0; 128] || &head[128..] != b"DICM") {
        return Err("the preamble is not empty");
    }
    let source = Source::new(output, Some(output.len() as u64));
    let broken = |_| "it cannot be read";
    let (mut source, _, syntax) = head::enter(source, &Limits::default()).map_err(broken)?;
    let mut reader = Reader::new(syntax.encoding);
    let (mut is_marked, mut has_private, mut keeps_private) = (false, false, false);
    let mut top = Tag(0, 0);
    loop {
        match reader.next(&mut source).map_err(broken)? {
            Token::End if has_private && !keeps_private => return Err("a private attribute is left"),
            Token::End => return if is_marked { Ok(()) } else { Err("(0012,0062) does not say YES") },
            Token::Element(header) => {
                if reader.depth() == 0 {
                    top = header.tag;
                }
                has_private |= header.tag.group() % 2 == 1;
                if let Length::Defined(length @ ..=64) = header.length
                    && header.kind == Kind::Value
                {
                    let text = reader.value(length, &mut source).map_err(broken)?.map(ascii).unwrap_or_default();
                    is_marked |= header.tag == IDENTITY_REMOVED && text == "YES";
                    let is_method = top == METHODS && header.tag == Tag(0x0008, 0x0100);
                    keeps_private |= is_method && text == Choice::RetainSafePrivate.method();
                }
                match header.kind {
                    Kind::Sequence => reader.descend(&header, &source).map_err(broken)?,
                    _ => reader.skip(&header, &mut source).map_err(broken)?,
                }
            }
            _ => {}
        }
    }
}

/// The data set of a deflated object as it is read.
fn inflated(output: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let source = Source::new(output, Some(output.len() as u64));
    let (source, _, syntax) = head::enter(source, &Limits::default())?;
    if !syntax.deflated {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    source.into_rest().read_to_end(&mut bytes).map_err(Error::Read)?;
    Ok(Some(bytes))
}

/// The forms in which a value may hide.
fn needles(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut needles = vec![("plain", value.to_vec())];
    if let Ok(text) = std::str::from_utf8(value) {
        let wide: Vec<u16> = text.encode_utf16().collect();
        needles.push(("UTF-16LE", wide.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
        needles.push(("UTF-16BE", wide.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
    }
    if value.len() >= 6 {
        needles.extend(base64_of(value).map(|needle| ("base64", needle)));
        needles.push(("hex", data_encoding::HEXLOWER.encode(value).into_bytes()));
        needles.push(("reversed", value.iter().rev().copied().collect()));
    }
    needles
}

/// Whether a value is long enough to be told from chance.
fn tells(vr: VR, value: &[u8]) -> bool {
    let digits = value.iter().all(u8::is_ascii_digit);
    match vr {
        _ if value.iter().all(|&byte| byte == b'0') || value.starts_with(b"1.2.840.10008.") => false,
        VR::DA => value.len() == 8 && digits,
        VR::TM => value.len() >= 9,
        _ if digits => value.len() >= 6,
        VR::PN | VR::LO | VR::SH => value.len() >= 4,
        _ => value.len() >= 6,
    }
}

fn trimmed(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    let end = value.iter().rposition(|&byte| byte != 0 && byte != b' ').map_or(0, |last| last + 1);
    &value[..end]
}
