//! The files of `rules/`: those compiled in, or a directory that replaces them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The rule files by path relative to `rules/`, such as `recognizers/us.toml`.
#[derive(Clone, Debug)]
pub struct Rules {
    files: BTreeMap<Cow<'static, str>, Cow<'static, [u8]>>,
}

impl Rules {
    /// The rules this binary was built with.
    pub fn embedded() -> Self {
        Self { files: EMBEDDED.iter().map(|&(path, bytes)| (path.into(), bytes.into())).collect() }
    }

    /// The rules in a directory, which replace the embedded ones as a whole.
    pub fn from_dir(root: &Path) -> io::Result<Self> {
        fn walk(
            root: &Path,
            dir: &Path,
            files: &mut BTreeMap<Cow<'static, str>, Cow<'static, [u8]>>,
        ) -> io::Result<()> {
            for entry in std::fs::read_dir(dir)? {
                let path = entry?.path();
                if path.is_dir() {
                    walk(root, &path, files)?;
                } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                    files.insert(name.to_owned().into(), std::fs::read(&path)?.into());
                }
            }
            Ok(())
        }
        let mut files = BTreeMap::new();
        walk(root, root, &mut files)?;
        Ok(Self { files })
    }

    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// Every file below a folder, in the order of their paths.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder))
            .map(|(path, bytes)| (path.as_ref(), bytes.as_ref()))
    }
}

/// A mistake in a rule file. Every mistake is reported, not the first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RuleError {
    /// The path below `rules/`.
    pub file: String,
    /// Counted from 1; 0 where the mistake has no place, as a file that is missing.
    pub line: usize,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl RuleError {
    pub fn new(file: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.into(), line, message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The line, counted from 1, in which a byte of a file stands.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count()
}
