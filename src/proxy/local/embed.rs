//! Embeddings of a local model, as each API asks for them and answers.

use crate::dialect::Endpoint;
use crate::json::Node;
use crate::local::field::{Json, invalid, text, unsupported};
use crate::local::prompt::{Message, Piece, Prompt, Speaker, Task};
use crate::refusal::Refusal;
use crate::text::Raw;
use data_encoding::BASE64;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embed {
    OpenAi {
        base64: bool,
    },
    Gemini,
    GeminiBatch,
    Ollama,
    /// Ollama's older form, with one text and one vector.
    OllamaPrompt,
}

/// The vectors of the texts, in their order, and how many tokens the texts have.
#[derive(Default)]
pub struct Vectors {
    list: Vec<Vec<f32>>,
    tokens: u32,
}

/// More texts in one question are nobody's honest wish.
const TEXTS_MAX: usize = 2048;

impl Embed {
    pub fn of(endpoint: &Endpoint, request: &Node<Raw>) -> Option<Self> {
        match endpoint.operation.name {
            "openai.embeddings" => {
                let format = request.field("encoding_format").and_then(Json::text);
                Some(Self::OpenAi { base64: format == Some("base64") })
            }
            "gemini.embed" => Some(Self::Gemini),
            "gemini.batch_embed" => Some(Self::GeminiBatch),
            "ollama.embed" => Some(Self::Ollama),
            "ollama.embeddings" => Some(Self::OllamaPrompt),
            _ => None,
        }
    }

    pub fn read(self, request: &Node<Raw>) -> Result<Prompt, Refusal> {
        // A part of a vector is a vector for few models only.
        for name in ["dimensions", "outputDimensionality"] {
            if request.field(name).is_some_and(|value| !value.is_null()) {
                return Err(unsupported(name));
            }
        }
        let texts = match self {
            Self::OpenAi { .. } | Self::Ollama => several(request.field("input").ok_or_else(|| invalid("input"))?)?,
            Self::OllamaPrompt => vec![text(request.field("prompt").ok_or_else(|| invalid("prompt"))?, "prompt")?],
            Self::Gemini => vec![content(request)?],
            Self::GeminiBatch => {
                let requests = request.field("requests").and_then(Json::as_array);
                let requests = requests.ok_or_else(|| invalid("requests"))?;
                requests.iter().map(content).collect::<Result<_, _>>()?
            }
        };
        if texts.is_empty() || texts.len() > TEXTS_MAX {
            return Err(invalid("input"));
        }
        let choices = texts.len() as u32;
        let messages = texts.into_iter().map(|text| Message::text(Speaker::User, text)).collect();
        Ok(Prompt { task: Task::Embed, messages, choices, ..Prompt::default() })
    }

    pub fn json(self, model: &str, vectors: Vectors) -> Value {
        let Vectors { list, tokens } = vectors;
        match self {
            Self::OpenAi { base64 } => {
                let written = |vector: &Vec<f32>| match base64 {
                    true => {
                        BASE64.encode(&vector.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()).into()
                    }
                    false => json!(vector),
                };
                let data = list.iter().enumerate().map(
                    |(index, vector)| json!({ "object": "embedding", "index": index, "embedding": written(vector) }),
                );
                let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
                json!({ "object": "list", "data": data.collect::<Vec<_>>(), "model": model, "usage": usage })
            }
            Self::Gemini => json!({ "embedding": { "values": list.first() } }),
            Self::GeminiBatch => {
                let embeddings = list.iter().map(|vector| json!({ "values": vector })).collect::<Vec<_>>();
                json!({ "embeddings": embeddings })
            }
            Self::Ollama => json!({ "model": model, "embeddings": list, "prompt_eval_count": tokens }),
            Self::OllamaPrompt => json!({ "embedding": list.first() }),
        }
    }
}

impl Vectors {
    pub fn add(&mut self, piece: Piece) {
        match piece {
            Piece::Start { prompt_tokens, .. } => self.tokens += prompt_tokens,
            Piece::Vector { vector, .. } => self.list.push(vector),
            _ => {}
        }
    }
}

/// One text or a list of them. Lists of token ids are texts that cannot be read.
fn several(input: &Json) -> Result<Vec<&str>, Refusal> {
    match input {
        Node::Array(list) => list.iter().map(|value| text(value, "input")).collect(),
        one => Ok(vec![text(one, "input")?]),
    }
}

/// The text of Gemini's content; several parts would be several things.
fn content(request: &Json) -> Result<&str, Refusal> {
    let parts = request.field("content").and_then(|content| content.field("parts")).and_then(Json::as_array);
    match parts {
        Some([part]) => {
            text(part.field("text").ok_or_else(|| unsupported("content.parts[0]"))?, "content.parts[0].text")
        }
        _ => Err(unsupported("content.parts")),
    }
}
