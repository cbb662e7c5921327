//! Escapes and inline markup: what stands at the start of a text, and how many bytes it takes.

/// `&amp;`, `&#39;`, `&#x27;`; eagerly, `&#39` too.
pub fn entity(text: &str, eager: bool) -> Option<(char, usize)> {
    if let (true, Some(number)) = (eager, text.strip_prefix("&#")) {
        let digits = number.bytes().take(7).take_while(u8::is_ascii_digit).count();
        if digits > 0 && number.as_bytes().get(digits) != Some(&b';') {
            return Some((char::from_u32(number[..digits].parse().ok()?)?, 2 + digits));
        }
    }
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => named(name)?,
    };
    Some((c, end + 1))
}

/// The entities of HTML 4 that occur in names and addresses, and those of XML.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => ' ',
        "ndash" => '-',
        "mdash" => '—',
        "shy" => '\u{ad}',
        "commat" => '@',
        "period" => '.',
        "szlig" => 'ß',
        "aelig" => 'æ',
        "AElig" => 'Æ',
        "oslash" => 'ø',
        "Oslash" => 'Ø',
        "aring" => 'å',
        "Aring" => 'Å',
        _ => {
            let mut letters = name.chars();
            let base = letters.next().filter(char::is_ascii_alphabetic)?;
            let mark = match letters.as_str() {
                "acute" => '\u{301}',
                "grave" => '\u{300}',
                "circ" => '\u{302}',
                "uml" => '\u{308}',
                "tilde" => '\u{303}',
                "cedil" => '\u{327}',
                "caron" => '\u{30c}',
                _ => return None,
            };
            unicode_normalization::char::compose(base, mark)?
        }
    })
}

/// `%40`, `%C3%A9`: signs and characters beyond ASCII, eagerly letters and digits too; `95%` is a percentage.
pub fn percent(text: &str, eager: bool) -> Option<(char, usize)> {
    let mut decoded = [0; 4];
    let byte = |at: usize| {
        let hex = text.as_bytes().get(at..at + 3)?;
        if hex[0] != b'%' || !hex[1..].iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u8::from_str_radix(std::str::from_utf8(&hex[1..]).ok()?, 16).ok()
    };
    decoded[0] = byte(0)?;
    let length = match decoded[0] {
        0x20..0x30 | 0x3a..0x41 | 0x5b..0x61 | 0x7b..0x7f | b'\n' | b'\r' => 1,
        0x20..0x7f if eager => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    for (at, slot) in decoded.iter_mut().enumerate().take(length).skip(1) {
        *slot = byte(3 * at)?;
    }
    let c = std::str::from_utf8(&decoded[..length]).ok()?.chars().next()?;
    Some((c, 3 * length))
}

/// `\u00e9`, `\"`, and the `\n` and `\t` of a string inside a string.
pub fn backslash(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(1)? {
        b'u' => {
            let code = u32::from_str_radix(text.get(2..6)?, 16).ok()?;
            Some((char::from_u32(code)?, 6))
        }
        b'"' => Some(('"', 2)),
        b'\'' => Some(('\'', 2)),
        b'/' => Some(('/', 2)),
        // In a path such as `c:\new` it is no line break.
        b'n' | b'r' if !bytes.get(2).is_some_and(u8::is_ascii_lowercase) => Some(('\n', 2)),
        b't' if !bytes.get(2).is_some_and(u8::is_ascii_lowercase) => Some((' ', 2)),
        _ => None,
    }
}

/// The length of an inline tag, which does not end a word; 0 for any other.
pub fn inline_tag(text: &str) -> usize {
    const INLINE: &[&str] =
        &["b", "i", "u", "em", "strong", "span", "font", "mark", "small", "big", "sup", "sub", "wbr", "a", "s", "tt"];
    let name = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    if !INLINE.iter().any(|tag| tag.eq_ignore_ascii_case(&name[..letters])) {
        return 0;
    }
    match name.as_bytes().get(letters) {
        // A link's address may name someone: such a tag stays to be read.
        Some(b' ') if !name[..letters].eq_ignore_ascii_case("a") => {
            text.bytes().take(200).position(|byte| byte == b'>').map_or(0, |end| end + 1)
        }
        Some(b'>' | b'/') => text.bytes().take(8 + letters).position(|byte| byte == b'>').map_or(0, |end| end + 1),
        _ => 0,
    }
}

/// The length of a soft line break of quoted-printable text (`=` at the end of a line within a word).
pub fn soft_break(text: &str) -> usize {
    let line = if text[1..].starts_with("\r\n") {
        3
    } else if text[1..].starts_with('\n') {
        2
    } else {
        return 0;
    };
    if text[line..].starts_with(char::is_alphanumeric) { line } else { 0 }
}

/// `=20`, `=4B`: an octet of quoted-printable text (RFC 2045 section 6.7).
pub fn quoted(text: &str) -> Option<(char, usize)> {
    let digits = text.get(1..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let byte = u8::from_str_radix(digits, 16).ok()?;
    (0x20..0x7f).contains(&byte).then_some((char::from(byte), 3))
}

/// Whether a text has what an eager reading would read otherwise.
pub fn is_suspect(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    memchr::memchr3_iter(b'%', b'=', b'&', bytes).any(|at| match bytes[at] {
        b'&' => bytes[at + 1..].starts_with(b"#") || bytes[at + 1..].starts_with(b"amp;"),
        _ => hex(at),
    }) || !text.is_ascii()
        && text.char_indices().any(|(at, mark)| {
            let after_ascii = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
            after_ascii && !mark.is_ascii() && unicode_normalization::char::canonical_combining_class(mark) != 0
        })
}
