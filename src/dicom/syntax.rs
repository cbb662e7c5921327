//! Transfer syntaxes: how elements are written, and what is known of the pixels.

use dicom_core::VR;

/// How data elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    pub explicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    pub const IMPLICIT: Self = Self { explicit: false, big_endian: false };
    pub const EXPLICIT: Self = Self { explicit: true, big_endian: false };
    pub const BIG_ENDIAN: Self = Self { explicit: true, big_endian: true };

    pub fn u16(self, bytes: &[u8]) -> u16 {
        let bytes = [bytes[0], bytes[1]];
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    pub fn u32(self, bytes: &[u8]) -> u32 {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    pub fn put_u16(self, out: &mut Vec<u8>, value: u16) {
        out.extend_from_slice(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn put_u32(self, out: &mut Vec<u8>, value: u32) {
        out.extend_from_slice(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }
}

/// How the pixels are compressed: decides where comments can hide in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Native,
    /// JPEG and JPEG-LS: marker segments.
    Jpeg,
    /// JPEG 2000 and HTJ2K: a codestream, sometimes inside boxes.
    Jpeg2000,
    Rle,
    /// MPEG-2, H.264, HEVC: user data anywhere in the stream.
    Video,
    /// A compression that Cordon does not know.
    Unknown,
}

/// A transfer syntax, PS3.5 section 10 and PS3.6 annex A.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    pub uid: String,
    pub encoding: Encoding,
    pub deflated: bool,
    pub codec: Codec,
}

impl Syntax {
    pub const IMPLICIT: &'static str = "1.2.840.10008.1.2";
    pub const EXPLICIT: &'static str = "1.2.840.10008.1.2.1";
    pub const DEFLATED: &'static str = "1.2.840.10008.1.2.1.99";
    pub const BIG_ENDIAN: &'static str = "1.2.840.10008.1.2.2";

    pub fn of(uid: &str) -> Self {
        let (encoding, deflated, codec) = match uid {
            Self::IMPLICIT => (Encoding::IMPLICIT, false, Codec::Native),
            // GE writes implicit little endian elements with big endian pixels.
            "1.2.840.113619.5.2" => (Encoding::IMPLICIT, false, Codec::Native),
            Self::EXPLICIT => (Encoding::EXPLICIT, false, Codec::Native),
            Self::DEFLATED => (Encoding::EXPLICIT, true, Codec::Native),
            Self::BIG_ENDIAN => (Encoding::BIG_ENDIAN, false, Codec::Native),
            "1.2.840.10008.1.2.5" => (Encoding::EXPLICIT, false, Codec::Rle),
            // JPIP: the pixels are elsewhere, behind a URL, and the deflated forms compress the data set.
            "1.2.840.10008.1.2.4.95" | "1.2.840.10008.1.2.4.205" => (Encoding::EXPLICIT, true, Codec::Jpeg2000),
            _ => (Encoding::EXPLICIT, false, codec(uid)),
        };
        Self { uid: uid.to_owned(), encoding, deflated, codec }
    }
}

fn codec(uid: &str) -> Codec {
    match uid.strip_prefix("1.2.840.10008.1.2.4.").and_then(|last| last.parse().ok()) {
        Some(50..=66 | 70 | 80 | 81) => Codec::Jpeg,
        Some(90..=94 | 201..=204) => Codec::Jpeg2000,
        Some(100..=108) => Codec::Video,
        _ => Codec::Unknown,
    }
}

/// Whether an explicit element of this VR has a length of four bytes after two reserved ones, PS3.5 7.1.2.
pub fn has_long_length(vr: VR) -> bool {
    use VR::*;
    matches!(vr, OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_taken_for_native() {
        assert_eq!(Syntax::of("1.2.840.10008.1.2.4.70").codec, Codec::Jpeg);
        assert_eq!(Syntax::of("1.2.840.10008.1.2.4.201").codec, Codec::Jpeg2000);
        assert_eq!(Syntax::of("1.2.3").codec, Codec::Unknown);
        assert!(Syntax::of(Syntax::DEFLATED).deflated);
    }
}
