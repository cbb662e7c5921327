//! The dialects in which local models answer: who reads the request, and who writes the answer.

use crate::dialect::refuse::midstream::{self, Framing};
use crate::dialect::{Endpoint, Provider};
use crate::json::Node;
use crate::local::answer::Heading;
use crate::local::anthropic;
use crate::local::gemini;
use crate::local::ollama::{self, reply::Form};
use crate::local::openai_chat::{self, Asked};
use crate::local::openai_responses;
use crate::local::prompt::Piece;
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Chat,
    Responses,
    Messages,
    /// Whether a stream is one of events rather than a growing array.
    Gemini {
        stream: bool,
        events: bool,
    },
    Ollama(Form),
}

impl Dialect {
    pub fn of(endpoint: &Endpoint) -> Result<Self, Refusal> {
        let events = || endpoint.query.iter().any(|(name, value)| *name == "alt" && value == "sse");
        match endpoint.operation.name {
            "openai.chat" => Ok(Self::Chat),
            "openai.responses" => Ok(Self::Responses),
            "anthropic.messages" => Ok(Self::Messages),
            "gemini.generate" => Ok(Self::Gemini { stream: false, events: false }),
            "gemini.stream" => Ok(Self::Gemini { stream: true, events: events() }),
            "ollama.chat" => Ok(Self::Ollama(Form::Chat)),
            "ollama.generate" => Ok(Self::Ollama(Form::Generate)),
            _ => Err(Refusal::new(Reason::UnsupportedFeature)
                .because("local models answer chats: Chat Completions, Responses, Messages, generateContent, Ollama")),
        }
    }

    pub fn read(self, request: &Node<Raw>) -> Result<Asked, Refusal> {
        match self {
            Self::Chat => openai_chat::read(request),
            Self::Responses => openai_responses::read(request),
            Self::Messages => anthropic::read(request),
            Self::Gemini { stream, .. } => gemini::read(request).map(|asked| Asked { stream, ..asked }),
            Self::Ollama(_) => ollama::read(request),
        }
    }

    /// What the identifiers of its answers begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Chat => "chatcmpl-",
            Self::Responses => "resp_",
            Self::Messages => "msg_",
            Self::Gemini { .. } | Self::Ollama(_) => "",
        }
    }

    /// The answer as one JSON value.
    pub fn whole(self, heading: Heading, repeated: Map<String, Value>, pieces: Vec<Piece>) -> Value {
        macro_rules! gathered {
            ($whole:expr) => {{
                let mut whole = $whole;
                pieces.into_iter().for_each(|piece| whole.add(piece));
                whole.json()
            }};
        }
        match self {
            Self::Chat => gathered!(openai_chat::reply::Whole::new(heading)),
            Self::Messages => gathered!(anthropic::reply::Whole::new(heading)),
            Self::Gemini { .. } => gathered!(gemini::reply::Whole::new(heading)),
            Self::Ollama(form) => gathered!(ollama::reply::Whole::new(heading, form)),
            Self::Responses => {
                let mut response = openai_responses::reply::Response::new(heading, repeated);
                for piece in &pieces {
                    response.piece(piece);
                }
                response.json()
            }
        }
    }

    pub fn writer(self, heading: Heading, repeated: Map<String, Value>, include_usage: bool) -> Writer {
        match self {
            Self::Chat => Writer::Chat(openai_chat::reply::Chunks::new(heading, include_usage)),
            Self::Responses => Writer::Responses(Box::new(openai_responses::reply::Response::new(heading, repeated))),
            Self::Messages => Writer::Messages(anthropic::reply::Events::new(heading)),
            Self::Gemini { events, .. } => Writer::Gemini(gemini::reply::Responses::new(heading, events)),
            Self::Ollama(form) => Writer::Ollama(ollama::reply::Lines::new(heading, form)),
        }
    }
}

/// Writes a stream, piece by piece.
pub enum Writer {
    Chat(openai_chat::reply::Chunks),
    Responses(Box<openai_responses::reply::Response>),
    Messages(anthropic::reply::Events),
    Gemini(gemini::reply::Responses),
    Ollama(ollama::reply::Lines),
}

impl Writer {
    pub fn content_type(&self) -> &'static str {
        match self.framing() {
            Framing::Events => "text/event-stream",
            Framing::Lines => "application/x-ndjson",
            Framing::Array { .. } => "application/json",
        }
    }

    pub fn piece(&mut self, piece: &Piece) -> String {
        match self {
            Self::Chat(chunks) => chunks.piece(piece),
            Self::Responses(response) => response.piece(piece),
            Self::Messages(events) => events.piece(piece),
            Self::Gemini(responses) => responses.piece(piece),
            Self::Ollama(lines) => lines.piece(piece),
        }
    }

    /// What stands behind the last piece.
    pub fn end(&self) -> String {
        match self {
            Self::Chat(chunks) => chunks.end(),
            Self::Gemini(responses) => responses.end(),
            Self::Responses(_) | Self::Messages(_) | Self::Ollama(_) => String::new(),
        }
    }

    /// The event that says why a stream ends before its end.
    pub fn refusal(&self, refusal: &Refusal, exchange: &str) -> Vec<u8> {
        let (provider, operation) = match self {
            Self::Chat(_) => (Provider::OpenAi, "openai.chat"),
            Self::Responses(_) => (Provider::OpenAi, "openai.responses"),
            Self::Messages(_) => (Provider::Anthropic, "anthropic.messages"),
            Self::Gemini(_) => (Provider::Gemini, "gemini.stream"),
            Self::Ollama(_) => (Provider::Ollama, "ollama.chat"),
        };
        midstream::event(provider, operation, self.framing(), refusal, exchange)
    }

    fn framing(&self) -> Framing {
        match self {
            Self::Chat(_) | Self::Responses(_) | Self::Messages(_) => Framing::Events,
            Self::Gemini(responses) => {
                responses.array_is_empty().map_or(Framing::Events, |first| Framing::Array { first })
            }
            Self::Ollama(_) => Framing::Lines,
        }
    }
}
