//! The fields of a segment, by the tables.

use super::super::content::Content;
use super::super::sketch::Sketch;
use super::super::value;
use super::table::{Field, Kind};
use super::{Delimiters, Segment, Tables, escape};
use crate::entity::{EntityType, Role};
use crate::recognize::view::Builder;
use crate::text::Span;

const RULE: &str = "hl7v2";
const UNKNOWN: &[Content] = &[];

/// Acts on one segment.
pub(super) fn read(sketch: &mut Sketch, tables: &Tables, segment: &Segment, reports: &mut Reports) {
    let text = sketch.text();
    let Segment { name, span, delimiters } = *segment;
    sketch.keep(Span::new(span.start, span.start + 3));
    let is_header = matches!(name, "MSH" | "FHS" | "BHS");
    // MSH-1 is the separator itself, so what follows it is MSH-2.
    let first = if is_header { 2 } else { 1 };
    let fields: Vec<Span> = pieces(text, Span::new(span.start + 4, span.end), delimiters.field).collect();
    let field_text = |number: usize| fields.get(number - first).map_or("", |span| span.of(text));
    if !(name == "OBX" || name == "NTE") {
        reports.flush(sketch);
    }
    for (index, &field) in fields.iter().enumerate() {
        let number = index + first;
        if field.is_empty() {
            continue;
        }
        if is_header && number == 2 {
            sketch.keep(field);
            continue;
        }
        let known = match tables.field(name, number) {
            Some(Field { kind: Kind::Varies, .. }) => tables.datatype(field_text(2)),
            other => other,
        };
        let is_value = name == "OBX" && number == 5;
        let prose = match known {
            Some(known) => known.kind == Kind::Text || is_value && matches!(field_text(2), "ST" | ""),
            None => is_value && field_text(2).is_empty(),
        };
        if prose {
            let group = if name == "OBX" { field_text(3) } else { name };
            reports.add(sketch, group, field, delimiters);
            continue;
        }
        for repetition in pieces(text, field, delimiters.repetition) {
            let (components, kind) = known.map_or((UNKNOWN, Kind::Plain), |known| (&*known.components, known.kind));
            composite(sketch, tables, repetition, components, kind, delimiters);
        }
    }
}

fn composite(
    sketch: &mut Sketch,
    tables: &Tables,
    span: Span,
    contents: &[Content],
    kind: Kind,
    delimiters: Delimiters,
) {
    let text = sketch.text();
    let components: Vec<Span> = pieces(text, span, delimiters.component).collect();
    let component = |number: usize| components.get(number - 1).map_or("", |span| span.of(text));
    let telecom = match (component(2), component(3)) {
        (_, "FX") => Some(EntityType::Fax),
        ("NET", _) | (_, "Internet" | "X.400") => None,
        _ => Some(EntityType::Phone),
    };
    for (index, &component_span) in components.iter().enumerate() {
        let content = match (contents.get(index), kind) {
            (None, _) if contents.is_empty() => Content::Unknown,
            (None, _) => Content::Scan,
            (Some(Content::Id(entity, role)), Kind::Identifier) if index == 0 => {
                tables.identifier(component(5)).unwrap_or(Content::Id(*entity, *role))
            }
            (Some(Content::Id(EntityType::Phone, role)), Kind::Telecom) => {
                Content::Id(telecom.unwrap_or(EntityType::Phone), *role)
            }
            // A value where a code of a short table belongs: a field that slipped.
            (Some(Content::Code), _) if component(3).is_empty() && is_misplaced(component(index + 1)) => {
                match component(index + 1) {
                    date if value::is_compact_date(date) => Content::Date,
                    _ => Content::Unknown,
                }
            }
            (Some(&content), _) => content,
        };
        for part in pieces(text, component_span, delimiters.subcomponent) {
            let (part, after) = match content {
                Content::Telecom | Content::Id(EntityType::Phone | EntityType::Fax, _) => telephone(text, part),
                _ => (part, Span::new(part.end, part.end)),
            };
            if !part.is_empty() {
                sketch.value(escape::decode(text, part, delimiters), content, None, RULE);
            }
            if !after.is_empty() {
                sketch.value(escape::decode(text, after, delimiters), Content::Scan, None, RULE);
            }
        }
    }
    if kind == Kind::Name {
        whole_name(sketch, &components, contents, delimiters);
    }
}

/// A telephone number, and what follows it after a blank: a message at the end of a prompt runs into its next words.
fn telephone(text: &str, part: Span) -> (Span, Span) {
    let number = |c: char| c.is_ascii_digit() || "+()-./ ".contains(c);
    let length = part.of(text).find(|c| !number(c)).unwrap_or(part.len());
    let head = part.of(text)[..length].trim_end().len();
    let digits = part.of(text)[..length].bytes().filter(u8::is_ascii_digit).count();
    let cut = if digits >= 7 && head < length { part.start + head } else { part.end };
    (Span::new(part.start, cut), Span::new(cut, part.end))
}

/// Six digits in a row that no coding system claims: no code of HL7's own tables looks so.
fn is_misplaced(value: &str) -> bool {
    value.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 6)
}

/// A name that came in parts is also searched for in spoken order.
fn whole_name(sketch: &mut Sketch, components: &[Span], contents: &[Content], delimiters: Delimiters) {
    let text = sketch.text();
    let mut role = Role::Subject;
    let mut parts = Vec::new();
    for (span, content) in components.iter().zip(contents) {
        if let (&Content::Name(of), false) = (content, span.is_empty()) {
            role = of;
            let first = pieces(text, *span, delimiters.subcomponent).next().unwrap_or(*span);
            parts.push(escape::decode(text, first, delimiters).read(text).trim().to_owned());
        }
    }
    // The family name comes first.
    if let [family, given @ ..] = &*parts {
        if let Some(first) = given.first() {
            sketch.seed(&format!("{first} {family}"), EntityType::Name, role);
        }
        if given.len() > 1 {
            sketch.seed(&format!("{} {family}", given.join(" ")), EntityType::Name, role);
        }
    }
}

/// Text fields of adjacent segments that make up one report: they are read joined, since lines break anywhere.
#[derive(Default)]
pub(super) struct Reports {
    group: String,
    builder: Option<Builder>,
}

impl Reports {
    fn add(&mut self, sketch: &mut Sketch, group: &str, field: Span, delimiters: Delimiters) {
        if self.group != group {
            self.flush(sketch);
            self.group.clear();
            self.group.push_str(group);
        }
        let builder = self.builder.get_or_insert_default();
        escape::push(builder, sketch.text(), field, delimiters, true);
        builder.push('\n', Span::new(field.end, field.end));
        sketch.cover(field);
    }

    pub fn flush(&mut self, sketch: &mut Sketch) {
        if let Some(builder) = self.builder.take() {
            sketch.narrate_view(builder.finish(), None);
        }
    }
}

fn pieces(text: &str, span: Span, separator: u8) -> impl Iterator<Item = Span> + '_ {
    let mut start = span.start;
    let ends = memchr::memchr_iter(separator, span.of(text).as_bytes()).map(move |at| span.start + at);
    ends.chain([span.end]).map(move |end| {
        let piece = Span::new(start, end);
        start = end + 1;
        piece
    })
}
