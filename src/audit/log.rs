//! The handle of the log: appends events and hands out receipts.

use super::checkpoint::VerifierKey;
use super::record::{Event, ExchangeId};
use super::verify;
use super::writer::Writer;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Records that may wait for the disk; more are refused.
const QUEUE: usize = 4096;

#[derive(Clone, Debug)]
pub struct Options {
    /// Holds `log/` (what auditors get), `wal/`, `vkey` and the lock.
    pub directory: PathBuf,
    /// The file with the Ed25519 seed; made on the first start, with mode 0600.
    pub key: PathBuf,
    /// The log's name, such as `cordon.mercy.example/node-a`.
    pub origin: String,
    /// This node's name in every record.
    pub node: String,
    /// How often tiles and checkpoint are published.
    pub publish_every: Duration,
}

/// Proof that an event is durably in the log. Only [`Log::append`] makes one.
#[derive(Debug)]
pub struct Receipt {
    index: u64,
    id: ExchangeId,
}

impl Receipt {
    /// The index of the record in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    pub fn id(&self) -> ExchangeId {
        self.id
    }
}

/// The log took no record; what it was about must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written")]
pub struct Unavailable;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error("another process writes this log")]
    Locked,
    #[error("{0}: the key file must hold 64 hexadecimal digits")]
    Key(PathBuf),
    #[error("{0}: the log exists but its key does not; a log without its key cannot be continued")]
    KeyMissing(PathBuf),
    #[error("the published log does not verify: {0}")]
    Published(verify::Failure),
    #[error("the write-ahead log does not continue the published log (expected entry {expected})")]
    Gap { expected: u64 },
    #[error("the write-ahead log does not lead to the root it committed to at {size} entries")]
    Root { size: u64 },
}

/// The open log. Dropping it writes what is queued and publishes.
#[derive(Debug)]
pub struct Log {
    /// `None` once the log is closing.
    queue: Mutex<Option<SyncSender<Append>>>,
    verifier: VerifierKey,
    size: Arc<AtomicU64>,
    writable: Arc<AtomicBool>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

pub(super) struct Append {
    pub event: Event,
    pub done: oneshot::Sender<Result<u64, Unavailable>>,
}

impl Log {
    /// Opens or creates the log: verifies the edge of what is published, replays what was acknowledged since, and
    /// refuses to start on any damage but a torn tail.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let writer = Writer::open(options)?;
        let (queue, appends) = sync_channel(QUEUE);
        let (verifier, size) = (writer.verifier.clone(), writer.size.clone());
        let writable = writer.writable.clone();
        let handle = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || writer.run(&appends))
            .map_err(|error| OpenError::Io(PathBuf::from("audit thread"), error))?;
        Ok(Self { queue: Mutex::new(Some(queue)), verifier, size, writable, writer: Mutex::new(Some(handle)) })
    }

    /// Whether the last record was written, or the disk takes data again since.
    pub fn is_writable(&self) -> bool {
        let open = self.queue.lock().is_ok_and(|queue| queue.is_some());
        let alive = self.writer.lock().is_ok_and(|writer| writer.as_ref().is_some_and(|writer| !writer.is_finished()));
        open && alive && self.writable.load(Ordering::Acquire)
    }

    /// Adds a record; answers once it is on disk. Cancel safe: a record whose caller went away is still written.
    pub async fn append(&self, event: Event) -> Result<Receipt, Unavailable> {
        let id = event.id;
        let index = self.enqueue(event)?.await.map_err(|_| Unavailable)??;
        Ok(Receipt { index, id })
    }

    /// Adds a record without waiting, for what has happened already. The error says that the queue is full.
    pub fn record(&self, event: Event) -> Result<(), Unavailable> {
        self.enqueue(event).map(drop)
    }

    fn enqueue(&self, event: Event) -> Result<oneshot::Receiver<Result<u64, Unavailable>>, Unavailable> {
        let (done, answer) = oneshot::channel();
        let queue = self.queue.lock().map_err(|_| Unavailable)?;
        match queue.as_ref().ok_or(Unavailable)?.try_send(Append { event, done }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Unavailable),
        }
    }

    /// Acknowledged records so far.
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    pub fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Writes what is queued, publishes and stops. Further records are refused.
    pub fn close(&self) {
        if let Ok(mut queue) = self.queue.lock() {
            *queue = None;
        }
        if let Some(handle) = self.writer.lock().ok().and_then(|mut writer| writer.take()) {
            // A panic of the writer has already answered every waiting caller with `Unavailable`.
            let _ = handle.join();
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
