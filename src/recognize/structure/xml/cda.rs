//! CDA documents, by the tables of `rules/formats/ccda.txt`.

use super::super::View;
use super::super::content::Content;
use super::super::markup::{self, Attribute, Token};
use super::super::sketch::Sketch;
use super::super::value::{self, Value};
use crate::entity::{EntityType, Role};
use crate::recognize::view::Builder;
use crate::rules::RuleError;
use crate::text::Span;
use std::collections::HashMap;

const RULE: &str = "cda";

/// What elements and attributes hold.
#[derive(Debug, Default)]
pub(in super::super) struct Schema {
    texts: HashMap<String, Content>,
    attributes: HashMap<String, Content>,
}

impl Schema {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let mut schema = Self::default();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_ascii_whitespace().collect();
            match (&*words, words.get(2).and_then(|word| Content::parse(word))) {
                ([], _) => {}
                (["text", path, _], Some(content)) => _ = schema.texts.insert((*path).to_owned(), content),
                (["attr", path, _], Some(content)) => _ = schema.attributes.insert((*path).to_owned(), content),
                _ => errors.push(RuleError::new(
                    file,
                    number + 1,
                    "the line is no `text PATH CONTENT` nor `attr PATH CONTENT`",
                )),
            }
        }
        schema
    }

    /// What the text inside the innermost of these elements holds.
    fn text(&self, stack: &[Element]) -> Option<Content> {
        (1..=stack.len()).rev().find_map(|depth| longest(&self.texts, &stack[..depth], ""))
    }

    fn attribute(&self, stack: &[Element], name: &str) -> Option<Content> {
        longest(&self.attributes, stack, name)
    }
}

/// The entry for the longest path that ends with the innermost element.
fn longest(entries: &HashMap<String, Content>, stack: &[Element], attribute: &str) -> Option<Content> {
    let names: Vec<&str> = stack.iter().rev().take(3).map(|element| element.name).collect();
    (1..=names.len()).rev().find_map(|length| {
        let mut path = names[..length].iter().rev().copied().collect::<Vec<_>>().join("/");
        if !attribute.is_empty() {
            path.push('@');
            path.push_str(attribute);
        }
        entries.get(&path).copied()
    })
}

struct Element<'t> {
    /// The local name.
    name: &'t str,
    /// Whether the element, or one around it, belongs to a namespace that is not CDA's.
    foreign: bool,
    /// Whether the element says that its text is encoded data.
    encoded: bool,
}

/// Acts on the documents in a part of the text.
pub(super) fn read(sketch: &mut Sketch, schema: &Schema, region: Span) {
    let text = sketch.text();
    let base = View::identity(text);
    let mut reader = Reader { schema, base: &base, stack: Vec::new(), running: None, person: Vec::new() };
    for token in markup::tokens(&text[..region.end], region.start) {
        reader.token(sketch, &token);
    }
    reader.flush(sketch);
}

struct Reader<'r, 't> {
    schema: &'r Schema,
    base: &'r View,
    stack: Vec<Element<'t>>,
    /// Running text, and how deep the element is that it belongs to.
    running: Option<(Builder, usize)>,
    /// The parts of the person's name being read.
    person: Vec<(&'t str, String)>,
}

impl<'t> Reader<'_, 't> {
    fn token(&mut self, sketch: &mut Sketch<'t>, token: &Token<'t>) {
        let text = sketch.text();
        match token {
            Token::Open { name, span, attributes, closed } => {
                self.open(sketch, name, *span, attributes);
                if *closed {
                    self.close(sketch);
                } else if self.running.is_none()
                    && self.schema.text(&self.stack) == Some(Content::Narrative)
                    && self.stack.last().is_some_and(|element| !element.foreign && !element.encoded)
                {
                    self.running = Some((Builder::default(), self.stack.len()));
                } else if let Some((builder, _)) = self.running.as_mut()
                    && !markup::is_inline(name)
                {
                    builder.push('\n', Span::new(span.start, span.start));
                }
            }
            Token::Close { name, span } => {
                sketch.keep(*span);
                if let Some((builder, _)) = self.running.as_mut().filter(|_| !markup::is_inline(name)) {
                    builder.push('\n', Span::new(span.start, span.start));
                }
                let local = local(name);
                if let Some(depth) = self.stack.iter().rev().take(64).position(|element| element.name == local) {
                    for _ in 0..=depth {
                        self.close(sketch);
                    }
                }
            }
            Token::Text(span) => self.text(sketch, *span, true),
            Token::Cdata { inner, span } => {
                self.text(sketch, *inner, false);
                sketch.keep(Span::new(span.start, inner.start));
                sketch.keep(Span::new(inner.end, span.end));
            }
            // Systems leave names and paths in comments and instructions, and no reader needs them.
            Token::Comment(span) if !self.stack.is_empty() || !outer(*span).of(text).trim().is_empty() => {
                sketch.value(Value::Plain(outer(*span)), Content::Opaque, None, RULE);
                sketch.cover(*span);
            }
            Token::Instruction(span) if span.of(text).starts_with("<?xml ") => sketch.keep(*span),
            Token::Instruction(span) => {
                let name = span.of(text).find(char::is_whitespace).unwrap_or(2);
                let inner = Span::new(span.start + name, span.end.saturating_sub(2).max(span.start + name));
                sketch.keep(Span::new(span.start, inner.start));
                sketch.value(Value::Plain(inner), Content::Opaque, None, RULE);
            }
            Token::Comment(_) | Token::Doctype(_) => {}
        }
    }

    fn open(&mut self, sketch: &mut Sketch<'t>, name: &'t str, span: Span, attributes: &[Attribute<'t>]) {
        let text = sketch.text();
        let around = self.stack.last().is_some_and(|element| element.foreign);
        let value = |wanted: &str| {
            attributes.iter().find(|attribute| attribute.name == wanted).map(|attribute| attribute.value.of(text))
        };
        let prefixed = name
            .split_once(':')
            .is_some_and(|(prefix, _)| !matches!(prefix, "sdtc" | "hl7" | "cda" | "n1" | "voc" | "mif"));
        let declared = value("xmlns").is_some_and(|space| !space.starts_with("urn:hl7-org:"));
        self.stack.push(Element {
            name: local(name),
            foreign: around || prefixed || declared,
            encoded: value("representation") == Some("B64"),
        });
        let extension = value("extension").is_some_and(|extension| !extension.is_empty());
        let mut at = span.start;
        for attribute in attributes {
            sketch.keep(Span::new(at, attribute.value.start));
            at = attribute.value.end;
            let content = self.attribute(
                text,
                attribute,
                extension,
                value("root").unwrap_or_default(),
                value("type").or(value("xsi:type")).unwrap_or_default(),
            );
            sketch.value(markup::decode(text, attribute.value), content, Some(attribute.name), RULE);
        }
        sketch.keep(Span::new(at, span.end));
    }

    fn attribute(&self, text: &str, attribute: &Attribute, extension: bool, root: &str, kind: &str) -> Content {
        let (name, value) = (attribute.name, attribute.value.of(text));
        let foreign = self.stack.last().is_some_and(|element| element.foreign);
        let element = self.stack.last().map_or("", |element| element.name);
        let other_id = Content::Id(EntityType::OtherId, Role::Subject);
        match name {
            _ if name.starts_with("xmlns") || name.starts_with("xsi:") => Content::Keep,
            "codeSystem" | "codeSystemVersion" | "nullFlavor" | "ID" => Content::Code,
            "root" if matches!(element, "templateId" | "typeId") => Content::Keep,
            // An id without an extension is itself the identifier; a vocabulary's or authority's is not.
            "root" if matches!(element, "id" | "setId") && !extension => other_id,
            "root" => Content::Code,
            "extension" if matches!(element, "templateId" | "typeId") => Content::Keep,
            "extension" => {
                self.schema.attribute(&self.stack, name).map_or(other_id, |content| authority(root, content))
            }
            "value" if value.starts_with('#') => Content::Keep,
            "value" if element == "value" && kind.ends_with("TS") => Content::Date,
            _ if foreign => Content::Unknown,
            "value" => self.schema.attribute(&self.stack, name).unwrap_or(if value::is_compact_date(value) {
                Content::Date
            } else {
                Content::Number
            }),
            _ => self.schema.attribute(&self.stack, name).unwrap_or(Content::Code),
        }
    }

    fn text(&mut self, sketch: &mut Sketch<'t>, span: Span, entities: bool) {
        let text = sketch.text();
        if let Some((builder, _)) = self.running.as_mut() {
            match entities {
                true => markup::read_text(text, span, builder),
                false => builder.push_same(span.of(text), span.start),
            }
            return sketch.cover(span);
        }
        if self.stack.is_empty() || span.of(text).trim().is_empty() {
            return;
        }
        let Some(element) = self.stack.last() else { return };
        let content = match self.schema.text(&self.stack) {
            _ if element.encoded => Content::Opaque,
            _ if element.foreign => Content::Unknown,
            Some(content) => content,
            None => Content::Narrative,
        };
        let value = if entities { markup::decode(text, span) } else { Value::Plain(span) };
        if let Content::Name(_) = content {
            self.person.push((element.name, value.read(text).trim().to_owned()));
        }
        sketch.value(value, content, Some(element.name), RULE);
    }

    fn close(&mut self, sketch: &mut Sketch<'t>) {
        if self.running.as_ref().is_some_and(|(_, depth)| *depth == self.stack.len()) {
            self.flush(sketch);
        }
        if self.stack.pop().is_some_and(|element| element.name == "name") {
            let parts = std::mem::take(&mut self.person);
            let part = |name: &str| parts.iter().filter(|part| part.0 == name).map(|part| &*part.1).collect::<Vec<_>>();
            let (given, family) = (part("given"), part("family").join(" "));
            if let (Some(first), false) = (given.first(), family.is_empty()) {
                sketch.seed(&format!("{first} {family}"), EntityType::Name, Role::Subject);
                if given.len() > 1 {
                    sketch.seed(&format!("{} {family}", given.join(" ")), EntityType::Name, Role::Subject);
                }
            }
        }
    }

    fn flush(&mut self, sketch: &mut Sketch) {
        if let Some((builder, _)) = self.running.take() {
            sketch.narrate_view(builder.finish().on(self.base), None);
        }
    }
}

/// What an id is, by the authority that gave it.
fn authority(root: &str, content: Content) -> Content {
    match root {
        "2.16.840.1.113883.4.1" => Content::Id(EntityType::Ssn, Role::Subject),
        "2.16.840.1.113883.4.572" | "2.16.840.1.113883.4.927" => Content::Id(EntityType::HealthPlanId, Role::Subject),
        "2.16.840.1.113883.4.6" | "2.16.840.1.113883.4.814" => Content::Id(EntityType::License, Role::Provider),
        "2.16.840.1.113883.3.3719" => Content::Id(EntityType::DeviceId, Role::Subject),
        _ => content,
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// What stands inside `<!--` and `-->`.
fn outer(comment: Span) -> Span {
    Span::new(comment.start + 4, comment.end.saturating_sub(3).max(comment.start + 4))
}
