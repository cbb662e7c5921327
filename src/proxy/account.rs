//! The account of one exchange: what its records, metrics and headers say. It closes itself, whatever happens.

use super::admission::Permit;
use super::caller::Caller;
use super::routes::Destination;
use crate::audit::record::Commitment;
use crate::audit::{self, Decision, Event, ExchangeId, Kind, Log};
use crate::deid::{Cleared, Exchange};
use crate::dialect::{Endpoint, Provider};
use crate::profile::Policy;
use crate::refusal::Refusal;
use crate::telemetry::{Metrics, Outcome};
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Follows an exchange from its first byte to its last. Dropping it writes the last record: a client that goes away
/// drops the future, or the body, that holds it.
pub struct Account {
    id: ExchangeId,
    provider: Provider,
    started: Instant,
    log: Arc<Log>,
    metrics: Metrics,
    caller: Option<Arc<Caller>>,
    permit: Option<Permit>,
    /// The record that went before, once it is durable.
    intent: Option<Event>,
    findings: String,
    /// Why the request goes where it goes.
    why: Option<String>,
    /// Pictures that stayed, and the local model that described them, with its digest.
    described: Option<(usize, String, Option<String>)>,
    outcome: Outcome,
    status: Option<StatusCode>,
    upstream: Option<Duration>,
    /// Counts what the reply brings back.
    exchange: Option<Arc<Exchange>>,
}

impl Account {
    pub fn open(provider: Provider, log: Arc<Log>, metrics: Metrics) -> Self {
        metrics.exchange_begins();
        Self {
            id: ExchangeId::generate(),
            provider,
            started: Instant::now(),
            log,
            metrics,
            caller: None,
            permit: None,
            intent: None,
            findings: String::new(),
            why: None,
            described: None,
            outcome: Outcome::Cut,
            status: None,
            upstream: None,
            exchange: None,
        }
    }

    pub fn id(&self) -> ExchangeId {
        self.id
    }

    pub fn provider(&self) -> Provider {
        self.provider
    }

    pub fn admit(&mut self, caller: &Arc<Caller>, permit: Permit) {
        self.caller = Some(caller.clone());
        self.permit = Some(permit);
    }

    /// The word for a decision about the route, for the records that follow.
    pub fn routed(&mut self, why: &str) {
        self.why = Some(why.to_owned());
    }

    /// Words of a local model went in place of pictures.
    pub fn described(&mut self, pictures: usize, model: &str, digest: Option<&str>) {
        self.described = Some((pictures, model.to_owned(), digest.map(str::to_owned)));
    }

    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    pub fn cleared(&mut self, cleared: &Cleared, took: Duration) {
        self.metrics.cleared(took);
        self.exchange = Some(cleared.exchange().clone());
        for (&entity, &count) in &cleared.report().counts {
            self.metrics.found(entity, count);
            let separator = if self.findings.is_empty() { "" } else { ", " };
            write!(self.findings, "{separator}{entity}={count}").expect("a string can be written");
        }
    }

    /// The record that must be durable before the request leaves.
    pub fn intent(
        &self,
        kind: Kind,
        endpoint: &Endpoint,
        destination: Option<&Destination>,
        models: &[String],
        policy: &Policy,
        cleared: &Cleared,
    ) -> Event {
        let counts = &cleared.report().counts;
        let decision = match (kind, counts.values().sum::<usize>()) {
            (Kind::LocalAnswer, _) => Decision::LocalOnly,
            (_, 0) => Decision::AllowClean,
            _ => Decision::AllowRedacted,
        };
        let mut event = Event::new(kind, self.id, decision, digest(policy));
        event.actor = self.actor();
        event.route = Some(endpoint.operation.name.to_owned());
        event.why.clone_from(&self.why);
        event.profile = Some(policy.name().to_owned());
        event.destination = destination.map(|destination| audit::Destination {
            host: destination.host().to_owned(),
            id: destination.name.clone(),
            via_proxy: None,
        });
        // What the configuration does not name could be anything that a client wrote.
        event.model = match models {
            [] => None,
            [model] if destination.is_some_and(|destination| destination.names(model)) => Some(model.clone()),
            [_, ..] => Some("other".to_owned()),
        };
        event.counts = counts.iter().map(|(&entity, &count)| (entity, count as u64)).collect();
        if let Some((pictures, model, digest)) = &self.described {
            event.media_dropped = Some(*pictures as u64);
            event.model = Some(model.clone());
            event.model_sha256.clone_from(digest);
        }
        event.detail.extend(cleared.report().media.iter().map(|(&action, &count)| (action, count)));
        event.residual = Some(0);
        event.bytes_out = Some(cleared.body().len() as u64);
        event.commitment = Some(Commitment::to(cleared.body()));
        event.ms_detect = Some(millis(self.started.elapsed()));
        event
    }

    /// The record that must be durable before a local model reads the request.
    pub fn local_intent(&self, endpoint: &Endpoint, model: &str, digest: Option<&str>, policy: &Policy) -> Event {
        let mut event = Event::new(Kind::LocalAnswer, self.id, Decision::LocalOnly, self::digest(policy));
        event.actor = self.actor();
        event.route = Some(endpoint.operation.name.to_owned());
        event.why.clone_from(&self.why);
        event.profile = Some(policy.name().to_owned());
        event.model = Some(model.to_owned());
        event.model_sha256 = digest.map(str::to_owned);
        event.bytes_out = Some(0);
        event
    }

    /// The record is durable: whatever happens from here on, another one follows it.
    pub fn departs(&mut self, intent: Event) {
        self.metrics.sent(intent.bytes_out.unwrap_or(0));
        self.intent = Some(intent);
    }

    pub fn replied(&mut self, status: StatusCode, took: Duration) {
        self.metrics.first_byte(took);
        self.status = Some(status);
        self.upstream = Some(took);
    }

    pub fn ends(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// Ends with a refusal, and records it: what did not leave is part of the record.
    pub fn refuses(&mut self, refusal: &Refusal) {
        self.outcome = Outcome::Refused(refusal.reason);
        // Strangers must not be able to fill the log.
        if self.caller.is_some() && self.intent.is_none() {
            let mut event = Event::new(Kind::Deny, self.id, Decision::Deny, "none");
            event.actor = self.actor();
            event.reason = Some(refusal.reason.code().to_owned());
            event.why.clone_from(&self.why);
            event.ms_total = Some(millis(self.started.elapsed()));
            // Nothing leaves, so nothing depends on this record; a log that fails is seen by every other request.
            let _ = self.log.record(event);
        }
    }

    /// What the client is told about its exchange, without text.
    pub fn describe(&self, headers: &mut HeaderMap) {
        let mut tell = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        tell("cordon-exchange-id", &self.id.to_string());
        if !self.findings.is_empty() {
            tell("cordon-findings", &self.findings);
        }
        // A stream is told by the metric alone: its head leaves before its text comes.
        let left = self.exchange.as_ref().map_or(0, |exchange| exchange.counted().1);
        if left > 0 {
            tell("cordon-left", &left.to_string());
        }
    }

    fn actor(&self) -> Option<audit::Actor> {
        let caller = self.caller.as_ref()?;
        Some(audit::Actor { auth: "api-key", client: caller.id.clone(), sub: caller.tenant.to_string() })
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        self.metrics.exchange_ends(self.provider.name(), self.outcome, took);
        let (restored, left) = self.exchange.as_ref().map_or((0, 0), |exchange| exchange.counted());
        self.metrics.restored(restored as u64, left as u64);
        if let Some(intent) = self.intent.take() {
            let decision = if self.outcome == Outcome::Answered { intent.decision } else { Decision::Error };
            let mut event = Event::new(Kind::Result, self.id, decision, intent.policy);
            event.reason = (self.outcome != Outcome::Answered).then(|| self.outcome.word().to_owned());
            event.status = self.status.map(|status| status.as_u16());
            event.restored = Some(restored as u64);
            event.foreign_placeholders = Some(left as u64);
            event.ms_total = Some(millis(took));
            event.ms_upstream = self.upstream.map(millis);
            // The request has left by now and its intent is durable; a full queue must not block a dropping thread.
            let _ = self.log.record(event);
        }
        tracing::info!(
            exchange = %self.id,
            provider = self.provider.name(),
            caller = self.caller.as_ref().map(|caller| caller.id.as_str()),
            outcome = self.outcome.word(),
            status = self.status.map(|status| status.as_u16()),
            ms = millis(took),
            "exchange"
        );
    }
}

fn digest(policy: &Policy) -> String {
    HEXLOWER.encode(&policy.digest()[..12])
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
