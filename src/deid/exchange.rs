//! What stands for what in one exchange.

use std::fmt;

/// The pseudonyms of one exchange and their originals. Lives in memory for that exchange, or sealed in the vault.
#[derive(Clone, Default)]
pub struct Exchange {}

impl Exchange {
    /// Whether a reply could hold nothing that must be restored.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// For the vault, which seals it. Holds originals: never log or store it otherwise.
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then(Self::default)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange")
    }
}
