//! The escape sequences of HL7 v2 (2.7 of chapter 2), decoded with the way back.

use super::super::value::Value;
use super::Delimiters;
use crate::recognize::view::Builder;
use crate::text::Span;
use memchr::memchr;

/// A component as it reads.
pub(super) fn decode(text: &str, span: Span, delimiters: Delimiters) -> Value {
    if memchr(delimiters.escape, span.of(text).as_bytes()).is_none() {
        return Value::Plain(span);
    }
    let mut builder = Builder::with_capacity(span.len());
    push(&mut builder, text, span, delimiters, false);
    Value::Decoded { view: builder.finish(), span }
}

/// Adds a text field to a view: repetitions become lines, stray component separators become spaces.
pub(super) fn push(builder: &mut Builder, text: &str, span: Span, delimiters: Delimiters, prose: bool) {
    let mut at = span.start;
    while let Some(c) = text[at..span.end].chars().next() {
        let here = Span::new(at, at + c.len_utf8());
        let byte = if c.is_ascii() { c as u8 } else { 0 };
        if byte == delimiters.escape
            && let Some((end, read)) = sequence(&text[..span.end], at, delimiters)
        {
            for c in read.chars() {
                builder.push(c, Span::new(at, end));
            }
            at = end;
            continue;
        }
        match byte {
            0 => builder.push(c, here),
            _ if prose && byte == delimiters.repetition => builder.push('\n', here),
            _ if prose && byte == delimiters.component => builder.push(' ', here),
            _ => builder.push(c, here),
        }
        at = here.end;
    }
}

/// The escape sequence that starts at `at`: where it ends, and how it reads.
fn sequence(text: &str, at: usize, delimiters: Delimiters) -> Option<(usize, String)> {
    /// The longest sequence that is read as one; `\X..\` may hold a whole short text.
    const LONGEST: usize = 512;
    let width = 1 + usize::from(delimiters.doubled && text.as_bytes().get(at + 1) == Some(&delimiters.escape));
    let start = at + width;
    let bytes = text.as_bytes().get(start..text.len().min(start + LONGEST))?;
    let length = memchr(delimiters.escape, bytes)?;
    let body = text.get(start..start + length)?;
    let mut end = start + length + 1;
    if width == 2 && text.as_bytes().get(end) == Some(&delimiters.escape) {
        end += 1;
    }
    let delimiter = |byte: u8| char::from(byte).to_string();
    let read = match body {
        "F" => delimiter(delimiters.field),
        "S" => delimiter(delimiters.component),
        "T" => delimiter(delimiters.subcomponent),
        "R" => delimiter(delimiters.repetition),
        "E" => delimiter(delimiters.escape),
        "H" | "N" => String::new(),
        _ if body.starts_with(".br") || body.starts_with(".sp") || body.starts_with(".ce") => "\n".to_owned(),
        _ if body.starts_with('.') && body.len() <= 6 => " ".to_owned(),
        _ if body.starts_with('X') && body.len() > 1 => hex(&body[1..])?,
        _ if body.starts_with(['C', 'M', 'Z']) && body.len() <= 12 && !body.contains(' ') => String::new(),
        _ => return None,
    };
    Some((end, read))
}

/// Bytes in hexadecimal, read as UTF-8 where they are that, else as Latin-1.
fn hex(digits: &str) -> Option<String> {
    let bytes = data_encoding::HEXUPPER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()))
}
