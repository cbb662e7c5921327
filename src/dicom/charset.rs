//! Text of the character sets of PS3.3 C.12.1.1.2, among them those that switch by escape sequences.

use dicom_encoding::text::{SpecificCharacterSet, TextCodec};

/// The character set in force in a data set or item.
#[derive(Clone, Debug, Default)]
pub struct Charset {
    /// The codec of the first value; `None` for ASCII alone, or for a set that is not known.
    first: Option<SpecificCharacterSet>,
    /// Whether escape sequences may switch to other sets.
    switches: bool,
}

impl Charset {
    /// From the value of (0008,0005).
    pub fn new(value: &str) -> Self {
        let mut terms = value.split('\\').map(str::trim);
        let first = terms.next().filter(|term| !term.is_empty() && *term != "ISO_IR 6" && *term != "ISO 2022 IR 6");
        let switches = value.contains("ISO 2022") || terms.next().is_some();
        Self { first: first.and_then(SpecificCharacterSet::from_code), switches }
    }

    /// The text, or `None` where it cannot be read with certainty.
    pub fn decode(&self, bytes: &[u8]) -> Option<String> {
        if bytes.iter().all(|&byte| byte.is_ascii() && byte != 0x1B) {
            return String::from_utf8(bytes.to_vec()).ok();
        }
        if !bytes.contains(&0x1B) {
            return decode_with(self.first.as_ref()?, bytes);
        }
        if self.switches { self.decode_escapes(bytes) } else { None }
    }

    fn decode_escapes(&self, bytes: &[u8]) -> Option<String> {
        let mut text = String::new();
        let mut rest = bytes;
        let mut codec = self.first.clone();
        while !rest.is_empty() {
            if rest[0] == 0x1B {
                let (length, next) = escape(rest, &self.first)?;
                // The codec of ISO-2022-JP reads its own escape sequences.
                let skipped = if matches!(next, Codec::Own(_)) { 0 } else { length };
                let end = rest[length..].iter().position(|&byte| byte == 0x1B).map_or(rest.len(), |at| at + length);
                let piece = &rest[skipped..end];
                match next {
                    Codec::Own(own) => text.push_str(&decode_with(&own, piece)?),
                    Codec::Set(set) => {
                        codec = set;
                        text.push_str(&decode_piece(codec.as_ref(), piece)?);
                    }
                }
                rest = &rest[end..];
            } else {
                let end = rest.iter().position(|&byte| byte == 0x1B).unwrap_or(rest.len());
                text.push_str(&decode_piece(codec.as_ref(), &rest[..end])?);
                rest = &rest[end..];
            }
        }
        Some(text)
    }
}

enum Codec {
    Set(Option<SpecificCharacterSet>),
    Own(SpecificCharacterSet),
}

/// The escape sequences of PS3.3 tables C.12-3 and C.12-4: how long, and which set follows.
fn escape(bytes: &[u8], first: &Option<SpecificCharacterSet>) -> Option<(usize, Codec)> {
    let set = |code| Codec::Set(SpecificCharacterSet::from_code(code));
    let own = |code| SpecificCharacterSet::from_code(code).map(Codec::Own);
    Some(match bytes.get(1..)? {
        [b'(', b'B', ..] => (3, Codec::Set(first.clone())),
        [b'(', b'J', ..] | [b')', b'I', ..] | [b'(', b'I', ..] => (3, set("ISO_IR 13")),
        [b'$', b'B', ..] | [b'$', b'@', ..] => (3, own("ISO 2022 IR 87")?),
        [b'$', b')', b'C', ..] => (4, set("ISO 2022 IR 149")),
        [b'$', b')', b'A', ..] => (4, set("ISO 2022 IR 58")),
        [b'-', b'A', ..] => (3, set("ISO_IR 100")),
        [b'-', b'B', ..] => (3, set("ISO_IR 101")),
        [b'-', b'C', ..] => (3, set("ISO_IR 109")),
        [b'-', b'D', ..] => (3, set("ISO_IR 110")),
        [b'-', b'F', ..] => (3, set("ISO_IR 126")),
        [b'-', b'G', ..] => (3, set("ISO_IR 127")),
        [b'-', b'H', ..] => (3, set("ISO_IR 138")),
        [b'-', b'L', ..] => (3, set("ISO_IR 144")),
        [b'-', b'T', ..] => (3, set("ISO_IR 166")),
        _ => return None,
    })
}

fn decode_piece(codec: Option<&SpecificCharacterSet>, piece: &[u8]) -> Option<String> {
    match codec {
        _ if piece.is_ascii() => String::from_utf8(piece.to_vec()).ok(),
        Some(codec) => decode_with(codec, piece),
        None => None,
    }
}

fn decode_with(codec: &SpecificCharacterSet, bytes: &[u8]) -> Option<String> {
    let text = codec.decode(bytes).ok()?;
    // The codec writes what it cannot read as a backslash and an octal number.
    let escapes = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\\').count();
    (escapes(text.as_bytes()) <= escapes(bytes) && !text.contains('\u{FFFD}')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(charset: &str, bytes: &[u8], expected: Option<&str>) {
        assert_eq!(Charset::new(charset).decode(bytes).as_deref(), expected);
    }

    #[test]
    fn single_sets() {
        check("", b"Smith", Some("Smith"));
        check("ISO_IR 100", b"M\xFCller", Some("Müller"));
        check("ISO_IR 192", "Ковач".as_bytes(), Some("Ковач"));
        check("GB18030", b"\xCD\xF5", Some("王"));
    }

    #[test]
    fn sets_that_switch() {
        check("\\ISO 2022 IR 87", b"Yamada=\x1b$B;3ED\x1b(B", Some("Yamada=山田"));
        check("\\ISO 2022 IR 149", b"Hong=\x1b$)C\xfb\xf3", Some("Hong=洪"));
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed() {
        check("", b"M\xFCller", None);
        check("ISO_IR 192", b"M\xFCller", None);
        check("ISO_IR 100", b"\x1b$B;3ED", None);
    }
}
