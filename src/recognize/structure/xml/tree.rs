//! XML and HTML of any vocabulary: element and attribute names are labels of what they hold, the rest is running text.

use super::super::Formats;
use super::super::content::Content;
use super::super::json::dicom_name;
use super::super::label::Meaning;
use super::super::markup::{self, Attribute, Token};
use super::super::sketch::Sketch;
use crate::recognize::view::Builder;
use crate::text::Span;

const RULE: &str = "xml.element";

struct Element<'t> {
    name: &'t str,
    /// What the text of the element holds, where its name, or its tag in DICOM, tells.
    content: Option<Content>,
}

/// Acts on the markup in a part of the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span, dicom: bool) {
    let text = sketch.text();
    let mut builder = Builder::default();
    let mut stack: Vec<Element> = Vec::new();
    let mut person: Vec<String> = Vec::new();
    let mut columns = Columns::default();
    for token in markup::tokens(&text[..region.end], region.start) {
        match &token {
            Token::Open { name, span, attributes, closed } => {
                if !markup::is_inline(name) {
                    builder.push('\n', Span::new(span.start, span.start));
                }
                let around = stack.last().and_then(|element| element.content);
                let content = match dicom {
                    true => attribute_content(text, formats, attributes).or(around),
                    false => columns
                        .open(name)
                        .or_else(|| element_content(formats, &stack, name))
                        .or_else(|| around.filter(|_| markup::is_inline(name))),
                };
                let parent = stack.last().map_or("", |element| element.name);
                open(sketch, formats, (parent, name), *span, attributes, dicom);
                if !closed && !is_void(name) {
                    stack.push(Element { name, content });
                }
            }
            Token::Close { name, span } => {
                if !markup::is_inline(name) {
                    builder.push('\n', Span::new(span.start, span.start));
                }
                sketch.keep(*span);
                columns.close(name);
                if let Some(depth) = stack.iter().rev().take(64).position(|element| element.name == *name) {
                    stack.truncate(stack.len() - depth - 1);
                }
                if *name == "PersonName" {
                    if let [family, given, ..] = &*person {
                        sketch.seed(&format!("{given} {family}"), crate::entity::EntityType::Name, Default::default());
                    }
                    person.clear();
                }
            }
            Token::Text(span) | Token::Cdata { inner: span, .. } => {
                let words = span.of(text);
                if words.trim().is_empty() {
                    continue;
                }
                columns.text(formats, words);
                match stack.last().and_then(|element| element.content) {
                    Some(Content::Name(role)) if dicom && words.contains('^') => {
                        dicom_name(sketch, markup::decode(text, *span), role)
                    }
                    Some(content) if !matches!(content, Content::Narrative | Content::Scan) => {
                        if dicom {
                            person.push(words.trim().to_owned());
                        }
                        sketch.value(
                            markup::decode(text, *span),
                            content,
                            stack.last().map(|element| element.name),
                            RULE,
                        );
                    }
                    _ if stack.is_empty() => {}
                    _ => {
                        markup::read_text(text, *span, &mut builder);
                        sketch.cover(*span);
                    }
                }
            }
            Token::Instruction(span) if span.of(text).starts_with("<?xml ") => sketch.keep(*span),
            // A comment, an instruction: prose, which the gaps of the layout are.
            Token::Comment(_) | Token::Instruction(_) | Token::Doctype(_) => {}
        }
    }
    sketch.narrate_view(builder.finish(), None);
}

fn open<'t>(
    sketch: &mut Sketch<'t>,
    formats: &Formats,
    (parent, name): (&str, &str),
    span: Span,
    attributes: &[Attribute<'t>],
    dicom: bool,
) {
    let text = sketch.text();
    let mut at = span.start;
    // FHIR writes `<telecom><value value="…"/></telecom>`: the element around it says what the value is.
    let own = if name == "value" { format!("{parent}.{name}") } else { name.to_owned() };
    // The name of a form field says what its value is.
    let form = attributes
        .iter()
        .find(|attribute| matches!(attribute.name, "name" | "id" | "property" | "itemprop"))
        .map(|attribute| attribute.value.of(text));
    for attribute in attributes {
        sketch.keep(Span::new(at, attribute.value.start));
        at = attribute.value.end;
        let label = match attribute.name {
            "value" | "content" | "v" => form.unwrap_or(&own),
            other => other.strip_prefix("data-").unwrap_or(other),
        };
        let meaning = formats.labels.meaning(label).filter(|meaning| !meaning.vague);
        let content = match (attribute.name, meaning) {
            (name, _) if name.starts_with("xmlns") || name.starts_with("xsi:") => Content::Keep,
            _ if dicom => Content::Code,
            ("href" | "src" | "action" | "cite", _) => Content::Narrative,
            ("name" | "id" | "class" | "style" | "type" | "for" | "rel" | "lang", _) => Content::Code,
            (_, Some(meaning)) => meaning.content,
            _ => Content::Code,
        };
        sketch.value(markup::decode(text, attribute.value), content, Some(label), RULE);
    }
    sketch.keep(Span::new(at, span.end));
}

fn element_content(formats: &Formats, stack: &[Element], name: &str) -> Option<Content> {
    if markup::is_inline(name) || is_html(name) {
        return None;
    }
    let parent = stack.last().map_or("", |element| element.name);
    let label = format!("{}.{}", parent.rsplit(':').next().unwrap_or(parent), name.rsplit(':').next().unwrap_or(name));
    formats.labels.meaning(&label).filter(|meaning| !meaning.vague).map(|meaning| meaning.content)
}

/// What a `DicomAttribute` holds, by its tag and value representation.
fn attribute_content(text: &str, formats: &Formats, attributes: &[Attribute]) -> Option<Content> {
    let value = |name: &str| {
        attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.of(text))
    };
    let tag = u32::from_str_radix(value("tag")?, 16).ok()?;
    match value("vr")? {
        "SQ" => None,
        vr => Some(formats.dicom.content(tag, vr, "")),
    }
}

/// The columns of an HTML table, by the words of its header cells.
#[derive(Default)]
struct Columns {
    contents: Vec<Option<Content>>,
    cell: usize,
    in_header: bool,
    in_row: bool,
}

impl Columns {
    /// What the cell that opens holds.
    fn open(&mut self, name: &str) -> Option<Content> {
        if name.eq_ignore_ascii_case("table") {
            *self = Self::default();
        } else if name.eq_ignore_ascii_case("tr") {
            (self.cell, self.in_row) = (0, true);
        } else if self.in_row && (name.eq_ignore_ascii_case("td") || name.eq_ignore_ascii_case("th")) {
            self.in_header = name.eq_ignore_ascii_case("th");
            self.cell += 1;
            if !self.in_header {
                return self.contents.get(self.cell - 1).copied().flatten();
            }
        }
        None
    }

    fn text(&mut self, formats: &Formats, words: &str) {
        if !self.in_row || self.cell == 0 {
            return;
        }
        let telling =
            |meaning: &Meaning| !meaning.vague && !matches!(meaning.content, Content::Narrative | Content::Scan);
        let content =
            formats.labels.meaning(words.trim().trim_end_matches(':')).filter(telling).map(|meaning| meaning.content);
        if self.in_header {
            self.set(self.cell, content);
        }
        // A name at the start of a row names what follows in it.
        if self.cell == 1 && (self.in_header || content.is_some() && self.contents.is_empty()) {
            self.set(2, content);
        }
    }

    fn set(&mut self, cell: usize, content: Option<Content>) {
        if self.contents.len() < cell {
            self.contents.resize(cell, None);
        }
        self.contents[cell - 1] = content;
    }

    fn close(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("th") {
            self.in_header = false;
        } else if name.eq_ignore_ascii_case("tr") {
            self.in_row = false;
        }
    }
}

/// Elements of HTML, whose names say nothing of their text.
fn is_html(name: &str) -> bool {
    const HTML: [&str; 30] = [
        "html", "head", "body", "div", "p", "table", "thead", "tbody", "tr", "td", "th", "ul", "ol", "li", "title",
        "section", "article", "header", "footer", "address", "label", "form", "option", "summary", "caption", "h1",
        "h2", "h3", "pre", "button",
    ];
    HTML.iter().any(|html| name.eq_ignore_ascii_case(html))
}

/// Elements that never have content.
fn is_void(name: &str) -> bool {
    const VOID: [&str; 8] = ["br", "hr", "img", "input", "meta", "link", "wbr", "col"];
    VOID.iter().any(|void| name.eq_ignore_ascii_case(void))
}
