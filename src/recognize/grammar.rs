//! What is found by grammar: dates, ages, addresses, facilities. All read the same words, cut once.

use super::dictionary::Lexicon;
use super::word::Words;
use super::{Fault, Passage, Recognizer, SegmentKind, address, age, contact, date, facility};
use crate::entity::Finding;
use std::sync::Arc;
use std::time::Instant;

pub struct Grammar {
    lexicon: Arc<Lexicon>,
}

impl Grammar {
    pub fn new(lexicon: Arc<Lexicon>) -> Self {
        Self { lexicon }
    }
}

impl Recognizer for Grammar {
    fn name(&self) -> &str {
        "grammar"
    }

    fn find(&self, passage: &Passage<'_>, _deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        // Random identifiers hold digits that look like dates.
        if passage.kind == SegmentKind::Identifier {
            return Ok(());
        }
        let words = Words::cut(passage.text());
        date::find(&words, passage.label, findings);
        age::find(&words, passage.label, findings);
        address::find(&words, &self.lexicon, findings);
        facility::find(&words, &self.lexicon, findings);
        contact::find(&words, findings);
        Ok(())
    }
}
