//! Many strings searched for at once, their ASCII letters in any case: a table by their first four bytes. It is made in
//! no time, where an automaton of the same strings takes longer than all else that is done to an object.

/// How many bits of a hash the filter tells apart.
const FILTER_BITS: u32 = 16;

/// Strings of four bytes and more; shorter ones are in everything and are left out.
#[derive(Default)]
pub struct Grams {
    /// One bit for each hash of a first four bytes: most places of a text need no further look.
    filter: Vec<u64>,
    /// By their first four bytes, in lower case.
    strings: Vec<(u32, Vec<u8>)>,
}

impl Grams {
    pub fn new(strings: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut grams = Self { filter: vec![0; 1 << (FILTER_BITS - 6)], strings: Vec::new() };
        for mut string in strings {
            string.make_ascii_lowercase();
            if let Some(&first) = string.first_chunk() {
                let gram = u32::from_le_bytes(first);
                let (word, bit) = place(gram);
                grams.filter[word] |= 1 << bit;
                grams.strings.push((gram, string));
            }
        }
        grams.strings.sort_unstable();
        grams
    }

    /// Whether one of the strings is in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        if self.strings.is_empty() || text.len() < 4 {
            return false;
        }
        let mut gram = 0;
        text.iter().enumerate().any(|(at, byte)| {
            gram = gram >> 8 | u32::from(byte.to_ascii_lowercase()) << 24;
            let (word, bit) = place(gram);
            at >= 3 && self.filter[word] >> bit & 1 == 1 && self.starts(gram, &text[at - 3..])
        })
    }

    /// Whether a text starts with a string of this gram.
    fn starts(&self, gram: u32, text: &[u8]) -> bool {
        let from = self.strings.partition_point(|&(known, _)| known < gram);
        self.strings[from..]
            .iter()
            .take_while(|&&(known, _)| known == gram)
            .any(|(_, string)| text.get(..string.len()).is_some_and(|start| start.eq_ignore_ascii_case(string)))
    }
}

/// The word of the filter and the bit in it.
fn place(gram: u32) -> (usize, u32) {
    let hash = gram.wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS);
    ((hash >> 6) as usize, hash & 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_string_is_found_at_either_end_and_in_any_case() {
        let grams = Grams::new([b"Kovacs".to_vec(), b"M\xFCller".to_vec(), b"Kov".to_vec()]);
        assert!(grams.is_in(b"KOVACS") && grams.is_in(b"by kovacs") && grams.is_in(b"Frau M\xFCLLER"));
        assert!(!grams.is_in(b"Kov") && !grams.is_in(b"Kovac") && !grams.is_in(b""));
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(
            strings in proptest::collection::vec("[abAB\u{e9}]{0,7}", 0..6),
            text in "[abAB\u{e9}]{0,40}",
        ) {
            let lower = text.to_ascii_lowercase();
            let plain = strings.iter().any(|string| string.len() >= 4 && lower.contains(&string.to_ascii_lowercase()));
            prop_assert_eq!(Grams::new(strings.into_iter().map(String::into_bytes)).is_in(text.as_bytes()), plain);
        }
    }
}
