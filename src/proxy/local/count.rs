//! How many tokens a question has for a local model, as each API asks for it and answers.

use crate::dialect::Endpoint;
use crate::json::Node;
use crate::local::prompt::{Prompt, Task};
use crate::local::{anthropic, gemini, openai_responses};
use crate::refusal::Refusal;
use crate::text::Raw;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Responses,
    Messages,
    Gemini,
}

impl Count {
    pub fn of(endpoint: &Endpoint) -> Option<Self> {
        match endpoint.operation.name {
            "openai.input_tokens" => Some(Self::Responses),
            "anthropic.count_tokens" => Some(Self::Messages),
            "gemini.count_tokens" => Some(Self::Gemini),
            _ => None,
        }
    }

    /// The question as it would be asked, so that what is counted is what would be read.
    pub fn read(self, request: &Node<Raw>) -> Result<Prompt, Refusal> {
        let asked = match self {
            Self::Responses => openai_responses::read(request),
            Self::Messages => anthropic::read(request),
            // Either the contents alone, or a whole request around them.
            Self::Gemini => gemini::read(request.field("generateContentRequest").unwrap_or(request)),
        };
        Ok(Prompt { task: Task::Count, choices: 1, ..asked?.prompt })
    }

    pub fn json(self, tokens: u32) -> Value {
        match self {
            Self::Responses => json!({ "object": "response.input_tokens", "input_tokens": tokens }),
            Self::Messages => json!({ "input_tokens": tokens }),
            Self::Gemini => json!({ "totalTokens": tokens }),
        }
    }
}
