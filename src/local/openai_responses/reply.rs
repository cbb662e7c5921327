//! Writes a local answer as a Response, whole or event by event.

use super::repeated;
use crate::local::answer::{Heading, Usage};
use crate::local::openai_chat::reply::chances;
use crate::local::prompt::{Call, Finish, Piece, TokenChance};
use serde_json::{Map, Value, json};

/// A response as it comes about. What it has said so far is kept, because its last event repeats all of it.
pub struct Response {
    heading: Heading,
    repeated: Map<String, Value>,
    usage: Usage,
    /// Items that are whole.
    output: Vec<Value>,
    open: Option<Open>,
    finish: Option<Finish>,
    events: u64,
}

/// The item that is being written.
struct Open {
    kind: Kind,
    text: String,
    tokens: Vec<TokenChance>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Reasoning,
}

impl Response {
    pub fn new(heading: Heading, asked: Map<String, Value>) -> Self {
        let (repeated, usage) = (repeated(asked), Usage::default());
        Self { heading, repeated, usage, output: Vec::new(), open: None, finish: None, events: 0 }
    }

    /// The events of a piece.
    pub fn piece(&mut self, piece: &Piece) -> String {
        self.usage.count(piece);
        match piece {
            Piece::Vector { .. } | Piece::Usage { .. } => String::new(),
            Piece::Start { .. } => {
                let response = self.json();
                self.event("response.created", json!({ "response": response }))
                    + &self.event("response.in_progress", json!({ "response": response }))
            }
            Piece::Text { text, tokens, .. } => self.enter(Kind::Message) + &self.add(text, tokens),
            Piece::Thought { text, .. } => self.enter(Kind::Reasoning) + &self.add(text, &[]),
            Piece::Call { call, .. } => self.leave() + &self.call(call),
            Piece::End { finish, .. } => {
                let mut events = self.leave();
                self.finish = Some(*finish);
                let name = if *finish == Finish::Length { "response.incomplete" } else { "response.completed" };
                let response = self.json();
                events += &self.event(name, json!({ "response": response }));
                events
            }
        }
    }

    /// The response as far as it has come.
    pub fn json(&self) -> Value {
        let (status, incomplete) = match self.finish {
            None => ("in_progress", Value::Null),
            Some(Finish::Length) => ("incomplete", json!({ "reason": "max_output_tokens" })),
            Some(Finish::Stop | Finish::Calls) => ("completed", Value::Null),
        };
        let mut response = json!({
            "id": self.heading.id,
            "object": "response",
            "created_at": self.heading.created,
            "model": self.heading.model,
            "status": status,
            "incomplete_details": incomplete,
            "error": null,
            "background": false,
            "previous_response_id": null,
            "reasoning": { "effort": null, "summary": null },
            "store": false,
            "truncation": "disabled",
            "output": self.output,
            "usage": null,
        });
        if self.finish.is_some() {
            response["usage"] = self.counts();
        }
        for (name, value) in &self.repeated {
            response[name] = value.clone();
        }
        response
    }

    fn counts(&self) -> Value {
        let Usage { prompt, cached, completion } = self.usage;
        json!({
            "input_tokens": prompt,
            "input_tokens_details": { "cached_tokens": cached },
            "output_tokens": completion,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": prompt + completion,
        })
    }

    fn enter(&mut self, kind: Kind) -> String {
        if self.open.as_ref().is_some_and(|open| open.kind == kind) {
            return String::new();
        }
        let mut events = self.leave();
        let open = Open { kind, text: String::new(), tokens: Vec::new() };
        let (mut item, part) = (self.item(&open, "in_progress"), open.part());
        // The text comes in the part that follows.
        item["content"] = json!([]);
        self.open = Some(open);
        let at = self.output.len();
        events += &self.event("response.output_item.added", json!({ "output_index": at, "item": item }));
        events += &self.part_event(kind, "response.content_part.added", json!({ "part": part }));
        events
    }

    fn add(&mut self, text: &str, tokens: &[TokenChance]) -> String {
        let Some(open) = &mut self.open else { return String::new() };
        open.text.push_str(text);
        open.tokens.extend_from_slice(tokens);
        match open.kind {
            Kind::Message => {
                let delta = json!({ "delta": text, "logprobs": logprobs(tokens) });
                self.part_event(Kind::Message, "response.output_text.delta", delta)
            }
            Kind::Reasoning => {
                self.part_event(Kind::Reasoning, "response.reasoning_text.delta", json!({ "delta": text }))
            }
        }
    }

    fn leave(&mut self) -> String {
        let Some(open) = self.open.take() else { return String::new() };
        let (item, at) = (self.item(&open, "completed"), self.output.len());
        let (name, mut done) = match open.kind {
            Kind::Message => ("response.output_text.done", json!({ "logprobs": logprobs(&open.tokens) })),
            Kind::Reasoning => ("response.reasoning_text.done", json!({})),
        };
        done["text"] = open.text.as_str().into();
        let text = self.part_event(open.kind, name, done);
        let part = self.part_event(open.kind, "response.content_part.done", json!({ "part": open.part() }));
        let over = self.event("response.output_item.done", json!({ "output_index": at, "item": item }));
        self.output.push(item);
        text + &part + &over
    }

    fn call(&mut self, call: &Call) -> String {
        let at = self.output.len();
        let id = self.item_id("fc");
        let item = |arguments: &str, status: &str| {
            json!({
                "id": id,
                "type": "function_call",
                "status": status,
                "call_id": format!("call_{}", id.trim_start_matches("fc_")),
                "name": call.name,
                "arguments": arguments,
            })
        };
        let place = json!({ "item_id": id, "output_index": at });
        let with = |name: &str, value: &str| {
            let mut data = place.clone();
            data[name] = value.into();
            data
        };
        let (begun, whole) = (item("", "in_progress"), item(&call.arguments, "completed"));
        let mut events = self.event("response.output_item.added", json!({ "output_index": at, "item": begun }));
        events += &self.event("response.function_call_arguments.delta", with("delta", &call.arguments));
        let mut done = with("arguments", &call.arguments);
        done["name"] = call.name.as_str().into();
        events += &self.event("response.function_call_arguments.done", done);
        events += &self.event("response.output_item.done", json!({ "output_index": at, "item": whole }));
        self.output.push(whole);
        events
    }

    fn item(&self, open: &Open, status: &str) -> Value {
        let content = json!([open.part()]);
        match open.kind {
            Kind::Message => json!({
                "id": self.item_id(open.kind.prefix()),
                "type": "message",
                "role": "assistant",
                "status": status,
                "content": content,
            }),
            Kind::Reasoning => json!({
                "id": self.item_id(open.kind.prefix()),
                "type": "reasoning",
                "status": status,
                "summary": [],
                "content": content,
            }),
        }
    }

    fn item_id(&self, prefix: &str) -> String {
        format!("{prefix}_{}_{}", self.heading.id.trim_start_matches("resp_"), self.output.len())
    }

    /// An event about the only part of the item that is being written, which is the next one to be whole.
    fn part_event(&mut self, kind: Kind, name: &str, mut data: Value) -> String {
        data["item_id"] = self.item_id(kind.prefix()).into();
        data["output_index"] = self.output.len().into();
        data["content_index"] = 0.into();
        self.event(name, data)
    }

    fn event(&mut self, name: &str, mut data: Value) -> String {
        data["type"] = name.into();
        data["sequence_number"] = self.events.into();
        self.events += 1;
        format!("event: {name}\ndata: {data}\n\n")
    }
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Message => "msg",
            Self::Reasoning => "rs",
        }
    }
}

impl Open {
    fn part(&self) -> Value {
        match self.kind {
            Kind::Message => json!({
                "type": "output_text",
                "text": self.text,
                "annotations": [],
                "logprobs": logprobs(&self.tokens),
            }),
            Kind::Reasoning => json!({ "type": "reasoning_text", "text": self.text }),
        }
    }
}

fn logprobs(tokens: &[TokenChance]) -> Value {
    match chances(tokens) {
        Value::Null => json!([]),
        mut chances => chances["content"].take(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::answer::testing::{heading, pieces};

    fn response() -> Response {
        Response::new(heading("resp_1"), Map::from_iter([("temperature".to_owned(), json!(0))]))
    }

    #[test]
    fn a_whole_response_has_every_item_and_repeats_what_was_asked() {
        let mut response = response();
        pieces().iter().for_each(|piece| drop(response.piece(piece)));
        let json = response.json();
        let kinds = json["output"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap());
        assert_eq!(kinds.collect::<Vec<_>>(), ["reasoning", "message", "function_call"]);
        assert_eq!(json["output"][1]["content"][0]["text"], "Hé!");
        assert_eq!((&json["status"], &json["temperature"]), (&json!("completed"), &json!(0)));
        assert_eq!((&json["usage"]["input_tokens"], &json["usage"]["total_tokens"]), (&json!(5), &json!(8)));
    }

    #[test]
    fn events_are_numbered_and_open_and_close_every_item() {
        let mut response = response();
        let text: String = pieces().iter().map(|piece| response.piece(piece)).collect();
        let events = text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok());
        let events: Vec<Value> = events.collect();
        assert!(events.iter().enumerate().all(|(at, event)| event["sequence_number"] == at));
        let names: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let expected = [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "reasoning_text.delta",
            "reasoning_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ];
        assert_eq!(names, expected.map(|name| format!("response.{name}")));
        let second = events.iter().filter(|event| event["output_index"] == 1 && !event["item_id"].is_null());
        assert!(second.clone().count() == 5 && second.clone().all(|event| event["item_id"] == "msg_1_1"));
    }

    #[test]
    fn an_answer_that_was_cut_is_incomplete() {
        let mut response = response();
        let end = response.piece(&Piece::End { choice: 0, finish: Finish::Length, tokens: 3 });
        assert!(end.starts_with("event: response.incomplete"));
        assert_eq!(response.json()["incomplete_details"]["reason"], "max_output_tokens");
    }
}
