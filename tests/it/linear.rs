//! Texts made to be slow: whatever is written, twice as much of it takes about twice as long.

mod units;

use cordon::recognize::{Analyzer, Options, Segment};
use cordon::rules::Rules;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use units::UNITS;

static ANALYZER: LazyLock<Analyzer> =
    LazyLock::new(|| Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile"));

const SMALL: usize = 4 << 10;

/// Seconds that a text takes, the best of a few readings.
fn seconds(text: &str, readings: usize) -> f64 {
    let read = || {
        let started = Instant::now();
        ANALYZER.analyze(&[Segment::prose(text)], started + Duration::from_secs(60)).expect("in time");
        started.elapsed().as_secs_f64()
    };
    (0..readings).map(|_| read()).fold(f64::MAX, f64::min)
}

/// How many times longer four times the text takes. Where that looks bad, it is looked at again: the machine may have
/// had something else to do.
fn growth(unit: &str) -> f64 {
    let small = unit.repeat(SMALL / unit.len());
    let large = unit.repeat(4 * SMALL / unit.len());
    let once = seconds(&large, 1) / seconds(&small, 1);
    if once < LIMIT { once } else { seconds(&large, 3) / seconds(&small, 3) }
}

/// Four would be linear, sixteen quadratic.
const LIMIT: f64 = 8.0;

#[test]
fn no_text_takes_more_than_its_share() {
    seconds("warm", 1);
    let slow: Vec<String> = UNITS
        .iter()
        .filter_map(|unit| {
            let growth = growth(unit);
            (growth >= LIMIT).then(|| format!("{unit:?}: four times the text takes {growth:.1} times as long"))
        })
        .collect();
    assert!(slow.is_empty(), "\n{}", slow.join("\n"));
}
