//! Where requests may go.

use super::section::Section;
use crate::dialect::Provider;
use crate::secret::Source;
use http::Uri;
use std::net::IpAddr;

/// A provider, or a server on premise.
#[derive(Clone, Debug)]
pub struct Destination {
    pub name: String,
    /// Whose API it has.
    pub provider: Provider,
    /// Scheme, host, port and the prefix before the API's own paths; no trailing slash.
    pub url: Uri,
    /// The key that the gateway shows there, when callers do not bring their own.
    pub key: Option<Source>,
    /// It stands inside the trust boundary: callers that may only use local models may use it.
    pub on_premise: bool,
    /// Model names it serves; `*` stands for anything.
    pub models: Vec<String>,
    /// A profile for what is sent there, instead of the caller's.
    pub profile: Option<String>,
}

/// Servers that answer on OpenAI's paths (vLLM, llama-server, OpenRouter, LM Studio) are OpenAI in all but name.
const KINDS: &[(&str, Provider)] = &[
    ("openai", Provider::OpenAi),
    ("openai-compatible", Provider::OpenAi),
    ("azure", Provider::Azure),
    ("anthropic", Provider::Anthropic),
    ("gemini", Provider::Gemini),
    ("vertex", Provider::Vertex),
    ("ollama", Provider::Ollama),
    ("dicomweb", Provider::DicomWeb),
];

impl Destination {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let name = section.required::<String>("name");
        let provider = section.word("kind", KINDS);
        if !section.has("kind") {
            section.mistake("kind", "is missing", None);
        }
        let plaintext = section.or("plaintext", false);
        let url = section.required::<String>("url").and_then(|url| {
            let parsed = base_url(&url, plaintext);
            if let Err(message) = parsed {
                section.mistake("url", message, None);
            }
            parsed.ok()
        });
        let key = section.read("key");
        let on_premise = section.or("on_premise", false);
        let models = section.or("models", vec!["*".to_owned()]);
        let profile = section.read("profile");
        Some(Self { name: name?, provider: provider?, url: url?, key, on_premise, models, profile })
    }
}

pub(super) fn base_url(url: &str, plaintext: bool) -> Result<Uri, &'static str> {
    let uri: Uri =
        url.trim_end_matches('/').parse().map_err(|_| "expected a URL such as \"https://api.openai.com\"")?;
    let host = uri.host().ok_or("expected a URL with a host")?;
    if uri.query().is_some() || uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("expected a URL without a query and without credentials");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if plaintext && is_loopback(host) => Ok(uri),
        Some("http") if plaintext => Err("plain HTTP goes to a loopback address only"),
        _ => Err("expected https; `plaintext = true` allows plain HTTP to a loopback address"),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_loopback_and_only_when_allowed() {
        for (url, plaintext, accepted) in [
            ("https://api.openai.com", false, true),
            ("https://gw.example/openai/", false, true),
            ("http://127.0.0.1:8000", true, true),
            ("http://[::1]:8000", true, true),
            ("http://127.0.0.1:8000", false, false),
            ("http://10.0.0.4:8000", true, false),
            ("http://localhost.evil.example", true, false),
            ("https://user:secret@api.example", false, false),
            ("https://api.example/?x=1", false, false),
            ("ftp://api.example", true, false),
            ("api.example", false, false),
        ] {
            assert_eq!(base_url(url, plaintext).is_ok(), accepted, "{url}");
        }
    }
}
