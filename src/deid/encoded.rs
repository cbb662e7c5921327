//! Base64: text in it is read like any other, media in it is told by its first bytes.

use crate::text::Span;
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding};

/// What some base64 holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    /// A file of a known kind.
    Media(Vec<u8>),
    /// Random bytes: keys, digests, or a long word that happens to be base64.
    Opaque(Vec<u8>),
}

/// Decodes text that is base64 as a whole, in either alphabet, padded or not, maybe in lines.
pub(super) fn decode(text: &str) -> Option<Content> {
    let joined: String;
    let text = if text.contains(['\n', '\r']) {
        joined = text.split(['\n', '\r']).collect();
        &joined
    } else {
        text
    };
    let bytes = ENCODINGS.iter().find_map(|encoding| encoding.decode(text.as_bytes()).ok())?;
    if is_media(&bytes) {
        return Some(Content::Media(bytes));
    }
    match String::from_utf8(bytes) {
        Ok(text) if is_readable(&text) => Some(Content::Text(text)),
        Ok(text) => Some(Content::Opaque(text.into_bytes())),
        Err(error) => Some(Content::Opaque(error.into_bytes())),
    }
}

/// The runs of at least 16 base64 characters in a text that hold text or media. A run may have line breaks.
pub(super) fn runs(text: &str) -> Vec<(Span, Content)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_base64(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        at = end_of_line(bytes, start);
        // Mail and PEM break base64 into lines of 60 to 76 characters.
        while at - start >= 60 && bytes.get(at).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            let next = at + 1 + usize::from(bytes[at..].starts_with(b"\r\n"));
            let end = end_of_line(bytes, next.min(bytes.len()));
            if end == next {
                break;
            }
            at = end;
        }
        let end = at + bytes[at..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        at = end;
        if end - start < SHORTEST {
            continue;
        }
        match decode(&text[start..end]) {
            Some(content @ Content::Text(_)) => found.push((Span::new(start, end), content)),
            // A short run that starts like a file is a path or a word.
            Some(content @ Content::Media(_)) if end - start >= SHORTEST_MEDIA => {
                found.push((Span::new(start, end), content))
            }
            _ => {}
        }
    }
    found
}

/// Base64 in the padded standard alphabet, as media fields have it.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|&byte| !is_base64(byte)).map_or(bytes.len(), |run| from + run)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
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

/// Files by their first bytes.
fn is_media(bytes: &[u8]) -> bool {
    let riff = bytes.len() > 12 && bytes.starts_with(b"RIFF");
    riff || crate::dicom::sniff(bytes)
        || bytes.get(4..8) == Some(b"ftyp")
        || MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

const ENCODINGS: [Encoding; 4] = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];

/// Shorter runs are words.
const SHORTEST: usize = 16;

const SHORTEST_MEDIA: usize = 64;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_media_are_told_from_long_words() {
        let text = encode(b"Patient Maria Kovacs, seen today");
        assert_eq!(runs(&format!("see {text} here")).len(), 1);
        assert_eq!(runs(&format!("data:text/plain;base64,{text}")).len(), 1);
        assert!(matches!(
            runs(&BASE64.encode(b"%PDF-1.7 and so on and on and on and on and on and on"))[..],
            [(_, Content::Media(_))]
        ));
        assert!(
            runs("gastrointestinal electroencephalography 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c").is_empty()
        );
    }

    #[test]
    fn lines_are_joined() {
        let text = encode("Patient Maria Kovacs was seen today. ".repeat(4).as_bytes());
        let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let wrapped = lines.join("\n");
        assert!(matches!(&runs(&wrapped)[..], [(span, Content::Text(_))] if span.len() == wrapped.len()));
    }
}
