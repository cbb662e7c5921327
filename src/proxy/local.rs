//! Answers from a local model, in the shape of the dialect that asked. Nothing of them leaves the machine.

use crate::dialect::refuse::{self, midstream::Framing};
use crate::dialect::{Endpoint, Provider};
use crate::json::Node;
use crate::local::anthropic::{self, reply::Events};
use crate::local::ollama::{
    self,
    reply::{Form, Lines},
};
use crate::local::openai_chat::reply::{Chunks, Heading};
use crate::local::openai_chat::{self, Asked};
use crate::local::prompt::Piece;
use crate::local::{self, Models};
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use bytes::Bytes;
use futures_util::stream;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The body of a local answer. Dropping it cancels the answer.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Asks the model that the request names. A refusal before the first token is an answer of its own; a later one ends
/// the stream with an event that says why, which the SDKs raise as an error.
pub async fn answer(
    models: &Models,
    tenant: &str,
    exchange: &str,
    endpoint: &Endpoint,
    request: &Node<Raw>,
    deadline: Instant,
) -> Result<Response<Body>, Refusal> {
    let dialect = Dialect::of(endpoint)?;
    let Asked { model, prompt, stream, include_usage } = match dialect {
        Dialect::Chat => openai_chat::read(request)?,
        Dialect::Messages => anthropic::read(request)?,
        Dialect::Ollama(_) => ollama::read(request)?,
    };
    let mut answer = models.answer(&model, tenant, prompt, deadline)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let heading = |prefix| Heading { id: format!("{prefix}{exchange}"), model, created: now.as_secs() };
    if !stream {
        let mut pieces = Vec::new();
        while let Some(piece) = answer.next().await {
            pieces.push(piece?);
        }
        let json = match dialect {
            Dialect::Chat => {
                let mut whole = openai_chat::reply::Whole::new(heading("chatcmpl-"));
                pieces.into_iter().for_each(|piece| whole.add(piece));
                whole.json()
            }
            Dialect::Messages => {
                let mut whole = anthropic::reply::Whole::new(heading("msg_"));
                pieces.into_iter().for_each(|piece| whole.add(piece));
                whole.json()
            }
            Dialect::Ollama(form) => {
                let mut whole = ollama::reply::Whole::new(heading(""), form);
                pieces.into_iter().for_each(|piece| whole.add(piece));
                whole.json()
            }
        };
        return Ok(respond(Full::new(Bytes::from(json.to_string())).boxed_unsync(), "application/json"));
    }
    let first = answer.next().await.transpose()?;
    let writer = match dialect {
        Dialect::Chat => Writer::Chat(Chunks::new(heading("chatcmpl-"), include_usage)),
        Dialect::Messages => Writer::Messages(Events::new(heading("msg_"))),
        Dialect::Ollama(form) => Writer::Ollama(Lines::new(heading(""), form)),
    };
    let kind = if matches!(writer, Writer::Ollama(_)) { "application/x-ndjson" } else { "text/event-stream" };
    let writing = Writing { answer, writer, next: first, exchange: exchange.to_owned(), over: false };
    let body = StreamBody::new(stream::unfold(writing, Writing::frame)).boxed_unsync();
    Ok(respond(body, kind))
}

/// The dialects in which local models answer.
#[derive(Clone, Copy)]
enum Dialect {
    Chat,
    Messages,
    Ollama(Form),
}

impl Dialect {
    fn of(endpoint: &Endpoint) -> Result<Self, Refusal> {
        match endpoint.operation.name {
            "openai.chat" => Ok(Self::Chat),
            "anthropic.messages" => Ok(Self::Messages),
            "ollama.chat" => Ok(Self::Ollama(Form::Chat)),
            "ollama.generate" => Ok(Self::Ollama(Form::Generate)),
            _ => Err(Refusal::new(Reason::UnsupportedFeature)
                .because("local models answer Chat Completions, Anthropic Messages and Ollama")),
        }
    }
}

enum Writer {
    Chat(Chunks),
    Messages(Events),
    Ollama(Lines),
}

impl Writer {
    fn piece(&mut self, piece: &Piece) -> String {
        match self {
            Self::Chat(chunks) => chunks.piece(piece),
            Self::Messages(events) => events.piece(piece),
            Self::Ollama(lines) => lines.piece(piece),
        }
    }

    fn end(&self) -> String {
        match self {
            Self::Chat(chunks) => chunks.end(),
            Self::Messages(_) | Self::Ollama(_) => String::new(),
        }
    }

    fn refusal(&self, refusal: &Refusal, exchange: &str) -> Vec<u8> {
        let (provider, operation, framing) = match self {
            Self::Chat(_) => (Provider::OpenAi, "openai.chat", Framing::Events),
            Self::Messages(_) => (Provider::Anthropic, "anthropic.messages", Framing::Events),
            Self::Ollama(_) => (Provider::Ollama, "ollama.chat", Framing::Lines),
        };
        refuse::midstream::event(provider, operation, framing, refusal, exchange)
    }
}

fn respond(body: Body, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

struct Writing {
    answer: local::Answer,
    writer: Writer,
    next: Option<Piece>,
    exchange: String,
    over: bool,
}

impl Writing {
    async fn frame(mut self) -> Option<(Result<Frame<Bytes>, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let piece = match self.next.take() {
            Some(piece) => Some(Ok(piece)),
            None => self.answer.next().await,
        };
        let text = match piece {
            Some(Ok(piece)) => self.writer.piece(&piece).into_bytes(),
            None => {
                self.over = true;
                self.writer.end().into_bytes()
            }
            Some(Err(refusal)) => {
                self.over = true;
                self.writer.refusal(&refusal, &self.exchange)
            }
        };
        Some((Ok(Frame::data(Bytes::from(text))), self))
    }
}

/// Whether a list of models that no destination may give can be that of the local ones.
pub fn can_list(endpoint: &Endpoint, refused: Reason) -> bool {
    endpoint.operation.name == "openai.models" && matches!(refused, Reason::UnknownEndpoint | Reason::ForbiddenByPolicy)
}

/// The local models, in the shape of OpenAI's list.
pub fn list(models: &Models) -> Response<Body> {
    let model =
        |model: local::Listed| json!({ "id": model.name, "object": "model", "created": 0, "owned_by": "local" });
    let data: Vec<Value> = models.list().into_iter().map(model).collect();
    let list = json!({ "object": "list", "data": data });
    respond(Full::new(Bytes::from(list.to_string())).boxed_unsync(), "application/json")
}
