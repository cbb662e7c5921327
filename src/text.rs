//! Text that may identify a person, and places in it.

use std::fmt;

/// Text as it arrived: it may identify a person.
///
/// `Raw` has no `Display` and no `Serialize`, and its `Debug` shows a length, so that raw text cannot reach a log,
/// an error or the network by accident. Reading it takes [`Raw::expose`], which can be searched for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Raw(String);

impl Raw {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Every call is a place where raw text is handled.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn into_exposed(self) -> String {
        self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

/// A range of bytes in a text, on character boundaries; `end` is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "a span ends after it starts");
        Self { start, end }
    }

    pub fn len(self) -> usize {
        self.end - self.start
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// Spans that are asked, many times, whether one of them overlaps another.
pub struct Spans {
    /// Each with where the furthest of it and those before it ends.
    sorted: Vec<(Span, usize)>,
}

impl Spans {
    pub fn of(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let furthest = spans.into_iter().scan(0, |furthest, span| {
            *furthest = span.end.max(*furthest);
            Some((span, *furthest))
        });
        Self { sorted: furthest.collect() }
    }

    pub fn overlap(&self, span: Span) -> bool {
        let before = self.sorted.partition_point(|(other, _)| other.start < span.end);
        before.checked_sub(1).is_some_and(|last| self.sorted[last].1 > span.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spans_overlap_what_one_of_them_overlaps(
            spans in proptest::collection::vec((0usize..30, 0usize..5), 0..8),
            (start, length) in (0usize..30, 0usize..5),
        ) {
            let spans: Vec<Span> = spans.iter().map(|&(start, length)| Span::new(start, start + length)).collect();
            let span = Span::new(start, start + length);
            prop_assert_eq!(Spans::of(spans.clone()).overlap(span), spans.iter().any(|one| one.overlaps(span)));
        }
    }

    #[test]
    fn debug_shows_a_length_and_no_text() {
        assert_eq!(format!("{:?}", Raw::new("Maria Kovacs")), "Raw(12 bytes)");
    }
}
