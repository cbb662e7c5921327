//! E-mail (RFC 5322): header fields by name, encoded words and quoted-printable bodies as they read.

mod encoding;

use super::Formats;
use super::content::Content;
use super::sketch::Sketch;
use super::value::{self, Value};
use crate::entity::{EntityType, Role};
use crate::rules::RuleError;
use crate::text::Span;
use memchr::{memchr, memchr_iter};
use std::collections::HashMap;

const RULE: &str = "mail";

/// The header fields of `rules/formats/mail.txt`. `None` stands for lists of addresses.
#[derive(Debug, Default)]
pub(super) struct Fields(HashMap<String, Option<Content>>);

impl Fields {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let mut fields = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
            let content = match words.next() {
                None => continue,
                Some("address") => None,
                Some(word) => match Content::parse(word) {
                    Some(content) => Some(content),
                    None => {
                        errors.push(RuleError::new(file, number + 1, format!("`{word}` is not a kind of content")));
                        continue;
                    }
                },
            };
            fields.extend(words.map(|name| (name.to_ascii_lowercase(), content)));
        }
        Self(fields)
    }
}

/// Acts on every block of header fields in a part of the text, and on the body after it.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let mut at = region.start;
    let mut folded = Span::new(at, at);
    while at < region.end {
        let Some(block) = Block::at(text, at, &formats.mail, &mut folded) else {
            at = memchr(b'\n', &text.as_bytes()[at..]).map_or(region.end, |length| at + length + 1);
            continue;
        };
        for field in &block.fields {
            header(sketch, &formats.mail, field);
        }
        at = body(sketch, &block, region.end).max(block.end);
    }
}

/// Fields that any text may have, before one that only mail has: to read more of them from each of them would take
/// forever.
const UNTOLD_MAX: usize = 32;

struct Field<'t> {
    name: &'t str,
    name_span: Span,
    value: Span,
}

struct Block<'t> {
    fields: Vec<Field<'t>>,
    end: usize,
}

impl<'t> Block<'t> {
    /// The header fields that start in the line at `at`: two or more, of which at least one is of mail. `folded` are
    /// the lines that went on with a field when last some did, which end where they end from each of them.
    fn at(text: &'t str, at: usize, known: &Fields, folded: &mut Span) -> Option<Self> {
        let mut fields: Vec<Field> = Vec::new();
        let mut start = at;
        let mut telling = 0;
        while start < text.len() && (telling > 0 || fields.len() < UNTOLD_MAX) {
            let mut end = memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |length| start + length);
            let Some(colon) = memchr(b':', &text.as_bytes()[start..end]).map(|length| start + length) else { break };
            let name = &text[start..colon];
            let quote = name.len() - name.trim_start_matches(['>', ' ']).len();
            let name = &name[quote..];
            let is_name =
                (2..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let of_mail = known.0.contains_key(&name.to_ascii_lowercase());
            // One field of mail must open the block; then others may follow that are not listed.
            if !is_name || !of_mail && (fields.is_empty() || !name.contains('-')) {
                break;
            }
            if (folded.start..folded.end).contains(&end) {
                end = folded.end;
            } else {
                folded.start = end;
                while matches!(text.as_bytes().get(end + 1), Some(b' ' | b'\t')) {
                    end = memchr(b'\n', &text.as_bytes()[end + 1..]).map_or(text.len(), |length| end + 1 + length);
                }
                folded.end = end;
            }
            telling += usize::from(
                of_mail
                    && !matches!(
                        &*name.to_ascii_lowercase(),
                        "date" | "to" | "subject" | "organization" | "comments" | "expires"
                    ),
            );
            let value = Span::new(colon + 1, colon + 1 + text[colon + 1..end].trim_end().len());
            fields.push(Field { name, name_span: Span::new(start + quote, colon), value });
            start = end + 1;
        }
        let mime = fields.iter().any(|field| field.name.to_ascii_lowercase().starts_with("content-"));
        (telling >= 1 && (fields.len() >= 2 || mime)).then_some(Self { fields, end: start.min(text.len()) })
    }

    fn value(&self, text: &'t str, name: &str) -> &'t str {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .map_or("", |field| field.value.of(text).trim())
    }
}

fn header(sketch: &mut Sketch, known: &Fields, field: &Field) {
    let text = sketch.text();
    sketch.keep(field.name_span);
    match known.0.get(&field.name.to_ascii_lowercase()) {
        Some(None) => addresses(sketch, field.value),
        Some(&Some(content)) => sketch.value(encoding::words(text, field.value), content, Some(field.name), RULE),
        None if field.name.to_ascii_lowercase().starts_with("x-") => {
            sketch.value(Value::Plain(field.value), Content::Unknown, Some(field.name), RULE)
        }
        None => sketch.narrate(encoding::words(text, field.value), Some(field.name)),
    }
}

/// `"Novak, Eva" <eva@example.org>, jo@example.org`.
fn addresses(sketch: &mut Sketch, span: Span) {
    let text = sketch.text();
    let mut start = span.start;
    let mut quoted = false;
    let ends: Vec<usize> = span
        .of(text)
        .bytes()
        .enumerate()
        .filter(|(_, byte)| {
            quoted ^= *byte == b'"';
            !quoted && matches!(byte, b',' | b';')
        })
        .map(|(at, _)| span.start + at)
        .chain([span.end])
        .collect();
    for end in ends {
        let one = Span::new(start, end);
        let (name, address) = match (one.of(text).find('<'), one.of(text).find('>')) {
            (Some(open), Some(close)) if open < close => {
                (Span::new(start, start + open), Span::new(start + open + 1, start + close))
            }
            _ if one.of(text).contains('@') => (Span::new(start, start), one),
            _ => (one, Span::new(end, end)),
        };
        if !value::trimmed(name.of(text)).is_empty() {
            sketch.value(encoding::words(text, name), Content::Name(Role::Subject), None, RULE);
        }
        if !value::trimmed(address.of(text)).is_empty() {
            sketch.value(Value::Plain(address), Content::Id(EntityType::Email, Role::Subject), None, RULE);
        }
        start = end + 1;
    }
}

/// Acts on an encoded body; a plain one is left to the other readers. Gives where it ends.
fn body(sketch: &mut Sketch, block: &Block, limit: usize) -> usize {
    let text = sketch.text();
    let body = || Span::new(block.end, boundary(text, block.end, limit));
    match &*block.value(text, "Content-Transfer-Encoding").to_ascii_lowercase() {
        "quoted-printable" => {
            let body = body();
            sketch.narrate(encoding::quoted_printable(text, body), None);
            body.end
        }
        "base64" => {
            let body = body();
            sketch.value(Value::Plain(body), Content::Opaque, None, RULE);
            body.end
        }
        _ => block.end,
    }
}

/// Where a part of a message ends: at the line that starts with two hyphens and a boundary.
fn boundary(text: &str, from: usize, limit: usize) -> usize {
    memchr_iter(b'\n', &text.as_bytes()[from..limit])
        .map(|at| from + at + 1)
        .find(|&line| {
            text[line..limit].starts_with("--")
                && text[line + 2..limit].bytes().take_while(|byte| !byte.is_ascii_whitespace()).count() > 5
        })
        .unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_whole, marked, narrative};

    #[test]
    fn header_fields_are_read_by_name() {
        let text = "From: \"Eva Novak\" <eva@example.org>\r\nTo: jo@example.org, Jo Lind\r\nDate: Thu, 14 Mar 2024 15:30:00 -0500\r\nMessage-ID: <a1@x.example>\r\nX-Tag: 77001\r\n\r\nHello";
        check_whole(text);
        assert_eq!(
            marked(text),
            "From: \"[NAME:Eva Novak]\" <[EMAIL:eva@example.org]>\r\nTo: [EMAIL:jo@example.org], [NAME:Jo Lind]\r\nDate: [DATE:Thu, 14 Mar 2024 15:30:00 -0500]\r\nMessage-ID: [OTHER_ID:<a1@x.example>]\r\nX-Tag: [OTHER_ID:77001]\r\n\r\nHello"
        );
    }

    #[test]
    fn encoded_words_and_bodies_are_read_decoded() {
        let text = "From: =?utf-8?Q?Eva_Nov=C3=A1k?= <e@x.org>\nSubject: =?utf-8?B?UmVmaWxs?= now\nContent-Transfer-Encoding: quoted-printable\n\nMRN 770=\n01 for Nov=C3=A1k";
        check_whole(text);
        assert!(
            marked(text).starts_with("From: [NAME:=?utf-8?Q?Eva_Nov=C3=A1k?=] <[EMAIL:e@x.org]>"),
            "{}",
            marked(text)
        );
        let parts = narrative(text);
        assert!(parts.contains(&" Refill now".to_owned()), "{parts:?}");
        assert!(parts.iter().any(|part| part.contains("MRN 77001 for Novák")), "{parts:?}");
    }

    #[test]
    fn a_single_line_is_no_mail() {
        for text in ["To: be seen in clinic\nthen home", "Subject: Eva", "From: home\nok"] {
            assert_eq!(marked(text), text);
        }
    }
}
