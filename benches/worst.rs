//! The slowest text of 64 KiB there is, as far as we know: the pieces of `tests/it/linear` alone and in pairs.

#[path = "../tests/it/linear/units.rs"]
mod units;

use cordon::recognize::{Analyzer, Options, Segment};
use cordon::rules::Rules;
use std::time::{Duration, Instant};
use units::UNITS;

const SIZE: usize = 64 << 10;

/// How many others each piece is paired with.
const AROUND: usize = 8;

fn main() {
    let options = Options { tagger: false, ..Options::default() };
    let analyzer = Analyzer::new(&Rules::embedded(), &options).expect("the embedded rules compile");
    let rate = |text: &str| {
        let started = Instant::now();
        analyzer.analyze(&[Segment::prose(text)], started + Duration::from_secs(60)).expect("in time");
        text.len() as f64 / 1e6 / started.elapsed().as_secs_f64()
    };
    rate("warm");
    let singles = UNITS.iter().map(|unit| (*unit).to_owned());
    // Each with a few of the others, other ones each time around, in an order that is the same every time.
    let pairs = (0..UNITS.len() * AROUND).map(|at| {
        let other = (at * 97 + at / UNITS.len() * 31) % UNITS.len();
        format!("{}{}", UNITS[at % UNITS.len()], UNITS[other])
    });
    let mut rates: Vec<(f64, String)> = singles
        .chain(pairs)
        .map(|unit| {
            let text = unit.repeat(SIZE / unit.len());
            let first = rate(&text);
            (if first < 2.0 { first.max(rate(&text)) } else { first }, unit)
        })
        .collect();
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("slowest of {} texts, in MB/s:", rates.len());
    for (rate, unit) in rates.iter().take(15) {
        println!("{rate:8.2}  {unit:?}");
    }
}
