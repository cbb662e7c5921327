//! From the detector's lists to one list per leaf.

use super::Operator;
use super::lift::{Handling, Leaf, LeafId};
use super::shadow::Shadow;
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::profile::Policy;
use crate::recognize::{Segment, SegmentKind, merge};
use crate::refusal::{Reason, Refusal};
use crate::text::Span;
use std::collections::HashMap;

/// The segments to analyse: the leaves that are looked at, then the shadows.
pub(super) struct Segments<'a> {
    pub list: Vec<Segment<'a>>,
    /// The leaf of each segment, up to the shadows.
    owners: Vec<LeafId>,
    shadows: &'a [Shadow],
}

impl<'a> Segments<'a> {
    pub fn of(leaves: &'a [Leaf], wholes: &'a HashMap<LeafId, String>, shadows: &'a [Shadow]) -> Self {
        let (mut list, mut owners) = (Vec::new(), Vec::new());
        for (id, leaf) in leaves.iter().enumerate() {
            let kind = match leaf.handling {
                Handling::Fixed
                | Handling::Json(_)
                | Handling::FileName
                | Handling::Seed
                | Handling::Media { .. }
                | Handling::Identity(_) => continue,
                Handling::Key | Handling::DataKey if is_sentence(&leaf.text) => SegmentKind::Prose,
                Handling::Key | Handling::DataKey => SegmentKind::Key,
                Handling::Number => SegmentKind::Number,
                Handling::Identifier => SegmentKind::Identifier,
                Handling::Text
                | Handling::Words
                | Handling::Frozen
                | Handling::Base64 { .. }
                | Handling::Run { .. } => SegmentKind::Prose,
            };
            let text = wholes.get(&id).map_or(leaf.text.as_str(), String::as_str);
            list.push(Segment { text, label: leaf.label.as_deref(), kind, group: leaf.group });
            owners.push(id);
        }
        list.extend(shadows.iter().map(|shadow| Segment::prose(&shadow.text)));
        Self { list, owners, shadows }
    }

    /// One list per leaf: sorted, disjoint, on character boundaries. A detector that breaks its promise refuses.
    pub fn sort(
        &self,
        found: Vec<Vec<Finding>>,
        leaves: &[Leaf],
        policy: &Policy,
    ) -> Result<Vec<Vec<Finding>>, Refusal> {
        if found.len() != self.list.len() {
            return Err(broken());
        }
        let mut sorted: Vec<Vec<Finding>> = vec![Vec::new(); leaves.len()];
        let mut runs = Vec::new();
        for (at, findings) in found.into_iter().enumerate() {
            let Some(&owner) = self.owners.get(at) else {
                let shadow = &self.shadows[at - self.owners.len()];
                findings.iter().for_each(|finding| shadow.cast(finding, &mut sorted));
                continue;
            };
            match leaves[owner].handling {
                Handling::Run { of, span } => {
                    let is_name = matches!(leaves[of].handling, Handling::Identifier | Handling::Words);
                    let acts = |finding: &&Finding| {
                        policy.operator(finding.entity, finding.role) != Operator::Keep
                            && (!is_name || finding.strength > Strength::Weak && finding.entity != EntityType::Date)
                    };
                    // Nobody encodes an identifier of the API by chance into words about a person.
                    let strength = |finding: &Finding| if is_name { Strength::Certain } else { finding.strength };
                    let whole = |finding: &Finding| Finding { span, strength: strength(finding), ..finding.clone() };
                    runs.extend(findings.iter().find(acts).map(|finding| (of, whole(finding))));
                }
                _ => sorted[owner].extend(findings),
            }
        }
        for (of, finding) in runs {
            sorted[of].push(finding);
        }
        for (findings, leaf) in sorted.iter_mut().zip(leaves) {
            if let Handling::Identity(entity) = leaf.handling {
                let (role, strength, recognizer) = (Role::Subject, Strength::Certain, "dicom".into());
                let span = Span::new(0, leaf.text.len());
                findings.push(Finding { span, entity, role, strength, recognizer });
            }
        }
        for (findings, leaf) in sorted.iter_mut().zip(leaves) {
            if findings.iter().any(|finding| !fits(finding.span, &leaf.text)) {
                return Err(broken());
            }
            if findings.len() > 1 {
                *findings = merge::unite(std::mem::take(findings));
            }
            if findings.windows(2).any(|pair| pair[0].span.end > pair[1].span.start) {
                return Err(broken());
            }
        }
        Ok(sorted)
    }
}

/// Whether a key has signs that no name of a field has: somebody's text stands there.
fn is_sentence(key: &str) -> bool {
    key.contains([':', '=', '|', '\'', '"', '\\', '<', '>', '{', '}', ';', '!', '?'])
}

fn fits(span: Span, text: &str) -> bool {
    span.start < span.end && text.is_char_boundary(span.start) && text.is_char_boundary(span.end)
}

fn broken() -> Refusal {
    Refusal::new(Reason::DetectorFailed).because("its findings do not fit the text")
}
