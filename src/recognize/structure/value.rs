//! A value of a field: where it stands, how it reads, and what its shape tells.

use super::View;
use crate::text::Span;

/// A value that stands in the text as it reads, or one that had to be decoded.
#[derive(Debug)]
pub(super) enum Value {
    Plain(Span),
    Decoded { view: View, span: Span },
}

impl Value {
    /// All of the text the value covers, escapes included.
    pub fn span(&self) -> Span {
        match self {
            Self::Plain(span) | Self::Decoded { span, .. } => *span,
        }
    }

    pub fn read<'v>(&'v self, text: &'v str) -> &'v str {
        match self {
            Self::Plain(span) => span.of(text),
            Self::Decoded { view, .. } => view.text(),
        }
    }

    /// Where a part of the value, as it reads, stands in the text.
    pub fn origin(&self, part: Span) -> Span {
        match self {
            Self::Plain(span) => Span::new(span.start + part.start, span.start + part.end),
            Self::Decoded { view, .. } => view.origin(part),
        }
    }

    pub fn into_view(self, text: &str) -> View {
        match self {
            Self::Plain(span) => View::excerpt(span.of(text), span.start),
            Self::Decoded { view, .. } => view,
        }
    }
}

impl From<Span> for Value {
    fn from(span: Span) -> Self {
        Self::Plain(span)
    }
}

/// The part of a value without white space, quotes and emphasis around it.
pub(super) fn trimmed(text: &str) -> Span {
    let outer =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '*' | '_' | '\u{feff}' | '\u{0}'..='\u{1f}');
    let start = text.len() - text.trim_start_matches(outer).len();
    let end = text.trim_end_matches(outer).len();
    if start < end { Span::new(start, end) } else { Span::new(0, 0) }
}

/// The part of a name without titles before it and degrees after it.
pub(super) fn untitled(name: &str) -> Span {
    const BEFORE: [&str; 14] =
        ["dr", "mr", "mrs", "ms", "miss", "prof", "professor", "doctor", "herr", "frau", "sr", "sra", "dra", "rev"];
    const AFTER: [&str; 16] = [
        "md", "do", "rn", "np", "pa", "pa-c", "phd", "lpn", "dds", "dpm", "pharmd", "cnm", "fnp", "bsn", "msn", "crna",
    ];
    let bare = |word: &str| word.trim_matches(['.', ',', ' ']).replace('.', "").to_lowercase();
    let (mut start, mut end) = (0, name.len());
    while let Some(space) =
        name[start..end].find(' ').filter(|&space| BEFORE.contains(&&*bare(&name[start..start + space])))
    {
        start += space + 1;
        start += name[start..end].len() - name[start..end].trim_start().len();
    }
    while let Some(space) =
        name[start..end].rfind([' ', ',']).filter(|&space| AFTER.contains(&&*bare(&name[start + space..end])))
    {
        end = start + name[start..start + space].trim_end_matches([' ', ',']).len();
    }
    if start < end { Span::new(start, end) } else { Span::new(0, name.len()) }
}

/// Whether a value says that there is none.
pub(super) fn is_absent(value: &str) -> bool {
    const WORDS: [&str; 20] = [
        "null",
        "none",
        "nil",
        "n/a",
        "na",
        "nan",
        "unknown",
        "unk",
        "undefined",
        "not available",
        "not applicable",
        "not provided",
        "not documented",
        "declined",
        "true",
        "false",
        "yes",
        "no",
        "tbd",
        "pending",
    ];
    !value.chars().any(char::is_alphanumeric) || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value can be a code of a vocabulary: short, one word, and not an identifier by its shape.
pub(super) fn is_code(value: &str) -> bool {
    value.len() <= 24
        && !value.contains(char::is_whitespace)
        && !value.contains('@')
        && !is_dashed_number(value)
        && !value.contains("://")
}

/// Digits in three or more groups, as Social Security and telephone numbers are written, or a written-out date.
fn is_dashed_number(value: &str) -> bool {
    let groups = value.split(['-', '/', '.', ' ']);
    // Versions, as `2.5.1`, are shorter.
    if value.bytes().filter(u8::is_ascii_digit).count() < 6 {
        return false;
    }
    let mut count = 0;
    for group in groups {
        if group.is_empty() || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        count += 1;
    }
    count == 3
}

/// Whether a value is a number, with a sign, a comparison or a unit-like tail of one letter at most.
pub(super) fn is_quantity(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits <= 8
        && value.bytes().all(|byte| {
            byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+' | b'<' | b'>' | b'=' | b'%' | b'e' | b'E')
        })
}

/// Four digits: a year alone, which is not an identifier.
pub(super) fn is_year(value: &str) -> bool {
    value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// `YYYYMMDD`, alone or before a time.
pub(super) fn is_compact_date(value: &str) -> bool {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let month = value.get(4..6).and_then(|month| month.parse().ok()).unwrap_or(0_u8);
    matches!(digits, 8 | 10 | 12 | 14)
        && (value.starts_with("19") || value.starts_with("20"))
        && (1..=12).contains(&month)
}

/// Whether a value is a clock time, which is not an identifier.
pub(super) fn is_time(value: &str) -> bool {
    let mut groups = value.trim_end_matches('Z').split(':');
    let short = |group: &str| (1..=2).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit());
    groups.next().is_some_and(short) && groups.next().is_some_and(|group| group.get(..2).is_some_and(short))
}

/// The leading number of an age such as `92`, `092Y`, `92 years` or `P92Y`, where it is given in years.
pub(super) fn years(value: &str) -> Option<(Span, u32)> {
    let start = value.find(|c: char| c.is_ascii_digit())?;
    if start > 1 {
        return None;
    }
    let rest = &value[start..];
    let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let unit = rest[length..].trim_start_matches([' ', '-', '.', ',']);
    let in_years = unit.is_empty()
        || unit.starts_with(['y', 'Y', 'a', 'j', 'J'])
        || unit.bytes().all(|byte| byte.is_ascii_digit());
    let number = rest[..length].parse().ok().filter(|_| in_years && length <= 3)?;
    Some((Span::new(start, start + length), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_words_and_no_identifiers() {
        for code in ["2345-7", "E11.65", "HL70005", "00047040230", "L", "11502-2", "ADT_A05", "2.5.1"] {
            assert!(is_code(code), "{code}");
        }
        for other in ["078-05-1120", "617-555-0123", "mj@example.org", "Mary Jo", "4/9/1931"] {
            assert!(!is_code(other), "{other}");
        }
    }

    #[test]
    fn titles_and_degrees_stand_outside_a_name() {
        for (name, expected) in [
            ("Dr. Jo Lind, MD", "Jo Lind"),
            ("Prof Dr Jo Lind", "Jo Lind"),
            ("Doe, Jo", "Doe, Jo"),
            ("Dr", "Dr"),
            ("Mary Jo RN PhD", "Mary Jo"),
        ] {
            assert_eq!(untitled(name).of(name), expected);
        }
    }

    #[test]
    fn ages_in_years_only() {
        assert_eq!(years("092Y"), Some((Span::new(0, 3), 92)));
        assert_eq!(years("P91Y"), Some((Span::new(1, 3), 91)));
        assert_eq!(years("95 years"), Some((Span::new(0, 2), 95)));
        assert_eq!(years("95 days"), None);
        assert_eq!(years("095D"), None);
    }

    #[test]
    fn times_are_not_dates() {
        assert!(is_time("14:30") && is_time("9:05:10Z") && is_time("08:15 AM"));
        assert!(!is_time("2024-03-14T08:15") && !is_time("Mary: 12"));
    }
}
