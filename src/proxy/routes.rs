//! Where a request may go: to which destination, to the local model, or nowhere.

use super::caller::Caller;
use super::pattern::Pattern;
use crate::config::{self, Config};
use crate::dialect::{Endpoint, Provider};
use crate::refusal::{Reason, Refusal};
use crate::secret::SecretError;
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
    key: Option<SecretString>,
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
            let key = settings.key.as_ref().map(crate::secret::Source::load).transpose()?;
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

    /// Decides by who asks, for what, and for which model. Requests without a model (lists) go by the rest alone.
    pub fn decide(&self, caller: &Caller, endpoint: &Endpoint, model: Option<&str>) -> Result<Route, Refusal> {
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
        if name.starts_with(LOCAL) {
            return Ok(Route::Local);
        }
        let serves = |destination: &&Arc<Destination>| {
            destination.provider == endpoint.provider
                && model.is_none_or(|model| any(&destination.models, model))
                && !matches!(send, config::Send::To(name) if *name != destination.name)
        };
        let mut serving = self.destinations.iter().filter(serves).peekable();
        if serving.peek().is_none() {
            let reason = if model.is_some() { Reason::UnknownModel } else { Reason::UnknownEndpoint };
            return Err(Refusal::new(reason).because("no destination serves it"));
        }
        let destination = serving.find(|destination| destination.on_premise || !local_only);
        destination.cloned().map(Route::Destination).ok_or_else(|| Reason::ForbiddenByPolicy.into())
    }
}

impl Destination {
    /// The header with the provider's own key.
    pub fn credential(&self) -> Option<(HeaderName, HeaderValue)> {
        let key = self.key.as_ref()?.expose_secret();
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

/// How the names of local models begin.
const LOCAL: &str = "local/";
