//! A text in chunks that a model reads at once: cut between words, and overlapping so that no name is cut for both.

use std::ops::Range;

const CHUNK: usize = 1500;
/// A list has room for every word of a chunk that is shorter than this.
const HALVED_MIN: usize = 400;
/// Longer than any name with its context.
const OVERLAP: usize = 160;

/// Ranges that cover the text and overlap, cut between words.
pub fn chunks(text: &str) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    loop {
        let end = boundary(text, start + CHUNK);
        chunks.push(start..end);
        if end == text.len() {
            return chunks;
        }
        // Always forwards, whatever the text is made of.
        start = boundary(text, end - OVERLAP).max(start + 1);
        while !text.is_char_boundary(start) {
            start += 1;
        }
    }
}

/// The two halves of a chunk, the first one last, which overlap like chunks do. None when it is too short for that.
pub fn halves(text: &str, chunk: Range<usize>) -> Option<[Range<usize>; 2]> {
    let middle = chunk.start + chunk.len() / 2;
    (chunk.len() >= HALVED_MIN)
        .then(|| [boundary(text, middle - OVERLAP / 2)..chunk.end, chunk.start..boundary(text, middle + OVERLAP / 2)])
}

/// The place after the last white space before `place`, or the nearest character boundary where there is none.
fn boundary(text: &str, place: usize) -> usize {
    if place >= text.len() {
        return text.len();
    }
    let mut place = place;
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    let near = place.saturating_sub(OVERLAP / 2);
    let window = (near..place).find(|&at| text.is_char_boundary(at)).map_or("", |at| &text[at..place]);
    match window.char_indices().rev().find(|(_, letter)| letter.is_whitespace()) {
        Some((at, letter)) => place - window.len() + at + letter.len_utf8(),
        None => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_cover_the_text_and_overlap(text in "([a-zé]{1,9}[ \n]){0,900}|[é]{0,3000}") {
            let chunks = chunks(&text);
            prop_assert_eq!(chunks[0].start, 0);
            prop_assert_eq!(chunks.last().unwrap().end, text.len());
            for pair in chunks.windows(2) {
                prop_assert!(pair[1].start < pair[0].end && pair[1].start > pair[0].start);
            }
            for chunk in chunks {
                prop_assert!(text.get(chunk.clone()).is_some() && chunk.len() <= CHUNK);
                let Some([second, first]) = halves(&text, chunk.clone()) else { continue };
                prop_assert_eq!((first.start, second.end), (chunk.start, chunk.end));
                prop_assert!(second.start <= first.end && first.len().max(second.len()) < chunk.len());
                prop_assert!(text.get(first).is_some() && text.get(second).is_some());
            }
        }
    }
}
