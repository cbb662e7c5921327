//! A font as far as reading needs it: which letters its codes are, and how wide.

use super::page::real;
use lopdf::{Dictionary, Document, Encoding, Object};
use std::collections::HashMap;

pub(super) struct Font<'d> {
    encoding: Encoding<'d>,
    /// Whether a code has two bytes.
    wide: bool,
    widths: HashMap<u16, f64>,
    /// For codes without a width of their own.
    usual: f64,
}

impl<'d> Font<'d> {
    pub fn new(document: &'d Document, font: &'d Dictionary, limit: usize) -> Option<Self> {
        let encoding = font.get_font_encoding_with_limit(document, limit).ok()?;
        let name = |key: &[u8]| font.get(key).and_then(Object::as_name).unwrap_or_default();
        if name(b"Subtype") == b"Type0" {
            let below = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array).ok()?.first()?;
            let below = document.dereference(below).ok()?.1.as_dict().ok()?;
            let usual = below.get_deref(b"DW", document).map_or(1000.0, real);
            let widths = below.get_deref(b"W", document).and_then(Object::as_array);
            let widths = widths.map_or_else(|_| HashMap::new(), |list| ranges(document, list));
            return Some(Self { encoding, wide: true, widths, usual });
        }
        let first = font.get_deref(b"FirstChar", document).map_or(0.0, real) as u16;
        let list = font.get_deref(b"Widths", document).and_then(Object::as_array);
        let list = list.map_or(&[][..], |list| list.as_slice());
        let width = |object: &'d Object| document.dereference(object).map_or(0.0, |(_, object)| real(object));
        let widths = (0u16..).zip(list).map(|(at, object)| (first.saturating_add(at), width(object))).collect();
        // The fonts that every reader has come without widths; theirs are near these.
        let usual = if name(b"BaseFont").starts_with(b"Courier") { 600.0 } else { 500.0 };
        Some(Self { encoding, wide: false, widths, usual })
    }

    pub fn codes<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = u16> + use<'b> {
        bytes
            .chunks(if self.wide { 2 } else { 1 })
            .map(|code| code.iter().fold(0, |code, &byte| code << 8 | u16::from(byte)))
    }

    pub fn width(&self, code: u16) -> f64 {
        self.widths.get(&code).copied().unwrap_or(self.usual)
    }

    /// The letters of a string; a code that the font does not name shows as the replacement character.
    pub fn letters(&self, bytes: &[u8]) -> String {
        let mut letters = Document::decode_text(&self.encoding, bytes).unwrap_or_default();
        let missing = self.codes(bytes).count().saturating_sub(letters.chars().count());
        letters.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, missing));
        letters
    }
}

/// `[first [width …] first last width …]` (ISO 32000-1, 9.7.4.3).
fn ranges(document: &Document, list: &[Object]) -> HashMap<u16, f64> {
    let mut widths = HashMap::new();
    let mut rest = list.iter().filter_map(|object| document.dereference(object).ok()).map(|(_, object)| object);
    while let (Some(first), Some(next)) = (rest.next(), rest.next()) {
        let first = real(first) as u16;
        match next {
            Object::Array(each) => {
                widths.extend((0u16..).zip(each).map(|(at, width)| (first.saturating_add(at), real(width))));
            }
            last => {
                let Some(width) = rest.next().map(real) else { break };
                widths.extend((first..=real(last) as u16).map(|code| (code, width)));
            }
        }
    }
    widths
}
