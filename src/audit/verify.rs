//! Checks a published log as an auditor would: from its files and the verifier key alone.

use super::checkpoint::{Checkpoint, Invalid, VerifierKey};
use super::merkle::{self, Hash, Tree, WIDTH};
use super::tiles;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error(transparent)]
    Checkpoint(#[from] Invalid),
    #[error("{0}: is not what it should be")]
    File(PathBuf),
    #[error("the entries do not lead to the root in the checkpoint")]
    Root,
    #[error("entry {0}: is not a record, or not in its place")]
    Record(u64),
    #[error("the log has {now} entries, fewer than the {then} of the earlier checkpoint")]
    Shrunk { then: u64, now: u64 },
    #[error("the log does not contain the earlier checkpoint: its history was rewritten")]
    Rewritten,
}

/// What a verified log says.
#[derive(Debug)]
pub struct Verified {
    pub checkpoint: Checkpoint,
    /// Records by type.
    pub kinds: BTreeMap<String, u64>,
    /// Requests whose intent was recorded and whose result was not: the gateway stopped in between, so they count as
    /// sent.
    pub unknown_outcomes: u64,
}

/// Verifies everything: the signature, every entry, every hash of every tile, the place of every record, and that an
/// earlier checkpoint is a prefix.
pub fn log(directory: &Path, key: &VerifierKey, earlier: Option<&Checkpoint>) -> Result<Verified, Failure> {
    let checkpoint = checkpoint(directory, key)?;
    let mut kinds = BTreeMap::new();
    let mut open = BTreeSet::new();
    let mut level = Vec::new();
    for (index, entry) in (0..).zip(entries(directory, checkpoint.size)?) {
        level.push(merkle::leaf(&entry));
        let record = Record::parse(&entry).filter(|record| record.seq == index).ok_or(Failure::Record(index))?;
        match record.kind.as_str() {
            "egress.intent" => drop(open.insert(record.id)),
            "egress.result" => drop(open.remove(&record.id)),
            _ => {}
        }
        *kinds.entry(record.kind).or_default() += 1;
    }
    if let Some(earlier) = earlier {
        if earlier.origin != checkpoint.origin {
            return Err(Failure::Rewritten);
        }
        let then = usize::try_from(earlier.size).unwrap_or(usize::MAX);
        let prefix = level.get(..then).ok_or(Failure::Shrunk { then: earlier.size, now: checkpoint.size })?;
        if merkle::root(prefix) != earlier.root {
            return Err(Failure::Rewritten);
        }
    }
    if merkle::root(&level) != checkpoint.root {
        return Err(Failure::Root);
    }
    for height in 0.. {
        for (index, hashes) in (0..).zip(level.chunks(WIDTH)) {
            let path = tiles::hashes_path(height, index, hashes.len());
            if read(directory, &path)? != tiles::encode_hashes(hashes) {
                return Err(Failure::File(path));
            }
        }
        level = level.chunks_exact(WIDTH).map(merkle::root).collect();
        if level.is_empty() {
            break;
        }
    }
    Ok(Verified { checkpoint, kinds, unknown_outcomes: open.len() as u64 })
}

/// The signed checkpoint of a log.
pub fn checkpoint(directory: &Path, key: &VerifierKey) -> Result<Checkpoint, Failure> {
    let path = Path::new("checkpoint");
    let note = String::from_utf8(read(directory, path)?).map_err(|_| Failure::File(path.to_owned()))?;
    Ok(Checkpoint::open(&note, key)?)
}

/// Every entry of a log of `size` entries, in order.
pub fn entries(directory: &Path, size: u64) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    for index in 0..size.div_ceil(WIDTH as u64) {
        let width = WIDTH.min((size - index * WIDTH as u64) as usize);
        let path = tiles::entries_path(index, width);
        let bundle = read(directory, &path)?;
        all.extend(tiles::decode_entries(&bundle, width).ok_or(Failure::File(path))?);
    }
    Ok(all)
}

/// The right edge of a log, checked against its checkpoint: what a writer continues from. A log that does not exist
/// yet is empty.
pub(super) fn edge(directory: &Path, key: &VerifierKey) -> Result<(Tree, Vec<Vec<u8>>), Failure> {
    if !directory.join("checkpoint").exists() {
        return Ok((Tree::default(), Vec::new()));
    }
    let checkpoint = checkpoint(directory, key)?;
    let size = checkpoint.size;
    let mut levels = Vec::new();
    for level in 0.. {
        let whole = size.checked_shr(8 * level as u32).unwrap_or(0);
        if whole == 0 {
            break;
        }
        let width = (whole % WIDTH as u64) as usize;
        levels.push(if width == 0 {
            Vec::new()
        } else {
            let path = tiles::hashes_path(level, tiles::edge_index(size, level), width);
            tiles::decode_hashes(&read(directory, &path)?, width).ok_or(Failure::File(path))?
        });
    }
    let width = (size % WIDTH as u64) as usize;
    let bundle = if width == 0 {
        Vec::new()
    } else {
        let path = tiles::entries_path(size / WIDTH as u64, width);
        tiles::decode_entries(&read(directory, &path)?, width).ok_or(Failure::File(path))?
    };
    let leaves: Vec<Hash> = bundle.iter().map(|entry| merkle::leaf(entry)).collect();
    let tree = Tree::from_edge(size, levels);
    if tree.root() != checkpoint.root || tree.edge().first().is_some_and(|edge| *edge != leaves) {
        return Err(Failure::Root);
    }
    Ok((tree, bundle))
}

/// The parts of a record that verification looks at.
#[derive(serde::Deserialize)]
struct Record {
    seq: u64,
    id: String,
    /// Absent in logs of other writers.
    #[serde(rename = "type", default)]
    kind: String,
}

impl Record {
    fn parse(entry: &[u8]) -> Option<Self> {
        serde_json::from_slice(entry).ok()
    }
}

fn read(directory: &Path, path: &Path) -> Result<Vec<u8>, Failure> {
    let path = directory.join(path);
    fs::read(&path).map_err(|error| Failure::Io(path, error))
}
