//! Ollama's chat and generate for local models: the request becomes a prompt. [`reply`] writes the answer.

pub mod reply;

use crate::json::Node;
use crate::local::field::{Json, invalid, number, text, unsupported};
use crate::local::openai_chat::{self, Asked};
use crate::local::prompt::{Call, Message, Part, Prompt, Shape, Speaker, Tool};
use crate::refusal::Refusal;

pub fn read(body: &Json) -> Result<Asked, Refusal> {
    let fields = body.as_object().ok_or_else(|| invalid("$"))?;
    let mut asked = Asked::new(Prompt { choices: 1, ..Prompt::default() });
    asked.stream = true;
    let (mut system, mut own) = (None, Vec::new());
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let prompt = &mut asked.prompt;
        match key.expose() {
            "model" => {}
            "stream" => asked.stream = value.as_bool().ok_or_else(|| invalid("stream"))?,
            "messages" => {
                for (index, value) in value.as_array().ok_or_else(|| invalid("messages"))?.iter().enumerate() {
                    prompt.messages.push(message(value, &format!("messages[{index}]"))?);
                }
            }
            "prompt" => own.insert(0, Part::Text(text(value, "prompt")?.to_owned())),
            "images" => own.extend(images(value, "images")?),
            "system" => system = Some(text(value, "system")?.to_owned()),
            "format" => prompt.shape = shape(value)?,
            "options" => options(value, prompt)?,
            "tools" => prompt.tools = tools(value)?,
            // The model stays loaded whatever a client says.
            "keep_alive" => {}
            "think" if value.as_bool() == Some(false) => {}
            known @ ("think" | "suffix" | "template" | "context" | "raw") => return Err(unsupported(known)),
            _ => return Err(unsupported("*")),
        }
    }
    if !own.is_empty() {
        asked.prompt.messages.push(Message { speaker: Speaker::User, parts: own, calls: Vec::new() });
    }
    if let Some(system) = system {
        asked.prompt.messages.insert(0, Message::text(Speaker::System, system));
    }
    if asked.prompt.messages.iter().all(|message| message.speaker == Speaker::System) {
        return Err(invalid("messages"));
    }
    Ok(asked)
}

fn message(value: &Json, place: &str) -> Result<Message, Refusal> {
    let speaker = match value.field("role").and_then(Json::text) {
        Some("system") => Speaker::System,
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        Some("tool") => Speaker::Tool,
        _ => return Err(invalid(&format!("{place}.role"))),
    };
    let content = value.field("content").and_then(Json::text).unwrap_or_default();
    let mut parts = vec![Part::Text(content.to_owned())];
    if let Some(list) = value.field("images").filter(|list| !list.is_null()) {
        parts.extend(images(list, &format!("{place}.images"))?);
    }
    let calls = value.field("tool_calls").and_then(Json::as_array).unwrap_or_default();
    let call = |call: &Json| {
        let function = call.field("function")?;
        let arguments = openai_chat::written(function.field("arguments")?);
        Some(Call { name: function.field("name")?.text()?.to_owned(), arguments })
    };
    let calls = calls.iter().map(|value| call(value).ok_or_else(|| invalid(&format!("{place}.tool_calls"))));
    Ok(Message { speaker, parts, calls: calls.collect::<Result<_, _>>()? })
}

fn images(value: &Json, place: &str) -> Result<Vec<Part>, Refusal> {
    let image = |value: &Json| data_encoding::BASE64.decode(value.text()?.as_bytes()).ok().map(Part::Image);
    let list = value.as_array().ok_or_else(|| invalid(place))?;
    list.iter().map(|value| image(value).ok_or_else(|| invalid(place))).collect()
}

fn shape(value: &Json) -> Result<Shape, Refusal> {
    match value {
        Node::String(word) if word.expose() == "json" => Ok(Shape::JsonObject),
        Node::String(word) if word.is_empty() => Ok(Shape::Text),
        Node::Object(_) => Ok(Shape::JsonSchema(openai_chat::written(value))),
        _ => Err(invalid("format")),
    }
}

fn options(value: &Json, prompt: &mut Prompt) -> Result<(), Refusal> {
    for (key, value) in value.as_object().ok_or_else(|| invalid("options"))? {
        let sampling = &mut prompt.sampling;
        match key.expose() {
            "temperature" => sampling.temperature = Some(number(value, "options.temperature")?),
            "top_k" => sampling.top_k = Some(number(value, "options.top_k")?),
            "top_p" => sampling.top_p = Some(number(value, "options.top_p")?),
            "min_p" => sampling.min_p = Some(number(value, "options.min_p")?),
            "repeat_penalty" => sampling.repeat_penalty = Some(number(value, "options.repeat_penalty")?),
            "frequency_penalty" => sampling.frequency_penalty = Some(number(value, "options.frequency_penalty")?),
            "presence_penalty" => sampling.presence_penalty = Some(number(value, "options.presence_penalty")?),
            "seed" => sampling.seed = Some(number::<i64>(value, "options.seed")? as u64),
            // A negative number asks for as much as fits.
            "num_predict" => prompt.max_tokens = u32::try_from(number::<i64>(value, "options.num_predict")?).ok(),
            "stop" => {
                let list = value.as_array().unwrap_or_else(|| std::slice::from_ref(value));
                let stops = list.iter().map(|stop| text(stop, "options.stop").map(str::to_owned));
                prompt.stop = stops.collect::<Result<_, _>>()?;
            }
            // How a model is loaded is the operator's choice.
            "num_ctx" | "num_batch" | "num_gpu" | "num_thread" | "num_keep" | "main_gpu" | "use_mmap" | "numa" => {}
            _ => return Err(unsupported("options.*")),
        }
    }
    Ok(())
}

fn tools(value: &Json) -> Result<Vec<Tool>, Refusal> {
    let tool = |value: &Json| {
        let function = value.field("function")?;
        let words = |name| function.field(name).and_then(Json::text).map(str::to_owned);
        let parameters = function.field("parameters").map(openai_chat::written);
        Some(Tool { name: words("name")?, description: words("description"), parameters })
    };
    let list = value.as_array().ok_or_else(|| invalid("tools"))?;
    list.iter().map(|value| tool(value).ok_or_else(|| invalid("tools"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Limits};
    use crate::refusal::Reason;

    fn asked(body: &str) -> Result<Asked, Refusal> {
        read(&json::parse(body.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn a_chat_becomes_turns_and_streams_unless_told_otherwise() {
        let body = r#"{"model":"local/m","messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},
            {"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},
            {"role":"tool","content":"42","tool_name":"f"}],"options":{"num_predict":-1,"stop":"x","num_ctx":9}}"#;
        let asked = asked(body).ok().unwrap();
        assert!(asked.stream && asked.prompt.max_tokens.is_none() && asked.prompt.stop == ["x"]);
        assert_eq!(asked.prompt.messages[2].calls[0].arguments, r#"{"a":1}"#);
    }

    #[test]
    fn a_prompt_becomes_a_turn_after_its_system_text() {
        let asked =
            asked(r#"{"model":"local/m","prompt":"Q","system":"S","stream":false,"format":"json"}"#).ok().unwrap();
        let speakers: Vec<Speaker> = asked.prompt.messages.iter().map(|message| message.speaker).collect();
        assert_eq!(speakers, [Speaker::System, Speaker::User]);
        assert!(!asked.stream && matches!(asked.prompt.shape, Shape::JsonObject));
    }

    #[test]
    fn what_is_not_honoured_is_refused() {
        for field in [r#""context":[1]"#, r#""raw":true"#, r#""options":{"mirostat":1}"#, r#""think":true"#, r#""x":1"#]
        {
            let refusal = asked(&format!(r#"{{"model":"local/m","prompt":"q",{field}}}"#)).err().unwrap();
            assert_eq!(refusal.reason, Reason::UnsupportedFeature, "{field}");
        }
        assert!(asked(r#"{"model":"local/m"}"#).is_err());
    }
}
