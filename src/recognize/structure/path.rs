//! File names and paths: `Novak_Eva_MRN77001.pdf` reads as the words it is made of.

use super::Formats;
use super::sketch::Sketch;
use crate::recognize::view::Builder;
use crate::text::Span;
use memchr::memchr_iter;

/// Hands on the words of every file name and path in a part of the text.
pub(super) fn read(sketch: &mut Sketch, _: &Formats, region: Span) {
    let text = sketch.text();
    let mut after = region.start;
    for at in memchr_iter(b'.', region.of(text).as_bytes()).map(|at| region.start + at) {
        if at < after || !is_file(&text[at + 1..region.end]) {
            continue;
        }
        let name = stem(text, after, at);
        if name.of(text).contains(['_', '-', ' ', '.'])
            || name.of(text).chars().any(|c| c.is_ascii_digit())
            || has_hump(name.of(text))
        {
            sketch.narrate_view(words(text, name), Some("file name"));
        }
        after = at;
    }
}

/// Whether the extension of a file that holds records follows.
fn is_file(rest: &str) -> bool {
    const EXTENSIONS: [&str; 30] = [
        "pdf", "doc", "docx", "xls", "xlsx", "csv", "tsv", "txt", "rtf", "jpg", "jpeg", "png", "tif", "tiff", "dcm",
        "hl7", "xml", "json", "zip", "wav", "mp3", "mp4", "html", "htm", "eml", "msg", "md", "log", "bmp", "heic",
    ];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    EXTENSIONS.iter().any(|extension| rest[..end].eq_ignore_ascii_case(extension))
}

/// What stands before the extension: up to white space, a slash or a quote.
fn stem(text: &str, from: usize, at: usize) -> Span {
    const LONGEST: usize = 120;
    let mut start = from.max(at.saturating_sub(LONGEST));
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let before = &text[start..at];
    let cut = before.rfind(|c: char| {
        c.is_whitespace() || matches!(c, '/' | '\\' | '"' | '\'' | '`' | '=' | '<' | '>' | '(' | '[' | ':' | ',')
    });
    let cut = cut.map_or(0, |found| found + before[found..].chars().next().map_or(1, char::len_utf8));
    Span::new(start + cut, at)
}

fn has_hump(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next();
    chars.as_str().contains(char::is_uppercase) && name.contains(char::is_lowercase)
}

/// The words of a name: separators become spaces, and so do the places where case or digits begin.
fn words(text: &str, name: Span) -> super::View {
    let mut builder = Builder::with_capacity(name.len() + 8);
    let mut previous = ' ';
    for (offset, c) in name.of(text).char_indices() {
        let at = name.start + offset;
        let here = Span::new(at, at + c.len_utf8());
        let starts = c.is_uppercase() && previous.is_lowercase() || c.is_ascii_digit() && previous.is_alphabetic();
        if starts {
            builder.push(' ', Span::new(at, at));
        }
        let separator =
            matches!(c, '_' | '+') || c == '-' && !previous.is_ascii_digit() || c == '.' && previous.is_alphabetic();
        builder.push(if separator { ' ' } else { c }, here);
        previous = c;
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_whole, narrative};

    #[test]
    fn a_file_name_reads_as_its_words() {
        let text = "open C:\\scans\\Novak_EvaMRN77001_2024-03-14.pdf and notes.txt";
        check_whole(text);
        assert!(narrative(text).contains(&"Novak Eva MRN 77001 2024-03-14".to_owned()), "{:?}", narrative(text));
        assert_eq!(narrative("see e.g. the p.o. dose 5.5 and readme.md"), Vec::<String>::new());
    }
}
