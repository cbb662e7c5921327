//! Bytes as they come: a window over a reader that can go back to a mark, and in which no stated length allocates.

use super::error::Error;
use super::writer::Writer;
use std::fs::File;
use std::io::{self, Read};

/// How much is asked of the reader at a time.
const CHUNK: usize = 256 * 1024;

/// A reader with look-ahead. Only bytes that arrived take memory: a length field is never believed.
pub struct Source<'a> {
    inner: Input<'a>,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that hold data; the rest is spare room.
    filled: usize,
    /// Index into `buffer` of the next byte to read.
    next: usize,
    /// Position in the stream of `buffer[0]`.
    origin: u64,
    /// While set, bytes from here on stay in the buffer.
    mark: Option<u64>,
    /// How many bytes may stay because of the mark.
    window: usize,
    /// Length of the stream, where it is known.
    length: Option<u64>,
    ended: bool,
}

enum Input<'a> {
    Stream(Box<dyn Read + 'a>),
    File(&'a File),
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stream(stream) => stream.read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

impl<'a> Source<'a> {
    pub fn new(inner: impl Read + 'a, length: Option<u64>) -> Self {
        Self::of(Input::Stream(Box::new(inner)), length)
    }

    pub fn file(file: &'a File) -> Result<Self, Error> {
        let length = file.metadata().map_err(Error::Read)?.len();
        Ok(Self::of(Input::File(file), Some(length)))
    }

    fn of(inner: Input<'a>, length: Option<u64>) -> Self {
        let buffer = vec![0; length.map_or(CHUNK, |length| (length as usize + 1).min(CHUNK))];
        Self { inner, buffer, filled: 0, next: 0, origin: 0, mark: None, window: 0, length, ended: false }
    }

    /// Position in the stream of the next byte.
    pub fn position(&self) -> u64 {
        self.origin + self.next as u64
    }

    /// Bytes from here to the end, where the length of the stream is known.
    pub fn remaining(&self) -> Option<u64> {
        self.length.map(|length| length.saturating_sub(self.position()))
    }

    /// From now on `rewind` can come back here; reading more than `window` bytes ahead is an error until it does.
    pub fn set_mark(&mut self, window: usize) -> u64 {
        let here = self.position();
        if self.mark.is_none() {
            self.mark = Some(here);
            self.window = window;
        }
        here
    }

    pub fn clear_mark(&mut self) {
        self.mark = None;
    }

    /// The bytes from the mark to here.
    pub fn since_mark(&self) -> &[u8] {
        let from = self.mark.map_or(self.next, |mark| (mark - self.origin) as usize);
        &self.buffer[from..self.next]
    }

    /// Goes back to a position at or after the mark.
    pub fn rewind(&mut self, position: u64) {
        debug_assert!(self.mark.is_some_and(|mark| mark <= position) && position <= self.position());
        self.next = (position - self.origin) as usize;
    }

    /// The next `count` bytes without taking them, or fewer at the end of the stream.
    pub fn peek(&mut self, count: usize) -> Result<&[u8], Error> {
        while self.filled - self.next < count && !self.ended {
            self.fill()?;
        }
        let available = (self.filled - self.next).min(count);
        Ok(&self.buffer[self.next..self.next + available])
    }

    /// Takes bytes that were peeked.
    pub fn advance(&mut self, count: usize) {
        debug_assert!(self.next + count <= self.filled, "only what was peeked can be taken");
        self.next += count;
    }

    /// Passes over `count` bytes; false if the stream ended before.
    pub fn skip(&mut self, count: u64) -> Result<bool, Error> {
        self.drain(count, |_| Ok(()))
    }

    /// Hands the next `count` bytes over in pieces, which the sink may change; false if the stream ended before.
    pub fn drain(&mut self, count: u64, mut sink: impl FnMut(&mut [u8]) -> Result<(), Error>) -> Result<bool, Error> {
        let mut left = count;
        while left > 0 {
            if self.peek(1)?.is_empty() {
                return Ok(false);
            }
            let piece = ((self.filled - self.next) as u64).min(left) as usize;
            let (start, end) = (self.next, self.next + piece);
            sink(&mut self.buffer[start..end])?;
            self.next = end;
            left -= piece as u64;
        }
        Ok(true)
    }

    /// Hands the next `count` bytes over to a writer as they are; false if the stream ended before. From file to file
    /// the system does it, and the bytes never come here.
    pub fn copy(&mut self, count: u64, writer: &mut Writer<'_>) -> Result<bool, Error> {
        let here = ((self.filled - self.next) as u64).min(count);
        self.drain(here, |piece| writer.bytes(piece))?;
        let left = count - here;
        if left > 0
            && self.mark.is_none()
            && let Input::File(mut input) = self.inner
            && let Some(copied) = writer.copy(&mut input, self.origin + self.filled as u64, left)?
        {
            self.origin += self.filled as u64 + copied;
            (self.filled, self.next) = (0, 0);
            return Ok(copied == left);
        }
        self.drain(left, |piece| writer.bytes(piece))
    }

    /// What is left of this source as a plain reader, for a stream that goes on in another encoding.
    pub fn into_rest(mut self) -> impl Read + 'a {
        let kept = self.buffer[self.next..self.filled].to_vec();
        self.buffer = Vec::new();
        io::Cursor::new(kept).chain(self.inner)
    }

    fn fill(&mut self) -> Result<(), Error> {
        if self.mark.is_some_and(|mark| self.origin + self.filled as u64 > mark + self.window as u64) {
            return Err(Error::Limit { what: "what must be read ahead", limit: self.window as u64 });
        }
        if self.filled == self.buffer.len() {
            self.make_room();
        }
        loop {
            match self.inner.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::Read(error)),
            }
            return Ok(());
        }
    }

    /// Drops what was read and is not marked; grows only when the buffer is full of what is still wanted.
    fn make_room(&mut self) {
        let keep = self.mark.map_or(self.next, |mark| (mark - self.origin) as usize);
        if keep > 0 {
            self.buffer.copy_within(keep..self.filled, 0);
            self.filled -= keep;
            self.next -= keep;
            self.origin += keep as u64;
        }
        if self.buffer.len() - self.filled < CHUNK / 2 {
            let grown = (self.buffer.len() * 2).max(CHUNK);
            self.buffer.resize(grown, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_length_allocates_nothing() {
        let mut source = Source::new(&b"abc"[..], None);
        assert_eq!(source.peek(1 << 40).ok(), Some(&b"abc"[..]));
        assert!(source.buffer.len() <= 4 * CHUNK);
        assert!(!source.skip(u64::MAX).expect("no error on memory"));
    }

    #[test]
    fn it_goes_back_to_a_mark_over_many_chunks() {
        let bytes: Vec<u8> = (0..3 * CHUNK).map(|n| n as u8).collect();
        let mut source = Source::new(&bytes[..], None);
        source.skip(10).unwrap();
        let here = source.set_mark(10 * CHUNK);
        source.skip(2 * CHUNK as u64).unwrap();
        source.rewind(here);
        assert_eq!(source.peek(3).unwrap(), &bytes[10..13]);
    }

    #[test]
    fn looking_ahead_is_bounded() {
        let bytes = vec![0; 8 * CHUNK];
        let mut source = Source::new(&bytes[..], None);
        source.set_mark(CHUNK);
        assert!(matches!(source.skip(4 * CHUNK as u64), Err(Error::Limit { .. })));
    }
}
