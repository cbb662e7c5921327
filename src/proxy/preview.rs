//! What would leave: the answer to a preview. Nothing is sent; the cleared request and the findings are shown to the
//! caller who wrote it. What a local model would answer leaves nowhere, and the preview says so.

use super::reply::Reply;
use crate::deid::{Cleared, Operator};
use crate::dialect::Endpoint;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};

/// Shows a cleared request, where it would go, and what was found where. Places and kinds, never the originals.
pub fn show<B>(
    endpoint: &Endpoint,
    destination: &str,
    why: Option<&str>,
    target: &str,
    headers: &HeaderMap,
    cleared: &Cleared,
) -> Response<Reply<B>> {
    let findings: Vec<Value> = cleared
        .report()
        .positions
        .iter()
        .map(|position| {
            json!({
                "place": position.place,
                "start": position.span.start,
                "end": position.span.end,
                "entity": position.entity.name(),
                "operator": operator(position.operator),
                "recognizer": position.recognizer,
            })
        })
        .collect();
    let counts: serde_json::Map<String, Value> =
        cleared.report().counts.iter().map(|(entity, count)| (entity.name().to_owned(), json!(count))).collect();
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default()))).collect();
    let shown = json!({
        "preview": true,
        "operation": endpoint.operation.name,
        "destination": destination,
        "leaves": true,
        "why": why,
        "method": endpoint.operation.method.name(),
        "target": target,
        "headers": headers,
        "counts": counts,
        "findings": findings,
    });
    // The body is put in as it would leave: its numbers and the order of its keys are part of what is shown.
    let mut shown = shown.to_string();
    shown.truncate(shown.len() - 1);
    shown.push_str(",\"body\":");
    shown.push_str(&cleared.node().to_json());
    shown.push('}');
    let mut response = Response::new(Reply::Whole(Some(Bytes::from(shown))));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Shows that a local model would answer.
pub fn stays<B>(endpoint: &Endpoint, model: &str, why: &str) -> Response<Reply<B>> {
    let shown = json!({
        "preview": true,
        "operation": endpoint.operation.name,
        "destination": model,
        "leaves": false,
        "why": why,
    });
    let mut response = Response::new(Reply::Whole(Some(Bytes::from(shown.to_string()))));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Keep => "keep",
        Operator::Redact => "redact",
        Operator::Generalize => "generalize",
        Operator::Shift => "shift",
        Operator::Pseudonymize => "pseudonymize",
        Operator::Refuse => "refuse",
    }
}
