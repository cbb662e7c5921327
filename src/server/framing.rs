//! A strict reader of HTTP/1 framing, in front of the real one. Where two readers of one byte stream could disagree on
//! where a request ends, an attacker can hide a second request in the first; what leaves room for that never arrives.
//!
//! hyper follows RFC 9112 where it lets a server be lenient: it prefers one of two contradicting lengths, takes a line
//! feed alone for the end of a line, collapses repeated lengths. [`Framing`] takes none of this, and [`Strict`] cuts
//! the stream there with a byte that no parser accepts, so that hyper itself answers 400 and closes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Follows the requests of one connection as their bytes pass.
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
    /// The line that is being read, without its end.
    line: Vec<u8>,
    /// A carriage return was read, and only a line feed may follow.
    returned: bool,
    head: Head,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before a request line; an empty line may stand here once, RFC 9112 section 2.2.
    #[default]
    Start,
    RequestLine,
    Header,
    /// So many bytes of the body are left.
    Body(u64),
    ChunkSize,
    /// So many bytes of the chunk are left.
    Chunk(u64),
    ChunkEnd,
    Trailer,
}

/// What the lines of a head have said so far.
#[derive(Debug, Default)]
struct Head {
    version_1_0: bool,
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
}

/// The bytes are not a request, or not only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Violation;

impl Framing {
    /// Reads on. Gives how many of the bytes may pass; fewer than all when the next one breaks the framing.
    pub fn accept(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let step = match self.state {
                State::Body(left) if !self.returned => {
                    let step = left.min((bytes.len() - at) as u64);
                    self.state = if step == left { State::Start } else { State::Body(left - step) };
                    step
                }
                State::Chunk(left) if !self.returned => {
                    let step = left.min((bytes.len() - at) as u64);
                    self.state = if step == left { State::ChunkEnd } else { State::Chunk(left - step) };
                    step
                }
                _ => match self.take(bytes[at]) {
                    Ok(()) => 1,
                    Err(Violation) => return at,
                },
            };
            // A step is never longer than what is there.
            at += usize::try_from(step).unwrap_or(usize::MAX);
        }
        at
    }

    fn is_in_head(&self) -> bool {
        matches!(self.state, State::RequestLine | State::Header)
    }

    /// A byte of a line. A line is judged when its end begins, so that the end of a wrong one never passes.
    fn take(&mut self, byte: u8) -> Result<(), Violation> {
        match (byte, self.returned) {
            (b'\n', true) => {
                self.returned = false;
                self.line.clear();
                Ok(())
            }
            (b'\n', false) | (_, true) => Err(Violation),
            (b'\r', false) => {
                self.returned = true;
                self.state = self.judge()?;
                Ok(())
            }
            // A tab may stand in a header's value, no other control character anywhere.
            (0..=8 | 10..=31 | 127, false) => Err(Violation),
            (byte, false) if self.line.len() < self.longest() => {
                self.line.push(byte);
                if self.state == State::Start {
                    self.state = State::RequestLine;
                }
                Ok(())
            }
            _ => Err(Violation),
        }
    }

    fn longest(&self) -> usize {
        match self.state {
            State::ChunkSize => 256,
            State::ChunkEnd => 0,
            State::Trailer => 4 << 10,
            State::Start | State::RequestLine => 8 << 10,
            // The sum is limited by the reader behind.
            _ => 64 << 10,
        }
    }

    /// What the line that just ended means for what follows.
    fn judge(&mut self) -> Result<State, Violation> {
        match self.state {
            State::Start => Ok(State::RequestLine),
            State::RequestLine => {
                self.head = Head { version_1_0: version_1_0(&self.line)?, ..Head::default() };
                Ok(State::Header)
            }
            State::Header if self.line.is_empty() => self.head.end(),
            State::Header => {
                self.head.header(&self.line)?;
                Ok(State::Header)
            }
            State::ChunkSize => Ok(match chunk_size(&self.line)? {
                0 => State::Trailer,
                size => State::Chunk(size),
            }),
            State::ChunkEnd => Ok(State::ChunkSize),
            State::Trailer if self.line.is_empty() => Ok(State::Start),
            State::Trailer => name_and_value(&self.line).map(|_| State::Trailer),
            State::Body(_) | State::Chunk(_) => Err(Violation),
        }
    }
}

impl Head {
    fn header(&mut self, line: &[u8]) -> Result<(), Violation> {
        let (name, value) = name_and_value(line)?;
        match name.to_ascii_lowercase().as_slice() {
            b"host" => self.hosts += 1,
            b"content-length" => {
                let digits = (1..=18).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
                if !digits || self.length.is_some() || self.chunked {
                    return Err(Violation);
                }
                self.length = Some(value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')));
            }
            b"transfer-encoding" => {
                let chunked = value.eq_ignore_ascii_case(b"chunked");
                if !chunked || self.chunked || self.length.is_some() || self.version_1_0 {
                    return Err(Violation);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&self) -> Result<State, Violation> {
        if self.hosts > 1 || (self.hosts == 0 && !self.version_1_0) {
            return Err(Violation);
        }
        Ok(match self.length {
            _ if self.chunked => State::ChunkSize,
            None | Some(0) => State::Start,
            Some(length) => State::Body(length),
        })
    }
}

/// Whether a request line says HTTP/1.0; anything but that and HTTP/1.1 is none.
fn version_1_0(line: &[u8]) -> Result<bool, Violation> {
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Violation);
    };
    match version {
        _ if method.is_empty() || target.is_empty() || !method.iter().all(|&byte| is_token(byte)) => Err(Violation),
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        _ => Err(Violation),
    }
}

/// RFC 9112 section 5.1: no space before the colon; and, since a name is never empty, no folded line either.
fn name_and_value(line: &[u8]) -> Result<(&[u8], &[u8]), Violation> {
    let colon = line.iter().position(|&byte| byte == b':').ok_or(Violation)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
        return Err(Violation);
    }
    Ok((name, value.trim_ascii()))
}

/// Hexadecimal digits, and an extension that nobody reads.
fn chunk_size(line: &[u8]) -> Result<u64, Violation> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
    let plain = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| plain).ok_or(Violation)?;
    u64::from_str_radix(digits, 16).map_err(|_| Violation)
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A connection from which only well-framed requests are read, each with a head that does not take long.
pub struct Strict<S> {
    stream: S,
    framing: Framing,
    /// Nothing more is read.
    over: bool,
    limit: Duration,
    /// Runs from the first byte of a head to its last, and until the first head begins. Between requests a connection
    /// may rest for longer.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Strict<S> {
    pub fn new(stream: S, limit: Duration) -> Self {
        Self { stream, framing: Framing::default(), over: false, limit, timer: Some(Box::pin(sleep(limit))) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.over {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) else {
            let late = self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready());
            self.over |= late;
            return if late { Poll::Ready(Ok(())) } else { Poll::Pending };
        };
        let passing = self.framing.accept(&buffer.filled()[before..]);
        if let Some(byte) = buffer.filled_mut().get_mut(before + passing) {
            *byte = UNREADABLE;
            buffer.set_filled(before + passing + 1);
            self.over = true;
        }
        self.timer = match self.timer.take() {
            _ if !self.framing.is_in_head() => None,
            None => Some(Box::pin(sleep(self.limit))),
            running => running,
        };
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// It may stand in no request line, no header and no chunk size.
const UNREADABLE: u8 = 0;

#[cfg(test)]
mod tests;
