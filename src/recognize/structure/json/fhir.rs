//! FHIR resources: by the shape of their datatypes, the names of their elements, and the form of their values.
//!
//! A FHIR datatype is known by its members (`family` and `given` make a HumanName wherever they stand), so one short
//! table serves every resource of every release, and an element that is new is read as prose.

mod reference;

use super::super::content::Content;
use super::super::sketch::Sketch;
use super::super::value::Value;
use super::super::{Formats, markup};
use super::parse::{Json, Member, decode, member};
use crate::entity::{EntityType, Role};
use crate::rules::RuleError;
use crate::text::Span;
use std::collections::HashMap;

const RULE: &str = "fhir";

/// The elements of `rules/formats/fhir.txt`.
#[derive(Debug, Default)]
pub(in super::super) struct Elements(HashMap<String, Content>);

impl Elements {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let mut elements = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
            let Some(word) = words.next() else { continue };
            match Content::parse(word) {
                Some(content) => elements.extend(words.map(|element| (element.to_owned(), content))),
                None => errors.push(RuleError::new(file, number + 1, format!("`{word}` is not a kind of content"))),
            }
        }
        Self(elements)
    }

    fn content(&self, parent: &str, name: &str) -> Option<Content> {
        self.0.get(&format!("{parent}.{name}")).or_else(|| self.0.get(name)).copied()
    }
}

/// Where an element stands, as far as that matters.
#[derive(Clone, Copy)]
struct Place<'t> {
    resource: &'t str,
    /// The datatype of the object around it where its shape tells one, else the name of the element around it.
    parent: &'t str,
    /// Whose names are in this part.
    role: Role,
    /// The last part of the URL of the extension around it.
    extension: Option<&'t str>,
    /// What the identifier is that is being read, where its system or type tells.
    identifier: Option<EntityType>,
}

/// Whether an object is a resource.
pub(super) fn is_resource(text: &str, members: &[Member]) -> bool {
    member(text, members, "resourceType").is_some()
}

/// Acts on a resource and those within it.
pub(super) fn resource(sketch: &mut Sketch, formats: &Formats, members: &[Member]) {
    let text = sketch.text();
    let resource = member(text, members, "resourceType").and_then(|json| json.raw(text)).unwrap_or_default();
    let role = if resource.starts_with("Practitioner") { Role::Provider } else { Role::Subject };
    object(sketch, formats, members, Place { resource, parent: resource, role, extension: None, identifier: None });
}

fn object(sketch: &mut Sketch, formats: &Formats, members: &[Member], place: Place) {
    let text = sketch.text();
    let has = |name: &str| member(text, members, name).is_some();
    if place.parent != place.resource && is_resource(text, members) {
        return resource(sketch, formats, members);
    }
    if has("reference") || has("display") && !has("code") && !has("system") {
        return reference::read(sketch, formats, members, place);
    }
    let is_extension = has("url") && members.iter().any(|member| is_extension_part(member.key.of(text)));
    let mut place = place;
    if is_extension {
        let url = member(text, members, "url").and_then(|json| json.raw(text)).unwrap_or_default();
        let last = url.rsplit(['/', ':', '#']).next().unwrap_or_default();
        place = Place { extension: Some(last), parent: "extension", ..place };
    } else if let Some(datatype) = datatype(text, members) {
        if datatype == "humanname" {
            whole_name(sketch, members, place.role);
        }
        place = Place { parent: datatype, ..place };
    } else if place.parent.to_ascii_lowercase().ends_with("identifier") {
        place.identifier = identifier(text, formats, members);
    }
    if let Some(amount) = age(text, members, place) {
        sketch.value(Value::Plain(amount), Content::Age, None, RULE);
    }
    for member in members {
        element(sketch, formats, member, place);
    }
}

/// What the members of an object make it.
fn datatype(text: &str, members: &[Member]) -> Option<&'static str> {
    let has = |name: &str| member(text, members, name).is_some();
    if has("family") || has("given") {
        Some("humanname")
    } else if has("postalCode") || has("line") && !has("item") || has("city") {
        Some("address")
    } else if has("contentType") && (has("data") || has("url") || has("title")) {
        Some("attachment")
    } else if has("latitude") && has("longitude") {
        Some("position")
    } else if has("value") && member(text, members, "system").is_some_and(|system| is_contact_system(system.raw(text)))
    {
        Some("contactpoint")
    } else {
        None
    }
}

fn is_contact_system(system: Option<&str>) -> bool {
    matches!(system, Some("phone" | "fax" | "email" | "pager" | "url" | "sms" | "other"))
}

fn is_extension_part(key: &str) -> bool {
    key == "extension" || key.starts_with("value") || key == "_url"
}

/// What an Identifier is, by its system, else by its type (table 0203 of HL7 v2).
fn identifier(text: &str, formats: &Formats, members: &[Member]) -> Option<EntityType> {
    const SYSTEMS: [(&str, EntityType); 6] = [
        ("us-ssn", EntityType::Ssn),
        ("us-medicare", EntityType::HealthPlanId),
        ("us-mbi", EntityType::HealthPlanId),
        ("us-npi", EntityType::License),
        ("us-dea", EntityType::License),
        ("udi", EntityType::DeviceId),
    ];
    let system = member(text, members, "system").and_then(|json| json.raw(text)).unwrap_or_default();
    let by_system = SYSTEMS.iter().find(|(name, _)| system.ends_with(name)).map(|(_, entity)| *entity);
    by_system.or_else(|| {
        let codings = member(text, members, "type")?.member(text, "coding")?;
        let Json::Array(codings) = codings else { return None };
        codings.iter().find_map(|coding| {
            let code = coding.member(text, "code")?.raw(text)?;
            match formats.hl7.identifier(code)? {
                Content::Id(entity, _) => Some(entity),
                _ => None,
            }
        })
    })
}

/// The value of an age of 90 or more.
fn age(text: &str, members: &[Member], place: Place) -> Option<Span> {
    let is_age = place.parent.ends_with("Age")
        || place.parent.ends_with("age")
        || place.extension.is_some_and(|url| url.contains("age"));
    match (is_age, member(text, members, "value")) {
        (true, Some(Json::Literal(span))) => Some(*span),
        _ => None,
    }
}

fn element(sketch: &mut Sketch, formats: &Formats, member: &Member, place: Place) {
    let text = sketch.text();
    sketch.keep(member.key);
    // `_birthDate` holds the extensions of `birthDate`.
    let name = member.key.of(text).trim_start_matches('_');
    let inner = Place { parent: name, role: role(name, place.role), ..place };
    match &member.value {
        Json::Object(members) => object(sketch, formats, members, inner),
        Json::Array(items) => {
            for item in items {
                match item {
                    Json::Object(members) => object(sketch, formats, members, inner),
                    Json::Array(_) => primitive(sketch, formats, item, "", place),
                    leaf => primitive(sketch, formats, leaf, name, place),
                }
            }
        }
        leaf => primitive(sketch, formats, leaf, name, place),
    }
}

/// Whose names stand below an element.
fn role(element: &str, around: Role) -> Role {
    match element {
        "performer"
        | "practitioner"
        | "generalPractitioner"
        | "asserter"
        | "requester"
        | "attester"
        | "participant" => Role::Provider,
        "subject" | "patient" | "contact" | "link" => Role::Subject,
        _ => around,
    }
}

fn primitive(sketch: &mut Sketch, formats: &Formats, json: &Json, name: &str, place: Place) {
    let text = sketch.text();
    let span = match json {
        Json::String(span) => *span,
        Json::Literal(span) => return literal(sketch, *span, name, place),
        Json::Array(items) => return items.iter().for_each(|item| primitive(sketch, formats, item, name, place)),
        Json::Object(members) => return object(sketch, formats, members, place),
    };
    if name == "div" {
        return markup::narrative(sketch, decode(text, span));
    }
    let value = decode(text, span);
    let read = value.read(text);
    if name == "fullUrl" || name == "reference" || name == "uri" {
        return reference::target(sketch, span);
    }
    if is_partial_date(read) {
        let content =
            if name.starts_with("birth") || place.parent.starts_with("birth") { Content::Birth } else { Content::Date };
        return sketch.value(value, content, Some(name), RULE);
    }
    if reference::is_uri(read) && !matches!(name, "value") {
        return reference::uri(sketch, span, name == "url" && place.parent == "extension");
    }
    let content = match (formats.fhir.content(place.parent, name), place.extension) {
        (Some(Content::Id(..)), _) if name == "value" && place.identifier.is_some() => {
            Content::Id(place.identifier.unwrap_or(EntityType::OtherId), place.role)
        }
        (_, Some(_)) if name == "url" => Content::Code,
        (Some(Content::Name(_)), _) => Content::Name(place.role),
        (_, Some(url)) if name == "valueString" => extension(url),
        (Some(content), _) => content,
        (None, _) if name.starts_with("valueCode") => Content::Code,
        // An element that FHIR does not have: its name may tell, as any key's.
        (None, _) => formats.label(name).unwrap_or(Content::Narrative),
    };
    sketch.value(value, content, Some(name), RULE);
}

/// What the string of an extension holds, by the last part of its URL. A profile's own extension fails closed.
fn extension(url: &str) -> Content {
    let url = url.to_ascii_lowercase();
    if url.contains("name") {
        Content::Name(Role::Subject)
    } else if matches!(&*url, "text" | "comment" | "note") || url.contains("race") || url.contains("ethnicity") {
        Content::Narrative
    } else {
        Content::Unknown
    }
}

/// Numbers and booleans. Only places on the map and counts of years identify.
fn literal(sketch: &mut Sketch, span: Span, name: &str, place: Place) {
    let is_position = matches!(name, "latitude" | "longitude" | "altitude")
        || place.extension.is_some_and(|url| matches!(url, "latitude" | "longitude"));
    let content = if is_position {
        Content::Id(EntityType::Location, Role::Subject)
    } else if name == "value" && (place.parent.ends_with("Age") || place.parent.ends_with("age")) {
        Content::Age
    } else {
        Content::Number
    };
    sketch.value(Value::Plain(span), content, Some(name), RULE);
}

/// `YYYY-MM`, `YYYY-MM-DD` and `YYYY-MM-DDThh:mm:ss+zz:zz`; in FHIR nothing else looks so.
fn is_partial_date(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && match bytes.get(7) {
            None => true,
            Some(b'-') => digits(8..10) && (bytes.len() == 10 || bytes[10] == b'T'),
            Some(_) => false,
        }
}

/// The parts of a name in spoken order.
fn whole_name(sketch: &mut Sketch, members: &[Member], role: Role) {
    let text = sketch.text();
    let read = |json: &Json| match json {
        Json::String(span) => decode(text, *span).read(text).to_owned(),
        _ => String::new(),
    };
    let family = member(text, members, "family").map(read).unwrap_or_default();
    let given: Vec<String> = match member(text, members, "given") {
        Some(Json::Array(items)) => items.iter().map(read).collect(),
        Some(one) => vec![read(one)],
        None => Vec::new(),
    };
    if let (false, Some(first)) = (family.is_empty(), given.first()) {
        sketch.seed(&format!("{first} {family}"), EntityType::Name, role);
        if given.len() > 1 {
            sketch.seed(&format!("{} {family}", given.join(" ")), EntityType::Name, role);
        }
    }
}
