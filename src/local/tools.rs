//! Tools for models whose templates know none: described in words, called in a marked block, read back here.
//!
//! A forced call is constrained by a schema, so that its name is one of the tools and its arguments fit. A free one is
//! read from the text; when it cannot be read, the text is shown as it is.

use crate::local::prompt::{Call, Message, Part, Prompt, Shape, Speaker, Tool, ToolChoice};
use serde_json::{Value, json};

/// Whether an answer can be, or must be, a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calling {
    No,
    Possible,
    Forced,
}

/// What opens and closes a call in the text.
pub const MARK: &str = "<tool_call>";
pub const END: &str = "</tool_call>";

const TOOLS_MAX: usize = 64;

/// Puts the tools into the messages, and the schema of a forced call into the shape.
pub fn prepare(prompt: &mut Prompt) -> Result<Calling, &'static str> {
    for message in &mut prompt.messages {
        for call in std::mem::take(&mut message.calls) {
            let text =
                format!("{MARK}\n{{\"name\": {}, \"arguments\": {}}}\n{END}", quoted(&call.name), call.arguments);
            message.parts.push(Part::Text(text));
        }
        if message.speaker == Speaker::Tool {
            message.parts.insert(0, Part::Text("Result of the call:\n".into()));
        }
    }
    if prompt.tools.is_empty() || prompt.tool_choice == ToolChoice::None {
        return Ok(Calling::No);
    }
    if prompt.tools.len() > TOOLS_MAX {
        return Err("there are too many tools");
    }
    let mut words =
        String::from("You can call these functions. Each is given with the JSON schema of its arguments.\n");
    for tool in &prompt.tools {
        let parameters = tool.parameters.as_deref().unwrap_or("{}");
        let described = json!({ "name": tool.name, "description": tool.description });
        let line = described.to_string();
        words.push_str(&format!("{}, \"parameters\": {parameters}}}\n", line.trim_end_matches('}')));
    }
    let forced = match &prompt.tool_choice {
        ToolChoice::Named(name) => {
            let named: Vec<&Tool> = prompt.tools.iter().filter(|tool| tool.name == *name).collect();
            if named.is_empty() {
                return Err("`tool_choice` names no tool");
            }
            Some(named)
        }
        ToolChoice::Required => Some(prompt.tools.iter().collect()),
        ToolChoice::Auto | ToolChoice::None => None,
    };
    let calling = match forced {
        Some(tools) => {
            words.push_str("Answer only with a call: {\"name\": ..., \"arguments\": {...}}");
            let calls = tools.into_iter().map(call_schema).collect::<Result<Vec<_>, _>>()?;
            prompt.shape = Shape::JsonSchema(json!({ "anyOf": calls }).to_string());
            Calling::Forced
        }
        None => {
            words.push_str(&format!(
                "To call one, answer with {MARK}{{\"name\": ..., \"arguments\": {{...}}}}{END} and nothing else. \
                 Otherwise answer in plain words."
            ));
            Calling::Possible
        }
    };
    match prompt.messages.first_mut() {
        Some(first) if first.speaker == Speaker::System => first.parts.push(Part::Text(format!("\n\n{words}"))),
        _ => prompt.messages.insert(0, Message::text(Speaker::System, words)),
    }
    Ok(calling)
}

fn call_schema(tool: &Tool) -> Result<Value, &'static str> {
    let parameters = match &tool.parameters {
        Some(text) => serde_json::from_str(text).map_err(|_| "a tool's parameters are no schema")?,
        None => json!({ "type": "object" }),
    };
    Ok(json!({
        "type": "object",
        "properties": { "name": { "const": tool.name }, "arguments": parameters },
        "required": ["name", "arguments"],
        "additionalProperties": false,
    }))
}

/// The calls in a text that a [`MARK`] opened. None when it is not what it looked like.
pub fn calls(text: &str) -> Option<Vec<Call>> {
    let mut calls = Vec::new();
    for block in text.split(MARK) {
        let block = block.split(END).next().unwrap_or(block).trim();
        if block.is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(block).ok()?;
        let name = value.get("name")?.as_str()?.to_owned();
        let arguments = value.get("arguments").or_else(|| value.get("parameters"))?;
        if !arguments.is_object() {
            return None;
        }
        calls.push(Call { name, arguments: arguments.to_string() });
    }
    (!calls.is_empty()).then_some(calls)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(choice: ToolChoice) -> Prompt {
        let tool = |name: &str| Tool {
            name: name.into(),
            description: Some("Looks up".into()),
            parameters: Some(r#"{"type":"object"}"#.into()),
        };
        Prompt {
            messages: vec![Message::text(Speaker::User, "x")],
            tools: vec![tool("labs"), tool("notes")],
            tool_choice: choice,
            ..Prompt::default()
        }
    }

    #[test]
    fn tools_stand_in_the_system_text_and_a_forced_call_has_a_schema() {
        let mut prompt = asked(ToolChoice::Auto);
        assert_eq!(prepare(&mut prompt), Ok(Calling::Possible));
        let Part::Text(words) = &prompt.messages[0].parts[0] else { panic!("a text") };
        // The order of the members is that of serde_json's map, which a feature of another crate can change.
        assert!(words.contains(r#""labs""#) && words.contains(r#", "parameters": {"type":"object"}}"#));
        let mut prompt = asked(ToolChoice::Named("notes".into()));
        assert_eq!(prepare(&mut prompt), Ok(Calling::Forced));
        assert!(matches!(&prompt.shape, Shape::JsonSchema(text) if text.contains("notes") && !text.contains("labs")));
        assert!(prepare(&mut asked(ToolChoice::Named("other".into()))).is_err());
        assert_eq!(prepare(&mut asked(ToolChoice::None)), Ok(Calling::No));
    }

    #[test]
    fn a_call_is_read_and_what_only_looks_like_one_is_not() {
        let found = calls("\n{\"name\": \"labs\", \"arguments\": {\"id\": 1}}\n</tool_call>").unwrap();
        assert_eq!((found[0].name.as_str(), found[0].arguments.as_str()), ("labs", "{\"id\":1}"));
        assert!(calls("{\"name\": \"labs\"").is_none());
        assert!(calls("{\"name\": \"labs\", \"arguments\": \"x\"}").is_none());
        assert!(calls("").is_none());
    }
}
