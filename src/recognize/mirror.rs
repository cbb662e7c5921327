//! Reads a text from its end, where it was written so: `71029648 NRM ,scavoK airaM :tneitaP`, also behind a sign that
//! turns the direction of writing. What is found in this reading is added to what the text itself shows.

use super::View;
use super::view::Builder;
use crate::text::Span;

/// Words that announce identifiers, from their ends. None of them is a word of its own.
const LABELS: &[&str] =
    &["tneitap", "eman", "nrm", "bod", "nss", "enohp", "liame", "sserdda", "htrib", "rotcod", "rebmun"];

/// The text from its end; none where no word of it is a label from its end.
pub fn mirrored(text: &str) -> Option<View> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| (3..=7).contains(&word.len()));
    if !words.into_iter().any(|word| LABELS.iter().any(|label| label.eq_ignore_ascii_case(word))) {
        return None;
    }
    let mut out = Builder::with_capacity(text.len());
    for (at, c) in text.char_indices().rev() {
        // Brackets look the other way.
        let turned = match c {
            '(' => ')',
            ')' => '(',
            '[' => ']',
            ']' => '[',
            '<' => '>',
            '>' => '<',
            c => c,
        };
        out.push(turned, Span::new(at, at + c.len_utf8()));
    }
    Some(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_written_backwards_is_read_so() {
        let text = "(2 mg) 71029648 NRM ,scavoK airaM :tneitaP";
        let view = mirrored(text).expect("written backwards");
        assert_eq!(view.text(), "Patient: Maria Kovacs, MRN 84692017 (gm 2)");
        let at = view.text().find("Maria Kovacs").expect("it is there");
        assert_eq!(view.origin(Span::new(at, at + 12)).of(text), "scavoK airaM");
    }

    #[test]
    fn other_text_is_not() {
        for text in ["Patient: Maria Kovacs, MRN 84620917", "NSSE, bodies, emanate", "", "abc"] {
            assert!(mirrored(text).is_none(), "{text}");
        }
    }
}
