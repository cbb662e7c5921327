//! Runs the de-identifier beside the async threads: bounded in number and in time, and whatever goes wrong refuses.

use super::readable;
use crate::deid::{Cleared, Deidentifier, Document, Scope, Seals};
use crate::profile::Policy;
use crate::refusal::{Reason, Refusal};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

/// The threads that clear requests.
pub struct Clearing {
    deidentifier: Arc<Deidentifier>,
    threads: Arc<Semaphore>,
    limit: Duration,
}

impl Clearing {
    pub fn new(deidentifier: Deidentifier, threads: usize, limit: Duration) -> Self {
        Self { deidentifier: Arc::new(deidentifier), threads: Arc::new(Semaphore::new(threads)), limit }
    }

    /// The seals of a scope, for its replies.
    pub fn seals(&self, scope: &Scope) -> Seals {
        self.deidentifier.seals(scope)
    }

    /// The same document with text where files stood that can be taken apart. Whatever decides by the words of a
    /// request must see these as well.
    pub async fn readable(&self, document: Document) -> Result<Document, Refusal> {
        if !readable::holds_pdf(document.body()) {
            return Ok(document);
        }
        self.run(move |_| readable::readable(document)).await
    }

    /// Clears a document. A request that waits for a thread until its time is over is refused like one that was
    /// worked on for too long. When the client goes, the work that has begun still ends by its deadline.
    pub async fn clear(&self, document: Document, policy: Arc<Policy>) -> Result<Cleared, Refusal> {
        let deidentifier = self.deidentifier.clone();
        self.run(move |deadline| deidentifier.clear(document, &policy, deadline)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Instant) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let deadline = Instant::now() + self.limit;
        let thread = timeout_at(deadline.into(), self.threads.clone().acquire_owned()).await;
        let thread = thread.map_err(|_| Reason::Deadline)?.map_err(|_| Reason::ShuttingDown)?;
        let work = tokio::task::spawn_blocking(move || {
            let _held = thread;
            work(deadline)
        });
        // The de-identifier looks at the clock itself; this holds even if a recognizer does not.
        match timeout_at((deadline + GRACE).into(), work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panicked)) => Err(Reason::DetectorFailed.into()),
            Err(_) => Err(Reason::Deadline.into()),
        }
    }
}

const GRACE: Duration = Duration::from_millis(250);
