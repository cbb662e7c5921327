//! Dumps of bytes and characters: `50 61 74 69`, `0x50, 0x61`, `50:61:74`, `80, 97, 116`, `'P', 'a', 't'`.

use super::Content;
use super::bytes::content;
use crate::text::Span;

/// The dumps in a text that hold text.
pub(super) fn runs(text: &str) -> impl Iterator<Item = (Span, Content)> {
    // Two hexadecimal digits may be a measurement, so most of those must be letters.
    let units = [(octet as Unit, 2), (code, 4), (letter, 4)];
    units.into_iter().flat_map(move |(unit, share)| runs_of(text.as_bytes(), unit, share))
}

/// Reads one unit of a dump: the bytes that it stands for, and where it ends.
type Unit = fn(&[u8], usize) -> Option<(u8, usize)>;

/// Runs of which more than one in `share` is a letter.
fn runs_of(bytes: &[u8], unit: Unit, share: usize) -> impl Iterator<Item = (Span, Content)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            let Some((mut byte, mut end)) = unit(bytes, start) else {
                at += 1;
                continue;
            };
            let mut dump = vec![byte];
            while let Some(next) = separator(bytes, end) {
                let Some(read) = unit(bytes, next) else { break };
                (byte, end) = read;
                dump.push(byte);
            }
            at = end;
            let letters = dump.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
            if dump.len() >= SHORTEST
                && letters * share > dump.len()
                && let text @ Content::Text(_) = content(dump)
            {
                return Some((Span::new(start, end), text));
            }
        }
        None
    })
}

/// A character of ASCII as its number.
fn code(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let digits = bytes[at..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&bytes[at..at + digits]).ok()?.parse::<u8>().ok()?;
    let ends = !bytes.get(at + digits).is_some_and(u8::is_ascii_alphanumeric);
    (ends && (2..=3).contains(&digits) && (32..127).contains(&number)).then_some((number, at + digits))
}

/// A character of ASCII in quotation marks.
fn letter(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match bytes.get(at..at + 3)? {
        [open @ (b'"' | b'\''), byte @ 32..127, close] if open == close => Some((*byte, at + 3)),
        _ => None,
    }
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
