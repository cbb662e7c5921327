//! The figures of `cordon eval`, as a table and as JSON.

use crate::eval::{Required, Score, TypeScore, wilson};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The figures of one or two settings on the same documents.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    required: Required,
    settings: Vec<Figures<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<&'a Pair>,
}

/// Documents of which one of two settings leaks something and the other does not.
#[derive(Debug, Default, Serialize)]
pub struct Pair {
    leaks_in_first_only: usize,
    leaks_in_second_only: usize,
    leaks_in_both: usize,
}

impl Pair {
    pub fn add(&mut self, first: bool, second: bool) {
        match (first, second) {
            (true, true) => self.leaks_in_both += 1,
            (true, false) => self.leaks_in_first_only += 1,
            (false, true) => self.leaks_in_second_only += 1,
            (false, false) => {}
        }
    }
}

#[derive(Debug, Serialize)]
struct Figures<'a> {
    name: &'a str,
    recall: f64,
    precision: f64,
    f2: f64,
    /// Of the documents with something to find, those without a leak.
    clean: Proportion,
    /// Of the documents with nothing to find, those left as they are.
    untouched: Proportion,
    false_alarms_per_thousand: f64,
    types: BTreeMap<&'a str, TypeFigures>,
    counts: &'a Score,
}

#[derive(Debug, Serialize)]
struct TypeFigures {
    caught: Proportion,
    partial: usize,
    false_alarms: usize,
}

/// A proportion with its 95 % interval.
#[derive(Clone, Copy, Debug, Serialize)]
struct Proportion {
    of: usize,
    rate: f64,
    low: f64,
    high: f64,
}

impl Proportion {
    fn new(hits: usize, of: usize) -> Self {
        let (low, high) = wilson(hits, of);
        Self { of, rate: if of == 0 { 0.0 } else { hits as f64 / of as f64 }, low, high }
    }
}

impl<'a> Report<'a> {
    pub fn new(required: Required, names: &[&'a str], scores: &'a [Score], pair: &'a Pair) -> Self {
        let settings = names.iter().zip(scores).map(|(name, score)| Figures::new(name, score)).collect();
        Self { required, settings, compared: (scores.len() == 2).then_some(pair) }
    }
}

impl<'a> Figures<'a> {
    fn new(name: &'a str, score: &'a Score) -> Self {
        let figures = |counts: &TypeScore| TypeFigures {
            caught: Proportion::new(counts.caught, counts.spans),
            partial: counts.partial,
            false_alarms: counts.false_alarms,
        };
        Self {
            name,
            recall: score.recall(),
            precision: score.precision(),
            f2: score.f2(),
            clean: Proportion::new(score.clean, score.with_phi),
            untouched: Proportion::new(score.untouched, score.without_phi),
            false_alarms_per_thousand: score.false_alarms_per_thousand(),
            types: score.types.iter().map(|(name, counts)| (name.as_str(), figures(counts))).collect(),
            counts: score,
        }
    }
}

impl fmt::Display for Proportion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            0 => f.write_str("-"),
            _ => write!(f, "{:.3} ({:.3}..{:.3})", self.rate, self.low, self.high),
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figures in &self.settings {
            writeln!(f, "{}, labels required: {}, {figures}", figures.name, self.required.name())?;
        }
        let [first, second] = &self.settings[..] else { return Ok(()) };
        writeln!(
            f,
            "from {} to {}: recall {:+.3}, precision {:+.3}, F2 {:+.3}, false alarms {:+.2} per 1,000 characters",
            first.name,
            second.name,
            second.recall - first.recall,
            second.precision - first.precision,
            second.f2 - first.f2,
            second.false_alarms_per_thousand - first.false_alarms_per_thousand,
        )?;
        if let Some(pair) = self.compared {
            writeln!(
                f,
                "documents with a leak: {} with the first only, {} with the second only, {} with both",
                pair.leaks_in_first_only, pair.leaks_in_second_only, pair.leaks_in_both
            )?;
        }
        let names: std::collections::BTreeSet<&str> = first.types.keys().chain(second.types.keys()).copied().collect();
        for name in names {
            let rate = |figures: &Figures<'_>| figures.types.get(name).map_or(0.0, |kind| kind.caught.rate);
            let alarms = |figures: &Figures<'_>| figures.types.get(name).map_or(0, |kind| kind.false_alarms as i64);
            let (caught, alarms) = (rate(second) - rate(first), alarms(second) - alarms(first));
            if caught != 0.0 || alarms != 0 {
                writeln!(f, "{name:<16} caught {caught:+.3}, false alarms {alarms:+}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let score = self.counts;
        writeln!(
            f,
            "{} documents: recall {:.3}, precision {:.3}, F2 {:.3}; without a leak {} of {}",
            score.documents, self.recall, self.precision, self.f2, self.clean, score.with_phi,
        )?;
        writeln!(
            f,
            "text without anything to find: {:.2} false alarms per 1,000 characters, untouched {} of {}",
            self.false_alarms_per_thousand, self.untouched, score.without_phi,
        )?;
        writeln!(f, "{:<16} {:>6} {:>22} {:>8} {:>12}", "type", "spans", "caught (95 %)", "partial", "false alarms")?;
        for (name, figures) in &self.types {
            let TypeFigures { caught, partial, false_alarms } = figures;
            writeln!(f, "{name:<16} {:>6} {:>22} {partial:>8} {false_alarms:>12}", caught.of, caught.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::EntityType;
    use crate::eval::{EntityName, Gold, GoldSpan, PredictedSpan};

    fn score(found: &[(usize, usize)]) -> Score {
        let label = GoldSpan { start: 0, end: 5, entity: "NAME".into(), role: None, opt: false };
        let gold = Gold { id: "a".into(), text: "Imre, 42".into(), spans: vec![label] };
        let entity = EntityName(EntityType::Name);
        let spans: Vec<_> = found.iter().map(|&(start, end)| PredictedSpan { start, end, entity }).collect();
        let mut score = Score::default();
        score.add(&gold, &spans, Required::Full);
        score
    }

    #[test]
    fn two_settings_show_where_they_differ() {
        let scores = [score(&[(0, 4)]), score(&[(6, 8)])];
        let pair = Pair { leaks_in_second_only: 1, ..Pair::default() };
        let report = Report::new(Required::Full, &["one", "two"], &scores, &pair);
        let table = report.to_string();
        assert!(table.contains("from one to two: recall -1.000"), "{table}");
        assert!(table.contains("0 with the first only, 1 with the second only"), "{table}");
        assert!(table.contains("NAME             caught -1.000, false alarms +1"), "{table}");
        let json: serde_json::Value = serde_json::to_value(&report).expect("it is data");
        assert_eq!(json["settings"][0]["types"]["NAME"]["caught"]["rate"], 1.0);
        assert_eq!(json["compared"]["leaks_in_second_only"], 1);
    }
}
