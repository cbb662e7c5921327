//! Server-sent events as bytes: cuts a stream into frames and keeps each exactly as it came. Does no IO.
//!
//! SDKs differ in what they tolerate (a comment breaks one, a missing `event:` another), so a frame goes on as it
//! arrived, byte for byte, but for the payload of its `data:` lines.

use std::borrow::Cow;
use std::ops::Range;

/// Cuts bytes into frames, whatever the pieces they come in.
#[derive(Debug)]
pub struct Frames {
    buffer: Vec<u8>,
    /// Where the line in question starts; all lines of the frame before it are whole and not blank.
    line: usize,
    /// Bytes of that line already known to hold no line ending.
    searched: usize,
    limit: usize,
}

/// An event grew beyond the limit without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {limit} bytes")]
pub struct TooLong {
    pub limit: usize,
}

impl Frames {
    /// `limit` bounds one frame in bytes.
    pub fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), line: 0, searched: 0, limit }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame. `None` asks for more bytes.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TooLong> {
        while let Some((end, next)) = line_end(&self.buffer, self.line + self.searched, false) {
            let blank = end == self.line;
            self.line = next;
            self.searched = 0;
            if blank {
                let rest = self.buffer.split_off(next);
                let bytes = std::mem::replace(&mut self.buffer, rest);
                self.line = 0;
                return Ok(Some(Frame::new(bytes)));
            }
        }
        self.searched = (self.buffer.len() - self.line).saturating_sub(1);
        if self.buffer.len() > self.limit { Err(TooLong { limit: self.limit }) } else { Ok(None) }
    }

    /// What is left when the stream has ended: a frame without its blank line. Providers that end this way exist.
    pub fn finish(&mut self) -> Option<Frame> {
        self.line = 0;
        self.searched = 0;
        let bytes = std::mem::take(&mut self.buffer);
        (!bytes.is_empty()).then(|| Frame::new(bytes))
    }
}

/// One event with the blank line that ends it, or a comment, or what stood at the end of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    bytes: Vec<u8>,
    /// The payloads of the `data:` lines, without prefix and line ending.
    data: Vec<Range<usize>>,
    event: Option<Range<usize>>,
}

impl Frame {
    fn new(bytes: Vec<u8>) -> Self {
        let mut frame = Self { bytes, data: Vec::new(), event: None };
        let mut at = 0;
        while at < frame.bytes.len() {
            let (end, next) = line_end(&frame.bytes, at, true).unwrap_or((frame.bytes.len(), frame.bytes.len()));
            if let Some(value) = field(&frame.bytes, at..end, b"data") {
                frame.data.push(value);
            } else if let Some(value) = field(&frame.bytes, at..end, b"event") {
                frame.event = Some(value);
            }
            at = next;
        }
        frame
    }

    /// The frame exactly as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The name on the last `event:` line.
    pub fn event(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes[self.event.clone()?]).ok()
    }

    /// The payload: the `data:` lines joined by line feeds. `None` for a comment or a frame without data.
    pub fn data(&self) -> Option<Cow<'_, [u8]>> {
        match self.data.as_slice() {
            [] => None,
            [one] => Some(Cow::Borrowed(&self.bytes[one.clone()])),
            many => {
                let lines: Vec<&[u8]> = many.iter().map(|range| &self.bytes[range.clone()]).collect();
                Some(Cow::Owned(lines.join(&b'\n')))
            }
        }
    }

    /// The frame with another payload on its first `data:` line, which has no line ending in it, and everything else
    /// as it came. Further `data:` lines are left out, since one SDK loses events that have two.
    pub fn with_data(&self, payload: &str) -> Vec<u8> {
        debug_assert!(!payload.contains(['\n', '\r']), "a payload is one line");
        let Some((first, others)) = self.data.split_first() else { return self.bytes.clone() };
        let mut out = Vec::with_capacity(self.bytes.len() + payload.len());
        out.extend_from_slice(&self.bytes[..first.start]);
        // A line that is the name alone has no value yet, and no sign to set it apart.
        out.extend_from_slice(if out.ends_with(b"data") { b": " } else { b"" });
        out.extend_from_slice(payload.as_bytes());
        let mut at = first.end;
        for other in others {
            let start = self.bytes[..other.start].iter().rposition(|&byte| byte == b'\n' || byte == b'\r');
            let start = start.map_or(0, |ending| ending + 1);
            let next = line_end(&self.bytes, other.end, true).map_or(self.bytes.len(), |(_, next)| next);
            // The line ending before it stays, its own goes, so the blank line at the end is left whole.
            out.extend_from_slice(&self.bytes[at..start]);
            at = next;
        }
        out.extend_from_slice(&self.bytes[at..]);
        out
    }
}

/// Where the line that holds `from` ends, and where the next one starts. A carriage return at the end of the buffer
/// may be half of a line ending, so unless the stream has ended it is none yet.
fn line_end(bytes: &[u8], from: usize, ended: bool) -> Option<(usize, usize)> {
    let end = from + bytes.get(from..)?.iter().position(|&byte| byte == b'\n' || byte == b'\r')?;
    match (bytes[end], bytes.get(end + 1)) {
        (b'\r', Some(b'\n')) => Some((end, end + 2)),
        (b'\r', None) if !ended => None,
        _ => Some((end, end + 1)),
    }
}

/// The value's range in a line `name: value`, with or without the blank.
fn field(bytes: &[u8], line: Range<usize>, name: &[u8]) -> Option<Range<usize>> {
    let rest = bytes[line.clone()].strip_prefix(name)?;
    let value = line.start + name.len();
    match rest {
        [] => Some(value..line.end),
        [b':', b' ', ..] => Some(value + 2..line.end),
        [b':', ..] => Some(value + 1..line.end),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(pieces: &[&[u8]]) -> Vec<Frame> {
        let mut stream = Frames::new(1 << 20);
        let mut all = Vec::new();
        for piece in pieces {
            stream.push(piece);
            while let Some(frame) = stream.next_frame().expect("short frames") {
                all.push(frame);
            }
        }
        all.extend(stream.finish());
        all
    }

    #[test]
    fn a_frame_knows_its_event_and_payload() {
        let all = frames(&[b"event: ping\ndata: {\"a\":1}\n\n: note\n\ndata:x\r\n\r\ndata: [DONE]"]);
        assert_eq!(all.len(), 4);
        assert_eq!(all[0].event(), Some("ping"));
        assert_eq!(all[0].data().as_deref(), Some(&b"{\"a\":1}"[..]));
        assert_eq!(all[1].data(), None);
        assert_eq!(all[2].data().as_deref(), Some(&b"x"[..]));
        assert_eq!(all[3].data().as_deref(), Some(&b"[DONE]"[..]));
    }

    #[test]
    fn a_new_payload_leaves_the_rest_as_it_came() {
        let one = &frames(&[b"event: e\r\nid: 7\r\ndata: old\r\nretry: 1\r\n\r\n"])[0];
        assert_eq!(one.with_data("new"), b"event: e\r\nid: 7\r\ndata: new\r\nretry: 1\r\n\r\n");
        let two = &frames(&[b"data: a\ndata: b\nid: 1\n\n"])[0];
        assert_eq!(two.data().as_deref(), Some(&b"a\nb"[..]));
        assert_eq!(two.with_data("new"), b"data: new\nid: 1\n\n");
        let bare = &frames(&[b"data\ndata: b\n\n"])[0];
        assert_eq!(bare.with_data("new"), b"data: new\n\n");
        assert_eq!(two.with_data("new"), frames(&[&two.with_data("new")])[0].bytes());
    }

    #[test]
    fn an_endless_event_is_an_error() {
        let mut stream = Frames::new(8);
        stream.push(b"data: 123456789");
        assert_eq!(stream.next_frame(), Err(TooLong { limit: 8 }));
    }

    proptest! {
        #[test]
        fn cutting_changes_nothing(lines in prop::collection::vec("(data: [a-c]{0,3}|event: x|:c|)(\n|\r\n|\r)", 0..20), cut in 1usize..5) {
            let whole = lines.concat().into_bytes();
            let at_once = frames(&[&whole]);
            let pieces: Vec<&[u8]> = whole.chunks(cut).collect();
            prop_assert_eq!(&frames(&pieces), &at_once);
            let joined: Vec<u8> = at_once.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
            prop_assert_eq!(joined, whole);
        }
    }
}
