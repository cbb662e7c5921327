//! How fast text is read: all recognizers, the patterns alone, and a floor that only looks at every byte.

use cordon::recognize::{Analyzer, Options, Passage, Recognizer, Segment, SegmentKind, View, pattern::Patterns};
use cordon::rules::Rules;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A synthetic note of about two kilobytes.
fn note() -> String {
    let part = "Mr. Imre Zalan, MRN 00412345, is a 67-year-old man seen on 03/14/2024 at Lakeview Nursing Home for cough. \
                BP 128/76, HR 88, SpO2 95% on room air. Strength 5/5 throughout. He lives at 12 Elm Street, Apt 4B and may \
                be reached at (617) 555-0123. Continue lisinopril 10 mg daily and follow up in two weeks.\n";
    part.repeat(6)
}

fn recognize(criterion: &mut Criterion) {
    let text = note();
    let rules = Rules::embedded();
    let patterns = Patterns::new(&rules, &["us".to_owned()]).expect("the embedded rules compile");
    let view = View::identity(&text);
    let mut group = criterion.benchmark_group("recognize");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("floor", |bencher| bencher.iter(|| memchr::memchr(0, black_box(text.as_bytes()))));
    group.bench_function("patterns", |bencher| {
        let passage = Passage { view: &view, label: None, kind: SegmentKind::Prose };
        bencher.iter(|| {
            let mut findings = Vec::new();
            let read = patterns.find(&passage, Instant::now() + Duration::from_secs(5), &mut findings);
            black_box((read, findings))
        });
    });
    group.bench_function("all", |bencher| {
        // A fresh ending for each reading, so that nothing is remembered from the last.
        let analyzer = Analyzer::new(&rules, &Options::default()).expect("the embedded rules compile");
        let mut turn = 0u64;
        bencher.iter(|| {
            turn += 1;
            let text = format!("{text}{turn}");
            black_box(analyzer.analyze(&[Segment::prose(&text)], Instant::now() + Duration::from_secs(5)))
        });
    });
    group.finish();
}

criterion_group!(benches, recognize);
criterion_main!(benches);
