//! What operators see: logs as JSON, metrics, and what a panic may say. None of it holds text of a request.

use crate::entity::EntityType;
use crate::local::detect::Counts;
use crate::refusal::Reason;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::time::Duration;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log: one JSON object a line, on standard error.
///
/// Only events of this crate are written, at any level: libraries log what they handle, and what they handle is
/// headers and bodies.
pub fn log_to_stderr(level: Level) {
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    let own = Targets::new().with_target(env!("CARGO_PKG_NAME"), level);
    // Fails only when a test has set a subscriber already.
    let _ = tracing_subscriber::registry().with(own).with(layer).try_init();
}

/// A panic says where it happened and nothing else: its message may quote what was being handled.
pub fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic.location().map_or(("?", 0), |location| (location.file(), location.line()));
        tracing::error!(file, line, "panic");
    }));
}

/// Keeps memory out of core dumps and from debuggers of the same user.
pub fn forbid_core_dumps() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// The metrics. Every label comes from a closed list.
#[derive(Clone)]
pub struct Metrics {
    exchanges: Family<ExchangeLabels, Counter>,
    findings: Family<EntityLabels, Counter>,
    restored: Counter,
    foreign: Counter,
    in_progress: Gauge,
    connections: Gauge,
    clear_seconds: Histogram,
    first_byte_seconds: Histogram,
    exchange_seconds: Histogram,
    sent_bytes: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExchangeLabels {
    provider: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EntityLabels {
    entity: &'static str,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.000_25, 4.0, 12));
        let metrics = Self {
            exchanges: Family::default(),
            findings: Family::default(),
            restored: Counter::default(),
            foreign: Counter::default(),
            in_progress: Gauge::default(),
            connections: Gauge::default(),
            clear_seconds: seconds(),
            first_byte_seconds: seconds(),
            exchange_seconds: seconds(),
            sent_bytes: Counter::default(),
        };
        let all = registry.sub_registry_with_prefix("cordon");
        all.register(
            "exchanges",
            "Exchanges by their outcome: answered, cut, or the refusal's code",
            metrics.exchanges.clone(),
        );
        all.register("findings", "Identifiers found in requests", metrics.findings.clone());
        all.register("restored", "Pseudonyms put back in replies", metrics.restored.clone());
        all.register("foreign", "Pseudonyms in replies that the exchange did not mint", metrics.foreign.clone());
        all.register("in_progress", "Exchanges in progress", metrics.in_progress.clone());
        all.register("connections", "Open connections of clients", metrics.connections.clone());
        all.register_with_unit("clear", "Time to clear a request", Unit::Seconds, metrics.clear_seconds.clone());
        all.register_with_unit(
            "first_byte",
            "Time until the provider's headers",
            Unit::Seconds,
            metrics.first_byte_seconds.clone(),
        );
        all.register_with_unit("exchange", "Time of whole exchanges", Unit::Seconds, metrics.exchange_seconds.clone());
        all.register_with_unit("sent", "Bodies sent to destinations", Unit::Bytes, metrics.sent_bytes.clone());
        metrics
    }

    /// What a model that helps to find has named.
    pub fn detection(registry: &mut Registry, counts: &Counts) {
        let all = registry.sub_registry_with_prefix("cordon_model");
        all.register("found", "Strings that the detecting model named", counts.found.clone());
        all.register("invented", "Strings that it named and that stand nowhere", counts.invented.clone());
        all.register("absent", "Passages for which it gave no whole answer", counts.absent.clone());
    }

    pub fn exchange_begins(&self) {
        self.in_progress.inc();
    }

    pub fn exchange_ends(&self, provider: &'static str, outcome: Outcome, time: Duration) {
        self.in_progress.dec();
        self.exchanges.get_or_create(&ExchangeLabels { provider, outcome: outcome.word() }).inc();
        self.exchange_seconds.observe(time.as_secs_f64());
    }

    pub fn found(&self, entity: EntityType, count: usize) {
        self.findings.get_or_create(&EntityLabels { entity: entity.name() }).inc_by(count as u64);
    }

    pub fn cleared(&self, time: Duration) {
        self.clear_seconds.observe(time.as_secs_f64());
    }

    pub fn sent(&self, bytes: u64) {
        self.sent_bytes.inc_by(bytes);
    }

    pub fn first_byte(&self, time: Duration) {
        self.first_byte_seconds.observe(time.as_secs_f64());
    }

    pub fn restored(&self, restored: u64, foreign: u64) {
        self.restored.inc_by(restored);
        self.foreign.inc_by(foreign);
    }

    pub fn connection_opens(&self) {
        self.connections.inc();
    }

    pub fn connection_closes(&self) {
        self.connections.dec();
    }
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    /// The reply began, and the provider or the client went away before its end.
    Cut,
    /// A preview: nothing was sent.
    Previewed,
    Refused(Reason),
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Cut => "cut",
            Self::Previewed => "previewed",
            Self::Refused(reason) => reason.code(),
        }
    }
}

/// The registry as OpenMetrics text.
pub fn exposition(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::new();
    encode(&mut text, registry)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_words_of_closed_lists() {
        let mut registry = Registry::default();
        let metrics = Metrics::new(&mut registry);
        metrics.exchange_begins();
        metrics.exchange_ends("openai", Outcome::Refused(Reason::Deadline), Duration::from_millis(3));
        metrics.found(EntityType::Name, 2);
        let counts = Counts::default();
        Metrics::detection(&mut registry, &counts);
        counts.invented.inc();
        let text = exposition(&registry).unwrap();
        assert!(text.contains(r#"cordon_exchanges_total{provider="openai",outcome="deadline"} 1"#), "{text}");
        assert!(text.contains(r#"cordon_findings_total{entity="NAME"} 2"#));
        assert!(text.contains("cordon_in_progress 0") && text.contains("cordon_model_invented_total 1"));
    }
}
