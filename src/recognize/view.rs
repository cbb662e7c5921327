//! A text derived from another (folded, unescaped, cut out), with the way back for every byte.

use crate::text::Span;

/// A derived text in which every character knows the range of the original that it stands for.
#[derive(Clone, Debug)]
pub struct View {
    text: String,
    map: Map,
}

#[derive(Clone, Debug)]
enum Map {
    /// The text stands in the original, byte for byte, from this offset.
    Shift(usize),
    /// For each byte of the text, where its character starts and ends in the original.
    Table(Vec<(u32, u32)>),
}

impl View {
    /// The original itself.
    pub fn identity(text: &str) -> Self {
        Self::excerpt(text, 0)
    }

    /// A part of the original that starts at `offset`.
    pub fn excerpt(text: &str, offset: usize) -> Self {
        Self { text: text.to_owned(), map: Map::Shift(offset) }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The range of the original that a range of this text stands for. An empty range gives an empty one.
    pub fn origin(&self, span: Span) -> Span {
        match &self.map {
            Map::Shift(offset) => Span::new(span.start + offset, span.end + offset),
            Map::Table(_) if span.is_empty() => {
                let at = self.origin_start(span.start);
                Span::new(at, at)
            }
            Map::Table(table) => {
                // Derived characters may stand in another order than their originals, so take the hull.
                let (mut start, mut end) = (u32::MAX, 0);
                for &(first, last) in &table[span.start..span.end] {
                    start = start.min(first);
                    end = end.max(last);
                }
                Span::new(start as usize, end as usize)
            }
        }
    }

    fn origin_start(&self, at: usize) -> usize {
        match &self.map {
            Map::Shift(offset) => at + offset,
            Map::Table(table) => match table.get(at) {
                Some(&(start, _)) => start as usize,
                None => table.last().map_or(0, |&(_, end)| end as usize),
            },
        }
    }

    /// This view, of a text that is itself `base`: the result leads back to the original of `base`.
    pub fn on(self, base: &View) -> Self {
        match (self.map, &base.map) {
            (Map::Shift(inner), Map::Shift(outer)) => Self { map: Map::Shift(inner + outer), text: self.text },
            (Map::Shift(inner), Map::Table(table)) => {
                let table = table[inner..inner + self.text.len()].to_vec();
                Self { map: Map::Table(table), text: self.text }
            }
            (Map::Table(mut table), Map::Shift(outer)) => {
                let outer = *outer as u32;
                table.iter_mut().for_each(|(start, end)| (*start, *end) = (*start + outer, *end + outer));
                Self { map: Map::Table(table), text: self.text }
            }
            (Map::Table(mut table), Map::Table(_)) => {
                for place in &mut table {
                    let span = base.origin(Span::new(place.0 as usize, place.1 as usize));
                    *place = (span.start as u32, span.end as u32);
                }
                Self { map: Map::Table(table), text: self.text }
            }
        }
    }
}

/// Builds a [`View`] piece by piece. Originals up to 4 GiB.
#[derive(Debug, Default)]
pub struct Builder {
    text: String,
    table: Vec<(u32, u32)>,
}

impl Builder {
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), table: Vec::with_capacity(bytes) }
    }

    /// A character that stands for `origin`.
    pub fn push(&mut self, c: char, origin: Span) {
        self.text.push(c);
        self.table.resize(self.text.len(), (origin.start as u32, origin.end as u32));
    }

    /// A run of ASCII that stands in the original unchanged from `offset`.
    pub fn push_ascii(&mut self, run: &str, offset: usize) {
        debug_assert!(run.is_ascii(), "each byte is a character");
        self.text.push_str(run);
        let start = offset as u32;
        self.table.extend((start..start + run.len() as u32).map(|at| (at, at + 1)));
    }

    /// A text that stands in the original unchanged from `offset`.
    pub fn push_same(&mut self, text: &str, offset: usize) {
        for (at, c) in text.char_indices() {
            self.push(c, Span::new(offset + at, offset + at + c.len_utf8()));
        }
    }

    pub fn finish(self) -> View {
        View { text: self.text, map: Map::Table(self.table) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_leads_back() {
        let view = View::excerpt("Maria", 10);
        assert_eq!(view.origin(Span::new(1, 3)), Span::new(11, 13));
    }

    #[test]
    fn views_compose() {
        // The original `x&amp;y` read as `x&y`, of which `&y` is cut out.
        let mut builder = Builder::default();
        builder.push_same("x", 0);
        builder.push('&', Span::new(1, 6));
        builder.push_same("y", 6);
        let base = builder.finish();
        let view = View::excerpt("&y", 1).on(&base);
        assert_eq!(view.origin(Span::new(0, 1)), Span::new(1, 6));
        assert_eq!(view.origin(Span::new(0, 2)), Span::new(1, 7));
    }
}
