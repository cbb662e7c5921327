//! Cuts a reply's bytes into events: server-sent events, a JSON value a line, or the elements of one JSON array.

use crate::sse;

/// The cutter of one stream. Bytes in any pieces, events whole.
#[derive(Debug)]
pub enum Cutter {
    Events(sse::Frames),
    Lines(Lines),
    Array(Elements),
}

/// What was cut off. Written one after another, the parts are the stream.
#[derive(Debug)]
pub enum Part {
    Event(sse::Frame),
    /// A JSON value, and what stood around it: a separator, a line ending.
    Value {
        before: Vec<u8>,
        json: Vec<u8>,
        after: Vec<u8>,
    },
    /// Bytes that hold no value: brackets, blank lines.
    Bytes(Vec<u8>),
}

/// An event is longer than the limit, or the stream ended within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Cutter {
    pub fn events(limit: usize) -> Self {
        Self::Events(sse::Frames::new(limit))
    }

    pub fn lines(limit: usize) -> Self {
        Self::Lines(Lines { buffer: Vec::new(), searched: 0, limit })
    }

    pub fn array(limit: usize) -> Self {
        Self::Array(Elements { limit, ..Elements::default() })
    }

    pub fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Events(frames) => frames.push(bytes),
            Self::Lines(lines) => lines.buffer.extend_from_slice(bytes),
            Self::Array(elements) => elements.buffer.extend_from_slice(bytes),
        }
    }

    /// The next whole part; `None` asks for more bytes.
    pub fn next_part(&mut self) -> Result<Option<Part>, Broken> {
        match self {
            Self::Events(frames) => Ok(frames.next_frame().map_err(|_| Broken)?.map(Part::Event)),
            Self::Lines(lines) => lines.next_part(),
            Self::Array(elements) => elements.next_part(),
        }
    }

    /// What is left at the end of the stream.
    pub fn finish(&mut self) -> Result<Option<Part>, Broken> {
        match self {
            Self::Events(frames) => Ok(frames.finish().map(Part::Event)),
            Self::Lines(lines) => Ok((!lines.buffer.is_empty()).then(|| lines.line(lines.buffer.len()))),
            Self::Array(elements) if elements.depth > 0 => Err(Broken),
            Self::Array(elements) => {
                let rest = std::mem::take(&mut elements.buffer);
                Ok((!rest.is_empty()).then_some(Part::Bytes(rest)))
            }
        }
    }
}

#[derive(Debug)]
pub struct Lines {
    buffer: Vec<u8>,
    searched: usize,
    limit: usize,
}

impl Lines {
    fn next_part(&mut self) -> Result<Option<Part>, Broken> {
        match memchr::memchr(b'\n', &self.buffer[self.searched..]) {
            Some(end) => Ok(Some(self.line(self.searched + end + 1))),
            None => {
                self.searched = self.buffer.len();
                if self.searched > self.limit { Err(Broken) } else { Ok(None) }
            }
        }
    }

    fn line(&mut self, end: usize) -> Part {
        let rest = self.buffer.split_off(end);
        let mut json = std::mem::replace(&mut self.buffer, rest);
        self.searched = 0;
        let text = json.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
        let after = json.split_off(text);
        if json.is_empty() { Part::Bytes(after) } else { Part::Value { before: Vec::new(), json, after } }
    }
}

/// Follows brackets and strings only: whether an element is JSON is for the parser to say.
#[derive(Debug, Default)]
pub struct Elements {
    buffer: Vec<u8>,
    limit: usize,
    /// How far the buffer was read.
    at: usize,
    /// Where the element begins that is being read, if one is.
    start: usize,
    depth: usize,
    string: bool,
    escaped: bool,
}

impl Elements {
    fn next_part(&mut self) -> Result<Option<Part>, Broken> {
        while let Some(&byte) = self.buffer.get(self.at) {
            self.at += 1;
            if self.string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.string = true,
                b'{' => {
                    if self.depth == 0 {
                        self.start = self.at - 1;
                    }
                    self.depth += 1;
                }
                b'[' if self.depth > 0 => self.depth += 1,
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' if self.depth == 1 => {
                    self.depth = 0;
                    let json = self.buffer[self.start..self.at].to_vec();
                    let mut before = self.taken();
                    before.truncate(self.start);
                    return Ok(Some(Part::Value { before, json, after: Vec::new() }));
                }
                b']' if self.depth == 0 => return Ok(Some(Part::Bytes(self.taken()))),
                _ => {}
            }
        }
        if self.buffer.len() > self.limit { Err(Broken) } else { Ok(None) }
    }

    fn taken(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.at);
        self.at = 0;
        std::mem::replace(&mut self.buffer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(mut cutter: Cutter, pieces: &[&[u8]]) -> (Vec<String>, Vec<u8>) {
        let (mut values, mut bytes) = (Vec::new(), Vec::new());
        let mut take = |part| match part {
            Part::Event(frame) => bytes.extend_from_slice(frame.bytes()),
            Part::Value { before, json, after } => {
                bytes.extend([before, json.clone(), after].concat());
                values.push(String::from_utf8(json).expect("UTF-8"));
            }
            Part::Bytes(plain) => bytes.extend(plain),
        };
        for piece in pieces {
            cutter.push(piece);
            while let Some(part) = cutter.next_part().expect("whole") {
                take(part);
            }
        }
        if let Some(part) = cutter.finish().expect("whole") {
            take(part);
        }
        (values, bytes)
    }

    proptest! {
        #[test]
        fn an_array_is_cut_alike_at_any_cut(cut in 1usize..9) {
            let text = "[{\"a\":\"}]{\\\"\"},\r\n{\"b\":[{},[1]]}\r\n,{}]\n";
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
            let (values, bytes) = parts(Cutter::array(99), &pieces);
            prop_assert_eq!(values, ["{\"a\":\"}]{\\\"\"}", "{\"b\":[{},[1]]}", "{}"]);
            prop_assert_eq!(bytes, text.as_bytes());
        }

        #[test]
        fn lines_are_cut_alike_at_any_cut(cut in 1usize..9) {
            let text = "{\"a\":1}\n\n{\"b\":2}\r\n{\"c\":3}";
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
            let (values, bytes) = parts(Cutter::lines(99), &pieces);
            prop_assert_eq!(values, ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]);
            prop_assert_eq!(bytes, text.as_bytes());
        }
    }

    #[test]
    fn an_array_that_ends_within_an_element_is_broken() {
        let mut cutter = Cutter::array(99);
        cutter.push(b"[{\"a\":");
        assert!(cutter.next_part().expect("short").is_none());
        assert_eq!(cutter.finish().map(|_| ()), Err(Broken));
    }

    #[test]
    fn an_endless_event_is_broken() {
        for mut cutter in [Cutter::events(8), Cutter::lines(8), Cutter::array(8)] {
            cutter.push(b"{\"a\":\"0123456789");
            assert!(cutter.next_part().is_err());
        }
    }
}
