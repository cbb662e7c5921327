//! What a record of the log may say: counts, digests and decisions; never content.
//!
//! Records are JSON in the canonical form of RFC 8785, for which the fields below stand in the order of their names.
//! Every free string is reduced to a narrow alphabet, so that no text of a request can hide in one.

use crate::crypto;
use crate::entity::EntityType;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The largest entry of tlog-tiles.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// One thing that happened, as the gateway tells it; the log adds when, where and as which entry.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: Kind,
    pub id: ExchangeId,
    pub decision: Decision,
    /// The digest of the compiled policy.
    pub policy: String,
    pub actor: Option<Actor>,
    /// The route's template, such as `/v1/chat/completions`; never the path as sent.
    pub route: Option<String>,
    pub destination: Option<Destination>,
    /// A model's name from the configuration.
    pub model: Option<String>,
    /// SHA-256 of the local model's file.
    pub model_sha256: Option<String>,
    /// The name of the profile.
    pub profile: Option<String>,
    /// Why it went where it went: a word of the routing decision.
    pub why: Option<String>,
    /// A refusal's code.
    pub reason: Option<String>,
    /// Findings by entity type; recorded by Safe Harbor letter.
    pub counts: BTreeMap<EntityType, u64>,
    /// Findings by recognizer family.
    pub by_detector: BTreeMap<&'static str, u64>,
    /// Hits of the independent look at the outgoing bytes; 0 whenever something left.
    pub residual: Option<u64>,
    pub bytes_in: Option<u64>,
    pub bytes_out: Option<u64>,
    /// SHA-256 of a nonce and the exact outgoing body, with the nonce: commits to what was sent without telling it.
    pub commitment: Option<Commitment>,
    /// Pseudonyms put back in the reply.
    pub restored: Option<u64>,
    /// Pseudonym-shaped strings of the reply that this exchange did not mint, left as they were.
    pub foreign_placeholders: Option<u64>,
    pub media_dropped: Option<u64>,
    pub status: Option<u16>,
    pub ms_total: Option<u64>,
    pub ms_detect: Option<u64>,
    pub ms_upstream: Option<u64>,
    /// The record this one refers to.
    pub refers_to: Option<ExchangeId>,
    /// Numbers of administrative events, such as DICOM attributes by action.
    pub detail: BTreeMap<&'static str, u64>,
}

impl Event {
    pub fn new(kind: Kind, id: ExchangeId, decision: Decision, policy: impl Into<String>) -> Self {
        Self {
            kind,
            id,
            decision,
            policy: policy.into(),
            actor: None,
            route: None,
            destination: None,
            model: None,
            model_sha256: None,
            profile: None,
            why: None,
            reason: None,
            counts: BTreeMap::new(),
            by_detector: BTreeMap::new(),
            residual: None,
            bytes_in: None,
            bytes_out: None,
            commitment: None,
            restored: None,
            foreign_placeholders: None,
            media_dropped: None,
            status: None,
            ms_total: None,
            ms_detect: None,
            ms_upstream: None,
            refers_to: None,
            detail: BTreeMap::new(),
        }
    }

    /// The entry's bytes.
    pub(super) fn entry(&self, stamp: &Stamp<'_>) -> Vec<u8> {
        let mut counts = BTreeMap::new();
        for (&entity, &count) in &self.counts {
            let name = if entity == EntityType::AgeOver89 { "AGE90".to_owned() } else { entity.letter().to_string() };
            *counts.entry(name).or_default() += count;
        }
        let record = Record {
            actor: self.actor.as_ref(),
            by_detector: &self.by_detector,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            counts,
            decision: self.decision,
            dest: self.destination.as_ref(),
            detail: &self.detail,
            foreign_placeholders: self.foreign_placeholders,
            id: self.id,
            media_dropped: self.media_dropped,
            model: self.model.as_deref().map(Token),
            model_sha256: self.model_sha256.as_deref().map(Token),
            mono_us: stamp.mono_us,
            ms_detect: self.ms_detect,
            ms_total: self.ms_total,
            ms_upstream: self.ms_upstream,
            node: Token(stamp.node),
            nonce: self.commitment.as_ref().map(|commitment| commitment.nonce.as_str()),
            out_commit: self.commitment.as_ref().map(|commitment| commitment.digest.as_str()),
            policy: Token(&self.policy),
            profile: self.profile.as_deref().map(profile),
            reason: self.reason.as_deref().map(Token),
            reference: self.refers_to,
            residual: self.residual,
            restored: self.restored,
            route: self.route.as_deref().map(Token),
            seq: stamp.seq,
            status: self.status,
            ts: stamp.ts,
            kind: self.kind,
            v: 1,
            why: self.why.as_deref().map(Token),
        };
        serde_json::to_vec(&record).expect("a record is plain data")
    }
}

/// When and where a record was written.
pub(super) struct Stamp<'a> {
    pub seq: u64,
    /// UTC with microseconds.
    pub ts: &'a str,
    /// Microseconds since the log was opened, by the monotonic clock.
    pub mono_us: u64,
    pub node: &'a str,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum $name { $($(#[$inner])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// The event types of the record schema that Cordon writes.
    Kind {
        /// A request is about to leave.
        Intent "egress.intent",
        /// What became of it.
        Result "egress.result",
        LocalAnswer "local.answer",
        Deny "deny",
        VaultAccess "vault.access",
        VaultErase "vault.erase",
        ConfigReload "config.reload",
        AuditExport "audit.export",
        NodeStart "node.start",
        NodeStop "node.stop",
    }
}

words! {
    Decision {
        /// Something was found and replaced.
        AllowRedacted "allow_redacted",
        /// Nothing was found.
        AllowClean "allow_clean",
        LocalOnly "local_only",
        Deny "deny",
        Error "error",
        NotApplicable "n/a",
    }
}

/// Who asked.
#[derive(Clone, Debug, Serialize)]
pub struct Actor {
    /// How the caller proved who it is: `api-key`, `mtls` or `local`.
    pub auth: &'static str,
    /// The key's name or the certificate's.
    #[serde(serialize_with = "token")]
    pub client: String,
    /// The tenant.
    #[serde(serialize_with = "token")]
    pub sub: String,
}

/// Where it went.
#[derive(Clone, Debug, Serialize)]
pub struct Destination {
    #[serde(serialize_with = "token")]
    pub host: String,
    /// The destination's name in the configuration.
    #[serde(serialize_with = "token")]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_token")]
    pub via_proxy: Option<String>,
}

/// A commitment to the outgoing bytes that tells nothing of them without the bytes.
#[derive(Clone, Debug)]
pub struct Commitment {
    nonce: String,
    digest: String,
}

impl Commitment {
    pub fn to(body: &[u8]) -> Self {
        Self::with(crypto::random(), body)
    }

    fn with(nonce: [u8; 16], body: &[u8]) -> Self {
        let mut hash = crypto::Sha256::new();
        hash.update(&nonce);
        hash.update(body);
        Self {
            nonce: format!("b64:{}", data_encoding::BASE64.encode(&nonce)),
            digest: format!("sha256:{}", data_encoding::HEXLOWER.encode(&hash.finish())),
        }
    }
}

/// The name of an exchange in headers, logs and records: a ULID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(u128);

impl ExchangeId {
    pub fn generate() -> Self {
        let milliseconds = jiff::Timestamp::now().as_millisecond().max(0) as u128;
        Self(milliseconds << 80 | u128::from_be_bytes(crypto::random()) >> 48)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut value: u128 = 0;
        if text.len() != 26 || !text.starts_with(['0', '1', '2', '3', '4', '5', '6', '7']) {
            return None;
        }
        for byte in text.bytes() {
            let digit = CROCKFORD.iter().position(|&symbol| symbol == byte)?;
            value = value << 5 | digit as u128;
        }
        Some(Self(value))
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = (0..26).rev().map(|n| CROCKFORD[(self.0 >> (5 * n)) as usize & 31] as char).collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ExchangeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The record's fields in the order of RFC 8785.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a Actor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    by_detector: &'a BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_out: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counts: BTreeMap<String, u64>,
    decision: Decision,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest: Option<&'a Destination>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    detail: &'a BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_placeholders: Option<u64>,
    id: ExchangeId,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_dropped: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<Token<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_sha256: Option<Token<'a>>,
    mono_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms_detect: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms_total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms_upstream: Option<u64>,
    node: Token<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_commit: Option<&'a str>,
    policy: Token<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Token<'a>>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<ExchangeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    residual: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Token<'a>>,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    ts: &'a str,
    #[serde(rename = "type")]
    kind: Kind,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Token<'a>>,
}

/// A name from the configuration. What is not made of `[A-Za-z0-9._:/{}@+-]`, or is longer than 128 bytes, is
/// recorded as `other`.
struct Token<'a>(&'a str);

impl Serialize for Token<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/{}@+-".contains(&byte);
        serializer.serialize_str(if self.0.len() <= 128 && self.0.bytes().all(plain) { self.0 } else { "other" })
    }
}

fn token<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Token(text).serialize(serializer)
}

fn optional_token<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(Token).serialize(serializer)
}

/// The schema's closed list of profiles.
fn profile(name: &str) -> &'static str {
    match name {
        "hipaa-safe-harbor" => "safe_harbor",
        "limited-data-set" => "limited_data_set",
        _ => "custom",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Event {
        let mut event = Event::new(Kind::Intent, ExchangeId::generate(), Decision::AllowRedacted, "p_0123");
        event.actor = Some(Actor { auth: "api-key", client: "ehr".into(), sub: "ward-3".into() });
        event.destination = Some(Destination { host: "api.example".into(), id: "openai".into(), via_proxy: None });
        event.model = Some("call Maria Kovacs".into());
        event.profile = Some("hipaa-safe-harbor".into());
        event.why = Some("label:psychiatry".into());
        event.counts = [(EntityType::Name, 2), (EntityType::Org, 1), (EntityType::AgeOver89, 1)].into();
        event.by_detector = [("pattern", 2), ("name", 1)].into();
        event.commitment = Some(Commitment::to(b"body"));
        event.detail = [("z", 1), ("a", 2)].into();
        event.refers_to = Some(event.id);
        (event.residual, event.status, event.ms_total) = (Some(0), Some(200), Some(3));
        event
    }

    #[test]
    fn a_record_is_canonical_and_holds_no_text() {
        let stamp = Stamp { seq: 7, ts: "2026-01-02T03:04:05.000006Z", mono_us: 9, node: "node-a" };
        let entry = String::from_utf8(full().entry(&stamp)).unwrap();
        let value: BTreeMap<String, serde_json::Value> = serde_json::from_str(&entry).unwrap();
        // Keys in order at the top and no spaces: serialising the sorted map gives the same bytes.
        assert_eq!(serde_json::to_string(&value).unwrap(), entry);
        assert!(entry.contains(r#""counts":{"A":3,"AGE90":1}"#), "{entry}");
        assert!(entry.contains(r#""model":"other""#) && !entry.contains("Kovacs"));
    }

    #[test]
    fn ids_are_ulids() {
        let id = ExchangeId::generate();
        assert_eq!(id.to_string().len(), 26);
        assert_eq!(ExchangeId::parse(&id.to_string()), Some(id));
        assert_eq!(ExchangeId::parse("81ARZ3NDEKTSV4RRFFQ69G5FAV"), None);
        assert_eq!(ExchangeId::parse("01ARZ3NDEKTSV4RRFFQ69G5FAI"), None);
    }
}
