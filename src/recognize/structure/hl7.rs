//! HL7 v2 messages: whole, in batches, pasted in part, with any delimiters.
//!
//! The delimiters come from MSH-1 and MSH-2. Segments that no table lists, site-defined `Z` segments above all, fail
//! closed. Lines between segments are prose.

mod escape;
mod field;
mod table;

use super::Formats;
use super::sketch::Sketch;
use crate::text::Span;
use memchr::{memchr, memchr_iter, memmem};
pub(super) use table::Tables;

/// Acts on every HL7 v2 segment in a part of the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let tables = &formats.hl7;
    let text = &sketch.text()[..region.end];
    let header = headers(text, region.start).next();
    if header.is_none() && !has_anchor(text, region.start) {
        return;
    }
    let mut delimiters =
        header.map_or_else(Delimiters::standard, |at| Delimiters::at(text, at).expect("just seen there"));
    let mut reports = field::Reports::default();
    for segment in segments(text, region.start, tables, header.is_some(), &mut delimiters) {
        field::read(sketch, tables, &segment, &mut reports);
    }
    reports.flush(sketch);
}

/// The delimiters a message declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Delimiters {
    field: u8,
    component: u8,
    repetition: u8,
    escape: u8,
    subcomponent: u8,
    /// How many times the escape character stands in a row: two where the message was itself escaped, as in a
    /// string literal.
    doubled: bool,
}

impl Delimiters {
    fn standard() -> Self {
        Self { field: b'|', component: b'^', repetition: b'~', escape: b'\\', subcomponent: b'&', doubled: false }
    }

    /// Reads MSH-1 and MSH-2 of the header segment that starts at `at`.
    fn at(text: &str, at: usize) -> Option<Self> {
        let rest = text.as_bytes().get(at + 3..)?;
        let (&field, rest) = rest.split_first()?;
        let end = memchr(field, &rest[..rest.len().min(8)])?;
        let declared = &rest[..end];
        let delimiter = |byte: u8| byte.is_ascii_punctuation();
        if !delimiter(field) || declared.is_empty() || !declared.iter().all(|&byte| delimiter(byte)) {
            return None;
        }
        let mut found = Self { field, ..Self::standard() };
        found.component = declared[0];
        found.repetition = *declared.get(1).unwrap_or(&b'~');
        found.escape = *declared.get(2).unwrap_or(&b'\\');
        found.doubled = declared.len() > 4 && declared[2] == declared[3];
        found.subcomponent = *declared.get(3 + usize::from(found.doubled)).unwrap_or(&b'&');
        Some(found)
    }
}

/// One segment: where it stands, and the delimiters in force.
#[derive(Debug)]
struct Segment<'t> {
    name: &'t str,
    span: Span,
    delimiters: Delimiters,
}

/// Where header segments start.
fn headers(text: &str, from: usize) -> impl Iterator<Item = usize> + '_ {
    ["MSH", "FHS", "BHS"]
        .into_iter()
        .flat_map(move |name| {
            memmem::find_iter(&text.as_bytes()[from..], name).map(move |at| from + at).collect::<Vec<_>>()
        })
        .filter(move |&at| is_boundary(text, at) && Delimiters::at(text, at).is_some())
}

/// Whether a line starts with a segment that only HL7 v2 has: a message pasted without its header.
fn has_anchor(text: &str, from: usize) -> bool {
    const ANCHORS: [&str; 15] =
        ["PID", "PV1", "OBR", "OBX", "NK1", "IN1", "IN2", "GT1", "ORC", "NTE", "DG1", "AL1", "TXA", "EVN", "MRG"];
    memchr_iter(b'|', &text.as_bytes()[from..]).map(|at| from + at).any(|at| {
        at >= 3 && text.is_char_boundary(at - 3) && ANCHORS.contains(&&text[at - 3..at]) && is_boundary(text, at - 3)
    })
}

/// Whether a segment may start here: at the start of the text or after white space, a quote or an escaped line end.
fn is_boundary(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[..at];
    match before {
        [] => true,
        [.., b'\\', b'r' | b'n'] => true,
        [.., last] => {
            last.is_ascii_whitespace() || matches!(last, 0x0b | 0x1c | b'"' | b'\'' | b'`' | b'>' | b'(' | b':' | b'=')
        }
    }
}

/// The segments of the text, in order. Headers on the way change the delimiters.
fn segments<'t>(
    text: &'t str,
    from: usize,
    tables: &Tables,
    in_message: bool,
    delimiters: &mut Delimiters,
) -> Vec<Segment<'t>> {
    let mut found: Vec<Segment<'t>> = Vec::new();
    let bytes = text.as_bytes();
    let mut line = from;
    while line < bytes.len() {
        let end = memchr::memchr2(b'\n', b'\r', &bytes[line..]).map_or(bytes.len(), |length| line + length);
        let first = line
            + text[line..end]
                .bytes()
                .take_while(|&byte| byte.is_ascii_whitespace() || matches!(byte, 0x0b | b'>' | b'"' | b'\'' | b'`'))
                .count();
        let mut at = first;
        while let Some(name) = text.get(at..(at + 3).min(end)).filter(|_| at + 3 < end) {
            let header = matches!(name, "MSH" | "FHS" | "BHS").then(|| Delimiters::at(text, at)).flatten();
            if let Some(header) = header {
                *delimiters = header;
            }
            let starts = bytes[at + 3] == delimiters.field
                && is_boundary(text, at)
                && (header.is_some()
                    || tables.is_segment(name)
                    || is_site_defined(name)
                    || in_message && at == first && is_segment_name(name));
            let next = next_start(text, tables, at + usize::from(starts) * 3, end, delimiters.field);
            if starts {
                found.push(Segment { name, span: Span::new(at, next.unwrap_or(end)), delimiters: *delimiters });
            }
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        line = end + 1;
    }
    found
}

/// Where the next segment starts in the same line, if its line end was lost or escaped.
fn next_start(text: &str, tables: &Tables, from: usize, end: usize, separator: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr_iter(separator, &bytes[from..end])
        .map(|at| from + at)
        .find_map(|at| {
            let start = at.checked_sub(3).filter(|&start| start > from)?;
            let name = text.get(start..at)?;
            let starts = is_boundary(text, start) && (tables.is_segment(name) || is_site_defined(name));
            starts.then_some(start)
        })
        .or_else(|| {
            // A header further on in the line may declare another separator.
            let header = memmem::find(&bytes[from..end], b"MSH").map(|at| from + at)?;
            (header > from && is_boundary(text, header) && Delimiters::at(text, header).is_some()).then_some(header)
        })
}

fn is_segment_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes[0].is_ascii_uppercase() && bytes[1..].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_site_defined(name: &str) -> bool {
    name.starts_with('Z') && is_segment_name(name)
}

#[cfg(test)]
mod tests;
