//! What must outlive an exchange: the mappings of what a provider keeps, sealed, each for one owner and a limited time.
//!
//! A row tells nothing: its key is a keyed digest of owner and object, its content is sealed under both. A lost or
//! foreign vault means that objects are not found, never that somebody else's text comes back.

mod embedded;
mod shared;

use crate::crypto::Key;
use embedded::Embedded;
pub use shared::Server;
use shared::Shared;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// A database of sealed contents.
#[derive(Debug)]
pub struct Vault {
    rows: Rows,
    ids: Key,
    seals: Key,
    lifetime: Duration,
}

/// Where the rows are.
#[derive(Debug)]
enum Rows {
    /// In a file beside this gateway.
    Embedded(Embedded),
    /// At a server that several gateways share.
    Shared(Shared),
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the vault cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the vault's server cannot be used: {0}")]
    Server(&'static str),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("the vault holds content that this installation's key does not open")]
    Sealed,
}

impl Vault {
    /// Opens or makes the file, for this user alone. The key is the installation's.
    pub fn open(path: &Path, key: &Key, lifetime: Duration) -> Result<Self, VaultError> {
        Ok(Self::with(Rows::Embedded(Embedded::open(path)?), key, lifetime))
    }

    /// A vault that forgets everything when the process ends.
    pub fn in_memory(key: &Key, lifetime: Duration) -> Result<Self, VaultError> {
        Ok(Self::with(Rows::Embedded(Embedded::in_memory()?), key, lifetime))
    }

    /// A vault that several gateways share. They must have the same installation's key: a row of another key is not
    /// found. Fails where the server cannot be reached or its table cannot be made.
    pub fn connect(
        server: Server,
        tls: Arc<rustls::ClientConfig>,
        key: &Key,
        lifetime: Duration,
    ) -> Result<Self, VaultError> {
        Ok(Self::with(Rows::Shared(Shared::connect(server, tls)?), key, lifetime))
    }

    fn with(rows: Rows, key: &Key, lifetime: Duration) -> Self {
        Self { rows, ids: key.derive("vault rows"), seals: key.derive("vault seals"), lifetime }
    }

    /// Keeps a content under an object of an owner, instead of what was there. `now` is in seconds since 1970.
    pub fn keep(&self, owner: &str, object: &str, content: &[u8], now: u64) -> Result<(), VaultError> {
        self.keep_for(self.lifetime, owner, object, content, now)
    }

    /// The same for a time of its own.
    pub fn keep_for(
        &self,
        lifetime: Duration,
        owner: &str,
        object: &str,
        content: &[u8],
        now: u64,
    ) -> Result<(), VaultError> {
        let id = self.id(owner, object);
        let sealed = self.seals.seal(&id, content);
        let expires = seconds(now.saturating_add(lifetime.as_secs()));
        match &self.rows {
            Rows::Embedded(rows) => rows.put(&id, &sealed, expires),
            Rows::Shared(rows) => rows.put(id, sealed, expires),
        }
    }

    /// What is kept under an object of this owner, if it has not expired.
    pub fn find(&self, owner: &str, object: &str, now: u64) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let id = self.id(owner, object);
        let sealed = match &self.rows {
            Rows::Embedded(rows) => rows.get(&id, seconds(now)),
            Rows::Shared(rows) => rows.get(id, seconds(now)),
        };
        sealed?.map(|sealed| self.seals.open(&id, &sealed).ok_or(VaultError::Sealed)).transpose()
    }

    /// Erases an object of an owner; an embedded vault overwrites it. Tells whether it was there.
    pub fn erase(&self, owner: &str, object: &str) -> Result<bool, VaultError> {
        let id = self.id(owner, object);
        match &self.rows {
            Rows::Embedded(rows) => rows.delete(&id),
            Rows::Shared(rows) => rows.delete(id),
        }
    }

    /// Erases what has expired and tells how much that was.
    pub fn expire(&self, now: u64) -> Result<u64, VaultError> {
        match &self.rows {
            Rows::Embedded(rows) => rows.expire(seconds(now)),
            Rows::Shared(rows) => rows.expire(seconds(now)),
        }
    }

    /// Whether rows can be written and read.
    pub fn probe(&self, now: u64) -> Result<(), VaultError> {
        // No tenant has an empty name.
        self.keep("", "probe", b"", now)?;
        match self.find("", "probe", now)? {
            Some(_) => Ok(()),
            None => Err(VaultError::Sealed),
        }
    }

    fn id(&self, owner: &str, object: &str) -> [u8; 32] {
        self.ids.mac_parts(&[owner.as_bytes(), object.as_bytes()])
    }
}

/// Databases have no unsigned numbers.
fn seconds(since: u64) -> i64 {
    i64::try_from(since).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn vault() -> Vault {
        Vault::in_memory(&Key::from_bytes([7; 32]), Duration::from_secs(DAY)).expect("memory")
    }

    fn found(vault: &Vault, owner: &str, object: &str, now: u64) -> Option<Vec<u8>> {
        vault.find(owner, object, now).expect("memory").map(|content| content.to_vec())
    }

    #[test]
    fn an_object_is_found_by_its_owner_until_it_expires() {
        let vault = vault();
        vault.keep("ward", "resp_1", b"first", 100).expect("memory");
        vault.keep("ward", "resp_1", b"second", 200).expect("memory");
        assert_eq!(found(&vault, "ward", "resp_1", 201).as_deref(), Some(&b"second"[..]));
        assert_eq!(found(&vault, "other", "resp_1", 201), None);
        assert_eq!(found(&vault, "ward", "resp_2", 201), None);
        assert_eq!(found(&vault, "ward", "resp_1", 200 + DAY), None);
        assert_eq!(vault.expire(200 + DAY).expect("memory"), 1);
    }

    #[test]
    fn an_erased_object_is_gone() {
        let vault = vault();
        vault.keep("ward", "resp_1", b"x", 0).expect("memory");
        assert!(vault.erase("ward", "resp_1").expect("memory"));
        assert!(!vault.erase("ward", "resp_1").expect("memory"));
        assert_eq!(found(&vault, "ward", "resp_1", 1), None);
    }

    #[test]
    fn the_file_shows_neither_text_nor_ids_and_opens_with_its_key_only() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("vault.db");
        let key = Key::from_bytes([7; 32]);
        let open = |key| Vault::open(&path, key, Duration::from_secs(DAY)).expect("a file");
        open(&key).keep("ward", "resp_maria", b"Maria Kovacs", 0).expect("a file");
        for entry in std::fs::read_dir(dir.path()).expect("a directory") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
            for secret in ["Maria", "resp_maria", "ward"] {
                assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none(), "{secret}");
            }
        }
        assert!(found(&open(&key), "ward", "resp_maria", 1).is_some());
        assert!(found(&open(&Key::from_bytes([8; 32])), "ward", "resp_maria", 1).is_none());
    }

    #[test]
    fn a_vault_that_cannot_be_used_says_so() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("vault.db");
        let key = Key::from_bytes([7; 32]);
        std::fs::write(&path, b"this is no database, and was never one, whatever its name says").expect("a file");
        assert!(Vault::open(&path, &key, Duration::from_secs(DAY)).is_err(), "a damaged file is not taken for a vault");

        std::fs::remove_file(&path).expect("a file");
        let vault = Vault::open(&path, &key, Duration::from_secs(DAY)).expect("a file");
        vault.probe(100).expect("a vault");
        let other = rusqlite::Connection::open(&path).expect("the same file");
        other.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
        assert!(vault.probe(100).is_err(), "a locked vault is not waited for without end");
        other.execute_batch("COMMIT").expect("a lock");
        vault.probe(100).expect("a vault");
        other.execute("UPDATE kept SET content = x'00'", []).expect("rows");
        assert!(matches!(vault.find("", "probe", 101), Err(VaultError::Sealed)), "changed content is not opened");
    }
}
