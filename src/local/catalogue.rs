//! Models that Cordon knows by name, and where they are published.

/// A model as published on a hub of the Hugging Face kind.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    pub name: &'static str,
    pub repository: &'static str,
    pub model: &'static str,
    pub projector: Option<&'static str>,
    /// What its user must have agreed to.
    pub terms: &'static str,
}

const HEALTH_TERMS: &str = "Health AI Developer Foundations terms of use, \
https://developers.google.com/health-ai-developer-foundations/terms; by using the model you accept them";

/// The names are those of the publishers. No digests stand here: they are recorded at the first pull, from the hub's
/// own statement where it makes one, and every later pull and load must match.
pub const PUBLISHED: &[Published] = &[
    Published {
        name: "medgemma",
        repository: "unsloth/medgemma-1.5-4b-it-GGUF",
        model: "medgemma-1.5-4b-it-Q4_K_M.gguf",
        projector: Some("mmproj-F16.gguf"),
        terms: HEALTH_TERMS,
    },
    Published {
        name: "medgemma-4b",
        repository: "unsloth/medgemma-4b-it-GGUF",
        model: "medgemma-4b-it-Q4_K_M.gguf",
        projector: Some("mmproj-F16.gguf"),
        terms: HEALTH_TERMS,
    },
    Published {
        name: "medgemma-27b-text",
        repository: "unsloth/medgemma-27b-text-it-GGUF",
        model: "medgemma-27b-text-it-Q4_K_M.gguf",
        projector: None,
        terms: HEALTH_TERMS,
    },
];

pub fn published(name: &str) -> Option<&'static Published> {
    PUBLISHED.iter().find(|published| published.name == name)
}
