//! Objects made here, and what is seen of them.

use super::*;
use crate::local::prompt::Part;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

/// An object of pictures of two by two 16-bit values, changed.
fn changed(photometric: &str, change: impl FnOnce(&mut InMemDicomObject)) -> Vec<u8> {
    let values: Vec<u16> = vec![0, 100, 200, 1000];
    let mut object = InMemDicomObject::new_empty();
    put(&mut object, tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.7".into());
    put(&mut object, tags::SOP_INSTANCE_UID, VR::UI, "1.2.3".into());
    put(&mut object, tags::SAMPLES_PER_PIXEL, VR::US, 1u16.into());
    put(&mut object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric.into());
    put(&mut object, tags::ROWS, VR::US, 2u16.into());
    put(&mut object, tags::COLUMNS, VR::US, 2u16.into());
    put(&mut object, tags::BITS_ALLOCATED, VR::US, 16u16.into());
    put(&mut object, tags::BITS_STORED, VR::US, 16u16.into());
    put(&mut object, tags::HIGH_BIT, VR::US, 15u16.into());
    put(&mut object, tags::PIXEL_REPRESENTATION, VR::US, 0u16.into());
    put(&mut object, tags::RESCALE_SLOPE, VR::DS, "1".into());
    put(&mut object, tags::RESCALE_INTERCEPT, VR::DS, "0".into());
    put(&mut object, tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(values.into()));
    change(&mut object);
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax("1.2.840.10008.1.2.1")
        .media_storage_sop_class_uid("1.2.840.10008.5.1.4.1.1.7")
        .media_storage_sop_instance_uid("1.2.3");
    let mut bytes = Vec::new();
    object.with_meta(meta).unwrap().write_all(&mut bytes).unwrap();
    bytes
}

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: PrimitiveValue) {
    object.put(DataElement::new(tag, vr, value));
}

fn object(photometric: &str, window: Option<(&str, &str)>, rows: u16) -> Vec<u8> {
    changed(photometric, |object| {
        put(object, tags::ROWS, VR::US, rows.into());
        if let Some((center, width)) = window {
            put(object, tags::WINDOW_CENTER, VR::DS, center.into());
            put(object, tags::WINDOW_WIDTH, VR::DS, width.into());
        }
    })
}

fn greys(bytes: &[u8]) -> Vec<u8> {
    render(bytes).unwrap()[0].pixels().map(|pixel| pixel.0[0]).collect()
}

#[test]
fn the_window_decides_what_is_seen() {
    let narrow = greys(&object("MONOCHROME2", Some(("100", "200")), 2));
    assert_eq!((narrow[0], narrow[3]), (0, 255));
    assert!((100..=155).contains(&narrow[1]) && narrow[2] > 250);
    let whole = greys(&object("MONOCHROME2", None, 2));
    assert_eq!((whole[0], whole[3]), (0, 255));
    assert!(whole[1] < 60);
}

#[test]
fn monochrome1_is_the_negative() {
    let negative = greys(&object("MONOCHROME1", Some(("100", "200")), 2));
    assert_eq!((negative[0], negative[3]), (255, 0));
}

#[test]
fn what_is_cut_or_absurd_is_no_picture() {
    let bytes = object("MONOCHROME2", None, 2);
    assert!(is_dicom(&bytes) && !is_dicom(b"\x89PNG"));
    for cut in (132..bytes.len() - 1).step_by(7) {
        assert!(render(&bytes[..cut]).is_err(), "{cut}");
    }
    assert_eq!(render(&object("MONOCHROME2", None, u16::MAX)), Err(Unrendered));
}

#[test]
fn every_frame_is_a_picture_and_many_are_sampled() {
    let frames = |count: u16| {
        changed("MONOCHROME2", |object| {
            let values: Vec<u16> = (0..count).flat_map(|frame| [frame; 4]).collect();
            put(object, tags::NUMBER_OF_FRAMES, VR::IS, count.to_string().into());
            put(object, tags::WINDOW_CENTER, VR::DS, "128".into());
            put(object, tags::WINDOW_WIDTH, VR::DS, "256".into());
            put(object, tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(values.into()));
        })
    };
    let shades =
        |count| -> Vec<u8> { render(&frames(count)).unwrap().iter().map(|frame| frame.get_pixel(0, 0).0[0]).collect() };
    assert_eq!(shades(3), [0, 1, 2]);
    let many = shades(170);
    assert_eq!((many.len(), many[0], many[84]), (85, 0, 168));
    let none = changed("MONOCHROME2", |object| put(object, tags::NUMBER_OF_FRAMES, VR::IS, "0".into()));
    let more = changed("MONOCHROME2", |object| put(object, tags::NUMBER_OF_FRAMES, VR::IS, "9".into()));
    assert_eq!(render(&none), Err(Unrendered));
    assert_eq!(render(&more), Err(Unrendered));
}

#[test]
fn ct_is_seen_in_three_windows_at_once() {
    let slice = changed("MONOCHROME2", |object| {
        put(object, tags::MODALITY, VR::CS, "CT".into());
        put(object, tags::RESCALE_INTERCEPT, VR::DS, "-100".into());
    });
    let pixels: Vec<[u8; 3]> = render(&slice).unwrap()[0].pixels().map(|pixel| pixel.0).collect();
    // -100, 0, 100 and 900 Hounsfield units.
    assert_eq!(pixels, [[115, 25, 0], [127, 98, 0], [139, 171, 255], [239, 255, 255]]);
}

#[test]
fn a_palette_gives_the_colours() {
    let table = |data: Vec<u16>| PrimitiveValue::U16(data.into());
    let colored = changed("PALETTE COLOR", |object| {
        for (descriptor, data, values) in [
            (
                tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                vec![0, 0xff00],
            ),
            (
                tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                vec![0x8000, 0],
            ),
            (tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, vec![0, 0]),
        ] {
            put(object, descriptor, VR::US, table(vec![2, 99, 16]));
            put(object, data, VR::OW, table(values));
        }
    });
    let pixels: Vec<[u8; 3]> = render(&colored).unwrap()[0].pixels().map(|pixel| pixel.0).collect();
    assert_eq!(pixels, [[0, 128, 0], [255, 0, 0], [255, 0, 0], [255, 0, 0]]);
    assert_eq!(render(&changed("PALETTE COLOR", |_| ())), Err(Unrendered));
}

#[test]
fn colours_are_seen_as_colours() {
    let bytes = |photometric: &str, values: Vec<u8>| {
        changed(photometric, |object| {
            put(object, tags::SAMPLES_PER_PIXEL, VR::US, 3u16.into());
            put(object, tags::PLANAR_CONFIGURATION, VR::US, 0u16.into());
            put(object, tags::BITS_ALLOCATED, VR::US, 8u16.into());
            put(object, tags::BITS_STORED, VR::US, 8u16.into());
            put(object, tags::HIGH_BIT, VR::US, 7u16.into());
            put(object, tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8(values.into()));
        })
    };
    let first = |object: &[u8]| render(object).unwrap()[0].get_pixel(0, 0).0;
    assert_eq!(first(&bytes("RGB", [200, 10, 30].repeat(4))), [200, 10, 30]);
    let [red, green, blue] = first(&bytes("YBR_FULL", [76, 85, 255].repeat(4)));
    assert!(red > 240 && green < 16 && blue < 16, "{red} {green} {blue}");
}

#[test]
fn slices_of_a_series_are_put_in_the_order_of_the_body() {
    let slice = |series: &str, position: Option<&str>, number: &str| {
        Part::Image(changed("MONOCHROME2", |object| {
            put(object, tags::SERIES_INSTANCE_UID, VR::UI, series.into());
            put(object, tags::INSTANCE_NUMBER, VR::IS, number.into());
            put(object, tags::WINDOW_CENTER, VR::DS, number.into());
            if let Some(position) = position {
                put(object, tags::IMAGE_POSITION_PATIENT, VR::DS, position.into());
                put(object, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0".into());
            }
        }))
    };
    let same =
        |one: &Part, other: &Part| matches!((one, other), (Part::Image(one), Part::Image(other)) if one == other);
    let (low, middle, high) = (
        slice("1.1", Some("0\\0\\-5.5"), "3"),
        slice("1.1", Some("0\\0\\2"), "2"),
        slice("1.1", Some("0\\0\\30"), "1"),
    );
    let other = slice("1.2", None, "1");
    let text = || Part::Text("then".into());
    let mut parts = vec![high.clone(), text(), other.clone(), low.clone(), middle.clone()];
    in_order(&mut parts);
    assert!(same(&parts[0], &low) && same(&parts[3], &middle) && same(&parts[4], &high));
    assert!(same(&parts[2], &other) && matches!(&parts[1], Part::Text(text) if text == "then"));
    let numbered = ["2", "10", "1"].map(|number| slice("1.3", None, number));
    let mut parts = numbered.to_vec();
    in_order(&mut parts);
    assert!(same(&parts[0], &numbered[2]) && same(&parts[2], &numbered[1]));
}
