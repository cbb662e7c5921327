//! Renders a DICOM object as a picture, as a reader would see it: rescaled, windowed, and inverted where it says so.
//!
//! Runs in the model process only, so that a codec that fails on a hostile file costs a restart.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, from_reader};
use dicom_pixeldata::{ConvertOptions, PixelDecoder, VoiLutOption};
use image::RgbImage;
use std::io::Cursor;

/// The object is no picture, or one that cannot be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a DICOM object cannot be rendered")]
pub struct Unrendered;

/// Pictures larger than this are refused before they are decoded.
const SIDE_MAX: u32 = 8192;

/// Whether it is a DICOM file (PS3.10, 7.1).
pub fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// The first frame. A series is sent as one picture for each slice, in its order.
pub fn render(bytes: &[u8]) -> Result<RgbImage, Unrendered> {
    let object = from_reader(Cursor::new(bytes)).map_err(|_| Unrendered)?;
    let side = |tag| number(&object, tag).filter(|side| (1..=SIDE_MAX).contains(side));
    side(tags::ROWS).zip(side(tags::COLUMNS)).ok_or(Unrendered)?;
    let pixels = object.decode_pixel_data_frame(0).map_err(|_| Unrendered)?;
    // Without a window of its own, all values that occur are spread over the grey scale.
    let windowed = [tags::WINDOW_CENTER, tags::VOILUT_SEQUENCE].iter().any(|&tag| object.element(tag).is_ok());
    let window = if windowed { VoiLutOption::Default } else { VoiLutOption::Normalize };
    let options = ConvertOptions::new().with_voi_lut(window).force_8bit();
    let picture = pixels.to_dynamic_image_with_options(0, &options).map_err(|_| Unrendered)?;
    Ok(picture.to_rgb8())
}

fn number(object: &DefaultDicomObject, tag: Tag) -> Option<u32> {
    object.element(tag).ok()?.to_int().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, PrimitiveValue, VR};
    use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

    /// A picture of two by two 16-bit values.
    fn object(photometric: &str, window: Option<(&str, &str)>, rows: u16) -> Vec<u8> {
        let values: Vec<u16> = vec![0, 100, 200, 1000];
        let mut object = InMemDicomObject::new_empty();
        let mut put = |tag, vr, value: PrimitiveValue| {
            object.put(DataElement::new(tag, vr, value));
        };
        put(tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.7".into());
        put(tags::SOP_INSTANCE_UID, VR::UI, "1.2.3".into());
        put(tags::SAMPLES_PER_PIXEL, VR::US, 1u16.into());
        put(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric.into());
        put(tags::ROWS, VR::US, rows.into());
        put(tags::COLUMNS, VR::US, 2u16.into());
        put(tags::BITS_ALLOCATED, VR::US, 16u16.into());
        put(tags::BITS_STORED, VR::US, 16u16.into());
        put(tags::HIGH_BIT, VR::US, 15u16.into());
        put(tags::PIXEL_REPRESENTATION, VR::US, 0u16.into());
        put(tags::RESCALE_SLOPE, VR::DS, "1".into());
        put(tags::RESCALE_INTERCEPT, VR::DS, "0".into());
        if let Some((center, width)) = window {
            put(tags::WINDOW_CENTER, VR::DS, center.into());
            put(tags::WINDOW_WIDTH, VR::DS, width.into());
        }
        put(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(values.into()));
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax("1.2.840.10008.1.2.1")
            .media_storage_sop_class_uid("1.2.840.10008.5.1.4.1.1.7")
            .media_storage_sop_instance_uid("1.2.3");
        let mut bytes = Vec::new();
        object.with_meta(meta).unwrap().write_all(&mut bytes).unwrap();
        bytes
    }

    fn greys(bytes: &[u8]) -> Vec<u8> {
        render(bytes).unwrap().pixels().map(|pixel| pixel.0[0]).collect()
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
}
