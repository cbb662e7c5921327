//! Applies the policy to the findings of each leaf.

use super::date;
use super::lift::{Handling, Leaf};
use super::mint::Mint;
use super::{Operator, Position, Report};
use crate::entity::{EntityType, Finding, Strength};
use crate::profile::{DateStyle, Policy};
use crate::refusal::{Reason, Refusal};
use std::collections::HashSet;

/// Replaces what was found in a document, leaf by leaf in the order of the document.
pub(super) struct Rewriter<'a> {
    pub mint: Mint<'a>,
    pub policy: &'a Policy,
    pub report: Report,
    /// Every number and date-like run of the document, so that a surrogate that looks like a value is none of them.
    pub taken: HashSet<String>,
}

/// No system numbers its records beyond 64 bits, and no parser keeps such a number whole, so its shape says nothing.
fn counts_in_number(leaf: &Leaf, finding: &Finding) -> bool {
    finding.strength > Strength::Weak || leaf.text.len() < 20
}

/// Whether a finding is a number that stands bare behind a key of JSON in the text, where words would not parse.
fn is_json_number(text: &str, finding: &Finding) -> bool {
    let (before, after) = (text[..finding.span.start].trim_end(), text[finding.span.end..].trim_start());
    let key = before.strip_suffix(':').map_or("", str::trim_end);
    let number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    key.ends_with('"') && after.starts_with([',', '}']) && finding.span.of(text).bytes().all(number)
}

impl Rewriter<'_> {
    /// What leaves in a leaf's place, or nothing if it stays as it is.
    pub fn leaf(&mut self, leaf: &Leaf, findings: &[Finding]) -> Result<Option<String>, Refusal> {
        let acts = |finding: &&Finding| self.policy.operator(finding.entity, finding.role) != Operator::Keep;
        match leaf.handling {
            Handling::Fixed | Handling::Json(_) | Handling::Media { .. } | Handling::Run { .. } => Ok(None),
            Handling::Seed => Ok(self.mint.seed(&leaf.text)),
            Handling::FileName => Ok(Some(self.mint.file_name(&leaf.text))),
            Handling::Key | Handling::Frozen => {
                findings.iter().find(acts).map_or(Ok(()), |finding| Err(forbidden(leaf, finding)))?;
                self.count(leaf, findings);
                Ok(None)
            }
            Handling::Identifier | Handling::Words => {
                let least = if matches!(leaf.handling, Handling::Words) { Strength::Likely } else { Strength::Certain };
                // The shape of a date is in the names of models, and that of a URL in places where one is expected.
                let strong = |finding: &&Finding| match finding.entity {
                    EntityType::Date => is_of_the_last_century(finding.span.of(&leaf.text)),
                    EntityType::Url => false,
                    _ => finding.strength >= least,
                };
                let hit = findings.iter().filter(acts).find(strong);
                hit.map_or(Ok(None), |finding| Err(forbidden(leaf, finding)))
            }
            Handling::Number => match findings.iter().filter(acts).find(|finding| counts_in_number(leaf, finding)) {
                Some(finding) => self.number(leaf, finding).map(Some),
                None => Ok(None),
            },
            Handling::Text | Handling::DataKey | Handling::Base64 { .. } | Handling::Identity(_) => {
                self.text(leaf, findings)
            }
        }
    }

    fn text(&mut self, leaf: &Leaf, findings: &[Finding]) -> Result<Option<String>, Refusal> {
        let is_key = matches!(leaf.handling, Handling::DataKey);
        let mut out = String::with_capacity(leaf.text.len());
        let mut at = 0;
        for finding in findings {
            let original = finding.span.of(&leaf.text);
            let operator = self.policy.operator(finding.entity, finding.role);
            // Two keys that are redacted alike would be one key.
            if operator == Operator::Refuse || (is_key && matches!(operator, Operator::Redact | Operator::Generalize)) {
                return Err(forbidden(leaf, finding));
            }
            out.push_str(&leaf.text[at..finding.span.start]);
            let digits =
                if is_json_number(&leaf.text, finding) { self.digits(operator, finding, original) } else { None };
            out.push_str(&digits.unwrap_or_else(|| self.surrogate(operator, finding, original)));
            at = finding.span.end;
        }
        self.count(leaf, findings);
        if at == 0 {
            return Ok(None);
        }
        out.push_str(&leaf.text[at..]);
        Ok(Some(out))
    }

    fn surrogate(&mut self, operator: Operator, finding: &Finding, original: &str) -> String {
        match operator {
            Operator::Keep => original.to_owned(),
            Operator::Redact | Operator::Refuse => format!("[{}]", finding.entity.label()),
            Operator::Generalize => generalized(finding.entity, original, self.policy),
            Operator::Shift => self.mint.shifted(original, &self.taken),
            Operator::Pseudonymize
                if finding.entity == EntityType::Date && self.policy.dates() == DateStyle::Timeline =>
            {
                self.mint.day(original)
            }
            Operator::Pseudonymize => self.mint.pseudonym(finding.entity, finding.role, original),
        }
    }

    /// A number stays one, or a schema would break.
    fn number(&mut self, leaf: &Leaf, finding: &Finding) -> Result<String, Refusal> {
        let surrogate = self.digits(self.policy.operator(finding.entity, finding.role), finding, &leaf.text);
        self.count(leaf, std::slice::from_ref(finding));
        surrogate.ok_or_else(|| forbidden(leaf, finding))
    }

    fn digits(&mut self, operator: Operator, finding: &Finding, original: &str) -> Option<String> {
        match operator {
            Operator::Generalize if finding.entity == EntityType::AgeOver89 => Some("90".to_owned()),
            Operator::Pseudonymize | Operator::Shift => self.mint.digits(original, &self.taken),
            Operator::Redact | Operator::Generalize => Some("0".to_owned()),
            Operator::Refuse | Operator::Keep => None,
        }
    }

    fn count(&mut self, leaf: &Leaf, findings: &[Finding]) {
        for finding in findings {
            *self.report.counts.entry(finding.entity).or_default() += 1;
            self.report.positions.push(Position {
                place: leaf.place.clone(),
                span: finding.span,
                entity: finding.entity,
                operator: self.policy.operator(finding.entity, finding.role),
                recognizer: finding.recognizer.clone(),
            });
        }
    }
}

/// No version of anything has a date in it that is older than the API.
fn is_of_the_last_century(date: &str) -> bool {
    let mut numbers = date.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| matches!(number.len(), 4 | 8) && (number.starts_with("19") || number.get(4..6) == Some("19")))
}

fn forbidden(leaf: &Leaf, finding: &Finding) -> Refusal {
    Refusal::new(Reason::ForbiddenEntity(finding.entity)).at(&leaf.place)
}

/// A less exact value that Safe Harbor allows.
fn generalized(entity: EntityType, original: &str, policy: &Policy) -> String {
    let redacted = || format!("[{}]", entity.label());
    match entity {
        EntityType::AgeOver89 => match original.find(|c: char| c.is_ascii_digit()) {
            Some(start) => {
                let rest = original[start..].trim_start_matches(|c: char| c.is_ascii_digit());
                format!("{}90+{rest}", &original[..start])
            }
            None => "90+".to_owned(),
        },
        EntityType::Date => match date::read(original, policy.order()) {
            Some(written) => written.day.year().to_string(),
            None => redacted(),
        },
        EntityType::Location => policy.zip().and_then(|zip| zip.of(original)).unwrap_or_else(redacted),
        _ => redacted(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::Role;
    use crate::text::Span;

    #[test]
    fn the_date_of_a_version_is_of_this_century() {
        for date in ["1961-03-14", "03/14/1961", "19610314", "03141961"] {
            assert!(is_of_the_last_century(date), "{date}");
        }
        for date in ["2025-05-14", "20250514", "0125", "11-19", "1106"] {
            assert!(!is_of_the_last_century(date), "{date}");
        }
    }

    #[test]
    fn a_bare_number_of_json_stays_one() {
        let text = r#"{"a": 44.01, "b": "44.02", "c": 3/4/1971}"#;
        let bare = |word: &str| {
            let start = text.find(word).expect("the word is in the text");
            let span = Span::new(start, start + word.len());
            let (entity, role, strength) = (EntityType::Location, Role::Subject, Strength::Certain);
            is_json_number(text, &Finding { span, entity, role, strength, recognizer: "test".into() })
        };
        assert!(bare("44.01"));
        assert!(!bare("44.02") && !bare("3/4/1971"));
    }
}
