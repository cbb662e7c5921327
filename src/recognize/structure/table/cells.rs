//! How a table is laid out, and where the cells of a row are.

use super::super::value::Value;
use crate::recognize::view::Builder;
use crate::text::Span;
use memchr::{memchr, memchr2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// As in CSV: cells may be quoted, and then hold separators and line ends.
    Separated(u8),
    /// As in Markdown: `| a | b |`.
    Pipes,
    /// Columns that start below the words of the header.
    Fixed,
}

pub(super) struct Row {
    pub cells: Vec<Span>,
    /// Where the row ends, and where the next starts.
    pub end: usize,
    pub after: usize,
    /// Whether the row is a rule, as `|---|---|`.
    pub rule: bool,
}

impl Layout {
    /// The layout that a header in this line would have, and the cells in it.
    pub fn of_header(text: &str, line: Span) -> Option<(Self, Vec<Span>)> {
        /// A header of a hundred columns with long names.
        const LONGEST: usize = 6000;
        let words = line.of(text);
        if line.len() > LONGEST || words.trim().len() < 3 {
            return None;
        }
        let candidates = [
            Self::Pipes,
            Self::Separated(b'\t'),
            Self::Separated(b';'),
            Self::Separated(b','),
            Self::Separated(b'|'),
            Self::Fixed,
        ];
        candidates.into_iter().find_map(|layout| {
            let is_possible = match layout {
                Self::Pipes => words.trim_start_matches(['>', ' ', '\t']).starts_with('|'),
                Self::Separated(separator) => memchr(separator, words.as_bytes()).is_some(),
                Self::Fixed => words.trim().contains("  "),
            };
            let cells = is_possible
                .then(|| layout.row(text, line.start, usize::MAX))
                .filter(|row| row.end == line.end && !row.rule)?
                .cells;
            let numbers = cells
                .iter()
                .filter(|cell| cell.of(text).split(' ').any(|word| word.starts_with(|c: char| c.is_ascii_digit())));
            let named = cells.len() >= 2
                && numbers.count() * 2 < cells.len()
                && cells.iter().all(|cell| is_header_cell(cell.of(text)));
            named.then_some((layout, cells))
        })
    }

    /// The row that starts at `at`, under a header of so many columns.
    pub fn row(self, text: &str, at: usize, columns: usize) -> Row {
        let end = line_end(text, at);
        let line = Span::new(at, end);
        let (cells, end) = match self {
            Self::Separated(separator) => separated(text, at, separator),
            Self::Pipes => (pipes(text, line), end),
            Self::Fixed => (spaced(text, line), end),
        };
        let words = Span::new(at, end).of(text);
        let rule = words.bytes().any(|byte| matches!(byte, b'-' | b'=' | b'_'))
            && words.bytes().all(|byte| matches!(byte, b'-' | b'=' | b'_' | b'|' | b':' | b'+' | b' ' | b'\t' | b'>'));
        let cells = if cells.iter().all(|cell| cell.is_empty()) && columns != usize::MAX { Vec::new() } else { cells };
        Row { cells, end, after: next_line(text, end), rule }
    }
}

/// A name of a column: short, no sentence.
fn is_header_cell(cell: &str) -> bool {
    let cell = cell.trim();
    // `Source: patient` names a value, no column.
    let sentence =
        cell.contains(". ") || cell.contains(": ") || cell.ends_with(['!', '?', '.', ':']) && cell.len() > 16;
    cell.len() <= 48 && !sentence
}

fn separated(text: &str, at: usize, separator: u8) -> (Vec<Span>, usize) {
    /// A quoted cell that does not end is none; then the quote is a character like others.
    const LONGEST: usize = 20_000;
    let bytes = text.as_bytes();
    let mut cells = Vec::new();
    let mut start = at;
    loop {
        let lead = start + bytes[start..].iter().take_while(|byte| matches!(byte, b' ')).count();
        let quoted = (bytes.get(lead) == Some(&b'"'))
            .then(|| closing(&bytes[..bytes.len().min(lead + LONGEST)], lead + 1))
            .flatten();
        if let Some(close) = quoted.filter(|&close| {
            matches!(bytes.get(close + 1), None | Some(b'\n' | b'\r')) || bytes.get(close + 1) == Some(&separator)
        }) {
            cells.push(Span::new(lead + 1, close));
            match bytes.get(close + 1) {
                Some(&byte) if byte == separator => start = close + 2,
                _ => return (cells, close + 1),
            }
            continue;
        }
        let end = bytes[start..]
            .iter()
            .position(|&byte| byte == separator || byte == b'\n' || byte == b'\r')
            .map_or(bytes.len(), |length| start + length);
        cells.push(Span::new(start, end));
        match bytes.get(end) {
            Some(&byte) if byte == separator => start = end + 1,
            _ => return (cells, end),
        }
    }
}

/// Where the quote closes that opened before `at`; doubled ones are content.
fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

fn pipes(text: &str, line: Span) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut cells = Vec::new();
    let Some(first) = memchr(b'|', line.of(text).as_bytes()) else { return cells };
    let mut start = line.start + first + 1;
    let mut at = start;
    while let Some(length) = memchr(b'|', &bytes[at..line.end]) {
        at += length + 1;
        if bytes[at - 2] == b'\\' {
            continue;
        }
        cells.push(trim(text, Span::new(start, at - 1)));
        start = at;
    }
    if !text[start..line.end].trim().is_empty() {
        cells.push(trim(text, Span::new(start, line.end)));
    }
    cells
}

/// Cells with two spaces or a tab between them.
fn spaced(text: &str, line: Span) -> Vec<Span> {
    let mut cells = Vec::new();
    let mut rest = line.of(text).trim();
    while !rest.is_empty() {
        let length = rest.find("  ").into_iter().chain(rest.find('\t')).min().unwrap_or(rest.len());
        let start = rest.as_ptr() as usize - text.as_ptr() as usize;
        cells.push(Span::new(start, start + length));
        rest = rest[length..].trim_start();
    }
    cells
}

/// The cells of a row in which some are empty: each goes below the name it is nearest to.
pub(super) fn below(text: &str, names: &[Span], cells: &[Span], header: usize, row: usize) -> Vec<Span> {
    let column = |line: usize, cell: Span| text[line..cell.start].chars().count();
    let starts: Vec<usize> = names.iter().map(|&name| column(header, name)).collect();
    let mut placed: Vec<Span> = vec![Span::new(row, row); names.len()];
    let mut next = 0;
    for &cell in cells {
        let at = column(row, cell);
        let nearest = (next..names.len()).min_by_key(|&number| starts[number].abs_diff(at)).unwrap_or(names.len() - 1);
        if placed[nearest].is_empty() {
            placed[nearest] = cell;
        }
        next = nearest + 1;
    }
    placed
}

fn trim(text: &str, span: Span) -> Span {
    let words = span.of(text);
    let start = span.start + words.len() - words.trim_start().len();
    let end = span.start + words.trim_end().len();
    Span::new(start.min(end), end)
}

/// A cell without the doubling of its quotes.
pub(super) fn unquoted(text: &str, cell: Span) -> Value {
    if memchr(b'"', cell.of(text).as_bytes()).is_none() {
        return Value::Plain(cell);
    }
    let mut builder = Builder::with_capacity(cell.len());
    let mut at = cell.start;
    while let Some(c) = text[at..cell.end].chars().next() {
        let doubled = text[at..cell.end].starts_with("\"\"");
        let end = at + if doubled { 2 } else { c.len_utf8() };
        builder.push(c, Span::new(at, end));
        at = end;
    }
    Value::Decoded { view: builder.finish(), span: cell }
}

pub(super) fn line_end(text: &str, at: usize) -> usize {
    memchr2(b'\n', b'\r', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length)
}

pub(super) fn next_line(text: &str, end: usize) -> usize {
    match text.as_bytes().get(end..) {
        Some([b'\r', b'\n', ..]) => end + 2,
        Some([b'\r' | b'\n', ..]) => end + 1,
        _ => text.len().max(end),
    }
}
