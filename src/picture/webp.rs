//! WebP (RFC 9649): a RIFF file, chunks of a name and a length, with a byte of padding behind odd ones.

use super::{Malformed, Rest};

/// Flags of `VP8X` that announce a colour profile, EXIF and XMP.
const ANNOUNCED: u8 = 0x20 | 0x08 | 0x04;

pub(super) fn bare(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    rest.take(4)?;
    let length = u32::from_le_bytes(rest.array()?) as usize;
    // What stands behind the length of the file belongs to no picture.
    let mut file = Rest(rest.take(length)?);
    file.take(4)?;
    let mut chunks = Vec::with_capacity(length);
    while !file.0.is_empty() {
        let (name, data) = chunk(&mut file)?;
        match &name {
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" => put(&name, data, &mut chunks),
            b"VP8X" => {
                let [flags, rest @ ..] = data else { return Err(Malformed("its header is empty")) };
                if rest.len() != 9 {
                    return Err(Malformed("its header is of another length"));
                }
                put(&name, &[&[flags & !ANNOUNCED], rest].concat(), &mut chunks);
            }
            b"ANMF" => put(&name, &frame(data)?, &mut chunks),
            _ => {}
        }
    }
    let length = u32::try_from(chunks.len() + 4).map_err(|_| Malformed("it is too long"))?;
    out.extend(b"RIFF");
    out.extend(length.to_le_bytes());
    out.extend(b"WEBP");
    out.append(&mut chunks);
    Ok(())
}

/// One picture of a moving one: its place, then chunks of its own.
fn frame(data: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut rest = Rest(data);
    let mut out = rest.take(16)?.to_vec();
    while !rest.0.is_empty() {
        let (name, data) = chunk(&mut rest)?;
        if matches!(&name, b"VP8 " | b"VP8L" | b"ALPH") {
            put(&name, data, &mut out);
        }
    }
    Ok(out)
}

fn chunk<'b>(rest: &mut Rest<'b>) -> Result<([u8; 4], &'b [u8]), Malformed> {
    let name = rest.array()?;
    let length = u32::from_le_bytes(rest.array()?) as usize;
    let data = rest.take(length)?;
    if length % 2 == 1 && !rest.0.is_empty() {
        rest.take(1)?;
    }
    Ok((name, data))
}

fn put(name: &[u8; 4], data: &[u8], out: &mut Vec<u8>) {
    out.extend(name);
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
}
