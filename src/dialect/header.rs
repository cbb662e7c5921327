//! Which headers cross the gateway. Both ways it is a list of what may, everything else stays.

use super::Provider;
use crate::deid::Class;

/// A request header that may be sent on. Its value was typed by somebody, so it is inspected like the body.
pub fn is_sent_on(provider: Provider, name: &str) -> bool {
    let own: &[&str] = match provider {
        Provider::OpenAi => &["openai-beta", "openai-organization", "openai-project", "x-client-request-id"],
        Provider::Azure => &["openai-beta", "x-ms-client-request-id"],
        Provider::Anthropic => &["anthropic-version", "anthropic-beta", "x-claude-code-session-id"],
        Provider::Gemini | Provider::Vertex => &["x-goog-api-client", "x-goog-user-project"],
        Provider::Ollama | Provider::DicomWeb => &[],
    };
    own.contains(&name)
        || name == "idempotency-key"
        || (name.starts_with("x-stainless-") && !matches!(provider, Provider::Ollama | Provider::DicomWeb))
}

/// What a header holds. Versions are dates that mean no day of a patient's life. The sessions of Claude
/// Code and Codex stand in the body as well, where a label makes them somebody's, so both are replaced by the same.
pub fn class(name: &str) -> Class {
    match name {
        "anthropic-version" => Class::Vocabulary(&["2023-01-01", "2023-06-01", "2026-10-21"]),
        "x-claude-code-session-id" | "x-client-request-id" => Class::Text,
        _ => Class::Identifier,
    }
}

/// What a value may be written in; anything else is refused before it is even inspected.
pub fn is_plain_value(value: &[u8]) -> bool {
    value.len() <= 512 && value.iter().all(|&byte| (0x20..0x7f).contains(&byte))
}

/// A reply header that may go back to the client.
pub fn is_sent_back(name: &str) -> bool {
    const EXACT: &[&str] = &[
        "content-type",
        "x-request-id",
        "request-id",
        "apim-request-id",
        "x-ms-region",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        "x-goog-request-id",
        "server-timing",
        "cf-ray",
        "vary",
    ];
    const PREFIXES: &[&str] =
        &["x-ratelimit-", "anthropic-ratelimit-", "anthropic-organization-", "openai-", "anthropic-version"];
    EXACT.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Features that make a provider keep or fetch things, which the gateway does not follow yet.
pub fn is_refused_beta(token: &str) -> bool {
    const PREFIXES: &[&str] =
        &["message-threads-", "mcp-client-", "agent-memory-", "managed-agents-", "skills-", "environments-"];
    PREFIXES.iter().any(|prefix| token.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_headers_cross() {
        for name in [
            "cookie",
            "referer",
            "x-forwarded-for",
            "traceparent",
            "baggage",
            "user-agent",
            "authorization",
            "x-api-key",
        ] {
            assert!(Provider::ALL.iter().all(|&provider| !is_sent_on(provider, name)), "{name}");
        }
        assert!(is_sent_on(Provider::OpenAi, "idempotency-key"));
        assert!(is_sent_on(Provider::Anthropic, "anthropic-beta"));
        assert!(!is_sent_on(Provider::OpenAi, "anthropic-beta"));
        for name in
            ["set-cookie", "alt-svc", "strict-transport-security", "content-length", "connection", "transfer-encoding"]
        {
            assert!(!is_sent_back(name), "{name}");
        }
        assert!(is_sent_back("x-ratelimit-remaining-requests"));
    }

    #[test]
    fn betas_that_keep_state_are_refused() {
        assert!(is_refused_beta("agent-memory-2025-04-14"));
        assert!(!is_refused_beta("files-api-2025-04-14"));
        assert!(!is_refused_beta("context-1m-2025-08-07"));
    }
}
