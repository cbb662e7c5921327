//! Reads TOML section by section and collects every mistake with its line, instead of stopping at the first.

use crate::rules::RuleError;
use crate::secret::Source;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration file, and the mistakes found in it so far.
pub struct Document<'a> {
    name: String,
    /// What relative paths are relative to.
    base: &'a Path,
    text: &'a str,
    mistakes: RefCell<Vec<RuleError>>,
}

impl<'a> Document<'a> {
    pub fn new(file: &'a Path, text: &'a str) -> Self {
        let base = file.parent().unwrap_or(Path::new(""));
        Self { name: file.display().to_string(), base, text, mistakes: RefCell::default() }
    }

    /// Reads the whole file with `read`, which gets the top level.
    pub fn read<T>(&self, read: impl FnOnce(&Section<'_>) -> T) -> T {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.mistake(error.span().map_or(0, |span| span.start), error.message(), None);
        }
        Section::new(self, table.get_ref(), 0).finish(read)
    }

    pub fn into_mistakes(self) -> Vec<RuleError> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }

    fn mistake(&self, offset: usize, message: &str, hint: Option<&str>) {
        let line =
            1 + self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|&&byte| byte == b'\n').count();
        self.mistakes.borrow_mut().push(RuleError {
            file: self.name.clone(),
            line,
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
        });
    }
}

/// A table of the file. A key that nobody read is a mistake: it would be a setting without effect.
pub struct Section<'a> {
    document: &'a Document<'a>,
    table: &'a DeTable<'a>,
    start: usize,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    fn new(document: &'a Document<'a>, table: &'a DeTable<'a>, start: usize) -> Self {
        Self { document, table, start, known: RefCell::default() }
    }

    fn finish<T>(self, read: impl FnOnce(&Section<'_>) -> T) -> T {
        let result = read(&self);
        let known = self.known.into_inner();
        for (key, _) in self.table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            let hint = format!("known here: {}", known.join(", "));
            self.document.mistake(key.span().start, "unknown key", Some(&hint));
        }
        result
    }

    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    /// The value of a key, or nothing when it is absent or wrong (and then reported).
    pub fn read<T: Setting>(&self, key: &'static str) -> Option<T> {
        let value = self.value(key)?;
        match T::from_value(value.get_ref(), self.document.base) {
            Ok(setting) => Some(setting),
            Err(message) => {
                self.document.mistake(value.span().start, &format!("{key}: {message}"), None);
                None
            }
        }
    }

    pub fn or<T: Setting>(&self, key: &'static str, default: T) -> T {
        self.read(key).unwrap_or(default)
    }

    /// A number with bounds: a limit of zero or of everything is not a limit.
    pub fn within<T: Setting + PartialOrd>(&self, key: &'static str, least: T, most: T, default: T) -> T {
        let value = self.or(key, default);
        if value < least || value > most {
            self.mistake(key, "out of range", None);
        }
        value
    }

    /// The value of a key that must be there.
    pub fn required<T: Setting>(&self, key: &'static str) -> Option<T> {
        let value = self.read(key);
        if !self.has(key) {
            self.document.mistake(self.start, &format!("{key} is missing"), None);
        }
        value
    }

    /// One of a few words.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let word = self.read::<String>(key)?;
        let found = words.iter().find(|(name, _)| *name == word).map(|&(_, value)| value);
        if found.is_none() {
            let names: Vec<_> = words.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.mistake(key, &format!("expected one of {}", names.join(", ")), None);
        }
        found
    }

    /// A table below this one; read as empty when it is absent, so that its defaults apply.
    pub fn section<T>(&self, key: &'static str, read: impl FnOnce(&Section<'_>) -> T) -> T {
        let empty = DeTable::new();
        let (table, start) = match self.value(key) {
            Some(value) => match value.get_ref() {
                DeValue::Table(table) => (table, value.span().start),
                _ => {
                    self.mistake(key, "expected a table", None);
                    (&empty, self.start)
                }
            },
            None => (&empty, self.start),
        };
        Section { document: self.document, table, start, known: RefCell::default() }.finish(read)
    }

    /// An array of tables (`[[key]]`).
    pub fn sections<T>(&self, key: &'static str, mut read: impl FnMut(&Section<'_>) -> Option<T>) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.mistake(key, "expected an array of tables", Some(&format!("write `[[{key}]]` before each")));
            return Vec::new();
        };
        let mut list = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    list.extend(Section::new(self.document, table, item.span().start).finish(&mut read));
                }
                _ => self.document.mistake(item.span().start, "expected a table", None),
            }
        }
        list
    }

    /// Tables with names that the file chooses (`[key.name]`).
    pub fn named<T>(&self, key: &'static str, mut read: impl FnMut(&Section<'_>) -> T) -> Vec<(String, T)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Table(tables) = value.get_ref() else {
            self.mistake(key, "expected tables", Some(&format!("write `[{key}.NAME]` before each")));
            return Vec::new();
        };
        let mut list = Vec::new();
        for (name, item) in tables.iter() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    let section = Section::new(self.document, table, item.span().start);
                    list.push((name.get_ref().to_string(), section.finish(&mut read)));
                }
                _ => self.document.mistake(item.span().start, "expected a table", None),
            }
        }
        list
    }

    /// A path relative to the file, for defaults.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.document.base.join(relative)
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Reports what is wrong with a key's value beyond its type.
    pub fn mistake(&self, key: &str, message: &str, hint: Option<&str>) {
        let start = self.table.get(key).map_or(self.start, |value| value.span().start);
        self.document.mistake(start, &format!("{key}: {message}"), hint);
    }
}

/// Something a key can be set to. Messages say what was expected, never what stood there: it may be a secret.
pub trait Setting: Sized {
    fn from_value(value: &DeValue<'_>, base: &Path) -> Result<Self, String>;
}

impl Setting for String {
    fn from_value(value: &DeValue<'_>, _: &Path) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| "expected a string".into())
    }
}

impl Setting for bool {
    fn from_value(value: &DeValue<'_>, _: &Path) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "expected true or false".into())
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Setting for $integer {
            fn from_value(value: &DeValue<'_>, _: &Path) -> Result<Self, String> {
                let written = value.as_integer();
                let integer = written.and_then(|value| Self::from_str_radix(value.as_str(), value.radix()).ok());
                integer.ok_or_else(|| format!("expected a whole number from 0 to {}", Self::MAX))
            }
        }
    )*};
}
integers!(u16 u32 u64 usize);

impl Setting for PathBuf {
    fn from_value(value: &DeValue<'_>, base: &Path) -> Result<Self, String> {
        value.as_str().map(|path| base.join(path)).ok_or_else(|| "expected a path".into())
    }
}

impl Setting for SocketAddr {
    fn from_value(value: &DeValue<'_>, _: &Path) -> Result<Self, String> {
        let address = value.as_str().and_then(|address| address.parse().ok());
        address.ok_or_else(|| "expected an address with a port such as \"127.0.0.1:8443\"".into())
    }
}

impl Setting for Duration {
    fn from_value(value: &DeValue<'_>, _: &Path) -> Result<Self, String> {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let duration = value.as_str().and_then(|text| with_unit(text, &units)).map(Self::from_millis);
        duration.ok_or_else(|| "expected a duration such as \"500ms\", \"30s\" or \"10m\"".into())
    }
}

/// A number of bytes, written as `"32 MiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub struct Bytes(pub u64);

impl Setting for Bytes {
    fn from_value(value: &DeValue<'_>, _: &Path) -> Result<Self, String> {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
        let bytes = value.as_str().and_then(|text| with_unit(text, &units)).map(Self);
        bytes.ok_or_else(|| "expected a size such as \"64 KiB\" or \"32 MiB\"".into())
    }
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit)?.trim_end().parse::<u64>().ok()?.checked_mul(*factor))
}

impl Setting for Source {
    fn from_value(value: &DeValue<'_>, base: &Path) -> Result<Self, String> {
        let one = |key: &str| value.as_table().filter(|table| table.len() == 1)?.get(key)?.get_ref().as_str();
        match (one("file"), one("env")) {
            (Some(path), _) => Ok(Self::File(base.join(path))),
            (_, Some(name)) => Ok(Self::Env(name.to_owned())),
            _ => {
                Err("a secret stands in a file or in the environment: `{ file = \"PATH\" }` or `{ env = \"NAME\" }`"
                    .into())
            }
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn from_value(value: &DeValue<'_>, base: &Path) -> Result<Self, String> {
        let items = value.as_array().ok_or("expected a list")?;
        items.iter().map(|item| T::from_value(item.get_ref(), base)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str, read: impl FnOnce(&Section<'_>)) -> Vec<String> {
        let document = Document::new(Path::new("/etc/cordon/cordon.toml"), text);
        document.read(read);
        document.into_mistakes().iter().map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect()
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        let text = "time = 5\n[limits]\nbody = \"many\"\nbodies = 1\ndepth = 0\n[[destination]]\n";
        let found = mistakes(text, |top| {
            top.read::<Duration>("time");
            top.section("limits", |limits| {
                limits.or("body", Bytes(1));
                limits.within("depth", 1, 100, 64u32);
            });
            top.sections("destination", |destination| destination.required::<String>("name"));
        });
        assert_eq!(
            found,
            [
                "1: time: expected a duration such as \"500ms\", \"30s\" or \"10m\"",
                "3: body: expected a size such as \"64 KiB\" or \"32 MiB\"",
                "4: unknown key",
                "5: depth: out of range",
                "6: name is missing",
            ]
        );
    }

    #[test]
    fn a_secret_in_the_text_is_refused_and_not_repeated() {
        let found = mistakes("key = \"sk-live-1\"", |top| {
            top.read::<Source>("key");
        });
        assert_eq!(found.len(), 1);
        assert!(!found[0].contains("sk-live-1"));
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let document = Document::new(Path::new("/etc/cordon/cordon.toml"), "a = \"certs/x\"\nb = \"/x\"");
        let read = document.read(|top| (top.read::<PathBuf>("a"), top.read::<PathBuf>("b")));
        assert_eq!(read, (Some("/etc/cordon/certs/x".into()), Some("/x".into())));
    }

    #[test]
    fn syntax_errors_have_lines() {
        assert_eq!(
            mistakes("a = 1\nb = =\n", |top| assert!(top.read::<u32>("a").is_some())).first().map(|m| &m[..2]),
            Some("2:")
        );
    }
}
