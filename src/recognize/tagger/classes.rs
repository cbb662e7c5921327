//! Classes of words that are used alike, so that what is learnt of `phoned` holds of `rang`.

use super::features::hash;

/// The class of each word, from 1. The table keeps hashes instead of words and is read from the model's file as it is.
pub struct Classes {
    /// A hash's upper bits and a class in the lower ones; 0 where nothing is.
    slots: Vec<u32>,
}

const CLASS_BITS: u32 = 10;

/// The most classes that there can be.
pub const CLASSES_MAX: usize = (1 << CLASS_BITS) - 1;

impl Classes {
    /// Reads a class a line, its words between blanks, in lower case and without accents; comments after `#`. At most
    /// [`CLASSES_MAX`] lines.
    pub fn from_text(text: &str) -> Self {
        let lines = || text.lines().filter(|line| !line.starts_with('#')).take(CLASSES_MAX);
        let words = lines().map(|line| line.split_ascii_whitespace().count()).sum::<usize>();
        let mut slots = vec![0; (words * 3 / 2).next_power_of_two()];
        for (class, line) in (1u32..).zip(lines()) {
            for word in line.split_ascii_whitespace() {
                let (mut at, tag) = place(word, slots.len());
                while slots[at] != 0 && slots[at] >> CLASS_BITS != tag {
                    at = (at + 1) % slots.len();
                }
                if slots[at] == 0 {
                    slots[at] = tag << CLASS_BITS | class;
                }
            }
        }
        Self { slots }
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (words, []) = bytes.as_chunks::<4>() else { return None };
        let slots: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        // A slot that is free ends every search.
        (slots.len().is_power_of_two() && slots.contains(&0)).then_some(Self { slots })
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.slots.iter().flat_map(|slot| slot.to_le_bytes()));
    }

    /// The class of a word in lower case without accents, or 0.
    pub fn of(&self, word: &str) -> u32 {
        let (mut at, tag) = place(word, self.slots.len());
        while self.slots[at] != 0 {
            if self.slots[at] >> CLASS_BITS == tag {
                return self.slots[at] & CLASSES_MAX as u32;
            }
            at = (at + 1) % self.slots.len();
        }
        0
    }
}

/// Where the search for a word begins, and what tells it from the others there.
fn place(word: &str, slots: usize) -> (usize, u32) {
    let hash = hash(10, word.as_bytes()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = hash ^ hash >> 29;
    (hash as usize & (slots - 1), (hash >> (32 + CLASS_BITS)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_class_of_their_line_and_others_none() {
        let classes = Classes::from_text("# source\nphoned rang texted\nashby dunmore\n");
        assert_eq!((classes.of("rang"), classes.of("dunmore"), classes.of("ringed")), (1, 2, 0));
        let mut bytes = Vec::new();
        classes.write(&mut bytes);
        let read = Classes::read(&bytes).unwrap();
        assert_eq!((read.of("texted"), read.of("ashby"), read.of("")), (1, 2, 0));
    }

    #[test]
    fn what_is_no_table_is_not_read() {
        assert!(Classes::read(&[1; 12]).is_none(), "not a power of two");
        assert!(Classes::read(&[1; 16]).is_none(), "without an end");
        assert!(Classes::read(&[0; 7]).is_none());
    }
}
