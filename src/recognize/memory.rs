//! Findings of segments that were read before: clients resend a conversation whole every turn, and only what is new
//! has to be read.

use super::structure::Seed;
use super::{Segment, SegmentKind};
use crate::crypto::Key;
use crate::entity::{EntityType, Finding, Role};
use crate::text::{Raw, Span};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::{Arc, LazyLock};

/// What one segment gave when it was read by itself.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub findings: Vec<Finding>,
    /// Known codes and syntax, to be left alone by propagation.
    pub kept: Vec<Span>,
    /// What its fields say to look for everywhere.
    pub seeds: Vec<Seed>,
}

/// Within what a reading counts again.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub name: &'a str,
    /// Counts how often the site's own knowledge was read: what was found by an older roster is read again.
    pub generation: u64,
    /// The text is that of several segments, read as one.
    pub joined: bool,
}

/// Readings under keyed digests of scope and segment, bounded in bytes. The key lives as long as the process, and a
/// scope never meets what another left: not even by its timing. What is text in a reading is sealed.
pub struct Memory {
    readings: Cache<[u8; 32], Arc<Sealed>, Size>,
    /// Made when first needed: gathering entropy takes tens of milliseconds, and a command remembers nothing.
    keys: LazyLock<Keys>,
}

struct Keys {
    digest: Key,
    seal: Key,
}

impl Keys {
    fn generate() -> Self {
        Self { digest: Key::generate(), seal: Key::generate() }
    }
}

/// A reading as it is kept: places, and the seeds under the memory's key.
#[derive(Debug)]
struct Sealed {
    findings: Vec<Finding>,
    kept: Vec<Span>,
    seeds: Vec<u8>,
}

impl Memory {
    pub fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / 256).unwrap_or(usize::MAX).max(16);
        let readings = Cache::with_weighter(entries, bytes, Size);
        Self { readings, keys: LazyLock::new(Keys::generate) }
    }

    /// The reading of a segment, from memory or by reading it. A failed reading is not remembered.
    pub fn reading<E>(
        &self,
        scope: Scope<'_>,
        segment: &Segment<'_>,
        read: impl FnOnce() -> Result<Reading, E>,
    ) -> Result<Reading, E> {
        // Reading a few words costs less than remembering them.
        if segment.text.len() < SHORTEST {
            return read();
        }
        let digest = self.digest(scope, segment);
        if let Some(reading) = self.readings.get(&digest).and_then(|sealed| self.open(&digest, &sealed)) {
            return Ok(reading);
        }
        let reading = read()?;
        self.readings.insert(digest, Arc::new(self.seal(&digest, &reading)));
        Ok(reading)
    }

    fn seal(&self, digest: &[u8; 32], reading: &Reading) -> Sealed {
        let Reading { findings, kept, seeds } = reading;
        let seeds = if seeds.is_empty() { Vec::new() } else { self.keys.seal.seal(digest, &written(seeds)) };
        Sealed { findings: findings.clone(), kept: kept.clone(), seeds }
    }

    fn open(&self, digest: &[u8; 32], sealed: &Sealed) -> Option<Reading> {
        let Sealed { findings, kept, seeds } = sealed;
        let seeds = if seeds.is_empty() { Vec::new() } else { read_back(&self.keys.seal.open(digest, seeds)?)? };
        Some(Reading { findings: findings.clone(), kept: kept.clone(), seeds })
    }

    fn digest(&self, scope: Scope<'_>, segment: &Segment<'_>) -> [u8; 32] {
        let kind = match segment.kind {
            _ if scope.joined => b"j",
            SegmentKind::Prose => b"p",
            SegmentKind::Key => b"k",
            SegmentKind::Number => b"n",
            SegmentKind::Identifier => b"i",
        };
        let (some, label) = segment.label.map_or((&b"-"[..], ""), |label| (&b"+"[..], label));
        let generation = scope.generation.to_le_bytes();
        let parts = [scope.name.as_bytes(), &generation, kind, some, label.as_bytes(), segment.text.as_bytes()];
        self.keys.digest.mac_parts(&parts)
    }
}

/// Seeds as bytes: entity type, role, length and text of each.
fn written(seeds: &[Seed]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Seed { text, entity, role } in seeds {
        bytes.extend([*entity as u8, u8::from(*role == Role::Provider)]);
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.expose().as_bytes());
    }
    bytes
}

fn read_back(mut bytes: &[u8]) -> Option<Vec<Seed>> {
    let mut seeds = Vec::new();
    while let Some((&[entity, role, a, b, c, d], rest)) = bytes.split_first_chunk() {
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes([a, b, c, d]) as usize)?;
        let entity = *EntityType::ALL.get(usize::from(entity))?;
        let role = if role == 1 { Role::Provider } else { Role::Subject };
        seeds.push(Seed { text: Raw::new(std::str::from_utf8(text).ok()?), entity, role });
        bytes = rest;
    }
    Some(seeds)
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} readings)", self.readings.len())
    }
}

/// The bytes of a reading, about.
#[derive(Clone)]
struct Size;

impl Weighter<[u8; 32], Arc<Sealed>> for Size {
    fn weight(&self, _: &[u8; 32], reading: &Arc<Sealed>) -> u64 {
        let Sealed { findings, kept, seeds } = &**reading;
        (128 + size_of_val(findings.as_slice()) + size_of_val(kept.as_slice()) + seeds.len()) as u64
    }
}

const SHORTEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    const SCOPE: Scope<'_> = Scope { name: "a", generation: 0, joined: false };

    fn reads(memory: &Memory, scope: Scope<'_>, segment: &Segment<'_>) -> bool {
        let mut read = false;
        let reading = memory.reading::<Infallible>(scope, segment, || {
            read = true;
            Ok(Reading::default())
        });
        assert!(reading.is_ok());
        read
    }

    #[test]
    fn a_segment_is_read_once_in_each_scope() {
        let memory = Memory::new(1 << 20);
        let text = "a note that is long enough to be remembered ".repeat(4);
        let segment = Segment::prose(&text);
        assert!(reads(&memory, SCOPE, &segment));
        assert!(!reads(&memory, SCOPE, &segment));
        assert!(reads(&memory, Scope { name: "b", ..SCOPE }, &segment));
        assert!(reads(&memory, Scope { generation: 1, ..SCOPE }, &segment));
        assert!(reads(&memory, Scope { joined: true, ..SCOPE }, &segment));
        assert!(reads(&memory, SCOPE, &Segment { label: Some("mrn"), ..segment }));
        assert!(reads(&memory, SCOPE, &Segment { kind: SegmentKind::Key, ..segment }));
        let short = Segment::prose("short");
        assert!(reads(&memory, SCOPE, &short) && reads(&memory, SCOPE, &short));
    }

    #[test]
    fn seeds_are_remembered_and_sealed() {
        let memory = Memory::new(1 << 20);
        let text = "x".repeat(100);
        let seed = |text: &str, entity, role| Seed { text: Raw::new(text), entity, role };
        let seeds = [
            seed("Zoë Kovács", EntityType::Name, Role::Provider),
            seed("", EntityType::Mrn, Role::Subject),
            seed("00412345", EntityType::OtherId, Role::Subject),
        ];
        let reading = Reading { seeds: seeds.to_vec(), ..Reading::default() };
        memory.reading::<Infallible>(SCOPE, &Segment::prose(&text), || Ok(reading)).unwrap();
        let again = memory.reading(SCOPE, &Segment::prose(&text), || Err("read again")).unwrap();
        let told = |seed: &Seed| (seed.text.clone(), seed.entity, seed.role);
        assert!(again.seeds.iter().map(told).eq(seeds.iter().map(told)));
        let sealed = memory.readings.get(&memory.digest(SCOPE, &Segment::prose(&text))).unwrap();
        assert!(!sealed.seeds.windows(6).any(|window| window == b"004123"));
    }

    #[test]
    fn a_failure_is_not_remembered() {
        let memory = Memory::new(1 << 20);
        let text = "x".repeat(100);
        assert!(memory.reading(SCOPE, &Segment::prose(&text), || Err("failed")).is_err());
        assert!(reads(&memory, SCOPE, &Segment::prose(&text)));
    }

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::new(64 << 10);
        for number in 0..10_000 {
            reads(&memory, SCOPE, &Segment::prose(&format!("{number:0100}")));
        }
        assert!(memory.readings.weight() <= 64 << 10);
    }
}
