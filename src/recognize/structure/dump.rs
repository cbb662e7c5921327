//! DICOM datasets printed as text, a line for each attribute: `(0010,0010) PN [Novak^Eva] # 10, 1 PatientName`.

use super::Formats;
use super::content::Content;
use super::json::dicom_name;
use super::sketch::Sketch;
use super::value::Value;
use crate::text::Span;
use memchr::memchr_iter;

/// Acts on every printed attribute in a part of the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let (mut end, mut on_line) = (region.start, 0);
    for at in memchr_iter(b'(', region.of(text).as_bytes()).map(|at| region.start + at) {
        if let Some((tag, after)) = tag(text, at) {
            if after > end {
                end = memchr::memchr2(b'\n', b'\r', &text.as_bytes()[after..]).map_or(text.len(), |at| after + at);
                on_line = 0;
            }
            on_line += 1;
            if on_line <= LINE_MAX {
                attribute(sketch, formats, Span::new(at, after), tag, Span::new(after, end));
            }
        }
    }
}

/// Attributes on one line, of which a dump has one. Each goes on to the end of the line, so that to read more of them
/// would take forever.
const LINE_MAX: usize = 32;

/// Bytes after a tag in which its name and its value representation stand.
const HEAD_MAX: usize = 256;

/// `(gggg,eeee)` or `(gggg, eeee)`.
fn tag(text: &str, at: usize) -> Option<(u32, usize)> {
    let inner = text.get(at + 1..at + 5)?;
    let rest = text.get(at + 5..)?.strip_prefix(',')?;
    let space = rest.len() - rest.trim_start_matches(' ').len();
    let start = at + 6 + space;
    let element = text.get(start..start + 4)?;
    let closed = text.as_bytes().get(start + 4) == Some(&b')');
    let hex = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    closed.then_some(())?;
    Some((hex(inner)? << 16 | hex(element)?, start + 5))
}

fn attribute(sketch: &mut Sketch, formats: &Formats, head: Span, tag: u32, rest: Span) {
    let text = sketch.text();
    let line = rest.of(text);
    // `PN [value]` as dcmdump prints, `Patient's Name  PN: 'value'` as pydicom does.
    let Some((vr, after)) = representation(line) else { return };
    let value = line[after..].trim_start_matches([' ', ':', '=']);
    let start = rest.start + line.len() - value.len();
    let (open, close) = match value.chars().next() {
        Some('[') => (1, value.rfind(']')),
        Some(quote @ ('\'' | '"')) => (1, value[1..].rfind(quote).map(|at| at + 1)),
        _ => (0, Some(value.find(" #").unwrap_or(value.len()))),
    };
    let Some(close) = close.filter(|&close| close >= open) else { return };
    let span = Span::new(start + open, start + close);
    sketch.keep(Span::new(head.start, span.start));
    let printed = span.of(text);
    match formats.dicom.content(tag, vr, printed) {
        // Names of public classes are printed instead of their UIDs.
        Content::Id(..) if vr == "UI" && printed.starts_with('=') => sketch.keep(span),
        Content::Name(role) => dicom_name(sketch, Value::Plain(span), role),
        content => sketch.value(Value::Plain(span), content, None, "dicom"),
    }
    sketch.keep(Span::new(span.end, rest.end));
}

/// The value representation in the rest of a line, and where its value starts.
fn representation(line: &str) -> Option<(&str, usize)> {
    const NAMES: &str =
        "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV";
    let head = &line[..line.floor_char_boundary(HEAD_MAX)];
    let mut at = 0;
    for word in head.split(' ') {
        let cut = at + word.len() == head.len() && head.len() < line.len();
        let name = word.trim_end_matches(':');
        if !cut && name.len() == 2 && NAMES.split(' ').any(|known| known == name) {
            return Some((name, at + word.len()));
        }
        at += word.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn attributes_as_two_tools_print_them() {
        check(
            "(0010,0010) PN [Novak^Eva]   # 10, 1 PatientName\n(0008,0060) CS [CT]  # 2, 1 Modality",
            "(0010,0010) PN [[NAME:Novak^Eva]]   # 10, 1 PatientName\n(0008,0060) CS [CT]  # 2, 1 Modality",
        );
        check(
            "(0010, 0020) Patient ID                          LO: '77001'",
            "(0010, 0020) Patient ID                          LO: '[MRN:77001]'",
        );
        check("(0009,1001) LO [Eva private] # x", "(0009,1001) LO [[OTHER_ID:Eva private]] # x");
        check("range (1000,2000) of it", "range (1000,2000) of it");
    }
}
