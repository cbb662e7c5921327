//! Pictures whose colours need more than a window: palettes, and CT in three windows at once.

use super::Unrendered;
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::DefaultDicomObject;
use dicom_pixeldata::DecodedPixelData;
use image::RgbImage;

/// PALETTE COLOR (PS3.3, C.7.6.3.1.5): each value is an index into three tables.
pub fn palette(object: &DefaultDicomObject, pixels: &DecodedPixelData<'_>) -> Result<RgbImage, Unrendered> {
    let red = Table::read(
        object,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    )?;
    let green = Table::read(
        object,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    )?;
    let blue = Table::read(
        object,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    )?;
    let data = pixels.frame_data(0).map_err(|_| Unrendered)?;
    let indices: Vec<i64> = match pixels.bits_allocated() {
        8 => data.iter().map(|&value| i64::from(value)).collect(),
        16 => data.chunks_exact(2).map(|pair| i64::from(u16::from_le_bytes([pair[0], pair[1]]))).collect(),
        _ => return Err(Unrendered),
    };
    let colors = indices.iter().flat_map(|&index| [red.at(index), green.at(index), blue.at(index)]).collect();
    RgbImage::from_raw(pixels.columns(), pixels.rows(), colors).ok_or(Unrendered)
}

/// One colour of a palette.
struct Table {
    first: i64,
    values: Vec<u8>,
}

impl Table {
    fn read(object: &DefaultDicomObject, descriptor: Tag, data: Tag) -> Result<Self, Unrendered> {
        let numbers = |tag| object.element(tag).ok()?.to_multi_int::<i64>().ok();
        let [count, first, bits] = numbers(descriptor).ok_or(Unrendered)?.try_into().map_err(|_| Unrendered)?;
        // Zero stands for what sixteen bits cannot say.
        let count = if count == 0 { 1 << 16 } else { (count & 0xffff) as usize };
        let bytes = object.element(data).ok().and_then(|element| element.to_bytes().ok()).ok_or(Unrendered)?;
        let wide = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
        let values: Vec<u8> = match bits {
            // Eight bits come one to a byte, or each in a word of its own.
            8 if bytes.len() >= 2 * count => bytes.chunks_exact(2).map(|pair| wide(pair) as u8).collect(),
            8 => bytes.to_vec(),
            16 => bytes.chunks_exact(2).map(|pair| (wide(pair) >> 8) as u8).collect(),
            _ => return Err(Unrendered),
        };
        if values.is_empty() || values.len() < count { Err(Unrendered) } else { Ok(Self { first, values }) }
    }

    /// Values outside of the table have the colour of its nearest end.
    fn at(&self, index: i64) -> u8 {
        let last = self.values.len() as i64 - 1;
        self.values[(index - self.first).clamp(0, last) as usize]
    }
}

/// The windows in which MedGemma was shown CT, in Hounsfield units: everything, soft tissue, brain. They are the red,
/// green and blue of one picture (Google's notebook on volumes of CT).
const WINDOWS: [(f32, f32); 3] = [(-1024.0, 1024.0), (-135.0, 215.0), (0.0, 80.0)];

pub fn hounsfield(pixels: &DecodedPixelData<'_>) -> Result<RgbImage, Unrendered> {
    let values = pixels.to_vec_frame::<f32>(0).map_err(|_| Unrendered)?;
    let seen = |value: f32| WINDOWS.map(|(low, high)| ((value - low) / (high - low) * 255.0).clamp(0.0, 255.0) as u8);
    RgbImage::from_raw(pixels.columns(), pixels.rows(), values.into_iter().flat_map(seen).collect()).ok_or(Unrendered)
}
