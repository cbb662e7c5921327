// E0061
//! Sending takes the receipt of a durable record.

use cordon::deid::Cleared;
use cordon::proxy::upstream::{Departure, Upstream};

pub async fn send(upstream: &Upstream, cleared: &Cleared, departure: Departure<'_>) {
    drop(upstream.send(cleared, departure).await);
}
