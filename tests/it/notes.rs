//! What is found in hand-written notes, messages and records (`tests/fixtures/notes/`): no less than it was.

use crate::gateway::analyzer;
use cordon::eval::{EntityName, Gold, PredictedSpan, Required, Score};
use cordon::recognize::Segment;
use std::time::{Duration, Instant};

fn score(documents: &str) -> Score {
    let mut score = Score::default();
    for line in documents.lines() {
        let gold: Gold = serde_json::from_str(line).expect("a labelled document");
        let deadline = Instant::now() + Duration::from_secs(60);
        let found = analyzer().analyze(&[Segment::prose(&gold.text)], deadline).expect("in time");
        let characters = |byte: usize| gold.text[..byte].chars().count();
        let predicted: Vec<PredictedSpan> = found[0]
            .iter()
            .map(|finding| PredictedSpan {
                start: characters(finding.span.start),
                end: characters(finding.span.end),
                entity: EntityName(finding.entity),
            })
            .collect();
        score.add(&gold, &predicted, Required::Full);
    }
    score
}

/// A hundredth below what was measured when the sets were added.
#[test]
fn as_much_is_found_as_ever() {
    for (name, documents, recall, precision, clean) in [
        ("dense", include_str!("../fixtures/notes/dense.jsonl"), 0.92, 0.915, 0.38),
        ("authors", include_str!("../fixtures/notes/authors.jsonl"), 0.91, 0.92, 0.56),
        ("ordinary", include_str!("../fixtures/notes/ordinary.jsonl"), 0.94, 0.925, 0.66),
    ] {
        let score = score(documents);
        let measured = (score.recall(), score.precision(), score.clean_rate());
        assert!(measured.0 >= recall && measured.1 >= precision && measured.2 >= clean, "{name}: {measured:.3?}");
    }
}
