//! Encodings of bytes as text (base64, base32, hexadecimal): text in them is read like any other, media in them is told
//! by its first bytes.

mod bytes;
mod dump;

use crate::text::Span;
use bytes::content;
pub(super) use bytes::embedded;
use data_encoding::{
    BASE32, BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding, HEXLOWER_PERMISSIVE,
};

/// What some encoded bytes hold.
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
    ENCODINGS.iter().find_map(|encoding| encoding.decode(text.as_bytes()).ok()).map(content)
}

/// The runs of encoded bytes in a text that hold text or media: at least 16 characters, maybe with line breaks, or a
/// dump of bytes with blanks or commas between them.
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
        match decoded_run(&text[start..end]) {
            Some(content @ Content::Text(_)) => found.push((Span::new(start, end), content)),
            // A short run that starts like a file is a path or a word.
            Some(content @ Content::Media(_)) if end - start >= SHORTEST_MEDIA => {
                found.push((Span::new(start, end), content))
            }
            _ => {}
        }
    }
    let known: Vec<Span> = found.iter().map(|(span, _)| *span).collect();
    let is_new = |dump: &Span| {
        known.get(known.partition_point(|span| span.end <= dump.start)).is_none_or(|span| span.start >= dump.end)
    };
    found.extend(dump::runs(text).filter(|(dump, _)| is_new(dump)));
    found
}

/// What a run holds in whichever of the alphabets it is written. Binary data may have text in its midst.
fn decoded_run(run: &str) -> Option<Content> {
    let narrow = [HEXLOWER_PERMISSIVE, BASE32, BASE32_NOPAD];
    let readings = narrow.iter().filter_map(|encoding| encoding.decode(run.as_bytes()).ok().map(content));
    let readings: Vec<Content> = readings.chain(decode(run)).collect();
    let mut opaque = None;
    for reading in readings {
        match reading {
            Content::Opaque(bytes) => opaque = opaque.or_else(|| embedded(&bytes)),
            known => return Some(known),
        }
    }
    opaque.map(Content::Text)
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

const ENCODINGS: [Encoding; 4] = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];

/// Shorter runs are words.
const SHORTEST: usize = 16;

const SHORTEST_MEDIA: usize = 64;

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
    fn other_alphabets_and_other_forms_of_text_are_read() {
        let text = "Patient Maria Kovacs, MRN 84620917";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin: Vec<u8> = text.bytes().chain([0xe9]).collect();
        let binary: Vec<u8> = (0..=255).chain(text.bytes()).chain([0, 1, 2]).collect();
        let spaced: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        for encoded in [
            HEXLOWER_PERMISSIVE.encode(text.as_bytes()),
            BASE32.encode(text.as_bytes()),
            encode(&utf16),
            encode(&latin),
            encode(&binary),
            spaced.join(" "),
            spaced.join(", 0x"),
        ] {
            let found = runs(&format!("see {encoded} here"));
            assert!(
                matches!(&found[..], [(_, Content::Text(inner))] if inner.contains("Maria Kovacs")),
                "{encoded}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_packed_is_media() {
        use std::io::Write;
        let text = "Patient Maria Kovacs, MRN 84620917, was seen today and will be seen again. ";
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(text.as_bytes()).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        raw.write_all(text.as_bytes()).unwrap();
        for packed in [zlib.finish().unwrap(), raw.finish().unwrap()] {
            assert!(matches!(&runs(&encode(&packed))[..], [(_, Content::Media(_))]));
        }
    }

    #[test]
    fn characters_in_a_row_are_read() {
        let text = "MRN 48392017 of Maria Kovacs";
        let codes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
        let letters: Vec<String> = text.chars().map(|c| format!("{c:?}")).collect();
        for written in [codes.join(", "), codes.join(" "), letters.join(", ")] {
            let found = runs(&format!("look at [{written}] now"));
            assert!(matches!(&found[..], [(_, Content::Text(read))] if read == text), "{written}: {found:?}");
        }
    }

    #[test]
    fn numbers_in_a_row_are_no_dump() {
        assert!(runs("12 80 72 16 98 14 22 31 45 60 71 88 90 and 10:20 11:30 12:40").is_empty());
    }

    #[test]
    fn lines_are_joined() {
        let text = encode("Patient Maria Kovacs was seen today. ".repeat(4).as_bytes());
        let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let wrapped = lines.join("\n");
        assert!(matches!(&runs(&wrapped)[..], [(span, Content::Text(_))] if span.len() == wrapped.len()));
    }
}
