//! Names with `*`, as in `gpt-*`: how models and operations are listed.

/// A name in which `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<String>);

impl Pattern {
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().split('*').map(str::to_owned).collect())
    }

    pub fn matches(&self, name: &str) -> bool {
        let (first, rest) = self.0.split_first().expect("a split has at least one part");
        let Some((last, middle)) = rest.split_last() else { return name == first };
        let Some(mut name) = name.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = name.find(part.as_str()) else { return false };
            name = &name[at + part.len()..];
        }
        name.len() >= last.len() && name.ends_with(last.as_str())
    }

    /// Whether every name fits.
    pub fn is_anything(&self) -> bool {
        self.0.len() > 1 && self.0.iter().all(String::is_empty)
    }

    /// The name, where it holds no `*`.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }
}

/// Whether one of the patterns fits.
pub fn any(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-*", "gpt-4o-mini", true),
            ("*", "", true),
            ("*-mini", "gpt-4o-mini", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
            ("local/*", "localx", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern} {name}");
        }
    }
}
