//! A text as the index reads it: runs of letters and runs of digits, folded, with what stands between them.

use crate::recognize::dictionary;
use crate::text::Span;

/// A run of letters or of digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    pub span: Span,
    /// Where its folded form stands in [`Atoms::folded`].
    folded: (u32, u32),
    /// Bytes between the atom before and this one.
    pub gap: u32,
    pub digits: bool,
    /// A single letter of a script with capitals, as an initial is.
    pub initial: bool,
    pub capital: bool,
}

pub(super) struct Atoms {
    pub list: Vec<Atom>,
    folded: String,
}

impl Atoms {
    pub fn of(text: &str) -> Self {
        let mut atoms = Self { list: Vec::with_capacity(text.len() / 5), folded: String::with_capacity(text.len()) };
        let bytes = text.as_bytes();
        let (mut at, mut last) = (0, 0);
        while at < bytes.len() {
            let digits = bytes[at].is_ascii_digit();
            let end = if digits { digits_end(bytes, at) } else { letters_end(text, at) };
            if end == at {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            let start = atoms.folded.len() as u32;
            atoms.fold(&text[at..end]);
            let folded = (start, atoms.folded.len() as u32);
            let first = text[at..].chars().next().unwrap_or(' ');
            atoms.list.push(Atom {
                span: Span::new(at, end),
                folded,
                gap: (at - last) as u32,
                digits,
                initial: !digits && at + first.len_utf8() == end && (first.is_uppercase() || first.is_lowercase()),
                capital: first.is_uppercase(),
            });
            (at, last) = (end, end);
        }
        atoms
    }

    /// The key form: small letters without accents and apostrophes, ASCII digits.
    fn fold(&mut self, atom: &str) {
        if atom.is_ascii() && !atom.contains('\'') {
            self.folded.extend(atom.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        } else {
            let plain: String = atom.chars().filter(|&c| !is_apostrophe(c)).collect();
            dictionary::fold::fold_into(&plain, &mut self.folded);
        }
    }

    pub fn folded(&self, atom: &Atom) -> &[u8] {
        &self.folded.as_bytes()[atom.folded.0 as usize..atom.folded.1 as usize]
    }
}

fn digits_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The end of a run of letters, with the marks on them and apostrophes between them: `O'Brien`.
fn letters_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() {
        if bytes[end].is_ascii_alphabetic() {
            end += 1;
            continue;
        }
        if bytes[end].is_ascii() && bytes[end] != b'\'' {
            break;
        }
        let Some(c) = text[end..].chars().next() else { break };
        let after = end + c.len_utf8();
        let joins = is_apostrophe(c) && end > at && text[after..].chars().next().is_some_and(char::is_alphabetic);
        if !(joins || c.is_alphanumeric() || end > at && unicode_normalization::char::is_combining_mark(c)) {
            break;
        }
        end = after;
    }
    end
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_and_digits_apart() {
        let atoms = Atoms::of("O'Brien, Zoë: MRN0041-2.");
        let folded: Vec<&str> =
            atoms.list.iter().map(|atom| std::str::from_utf8(atoms.folded(atom)).unwrap()).collect();
        assert_eq!(folded, ["obrien", "zoe", "mrn", "0041", "2"]);
        assert_eq!(atoms.list[1].gap, 2);
    }

    proptest! {
        #[test]
        fn atoms_are_in_order_and_on_characters(text in any::<String>()) {
            let mut end = 0;
            for atom in Atoms::of(&text).list {
                prop_assert!(atom.span.start >= end && !atom.span.of(&text).is_empty());
                prop_assert_eq!(atom.gap as usize, atom.span.start - end);
                end = atom.span.end;
            }
        }
    }
}
