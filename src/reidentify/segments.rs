//! Where a place in the provider's text lies in the restored one.

/// What an index of a citation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

/// The replaced stretches of one text, in order.
#[derive(Debug, Default)]
pub(super) struct Segments {
    list: Vec<Segment>,
    /// How far the text has come, before and after restoring.
    from: Length,
    to: Length,
}

#[derive(Debug)]
struct Segment {
    from: (Length, Length),
    to: (Length, Length),
}

#[derive(Clone, Copy, Debug, Default)]
struct Length {
    bytes: usize,
    characters: usize,
}

impl Segments {
    /// A stretch that stayed as it was.
    pub fn same(&mut self, text: &str) {
        self.from = self.from.and(text);
        self.to = self.to.and(text);
    }

    pub fn replaced(&mut self, before: &str, after: &str) {
        let (from, to) = (self.from.and(before), self.to.and(after));
        self.list.push(Segment { from: (self.from, from), to: (self.to, to) });
        (self.from, self.to) = (from, to);
    }

    /// An index inside a replaced stretch goes to its start, or with `end` to its end.
    pub fn shift(&self, index: usize, unit: Unit, end: bool) -> usize {
        let at = self.list.partition_point(|segment| segment.from.0.of(unit) < index);
        let Some(segment) = at.checked_sub(1).and_then(|last| self.list.get(last)) else { return index };
        if index >= segment.from.1.of(unit) {
            return index - segment.from.1.of(unit) + segment.to.1.of(unit);
        }
        if end { segment.to.1.of(unit) } else { segment.to.0.of(unit) }
    }
}

impl Length {
    fn and(self, text: &str) -> Self {
        Self { bytes: self.bytes + text.len(), characters: self.characters + text.chars().count() }
    }

    fn of(self, unit: Unit) -> usize {
        match unit {
            Unit::Bytes => self.bytes,
            Unit::Characters => self.characters,
        }
    }
}
