//! Reads the fields of a request to a local model. What does not fit is refused by its place, never by its text.

use crate::json::Node;
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;

pub type Json = Node<Raw>;

pub fn text<'a>(value: &'a Json, place: &str) -> Result<&'a str, Refusal> {
    value.text().ok_or_else(|| invalid(place))
}

pub fn flag(value: &Json, place: &str) -> Result<bool, Refusal> {
    value.as_bool().ok_or_else(|| invalid(place))
}

pub fn number<T: std::str::FromStr>(value: &Json, place: &str) -> Result<T, Refusal> {
    value.lexeme().and_then(|lexeme| lexeme.parse().ok()).ok_or_else(|| invalid(place))
}

pub fn strings(value: &Json, place: &str) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().ok_or_else(|| invalid(place))?;
    list.iter().map(|value| text(value, place).map(str::to_owned)).collect()
}

pub fn invalid(place: &str) -> Refusal {
    Refusal::new(Reason::InvalidValue).at(place)
}

pub fn unsupported(place: &str) -> Refusal {
    Refusal::new(Reason::UnsupportedFeature).at(place).because("by local models")
}
