//! The slices of a series in the order of the body, however the client sent them.

use super::is_dicom;
use crate::local::prompt::Part;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, OpenFileOptions};
use std::collections::BTreeMap;
use std::io::Cursor;

/// Puts the slices of each series of a message in order: along the normal of their planes (PS3.3, C.7.6.2.1.1), or by
/// their numbers where that is not known. A series stays in the places that its slices had.
pub fn in_order(parts: &mut [Part]) {
    let mut series: BTreeMap<String, Vec<(usize, Slice)>> = BTreeMap::new();
    for (at, part) in parts.iter().enumerate() {
        if let Part::Image(bytes) = part
            && is_dicom(bytes)
            && let Some((name, slice)) = slice(bytes)
        {
            series.entry(name).or_default().push((at, slice));
        }
    }
    for slices in series.into_values().filter(|slices| slices.len() > 1) {
        let known = |key: fn(&Slice) -> Option<f64>| slices.iter().all(|(_, slice)| key(slice).is_some());
        let key: fn(&Slice) -> Option<f64> = if known(|slice| slice.position) {
            |slice| slice.position
        } else if known(|slice| slice.number) {
            |slice| slice.number
        } else {
            continue;
        };
        let places: Vec<usize> = slices.iter().map(|(at, _)| *at).collect();
        let mut sorted = slices;
        sorted.sort_by(|(_, one), (_, other)| key(one).unwrap_or(0.0).total_cmp(&key(other).unwrap_or(0.0)));
        let moved: Vec<Part> = sorted.iter().map(|&(at, _)| take(&mut parts[at])).collect();
        for (place, part) in places.into_iter().zip(moved) {
            parts[place] = part;
        }
    }
}

fn take(part: &mut Part) -> Part {
    std::mem::replace(part, Part::Text(String::new()))
}

struct Slice {
    /// Along the normal of its plane, in millimetres.
    position: Option<f64>,
    number: Option<f64>,
}

/// The series that an object belongs to, and its place in it.
fn slice(bytes: &[u8]) -> Option<(String, Slice)> {
    let object = OpenFileOptions::new().read_until(tags::PIXEL_DATA).from_reader(Cursor::new(bytes)).ok()?;
    let series = super::word(&object, tags::SERIES_INSTANCE_UID)?;
    let numbers = |tag| object.element(tag).ok()?.to_multi_float64().ok();
    let number = numbers(tags::INSTANCE_NUMBER).and_then(|numbers| numbers.first().copied());
    Some((series, Slice { position: position(&object), number }))
}

fn position(object: &DefaultDicomObject) -> Option<f64> {
    let numbers = |tag| object.element(tag).ok()?.to_multi_float64().ok();
    let [x, y, z]: [f64; 3] = numbers(tags::IMAGE_POSITION_PATIENT)?.try_into().ok()?;
    let [a, b, c, d, e, f]: [f64; 6] = numbers(tags::IMAGE_ORIENTATION_PATIENT)?.try_into().ok()?;
    let position = x * (b * f - c * e) + y * (c * d - a * f) + z * (a * e - b * d);
    position.is_finite().then_some(position)
}
