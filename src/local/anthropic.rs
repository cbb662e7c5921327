//! Anthropic Messages for local models: the request becomes a prompt. [`reply`] writes the answer.

pub mod reply;

use crate::json::Node;
use crate::local::field::{Json, invalid, number, text, unsupported};
use crate::local::openai_chat::{self, Asked};
use crate::local::prompt::{Call, Message, Part, Prompt, Shape, Speaker, Tool, ToolChoice};
use crate::refusal::{Reason, Refusal};

/// Fields that change no local answer.
const WITHOUT_EFFECT: &[&str] =
    &["metadata", "service_tier", "container", "cache_control", "inference_geo", "speed", "betas"];
/// Fields that need what a local model has not; named in the refusal.
const KNOWN: &[&str] = &["thinking", "context_management", "mcp_servers"];

pub fn read(body: &Json) -> Result<Asked, Refusal> {
    let fields = body.as_object().ok_or_else(|| invalid("$"))?;
    let mut asked = Asked::new(Prompt { choices: 1, ..Prompt::default() });
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let prompt = &mut asked.prompt;
        match key.expose() {
            "model" => {}
            "max_tokens" => prompt.max_tokens = Some(number(value, "max_tokens")?),
            "system" => prompt
                .messages
                .insert(0, Message { speaker: Speaker::System, parts: parts(value, "system")?, calls: vec![] }),
            "messages" => {
                for (index, value) in value.as_array().ok_or_else(|| invalid("messages"))?.iter().enumerate() {
                    prompt.messages.extend(message(value, &format!("messages[{index}]"))?);
                }
            }
            "stream" => asked.stream = value.as_bool().ok_or_else(|| invalid("stream"))?,
            "temperature" => prompt.sampling.temperature = Some(number(value, "temperature")?),
            "top_p" => prompt.sampling.top_p = Some(number(value, "top_p")?),
            "top_k" => prompt.sampling.top_k = Some(number(value, "top_k")?),
            "stop_sequences" => {
                let list = value.as_array().ok_or_else(|| invalid("stop_sequences"))?;
                prompt.stop = list
                    .iter()
                    .map(|stop| text(stop, "stop_sequences").map(str::to_owned))
                    .collect::<Result<_, _>>()?;
            }
            "tools" => prompt.tools = tools(value)?,
            "tool_choice" => prompt.tool_choice = tool_choice(value)?,
            "thinking" if value.field("type").and_then(Json::text) == Some("disabled") => {}
            // How much effort is made is the model's own affair.
            "output_config" => {
                if let Some(format) = value.field("format").filter(|format| !format.is_null()) {
                    prompt.shape = shape(format, "output_config.format")?;
                }
            }
            "output_format" => prompt.shape = shape(value, "output_format")?,
            known if WITHOUT_EFFECT.contains(&known) => {}
            known if KNOWN.contains(&known) => return Err(unsupported(known)),
            _ => return Err(unsupported("*")),
        }
    }
    if asked.prompt.messages.iter().all(|message| message.speaker == Speaker::System) {
        return Err(invalid("messages"));
    }
    Ok(asked)
}

/// One message here can be several there: results of calls are turns of their own.
fn message(value: &Json, place: &str) -> Result<Vec<Message>, Refusal> {
    let speaker = match value.field("role").and_then(Json::text) {
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        _ => return Err(invalid(&format!("{place}.role"))),
    };
    let content = value.field("content").ok_or_else(|| invalid(&format!("{place}.content")))?;
    let Some(blocks) = content.as_array() else {
        return Ok(vec![Message { speaker, parts: parts(content, place)?, calls: vec![] }]);
    };
    let mut own = Message { speaker, parts: Vec::new(), calls: Vec::new() };
    let mut messages = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let place = format!("{place}.content[{index}]");
        match block.field("type").and_then(Json::text) {
            Some("tool_use") => {
                let name = block.field("name").and_then(Json::text).ok_or_else(|| invalid(&place))?;
                let input = block.field("input").ok_or_else(|| invalid(&place))?;
                own.calls.push(Call { name: name.to_owned(), arguments: openai_chat::written(input) });
            }
            Some("tool_result") => {
                let parts = block.field("content").map_or_else(|| Ok(Vec::new()), |content| parts(content, &place))?;
                messages.push(Message { speaker: Speaker::Tool, parts, calls: vec![] });
            }
            // What the model thought earlier is not for it to read again.
            Some("thinking" | "redacted_thinking") => {}
            Some("document") => own.parts.extend(document(block, &place)?),
            _ => own.parts.push(part(block, &place)?),
        }
    }
    if !own.parts.is_empty() || !own.calls.is_empty() {
        messages.push(own);
    }
    Ok(messages)
}

fn parts(value: &Json, place: &str) -> Result<Vec<Part>, Refusal> {
    match value {
        Node::String(text) => Ok(vec![Part::Text(text.expose().to_owned())]),
        Node::Array(blocks) => {
            let mut parts = Vec::new();
            for (index, block) in blocks.iter().enumerate() {
                let place = format!("{place}[{index}]");
                match block.field("type").and_then(Json::text) {
                    Some("document") => parts.extend(document(block, &place)?),
                    _ => parts.push(part(block, &place)?),
                }
            }
            Ok(parts)
        }
        _ => Err(invalid(place)),
    }
}

fn part(block: &Json, place: &str) -> Result<Part, Refusal> {
    match block.field("type").and_then(Json::text) {
        Some("text") => block
            .field("text")
            .and_then(Json::text)
            .map(|text| Part::Text(text.to_owned()))
            .ok_or_else(|| invalid(place)),
        Some("image") => {
            let source = block.field("source").ok_or_else(|| invalid(place))?;
            let data = source.field("data").and_then(Json::text);
            match (source.field("type").and_then(Json::text), data) {
                (Some("base64"), Some(data)) => {
                    let bytes = data_encoding::BASE64.decode(data.as_bytes()).map_err(|_| invalid(place))?;
                    Ok(Part::Image(bytes))
                }
                _ => Err(Refusal::new(Reason::RemoteFetch).at(place)),
            }
        }
        _ => Err(unsupported(place)),
    }
}

/// A document that is text, under its title. A PDF has become one before.
fn document(block: &Json, place: &str) -> Result<Vec<Part>, Refusal> {
    let source = block.field("source").ok_or_else(|| invalid(place))?;
    let content = match source.field("type").and_then(Json::text) {
        Some("text") => source.field("data"),
        Some("content") => source.field("content"),
        Some("url") => return Err(Refusal::new(Reason::RemoteFetch).at(place)),
        _ => return Err(unsupported(place)),
    };
    let content = parts(content.ok_or_else(|| invalid(place))?, place)?;
    let above = ["title", "context"].iter().filter_map(|name| block.field(name).and_then(Json::text));
    Ok(above.map(|text| Part::Text(format!("{text}\n"))).chain(content).collect())
}

fn shape(format: &Json, place: &str) -> Result<Shape, Refusal> {
    match (format.field("type").and_then(Json::text), format.field("schema")) {
        (Some("json_schema"), Some(schema)) => Ok(Shape::JsonSchema(openai_chat::written(schema))),
        _ => Err(invalid(place)),
    }
}

fn tools(value: &Json) -> Result<Vec<Tool>, Refusal> {
    let tool = |(index, value): (usize, &Json)| {
        let place = format!("tools[{index}]");
        // Tools of the provider's own have other types and run there.
        if value.field("type").and_then(Json::text).is_some_and(|kind| kind != "custom") {
            return Err(unsupported(&place));
        }
        let words = |name| value.field(name).and_then(Json::text).map(str::to_owned);
        Ok(Tool {
            name: words("name").ok_or_else(|| invalid(&place))?,
            description: words("description"),
            parameters: value.field("input_schema").map(openai_chat::written),
        })
    };
    value.as_array().ok_or_else(|| invalid("tools"))?.iter().enumerate().map(tool).collect()
}

fn tool_choice(value: &Json) -> Result<ToolChoice, Refusal> {
    match (value.field("type").and_then(Json::text), value.field("name").and_then(Json::text)) {
        (Some("auto"), _) => Ok(ToolChoice::Auto),
        (Some("none"), _) => Ok(ToolChoice::None),
        (Some("any"), _) => Ok(ToolChoice::Required),
        (Some("tool"), Some(name)) => Ok(ToolChoice::Named(name.to_owned())),
        _ => Err(invalid("tool_choice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Limits};

    #[test]
    fn blocks_become_turns_and_calls() {
        let body = r#"{"model":"local/m","max_tokens":9,"system":[{"type":"text","text":"S"}],"stop_sequences":["x"],
            "messages":[{"role":"user","content":"Q"},
            {"role":"assistant","content":[{"type":"text","text":"T"},{"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"42"},{"type":"text","text":"So?"}]}],
            "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}"#;
        let asked = read(&json::parse(body.as_bytes(), &Limits::default()).unwrap()).ok().unwrap();
        let speakers: Vec<Speaker> = asked.prompt.messages.iter().map(|message| message.speaker).collect();
        use Speaker::*;
        assert_eq!(speakers, [System, User, Assistant, Tool, User]);
        assert_eq!(asked.prompt.messages[2].calls[0].arguments, r#"{"a":1}"#);
        assert!(asked.prompt.tool_choice == ToolChoice::Required && asked.prompt.stop == ["x"]);
    }

    #[test]
    fn documents_of_text_are_read_and_a_format_is_a_shape() {
        let body = r#"{"model":"local/m","messages":[{"role":"user","content":[
            {"type":"document","title":"Letter","source":{"type":"text","media_type":"text/plain","data":"Seen."}}]}],
            "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}}}"#;
        let asked = read(&json::parse(body.as_bytes(), &Limits::default()).unwrap()).ok().unwrap();
        let [Part::Text(title), Part::Text(text)] = asked.prompt.messages[0].parts.as_slice() else { panic!("two") };
        assert_eq!((title.as_str(), text.as_str()), ("Letter\n", "Seen."));
        assert!(matches!(&asked.prompt.shape, Shape::JsonSchema(schema) if schema == r#"{"type":"object"}"#));
    }

    #[test]
    fn what_runs_at_the_provider_is_refused() {
        for field in [
            r#""thinking":{"type":"enabled"}"#,
            r#""tools":[{"type":"web_search_20250305","name":"w"}]"#,
            r#""mcp_servers":[]"#,
            r#""Maria Kovacs":1"#,
        ] {
            let body = format!(r#"{{"model":"local/m","messages":[{{"role":"user","content":"q"}}],{field}}}"#);
            let refusal = read(&json::parse(body.as_bytes(), &Limits::default()).unwrap()).err().unwrap();
            assert_eq!(refusal.reason, Reason::UnsupportedFeature, "{field}");
            assert!(!refusal.place.unwrap_or_default().contains("Kovacs"));
        }
        let format = r#"{"messages":[{"role":"user","content":"q"}],"output_format":{"type":"regex"}}"#;
        let format = read(&json::parse(format.as_bytes(), &Limits::default()).unwrap());
        assert_eq!(format.err().unwrap().reason, Reason::InvalidValue);
    }
}
