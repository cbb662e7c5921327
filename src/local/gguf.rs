//! Reads the head of a GGUF file: enough to know what it is and that it is whole.
//!
//! llama.cpp maps the file into memory, where a missing tail is a SIGBUS and an adapter of another model an abort. So
//! both are checked here, before the file reaches it. Layout: `ggml/docs/gguf.md`, version 2 and 3, little endian.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// What the head of a file says.
#[derive(Debug)]
pub struct Gguf {
    /// Strings, numbers and booleans; of arrays only their lengths.
    metadata: BTreeMap<String, Value>,
    /// Dimensions of each tensor by name.
    tensors: BTreeMap<String, Vec<u64>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    Text(String),
    Array(u64),
}

#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("not a GGUF file")]
    Magic,
    #[error("GGUF version {0} is not supported")]
    Version(u32),
    #[error("the file is not whole: it has {actual} bytes of {expected}")]
    Cut { expected: u64, actual: u64 },
    #[error("the head of the file is broken")]
    Broken,
}

/// Heads of real models have some thousand tensors and some hundred keys.
const COUNT_MAX: u64 = 1 << 20;
const TEXT_MAX: u64 = 1 << 24;
const ARRAY_MAX: u64 = 1 << 24;

impl Gguf {
    /// Reads the head and checks that every tensor lies within the file.
    pub fn open(path: &Path) -> Result<Self, GgufError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Self::read(BufReader::with_capacity(1 << 16, file), length)
    }

    fn read(from: impl Read + Seek, length: u64) -> Result<Self, GgufError> {
        let mut head = Head { from };
        if head.bytes::<4>()? != *b"GGUF" {
            return Err(GgufError::Magic);
        }
        let version = head.u32()?;
        if !(2..=3).contains(&version) {
            return Err(GgufError::Version(version));
        }
        let (tensor_count, key_count) = (head.u64()?, head.u64()?);
        if tensor_count > COUNT_MAX || key_count > COUNT_MAX {
            return Err(GgufError::Broken);
        }
        let mut metadata = BTreeMap::new();
        for _ in 0..key_count {
            let key = head.text()?;
            let kind = head.u32()?;
            metadata.insert(key, head.value(kind)?);
        }
        let mut tensors = BTreeMap::new();
        let mut end = 0;
        for _ in 0..tensor_count {
            let name = head.text()?;
            let rank = head.u32()?;
            if rank > 4 {
                return Err(GgufError::Broken);
            }
            let shape = (0..rank).map(|_| head.u64()).collect::<Result<Vec<_>, _>>()?;
            let (kind, offset) = (head.u32()?, head.u64()?);
            let size = tensor_size(kind, &shape).ok_or(GgufError::Broken)?;
            end = end.max(offset.checked_add(size).ok_or(GgufError::Broken)?);
            tensors.insert(name, shape);
        }
        let align = match metadata.get("general.alignment") {
            Some(&Value::Number(align)) if (1.0..=65536.0).contains(&align) => align as u64,
            Some(_) => return Err(GgufError::Broken),
            None => 32,
        };
        let data = head.from.stream_position()?.next_multiple_of(align);
        let expected = data.checked_add(end).ok_or(GgufError::Broken)?;
        if length < expected {
            return Err(GgufError::Cut { expected, actual: length });
        }
        Ok(Self { metadata, tensors })
    }

    pub fn architecture(&self) -> Option<&str> {
        self.text("general.architecture")
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.metadata.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        match self.metadata.get(key)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether this adapter was made for that model: the same architecture, and each tensor fits the one it changes.
    pub fn adapts(&self, model: &Self) -> bool {
        let changes = |(name, shape): (&String, &Vec<u64>)| {
            let (target, side) = match (name.strip_suffix(".lora_a"), name.strip_suffix(".lora_b")) {
                (Some(target), _) => (target, 0),
                (_, Some(target)) => (target, 1),
                _ => return false,
            };
            model
                .tensors
                .get(target)
                .is_some_and(|changed| changed.len() > 1 && shape.get(side) == Some(&changed[side]))
        };
        self.text("adapter.type") == Some("lora")
            && self.architecture() == model.architecture()
            && !self.tensors.is_empty()
            && self.tensors.iter().all(changes)
    }
}

struct Head<R> {
    from: R,
}

impl<R: Read + Seek> Head<R> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        match self.from.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(GgufError::Broken),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(bytes),
        }
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn text(&mut self) -> Result<String, GgufError> {
        let length = self.u64()?;
        if length > TEXT_MAX {
            return Err(GgufError::Broken);
        }
        let mut bytes = Vec::new();
        self.from.by_ref().take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(GgufError::Broken);
        }
        String::from_utf8(bytes).map_err(|_| GgufError::Broken)
    }

    fn value(&mut self, kind: u32) -> Result<Value, GgufError> {
        Ok(match kind {
            0 => Value::Number(f64::from(self.bytes::<1>()?[0])),
            1 => Value::Number(f64::from(self.bytes::<1>()?[0] as i8)),
            2 => Value::Number(f64::from(u16::from_le_bytes(self.bytes()?))),
            3 => Value::Number(f64::from(i16::from_le_bytes(self.bytes()?))),
            4 => Value::Number(f64::from(self.u32()?)),
            5 => Value::Number(f64::from(self.u32()? as i32)),
            6 => Value::Number(f64::from(f32::from_le_bytes(self.bytes()?))),
            7 => Value::Number(f64::from(u8::from(self.bytes::<1>()?[0] != 0))),
            8 => Value::Text(self.text()?),
            9 => {
                let (kind, count) = (self.u32()?, self.u64()?);
                if count > ARRAY_MAX {
                    return Err(GgufError::Broken);
                }
                match kind {
                    // Strings have lengths of their own.
                    8 => {
                        for _ in 0..count {
                            let length = self.u64()?;
                            if length > TEXT_MAX {
                                return Err(GgufError::Broken);
                            }
                            self.skip(length)?;
                        }
                    }
                    0 | 1 | 7 => self.skip(count)?,
                    2 | 3 => self.skip(count * 2)?,
                    4..=6 => self.skip(count * 4)?,
                    10..=12 => self.skip(count * 8)?,
                    _ => return Err(GgufError::Broken),
                }
                Value::Array(count)
            }
            10 => Value::Number(self.u64()? as f64),
            11 => Value::Number(self.u64()? as i64 as f64),
            12 => Value::Number(f64::from_le_bytes(self.bytes()?)),
            _ => return Err(GgufError::Broken),
        })
    }

    /// By reading, because the buffered reader forgets its buffer on a seek, and most skips are short.
    fn skip(&mut self, length: u64) -> Result<(), GgufError> {
        if length > 1 << 16 {
            self.from.seek(SeekFrom::Current(length as i64))?;
            return Ok(());
        }
        let skipped = io::copy(&mut self.from.by_ref().take(length), &mut io::sink())?;
        if skipped == length { Ok(()) } else { Err(GgufError::Broken) }
    }
}

/// Bytes of a tensor: values per block and bytes per block of each type, `ggml/src/ggml.c`.
fn tensor_size(kind: u32, shape: &[u64]) -> Option<u64> {
    let (values, bytes) = match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        20 => (32, 18),
        21 => (256, 110),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        35 => (256, 66),
        39 => (32, 17),
        // A type newer than this table: its size is for llama.cpp to judge.
        _ => return Some(0),
    };
    let count = shape.iter().try_fold(1u64, |product, &length| product.checked_mul(length))?;
    count.div_ceil(values).checked_mul(bytes)
}

#[cfg(test)]
pub mod tests;
