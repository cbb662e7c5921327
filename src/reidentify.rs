//! Brings the originals back into a reply, in a stream, at any chunking.
//!
//! One pass, and what was put in is never read again. Held back is only what can still become a pseudonym of this
//! exchange. What looks like one and is none stays as it is and is counted.

mod segments;
mod surroundings;

use crate::deid::Exchange;
use crate::json;
use crate::pseudonym::{self, Flavour, Match, match_at, unit_at};
use segments::Segments;
pub use segments::Unit;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;
use surroundings::{Allowed, Surroundings};

/// How an original is written into the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// As it is.
    Text,
    /// The channel is JSON text itself (`arguments`, `partial_json`, structured output): originals are escaped as
    /// in a string literal, doubly inside JSON in a string.
    Json,
    /// HTML: `&`, `<`, `>` and quotes are escaped.
    Html,
}

/// Restores one channel of a reply: one per choice, field and tool index.
#[derive(Debug)]
pub struct Restorer {
    exchange: Arc<Exchange>,
    context: Context,
    counts: Counts,
    /// What came and is not settled.
    held: String,
    surroundings: Surroundings,
    segments: Segments,
    /// In a bracket whose content was already counted as left.
    counted: bool,
    finished: bool,
}

/// A channel may end at any time, as its client may; what it did counts all the same.
impl Drop for Restorer {
    fn drop(&mut self) {
        self.exchange.count(self.counts.restored, self.counts.left);
    }
}

/// What happened in a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Surrogates brought back.
    pub restored: usize,
    /// Pseudonym-shaped texts left as they were: unknown, damaged beyond doubt, or inside a URL that must not have it.
    pub left: usize,
}

impl Restorer {
    pub fn new(exchange: Arc<Exchange>, context: Context) -> Self {
        Self {
            exchange,
            context,
            counts: Counts::default(),
            held: String::new(),
            surroundings: Surroundings::default(),
            segments: Segments::default(),
            counted: false,
            finished: false,
        }
    }

    /// Takes the next piece and returns what is settled: all but what may still become a pseudonym.
    pub fn push(&mut self, piece: &str) -> String {
        if std::mem::take(&mut self.finished) {
            self.surroundings = Surroundings::default();
            self.segments = Segments::default();
            self.counted = false;
        }
        if self.exchange.is_empty() {
            self.segments.same(piece);
            return piece.to_owned();
        }
        self.held.push_str(piece);
        self.settle(false)
    }

    /// The channel ends: what was held comes out. The restorer can be used for a next text afterwards.
    pub fn finish(&mut self) -> String {
        let rest = self.settle(true);
        self.finished = true;
        rest
    }

    /// Whether text is held back.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Where an index into the provider's text (of everything pushed since the start or the last `finish`) lies in
    /// the restored text. An index inside a pseudonym snaps outward: `end` says to which side.
    pub fn shift(&self, index: usize, unit: Unit, end: bool) -> usize {
        self.segments.shift(index, unit, end)
    }

    fn settle(&mut self, ended: bool) -> String {
        let held = std::mem::take(&mut self.held);
        let mut out = String::with_capacity(held.len());
        let mut at = 0;
        while let pseudonym::Unit::Char { meant, bytes, .. } = unit_at(&held, at, self.flavour(), ended) {
            match self.surrogate(&held, at, meant, ended) {
                Found::Cut => break,
                Found::Original { start, end, text } => {
                    self.segments.same(&held[at..start]);
                    out.push_str(&held[at..start]);
                    self.segments.replaced(&held[start..end], &text);
                    out.push_str(&text);
                    self.surroundings.pass_original();
                    at = end;
                }
                Found::No => {
                    self.segments.same(&held[at..at + bytes]);
                    out.push_str(&held[at..at + bytes]);
                    self.surroundings.pass(meant, &self.exchange);
                    self.counted &= !matches!(meant, ']' | '>' | ' ');
                    at += bytes;
                }
            }
        }
        self.held = held[at..].to_owned();
        out
    }

    /// The surrogate at a place, ready to be replaced.
    fn surrogate(&mut self, text: &str, at: usize, meant: char, ended: bool) -> Found {
        let (before, earlier) = self.surroundings.before();
        let exchange = Arc::clone(&self.exchange);
        match match_at(text, at, before, self.flavour(), ended, &*exchange) {
            Match::Cut => return Found::Cut,
            Match::No => {}
            Match::Stranger => {
                self.counts.left += usize::from(!self.counted);
                self.counted = matches!(meant, '[' | '<') || self.counted;
            }
            Match::Is { pseudonym, start, end, after } => {
                let Some(original) = exchange.original(&pseudonym) else { return Found::No };
                return match self.written(&original, after) {
                    Some(text) => Found::Original { start, end, text },
                    None => Found::No,
                };
            }
        }
        let joined =
            before.is_some_and(|c| pseudonym::is_word(c) || c == '.' && earlier.is_some_and(|c| c.is_ascii_digit()));
        if joined {
            return Found::No;
        }
        match self.literal(text, at, ended) {
            Literal::No => Found::No,
            Literal::Cut => Found::Cut,
            Literal::Is { end, original } => match self.written(&original, "") {
                Some(text) => Found::Original { start: at, end, text },
                None => Found::No,
            },
        }
    }

    /// A number or shifted date that stands for another, as a whole word.
    fn literal(&self, text: &str, at: usize, ended: bool) -> Literal {
        let mut found = Literal::No;
        for (offset, c) in text[at..].char_indices() {
            let end = at + offset + c.len_utf8();
            let (some, original) = self.exchange.literal(&text[at..end]);
            if !some {
                return found;
            }
            let Some(original) = original.filter(|_| offset + 1 >= self.shortest_literal()) else { continue };
            let mut next = text[end..].chars();
            match (next.next(), next.next()) {
                (None, _) if !ended => return Literal::Cut,
                (Some('.'), None) if !ended => return Literal::Cut,
                (Some('.'), Some(digit)) if digit.is_ascii_digit() => {}
                (Some(c), _) if pseudonym::is_word(c) => {}
                _ => found = Literal::Is { end, original: original.to_owned() },
            }
        }
        if ended { found } else { Literal::Cut }
    }

    /// A short number in prose is more likely the model's own.
    fn shortest_literal(&self) -> usize {
        if self.context == Context::Json { 1 } else { 5 }
    }

    /// An original as it must be written here, or nothing where it may not stand.
    fn written(&mut self, original: &str, after: &str) -> Option<String> {
        let mut text = match self.surroundings.allowed() {
            Allowed::Plain => Cow::Borrowed(original),
            Allowed::InUrl => Cow::Owned(percent_encoded(original)),
            Allowed::No => {
                self.counts.left += usize::from(!self.counted);
                self.counted = true;
                return None;
            }
        };
        self.counts.restored += 1;
        match self.context {
            Context::Text => {}
            Context::Html => text = Cow::Owned(html_escaped(&text)),
            Context::Json => {
                for _ in 0..self.surroundings.string_levels() {
                    let mut escaped = String::with_capacity(text.len());
                    json::escape(&text, &mut escaped);
                    text = Cow::Owned(escaped);
                }
            }
        }
        Some(format!("{text}{after}"))
    }

    fn flavour(&self) -> Flavour {
        if self.context == Context::Json { Flavour::Json } else { Flavour::Plain }
    }
}

/// Restores a whole text.
pub fn restore(exchange: &Arc<Exchange>, context: Context, text: &str) -> (String, Counts) {
    let mut restorer = Restorer::new(Arc::clone(exchange), context);
    let mut out = restorer.push(text);
    out.push_str(&restorer.finish());
    (out, restorer.counts())
}

enum Found {
    No,
    /// More text may make it one.
    Cut,
    Original {
        start: usize,
        end: usize,
        text: String,
    },
}

enum Literal {
    No,
    Cut,
    Is { end: usize, original: String },
}

/// RFC 3986 2.3: all but unreserved characters.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn html_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod corpora;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
