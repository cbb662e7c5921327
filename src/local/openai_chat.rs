//! OpenAI Chat Completions for local models: the request becomes a prompt. [`reply`] writes the answer.
//!
//! What a local model cannot honour is refused by name; nothing is silently dropped but what changes no answer.

pub mod reply;

use crate::json::Node;
use crate::local::field::{Json, flag, invalid, number, strings, unsupported};
use crate::local::prompt::{Call, Message, Part, Prompt, Shape, Speaker, Tool, ToolChoice};
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use serde_json::{Map, Value};

/// A question, and how its answer is to be sent. Which model is asked was decided before.
pub struct Asked {
    pub prompt: Prompt,
    pub stream: bool,
    /// A last chunk with the token counts.
    pub include_usage: bool,
    /// Fields of the request that its answer repeats.
    pub repeated: Map<String, Value>,
}

impl Asked {
    pub fn new(prompt: Prompt) -> Self {
        Self { prompt, stream: false, include_usage: false, repeated: Map::new() }
    }
}

/// Fields that say how a request is billed, stored or scheduled, and change no local answer.
const WITHOUT_EFFECT: &[&str] =
    &["metadata", "user", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"];

pub fn read(body: &Json) -> Result<Asked, Refusal> {
    let fields = body.as_object().ok_or_else(|| invalid("$"))?;
    let mut asked = Asked::new(Prompt { choices: 1, ..Prompt::default() });
    let mut logprobs = false;
    let mut top_logprobs = None;
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let prompt = &mut asked.prompt;
        let sampling = &mut prompt.sampling;
        match key.expose() {
            "model" => {}
            "messages" => prompt.messages = messages(value)?,
            "stream" => asked.stream = flag(value, "stream")?,
            "stream_options" => {
                let usage = value.field("include_usage").filter(|value| !value.is_null());
                asked.include_usage = usage.map_or(Ok(false), |usage| flag(usage, "stream_options.include_usage"))?;
            }
            "temperature" => sampling.temperature = Some(number(value, "temperature")?),
            "top_p" => sampling.top_p = Some(number(value, "top_p")?),
            "top_k" => sampling.top_k = Some(number(value, "top_k")?),
            "min_p" => sampling.min_p = Some(number(value, "min_p")?),
            "repetition_penalty" => sampling.repeat_penalty = Some(number(value, "repetition_penalty")?),
            "frequency_penalty" => sampling.frequency_penalty = Some(number(value, "frequency_penalty")?),
            "presence_penalty" => sampling.presence_penalty = Some(number(value, "presence_penalty")?),
            "seed" => sampling.seed = Some(number::<i64>(value, "seed")? as u64),
            "logit_bias" => {
                for (token, bias) in value.as_object().ok_or_else(|| invalid("logit_bias"))? {
                    let token = token.expose().parse().map_err(|_| invalid("logit_bias"))?;
                    sampling.bias.push((token, number(bias, "logit_bias")?));
                }
            }
            "max_tokens" | "max_completion_tokens" => prompt.max_tokens = Some(number(value, key.expose())?),
            "n" => prompt.choices = number(value, "n")?,
            "stop" => {
                prompt.stop = match value {
                    Node::String(stop) => vec![stop.expose().to_owned()],
                    _ => strings(value, "stop")?,
                }
            }
            "logprobs" => logprobs = flag(value, "logprobs")?,
            "top_logprobs" => top_logprobs = Some(number(value, "top_logprobs")?),
            "response_format" => prompt.shape = shape(value)?,
            "tools" => prompt.tools = tools(value)?,
            "tool_choice" => prompt.tool_choice = tool_choice(value)?,
            // One call after the other is what a local model does anyway.
            "parallel_tool_calls" => {
                flag(value, "parallel_tool_calls")?;
            }
            "modalities" if strings(value, "modalities")? == ["text"] => {}
            known if WITHOUT_EFFECT.contains(&known) => {}
            known if KNOWN.contains(&known) => return Err(unsupported(known)),
            // The name of an unknown field may itself be text.
            _ => return Err(unsupported("*")),
        }
    }
    if logprobs {
        asked.prompt.logprobs = Some(top_logprobs.unwrap_or(0));
    } else if top_logprobs.is_some() {
        return Err(invalid("top_logprobs").because("it needs `logprobs`"));
    }
    if asked.prompt.messages.is_empty() {
        return Err(invalid("messages").because("there is none"));
    }
    Ok(asked)
}

/// Fields of the API that need what a local model has not; named in the refusal.
const KNOWN: &[&str] = &[
    "audio",
    "functions",
    "function_call",
    "modalities",
    "moderation",
    "prediction",
    "reasoning_effort",
    "verbosity",
    "web_search_options",
];

fn messages(value: &Json) -> Result<Vec<Message>, Refusal> {
    let list = value.as_array().ok_or_else(|| invalid("messages"))?;
    list.iter().enumerate().map(|(index, value)| message(value, &format!("messages[{index}]"))).collect()
}

fn message(value: &Json, place: &str) -> Result<Message, Refusal> {
    let speaker = match value.field("role").and_then(Node::<Raw>::text) {
        Some("system" | "developer") => Speaker::System,
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        Some("tool") => Speaker::Tool,
        _ => return Err(invalid(&format!("{place}.role"))),
    };
    let parts = match value.field("content") {
        None | Some(Node::Null) => Vec::new(),
        Some(Node::String(text)) => vec![Part::Text(text.expose().to_owned())],
        Some(Node::Array(parts)) => {
            let part = |(index, value)| part(value, &format!("{place}.content[{index}]"));
            parts.iter().enumerate().map(part).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(invalid(&format!("{place}.content"))),
    };
    let mut calls = Vec::new();
    if let Some(list) = value.field("tool_calls").filter(|value| !value.is_null()) {
        let place = format!("{place}.tool_calls");
        for value in list.as_array().ok_or_else(|| invalid(&place))? {
            let function = value.field("function").ok_or_else(|| invalid(&place))?;
            let field = |name| function.field(name).and_then(Node::<Raw>::text).ok_or_else(|| invalid(&place));
            calls.push(Call { name: field("name")?.to_owned(), arguments: field("arguments")?.to_owned() });
        }
    }
    if parts.is_empty() && calls.is_empty() && speaker != Speaker::Assistant {
        return Err(invalid(&format!("{place}.content")));
    }
    Ok(Message { speaker, parts, calls })
}

fn part(value: &Json, place: &str) -> Result<Part, Refusal> {
    let inner = |name| value.field(name).and_then(Node::<Raw>::text).ok_or_else(|| invalid(place));
    match value.field("type").and_then(Node::<Raw>::text) {
        Some("text") => Ok(Part::Text(inner("text")?.to_owned())),
        Some("refusal") => Ok(Part::Text(inner("refusal")?.to_owned())),
        Some("image_url") => {
            let url = value.field("image_url").and_then(|image| image.field("url")).and_then(Node::<Raw>::text);
            image(url.ok_or_else(|| invalid(place))?).map_err(|refusal| refusal.at(format!("{place}.image_url.url")))
        }
        Some("input_audio" | "file") => Err(unsupported(place)),
        _ => Err(invalid(&format!("{place}.type"))),
    }
}

/// The bytes of a `data:` URL. Nothing is ever fetched.
pub fn image(url: &str) -> Result<Part, Refusal> {
    let Some(data) = url.strip_prefix("data:") else {
        return Err(Refusal::new(Reason::RemoteFetch).because("send the image itself, as a `data:` URL"));
    };
    let (_, data) = data.split_once(";base64,").ok_or(Reason::InvalidValue)?;
    let bytes = data_encoding::BASE64.decode(data.as_bytes()).map_err(|_| Reason::InvalidValue)?;
    Ok(Part::Image(bytes))
}

fn shape(value: &Json) -> Result<Shape, Refusal> {
    match value.field("type").and_then(Node::<Raw>::text) {
        Some("text") => Ok(Shape::Text),
        Some("json_object") => Ok(Shape::JsonObject),
        Some("json_schema") => {
            let schema = value.field("json_schema").and_then(|format| format.field("schema"));
            Ok(Shape::JsonSchema(written(schema.ok_or_else(|| invalid("response_format.json_schema.schema"))?)))
        }
        _ => Err(invalid("response_format.type")),
    }
}

fn tools(value: &Json) -> Result<Vec<Tool>, Refusal> {
    let tool = |(index, value): (usize, &Json)| {
        let place = format!("tools[{index}]");
        if value.field("type").and_then(Node::<Raw>::text) != Some("function") {
            return Err(unsupported(&place));
        }
        let function = value.field("function").ok_or_else(|| invalid(&place))?;
        let words = |name| function.field(name).and_then(Node::<Raw>::text).map(str::to_owned);
        Ok(Tool {
            name: words("name").ok_or_else(|| invalid(&place))?,
            description: words("description"),
            parameters: function.field("parameters").filter(|value| !value.is_null()).map(written),
        })
    };
    value.as_array().ok_or_else(|| invalid("tools"))?.iter().enumerate().map(tool).collect()
}

fn tool_choice(value: &Json) -> Result<ToolChoice, Refusal> {
    match value.text() {
        Some("auto") => return Ok(ToolChoice::Auto),
        Some("none") => return Ok(ToolChoice::None),
        Some("required") => return Ok(ToolChoice::Required),
        _ => {}
    }
    let name = value.field("function").and_then(|function| function.field("name")).and_then(Node::<Raw>::text);
    name.map(|name| ToolChoice::Named(name.to_owned())).ok_or_else(|| invalid("tool_choice"))
}

/// JSON text for the model process. Raw text is written nowhere else: this stays on the machine.
pub fn written(value: &Json) -> String {
    value.clone().map(&mut Raw::into_exposed).to_json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Limits};

    fn asked(body: &str) -> Result<Asked, Refusal> {
        read(&json::parse(body.as_bytes(), &Limits::default())?)
    }

    #[test]
    fn a_full_request_is_read() {
        let asked = asked(
            r#"{"model":"local/medgemma","messages":[{"role":"developer","content":"S"},
            {"role":"user","content":[{"type":"text","text":"Q"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c","content":"42"}],
            "temperature":0.5,"seed":-1,"max_tokens":9,"n":2,"stop":"x","logprobs":true,"top_logprobs":3,"user":"u",
            "stream":true,"stream_options":{"include_usage":true},
            "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}}"#,
        );
        let asked = asked.ok().unwrap();
        assert!(asked.stream && asked.include_usage);
        assert_eq!(asked.prompt.messages.len(), 4);
        assert!(matches!(&asked.prompt.messages[1].parts[1], Part::Image(bytes) if bytes == &[0, 1, 2]));
        assert_eq!(asked.prompt.messages[2].calls[0].name, "f");
        assert_eq!((asked.prompt.logprobs, asked.prompt.choices), (Some(3), 2));
        assert!(matches!(&asked.prompt.shape, Shape::JsonSchema(text) if text == r#"{"type":"object"}"#));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name_and_without_text() {
        let check = |field: &str, reason: Reason, place: &str| {
            let body = format!(r#"{{"model":"local/m","messages":[{{"role":"user","content":"q"}}],{field}}}"#);
            let refusal = asked(&body).err().unwrap();
            assert_eq!((refusal.reason, refusal.place.as_deref()), (reason, Some(place)), "{field}");
        };
        check(r#""prediction":{}"#, Reason::UnsupportedFeature, "prediction");
        check(r#""Maria Kovacs":1"#, Reason::UnsupportedFeature, "*");
        check(r#""temperature":"hot""#, Reason::InvalidValue, "temperature");
        check(r#""top_logprobs":3"#, Reason::InvalidValue, "top_logprobs");
        check(r#""n":-1"#, Reason::InvalidValue, "n");
        let remote = r#"{"model":"local/m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]}"#;
        assert_eq!(asked(remote).err().unwrap().reason, Reason::RemoteFetch);
        assert!(asked(r#"{"model":"local/m","messages":[]}"#).is_err());
    }
}
