//! Images: decoded here, within limits, and given to the projector as plain pixels.

use crate::local::frame::RefusalWord;
use crate::local::render;
use image::{ImageFormat, ImageReader, Limits, RgbImage};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::mtmd::{
    MtmdBitmap, MtmdContext, MtmdContextParams, MtmdInputChunks, MtmdInputText, mtmd_default_marker,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Cursor;
use std::path::Path;

/// The vision projector.
pub struct Vision {
    context: MtmdContext,
}

/// An image as the model reads it: the tokens around it and its own.
pub struct Picture {
    chunks: MtmdInputChunks,
    /// Positions it takes.
    pub length: usize,
    /// The same for the same bytes, and negative, so that no token is equal to it.
    pub mark: i64,
}

/// A decoder that was not written here sees no more than this.
const SIDE_MAX: u32 = 8192;
const MEMORY_MAX: u64 = 512 << 20;

impl Vision {
    pub fn new(path: &Path, model: &LlamaModel, threads: u32) -> Result<Self, String> {
        let params =
            MtmdContextParams { print_timings: false, n_threads: threads as i32, ..MtmdContextParams::default() };
        let path = path.to_str().ok_or("the projector's path is not UTF-8")?;
        let context = MtmdContext::init_from_file(path, model, &params);
        let context = context.map_err(|_| "the vision projector does not fit the model".to_owned())?;
        if !context.support_vision() || context.decode_use_mrope() {
            return Err("this kind of vision projector is not supported".into());
        }
        Ok(Self { context })
    }

    /// Decodes an image file. What cannot be decoded is refused, never passed on. Nothing more is prepared once `room`
    /// positions are taken: the question is too long then.
    pub fn pictures(&self, bytes: &[u8], room: usize) -> Result<Vec<Picture>, (RefusalWord, Option<String>)> {
        let refuse = |why: &str| (RefusalWord::InvalidValue, Some(why.to_owned()));
        let (mut pictures, mut taken) = (Vec::new(), 0);
        for (frame, pixels) in decode(bytes).map_err(refuse)?.into_iter().enumerate() {
            let picture = self.picture(bytes, frame, &pixels)?;
            taken += picture.length;
            pictures.push(picture);
            if taken > room {
                break;
            }
        }
        Ok(pictures)
    }

    fn picture(&self, bytes: &[u8], frame: usize, pixels: &RgbImage) -> Result<Picture, (RefusalWord, Option<String>)> {
        let refuse = |why: &str| (RefusalWord::InvalidValue, Some(why.to_owned()));
        let (width, height) = pixels.dimensions();
        if width < 2 || height < 2 {
            return Err(refuse("an image is too small"));
        }
        let bitmap = MtmdBitmap::from_image_data(width, height, pixels.as_raw());
        let bitmap = bitmap.map_err(|_| refuse("an image cannot be used"))?;
        // Only the marker: the text of the question is never read with control tokens.
        let text = MtmdInputText { text: mtmd_default_marker().to_owned(), add_special: false, parse_special: true };
        let chunks = self.context.tokenize(text, &[&bitmap]).map_err(|_| refuse("an image cannot be used"))?;
        let length = chunks.total_tokens();
        if usize::try_from(chunks.total_positions()).ok() != Some(length) {
            return Err(refuse("an image cannot be placed"));
        }
        let mut hasher = DefaultHasher::new();
        (bytes, frame).hash(&mut hasher);
        Ok(Picture { chunks, length, mark: -1 - (hasher.finish() >> 1) as i64 })
    }

    /// Encodes an image and puts it into a sequence at `position`.
    pub fn read(&mut self, picture: &Picture, context: &mut LlamaContext<'_>, position: i32, sequence: i32) -> bool {
        let batch = context.n_batch() as i32;
        picture.chunks.eval_chunks(&mut self.context, context, position, sequence, batch, false).is_ok()
    }
}

/// The pixels of a file, within limits; one picture for each frame of a DICOM object.
fn decode(bytes: &[u8]) -> Result<Vec<RgbImage>, &'static str> {
    if render::is_dicom(bytes) {
        return render::render(bytes).map_err(|_| "a DICOM object cannot be rendered");
    }
    let format = image::guess_format(bytes).ok().filter(|it| matches!(it, ImageFormat::Png | ImageFormat::Jpeg));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.ok_or("an image must be PNG, JPEG or DICOM")?);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let picture = reader.decode().map_err(|_| "an image cannot be decoded, or is too large")?;
    Ok(vec![picture.to_rgb8()])
}
