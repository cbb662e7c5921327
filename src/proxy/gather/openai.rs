//! OpenAI's uploads: begun with a name and a length, parts in any order, completed with the list of them.

use super::{Closing, Gathered, Gatherer, Step, Upload};
use crate::dialect::{Endpoint, openai_files};
use crate::json::{self, Node};
use crate::multipart::{self, Part};
use crate::proxy::{inbound, local};
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http_body::Body;
use md5::{Digest, Md5};
use serde_json::{Value, json};

impl Gatherer {
    pub(super) async fn begin_upload<B>(&self, step: &Step<'_>, body: B) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let asked = self.json(step, body, &["bytes", "filename", "mime_type", "purpose", "expires_after"]).await?;
        let text = |name: &str| {
            let value = asked.field(name).and_then(|value| value.text());
            value.map(str::to_owned).ok_or_else(|| Refusal::new(Reason::InvalidValue).at(name))
        };
        let number = |node: &Node<Raw>, name: &str| match node.field(name) {
            Some(Node::Number(lexeme)) => lexeme.expose().parse::<usize>().ok(),
            _ => None,
        };
        let bytes = number(&asked, "bytes").ok_or_else(|| Refusal::new(Reason::InvalidValue).at("bytes"))?;
        let seconds = asked.field("expires_after").and_then(|after| number(after, "seconds"));
        let said = json!({ "purpose": text("purpose")?, "seconds": seconds });
        let (name, kind) = (text("filename")?, text("mime_type")?);
        let upload = Upload { id: String::new(), name, kind, said, bytes: Some(bytes), begun: 0, pieces: Vec::new() };
        let upload = self.begin(&step.scope, upload)?;
        Ok(Gathered::Answer(local::json(&upload.shown("pending", Value::Null))))
    }

    pub(super) async fn add_part<B>(&self, step: &Step<'_>, body: B) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let boundary = inbound::content_type(step.headers).and_then(multipart::boundary);
        let boundary = boundary.ok_or_else(|| {
            Refusal::new(Reason::UnsupportedMediaType).because("send `multipart/form-data` with a boundary")
        })?;
        let bytes = inbound::plain(step.headers, body, self.limits.body + super::FRAME).await?;
        let unreadable = |why: String| Refusal::new(Reason::MalformedRequest).because(why);
        let parts = multipart::parse(&bytes, &boundary, 1).map_err(|error| unreadable(error.to_string()))?;
        let [Part { name, body, .. }] = &parts[..] else { return Err(unreadable("the form has no `data`".to_owned())) };
        if name != "data" {
            return Err(Refusal::new(Reason::UnsupportedFeature).because("the form has a field that is not known"));
        }
        let (upload, id) = self.add(&step.scope, named(step)?, body, None)?;
        let part = json!({ "id": id, "object": "upload.part", "created_at": super::now(), "upload_id": upload.id });
        Ok(Gathered::Answer(local::json(&part)))
    }

    pub(super) async fn complete_upload<B>(&self, step: Step<'_>, body: B) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let asked = self.json(&step, body, &["part_ids", "md5"]).await?;
        let upload = self.find(&step.scope, named(&step)?)?;
        let listed = asked.field("part_ids").and_then(Node::as_array).unwrap_or_default();
        let ids = listed.iter().map(|id| id.text()).collect::<Option<Vec<_>>>();
        let ids = ids.ok_or_else(|| Refusal::new(Reason::InvalidValue).at("part_ids"))?;
        let whole = self.join(&step.scope, &upload, ids.into_iter())?;
        let digest = asked.field("md5").and_then(|digest| digest.text());
        if digest.is_some_and(|digest| !digest.eq_ignore_ascii_case(&HEXLOWER.encode(&Md5::digest(&*whole)))) {
            return Err(Refusal::new(Reason::InvalidValue).at("md5").because("the parts have another digest"));
        }
        let form = upload.form(&whole)?;
        let (path, query, segments) = ("/v1/files".to_owned(), Vec::new(), Vec::new());
        let provider = step.endpoint.provider;
        let endpoint = Endpoint { provider, operation: &openai_files::FILES, path, query, segments };
        let closing = Closing::OpenAi { upload: Box::new(upload), scope: step.scope.clone() };
        self.read(step, endpoint, form, closing).await
    }

    pub(super) fn cancel_upload(&self, step: &Step<'_>) -> Result<Gathered, Refusal> {
        let upload = self.find(&step.scope, named(step)?)?;
        self.erase(&step.scope, &upload)?;
        Ok(Gathered::Answer(local::json(&upload.shown("cancelled", Value::Null))))
    }

    /// A JSON object with none but these fields.
    async fn json<B>(&self, step: &Step<'_>, body: B, known: &[&str]) -> Result<Node<Raw>, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        inbound::is_json(step.headers)?;
        let node = json::parse(&inbound::plain(step.headers, body, self.limits.body).await?, &self.limits.json)?;
        let Some(members) = node.as_object() else {
            return Err(Refusal::new(Reason::InvalidJson).because("the body is not an object"));
        };
        if !members.iter().all(|(key, _)| known.contains(&key.expose())) {
            return Err(Refusal::new(Reason::UnsupportedFeature).because("the upload has a field that is not known"));
        }
        Ok(node)
    }
}

impl Upload {
    /// What OpenAI's clients read.
    pub(super) fn shown(&self, status: &str, file: Value) -> Value {
        json!({
            "id": self.id,
            "object": "upload",
            "bytes": self.bytes,
            "created_at": self.begun,
            "expires_at": self.begun + super::LIFETIME.as_secs(),
            "filename": self.name,
            "purpose": self.said["purpose"],
            "status": status,
            "file": file,
        })
    }

    /// The form that a client would have sent at once.
    fn form(&self, whole: &[u8]) -> Result<(String, Vec<u8>), Refusal> {
        if self.name.contains(char::is_control) {
            return Err(Refusal::new(Reason::InvalidValue).at("filename"));
        }
        let field = |name: &str, value: &str| Part {
            name: name.to_owned(),
            file_name: None,
            content_type: None,
            body: value.as_bytes().to_vec(),
        };
        let mut parts = vec![field("purpose", self.said["purpose"].as_str().unwrap_or_default())];
        if let Some(seconds) = self.said["seconds"].as_u64() {
            parts.push(field("expires_after[anchor]", "created_at"));
            parts.push(field("expires_after[seconds]", &seconds.to_string()));
        }
        let file_name = Some(self.name.replace('\\', "\\\\").replace('"', "\\\""));
        parts.push(Part { name: "file".to_owned(), file_name, content_type: None, body: whole.to_vec() });
        Ok(multipart::write(&parts))
    }
}

/// The upload that the path names.
fn named<'s>(step: &'s Step<'_>) -> Result<&'s str, Refusal> {
    step.endpoint.segment("id").ok_or_else(|| Reason::UnknownObject.into())
}
