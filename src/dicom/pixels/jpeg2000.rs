//! Comments and boxes of JPEG 2000 frames, ISO 15444-1 annexes A and I.

/// Blanks comments in a codestream, boxes of metadata around it and what follows it; returns how many.
pub fn scrub(frame: &mut [u8], harmless: impl Fn(&[u8]) -> bool) -> u64 {
    if frame.starts_with(&[0xFF, 0x4F]) {
        return codestream(frame, &harmless);
    }
    if frame.get(4..8) == Some(b"jP  ") { boxes(frame, &harmless) } else { 0 }
}

fn boxes(bytes: &mut [u8], harmless: &impl Fn(&[u8]) -> bool) -> u64 {
    let mut blanked = 0;
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 8) {
        let stated = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let kind = [head[4], head[5], head[6], head[7]];
        let (body, end) = match stated {
            0 => (at + 8, bytes.len()),
            1 => {
                let Some(long) = bytes.get(at + 8..at + 16) else { break };
                let length = long.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
                (at + 16, at.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)).min(bytes.len()))
            }
            length => (at + 8, (at + length).min(bytes.len())),
        };
        if end < body {
            break;
        }
        match &kind {
            b"jP  " | b"ftyp" | b"jp2h" | b"rreq" => {}
            // The identifier alone, or with a number: too little to hold anything of a person.
            b"uuid" if end - body <= 20 => {}
            b"jp2c" => blanked += codestream(&mut bytes[body..end], harmless),
            _ => {
                blanked += 1;
                bytes[body..end].fill(0);
            }
        }
        at = end;
    }
    blanked
}

fn codestream(bytes: &mut [u8], harmless: &impl Fn(&[u8]) -> bool) -> u64 {
    let mut blanked = 0;
    let mut at = 2;
    // Where the current tile-part ends; zero means at the end of the codestream.
    let mut tile_end = 0;
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2) {
        match marker {
            0x93 => {
                if tile_end <= at {
                    return blanked;
                }
                at = tile_end;
                continue;
            }
            0xD9 => {
                let rest = &mut bytes[at + 2..];
                if rest.iter().any(|&byte| byte != 0 && byte != 0xFF) {
                    blanked += 1;
                    rest.fill(0);
                }
                return blanked;
            }
            _ => {}
        }
        let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return blanked };
        let end = (at + 2 + usize::from(u16::from_be_bytes([high, low]))).min(bytes.len());
        if marker == 0x90
            && let Some(&[a, b, c, d]) = bytes.get(at + 6..at + 10)
        {
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            tile_end = if length == 0 { 0 } else { at.saturating_add(length).min(bytes.len()) };
        }
        if marker == 0x64 && end > at + 6 && !harmless(&bytes[at + 6..end]) {
            blanked += 1;
            bytes[at + 6..end].fill(b' ');
        }
        if end <= at + 2 {
            return blanked;
        }
        at = end;
    }
    blanked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(text: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0x64];
        bytes.extend((text.len() as u16 + 4).to_be_bytes());
        bytes.extend([0, 1]);
        bytes.extend(text);
        bytes
    }

    fn stream() -> Vec<u8> {
        let mut tile = vec![0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1];
        tile.extend(comment(b"Anna in a tile"));
        tile.extend([0xFF, 0x93, 1, 2, 3]);
        let length = tile.len() as u32;
        tile[6..10].copy_from_slice(&length.to_be_bytes());
        [vec![0xFF, 0x4F], comment(b"Anna Kovacs"), tile, vec![0xFF, 0xD9], b"Anna".to_vec()].concat()
    }

    #[test]
    fn comments_in_the_main_and_tile_headers_go() {
        let mut bytes = stream();
        assert_eq!(scrub(&mut bytes, |_| false), 3);
        assert!(!bytes.windows(4).any(|window| window == b"Anna"));
        assert!(bytes.windows(3).any(|window| window == [1, 2, 3]));
    }

    #[test]
    fn boxes_of_metadata_go() {
        let mut file = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x10xml <a>Anna.".to_vec();
        let inner = stream();
        file.extend((inner.len() as u32 + 8).to_be_bytes());
        file.extend(b"jp2c");
        file.extend(inner);
        assert_eq!(scrub(&mut file, |_| false), 4);
        assert!(!file.windows(4).any(|window| window == b"Anna"));
    }
}
