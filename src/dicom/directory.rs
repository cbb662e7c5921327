//! Media storage directories (DICOMDIR): records that point at each other by position, PS3.3 annex F.

use super::syntax::Encoding;
use dicom_core::Tag;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Directory Record Sequence.
pub const RECORDS: Tag = Tag(0x0004, 0x1220);

/// The note of a report about a directory without records.
pub const EMPTIED: &str = "the directory has no records: a study's record is not valid without its description, which \
    the profile removes; make a new directory with `dcmmkdir`, or choose clean_desc";

/// Where records went, and where their positions are written.
#[derive(Default)]
pub struct Directory {
    moved: HashMap<u64, u64>,
    references: Vec<(u64, Encoding, u32)>,
}

impl Directory {
    pub fn moved(&mut self, from: u64, to: u64) {
        self.moved.insert(from, to);
    }

    /// A value at `position` of the output names the position of a record in the input.
    pub fn refers(&mut self, position: u64, encoding: Encoding, value: &[u8]) {
        self.references.push((position, encoding, encoding.u32(value)));
    }

    /// Puts the new positions in; one that points at no record becomes zero, "no record".
    pub fn relocate(&self, bytes: &mut [u8]) {
        for &(position, encoding, old) in &self.references {
            let new = self.moved.get(&u64::from(old)).copied().unwrap_or_default() as u32;
            let mut value = Vec::with_capacity(4);
            encoding.put_u32(&mut value, new);
            let at = position as usize;
            if let Some(place) = bytes.get_mut(at..at + 4) {
                place.copy_from_slice(&value);
            }
        }
    }
}

/// Positions of records: of the first and last root record, of the next one, of the first of a lower level, of an MRDR.
pub fn is_offset(tag: Tag) -> bool {
    matches!(tag, Tag(0x0004, 0x1200 | 0x1202 | 0x1400 | 0x1420 | 0x1504))
}

/// Keys of records that may not be empty although they may be in the object itself, PS3.3 tables F.5-1 and F.5-2.
pub fn is_required(tag: Tag) -> bool {
    matches!(tag, Tag(0x0010, 0x0020) | Tag(0x0008, 0x0020 | 0x0030) | Tag(0x0020, 0x0010))
}

/// A key of a study's record that must be there, but may be empty.
pub fn may_be_empty(tag: Tag) -> bool {
    tag == Tag(0x0008, 0x1030)
}

/// Output that is kept until its positions are known.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub fn into_bytes(self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
