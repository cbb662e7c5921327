//! What is asked of a local model, and what it answers: independent of any dialect and of the engine.
//!
//! These travel between the gateway and the model process, so they are plain data. They hold raw text that stays on
//! premise: none has a `Debug`, so that none can reach a log.

use serde::{Deserialize, Serialize};

/// A question to a local model.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Prompt {
    #[serde(default)]
    pub task: Task,
    /// The adapter to apply, by the name it was given in the configuration.
    pub adapter: Option<String>,
    pub messages: Vec<Message>,
    #[serde(default)]
    pub sampling: Sampling,
    /// The answer ends before the first of these, which is not part of it.
    #[serde(default)]
    pub stop: Vec<String>,
    /// At most this many tokens are answered; without it, as many as the context has left.
    pub max_tokens: Option<u32>,
    /// How many answers.
    pub choices: u32,
    /// With each token its log probability, and those of this many alternatives.
    pub logprobs: Option<u8>,
    #[serde(default)]
    pub shape: Shape,
    /// What was read from the last message on is not kept for a later question.
    #[serde(default)]
    pub forget: bool,
    #[serde(default)]
    pub tools: Vec<Tool>,
    #[serde(default)]
    pub tool_choice: ToolChoice,
}

/// What is wanted of a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    #[default]
    Answer,
    /// Only how many tokens it has, in the `Start` piece of an answer without any.
    Count,
    /// The vector of each message's text, in a choice of its own.
    Embed,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Message {
    pub speaker: Speaker,
    pub parts: Vec<Part>,
    /// What the assistant called in this turn.
    #[serde(default)]
    pub calls: Vec<Call>,
}

impl Message {
    pub fn text(speaker: Speaker, text: impl Into<String>) -> Self {
        Self { speaker, parts: vec![Part::Text(text.into())], calls: Vec::new() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    System,
    User,
    Assistant,
    /// The result of a call.
    Tool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Text(String),
    /// The bytes of a PNG or JPEG file.
    Image(#[serde(with = "base64")] Vec<u8>),
}

/// How the next token is chosen. What is absent is as the model's publisher recommends.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    pub temperature: Option<f32>,
    pub top_k: Option<u32>,
    pub top_p: Option<f32>,
    pub min_p: Option<f32>,
    pub repeat_penalty: Option<f32>,
    pub frequency_penalty: Option<f32>,
    pub presence_penalty: Option<f32>,
    pub seed: Option<u64>,
    /// Added to the logits of these tokens.
    #[serde(default)]
    pub bias: Vec<(u32, f32)>,
}

/// What the answer must look like. The engine cannot produce anything else.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// As JSON text, because how deep it is nested is for the model process to judge.
    JsonSchema(String),
    /// A grammar in the Lark form of `llguidance`; made by Cordon only, never by a client.
    Grammar(String),
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: Option<String>,
    /// JSON schema of the arguments, as text.
    pub parameters: Option<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolChoice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub name: String,
    /// JSON text.
    pub arguments: String,
}

impl Call {
    /// The arguments as a value. They were parsed before they became a call.
    pub fn input(&self) -> serde_json::Value {
        serde_json::from_str(&self.arguments).unwrap_or_default()
    }
}

/// A part of an answer, in the order in which it came about. `choice` counts the answers of one prompt from 0.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// The prompt was read; the first piece of every choice.
    Start {
        choice: u32,
        prompt_tokens: u32,
        cached_tokens: u32,
    },
    Text {
        choice: u32,
        text: String,
        #[serde(default)]
        tokens: Vec<TokenChance>,
    },
    /// What the model thought before it answered.
    Thought {
        choice: u32,
        text: String,
    },
    Call {
        choice: u32,
        call: Call,
    },
    /// The embedding of a text, of length one.
    Vector {
        choice: u32,
        vector: Vec<f32>,
    },
    /// The counts of the whole answer, where they are known at its end only; before the last pieces.
    Usage {
        prompt_tokens: u32,
        cached_tokens: u32,
        completion_tokens: u32,
    },
    /// The last piece of every choice. Without it the answer is not whole.
    End {
        choice: u32,
        finish: Finish,
        tokens: u32,
    },
}

impl Piece {
    pub fn choice(&self) -> u32 {
        match self {
            Self::Start { choice, .. }
            | Self::Text { choice, .. }
            | Self::Thought { choice, .. }
            | Self::Call { choice, .. }
            | Self::Vector { choice, .. }
            | Self::End { choice, .. } => *choice,
            Self::Usage { .. } => 0,
        }
    }
}

/// A token of the answer with its log probability.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenChance {
    #[serde(with = "base64")]
    pub bytes: Vec<u8>,
    pub logprob: f32,
    /// The likeliest tokens in its place.
    pub top: Vec<(Bytes, f32)>,
}

/// Bytes that are a text only together with their neighbours.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Bytes(#[serde(with = "base64")] pub Vec<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finish {
    /// The model ended its turn, or a stop string came.
    Stop,
    /// `max_tokens`, or the end of the context.
    Length,
    /// It ended with calls.
    Calls,
}

mod base64 {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::BASE64.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| D::Error::custom("not base64"))
    }
}
