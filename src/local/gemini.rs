//! Gemini's generateContent for local models: the request becomes a prompt. [`reply`] writes the answer.
//!
//! Requests come in camel case: the other spelling was rewritten when they were read.

pub mod reply;
mod schema;

use crate::local::field::{Json, flag, invalid, number, strings, text, unsupported};
use crate::local::openai_chat::{Asked, written};
use crate::local::prompt::{Call, Message, Part, Prompt, Shape, Speaker, Tool, ToolChoice};
use crate::refusal::{Reason, Refusal};

pub fn read(body: &Json) -> Result<Asked, Refusal> {
    let fields = body.as_object().ok_or_else(|| invalid("$"))?;
    let mut asked = Asked::new(Prompt { choices: 1, ..Prompt::default() });
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let prompt = &mut asked.prompt;
        match key.expose() {
            "contents" => {
                for (index, value) in value.as_array().ok_or_else(|| invalid("contents"))?.iter().enumerate() {
                    prompt.messages.extend(content(value, &format!("contents[{index}]"))?);
                }
            }
            "systemInstruction" => {
                let parts = parts(value, "systemInstruction")?;
                prompt.messages.insert(0, Message { speaker: Speaker::System, parts, calls: vec![] });
            }
            "generationConfig" => generation(value, prompt)?,
            "tools" => prompt.tools = tools(value)?,
            "toolConfig" => choose(value, prompt)?,
            // Which model it is stands in the path.
            "model" => {}
            // How a provider filters, bills and files; nothing of it changes a local answer.
            "safetySettings" | "labels" | "serviceTier" => {}
            "cachedContent" => return Err(unsupported("cachedContent")),
            _ => return Err(unsupported("*")),
        }
    }
    if asked.prompt.messages.iter().all(|message| message.speaker == Speaker::System) {
        return Err(invalid("contents"));
    }
    Ok(asked)
}

/// One content here can be several messages there: results of calls are turns of their own.
fn content(value: &Json, place: &str) -> Result<Vec<Message>, Refusal> {
    let speaker = match value.field("role").map(Json::text) {
        None | Some(Some("user" | "function")) => Speaker::User,
        Some(Some("model")) => Speaker::Assistant,
        _ => return Err(invalid(&format!("{place}.role"))),
    };
    let mut own = Message { speaker, parts: Vec::new(), calls: Vec::new() };
    let mut messages = Vec::new();
    for (index, value) in list(value, place)?.iter().enumerate() {
        let place = format!("{place}.parts[{index}]");
        if let Some(call) = value.field("functionCall") {
            let name = call.field("name").and_then(Json::text).ok_or_else(|| invalid(&place))?;
            let arguments = call.field("args").map_or_else(|| "{}".to_owned(), written);
            own.calls.push(Call { name: name.to_owned(), arguments });
        } else if let Some(result) = value.field("functionResponse") {
            let result = result.field("response").ok_or_else(|| invalid(&place))?;
            messages.push(Message::text(Speaker::Tool, written(result)));
        } else if value.field("thought").and_then(Json::as_bool) != Some(true) {
            // What the model thought earlier is not for it to read again.
            own.parts.push(part(value, &place)?);
        }
    }
    if !own.parts.is_empty() || !own.calls.is_empty() {
        messages.push(own);
    }
    Ok(messages)
}

fn list<'a>(value: &'a Json, place: &str) -> Result<&'a [Json], Refusal> {
    value.field("parts").and_then(Json::as_array).ok_or_else(|| invalid(&format!("{place}.parts")))
}

fn parts(value: &Json, place: &str) -> Result<Vec<Part>, Refusal> {
    let part = |(index, value)| part(value, &format!("{place}.parts[{index}]"));
    list(value, place)?.iter().enumerate().map(part).collect()
}

fn part(value: &Json, place: &str) -> Result<Part, Refusal> {
    if let Some(words) = value.field("text") {
        return Ok(Part::Text(text(words, place)?.to_owned()));
    }
    if value.field("fileData").is_some() {
        return Err(Refusal::new(Reason::RemoteFetch).at(place).because("send the image itself, as `inlineData`"));
    }
    let data = value.field("inlineData").ok_or_else(|| unsupported(place))?;
    let kind = data.field("mimeType").and_then(Json::text).unwrap_or_default();
    if !(kind.starts_with("image/") || kind == "application/dicom") {
        return Err(unsupported(place));
    }
    let data = data.field("data").and_then(Json::text).ok_or_else(|| invalid(place))?;
    // Google's clients write either alphabet.
    let bytes = data_encoding::BASE64.decode(data.as_bytes());
    let bytes = bytes.or_else(|_| data_encoding::BASE64URL.decode(data.as_bytes()));
    bytes.map(Part::Image).map_err(|_| invalid(place))
}

fn generation(value: &Json, prompt: &mut Prompt) -> Result<(), Refusal> {
    let (mut logprobs, mut top, mut json, mut schema) = (false, 0, false, None);
    let fields = value.as_object().ok_or_else(|| invalid("generationConfig"))?;
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let place = |name: &str| format!("generationConfig.{name}");
        let sampling = &mut prompt.sampling;
        match key.expose() {
            "temperature" => sampling.temperature = Some(number(value, &place("temperature"))?),
            "topP" => sampling.top_p = Some(number(value, &place("topP"))?),
            // Written as a decimal by some clients.
            "topK" => sampling.top_k = Some(number::<f32>(value, &place("topK"))? as u32),
            "candidateCount" => prompt.choices = number(value, &place("candidateCount"))?,
            "maxOutputTokens" => prompt.max_tokens = Some(number(value, &place("maxOutputTokens"))?),
            "stopSequences" => prompt.stop = strings(value, &place("stopSequences"))?,
            "seed" => sampling.seed = Some(number::<i64>(value, &place("seed"))? as u64),
            "presencePenalty" => sampling.presence_penalty = Some(number(value, &place("presencePenalty"))?),
            "frequencyPenalty" => sampling.frequency_penalty = Some(number(value, &place("frequencyPenalty"))?),
            "responseLogprobs" => logprobs = flag(value, &place("responseLogprobs"))?,
            "logprobs" => top = number(value, &place("logprobs"))?,
            "responseMimeType" => match value.text() {
                Some("text/plain") => {}
                Some("application/json") => json = true,
                _ => return Err(unsupported(&place("responseMimeType"))),
            },
            "responseSchema" => {
                schema = Some(schema::plain(&written(value)).ok_or_else(|| invalid(&place("responseSchema")))?)
            }
            "responseJsonSchema" => schema = Some(written(value)),
            "responseModalities" if strings(value, &place("responseModalities"))? == ["TEXT"] => {}
            "thinkingConfig" if value.field("thinkingBudget").and_then(Json::lexeme) == Some("0") => {}
            known @ ("responseModalities" | "thinkingConfig" | "speechConfig" | "mediaResolution") => {
                return Err(unsupported(&place(known)));
            }
            _ => return Err(unsupported("generationConfig.*")),
        }
    }
    prompt.logprobs = logprobs.then_some(top);
    prompt.shape = match (schema, json) {
        (Some(schema), _) => Shape::JsonSchema(schema),
        (None, true) => Shape::JsonObject,
        (None, false) => Shape::Text,
    };
    Ok(())
}

fn tools(value: &Json) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Vec::new();
    for (index, value) in value.as_array().ok_or_else(|| invalid("tools"))?.iter().enumerate() {
        let place = format!("tools[{index}]");
        // Every other kind of tool is the provider's own, and runs there.
        let declared = value.field("functionDeclarations").and_then(Json::as_array);
        for function in declared.ok_or_else(|| unsupported(&place))? {
            let words = |name| function.field(name).and_then(Json::text).map(str::to_owned);
            let own = function.field("parametersJsonSchema").map(written);
            let parameters = function.field("parameters").filter(|value| !value.is_null());
            let parameters = parameters.map(|value| schema::plain(&written(value)).ok_or_else(|| invalid(&place)));
            let name = words("name").ok_or_else(|| invalid(&place))?;
            tools.push(Tool { name, description: words("description"), parameters: own.or(parameters.transpose()?) });
        }
    }
    Ok(tools)
}

fn choose(value: &Json, prompt: &mut Prompt) -> Result<(), Refusal> {
    const PLACE: &str = "toolConfig.functionCallingConfig";
    let Some(config) = value.field("functionCallingConfig") else { return Err(unsupported("toolConfig")) };
    let allowed = config.field("allowedFunctionNames").filter(|value| !value.is_null());
    let allowed = allowed.map_or_else(|| Ok(Vec::new()), |names| strings(names, PLACE))?;
    prompt.tool_choice = match config.field("mode").and_then(Json::text) {
        None | Some("AUTO" | "MODE_UNSPECIFIED") => ToolChoice::Auto,
        Some("NONE") => ToolChoice::None,
        Some("ANY") => match allowed.as_slice() {
            [] => ToolChoice::Required,
            [name] => ToolChoice::Named(name.clone()),
            _ => return Err(unsupported(PLACE)),
        },
        _ => return Err(unsupported(PLACE)),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Limits};

    fn asked(body: &str) -> Result<Asked, Refusal> {
        read(&json::parse(body.as_bytes(), &Limits::default())?)
    }

    #[test]
    fn contents_become_turns_and_calls() {
        let asked = asked(
            r#"{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[
            {"role":"user","parts":[{"text":"Q"},{"inlineData":{"mimeType":"image/png","data":"AAEC"}}]},
            {"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"name":"f","args":{"a":1}}}]},
            {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":2}}}]}],
            "generationConfig":{"temperature":0,"topK":40.0,"candidateCount":2,"stopSequences":["x"],"responseMimeType":"application/json",
            "responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING"}}},"responseLogprobs":true,"logprobs":2},
            "tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}}"#,
        );
        let prompt = asked.ok().unwrap().prompt;
        let speakers: Vec<Speaker> = prompt.messages.iter().map(|message| message.speaker).collect();
        assert_eq!(speakers, [Speaker::System, Speaker::User, Speaker::Assistant, Speaker::Tool]);
        assert!(matches!(&prompt.messages[1].parts[1], Part::Image(bytes) if bytes == &[0, 1, 2]));
        assert!(prompt.messages[2].parts.is_empty());
        assert_eq!(prompt.messages[2].calls[0].arguments, r#"{"a":1}"#);
        assert_eq!((prompt.choices, prompt.logprobs, prompt.sampling.top_k), (2, Some(2), Some(40)));
        assert!(matches!(&prompt.shape, Shape::JsonSchema(schema) if schema.contains(r#""type":"object""#)));
        assert!(prompt.tool_choice == ToolChoice::Named("f".into()));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name_and_without_text() {
        for (field, place) in [
            (r#""tools":[{"googleSearch":{}}]"#, "tools[0]"),
            (r#""cachedContent":"c""#, "cachedContent"),
            (r#""generationConfig":{"responseModalities":["AUDIO"]}"#, "generationConfig.responseModalities"),
            (r#""Maria Kovacs":1"#, "*"),
        ] {
            let refusal = asked(&format!(r#"{{"contents":[{{"parts":[{{"text":"q"}}]}}],{field}}}"#)).err().unwrap();
            let expected = (Reason::UnsupportedFeature, Some(place));
            assert_eq!((refusal.reason, refusal.place.as_deref()), expected, "{field}");
        }
        let remote = r#"{"contents":[{"parts":[{"fileData":{"fileUri":"https://x/y"}}]}]}"#;
        assert_eq!(asked(remote).err().unwrap().reason, Reason::RemoteFetch);
        assert!(asked(r#"{"contents":[]}"#).is_err());
    }
}
