//! How fast text is read, stage by stage, beside a floor that only looks at every byte; and the memory of what reads.

use cordon::recognize::dictionary::Lexicon;
use cordon::recognize::grammar::Grammar;
use cordon::recognize::name::Names;
use cordon::recognize::pattern::Patterns;
use cordon::recognize::structure::{self, Formats};
use cordon::recognize::tagger::Tagger;
use cordon::recognize::{Analyzer, Options, Passage, Recognizer, Segment, SegmentKind, fold};
use cordon::rules::Rules;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// About eight kilobytes of what clinics write, of invented people: a note, a summary, a message, a log.
fn text() -> String {
    let note = "Mr. Imre Zalan, MRN 00412345, is a 67-year-old man seen on 03/14/2024 at Lakeview Nursing Home for cough. \
                BP 128/76, HR 88, SpO2 95% on room air. Strength 5/5 throughout. He lives at 12 Elm Street, Apt 4B and may \
                be reached at (617) 555-0123. Continue lisinopril 10 mg daily and follow up in two weeks.\n";
    let summary = "HOSPITAL COURSE\nThe patient presented with two days of shortness of breath and a productive cough. On \
                   arrival the chest film showed a right lower lobe infiltrate; cultures were drawn and ceftriaxone 1 g IV \
                   every 24 hours with azithromycin 500 mg was started. Troponin was 0.02 ng/mL and BNP 812 pg/mL. An \
                   echocardiogram showed an ejection fraction of 40% with mild mitral regurgitation. Oxygen was weaned over \
                   the next three days, appetite returned, and the creatinine settled at 1.1 mg/dL from a peak of 1.8.\n\n\
                   MEDICATIONS\n- metoprolol succinate 50 mg by mouth once daily\n- furosemide 40 mg by mouth twice daily\n\
                   - atorvastatin 80 mg at bedtime\n\nPLAN\nRepeat the basic metabolic panel in one week, weigh daily, and \
                   call for a gain of more than 3 lb in a day or 5 lb in a week. No driving until cleared by cardiology.\n";
    let message = "hi dr okafor, this is anna, my mom's daughter. she got dizzy again after the new pill this morning and \
                   sat down, no fall. should we skip tonights dose? you can call me at 617-555-0134 after 5pm, thank you!\n";
    let log = "2024-03-14 08:12:44 INFO export batch=7 rows=118 status=ok path=/data/exports/daily.csv\n";
    [note, summary, message, log, summary, note, message, summary].concat()
}

fn recognize(criterion: &mut Criterion) {
    let text = text();
    let before = resident();
    let rules = Rules::embedded();
    let packs = Options::default().packs;
    let patterns = Patterns::new(&rules, &packs).expect("the embedded rules compile");
    let formats = Formats::new(&rules).expect("the embedded tables read");
    let compiled = resident();
    let lexicon = Arc::new(Lexicon::new(&rules).expect("the embedded lists read"));
    let grammar = Grammar::new(Arc::clone(&lexicon));
    let names = Names::with(Arc::clone(&lexicon));
    let tagger = Tagger::new(&rules, Arc::clone(&lexicon)).expect("the embedded model reads");
    let tagged = names.clone().with_tagger(tagger);
    for recognizer in [&grammar as &dyn Recognizer, &names, &tagged, &patterns] {
        read(recognizer, &text);
    }
    eprintln!(
        "memory: patterns and formats {:.0} MB, dictionaries and tagger {:.0} MB (the table of words is {:.1} MB)",
        megabytes(before, compiled),
        megabytes(compiled, resident()),
        lexicon.size() as f64 / 1e6,
    );

    let mut group = criterion.benchmark_group("recognize");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("floor", |bencher| bencher.iter(|| memchr::memchr(0, black_box(text.as_bytes()))));
    group.bench_function("fold", |bencher| bencher.iter(|| fold::fold(black_box(&text))));
    group.bench_function("structure", |bencher| bencher.iter(|| structure::read(black_box(&text), &formats)));
    let stages: [(&str, &dyn Recognizer); 4] =
        [("patterns", &patterns), ("grammars", &grammar), ("names", &names), ("names and tagger", &tagged)];
    for (name, recognizer) in stages {
        group.bench_function(name, |bencher| bencher.iter(|| read(recognizer, black_box(&text))));
    }
    analyze(&mut group, "rules", &text, Options { tagger: false, ..Options::default() });
    analyze(&mut group, "all", &text, Options::default());
    group.finish();
}

fn read(recognizer: &dyn Recognizer, text: &str) -> usize {
    let view = fold::fold(text);
    let passage = Passage { view: &view, label: None, kind: SegmentKind::Prose };
    let mut findings = Vec::new();
    recognizer.find(&passage, Instant::now() + Duration::from_secs(5), &mut findings).expect("no recognizer fails");
    findings.len()
}

fn analyze(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, text: &str, options: Options) {
    let analyzer = Analyzer::new(&Rules::embedded(), &options).expect("the embedded rules compile");
    group.bench_function(name, |bencher| {
        bencher.iter(|| analyzer.analyze(&[Segment::prose(black_box(text))], Instant::now() + Duration::from_secs(5)));
    });
}

/// Bytes of memory that this process holds, where the system tells.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

fn megabytes(before: u64, after: u64) -> f64 {
    after.saturating_sub(before) as f64 / 1e6
}

criterion_group!(benches, recognize);
criterion_main!(benches);
