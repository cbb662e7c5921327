//! The reply on its way back: decoded, cut into events, restored, and never ended cleanly when it was cut.

pub mod cut;
pub mod events;
pub mod follow;
pub mod kept;
pub mod lane;
pub mod restore;
pub mod walk;

use self::cut::Cutter;
pub use self::cut::Part;
use self::events::Events;
pub use self::follow::FollowUp;
use super::coding::{CodingError, Decoder};
use super::state::Keeper;
use crate::deid::{Cleared, Exchange, Seals};
use crate::dialect::refuse::midstream::{self, Framing};
use crate::dialect::{Endpoint, State as Keeps, Streams, Syntax, anthropic, header};
use crate::json;
use crate::refusal::{Reason, Refusal};
use crate::reidentify::{Context, Restorer};
use bytes::Bytes;
use http::{HeaderMap, Response, header as names};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll, ready};

/// What restoring a reply needs of its request.
#[derive(Clone, Debug)]
pub struct Plan {
    pub endpoint: Endpoint,
    pub exchange: Arc<Exchange>,
    /// Named in errors that the gateway adds to a stream.
    pub exchange_id: String,
    /// Whether the request asked for an answer that is JSON.
    pub structured: bool,
    /// Seals what the provider signed, for the client to keep.
    pub seals: Seals,
    /// The documents of the request that citations count in, as they were sent.
    pub documents: Vec<Option<String>>,
    /// Keeps the mapping where the provider keeps the text.
    pub keeper: Option<Keeper>,
    /// Leads addresses at the provider through the gateway.
    pub follow_up: FollowUp,
    pub limits: Limits,
}

/// How large replies may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A reply that is no stream, decoded.
    pub body: usize,
    /// One event of a stream.
    pub event: usize,
    pub json: json::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 64 << 20, event: 16 << 20, json: json::Limits::default() }
    }
}

impl Plan {
    /// The documents of a cleared request that citations may count in.
    pub fn documents(endpoint: &Endpoint, cleared: &Cleared) -> Vec<Option<String>> {
        match endpoint.operation.name {
            "anthropic.messages" | "vertex.messages" => anthropic::documents(cleared.node()),
            _ => Vec::new(),
        }
    }

    /// Whether a reply can pass without being read.
    fn is_idle(&self) -> bool {
        self.exchange.is_empty() && self.keeper.is_none()
    }

    /// The number that a surrogate stands for.
    fn number(&self, lexeme: &str) -> Option<String> {
        let original = self.exchange.literal(lexeme).1?;
        // A number stays one, whatever the surrogate was made for.
        let node = json::parse_reply(original.as_bytes(), &self.limits.json);
        matches!(node, Ok(json::Node::Number(_))).then(|| original.to_owned())
    }

    fn restorer(&self, context: Context) -> Restorer {
        Restorer::new(self.exchange.clone(), context)
    }

    fn restored(&self, text: &str, context: Context) -> String {
        let mut restorer = self.restorer(context);
        let mut restored = restorer.push(text);
        restored.push_str(&restorer.finish());
        restored
    }

    /// An answer is JSON where it was asked for, or plainly looks so: a quotation mark in a name must not break it.
    fn syntax(&self, syntax: Syntax, start: &str) -> Context {
        match syntax {
            Syntax::Json => Context::Json,
            Syntax::Answer if self.structured || start.trim_start().starts_with('{') => Context::Json,
            Syntax::Answer | Syntax::Prose => Context::Text,
        }
    }
}

/// Turns a provider's response into the client's. A reply that is no stream is read whole first, so that what goes
/// wrong with it is still an error with a status.
pub async fn restore<B>(response: Response<B>, plan: Arc<Plan>) -> Result<Response<Reply<B>>, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = response.into_parts();
    let kind = parts.headers.get(names::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let coding = parts.headers.get(names::CONTENT_ENCODING).map_or(Ok(""), |value| value.to_str().map_err(|_| ()));
    let coding = coding.map_err(|()| unreadable("its content encoding is not known"))?.to_owned();
    let mut back = Response::new(());
    *back.status_mut() = parts.status;
    sent_back(&parts.headers, back.headers_mut());

    let framing = parts.status.is_success().then(|| framing(&kind, &plan)).flatten();
    let Some(framing) = framing else {
        let decoder = Decoder::new(&coding, plan.limits.body).map_err(corrupt)?;
        let bytes =
            Limited::new(body, plan.limits.body).collect().await.map_err(|_| unreadable("it was cut"))?.to_bytes();
        let bytes = decoded(decoder, &bytes)?;
        let bytes = whole(&bytes, &kind, parts.status.is_success(), &plan)?;
        return Ok(back.map(|()| Reply::Whole(Some(bytes))));
    };
    let decoder = Decoder::new(&coding, usize::MAX).map_err(corrupt)?;
    let cutter = match framing {
        Framing::Events => Cutter::events(plan.limits.event),
        Framing::Lines => Cutter::lines(plan.limits.event),
        Framing::Array { .. } => Cutter::array(plan.limits.event),
    };
    let events = Events::new(plan.clone());
    let stream = Stream { body, decoder: Some(decoder), cutter, events, plan, framing, state: State::Open };
    Ok(back.map(|()| Reply::Stream(Box::new(stream))))
}

/// How a reply with this content type is cut; `None` is a reply that is no stream.
fn framing(kind: &str, plan: &Plan) -> Option<Framing> {
    if plan.endpoint.operation.streams == Streams::Lines {
        return Some(Framing::Lines);
    }
    // Only a list that is read as a whole is left without what others made.
    if matches!(plan.endpoint.operation.state, Keeps::Lists { .. }) {
        return None;
    }
    let essence = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/event-stream" => Some(Framing::Events),
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonl" => Some(Framing::Lines),
        "application/json" if plan.endpoint.operation.streams == Streams::Always => {
            Some(Framing::Array { first: true })
        }
        _ => None,
    }
}

/// A reply that is no stream. Text of an unknown kind is restored as text; what is neither is passed as it is.
fn whole(bytes: &[u8], kind: &str, success: bool, plan: &Plan) -> Result<Bytes, Refusal> {
    let keeper = plan.keeper.as_ref().filter(|_| success);
    if let Some(keeper) = keeper.filter(|_| plan.endpoint.operation.state == Keeps::Erases) {
        keeper.keep(&[], &plan.exchange)?;
    }
    if plan.is_idle() || bytes.is_empty() {
        return Ok(Bytes::copy_from_slice(bytes));
    }
    if kind.to_ascii_lowercase().contains("json") {
        let mut node = json::parse_reply(bytes, &plan.limits.json).map_err(|_| unreadable("it is not JSON"))?;
        if let Some(keeper) = keeper {
            // A list names what others made as well: only what is found to be the caller's own stays.
            if matches!(plan.endpoint.operation.state, Keeps::Lists { .. }) {
                kept::list(&mut node, plan)?;
                return Ok(node.to_json().into());
            }
            keeper.keep(&kept::objects(&mut node, plan.endpoint.operation.marks()), &plan.exchange)?;
        }
        return Ok(match restore::restore(&mut node, plan) {
            true => node.to_json().into(),
            false => Bytes::copy_from_slice(bytes),
        });
    }
    match std::str::from_utf8(bytes) {
        // What cannot be read might list what others keep.
        _ if matches!(plan.endpoint.operation.state, Keeps::Lists { .. }) && success => {
            Err(unreadable("it is not JSON"))
        }
        Ok(text) if kind.contains("html") => Ok(plan.restored(text, Context::Html).into()),
        Ok(text) => Ok(plan.restored(text, Context::Text).into()),
        Err(_) => Ok(Bytes::copy_from_slice(bytes)),
    }
}

fn decoded(mut decoder: Decoder, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::with_capacity(bytes.len());
    decoder.push(bytes, &mut out).and_then(|()| decoder.finish(&mut out)).map_err(corrupt)?;
    Ok(out)
}

fn sent_back(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if header::is_sent_back(name.as_str()) {
            to.append(name, value.clone());
        }
    }
}

fn unreadable(why: &'static str) -> Refusal {
    Refusal::new(Reason::UpstreamInvalid).because(why)
}

fn corrupt(error: CodingError) -> Refusal {
    Refusal::new(Reason::UpstreamInvalid).because(error.to_string())
}

/// The body that goes to the client.
pub enum Reply<B> {
    Whole(Option<Bytes>),
    Stream(Box<Stream<B>>),
}

impl<B> Reply<B> {
    /// Changes a reply that is one JSON value; any other is left as it is.
    pub fn with(self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        let Self::Whole(Some(bytes)) = self else { return self };
        let Ok(mut value) = serde_json::from_slice(&bytes) else { return Self::Whole(Some(bytes)) };
        change(&mut value);
        Self::Whole(Some(value.to_string().into()))
    }
}

/// A stream that is restored while it passes.
pub struct Stream<B> {
    body: B,
    decoder: Option<Decoder>,
    cutter: Cutter,
    events: Events,
    plan: Arc<Plan>,
    framing: Framing,
    state: State,
}

enum State {
    Open,
    /// The error event was sent; what follows is the abort.
    Failing,
    Ended,
}

/// The stream was cut. The connection is aborted, so that no client takes it for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider's stream was cut")]
pub struct Cut;

impl<B> Body for Reply<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(stream) => stream.poll(poller).map(|next| next.map(|next| next.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Stream(stream) => matches!(stream.state, State::Ended),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

impl<B> Stream<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    fn poll(&mut self, poller: &mut Poller<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        loop {
            match self.state {
                State::Ended => return Poll::Ready(None),
                State::Failing => {
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(Cut)));
                }
                State::Open => {}
            }
            let mut out = Vec::new();
            let outcome = match ready!(Pin::new(&mut self.body).poll_frame(poller)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.accept(&bytes, &mut out),
                    // Trailers stay behind.
                    Err(_) => continue,
                },
                Some(Err(_)) => Err(unreadable("its stream was cut")),
                None => self.finish(&mut out),
            };
            if let Err(refusal) = outcome {
                self.fail(&refusal, &mut out);
            }
            if !out.is_empty() {
                if let Framing::Array { first } = &mut self.framing {
                    *first = false;
                }
                return Poll::Ready(Some(Ok(out.into())));
            }
        }
    }

    fn accept(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let mut plain = Vec::new();
        if let Some(decoder) = &mut self.decoder {
            decoder.push(bytes, &mut plain).map_err(corrupt)?;
        }
        self.cutter.push(&plain);
        while let Some(part) = self.cutter.next_part().map_err(|_| unreadable("an event is longer than the limit"))? {
            self.events.accept(part, out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let mut plain = Vec::new();
        if let Some(decoder) = self.decoder.take() {
            decoder.finish(&mut plain).map_err(corrupt)?;
        }
        self.cutter.push(&plain);
        while let Some(part) = self.cutter.next_part().map_err(|_| unreadable("an event is longer than the limit"))? {
            self.events.accept(part, out)?;
        }
        if let Some(part) = self.cutter.finish().map_err(|_| unreadable("its stream was cut"))? {
            self.events.accept(part, out)?;
        }
        self.events.finish(out);
        self.state = State::Ended;
        Ok(())
    }

    /// Says what went wrong as the provider would, after the text that is already settled, and then aborts.
    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        self.events.finish(out);
        let framing = match self.framing {
            Framing::Array { first } => Framing::Array { first: first && out.is_empty() },
            framing => framing,
        };
        let (provider, operation) = (self.plan.endpoint.provider, self.plan.endpoint.operation.name);
        out.extend(midstream::event(provider, operation, framing, refusal, &self.plan.exchange_id));
        self.state = State::Failing;
    }
}

#[cfg(test)]
mod tests;
