//! How a cleared tree is written: as JSON, or as a form with files in it.

use super::Clean;
use super::encoded::{self, Content};
use crate::json::Node;
use crate::multipart::{self, Part};
use crate::refusal::{Reason, Refusal};

/// What a request's body is on the wire. Its tree is the same to everything that clears it.
///
/// A form is an object of its fields. A file in it is an object: `filename`, and by its `type` either `text` with its
/// `data`, `base64` with `data` that is decoded when it is written, or `lines`, each a JSON value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    #[default]
    Json,
    Form,
    /// A file's description and the file, as `file` and `content`.
    Upload,
    /// DICOM objects: the tree has them as `instances`, each with a `type`, `base64`, and its `data`.
    Related,
}

impl Wire {
    /// The content type and the bytes of a body.
    pub(super) fn write(self, node: &Node<Clean>) -> Result<(String, Vec<u8>), Refusal> {
        match self {
            Self::Json => Ok(("application/json".to_owned(), node.to_json().into_bytes())),
            Self::Form => {
                let mut parts = Vec::new();
                for (name, value) in node.as_object().unwrap_or_default() {
                    match value {
                        Node::Array(values) => {
                            for value in values {
                                parts.push(part(name, value)?);
                            }
                        }
                        value => parts.push(part(name, value)?),
                    }
                }
                Ok(multipart::write(&parts))
            }
            Self::Upload => {
                let part = |name: &str| node.as_object()?.iter().find(|(key, _)| key.as_str() == name);
                let description = part("file").map_or_else(|| "{}".to_owned(), |(_, file)| file.to_json());
                let (name, content) =
                    part("content").ok_or_else(|| Refusal::new(Reason::MalformedRequest).because("no file"))?;
                let file = self::part(name, content)?;
                let kind = file.content_type.unwrap_or_default();
                let description = ("application/json".to_owned(), format!("{{\"file\":{description}}}").into_bytes());
                Ok(multipart::write_related("application/json", vec![description, (kind, file.body)]))
            }
            Self::Related => {
                let instances = field(node, "instances").and_then(Node::as_array).unwrap_or_default();
                let kind = "application/dicom";
                let body = |instance| (kind.to_owned(), binary(text(instance, "data")));
                Ok(multipart::write_related(kind, instances.iter().map(body).collect()))
            }
        }
    }
}

fn part(name: &Clean, value: &Node<Clean>) -> Result<Part<Vec<u8>>, Refusal> {
    let name = name.as_str().to_owned();
    if !multipart::is_plain(&name) {
        return Err(Refusal::new(Reason::MalformedRequest).because("a field of the form cannot be named so"));
    }
    let text = |name| text(value, name);
    if let Node::String(text) = value {
        return Ok(Part { name, file_name: None, content_type: None, body: text.as_str().as_bytes().to_vec() });
    }
    let body = match (text("type"), field(value, "lines")) {
        ("lines", Some(Node::Array(lines))) => {
            lines.iter().flat_map(|line| [line.to_json(), "\n".to_owned()]).collect::<String>().into_bytes()
        }
        ("base64", _) => binary(text("data")),
        _ => text("data").as_bytes().to_vec(),
    };
    let file_name = text("filename").to_owned();
    let content_type = Some(content_type(&file_name).to_owned());
    Ok(Part { name, file_name: Some(file_name), content_type, body })
}

fn field<'n>(value: &'n Node<Clean>, name: &str) -> Option<&'n Node<Clean>> {
    value.as_object()?.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
}

fn text<'n>(value: &'n Node<Clean>, name: &str) -> &'n str {
    match field(value, name) {
        Some(Node::String(text)) => text.as_str(),
        _ => "",
    }
}

/// What base64 stands for.
fn binary(text: &str) -> Vec<u8> {
    match encoded::decode(text) {
        Some(Content::Media(bytes) | Content::Opaque(bytes)) => bytes,
        Some(Content::Text(text)) => text.into_bytes(),
        None => Vec::new(),
    }
}

/// By the ending of a name that `deid` made.
fn content_type(file_name: &str) -> &'static str {
    match file_name.rsplit_once('.').map_or("", |(_, kind)| kind) {
        "json" => "application/json",
        "jsonl" | "ndjson" => "application/jsonl",
        "csv" => "text/csv",
        "tsv" => "text/tab-separated-values",
        "xml" => "text/xml",
        "html" => "text/html",
        "md" => "text/markdown",
        "eml" => "message/rfc822",
        "dcm" => "application/dicom",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        _ => "text/plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    #[test]
    fn a_form_holds_fields_and_files() {
        let tree = r#"{"purpose":"batch","tag[]":["a","b"],
            "file":{"type":"lines","filename":"file-1.jsonl","lines":[{"a":1},{"b":"\u00e9"}]},
            "scan":{"type":"base64","filename":"file-2.dcm","data":"AAEC"}}"#;
        let tree = parse(tree.as_bytes(), &Limits::default()).expect("JSON").map(&mut |raw| Clean(raw.into_exposed()));
        let (kind, bytes) = Wire::Form.write(&tree).expect("a form");
        let parts = multipart::parse(&bytes, &multipart::boundary(&kind).expect("a form"), 9).expect("a form");
        let bodies: Vec<_> = parts.iter().map(|part| (part.name.as_str(), part.body)).collect();
        let lines = "{\"a\":1}\n{\"b\":\"é\"}\n".as_bytes();
        assert_eq!(
            bodies,
            [("purpose", &b"batch"[..]), ("tag[]", b"a"), ("tag[]", b"b"), ("file", lines), ("scan", &[0, 1, 2])]
        );
        assert_eq!(parts[3].content_type.as_deref(), Some("application/jsonl"));
        assert_eq!(parts[4].file_name.as_deref(), Some("file-2.dcm"));
    }
}
