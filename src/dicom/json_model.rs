//! The DICOM JSON model, PS3.18 annex F: turned into a data set, de-identified as one, and turned back.
//!
//! One code decides on attributes, whatever form they come in. What is only referred to (`BulkDataURI`) is left out: it
//! lies elsewhere, uncleared, and its address tells whose it is.

use super::error::Error;
use super::head;
use super::keyed::Keyed;
use super::policy::{Limits, Policy};
use super::reader::{Header, Kind, Length, Reader, Token};
use super::source::Source;
use super::syntax::{Encoding, Syntax};
use super::table::parse_tag;
use super::writer::Writer;
use super::{Report, Surroundings, deidentify_bytes};
use data_encoding::BASE64;
use dicom_core::{Tag, VR};
use serde_json::{Map, Value, json};

const CHARSET: Tag = Tag(0x0008, 0x0005);
/// SOP Instance UID.
const INSTANCE: &str = "00080018";
const ENCODING: Encoding = Encoding::EXPLICIT;

/// De-identifies one object, or each of a list.
pub fn deidentify(
    text: &[u8],
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<(Vec<u8>, Report), Error> {
    // The parser stops at 128 levels.
    let (cleared, report) = match serde_json::from_slice(text).map_err(|_| Error::NotDicom)? {
        Value::Array(objects) => {
            let mut merged = Report::default();
            let mut cleared = Vec::new();
            for object in &objects {
                let (object, report) = deidentify_object(object, policy, keyed, surroundings)?;
                merged.merge(report);
                cleared.push(object);
            }
            (Value::Array(cleared), merged)
        }
        object => deidentify_object(&object, policy, keyed, surroundings)?,
    };
    Ok((cleared.to_string().into_bytes(), report))
}

/// De-identifies one object of the model.
pub fn deidentify_object(
    object: &Value,
    policy: &Policy,
    keyed: &Keyed,
    surroundings: &dyn Surroundings,
) -> Result<(Value, Report), Error> {
    let (bytes, report) = deidentify_bytes(&file(object)?, policy, keyed, surroundings)?;
    let mut cleared = object_of(&bytes)?;
    // What a query answers with has no instance, and gets none.
    if object.get(INSTANCE).is_none() {
        cleared.as_object_mut().and_then(|cleared| cleared.remove(INSTANCE));
    }
    Ok((cleared, report))
}

/// Whether text is an object of this model: a tag first, and its VR in it.
pub fn sniff(text: &[u8]) -> bool {
    if !matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return false;
    }
    let Ok(model) = serde_json::from_slice::<Value>(text) else { return false };
    let first = if let Value::Array(objects) = &model { objects.first() } else { Some(&model) };
    first.and_then(Value::as_object).is_some_and(|attributes| {
        let is_attribute = |(tag, element): (&String, &Value)| parse_tag(tag).is_some() && element.get("vr").is_some();
        !attributes.is_empty() && attributes.iter().all(is_attribute)
    })
}

/// A file with the elements of an object, its text in UTF-8.
fn file(object: &Value) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    let mut writer = Writer::new(&mut bytes);
    writer.element(ENCODING, Tag(0x0002, 0x0010), VR::UI, Syntax::EXPLICIT.as_bytes())?;
    write_object(object.as_object().ok_or(Error::NotDicom)?, true, &mut writer)?;
    writer.finish()?;
    Ok(bytes)
}

fn write_object(object: &Map<String, Value>, is_top: bool, writer: &mut Writer<'_>) -> Result<(), Error> {
    let mut elements = Vec::with_capacity(object.len());
    for (name, element) in object {
        elements.push((parse_tag(name).ok_or(Error::NotDicom)?, element));
    }
    elements.sort_by_key(|&(tag, _)| tag);
    elements.retain(|&(tag, _)| tag.group() > 0x0002 && tag != CHARSET);
    let place = elements.partition_point(|&(tag, _)| tag < CHARSET);
    let (before, after) = elements.split_at(place);
    for &(tag, element) in before {
        write_element(tag, element, writer)?;
    }
    if is_top {
        writer.element(ENCODING, CHARSET, VR::CS, b"ISO_IR 192")?;
    }
    for &(tag, element) in after {
        write_element(tag, element, writer)?;
    }
    Ok(())
}

fn write_element(tag: Tag, element: &Value, writer: &mut Writer<'_>) -> Result<(), Error> {
    let malformed = |what| Error::Malformed { position: 0, tag: Some(tag), what };
    let vr = element.get("vr").and_then(Value::as_str).ok_or(malformed("an attribute has no VR"))?;
    let vr = <[u8; 2]>::try_from(vr.as_bytes()).ok().and_then(VR::from_binary).ok_or(malformed("no such VR"))?;
    if element.get("BulkDataURI").is_some() {
        return Ok(());
    }
    if let Some(text) = element.get("InlineBinary") {
        let text = text.as_str().ok_or(malformed("inline binary is no text"))?;
        let value = BASE64.decode(text.as_bytes()).map_err(|_| malformed("inline binary is not base64"))?;
        return writer.element(ENCODING, tag, vr, &value);
    }
    let none = Vec::new();
    let values = match element.get("Value") {
        None => &none,
        Some(values) => values.as_array().ok_or(malformed("values are no list"))?,
    };
    if vr == VR::SQ {
        writer.sequence_start(ENCODING, tag, vr)?;
        for item in values {
            writer.item_start(ENCODING)?;
            let empty = Map::new();
            write_object(item.as_object().unwrap_or(&empty), false, writer)?;
            writer.item_end(ENCODING)?;
        }
        return writer.sequence_end(ENCODING);
    }
    let mut bytes = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match number_size(vr) {
            // An empty value among others has no form of its own in binary.
            Some(size) if value.is_null() => bytes.extend(vec![0; size]),
            Some(_) => put_number(vr, value, &mut bytes).ok_or(malformed("a number is none, or too large"))?,
            None => {
                if index > 0 {
                    bytes.push(b'\\');
                }
                bytes.extend(text_of(vr, value).ok_or(malformed("a value is neither text nor number"))?.into_bytes());
            }
        }
    }
    if bytes.len() > usize::from(u16::MAX) - 1 && !super::syntax::has_long_length(vr) {
        return Err(malformed("the value is longer than its VR allows"));
    }
    writer.element(ENCODING, tag, vr, &bytes)
}

fn text_of(vr: VR, value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Object(name) if vr == VR::PN => {
            let group = |group: &str| name.get(group).and_then(Value::as_str).unwrap_or_default();
            let text = [group("Alphabetic"), group("Ideographic"), group("Phonetic")].join("=");
            text.trim_end_matches('=').to_owned()
        }
        _ => return None,
    })
}

fn number_size(vr: VR) -> Option<usize> {
    Some(match vr {
        VR::US | VR::SS => 2,
        VR::UL | VR::SL | VR::FL | VR::AT => 4,
        VR::UV | VR::SV | VR::FD => 8,
        _ => return None,
    })
}

fn put_number(vr: VR, value: &Value, bytes: &mut Vec<u8>) -> Option<()> {
    let whole = || value.as_i64().or_else(|| value.as_str()?.parse().ok());
    match vr {
        VR::US => bytes.extend(u16::try_from(whole()?).ok()?.to_le_bytes()),
        VR::SS => bytes.extend(i16::try_from(whole()?).ok()?.to_le_bytes()),
        VR::UL => bytes.extend(u32::try_from(whole()?).ok()?.to_le_bytes()),
        VR::SL => bytes.extend(i32::try_from(whole()?).ok()?.to_le_bytes()),
        VR::SV => bytes.extend(whole()?.to_le_bytes()),
        VR::UV => bytes.extend(value.as_u64().or_else(|| value.as_str()?.parse().ok())?.to_le_bytes()),
        VR::FL => bytes.extend((value.as_f64()? as f32).to_le_bytes()),
        VR::FD => bytes.extend(value.as_f64()?.to_le_bytes()),
        VR::AT => {
            let tag = parse_tag(value.as_str()?)?;
            bytes.extend([tag.group(), tag.element()].map(u16::to_le_bytes).concat());
        }
        _ => return None,
    }
    Some(())
}

/// The model of a file that this code wrote.
fn object_of(bytes: &[u8]) -> Result<Value, Error> {
    let source = Source::new(bytes, Some(bytes.len() as u64));
    let (mut source, _, syntax) = head::enter(source, &Limits::default())?;
    let mut reader = Reader::new(syntax.encoding);
    // Objects that are open, and the sequences between them.
    let mut objects = vec![Map::new()];
    let mut sequences: Vec<(Tag, Vec<Value>)> = Vec::new();
    loop {
        match reader.next(&mut source)? {
            Token::End => return Ok(Value::Object(objects.swap_remove(0))),
            Token::ItemStart => objects.push(Map::new()),
            Token::ItemEnd => {
                if let (Some(item), Some((_, items))) = (objects.pop(), sequences.last_mut()) {
                    items.push(Value::Object(item));
                }
            }
            Token::SequenceEnd => {
                if let (Some((tag, items)), Some(object)) = (sequences.pop(), objects.last_mut()) {
                    object.insert(name(tag), json!({"vr": "SQ", "Value": items}));
                }
            }
            Token::Element(header) if header.kind == Kind::Sequence => {
                sequences.push((header.tag, Vec::new()));
                reader.descend(&header, &source)?;
            }
            Token::Element(header) => {
                let Length::Defined(length) = header.length else {
                    reader.skip(&header, &mut source)?;
                    continue;
                };
                let value = reader.value(length, &mut source)?.map(|value| model(&header, value));
                source.skip(length.into())?;
                if let (Some(value), Some(object)) = (value, objects.last_mut()) {
                    object.insert(name(header.tag), value);
                }
            }
        }
    }
}

fn name(tag: Tag) -> String {
    format!("{:04X}{:04X}", tag.group(), tag.element())
}

fn model(header: &Header, value: &[u8]) -> Value {
    let vr = header.vr();
    let word = vr.to_string();
    if value.is_empty() {
        return json!({ "vr": word });
    }
    if let Some(size) = number_size(vr) {
        let numbers: Vec<Value> = value.chunks_exact(size).map(|number| number_of(vr, number)).collect();
        return json!({"vr": word, "Value": numbers});
    }
    if !super::survey::is_text(vr) {
        return json!({"vr": word, "InlineBinary": BASE64.encode(value)});
    }
    let text = String::from_utf8_lossy(value);
    let text = text.trim_end_matches(['\0', ' ']);
    let one = |text: &str| match vr {
        VR::PN => {
            let groups = ["Alphabetic", "Ideographic", "Phonetic"].into_iter().zip(text.split('='));
            groups.filter(|(_, text)| !text.is_empty()).map(|(group, text)| (group.to_owned(), json!(text))).collect()
        }
        VR::DS | VR::IS => text.trim().parse::<serde_json::Number>().map_or_else(|_| json!(text), Value::Number),
        _ => json!(text),
    };
    let is_one = matches!(vr, VR::LT | VR::ST | VR::UR | VR::UT);
    let values: Vec<Value> = if is_one { vec![one(text)] } else { text.split('\\').map(one).collect() };
    json!({"vr": word, "Value": values})
}

fn number_of(vr: VR, bytes: &[u8]) -> Value {
    let wide = |range: std::ops::Range<usize>| {
        range.rev().fold(0u64, |sum, at| sum << 8 | u64::from(bytes.get(at).copied().unwrap_or_default()))
    };
    match vr {
        VR::US => json!(wide(0..2)),
        VR::SS => json!(wide(0..2) as u16 as i16),
        VR::UL => json!(wide(0..4)),
        VR::SL => json!(wide(0..4) as u32 as i32),
        VR::FL => json!(f32::from_bits(wide(0..4) as u32)),
        VR::FD => json!(f64::from_bits(wide(0..8))),
        VR::SV => json!(wide(0..8) as i64),
        VR::AT => json!(format!("{:04X}{:04X}", wide(0..2), wide(2..4))),
        _ => json!(wide(0..8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Alone, Profile};
    use crate::rules::Rules;

    fn check(model: Value) -> Value {
        let policy = Policy::new(&Rules::embedded(), Profile::default()).unwrap();
        let text = model.to_string();
        assert!(sniff(text.as_bytes()));
        let (cleared, _) = deidentify(text.as_bytes(), &policy, &Keyed::new(b"key"), &Alone).unwrap();
        serde_json::from_slice(&cleared).unwrap()
    }

    #[test]
    fn names_go_and_numbers_stay() {
        let cleared = check(json!({
            "00080005": {"vr": "CS", "Value": ["ISO_IR 100"]},
            "00080018": {"vr": "UI", "Value": ["1.2.3"]},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Kovács^Mária", "Ideographic": "山田^太郎"}]},
            "00080096": {"vr": "SQ", "Value": [{"00401101": {"vr": "SQ", "Value": []}}]},
            "00090010": {"vr": "LO", "Value": ["Kovács"]},
            "00180050": {"vr": "DS", "Value": [1.25]},
            "00280010": {"vr": "US", "Value": [512]},
            "00289145": {"vr": "SQ", "Value": [{"00283003": {"vr": "LO", "Value": ["of Kovács"]}}]},
            "7FE00010": {"vr": "OW", "BulkDataURI": "https://pacs.example/kovacs"},
        }));
        let text = cleared.to_string();
        assert!(!text.contains("Kov") && !text.contains("山田") && !text.contains("pacs.example"));
        assert_eq!(cleared["00180050"]["Value"][0], json!(1.25));
        assert_eq!(cleared["00280010"]["Value"][0], json!(512));
        assert_eq!(cleared["00120062"]["Value"][0], json!("YES"));
        assert!(cleared["00080018"]["Value"][0].as_str().unwrap().starts_with("2.25."));
    }

    #[test]
    fn other_json_is_not_taken_for_it() {
        assert!(!sniff(b"{\"messages\": []}"));
        assert!(!sniff(b"[]"));
    }
}
