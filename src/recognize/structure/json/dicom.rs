//! DICOM datasets in the JSON model of PS3.18 annex F: by value representation, then by tag.

use super::super::content::Content;
use super::super::sketch::Sketch;
use super::super::value::Value;
use super::parse::{Json, Member, decode};
use crate::entity::{EntityType, Role};
use crate::rules::RuleError;
use std::collections::HashMap;

const RULE: &str = "dicom";

/// What attributes hold whose value representation does not tell, from `rules/formats/dicom.txt`.
#[derive(Debug, Default)]
pub(in super::super) struct Tags(HashMap<u32, Content>);

impl Tags {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let mut tags = HashMap::new();
        let mut content = None;
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for word in line.split_ascii_whitespace() {
                match (Content::parse(word), u32::from_str_radix(word, 16), content) {
                    (_, Ok(tag), Some(content)) if word.len() == 8 => _ = tags.insert(tag, content),
                    (Some(next), ..) => content = Some(next),
                    _ => errors.push(RuleError::new(
                        file,
                        number + 1,
                        format!("`{word}` is neither a tag nor a kind of content"),
                    )),
                }
            }
        }
        Self(tags)
    }

    /// What an attribute of this tag and value representation holds.
    pub fn content(&self, tag: u32, vr: &str, value: &str) -> Content {
        // Private attributes: nobody but their vendor knows.
        if (tag >> 16) % 2 == 1 {
            return Content::Unknown;
        }
        match vr {
            "UI" if value.starts_with("1.2.840.10008.") => Content::Keep,
            "UI" => Content::Id(EntityType::OtherId, Role::Subject),
            "PN" => match self.0.get(&tag) {
                Some(&content @ Content::Name(_)) => content,
                _ => Content::Name(Role::Subject),
            },
            "DA" | "DT" => {
                if tag == 0x0010_0030 {
                    Content::Birth
                } else {
                    Content::Date
                }
            }
            "TM" => Content::Keep,
            "AS" => Content::Age,
            "UR" => Content::Id(EntityType::Url, Role::Subject),
            "CS" => Content::Code,
            "DS" | "IS" | "FL" | "FD" | "SL" | "SS" | "UL" | "US" | "SV" | "UV" | "AT" => Content::Number,
            "OB" | "OW" | "OF" | "OD" | "OL" | "OV" | "UN" => Content::Opaque,
            _ => self.0.get(&tag).copied().unwrap_or(Content::Narrative),
        }
    }
}

/// Whether an object is a dataset: its keys are tags, its values have a `vr`.
pub(super) fn is_dataset(text: &str, members: &[Member]) -> bool {
    members.first().is_some_and(|first| tag(first.key.of(text)).is_some() && first.value.member(text, "vr").is_some())
}

/// Acts on every attribute, those of nested datasets too.
pub(super) fn dataset(sketch: &mut Sketch, tags: &Tags, members: &[Member]) {
    let text = sketch.text();
    for attribute in members {
        sketch.keep(attribute.key);
        let vr = attribute.value.member(text, "vr").and_then(|vr| vr.raw(text)).unwrap_or("UN");
        // A key that is no tag is unknown, as a private one is.
        let tag = tag(attribute.key.of(text)).unwrap_or(0x0001_0000);
        for part in attribute.value.members() {
            sketch.keep(part.key);
            match part.key.of(text) {
                "vr" => values(sketch, tags, &part.value, tag, "CS"),
                "Value" => values(sketch, tags, &part.value, tag, vr),
                "InlineBinary" | "BulkDataURI" => values(sketch, tags, &part.value, 0x7fe0_0010, "OB"),
                _ => values(sketch, tags, &part.value, 0x0001_0000, "UN"),
            }
        }
    }
}

fn values(sketch: &mut Sketch, tags: &Tags, json: &Json, tag: u32, vr: &str) {
    let text = sketch.text();
    match json {
        Json::Array(items) => items.iter().for_each(|item| values(sketch, tags, item, tag, vr)),
        Json::Object(members) if vr == "SQ" || is_dataset(text, members) => dataset(sketch, tags, members),
        Json::Object(members) => {
            // The three groups of a person's name.
            for group in members {
                sketch.keep(group.key);
                values(sketch, tags, &group.value, tag, vr);
            }
        }
        Json::String(span) => {
            let value = decode(text, *span);
            let content = tags.content(tag, vr, value.read(text));
            match content {
                Content::Name(role) => name(sketch, value, role),
                _ => sketch.value(value, content, None, RULE),
            }
        }
        Json::Literal(span) => {
            let content = tags.content(tag, vr, span.of(text));
            let content = if matches!(content, Content::Narrative) { Content::Number } else { content };
            sketch.value(Value::Plain(*span), content, None, RULE);
        }
    }
}

/// A person's name, `Family^Given^Middle^Prefix^Suffix`.
pub(in super::super) fn name(sketch: &mut Sketch, value: Value, role: Role) {
    let read = value.read(sketch.text()).to_owned();
    let mut parts = read.split(['^', '=']);
    let family = parts.next().unwrap_or_default().trim();
    let given = parts.next().unwrap_or_default().trim();
    if !family.is_empty() && !given.is_empty() {
        sketch.seed(&format!("{given} {family}"), EntityType::Name, role);
        for part in [family, given] {
            if part.chars().count() > 2 {
                sketch.seed(part, EntityType::Name, role);
            }
        }
        sketch.take(&value, super::super::value::trimmed(&read), EntityType::Name, role, RULE);
    } else {
        sketch.value(value, Content::Name(role), None, RULE);
    }
}

fn tag(key: &str) -> Option<u32> {
    (key.len() == 8).then(|| u32::from_str_radix(key, 16).ok()).flatten()
}
