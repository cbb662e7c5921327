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

/// About a hundredth below what was measured last.
#[test]
fn as_much_is_found_as_ever() {
    for (name, documents, recall, precision, clean) in [
        ("dense", include_str!("../fixtures/notes/dense.jsonl"), 0.93, 0.91, 0.46),
        ("authors", include_str!("../fixtures/notes/authors.jsonl"), 0.94, 0.915, 0.72),
        ("ordinary", include_str!("../fixtures/notes/ordinary.jsonl"), 0.964, 0.925, 0.72),
        ("wards", include_str!("../fixtures/notes/wards.jsonl"), 0.958, 0.904, 0.55),
        ("messages", include_str!("../fixtures/notes/messages.jsonl"), 0.93, 0.898, 0.5),
        ("hard", include_str!("../fixtures/notes/hard.jsonl"), 0.84, 0.79, 0.28),
        ("plain", include_str!("../fixtures/notes/plain.jsonl"), 0.956, 0.912, 0.66),
    ] {
        let score = score(documents);
        let measured = (score.recall(), score.precision(), score.clean_rate());
        assert!(measured.0 >= recall && measured.1 >= precision && measured.2 >= clean, "{name}: {measured:.3?}");
    }
}
