//! Where a request may go: to which destination, to a local model, or nowhere.
//!
//! A decision is made once, before anything is cleared or asked. What may still change it is part of it: the
//! destination to which a route lets a request go when the local model cannot answer. Nothing else widens it.

pub mod conversation;
pub mod destination;
pub mod sensitive;

use super::caller::Caller;
use super::pattern::{Pattern, any};
use crate::config::{self, Config, Exception, Send};
use crate::dialect::Endpoint;
use crate::local::PREFIX;
use crate::refusal::{Reason, Refusal};
use crate::secret::SecretError;
pub use destination::Destination;
use http::HeaderMap;
use std::sync::Arc;

/// The destinations and the rules that choose among them.
#[derive(Debug)]
pub struct Routes {
    destinations: Vec<Arc<Destination>>,
    rules: Vec<Rule>,
    /// Who answers what is sensitive.
    sensitive: Option<String>,
}

#[derive(Debug)]
struct Rule {
    tenants: Vec<Pattern>,
    callers: Vec<Pattern>,
    models: Vec<Pattern>,
    send: Send,
    model: Option<String>,
    external_on: Vec<Exception>,
    sticky: bool,
    pictures: Option<String>,
}

/// What a decision depends on.
pub struct Question<'a> {
    pub caller: &'a Caller,
    pub endpoint: &'a Endpoint,
    /// The models that are asked for: several in a batch, none in a list.
    pub models: &'a [String],
    /// The destination that holds the object which the request names.
    pub holds: Option<&'a str>,
    /// A preview sends nothing, so it needs no key of the destination.
    pub preview: bool,
    pub wish: Option<Wish>,
    /// Why the request is for local models only, if it is.
    pub sensitive: Option<String>,
    /// A local model has answered in this conversation before.
    pub continued: bool,
}

/// What a client asks for in `cordon-route`. It can narrow every decision, and widen one only where the route says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Local,
    External,
}

#[derive(Clone, Debug)]
pub struct Decision {
    pub route: Route,
    /// The word for it in records and previews.
    pub why: String,
    /// Where it goes when a local model cannot answer, and which failures count.
    otherwise: Option<(Arc<Destination>, Vec<Exception>)>,
    /// A local answer keeps its conversation local.
    pub sticky: bool,
    /// The local model that describes pictures to a destination outside.
    pub pictures: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Route {
    Destination(Arc<Destination>),
    /// This local model answers.
    Local(String),
}

impl Wish {
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let mut wishes = headers.get_all(ROUTE).iter();
        match (wishes.next().map(|wish| wish.as_bytes()), wishes.next()) {
            (None, _) => Ok(None),
            (Some(b"local"), None) => Ok(Some(Self::Local)),
            (Some(b"external"), None) => Ok(Some(Self::External)),
            _ => Err(Refusal::new(Reason::MalformedRequest).at("header.cordon-route").because("local or external")),
        }
    }
}

/// The header in which a client asks for a route.
const ROUTE: &str = "cordon-route";

impl Routes {
    pub fn new(config: &Config) -> Result<Self, SecretError> {
        let patterns = |names: &[String]| names.iter().map(Pattern::new).collect();
        let rule = |route: &config::Route| Rule {
            tenants: patterns(&route.tenants),
            callers: patterns(&route.callers),
            models: patterns(&route.models),
            send: route.send.clone(),
            model: route.model.clone(),
            external_on: route.external_on.clone(),
            sticky: route.sticky,
            pictures: route.pictures.clone(),
        };
        let destinations = config.destinations.iter().map(|settings| Destination::new(settings).map(Arc::new));
        Ok(Self {
            destinations: destinations.collect::<Result<_, _>>()?,
            rules: config.routes.iter().map(rule).collect(),
            sensitive: config.sensitive.model.clone(),
        })
    }

    /// Decides by who asks, for what, and for which models, which must all lead to one place.
    pub fn decide(&self, question: &Question<'_>) -> Result<Decision, Refusal> {
        let decide = |model: Option<&String>| self.decide_one(question, model.map(String::as_str));
        let decision = decide(question.models.first())?;
        for model in question.models.iter().skip(1) {
            match (&decision.route, decide(Some(model))?.route) {
                (Route::Destination(one), Route::Destination(other)) if one.name == other.name => {}
                _ => {
                    return Err(Refusal::new(Reason::UnsupportedFeature)
                        .because("the requests of a batch lead to different destinations"));
                }
            }
        }
        Ok(decision)
    }

    /// Requests without a model (lists) go by the rest alone; one that names an object goes to the destination that
    /// holds it.
    fn decide_one(&self, question: &Question<'_>, model: Option<&str>) -> Result<Decision, Refusal> {
        let Question { caller, endpoint, .. } = *question;
        if !any(&caller.operations, endpoint.operation.name) || !model.is_none_or(|model| caller.may_use(model)) {
            return Err(Reason::NotPermitted.into());
        }
        let rule = self.rules.iter().find(|rule| rule.fits(caller, model.unwrap_or("")));
        let send = rule.map_or(&Send::External, |rule| &rule.send);
        if *send == Send::Refuse {
            return Err(Reason::ForbiddenByPolicy.into());
        }
        if let Some(name) = model.filter(|name| is_local(name)) {
            return Ok(Decision::new(Route::Local(name.to_owned()), "named"));
        }
        let own = rule.and_then(|rule| rule.model.as_ref());
        let sticky = rule.is_some_and(|rule| rule.sticky && rule.send == Send::LocalFirst);
        let narrowed = match question {
            Question { sensitive: Some(why), .. } => Some(why.as_str()),
            _ if caller.local_only => Some("local_only_key"),
            _ if *send == Send::Local => Some("local"),
            _ if question.continued && sticky => Some("sticky"),
            _ if question.wish == Some(Wish::Local) => Some("asked_local"),
            _ => None,
        };
        let first = own.filter(|_| *send == Send::LocalFirst);
        match (narrowed, first) {
            (Some(why), Some(own)) => Ok(Decision { sticky, ..Decision::new(Route::Local(own.clone()), why) }),
            (Some(why), None) => match self.destination(question, model, send, true) {
                Ok(destination) => Ok(Decision::new(Route::Destination(destination), why)),
                // A destination outside serves it, or none does: a local model may stand in.
                Err(refusal) => {
                    let own = own.or(question.sensitive.as_ref().and(self.sensitive.as_ref())).ok_or(refusal)?;
                    Ok(Decision::new(Route::Local(own.clone()), why))
                }
            },
            (None, first) => {
                let exceptions = rule.map_or(&[][..], |rule| &rule.external_on);
                let asked = question.wish == Some(Wish::External) && exceptions.contains(&Exception::Request);
                let pictures = rule.and_then(|rule| rule.pictures.clone());
                match first.filter(|_| !asked) {
                    None => {
                        let why = if first.is_some() { "asked_external" } else { "external" };
                        let destination = self.destination(question, model, send, false)?;
                        Ok(Decision { pictures, ..Decision::new(Route::Destination(destination), why) })
                    }
                    Some(own) => {
                        let outside = self.destination(question, model, send, false).ok();
                        let otherwise = outside.map(|destination| (destination, exceptions.to_vec()));
                        let local = Decision::new(Route::Local(own.clone()), "local_first");
                        Ok(Decision { otherwise, sticky, pictures, ..local })
                    }
                }
            }
        }
    }

    /// Whether any route keeps conversations local.
    pub fn keep_local(&self) -> bool {
        self.rules.iter().any(|rule| rule.sticky && rule.send == Send::LocalFirst)
    }

    /// Who is asked for a list of models, which tells nothing of anybody: a destination that the caller may use,
    /// whatever routes say about models.
    pub fn lists(&self, caller: &Caller, endpoint: &Endpoint) -> Result<Arc<Destination>, Refusal> {
        if !any(&caller.operations, endpoint.operation.name) {
            return Err(Reason::NotPermitted.into());
        }
        let rule = self.rules.iter().find(|rule| rule.fits(caller, ""));
        let send = rule.map_or(&Send::External, |rule| &rule.send);
        if *send == Send::Refuse {
            return Err(Reason::ForbiddenByPolicy.into());
        }
        let (holds, preview, wish, sensitive, continued) = (None, false, None, None, false);
        let question = Question { caller, endpoint, models: &[], holds, preview, wish, sensitive, continued };
        self.destination(&question, None, send, caller.local_only || *send == Send::Local)
    }

    /// The first destination that serves the model.
    fn destination(
        &self,
        question: &Question<'_>,
        model: Option<&str>,
        send: &Send,
        on_premise: bool,
    ) -> Result<Arc<Destination>, Refusal> {
        let Question { caller, endpoint, holds, preview, .. } = *question;
        let serves = |destination: &&Arc<Destination>| {
            destination.provider == endpoint.provider
                && destination.serves(model)
                && holds.is_none_or(|name| *name == destination.name)
                && !matches!(send, Send::To(name) if *name != destination.name)
        };
        let unknown = if model.is_some() { Reason::UnknownModel } else { Reason::UnknownEndpoint };
        let mut serving = self.destinations.iter().filter(serves).peekable();
        if serving.peek().is_none() {
            return Err(Refusal::new(unknown).because("no destination serves it"));
        }
        let destination = serving.find(|destination| destination.on_premise || !on_premise);
        let destination = destination.ok_or(Reason::ForbiddenByPolicy)?;
        if destination.lacks_its_key() && caller.credential.is_none() && !preview {
            let missing = format!("the key of destination `{}` is not set", destination.name);
            return Err(Refusal::new(unknown).because(missing));
        }
        Ok(destination.clone())
    }
}

impl Rule {
    fn fits(&self, caller: &Caller, model: &str) -> bool {
        any(&self.tenants, &caller.tenant)
            && (any(&self.callers, &caller.name) || any(&self.callers, &caller.id))
            && any(&self.models, model)
    }
}

impl Decision {
    fn new(route: Route, why: &str) -> Self {
        Self { route, why: why.to_owned(), otherwise: None, sticky: false, pictures: None }
    }

    /// The decision after a local model has refused: out, if the route says so for such a refusal.
    pub fn after(&self, refusal: &Refusal) -> Option<Self> {
        let (destination, exceptions) = self.otherwise.as_ref()?;
        let (exception, why) = match refusal.reason {
            Reason::ContextOverflow => (Exception::Overflow, "overflow"),
            Reason::LocalUnavailable | Reason::Overloaded => (Exception::Unavailable, "unavailable"),
            Reason::UnsupportedFeature => (Exception::Unsupported, "unsupported"),
            _ => return None,
        };
        let pictures = self.pictures.clone();
        let out = || Self { pictures, ..Self::new(Route::Destination(destination.clone()), why) };
        exceptions.contains(&exception).then(out)
    }
}

/// Whether a local model is asked for.
pub fn is_local(model: &str) -> bool {
    model.starts_with(PREFIX)
}

#[cfg(test)]
mod tests;
