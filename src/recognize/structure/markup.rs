//! Tags, text and entities of XML and HTML, tolerantly, with their places. Each byte is looked at once.

use super::View;
use super::sketch::Sketch;
use super::value::Value;
use crate::recognize::view::Builder;
use crate::text::Span;
use memchr::{memchr, memmem};

/// A piece of markup. Spans are of the text given to [`tokens`].
#[derive(Debug)]
pub(super) enum Token<'t> {
    Text(Span),
    Open {
        name: &'t str,
        span: Span,
        attributes: Vec<Attribute<'t>>,
        closed: bool,
    },
    Close {
        name: &'t str,
        span: Span,
    },
    /// What stands inside `<![CDATA[` and `]]>`.
    Cdata {
        inner: Span,
        span: Span,
    },
    Comment(Span),
    Instruction(Span),
    Doctype(Span),
}

#[derive(Debug)]
pub(super) struct Attribute<'t> {
    pub name: &'t str,
    /// What stands between the quotes.
    pub value: Span,
}

/// Reads markup from `at` on. What is no tag is text.
pub(super) fn tokens(text: &str, at: usize) -> Tokens<'_> {
    Tokens { text, at, endless: [false; 4], longest: usize::MAX }
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    /// Which ends (`-->`, `]]>`, `?>`, `>`) are known not to come any more.
    endless: [bool; 4],
    /// How long a tag may be. Bounded once a tag did not end, so that a text of broken tags takes linear time.
    longest: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        if start >= bytes.len() {
            return None;
        }
        if bytes[start] == b'<'
            && let Some((token, end)) = self.tag(start)
        {
            self.at = end;
            return Some(token);
        }
        let from = start + usize::from(bytes[start] == b'<');
        self.at = memchr(b'<', &bytes[from..]).map_or(bytes.len(), |length| from + length);
        Some(Token::Text(Span::new(start, self.at)))
    }
}

impl<'t> Tokens<'t> {
    fn tag(&mut self, start: usize) -> Option<(Token<'t>, usize)> {
        let rest = &self.text[start..];
        if rest.starts_with("<!--") {
            let end = self.end(start + 4, "-->", 0)?;
            Some((Token::Comment(Span::new(start, end)), end))
        } else if rest.starts_with("<![CDATA[") {
            let end = self.end(start + 9, "]]>", 1)?;
            Some((Token::Cdata { inner: Span::new(start + 9, end - 3), span: Span::new(start, end) }, end))
        } else if rest.starts_with("<?") {
            let end = self.end(start + 2, "?>", 2)?;
            Some((Token::Instruction(Span::new(start, end)), end))
        } else if rest.starts_with("<!") {
            let end = self.end(start + 2, ">", 3)?;
            Some((Token::Doctype(Span::new(start, end)), end))
        } else if let Some(closed) = rest.strip_prefix("</") {
            let name = name(closed)?;
            let end = self.end(start + 2, ">", 3)?;
            Some((Token::Close { name, span: Span::new(start, end) }, end))
        } else {
            self.open(start)
        }
    }

    fn end(&mut self, from: usize, mark: &str, kind: usize) -> Option<usize> {
        if self.endless[kind] {
            return None;
        }
        let found = memmem::find(&self.text.as_bytes()[from..], mark.as_bytes());
        self.endless[kind] = found.is_none();
        found.map(|length| from + length + mark.len())
    }

    fn open(&mut self, start: usize) -> Option<(Token<'t>, usize)> {
        let text = self.text;
        let name = name(&text[start + 1..])?;
        let bytes = text.as_bytes();
        let limit = start.saturating_add(self.longest).min(bytes.len());
        let mut attributes = Vec::new();
        let mut at = start + 1 + name.len();
        loop {
            while at < limit && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
                at += 1;
            }
            match bytes.get(at).filter(|_| at < limit) {
                None => {
                    self.longest = 4096;
                    return None;
                }
                Some(b'>') => break,
                Some(b'<') => return None,
                Some(_) => {}
            }
            let from = at;
            while at < limit && !(bytes[at].is_ascii_whitespace() || matches!(bytes[at], b'=' | b'>' | b'<' | b'/')) {
                at += 1;
            }
            let attribute = text.get(from..at)?;
            while at < limit && bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            if at >= limit || bytes[at] != b'=' {
                if at == from {
                    return None;
                }
                attributes.push(Attribute { name: attribute, value: Span::new(at, at) });
                continue;
            }
            at += 1;
            while at < limit && bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            let value = match bytes.get(at).filter(|_| at < limit) {
                Some(&quote @ (b'"' | b'\'')) => {
                    let Some(length) = memchr(quote, &bytes[at + 1..limit]) else {
                        self.longest = 4096;
                        return None;
                    };
                    let value = Span::new(at + 1, at + 1 + length);
                    at = value.end + 1;
                    value
                }
                _ => {
                    let from = at;
                    while at < limit && !(bytes[at].is_ascii_whitespace() || bytes[at] == b'>') {
                        at += 1;
                    }
                    Span::new(from, at)
                }
            };
            attributes.push(Attribute { name: attribute, value });
        }
        let span = Span::new(start, at + 1);
        Some((Token::Open { name, span, attributes, closed: bytes[at - 1] == b'/' }, span.end))
    }
}

/// The name at the start of a text, if it is one of a tag.
fn name(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.'))).unwrap_or(text.len());
    let after = text[end..].bytes().next();
    let is_name = text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && after.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    is_name.then(|| &text[..end])
}

/// Hands on the text of a narrative without its tags, which may split a name.
pub(super) fn narrative(sketch: &mut Sketch, value: Value) {
    let span = value.span();
    let base = value.into_view(sketch.text());
    let mut builder = Builder::with_capacity(base.text().len());
    for token in tokens(base.text(), 0) {
        flow(sketch, &base, &token, &mut builder);
    }
    sketch.narrate_view(builder.finish().on(&base), None);
    sketch.cover(span);
}

/// Adds a token of running text: block tags end a line, inline tags nothing.
pub(super) fn flow(sketch: &mut Sketch, base: &View, token: &Token, builder: &mut Builder) {
    match token {
        Token::Text(span) => read_text(base.text(), *span, builder),
        Token::Cdata { inner, .. } => builder.push_same(inner.of(base.text()), inner.start),
        Token::Open { name, span, attributes, .. } => {
            if !is_inline(name) {
                builder.push('\n', Span::new(span.start, span.start));
            }
            tag(sketch, base, *span, attributes);
        }
        Token::Close { name, span } => {
            if !is_inline(name) {
                builder.push('\n', Span::new(span.start, span.start));
            }
            sketch.keep(base.origin(*span));
        }
        Token::Comment(span) | Token::Instruction(span) | Token::Doctype(span) => {
            sketch.narrate_view(View::excerpt(span.of(base.text()), span.start).on(base), None);
        }
    }
}

/// An opening tag in running text: its syntax is kept, and so are attributes that only format.
fn tag(sketch: &mut Sketch, base: &View, span: Span, attributes: &[Attribute]) {
    const FORMAT: [&str; 24] = [
        "xmlns",
        "class",
        "style",
        "stylecode",
        "colspan",
        "rowspan",
        "align",
        "valign",
        "border",
        "width",
        "height",
        "type",
        "id",
        "dir",
        "lang",
        "scope",
        "cellpadding",
        "cellspacing",
        "bgcolor",
        "color",
        "size",
        "face",
        "rel",
        "target",
    ];
    let mut kept = span.start;
    for attribute in attributes {
        let value = attribute.value.of(base.text());
        let is_format = FORMAT.iter().any(|name| attribute.name.eq_ignore_ascii_case(name));
        let harmless = is_format && (super::value::is_code(value) || attribute.name == "xmlns");
        if value.chars().any(char::is_alphanumeric) && !harmless {
            sketch.keep(base.origin(Span::new(kept, attribute.value.start)));
            sketch.narrate_view(View::excerpt(value, attribute.value.start).on(base), Some(attribute.name));
            kept = attribute.value.end;
        }
    }
    sketch.keep(base.origin(Span::new(kept, span.end)));
}

/// Adds text with its entities read.
pub(super) fn read_text(text: &str, span: Span, builder: &mut Builder) {
    let mut at = span.start;
    while let Some(c) = text[at..span.end].chars().next() {
        let (read, end) = match c {
            '&' => entity(&text[at..span.end]).map_or((c, at + 1), |(read, length)| (read, at + length)),
            _ => (c, at + c.len_utf8()),
        };
        builder.push(read, Span::new(at, end));
        at = end;
    }
}

/// A value with its entities read.
pub(super) fn decode(text: &str, span: Span) -> Value {
    if memchr(b'&', span.of(text).as_bytes()).is_none() {
        return Value::Plain(span);
    }
    let mut builder = Builder::with_capacity(span.len());
    read_text(text, span, &mut builder);
    Value::Decoded { view: builder.finish(), span }
}

/// Tags that do not end a word.
pub(super) fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 26] = [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "content", "em", "font", "i", "ins", "linkhtml", "mark",
        "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "wbr",
    ];
    INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

/// The character reference at the start of a text, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    /// Longer names exist, for characters that no name of a person holds.
    const LONGEST: usize = 12;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let read = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "ndash" | "mdash" | "minus" | "shy" => '-',
        "ouml" => 'ö',
        "auml" => 'ä',
        "uuml" => 'ü',
        "Ouml" => 'Ö',
        "Auml" => 'Ä',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "aacute" => 'á',
        "iacute" => 'í',
        "oacute" => 'ó',
        "uacute" => 'ú',
        "ntilde" => 'ñ',
        "ccedil" => 'ç',
        "agrave" => 'à',
        "deg" => '°',
        "middot" | "bull" => '·',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((read, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_tags_are_text_and_take_linear_time() {
        for text in [
            "<a \"".repeat(20_000),
            "<a".repeat(30_000),
            "<!--".repeat(20_000),
            "<a b='".repeat(15_000),
            "<![CDATA[".repeat(9_000),
        ] {
            assert!(tokens(&text, 0).count() <= text.len());
        }
    }

    #[test]
    fn an_address_in_brackets_is_no_tag() {
        let tags = tokens("Eva <eva@example.org> <10 and <b>", 0).filter(|token| !matches!(token, Token::Text(_)));
        assert_eq!(tags.count(), 1);
    }
}
