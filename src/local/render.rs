//! Renders a DICOM object as pictures, as a reader would see it: rescaled, windowed, and inverted where it says so.
//!
//! Runs in the model process only, so that a codec that fails on a hostile file costs a restart.

mod color;
mod series;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, from_reader};
use dicom_pixeldata::{ConvertOptions, PhotometricInterpretation, PixelDecoder, VoiLutOption};
use image::RgbImage;
use image::imageops::thumbnail;
pub use series::in_order;
use std::io::Cursor;

/// The object is no picture, or one that cannot be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a DICOM object cannot be rendered")]
pub struct Unrendered;

/// Pictures larger than this are refused before they are decoded.
const SIDE_MAX: u32 = 8192;
/// Models see no more than this, so that nothing larger is kept.
const SIDE_KEPT: u32 = 1792;
/// Of more frames, as many are taken at equal distances: so are volumes given to MedGemma 1.5.
const FRAMES_MAX: u32 = 85;

/// Whether it is a DICOM file (PS3.10, 7.1).
pub fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// The frames of an object, in their order. A series is sent as one object for each slice, or as one with many frames.
pub fn render(bytes: &[u8]) -> Result<Vec<RgbImage>, Unrendered> {
    let object = from_reader(Cursor::new(bytes)).map_err(|_| Unrendered)?;
    let side = |tag| number(&object, tag).filter(|side| (1..=SIDE_MAX).contains(side));
    side(tags::ROWS).zip(side(tags::COLUMNS)).ok_or(Unrendered)?;
    // Absent where there is one; a broken number is no number of frames.
    let frames = match object.element(tags::NUMBER_OF_FRAMES) {
        Ok(element) => element.to_int::<u32>().ok().filter(|&frames| frames > 0).ok_or(Unrendered)?,
        Err(_) => 1,
    };
    let taken = frames.min(FRAMES_MAX);
    (0..taken).map(|at| frame(&object, (u64::from(at) * u64::from(frames) / u64::from(taken)) as u32)).collect()
}

fn frame(object: &DefaultDicomObject, frame: u32) -> Result<RgbImage, Unrendered> {
    let pixels = object.decode_pixel_data_frame(frame).map_err(|_| Unrendered)?;
    let picture = if *pixels.photometric_interpretation() == PhotometricInterpretation::PaletteColor {
        color::palette(object, &pixels)?
    } else if word(object, tags::MODALITY).as_deref() == Some("CT") && pixels.samples_per_pixel() == 1 {
        color::hounsfield(&pixels)?
    } else {
        // Without a window of its own, all values that occur are spread over the grey scale.
        let windowed = [tags::WINDOW_CENTER, tags::VOILUT_SEQUENCE].iter().any(|&tag| object.element(tag).is_ok())
            || pixels.window().is_ok_and(|window| window.is_some());
        let window = if windowed { VoiLutOption::Default } else { VoiLutOption::Normalize };
        let options = ConvertOptions::new().with_voi_lut(window).force_8bit();
        pixels.to_dynamic_image_with_options(0, &options).map_err(|_| Unrendered)?.to_rgb8()
    };
    let longest = picture.width().max(picture.height());
    if longest <= SIDE_KEPT {
        return Ok(picture);
    }
    let kept = |side: u32| (u64::from(side) * u64::from(SIDE_KEPT) / u64::from(longest)).max(1) as u32;
    Ok(thumbnail(&picture, kept(picture.width()), kept(picture.height())))
}

fn number(object: &DefaultDicomObject, tag: Tag) -> Option<u32> {
    object.element(tag).ok()?.to_int().ok()
}

fn word(object: &DefaultDicomObject, tag: Tag) -> Option<String> {
    Some(object.element(tag).ok()?.to_str().ok()?.trim().to_owned())
}

#[cfg(test)]
pub mod tests;
