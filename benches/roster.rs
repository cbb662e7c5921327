//! A roster of a million people: memory for each value, and what it costs to look for all of them in a note, beside
//! the automaton that it is chosen over.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use cordon::entity::{EntityType, Role};
use cordon::recognize::site::index::Index;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const PEOPLE: usize = 500_000;
/// The automaton is measured with fewer, since its memory grows with every letter of every value.
const FEWER: usize = 50_000;

/// An invented person: a name of three syllables twice, and a record number.
fn person(number: usize) -> (String, String) {
    const PARTS: [&str; 24] = [
        "ka", "lo", "mi", "ren", "tu", "sa", "vel", "dor", "an", "pe", "zi", "bo", "ri", "nal", "fe", "gu", "hes",
        "jo", "wyn", "qua", "tor", "lis", "mar", "eb",
    ];
    let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let word = |shift: u32| {
        let part = |at: u32| PARTS[(mixed >> (shift + at * 5)) as usize % PARTS.len()];
        format!("{}{}{}", part(0), part(1), part(2))
    };
    (format!("{} {}", word(10), word(30)), format!("{:08}", number * 199))
}

fn roster(criterion: &mut Criterion) {
    let mut index = Index::new(2 * PEOPLE);
    let mut letters = 0;
    for number in 0..PEOPLE {
        let (name, record) = person(number);
        letters += name.len() + record.len();
        index.insert(&name, EntityType::Name, Role::Subject, |_| false).expect("long enough");
        index.insert(&record, EntityType::Mrn, Role::Subject, |_| false).expect("long enough");
    }
    let values: Vec<String> = (0..FEWER).map(person).flat_map(|(name, record)| [name, record]).collect();
    let automaton = |kind| AhoCorasick::builder().kind(Some(kind)).ascii_case_insensitive(true).build(&values);
    let linked = automaton(AhoCorasickKind::NoncontiguousNFA).expect("it fits");
    let packed = automaton(AhoCorasickKind::ContiguousNFA).expect("it fits");
    eprintln!(
        "index: {} values of {} bytes, {:.1} bytes each; automaton of {}: {} (linked) and {} (packed) bytes each",
        index.len(),
        letters / (2 * PEOPLE),
        index.size() as f64 / index.len() as f64,
        values.len(),
        linked.memory_usage() / values.len(),
        packed.memory_usage() / values.len(),
    );

    let (name, record) = person(7);
    let note = format!(
        "{name}, MRN {record}, is a 67-year-old man seen on 03/14/2024 for cough. BP 128/76, HR 88, SpO2 95% on room \
         air. Strength 5/5 throughout. Continue lisinopril 10 mg daily and follow up in two weeks, sooner if fever.\n"
    )
    .repeat(10);
    let mut group = criterion.benchmark_group("roster");
    group.throughput(Throughput::Bytes(note.len() as u64));
    group.bench_function("floor", |bencher| bencher.iter(|| memchr::memchr(0, black_box(note.as_bytes()))));
    group.bench_function("index of a million", |bencher| {
        bencher.iter(|| {
            let mut findings = Vec::new();
            index.find(black_box(&note), "roster", &mut findings);
            findings
        });
    });
    group.bench_function("packed automaton of a tenth", |bencher| {
        bencher.iter(|| packed.find_iter(black_box(&note)).count());
    });
    group.finish();
}

criterion_group!(benches, roster);
criterion_main!(benches);
