//! Findings of segments that were read before: clients resend a conversation whole every turn, and only what is new
//! has to be read.

use super::{Segment, SegmentKind};
use crate::crypto::Key;
use crate::entity::Finding;
use crate::text::Span;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// What one segment gave when it was read by itself. Holds places, no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub findings: Vec<Finding>,
    /// Known codes and syntax, to be left alone by propagation.
    pub kept: Vec<Span>,
}

/// Within what a reading counts again.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub name: &'a str,
    /// Counts how often the site's own knowledge was read: what was found by an older roster is read again.
    pub generation: u64,
}

/// Readings under keyed digests of scope and segment, bounded in bytes. The key lives as long as the process, and a
/// scope never meets what another left: not even by its timing.
pub struct Memory {
    readings: Cache<[u8; 32], Arc<Reading>, Size>,
    key: Key,
}

impl Memory {
    pub fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / 256).unwrap_or(usize::MAX).max(16);
        Self { readings: Cache::with_weighter(entries, bytes, Size), key: Key::generate() }
    }

    /// The reading of a segment, from memory or by reading it. A failed reading is not remembered, nor is one that
    /// says it must not be.
    pub fn reading<E>(
        &self,
        scope: Scope<'_>,
        segment: &Segment<'_>,
        read: impl FnOnce() -> Result<(Reading, bool), E>,
    ) -> Result<Arc<Reading>, E> {
        // Reading a few words costs less than remembering them.
        if segment.text.len() < SHORTEST {
            return read().map(|(reading, _)| Arc::new(reading));
        }
        let digest = self.digest(scope, segment);
        if let Some(reading) = self.readings.get(&digest) {
            return Ok(reading);
        }
        let (reading, rememberable) = read()?;
        let reading = Arc::new(reading);
        if rememberable {
            self.readings.insert(digest, Arc::clone(&reading));
        }
        Ok(reading)
    }

    fn digest(&self, scope: Scope<'_>, segment: &Segment<'_>) -> [u8; 32] {
        let kind = match segment.kind {
            SegmentKind::Prose => b"p",
            SegmentKind::Key => b"k",
            SegmentKind::Number => b"n",
            SegmentKind::Identifier => b"i",
        };
        let (some, label) = segment.label.map_or((&b"-"[..], ""), |label| (&b"+"[..], label));
        let generation = scope.generation.to_le_bytes();
        self.key.mac_parts(&[scope.name.as_bytes(), &generation, kind, some, label.as_bytes(), segment.text.as_bytes()])
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} readings)", self.readings.len())
    }
}

/// The bytes of a reading, about.
#[derive(Clone)]
struct Size;

impl Weighter<[u8; 32], Arc<Reading>> for Size {
    fn weight(&self, _: &[u8; 32], reading: &Arc<Reading>) -> u64 {
        (128 + reading.findings.len() * size_of::<Finding>() + reading.kept.len() * size_of::<Span>()) as u64
    }
}

const SHORTEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn reads(memory: &Memory, name: &str, segment: &Segment<'_>) -> bool {
        reads_in(memory, Scope { name, generation: 0 }, segment)
    }

    fn reads_in(memory: &Memory, scope: Scope<'_>, segment: &Segment<'_>) -> bool {
        let mut read = false;
        let reading = memory.reading::<Infallible>(scope, segment, || {
            read = true;
            Ok((Reading::default(), true))
        });
        assert!(reading.is_ok());
        read
    }

    #[test]
    fn a_segment_is_read_once_in_each_scope() {
        let memory = Memory::new(1 << 20);
        let text = "a note that is long enough to be remembered ".repeat(4);
        let segment = Segment::prose(&text);
        assert!(reads(&memory, "a", &segment));
        assert!(!reads(&memory, "a", &segment));
        assert!(reads(&memory, "b", &segment));
        assert!(reads_in(&memory, Scope { name: "a", generation: 1 }, &segment));
        assert!(reads(&memory, "a", &Segment { label: Some("mrn"), ..segment }));
        assert!(reads(&memory, "a", &Segment { kind: SegmentKind::Key, ..segment }));
        assert!(reads(&memory, "a", &Segment::prose("short")) && reads(&memory, "a", &Segment::prose("short")));
    }

    #[test]
    fn a_failure_is_not_remembered() {
        let memory = Memory::new(1 << 20);
        let text = "x".repeat(100);
        assert_eq!(
            memory.reading(
                Scope { name: "a", generation: 0 },
                &Segment::prose(&text),
                || Err::<(Reading, bool), &str>("failed")
            ),
            Err("failed")
        );
        assert!(reads(&memory, "a", &Segment::prose(&text)));
    }

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::new(64 << 10);
        for number in 0..10_000 {
            reads(&memory, "a", &Segment::prose(&format!("{number:0100}")));
        }
        assert!(memory.readings.weight() <= 64 << 10);
    }
}
