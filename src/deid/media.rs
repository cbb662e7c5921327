//! The door for media: a format that can be cleared is cleared by its own rules.

use crate::entity::EntityType;
use crate::profile::Policy;
use crate::refusal::Refusal;
use std::collections::BTreeMap;

/// Clears files of the formats it knows, such as DICOM.
pub trait Media: Send + Sync {
    /// What identifies the person that a file is about; nothing if the format is not known.
    fn identities(&self, bytes: &[u8]) -> Option<Vec<Identity>>;

    /// The cleared file; nothing if the format is not known or the policy does not let it pass.
    fn clear(&self, bytes: &[u8], policy: &Policy, surrogates: Surrogates<'_>) -> Result<Option<ClearedFile>, Refusal>;
}

/// What stands for one of a file's identities in this exchange.
pub type Surrogates<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// A name or number that a file gives its patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub entity: EntityType,
    pub text: String,
}

/// A file that may leave, and what was done to it by kind of action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearedFile {
    pub bytes: Vec<u8>,
    pub actions: BTreeMap<&'static str, u64>,
}
