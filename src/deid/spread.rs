//! What identifies by itself is taken out wherever it stands.
//!
//! A record number found by its field can stand once more where no field says so. The last look would refuse such a
//! request; here the second place becomes a finding like the first.

use super::lift::{Handling, Leaf};
use super::{Operator, date, residual};
use crate::entity::{EntityType, Finding};
use crate::profile::Policy;
use crate::recognize::merge;
use crate::refusal::{Reason, Refusal};
use crate::text::Span;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;

pub(super) fn spread(leaves: &[Leaf], findings: &mut [Vec<Finding>], policy: &Policy) -> Result<(), Refusal> {
    let mut terms: BTreeMap<&str, &Finding> = BTreeMap::new();
    for (leaf, found) in leaves.iter().zip(findings.iter()) {
        if matches!(leaf.handling, Handling::Identifier | Handling::Words | Handling::Run { .. }) {
            continue;
        }
        for finding in found.iter().filter(|finding| policy.operator(finding.entity, finding.role) != Operator::Keep) {
            let mut text = finding.span.of(&leaf.text);
            if finding.entity == EntityType::Date {
                // A time of day after a date is no part of what is replaced.
                text = date::read(text, policy.order()).map_or(text, |written| &text[..written.bytes]);
            }
            if residual::is_distinctive(text) {
                terms.entry(text).or_insert(finding);
            }
        }
    }
    if terms.is_empty() {
        return Ok(());
    }
    let broken = |_| Refusal::new(Reason::Internal).because("the search for what was found could not be prepared");
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(terms.keys()).map_err(broken)?;
    let models: Vec<Finding> = terms.into_values().cloned().collect();
    for (leaf, found) in leaves.iter().zip(findings) {
        if !matches!(leaf.handling, Handling::Text | Handling::DataKey | Handling::Number | Handling::Base64 { .. }) {
            continue;
        }
        let before = found.len();
        for term in search.find_iter(&leaf.text) {
            let span = Span::new(term.start(), term.end());
            let known = found[..before].iter().any(|finding| finding.span.contains(span));
            if !known && residual::is_word(&leaf.text, span.start, span.end) {
                found.push(Finding { span, recognizer: "spread".into(), ..models[term.pattern().as_usize()].clone() });
            }
        }
        if found.len() > before {
            *found = merge::unite(std::mem::take(found));
        }
    }
    Ok(())
}
