//! From a request line to an [`Endpoint`]: prefixes, bare paths, templates, query. What is not known is refused.

use super::{Endpoint, Method, Operation, Provider, Support};
use crate::refusal::{Reason, Refusal};

/// Where a request is addressed, before anything is known to exist there.
#[derive(Clone, Debug)]
pub struct Address<'a> {
    pub provider: Provider,
    /// Asks what would leave, and sends nothing.
    pub preview: bool,
    /// What stood before the provider's own path.
    pub prefix: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Address<'a> {
    /// Never fails, so that whatever goes wrong later is said in the shape of the right provider. `header` tells
    /// whether the request has a header of this name.
    ///
    /// A prefix (`/openai`, `/anthropic`, ...) names the provider. A bare path is resolved by what only one of them
    /// has: a verb after a colon, its version header, its key header.
    pub fn of(path: &'a str, query: Option<&'a str>, header: impl Fn(&str) -> bool) -> Self {
        let query = query.unwrap_or("");
        let (preview, path) = match path.strip_prefix("/preview/") {
            Some(_) => (true, &path["/preview".len()..]),
            None => (header(PREVIEW), path),
        };
        let (provider, own) = prefixed(path, query, &header).unwrap_or_else(|| (bare(path, query, &header), path));
        let prefix = &path[..path.len() - own.len()];
        Self { provider, preview, prefix, path: own, query }
    }

    /// The operation that is addressed, with what its path and query say.
    pub fn endpoint(&self, method: &str) -> Result<Endpoint, Refusal> {
        // The names of local models have a slash, which some SDKs encode.
        let path = self.path.replacen("/local%2F", "/local/", 1).replacen("/local%2f", "/local/", 1);
        let asked: Vec<&str> = path.strip_prefix('/').unwrap_or(&path).split('/').collect();
        if !asked.iter().all(|segment| is_plain(segment)) {
            return Err(Refusal::new(Reason::UnknownEndpoint).because(UNPLAIN));
        }
        let mut other_method = false;
        for &operation in self.provider.operations() {
            for template in operation.paths {
                let Some(segments) = matched(template, &asked) else { continue };
                if operation.method.name() != method {
                    other_method = true;
                    continue;
                }
                return self.addressed(operation, segments);
            }
        }
        Err(match (other_method, self.path.starts_with("/v1/v1/")) {
            (true, _) => Reason::MethodNotAllowed.into(),
            (false, true) => {
                Refusal::new(Reason::UnknownEndpoint).because("the base URL and the client both add `/v1`")
            }
            (false, false) => Reason::UnknownEndpoint.into(),
        })
    }

    fn addressed(
        &self,
        operation: &'static Operation,
        segments: Vec<(&'static str, String)>,
    ) -> Result<Endpoint, Refusal> {
        if let Support::Refuse(instead) = operation.support {
            return Err(Refusal::new(Reason::UnsupportedFeature).at(operation.name).because(instead));
        }
        let query = self.parameters(operation.query)?;
        Ok(Endpoint { provider: self.provider, operation, path: self.path.to_owned(), query, segments })
    }

    /// The parameters that may go on. A caller's key in the query is read elsewhere and never sent.
    fn parameters(&self, known: &'static [&'static str]) -> Result<Vec<(&'static str, String)>, Refusal> {
        let mut parameters: Vec<(&'static str, String)> = Vec::new();
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if name == "key" && self.provider == Provider::Gemini {
                continue;
            }
            let known = known.iter().copied().find(|&known| known == name).ok_or(Reason::UnknownQuery)?;
            if parameters.iter().any(|parameter| parameter.0 == known) && !known.ends_with("[]") {
                return Err(Refusal::new(Reason::UnknownQuery).because(format!("`{known}` is given twice")));
            }
            let value = percent_decoded(value).ok_or(Reason::UnknownQuery)?;
            if !is_written_so(known, &value) {
                return Err(Refusal::new(Reason::UnknownQuery).because(format!("`{known}` has no such value")));
            }
            parameters.push((known, value));
        }
        Ok(parameters)
    }
}

/// The header that asks for a preview where the path cannot be changed.
pub const PREVIEW: &str = "cordon-preview";

const UNPLAIN: &str = "a path has no empty segments, no trailing slash, no percent-encoding";

/// An explicit prefix. `/openai` is also how Azure's own paths begin.
fn prefixed<'a>(path: &'a str, query: &str, header: &impl Fn(&str) -> bool) -> Option<(Provider, &'a str)> {
    let (first, rest) = path.strip_prefix('/')?.split_at_checked(path[1..].find('/')?)?;
    match first {
        "openai" if rest.starts_with("/deployments/") => Some((Provider::Azure, path)),
        "openai" if header("api-key") || parameter(query, "api-version") => Some((Provider::Azure, path)),
        name => Some((name.parse().ok()?, rest)),
    }
}

fn bare(path: &str, query: &str, header: &impl Fn(&str) -> bool) -> Provider {
    let verb = path.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if path.contains("/publishers/") || path.starts_with("/v1/projects/") || path.starts_with("/v1beta1/projects/") {
        Provider::Vertex
    } else if path == "/studies" || path.starts_with("/studies/") {
        Provider::DicomWeb
    } else if path.starts_with("/api/") && !path.starts_with("/api/v1/") {
        Provider::Ollama
    } else if path.starts_with("/v1/messages") || (header("anthropic-version") && !verb) {
        Provider::Anthropic
    } else if verb
        || path.starts_with("/v1beta/")
        || path.starts_with("/v1alpha/")
        || header("x-goog-api-key")
        || header("x-goog-api-client")
        || parameter(query, "key")
    {
        Provider::Gemini
    } else if header("api-key") {
        Provider::Azure
    } else {
        Provider::OpenAi
    }
}

fn parameter(query: &str, name: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

/// Matches segment by segment; `{name}` takes a segment, `{name}:verb` a segment before a fixed verb. A model may be
/// a local one, whose name is two segments.
fn matched(template: &'static str, asked: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let mut segments = Vec::new();
    let mut asked = asked.iter();
    for part in template[1..].split('/') {
        let segment = *asked.next()?;
        match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
            Some(("model", verb)) if segment == "local" && asked.len() > 0 => {
                let value =
                    asked.next()?.strip_suffix(verb).filter(|value| !value.is_empty() && !value.contains(':'))?;
                segments.push(("model", format!("local/{value}")));
            }
            Some((name, verb)) => {
                let value = segment.strip_suffix(verb).filter(|value| !value.is_empty())?;
                if verb.is_empty() && value.contains(':') && name == "model" {
                    return None;
                }
                segments.push((name, value.to_owned()));
            }
            None if part == segment => {}
            None => return None,
        }
    }
    asked.next().is_none().then_some(segments)
}

/// What an id, a model or a fixed word is written in. Ids are typed by people, so nothing else is matched at all.
fn is_plain(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@+-".contains(&byte);
    (1..=128).contains(&segment.len()) && segment.bytes().all(plain) && !segment.bytes().all(|byte| byte == b'.')
}

/// Whether a query parameter can have a value: many are counts or words, and only ids are written as somebody likes.
fn is_written_so(parameter: &str, value: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.');
    match parameter {
        "limit" | "pageSize" | "starting_after" => value.len() <= 7 && value.bytes().all(|byte| byte.is_ascii_digit()),
        "stream" | "beta" | "include_obfuscation" => matches!(value, "true" | "false"),
        // The names of objects have letters, and so have those of versions that are no date.
        "after" | "before" | "after_id" | "before_id" => value.bytes().any(|byte| byte.is_ascii_alphabetic()),
        "pageToken" => value.is_empty() || value.bytes().any(|byte| byte.is_ascii_alphabetic()),
        "api-version" => is_version(value),
        "alt" => matches!(value, "sse" | "json" | "media"),
        "order" => matches!(value, "asc" | "desc"),
        "include" | "include[]" => value.bytes().all(word),
        "updateMask" => matches!(value, "ttl" | "expireTime" | "expire_time"),
        _ => true,
    }
}

/// A date with a word behind it at most, or the word for the newest.
fn is_version(value: &str) -> bool {
    let Some((date, rest)) = value.split_at_checked(10) else { return matches!(value, "preview" | "latest" | "v1") };
    date.starts_with("20")
        && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn percent_decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

impl Operation {
    /// Whether a method and a path are this operation; for tests and documentation.
    pub fn is_at(&self, method: Method, path: &str) -> bool {
        let asked: Vec<&str> = path[1..].split('/').collect();
        self.method == method && self.paths.iter().any(|template| matched(template, &asked).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address<'a>(target: &'a str, headers: &'a [&'a str]) -> Address<'a> {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Address::of(path, query, |name| headers.contains(&name))
    }

    #[track_caller]
    fn check(target: &str, headers: &[&str], provider: Provider, path: &str) {
        let address = address(target, headers);
        assert_eq!((address.provider, address.path), (provider, path), "{target}");
    }

    #[test]
    fn a_prefix_names_the_provider() {
        check("/openai/v1/models", &[], Provider::OpenAi, "/v1/models");
        check("/anthropic/v1/models", &[], Provider::Anthropic, "/v1/models");
        check("/gemini/v1beta/models/g:generateContent", &[], Provider::Gemini, "/v1beta/models/g:generateContent");
        check("/ollama/api/chat", &[], Provider::Ollama, "/api/chat");
        check("/azure/openai/v1/models", &[], Provider::Azure, "/openai/v1/models");
        check("/openai/deployments/d/chat/completions", &[], Provider::Azure, "/openai/deployments/d/chat/completions");
        check("/openai/v1/models", &["api-key"], Provider::Azure, "/openai/v1/models");
    }

    #[test]
    fn a_bare_path_goes_by_what_only_one_provider_has() {
        check("/v1/chat/completions", &[], Provider::OpenAi, "/v1/chat/completions");
        check("/v1/models", &["authorization"], Provider::OpenAi, "/v1/models");
        check("/v1/models", &["anthropic-version"], Provider::Anthropic, "/v1/models");
        check("/v1/models", &["x-goog-api-key"], Provider::Gemini, "/v1/models");
        check("/v1/models?key=k", &[], Provider::Gemini, "/v1/models");
        check("/v1/models/g:countTokens", &[], Provider::Gemini, "/v1/models/g:countTokens");
        check("/v1/messages", &[], Provider::Anthropic, "/v1/messages");
        check("/api/tags", &[], Provider::Ollama, "/api/tags");
    }

    #[test]
    fn a_preview_is_the_same_address() {
        let address = address("/preview/v1/messages", &[]);
        assert!(address.preview);
        assert_eq!(address.endpoint("POST").expect("known").operation.name, "anthropic.messages");
    }

    #[test]
    fn a_local_model_in_a_path_is_two_segments() {
        let model = |method: &str, target: &str| {
            let endpoint = address(target, &["x-goog-api-key"]).endpoint(method).ok()?;
            endpoint.model().map(str::to_owned)
        };
        let generate = "/v1beta/models/local/medgemma+radiology:generateContent";
        assert_eq!(model("POST", generate).as_deref(), Some("local/medgemma+radiology"));
        assert_eq!(model("GET", "/openai/v1/models/local%2Fm").as_deref(), Some("local/m"));
        assert_eq!(model("GET", "/v1beta/models/local").as_deref(), Some("local"));
        for unknown in ["/v1beta/models/local/a/b", "/v1beta/models/other/m", "/v1beta/models/local/m:countTokens:x"] {
            assert_eq!(model("GET", unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let reason =
            |method: &str, target: &str| address(target, &[]).endpoint(method).map(|_| ()).map_err(|no| no.reason);
        assert_eq!(reason("POST", "/v1/chat/completions"), Ok(()));
        assert_eq!(reason("GET", "/v1/chat/completions/chatcmpl-1/other"), Err(Reason::UnknownEndpoint));
        assert_eq!(reason("PUT", "/v1/chat/completions"), Err(Reason::MethodNotAllowed));
        for path in [
            "/v1/chat/completions/",
            "/v1//chat/completions",
            "//v1/chat/completions",
            "/v1/chat%2Fcompletions",
            "/v1/Chat/Completions",
            "/v1/chat/../chat/completions",
            "/v1/v1/chat/completions",
            "/v1/brand_new_endpoint",
            "/",
            "",
        ] {
            assert_eq!(reason("POST", path), Err(Reason::UnknownEndpoint), "{path}");
        }
        assert_eq!(reason("POST", "/v1/chat/completions?patient=x"), Err(Reason::UnknownQuery));
        assert_eq!(reason("GET", "/v1/files?limit=20&order=asc&after=file-1"), Ok(()));
        for query in ["limit=84620917", "order=Kovacs", "limit=Kovacs"] {
            assert_eq!(reason("GET", &format!("/v1/files?{query}")), Err(Reason::UnknownQuery), "{query}");
        }
        assert_eq!(reason("GET", "/v1/models/Maria%20Kovacs"), Err(Reason::UnknownEndpoint));
    }
}
