//! Terms that are looked for at many places of a text: a few hundred names, a few thousand labels.
//!
//! Most places begin as no term does, which three bytes tell; at the others a search in the sorted terms ends at the
//! one that counts, or at one that begins with it. An automaton is no faster, and to build one takes longer than to
//! read a page.

use std::cmp::Ordering;

/// Terms in small letters; ASCII letters of a text count in any case.
pub struct Terms {
    /// One after the other, in the order of their bytes.
    letters: String,
    /// Where each starts, and where the last ends.
    places: Vec<u32>,
    /// The first that starts with each byte or a later one.
    initials: Box<[u32; 257]>,
    /// The longest other term with which each begins.
    within: Vec<Option<u32>>,
    beginnings: Beginnings,
}

impl Terms {
    /// The terms, which are sorted.
    pub fn of(sorted: &[String]) -> Self {
        debug_assert!(sorted.is_sorted(), "they are looked up in their order");
        let initial = |term: &String| term.as_bytes().first().map_or(0, |&byte| usize::from(byte));
        let initials = std::array::from_fn(|byte| sorted.partition_point(|term| initial(term) < byte) as u32);
        let mut terms = Self {
            letters: String::new(),
            places: vec![0],
            initials: Box::new(initials),
            within: Vec::with_capacity(sorted.len()),
            beginnings: Beginnings::of(sorted.iter().map(String::as_str)),
        };
        for (at, term) in sorted.iter().enumerate() {
            // What a term begins with stands before it, and so does all that begins with the same.
            let before = at.checked_sub(1).and_then(|before| terms.chain(before as u32, term.as_bytes()));
            terms.within.push(before.map(|(before, _)| before));
            terms.letters.push_str(term);
            terms.places.push(terms.letters.len() as u32);
        }
        terms
    }

    fn term(&self, at: u32) -> &[u8] {
        &self.letters.as_bytes()[self.places[at as usize] as usize..self.places[at as usize + 1] as usize]
    }

    /// Whether a term may begin at a place of a text: it begins as one of them does, and not within a word.
    #[inline]
    pub fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let before = at.checked_sub(1).map_or(b' ', |before| text[before]);
        let camel = before.is_ascii_lowercase() && (text[at].is_ascii_uppercase() || !text[at].is_ascii());
        (!before.is_ascii_alphabetic() || camel) && self.beginnings.has(&text[at..])
    }

    /// The longest term with which a text begins: its place in the order, and its length.
    pub fn longest(&self, text: &[u8]) -> Option<(usize, usize)> {
        let initial = usize::from(text.first()?.to_ascii_lowercase());
        let (first, mut high) = (self.initials[initial], self.initials[initial + 1]);
        let mut low = first;
        while low < high {
            let middle = low.midpoint(high);
            if order(self.term(middle), text).is_le() { low = middle + 1 } else { high = middle }
        }
        // Of the terms that stand before the text, what the last does not begin with the text does not either.
        let last = (low > first).then(|| low - 1)?;
        self.chain(last, text).map(|(at, length)| (at as usize, length))
    }

    /// The longest of a term and those with which it begins with which a text begins.
    fn chain(&self, from: u32, text: &[u8]) -> Option<(u32, usize)> {
        let longest = std::iter::successors(Some(from), |&at| self.within[at as usize]);
        longest
            .map(|at| (at, self.term(at).len()))
            .find(|&(at, length)| text.get(..length).is_some_and(|start| start.eq_ignore_ascii_case(self.term(at))))
    }
}

/// How a term stands to a text in small letters; what begins with the term comes after it.
fn order(term: &[u8], text: &[u8]) -> Ordering {
    let differ = term.iter().zip(text).map(|(a, b)| a.cmp(&b.to_ascii_lowercase())).find(|order| order.is_ne());
    differ.unwrap_or_else(|| term.len().cmp(&text.len()))
}

/// One bit for each beginning of a term, by its hash.
struct Beginnings(Vec<u64>);

/// The bytes of a beginning.
const LENGTH: usize = 3;

impl Beginnings {
    fn of<'a>(terms: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let words = (terms.len() * 2).next_power_of_two().clamp(16, 1 << 10);
        let mut beginnings = Self(vec![0; words]);
        for term in terms {
            match *term.as_bytes() {
                [a, b, c, ..] => beginnings.add([a, b, c]),
                // Anything may follow a term that is shorter.
                [a, b] => (0..=u8::MAX).for_each(|c| beginnings.add([a, b, c])),
                _ => beginnings.0.fill(u64::MAX),
            }
        }
        beginnings
    }

    fn add(&mut self, beginning: [u8; LENGTH]) {
        let (word, bit) = self.place(beginning);
        self.0[word] |= bit;
    }

    fn place(&self, beginning: [u8; LENGTH]) -> (usize, u64) {
        let key = beginning.iter().fold(0, |key, byte| key << 8 | u32::from(byte.to_ascii_lowercase()));
        let hash = key.wrapping_mul(0x9e37_79b1) >> 8;
        ((hash >> 6) as usize & (self.0.len() - 1), 1 << (hash & 63))
    }

    /// Whether a term may begin as a text does. A text that is too short to tell may.
    #[inline]
    fn has(&self, text: &[u8]) -> bool {
        text.first_chunk().is_none_or(|beginning| {
            let (word, bit) = self.place(*beginning);
            self.0[word] & bit != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_begins_otherwise_begins_no_term() {
        let beginnings = Beginnings::of(["kovacs", "mrn", "id"].into_iter());
        for text in ["Kovacs, seen", "KOVÁCS", "mrn", "ID: 4", "id", "m"] {
            assert!(beginnings.has(text.as_bytes()), "{text}");
        }
        let passed = (b'a'..=b'z').filter(|&byte| !beginnings.has(&[b'x', byte, b'x'])).count();
        assert!(passed > 20, "{passed}");
    }

    proptest! {
        #[test]
        fn no_term_is_missed(terms in proptest::collection::vec("[a-zé]{1,6}", 1..40), after in "[ a-z]{0,3}") {
            let beginnings = Beginnings::of(terms.iter().map(String::as_str));
            for term in &terms {
                let text = format!("{}{after}", term.to_ascii_uppercase());
                prop_assert!(beginnings.has(text.as_bytes()));
            }
        }

        #[test]
        fn the_longest_is_the_longest(terms in proptest::collection::btree_set("[abé]{1,4}", 1..30), text in "[ABabé]{0,6}") {
            let sorted: Vec<String> = terms.into_iter().collect();
            let lower = text.to_ascii_lowercase();
            let longest = sorted.iter().enumerate().filter(|(_, term)| lower.starts_with(term.as_str()));
            let longest = longest.max_by_key(|(_, term)| term.len()).map(|(at, term)| (at, term.len()));
            prop_assert_eq!(Terms::of(&sorted).longest(text.as_bytes()), longest);
        }
    }
}
