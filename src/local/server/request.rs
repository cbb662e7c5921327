//! A question as a Chat Completions request.

use crate::local::prompt::{Message, Part, Prompt, Shape, Speaker, Task, ToolChoice};
use crate::local::sampling;
use crate::refusal::{Reason, Refusal};
use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// The body of the request. What a server of this kind cannot be asked is refused.
pub fn body(model: &str, prompt: &Prompt) -> Result<Bytes, Refusal> {
    if prompt.task == Task::Embed {
        return Err(Refusal::new(Reason::UnsupportedFeature).because("a server on premise is asked for chats only"));
    }
    // Some of these servers take any number and answer nonsense.
    let in_range = sampling::Settings::of(&prompt.sampling);
    in_range.map_err(|name| Refusal::new(Reason::InvalidValue).because(format!("`{name}` is out of range")))?;
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    put("model", Some(model.into()));
    put("messages", Some(messages(&prompt.messages)?));
    put("stream", Some(true.into()));
    put("stream_options", Some(json!({ "include_usage": true })));
    // These servers count in one way that all of them share: with the answer, of which one token must then come.
    let most = if prompt.task == Task::Count { Some(1) } else { prompt.max_tokens };
    put("max_tokens", most.map(Value::from));
    put("n", (prompt.choices > 1).then(|| prompt.choices.into()));
    put("stop", (!prompt.stop.is_empty()).then(|| prompt.stop.clone().into()));
    put("logprobs", prompt.logprobs.map(|_| true.into()));
    put("top_logprobs", prompt.logprobs.map(Value::from));
    let sampling = &prompt.sampling;
    put("temperature", sampling.temperature.map(Value::from));
    put("top_p", sampling.top_p.map(Value::from));
    put("top_k", sampling.top_k.map(Value::from));
    put("min_p", sampling.min_p.map(Value::from));
    put("repetition_penalty", sampling.repeat_penalty.map(Value::from));
    put("frequency_penalty", sampling.frequency_penalty.map(Value::from));
    put("presence_penalty", sampling.presence_penalty.map(Value::from));
    // The servers take a seed of 63 bits.
    put("seed", sampling.seed.map(|seed| (seed >> 1).into()));
    if !sampling.bias.is_empty() {
        let bias: Map<String, Value> =
            sampling.bias.iter().map(|(token, bias)| (token.to_string(), (*bias).into())).collect();
        put("logit_bias", Some(bias.into()));
    }
    put("response_format", shape(&prompt.shape)?);
    if !prompt.tools.is_empty() {
        put("tools", Some(tools(prompt)?));
        put("tool_choice", Some(tool_choice(&prompt.tool_choice)));
    }
    Ok(Value::Object(body).to_string().into())
}

fn messages(messages: &[Message]) -> Result<Value, Refusal> {
    let mut written = Vec::new();
    // Calls have names here where there they have ids: their results follow in the same order.
    let mut open: VecDeque<String> = VecDeque::new();
    for (turn, message) in messages.iter().enumerate() {
        let role = match message.speaker {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
            // The result of a call that no field names was put into words.
            Speaker::Tool if open.is_empty() => "user",
            Speaker::Tool => "tool",
        };
        let mut value = json!({ "role": role, "content": content(&message.parts)? });
        if !message.calls.is_empty() {
            let calls = message.calls.iter().enumerate().map(|(index, call)| {
                let id = format!("call_{turn}_{index}");
                open.push_back(id.clone());
                let function = json!({ "name": call.name, "arguments": call.arguments });
                json!({ "id": id, "type": "function", "function": function })
            });
            value["tool_calls"] = calls.collect();
        }
        if role == "tool"
            && let Some(id) = open.pop_front()
        {
            value["tool_call_id"] = id.into();
        }
        written.push(value);
    }
    Ok(written.into())
}

fn content(parts: &[Part]) -> Result<Value, Refusal> {
    if let [Part::Text(text)] = parts {
        return Ok(text.as_str().into());
    }
    parts.iter().map(part).collect()
}

fn part(part: &Part) -> Result<Value, Refusal> {
    match part {
        Part::Text(text) => Ok(json!({ "type": "text", "text": text })),
        Part::Image(bytes) => {
            let kind = match bytes.as_slice() {
                [0x89, b'P', b'N', b'G', ..] => "image/png",
                [0xff, 0xd8, 0xff, ..] => "image/jpeg",
                _ => {
                    return Err(Refusal::new(Reason::InvalidValue)
                        .because("a picture for a server on premise must be PNG or JPEG"));
                }
            };
            let url = format!("data:{kind};base64,{}", BASE64.encode(bytes));
            Ok(json!({ "type": "image_url", "image_url": { "url": url } }))
        }
    }
}

fn shape(shape: &Shape) -> Result<Option<Value>, Refusal> {
    Ok(match shape {
        Shape::Text => None,
        Shape::JsonObject => Some(json!({ "type": "json_object" })),
        Shape::JsonSchema(schema) => {
            let schema = json(schema)?;
            Some(
                json!({ "type": "json_schema", "json_schema": { "name": "answer", "schema": schema, "strict": true } }),
            )
        }
        Shape::Grammar(_) => return Err(Reason::UnsupportedFeature.into()),
    })
}

fn tools(prompt: &Prompt) -> Result<Value, Refusal> {
    let tool = |tool: &crate::local::prompt::Tool| {
        let mut function = json!({ "name": tool.name });
        if let Some(description) = &tool.description {
            function["description"] = description.as_str().into();
        }
        if let Some(parameters) = &tool.parameters {
            function["parameters"] = json(parameters)?;
        }
        Ok(json!({ "type": "function", "function": function }))
    };
    prompt.tools.iter().map(tool).collect()
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
    }
}

fn json(text: &str) -> Result<Value, Refusal> {
    serde_json::from_str(text).map_err(|_| Refusal::new(Reason::InvalidValue).because("a schema is no JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::prompt::{Call, Sampling, Tool};

    fn written(prompt: &Prompt) -> Result<Value, Reason> {
        body("medgemma", prompt).map(|body| serde_json::from_slice(&body).unwrap()).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn a_question_is_written_as_these_servers_read_it() {
        let picture = Part::Image(vec![0x89, b'P', b'N', b'G', 1]);
        let call = Call { name: "labs".into(), arguments: "{}".into() };
        let prompt = Prompt {
            messages: vec![
                Message { speaker: Speaker::User, parts: vec![Part::Text("Q".into()), picture], calls: vec![] },
                Message { speaker: Speaker::Assistant, parts: vec![], calls: vec![call.clone(), call] },
                Message::text(Speaker::Tool, "42"),
            ],
            max_tokens: Some(9),
            choices: 2,
            logprobs: Some(3),
            shape: Shape::JsonSchema(r#"{"type":"object"}"#.into()),
            tools: vec![Tool { name: "labs".into(), description: None, parameters: None }],
            tool_choice: ToolChoice::Named("labs".into()),
            ..Prompt::default()
        };
        let body = written(&prompt).unwrap();
        assert_eq!(body["messages"][0]["content"][1]["image_url"]["url"], "data:image/png;base64,iVBORwE=");
        assert_eq!(body["messages"][2]["tool_call_id"], body["messages"][1]["tool_calls"][0]["id"]);
        assert_eq!(body["response_format"]["json_schema"]["schema"]["type"], "object");
        assert_eq!((&body["n"], &body["top_logprobs"], &body["temperature"]), (&json!(2), &json!(3), &Value::Null));
        assert_eq!(body["tool_choice"]["function"]["name"], "labs");
    }

    #[test]
    fn what_they_cannot_be_asked_is_refused() {
        let sampling = Sampling { temperature: Some(7.0), ..Sampling::default() };
        assert_eq!(written(&Prompt { sampling, ..Prompt::default() }), Err(Reason::InvalidValue));
        let grammar = Prompt { shape: Shape::Grammar("start: \"x\"".into()), ..Prompt::default() };
        assert_eq!(written(&grammar), Err(Reason::UnsupportedFeature));
        let message = Message { speaker: Speaker::User, parts: vec![Part::Image(b"GIF89a".to_vec())], calls: vec![] };
        assert_eq!(written(&Prompt { messages: vec![message], ..Prompt::default() }), Err(Reason::InvalidValue));
    }
}
