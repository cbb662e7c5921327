//! Pictures that stay: a local model says what is on them, and its words go out in their place.
//!
//! The words are put into the request before it is cleared, so that they are cleared like any other text. Each says
//! that it stands for pictures that were not sent. What is no picture here, or cannot be read, is refused there.

use crate::crypto::Sha256;
use crate::json::Node;
use crate::local::Models;
use crate::local::openai_chat;
use crate::local::prompt::{Message, Part, Piece, Prompt, Sampling, Speaker};
use crate::refusal::Refusal;
use crate::text::Raw;
use data_encoding::BASE64;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::Instant;

/// Describes pictures, and remembers what it said: clients resend them with every turn.
pub struct Describer {
    said: Cache<[u8; 32], Arc<str>>,
}

/// As many descriptions are remembered.
const REMEMBERED: usize = 512;
const TOKENS_MAX: u32 = 512;

const INSTRUCTION: &str = "You describe medical images for a colleague who cannot see them. Say what kind of image it is \
and list the findings, normal and abnormal, in plain words. Do not guess who the patient is, and copy no names, \
numbers or dates that are written in the image.";

/// What stood for pictures.
pub struct Described {
    pub body: Node<Raw>,
    pub pictures: usize,
}

impl Describer {
    pub fn new() -> Self {
        Self { said: Cache::new(REMEMBERED) }
    }

    /// The request with words in place of its pictures. A picture that the model cannot read refuses the request.
    pub async fn describe(
        &self,
        models: &Models,
        model: &str,
        tenant: &str,
        mut body: Node<Raw>,
        deadline: Instant,
    ) -> Result<Described, Refusal> {
        let mut runs: Vec<Vec<Vec<u8>>> = Vec::new();
        walk(&mut body, &mut |run| {
            runs.push(run);
            None
        });
        let (mut words, mut pictures) = (Vec::new(), 0);
        for run in runs {
            let first = pictures + 1;
            pictures += run.len();
            let said = self.said(models, model, tenant, run, deadline).await?;
            let which = if first == pictures { format!("Image {first}") } else { format!("Images {first}-{pictures}") };
            words.push(format!("{which}, not sent; findings of a local model: {said}"));
        }
        let mut words = words.into_iter();
        walk(&mut body, &mut |_| words.next());
        Ok(Described { body, pictures })
    }

    async fn said(
        &self,
        models: &Models,
        model: &str,
        tenant: &str,
        run: Vec<Vec<u8>>,
        deadline: Instant,
    ) -> Result<Arc<str>, Refusal> {
        let key = key(model, tenant, &run);
        if let Some(said) = self.said.get(&key) {
            return Ok(said);
        }
        let parts = run.into_iter().map(Part::Image).chain([Part::Text("Findings:".to_owned())]).collect();
        let prompt = Prompt {
            messages: vec![
                Message::text(Speaker::System, INSTRUCTION),
                Message { speaker: Speaker::User, parts, calls: Vec::new() },
            ],
            sampling: Sampling { temperature: Some(0.0), ..Sampling::default() },
            max_tokens: Some(TOKENS_MAX),
            choices: 1,
            ..Prompt::default()
        };
        let mut answer = models.answer(model, tenant, prompt, deadline)?;
        let mut said = String::new();
        while let Some(piece) = answer.next().await {
            if let Piece::Text { text, .. } = piece? {
                said.push_str(&text);
            }
        }
        let said: Arc<str> = said.trim().into();
        self.said.insert(key, said.clone());
        Ok(said)
    }
}

impl Default for Describer {
    fn default() -> Self {
        Self::new()
    }
}

fn key(model: &str, tenant: &str, run: &[Vec<u8>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [model.as_bytes(), tenant.as_bytes()].into_iter().chain(run.iter().map(Vec::as_slice)) {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finish()
}

/// Shows every run of pictures, in their order, and puts the words that come back in its place.
fn walk(node: &mut Node<Raw>, see: &mut impl FnMut(Vec<Vec<u8>>) -> Option<String>) {
    match node {
        Node::Array(items) => {
            let mut at = 0;
            while at < items.len() {
                let found: Vec<(Form, Vec<u8>)> = items[at..].iter().map_while(picture).collect();
                let Some(&(form, _)) = found.first() else {
                    walk(&mut items[at], see);
                    at += 1;
                    continue;
                };
                let count = found.len();
                match see(found.into_iter().map(|(_, bytes)| bytes).collect()) {
                    Some(words) => {
                        items.splice(at..at + count, [form.text(words)]);
                        at += 1;
                    }
                    None => at += count,
                }
            }
        }
        Node::Object(members) => {
            members.iter_mut().for_each(|(_, value)| walk(value, see));
            beside(members, see);
        }
        _ => {}
    }
}

/// Ollama's pictures stand beside the text, as plain Base64.
fn beside(members: &mut Vec<(Raw, Node<Raw>)>, see: &mut impl FnMut(Vec<Vec<u8>>) -> Option<String>) {
    let Some(at) = members.iter().position(|(key, _)| key.expose() == "images") else { return };
    let run = members[at].1.as_array().unwrap_or_default().iter().map(|node| decoded(node.text()?));
    let Some(run) = run.collect::<Option<Vec<_>>>().filter(|run| !run.is_empty()) else { return };
    let Some(words) = see(run) else { return };
    members.remove(at);
    for (key, value) in members {
        if matches!(key.expose(), "content" | "prompt")
            && let Node::String(text) = value
        {
            *text = Raw::new(format!("{}\n{words}", text.expose()));
            return;
        }
    }
}

/// How a dialect writes a part that is text.
#[derive(Clone, Copy)]
enum Form {
    Typed(&'static str),
    /// Gemini tells parts apart by their names.
    Named,
}

impl Form {
    fn text(self, words: String) -> Node<Raw> {
        let member = |name: &str, value: &str| (Raw::new(name), Node::String(Raw::new(value)));
        let text = member("text", &words);
        match self {
            Self::Typed(kind) => Node::Object(vec![member("type", kind), text]),
            Self::Named => Node::Object(vec![text]),
        }
    }
}

/// The bytes of a part that is a picture, and the form of a text beside it.
fn picture(part: &Node<Raw>) -> Option<(Form, Vec<u8>)> {
    let url = |node: &Node<Raw>| match openai_chat::image(node.text()?) {
        Ok(Part::Image(bytes)) => Some(bytes),
        _ => None,
    };
    if let Some(data) = part.field("inlineData") {
        let kind = data.field("mimeType")?.text()?;
        let seen = kind.starts_with("image/") || kind == "application/dicom";
        return Some((Form::Named, decoded(data.field("data")?.text()?)?)).filter(|_| seen);
    }
    match part.field("type")?.text()? {
        "image_url" => {
            let image = part.field("image_url")?;
            Some((Form::Typed("text"), url(image.field("url").unwrap_or(image))?))
        }
        "input_image" => Some((Form::Typed("input_text"), url(part.field("image_url")?)?)),
        "image" => {
            let source = part
                .field("source")
                .filter(|source| source.field("type").and_then(Node::<Raw>::text) == Some("base64"))?;
            Some((Form::Typed("text"), decoded(source.field("data")?.text()?)?))
        }
        _ => None,
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Limits};

    /// The request with `<n>` in place of each run of n pictures.
    #[track_caller]
    fn check(body: &str, expected: &str) {
        let mut node = json::parse(body.as_bytes(), &Limits::default()).unwrap();
        walk(&mut node, &mut |run| Some(format!("<{}>", run.len())));
        assert_eq!(openai_chat::written(&node), expected);
    }

    #[test]
    fn words_stand_where_pictures_stood_in_every_dialect() {
        check(
            r#"{"messages":[{"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC"}},{"type":"text","text":"b"}]}]}"#,
            r#"{"messages":[{"content":[{"type":"text","text":"a"},{"type":"text","text":"<2>"},{"type":"text","text":"b"}]}]}"#,
        );
        check(
            r#"{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AAEC"}]}]}"#,
            r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"<1>"}]}]}"#,
        );
        check(
            r#"{"messages":[{"content":[{"type":"tool_result","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAEC"}}]}]}]}"#,
            r#"{"messages":[{"content":[{"type":"tool_result","content":[{"type":"text","text":"<1>"}]}]}]}"#,
        );
        check(
            r#"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAEC"}},{"text":"b"}]}]}"#,
            r#"{"contents":[{"parts":[{"text":"<1>"},{"text":"b"}]}]}"#,
        );
        check(r#"{"messages":[{"content":"a","images":["AAEC","AAEC"]}]}"#, r#"{"messages":[{"content":"a\n<2>"}]}"#);
    }

    #[test]
    fn what_is_no_picture_or_not_here_is_left_to_be_refused() {
        for body in [
            r#"{"content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}"#,
            r#"{"content":[{"type":"image","source":{"type":"base64","data":"?"}}]}"#,
            r#"{"parts":[{"inlineData":{"mimeType":"audio/wav","data":"AAEC"}}]}"#,
            r#"{"images":["?"],"content":"a"}"#,
        ] {
            check(body, body);
        }
    }
}
