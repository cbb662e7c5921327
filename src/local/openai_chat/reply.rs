//! Writes a local answer as a Chat Completion, whole or in chunks.

use crate::local::answer::{Choices, Heading, Usage};
use crate::local::prompt::{Call, Finish, Piece, TokenChance};
use serde_json::{Map, Value, json};

/// Writes the chunks of a stream.
pub struct Chunks {
    heading: Heading,
    usage: Usage,
    include_usage: bool,
    /// Calls so far, for each choice: a chunk tells the index of its call.
    calls: Vec<u32>,
}

impl Chunks {
    pub fn new(heading: Heading, include_usage: bool) -> Self {
        Self { heading, usage: Usage::default(), include_usage, calls: Vec::new() }
    }

    /// The chunk of a piece, as a server-sent event.
    pub fn piece(&mut self, piece: &Piece) -> String {
        self.usage.count(piece);
        let (mut finish, mut logprobs) = (Value::Null, Value::Null);
        let delta = match piece {
            Piece::Vector { .. } | Piece::Usage { .. } => return String::new(),
            Piece::Start { .. } => json!({ "role": "assistant", "content": "" }),
            Piece::Text { text, tokens, .. } => {
                logprobs = chances(tokens);
                json!({ "content": text })
            }
            Piece::Thought { text, .. } => json!({ "reasoning_content": text }),
            Piece::Call { choice, call } => {
                let choice = *choice as usize;
                self.calls.resize(self.calls.len().max(choice + 1), 0);
                let index = self.calls[choice];
                self.calls[choice] += 1;
                let mut call = call_json(&self.heading.id, choice, index, call);
                call["index"] = index.into();
                json!({ "tool_calls": [call] })
            }
            Piece::End { finish: how, .. } => {
                finish = finish_reason(*how).into();
                json!({})
            }
        };
        let choice = json!({ "index": piece.choice(), "delta": delta, "logprobs": logprobs, "finish_reason": finish });
        let usage = self.include_usage.then_some(Value::Null);
        self.event(vec![choice], usage)
    }

    /// What stands behind the last piece.
    pub fn end(&self) -> String {
        let usage = if self.include_usage { self.event(Vec::new(), Some(counts(self.usage))) } else { String::new() };
        usage + "data: [DONE]\n\n"
    }

    fn event(&self, choices: Vec<Value>, usage: Option<Value>) -> String {
        let mut chunk = opening(&self.heading, "chat.completion.chunk");
        chunk.insert("choices".into(), choices.into());
        if let Some(usage) = usage {
            chunk.insert("usage".into(), usage);
        }
        format!("data: {}\n\n", Value::Object(chunk))
    }
}

/// Gathers a whole answer.
pub struct Whole {
    heading: Heading,
    choices: Choices,
}

impl Whole {
    pub fn new(heading: Heading) -> Self {
        Self { heading, choices: Choices::default() }
    }

    pub fn add(&mut self, piece: Piece) {
        self.choices.add(piece);
    }

    pub fn json(&self) -> Value {
        let choices = self.choices.list.iter().enumerate().map(|(index, choice)| {
            let content = if choice.calls.is_empty() { choice.text.as_str().into() } else { Value::Null };
            let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
            if !choice.thought.is_empty() {
                message["reasoning_content"] = choice.thought.as_str().into();
            }
            if !choice.calls.is_empty() {
                let calls = (0..).zip(&choice.calls).map(|(at, call)| call_json(&self.heading.id, index, at, call));
                message["tool_calls"] = calls.collect();
            }
            let finish = choice.finish.map(finish_reason);
            json!({ "index": index, "message": message, "logprobs": chances(&choice.tokens), "finish_reason": finish })
        });
        let mut completion = opening(&self.heading, "chat.completion");
        completion.insert("choices".into(), choices.collect());
        completion.insert("usage".into(), counts(self.choices.usage));
        Value::Object(completion)
    }
}

fn counts(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": { "cached_tokens": usage.cached },
    })
}

fn opening(heading: &Heading, object: &str) -> Map<String, Value> {
    let Heading { id, model, created } = heading;
    let opening =
        json!({ "id": id, "object": object, "created": created, "model": model, "system_fingerprint": "local" });
    match opening {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn call_json(id: &str, choice: usize, index: u32, call: &Call) -> Value {
    json!({
        "id": format!("call_{}_{choice}_{index}", id.trim_start_matches("chatcmpl-")),
        "type": "function",
        "function": { "name": call.name, "arguments": call.arguments },
    })
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Calls => "tool_calls",
    }
}

/// Tokens with their probabilities; null without any.
pub fn chances(tokens: &[TokenChance]) -> Value {
    if tokens.is_empty() {
        return Value::Null;
    }
    let one = |bytes: &[u8], logprob: f32| json!({ "token": String::from_utf8_lossy(bytes), "logprob": logprob, "bytes": bytes });
    let token = |token: &TokenChance| {
        let mut written = one(&token.bytes, token.logprob);
        written["top_logprobs"] = token.top.iter().map(|(bytes, logprob)| one(&bytes.0, *logprob)).collect();
        written
    };
    json!({ "content": tokens.iter().map(token).collect::<Vec<_>>(), "refusal": null })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Piece> {
        let call = Call { name: "labs".into(), arguments: "{}".into() };
        vec![
            Piece::Start { choice: 0, prompt_tokens: 5, cached_tokens: 2 },
            Piece::Thought { choice: 0, text: "hm".into() },
            Piece::Text { choice: 0, text: "Hé".into(), tokens: vec![] },
            Piece::Start { choice: 1, prompt_tokens: 5, cached_tokens: 4 },
            Piece::Call { choice: 1, call },
            Piece::End { choice: 0, finish: Finish::Length, tokens: 3 },
            Piece::End { choice: 1, finish: Finish::Calls, tokens: 4 },
        ]
    }

    fn heading() -> Heading {
        Heading { id: "chatcmpl-1".into(), model: "local/m".into(), created: 7 }
    }

    #[test]
    fn a_whole_answer_has_every_choice_and_counts_the_input_once() {
        let mut whole = Whole::new(heading());
        pieces().into_iter().for_each(|piece| whole.add(piece));
        let json = whole.json();
        assert_eq!(json["choices"][0]["message"]["content"], "Hé");
        assert_eq!(json["choices"][0]["message"]["reasoning_content"], "hm");
        assert_eq!(json["choices"][0]["finish_reason"], "length");
        assert_eq!(json["choices"][1]["message"]["tool_calls"][0]["function"]["name"], "labs");
        assert_eq!(json["choices"][1]["message"]["content"], Value::Null);
        assert_eq!(json["usage"]["total_tokens"], 12);
        assert_eq!(json["usage"]["prompt_tokens_details"]["cached_tokens"], 2);
    }

    #[test]
    fn chunks_say_the_same() {
        let mut chunks = Chunks::new(heading(), true);
        let mut text = String::new();
        for piece in pieces() {
            text += &chunks.piece(&piece);
        }
        text += &chunks.end();
        assert!(text.ends_with("data: [DONE]\n\n"));
        let events: Vec<Value> =
            text.split("\n\n").filter_map(|event| serde_json::from_str(event.strip_prefix("data: ")?).ok()).collect();
        assert_eq!(events.len(), 8);
        assert_eq!(events[2]["choices"][0]["delta"]["content"], "Hé");
        assert_eq!(events[4]["choices"][0]["delta"]["tool_calls"][0]["index"], 0);
        assert_eq!(events[5]["choices"][0]["finish_reason"], "length");
        assert_eq!(events[7]["usage"]["completion_tokens"], 7);
        assert!(events[..7].iter().all(|event| event["usage"].is_null()));
    }
}
