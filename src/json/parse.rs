//! The strict parser.

use super::Node;
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use std::collections::HashSet;

/// What a document may measure. Beyond it, `too_complex`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Levels of arrays and objects.
    pub depth: usize,
    /// Values and keys in all.
    pub nodes: usize,
    /// Bytes in one string.
    pub string_bytes: usize,
}

impl Limits {
    /// The parser recurses once a level, so no configuration may go deeper than its stack safely does.
    pub const DEPTH_CEILING: usize = 256;
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, nodes: 1_000_000, string_bytes: 32 << 20 }
    }
}

/// Parses a request body.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Node<Raw>, Refusal> {
    document(bytes, limits, Raw::new)
}

/// Parses a reply or an event of one: just as strictly, since a reply that parsers read differently could hide a
/// pseudonym from the restorer.
pub fn parse_reply(bytes: &[u8], limits: &Limits) -> Result<Node<String>, Refusal> {
    document(bytes, limits, |text| text)
}

fn document<S>(bytes: &[u8], limits: &Limits, wrap: fn(String) -> S) -> Result<Node<S>, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| invalid(error.valid_up_to(), "not UTF-8"))?;
    if text.starts_with('\u{feff}') {
        return Err(invalid(0, "a byte order mark"));
    }
    let depth = limits.depth.min(Limits::DEPTH_CEILING);
    let mut parser = Parser { text, bytes, at: 0, nodes: 0, depth, limits, wrap };
    parser.skip_space();
    let node = parser.value(0)?;
    parser.skip_space();
    if parser.at != bytes.len() {
        return Err(invalid(parser.at, "data after the end"));
    }
    Ok(node)
}

struct Parser<'a, S> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: usize,
    depth: usize,
    limits: &'a Limits,
    wrap: fn(String) -> S,
}

impl<S> Parser<'_, S> {
    fn value(&mut self, level: usize) -> Result<Node<S>, Refusal> {
        self.count()?;
        match self.peek() {
            Some(b'{') => self.object(level + 1),
            Some(b'[') => self.array(level + 1),
            Some(b'"') => Ok(Node::String((self.wrap)(self.string()?))),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(_) => Err(invalid(self.at, "not a value")),
            None => Err(invalid(self.at, "the end came early")),
        }
    }

    fn object(&mut self, level: usize) -> Result<Node<S>, Refusal> {
        self.enter(level)?;
        let mut members: Vec<(S, Node<S>)> = Vec::new();
        let mut keys = HashSet::new();
        if self.take(b'}') {
            return Ok(Node::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(invalid(self.at, "a key is expected"));
            }
            self.count()?;
            let start = self.at;
            let key = self.string()?;
            if !keys.insert(key.clone()) {
                return Err(Refusal::new(Reason::DuplicateKey).because(format!("at byte {start}")));
            }
            self.skip_space();
            self.expect(b':', "a colon is expected")?;
            self.skip_space();
            let value = self.value(level)?;
            members.push(((self.wrap)(key), value));
            self.skip_space();
            if self.take(b'}') {
                return Ok(Node::Object(members));
            }
            self.expect(b',', "a comma or the end of the object is expected")?;
            self.skip_space();
        }
    }

    fn array(&mut self, level: usize) -> Result<Node<S>, Refusal> {
        self.enter(level)?;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.value(level)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Node::Array(items));
            }
            self.expect(b',', "a comma or the end of the array is expected")?;
            self.skip_space();
        }
    }

    fn enter(&mut self, level: usize) -> Result<(), Refusal> {
        if level > self.depth {
            return Err(Refusal::new(Reason::TooComplex).because(format!("more than {} levels deep", self.depth)));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// RFC 8259 section 6: no leading zeros, no bare point, no NaN.
    fn number(&mut self) -> Result<Node<S>, Refusal> {
        let start = self.at;
        self.take(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(invalid(self.at, "not a number")),
        }
        if self.take(b'.') {
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        if self.at - start > LEXEME_BYTES {
            return Err(
                Refusal::new(Reason::TooComplex).because(format!("a number of more than {LEXEME_BYTES} characters"))
            );
        }
        Ok(Node::Number((self.wrap)(self.text[start..self.at].to_owned())))
    }

    fn some_digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.digits();
        if self.at == start { Err(invalid(self.at, "a digit is expected")) } else { Ok(()) }
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, node: Node<S>) -> Result<Node<S>, Refusal> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(invalid(self.at, "not a value"));
        }
        self.at += word.len();
        Ok(node)
    }

    fn string(&mut self) -> Result<String, Refusal> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            // The run up to the next byte that means something. UTF-8 is checked, so cutting at ASCII is safe.
            let run = self.bytes[start..].iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20);
            let Some(run) = run else { return Err(invalid(open, "a string without an end")) };
            self.at = start + run;
            text.push_str(&self.text[start..self.at]);
            if text.len() > self.limits.string_bytes {
                return Err(Refusal::new(Reason::TooComplex).because("a string is longer than the limit"));
            }
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.push(self.escaped()?),
                _ => return Err(invalid(self.at, "a control character in a string")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Refusal> {
        let start = self.at;
        let plain = match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(invalid(start, "an unknown escape")),
        };
        self.at = start + 2;
        Ok(plain)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, Refusal> {
        let high = self.hex(start + 2)?;
        self.at = start + 6;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        // A surrogate half is only valid as the first of a pair.
        if high < 0xdc00 && self.bytes[self.at..].starts_with(b"\\u") {
            let low = self.hex(self.at + 2)?;
            if (0xdc00..0xe000).contains(&low) {
                self.at += 6;
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(code).ok_or_else(|| invalid(start, "a lone surrogate"));
            }
        }
        Err(invalid(start, "a lone surrogate"))
    }

    fn hex(&self, at: usize) -> Result<u32, Refusal> {
        let digits = self.bytes.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| invalid(at, "four hexadecimal digits are expected"))?;
        Ok(digits.iter().fold(0, |code, &digit| code << 4 | (digit as char).to_digit(16).unwrap_or(0)))
    }

    fn count(&mut self) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Refusal::new(Reason::TooComplex).because(format!("more than {} values", self.limits.nodes)));
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, otherwise: &str) -> Result<(), Refusal> {
        if self.take(byte) { Ok(()) } else { Err(invalid(self.at, otherwise)) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
}

fn invalid(at: usize, what: &str) -> Refusal {
    Refusal::new(Reason::InvalidJson).because(format!("{what}, at byte {at}"))
}

/// No number of a real API is longer, and a long one is quadratic work for some parsers.
const LEXEME_BYTES: usize = 400;
