// compiles
//! What the other files here are not allowed to do, done as it is meant: if this fails, their failures prove nothing.

use cordon::audit::{Event, Log};
use cordon::deid::{Cleared, Deidentifier, Document};
use cordon::profile::Policy;
use cordon::proxy::upstream::{Departure, Upstream};
use cordon::text::Raw;
use std::time::Instant;

pub async fn send(
    upstream: &Upstream,
    log: &Log,
    event: Event,
    deidentifier: &Deidentifier,
    document: Document,
    policy: &Policy,
    departure: Departure<'_>,
) {
    let cleared: Cleared = deidentifier.clear(document, policy, Instant::now()).expect("cleared");
    let receipt = log.append(event).await.expect("durable");
    let reply = upstream.send(receipt, &cleared, departure).await;
    drop(reply);
}

pub fn shown(raw: &Raw) -> String {
    format!("{raw:?}")
}
