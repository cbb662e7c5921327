//! A tolerant reader of JSON that keeps the place of every value.
//!
//! Text that only looks like JSON, or is cut off, gives what was read up to there. Strings in single quotes and bare
//! words are read too, since models and people write them. Each byte is looked at once.

use super::super::value::Value;
use crate::recognize::view::Builder;
use crate::text::Span;

#[derive(Debug)]
pub(in super::super) enum Json {
    Object(Vec<Member>),
    Array(Vec<Json>),
    /// What stands between the quotes, as written.
    String(Span),
    /// A number, `true`, `null` or another bare word.
    Literal(Span),
}

#[derive(Debug)]
pub(in super::super) struct Member {
    /// What stands between the quotes of the key, as written.
    pub key: Span,
    pub value: Json,
}

impl Json {
    pub fn members(&self) -> &[Member] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The member of this name.
    pub fn member<'j>(&'j self, text: &str, name: &str) -> Option<&'j Json> {
        member(text, self.members(), name)
    }

    /// The text of a string or literal, as written.
    pub fn raw<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::String(span) | Self::Literal(span) => Some(span.of(text)),
            _ => None,
        }
    }
}

pub(in super::super) fn member<'j>(text: &str, members: &'j [Member], name: &str) -> Option<&'j Json> {
    members.iter().find(|member| member.key.of(text) == name).map(|member| &member.value)
}

/// Whether the brace at `at` opens an object: a quoted key follows, or nothing.
pub(super) fn starts_object(text: &str, at: usize) -> bool {
    let rest = text[at + 1..].trim_start();
    rest.starts_with(['"', '\''])
}

/// Reads the value that starts at `at`; the second is where reading ended.
pub(super) fn parse(text: &str, at: usize) -> (Json, usize) {
    let mut reader = Reader { text, at, failed: false };
    let json = reader.value(0);
    (json, reader.at)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// What was read so far stands; nothing more is read.
    failed: bool,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Json {
        /// Deeper values are left to free-text detection.
        const DEEPEST: usize = 128;
        match self.peek() {
            Some(b'{') if depth < DEEPEST => Json::Object(self.object(depth)),
            Some(b'[') if depth < DEEPEST => Json::Array(self.array(depth)),
            Some(quote @ (b'"' | b'\'')) => Json::String(self.string(quote)),
            _ => Json::Literal(self.literal()),
        }
    }

    fn object(&mut self, depth: usize) -> Vec<Member> {
        let mut members = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return members;
                }
                Some(b',') if !members.is_empty() => self.at += 1,
                Some(quote @ (b'"' | b'\'')) => {
                    let key = self.string(quote);
                    if self.failed || self.peek() != Some(b':') {
                        self.failed = true;
                        return members;
                    }
                    self.at += 1;
                    members.push(Member { key, value: self.value(depth + 1) });
                }
                _ => self.failed = true,
            }
            if self.failed {
                return members;
            }
        }
    }

    fn array(&mut self, depth: usize) -> Vec<Json> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return items;
                }
                Some(b',') => self.at += 1,
                Some(_) => items.push(self.value(depth + 1)),
                None => self.failed = true,
            }
            if self.failed {
                return items;
            }
        }
    }

    fn string(&mut self, quote: u8) -> Span {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 2,
                byte if byte == quote => {
                    self.at = at + 1;
                    return Span::new(start, at);
                }
                _ => at += 1,
            }
        }
        self.failed = true;
        self.at = bytes.len();
        Span::new(start, bytes.len())
    }

    fn literal(&mut self) -> Span {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let length = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_')))
            .unwrap_or(rest.len());
        self.failed |= length == 0;
        self.at += length;
        Span::new(start, self.at)
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }
}

/// A string as it reads.
pub(in super::super) fn decode(text: &str, span: Span) -> Value {
    if !span.of(text).contains('\\') {
        return Value::Plain(span);
    }
    let mut builder = Builder::with_capacity(span.len());
    let mut at = span.start;
    while let Some(c) = text[at..span.end].chars().next() {
        let (read, end) = match c {
            '\\' => escape(&text[..span.end], at),
            _ => (c, at + c.len_utf8()),
        };
        builder.push(read, Span::new(at, end));
        at = end;
    }
    Value::Decoded { view: builder.finish(), span }
}

/// The character of the escape sequence at `at`, and where it ends.
fn escape(text: &str, at: usize) -> (char, usize) {
    let Some(letter) = text[at + 1..].chars().next() else { return ('\\', at + 1) };
    let end = at + 1 + letter.len_utf8();
    let read = match letter {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' | 'f' => ' ',
        'u' => return unicode(text, at).unwrap_or(('\\', at + 1)),
        other => other,
    };
    (read, end)
}

fn unicode(text: &str, at: usize) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(at)?;
    if let (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) = (first, unit(at + 6)) {
        return Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, at + 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), at + 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_with_the_way_back() {
        let text = r#"O\u0027Brien\n\ud83d\ude00\\x"#;
        let value = decode(text, Span::new(0, text.len()));
        assert_eq!(value.read(text), "O'Brien\n😀\\x");
        assert_eq!(value.origin(Span::new(1, 2)).of(text), r"\u0027");
    }

    #[test]
    fn what_is_cut_off_gives_what_was_read() {
        for (text, members) in
            [(r#"{"a": 1, "b": "x"#, 2), (r#"{"a": {"b": [1, {"c""#, 1), (r#"{"a" 1}"#, 0), ("{'a': None}", 1)]
        {
            assert_eq!(parse(text, 0).0.members().len(), members, "{text}");
        }
    }
}
