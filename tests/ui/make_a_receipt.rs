// E0451
//! Only the log makes receipts.

use cordon::audit::{ExchangeId, Receipt};

pub fn forged(id: ExchangeId) -> Receipt {
    Receipt { index: 0, id }
}
