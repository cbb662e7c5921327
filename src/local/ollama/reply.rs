//! Writes a local answer as Ollama does, whole or a JSON value a line.

use crate::local::answer::{Choice, Heading, Usage};
use crate::local::prompt::{Call, Finish, Piece};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Whether the answer is a message or a continued text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Chat,
    Generate,
}

/// Writes the lines of a stream.
pub struct Lines {
    heading: Heading,
    form: Form,
    usage: Usage,
}

impl Lines {
    pub fn new(heading: Heading, form: Form) -> Self {
        Self { heading, form, usage: Usage::default() }
    }

    pub fn piece(&mut self, piece: &Piece) -> String {
        self.usage.count(piece);
        let line = match piece {
            Piece::Start { .. } | Piece::Vector { .. } | Piece::Usage { .. } => return String::new(),
            Piece::Text { text, .. } => self.line(text, "", &[]),
            Piece::Thought { text, .. } => self.line("", text, &[]),
            Piece::Call { call, .. } => self.line("", "", std::slice::from_ref(call)),
            Piece::End { finish, .. } => closed(self.line("", "", &[]), self.usage, *finish),
        };
        format!("{line}\n")
    }

    fn line(&self, text: &str, thought: &str, calls: &[Call]) -> Value {
        value(&self.heading, self.form, text, thought, calls)
    }
}

/// Gathers a whole answer.
pub struct Whole {
    heading: Heading,
    form: Form,
    usage: Usage,
    answer: Choice,
}

impl Whole {
    pub fn new(heading: Heading, form: Form) -> Self {
        Self { heading, form, usage: Usage::default(), answer: Choice::default() }
    }

    pub fn add(&mut self, piece: Piece) {
        self.usage.count(&piece);
        self.answer.add(piece);
    }

    pub fn json(&self) -> Value {
        let Choice { text, thought, calls, finish, .. } = &self.answer;
        closed(value(&self.heading, self.form, text, thought, calls), self.usage, finish.unwrap_or(Finish::Stop))
    }
}

fn value(heading: &Heading, form: Form, text: &str, thought: &str, calls: &[Call]) -> Value {
    let created = i64::try_from(heading.created).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let mut value =
        json!({ "model": heading.model, "created_at": created.unwrap_or_default().to_string(), "done": false });
    match form {
        Form::Generate => value["response"] = text.into(),
        Form::Chat => {
            value["message"] = json!({ "role": "assistant", "content": text });
            if !thought.is_empty() {
                value["message"]["thinking"] = thought.into();
            }
            if !calls.is_empty() {
                value["message"]["tool_calls"] = calls.iter().map(called).collect();
            }
        }
    }
    value
}

fn called(call: &Call) -> Value {
    json!({ "function": { "name": call.name, "arguments": call.input() } })
}

fn closed(mut value: Value, usage: Usage, finish: Finish) -> Value {
    value["done"] = true.into();
    value["done_reason"] = if finish == Finish::Length { "length" } else { "stop" }.into();
    value["prompt_eval_count"] = usage.prompt.into();
    value["eval_count"] = usage.completion.into();
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Piece> {
        let call = Call { name: "labs".into(), arguments: r#"{"id":1}"#.into() };
        vec![
            Piece::Start { choice: 0, prompt_tokens: 5, cached_tokens: 2 },
            Piece::Text { choice: 0, text: "Hé".into(), tokens: vec![] },
            Piece::Text { choice: 0, text: "!".into(), tokens: vec![] },
            Piece::Call { choice: 0, call },
            Piece::End { choice: 0, finish: Finish::Calls, tokens: 3 },
        ]
    }

    fn heading() -> Heading {
        Heading { id: "1".into(), model: "local/m".into(), created: 0 }
    }

    #[test]
    fn lines_end_with_a_done_that_counts() {
        let mut lines = Lines::new(heading(), Form::Chat);
        let text: String = pieces().iter().map(|piece| lines.piece(piece)).collect();
        let values: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(values.len(), 4);
        assert_eq!(values[0]["message"]["content"], "Hé");
        assert_eq!(values[2]["message"]["tool_calls"][0]["function"]["arguments"]["id"], 1);
        assert_eq!((&values[3]["done"], &values[3]["eval_count"]), (&json!(true), &json!(3)));
        assert!(values[..3].iter().all(|value| value["done"] == false));
        assert_eq!(values[0]["created_at"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_whole_answer_is_one_value() {
        let mut whole = Whole::new(heading(), Form::Generate);
        pieces().into_iter().for_each(|piece| whole.add(piece));
        assert_eq!(whole.json()["response"], "Hé!");
        assert_eq!(whole.json()["prompt_eval_count"], 5);
    }
}
