// E0382
//! A receipt is for one request.

use cordon::audit::Receipt;
use cordon::deid::Cleared;
use cordon::proxy::upstream::{Departure, Upstream};

pub async fn send(
    upstream: &Upstream,
    receipt: Receipt,
    cleared: &Cleared,
    first: Departure<'_>,
    second: Departure<'_>,
) {
    drop(upstream.send(receipt, cleared, first).await);
    drop(upstream.send(receipt, cleared, second).await);
}
