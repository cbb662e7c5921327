//! Reads a data set as a flat run of tokens, however deep it nests, and forgives what archives are full of.

use super::error::Error;
use super::source::Source;
use super::syntax::{Encoding, has_long_length};
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// Nesting beyond this is an attack: structured reports stay below twenty.
pub const DEPTH_MAX: usize = 512;

pub const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
/// Data Set Trailing Padding: no attribute has a tag beyond it.
const LAST: Tag = Tag(0xFFFC, 0xFFFC);
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const UNDEFINED: u32 = u32::MAX;

/// The head of a data element; its value is still to be taken, skipped, copied or entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub tag: Tag,
    /// As written, where the encoding states one and it is a known one.
    pub stated: Option<VR>,
    /// As the dictionary has it; `None` for private and unknown attributes.
    pub known: Option<VR>,
    pub length: Length,
    pub kind: Kind,
    /// Position of the element, and the encoding it stands in.
    pub position: u64,
    pub encoding: Encoding,
}

impl Header {
    /// The value representation to treat the value by.
    pub fn vr(&self) -> VR {
        match self.stated {
            Some(stated) if stated != VR::UN => stated,
            _ => self.known.unwrap_or(VR::UN),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Defined(u32),
    Undefined,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Value,
    Sequence,
    /// Encapsulated pixel data: items that hold bytes.
    Fragments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Element(Header),
    ItemStart,
    ItemEnd,
    SequenceEnd,
    /// The end of the data set; what comes after it is not part of it.
    End,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    is_item: bool,
    end: Option<u64>,
    encoding: Encoding,
}

/// A position in a data set. It owns no bytes: the source is passed to each call, so that a look ahead can go back.
#[derive(Clone, Debug)]
pub struct Reader {
    encoding: Encoding,
    levels: Vec<Level>,
    /// The last tag at top level: tags ascend, so what falls back is not part of the data set.
    last: Tag,
    /// Whether the stream ended inside an element.
    pub truncated: bool,
}

impl Reader {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, levels: Vec::new(), last: Tag(0, 0), truncated: false }
    }

    /// The encoding of what comes next.
    pub fn encoding(&self) -> Encoding {
        self.levels.last().map_or(self.encoding, |level| level.encoding)
    }

    /// How many sequences and items are open.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    pub fn next(&mut self, source: &mut Source<'_>) -> Result<Token, Error> {
        loop {
            let Some(level) = self.levels.last().copied() else { return self.element(source) };
            if level.end.is_some_and(|end| source.position() >= end) {
                return Ok(self.leave());
            }
            let head = source.peek(8)?;
            if head.len() < 8 {
                // A file cut short: close what is open, so that what was read is still a data set.
                self.truncated = true;
                return Ok(self.leave());
            }
            let tag = Tag(level.encoding.u16(head), level.encoding.u16(&head[2..]));
            let length = level.encoding.u32(&head[4..]);
            match (tag, level.is_item) {
                (ITEM, false) => {
                    source.advance(8);
                    let outer = self.levels.iter().rev().find_map(|level| level.end);
                    // An item that says it is longer than its sequence ends with it.
                    let stated = (length != UNDEFINED).then(|| source.position() + u64::from(length));
                    let end = stated.map(|end| outer.map_or(end, |outer| end.min(outer)));
                    self.enter(Level { is_item: true, end, encoding: level.encoding }, source.position())?;
                    return Ok(Token::ItemStart);
                }
                (SEQUENCE_END, false) | (ITEM_END, true) => {
                    source.advance(8);
                    return Ok(self.leave());
                }
                // A delimiter that belongs to an outer level, or to none: some writers close what has a length.
                (ITEM_END, false) => source.advance(8),
                (SEQUENCE_END, true) => return Ok(self.leave()),
                (_, false) => return Err(malformed(source, Some(tag), "a sequence holds something other than items")),
                (_, true) => return self.element(source),
            }
        }
    }

    /// Goes into the sequence whose header was just read.
    pub fn descend(&mut self, header: &Header, source: &Source<'_>) -> Result<(), Error> {
        debug_assert_eq!(header.kind, Kind::Sequence);
        let end = match header.length {
            Length::Defined(length) => Some(source.position() + u64::from(length)),
            Length::Undefined => None,
        };
        self.enter(Level { is_item: false, end, encoding: inner_encoding(header) }, source.position())
    }

    /// Passes over the value of an element, whatever its kind.
    pub fn skip(&mut self, header: &Header, source: &mut Source<'_>) -> Result<(), Error> {
        match (header.kind, header.length) {
            (_, Length::Defined(length)) => {
                let whole = source.skip(u64::from(length))?;
                self.truncated |= !whole;
            }
            (Kind::Sequence, Length::Undefined) => {
                self.descend(header, source)?;
                self.leave_to(self.depth() - 1, source)?;
            }
            (Kind::Fragments | Kind::Value, Length::Undefined) => {
                while let Some(length) = self.fragment(header.encoding, source)? {
                    self.truncated |= !source.skip(u64::from(length))?;
                }
            }
        }
        Ok(())
    }

    /// Reads on until the level at `depth` is left.
    pub fn leave_to(&mut self, depth: usize, source: &mut Source<'_>) -> Result<(), Error> {
        while self.depth() > depth {
            if let Token::Element(header) = self.next(source)? {
                self.skip(&header, source)?;
            }
        }
        Ok(())
    }

    /// The length of the next fragment of encapsulated pixel data, or `None` after the last.
    pub fn fragment(&mut self, encoding: Encoding, source: &mut Source<'_>) -> Result<Option<u32>, Error> {
        let head = source.peek(8)?;
        if head.len() < 8 {
            self.truncated = true;
            return Ok(None);
        }
        let tag = Tag(encoding.u16(head), encoding.u16(&head[2..]));
        let length = encoding.u32(&head[4..]);
        match tag {
            ITEM if length != UNDEFINED => {
                source.advance(8);
                Ok(Some(length))
            }
            SEQUENCE_END => {
                source.advance(8);
                Ok(None)
            }
            _ => Err(malformed(source, Some(tag), "encapsulated pixel data holds something other than fragments")),
        }
    }

    /// The value of an element whose length is defined, or `None` if the stream ends inside it.
    pub fn value<'s>(&mut self, length: u32, source: &'s mut Source<'_>) -> Result<Option<&'s [u8]>, Error> {
        if source.peek(length as usize)?.len() < length as usize {
            self.truncated = true;
            source.skip(u64::from(length))?;
            return Ok(None);
        }
        source.peek(length as usize).map(Some)
    }

    fn element(&mut self, source: &mut Source<'_>) -> Result<Token, Error> {
        let encoding = self.encoding();
        let position = source.position();
        let limit = self.levels.iter().rev().find_map(|level| level.end);
        let top = self.levels.is_empty();
        let head = source.peek(12)?;
        if head.len() < 8 {
            self.truncated |= !top && !head.is_empty();
            return Ok(if top { Token::End } else { self.leave() });
        }
        let tag = Tag(encoding.u16(head), encoding.u16(&head[2..]));
        if top && matches!(tag, ITEM | ITEM_END | SEQUENCE_END) {
            source.advance(8);
            return self.element_after_stray_delimiter(source);
        }
        let known = dictionary_vr(tag);
        let mut stated = None;
        let mut certain = !encoding.explicit;
        let (size, length) = if !encoding.explicit {
            (8, encoding.u32(&head[4..]))
        } else {
            let letters = [head[4], head[5]];
            stated = VR::from_binary(letters);
            let reserved_is_zero = head[6] == 0 && head[7] == 0;
            let long = match stated {
                Some(vr) => has_long_length(vr),
                // A VR of a later edition has the long form, PS3.5 7.1.2; some old writers used the short one.
                None => reserved_is_zero,
            };
            certain = stated.is_some();
            if stated.is_none() && !letters.iter().all(u8::is_ascii_uppercase) {
                // An element written implicitly in an explicit data set.
                (8, encoding.u32(&head[4..]))
            } else if !long {
                (8, u32::from(encoding.u16(&head[6..])))
            } else if head.len() == 12 {
                (12, encoding.u32(&head[8..]))
            } else {
                self.truncated = true;
                source.skip(12)?;
                return Ok(if top { Token::End } else { self.leave() });
            }
        };
        let end = source.position() + size as u64 + if length == UNDEFINED { 0 } else { u64::from(length) };
        let beyond =
            limit.is_some_and(|limit| end > limit) || source.remaining().is_some_and(|left| end > position + left);
        let is_noise = beyond && (tag.group().is_multiple_of(2) || tag > PIXEL_DATA || !certain);
        // Tags ascend; bytes that fall back and make no sense come after the end of the data set, and so does what has
        // a tag beyond the last one, or no known one and a length beyond the file.
        // Zeros read as the group length of a command.
        let falls_back = tag < self.last && (!certain || known.is_none() || beyond || tag == Tag(0, 0));
        let is_after = falls_back || tag > LAST || known.is_none() && is_noise;
        if top && is_after {
            return Ok(Token::End);
        }
        if limit.is_some_and(|limit| end > limit) {
            return Err(malformed(source, Some(tag), "the element is longer than the item that holds it"));
        }
        if !certain && beyond {
            return Err(malformed(source, Some(tag), "neither the type nor the length of the element can be read"));
        }
        let mut kind = kind(tag, stated, known, length, encoding);
        if kind == Kind::Sequence && !matches!(length, 0 | UNDEFINED) {
            // Called a sequence, by the dictionary or by itself, and something else.
            let inner = if stated == Some(VR::UN) { Encoding::IMPLICIT } else { encoding };
            let start = source.peek(size + 4)?.get(size..).unwrap_or_default();
            let is_item = start.len() < 4 || (inner.u16(start), inner.u16(&start[2..])) == (0xFFFE, 0xE000);
            kind = if is_item { kind } else { Kind::Value };
        }
        if length == UNDEFINED && kind == Kind::Value {
            return Err(malformed(source, Some(tag), "a value that is no sequence has no length"));
        }
        if top {
            self.last = tag;
        }
        source.advance(size);
        let length = if length == UNDEFINED { Length::Undefined } else { Length::Defined(length) };
        Ok(Token::Element(Header { tag, stated, known, length, kind, position, encoding }))
    }

    fn element_after_stray_delimiter(&mut self, source: &mut Source<'_>) -> Result<Token, Error> {
        // One is forgiven; a run of them is padding after the end.
        let head = source.peek(4)?;
        if head.len() == 4 && self.encoding.u16(head) == 0xFFFE { Ok(Token::End) } else { self.element(source) }
    }

    fn enter(&mut self, level: Level, position: u64) -> Result<(), Error> {
        if self.levels.len() >= 2 * DEPTH_MAX {
            return Err(Error::Malformed { position, tag: None, what: "sequences nest too deep" });
        }
        self.levels.push(level);
        Ok(())
    }

    fn leave(&mut self) -> Token {
        match self.levels.pop() {
            Some(level) if level.is_item => Token::ItemEnd,
            _ => Token::SequenceEnd,
        }
    }
}

/// The dictionary's VR of a public attribute.
pub fn dictionary_vr(tag: Tag) -> Option<VR> {
    if tag.group() % 2 == 1 {
        return None;
    }
    let entry = StandardDataDictionary.by_tag(tag)?;
    Some(match entry.vr() {
        VirtualVr::Exact(vr) => vr,
        VirtualVr::Xs => VR::US,
        VirtualVr::Ox | VirtualVr::Px | VirtualVr::Lt => VR::OW,
        _ => VR::UN,
    })
}

fn kind(tag: Tag, stated: Option<VR>, known: Option<VR>, length: u32, encoding: Encoding) -> Kind {
    if length == UNDEFINED {
        return match stated {
            Some(VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV) => Kind::Fragments,
            Some(VR::SQ | VR::UN) => Kind::Sequence,
            // A sequence under a wrong VR cannot be told from noise.
            Some(_) => Kind::Value,
            None if tag == PIXEL_DATA => Kind::Fragments,
            None => Kind::Sequence,
        };
    }
    match stated {
        Some(VR::SQ) => Kind::Sequence,
        Some(VR::UN) if known == Some(VR::SQ) => Kind::Sequence,
        None if known == Some(VR::SQ) && (!encoding.explicit || length > 0) => Kind::Sequence,
        _ => Kind::Value,
    }
}

/// What stands in an unknown-VR sequence is implicit little endian, PS3.5 6.2.2.
fn inner_encoding(header: &Header) -> Encoding {
    if header.stated == Some(VR::UN) { Encoding::IMPLICIT } else { header.encoding }
}

fn malformed(source: &Source<'_>, tag: Option<Tag>, what: &'static str) -> Error {
    Error::Malformed { position: source.position(), tag, what }
}
