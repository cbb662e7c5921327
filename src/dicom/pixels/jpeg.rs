//! Marker segments of JPEG and JPEG-LS streams, ISO 10918-1 annex B.

use super::icc;

/// A colour profile that is the first piece of one.
const ICC_ALONE: &[u8] = b"ICC_PROFILE\0\x01\x01";

/// Where a frame's stream stands; a frame may go on in the next fragment.
#[derive(Debug, Default)]
pub struct Stream {
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Markers,
    /// Entropy-coded data: markers stand in it without notice.
    Scan,
    /// Inside a segment that goes on in the next fragment.
    Segment {
        left: usize,
        blank: bool,
    },
    Ended,
}

impl Stream {
    /// Blanks what is no part of the image and returns how many segments that were.
    pub fn scrub(&mut self, bytes: &mut [u8], harmless: impl Fn(&[u8]) -> bool) -> u64 {
        if bytes.starts_with(&[0xFF, 0xD8]) {
            self.state = State::Markers;
        }
        let mut blanked = 0;
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Ended => {
                    // Bytes after the end of the image; writers pad with one.
                    let rest = &mut bytes[at..];
                    if !is_padding(rest) {
                        blanked += 1;
                        rest.fill(0);
                    }
                    return blanked;
                }
                State::Segment { left, blank } => {
                    let end = (at + left).min(bytes.len());
                    if blank {
                        bytes[at..end].fill(b' ');
                    }
                    let left = left - (end - at);
                    self.state = if left == 0 { State::Markers } else { State::Segment { left, blank } };
                    at = end;
                }
                State::Scan => match memchr::memchr(0xFF, &bytes[at..]) {
                    None => return blanked,
                    Some(offset) => {
                        at += offset;
                        match bytes.get(at + 1) {
                            // A stuffed byte (JPEG-LS stuffs a bit), a restart, a fill byte.
                            Some(0..=0x7F | 0xD0..=0xD7) => at += 2,
                            Some(0xFF) => at += 1,
                            Some(_) => self.state = State::Markers,
                            None => return blanked,
                        }
                    }
                },
                State::Markers => {
                    let Some(offset) = memchr::memchr(0xFF, &bytes[at..]) else { return blanked };
                    at += offset;
                    let Some(&marker) = bytes.get(at + 1) else { return blanked };
                    at += 2;
                    match marker {
                        0xFF => at -= 1,
                        0x00 | 0x01 | 0xD0..=0xD8 => {}
                        0xD9 => self.state = State::Ended,
                        _ => {
                            let Some(&[high, low]) = bytes.get(at..at + 2) else { return blanked };
                            let length = usize::from(u16::from_be_bytes([high, low])).max(2);
                            let end = (at + length).min(bytes.len());
                            let body = at + 2..end;
                            if marker == 0xE2
                                && let Some(profile) = bytes[body.clone()].strip_prefix(ICC_ALONE)
                                && let Some(clean) = icc::scrubbed(profile)
                            {
                                let place = body.start + ICC_ALONE.len()..body.end;
                                blanked += u64::from(bytes[place.clone()] != clean[..]);
                                bytes[place].copy_from_slice(&clean);
                                self.state = segment_rest(at + length, bytes.len(), false);
                            } else if is_foreign(marker, &bytes[body.clone()], &harmless) {
                                blanked += u64::from(bytes[body.clone()].iter().any(|&byte| byte != b' '));
                                bytes[body].fill(b' ');
                                self.state = segment_rest(at + length, bytes.len(), true);
                            } else if marker == 0xDA && at + length <= bytes.len() {
                                self.state = State::Scan;
                            } else {
                                self.state = segment_rest(at + length, bytes.len(), false);
                            }
                            at = end;
                        }
                    }
                }
            }
        }
        blanked
    }
}

/// Whether bytes after the end hold nothing: fill, or up to four of the encoder's leftovers, which are neither ASCII
/// throughout nor, as two characters of a two-byte set would be, beyond it throughout.
fn is_padding(rest: &[u8]) -> bool {
    let rest = rest.iter().position(|&byte| byte != 0).map_or(&rest[..0], |start| &rest[start..]);
    let is_noise =
        rest.len() <= 4 && rest.iter().any(|byte| !(0x20..0x7F).contains(byte)) && rest.iter().any(|&byte| byte < 0x80);
    is_noise || rest.iter().all(|&byte| byte == 0 || byte == 0xFF)
}

fn segment_rest(end: usize, available: usize, blank: bool) -> State {
    if end > available { State::Segment { left: end - available, blank } } else { State::Markers }
}

/// Whether a segment is a comment or application data that decoding does not need.
fn is_foreign(marker: u8, body: &[u8], harmless: impl Fn(&[u8]) -> bool) -> bool {
    match marker {
        0xFE => !harmless(body),
        // JFIF without a thumbnail, the colour transforms of Adobe and JPEG-LS, SPIFF's head and end. A colour profile
        // in one piece is cleared of its texts above; one in several is not looked into.
        0xE0 => !((body.starts_with(b"JFIF\0") || body.starts_with(b"LJIF\0")) && body.len() <= 14),
        0xEE => !(body.starts_with(b"Adobe") && body.len() <= 12),
        0xE8 => {
            !body.starts_with(&[0, 0, 0, 1, 0xFF, 0xD8])
                && !((body.starts_with(b"mrfx") || body.starts_with(b"SPIFF\0")) && body.len() <= 30)
        }
        0xE1..=0xEF => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xFF, marker];
        bytes.extend((body.len() as u16 + 2).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    fn image() -> Vec<u8> {
        [
            vec![0xFF, 0xD8],
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xFE, b"Anna Kovacs"),
            segment(0xE1, b"Exif\0\0Anna"),
            segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            vec![1, 2, 0xFF, 0x00, 3, 0xFF, 0xD0, 4],
            segment(0xFE, b"Anna between scans"),
            segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            vec![5, 6, 0xFF, 0xD9],
            b"Anna after the end".to_vec(),
        ]
        .concat()
    }

    fn holds_anna(bytes: &[u8]) -> bool {
        bytes.windows(4).any(|window| window == b"Anna")
    }

    #[test]
    fn comments_and_exif_go_and_the_image_stays() {
        let mut bytes = image();
        let original = bytes.clone();
        assert_eq!(Stream::default().scrub(&mut bytes, |_| false), 4);
        assert!(!holds_anna(&bytes));
        assert_eq!(bytes.len(), original.len());
        assert!(bytes.windows(5).any(|window| window == b"JFIF\0"));
    }

    #[test]
    fn a_frame_cut_into_fragments_is_followed() {
        let original = image();
        for cut in 2..original.len() {
            let mut stream = Stream::default();
            let (mut first, mut second) = (original[..cut].to_vec(), original[cut..].to_vec());
            stream.scrub(&mut first, |_| false);
            stream.scrub(&mut second, |_| false);
            let joined = [first, second].concat();
            // A cut inside a marker or its length is no cut that an encoder makes.
            let in_head = joined.windows(4).any(|window| window == b"Anna");
            assert!(!in_head || original[..cut].ends_with(&[0xFF]) || is_length_cut(&original, cut), "cut at {cut}");
        }
    }

    #[test]
    fn a_few_leftovers_are_no_text() {
        assert!(is_padding(b"\0\0IE\x14Q"));
        assert!(is_padding(&[0xFF, 0, 0]));
        assert!(!is_padding(b"Anna"));
        assert!(!is_padding(b"\xCD\xF5\xC3\xF7"));
        assert!(!is_padding(b"K\xF6nig"));
    }

    fn is_length_cut(original: &[u8], cut: usize) -> bool {
        (1..=3).any(|back| cut >= back && original[cut - back] == 0xFF)
    }
}
