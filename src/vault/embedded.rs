//! The vault in one file of SQLite.

use super::VaultError;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Embedded {
    connection: Mutex<Connection>,
}

impl Embedded {
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        let failed = |cause| VaultError::File { path: path.to_owned(), cause };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // SQLite gives its journals the permissions of the file, so the file is made first.
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(failed)?;
        Self::with(Connection::open(path)?)
    }

    pub fn in_memory() -> Result<Self, VaultError> {
        Self::with(Connection::open_in_memory()?)
    }

    fn with(connection: Connection) -> Result<Self, VaultError> {
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
        Ok(Self { connection: Mutex::new(connection) })
    }

    pub fn put(&self, id: &[u8; 32], sealed: &[u8], expires: i64) -> Result<(), VaultError> {
        self.connection().execute(
            "INSERT INTO kept (id, content, expires) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET content = excluded.content, expires = excluded.expires",
            params![id.as_slice(), sealed, expires],
        )?;
        Ok(())
    }

    pub fn get(&self, id: &[u8; 32], now: i64) -> Result<Option<Vec<u8>>, VaultError> {
        let query = "SELECT content FROM kept WHERE id = ?1 AND expires > ?2";
        Ok(self.connection().query_row(query, params![id.as_slice(), now], |row| row.get(0)).optional()?)
    }

    pub fn delete(&self, id: &[u8; 32]) -> Result<bool, VaultError> {
        Ok(self.connection().execute("DELETE FROM kept WHERE id = ?1", params![id.as_slice()])? > 0)
    }

    pub fn expire(&self, now: i64) -> Result<u64, VaultError> {
        Ok(self.connection().execute("DELETE FROM kept WHERE expires <= ?1", params![now])? as u64)
    }

    /// A statement that panicked has changed nothing that the next one could trip over.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
