//! Private blocks: who reserved them, PS3.5 7.8.1, and which of their attributes are known to be safe, PS3.15 E.3.10.

use super::error::Error;
use super::reader::{Header, Kind, Length, Reader, Token};
use super::source::Source;
use super::survey::ascii;
use super::table::{self, TableError};
use dicom_core::{Tag, VR};
use std::collections::HashMap;

/// How far a block is read ahead for an attribute that stays.
const WINDOW: usize = 1 << 20;

/// The attributes of table E.3.10-1, and those that a site adds, by their creator. What a creator does not call by the
/// very name that the table has is not its own.
#[derive(Default)]
pub struct SafePrivate(HashMap<String, HashMap<(u16, u8), VR>>);

impl SafePrivate {
    /// Adds the rows of a table with the columns `creator`, `group`, `element` and `vr`.
    pub fn read(&mut self, file: &'static str, text: &str) -> Result<(), TableError> {
        for line in table::lines(file, text)? {
            let (group, element) = (line.hexadecimal("group")?, line.hexadecimal("element")?);
            if group % 2 == 0 || element > 0xFF {
                return Err(line.error("a private group is odd, and an element has two digits"));
            }
            let vr = match line.cell("vr")? {
                // The table leaves some open: the object's own word counts.
                "" => VR::UN,
                "OW/OB" => VR::OW,
                vr => vr.parse().map_err(|_| line.error("no such VR"))?,
            };
            let attributes = self.0.entry(line.cell("creator")?.to_owned()).or_default();
            attributes.insert((group, element as u8), vr);
        }
        Ok(())
    }

    fn vr(&self, creator: &str, tag: Tag) -> Option<VR> {
        self.0.get(creator)?.get(&(tag.group(), tag.element() as u8)).copied()
    }
}

/// Whether a tag is that of a private creator, which reserves a block.
pub fn is_creator(tag: Tag) -> bool {
    tag.group() % 2 == 1 && matches!(tag.element(), 0x10..=0xFF)
}

/// The blocks that are reserved in the data set and in each open item. An item has none but its own.
#[derive(Clone)]
pub struct Blocks<'p> {
    /// Where nothing is safe, nothing is kept track of.
    safe: Option<&'p SafePrivate>,
    levels: Vec<HashMap<(u16, u8), String>>,
}

impl<'p> Blocks<'p> {
    pub fn new(safe: Option<&'p SafePrivate>) -> Self {
        Self { safe, levels: vec![HashMap::new()] }
    }

    pub fn enter_item(&mut self) {
        self.levels.push(HashMap::new());
    }

    pub fn leave_item(&mut self) {
        self.levels.pop();
    }

    /// Notes who reserves a block, and says so if anything of it may be safe.
    pub fn reserve(&mut self, tag: Tag, value: &[u8]) -> Option<String> {
        let safe = self.safe?;
        let creator = ascii(value);
        let attributes = safe.0.get(&creator)?;
        let level = self.levels.last_mut()?;
        if level.insert((tag.group(), tag.element() as u8), creator.clone()).is_some() {
            // Reserved twice: nobody can tell whose it is.
            level.insert((tag.group(), tag.element() as u8), String::new());
            return None;
        }
        attributes.keys().any(|&(group, _)| group == tag.group()).then_some(creator)
    }

    /// The element as the table has it, if it is one that is safe.
    pub fn safe(&self, header: &Header, source: &mut Source<'_>) -> Result<Option<Header>, Error> {
        let Some(known) = self.vr(header.tag) else { return Ok(None) };
        let mut header = Header { known: Some(known), ..*header };
        if known == VR::SQ && header.kind == Kind::Value && matches!(header.stated, None | Some(VR::UN)) {
            // A sequence with a length, which nothing but the table tells from another value.
            let encoding = if header.stated.is_some() { super::syntax::Encoding::IMPLICIT } else { header.encoding };
            let start = source.peek(4)?;
            let is_item = start.len() == 4 && (encoding.u16(start), encoding.u16(&start[2..])) == (0xFFFE, 0xE000);
            if is_item {
                header.kind = Kind::Sequence;
            }
        }
        Ok(Some(header))
    }

    fn vr(&self, tag: Tag) -> Option<VR> {
        let block = (tag.element() >> 8) as u8;
        let creator = self.levels.last()?.get(&(tag.group(), block))?;
        self.safe?.vr(creator, tag)
    }

    /// Whether a safe attribute follows in the block that was just reserved.
    pub fn is_used(&self, creator: Tag, reader: &Reader, source: &mut Source<'_>) -> Result<bool, Error> {
        let start = source.set_mark(WINDOW);
        let used = self.look(creator, reader.clone(), source);
        source.rewind(start);
        source.clear_mark();
        match used {
            // What cannot be overlooked may have one.
            Err(Error::Limit { .. }) => Ok(true),
            used => used,
        }
    }

    fn look(&self, creator: Tag, mut reader: Reader, source: &mut Source<'_>) -> Result<bool, Error> {
        let depth = reader.depth();
        loop {
            match reader.next(source)? {
                Token::Element(header) => {
                    let block = header.tag.element() >> 8;
                    if header.tag.group() != creator.group() || block > creator.element() {
                        return Ok(false);
                    }
                    if block == creator.element() && self.vr(header.tag).is_some() {
                        return Ok(true);
                    }
                    reader.skip(&header, source)?;
                }
                Token::End => return Ok(false),
                _ if reader.depth() < depth => return Ok(false),
                _ => {}
            }
        }
    }
}

/// The longest creator: it is one value of the VR LO.
pub const CREATOR_MAX: u32 = 64;

/// Whether an element is a creator that can be read.
pub fn names_creator(header: &Header) -> bool {
    is_creator(header.tag)
        && header.kind == Kind::Value
        && matches!(header.stated, None | Some(VR::LO | VR::UN))
        && matches!(header.length, Length::Defined(1..=CREATOR_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    fn embedded() -> SafePrivate {
        let rules = Rules::embedded();
        let mut safe = SafePrivate::default();
        let text = std::str::from_utf8(rules.file("dicom/safe_private.tsv").unwrap()).unwrap();
        safe.read("safe_private.tsv", text).unwrap();
        safe
    }

    #[test]
    fn the_table_is_whole() {
        let safe = embedded();
        assert_eq!(safe.0.values().map(HashMap::len).sum::<usize>(), 479);
        assert_eq!(safe.vr("SIEMENS MR HEADER", Tag(0x0019, 0x100C)), Some(VR::IS));
        assert_eq!(safe.vr("Philips Imaging DD 001", Tag(0x2001, 0x90FF)), Some(VR::OW));
    }

    #[test]
    fn only_the_block_of_the_right_creator_in_the_same_item_is_safe() {
        let safe = embedded();
        let mut blocks = Blocks::new(Some(&safe));
        assert!(blocks.reserve(Tag(0x0019, 0x0011), b"SIEMENS MR HEADER ").is_some());
        assert!(blocks.reserve(Tag(0x0019, 0x0012), b"siemens mr header").is_none());
        assert!(blocks.reserve(Tag(0x0021, 0x0010), b"SIEMENS MR HEADER").is_none(), "of another group");
        assert_eq!(blocks.vr(Tag(0x0019, 0x110C)), Some(VR::IS));
        for tag in [Tag(0x0019, 0x100C), Tag(0x0019, 0x120C), Tag(0x0019, 0x110B), Tag(0x0021, 0x100C)] {
            assert_eq!(blocks.vr(tag), None, "{tag}");
        }
        blocks.enter_item();
        assert_eq!(blocks.vr(Tag(0x0019, 0x110C)), None, "an item has its own blocks");
        blocks.leave_item();
        blocks.reserve(Tag(0x0019, 0x0011), b"SIEMENS MR HEADER");
        assert_eq!(blocks.vr(Tag(0x0019, 0x110C)), None, "reserved twice");
    }

    #[test]
    fn a_mistake_in_a_table_is_told_with_its_line() {
        let mut safe = SafePrivate::default();
        let error = safe.read("site.tsv", "creator\tgroup\telement\tvr\nACME\t0010\t01\tLO\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(safe.read("site.tsv", "creator\tgroup\telement\tvr\nACME\t0011\t01\tQQ\n").is_err());
        assert!(safe.read("site.tsv", "creator\tgroup\telement\n").is_ok());
    }
}
