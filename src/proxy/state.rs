//! What a provider keeps between requests, and the mappings that must be kept as long.
//!
//! An object belongs to the tenant whose request made it. Another tenant's id, an expired one and one that never was
//! are the same: not found, and the provider is not asked.

use crate::deid::{Exchange, Scope};
use crate::dialect::{Endpoint, State};
use crate::refusal::{Reason, Refusal};
use crate::vault::Vault;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Finds the mappings behind the objects that a request names.
pub fn recall(vault: &Vault, scope: &Scope, objects: &[String]) -> Result<Option<Arc<Exchange>>, Refusal> {
    let mut found = None;
    for object in objects {
        let content = vault.find(scope.name(), object, now()).map_err(|_| Reason::VaultUnavailable)?;
        let content = content.ok_or(Reason::UnknownObject)?;
        let exchange = Exchange::from_bytes(&content).ok_or(Reason::VaultUnavailable)?;
        if found.replace(Arc::new(exchange)).is_some() {
            return Err(Refusal::new(Reason::UnsupportedFeature).because("a request goes on from one object"));
        }
    }
    Ok(found)
}

/// Keeps the mapping of an exchange under what the provider keeps of it, before the client learns its name.
#[derive(Debug)]
pub struct Keeper {
    vault: Arc<Vault>,
    scope: Scope,
    state: State,
    /// The objects that the request named: what was added to them is kept with them.
    named: Vec<String>,
}

impl Keeper {
    /// Nothing where the provider keeps nothing.
    pub fn of(vault: &Arc<Vault>, scope: Scope, endpoint: &Endpoint, stored: bool, named: Vec<String>) -> Option<Self> {
        let state = endpoint.operation.state;
        let needed = stored && !matches!(state, State::None | State::Reads);
        needed.then(|| Self { vault: vault.clone(), scope, state, named })
    }

    /// A reply that names its object, or an event of a stream that does.
    pub fn keep(&self, made: Option<&str>, exchange: &Exchange) -> Result<(), Refusal> {
        let failed = |_| Refusal::from(Reason::VaultUnavailable);
        if self.state == State::Erases {
            for object in &self.named {
                self.vault.erase(self.scope.name(), object).map_err(failed)?;
            }
            return Ok(());
        }
        let content = zeroize::Zeroizing::new(exchange.to_bytes());
        for object in self.named.iter().map(String::as_str).chain(made) {
            self.vault.keep(self.scope.name(), object, &content, now()).map_err(failed)?;
        }
        Ok(())
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
