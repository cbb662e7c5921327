//! The slowest text of 64 KiB there is, as far as we know: the pieces of `tests/it/linear` alone and in pairs, and its
//! shapes; and which shapes take more than their share at sixteen times that.

#[path = "../tests/it/linear/shapes.rs"]
mod shapes;
#[path = "../tests/it/linear/units.rs"]
mod units;

use cordon::recognize::{Analyzer, Options, Segment};
use cordon::rules::Rules;
use shapes::SHAPES;
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
    let repeated = singles.chain(pairs).map(|unit| (unit.repeat(SIZE / unit.len()), format!("{unit:?}")));
    let shapes = SHAPES.iter().map(|shape| (shape.of_size(SIZE), shape.name.to_owned()));
    let mut rates: Vec<(f64, String)> = repeated
        .chain(shapes)
        .map(|(text, name)| {
            let first = rate(&text);
            (if first < 2.0 { first.max(rate(&text)) } else { first }, name)
        })
        .collect();
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("slowest of {} texts of 64 KiB, in MB/s:", rates.len());
    for (rate, name) in rates.iter().take(15) {
        println!("{rate:8.2}  {name}");
    }
    let mut shares: Vec<(f64, &str)> =
        SHAPES.iter().map(|shape| (rate(&shape.of_size(SIZE)) / rate(&shape.of_size(16 * SIZE)), shape.name)).collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("how many times slower a byte is read in a text of 1 MiB:");
    for (share, name) in shares.iter().take(5) {
        println!("{share:8.2}  {name}");
    }
}
