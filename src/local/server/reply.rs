//! A stream of Chat Completions chunks as the pieces of an answer.

use crate::local::prompt::{Bytes, Call, Finish, Piece, TokenChance};
use crate::local::server::calling::Spoken;
use crate::local::tools::Calling;
use crate::sse::Frames;
use serde_json::Value;

/// An answer that is being read.
pub struct Reading {
    frames: Frames,
    choices: Vec<Choice>,
    /// Tokens of input, of those that were known, and of output; told at the end.
    usage: Option<(u32, u32, u32)>,
    begun: bool,
    over: bool,
    must_call: bool,
}

struct Choice {
    spoken: Spoken,
    /// Calls come in parts, and are whole at the end.
    calls: Vec<Call>,
    finish: Option<Finish>,
}

/// The stream is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Why an answer is not whole, in words for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    #[error("the server's answer broke off")]
    Cut,
    #[error("the server's model called no tool, although it had to; see `tools` of its settings")]
    NoCall,
}

/// One event of a stream.
const EVENT_BYTES_MAX: usize = 1 << 20;
const CALLS_MAX: usize = 64;

impl Reading {
    /// For an answer of so many choices, each with calls in its text as `calling` says. `must_call`: one without a call
    /// is none.
    pub fn new(choices: u32, calling: Calling, must_call: bool) -> Self {
        let choice = |_| Choice { spoken: Spoken::new(calling), calls: Vec::new(), finish: None };
        let choices = (0..choices).map(choice).collect();
        Self { frames: Frames::new(EVENT_BYTES_MAX), choices, usage: None, begun: false, over: false, must_call }
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Piece>, Unreadable> {
        let mut pieces = Vec::new();
        self.frames.push(bytes);
        while let Some(frame) = self.frames.next_frame().map_err(|_| Unreadable)? {
            let Some(data) = frame.data() else { continue };
            if data.as_ref() == b"[DONE]" {
                self.over = true;
                break;
            }
            let chunk: Value = serde_json::from_slice(&data).map_err(|_| Unreadable)?;
            self.chunk(&chunk, &mut pieces)?;
        }
        Ok(pieces)
    }

    /// An answer that came whole: some servers do not stream, whatever they are asked.
    pub fn whole(&mut self, bytes: &[u8]) -> Result<Vec<Piece>, Unreadable> {
        let mut answer: Value = serde_json::from_slice(bytes).map_err(|_| Unreadable)?;
        let choices = answer.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten();
        for choice in choices.filter_map(Value::as_object_mut) {
            let mut message = choice.remove("message").unwrap_or_default();
            // The calls of a whole message stand in their order and have no numbers.
            let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten();
            for (index, call) in calls.filter_map(Value::as_object_mut).enumerate() {
                call.insert("index".into(), index.into());
            }
            choice.insert("delta".into(), message);
        }
        let mut pieces = Vec::new();
        self.chunk(&answer, &mut pieces)?;
        Ok(pieces)
    }

    /// The end of every choice, after the counts.
    pub fn finish(self) -> Result<Vec<Piece>, Unfinished> {
        let mut pieces = Vec::new();
        if let Some((prompt_tokens, cached_tokens, completion_tokens)) = self.usage {
            pieces.push(Piece::Usage { prompt_tokens, cached_tokens, completion_tokens });
        }
        for (choice, answered) in (0..).zip(self.choices) {
            let mut finish = answered.finish.ok_or(Unfinished::Cut)?;
            let (text, mut calls) = answered.spoken.finish();
            calls.extend(answered.calls);
            if !calls.is_empty() {
                finish = Finish::Calls;
            } else if self.must_call && finish != Finish::Length {
                return Err(Unfinished::NoCall);
            }
            if !text.is_empty() {
                pieces.push(Piece::Text { choice, text, tokens: Vec::new() });
            }
            pieces.extend(calls.into_iter().map(|call| Piece::Call { choice, call }));
            pieces.push(Piece::End { choice, finish, tokens: 0 });
        }
        Ok(pieces)
    }

    fn chunk(&mut self, chunk: &Value, pieces: &mut Vec<Piece>) -> Result<(), Unreadable> {
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(Unreadable);
        }
        if !self.begun {
            self.begun = true;
            let starts = (0..).take(self.choices.len());
            pieces.extend(starts.map(|choice| Piece::Start { choice, prompt_tokens: 0, cached_tokens: 0 }));
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            let count = |value: &Value| u32::try_from(value.as_u64().unwrap_or(0)).unwrap_or(u32::MAX);
            let cached = count(&usage["prompt_tokens_details"]["cached_tokens"]);
            self.usage = Some((count(&usage["prompt_tokens"]), cached, count(&usage["completion_tokens"])));
        }
        for answered in chunk.get("choices").and_then(Value::as_array).into_iter().flatten() {
            let index = answered["index"].as_u64().unwrap_or(0) as usize;
            let kept = self.choices.get_mut(index).ok_or(Unreadable)?;
            let choice = index as u32;
            let delta = &answered["delta"];
            // Two names for what a model thinks: that of most servers, and that of newer ones.
            let thought = delta["reasoning_content"].as_str().or_else(|| delta["reasoning"].as_str());
            if let Some(text) = thought.filter(|text| !text.is_empty()) {
                pieces.push(Piece::Thought { choice, text: text.to_owned() });
            }
            let tokens = tokens(&answered["logprobs"]);
            let text = kept.spoken.push(delta["content"].as_str().unwrap_or_default());
            if !text.is_empty() || !tokens.is_empty() {
                pieces.push(Piece::Text { choice, text, tokens });
            }
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let at = call["index"].as_u64().unwrap_or(0) as usize;
                if at >= CALLS_MAX {
                    return Err(Unreadable);
                }
                while kept.calls.len() <= at {
                    kept.calls.push(Call { name: String::new(), arguments: String::new() });
                }
                let part = |name: &str| call["function"][name].as_str().unwrap_or_default();
                kept.calls[at].name.push_str(part("name"));
                kept.calls[at].arguments.push_str(part("arguments"));
            }
            match answered["finish_reason"].as_str() {
                None => {}
                Some("length") => kept.finish = Some(Finish::Length),
                Some(_) => kept.finish = Some(Finish::Stop),
            }
        }
        Ok(())
    }
}

fn tokens(logprobs: &Value) -> Vec<TokenChance> {
    let bytes = |token: &Value| match token["bytes"].as_array() {
        Some(bytes) => bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect(),
        None => token["token"].as_str().unwrap_or_default().as_bytes().to_vec(),
    };
    let logprob = |token: &Value| token["logprob"].as_f64().unwrap_or(f64::from(f32::MIN)) as f32;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let one = |token: &Value| {
        let top = list(&token["top_logprobs"]).iter().map(|token| (Bytes(bytes(token)), logprob(token))).collect();
        TokenChance { bytes: bytes(token), logprob: logprob(token), top }
    };
    list(&logprobs["content"]).iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stream(chunks: &[Value]) -> Vec<u8> {
        let mut bytes: Vec<u8> = chunks.iter().flat_map(|chunk| format!("data: {chunk}\n\n").into_bytes()).collect();
        bytes.extend(b"data: [DONE]\n\n");
        bytes
    }

    fn reading() -> Reading {
        Reading::new(1, Calling::No, false)
    }

    fn read(bytes: &[u8], cut: usize) -> Result<Option<Vec<Piece>>, Unreadable> {
        let mut reading = reading();
        let mut pieces = Vec::new();
        for part in bytes.chunks(cut) {
            pieces.extend(reading.push(part)?);
        }
        Ok(reading.finish().ok().map(|end| pieces.into_iter().chain(end).collect()))
    }

    #[test]
    fn chunks_become_pieces_at_any_cut() {
        let call = |function: Value| json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [{ "index": 0, "function": function }] } }] });
        let bytes = stream(&[
            json!({ "choices": [{ "index": 0, "delta": { "role": "assistant", "reasoning_content": "hm" } }] }),
            json!({ "choices": [{ "index": 0, "delta": { "content": "Hé" } }] }),
            call(json!({ "name": "labs", "arguments": "{\"a\"" })),
            call(json!({ "arguments": ":1}" })),
            json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "tool_calls" }] }),
            json!({ "choices": [], "usage": { "prompt_tokens": 5, "completion_tokens": 3 } }),
        ]);
        let expected = [
            Piece::Start { choice: 0, prompt_tokens: 0, cached_tokens: 0 },
            Piece::Thought { choice: 0, text: "hm".into() },
            Piece::Text { choice: 0, text: "Hé".into(), tokens: vec![] },
            Piece::Usage { prompt_tokens: 5, cached_tokens: 0, completion_tokens: 3 },
            Piece::Call { choice: 0, call: Call { name: "labs".into(), arguments: "{\"a\":1}".into() } },
            Piece::End { choice: 0, finish: Finish::Calls, tokens: 0 },
        ];
        for cut in [1, 7, 4096] {
            assert!(read(&bytes, cut) == Ok(Some(expected.to_vec())), "cut at {cut}");
        }
    }

    #[test]
    fn an_answer_that_comes_whole_is_the_same() {
        let call = json!({ "id": "c", "function": { "name": "labs", "arguments": "{}" } });
        let message = json!({ "role": "assistant", "content": "Hé", "tool_calls": [call] });
        let answer = json!({ "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }], "usage": { "prompt_tokens": 5 } });
        let mut reading = reading();
        let begin = reading.whole(answer.to_string().as_bytes()).unwrap();
        assert!(begin[1] == Piece::Text { choice: 0, text: "Hé".into(), tokens: vec![] });
        let end = reading.finish().unwrap();
        assert!(end[1] == Piece::Call { choice: 0, call: Call { name: "labs".into(), arguments: "{}".into() } });
        assert!(super::tests::reading().whole(b"{\"choices\":[{\"message\":{\"content\":\"x\"}}]").is_err());
        let mut cut = super::tests::reading();
        assert!(cut.whole(br#"{"choices":[{"index":0,"message":{"content":"x"}}]}"#).is_ok());
        assert!(cut.finish() == Err(Unfinished::Cut));
    }

    #[test]
    fn an_answer_without_the_call_that_it_must_have_is_none() {
        let answer = |finish: &str| {
            stream(&[json!({ "choices": [{ "index": 0, "delta": { "content": "x" }, "finish_reason": finish }] })])
        };
        let finish = |finish: &str| {
            let mut reading = Reading::new(1, Calling::No, true);
            reading.push(&answer(finish)).unwrap();
            reading.finish()
        };
        assert!(finish("stop") == Err(Unfinished::NoCall) && finish("length").is_ok());
    }

    #[test]
    fn what_breaks_off_or_is_no_answer_is_not_whole() {
        let half = stream(&[json!({ "choices": [{ "index": 0, "delta": { "content": "Hé" } }] })]);
        assert!(read(&half, 4096) == Ok(None));
        let foreign = stream(&[json!({ "choices": [{ "index": 7, "delta": {} }] })]);
        assert!(read(&foreign, 4096) == Err(Unreadable));
        assert!(read(b"data: {\"error\":{\"message\":\"x\"}}\n\n", 4096) == Err(Unreadable));
        assert!(read(b"data: nonsense\n\n", 4096) == Err(Unreadable));
    }
}
