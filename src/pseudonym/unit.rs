//! Reads a text one unit at a time: a character, or an escape that stands for one.

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    Plain,
    /// JSON text, in which characters may be escaped.
    Json,
}

/// One unit of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A character as it is meant, the bytes it takes, and how many of them are backslashes before it.
    Char {
        meant: char,
        bytes: usize,
        slashes: usize,
    },
    /// The text ends within what may be an escape.
    Cut,
    End,
}

/// The unit at `at`. With `ended`, nothing more will come, and half an escape is plain characters.
pub fn unit_at(text: &str, at: usize, flavour: Flavour, ended: bool) -> Unit {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else { return Unit::End };
    let escape = match first {
        '\\' => backslashes(rest, flavour),
        '%' => percent(rest),
        _ => return plain(first),
    };
    match escape {
        Escape::Is { meant, bytes, slashes } => Unit::Char { meant: fold(meant), bytes, slashes },
        Escape::May if !ended => Unit::Cut,
        Escape::May | Escape::No => plain(first),
    }
}

fn plain(c: char) -> Unit {
    Unit::Char { meant: fold(c), bytes: c.len_utf8(), slashes: 0 }
}

enum Escape {
    Is {
        meant: char,
        bytes: usize,
        slashes: usize,
    },
    /// Not yet told.
    May,
    No,
}

/// Markdown escapes the marks of a pseudonym, JSON escapes the backslash once more, and JSON in a string again. So any
/// run of backslashes before such a mark is read as part of it.
fn backslashes(rest: &str, flavour: Flavour) -> Escape {
    let slashes = rest.bytes().take_while(|&byte| byte == b'\\').count();
    if slashes > SLASHES {
        return Escape::No;
    }
    let after = &rest[slashes..];
    let is = |meant, bytes| Escape::Is { meant, bytes: slashes + bytes, slashes };
    match after.as_bytes().first() {
        None => Escape::May,
        Some(&mark @ (b'[' | b']' | b'_' | b'*' | b'-' | b'+' | b'<' | b'>' | b'/')) => is(mark as char, 1),
        Some(b'n' | b'r' | b't') if flavour == Flavour::Json => is(' ', 1),
        Some(b'u') if flavour == Flavour::Json => {
            let digits = after.as_bytes()[1..].iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
            match u32::from_str_radix(&after[1..1 + digits], 16).ok().and_then(char::from_u32) {
                Some(meant) if digits == 4 => is(meant, 5),
                _ if after.len() == 1 + digits && digits < 4 => Escape::May,
                _ => Escape::No,
            }
        }
        Some(_) => Escape::No,
    }
}

/// `%5B`, `%5D`, `%5F`, `%2B`: the marks of a pseudonym as a URL has them.
fn percent(rest: &str) -> Escape {
    let code = &rest.as_bytes()[1..rest.len().min(3)];
    let meant = match code {
        [b'5', b'b' | b'B'] => '[',
        [b'5', b'd' | b'D'] => ']',
        [b'5', b'f' | b'F'] => '_',
        [b'2', b'b' | b'B'] => '+',
        [] | [b'5'] | [b'2'] => return Escape::May,
        _ => return Escape::No,
    };
    Escape::Is { meant, bytes: 3, slashes: 0 }
}

/// Full-width ASCII to ASCII, brackets of other scripts to square ones, blanks and line ends to one blank, minus signs
/// to the one of ASCII.
fn fold(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).map_or(c, fold),
        '【' | '〔' | '〖' | '「' | '『' | '⟦' | '〚' => '[',
        '】' | '〕' | '〗' | '」' | '』' | '⟧' | '〛' => ']',
        '〈' | '《' | '‹' | '«' => '<',
        '〉' | '》' | '›' | '»' => '>',
        '\n' | '\r' | '\t' | '\u{a0}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{2212}' | '\u{2010}' | '\u{2011}' | '\u{2013}' => '-',
        _ => c,
    }
}

/// Four levels of JSON in a string make fifteen.
const SLASHES: usize = 16;
