//! A destination, ready to be sent to.

use crate::config;
use crate::dialect::Provider;
use crate::proxy::pattern::{Pattern, any};
use crate::secret::{SecretError, Source};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Uri};
use secrecy::{ExposeSecret, SecretString};

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

impl Destination {
    pub fn new(settings: &config::Destination) -> Result<Self, SecretError> {
        let key = match settings.key.as_ref().map(Source::load).transpose() {
            // A provider that is not used needs no key, and must not keep the gateway from starting.
            Err(SecretError::Absent(_)) => Key::Absent,
            key => key?.map_or(Key::None, Key::Known),
        };
        Ok(Self {
            name: settings.name.clone(),
            provider: settings.provider,
            url: settings.url.clone(),
            on_premise: settings.on_premise,
            profile: settings.profile.clone(),
            models: settings.models.iter().map(Pattern::new).collect(),
            key,
        })
    }

    /// Whether it has this model; a request without one (a list) may go anywhere.
    pub fn serves(&self, model: Option<&str>) -> bool {
        model.is_none_or(|model| any(&self.models, model))
    }

    /// Whether the configuration names a key that is not there.
    pub fn lacks_its_key(&self) -> bool {
        matches!(self.key, Key::Absent)
    }

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

    /// Whether the configuration names this model, or a family that it belongs to.
    pub fn names(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| !pattern.is_anything() && pattern.matches(model))
    }

    pub fn host(&self) -> &str {
        self.url.host().unwrap_or_default()
    }
}
