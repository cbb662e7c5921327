//! How the tests of all formats look at a layout.

use super::*;
use std::sync::LazyLock;

pub(super) fn formats() -> &'static Formats {
    static FORMATS: LazyLock<Formats> =
        LazyLock::new(|| Formats::new(&Rules::embedded()).expect("the embedded rules are right"));
    &FORMATS
}

/// The text with each finding marked: `[NAME:Mary]`.
pub(super) fn marked(text: &str) -> String {
    match read(text, formats()) {
        Some(layout) => mark(text, &layout),
        None => text.to_owned(),
    }
}

pub(super) fn mark(text: &str, layout: &Layout) -> String {
    let mut findings = layout.findings.clone();
    findings.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.span.end)));
    let (mut out, mut at) = (String::new(), 0);
    for finding in findings {
        if finding.span.start < at {
            continue;
        }
        out += &text[at..finding.span.start];
        out += &format!("[{}:{}]", finding.entity, finding.span.of(text));
        at = finding.span.end;
    }
    out + &text[at..]
}

/// The free text that detection will read, part by part.
pub(super) fn narrative(text: &str) -> Vec<String> {
    let layout = read(text, formats()).unwrap_or_default();
    layout.narrative.iter().map(|(view, _)| view.text().to_owned()).collect()
}

/// The rules of every layout: spans lie on characters of the text, and nothing in it is forgotten.
pub(super) fn check_whole(text: &str) {
    let Some(layout) = read(text, formats()) else { return };
    let mut covered = vec![false; text.len()];
    let spans = layout.findings.iter().map(|finding| finding.span).chain(layout.kept.iter().copied());
    for span in spans {
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "a span cuts a character");
        covered[span.start..span.end].fill(true);
    }
    for (view, _) in &layout.narrative {
        for (at, c) in view.text().char_indices() {
            let origin = view.origin(Span::new(at, at + c.len_utf8()));
            assert!(
                text.is_char_boundary(origin.start) && text.is_char_boundary(origin.end),
                "a view cuts a character"
            );
            covered[origin.start..origin.end].fill(true);
        }
    }
    for (at, c) in text.char_indices() {
        assert!(covered[at] || !c.is_alphanumeric(), "nobody reads `{c}` at {at} of {text:?}");
    }
}

/// A text is read as it is marked, and [`check_whole`] holds of it.
#[track_caller]
pub(super) fn check(text: &str, expected: &str) {
    check_whole(text);
    assert_eq!(marked(text), expected);
}
