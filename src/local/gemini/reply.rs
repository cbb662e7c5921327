//! Writes a local answer as Gemini does, whole or response by response.

use crate::local::answer::{Choice, Choices, Heading, Usage};
use crate::local::prompt::{Call, Finish, Piece, TokenChance};
use serde_json::{Value, json};

/// Writes the responses of a stream, each with what is new.
pub struct Responses {
    heading: Heading,
    usage: Usage,
    /// A growing JSON array rather than server-sent events: what stands before the next response.
    array: Option<&'static str>,
}

impl Responses {
    pub fn new(heading: Heading, events: bool) -> Self {
        Self { heading, usage: Usage::default(), array: (!events).then_some("[") }
    }

    pub fn piece(&mut self, piece: &Piece) -> String {
        self.usage.count(piece);
        let (mut finish, mut chances) = (None, &[][..]);
        let parts = match piece {
            Piece::Start { .. } | Piece::Vector { .. } | Piece::Usage { .. } => return String::new(),
            Piece::Text { text, tokens, .. } => {
                chances = tokens;
                vec![json!({ "text": text })]
            }
            Piece::Thought { text, .. } => vec![json!({ "text": text, "thought": true })],
            Piece::Call { call, .. } => vec![called(call)],
            Piece::End { finish: how, .. } => {
                finish = Some(*how);
                vec![json!({ "text": "" })]
            }
        };
        let candidate = candidate(piece.choice(), parts, chances, finish);
        self.framed(&response(&self.heading, self.usage, vec![candidate]))
    }

    fn framed(&mut self, response: &Value) -> String {
        match &mut self.array {
            Some(before) => std::mem::replace(before, ",\r\n").to_owned() + &response.to_string(),
            None => format!("data: {response}\r\n\r\n"),
        }
    }

    /// Where the stream is an array, whether its first member is still to come.
    pub fn array_is_empty(&self) -> Option<bool> {
        self.array.map(|before| before == "[")
    }

    pub fn end(&self) -> String {
        match self.array {
            Some("[") => "[]".to_owned(),
            Some(_) => "]".to_owned(),
            None => String::new(),
        }
    }
}

/// Gathers a whole response.
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
        let candidates = (0..).zip(&self.choices.list).map(|(index, choice)| {
            let Choice { text, thought, calls, tokens, finish } = choice;
            let thought = (!thought.is_empty()).then(|| json!({ "text": thought, "thought": true }));
            let text = (!text.is_empty() || calls.is_empty()).then(|| json!({ "text": text }));
            let parts = thought.into_iter().chain(text).chain(calls.iter().map(called)).collect();
            candidate(index, parts, tokens, *finish)
        });
        response(&self.heading, self.choices.usage, candidates.collect())
    }
}

fn response(heading: &Heading, usage: Usage, candidates: Vec<Value>) -> Value {
    json!({
        "candidates": candidates,
        "modelVersion": heading.model,
        "responseId": heading.id,
        "usageMetadata": {
            "promptTokenCount": usage.prompt,
            "cachedContentTokenCount": usage.cached,
            "candidatesTokenCount": usage.completion,
            "totalTokenCount": usage.prompt + usage.completion,
        },
    })
}

fn candidate(index: u32, parts: Vec<Value>, tokens: &[TokenChance], finish: Option<Finish>) -> Value {
    let mut candidate = json!({ "index": index, "content": { "role": "model", "parts": parts } });
    if let Some(finish) = finish {
        candidate["finishReason"] = if finish == Finish::Length { "MAX_TOKENS" } else { "STOP" }.into();
    }
    if !tokens.is_empty() {
        let one =
            |bytes: &[u8], logprob: f32| json!({ "token": String::from_utf8_lossy(bytes), "logProbability": logprob });
        let chosen: Vec<Value> = tokens.iter().map(|token| one(&token.bytes, token.logprob)).collect();
        let top = tokens.iter().map(|token| {
            let top: Vec<Value> = token.top.iter().map(|(bytes, logprob)| one(&bytes.0, *logprob)).collect();
            json!({ "candidates": top })
        });
        candidate["logprobsResult"] = json!({ "chosenCandidates": chosen, "topCandidates": top.collect::<Vec<_>>() });
        candidate["avgLogprobs"] = (tokens.iter().map(|token| token.logprob).sum::<f32>() / tokens.len() as f32).into();
    }
    candidate
}

fn called(call: &Call) -> Value {
    json!({ "functionCall": { "name": call.name, "args": call.input() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Piece> {
        let call = Call { name: "labs".into(), arguments: r#"{"id":1}"#.into() };
        vec![
            Piece::Start { choice: 0, prompt_tokens: 5, cached_tokens: 2 },
            Piece::Thought { choice: 0, text: "hm".into() },
            Piece::Text { choice: 0, text: "Hé".into(), tokens: vec![] },
            Piece::Call { choice: 0, call },
            Piece::End { choice: 0, finish: Finish::Calls, tokens: 3 },
        ]
    }

    fn heading() -> Heading {
        Heading { id: "1".into(), model: "local/m".into(), created: 7 }
    }

    #[test]
    fn a_whole_response_has_every_part() {
        let mut whole = Whole::new(heading());
        pieces().into_iter().for_each(|piece| whole.add(piece));
        let json = whole.json();
        let candidate = &json["candidates"][0];
        assert_eq!(candidate["content"]["parts"][0]["thought"], true);
        assert_eq!(candidate["content"]["parts"][1]["text"], "Hé");
        assert_eq!(candidate["content"]["parts"][2]["functionCall"]["args"]["id"], 1);
        assert_eq!(
            (&candidate["finishReason"], &json["usageMetadata"]["totalTokenCount"]),
            (&json!("STOP"), &json!(8))
        );
    }

    #[test]
    fn a_stream_is_events_or_one_array() {
        let written = |events: bool| {
            let mut responses = Responses::new(heading(), events);
            let text: String = pieces().iter().map(|piece| responses.piece(piece)).collect();
            text + &responses.end()
        };
        let events = written(true);
        let events = events.split("\r\n\r\n").filter_map(|event| event.strip_prefix("data: "));
        let events: Vec<Value> = events.map(|event| serde_json::from_str(event).unwrap()).collect();
        let array: Vec<Value> = serde_json::from_str(&written(false)).unwrap();
        assert_eq!(events, array);
        assert_eq!(events[1]["candidates"][0]["content"]["parts"][0]["text"], "Hé");
        assert_eq!(events[3]["candidates"][0]["finishReason"], "STOP");
        assert!(events[..3].iter().all(|event| event["candidates"][0]["finishReason"].is_null()));
        assert_eq!(Responses::new(heading(), false).end(), "[]");
    }
}
