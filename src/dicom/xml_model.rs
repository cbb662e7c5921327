//! The Native DICOM Model, PS3.19 annex A.1: the same attributes as in the JSON model, written as XML, and cleared as
//! that.

use super::error::Error;
use super::json_model;
use super::keyed::Keyed;
use super::policy::Policy;
use super::table::parse_tag;
use super::{Report, Surroundings};
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;
use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

const ROOT: &str = "NativeDicomModel";
const NAMESPACE: &str = "http://dicom.nema.org/PS3.19/models/NativeDICOM";

/// Reports stay below twenty.
const DEPTH_MAX: usize = 64;

const GROUPS: [&str; 3] = ["Alphabetic", "Ideographic", "Phonetic"];
const COMPONENTS: [&str; 5] = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];

/// Whether text is an object of this model, by its first element.
pub fn sniff(text: &[u8]) -> bool {
    let start = &text[..text.len().min(1024)];
    start.trim_ascii_start().starts_with(b"<") && memchr::memmem::find(start, ROOT.as_bytes()).is_some()
}

/// De-identifies one object.
pub fn deidentify(
    text: &[u8],
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<(Vec<u8>, Report), Error> {
    let text = std::str::from_utf8(text).map_err(|_| malformed("the model is not in UTF-8"))?;
    // A document type declaration, and with it every entity of its own, is refused by the parser.
    let document = Document::parse(text).map_err(|_| malformed("the model is no well-formed XML"))?;
    let root = document.root_element();
    if root.tag_name().name() != ROOT {
        return Err(Error::NotDicom);
    }
    let (cleared, report) = json_model::deidentify_object(&object(root, 0)?, policy, keyed, surroundings)?;
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{ROOT} xmlns=\"{NAMESPACE}\">");
    write_object(&cleared, &mut xml);
    xml.push_str(&format!("</{ROOT}>\n"));
    Ok((xml.into_bytes(), report))
}

fn object(node: Node<'_, '_>, depth: usize) -> Result<Value, Error> {
    if depth > DEPTH_MAX {
        return Err(malformed("sequences nest too deep"));
    }
    let mut attributes = Map::new();
    for attribute in children(node) {
        let tag = attribute.attribute("tag").and_then(parse_tag).ok_or(malformed("an attribute has no tag"))?;
        let vr = attribute.attribute("vr").ok_or(malformed("an attribute has no VR"))?;
        let name = format!("{:04X}{:04X}", tag.group(), tag.element());
        if attributes.insert(name, element(attribute, vr, depth)?).is_some() {
            return Err(malformed("an attribute is there twice"));
        }
    }
    Ok(Value::Object(attributes))
}

fn element(attribute: Node<'_, '_>, vr: &str, depth: usize) -> Result<Value, Error> {
    let mut values = Vec::new();
    for part in children(attribute) {
        match part.tag_name().name() {
            "Value" => values.push(json!(text(part))),
            "PersonName" => values.push(person(part)),
            "Item" => values.push(object(part, depth + 1)?),
            "InlineBinary" => {
                let base64: String = text(part).split_whitespace().collect();
                return Ok(json!({"vr": vr, "InlineBinary": base64}));
            }
            // What it refers to lies elsewhere, uncleared.
            "BulkData" => return Ok(json!({"vr": vr, "BulkDataURI": ""})),
            _ => return Err(malformed("an element of the model is not known")),
        }
    }
    Ok(json!({"vr": vr, "Value": values}))
}

fn person(node: Node<'_, '_>) -> Value {
    let group = |group: Node<'_, '_>| {
        let component =
            |name: &&str| children(group).find(|part| part.tag_name().name() == *name).map(text).unwrap_or_default();
        let joined = COMPONENTS.iter().map(component).collect::<Vec<_>>().join("^");
        (group.tag_name().name().to_owned(), json!(joined.trim_end_matches('^')))
    };
    Value::Object(children(node).map(group).collect())
}

fn children<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// Writes the attributes of an object that the JSON model made; it nests no deeper than what was read.
fn write_object(object: &Value, xml: &mut String) {
    let attributes = object.as_object().into_iter().flatten();
    for (name, element) in attributes {
        let vr = element.get("vr").and_then(Value::as_str).unwrap_or("UN");
        let keyword = parse_tag(name).and_then(|tag| StandardDataDictionary.by_tag(tag)).map(|entry| entry.alias());
        let keyword = keyword.map(|keyword| format!(" keyword=\"{keyword}\"")).unwrap_or_default();
        push(xml, format_args!("<DicomAttribute tag=\"{name}\" vr=\"{vr}\"{keyword}>"));
        if let Some(base64) = element.get("InlineBinary").and_then(Value::as_str) {
            push(xml, format_args!("<InlineBinary>{base64}</InlineBinary>"));
        }
        let values = element.get("Value").and_then(Value::as_array).into_iter().flatten();
        for (number, value) in (1..).zip(values) {
            match (vr, value) {
                ("SQ", item) => {
                    push(xml, format_args!("<Item number=\"{number}\">"));
                    write_object(item, xml);
                    xml.push_str("</Item>");
                }
                ("PN", name) => write_person(number, name, xml),
                (_, Value::String(text)) => {
                    push(xml, format_args!("<Value number=\"{number}\">{}</Value>", escaped(text)));
                }
                (_, value) => push(xml, format_args!("<Value number=\"{number}\">{value}</Value>")),
            }
        }
        xml.push_str("</DicomAttribute>");
    }
}

fn write_person(number: usize, name: &Value, xml: &mut String) {
    push(xml, format_args!("<PersonName number=\"{number}\">"));
    for group in GROUPS {
        let Some(text) = name.get(group).and_then(Value::as_str) else { continue };
        push(xml, format_args!("<{group}>"));
        for (component, text) in COMPONENTS.iter().zip(text.split('^')).filter(|(_, text)| !text.is_empty()) {
            push(xml, format_args!("<{component}>{}</{component}>", escaped(text)));
        }
        push(xml, format_args!("</{group}>"));
    }
    xml.push_str("</PersonName>");
}

fn push(xml: &mut String, piece: std::fmt::Arguments<'_>) {
    xml.write_fmt(piece).expect("a string can be written");
}

/// Text without what XML would read as markup, and without the control characters that it cannot hold.
fn escaped(text: &str) -> String {
    let is_text = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let text: String = text.chars().filter(is_text).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn malformed(what: &'static str) -> Error {
    Error::Malformed { position: 0, tag: None, what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Alone, Profile};
    use crate::rules::Rules;

    fn cleared(attributes: &str) -> Result<String, Error> {
        let policy = Policy::new(&Rules::embedded(), Profile::default()).unwrap();
        let xml = format!("<?xml version=\"1.0\"?><{ROOT} xmlns=\"{NAMESPACE}\">{attributes}</{ROOT}>");
        assert!(sniff(xml.as_bytes()));
        let (xml, _) = deidentify(xml.as_bytes(), &policy, &Keyed::new(b"key"), &Alone)?;
        Ok(String::from_utf8(xml).unwrap())
    }

    fn attribute(tag: &str, vr: &str, content: &str) -> String {
        format!("<DicomAttribute tag=\"{tag}\" vr=\"{vr}\">{content}</DicomAttribute>")
    }

    #[test]
    fn names_go_and_numbers_stay() {
        let name = "<PersonName number=\"1\"><Alphabetic><FamilyName>Kov\u{e1}cs</FamilyName>\
                    <GivenName>M&amp;ria</GivenName></Alphabetic></PersonName>";
        let value = |text: &str| format!("<Value number=\"1\">{text}</Value>");
        let item = format!("<Item number=\"1\">{}</Item>", attribute("00283003", "LO", &value("of Kov\u{e1}cs")));
        let xml = [
            attribute("00080018", "UI", &value("1.2.3")),
            attribute("00091001", "LO", &value("Kov\u{e1}cs")),
            attribute("00100010", "PN", name),
            attribute("00180050", "DS", &value("1.25")),
            attribute("00280010", "US", &value("512")),
            attribute("00289145", "SQ", &item),
            attribute("7FE00010", "OW", "<BulkData uri=\"https://pacs.example/kovacs\"/>"),
        ];
        let cleared = cleared(&xml.concat()).unwrap();
        assert!(!cleared.contains("Kov") && !cleared.contains("ria") && !cleared.contains("pacs.example"), "{cleared}");
        assert!(cleared.contains("keyword=\"SliceThickness\"><Value number=\"1\">1.25</Value>"));
        assert!(cleared.contains(">512<") && cleared.contains("keyword=\"PatientIdentityRemoved\""));
        let again = Document::parse(&cleared).unwrap();
        assert_eq!(again.root_element().tag_name().namespace(), Some(NAMESPACE));
    }

    #[test]
    fn what_is_no_model_is_refused() {
        assert!(!sniff(b"<html><body/></html>"));
        let nested = "<DicomAttribute tag=\"00289145\" vr=\"SQ\"><Item number=\"1\">".repeat(100);
        let closed = "</Item></DicomAttribute>".repeat(100);
        for attributes in [nested + &closed, attribute("0010", "LO", ""), "<Other/>".into(), "<a>".into()] {
            assert!(matches!(cleared(&attributes), Err(Error::Malformed { .. })));
        }
        let bomb = format!("<!DOCTYPE a [<!ENTITY b \"c\">]><{ROOT}>&b;</{ROOT}>");
        let policy = Policy::new(&Rules::embedded(), Profile::default()).unwrap();
        assert!(deidentify(bomb.as_bytes(), &policy, &Keyed::new(b"key"), &Alone).is_err());
    }
}
