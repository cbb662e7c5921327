//! The write-ahead log: what was acknowledged but is not published yet.
//!
//! A segment is a file of frames, `length u32 | check u32 | payload`, named by the index of its first
//! entry. A batch is its entries followed by a commit frame that holds the tree's size and root. A batch without its
//! commit frame was never acknowledged: a torn tail is cut off. Anything else that does not read is damage, and the
//! log does not open.

use super::merkle::Hash;
use super::tiles;
use crate::crypto;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A frame that commits the entries before it.
const COMMIT: u8 = 1;
const ENTRY: u8 = 0;
const HEADER: usize = 8;

/// The open segment. Owned by the writer's thread.
#[derive(Debug)]
pub struct Segment {
    file: File,
    path: PathBuf,
    /// Bytes that are committed; what stands beyond them is a failed batch.
    committed: u64,
}

impl Segment {
    /// A new segment whose first entry has this index.
    pub fn create(folder: &Path, first: u64) -> io::Result<Self> {
        tiles::create_folders(folder)?;
        let path = folder.join(format!("{first:020}"));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        file.sync_all()?;
        tiles::sync_folder(folder)?;
        Ok(Self { file, path, committed: 0 })
    }

    /// Appends a batch and makes it durable (fdatasync). On an error nothing of the batch counts.
    pub fn commit(&mut self, entries: &[Vec<u8>], size: u64, root: &Hash) -> Result<(), CommitError> {
        let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.len() + HEADER + 1).sum::<usize>() + 64);
        for entry in entries {
            frame(&mut bytes, ENTRY, &[entry]);
        }
        frame(&mut bytes, COMMIT, &[&size.to_be_bytes(), root]);
        if let Err(error) = self.file.write_all(&bytes) {
            // Cut the torn batch off, so that the next one follows the last good one.
            let cut = self.file.set_len(self.committed).and_then(|()| self.file.seek(SeekFrom::Start(self.committed)));
            return Err(if cut.is_ok() { CommitError::NotWritten(error) } else { CommitError::Unknown(error) });
        }
        // After a failed sync the kernel may have dropped the pages: whether they are on disk cannot be known.
        self.file.sync_data().map_err(CommitError::Unknown)?;
        self.committed += bytes.len() as u64;
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        self.committed
    }

    /// Removes the segment, whose entries are all published.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Nothing of the batch is in the log; the next batch may succeed.
    #[error("the batch could not be written: {0}")]
    NotWritten(io::Error),
    /// The state of the disk is unknown; only a restart can tell.
    #[error("the batch may or may not be on disk: {0}")]
    Unknown(io::Error),
}

fn frame(bytes: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let length = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let at = bytes.len();
    bytes.extend_from_slice(&(length as u32).to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.push(kind);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    let check = check(&bytes[at + HEADER..]);
    bytes[at + 4..at + HEADER].copy_from_slice(&check);
}

/// The first four bytes of the payload's SHA-256: finds torn writes and damage.
fn check(payload: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = crypto::sha256(payload);
    [a, b, c, d]
}

/// A committed batch as it was read back.
#[derive(Debug)]
pub struct Batch {
    pub entries: Vec<Vec<u8>>,
    pub size: u64,
    pub root: Hash,
}

/// Every segment of the folder, oldest first, with the index of its first entry.
pub fn segments(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let first = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        found.push((first.ok_or_else(|| damage(&path, "is not a segment"))?, path));
    }
    found.sort();
    Ok(found)
}

/// The committed batches of a segment. `last` says that a torn tail may stand at its end.
pub fn read(path: &Path, last: bool) -> io::Result<Vec<Batch>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    let mut batches = Vec::new();
    let mut entries = Vec::new();
    while let Some((payload, after)) = next_frame(rest) {
        match payload {
            [ENTRY, entry @ ..] => entries.push(entry.to_vec()),
            [COMMIT, commit @ ..] if commit.len() == 40 => {
                let (size, root) = commit.split_at(8);
                batches.push(Batch {
                    entries: std::mem::take(&mut entries),
                    size: u64::from_be_bytes(size.try_into().expect("8 bytes were split off")),
                    root: root.try_into().expect("32 bytes are left"),
                });
            }
            _ => return Err(damage(path, "has a frame of unknown form")),
        }
        rest = after;
    }
    let torn = !rest.is_empty() || !entries.is_empty();
    if torn && !(last && !commits_later(rest)) {
        return Err(damage(path, "is damaged before its end"));
    }
    Ok(batches)
}

/// A torn write stops somewhere; a whole commit frame after the break means that bytes were changed instead.
fn commits_later(rest: &[u8]) -> bool {
    (1..rest.len()).any(|at| matches!(next_frame(&rest[at..]), Some(([COMMIT, commit @ ..], _)) if commit.len() == 40))
}

fn next_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (expected, rest) = rest.split_first_chunk()?;
    let (payload, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    (!payload.is_empty() && check(payload) == *expected).then_some((payload, rest))
}

fn damage(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{} {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let mut segment = Segment::create(folder.path(), 0).unwrap();
        segment.commit(&[b"one".to_vec(), b"two".to_vec()], 2, &[2; 32]).unwrap();
        segment.commit(&[b"three".to_vec()], 3, &[3; 32]).unwrap();
        let path = segment.path.clone();
        (folder, path)
    }

    #[test]
    fn a_cut_anywhere_leaves_the_batches_before_it() {
        let (_folder, path) = written();
        let bytes = fs::read(&path).unwrap();
        let first = bytes.len() - {
            let mut tail = Vec::new();
            frame(&mut tail, ENTRY, &[b"three"]);
            frame(&mut tail, COMMIT, &[&3u64.to_be_bytes(), &[3; 32]]);
            tail.len()
        };
        for cut in 0..=bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let batches = read(&path, true).unwrap();
            let expected = if cut == bytes.len() { 2 } else { usize::from(cut >= first) };
            assert_eq!(batches.len(), expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_changed_byte_before_the_last_batch_is_damage() {
        let (_folder, path) = written();
        let bytes = fs::read(&path).unwrap();
        for at in 0..30 {
            let mut broken = bytes.clone();
            broken[at] ^= 0x40;
            fs::write(&path, broken).unwrap();
            assert!(read(&path, true).is_err(), "byte {at}");
        }
    }
}
