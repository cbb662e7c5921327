//! vCards and calendars (RFC 6350, RFC 5545): by property.

use super::Formats;
use super::content::Content;
use super::sketch::Sketch;
use super::value::Value;
use crate::entity::{EntityType, Role};
use crate::text::Span;
use memchr::{memchr, memmem};

const RULE: &str = "card";

/// Acts on the cards in a part of the text.
pub(super) fn read(sketch: &mut Sketch, _: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let Some(mut at) = memmem::find(region.of(text).as_bytes(), b"BEGIN:V").map(|at| region.start + at) else { return };
    let mut open = 0_usize;
    while at < text.len() {
        // Long lines are folded: the next one starts with a space.
        let mut end = at;
        loop {
            end = memchr(b'\n', &text.as_bytes()[end..]).map_or(text.len(), |length| end + length);
            if !matches!(text.as_bytes().get(end + 1), Some(b' ' | b'\t')) {
                break;
            }
            end += 1;
        }
        let line = Span::new(at, at + text[at..end].trim_end().len());
        let words = line.of(text);
        if words.starts_with("BEGIN:V") {
            open += 1;
            sketch.keep(line);
        } else if words.starts_with("END:V") {
            open = open.saturating_sub(1);
            sketch.keep(line);
        } else if open > 0 {
            property(sketch, line);
        }
        at = end + 1;
    }
}

fn property(sketch: &mut Sketch, line: Span) {
    let text = sketch.text();
    let words = line.of(text);
    let Some(colon) = memchr(b':', words.as_bytes()) else { return };
    let name = words[..colon].split(';').next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
    let id = |entity| Content::Id(entity, Role::Subject);
    let content = match &*name {
        "FN" | "N" | "NICKNAME" => Content::Name(Role::Subject),
        "TEL" | "EMAIL" | "IMPP" | "CALADDRESS" | "ORGANIZER" | "ATTENDEE" => Content::Telecom,
        "ADR" | "LABEL" | "GEO" | "LOCATION" => id(EntityType::Location),
        "BDAY" => Content::Birth,
        "ANNIVERSARY" | "DTSTART" | "DTEND" | "DTSTAMP" | "CREATED" | "LAST-MODIFIED" | "REV" | "DUE" | "COMPLETED"
        | "RECURRENCE-ID" | "EXDATE" | "RDATE" => Content::Date,
        "ORG" => id(EntityType::Org),
        "UID" => id(EntityType::OtherId),
        "URL" | "SOURCE" | "ATTACH" | "CALURI" => id(EntityType::Url),
        "PHOTO" | "LOGO" => id(EntityType::Photo),
        "SOUND" | "KEY" => Content::Opaque,
        "VERSION" | "PRODID" | "METHOD" | "CALSCALE" | "GENDER" | "STATUS" | "TRANSP" | "SEQUENCE" | "CLASS"
        | "PRIORITY" | "RRULE" => Content::Code,
        _ if name.starts_with("X-") => Content::Unknown,
        _ => Content::Narrative,
    };
    parameters(sketch, Span::new(line.start, line.start + colon));
    let value = Span::new(line.start + colon + 1, line.end);
    if matches!(&*name, "N" | "ADR" | "ORG") {
        let mut at = value.start;
        for part in value.of(text).split(';') {
            sketch.value(Value::Plain(Span::new(at, at + part.len())), content, None, RULE);
            at += part.len() + 1;
        }
    } else {
        sketch.value(Value::Plain(value), content, Some(&name.to_ascii_lowercase()), RULE);
    }
}

/// `ATTENDEE;CN=Eva Novak;ROLE=…`: the common name identifies.
fn parameters(sketch: &mut Sketch, head: Span) {
    let text = sketch.text();
    let mut at = head.start;
    for part in head.of(text).split(';') {
        let value = part.find('=').map_or(part.len(), |equals| equals + 1);
        sketch.keep(Span::new(at, at + value));
        let content =
            if part.to_ascii_uppercase().starts_with("CN=") { Content::Name(Role::Subject) } else { Content::Code };
        sketch.value(Value::Plain(Span::new(at + value, at + part.len())), content, None, RULE);
        at += part.len() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn a_card_and_an_event() {
        check(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nN:Novak;Eva;;;\r\nTEL;TYPE=home:+1-302-555-0144\r\nBDAY:19340512\r\nADR:;;5 Elm Rd;Dover;DE;19901;\r\nEND:VCARD\r\nbye",
            "BEGIN:VCARD\r\nVERSION:4.0\r\nN:[NAME:Novak];[NAME:Eva];;;\r\nTEL;TYPE=home:[PHONE:+1-302-555-0144]\r\nBDAY:[DATE:19340512]\r\nADR:;;[LOCATION:5 Elm Rd];[LOCATION:Dover];[LOCATION:DE];[LOCATION:19901];\r\nEND:VCARD\r\nbye",
        );
        check(
            "BEGIN:VEVENT\nATTENDEE;CN=Eva Novak:mailto:eva@example.org\nSUMMARY:visit\nEND:VEVENT",
            "BEGIN:VEVENT\nATTENDEE;CN=[NAME:Eva Novak]:mailto:[EMAIL:eva@example.org]\nSUMMARY:visit\nEND:VEVENT",
        );
    }
}
