//! Writes data elements. Sequences get undefined lengths, so nothing has to be held back to be measured.

use super::error::Error;
use super::syntax::{Encoding, has_long_length};
use dicom_core::{Tag, VR};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::fs::File;
use std::io::{self, Read as _, Write};

const FLUSH_AT: usize = 256 * 1024;

/// Files are kept in pages of this size.
const PAGE: u64 = 4096;
/// How much goes from file to file at a time.
const COPIED: usize = 1024 * 1024;

pub struct Writer<'a> {
    inner: Sink<'a>,
    buffer: Vec<u8>,
    flushed: u64,
}

impl<'a> Writer<'a> {
    pub fn new(inner: impl Write + 'a) -> Self {
        Self::of(Sink::Plain(Box::new(inner)))
    }

    pub fn file(file: &'a File) -> Self {
        Self::of(Sink::File(file))
    }

    fn of(inner: Sink<'a>) -> Self {
        Self { inner, buffer: Vec::with_capacity(16 * 1024), flushed: 0 }
    }

    /// Position in the output of the next byte.
    pub fn position(&self) -> u64 {
        self.flushed + self.buffer.len() as u64
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() >= FLUSH_AT / 4 {
            // Pixels go straight through.
            self.flush_buffer()?;
            self.flushed += bytes.len() as u64;
            return self.inner.get().write_all(bytes).map_err(Error::Write);
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= FLUSH_AT { self.flush_buffer() } else { Ok(()) }
    }

    /// Copies up to `count` bytes, which begin at `position` of a file, to another file without looking at them, and
    /// says how many there were; `None` where what is written is no plain file.
    pub fn copy(&mut self, input: &mut &File, position: u64, count: u64) -> Result<Option<u64>, Error> {
        let Sink::File(mut file) = self.inner else { return Ok(None) };
        self.flush_buffer()?;
        let copied = if position % PAGE == self.flushed % PAGE {
            io::copy(&mut input.take(count), &mut file).map_err(Error::Write)?
        } else {
            copy_by_pages(input, file, PAGE - self.flushed % PAGE, count)?
        };
        self.flushed += copied;
        Ok(Some(copied))
    }

    /// The head of an element; `None` is an undefined length.
    pub fn header(&mut self, encoding: Encoding, tag: Tag, vr: VR, length: Option<u32>) -> Result<(), Error> {
        let length = length.unwrap_or(u32::MAX);
        let out = &mut self.buffer;
        encoding.put_u16(out, tag.group());
        encoding.put_u16(out, tag.element());
        if !encoding.explicit {
            encoding.put_u32(out, length);
        } else if has_long_length(vr) {
            out.extend_from_slice(&vr.to_bytes());
            out.extend_from_slice(&[0, 0]);
            encoding.put_u32(out, length);
        } else if let Ok(short) = u16::try_from(length) {
            out.extend_from_slice(&vr.to_bytes());
            encoding.put_u16(out, short);
        } else {
            // Longer than its VR can state, which an implicit data set may hold: PS3.5 6.2.2 note 2.
            out.extend_from_slice(b"UN\0\0");
            encoding.put_u32(out, length);
        }
        Ok(())
    }

    /// An element with its value, padded to even length as its VR wants it.
    pub fn element(&mut self, encoding: Encoding, tag: Tag, vr: VR, value: &[u8]) -> Result<(), Error> {
        let odd = value.len() % 2;
        self.header(encoding, tag, vr, Some((value.len() + odd) as u32))?;
        self.bytes(value)?;
        if odd == 1 {
            self.buffer.push(padding(vr));
        }
        Ok(())
    }

    pub fn sequence_start(&mut self, encoding: Encoding, tag: Tag, vr: VR) -> Result<(), Error> {
        self.header(encoding, tag, vr, None)
    }

    pub fn item_start(&mut self, encoding: Encoding) -> Result<(), Error> {
        self.delimiter(encoding, 0xE000, u32::MAX)
    }

    pub fn item_end(&mut self, encoding: Encoding) -> Result<(), Error> {
        self.delimiter(encoding, 0xE00D, 0)
    }

    pub fn sequence_end(&mut self, encoding: Encoding) -> Result<(), Error> {
        self.delimiter(encoding, 0xE0DD, 0)
    }

    pub fn fragment(&mut self, encoding: Encoding, length: u32) -> Result<(), Error> {
        self.delimiter(encoding, 0xE000, length)
    }

    /// What is written from here on is deflated.
    pub fn deflate(mut self) -> Result<Self, Error> {
        self.flush_buffer()?;
        let inner: Box<dyn Write + 'a> = match self.inner {
            Sink::Plain(inner) => inner,
            Sink::File(file) => Box::new(file),
            deflated @ Sink::Deflated(_) => return Ok(Self { inner: deflated, ..self }),
        };
        Ok(Self { inner: Sink::Deflated(DeflateEncoder::new(inner, Compression::default())), ..self })
    }

    pub fn finish(mut self) -> Result<(), Error> {
        self.flush_buffer()?;
        match self.inner {
            Sink::Plain(mut inner) => inner.flush().map_err(Error::Write),
            Sink::File(_) => Ok(()),
            Sink::Deflated(inner) => inner.finish().and_then(|mut inner| inner.flush()).map_err(Error::Write),
        }
    }

    fn delimiter(&mut self, encoding: Encoding, element: u16, length: u32) -> Result<(), Error> {
        let out = &mut self.buffer;
        encoding.put_u16(out, 0xFFFE);
        encoding.put_u16(out, element);
        encoding.put_u32(out, length);
        self.bytes(&[])
    }

    fn flush_buffer(&mut self) -> Result<(), Error> {
        self.inner.get().write_all(&self.buffer).map_err(Error::Write)?;
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

enum Sink<'a> {
    Plain(Box<dyn Write + 'a>),
    File(&'a File),
    Deflated(DeflateEncoder<Box<dyn Write + 'a>>),
}

impl Sink<'_> {
    fn get(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(inner) => inner,
            Self::File(file) => file,
            Self::Deflated(inner) => inner,
        }
    }
}

/// Copies up to `count` bytes, those first that fill the page which the output has begun. Where pages of the one file
/// lie across pages of the other, the system by itself takes longer: it writes each page in two parts.
fn copy_by_pages(mut input: &File, mut output: &File, first: u64, count: u64) -> Result<u64, Error> {
    let mut buffer = vec![0; COPIED.min(count as usize)];
    let (mut filled, mut copied) = (0, 0);
    let mut wanted = buffer.len().min(first as usize);
    loop {
        let read = match input.read(&mut buffer[filled..wanted]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::Read(error)),
        };
        filled += read;
        if filled == wanted || read == 0 {
            output.write_all(&buffer[..filled]).map_err(Error::Write)?;
            copied += filled as u64;
            if copied == count || read == 0 {
                return Ok(copied);
            }
            filled = 0;
            wanted = (buffer.len() as u64).min(count - copied) as usize;
        }
    }
}

/// Text is padded with a space, everything else with a zero byte; PS3.5 6.2.
pub fn padding(vr: VR) -> u8 {
    use VR::*;
    if matches!(vr, AE | AS | CS | DA | DS | DT | IS | LO | LT | PN | SH | ST | TM | UC | UR | UT) { b' ' } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom};

    #[test]
    fn a_copy_is_whole_wherever_the_pages_lie_and_ends_with_the_input() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|number| (number % 251) as u8).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input");
        std::fs::write(&path, &bytes).unwrap();
        for (head, position, count) in [(700, 300, 2_500_000), (300, 300, 2_500_000), (1, 0, 9), (700, 300, u64::MAX)] {
            let mut input = File::open(&path).unwrap();
            input.seek(SeekFrom::Start(position)).unwrap();
            let output = folder.path().join("output");
            let file = File::create(&output).unwrap();
            let mut writer = Writer::file(&file);
            writer.bytes(&vec![7; head]).unwrap();
            let copied = writer.copy(&mut &input, position, count).unwrap().unwrap();
            writer.bytes(b"end").unwrap();
            writer.finish().unwrap();
            let end = (position + copied) as usize;
            assert_eq!(copied, count.min(bytes.len() as u64 - position));
            let expected = [&vec![7; head], &bytes[position as usize..end], b"end"].concat();
            assert!(std::fs::read(&output).unwrap() == expected, "{head} {position} {count}");
        }
    }
}
