//! What decoded bytes are: text in one of the usual encodings, a file of a known kind, or neither.

use super::Content;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use std::io::Read;

/// What some bytes are.
pub(super) fn content(bytes: Vec<u8>) -> Content {
    if is_media(&bytes) {
        return Content::Media(bytes);
    }
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) if is_readable(text) => Some(text.to_owned()),
        Ok(_) => utf16(&bytes),
        Err(_) => utf16(&bytes).or_else(|| Some(bytes.iter().copied().map(char::from).collect())),
    };
    match text.filter(|text| is_readable(text)) {
        Some(text) => Content::Text(text),
        None if is_packed(&bytes) => Content::Media(bytes),
        None => Content::Opaque(bytes),
    }
}

/// The texts in the midst of binary data, each on a line of its own.
pub(in crate::deid) fn embedded(bytes: &[u8]) -> Option<String> {
    let printable = |byte: &u8| (0x20..0x7f).contains(byte) || matches!(byte, b'\n' | b'\r' | b'\t');
    let runs = bytes.split(|byte| !printable(byte)).filter(|run| run.len() >= EMBEDDED);
    let texts: Vec<String> = runs.map(|run| run.iter().copied().map(char::from).collect()).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// In random bytes one run of this length is met in ten thousand.
const EMBEDDED: usize = 12;

/// UTF-16 of either order, by its mark or by the zeros of its Latin letters.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count() * 2 > pairs.len();
    let read =
        |order: fn([u8; 2]) -> u16| String::from_utf16(&pairs.iter().map(|&pair| order(pair)).collect::<Vec<_>>());
    let text = if bytes.starts_with(b"\xff\xfe") || zeros(1) {
        read(u16::from_le_bytes)
    } else if bytes.starts_with(b"\xfe\xff") || zeros(0) {
        read(u16::from_be_bytes)
    } else {
        return None;
    };
    text.ok().map(|text| text.trim_start_matches('\u{feff}').to_owned())
}

/// Text for people: no control characters but for blanks and line ends, and mostly letters, digits and blanks.
fn is_readable(text: &str) -> bool {
    let (mut all, mut usual) = (0usize, 0usize);
    for c in text.chars() {
        if c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{1c}') {
            return false;
        }
        all += 1;
        usual += usize::from(c.is_alphanumeric() || c.is_whitespace() || c.is_ascii_punctuation());
    }
    all >= 8 && usual * 10 >= all * 9
}

/// Text that was compressed without the head of a file (RFC 1950, RFC 1951).
fn is_packed(bytes: &[u8]) -> bool {
    let zlib = matches!(bytes, [first, second, ..]
        if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0);
    let unpacks = |read: &mut dyn Read| {
        let mut plain = Vec::new();
        let whole = read.take(UNPACKED).read_to_end(&mut plain).is_ok();
        whole && std::str::from_utf8(&plain).is_ok_and(is_readable)
    };
    bytes.len() >= 16 && (zlib && unpacks(&mut ZlibDecoder::new(bytes)) || unpacks(&mut DeflateDecoder::new(bytes)))
}

/// So much is unpacked to see whether it is text.
const UNPACKED: u64 = 64 << 10;

/// Files by their first bytes.
fn is_media(bytes: &[u8]) -> bool {
    let riff = bytes.len() > 12 && bytes.starts_with(b"RIFF");
    riff || crate::dicom::sniff(bytes)
        || bytes.get(4..8) == Some(b"ftyp")
        || MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

const MAGIC: &[&[u8]] = &[
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"%PDF-",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf",
    b"II*\0",
    b"MM\0*",
    b"OggS",
    b"ID3",
    b"fLaC",
    b"\x1a\x45\xdf\xa3",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
    b"SQLite format 3",
    b"\x00asm",
    b"\x7fELF",
    b"MZ\x90\0",
];
