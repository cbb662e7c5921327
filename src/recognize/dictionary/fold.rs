//! The form in which words are looked up: lower case, Latin letters without accents.

/// The key of a word. Letters of other scripts are put in lower case and kept.
pub fn fold(word: &str) -> String {
    let mut key = String::with_capacity(word.len());
    fold_into(word, &mut key);
    key
}

/// As [`fold`], to the end of `key`.
pub fn fold_into(word: &str, key: &mut String) {
    if word.is_ascii() {
        key.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            '\0'..='\x7f' => key.push(c),
            'ß' => key.push_str("ss"),
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'þ' => key.push_str("th"),
            'ø' => key.push('o'),
            'ł' => key.push('l'),
            'đ' | 'ð' => key.push('d'),
            'ħ' => key.push('h'),
            'ı' => key.push('i'),
            '’' => key.push('\''),
            // A mark on its own is left over from a decomposed letter whose base is already in the key.
            '\u{300}'..='\u{36f}' => {}
            _ => {
                let mut base = None;
                unicode_normalization::char::decompose_canonical(c, |part| {
                    base.get_or_insert(part);
                });
                key.push(base.filter(char::is_ascii).unwrap_or(c));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_and_accents_go_and_scripts_stay() {
        assert_eq!(fold("José"), "jose");
        assert_eq!(fold("Jose\u{301}"), "jose");
        assert_eq!(fold("GROẞMANN"), "grossmann");
        assert_eq!(fold("Nguyễn"), "nguyen");
        assert_eq!(fold("O’Brien"), "o'brien");
        assert_eq!(fold("ИВАНОВ"), "иванов");
        assert_eq!(fold("李小龍"), "李小龍");
    }
}
