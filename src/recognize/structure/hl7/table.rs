//! The tables of HL7 v2, from `rules/formats/hl7v2.txt`: datatypes, and the fields of each segment.

use super::super::content::Content;
use crate::entity::{EntityType, Role};
use crate::rules::RuleError;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(in super::super) struct Tables {
    types: HashMap<String, Field>,
    segments: HashMap<String, Vec<Option<Field>>>,
    ids: HashMap<String, EntityType>,
}

/// What the components of a field hold.
#[derive(Clone, Debug)]
pub(in super::super) struct Field {
    pub components: Box<[Content]>,
    pub kind: Kind,
}

/// Datatypes whose components depend on one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Plain,
    /// An identifier, whose fifth component says of what kind.
    Identifier,
    /// A telephone number or address of a network, whose second and third component say which.
    Telecom,
    /// A person's name, in parts.
    Name,
    /// Prose, in which component separators mean nothing and repetitions are lines.
    Text,
    /// OBX-5 and its like, whose datatype the message itself gives.
    Varies,
}

impl Tables {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let mut tables = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty()
                && !line.starts_with('#')
                && let Err(message) = tables.line(line)
            {
                errors.push(RuleError::new(file, number + 1, message));
            }
        }
        tables
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split_ascii_whitespace();
        let (what, name) = (words.next().unwrap_or_default(), words.next().ok_or("a name is missing")?);
        match what {
            "type" => {
                let components = words
                    .map(|word| Content::parse(word).ok_or_else(|| format!("`{word}` is not a kind of content")))
                    .collect::<Result<_, _>>()?;
                self.types.insert(name.to_owned(), Field { components, kind: Kind::of(name) });
            }
            "segment" => {
                let mut fields = Vec::new();
                for word in words {
                    self.fields(word, &mut fields).ok_or_else(|| format!("`{word}` is not a range and a type"))?;
                }
                self.segments.insert(name.to_owned(), fields);
            }
            "id" => {
                let entity = words.next().and_then(|word| word.parse().ok()).ok_or("an entity type is missing")?;
                self.ids.insert(name.to_owned(), entity);
            }
            _ => return Err(format!("`{what}` is none of `type`, `segment` and `id`")),
        }
        Ok(())
    }

    /// Reads `7=DTM:birth` or `2-4=CX:MRN`.
    fn fields(&self, word: &str, fields: &mut Vec<Option<Field>>) -> Option<()> {
        let (range, kind) = word.split_once('=')?;
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        let (kind, replaced) = match kind.split_once(':') {
            Some((kind, word)) => (kind, Some(Content::parse(word)?)),
            None => (kind, None),
        };
        let mut field = match kind {
            "varies" => Field { components: Box::new([]), kind: Kind::Varies },
            _ => self.types.get(kind)?.clone(),
        };
        match replaced {
            Some(content @ Content::Name(_)) => {
                for component in field.components.iter_mut().filter(|component| matches!(component, Content::Name(_))) {
                    *component = content;
                }
            }
            Some(content) => *field.components.first_mut()? = content,
            None => {}
        }
        if first == 0 || last < first || last > 200 {
            return None;
        }
        fields.resize(fields.len().max(last + 1), None);
        fields[first..=last].fill(Some(field));
        Some(())
    }

    pub fn is_segment(&self, name: &str) -> bool {
        self.segments.contains_key(name)
    }

    pub fn field(&self, segment: &str, number: usize) -> Option<&Field> {
        self.segments.get(segment)?.get(number)?.as_ref()
    }

    /// The datatype of this name, as OBX-2 gives it.
    pub fn datatype(&self, name: &str) -> Option<&Field> {
        self.types.get(name)
    }

    /// What an identifier is, by its type code.
    pub fn identifier(&self, code: &str) -> Option<Content> {
        self.ids.get(code).map(|&entity| Content::Id(entity, Role::Subject))
    }
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "CX" => Self::Identifier,
            "XTN" => Self::Telecom,
            "XPN" | "XCN" | "PN" | "CN" | "PPN" => Self::Name,
            "TX" | "FT" => Self::Text,
            _ => Self::Plain,
        }
    }
}
