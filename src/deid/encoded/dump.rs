//! Dumps of bytes: `50 61 74 69`, `0x50, 0x61`, `50:61:74`.

use super::Content;
use super::bytes::content;
use crate::text::Span;

/// The dumps in a text that hold text.
pub(super) fn runs(text: &str) -> impl Iterator<Item = (Span, Content)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            let Some((mut byte, mut end)) = octet(bytes, start) else {
                at += 1;
                continue;
            };
            let mut dump = vec![byte];
            while let Some(next) = separator(bytes, end) {
                let Some(octet) = octet(bytes, next) else { break };
                (byte, end) = octet;
                dump.push(byte);
            }
            at = end;
            let letters = dump.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
            if dump.len() >= SHORTEST
                && letters * 2 > dump.len()
                && let text @ Content::Text(_) = content(dump)
            {
                return Some((Span::new(start, end), text));
            }
        }
        None
    })
}

/// A byte written with two digits that begin a word, and where it ends.
fn octet(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let start = if bytes[at..].starts_with(b"0x") { at + 2 } else { at };
    let digits = bytes.get(start..start + 2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (!bytes.get(start + 2).is_some_and(u8::is_ascii_alphanumeric)).then_some((byte, start + 2))
}

/// What may stand between two bytes: a sign, a blank, a sign and a blank, the end of a line.
fn separator(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes[at..].iter().take(3).take_while(|byte| b" ,:;-\n\r\t".contains(byte)).count();
    (length > 0).then_some(at + length)
}

/// Fewer bytes are a measurement or an address of hardware.
const SHORTEST: usize = 10;
