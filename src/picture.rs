//! Pictures without what is written beside their pixels: EXIF, XMP, IPTC, comments, profiles, times, and whatever
//! stands behind their end.
//!
//! A picture is walked block by block, and only blocks that a decoder of the pixels needs are taken along; a block of
//! unknown use is left out where the format allows that, and refused where it does not. The pixels themselves stay as
//! they are, with whatever is burnt into them. What turns a picture on the screen (EXIF orientation) goes as well.

mod gif;
mod jpeg;
mod png;
mod webp;

/// The formats that are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
    Gif,
    Webp,
}

/// A picture whose blocks do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture cannot be taken apart: {0}")]
pub struct Malformed(&'static str);

/// What a file is by its first bytes.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(png::SIGNATURE) {
        Some(Format::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some(Format::Jpeg)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some(Format::Gif)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(Format::Webp)
    } else {
        None
    }
}

impl Format {
    /// The same picture with nothing but its pixels.
    pub fn bare(self, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
        let mut rest = Rest(bytes);
        let mut out = Vec::with_capacity(bytes.len());
        match self {
            Self::Png => png::bare(&mut rest, &mut out),
            Self::Jpeg => jpeg::bare(&mut rest, &mut out),
            Self::Gif => gif::bare(&mut rest, &mut out),
            Self::Webp => webp::bare(&mut rest, &mut out),
        }?;
        Ok(out)
    }
}

/// What of a file was not read yet.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(CUT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }
}

const CUT: Malformed = Malformed("it is cut");

#[cfg(test)]
mod tests;
