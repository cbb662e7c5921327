//! Who asks. A caller shows a key in whichever place its SDK puts one.

use super::keyring::{self, Entry, Keyring, KeyringError};
use super::pattern::{Pattern, any};
use crate::config;
use crate::refusal::{Reason, Refusal};
use arc_swap::ArcSwap;
use data_encoding::HEXLOWER;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// A caller, and what it may do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Names the key in logs and records.
    pub id: String,
    pub name: String,
    pub tenant: Arc<str>,
    /// A profile instead of the configured one.
    pub profile: Option<String>,
    pub operations: Vec<Pattern>,
    pub models: Vec<Pattern>,
    pub local_only: bool,
    pub concurrency: Option<usize>,
    pub requests_per_minute: Option<u32>,
    /// The provider's own key, where the configuration lets callers bring it.
    pub credential: Option<Credential>,
}

impl Caller {
    /// Whether the key opens this operation.
    pub fn may_ask(&self, operation: &str) -> bool {
        any(&self.operations, operation)
    }

    /// Whether the key opens this model.
    pub fn may_use(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| pattern.matches(model))
    }

    /// The key to show at the destination, where the configuration lets callers bring it.
    pub fn credential(&self) -> Option<(HeaderName, HeaderValue)> {
        self.credential.as_ref().map(|credential| (credential.header.clone(), credential.value.clone()))
    }
}

/// A provider's key as a caller sent it.
#[derive(Clone)]
pub struct Credential {
    pub header: HeaderName,
    pub value: HeaderValue,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({})", self.header)
    }
}

/// Everyone who may call.
#[derive(Debug)]
pub enum Callers {
    Keys(Keys),
    Passthrough { tenant: Arc<str> },
}

/// The callers by the digests of their keys.
type ByDigest = HashMap<[u8; 32], (Entry, Arc<Caller>)>;

/// The keys as they were last read.
#[derive(Debug)]
pub struct Keys {
    path: PathBuf,
    by_digest: ArcSwap<ByDigest>,
    read_at: ArcSwap<Option<SystemTime>>,
}

impl Callers {
    pub fn load(settings: &config::Callers) -> Result<Self, KeyringError> {
        Ok(match settings {
            config::Callers::Keys(path) => Self::Keys(Keys::load(path.clone())?),
            config::Callers::Passthrough { tenant } => Self::Passthrough { tenant: tenant.as_str().into() },
        })
    }

    /// Who sent a request, by its headers and query alone: the body is not read before this is known.
    pub fn identify(&self, headers: &HeaderMap, query: Option<&str>) -> Result<Arc<Caller>, Refusal> {
        let shown = Shown::find(headers, query)?;
        match self {
            Self::Keys(keys) => keys.caller(&shown.ok_or(Reason::Unauthenticated)?.key),
            Self::Passthrough { tenant } => Ok(Arc::new(Shown::passed_through(shown, tenant)?)),
        }
    }

    /// Reads the file of keys again if it has changed. On an error the keys in use stay.
    pub fn refresh(&self) -> Result<(), KeyringError> {
        match self {
            Self::Keys(keys) if keys.modified() != **keys.read_at.load() => keys.reload(),
            _ => Ok(()),
        }
    }
}

impl Keys {
    fn load(path: PathBuf) -> Result<Self, KeyringError> {
        let keys = Self { path, by_digest: ArcSwap::default(), read_at: ArcSwap::default() };
        keys.reload()?;
        Ok(keys)
    }

    fn modified(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.path).and_then(|metadata| metadata.modified()).ok()
    }

    fn reload(&self) -> Result<(), KeyringError> {
        // The time is taken first: a change while the file is read is then noticed at the next look.
        let modified = self.modified();
        let ring = Keyring::load(&self.path)?;
        let known = ring.keys.into_iter().filter_map(|entry| {
            let caller = Arc::new(Caller::from(&entry));
            Some((entry.digest()?, (entry, caller)))
        });
        self.by_digest.store(Arc::new(known.collect()));
        self.read_at.store(Arc::new(modified));
        Ok(())
    }

    fn caller(&self, key: &str) -> Result<Arc<Caller>, Refusal> {
        let keys = self.by_digest.load();
        let found = keys.get(&keyring::digest(key)).filter(|(entry, _)| entry.is_valid(Timestamp::now()));
        found.map(|(_, caller)| caller.clone()).ok_or_else(|| Reason::Unauthenticated.into())
    }
}

impl From<&Entry> for Caller {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.clone(),
            name: entry.name.clone(),
            tenant: entry.tenant.as_str().into(),
            profile: entry.profile.clone(),
            operations: entry.operations.iter().map(Pattern::new).collect(),
            models: entry.models.iter().map(Pattern::new).collect(),
            local_only: entry.local_only,
            concurrency: entry.concurrency,
            requests_per_minute: entry.requests_per_minute,
            credential: None,
        }
    }
}

/// A key, and where it stood.
struct Shown {
    key: String,
    credential: Credential,
}

impl Shown {
    /// Two different keys in one request are a mistake or an attack: which one counts must not depend on an order.
    fn find(headers: &HeaderMap, query: Option<&str>) -> Result<Option<Self>, Refusal> {
        let mut found: Option<Self> = None;
        let headers = headers.iter().filter(|(name, _)| KEY_HEADERS.contains(&name.as_str()));
        let headers = headers.map(|(name, value)| {
            let text = value.to_str().ok()?;
            let key = if name == AUTHORIZATION { bearer(text)? } else { text };
            Some(Self::new(key, name.clone(), value.clone()))
        });
        let query = query.unwrap_or("").split('&').filter_map(|pair| pair.strip_prefix("key=")).map(|key| {
            let value = HeaderValue::from_str(key).ok()?;
            Some(Self::new(key, HeaderName::from_static("x-goog-api-key"), value))
        });
        for shown in headers.chain(query) {
            let shown = shown.ok_or(Reason::Unauthenticated)?;
            match &found {
                Some(other) if other.key != shown.key => {
                    return Err(Refusal::new(Reason::Unauthenticated).because("two different keys are shown"));
                }
                Some(_) => {}
                None => found = Some(shown),
            }
        }
        Ok(found)
    }

    fn new(key: &str, header: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        Self { key: key.to_owned(), credential: Credential { header, value } }
    }

    /// The caller is the key, so that two developers on one machine do not share state. Some servers want no key,
    /// and their clients show none; without one, the provider has the last word.
    fn passed_through(shown: Option<Self>, tenant: &Arc<str>) -> Result<Caller, Refusal> {
        let key = shown.as_ref().map_or("", |shown| shown.key.as_str());
        if key.len() > 4096 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Reason::Unauthenticated.into());
        }
        let any = || vec![Pattern::new("*")];
        Ok(Caller {
            id: format!("c_{}", HEXLOWER.encode(&keyring::digest(key)[..8])),
            name: "passthrough".to_owned(),
            tenant: tenant.clone(),
            profile: None,
            operations: any(),
            models: any(),
            local_only: false,
            concurrency: None,
            requests_per_minute: None,
            credential: shown.map(|shown| shown.credential),
        })
    }
}

fn bearer(text: &str) -> Option<&str> {
    let (scheme, key) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// OpenAI and new Anthropic SDKs; Anthropic; Azure; Gemini. Gemini also puts it into the query.
const KEY_HEADERS: &[&str] = &["authorization", "x-api-key", "api-key", "x-goog-api-key"];

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn a_key_counts_wherever_an_sdk_puts_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        let key = Keyring::change(&path, |ring| Ok(ring.add("ehr", "ward").0)).unwrap();
        let key = key.expose_secret();
        let callers = Callers::load(&config::Callers::Keys(path.clone())).unwrap();
        let identified =
            |pairs: &[(&'static str, &str)], query: Option<&str>| callers.identify(&headers(pairs), query).is_ok();

        assert!(identified(&[("authorization", &format!("Bearer {key}"))], None));
        for name in ["x-api-key", "api-key", "x-goog-api-key"] {
            assert!(identified(&[(name, key)], None), "{name}");
        }
        assert!(identified(&[], Some(&format!("alt=sse&key={key}"))));
        assert!(identified(&[("x-api-key", key), ("authorization", &format!("bearer {key}"))], None));

        assert!(!identified(&[], None));
        assert!(!identified(&[("x-api-key", "cordon-other")], None));
        assert!(!identified(&[("authorization", key)], None));
        assert!(!identified(&[("x-api-key", key), ("api-key", "other")], None));

        std::thread::sleep(std::time::Duration::from_millis(20));
        Keyring::change(&path, |ring| {
            let id = ring.keys[0].id.clone();
            ring.revoke(&id)
        })
        .unwrap();
        callers.refresh().unwrap();
        assert!(!identified(&[("x-api-key", key)], None));
    }

    #[test]
    fn a_passed_through_key_is_a_caller_of_its_own() {
        let callers = Callers::load(&config::Callers::Passthrough { tenant: "dev".into() }).unwrap();
        let one = callers.identify(&headers(&[("x-api-key", "sk-1")]), None).unwrap();
        let two = callers.identify(&headers(&[("x-api-key", "sk-2")]), None).unwrap();
        assert_ne!(one.id, two.id);
        assert!(!format!("{one:?}").contains("sk-1"));
        assert!(callers.identify(&HeaderMap::new(), None).unwrap().credential.is_none());
    }
}
