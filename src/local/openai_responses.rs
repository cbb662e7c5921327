//! OpenAI Responses for local models: the request becomes a prompt. [`reply`] writes the answer.
//!
//! Nothing is kept here between two requests: a response is never stored, and a request that goes on from a stored one
//! is refused.

pub mod reply;

use crate::json::Node;
use crate::local::field::{Json, flag, invalid, number, strings, text, unsupported};
use crate::local::openai_chat::{Asked, image, written};
use crate::local::prompt::{Call, Message, Part, Prompt, Shape, Speaker, Tool, ToolChoice};
use crate::refusal::Refusal;
use serde_json::{Map, Value};

/// Fields that say how a request is billed, stored or scheduled, and change no local answer.
const WITHOUT_EFFECT: &[&str] = &[
    "max_tool_calls",
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
    "stream_options",
    "user",
];

/// Fields that the response repeats as they were asked.
const REPEATED: &[&str] = &[
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "safety_identifier",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
];

/// Fields of the API that need what a local model has not; named in the refusal.
const KNOWN: &[&str] = &["background", "conversation", "moderation", "previous_response_id", "prompt", "reasoning"];

pub fn read(body: &Json) -> Result<Asked, Refusal> {
    let fields = body.as_object().ok_or_else(|| invalid("$"))?;
    let mut asked = Asked::new(Prompt { choices: 1, ..Prompt::default() });
    let mut repeated = Map::new();
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let prompt = &mut asked.prompt;
        if let Some(name) = REPEATED.iter().find(|name| **name == key.expose()) {
            repeated.insert((*name).to_owned(), serde_json::from_str(&written(value)).unwrap_or_default());
        }
        match key.expose() {
            "model" => {}
            "instructions" => {
                prompt.messages.insert(0, Message::text(Speaker::System, text(value, "instructions")?));
            }
            "input" => prompt.messages.extend(input(value)?),
            "stream" => asked.stream = flag(value, "stream")?,
            "temperature" => prompt.sampling.temperature = Some(number(value, "temperature")?),
            "top_p" => prompt.sampling.top_p = Some(number(value, "top_p")?),
            "max_output_tokens" => prompt.max_tokens = Some(number(value, "max_output_tokens")?),
            "text" => prompt.shape = shape(value)?,
            "tools" => prompt.tools = tools(value)?,
            "tool_choice" => prompt.tool_choice = tool_choice(value)?,
            "include" => {
                for wanted in strings(value, "include")? {
                    match wanted.as_str() {
                        "message.output_text.logprobs" => prompt.logprobs = prompt.logprobs.or(Some(0)),
                        // There is none: what was thought is not read again.
                        "reasoning.encrypted_content" => {}
                        _ => return Err(unsupported("include")),
                    }
                }
            }
            "top_logprobs" => prompt.logprobs = Some(number(value, "top_logprobs")?),
            // One call after the other is what a local model does anyway.
            "parallel_tool_calls" => {
                flag(value, "parallel_tool_calls")?;
            }
            "truncation" if value.text() == Some("disabled") => {}
            "truncation" => return Err(unsupported("truncation").because("nothing is cut in silence")),
            "background" if value.as_bool() == Some(false) => {}
            known if WITHOUT_EFFECT.contains(&known) => {}
            known if KNOWN.contains(&known) => return Err(unsupported(known)),
            // The name of an unknown field may itself be text.
            _ => return Err(unsupported("*")),
        }
    }
    if asked.prompt.messages.iter().all(|message| message.speaker == Speaker::System) {
        return Err(invalid("input"));
    }
    asked.repeated = repeated;
    Ok(asked)
}

fn input(value: &Json) -> Result<Vec<Message>, Refusal> {
    match value {
        Node::String(text) => Ok(vec![Message::text(Speaker::User, text.expose())]),
        Node::Array(items) => {
            let items = items.iter().enumerate().map(|(index, value)| item(value, &format!("input[{index}]")));
            items.filter_map(Result::transpose).collect()
        }
        _ => Err(invalid("input")),
    }
}

/// An item of the conversation; none where it says nothing to the model.
fn item(value: &Json, place: &str) -> Result<Option<Message>, Refusal> {
    let named = |name: &str| value.field(name).and_then(Json::text).ok_or_else(|| invalid(&format!("{place}.{name}")));
    match value.field("type").map_or(Some("message"), Json::text) {
        Some("message") => {
            let speaker = match named("role")? {
                "user" => Speaker::User,
                "assistant" => Speaker::Assistant,
                "system" | "developer" => Speaker::System,
                _ => return Err(invalid(&format!("{place}.role"))),
            };
            let content = value.field("content").ok_or_else(|| invalid(&format!("{place}.content")))?;
            Ok(Some(Message { speaker, parts: parts(content, &format!("{place}.content"))?, calls: vec![] }))
        }
        Some("function_call") => {
            let call = Call { name: named("name")?.to_owned(), arguments: named("arguments")?.to_owned() };
            Ok(Some(Message { speaker: Speaker::Assistant, parts: vec![], calls: vec![call] }))
        }
        Some("function_call_output") => {
            let output = value.field("output").ok_or_else(|| invalid(&format!("{place}.output")))?;
            let parts = parts(output, &format!("{place}.output"))?;
            Ok(Some(Message { speaker: Speaker::Tool, parts, calls: vec![] }))
        }
        // What the model thought earlier is not for it to read again.
        Some("reasoning") => Ok(None),
        _ => Err(unsupported(place)),
    }
}

fn parts(value: &Json, place: &str) -> Result<Vec<Part>, Refusal> {
    match value {
        Node::String(text) => Ok(vec![Part::Text(text.expose().to_owned())]),
        Node::Array(parts) => {
            let part = |(index, value)| part(value, &format!("{place}[{index}]"));
            parts.iter().enumerate().map(part).collect()
        }
        _ => Err(invalid(place)),
    }
}

fn part(value: &Json, place: &str) -> Result<Part, Refusal> {
    let named = |name: &str| value.field(name).and_then(Json::text);
    let worded = |words: Option<&str>| words.map(|words| Part::Text(words.to_owned())).ok_or_else(|| invalid(place));
    match named("type") {
        Some("input_text" | "output_text" | "text") => worded(named("text")),
        Some("refusal") => worded(named("refusal")),
        Some("input_image") => match named("image_url") {
            Some(url) => image(url).map_err(|refusal| refusal.at(format!("{place}.image_url"))),
            None => Err(unsupported(place)),
        },
        _ => Err(unsupported(place)),
    }
}

fn shape(value: &Json) -> Result<Shape, Refusal> {
    let Some(format) = value.field("format").filter(|format| !format.is_null()) else { return Ok(Shape::Text) };
    match format.field("type").and_then(Json::text) {
        Some("text") => Ok(Shape::Text),
        Some("json_object") => Ok(Shape::JsonObject),
        Some("json_schema") => {
            let schema = format.field("schema").ok_or_else(|| invalid("text.format.schema"))?;
            Ok(Shape::JsonSchema(written(schema)))
        }
        _ => Err(invalid("text.format.type")),
    }
}

fn tools(value: &Json) -> Result<Vec<Tool>, Refusal> {
    let tool = |(index, value): (usize, &Json)| {
        let place = format!("tools[{index}]");
        // Tools of the provider's own have other types and run there.
        if value.field("type").and_then(Json::text) != Some("function") {
            return Err(unsupported(&place));
        }
        let words = |name| value.field(name).and_then(Json::text).map(str::to_owned);
        Ok(Tool {
            name: words("name").ok_or_else(|| invalid(&place))?,
            description: words("description"),
            parameters: value.field("parameters").filter(|value| !value.is_null()).map(written),
        })
    };
    value.as_array().ok_or_else(|| invalid("tools"))?.iter().enumerate().map(tool).collect()
}

fn tool_choice(value: &Json) -> Result<ToolChoice, Refusal> {
    let named = |name| value.field(name).and_then(Json::text);
    match (value.text(), named("type"), named("name")) {
        (Some("auto"), ..) => Ok(ToolChoice::Auto),
        (Some("none"), ..) => Ok(ToolChoice::None),
        (Some("required"), ..) => Ok(ToolChoice::Required),
        (None, Some("function"), Some(name)) => Ok(ToolChoice::Named(name.to_owned())),
        _ => Err(invalid("tool_choice")),
    }
}

/// The fields of a response that repeat the request, and what stands there when it did not say.
pub fn repeated(asked: Map<String, Value>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in [
        ("instructions", Value::Null),
        ("max_output_tokens", Value::Null),
        ("metadata", Value::Object(Map::new())),
        ("parallel_tool_calls", true.into()),
        ("temperature", 1.0.into()),
        ("text", serde_json::json!({ "format": { "type": "text" } })),
        ("tool_choice", "auto".into()),
        ("tools", Value::Array(Vec::new())),
        ("top_p", 1.0.into()),
    ] {
        fields.insert(name.to_owned(), value);
    }
    fields.extend(asked);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Limits};
    use crate::refusal::Reason;

    fn asked(body: &str) -> Result<Asked, Refusal> {
        read(&json::parse(body.as_bytes(), &Limits::default())?)
    }

    #[test]
    fn items_become_turns_and_calls() {
        let asked = asked(
            r#"{"model":"local/m","instructions":"S","temperature":0,"stream":true,"input":[
            {"role":"user","content":[{"type":"input_text","text":"Q"},{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,AAEC"}]},
            {"type":"reasoning","id":"rs_1","summary":[]},
            {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
            {"type":"function_call_output","call_id":"c","output":"42"}],
            "text":{"format":{"type":"json_schema","name":"a","schema":{"type":"object"}}},"store":false,"previous_response_id":null}"#,
        );
        let asked = asked.ok().unwrap();
        let speakers: Vec<Speaker> = asked.prompt.messages.iter().map(|message| message.speaker).collect();
        assert_eq!(speakers, [Speaker::System, Speaker::User, Speaker::Assistant, Speaker::Tool]);
        assert!(matches!(&asked.prompt.messages[1].parts[1], Part::Image(bytes) if bytes == &[0, 1, 2]));
        assert_eq!(asked.prompt.messages[2].calls[0].name, "f");
        assert!(asked.stream && matches!(asked.prompt.shape, Shape::JsonSchema(_)));
        assert_eq!((&asked.repeated["instructions"], asked.repeated.get("input")), (&Value::from("S"), None));
    }

    #[test]
    fn instructions_stand_first_wherever_they_are_written() {
        let asked = asked(r#"{"model":"local/m","input":"Q","instructions":"S"}"#).ok().unwrap();
        assert_eq!(asked.prompt.messages[0].speaker, Speaker::System);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name_and_without_text() {
        for (field, place) in [
            (r#""previous_response_id":"resp_1""#, "previous_response_id"),
            (r#""background":true"#, "background"),
            (r#""truncation":"auto""#, "truncation"),
            (r#""tools":[{"type":"web_search"}]"#, "tools[0]"),
            (r#""Maria Kovacs":1"#, "*"),
        ] {
            let refusal = asked(&format!(r#"{{"model":"local/m","input":"q",{field}}}"#)).err().unwrap();
            let expected = (Reason::UnsupportedFeature, Some(place));
            assert_eq!((refusal.reason, refusal.place.as_deref()), expected, "{field}");
        }
        assert!(asked(r#"{"model":"local/m","input":[]}"#).is_err());
        let remote = r#"{"model":"local/m","input":[{"role":"user","content":[{"type":"input_image","image_url":"https://x/y.png"}]}]}"#;
        assert_eq!(asked(remote).err().unwrap().reason, Reason::RemoteFetch);
    }
}
