//! Unites findings: what any recognizer covered stays covered, and the strongest evidence names it.

use crate::entity::Finding;
use crate::text::Span;

/// Sorted, disjoint findings that cover exactly what the given ones cover.
///
/// Where findings overlap, the strongest gives type, role and recognizer; among equals the longest, among those the
/// first. Findings that only touch stay apart.
pub fn unite(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| !finding.span.is_empty());
    findings.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.span.end)));
    let mut united: Vec<Finding> = Vec::with_capacity(findings.len());
    // The length of the finding that named the last united one.
    let mut winner_len = 0;
    for finding in findings {
        match united.last_mut() {
            Some(last) if finding.span.start < last.span.end => {
                let hull = Span::new(last.span.start, last.span.end.max(finding.span.end));
                if (finding.strength, finding.span.len()) > (last.strength, winner_len) {
                    winner_len = finding.span.len();
                    *last = finding;
                }
                last.span = hull;
            }
            _ => {
                winner_len = finding.span.len();
                united.push(finding);
            }
        }
    }
    united
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{EntityType, Role, Strength};
    use proptest::prelude::*;

    fn finding(start: usize, end: usize, entity: EntityType, strength: Strength) -> Finding {
        Finding { span: Span::new(start, end), entity, role: Role::Subject, strength, recognizer: "test".into() }
    }

    #[test]
    fn the_strongest_names_the_union() {
        let united = unite(vec![
            finding(0, 10, EntityType::Name, Strength::Weak),
            finding(5, 12, EntityType::Mrn, Strength::Certain),
            finding(12, 14, EntityType::Date, Strength::Likely),
        ]);
        assert_eq!(united.len(), 2);
        assert_eq!((united[0].span, united[0].entity), (Span::new(0, 12), EntityType::Mrn));
        assert_eq!(united[1].span, Span::new(12, 14));
    }

    #[test]
    fn among_equals_the_longest_names_the_union() {
        let united = unite(vec![
            finding(0, 4, EntityType::Phone, Strength::Likely),
            finding(2, 12, EntityType::Account, Strength::Likely),
        ]);
        assert_eq!(united[0].entity, EntityType::Account);
    }

    proptest! {
        #[test]
        fn covers_exactly_what_was_covered(spans in prop::collection::vec((0usize..60, 0usize..12, 0usize..3), 0..20)) {
            let strengths = [Strength::Weak, Strength::Likely, Strength::Certain];
            let findings: Vec<_> = spans
                .iter()
                .map(|&(start, len, s)| finding(start, start + len, EntityType::Name, strengths[s]))
                .collect();
            let holds = |list: &[Finding], at| list.iter().any(|f| f.span.start <= at && at < f.span.end);
            let covered = |list: &[Finding]| (0..80).map(|at| holds(list, at)).collect::<Vec<_>>();
            let united = unite(findings.clone());
            prop_assert_eq!(covered(&united), covered(&findings));
            prop_assert!(united.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        }
    }
}
