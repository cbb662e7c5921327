//! Content codings: `gzip`, `deflate`, `br` and `zstd`, decoded piece by piece under a limit.

use std::io::{self, Write};

/// Decodes what it is given; never more than a limit, so that a small bomb cannot fill the memory.
pub struct Decoder {
    coding: Coding,
    limit: usize,
    decoded: usize,
}

enum Coding {
    Identity(Vec<u8>),
    Gzip(Box<flate2::write::MultiGzDecoder<Vec<u8>>>),
    /// The name covers two formats: with a zlib header as the standard says, and bare as some servers send it.
    Deflate(Deflate),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

enum Deflate {
    Undecided,
    Zlib(Box<flate2::write::ZlibDecoder<Vec<u8>>>),
    Bare(Box<flate2::write::DeflateDecoder<Vec<u8>>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodingError {
    #[error("the content coding is not known")]
    Unknown,
    #[error("the content does not decode")]
    Corrupt,
    #[error("the content decodes to more than the limit")]
    TooLarge,
}

impl Decoder {
    /// A decoder for the value of a `content-encoding` header. A list of codings is not accepted: nobody needs two.
    pub fn new(coding: &str, limit: usize) -> Result<Self, CodingError> {
        let coding = match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Coding::Identity(Vec::new()),
            "gzip" | "x-gzip" => Coding::Gzip(Box::new(flate2::write::MultiGzDecoder::new(Vec::new()))),
            "deflate" => Coding::Deflate(Deflate::Undecided),
            "br" => Coding::Brotli(Box::new(brotli::DecompressorWriter::new(Vec::new(), 4096))),
            "zstd" => {
                let mut decoder = zstd::stream::write::Decoder::new(Vec::new()).map_err(|_| CodingError::Corrupt)?;
                // A window of 8 MiB is what RFC 9659 lets a sender on the web ask for.
                decoder.window_log_max(23).map_err(|_| CodingError::Corrupt)?;
                Coding::Zstd(Box::new(decoder))
            }
            _ => return Err(CodingError::Unknown),
        };
        Ok(Self { coding, limit, decoded: 0 })
    }

    /// Decodes some bytes. Small steps, so that the limit is checked before much is decoded beyond it.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), CodingError> {
        for step in bytes.chunks(1024) {
            self.coding.write(step).map_err(|_| CodingError::Corrupt)?;
            self.take(out)?;
        }
        Ok(())
    }

    /// Checks that the content was whole.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CodingError> {
        self.coding.finish().map_err(|_| CodingError::Corrupt)?;
        self.take(out)
    }

    fn take(&mut self, out: &mut Vec<u8>) -> Result<(), CodingError> {
        let Some(ready) = self.coding.ready() else { return Ok(()) };
        self.decoded += ready.len();
        if self.decoded > self.limit {
            return Err(CodingError::TooLarge);
        }
        out.append(ready);
        Ok(())
    }
}

impl Coding {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Identity(out) => out.write_all(bytes),
            Self::Gzip(decoder) => flushed(decoder, bytes),
            Self::Deflate(deflate) => {
                let Some(&first) = bytes.first() else { return Ok(()) };
                if matches!(deflate, Deflate::Undecided) {
                    // The low half of a zlib header's first byte is the method, which is always 8.
                    *deflate = if first & 0x0f == 8 {
                        Deflate::Zlib(Box::new(flate2::write::ZlibDecoder::new(Vec::new())))
                    } else {
                        Deflate::Bare(Box::new(flate2::write::DeflateDecoder::new(Vec::new())))
                    };
                }
                match deflate {
                    Deflate::Undecided => Ok(()),
                    Deflate::Zlib(decoder) => flushed(decoder, bytes),
                    Deflate::Bare(decoder) => flushed(decoder, bytes),
                }
            }
            Self::Brotli(decoder) => flushed(decoder, bytes),
            Self::Zstd(decoder) => flushed(decoder, bytes),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Identity(_) | Self::Deflate(Deflate::Undecided) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Deflate(Deflate::Zlib(decoder)) => decoder.try_finish(),
            Self::Deflate(Deflate::Bare(decoder)) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.flush(),
        }
    }

    fn ready(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Self::Identity(out) => Some(out),
            Self::Gzip(decoder) => Some(decoder.get_mut()),
            Self::Deflate(Deflate::Undecided) => None,
            Self::Deflate(Deflate::Zlib(decoder)) => Some(decoder.get_mut()),
            Self::Deflate(Deflate::Bare(decoder)) => Some(decoder.get_mut()),
            Self::Brotli(decoder) => Some(decoder.get_mut()),
            Self::Zstd(decoder) => Some(decoder.get_mut()),
        }
    }
}

/// Writes and flushes, so that an event that has arrived is not kept in the decoder.
fn flushed(decoder: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    decoder.write_all(bytes)?;
    decoder.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(coding: &str, text: &[u8]) -> Vec<u8> {
        match coding {
            "gzip" => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory")
            }
            "deflate" => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory")
            }
            "bare" => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory")
            }
            "br" => {
                let mut out = Vec::new();
                let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 3, 20);
                encoder.write_all(text).expect("memory");
                drop(encoder);
                out
            }
            "zstd" => zstd::stream::encode_all(text, 1).expect("memory"),
            _ => text.to_vec(),
        }
    }

    fn decode(coding: &str, pieces: &[&[u8]], limit: usize) -> Result<Vec<u8>, CodingError> {
        let mut decoder = Decoder::new(if coding == "bare" { "deflate" } else { coding }, limit)?;
        let mut out = Vec::new();
        for piece in pieces {
            decoder.push(piece, &mut out)?;
        }
        decoder.finish(&mut out)?;
        Ok(out)
    }

    proptest! {
        #[test]
        fn decoding_is_the_inverse_at_any_cut(text in prop::collection::vec(any::<u8>(), 0..3000), cut in 1usize..700) {
            for coding in ["identity", "gzip", "deflate", "bare", "br", "zstd"] {
                let encoded = encode(coding, &text);
                let pieces: Vec<&[u8]> = encoded.chunks(cut).collect();
                prop_assert_eq!(decode(coding, &pieces, 1 << 20), Ok(text.clone()), "{}", coding);
            }
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let zeros = vec![0; 10 << 20];
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert_eq!(decode(coding, &[&encode(coding, &zeros)], 1 << 16), Err(CodingError::TooLarge), "{coding}");
        }
    }

    #[test]
    fn what_is_unknown_or_cut_is_an_error() {
        assert_eq!(decode("x-future", &[b"a"], 9).unwrap_err(), CodingError::Unknown);
        assert_eq!(decode("gzip, br", &[b"a"], 9).unwrap_err(), CodingError::Unknown);
        for coding in ["gzip", "deflate"] {
            let encoded = encode(coding, b"seen on the ward at noon");
            assert_eq!(decode(coding, &[&encoded[..encoded.len() - 3]], 99), Err(CodingError::Corrupt), "{coding}");
        }
        assert_eq!(decode("gzip", &[b"not gzip at all"], 99), Err(CodingError::Corrupt));
    }
}
