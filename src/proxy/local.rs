//! Answers from a local model, in the shape of the dialect that asked. Nothing of them leaves the machine.

mod count;
pub mod dialect;
mod embed;
pub mod listing;

use crate::dialect::Endpoint;
use crate::json::Node;
use crate::local::answer::{Heading, Usage};
use crate::local::openai_chat::Asked;
use crate::local::prompt::Piece;
use crate::local::{self, Models};
use crate::refusal::Refusal;
use crate::text::Raw;
use bytes::Bytes;
use count::Count;
use dialect::{Dialect, Writer};
use embed::{Embed, Vectors};
use futures_util::stream;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::Value;
use std::convert::Infallible;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The body of a local answer. Dropping it cancels the answer.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Asks a model. A refusal before the first token is an answer of its own; a later one ends the stream with an event
/// that says why, which the SDKs raise as an error.
pub async fn answer(
    models: &Models,
    model: &str,
    tenant: &str,
    exchange: &str,
    endpoint: &Endpoint,
    request: &Node<Raw>,
    deadline: Instant,
) -> Result<Response<Body>, Refusal> {
    if let Some(count) = Count::of(endpoint) {
        let mut usage = Usage::default();
        let mut answer = models.answer(model, tenant, count.read(request)?, deadline)?;
        while let Some(piece) = answer.next().await {
            usage.count(&piece?);
        }
        return Ok(json(&count.json(usage.prompt)));
    }
    if let Some(embed) = Embed::of(endpoint, request) {
        let mut vectors = Vectors::default();
        let mut answer = models.answer(model, tenant, embed.read(request)?, deadline)?;
        while let Some(piece) = answer.next().await {
            vectors.add(piece?);
        }
        return Ok(json(&embed.json(model, vectors)));
    }
    let dialect = Dialect::of(endpoint)?;
    let Asked { prompt, stream, include_usage, repeated } = dialect.read(request)?;
    let mut answer = models.answer(model, tenant, prompt, deadline)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let id = format!("{}{exchange}", dialect.prefix());
    let heading = Heading { id, model: model.to_owned(), created: now.as_secs() };
    if !stream {
        let mut pieces = Vec::new();
        while let Some(piece) = answer.next().await {
            pieces.push(piece?);
        }
        return Ok(json(&dialect.whole(heading, repeated, pieces)));
    }
    let first = answer.next().await.transpose()?;
    let writer = dialect.writer(heading, repeated, include_usage);
    let kind = writer.content_type();
    let writing = Writing { answer, writer, next: first, exchange: exchange.to_owned(), over: false };
    let body = StreamBody::new(stream::unfold(writing, Writing::frame)).boxed_unsync();
    Ok(respond(body, kind))
}

/// An answer that is one JSON value.
pub fn json(value: &Value) -> Response<Body> {
    respond(Full::new(Bytes::from(value.to_string())).boxed_unsync(), "application/json")
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
