//! Sets of words that grammars ask for at every place of a text.

use super::{Words, same};

/// Words, and by what length and first letter each of them is known: most words of a text are as none of them.
pub struct WordSet {
    words: &'static [&'static str],
    /// One bit for each first letter and length.
    looks: [u64; 4],
}

impl WordSet {
    pub const fn of(words: &'static [&'static str]) -> Self {
        let mut looks = [0; 4];
        let mut at = 0;
        while at < words.len() {
            let (word, bit) = look(words[at].as_bytes());
            looks[word] |= bit;
            at += 1;
        }
        Self { words, looks }
    }

    /// Whether a word is one of them, but for the case of ASCII letters.
    #[inline]
    pub fn has(&self, word: &str) -> bool {
        self.has_bytes(word.as_bytes())
    }

    #[inline]
    fn has_bytes(&self, word: &[u8]) -> bool {
        let (look, bit) = look(word);
        self.looks[look] & bit != 0 && self.words.iter().any(|one| same(word, one.as_bytes()))
    }
}

/// The bit of a word's first letter, whatever its case, and of its length, of which long ones share the last.
#[inline]
const fn look(word: &[u8]) -> (usize, u64) {
    let length = if word.len() < 8 { word.len() } else { 8 };
    let first = if word.is_empty() { 0 } else { word[0] & 0x1f };
    // Eight lengths from one to eight: the empty word shares the bit of the longest.
    let key = (first as usize) << 3 | (length + 7) & 7;
    (key >> 6, 1 << (key & 63))
}

impl Words<'_> {
    /// Whether a piece is one of a set of words.
    #[inline]
    pub fn is_in(&self, at: usize, set: &WordSet) -> bool {
        set.has_bytes(self.bytes(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static SET: WordSet = WordSet::of(&["from", "à", "hometown", "of", ":"]);

    #[test]
    fn a_word_counts_in_any_case_and_no_other_does() {
        for word in ["from", "FROM", "HomeTown", "à", "of", ":"] {
            assert!(SET.has(word), "{word}");
        }
        for word in ["", "fromm", "form", "hometowns", "À", "o", ";"] {
            assert!(!SET.has(word), "{word}");
        }
    }

    proptest! {
        #[test]
        fn it_has_what_a_list_has(text in "[a-dA-D:é]{0,10}") {
            static LETTERS: &[&str] = &["a", "ab", "ba", "aaa", "éa", ":", "abcdabcd", "abcdabcda", ""];
            static SET: WordSet = WordSet::of(LETTERS);
            let listed = LETTERS.iter().any(|word| word.eq_ignore_ascii_case(&text));
            prop_assert_eq!(SET.has(&text), listed);
        }
    }
}
