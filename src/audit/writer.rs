//! The audit thread: owns the tree, commits in groups, publishes, recovers.

use super::checkpoint::{Checkpoint, VerifierKey};
use super::log::{Append, OpenError, Options, Unavailable};
use super::merkle::{self, FullTile, Tree, WIDTH};
use super::record::{ENTRY_BYTES_MAX, Stamp};
use super::wal::{self, CommitError, Segment};
use super::{tiles, verify};
use crate::crypto::{Key, SigningKey};
use crate::secret;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;
use tokio::sync::oneshot;

/// Records in one commit at most.
const BATCH: usize = 2048;
/// A segment is replaced by a new one beyond this size, once it is published.
const SEGMENT_BYTES: u64 = 4 << 20;

/// All state of the log; owned by the audit thread.
pub(super) struct Writer {
    options: Options,
    key: SigningKey,
    pub(super) verifier: VerifierKey,
    edge: Edge,
    published: u64,
    /// Set when the disk's state is unknown; nothing is taken any more.
    poisoned: bool,
    segment: Segment,
    /// Segments of earlier runs, removed once what they hold is published.
    old_segments: Vec<PathBuf>,
    /// Acknowledged records; read by the handle.
    pub(super) size: Arc<AtomicU64>,
    /// Cleared by a commit or a publication that failed; read by the handle.
    pub(super) writable: Arc<AtomicBool>,
    opened: Instant,
    /// Held for as long as the log is open.
    _lock: File,
}

impl Writer {
    pub(super) fn open(options: Options) -> Result<Self, OpenError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| OpenError::Io(path.clone(), error)
        };
        let directory = options.directory.clone();
        let (log, wal_folder) = (directory.join("log"), directory.join("wal"));
        tiles::create_folders(&log).map_err(at(&log))?;
        let lock_path = directory.join("lock");
        let lock = File::create(&lock_path).map_err(at(&lock_path))?;
        lock.try_lock().map_err(|_| OpenError::Locked)?;

        let old_segments = wal::segments(&wal_folder).map_err(at(&wal_folder))?;
        let exists = log.join("checkpoint").exists() || !old_segments.is_empty();
        let key = SigningKey::from_seed(&load_key(&options.key, exists)?);
        let verifier = VerifierKey { name: options.origin.clone(), public: key.public() };
        let vkey = directory.join("vkey");
        tiles::write_durably(&vkey, format!("{verifier}\n").as_bytes()).map_err(at(&vkey))?;

        let (tree, bundle) = verify::edge(&log, &verifier).map_err(OpenError::Published)?;
        let published = tree.size();
        // The new segment's name is known only after the replay; start with what is there.
        let mut edge = Edge { tree, bundle, full_tiles: Vec::new(), full_bundles: Vec::new() };
        for (position, (first, path)) in old_segments.iter().enumerate() {
            if *first > edge.tree.size() {
                return Err(OpenError::Gap { expected: edge.tree.size() });
            }
            let mut index = *first;
            for batch in wal::read(path, position + 1 == old_segments.len()).map_err(at(path))? {
                for entry in batch.entries {
                    if index >= edge.tree.size() {
                        edge.push(entry);
                    }
                    index += 1;
                }
                if batch.size != index || (index == edge.tree.size() && batch.root != edge.tree.root()) {
                    return Err(OpenError::Root { size: batch.size });
                }
            }
        }
        let size = edge.tree.size();
        let old_segments: Vec<_> = old_segments.into_iter().map(|(_, path)| path).collect();
        // An empty segment of an earlier start has the name the new one gets, and is replaced by it.
        let segment = Segment::create(&wal_folder, size).map_err(at(&wal_folder))?;
        let name = wal_folder.join(format!("{size:020}"));
        let mut writer = Self {
            options,
            key,
            verifier,
            edge,
            published,
            poisoned: false,
            segment,
            old_segments: old_segments.into_iter().filter(|path| *path != name).collect(),
            size: Arc::new(AtomicU64::new(size)),
            writable: Arc::new(AtomicBool::new(true)),
            opened: Instant::now(),
            _lock: lock,
        };
        writer.publish().map_err(at(&log))?;
        Ok(writer)
    }

    pub(super) fn run(mut self, appends: &Receiver<Append>) {
        let mut due = Instant::now() + self.options.publish_every;
        loop {
            match appends.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(first) => {
                    let mut batch = vec![first];
                    batch.extend(appends.try_iter().take(BATCH - 1));
                    self.commit(batch);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= due {
                self.publish_or_poison();
                due = Instant::now() + self.options.publish_every;
            }
        }
        self.publish_or_poison();
    }

    /// One commit: entries, tree, write-ahead log, and only then the answers.
    fn commit(&mut self, batch: Vec<Append>) {
        if self.poisoned {
            batch.into_iter().for_each(|append| answer(append.done, Err(Unavailable)));
            return;
        }
        let ts = timestamp();
        let mono_us = self.opened.elapsed().as_micros() as u64;
        // Work on a copy of the tree, which replaces it only when the batch is durable.
        let (mut tree, mut full_tiles) = (self.edge.tree.clone(), Vec::new());
        let mut entries = Vec::with_capacity(batch.len());
        let mut waiting = Vec::with_capacity(batch.len());
        for Append { event, done } in batch {
            let seq = tree.size();
            let entry = event.entry(&Stamp { seq, ts: &ts, mono_us, node: &self.options.node });
            if entry.len() > ENTRY_BYTES_MAX {
                answer(done, Err(Unavailable));
                continue;
            }
            tree.push(merkle::leaf(&entry), &mut full_tiles);
            entries.push(entry);
            waiting.push((seq, done));
        }
        match self.segment.commit(&entries, tree.size(), &tree.root()) {
            Ok(()) => {
                self.size.store(tree.size(), Ordering::Release);
                self.edge.advance(tree, full_tiles, entries);
                self.writable.store(true, Ordering::Release);
                waiting.into_iter().for_each(|(seq, done)| answer(done, Ok(seq)));
            }
            Err(error) => {
                self.poisoned = matches!(error, CommitError::Unknown(_));
                self.writable.store(false, Ordering::Release);
                tracing::error!(poisoned = self.poisoned, error = %error, "the audit log cannot be written");
                waiting.into_iter().for_each(|(_, done)| answer(done, Err(Unavailable)));
            }
        }
    }

    fn publish_or_poison(&mut self) {
        if self.poisoned {
            return;
        }
        // What failed to be published is still in the write-ahead log, and is tried again.
        let published = self.publish();
        if let Err(error) = &published {
            tracing::error!(error = %error, "the audit log cannot be published");
        }
        // Without requests nothing else would tell that a full disk has room again.
        let writable = published.is_ok()
            && (self.writable.load(Ordering::Acquire)
                || tiles::write_durably(&self.options.directory.join("probe"), b"").is_ok());
        self.writable.store(writable, Ordering::Release);
    }

    /// Writes tiles and bundles, then the checkpoint that commits to them, then removes what they replace.
    fn publish(&mut self) -> io::Result<()> {
        let size = self.edge.tree.size();
        let log = self.options.directory.join("log");
        if size == self.published && log.join("checkpoint").exists() {
            return Ok(());
        }
        for (index, entries) in &self.edge.full_bundles {
            let bytes = tiles::encode_entries(entries.iter().map(Vec::as_slice));
            tiles::write_durably(&log.join(tiles::entries_path(*index, WIDTH)), &bytes)?;
        }
        for tile in &self.edge.full_tiles {
            let bytes = tiles::encode_hashes(&tile.hashes);
            tiles::write_durably(&log.join(tiles::hashes_path(tile.level, tile.index, WIDTH)), &bytes)?;
        }
        if !self.edge.bundle.is_empty() {
            let bytes = tiles::encode_entries(self.edge.bundle.iter().map(Vec::as_slice));
            tiles::write_durably(&log.join(tiles::entries_path(size / WIDTH as u64, self.edge.bundle.len())), &bytes)?;
        }
        for (level, hashes) in self.edge.tree.edge().iter().enumerate().filter(|(_, hashes)| !hashes.is_empty()) {
            let path = tiles::hashes_path(level, tiles::edge_index(size, level), hashes.len());
            tiles::write_durably(&log.join(path), &tiles::encode_hashes(hashes))?;
        }
        let checkpoint = Checkpoint { origin: self.options.origin.clone(), size, root: self.edge.tree.root() };
        tiles::write_durably(&log.join("checkpoint"), checkpoint.sign(&self.key).as_bytes())?;
        tracing::info!(size, root = %data_encoding::BASE64.encode(&checkpoint.root), "audit checkpoint");
        self.remove_replaced(&log, size)?;
        self.edge.full_bundles.clear();
        self.edge.full_tiles.clear();
        self.published = size;
        for path in self.old_segments.drain(..) {
            fs::remove_file(path)?;
        }
        if self.segment.bytes() > SEGMENT_BYTES {
            let next = Segment::create(&self.options.directory.join("wal"), size)?;
            std::mem::replace(&mut self.segment, next).remove()?;
        }
        Ok(())
    }

    fn remove_replaced(&self, log: &Path, size: u64) -> io::Result<()> {
        for (index, _) in &self.edge.full_bundles {
            tiles::remove_partial(&log.join(tiles::entries_path(*index, WIDTH)), None)?;
        }
        for tile in &self.edge.full_tiles {
            tiles::remove_partial(&log.join(tiles::hashes_path(tile.level, tile.index, WIDTH)), None)?;
        }
        if !self.edge.bundle.is_empty() {
            let path = tiles::entries_path(size / WIDTH as u64, WIDTH);
            tiles::remove_partial(&log.join(path), Some(self.edge.bundle.len()))?;
        }
        for (level, hashes) in self.edge.tree.edge().iter().enumerate().filter(|(_, hashes)| !hashes.is_empty()) {
            let path = tiles::hashes_path(level, tiles::edge_index(size, level), WIDTH);
            tiles::remove_partial(&log.join(path), Some(hashes.len()))?;
        }
        Ok(())
    }
}

/// The tree, and the files at its right edge that are not published yet.
struct Edge {
    tree: Tree,
    /// Entries of the unfinished bundle.
    bundle: Vec<Vec<u8>>,
    full_tiles: Vec<FullTile>,
    full_bundles: Vec<(u64, Vec<Vec<u8>>)>,
}

impl Edge {
    /// Adds an entry that is durable already.
    fn push(&mut self, entry: Vec<u8>) {
        self.tree.push(merkle::leaf(&entry), &mut self.full_tiles);
        self.keep(entry, self.tree.size());
    }

    /// Takes over the tree that a durable batch of entries led to.
    fn advance(&mut self, tree: Tree, full_tiles: Vec<FullTile>, entries: Vec<Vec<u8>>) {
        let first = self.tree.size();
        self.tree = tree;
        self.full_tiles.extend(full_tiles);
        for (size, entry) in (first + 1..).zip(entries) {
            self.keep(entry, size);
        }
    }

    /// Puts the entry that made the log `size` entries long into its bundle.
    fn keep(&mut self, entry: Vec<u8>, size: u64) {
        self.bundle.push(entry);
        if self.bundle.len() == WIDTH {
            self.full_bundles.push((size / WIDTH as u64 - 1, std::mem::take(&mut self.bundle)));
        }
    }
}

/// The caller may be gone; the record stands all the same.
fn answer(done: oneshot::Sender<Result<u64, Unavailable>>, result: Result<u64, Unavailable>) {
    let _ = done.send(result);
}

/// UTC with exactly six decimals, as the record schema wants it.
fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

fn load_key(path: &Path, log_exists: bool) -> Result<Key, OpenError> {
    let io_error = |error| OpenError::Io(path.to_owned(), error);
    match fs::read_to_string(path) {
        Ok(text) => data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|seed| seed.try_into().ok())
            .map(Key::from_bytes)
            .ok_or_else(|| OpenError::Key(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && log_exists => {
            Err(OpenError::KeyMissing(path.to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = Key::generate();
            if let Some(folder) = path.parent() {
                tiles::create_folders(folder).map_err(io_error)?;
            }
            let seed = zeroize::Zeroizing::new(data_encoding::HEXLOWER.encode(key.expose()));
            secret::write_private(path, seed.as_bytes()).map_err(io_error)?;
            Ok(key)
        }
        Err(error) => Err(io_error(error)),
    }
}
