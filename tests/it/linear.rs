//! Texts made to be slow: whatever is written, more of it takes as much more time.

mod shapes;
mod units;

use cordon::recognize::{Analyzer, Options, Segment};
use cordon::rules::Rules;
use shapes::SHAPES;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use units::UNITS;

static ANALYZER: LazyLock<Analyzer> =
    LazyLock::new(|| Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile"));

const SMALL: usize = 2 << 10;

/// Seconds that reading a text takes.
fn seconds(text: &str) -> f64 {
    let (started, deadline) = (clock(), Instant::now() + Duration::from_secs(60));
    ANALYZER.analyze(&[Segment::prose(text)], deadline).expect("in time");
    (clock() - started).as_secs_f64()
}

/// The time that this thread has worked, where the system tells it, since other tests want the machine too.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let worked = told.and_then(|text| text.split(' ').next()?.parse().ok());
    worked.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// How many times longer eight times the text takes. What is done in a blink is no measure, and what looks bad is
/// looked at again.
fn growth(write: impl Fn(usize) -> String) -> f64 {
    let (small, large) = (write(SMALL), write(8 * SMALL));
    let once = || seconds(&large) / seconds(&small).max(0.005);
    let growth = once();
    if growth < LIMIT { growth } else { growth.min(once()) }
}

/// Eight would be linear, sixty-four quadratic.
const LIMIT: f64 = 24.0;

#[test]
fn no_text_takes_more_than_its_share() {
    seconds("warm");
    let slow: Vec<String> = UNITS
        .iter()
        .filter_map(|unit| {
            let growth = growth(|size| unit.repeat(size / unit.len()));
            (growth >= LIMIT).then(|| format!("{unit:?}: eight times the text takes {growth:.1} times as long"))
        })
        .collect();
    assert!(slow.is_empty(), "\n{}", slow.join("\n"));
}

#[test]
fn no_document_takes_more_than_its_share() {
    seconds("warm");
    let slow: Vec<String> = SHAPES
        .iter()
        .filter_map(|shape| {
            let growth = growth(|size| shape.of_size(size));
            (growth >= LIMIT).then(|| format!("{}: eight times the text takes {growth:.1} times as long", shape.name))
        })
        .collect();
    assert!(slow.is_empty(), "\n{}", slow.join("\n"));
}
