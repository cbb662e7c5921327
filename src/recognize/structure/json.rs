//! JSON that stands in a text, with the place of every value: whole documents, lines of NDJSON, code fences, and what
//! was cut off or written by hand. Keys tell what their values hold; FHIR resources and DICOM datasets have readers
//! of their own.

mod dicom;
mod fhir;
mod parse;

use super::Formats;
use super::content::Content;
use super::sketch::Sketch;
use super::value::Value;
use crate::text::Span;
pub(super) use dicom::{Tags, name as dicom_name};
pub(super) use fhir::Elements;
use memchr::memchr;
use parse::{Json, Member};

const RULE: &str = "json.key";

/// Acts on every JSON object in the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let mut at = region.start;
    while let Some(start) = memchr(b'{', &text.as_bytes()[at..]).map(|offset| at + offset) {
        at = start + 1;
        if parse::starts_object(text, start) {
            let (json, end) = parse::parse(text, start);
            at = at.max(end);
            visit(sketch, formats, &json, "");
        }
    }
}

/// Acts on a value by what its key tells; `path` is the key, after that of the object around it.
fn visit(sketch: &mut Sketch, formats: &Formats, json: &Json, path: &str) {
    match json {
        Json::Object(members) => {
            if fhir::is_resource(sketch.text(), members) {
                return fhir::resource(sketch, formats, members);
            }
            if dicom::is_dataset(sketch.text(), members) {
                return dicom::dataset(sketch, &formats.dicom, members);
            }
            let record = Record::of(sketch.text(), formats, members);
            for member in members {
                self::member(sketch, formats, member, path, record);
            }
        }
        Json::Array(items) => {
            for item in items {
                visit(sketch, formats, item, path);
            }
        }
        Json::String(_) | Json::Literal(_) => leaf(sketch, formats, json, path, Record::default()),
    }
}

fn member(sketch: &mut Sketch, formats: &Formats, member: &Member, path: &str, record: Record) {
    key(sketch, member);
    let name = member.key.of(sketch.text());
    let last = path.rsplit('.').next().unwrap_or_default();
    let path = if last.is_empty() { name.to_owned() } else { format!("{last}.{name}") };
    match &member.value {
        leaf @ (Json::String(_) | Json::Literal(_)) => self::leaf(sketch, formats, leaf, &path, record),
        Json::Array(items) => {
            for item in items {
                match item {
                    Json::String(_) | Json::Literal(_) => leaf(sketch, formats, item, &path, record),
                    other => visit(sketch, formats, other, &path),
                }
            }
        }
        object => visit(sketch, formats, object, &path),
    }
}

/// A key is a name of the format, unless it reads like data.
fn key(sketch: &mut Sketch, member: &Member) {
    let name = member.key.of(sketch.text());
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_data = digits > 3 && digits * 2 > name.len() || name.contains(['@', '\\']) || name.split(' ').count() > 3;
    if is_data {
        sketch.narrate(Value::Plain(member.key), None);
    } else {
        sketch.keep(member.key);
    }
}

fn leaf(sketch: &mut Sketch, formats: &Formats, json: &Json, path: &str, record: Record) {
    let meaning = formats.labels.meaning(path);
    let content = match meaning {
        Some(meaning) if !meaning.vague || record.of_person => meaning.content,
        Some(meaning) if meaning.content == Content::Date => Content::Date,
        _ => Content::Narrative,
    };
    scalar(sketch, json, content, path);
}

/// A string or number that holds this.
fn scalar(sketch: &mut Sketch, json: &Json, content: Content, label: &str) {
    match json {
        Json::String(span) => {
            let value = parse::decode(sketch.text(), *span);
            let label = label.rsplit('.').next().filter(|label| !label.is_empty());
            sketch.value(value, content, label, RULE);
        }
        Json::Literal(span) => {
            let word = span.of(sketch.text());
            // A number that nothing names is a quantity, unless it is as long as an identifier.
            let content = match content {
                Content::Narrative | Content::Scan | Content::Unknown => Content::Number,
                other => other,
            };
            let is_number = word.bytes().any(|byte| byte.is_ascii_digit());
            sketch.value(Value::Plain(*span), if is_number { content } else { Content::Keep }, Some(label), RULE);
        }
        Json::Array(items) => items.iter().for_each(|item| scalar(sketch, item, content, label)),
        Json::Object(members) => {
            for member in members {
                key(sketch, member);
                scalar(sketch, &member.value, content, label);
            }
        }
    }
}

/// What the keys of an object tell together.
#[derive(Clone, Copy, Default)]
struct Record {
    /// Several keys name parts of a person's record, so that `name` or `id` beside them is theirs.
    of_person: bool,
}

impl Record {
    fn of(text: &str, formats: &Formats, members: &[Member]) -> Self {
        let telling = members.iter().filter(|member| {
            let meaning = formats.labels.meaning(member.key.of(text)).filter(|meaning| !meaning.vague);
            let gender = matches!(member.key.of(text), "gender" | "sex");
            gender
                || meaning.is_some_and(|meaning| {
                    matches!(
                        meaning.content,
                        Content::Id(..) | Content::Name(_) | Content::Birth | Content::Age | Content::Telecom
                    )
                })
        });
        Self { of_person: telling.take(2).count() == 2 || text_names_person(text, members) }
    }
}

/// An object with a date of birth or a record number is a person's even if nothing else in it tells.
fn text_names_person(text: &str, members: &[Member]) -> bool {
    members.iter().any(|member| {
        let key = member.key.of(text);
        ["mrn", "dob", "ssn", "birthDate", "birth_date", "dateOfBirth"]
            .iter()
            .any(|name| key.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests;
