// E0308
//! A document cannot be sent; only what was made of it by the de-identifier.

use cordon::audit::Receipt;
use cordon::deid::Document;
use cordon::proxy::upstream::{Departure, Upstream};

pub async fn send(upstream: &Upstream, receipt: Receipt, document: &Document, departure: Departure<'_>) {
    drop(upstream.send(receipt, document, departure).await);
}
