//! Words, numbers and marks of a text, in one pass over its bytes.

/// A piece of a text. White space makes no token; it shows in [`Token::gap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub start: u32,
    pub end: u32,
    pub kind: Kind,
    pub gap: Gap,
    /// A possessive ending follows: `Maria's`, `Lopez'`. It is not part of the token.
    pub possessive: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word(Shape),
    /// Digits alone.
    Number,
    /// Letters and digits: `T2DM`, `5mg`.
    Code,
    /// Anything else, one character a token; zero for one that is not ASCII.
    Mark(u8),
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Lower,
    /// `Maria`, also `O'Brien` and `McDonald`.
    Capital,
    /// `MARIA`, two letters or more.
    Upper,
    /// One capital letter.
    Initial,
    /// A script that has no case.
    Caseless,
    /// `pH`, `mRNA`, `LaTeX`.
    Mixed,
}

/// What stands before a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    None,
    Space,
    /// Two blanks or more, or a tab: the next column of a table.
    Wide,
    Line,
    /// An empty line, or the start of the text.
    Paragraph,
}

impl Token {
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start as usize..self.end as usize]
    }

    pub fn is_mark(&self, mark: u8) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// The tokens of a text of at most 4 GiB.
pub fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::with_capacity(bytes.len() / 5 + 8);
    let mut at = 0;
    let mut gap = Gap::Paragraph;
    while at < bytes.len() {
        let start = at;
        match CLASS[bytes[at] as usize] {
            Class::Space => {
                gap = wider(gap, &mut at, bytes);
                continue;
            }
            Class::Mark => {
                tokens.push(token(start, at + 1, Kind::Mark(bytes[at]), gap));
                at += 1;
            }
            Class::Lower | Class::Upper | Class::Digit | Class::Wide => {
                let Some((kind, possessive)) = word(text, &mut at) else {
                    let c = text[start..].chars().next().expect("a character starts here");
                    at = start + c.len_utf8();
                    if c.is_whitespace() {
                        gap = gap.max(Gap::Space);
                        continue;
                    }
                    tokens.push(token(start, at, Kind::Mark(0), gap));
                    gap = Gap::None;
                    continue;
                };
                tokens.push(Token { possessive, ..token(start, at, kind, gap) });
                if possessive {
                    at += possessive_len(&bytes[at..]);
                }
            }
        }
        gap = Gap::None;
    }
    tokens
}

fn token(start: usize, end: usize, kind: Kind, gap: Gap) -> Token {
    Token { start: start as u32, end: end as u32, kind, gap, possessive: false }
}

/// Reads a run of ASCII white space.
fn wider(before: Gap, at: &mut usize, bytes: &[u8]) -> Gap {
    let (mut blanks, mut lines) = (0, 0);
    while *at < bytes.len() && CLASS[bytes[*at] as usize] == Class::Space {
        match bytes[*at] {
            b'\n' => lines += 1,
            b'\r' => {}
            b'\t' => blanks += 2,
            _ => blanks += 1,
        }
        *at += 1;
    }
    before.max(match (lines, blanks) {
        (2.., _) => Gap::Paragraph,
        (1, _) => Gap::Line,
        (0, 2..) => Gap::Wide,
        _ => Gap::Space,
    })
}

/// Reads letters and digits, with apostrophes between letters. None if none stands here.
fn word(text: &str, at: &mut usize) -> Option<(Kind, bool)> {
    let bytes = text.as_bytes();
    let start = *at;
    let (mut lower, mut upper, mut digits, mut caseless, mut first_upper, mut inner_upper) = (0, 0, 0, 0, false, 0);
    let mut possessive = false;
    while *at < bytes.len() {
        let byte = bytes[*at];
        match CLASS[byte as usize] {
            Class::Lower => lower += 1,
            Class::Upper => {
                first_upper |= *at == start;
                inner_upper += usize::from(lower > 0 || *at > start && !bytes[*at - 1].is_ascii_alphanumeric());
                upper += 1;
            }
            Class::Digit => digits += 1,
            Class::Wide => {
                let c = text[*at..].chars().next().expect("a character starts here");
                if c == '’' || c == 'ʼ' {
                    match apostrophe(bytes, *at, c.len_utf8()) {
                        Apostrophe::Inner if *at > start => *at += c.len_utf8(),
                        Apostrophe::Possessive if *at > start => {
                            possessive = true;
                            break;
                        }
                        _ => break,
                    }
                    continue;
                }
                if c.is_lowercase() {
                    lower += 1;
                } else if c.is_uppercase() {
                    first_upper |= *at == start;
                    inner_upper += usize::from(lower > 0);
                    upper += 1;
                } else if c.is_alphabetic() {
                    caseless += 1;
                } else if !unicode_normalization::char::is_combining_mark(c) || *at == start {
                    break;
                }
                *at += c.len_utf8();
                continue;
            }
            Class::Mark if byte == b'\'' && *at > start => match apostrophe(bytes, *at, 1) {
                Apostrophe::Inner => {}
                Apostrophe::Possessive => {
                    possessive = true;
                    break;
                }
                Apostrophe::End => break,
            },
            _ => break,
        }
        *at += 1;
    }
    if *at == start {
        return None;
    }
    let letters = lower + upper + caseless;
    let kind = match () {
        () if letters == 0 => Kind::Number,
        () if digits > 0 => Kind::Code,
        () => Kind::Word(match () {
            () if caseless == letters => Shape::Caseless,
            () if upper == 0 => Shape::Lower,
            () if letters == 1 => Shape::Initial,
            () if lower == 0 => Shape::Upper,
            () if first_upper && (upper == 1 || inner_upper > 0 && upper <= 3 && lower > upper) => Shape::Capital,
            () => Shape::Mixed,
        }),
    };
    // `O'` begins a name, so one letter before an apostrophe is never a possessor.
    Some((kind, possessive && letters > 0))
}

enum Apostrophe {
    /// A letter follows: `O'Brien`.
    Inner,
    /// `'s` or `s'` ends the word.
    Possessive,
    End,
}

fn apostrophe(bytes: &[u8], at: usize, len: usize) -> Apostrophe {
    let letter = |at: usize| {
        bytes.get(at).is_some_and(|&byte| matches!(CLASS[byte as usize], Class::Lower | Class::Upper | Class::Wide))
    };
    let after = at + len;
    match bytes.get(after) {
        Some(b's' | b'S') if !letter(after + 1) => Apostrophe::Possessive,
        Some(_) if letter(after) => Apostrophe::Inner,
        _ if matches!(bytes[at - 1], b's' | b'S' | b'z' | b'Z' | b'x') => Apostrophe::Possessive,
        _ => Apostrophe::End,
    }
}

/// The length of the possessive ending that stands at the start.
fn possessive_len(bytes: &[u8]) -> usize {
    let mark = if bytes[0] == b'\'' {
        1
    } else {
        std::str::from_utf8(&bytes[..bytes.len().min(4)]).map_or(3, |_| 3).min(utf8_len(bytes[0]))
    };
    mark + usize::from(matches!(bytes.get(mark), Some(b's' | b'S')))
}

fn utf8_len(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Lower,
    Upper,
    Digit,
    Mark,
    /// Part of a character that is not ASCII.
    Wide,
}

static CLASS: [Class; 256] = {
    let mut table = [Class::Mark; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Space,
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            0x80.. => Class::Wide,
            _ => Class::Mark,
        };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shapes(text: &str) -> Vec<(&str, Kind)> {
        tokens(text).iter().map(|token| (token.text(text), token.kind)).collect()
    }

    #[test]
    fn shapes_of_words() {
        use Kind::Word;
        assert_eq!(
            shapes("Maria O'Brien-McDonald MD pH J. T2DM 45 Łukasz 李小龍"),
            [
                ("Maria", Word(Shape::Capital)),
                ("O'Brien", Word(Shape::Capital)),
                ("-", Kind::Mark(b'-')),
                ("McDonald", Word(Shape::Capital)),
                ("MD", Word(Shape::Upper)),
                ("pH", Word(Shape::Mixed)),
                ("J", Word(Shape::Initial)),
                (".", Kind::Mark(b'.')),
                ("T2DM", Kind::Code),
                ("45", Kind::Number),
                ("Łukasz", Word(Shape::Capital)),
                ("李小龍", Word(Shape::Caseless)),
            ]
        );
    }

    #[test]
    fn possessive_endings_stay_outside() {
        for text in ["Maria's dog", "Maria’s dog", "Lopez' dog"] {
            let tokens = tokens(text);
            assert!(tokens[0].possessive && matches!(tokens[0].text(text), "Maria" | "Lopez"), "{text}");
            assert_eq!((tokens.len(), tokens[1].text(text)), (2, "dog"));
        }
    }

    #[test]
    fn gaps() {
        let gaps: Vec<_> = tokens("a b  c\td\ne\n\nf,g").iter().map(|token| token.gap).collect();
        use Gap::*;
        assert_eq!(gaps, [Paragraph, Space, Wide, Wide, Line, Paragraph, None, None]);
    }

    proptest! {
        #[test]
        fn tokens_are_sorted_disjoint_and_on_characters(text in any::<String>()) {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(token.start >= end && token.end > token.start);
                prop_assert!(!token.text(&text).is_empty());
                end = token.end;
            }
        }
    }
}
