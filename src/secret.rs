//! Secrets, and the files that hold them. A secret never stands in the configuration itself.

use secrecy::SecretString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file that holds nothing else; white space around the secret does not count.
    File(PathBuf),
    /// The name of an environment variable.
    Env(String),
}

/// Why a secret cannot be had. Never says what stands there.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{}: every user of this machine can read it; run `chmod o= {}`", .0.display(), .0.display())]
    Public(PathBuf),
    #[error("{0}: no secret there")]
    Absent(String),
}

impl Source {
    pub fn load(&self) -> Result<SecretString, SecretError> {
        let (text, from) = match self {
            Self::File(path) => {
                let unreadable = |cause| SecretError::Unreadable { path: path.clone(), cause };
                if fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o007 != 0 {
                    return Err(SecretError::Public(path.clone()));
                }
                (fs::read_to_string(path).map_err(unreadable)?, path.display().to_string())
            }
            Self::Env(name) => (std::env::var(name).unwrap_or_default(), format!("environment variable {name}")),
        };
        let secret = text.trim();
        if secret.is_empty() {
            return Err(SecretError::Absent(from));
        }
        Ok(SecretString::from(secret))
    }
}

/// Writes a file that only its owner can read; readers see the old file or the new one, never a part.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    if written.is_err() {
        // The error that counts is the first one; what is left over holds nothing that `path` would not.
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_secret_is_trimmed_and_an_empty_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_private(&path, b"sk-1\n").unwrap();
        assert_eq!(Source::File(path.clone()).load().unwrap().expose_secret(), "sk-1");
        write_private(&path, b"\n").unwrap();
        assert!(matches!(Source::File(path).load(), Err(SecretError::Absent(_))));
    }

    #[test]
    fn a_file_that_everyone_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_private(&path, b"sk-1").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Source::File(path).load(), Err(SecretError::Public(_))));
    }
}
