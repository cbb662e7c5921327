//! What was cleared before is read as what it stands for.
//!
//! A pseudonym in a text that comes in is left as it is, but its shape would change what is found around it: `[MRN_1]`
//! announces a record number, and a line of pseudonyms looks like a table. So the detector reads a value of the kind
//! in its place, as long to the byte; then clearing what is clear finds nothing.

use super::lift::{Leaf, LeafId};
use crate::entity::{EntityType, Finding};
use crate::pseudonym::DAY;
use crate::text::Span;

/// Texts of leaves with values in the place of pseudonyms.
pub(super) struct StandIns(Vec<(LeafId, String)>);

impl StandIns {
    pub fn of(leaves: &[Leaf], lookalikes: &[Vec<Span>]) -> Self {
        let with_any = leaves.iter().zip(lookalikes).enumerate().filter(|(_, (_, spans))| !spans.is_empty());
        Self(with_any.map(|(id, (leaf, spans))| (id, replaced(&leaf.text, spans))).collect())
    }

    /// Exchanges the texts; a second time puts them back.
    pub fn swap(&mut self, leaves: &mut [Leaf]) {
        for (id, text) in &mut self.0 {
            std::mem::swap(&mut leaves[*id].text, text);
        }
    }
}

/// Findings of a leaf without what lies in its pseudonyms. A part that is left with no letter or digit goes too.
pub(super) fn outside(text: &str, findings: Vec<Finding>, lookalikes: &[Span]) -> Vec<Finding> {
    if lookalikes.is_empty() {
        return findings;
    }
    let mut left = Vec::with_capacity(findings.len());
    for finding in findings {
        let mut start = finding.span.start;
        let inside = lookalikes.iter().filter(|span| span.overlaps(finding.span));
        let ends = inside.map(|span| (span.start, span.end)).chain([(finding.span.end, finding.span.end)]);
        for (end, next) in ends {
            if start < end && text[start..end].contains(char::is_alphanumeric) {
                left.push(Finding { span: Span::new(start, end), ..finding.clone() });
            }
            start = start.max(next);
        }
    }
    left
}

fn replaced(text: &str, lookalikes: &[Span]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in lookalikes {
        out.push_str(&text[at..span.start]);
        let written = span.of(text);
        out.push_str(&value(written).unwrap_or_else(|| written.to_owned()));
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// A value of a pseudonym's kind, of its length in bytes; none for what is no label of ours.
fn value(pseudonym: &str) -> Option<String> {
    let label = pseudonym.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let label = &label[..label.find(|c: char| !c.is_ascii_alphanumeric())?];
    let length = pseudonym.len();
    let filled = |pattern: &str, more: &str| pattern.chars().chain(more.chars().cycle()).take(length).collect();
    let entity = EntityType::ALL.iter().find(|entity| entity.label() == label);
    match entity {
        _ if label == DAY => Some(filled("01/01/2000", ")")),
        Some(EntityType::Date) => Some(filled("01/01/2000", ")")),
        Some(EntityType::Name | EntityType::Location | EntityType::Hospital | EntityType::Org) => {
            Some(filled("Xerxel", "a"))
        }
        Some(EntityType::Email) => Some(filled("x@example.org", "x")),
        Some(EntityType::Url) => Some(filled("x.example.org", "/")),
        Some(_) => Some(filled("900", "0")),
        None if label.starts_with("ZIP") => Some(filled("900", "0")),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{Role, Strength};

    #[test]
    fn a_value_is_as_long_as_its_pseudonym() {
        for pseudonym in ["[NAME_1]", "[NAME_12b]", "[DAY_0]", "[DAY_+14891]", "[EMAIL_1]", "[MRN_3]", "[ZIP021_1]"] {
            let value = value(pseudonym).expect("a label of ours");
            assert_eq!(value.len(), pseudonym.len(), "{pseudonym}");
            assert!(!value.contains('['));
        }
        assert_eq!(value("[FIG_1]"), None);
    }

    #[test]
    fn a_finding_is_cut_at_a_pseudonym() {
        let text = "Patient: [NAME_1] Kovacs [MRN_1], ";
        let span = Span::new(0, text.len());
        let (entity, role, strength) = (EntityType::Name, Role::Subject, Strength::Weak);
        let finding = Finding { span, entity, role, strength, recognizer: "test".into() };
        let left = outside(text, vec![finding], &[Span::new(9, 17), Span::new(25, 32)]);
        let parts: Vec<&str> = left.iter().map(|finding| finding.span.of(text)).collect();
        assert_eq!(parts, ["Patient: ", " Kovacs "]);
    }
}
