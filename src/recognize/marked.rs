//! Text with marks in it, as tests write what is to be found: `seen by Dr. ⟦Okafor⟧`.

use crate::entity::Finding;

/// Runs a recognizer over the text without its marks; what it finds, in order and disjoint, must be what is marked.
#[track_caller]
pub(crate) fn check(expected: &str, find: impl FnOnce(&str) -> Vec<Finding>) {
    let text: String = expected.chars().filter(|c| !"⟦⟧".contains(*c)).collect();
    let mut marked = String::new();
    let mut at = 0;
    for finding in find(&text) {
        marked += &format!("{}⟦{}⟧", &text[at..finding.span.start], finding.span.of(&text));
        at = finding.span.end;
    }
    marked += &text[at..];
    assert_eq!(marked, expected);
}
