//! FHIR references and URIs. Only what identifies is covered, `[ID_1]` in `Patient/[ID_1]`, so that a reference still
//! leads to the resource whose `id` has the same surrogate.

use super::super::super::content::Content;
use super::super::super::sketch::Sketch;
use super::super::super::value::Value;
use super::super::parse::{Json, Member, decode, member};
use super::{Formats, Place, RULE, element};
use crate::entity::{EntityType, Role};
use crate::text::Span;

/// Acts on a Reference: its target, and the name shown for it.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, members: &[Member], place: Place) {
    let text = sketch.text();
    let target = member(text, members, "reference").and_then(|json| json.raw(text)).unwrap_or_default();
    let kind = member(text, members, "type").and_then(|json| json.raw(text)).unwrap_or_else(|| resource_type(target));
    let shown = shown(kind, place);
    for part in members {
        match (part.key.of(text), &part.value) {
            ("display", Json::String(span)) => {
                sketch.keep(part.key);
                sketch.value(decode(text, *span), shown, Some("display"), RULE);
            }
            ("reference", Json::String(span)) => {
                sketch.keep(part.key);
                self::target(sketch, *span);
            }
            _ => element(sketch, formats, part, place),
        }
    }
}

/// What the display of a reference holds, by what it refers to, else by the element it is in.
fn shown(kind: &str, place: Place) -> Content {
    match kind {
        "Patient" | "RelatedPerson" | "Person" => Content::Name(Role::Subject),
        "Practitioner" | "PractitionerRole" => Content::Name(Role::Provider),
        "Organization" => Content::Id(EntityType::Org, Role::Subject),
        "Location" | "HealthcareService" => Content::Id(EntityType::Hospital, Role::Subject),
        _ => match place.parent {
            "subject" | "patient" | "individual" | "beneficiary" | "policyHolder" | "subscriber" => {
                Content::Name(Role::Subject)
            }
            "performer"
            | "author"
            | "recorder"
            | "asserter"
            | "requester"
            | "practitioner"
            | "actor"
            | "attester"
            | "generalPractitioner"
            | "informationSource" => Content::Name(Role::Provider),
            "managingOrganization"
            | "serviceProvider"
            | "custodian"
            | "organization"
            | "assigner"
            | "insurer"
            | "payor"
            | "provider" => Content::Id(EntityType::Org, Role::Subject),
            _ => Content::Narrative,
        },
    }
}

/// The type in `Patient/123`, `https://host/fhir/Patient/123/_history/1` and `Patient?identifier=1`.
fn resource_type(target: &str) -> &str {
    let target = target.split("/_history").next().unwrap_or(target);
    let target = target.split('?').next().unwrap_or(target);
    let mut parts = target.rsplit('/');
    let last = parts.next().unwrap_or_default();
    parts.next().filter(|part| is_type(part)).unwrap_or(if is_type(last) { last } else { "" })
}

fn is_type(word: &str) -> bool {
    word.len() > 3
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Acts on the target of a reference or the URL of an entry.
pub(super) fn target(sketch: &mut Sketch, span: Span) {
    let text = sketch.text();
    let written = span.of(text);
    let id = Content::Id(EntityType::OtherId, Role::Subject);
    let part = |start: usize, end: usize| Value::Plain(Span::new(span.start + start, span.start + end));
    if let Some(start) = written.find('?') {
        // A conditional reference: the values searched by.
        let mut at = start + 1;
        sketch.keep(Span::new(span.start + start, span.start + at));
        for pair in written[start + 1..].split('&') {
            let value = pair.find('=').map_or(0, |equals| equals + 1);
            sketch.keep(Span::new(span.start + at, span.start + at + value));
            sketch.value(part(at + value, at + pair.len()), id, None, RULE);
            at += pair.len() + 1;
        }
        uri(sketch, Span::new(span.start, span.start + start), true);
    } else if let Some(start) = written
        .strip_prefix("urn:uuid:")
        .map(|_| 9)
        .or(written.strip_prefix("urn:oid:").map(|_| 8))
        .or(written.strip_prefix('#').map(|_| 1))
    {
        sketch.keep(Span::new(span.start, span.start + start));
        sketch.value(part(start, written.len()), id, None, RULE);
    } else {
        let parts: Vec<&str> = written.split('/').collect();
        let kind = parts.iter().rposition(|part| is_type(part)).filter(|&kind| kind + 1 < parts.len());
        match kind {
            Some(kind) => {
                let start = parts[..=kind].iter().map(|part| part.len() + 1).sum();
                let end = start + parts[kind + 1].len();
                sketch.value(part(start, end), id, None, RULE);
                // What comes before names the server, what comes after the version.
                let before = start - parts[kind].len() - 1;
                if before > 1 {
                    sketch.value(part(0, before - 1), Content::Id(EntityType::Url, Role::Subject), None, RULE);
                }
                sketch.keep(Span::new(span.start + before, span.start + start));
                sketch.keep(Span::new(span.start + end, span.end));
            }
            None if is_uri(written) => uri(sketch, span, false),
            None => sketch.value(Value::Plain(span), id, None, RULE),
        }
    }
}

pub(super) fn is_uri(value: &str) -> bool {
    (value.starts_with("http://") || value.starts_with("https://") || value.starts_with("urn:")) && !value.contains(' ')
}

/// Acts on a URI: those of public vocabularies and profiles are kept, others name a site. Of a `definition` only the
/// host identifies; what follows says what is defined.
pub(super) fn uri(sketch: &mut Sketch, span: Span, definition: bool) {
    const PUBLIC: [&str; 16] = [
        "hl7.org",
        "loinc.org",
        "snomed.info",
        "nlm.nih.gov",
        "unitsofmeasure.org",
        "who.int",
        "iso.org",
        "cdc.gov",
        "w3.org",
        "ama-assn.org",
        "dicom.nema.org",
        "ietf.org",
        "nucc.org",
        "fda.gov",
        "cms.gov",
        "ihe.net",
    ];
    let written = span.of(sketch.text());
    if written.starts_with("urn:uuid:") {
        sketch.keep(Span::new(span.start, span.start + 9));
        return sketch.value(
            Value::Plain(Span::new(span.start + 9, span.end)),
            Content::Id(EntityType::OtherId, Role::Subject),
            None,
            RULE,
        );
    }
    let Some(start) = written.find("://").map(|at| at + 3) else { return sketch.keep(span) };
    let host_end = written[start..].find(['/', '?', '#']).map_or(written.len(), |length| start + length);
    let host = written[start..host_end].split(':').next().unwrap_or_default();
    let is_public = PUBLIC
        .iter()
        .any(|public| host == *public || host.strip_suffix(public).is_some_and(|rest| rest.ends_with('.')));
    if is_public {
        return sketch.keep(span);
    }
    let end = if definition { host_end } else { written.len() };
    sketch.value(
        Value::Plain(Span::new(span.start, span.start + end)),
        Content::Id(EntityType::Url, Role::Subject),
        None,
        RULE,
    );
    sketch.keep(Span::new(span.start + end, span.end));
}
