//! Writes a local answer as an Anthropic message, whole or event by event.

use crate::local::answer::{Choice, Heading, Usage};
use crate::local::prompt::{Call, Finish, Piece};
use serde_json::{Value, json};

/// The kind of the content block that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    Thought,
}

/// Writes the events of a stream.
pub struct Events {
    heading: Heading,
    usage: Usage,
    open: Option<Block>,
    index: u32,
}

impl Events {
    pub fn new(heading: Heading) -> Self {
        Self { heading, usage: Usage::default(), open: None, index: 0 }
    }

    pub fn piece(&mut self, piece: &Piece) -> String {
        self.usage.count(piece);
        match piece {
            Piece::Vector { .. } | Piece::Usage { .. } => String::new(),
            Piece::Start { .. } => {
                let mut message = opening(&self.heading);
                message["content"] = json!([]);
                message["stop_reason"] = Value::Null;
                message["usage"] = usage(self.usage);
                event("message_start", json!({ "message": message }))
            }
            Piece::Text { text, .. } => {
                self.enter(Block::Text) + &self.delta(json!({ "type": "text_delta", "text": text }))
            }
            Piece::Thought { text, .. } => {
                self.enter(Block::Thought) + &self.delta(json!({ "type": "thinking_delta", "thinking": text }))
            }
            Piece::Call { call, .. } => {
                let mut text = self.leave();
                let mut block = call_block(&self.heading, self.index, call);
                block["input"] = json!({});
                text += &event("content_block_start", json!({ "index": self.index, "content_block": block }));
                text += &self.delta(json!({ "type": "input_json_delta", "partial_json": call.arguments }));
                text += &event("content_block_stop", json!({ "index": self.index }));
                self.index += 1;
                text
            }
            Piece::End { finish, .. } => {
                let delta = json!({ "stop_reason": stop_reason(*finish), "stop_sequence": null });
                let end = json!({ "delta": delta, "usage": usage(self.usage) });
                self.leave() + &event("message_delta", end) + &event("message_stop", json!({}))
            }
        }
    }

    fn delta(&self, delta: Value) -> String {
        event("content_block_delta", json!({ "index": self.index, "delta": delta }))
    }

    fn enter(&mut self, block: Block) -> String {
        if self.open == Some(block) {
            return String::new();
        }
        let mut text = self.leave();
        self.open = Some(block);
        let content = match block {
            Block::Text => json!({ "type": "text", "text": "" }),
            Block::Thought => json!({ "type": "thinking", "thinking": "", "signature": "" }),
        };
        text += &event("content_block_start", json!({ "index": self.index, "content_block": content }));
        text
    }

    fn leave(&mut self) -> String {
        if self.open.take().is_none() {
            return String::new();
        }
        let text = event("content_block_stop", json!({ "index": self.index }));
        self.index += 1;
        text
    }
}

/// Gathers a whole message.
pub struct Whole {
    heading: Heading,
    usage: Usage,
    answer: Choice,
}

impl Whole {
    pub fn new(heading: Heading) -> Self {
        Self { heading, usage: Usage::default(), answer: Choice::default() }
    }

    pub fn add(&mut self, piece: Piece) {
        self.usage.count(&piece);
        self.answer.add(piece);
    }

    pub fn json(&self) -> Value {
        let mut content = Vec::new();
        if !self.answer.thought.is_empty() {
            content.push(json!({ "type": "thinking", "thinking": self.answer.thought, "signature": "" }));
        }
        if !self.answer.text.is_empty() {
            content.push(json!({ "type": "text", "text": self.answer.text }));
        }
        let calls = (0..).zip(&self.answer.calls).map(|(index, call)| call_block(&self.heading, index, call));
        content.extend(calls);
        let mut message = opening(&self.heading);
        message["content"] = content.into();
        message["stop_reason"] = self.answer.finish.map(stop_reason).into();
        message["usage"] = usage(self.usage);
        message
    }
}

fn event(name: &str, mut data: Value) -> String {
    data["type"] = name.into();
    format!("event: {name}\ndata: {data}\n\n")
}

fn opening(heading: &Heading) -> Value {
    json!({ "id": heading.id, "type": "message", "role": "assistant", "model": heading.model, "stop_sequence": null })
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.prompt - usage.cached,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": usage.completion,
    })
}

fn call_block(heading: &Heading, index: u32, call: &Call) -> Value {
    let id = format!("toolu_{}_{index}", heading.id.trim_start_matches("msg_"));
    json!({ "type": "tool_use", "id": id, "name": call.name, "input": call.input() })
}

fn stop_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::Calls => "tool_use",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::answer::testing::{heading, pieces};

    #[test]
    fn a_whole_message_has_every_block() {
        let mut whole = Whole::new(heading("msg_1"));
        pieces().into_iter().for_each(|piece| whole.add(piece));
        let json = whole.json();
        let kinds: Vec<&str> =
            json["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["thinking", "text", "tool_use"]);
        assert_eq!((&json["content"][2]["input"]["id"], &json["stop_reason"]), (&json!(1), &json!("tool_use")));
        assert_eq!((&json["usage"]["input_tokens"], &json["usage"]["output_tokens"]), (&json!(3), &json!(3)));
    }

    #[test]
    fn events_open_and_close_every_block_in_order() {
        let mut events = Events::new(heading("msg_1"));
        let text: String = pieces().iter().map(|piece| events.piece(piece)).collect();
        let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: content_block_")).collect();
        assert_eq!(names, ["start", "delta", "stop", "start", "delta", "delta", "stop", "start", "delta", "stop"]);
        assert!(text.starts_with("event: message_start") && text.trim_end().contains("event: message_stop"));
        assert!(text.contains(r#""partial_json":"{\"id\":1}""#));
    }
}
