//! Which pairs of bytes stand side by side in a text: what lacks one of a word's pairs does not hold the word.

/// One bit for each pair.
pub struct Pairs(Box<[u64; WORDS]>);

const WORDS: usize = 1 << 10;

impl Pairs {
    pub fn of(text: &str) -> Self {
        let mut bits = Box::new([0; WORDS]);
        for pair in text.as_bytes().windows(2) {
            let (word, bit) = place(pair);
            bits[word] |= bit;
        }
        Self(bits)
    }

    /// Whether every pair of a word is there; true of a word of one byte.
    pub fn may_hold(&self, word: &[u8]) -> bool {
        word.windows(2).all(|pair| {
            let (word, bit) = place(pair);
            self.0[word] & bit != 0
        })
    }
}

fn place(pair: &[u8]) -> (usize, u64) {
    let (first, second) = (usize::from(pair[0]), usize::from(pair[1]));
    (first << 2 | second >> 6, 1 << (second & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_that_lacks_a_pair_lacks_the_word() {
        let pairs = Pairs::of("see room 4");
        assert!(pairs.may_hold(b"room") && pairs.may_hold(b"x") && pairs.may_hold(b""));
        assert!(!pairs.may_hold(b"moor") && !pairs.may_hold(b"rooms"));
    }

    proptest! {
        #[test]
        fn no_word_that_stands_there_is_missed(text in "[a-c\u{e9}\u{4e2d}]{2,30}", from in 0usize..20, length in 1usize..6) {
            let bytes = text.as_bytes();
            let word = &bytes[from.min(bytes.len())..(from + length).min(bytes.len())];
            prop_assert!(Pairs::of(&text).may_hold(word));
        }
    }
}
