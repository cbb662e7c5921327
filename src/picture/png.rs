//! PNG (ISO/IEC 15948): a signature and chunks of length, type, data and checksum.

use super::{Malformed, Rest};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The chunks that say how pixels look, and how long each may be: what is longer is none of these.
const PIXELS: &[(&[u8; 4], usize)] = &[
    (b"IHDR", 13),
    (b"PLTE", 768),
    (b"IDAT", usize::MAX),
    (b"IEND", 0),
    (b"tRNS", 256),
    (b"gAMA", 4),
    (b"cHRM", 32),
    (b"sRGB", 1),
    (b"sBIT", 4),
    (b"bKGD", 6),
    (b"pHYs", 9),
    // Moving pictures.
    (b"acTL", 8),
    (b"fcTL", 26),
    (b"fdAT", usize::MAX),
];

pub(super) fn bare(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    out.extend(rest.take(SIGNATURE.len())?);
    loop {
        let length: [u8; 4] = rest.array()?;
        let kind: [u8; 4] = rest.array()?;
        let data = rest.take(u32::from_be_bytes(length) as usize)?;
        let checksum: [u8; 4] = rest.array()?;
        let longest = PIXELS.iter().find(|(known, _)| **known == kind).map(|&(_, longest)| longest);
        match longest {
            Some(longest) if data.len() <= longest => {
                for part in [&length[..], &kind, data, &checksum] {
                    out.extend(part);
                }
            }
            // A small first letter says that a picture can be shown without the chunk.
            _ if kind[0].is_ascii_lowercase() => {}
            _ => return Err(Malformed("it has a chunk of an unknown kind")),
        }
        if &kind == b"IEND" {
            return Ok(());
        }
    }
}
