//! Measures findings against labelled text.
//!
//! Only letters and digits count: a leaked comma is no leak, a masked blank costs nothing. A label marked `opt` is
//! neither a leak when kept nor an error when masked.

use crate::entity::EntityType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One labelled document; offsets count Unicode scalar values, `end` is exclusive.
#[derive(Debug, Deserialize)]
pub struct Gold {
    pub id: String,
    pub text: String,
    pub spans: Vec<GoldSpan>,
}

#[derive(Debug, Deserialize)]
pub struct GoldSpan {
    pub start: usize,
    pub end: usize,
    #[serde(rename = "type")]
    pub entity: String,
    pub role: Option<String>,
    #[serde(default)]
    pub opt: bool,
}

/// What was found in one document, in the same units.
#[derive(Debug, Serialize)]
pub struct Prediction {
    pub id: String,
    pub spans: Vec<PredictedSpan>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PredictedSpan {
    pub start: usize,
    pub end: usize,
    #[serde(rename = "type")]
    pub entity: EntityName,
}

/// An entity type that is written by its name.
#[derive(Clone, Copy, Debug)]
pub struct EntityName(pub EntityType);

impl Serialize for EntityName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

/// Which labels are required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Required {
    /// Every label.
    Full,
    /// Those of 45 CFR 164.514(b)(2): facilities, employers and providers' names are optional.
    Hipaa,
}

impl Required {
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Hipaa => "hipaa",
        }
    }
}

/// Counts over a set of documents.
#[derive(Debug, Default, Serialize)]
pub struct Score {
    pub documents: usize,
    /// Documents with something to find, and those of them without a leak.
    pub with_phi: usize,
    pub clean: usize,
    /// Documents with nothing to find, their characters, and what was masked in them.
    pub without_phi: usize,
    pub untouched: usize,
    pub without_phi_characters: usize,
    pub without_phi_masked: usize,
    /// Letters and digits: found, masked in vain, leaked.
    pub hit: usize,
    pub false_alarm: usize,
    pub leaked: usize,
    pub types: BTreeMap<String, TypeScore>,
}

/// Spans of one type: all, whole, in part; and masked spans of that type that cover nothing labelled.
#[derive(Debug, Default, Serialize)]
pub struct TypeScore {
    pub spans: usize,
    pub caught: usize,
    pub partial: usize,
    pub false_alarms: usize,
}

/// A place where findings and labels differ, by character offsets.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    pub kind: Kind,
    pub entity: String,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Missed,
    Partial,
    FalseAlarm,
}

impl Score {
    pub fn recall(&self) -> f64 {
        ratio(self.hit, self.hit + self.leaked)
    }

    pub fn precision(&self) -> f64 {
        ratio(self.hit, self.hit + self.false_alarm)
    }

    /// The F measure that weighs recall twice.
    pub fn f2(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r == 0.0 { 0.0 } else { 5.0 * p * r / (4.0 * p + r) }
    }

    pub fn clean_rate(&self) -> f64 {
        ratio(self.clean, self.with_phi)
    }

    pub fn untouched_rate(&self) -> f64 {
        ratio(self.untouched, self.without_phi)
    }

    /// Characters masked in documents without anything to find, per thousand.
    pub fn false_alarms_per_thousand(&self) -> f64 {
        1000.0 * ratio(self.without_phi_masked, self.without_phi_characters)
    }

    /// Adds one document; returns where it differs.
    pub fn add(&mut self, gold: &Gold, predicted: &[PredictedSpan], required: Required) -> Vec<Difference> {
        let counted: Vec<bool> = gold.text.chars().map(char::is_alphanumeric).collect();
        let length = counted.len();
        let mut differences = Vec::new();
        let (mut must, mut may, mut masked) = (vec![false; length], vec![false; length], vec![false; length]);
        let optional = |span: &GoldSpan| {
            let provider = span.role.as_deref() == Some("provider");
            span.opt || required == Required::Hipaa && (provider || matches!(span.entity.as_str(), "ORG" | "HOSPITAL"))
        };
        for span in &gold.spans {
            let kind = if optional(span) { &mut may } else { &mut must };
            fill(kind, span.start, span.end);
        }
        for span in predicted {
            fill(&mut masked, span.start, span.end);
        }
        let (mut hit, mut leaked, mut false_alarm) = (0, 0, 0);
        for at in (0..length).filter(|&at| counted[at]) {
            match (must[at], masked[at], may[at]) {
                (true, true, _) => hit += 1,
                (true, false, _) => leaked += 1,
                (false, true, false) => false_alarm += 1,
                _ => {}
            }
        }
        for span in gold.spans.iter().filter(|span| !optional(span)) {
            let places = (span.start..span.end.min(length)).filter(|&at| counted[at]);
            let (all, covered) = places.fold((0, 0), |(all, covered), at| (all + 1, covered + usize::from(masked[at])));
            if all == 0 {
                continue;
            }
            let score = self.types.entry(span.entity.clone()).or_default();
            score.spans += 1;
            score.caught += usize::from(covered == all);
            score.partial += usize::from(covered > 0 && covered < all);
            if covered < all {
                let kind = if covered == 0 { Kind::Missed } else { Kind::Partial };
                differences.push(Difference { kind, entity: span.entity.clone(), start: span.start, end: span.end });
            }
        }
        for span in predicted {
            let mut places = (span.start..span.end.min(length)).filter(|&at| counted[at]).peekable();
            if places.peek().is_some() && places.all(|at| !must[at] && !may[at]) {
                self.types.entry(span.entity.0.name().to_owned()).or_default().false_alarms += 1;
                differences.push(Difference {
                    kind: Kind::FalseAlarm,
                    entity: span.entity.0.name().to_owned(),
                    start: span.start,
                    end: span.end.min(length),
                });
            }
        }
        self.documents += 1;
        self.hit += hit;
        self.leaked += leaked;
        self.false_alarm += false_alarm;
        if gold.spans.iter().any(|span| !optional(span)) {
            self.with_phi += 1;
            self.clean += usize::from(leaked == 0);
        } else {
            self.without_phi += 1;
            self.without_phi_characters += length;
            self.without_phi_masked += false_alarm;
            self.untouched += usize::from(false_alarm == 0);
        }
        differences
    }
}

/// The 95 % interval of a proportion (Wilson's score interval).
pub fn wilson(hits: usize, all: usize) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    const Z: f64 = 1.96;
    let (n, p) = (all as f64, hits as f64 / all as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn fill(places: &mut [bool], start: usize, end: usize) {
    let end = end.min(places.len());
    if start < end {
        places[start..end].fill(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold(spans: Vec<GoldSpan>) -> Gold {
        Gold { id: "a".into(), text: "Zoë Kovács, 42".into(), spans }
    }

    fn label(start: usize, end: usize, entity: &str, opt: bool) -> GoldSpan {
        GoldSpan { start, end, entity: entity.into(), role: None, opt }
    }

    fn found(start: usize, end: usize) -> PredictedSpan {
        PredictedSpan { start, end, entity: EntityName(EntityType::Name) }
    }

    #[test]
    fn letters_and_digits_count() {
        let mut score = Score::default();
        let differences =
            score.add(&gold(vec![label(0, 10, "NAME", false)]), &[found(0, 3), found(10, 14)], Required::Full);
        assert_eq!((score.hit, score.leaked, score.false_alarm), (3, 6, 2));
        assert_eq!(differences.iter().map(|d| d.kind).collect::<Vec<_>>(), [Kind::Partial, Kind::FalseAlarm]);
    }

    #[test]
    fn optional_labels_are_neither_leak_nor_error() {
        let mut score = Score::default();
        let document = gold(vec![label(0, 10, "NAME", true)]);
        assert!(score.add(&document, &[found(0, 3)], Required::Full).is_empty());
        assert_eq!((score.without_phi, score.untouched), (1, 1));
    }

    #[test]
    fn an_interval_holds_its_proportion() {
        let (low, high) = wilson(9, 10);
        assert!(low > 0.59 && low < 0.6 && high > 0.98 && high < 0.99);
    }
}
