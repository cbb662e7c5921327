//! How each provider words an error, so that its SDKs raise the exception that a developer expects.

use super::Provider;
use crate::refusal::{Reason, Refusal};
use serde_json::{Value, json};

/// The body of a refusal in the shape of a provider. It holds places and kinds, never text of the request.
pub fn body(provider: Provider, refusal: &Refusal, exchange: &str) -> Value {
    let (code, status, message) = (refusal.reason.code(), refusal.reason.status(), refusal.to_string());
    match provider {
        Provider::OpenAi | Provider::Azure => json!({
            "error": { "message": message, "type": openai_type(status), "param": refusal.place, "code": code },
        }),
        Provider::Anthropic => json!({
            "type": "error",
            "error": { "type": anthropic_type(status), "message": format!("{message} ({code})") },
            "request_id": exchange,
        }),
        Provider::Gemini | Provider::Vertex => json!({
            "error": {
                "code": status,
                "message": message,
                "status": google_status(status),
                "details": [{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": code.to_ascii_uppercase(),
                    "domain": "cordon",
                }],
            },
        }),
        Provider::Ollama | Provider::DicomWeb => json!({ "error": format!("{message} ({code})") }),
    }
}

/// Whether the same request can succeed later. SDKs read it from `x-should-retry` before they look at the status.
pub fn may_retry(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::DetectorFailed
            | Reason::Deadline
            | Reason::Overloaded
            | Reason::RateLimited
            | Reason::AuditUnavailable
            | Reason::VaultUnavailable
            | Reason::LocalUnavailable
            | Reason::ShuttingDown
            | Reason::UpstreamUnreachable
            | Reason::UpstreamTimeout
    )
}

fn openai_type(status: u16) -> &'static str {
    match status {
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

fn google_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        504 => "DEADLINE_EXCEEDED",
        502.. => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

/// An error inside a stream that has begun: the status is sent, so only an event can say it.
pub mod midstream {
    use super::*;

    /// The event as bytes, in the framing of the stream that it ends.
    pub fn event(provider: Provider, operation: &str, framing: Framing, refusal: &Refusal, exchange: &str) -> Vec<u8> {
        let body = body(provider, refusal, exchange);
        match framing {
            Framing::Events if operation == "openai.responses" => {
                let event = json!({
                    "type": "error",
                    "code": refusal.reason.code(),
                    "message": refusal.to_string(),
                    "param": refusal.place,
                });
                format!("event: error\ndata: {event}\n\n").into_bytes()
            }
            Framing::Events => match provider {
                Provider::Anthropic => format!("event: error\ndata: {body}\n\n").into_bytes(),
                Provider::Gemini | Provider::Vertex => format!("data: {body}\r\n\r\n").into_bytes(),
                _ => format!("data: {body}\n\n").into_bytes(),
            },
            Framing::Lines => format!("{body}\n").into_bytes(),
            Framing::Array { first: true } => format!("[{body}").into_bytes(),
            Framing::Array { first: false } => format!(",\r\n{body}").into_bytes(),
        }
    }

    /// How a stream is cut into events.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Framing {
        /// Server-sent events.
        Events,
        /// One JSON value a line.
        Lines,
        /// One JSON array that grows.
        Array { first: bool },
    }
}

#[cfg(test)]
mod tests {
    use super::midstream::Framing;
    use super::*;
    use crate::entity::EntityType;

    fn refusal() -> Refusal {
        Refusal::new(Reason::ForbiddenEntity(EntityType::Name)).at("tools[0].name")
    }

    #[test]
    fn every_provider_has_its_own_shape() {
        let openai = body(Provider::OpenAi, &refusal(), "x1");
        assert_eq!(openai["error"]["code"], "forbidden_entity");
        assert_eq!(openai["error"]["param"], "tools[0].name");
        let anthropic = body(Provider::Anthropic, &refusal(), "x1");
        assert_eq!(anthropic["error"]["type"], "invalid_request_error");
        assert_eq!(anthropic["request_id"], "x1");
        let gemini = body(Provider::Gemini, &refusal(), "x1");
        assert_eq!(gemini["error"]["status"], "INVALID_ARGUMENT");
        assert_eq!(gemini["error"]["details"][0]["reason"], "FORBIDDEN_ENTITY");
        assert!(body(Provider::Ollama, &refusal(), "x1")["error"].is_string());
    }

    #[test]
    fn a_permanent_refusal_asks_for_no_retry() {
        for (code, status, _) in Reason::TABLE {
            assert!(!matches!(status, 408 | 409), "{code} makes SDKs retry");
        }
        assert!(!may_retry(refusal().reason));
        assert!(may_retry(Reason::Overloaded));
    }

    #[test]
    fn the_page_of_refusals_lists_every_code_with_its_status() {
        let page = include_str!("../../docs/refusals.md");
        for (code, status, _) in Reason::TABLE {
            assert!(page.contains(&format!("| `{code}` | {status} |")), "docs/refusals.md: {code} {status}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("` | "));
        assert_eq!(rows.count(), Reason::TABLE.len(), "docs/refusals.md lists a code that does not exist");
    }

    #[test]
    fn an_error_in_a_stream_keeps_its_framing() {
        let event = |provider, operation, framing| {
            String::from_utf8(midstream::event(provider, operation, framing, &refusal(), "x1")).expect("UTF-8")
        };
        assert!(event(Provider::OpenAi, "openai.chat", Framing::Events).starts_with("data: {\"error\""));
        assert!(event(Provider::OpenAi, "openai.responses", Framing::Events).starts_with("event: error\n"));
        assert!(event(Provider::Anthropic, "anthropic.messages", Framing::Events).starts_with("event: error\n"));
        assert!(event(Provider::Gemini, "gemini.stream", Framing::Events).ends_with("\r\n\r\n"));
        assert!(event(Provider::Ollama, "ollama.chat", Framing::Lines).ends_with("}\n"));
        assert!(event(Provider::Gemini, "gemini.stream", Framing::Array { first: false }).starts_with(",\r\n{"));
    }
}
