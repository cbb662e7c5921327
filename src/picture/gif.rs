//! GIF (version 89a): a screen, and blocks that are images or extensions.

use super::{Malformed, Rest};

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

pub(super) fn bare(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    let screen = rest.take(13)?;
    out.extend(screen);
    out.extend(colours(rest, screen[10])?);
    loop {
        match rest.byte()? {
            TRAILER => {
                out.push(TRAILER);
                return Ok(());
            }
            IMAGE => {
                let image = rest.take(9)?;
                out.push(IMAGE);
                out.extend(image);
                out.extend(colours(rest, image[8])?);
                // The size of codes, then the pixels.
                out.push(rest.byte()?);
                out.extend(blocks(rest)?);
            }
            EXTENSION => {
                let label = rest.byte()?;
                let blocks = blocks(rest)?;
                // How long an image stands, and how often the row is repeated; the rest is text.
                let repeats = label == APPLICATION && blocks.len() == 17 && blocks.starts_with(b"\x0bNETSCAPE2.0\x03");
                if label == CONTROL && blocks.len() == 6 || repeats {
                    out.extend([EXTENSION, label]);
                    out.extend(blocks);
                }
            }
            _ => return Err(Malformed("it has a block of an unknown kind")),
        }
    }
}

/// The table of colours that some flags announce.
fn colours<'b>(rest: &mut Rest<'b>, flags: u8) -> Result<&'b [u8], Malformed> {
    let size = if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    rest.take(size)
}

/// A row of blocks with their lengths, up to and with the empty one that ends it.
fn blocks<'b>(rest: &mut Rest<'b>) -> Result<&'b [u8], Malformed> {
    let start = rest.0;
    loop {
        let length = usize::from(rest.byte()?);
        if length == 0 {
            return Ok(&start[..start.len() - rest.0.len()]);
        }
        rest.take(length)?;
    }
}
