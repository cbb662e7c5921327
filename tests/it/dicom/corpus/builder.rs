//! Writes data sets, element by element.

use super::{BIG_ENDIAN, EXPLICIT, IMPLICIT};

/// Writes elements in one encoding.
pub struct Builder {
    explicit: bool,
    big: bool,
    pub bytes: Vec<u8>,
}

impl Builder {
    pub fn new(syntax: &str) -> Self {
        Self { explicit: syntax != IMPLICIT, big: syntax == BIG_ENDIAN, bytes: Vec::new() }
    }

    pub fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.big { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn tag(&mut self, tag: u32) {
        self.u16((tag >> 16) as u16);
        self.u16(tag as u16);
    }

    /// An empty table of offsets, one frame, and the end of the pixels.
    pub fn encapsulated(&mut self, frame: &[u8]) {
        for fragment in [&[][..], frame] {
            self.tag(0xFFFE_E000);
            self.u32(fragment.len() as u32);
            self.bytes.extend(fragment);
        }
        self.tag(0xFFFE_E0DD);
        self.u32(0);
    }

    pub fn head(&mut self, tag: u32, vr: &str, length: u32) {
        self.tag(tag);
        if !self.explicit {
            return self.u32(length);
        }
        self.bytes.extend(vr.as_bytes());
        if ["OB", "OW", "SQ", "UN", "UT", "UC", "UR"].contains(&vr) {
            self.bytes.extend([0, 0]);
            self.u32(length);
        } else {
            self.u16(length as u16);
        }
    }

    pub fn put(&mut self, tag: u32, vr: &str, value: impl AsRef<[u8]>) -> &mut Self {
        let value = value.as_ref();
        let odd = value.len() % 2;
        self.head(tag, vr, (value.len() + odd) as u32);
        self.bytes.extend(value);
        self.bytes.extend(vec![if vr == "UI" || vr.starts_with('O') { 0 } else { b' ' }; odd]);
        self
    }

    pub fn short(&mut self, tag: u32, value: u16) -> &mut Self {
        let bytes = if self.big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.put(tag, "US", bytes)
    }

    fn nested(&self) -> Self {
        Self { explicit: self.explicit, big: self.big, bytes: Vec::new() }
    }

    /// A sequence of one item, with lengths or with delimiters.
    pub fn sequence(&mut self, tag: u32, defined: bool, item: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = self.nested();
        item(&mut inner);
        let length = inner.bytes.len() as u32;
        self.head(tag, "SQ", if defined { length + 8 } else { u32::MAX });
        self.tag(0xFFFE_E000);
        self.u32(if defined { length } else { u32::MAX });
        self.bytes.extend(inner.bytes);
        if !defined {
            for end in [0xFFFE_E00D, 0xFFFE_E0DD] {
                self.tag(end);
                self.u32(0);
            }
        }
        self
    }
}

/// Preamble, file meta information and a data set.
pub fn file(syntax: &str, class: &str, preamble: &[u8], meta: &[(u32, &str, &[u8])], data_set: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes[..preamble.len()].copy_from_slice(preamble);
    bytes.extend(b"DICM");
    let mut head = Builder::new(EXPLICIT);
    head.put(0x0002_0002, "UI", class).put(0x0002_0003, "UI", "1.2.3.4").put(0x0002_0010, "UI", syntax);
    for &(tag, vr, value) in meta {
        head.put(tag, vr, value);
    }
    let mut length = Builder::new(EXPLICIT);
    length.put(0x0002_0000, "UL", (head.bytes.len() as u32).to_le_bytes());
    bytes.extend(length.bytes);
    bytes.extend(head.bytes);
    bytes.extend(data_set);
    bytes
}
