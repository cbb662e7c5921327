//! The local models in the providers' lists of models: beside what a destination lists, or alone.

use crate::dialect::{Endpoint, Provider};
use crate::local::Listed;
use crate::refusal::Reason;
use serde_json::{Value, json};

/// The operations that list models.
const LISTS: &[&str] = &["openai.models", "anthropic.models", "gemini.models", "ollama.models"];
/// The operations that describe one.
const DESCRIPTIONS: &[&str] = &["openai.model", "anthropic.model", "gemini.model"];

pub fn is_list(endpoint: &Endpoint) -> bool {
    LISTS.contains(&endpoint.operation.name)
}

pub fn is_description(endpoint: &Endpoint) -> bool {
    DESCRIPTIONS.contains(&endpoint.operation.name)
}

/// Whether a list can be that of the local models alone: nobody else may be asked, or nobody else answers.
pub fn can_stand_alone(refused: Reason) -> bool {
    matches!(
        refused,
        Reason::UnknownEndpoint | Reason::ForbiddenByPolicy | Reason::UpstreamUnreachable | Reason::UpstreamTimeout
    )
}

/// A model as a provider describes its own.
pub fn describe(provider: Provider, model: &Listed) -> Value {
    match provider {
        Provider::OpenAi | Provider::Azure => {
            json!({ "id": model.name, "object": "model", "created": 0, "owned_by": "local" })
        }
        Provider::Anthropic => json!({
            "type": "model",
            "id": model.name,
            "display_name": model.name,
            "created_at": "1970-01-01T00:00:00Z",
        }),
        Provider::Gemini | Provider::Vertex => json!({
            "name": format!("models/{}", model.name),
            "displayName": model.name,
            "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
        }),
        Provider::Ollama => json!({
            "name": model.name,
            "model": model.name,
            "modified_at": "1970-01-01T00:00:00Z",
            "size": 0,
            "digest": model.digest.as_deref().unwrap_or_default(),
            "details": { "format": "gguf" },
        }),
        Provider::DicomWeb => Value::Null,
    }
}

/// The list of the local models alone.
pub fn alone(provider: Provider, models: &[Listed]) -> Value {
    let mut list = match provider {
        Provider::OpenAi | Provider::Azure => json!({ "object": "list", "data": [] }),
        Provider::Anthropic => json!({ "data": [], "has_more": false, "first_id": null, "last_id": null }),
        Provider::Gemini | Provider::Vertex | Provider::Ollama | Provider::DicomWeb => json!({ "models": [] }),
    };
    add(provider, models, &mut list);
    list
}

/// Adds the local models to the last page of a destination's list. What is no list is left as it is.
pub fn add(provider: Provider, models: &[Listed], list: &mut Value) {
    let more = list["has_more"] == true || list["nextPageToken"].as_str().is_some_and(|token| !token.is_empty());
    let name = if list["data"].is_array() { "data" } else { "models" };
    let Some(entries) = list.get_mut(name).and_then(Value::as_array_mut).filter(|_| !more) else { return };
    entries.extend(models.iter().map(|model| describe(provider, model)));
    if provider == Provider::Anthropic {
        let ends = entries.first().zip(entries.last()).map(|(first, last)| (first["id"].clone(), last["id"].clone()));
        (list["first_id"], list["last_id"]) = ends.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::supervisor::State;

    fn models() -> [Listed; 1] {
        [Listed { name: "local/m".into(), state: State::Starting, digest: None }]
    }

    #[test]
    fn local_models_stand_after_those_of_a_destination() {
        let mut list = json!({ "object": "list", "data": [{ "id": "gpt" }] });
        add(Provider::OpenAi, &models(), &mut list);
        assert_eq!(list["data"][1]["id"], "local/m");
        let mut list =
            json!({ "data": [{ "id": "claude" }], "has_more": false, "first_id": "claude", "last_id": "claude" });
        add(Provider::Anthropic, &models(), &mut list);
        assert_eq!((&list["first_id"], &list["last_id"]), (&json!("claude"), &json!("local/m")));
        assert_eq!(alone(Provider::Gemini, &models())["models"][0]["name"], "models/local/m");
        assert_eq!(alone(Provider::Ollama, &models())["models"][0]["model"], "local/m");
    }

    #[test]
    fn they_stand_on_the_last_page_only_and_in_nothing_else() {
        for mut list in
            [json!({ "data": [], "has_more": true }), json!({ "models": [], "nextPageToken": "x" }), json!([1])]
        {
            let before = list.clone();
            add(Provider::Anthropic, &models(), &mut list);
            assert_eq!(list, before);
        }
    }
}
