//! The door for media: a format that can be cleared is cleared by its own rules.

use crate::profile::Policy;
use crate::refusal::Refusal;

/// Clears files of the formats it knows, such as DICOM.
pub trait Media: Send + Sync {
    /// The cleared file; nothing if the format is not known or the policy does not let it pass.
    fn clear(&self, bytes: &[u8], policy: &Policy) -> Result<Option<Vec<u8>>, Refusal>;
}
