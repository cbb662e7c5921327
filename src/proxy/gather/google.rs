//! Google's uploads: resumable ones, whose steps a header names, and those of description and file at once.

use super::{Closing, Gathered, Gatherer, Step, Upload};
use crate::dialect::Endpoint;
use crate::json::{self, Node};
use crate::multipart;
use crate::proxy::{inbound, local};
use crate::refusal::{Reason, Refusal};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Body;
use serde_json::{Value, json};

impl Gatherer {
    pub(super) async fn resumable<B>(&self, step: Step<'_>, body: B) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let query = |name: &str| step.endpoint.query.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let id = query("upload_id").cloned();
        let commands = header(step.headers, COMMAND)?.unwrap_or_default().to_ascii_lowercase();
        let commands: Vec<&str> = commands.split(',').map(str::trim).filter(|command| !command.is_empty()).collect();
        let malformed = |why: &str| Refusal::new(Reason::MalformedRequest).because(why);
        match (id, &commands[..]) {
            (None, ["start"]) => self.start(step, body).await,
            (None, []) if is_multipart(&step)? => {
                let kind = inbound::content_type(step.headers).ok_or(Reason::UnsupportedMediaType)?.to_owned();
                let bytes = inbound::plain(step.headers, body, self.limits.body).await?;
                let endpoint = at_once(step.endpoint.clone());
                self.read(step, endpoint, (kind, bytes), Closing::Google).await
            }
            (Some(id), ["upload"] | ["upload", "finalize"] | ["finalize"]) => {
                let bytes = inbound::plain(step.headers, body, self.limits.body).await?;
                let at = match header(step.headers, "x-goog-upload-offset")? {
                    Some(at) => Some(at.parse().map_err(|_| malformed("the offset is no number"))?),
                    None => None,
                };
                let upload = match commands[..] {
                    ["finalize"] if bytes.is_empty() => self.find(&step.scope, &id)?,
                    _ => self.add(&step.scope, &id, &bytes, at)?.0,
                };
                if commands.last() == Some(&"finalize") {
                    self.finalize(step, &upload).await
                } else {
                    Ok(active(&upload))
                }
            }
            (Some(id), ["query"]) => Ok(active(&self.find(&step.scope, &id)?)),
            (Some(id), ["cancel"]) => {
                self.erase(&step.scope, &self.find(&step.scope, &id)?)?;
                Ok(answer(&[("x-goog-upload-status", "cancelled".to_owned())]))
            }
            _ => {
                Err(malformed("an upload starts with `x-goog-upload-command: start`, or comes as `multipart/related`"))
            }
        }
    }

    async fn start<B>(&self, step: Step<'_>, body: B) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if header(step.headers, PROTOCOL)? != Some("resumable") {
            return Err(Refusal::new(Reason::UnsupportedFeature).because("send `x-goog-upload-protocol: resumable`"));
        }
        let bytes = inbound::plain(step.headers, body, self.limits.body).await?;
        let description =
            if bytes.is_empty() { Node::Object(Vec::new()) } else { json::parse(&bytes, &self.limits.json)? };
        let said = |names: [&str; 2]| {
            let file = description.field("file")?;
            names.iter().find_map(|name| file.field(name)).and_then(|value| value.text()).map(str::to_owned)
        };
        let kind = header(step.headers, "x-goog-upload-header-content-type")?.map(str::to_owned);
        let kind = said(["mimeType", "mime_type"]).or(kind).unwrap_or_default();
        let length = header(step.headers, "x-goog-upload-header-content-length")?;
        let name = said(["displayName", "display_name"]).unwrap_or_default();
        let said = said(["name", "name"]).map_or(Value::Null, Value::String);
        let bytes = length.and_then(|length| length.parse().ok());
        let upload = Upload { id: String::new(), name, kind, said, bytes, begun: 0, pieces: Vec::new() };
        let upload = self.begin(&step.scope, upload)?;
        let (origin, path, id) = (step.origin, &step.endpoint.path, &upload.id);
        let url = format!("{origin}{path}?upload_id={id}&upload_protocol=resumable");
        Ok(answer(&[("x-goog-upload-status", "active".to_owned()), ("x-goog-upload-url", url)]))
    }

    /// An upload ends with its last step, whatever becomes of the file: there is no step after it.
    async fn finalize(&self, step: Step<'_>, upload: &Upload) -> Result<Gathered, Refusal> {
        let whole = self.join(&step.scope, upload, upload.pieces.iter().map(|(name, _)| name.as_str()));
        self.erase(&step.scope, upload)?;
        let mut file = serde_json::Map::new();
        file.insert("mimeType".to_owned(), json!(upload.kind));
        for (name, value) in [("displayName", json!(upload.name)), ("name", upload.said.clone())] {
            if value.as_str().is_some_and(|value| !value.is_empty()) {
                file.insert(name.to_owned(), value);
            }
        }
        let description = ("application/json".to_owned(), json!({ "file": file }).to_string().into_bytes());
        let content = ("application/octet-stream".to_owned(), whole?.to_vec());
        let body = multipart::write_related("application/json", vec![description, content]);
        let endpoint = at_once(step.endpoint.clone());
        self.read(step, endpoint, body, Closing::Google).await
    }
}

/// Says that no step is left, also where the last one failed: clients would repeat it.
pub fn close(headers: &mut HeaderMap) {
    headers.insert(STATUS, HeaderValue::from_static("final"));
}

/// The same endpoint, as the provider is asked.
fn at_once(endpoint: Endpoint) -> Endpoint {
    Endpoint { query: vec![("uploadType", "multipart".to_owned())], ..endpoint }
}

fn is_multipart(step: &Step<'_>) -> Result<bool, Refusal> {
    let asked = step.endpoint.query.iter().any(|(name, value)| *name == "uploadType" && value == "multipart");
    Ok(asked || header(step.headers, PROTOCOL)? == Some("multipart"))
}

/// The one value of a header.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refusal> {
    let mut all = headers.get_all(name).iter();
    match (all.next().map(|value| value.to_str()), all.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(Refusal::new(Reason::MalformedRequest).at(format!("header.{name}"))),
    }
}

fn active(upload: &Upload) -> Gathered {
    let (status, size) = ("active".to_owned(), upload.size().to_string());
    answer(&[("x-goog-upload-status", status), ("x-goog-upload-size-received", size)])
}

fn answer(headers: &[(&'static str, String)]) -> Gathered {
    let mut response = local::json(&json!({}));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Gathered::Answer(response)
}

const STATUS: HeaderName = HeaderName::from_static("x-goog-upload-status");
pub const COMMAND: &str = "x-goog-upload-command";
const PROTOCOL: &str = "x-goog-upload-protocol";
