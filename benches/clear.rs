//! Clearing a note and restoring a reply: what an exchange costs in CPU, without the network.
//!
//! `fresh` clears a text that was never seen, `again` one whose findings are remembered, as the history of a
//! conversation is. `turn 50` is the last turn of a conversation of 200 KB: all but its last message was sent before,
//! or, for comparison, none of it was.

use cordon::crypto::Key;
use cordon::deid::{Class, Deidentifier, Document, Scope, Shape};
use cordon::json::{Limits, parse};
use cordon::profile::Policy;
use cordon::recognize::{Analyzer, Options};
use cordon::reidentify::{Context, Restorer, restore};
use cordon::rules::Rules;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// About 2 KB, of an invented person.
fn note(number: u32) -> String {
    let visit = format!(
        "DISCHARGE SUMMARY\nPatient: Maria Kovacs   MRN: {number:08}   DOB: 04/12/1957\nAdmitted 03/03/2024, discharged \
         03/15/2024 from the cardiology ward.\n\nMs. Kovacs is a 66 year old woman with hypertension, type 2 diabetes and a \
         history of atrial fibrillation who presented with two days of shortness of breath. On arrival her blood \
         pressure was 152/88, heart rate 104, temperature 98.6 F, oxygen saturation 93% on room air. Troponin was \
         0.02 ng/mL and BNP 812 pg/mL. An echocardiogram on March 5, 2024 showed an ejection fraction of 40%.\n\n\
         She was started on furosemide 40 mg IV twice daily with good response, and metoprolol was increased to 50 mg. \
         Her daughter, Anna Kovacs, can be reached at 617-555-0134 or anna.kovacs@example.org. The family lives at 12 \
         Elm Street, Boston, MA 02139.\n\n"
    );
    visit.repeat(2)
}

fn request(number: u32) -> Vec<u8> {
    let note = cordon::json::Node::String(note(number)).to_json();
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":{note}}}]}}"#).into_bytes()
}

/// A conversation up to a turn: a message of 2 KB and an answer of 2 KB for each, and `last` in the last message.
fn conversation(turns: u32, last: u32) -> Vec<u8> {
    let message = |role: &str, number: u32| {
        let content = cordon::json::Node::String(note(number)).to_json();
        format!(r#"{{"role":"{role}","content":{content}}}"#)
    };
    let history = (1..turns).flat_map(|turn| [message("user", turn), message("assistant", 1000 + turn)]);
    let messages: Vec<String> = history.chain([message("user", last)]).collect();
    format!(r#"{{"model":"m","messages":[{}]}}"#, messages.join(",")).into_bytes()
}

fn benches(criterion: &mut Criterion) {
    let rules = Rules::embedded();
    let analyzer = Analyzer::new(&rules, &Options::default()).expect("the embedded rules compile");
    let deidentifier = Deidentifier::new(Arc::new(analyzer), Key::generate());
    let policy = Policy::load(&rules, Policy::DEFAULT).expect("the default profile compiles");
    let shape = Arc::new(Shape::new([
        ("model", Class::Identifier),
        ("messages[].role", Class::Vocabulary(&["user", "assistant"])),
        ("messages[].content", Class::Text),
    ]));
    let clear_for = |tenant: String, bytes: &[u8]| {
        let body = parse(bytes, &Limits::default()).expect("strict JSON");
        let document = Document::new(Scope::tenant(tenant), body, Arc::clone(&shape));
        deidentifier.clear(document, &policy, Instant::now() + Duration::from_secs(60)).expect("it can be cleared")
    };

    let clear = |bytes: &[u8]| clear_for("bench".to_owned(), bytes);
    let mut group = criterion.benchmark_group("clear");
    group.throughput(Throughput::Bytes(request(0).len() as u64));
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        request(number)
    };
    group.bench_function("fresh", |bencher| {
        bencher.iter_batched(&mut fresh, |bytes| clear(&bytes), BatchSize::SmallInput)
    });
    let same = request(0);
    group.bench_function("again", |bencher| bencher.iter(|| clear(&same)));
    group.finish();

    let mut group = criterion.benchmark_group("conversation");
    group.sample_size(10);
    let mut last = 10_000;
    let mut turn = |turns: u32| {
        last += 1;
        conversation(turns, last)
    };
    clear(&turn(50));
    group.bench_function("turn 1", |bencher| {
        bencher.iter_batched(|| turn(1), |bytes| clear(&bytes), BatchSize::SmallInput)
    });
    group.bench_function("turn 50", |bencher| {
        bencher.iter_batched(|| turn(50), |bytes| clear(&bytes), BatchSize::SmallInput)
    });
    let mut tenant = 0;
    group.bench_function("turn 50, never seen", |bencher| {
        let mut stranger = || {
            tenant += 1;
            (format!("tenant {tenant}"), turn(50))
        };
        bencher.iter_batched(&mut stranger, |(tenant, bytes)| clear_for(tenant, &bytes), BatchSize::SmallInput)
    });
    group.finish();

    let cleared = clear(&same);
    let reply = std::str::from_utf8(cleared.body()).expect("UTF-8").to_owned();
    let mut group = criterion.benchmark_group("restore");
    group.throughput(Throughput::Bytes(reply.len() as u64));
    group.bench_function("whole", |bencher| bencher.iter(|| restore(cleared.exchange(), Context::Json, &reply)));
    group.bench_function("stream", |bencher| {
        bencher.iter(|| {
            let mut restorer = Restorer::new(Arc::clone(cleared.exchange()), Context::Json);
            let mut length = 0;
            for piece in reply.as_bytes().chunks(4) {
                length += restorer.push(std::str::from_utf8(piece).expect("the note is ASCII")).len();
            }
            length + restorer.finish().len()
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
