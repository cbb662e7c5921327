//! Where a request may go: to which destination, to the local model, or nowhere.

use super::caller::Caller;
use super::pattern::Pattern;
use crate::config::{self, Config};
use crate::dialect::{Endpoint, Provider};
use crate::refusal::{Reason, Refusal};
use crate::secret::{SecretError, Source};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Uri};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// The destinations and the rules that choose among them.
#[derive(Debug)]
pub struct Routes {
    destinations: Vec<Arc<Destination>>,
    rules: Vec<Rule>,
}

/// A destination, ready to be sent to.
#[derive(Debug)]
pub struct Destination {
    pub name: String,
    pub provider: Provider,
    pub url: Uri,
    pub on_premise: bool,
    /// A profile for what is sent there, instead of the caller's.
    pub profile: Option<String>,
    models: Vec<Pattern>,
    key: Key,
}

/// The provider's own key.
#[derive(Debug)]
enum Key {
    Known(SecretString),
    /// The configuration names one, and it is not there.
    Absent,
    None,
}

/// The decision.
#[derive(Clone, Debug)]
pub enum Route {
    Destination(Arc<Destination>),
    /// The local model answers.
    Local,
}

#[derive(Debug)]
struct Rule {
    tenants: Vec<Pattern>,
    models: Vec<Pattern>,
    send: config::Send,
}

impl Routes {
    pub fn new(config: &Config) -> Result<Self, SecretError> {
        let patterns = |names: &[String]| names.iter().map(Pattern::new).collect();
        let destination = |settings: &config::Destination| {
            let key = match settings.key.as_ref().map(Source::load).transpose() {
                // A provider that is not used needs no key, and must not keep the gateway from starting.
                Err(SecretError::Absent(_)) => Key::Absent,
                key => key?.map_or(Key::None, Key::Known),
            };
            Ok(Arc::new(Destination {
                name: settings.name.clone(),
                provider: settings.provider,
                url: settings.url.clone(),
                on_premise: settings.on_premise,
                profile: settings.profile.clone(),
                models: patterns(&settings.models),
                key,
            }))
        };
        let rule = |route: &config::Route| Rule {
            tenants: patterns(&route.tenants),
            models: patterns(&route.models),
            send: route.send.clone(),
        };
        Ok(Self {
            destinations: config.destinations.iter().map(destination).collect::<Result<_, _>>()?,
            rules: config.routes.iter().map(rule).collect(),
        })
    }

    /// Decides for the models of a batch, which must all lead to one place.
    pub fn decide_all(
        &self,
        caller: &Caller,
        endpoint: &Endpoint,
        models: &[String],
        holds: Option<&str>,
        preview: bool,
    ) -> Result<Route, Refusal> {
        let decide = |model: Option<&String>| self.decide(caller, endpoint, model.map(String::as_str), holds, preview);
        let route = decide(models.first())?;
        for model in models.iter().skip(1) {
            match (&route, decide(Some(model))?) {
                (Route::Destination(one), Route::Destination(other)) if one.name == other.name => {}
                _ => {
                    return Err(Refusal::new(Reason::UnsupportedFeature)
                        .because("the requests of a batch lead to different destinations"));
                }
            }
        }
        Ok(route)
    }

    /// Decides by who asks, for what, and for which model. Requests without a model (lists) go by the rest alone; one
    /// that names an object goes to the destination that holds it. A preview sends nothing, so it needs no key of the
    /// destination.
    pub fn decide(
        &self,
        caller: &Caller,
        endpoint: &Endpoint,
        model: Option<&str>,
        holds: Option<&str>,
        preview: bool,
    ) -> Result<Route, Refusal> {
        if !any(&caller.operations, endpoint.operation.name) {
            return Err(Reason::NotPermitted.into());
        }
        if model.is_some_and(|model| !any(&caller.models, model)) {
            return Err(Reason::NotPermitted.into());
        }
        let name = model.unwrap_or("");
        let rule = self.rules.iter().find(|rule| any(&rule.tenants, &caller.tenant) && any(&rule.models, name));
        let send = rule.map_or(&config::Send::External, |rule| &rule.send);
        let local_only = caller.local_only || *send == config::Send::Local;
        if *send == config::Send::Refuse {
            return Err(Reason::ForbiddenByPolicy.into());
        }
        if is_local(name) {
            return Ok(Route::Local);
        }
        let serves = |destination: &&Arc<Destination>| {
            destination.provider == endpoint.provider
                && model.is_none_or(|model| any(&destination.models, model))
                && holds.is_none_or(|name| *name == destination.name)
                && !matches!(send, config::Send::To(name) if *name != destination.name)
        };
        let unknown = if model.is_some() { Reason::UnknownModel } else { Reason::UnknownEndpoint };
        let mut serving = self.destinations.iter().filter(serves).peekable();
        if serving.peek().is_none() {
            return Err(Refusal::new(unknown).because("no destination serves it"));
        }
        let destination = serving.find(|destination| destination.on_premise || !local_only);
        let destination = destination.ok_or(Reason::ForbiddenByPolicy)?;
        if matches!(destination.key, Key::Absent) && caller.credential.is_none() && !preview {
            let missing = format!("the key of destination `{}` is not set", destination.name);
            return Err(Refusal::new(unknown).because(missing));
        }
        Ok(Route::Destination(destination.clone()))
    }
}

impl Destination {
    /// The header with the provider's own key.
    pub fn credential(&self) -> Option<(HeaderName, HeaderValue)> {
        let Key::Known(key) = &self.key else { return None };
        let key = key.expose_secret();
        // An Ollama behind a proxy, and servers that imitate OpenAI, take a bearer key.
        let name = self.provider.key_header().map_or(AUTHORIZATION, HeaderName::from_static);
        let text = if name == AUTHORIZATION { format!("Bearer {key}") } else { key.to_owned() };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }

    pub fn host(&self) -> &str {
        self.url.host().unwrap_or_default()
    }
}

fn any(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

/// Whether a local model is asked for.
pub fn is_local(model: &str) -> bool {
    model.starts_with(LOCAL)
}

/// How the names of local models begin.
const LOCAL: &str = "local/";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Address;
    use crate::proxy::caller::Callers;
    use std::path::Path;

    const CONFIG: &str = r#"
        [[destination]]
        name = "openai"
        kind = "openai"
        url = "https://api.openai.example"
        models = ["gpt-*"]
        [[destination]]
        name = "ward"
        kind = "openai-compatible"
        url = "https://vllm.hospital.example"
        on_premise = true
        models = ["medgemma-*", "gpt-oss"]
        [[destination]]
        name = "anthropic"
        kind = "anthropic"
        url = "https://api.anthropic.example"
        key = { env = "CORDON_TEST_KEY_THAT_IS_NOT_SET" }
        [[route]]
        tenants = ["psychiatry"]
        send = "local"
        [[route]]
        models = ["gpt-4-old"]
        send = "refuse"
        [[route]]
        models = ["gpt-oss"]
        send = "ward"
    "#;

    fn caller(tenant: &str) -> Caller {
        let callers = Callers::load(&config::Callers::Passthrough { tenant: tenant.into() }).unwrap();
        let headers = http::HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
        let caller = Caller::clone(&callers.identify(&headers, None).unwrap());
        Caller { credential: None, ..caller }
    }

    #[track_caller]
    fn check(caller: &Caller, path: &str, model: Option<&str>, expected: Result<&str, Reason>) {
        let routes = Routes::new(&Config::parse(Path::new("cordon.toml"), CONFIG).unwrap()).unwrap();
        let method = if path.ends_with("models") { "GET" } else { "POST" };
        let endpoint = Address::of(path, None, |_| false).endpoint(method).unwrap();
        let decided = routes.decide(caller, &endpoint, model, None, false);
        let decided = decided.as_ref().map(|route| match route {
            Route::Destination(destination) => destination.name.as_str(),
            Route::Local => "local",
        });
        assert_eq!(decided.map_err(|refusal| refusal.reason), expected, "{model:?}");
    }

    #[test]
    fn a_request_goes_where_its_model_is_served() {
        let (caller, chat) = (caller("ward-3"), "/v1/chat/completions");
        check(&caller, chat, Some("gpt-4o"), Ok("openai"));
        check(&caller, chat, Some("medgemma-27b"), Ok("ward"));
        check(&caller, chat, Some("gpt-oss"), Ok("ward"));
        check(&caller, chat, Some("local/medgemma"), Ok("local"));
        check(&caller, chat, Some("claude-x"), Err(Reason::UnknownModel));
        check(&caller, chat, Some("gpt-4-old"), Err(Reason::ForbiddenByPolicy));
        check(&caller, "/v1/models", None, Ok("openai"));
    }

    #[test]
    fn local_only_stays_on_premise() {
        let chat = "/v1/chat/completions";
        for caller in [caller("psychiatry"), Caller { local_only: true, ..caller("ward-3") }] {
            check(&caller, chat, Some("gpt-4o"), Err(Reason::ForbiddenByPolicy));
            check(&caller, chat, Some("medgemma-27b"), Ok("ward"));
            check(&caller, chat, Some("local/medgemma"), Ok("local"));
        }
    }

    #[test]
    fn a_key_opens_what_it_lists() {
        let patterns = |names: &[&str]| names.iter().map(Pattern::new).collect::<Vec<_>>();
        let narrow = Caller { models: patterns(&["gpt-4o*"]), ..caller("ward-3") };
        check(&narrow, "/v1/chat/completions", Some("gpt-4o-mini"), Ok("openai"));
        check(&narrow, "/v1/chat/completions", Some("gpt-5"), Err(Reason::NotPermitted));
        let narrow = Caller { operations: patterns(&["anthropic.*"]), ..caller("ward-3") };
        check(&narrow, "/v1/chat/completions", Some("gpt-4o"), Err(Reason::NotPermitted));
    }

    #[test]
    fn a_provider_without_its_key_is_not_asked() {
        check(&caller("ward-3"), "/v1/messages", Some("claude-x"), Err(Reason::UnknownModel));
    }
}
