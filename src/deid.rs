//! Turns a document into one that may leave: every string, key and number is lifted out, analysed, replaced and
//! filled back. Pure CPU work, without a clock but for the deadline it is given.

mod clean;
mod document;
mod exchange;
mod shape;

use crate::crypto::Key;
use crate::entity::Finding;
use crate::profile::Policy;
use crate::recognize::{Analyzer, Fault, Segment};
use crate::refusal::{Reason, Refusal};
pub use clean::{Clean, Cleared, Position, Report};
pub use document::{Document, Scope, Style};
pub use exchange::Exchange;
pub use shape::{Class, Shape};
use std::sync::Arc;
use std::time::Instant;

/// What finds identifiers in the segments of a document: the analyzer, or a failing one in tests.
pub trait Detector: Send + Sync {
    /// One list of findings per segment, sorted and disjoint, in the segment's own bytes.
    fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault>;
}

impl Detector for Analyzer {
    fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        Analyzer::analyze(self, document, deadline)
    }
}

/// What is done with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// It leaves as it is.
    Keep,
    /// `[NAME]`: gone, and the reply does not bring it back.
    Redact,
    /// A less exact value that Safe Harbor allows: `90+`, three digits of a ZIP code, a year.
    Generalize,
    /// A date moved by a secret number of days of this scope.
    Shift,
    /// `[NAME_1]`: the reply brings it back.
    Pseudonymize,
    /// The request does not leave.
    Refuse,
}

/// Clears documents. Shared by all exchanges.
pub struct Deidentifier {
    detector: Arc<dyn Detector>,
    key: Key,
}

impl Deidentifier {
    /// The key is that of the installation: keyed pseudonyms, memories and seals of every scope derive from it.
    pub fn new(detector: Arc<dyn Detector>, key: Key) -> Self {
        Self { detector, key }
    }

    /// Clears one document. CPU-bound: run it on a blocking pool.
    pub fn clear(&self, document: Document, policy: &Policy, deadline: Instant) -> Result<Cleared, Refusal> {
        let _ = (&self.detector, &self.key, document, policy, deadline);
        Err(Reason::DetectorFailed.into())
    }
}
