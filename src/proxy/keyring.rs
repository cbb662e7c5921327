//! The keys of callers: what is handed out once, and the file that keeps only digests.

use crate::crypto;
use crate::secret;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file of keys, written by `cordon keys` and read by the gateway.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Keyring {
    #[serde(default, rename = "key")]
    pub keys: Vec<Entry>,
}

/// One key, without the key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Names the key in logs and records.
    pub id: String,
    /// Who uses it.
    pub name: String,
    /// SHA-256 of the key. The key has 256 random bits, so a slow hash would add nothing.
    pub sha256: String,
    pub tenant: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Operations it may use, such as `openai.chat` or `anthropic.*`.
    #[serde(default = "everything")]
    pub operations: Vec<String>,
    #[serde(default = "everything")]
    pub models: Vec<String>,
    /// It may use the local model and destinations on premise only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "moment")]
    pub expires: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "moment")]
    pub revoked: Option<Timestamp>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("{}: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },
    /// The parser's own message would quote the line.
    #[error("{}:{line}: {message}", path.display())]
    Malformed { path: PathBuf, line: usize, message: String },
    #[error("{}: another command is changing it", .0.display())]
    Busy(PathBuf),
    #[error("no key has the id {0}")]
    Unknown(String),
}

impl Keyring {
    /// Reads the file; no file is an empty ring.
    pub fn load(path: &Path) -> Result<Self, KeyringError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(cause) => return Err(KeyringError::Io { path: path.to_owned(), cause }),
        };
        toml::from_str(&text).map_err(|error| KeyringError::Malformed {
            path: path.to_owned(),
            line: error.span().map_or(0, |span| 1 + text[..span.start].matches('\n').count()),
            message: error.message().to_owned(),
        })
    }

    /// Changes the file under a lock, so that two commands at once lose nothing.
    pub fn change<T>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let failed = |cause| KeyringError::Io { path: path.to_owned(), cause };
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let lock = fs::File::create(path.with_extension("lock")).map_err(failed)?;
        lock.try_lock().map_err(|_| KeyringError::Busy(path.to_owned()))?;
        let mut ring = Self::load(path)?;
        let result = change(&mut ring)?;
        let text = toml::to_string(&ring).map_err(|error| failed(io::Error::other(error.to_string())))?;
        secret::write_private(path, format!("{HEADER}{text}").as_bytes()).map_err(failed)?;
        Ok(result)
    }

    /// Makes a key. It is returned once and kept nowhere.
    pub fn add(&mut self, name: &str, tenant: &str) -> (SecretString, &mut Entry) {
        let id = format!("k_{}", HEXLOWER.encode(&crypto::random::<5>()));
        let key = SecretString::from(format!("cordon-{}", BASE64URL_NOPAD.encode(&crypto::random::<32>())));
        self.keys.push(Entry {
            id,
            name: name.to_owned(),
            sha256: HEXLOWER.encode(&digest(key.expose_secret())),
            tenant: tenant.to_owned(),
            profile: None,
            operations: everything(),
            models: everything(),
            local_only: false,
            concurrency: None,
            requests_per_minute: None,
            expires: None,
            revoked: None,
        });
        (key, self.keys.last_mut().expect("it was just pushed"))
    }

    pub fn revoke(&mut self, id: &str) -> Result<(), KeyringError> {
        let entry = self.keys.iter_mut().find(|entry| entry.id == id);
        let entry = entry.ok_or_else(|| KeyringError::Unknown(id.to_owned()))?;
        entry.revoked.get_or_insert(Timestamp::now());
        Ok(())
    }
}

impl Entry {
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }

    pub fn digest(&self) -> Option<[u8; 32]> {
        HEXLOWER.decode(self.sha256.as_bytes()).ok()?.try_into().ok()
    }
}

/// What a key is looked up by.
pub fn digest(key: &str) -> [u8; 32] {
    crypto::sha256(key.as_bytes())
}

/// A moment as RFC 3339 writes it.
mod moment {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(moment: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&moment.unwrap_or_default())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Some).map_err(|_| D::Error::custom("expected a moment such as 2027-01-31T12:00:00Z"))
    }
}

const HEADER: &str = "# Written by `cordon keys`. Holds digests: a lost key cannot be read back, make a new one.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_no_key_and_a_revoked_key_stays_listed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data/keys.toml");
        let (key, id) = Keyring::change(&path, |ring| {
            let (key, entry) = ring.add("ehr", "ward-3");
            Ok((key, entry.id.clone()))
        })
        .unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(key.expose_secret()));

        let ring = Keyring::load(&path).unwrap();
        assert_eq!(ring.keys[0].digest(), Some(digest(key.expose_secret())));
        assert!(ring.keys[0].is_valid(Timestamp::now()));
        Keyring::change(&path, |ring| ring.revoke(&id)).unwrap();
        assert!(!Keyring::load(&path).unwrap().keys[0].is_valid(Timestamp::now()));
        assert!(matches!(Keyring::change(&path, |ring| ring.revoke("k_0")), Err(KeyringError::Unknown(_))));
    }

    #[test]
    fn a_mistake_has_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        fs::write(&path, "[[key]]\nid = \"k\"\nsecret = \"cordon-x\"\n").unwrap();
        let error = Keyring::load(&path).unwrap_err().to_string();
        assert!(error.contains(":3:") || error.contains(":1:"), "{error}");
        assert!(!error.contains("cordon-x"));
    }
}
