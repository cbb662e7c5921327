//! What a provider keeps between requests, and the mappings that must be kept as long.
//!
//! An object belongs to the tenant whose request made it. Another tenant's id, an expired one and one that never was
//! are the same: not found, and the provider is not asked.

use crate::deid::{Exchange, Scope};
use crate::dialect::{Endpoint, Provider, State};
use crate::refusal::{Reason, Refusal};
use crate::vault::Vault;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// What is known of the objects that a request names.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The destination that holds them.
    pub destination: String,
    /// Where the provider has it, for what requests name by an address.
    address: Option<String>,
    /// What stands for what in them.
    pub exchange: Arc<Exchange>,
}

/// The objects of one tenant at one provider.
#[derive(Clone, Debug)]
pub struct Shelf {
    vault: Arc<Vault>,
    scope: Scope,
    provider: Provider,
}

impl Shelf {
    pub fn new(vault: Arc<Vault>, scope: Scope, provider: Provider) -> Self {
        Self { vault, scope, provider }
    }

    /// One object. Google names them by paths, of which the last segment is the name, and some by addresses, which must
    /// be what the provider said.
    pub fn find(&self, object: &str) -> Result<Option<Kept>, Refusal> {
        let failed = || Refusal::from(Reason::VaultUnavailable);
        let Some(content) = self.vault.find(self.scope.name(), &self.row(object), now()).map_err(|_| failed())? else {
            return Ok(None);
        };
        let end = content.iter().position(|&byte| byte == b'\n').ok_or_else(failed)?;
        let head = std::str::from_utf8(&content[..end]).map_err(|_| failed())?;
        let (destination, address) =
            head.split_once('\t').map_or((head, None), |(name, address)| (name, Some(address)));
        if is_address(object) && address != Some(object) {
            return Ok(None);
        }
        let exchange = Arc::new(Exchange::from_bytes(&content[end + 1..]).ok_or_else(failed)?);
        Ok(Some(Kept { destination: destination.to_owned(), address: address.map(str::to_owned), exchange }))
    }

    /// What stands for what in all objects that a request names.
    pub fn recall(&self, objects: &[String]) -> Result<Option<Kept>, Refusal> {
        let mut all: Option<Kept> = None;
        for object in objects {
            let found = self.find(object)?.ok_or(Reason::UnknownObject)?;
            all = Some(match all {
                None => found,
                Some(earlier) if earlier.destination != found.destination => {
                    return Err(Refusal::new(Reason::UnsupportedFeature).because("its objects are at two destinations"));
                }
                Some(earlier) => {
                    let joined = earlier.exchange.joined(&found.exchange).ok_or_else(|| {
                        Refusal::new(Reason::UnsupportedFeature)
                            .because("its objects use one pseudonym for different things; send the text itself")
                    })?;
                    Kept { exchange: Arc::new(joined), ..earlier }
                }
            });
        }
        Ok(all)
    }

    fn keep(&self, object: &str, address: Option<&str>, destination: &str, exchange: &Exchange) -> Result<(), Refusal> {
        let known = self.find(object)?.and_then(|kept| kept.address);
        let address = address.map(str::to_owned).or(known).filter(|address| !address.contains(['\t', '\n']));
        let head = address.map_or_else(|| format!("{destination}\n"), |address| format!("{destination}\t{address}\n"));
        let mut content = Zeroizing::new(head.into_bytes());
        content.extend_from_slice(&exchange.to_bytes());
        let kept = self.vault.keep(self.scope.name(), &self.row(object), &content, now());
        kept.map_err(|_| Reason::VaultUnavailable.into())
    }

    fn erase(&self, object: &str) -> Result<(), Refusal> {
        self.vault.erase(self.scope.name(), &self.row(object)).map_err(|_| Reason::VaultUnavailable)?;
        Ok(())
    }

    fn row(&self, object: &str) -> String {
        format!("{} {}", self.provider, last_segment(object))
    }
}

fn last_segment(object: &str) -> &str {
    object.rsplit('/').next().unwrap_or(object)
}

fn is_address(object: &str) -> bool {
    object.contains("://")
}

/// Keeps the mapping of an exchange under what the provider keeps of it, before the client learns its name.
#[derive(Clone, Debug)]
pub struct Keeper {
    pub shelf: Shelf,
    destination: String,
    state: State,
    /// The objects that the request adds to, or erases.
    named: Vec<String>,
}

impl Keeper {
    /// Nothing where the provider keeps nothing.
    pub fn of(shelf: Shelf, destination: &str, endpoint: &Endpoint, stored: bool, added: Vec<String>) -> Option<Self> {
        let state = endpoint.operation.state;
        let needed = match state {
            State::None => false,
            State::Keeps { .. } => stored,
            State::Reads | State::Extends | State::Erases | State::Lists { .. } => true,
        };
        let named = match state {
            State::Extends | State::Erases => {
                endpoint.segment("id").map(str::to_owned).into_iter().chain(added).collect()
            }
            _ => added,
        };
        needed.then(|| Self { shelf, destination: destination.to_owned(), state, named })
    }

    /// Takes note of a reply, or an event of a stream, that names these objects.
    pub fn keep(&self, made: &[String], exchange: &Exchange) -> Result<(), Refusal> {
        if self.state == State::Erases {
            return self.named.iter().try_for_each(|object| self.shelf.erase(object));
        }
        let (addresses, names): (Vec<&String>, Vec<&String>) =
            self.named.iter().chain(made).partition(|object| is_address(object));
        names.into_iter().try_for_each(|name| {
            let address = addresses.iter().find(|address| last_segment(address) == last_segment(name));
            self.shelf.keep(name, address.map(|address| address.as_str()), &self.destination, exchange)
        })
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Key;
    use crate::deid::exchange_of;
    use std::time::Duration;

    fn shelf(vault: &Arc<Vault>, tenant: &'static str, provider: Provider) -> Shelf {
        Shelf::new(vault.clone(), Scope::tenant(tenant), provider)
    }

    #[test]
    fn an_object_is_found_by_its_tenant_at_its_provider() {
        let vault = Arc::new(Vault::in_memory(&Key::from_bytes([1; 32]), Duration::from_secs(60)).unwrap());
        let own = shelf(&vault, "ward", Provider::Gemini);
        let exchange = exchange_of(&[("NAME", 1, 0, "Maria Kovacs")], &[], &[], None);
        own.keep("cachedContents/c1", None, "gemini", &exchange).unwrap();
        assert_eq!(own.find("c1").unwrap().unwrap().destination, "gemini");
        for other in [shelf(&vault, "ward", Provider::OpenAi), shelf(&vault, "clinic", Provider::Gemini)] {
            assert!(other.find("c1").unwrap().is_none());
            assert_eq!(other.recall(&["c1".to_owned()]).unwrap_err().reason, Reason::UnknownObject);
        }
        own.erase("c1").unwrap();
        assert!(own.find("cachedContents/c1").unwrap().is_none());
    }

    #[test]
    fn an_address_is_the_one_that_the_provider_gave() {
        let vault = Arc::new(Vault::in_memory(&Key::from_bytes([1; 32]), Duration::from_secs(60)).unwrap());
        let shelf = shelf(&vault, "ward", Provider::Gemini);
        let exchange = exchange_of(&[], &[], &[], None);
        let address = "https://provider.example/v1beta/files/f1";
        shelf.keep("files/f1", Some(address), "gemini", &exchange).unwrap();
        // What is read later may name it without.
        shelf.keep("files/f1", None, "gemini", &exchange).unwrap();
        assert!(shelf.find(address).unwrap().is_some() && shelf.find("files/f1").unwrap().is_some());
        for elsewhere in ["https://other.example/v1beta/files/f1", "http://provider.example/v1beta/files/f1"] {
            assert!(shelf.find(elsewhere).unwrap().is_none(), "{elsewhere}");
        }
        shelf.erase("files/f1").unwrap();
        assert!(shelf.find(address).unwrap().is_none());
    }

    #[test]
    fn objects_that_contradict_each_other_are_not_named_together() {
        let vault = Arc::new(Vault::in_memory(&Key::from_bytes([1; 32]), Duration::from_secs(60)).unwrap());
        let shelf = shelf(&vault, "ward", Provider::OpenAi);
        for (object, destination, name) in
            [("a", "x", "Maria"), ("b", "x", "Jose"), ("c", "y", "Maria"), ("d", "x", "Maria")]
        {
            shelf.keep(object, None, destination, &exchange_of(&[("NAME", 1, 0, name)], &[], &[], None)).unwrap();
        }
        let recall = |objects: [&str; 2]| shelf.recall(&objects.map(str::to_owned)).map(|_| ()).map_err(|no| no.reason);
        assert_eq!(recall(["a", "d"]), Ok(()));
        assert_eq!(recall(["a", "b"]), Err(Reason::UnsupportedFeature));
        assert_eq!(recall(["a", "c"]), Err(Reason::UnsupportedFeature));
    }
}
