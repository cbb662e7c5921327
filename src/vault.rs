//! What must outlive an exchange: the mappings of what a provider keeps, sealed, each for one owner and a limited time.
//!
//! A row tells nothing: its key is a keyed digest of owner and object, its content is sealed under both. A lost or
//! foreign vault means that objects are not found, never that somebody else's text comes back.

use crate::crypto::Key;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// An embedded database of sealed contents.
#[derive(Debug)]
pub struct Vault {
    connection: Mutex<Connection>,
    rows: Key,
    seals: Key,
    lifetime: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the vault cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("the vault holds content that this installation's key does not open")]
    Sealed,
}

impl Vault {
    /// Opens or makes the file, for this user alone. The key is the installation's.
    pub fn open(path: &Path, key: &Key, lifetime: Duration) -> Result<Self, VaultError> {
        let failed = |cause| VaultError::File { path: path.to_owned(), cause };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // SQLite gives its journals the permissions of the file, so the file is made first.
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(failed)?;
        Self::with(Connection::open(path)?, key, lifetime)
    }

    /// A vault that forgets everything when the process ends.
    pub fn in_memory(key: &Key, lifetime: Duration) -> Result<Self, VaultError> {
        Self::with(Connection::open_in_memory()?, key, lifetime)
    }

    fn with(connection: Connection, key: &Key, lifetime: Duration) -> Result<Self, VaultError> {
        connection.busy_timeout(Duration::from_secs(2))?;
        // Losing the last writes in a power cut is safe: what is not found is refused. So no write waits for the disk.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             PRAGMA secure_delete = ON;
             CREATE TABLE IF NOT EXISTS kept (
                 id BLOB PRIMARY KEY,
                 content BLOB NOT NULL,
                 expires INTEGER NOT NULL
             ) WITHOUT ROWID;
             CREATE INDEX IF NOT EXISTS kept_expires ON kept (expires);",
        )?;
        let (rows, seals) = (key.derive("vault rows"), key.derive("vault seals"));
        Ok(Self { connection: Mutex::new(connection), rows, seals, lifetime })
    }

    /// Keeps a content under an object of an owner, instead of what was there. `now` is in seconds since 1970.
    pub fn keep(&self, owner: &str, object: &str, content: &[u8], now: u64) -> Result<(), VaultError> {
        let id = self.id(owner, object);
        let sealed = self.seals.seal(&id, content);
        let expires = now.saturating_add(self.lifetime.as_secs());
        self.connection().execute(
            "INSERT INTO kept (id, content, expires) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET content = excluded.content, expires = excluded.expires",
            params![id.as_slice(), sealed, i64::try_from(expires).unwrap_or(i64::MAX)],
        )?;
        Ok(())
    }

    /// What is kept under an object of this owner, if it has not expired.
    pub fn find(&self, owner: &str, object: &str, now: u64) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let id = self.id(owner, object);
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let sealed: Option<Vec<u8>> = self
            .connection()
            .query_row("SELECT content FROM kept WHERE id = ?1 AND expires > ?2", params![id.as_slice(), now], |row| {
                row.get(0)
            })
            .optional()?;
        sealed.map(|sealed| self.seals.open(&id, &sealed).ok_or(VaultError::Sealed)).transpose()
    }

    /// Erases an object of an owner; `secure_delete` overwrites it. Tells whether it was there.
    pub fn erase(&self, owner: &str, object: &str) -> Result<bool, VaultError> {
        let id = self.id(owner, object);
        Ok(self.connection().execute("DELETE FROM kept WHERE id = ?1", params![id.as_slice()])? > 0)
    }

    /// Erases what has expired and tells how much that was.
    pub fn expire(&self, now: u64) -> Result<usize, VaultError> {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        Ok(self.connection().execute("DELETE FROM kept WHERE expires <= ?1", params![now])?)
    }

    fn id(&self, owner: &str, object: &str) -> [u8; 32] {
        self.rows.mac_parts(&[owner.as_bytes(), object.as_bytes()])
    }

    /// A statement that panicked has changed nothing that the next one could trip over.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
}
