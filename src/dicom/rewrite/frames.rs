//! Pixel data on its way through: copied as it is, but for what hides between the frames and what is blanked.

use super::Rewrite;
use crate::dicom::error::Error;
use crate::dicom::pixels::Scrubber;
use crate::dicom::policy::Action;
use crate::dicom::reader::{Header, Kind, Length, PIXEL_DATA};
use crate::dicom::syntax::Codec;
use dicom_core::VR;

impl Rewrite<'_, '_> {
    pub(super) fn pixels(&mut self, header: &Header) -> Result<(), Error> {
        let vr = header.stated.filter(|_| header.encoding.explicit).unwrap_or(VR::OW);
        if !self.open.is_empty() || header.tag != PIXEL_DATA {
            // Pixels inside a sequence are icons or pages; fragments elsewhere are private.
            return self.leave_out(header, Action::Remove);
        }
        self.report.count(header.tag, Action::Keep);
        match (header.kind, header.length) {
            (Kind::Fragments, _) => {
                self.writer.header(header.encoding, header.tag, vr, None)?;
                let mut scrubber = Scrubber::new(self.syntax.codec, self.policy);
                // The first item is the offset table, not a frame.
                let mut is_table = true;
                while let Some(stated) = self.reader.fragment(header.encoding, self.source)? {
                    let length = self.available(stated)?;
                    let scrubs = !is_table && scrubber.wants_whole_fragments();
                    is_table = false;
                    if scrubs {
                        let limit = self.policy.profile().limits.value;
                        if length > limit {
                            return Err(Error::Limit { what: "a compressed frame", limit: limit.into() });
                        }
                        // Held as a whole, so that the one piece below is the fragment.
                        self.source.peek(length as usize)?;
                    }
                    self.writer.fragment(header.encoding, length)?;
                    let writer = &mut *self.writer;
                    let whole = if scrubs {
                        self.source.drain(length.into(), |piece| {
                            scrubber.scrub(piece);
                            writer.bytes(piece)
                        })?
                    } else {
                        self.source.copy(length.into(), writer)?
                    };
                    if !whole {
                        return Err(Error::Truncated);
                    }
                }
                self.report.comments_blanked = scrubber.blanked();
                self.writer.sequence_end(header.encoding)
            }
            (_, Length::Defined(length)) => self.native_pixels(header, vr, length),
            _ => Err(Error::Malformed {
                position: header.position,
                tag: Some(header.tag),
                what: "pixel data without length",
            }),
        }
    }

    /// How many of so many bytes of pixels are there, where a length is known and an object may be written that is not
    /// whole; an even number.
    fn available(&mut self, stated: u32) -> Result<u32, Error> {
        match self.source.remaining() {
            Some(left) if left < u64::from(stated) => {
                self.is_cut()?;
                Ok(left as u32 & !1)
            }
            _ => Ok(stated),
        }
    }

    fn native_pixels(&mut self, header: &Header, vr: VR, stated: u32) -> Result<(), Error> {
        if self.syntax.codec != Codec::Native && self.syntax.codec != Codec::Unknown && stated > 0 {
            self.report.notes.push("pixel data is not encapsulated although its transfer syntax is");
        }
        let stated = self.available(stated)?;
        self.writer.header(header.encoding, header.tag, vr, Some(stated.saturating_add(stated % 2)))?;
        let writer = &mut *self.writer;
        let whole = match &mut self.blanking {
            Some(blanking) => self.source.drain(stated.into(), |piece| {
                blanking.blank(piece);
                writer.bytes(piece)
            })?,
            None => self.source.copy(stated.into(), writer)?,
        };
        if !whole {
            return Err(Error::Truncated);
        }
        if stated % 2 == 1 { self.writer.bytes(&[0]) } else { Ok(()) }
    }
}
