//! JPEG (ITU-T T.81): markers, most of them with a segment of their own length behind them.

use super::{Malformed, Rest};

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const ADOBE: u8 = 0xee;

pub(super) fn bare(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    if rest.array()? != [0xff, START] {
        return Err(Malformed("it does not start"));
    }
    out.extend([0xff, START]);
    loop {
        let marker = marker(rest)?;
        if marker == END {
            out.extend([0xff, END]);
            return Ok(());
        }
        let length: [u8; 2] = rest.array()?;
        let size =
            usize::from(u16::from_be_bytes(length)).checked_sub(2).ok_or(Malformed("a segment has no length"))?;
        let segment = rest.take(size)?;
        match marker {
            // Tables, frames, restart intervals, scans; 0xc8 and what lies beyond are reserved.
            0xc0..=0xc7 | 0xc9..=0xcf | 0xda..=0xdd => {}
            // Without it the colours of some pictures turn.
            ADOBE if segment.len() == 12 && segment.starts_with(b"Adobe") => {}
            // Applications and comments.
            0xe0..=0xef | 0xfe => continue,
            _ => return Err(Malformed("it has a segment of an unknown kind")),
        }
        out.extend([0xff, marker]);
        out.extend(length);
        out.extend(segment);
        if marker == SCAN {
            pixels(rest, out)?;
        }
    }
}

/// The next marker; it may be preceded by fill bytes.
fn marker(rest: &mut Rest<'_>) -> Result<u8, Malformed> {
    if rest.byte()? != 0xff {
        return Err(Malformed("it has bytes between its segments"));
    }
    loop {
        match rest.byte()? {
            0xff => {}
            marker => return Ok(marker),
        }
    }
}

/// Coded pixels go on up to a marker that is neither a stuffed zero nor a restart.
fn pixels(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    let next = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7);
    let end = rest.0.windows(2).position(next).ok_or(Malformed("it does not end"))?;
    out.extend(rest.take(end)?);
    Ok(())
}
