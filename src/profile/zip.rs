//! ZIP codes keep three digits where enough people share them.

use crate::rules::{RuleError, Rules, line_of};

/// The prefixes that more than 20,000 people share, 45 CFR 164.514(b)(2)(i)(B).
#[derive(Clone)]
pub struct Prefixes(Box<[bool; 1000]>);

impl Prefixes {
    pub const FILE: &'static str = "profiles/zip3.tsv";

    pub fn load(rules: &Rules) -> Result<Self, Vec<RuleError>> {
        let missing = || vec![RuleError::new(Self::FILE, 0, "missing or not UTF-8")];
        let text = rules.file(Self::FILE).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or_else(missing)?;
        let (mut prefixes, mut errors) = (Box::new([false; 1000]), Vec::new());
        for row in text.lines().filter(|row| !row.starts_with('#') && !row.is_empty()) {
            let line = line_of(text, row.as_ptr() as usize - text.as_ptr() as usize);
            match row
                .split_once('\t')
                .map(|(prefix, people)| (prefix.len(), prefix.parse::<usize>(), people.parse::<u64>()))
            {
                Some((3, Ok(prefix), Ok(people))) if people > 20_000 => prefixes[prefix] = true,
                Some((3, Ok(_), Ok(_))) => {
                    errors.push(RuleError::new(Self::FILE, line, "20,000 people or fewer share this prefix"))
                }
                _ => errors.push(RuleError::new(Self::FILE, line, "three digits, a tab and a number are expected")),
            }
        }
        if errors.is_empty() { Ok(Self(prefixes)) } else { Err(errors) }
    }

    /// Three digits of a text that is a ZIP or ZIP+4 code and nothing else; `000` where too few people share them.
    pub fn of(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let plain = text
            .bytes()
            .enumerate()
            .all(|(at, byte)| byte.is_ascii_digit() || (at == 5 && matches!(byte, b'-' | b' ')));
        if !plain || !(digits == 5 && text.len() == 5 || digits == 9) {
            return None;
        }
        let prefix: usize = text[..3].parse().ok()?;
        Some(if self.0[prefix] { text[..3].to_owned() } else { "000".to_owned() })
    }
}

impl std::fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prefixes({})", self.0.iter().filter(|kept| **kept).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_people_are_not_told_apart() {
        let prefixes = Prefixes::load(&Rules::embedded()).expect("the built-in table");
        assert_eq!(prefixes.of("02139").as_deref(), Some("021"));
        assert_eq!(prefixes.of("02139-4307").as_deref(), Some("021"));
        // 13,153 people in 2020.
        assert_eq!(prefixes.of("03601").as_deref(), Some("000"));
        assert_eq!(prefixes.of("2139"), None);
        assert_eq!(prefixes.of("12 Elm St"), None);
    }
}
