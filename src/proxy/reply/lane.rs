//! One longer text of a stream: restored piece by piece, each piece in the event in which it came.
//!
//! A pseudonym may be cut anywhere, so some text must wait until it is clear whether it is one. A released text goes
//! to the event where it starts; the events between give up theirs. So there are as many events as the provider
//! sent, in their order, and no text is held longer than a pseudonym can be.

use crate::reidentify::Restorer;
use std::collections::VecDeque;

/// Where in the queue of events a piece of text belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub event: u64,
    pub text: usize,
}

/// Takes what a lane releases.
pub trait Sink {
    fn append(&mut self, place: Place, text: &str);
    /// The text at this place is final.
    fn settle(&mut self, place: Place);
}

pub struct Lane {
    restorer: Restorer,
    /// The pieces whose text is not final: while something is held, the one where it starts and those since.
    open: VecDeque<Place>,
    /// The text as the provider sent it, where a signature will follow that covers it.
    raw: Option<String>,
}

impl Lane {
    pub fn new(restorer: Restorer, signed: bool) -> Self {
        Self { restorer, open: VecDeque::new(), raw: signed.then(String::new) }
    }

    /// For positions that refer to this text.
    pub fn restorer(&self) -> &Restorer {
        &self.restorer
    }

    /// What a signature covers, once.
    pub fn take_signed(&mut self) -> Option<String> {
        self.raw.take()
    }

    /// Adds a piece. It may settle earlier ones, and itself.
    pub fn push(&mut self, place: Place, text: &str, sink: &mut impl Sink) {
        if let Some(raw) = &mut self.raw {
            raw.push_str(text);
        }
        self.open.push_back(place);
        let mut rest = text;
        // While something is held, character by character: only so is it known to which piece a release belongs.
        while self.restorer.holds() && !rest.is_empty() {
            let end = rest.chars().next().map_or(rest.len(), char::len_utf8);
            self.feed(&rest[..end], sink);
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            self.feed(rest, sink);
        }
        if !self.restorer.holds() {
            self.settle_before(self.open.len(), sink);
        }
    }

    /// Ends the text: what is held is no pseudonym any more.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        let rest = self.restorer.finish();
        if let Some(&first) = self.open.front() {
            sink.append(first, &rest);
        }
        self.settle_before(self.open.len(), sink);
    }

    /// Gives the text up: the stream ended within what may have been the beginning of a pseudonym. A piece of one
    /// would tell the client nothing, and looks like text of the provider.
    pub fn abandon(&mut self, sink: &mut impl Sink) {
        self.settle_before(self.open.len(), sink);
    }

    pub fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    /// A release belongs to the piece where it starts; what is held after it starts in the last one.
    fn feed(&mut self, text: &str, sink: &mut impl Sink) {
        let released = self.restorer.push(text);
        if let Some(&first) = self.open.front()
            && !released.is_empty()
        {
            sink.append(first, &released);
            self.settle_before(self.open.len() - 1, sink);
        }
    }

    fn settle_before(&mut self, count: usize, sink: &mut impl Sink) {
        for place in self.open.drain(..count) {
            sink.settle(place);
        }
    }
}
