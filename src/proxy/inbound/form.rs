//! A form as the tree that is cleared: its fields, and its files by what they hold.

use crate::deid::{Class, Shape, Style};
use crate::dialect::{Operation, casing, gemini, gemini_files, openai_files};
use crate::dicom;
use crate::json::{self, Node};
use crate::multipart::{self, Part};
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use data_encoding::BASE64;
use std::sync::Arc;

/// A form that was read.
pub struct Form {
    pub body: Node<Raw>,
    pub shape: Arc<Shape>,
    pub style: Style,
}

/// Reads a form of an operation.
pub fn read(
    bytes: &[u8],
    content_type: &str,
    operation: &'static Operation,
    limits: &json::Limits,
) -> Result<Form, Refusal> {
    let unreadable = |why: String| Refusal::new(Reason::MalformedRequest).because(why);
    let boundary = multipart::boundary(content_type).ok_or_else(|| {
        Refusal::new(Reason::UnsupportedMediaType).because("send `multipart/form-data` with a boundary")
    })?;
    let parts = multipart::parse(bytes, &boundary, MOST_PARTS).map_err(|error| unreadable(error.to_string()))?;
    let batch = parts.iter().any(|part| part.name == "purpose" && part.body == b"batch");
    let (mut members, mut endpoint) = (Vec::new(), None);
    for part in parts {
        if !operation.shape().root().knows(&part.name) {
            return Err(Refusal::new(Reason::UnsupportedFeature).because("the form has a field that is not known"));
        }
        if members.iter().any(|(name, _): &(Raw, _)| name.expose() == part.name) {
            return Err(Refusal::new(Reason::DuplicateKey).at(part.name));
        }
        let value = match &part.file_name {
            None => Node::String(text(part.body).ok_or_else(|| unreadable(format!("`{}` is not UTF-8", part.name)))?),
            Some(_) if batch => {
                let lines = lines(part.body, limits)?;
                endpoint = Some(endpoint_of(&lines)?);
                file(&part, "lines", ("lines", Node::Array(lines)))
            }
            Some(_) => content(&part, limits)?,
        };
        members.push((Raw::new(part.name), value));
    }
    let (shape, style) = match endpoint {
        None => (operation.shape().clone(), operation.style),
        Some(endpoint) => {
            let rows = endpoint.request.iter().copied().flatten().copied();
            let shape = Shape::new(operation.request.iter().copied().flatten().copied());
            let shape = shape.with("file.lines", [("", Class::Text)]).with("file.lines[].body", rows);
            (Arc::new(shape), endpoint.style)
        }
    };
    Ok(Form { body: Node::Object(members), shape, style })
}

/// Reads the DICOM objects of a `multipart/related`, and nothing else.
pub fn related(bytes: &[u8], content_type: &str) -> Result<Node<Raw>, Refusal> {
    let unsupported = |why: &str| Refusal::new(Reason::UnsupportedMediaType).because(why);
    let boundary = multipart::boundary_of("multipart/related", content_type)
        .ok_or_else(|| unsupported("send `multipart/related; type=\"application/dicom\"` with a boundary"))?;
    let bodies = multipart::bodies(bytes, &boundary, MOST_OBJECTS)
        .map_err(|error| Refusal::new(Reason::MalformedRequest).because(error.to_string()))?;
    if bodies.is_empty() || !bodies.iter().all(|(_, body)| dicom::sniff(body)) {
        return Err(unsupported("each part is a DICOM object"));
    }
    let text = |text: &str| Node::String(Raw::new(text));
    let instance = |(_, body): (&str, &[u8])| {
        let data = Node::String(Raw::new(BASE64.encode(body)));
        Node::Object(vec![(Raw::new("type"), text("base64")), (Raw::new("data"), data)])
    };
    let instances = bodies.into_iter().map(instance).collect();
    Ok(Node::Object(vec![(Raw::new("instances"), Node::Array(instances))]))
}

/// Reads the `multipart/related` of a file of Gemini: its description, then the file. Of the description only the names
/// go on: what the file is, and how large, is said anew.
pub fn upload(bytes: &[u8], content_type: &str, limits: &json::Limits) -> Result<Form, Refusal> {
    let unreadable = |why: &str| Refusal::new(Reason::MalformedRequest).because(why);
    let boundary = multipart::boundary_of("multipart/related", content_type).ok_or_else(|| {
        Refusal::new(Reason::UnsupportedMediaType).because("send `multipart/related` of a description and the file")
    })?;
    let bodies = multipart::bodies(bytes, &boundary, 2).map_err(|error| unreadable(&error.to_string()))?;
    let [(_, description), (kind, body)] = bodies[..] else {
        return Err(unreadable("an upload has two parts: a description and the file"));
    };
    let description = json::parse(description, limits)?;
    let said = |names: [&str; 2]| {
        let file = description.field("file")?;
        names.iter().find_map(|name| file.field(name)).and_then(|value| value.text())
    };
    let kind = said(["mimeType", "mime_type"]).unwrap_or(kind);
    let display_name = said(["displayName", "display_name"]).unwrap_or_default();
    let ending = ending(kind).filter(|ending| !display_name.to_ascii_lowercase().ends_with(ending));
    let file_name = format!("{display_name}{}", ending.unwrap_or_default());
    let part = Part { name: "content".to_owned(), file_name: Some(file_name), content_type: None, body };
    let content = content(&part, limits)?;
    let lines = content.field("lines").and_then(Node::as_array).unwrap_or_default();
    let batch = !lines.is_empty() && lines.iter().all(|line| line.field("request").is_some());
    let content = if batch { casing::one_spelling(content)? } else { content };
    let named = [("displayName", said(["displayName", "display_name"])), ("name", said(["name", "name"]))];
    let named = named.into_iter().filter_map(|(name, value)| Some((Raw::new(name), Node::String(Raw::new(value?)))));
    let body = Node::Object(vec![(Raw::new("file"), Node::Object(named.collect())), (Raw::new("content"), content)]);
    let mut shape = Shape::new(gemini_files::PARTS.iter().copied());
    if batch {
        let rows = [gemini::CONTENTS, gemini::PARAMETERS].into_iter().flatten().copied();
        shape = shape.with("content.lines", [("", Class::Text)]).with("content.lines[].request", rows);
    }
    let style = if batch { Style::Ordinal } else { Style::Keyed };
    Ok(Form { body, shape: Arc::new(shape), style })
}

/// The ending of a file name that says what a media type says.
fn ending(kind: &str) -> Option<&'static str> {
    Some(match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "jsonl" | "application/jsonl" | "application/x-jsonl" | "application/x-ndjson" => ".jsonl",
        "application/json" => ".json",
        "text/csv" => ".csv",
        "text/tab-separated-values" => ".tsv",
        "text/html" => ".html",
        "text/xml" | "application/xml" => ".xml",
        "text/markdown" | "text/md" => ".md",
        "message/rfc822" => ".eml",
        _ => return None,
    })
}

/// A document: a JSON value a line, text, or a binary that other rules decide about.
fn content(part: &Part<&[u8]>, limits: &json::Limits) -> Result<Node<Raw>, Refusal> {
    let lined = part.file_name.as_deref().is_some_and(|name| name.ends_with(".jsonl") || name.ends_with(".ndjson"));
    Ok(match text(part.body) {
        Some(_) if lined => file(part, "lines", ("lines", Node::Array(lines(part.body, limits)?))),
        Some(text) => file(part, "text", ("data", Node::String(text))),
        None => file(part, "base64", ("data", Node::String(Raw::new(BASE64.encode(part.body))))),
    })
}

fn file(part: &Part<&[u8]>, kind: &str, (name, content): (&str, Node<Raw>)) -> Node<Raw> {
    let file_name = part.file_name.as_deref().unwrap_or_default();
    let text = |text: &str| Node::String(Raw::new(text));
    Node::Object(vec![
        (Raw::new("type"), text(kind)),
        (Raw::new("filename"), text(file_name)),
        (Raw::new(name), content),
    ])
}

/// Text without a byte order mark and without the control characters that only other encodings and binaries have; HL7
/// and X12 frame and part their messages by some.
fn text(bytes: &[u8]) -> Option<Raw> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let strange = |c: char| c.is_control() && !c.is_whitespace() && !('\u{1c}'..='\u{1f}').contains(&c);
    (!text.contains(strange) && !text.starts_with("%PDF-")).then(|| Raw::new(text))
}

fn lines(bytes: &[u8], limits: &json::Limits) -> Result<Vec<Node<Raw>>, Refusal> {
    let lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let numbered = (0..).zip(lines);
    numbered
        .map(|(number, line)| json::parse(line, limits).map_err(|no| no.at(format!("file.lines[{number}]"))))
        .collect()
}

/// What all lines of a batch ask for; the provider wants them to agree.
fn endpoint_of(lines: &[Node<Raw>]) -> Result<&'static Operation, Refusal> {
    let mut urls = lines.iter().map(|line| line.field("url").and_then(|url| url.text()));
    let url = urls.next().flatten();
    let endpoint = url.and_then(openai_files::batched).ok_or_else(|| {
        Refusal::new(Reason::UnsupportedFeature).at("file.lines[0].url").because("this endpoint is not batched")
    })?;
    if urls.any(|other| other != url) {
        return Err(Refusal::new(Reason::InvalidValue).at("file.lines").because("its lines name different endpoints"));
    }
    Ok(endpoint)
}

/// A series is sent in several requests.
const MOST_OBJECTS: usize = 1024;

/// No form of these APIs has as many fields.
const MOST_PARTS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::openai_files::FILES;

    fn read(fields: &[(&str, Option<&str>, &str)]) -> Result<Form, Reason> {
        let part = |&(name, file, body): &(&str, Option<&str>, &str)| Part {
            name: name.to_owned(),
            file_name: file.map(str::to_owned),
            content_type: None,
            body: body.as_bytes().to_vec(),
        };
        let (kind, bytes) = multipart::write(&fields.iter().map(part).collect::<Vec<_>>());
        super::read(&bytes, &kind, &FILES, &json::Limits::default()).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn a_batch_file_is_shaped_as_the_endpoint_of_its_lines() {
        let line = |url: &str| format!(r#"{{"custom_id":"a","method":"POST","url":"{url}","body":{{"model":"m"}}}}"#);
        let file = |text: &str| read(&[("file", Some("x.jsonl"), text), ("purpose", None, "batch")]);
        let form = file(&format!("{}\n{}\n", line("/v1/embeddings"), line("/v1/embeddings"))).unwrap();
        assert_eq!(form.style, Style::Keyed);
        let body = form.shape.root().key("file").key("lines").item().key("body");
        assert_eq!(body.key("model").class(), Class::Identifier);
        assert_eq!(body.key("unknown").class(), Class::Text);
        let mixed = format!("{}\n{}", line("/v1/embeddings"), line("/v1/responses"));
        assert_eq!(file(&mixed).err(), Some(Reason::InvalidValue));
        assert_eq!(file(&line("/v1/images/edits")).err(), Some(Reason::UnsupportedFeature));
        assert_eq!(file("not JSON").err(), Some(Reason::InvalidJson));
    }

    #[test]
    fn a_document_is_told_by_what_it_holds() {
        let kind = |name: &str, body: &str| {
            let form = read(&[("file", Some(name), body), ("purpose", None, "user_data")]).unwrap();
            form.body.field("file").unwrap().field("type").unwrap().text().unwrap().to_owned()
        };
        assert_eq!(kind("note.txt", "Patient: Maria Kovacs"), "text");
        assert_eq!(kind("note.jsonl", "{}\n{}"), "lines");
        assert_eq!(kind("scan.pdf", "%PDF-1.4"), "base64");
        assert_eq!(kind("scan.bin", "a\0b"), "base64");
        assert_eq!(kind("scan.txt", "PK\u{3}\u{4}"), "base64");
        assert_eq!(kind("a.hl7", "\u{b}MSH|^~\\&|\u{1c}\r"), "text");
    }

    #[test]
    fn unknown_and_repeated_fields_are_refused() {
        assert_eq!(read(&[("patient", None, "x")]).err(), Some(Reason::UnsupportedFeature));
        assert_eq!(read(&[("purpose", None, "a"), ("purpose", None, "b")]).err(), Some(Reason::DuplicateKey));
    }
}
