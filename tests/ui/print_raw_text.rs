// E0277
//! Text as it arrived has no rendering for people.

use cordon::text::Raw;

pub fn shown(raw: &Raw) -> String {
    format!("{raw}")
}
