//! Many values at once, in constant memory for each: a table of keyed fingerprints.
//!
//! An automaton over a million names takes hundreds of bytes for each; here a value takes eight, and the table is
//! useless as a list of names. Names are kept as a sum over their words, so that `Kovacs, Maria` and `MARIA KOVACS`
//! are one entry; everything with digits is kept as its letters and digits in order, so that separators say nothing.

use super::atom::{Atom, Atoms};
use crate::crypto;
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::text::Span;
use std::sync::LazyLock;

pub struct Index {
    /// Open addressing; a slot holds 56 bits of a fingerprint and what the value is, or zero.
    slots: Vec<u64>,
    entries: usize,
    /// Made with the first value: gathering entropy takes tens of milliseconds, and most commands have no list.
    seed: LazyLock<(u64, u64)>,
    /// Words that stand in some name: most words of a text are in none, and cost one bit to know.
    words: Vec<u64>,
    /// Numbers of words of the names, as bits.
    name_words: u64,
    /// Lengths of the values with digits, as bits, and the most letters runs before the first digits in one.
    code_lengths: u64,
    code_lead: usize,
    /// Some value counts its initials, as `J. Kovacs` does.
    initials: bool,
}

/// A value in the form that is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

/// What an entry says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Payload {
    entity: EntityType,
    role: Role,
    /// A single word that is an ordinary one too: it counts only with a capital.
    ordinary: bool,
}

/// A value in which there is too little to look for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too short to be looked for")]
pub struct TooShort;

fn seed() -> (u64, u64) {
    let random = crypto::random::<16>();
    let half = |at: usize| random[at..at + 8].iter().fold(0, |all, &byte| all << 8 | u64::from(byte));
    (half(0), half(8))
}

impl Index {
    /// With room for the words of about so many names; fewer bits cost time, never findings.
    pub fn new(expected: usize) -> Self {
        let bits = (expected * 4).clamp(1 << 10, 1 << 22).next_power_of_two();
        Self {
            slots: vec![0; 16],
            entries: 0,
            seed: LazyLock::new(seed),
            words: vec![0; bits / 64],
            name_words: 0,
            code_lengths: 0,
            code_lead: 0,
            initials: false,
        }
    }

    /// Adds a value. `ordinary` says of a single word whether it is an ordinary one too.
    pub fn insert(
        &mut self,
        value: &str,
        entity: EntityType,
        role: Role,
        ordinary: impl FnOnce(&str) -> bool,
    ) -> Result<(), TooShort> {
        let atoms = Atoms::of(value);
        let key = self.key(&atoms).ok_or(TooShort)?;
        let single = atoms.list.len() == 1 && !atoms.list[0].digits;
        if atoms.list.iter().any(|atom| atom.digits) {
            let length: usize = atoms.list.iter().map(|atom| atoms.folded(atom).len()).sum();
            let digits: usize = atoms.list.iter().filter(|atom| atom.digits).map(|atom| atom.span.len()).sum();
            if length < CODE_MIN + usize::from(digits == length) || length > CODE_MAX {
                return Err(TooShort);
            }
            self.code_lengths |= 1 << length;
            let lead = atoms.list.iter().take_while(|atom| !atom.digits).count();
            self.code_lead = self.code_lead.max(lead);
        } else {
            let (sum, initials) = self.name(&atoms, &atoms.list);
            let counted = if sum.words >= 2 || initials == 0 { sum.words } else { sum.words + initials };
            if counted == 1 && atoms.list.iter().all(|atom| atom.span.len() < 3) || counted > NAME_MAX {
                return Err(TooShort);
            }
            self.initials |= counted != sum.words;
            self.name_words |= 1 << counted;
            for atom in &atoms.list {
                let bit = self.word_bit(atoms.folded(atom));
                self.words[bit / 64] |= 1 << (bit % 64);
            }
        }
        self.place(key, Payload { entity, role, ordinary: single && ordinary(value) });
        Ok(())
    }

    /// The form in which a text is looked up; none if there is nothing in it.
    pub(super) fn key_of(&self, text: &str) -> Option<Key> {
        self.key(&Atoms::of(text))
    }

    fn key(&self, atoms: &Atoms) -> Option<Key> {
        if atoms.list.is_empty() {
            return None;
        }
        if atoms.list.iter().any(|atom| atom.digits) {
            let mut code = self.seed.1;
            atoms.list.iter().flat_map(|atom| atoms.folded(atom)).for_each(|&byte| code = step(code, byte));
            return Some(self.code_key(code));
        }
        let (sum, initials) = self.name(atoms, &atoms.list);
        Some(if sum.words >= 2 || initials == 0 { self.name_key(sum) } else { self.name_key(self.all(atoms)) })
    }

    /// The sum over the words that are more than an initial, and the number of initials.
    fn name(&self, atoms: &Atoms, list: &[Atom]) -> (Sum, usize) {
        let mut sum = Sum::default();
        list.iter().filter(|atom| !atom.initial).for_each(|atom| sum.add(self.word(atoms.folded(atom))));
        (sum, list.len() - sum.words)
    }

    fn all(&self, atoms: &Atoms) -> Sum {
        let mut sum = Sum::default();
        atoms.list.iter().for_each(|atom| sum.add(self.word(atoms.folded(atom))));
        sum
    }

    /// Adds every place of a text where a value stands, the longest where several begin.
    pub fn find(&self, text: &str, recognizer: &'static str, findings: &mut Vec<Finding>) {
        if self.entries == 0 {
            return;
        }
        let atoms = Atoms::of(text);
        let (mut name_from, mut code_from) = (0, 0);
        for at in 0..atoms.list.len() {
            let mut found = |(last, payload): (usize, Payload)| {
                let span = Span::new(atoms.list[at].span.start, atoms.list[last].span.end);
                let Payload { entity, role, .. } = payload;
                findings.push(Finding {
                    span,
                    entity,
                    role,
                    strength: Strength::Certain,
                    recognizer: recognizer.into(),
                });
                last + 1
            };
            if at >= name_from && self.name_words != 0 && !atoms.list[at].digits {
                name_from = self.name_at(&atoms, at).map_or(at + 1, &mut found);
            }
            if at >= code_from && self.code_lengths != 0 {
                code_from = self.code_at(&atoms, at).map_or(at + 1, &mut found);
            }
        }
    }

    /// The longest name that begins with an atom: the index of its last atom, and what it is.
    fn name_at(&self, atoms: &Atoms, at: usize) -> Option<(usize, Payload)> {
        let mut longest = None;
        let (mut sum, mut all) = (Sum::default(), Sum::default());
        for (place, atom) in atoms.list.iter().enumerate().skip(at).take(2 * NAME_MAX) {
            if atom.digits || place > at && atom.gap > GAP_MAX {
                break;
            }
            let folded = atoms.folded(atom);
            if atom.initial {
                if place == at && !self.initials {
                    return None;
                }
            } else if !self.has_word(folded) {
                break;
            } else {
                sum.add(self.word(folded));
            }
            all.add(self.word(folded));
            if sum.words > NAME_MAX {
                break;
            }
            let mut probe = |sum: Sum| {
                if sum.words <= NAME_MAX && self.name_words >> sum.words & 1 == 1 {
                    let payload = self.look_up(self.name_key(sum)).filter(|payload| !payload.ordinary || atom.capital);
                    longest = payload.map(|payload| (place, payload)).or(longest);
                }
            };
            if !atom.initial {
                probe(sum);
            }
            if self.initials && all.words != sum.words {
                probe(all);
            }
        }
        longest
    }

    /// The longest value with digits that begins with an atom.
    fn code_at(&self, atoms: &Atoms, at: usize) -> Option<(usize, Payload)> {
        let rest = &atoms.list[at..];
        if !rest.iter().take(self.code_lead + 1).any(|atom| atom.digits) {
            return None;
        }
        let mut longest = None;
        let (mut code, mut length, mut digits) = (self.seed.1, 0, false);
        for (place, atom) in rest.iter().enumerate() {
            let folded = atoms.folded(atom);
            length += folded.len();
            if length > CODE_MAX || place > 0 && atom.gap > GAP_MAX {
                break;
            }
            folded.iter().for_each(|&byte| code = step(code, byte));
            digits |= atom.digits;
            if digits && self.code_lengths >> length & 1 == 1 {
                longest = self.look_up(self.code_key(code)).map(|payload| (at + place, payload)).or(longest);
            }
        }
        longest
    }

    fn word(&self, folded: &[u8]) -> u64 {
        let mut state = self.seed.0;
        for chunk in folded.chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            state = mix(state ^ u64::from_le_bytes(bytes), A);
        }
        mix(state ^ folded.len() as u64, B)
    }

    fn word_bit(&self, folded: &[u8]) -> usize {
        self.word(folded) as usize & (self.words.len() * 64 - 1)
    }

    fn has_word(&self, folded: &[u8]) -> bool {
        let bit = self.word_bit(folded);
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn name_key(&self, sum: Sum) -> Key {
        Key(mix(sum.sum ^ self.seed.1, A ^ sum.words as u64))
    }

    fn code_key(&self, code: u64) -> Key {
        Key(mix(code, self.seed.0 | 1))
    }

    fn place(&mut self, key: Key, payload: Payload) {
        if (self.entries + 1) * 4 > self.slots.len() * 3 {
            let larger = vec![0; self.slots.len() * 2];
            for slot in std::mem::replace(&mut self.slots, larger).into_iter().filter(|&slot| slot != 0) {
                let at = self.slot(slot);
                self.slots[at] = slot;
            }
        }
        let tagged = key.0 & !PAYLOAD | payload.bits();
        let at = self.slot(tagged);
        self.entries += usize::from(self.slots[at] == 0);
        // Of two entries of one value the one that is found more often stays.
        if self.slots[at] == 0 || !payload.ordinary {
            self.slots[at] = tagged;
        }
    }

    /// Where a fingerprint is, or the free slot where it would be. A quarter of the slots is always free.
    fn slot(&self, tagged: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (tagged >> PAYLOAD_BITS) as usize & mask;
        while self.slots[at] != 0 && (self.slots[at] ^ tagged) & !PAYLOAD != 0 {
            at = (at + 1) & mask;
        }
        at
    }

    fn look_up(&self, key: Key) -> Option<Payload> {
        Payload::from_bits(self.slots[self.slot(key.0)])
    }

    pub fn len(&self) -> usize {
        self.entries
    }

    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Bytes of memory that it takes.
    pub fn size(&self) -> usize {
        (self.slots.len() + self.words.len()) * 8
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index({} values)", self.entries)
    }
}

/// The words of a name, in no order.
#[derive(Clone, Copy, Default)]
struct Sum {
    sum: u64,
    words: usize,
}

impl Sum {
    fn add(&mut self, word: u64) {
        self.sum = self.sum.wrapping_add(word);
        self.words += 1;
    }
}

impl Payload {
    fn bits(self) -> u64 {
        let (role, ordinary) = (u64::from(self.role == Role::Provider), u64::from(self.ordinary));
        0x80 | self.entity as u64 | role << 5 | ordinary << 6
    }

    fn from_bits(slot: u64) -> Option<Self> {
        if slot == 0 {
            return None;
        }
        let role = if slot >> 5 & 1 == 1 { Role::Provider } else { Role::Subject };
        let entity = *EntityType::ALL.get((slot & 0x1f) as usize)?;
        Some(Self { entity, role, ordinary: slot >> 6 & 1 == 1 })
    }
}

/// The part of a slot that says what the value is.
const PAYLOAD_BITS: u32 = 8;
const PAYLOAD: u64 = (1 << PAYLOAD_BITS) - 1;
const _: () = assert!(EntityType::ALL.len() <= 32, "an entity type has five bits of a slot");

/// Shorter codes stand in every text by chance; one more where all are digits.
const CODE_MIN: usize = 4;
const CODE_MAX: usize = 63;
/// Words of a name.
const NAME_MAX: usize = 8;
/// Bytes between the parts of one value: `Kovacs", "Maria`.
const GAP_MAX: u32 = 4;

const A: u64 = 0x9e37_79b9_7f4a_7c15;
const B: u64 = 0xd6e8_feb8_6659_fd93;

fn mix(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

/// One more letter or digit of a code.
fn step(code: u64, byte: u8) -> u64 {
    mix(code ^ u64::from(byte).wrapping_mul(B), A)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::marked;
    use proptest::prelude::*;

    fn index(values: &[&str]) -> Index {
        let mut index = Index::new(values.len());
        for value in values {
            index.insert(value, EntityType::Name, Role::Subject, |word| word == "Young").expect("long enough");
        }
        index
    }

    #[track_caller]
    fn check(values: &[&str], expected: &str) {
        let index = index(values);
        marked::check(expected, |text| {
            let mut findings = Vec::new();
            index.find(text, "test", &mut findings);
            findings
        });
    }

    #[test]
    fn a_name_in_any_order_and_writing() {
        check(
            &["Zsófia Kovács-Nagy"],
            "⟦ZSOFIA KOVACS NAGY⟧, ⟦Kovács-Nagy, Zsófia⟧; ⟦KOVACS^NAGY^ZSOFIA⟧; ⟦zsofia_kovacs_nagy⟧.pdf; Zsofia Nagy",
        );
        check(&["Maria Kovacs"], "⟦Maria A. Kovacs⟧ and Maria. And later Kovacs, as Maria of Kovacs");
        check(&["J. O'Brien"], "⟦J OBrien⟧ and ⟦O’BRIEN, J⟧., but not O'Brien or K. O'Brien");
    }

    #[test]
    fn a_code_whatever_its_separators() {
        check(&["00412345"], "⟦00-412-345⟧ MRN⟦00412345⟧ ⟦0041 2345⟧ 004123456 100412345 0041234");
        check(&["+1 (617) 555-0134"], "⟦1.617.555.0134⟧ 617-555-0134");
        check(&["AB-12C4"], "⟦ab12c4⟧ ⟦AB 12 C4⟧ XAB12C4");
        check(&["12 Elm Street"], "at ⟦12 ELM STREET⟧, 12 Elm");
    }

    #[test]
    fn a_single_word_that_is_ordinary_needs_a_capital() {
        check(&["Young", "Zalan"], "⟦Young⟧, a young man, ⟦zalan⟧ ⟦YOUNG⟧");
    }

    #[test]
    fn what_is_too_short_is_said_to_be() {
        let mut index = Index::new(1);
        for value in ["", "--", "J", "Li", "1234", "A7", "B12"] {
            assert_eq!(index.insert(value, EntityType::Mrn, Role::Subject, |_| false), Err(TooShort), "{value}");
        }
        assert!(index.is_empty());
    }

    #[test]
    fn debug_shows_a_number() {
        assert_eq!(format!("{:?}", index(&["Maria Kovacs"])), "Index(1 values)");
    }

    #[test]
    fn an_entry_takes_constant_memory() {
        let mut index = Index::new(200_000);
        for number in 0..200_000 {
            index.insert(&format!("{:09}", number * 7919), EntityType::Mrn, Role::Subject, |_| false).expect("long");
        }
        assert!(index.size() / index.len() <= 24, "{} bytes", index.size() / index.len());
    }

    proptest! {
        #[test]
        fn every_value_is_found_in_every_writing(
            first in "[A-Z][a-z]{2,8}", last in "[A-Z][a-z]{2,8}", code in "[A-Z]{0,2}[0-9]{5,12}",
            between in "[ ,;:/_-]{1,3}", upper in any::<bool>(),
        ) {
            let index = index(&[&format!("{first} {last}"), &code]);
            let halves = code.split_at(code.len() / 2);
            let text = format!("x {last}{between}{first} y {}{between}{} z", halves.0, halves.1);
            let text = if upper { text.to_uppercase() } else { text };
            let mut findings = Vec::new();
            index.find(&text, "test", &mut findings);
            prop_assert_eq!(findings.len(), 2, "{}", text);
        }
    }
}
