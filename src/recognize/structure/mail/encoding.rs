//! Encoded words (RFC 2047) and quoted-printable text (RFC 2045), decoded with the way back.

use super::super::value::Value;
use crate::recognize::view::Builder;
use crate::text::Span;
use memchr::memmem;

/// A header value with its encoded words read. White space between two of them is none of the text.
pub(super) fn words(text: &str, span: Span) -> Value {
    if memmem::find(span.of(text).as_bytes(), b"=?").is_none() {
        return Value::Plain(span);
    }
    let mut builder = Builder::with_capacity(span.len());
    let mut at = span.start;
    while let Some(c) = text[at..span.end].chars().next() {
        match encoded_word(&text[at..span.end]) {
            Some((read, length)) => {
                read.chars().for_each(|c| builder.push(c, Span::new(at, at + length)));
                at += length;
                let rest = &text[at..span.end];
                let space = rest.len() - rest.trim_start().len();
                if rest[space..].starts_with("=?") {
                    at += space;
                }
            }
            None => {
                builder.push(c, Span::new(at, at + c.len_utf8()));
                at += c.len_utf8();
            }
        }
    }
    Value::Decoded { view: builder.finish(), span }
}

/// `=?charset?B?text?=` at the start of a text, as it reads, and its length.
fn encoded_word(text: &str) -> Option<(String, usize)> {
    const LONGEST: usize = 400;
    if !text.starts_with("=?") {
        return None;
    }
    let mut parts = text.get(2..)?.splitn(3, '?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if charset.len() > 40 || encoding.len() != 1 {
        return None;
    }
    let end = memmem::find(&rest.as_bytes()[..rest.len().min(LONGEST)], b"?=")?;
    let written = &rest[..end];
    let bytes = match encoding {
        "B" | "b" => data_encoding::BASE64.decode(written.as_bytes()).ok()?,
        "Q" | "q" => unquote(&written.replace('_', " ")),
        _ => return None,
    };
    Some((read(bytes, charset), 2 + charset.len() + 1 + encoding.len() + 1 + end + 2))
}

fn read(bytes: Vec<u8>, charset: &str) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if charset.to_ascii_lowercase().starts_with("utf") => {
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    }
}

fn unquote(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match code(bytes, at) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// The byte that `=XX` at `at` stands for.
fn code(bytes: &[u8], at: usize) -> Option<u8> {
    let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'=')?;
    data_encoding::HEXUPPER_PERMISSIVE.decode(digits).ok()?.first().copied()
}

/// A body with its soft line breaks removed and its codes read.
pub(super) fn quoted_printable(text: &str, span: Span) -> Value {
    let bytes = &text.as_bytes()[..span.end];
    let mut builder = Builder::with_capacity(span.len());
    let mut at = span.start;
    while let Some(c) = text[at..span.end].chars().next() {
        let soft = match &bytes[at..] {
            [b'=', b'\r', b'\n', ..] => 3,
            [b'=', b'\n', ..] => 2,
            _ => 0,
        };
        if soft > 0 {
            at += soft;
            continue;
        }
        // Codes in a row make up one character, or several.
        let mut end = at;
        let mut run = Vec::new();
        while let Some(byte) = (end < span.end).then(|| code(bytes, end)).flatten() {
            run.push(byte);
            end += 3;
            if byte < 0x80 || run.len() >= 64 {
                break;
            }
        }
        if run.is_empty() {
            builder.push(c, Span::new(at, at + c.len_utf8()));
            at += c.len_utf8();
        } else {
            read(run, "").chars().for_each(|c| builder.push(c, Span::new(at, end)));
            at = end;
        }
    }
    Value::Decoded { view: builder.finish(), span }
}
