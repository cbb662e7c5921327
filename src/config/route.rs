//! Who may send what where: routes, and what is only ever answered on premise.

use super::section::Section;

/// What may happen with requests of some callers for some models. The first route that fits decides.
#[derive(Clone, Debug)]
pub struct Route {
    pub tenants: Vec<String>,
    /// Names or ids of keys.
    pub callers: Vec<String>,
    pub models: Vec<String>,
    pub send: Send,
    /// The local model that answers in place of the one that was asked for.
    pub model: Option<String>,
    /// When a request may go out although a local model comes first.
    pub external_on: Vec<Exception>,
    /// A conversation that a local model has answered stays with it.
    pub sticky: bool,
    /// The local model that describes pictures, so that its words go out and the pictures stay.
    pub pictures: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Send {
    /// To any destination that serves the model.
    External,
    /// To the local model and to destinations on premise only.
    Local,
    /// To the local model, and out in the exceptions that the route names.
    LocalFirst,
    /// To this destination.
    To(String),
    Refuse,
}

/// Why a request may go out although a local model comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// The client asks for it.
    Request,
    /// It is longer than the local model's context.
    Overflow,
    /// The local model does not run, or has too much to do.
    Unavailable,
    /// It asks for what no local model can do.
    Unsupported,
}

const EXCEPTIONS: &[(&str, Exception)] = &[
    ("request", Exception::Request),
    ("overflow", Exception::Overflow),
    ("unavailable", Exception::Unavailable),
    ("unsupported", Exception::Unsupported),
];

impl Route {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let any = || vec!["*".to_owned()];
        let tenants = section.or("tenants", any());
        let callers = section.or("callers", any());
        let models = section.or("models", any());
        let send = match section.required::<String>("send")?.as_str() {
            "external" => Send::External,
            "local" => Send::Local,
            "local_first" => Send::LocalFirst,
            "refuse" => Send::Refuse,
            name => Send::To(name.to_owned()),
        };
        let model = section.read("model");
        let external_on = exceptions(section);
        let sticky = section.or("sticky", true);
        let pictures = section.read("pictures");
        if send == Send::LocalFirst && model.is_none() {
            section.mistake("send", "a local model comes first, and `model` does not say which", None);
        }
        if send != Send::LocalFirst && section.has("external_on") {
            section.mistake("external_on", "has an effect with `send = \"local_first\"` only", None);
        }
        Some(Self { tenants, callers, models, send, model, external_on, sticky, pictures })
    }

    /// The local models that it names.
    pub fn local_models(&self) -> impl Iterator<Item = &str> {
        self.model.iter().chain(&self.pictures).map(String::as_str)
    }
}

fn exceptions(section: &Section<'_>) -> Vec<Exception> {
    let words = section.or("external_on", Vec::<String>::new());
    let exception = |word: &String| {
        let found = EXCEPTIONS.iter().find(|(name, _)| name == word);
        if found.is_none() {
            let names: Vec<_> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
            section.mistake("external_on", &format!("knows {}", names.join(", ")), None);
        }
        found.map(|&(_, exception)| exception)
    };
    words.iter().filter_map(exception).collect()
}

/// What is only ever answered on premise, whatever a route says.
#[derive(Clone, Debug, Default)]
pub struct Sensitive {
    /// Word lists of `rules/sensitive/`: a request with one of their words.
    pub categories: Vec<String>,
    /// Labels that a client gives its requests in `cordon-label`.
    pub labels: Vec<String>,
    /// The local model that answers in place of an external one; without it, such a request is refused.
    pub model: Option<String>,
}

impl Sensitive {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            categories: section.or("categories", Vec::new()),
            labels: section.or("labels", Vec::new()),
            model: section.read("model"),
        }
    }
}
