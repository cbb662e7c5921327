//! Files in a request that can be read once they are taken apart: a PDF becomes its text, in the form that each API has
//! for text. What cannot be read stays as it is, and is refused by whoever clears it.

use crate::deid::Document;
use crate::json::Node;
use crate::pdf::{self, PdfError};
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use data_encoding::{BASE64, BASE64URL};

/// The same document with text where a PDF stood. CPU work: run it where documents are cleared.
pub fn readable(document: Document) -> Result<Document, Refusal> {
    document.map(readable_node)
}

fn readable_node(node: Node<Raw>) -> Result<Node<Raw>, Refusal> {
    match node {
        Node::Array(items) => Ok(Node::Array(items.into_iter().map(readable_node).collect::<Result<_, _>>()?)),
        Node::Object(members) => {
            let node = Node::Object(members);
            match as_text(&node)? {
                Some(node) => Ok(node),
                None => {
                    let Node::Object(members) = node else { return Ok(node) };
                    let readable = |(key, value)| Ok((key, readable_node(value)?));
                    Ok(Node::Object(members.into_iter().map(readable).collect::<Result<_, Refusal>>()?))
                }
            }
        }
        node => Ok(node),
    }
}

/// A part that holds a PDF, as the part that holds its text.
fn as_text(node: &Node<Raw>) -> Result<Option<Node<Raw>>, Refusal> {
    let text_at =
        |node: &Node<Raw>, name: &str| node.field(name).and_then(|data| data.text()).and_then(decoded).map(text_of);
    // OpenAI Responses: `{"type": "input_file", "file_data": …}`.
    if let Some(text) = text_at(node, "file_data") {
        return Ok(Some(part(&[("type", "input_text"), ("text", &text?)])));
    }
    // OpenAI Chat: `{"type": "file", "file": {"file_data": …}}`.
    if let Some(text) = node.field("file").and_then(|file| text_at(file, "file_data")) {
        return Ok(Some(part(&[("type", "text"), ("text", &text?)])));
    }
    let Some(text) = text_at(node, "data") else { return Ok(None) };
    let text = text?;
    let name = |name: &str| node.field(name).and_then(|name| name.text());
    // Gemini: `{"mimeType": …, "data": …}`; its text is base64 as well.
    if name("mimeType").is_some() {
        let encoded = BASE64.encode(text.as_bytes());
        return Ok(Some(part(&[("mimeType", "text/plain"), ("data", &encoded)])));
    }
    // Anthropic: a source; here, a file of a form.
    Ok(Some(match name("filename") {
        Some(file_name) => part(&[("type", "text"), ("filename", file_name), ("data", &text)]),
        None => part(&[("type", "text"), ("media_type", "text/plain"), ("data", &text)]),
    }))
}

fn part(members: &[(&str, &str)]) -> Node<Raw> {
    Node::Object(members.iter().map(|&(key, value)| (Raw::new(key), Node::String(Raw::new(value)))).collect())
}

fn text_of(bytes: Vec<u8>) -> Result<String, Refusal> {
    pdf::text(&bytes).map_err(|error| match error {
        PdfError::TooLarge => Refusal::new(Reason::TooComplex).because(error.to_string()),
        _ => Refusal::new(Reason::OpaqueContent).because(error.to_string()),
    })
}

/// The bytes of a string that is a PDF in base64, with or without the head of a `data:` URL.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let data = data_of(text)?;
    let packed: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(packed.as_bytes()).or_else(|_| BASE64URL.decode(packed.as_bytes())).ok()?;
    pdf::sniff(&bytes).then_some(bytes)
}

fn data_of(text: &str) -> Option<&str> {
    let data = match text.strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    // `%PDF-` in base64.
    data.starts_with("JVBERi").then_some(data)
}

/// Whether there is something to take apart.
pub fn holds_pdf(node: &Node<Raw>) -> bool {
    match node {
        Node::String(text) => data_of(text.expose()).is_some(),
        Node::Array(items) => items.iter().any(holds_pdf),
        Node::Object(members) => members.iter().any(|(_, value)| holds_pdf(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn read(json: &str) -> Result<String, Reason> {
        let pdf = BASE64.encode(&pdf::sample(&["Patient: Maria Kovacs"]));
        let node = parse(json.replace("PDF", &pdf).as_bytes(), &Limits::default()).expect("JSON");
        let node = readable_node(node).map_err(|refusal| refusal.reason)?;
        Ok(node.map(&mut |raw| raw.into_exposed()).to_json())
    }

    #[test]
    fn a_pdf_becomes_text_in_each_api() {
        let text = r#""Patient: Maria Kovacs\n\f""#;
        let chat = r#"[{"type":"file","file":{"filename":"K.pdf","file_data":"data:application/pdf;base64,PDF"}}]"#;
        assert_eq!(read(chat).unwrap(), format!(r#"[{{"type":"text","text":{text}}}]"#));
        let responses = r#"{"type":"input_file","filename":"K.pdf","file_data":"data:application/pdf;base64,PDF"}"#;
        assert_eq!(read(responses).unwrap(), format!(r#"{{"type":"input_text","text":{text}}}"#));
        let anthropic =
            r#"{"type":"document","title":"t","source":{"type":"base64","media_type":"application/pdf","data":"PDF"}}"#;
        let source = format!(r#"{{"type":"text","media_type":"text/plain","data":{text}}}"#);
        assert_eq!(read(anthropic).unwrap(), format!(r#"{{"type":"document","title":"t","source":{source}}}"#));
        let encoded = BASE64.encode(b"Patient: Maria Kovacs\n\x0c");
        let gemini = r#"{"inlineData":{"mimeType":"application/pdf","data":"PDF"}}"#;
        assert_eq!(
            read(gemini).unwrap(),
            format!(r#"{{"inlineData":{{"mimeType":"text/plain","data":"{encoded}"}}}}"#)
        );
        let form = r#"{"file":{"type":"base64","filename":"K.pdf","data":"PDF"}}"#;
        assert_eq!(read(form).unwrap(), format!(r#"{{"file":{{"type":"text","filename":"K.pdf","data":{text}}}}}"#));
    }

    #[test]
    fn a_pdf_that_cannot_be_read_is_refused() {
        let broken = BASE64.encode(b"%PDF-1.4 broken");
        assert_eq!(read(&format!(r#"{{"data":"{broken}"}}"#)), Err(Reason::OpaqueContent));
    }
}
