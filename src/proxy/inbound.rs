//! The request on its way in: a body under limits, decoded, strict JSON, and whatever else of it would leave.

pub(super) mod form;

use super::coding::{CodingError, Decoder};
use crate::deid::{Class, Cleared, Document, Exchange, Scope, Wire};
use crate::dialect::{self, Endpoint, State, Streams, header};
use crate::entity::EntityType;
use crate::json::{self, Node};
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header as names};
use http_body::Body;
use http_body_util::BodyExt;
use std::sync::Arc;

/// How large a request may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The body as it arrives, and as it decodes.
    pub body: usize,
    pub json: json::Limits,
}

/// A request that was read, and what of it decides where it goes.
#[derive(Debug)]
pub struct Inbound {
    pub document: Document,
    /// The models that are asked for, in the path or in the body; several in a batch.
    pub models: Vec<String>,
    /// Whether the reply is to be a stream.
    pub stream: bool,
    /// Whether the answer is to be JSON.
    pub structured: bool,
    /// The objects at the provider that the request names, in the path or in the body.
    pub objects: Vec<String>,
    /// Those of them that it adds to.
    pub extended: Vec<String>,
    /// Whether the provider keeps what it is sent.
    pub stored: bool,
    pub passing: Passing,
}

/// The names of the headers and query parameters that go on; their values are in the document until it is cleared.
#[derive(Clone, Debug, Default)]
pub struct Passing {
    headers: Vec<HeaderName>,
    query: Vec<(&'static str, String)>,
    path: String,
}

/// Reads a request. The head was routed already, so every header but the listed ones stays behind.
pub async fn read<B>(
    headers: &HeaderMap,
    body: B,
    endpoint: &Endpoint,
    scope: Scope,
    limits: &Limits,
) -> Result<Inbound, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    if headers.contains_key(names::UPGRADE) {
        return Err(Refusal::new(Reason::UnsupportedFeature).because("a connection is not upgraded"));
    }
    let (node, form) = match endpoint.operation.body {
        dialect::Body::None => {
            // Some clients write an empty object where there is nothing to say. It is not sent on.
            if !matches!(bytes(body, limits.body).await?.trim_ascii(), b"" | b"{}") {
                return Err(Refusal::new(Reason::MalformedRequest).because("this endpoint takes no body"));
            }
            (Node::Null, None)
        }
        dialect::Body::Json => {
            is_json(headers)?;
            let node = json::parse(&plain(headers, body, limits.body).await?, &limits.json)?;
            if node.as_object().is_none() {
                return Err(Refusal::new(Reason::InvalidJson).because("the body is not an object"));
            }
            (node, None)
        }
        dialect::Body::Form => {
            let kind = content_type(headers).ok_or(Reason::UnsupportedMediaType)?.to_owned();
            let bytes = plain(headers, body, limits.body).await?;
            let form = form::read(&bytes, &kind, endpoint.operation, &limits.json)?;
            (form.body, Some((form.shape, form.style)))
        }
        dialect::Body::Upload => {
            let kind = content_type(headers).ok_or(Reason::UnsupportedMediaType)?.to_owned();
            let form = form::upload(&plain(headers, body, limits.body).await?, &kind, &limits.json)?;
            (form.body, Some((form.shape, form.style)))
        }
        dialect::Body::Related => {
            let kind = content_type(headers).ok_or(Reason::UnsupportedMediaType)?.to_owned();
            (form::related(&plain(headers, body, limits.body).await?, &kind)?, None)
        }
    };
    let node = if endpoint.operation.casings { dialect::casing::one_spelling(node)? } else { node };
    let stream = match endpoint.operation.streams {
        Streams::Never | Streams::Lines => false,
        Streams::Always => true,
        Streams::Field { absent } => node.field("stream").and_then(Node::as_bool).unwrap_or(absent),
    };
    let structured = is_structured(&node);
    let (shape, style) = match form {
        Some((shape, style)) => (shape, style),
        None => (endpoint.operation.shape().clone(), endpoint.operation.style),
    };
    let wire = match endpoint.operation.body {
        dialect::Body::None | dialect::Body::Json => Wire::Json,
        dialect::Body::Form => Wire::Form,
        dialect::Body::Related => Wire::Related,
        dialect::Body::Upload => Wire::Upload,
    };
    let mut objects = shape.objects(&node);
    if endpoint.operation.state != State::None {
        objects.extend(endpoint.segment("id").map(str::to_owned));
    }
    let stored = match endpoint.operation.state {
        State::Keeps { absent } => node.field("store").and_then(Node::as_bool).unwrap_or(absent),
        _ => true,
    };
    let (models, extended) = (models(endpoint, &node), conversation(&node));
    // What has no letter is the number of something else.
    if models.iter().any(|model| !model.contains(char::is_alphabetic)) {
        return Err(Refusal::new(Reason::ForbiddenEntity(EntityType::OtherId)).at("model"));
    }
    let document = Document::new(scope, node, shape).with_style(style).with_wire(wire);
    let (document, passing) = beside(document, headers, endpoint)?;
    Ok(Inbound { document, models, stream, structured, objects, extended, stored, passing })
}

impl Inbound {
    /// The same request, going on from what the provider keeps.
    pub fn continuing(mut self, prior: Option<Arc<Exchange>>) -> Self {
        if let Some(prior) = prior {
            self.document = self.document.continuing(prior);
        }
        self
    }

    /// The model that is asked for; the first one of a batch.
    pub fn model(&self) -> Option<&str> {
        self.models.first().map(String::as_str)
    }
}

/// The models of a request, each once.
fn models(endpoint: &Endpoint, body: &Node<Raw>) -> Vec<String> {
    if let Some(model) = endpoint.model() {
        return vec![model.to_owned()];
    }
    let model = |node: &Node<Raw>| node.field("model").and_then(|model| model.text()).map(str::to_owned);
    let requests = body.field("requests").and_then(Node::as_array).unwrap_or_default();
    let params = requests.iter().filter_map(|request| request.field("params"));
    let lines = body.field("file").and_then(|file| file.field("lines")).and_then(Node::as_array).unwrap_or_default();
    let bodies = lines.iter().filter_map(|line| line.field("body"));
    let mut models: Vec<String> = std::iter::once(body).chain(params).chain(bodies).filter_map(model).collect();
    if endpoint.operation.casings {
        // In a body, Google's APIs write it as a path.
        models.iter_mut().for_each(|model| *model = model.trim_start_matches("models/").to_owned());
    }
    models.sort_unstable();
    models.dedup();
    models
}

/// What a Responses request adds to.
fn conversation(body: &Node<Raw>) -> Vec<String> {
    let conversation = body.field("conversation");
    let id = conversation.and_then(|conversation| conversation.text().or_else(|| conversation.field("id")?.text()));
    id.map(str::to_owned).into_iter().collect()
}

/// Adds what would leave beside the body: headers, query values, and the segments of the path that somebody typed.
fn beside(mut document: Document, headers: &HeaderMap, endpoint: &Endpoint) -> Result<(Document, Passing), Refusal> {
    let mut passing = Passing { path: endpoint.path.clone(), ..Passing::default() };
    for (name, value) in headers {
        if !header::is_sent_on(endpoint.provider, name.as_str()) {
            continue;
        }
        let place = header_place(name);
        let text = value.to_str().ok().filter(|text| header::is_plain_value(text.as_bytes()));
        let text = text.ok_or_else(|| Refusal::new(Reason::MalformedRequest).at(place.clone()))?;
        if passing.headers.contains(name) {
            return Err(Refusal::new(Reason::MalformedRequest).at(place).because("it is sent twice"));
        }
        if name.as_str() == "anthropic-beta" && text.split(',').any(|token| header::is_refused_beta(token.trim())) {
            return Err(Refusal::new(Reason::UnsupportedFeature).at(place));
        }
        document = document.with_value(place, header::class(name.as_str()), Raw::new(text));
        passing.headers.push(name.clone());
    }
    for (index, (name, value)) in endpoint.query.iter().enumerate() {
        let place = format!("query.{name}.{index}");
        document = document.with_value(place.clone(), Class::Identifier, Raw::new(value));
        passing.query.push((name, place));
    }
    for (name, value) in &endpoint.segments {
        document = document.with_value(format!("path.{name}"), Class::Identifier, Raw::new(value));
    }
    Ok((document, passing))
}

impl Passing {
    /// The path and query to send, below the destination's base URL.
    pub fn target(&self, cleared: &Cleared) -> String {
        let mut target = self.path.clone();
        for (index, (name, place)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            percent_encode(cleared.value(place).unwrap_or_default(), &mut target);
        }
        target
    }

    /// The headers that go on, besides those that the gateway sets itself.
    pub fn headers(&self, cleared: &Cleared) -> HeaderMap {
        let value = |name: &HeaderName| HeaderValue::from_str(cleared.value(&header_place(name))?).ok();
        self.headers.iter().filter_map(|name| Some((name.clone(), value(name)?))).collect()
    }
}

fn header_place(name: &HeaderName) -> String {
    format!("header.{name}")
}

/// Everything but what RFC 3986 calls unreserved.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// Providers parse a body as JSON whatever its type says, so only what says so is read as JSON here.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(kind) = content_type(headers).map(str::to_ascii_lowercase) else {
        return Err(Refusal::new(Reason::UnsupportedMediaType).because("send `content-type: application/json`"));
    };
    let mut parts = kind.split(';').map(str::trim);
    let json = parts.next() == Some("application/json");
    let utf8 = parts.all(|part| matches!(part, "" | "charset=utf-8" | "charset=\"utf-8\"" | "charset=utf8"));
    if json && utf8 {
        Ok(())
    } else {
        Err(Refusal::new(Reason::UnsupportedMediaType).because("send `application/json` in UTF-8"))
    }
}

/// The one content type that is named.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(names::CONTENT_TYPE).iter();
    let (Some(kind), None) = (all.next(), all.next()) else { return None };
    kind.to_str().ok()
}

/// The bytes of a body, decoded; never more than the limit before or after.
pub(super) async fn plain<B>(headers: &HeaderMap, body: B, limit: usize) -> Result<Vec<u8>, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    decoded(headers, bytes(body, limit).await?, limit)
}

/// The bytes of a body, never more than the limit.
async fn bytes<B>(mut body: B, limit: usize) -> Result<Vec<u8>, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let expected = body.size_hint().lower();
    if expected > limit as u64 {
        return Err(Reason::BodyTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(expected as usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::new(Reason::MalformedRequest).because("the body was cut"))?;
        // Trailers stay behind.
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(Reason::BodyTooLarge.into());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn decoded(headers: &HeaderMap, encoded: Vec<u8>, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut all = headers.get_all(names::CONTENT_ENCODING).iter();
    let (Some(coding), None) = (all.next(), all.next()) else {
        return if headers.contains_key(names::CONTENT_ENCODING) {
            Err(Reason::UnsupportedEncoding.into())
        } else {
            Ok(encoded)
        };
    };
    let refusal = |error| match error {
        CodingError::Unknown => {
            Refusal::new(Reason::UnsupportedEncoding).because("send gzip, deflate, br, zstd or none")
        }
        CodingError::Corrupt => Refusal::new(Reason::MalformedRequest).because("the body does not decode"),
        CodingError::TooLarge => Reason::BodyTooLarge.into(),
    };
    let mut decoder = Decoder::new(coding.to_str().unwrap_or("?"), limit).map_err(refusal)?;
    let mut plain = Vec::with_capacity(encoded.len());
    decoder.push(&encoded, &mut plain).and_then(|()| decoder.finish(&mut plain)).map_err(refusal)?;
    Ok(plain)
}

/// Whether the request asks for an answer that is JSON, in any of the providers' ways.
fn is_structured(body: &Node<Raw>) -> bool {
    let at = |path: &[&str]| path.iter().try_fold(body, |node, name| node.field(name));
    let kind = |path: &[&str]| at(path).and_then(|node| node.text()).is_some_and(|kind| kind.starts_with("json"));
    let mime = |path: &[&str]| at(path).and_then(|node| node.text()).is_some_and(|kind| kind == "application/json");
    kind(&["response_format", "type"])
        || kind(&["text", "format", "type"])
        || kind(&["output_config", "format", "type"])
        || kind(&["output_format", "type"])
        || mime(&["generationConfig", "responseMimeType"])
        || mime(&["generation_config", "response_mime_type"])
        || at(&["guided_json"]).is_some()
        || at(&["format"]).is_some_and(|format| !format.is_null() && format.text() != Some(""))
}
