//! Whatever the text, findings are sorted, disjoint and on characters, and so are those of a text that is found again.
#![no_main]

use cordon::recognize::{Analyzer, Options, Segment};
use cordon::rules::Rules;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(|| {
    let options = Options { packs: ["us", "uk", "de", "es"].map(String::from).into(), ..Options::default() };
    Analyzer::new(&Rules::embedded(), &options).expect("the embedded rules compile")
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let later = Instant::now() + Duration::from_secs(20);
    let halves = text.split_at(text.floor_char_boundary(text.len() / 2));
    let parts = [halves.0, halves.1].map(|text| Segment { group: Some(1), ..Segment::prose(text) });
    for document in [&[Segment::prose(text)][..], &parts] {
        let found = ANALYZER.analyze(document, later).expect("no recognizer fails");
        assert_eq!(found.len(), document.len());
        for (segment, findings) in document.iter().zip(&found) {
            let mut end = 0;
            for finding in findings {
                let span = finding.span;
                assert!(span.start >= end && span.start < span.end, "in order, not empty");
                assert!(segment.text.is_char_boundary(span.start) && segment.text.is_char_boundary(span.end));
                end = span.end;
            }
        }
    }
    ANALYZER.near_misses(text);
});
