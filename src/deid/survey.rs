//! What a document holds before anything is replaced: look-alikes of pseudonyms, hosts, numbers.

use super::host;
use super::lift::{Handling, Leaf};
use super::mint::Mint;
use crate::pseudonym::{Anything, DAY, Flavour, Match, match_at};
use crate::text::Span;
use std::collections::HashSet;

/// Finds text shaped like a pseudonym, so that it is neither minted again nor ever resolved, and the hosts of URLs.
/// Gives the spans of the look-alikes in each leaf: what was cleared before is not cleared again.
pub(super) fn lookalikes(leaves: &[Leaf], mint: &mut Mint<'_>) -> Vec<Vec<Span>> {
    leaves
        .iter()
        .map(|leaf| {
            if matches!(leaf.handling, Handling::Json(_) | Handling::Media { .. }) {
                return Vec::new();
            }
            host::hosts(&leaf.text).into_iter().for_each(|host| mint.name_host(host));
            let mut spans = Vec::new();
            let mut before = None;
            let mut at = 0;
            while let Some(start) = next_candidate(&leaf.text, at) {
                before = leaf.text[at..start].chars().next_back().or(before.filter(|_| start == at));
                match match_at(&leaf.text, start, before, Flavour::Plain, true, &Anything) {
                    Match::Is { pseudonym, end, .. } => {
                        mint.reserve(&pseudonym);
                        // A long number in brackets can be anything.
                        if pseudonym.label == DAY || pseudonym.number < ORDINALS || mint.is_keyed() {
                            spans.push(Span::new(start, end));
                        }
                        before = leaf.text[..end].chars().next_back();
                        at = end;
                    }
                    _ => {
                        let c = leaf.text[start..].chars().next();
                        before = c;
                        at = start + c.map_or(1, char::len_utf8);
                    }
                }
            }
            spans
        })
        .collect()
}

/// Every number of a document: no surrogate that looks like a number may be one of them.
pub(super) fn numbers(leaves: &[Leaf]) -> HashSet<String> {
    let mut numbers = HashSet::new();
    for leaf in leaves {
        if matches!(leaf.handling, Handling::Number) {
            numbers.insert(leaf.text.clone());
        }
        let runs = leaf.text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '/'));
        for run in runs.filter(|run| run.len() > 1 && run.bytes().any(|byte| byte.is_ascii_digit())) {
            numbers.insert(run.to_owned());
            numbers.extend(run.split(['.', '-', '/']).filter(|digits| digits.len() > 1).map(str::to_owned));
        }
    }
    numbers
}

/// The next character that can start a pseudonym as `match_at` reads them: a bracket of any script, an escape, or an
/// upper-case letter at the start of a word.
fn next_candidate(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find(|&at| match bytes[at] {
        b'[' | b'<' | b'\\' | b'%' => true,
        byte if byte.is_ascii_uppercase() => {
            at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
        }
        // Brackets of other scripts and full-width letters; all that matters starts with one of these.
        0xc2 | 0xe2 | 0xe3 | 0xef => true,
        _ => false,
    })
}

/// Ordinals are below.
const ORDINALS: i64 = 10_000;
