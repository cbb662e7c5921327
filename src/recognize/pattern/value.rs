//! What stands between a label and its value, and what a value looks like when no pattern describes it.

use crate::text::Span;
use std::ops::Range;

/// The way from a label to the place where its value starts.
pub struct Gap {
    pub value: usize,
    /// A sign (`:`, `#`, `=`) or word (`no.`, `number`) says that a value follows, so that any shape is one.
    pub explicit: bool,
    /// Nothing but a hyphen between: label and value are one word.
    pub joined: bool,
}

/// Words that may stand between a label and its value.
const LINKS: &[&str] = &[
    "is", "was", "of", "the", "as", "are", "for", "reads", "listed", "ending", "ends", "in", "last", "digits", "four",
    "with", "noted", "recorded", "shown", "being", "now", "on", "file", "patient", "pt", "his", "her", "value", "es",
    "ist", "lautet", "est", "and",
];
/// Words that announce a value.
const ANNOUNCE: &[&str] = &[
    "no",
    "number",
    "num",
    "numbers",
    "nr",
    "nbr",
    "id",
    "ids",
    "code",
    "numero",
    "número",
    "numéro",
    "nummer",
    "n",
    "identifier",
];

const GAP_MAX: usize = 48;

/// Crosses signs and link words after a label.
pub fn cross(text: &str, label: Span) -> Gap {
    let bytes = text.as_bytes();
    let from = label.end;
    let mut at = from;
    // `acct no` announces by itself.
    let lower = label.of(text).to_lowercase();
    let last_word = lower.rsplit(|c: char| !c.is_alphanumeric() && c != '#').next().unwrap_or_default();
    let mut explicit = lower.ends_with('#') || last_word.len() < lower.len() && ANNOUNCE.contains(&last_word);
    let mut lines = 0;
    while at < text.len() && at - from < GAP_MAX {
        match bytes[at] {
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'*' | b'|' | b'>' | b'_' | b'[' | b'{' | b'\\' => at += 1,
            b'-' | b',' | b'/' if at > from || bytes[at] == b'-' => at += 1,
            b';' => at += 1,
            b'.' => at += 1,
            b':' | b'=' | b'#' => {
                explicit = true;
                at += 1;
            }
            b'\r' => at += 1,
            b'\n' if lines == 0 => {
                lines = 1;
                at += 1;
            }
            b'(' => at = parenthesis(text, at),
            _ => match text[at..].chars().next() {
                Some(c @ ('–' | '—' | '→' | '№' | '“' | '”' | '‘' | '’' | 'º' | '°' | '\u{a0}')) => {
                    explicit |= matches!(c, '№' | 'º' | '→');
                    at += c.len_utf8();
                }
                Some(c) if c.is_alphabetic() => {
                    let Some(end) = word_end(text, at) else { break };
                    let word = text[at..end].to_lowercase();
                    let next = bytes.get(end).copied().unwrap_or(b' ');
                    // `Rec N0. 4471`: a zero that was an o.
                    if word == "n" && next == b'0' && matches!(bytes.get(end + 1), Some(b'.' | b':' | b' ')) {
                        explicit = true;
                        at = end + 1;
                        continue;
                    }
                    if next.is_ascii_digit() || next == b'-' {
                        break;
                    } else if ANNOUNCE.contains(&word.as_str()) {
                        explicit = true;
                    } else if !LINKS.contains(&word.as_str()) {
                        break;
                    }
                    at = end;
                }
                _ => break,
            },
        }
    }
    let joined = at == from || at == from + 1 && bytes[from] == b'-';
    Gap { value: at, explicit, joined: joined && at == from + 1 }
}

/// The end of a parenthesis without digits (`(MRN)`), or the place after its opening.
fn parenthesis(text: &str, open: usize) -> usize {
    let inside = &text.as_bytes()[open + 1..];
    let close = inside.iter().take(24).position(|&byte| byte == b')' || byte.is_ascii_digit());
    match close {
        Some(at) if inside[at] == b')' => open + at + 2,
        _ => open + 1,
    }
}

/// The end of a word; none of one that is longer than any that may stand before a value.
fn word_end(text: &str, from: usize) -> Option<usize> {
    let near = &text[from..text.floor_char_boundary(from + WORD_MAX)];
    let length =
        near.find(|c: char| !c.is_alphabetic()).or_else(|| (from + near.len() == text.len()).then_some(near.len()))?;
    Some(from + length)
}

/// Bytes of a word between a label and its value.
const WORD_MAX: usize = 32;

/// A value of no known shape: one word of letters, digits and joints with a digit in it.
pub fn generic(text: &str, gap: &Gap) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut end = token_end_within(text, gap.value, TOKEN_MAX);
    if end - gap.value > VALUE_MAX {
        return None;
    }
    // `AB 123456`: a short capital prefix belongs to the number after it.
    let prefix = &text[gap.value..end];
    if (1..=4).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let next = end + usize::from(bytes.get(end) == Some(&b' '));
        // `EOS 0.08` is a measurement.
        let decimal = text[next..token_end(text, next)].contains('.');
        if next > end && !decimal && bytes.get(next).is_some_and(u8::is_ascii_digit) {
            end = token_end(text, next);
        }
    }
    let token = &text[gap.value..end];
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    if token.len() > VALUE_MAX || !value_like(token, digits) {
        return None;
    }
    // A date, a time, a percentage or a fraction is not an identifier.
    let after = &bytes[end..];
    if matches!(after, [b'/' | b':', next, ..] if next.is_ascii_digit()) || after.first() == Some(&b'%') {
        return None;
    }
    let mixed = token.bytes().any(|byte| byte.is_ascii_alphabetic());
    let groups = groups_end(text, end, gap.explicit);
    let all = digits + text[end..groups].bytes().filter(u8::is_ascii_digit).count();
    let word = word_follows(text, groups);
    let enough = match gap.explicit {
        true => all >= 3 || mixed || !word,
        // Four digits with nothing after them that they could count, and no year.
        false => all >= 5 || digits >= 3 && mixed || digits == 4 && !word && !year(token) || interleaved(token),
    };
    enough.then(|| Span::new(gap.value, groups))
}

/// Where groups of digits that go on after single spaces end: `402 19 8877`, `W2281 90441`. A single group of two
/// counts only after a sign or word that announced the value, and where it is no number of its own (`4471 23 years`).
fn groups_end(text: &str, from: usize, explicit: bool) -> usize {
    let bytes = text.as_bytes();
    let (mut end, mut long_end, mut groups) = (from, from, 0);
    while bytes.get(end) == Some(&b' ') {
        let next = token_end(text, end + 1);
        let group = &bytes[end + 1..next];
        let long = group.len() >= 3;
        let own = matches!(bytes.get(next), Some(b'/' | b':' | b'%')) || !long && word_follows(text, next);
        if group.len() < 2 || own || !group.iter().all(u8::is_ascii_digit) {
            break;
        }
        if long && long_end == end {
            long_end = next;
        }
        end = next;
        groups += 1;
    }
    if explicit || groups >= 2 { end } else { long_end }
}

fn word_follows(text: &str, at: usize) -> bool {
    let rest = text[at..].strip_prefix(' ').unwrap_or_default().as_bytes();
    rest.first().is_some_and(u8::is_ascii_lowercase)
}

/// `KX7T2M`: capitals and digits that change four times or more make no word with a number.
fn interleaved(token: &str) -> bool {
    let bytes = token.as_bytes();
    let changes = bytes.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    bytes.len() >= 5 && changes >= 3 && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn year(token: &str) -> bool {
    token.starts_with("19") || token.starts_with("20")
}

/// The longest value of no known shape, in bytes.
const VALUE_MAX: usize = 64;
/// The longest code. What is longer is read to here: each label in a long run would read the run to its end again.
const TOKEN_MAX: usize = 256;

/// The end of a word of letters and digits, with joints only between them.
fn token_end(text: &str, from: usize) -> usize {
    token_end_within(text, from, usize::MAX)
}

/// The same, or a place so many bytes on.
fn token_end_within(text: &str, from: usize, most: usize) -> usize {
    let bytes = text.as_bytes();
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'*' || byte >= 0x80;
    let mut at = from;
    while at < bytes.len() && at - from < most {
        let joint = matches!(bytes[at], b'-' | b'.' | b'_' | b'+' | b'/')
            && at > from
            && bytes.get(at + 1).is_some_and(|&next| inner(next));
        let slash_between_long = bytes[at] != b'/' || at - from >= 4;
        if inner(bytes[at]) || joint && slash_between_long {
            at += 1;
        } else {
            break;
        }
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Digits, or letters that a scanner reads for digits; no part of it an ordinary word.
fn value_like(token: &str, digits: usize) -> bool {
    if token
        .split(['-', '.', '_', '/'])
        .any(|part| part.len() >= 3 && part.bytes().all(|byte| byte.is_ascii_lowercase()))
    {
        return false;
    }
    digits > 0 || token.len() >= 5 && token.bytes().all(|byte| b"lIoOSBZ|".contains(&byte))
}

/// Codes after the label of a code system: one, or several with commas between.
pub fn code_list(text: &str, from: usize) -> Vec<Span> {
    let mut codes = Vec::new();
    let mut at = from;
    for _ in 0..12 {
        let gap = cross(text, Span::new(at, at));
        let end = token_end_within(text, gap.value, TOKEN_MAX);
        let token = end - gap.value;
        if token == 0 || token >= TOKEN_MAX || !text[gap.value..end].bytes().any(|byte| byte.is_ascii_digit()) {
            break;
        }
        codes.push(Span::new(gap.value, end));
        at = end;
        if !text[at..].starts_with([',', ';', '/']) && !text[at..].starts_with(" and ") {
            break;
        }
    }
    codes
}

/// Whether a label is all of a key but words that do not change its meaning (`patient_mrn`, `mrn_number`).
pub fn covers_key(key: &str, label: Span) -> bool {
    let rest = format!("{} {}", &key[..label.start], &key[label.end..]).to_lowercase();
    rest.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(|word| {
        matches!(
            word,
            "patient"
                | "pt"
                | "subject"
                | "member"
                | "number"
                | "no"
                | "num"
                | "id"
                | "value"
                | "the"
                | "primary"
                | "current"
                | "person"
                | "client"
                | "user"
        )
    })
}

/// Whether a value ends where a word ends. Scripts without spaces write on.
pub fn ends_well(text: &str, end: usize) -> bool {
    text[end..].chars().next().is_none_or(|c| !c.is_alphanumeric() || unspaced(c))
}

/// Han, kana and Hangul: a number stands among them without a border.
fn unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether digits go on across a point on either side, as in a dotted number.
pub fn part_of_number(text: &str, span: Span) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let before = span.start.checked_sub(1).is_some_and(|at| bytes[at] == b'.') && digit(span.start.checked_sub(2));
    let after = bytes.get(span.end) == Some(&b'.') && digit(Some(span.end + 1));
    before || after
}

/// The starts of tokens (and of `+` and `(` before a digit) in all words that hold a digit.
pub fn starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    words_with_digits(bytes).flatten().filter(move |&at| match bytes[at] {
        b'+' | b'(' | b'=' => {
            bytes.get(at + 1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'(' || *byte == b'/')
        }
        byte if byte.is_ascii_alphanumeric() => match at.checked_sub(1).map(|at| bytes[at]) {
            Some(byte) if byte >= 0x80 => text[..at].chars().next_back().is_some_and(unspaced),
            Some(byte) => !byte.is_ascii_alphanumeric(),
            None => true,
        },
        _ => false,
    })
}

/// The words that hold a digit, each with a short word of capitals right before its digits (`GB 82`, `TREM 8551`),
/// which may be the start of the number.
fn words_with_digits(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let digit = from + bytes[from..].iter().position(u8::is_ascii_digit)?;
        let mut start = digit - bytes[from..digit].iter().rev().take_while(|byte| !byte.is_ascii_whitespace()).count();
        if let Some(before) = bytes[..start].strip_suffix(b" ").filter(|_| start == digit) {
            let capitals = before.iter().rev().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
            let alone = before[..before.len() - capitals].last().is_none_or(u8::is_ascii_whitespace);
            if (1..=4).contains(&capitals) && alone {
                start -= capitals + 1;
            }
        }
        from = digit + bytes[digit..].iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len() - digit);
        Some(start..from)
    })
}
