//! The laws on labelled text, with the real recognizers. Runs where `CORDON_CORPORA` names a folder of JSON lines with
//! a `text` each; prints figures.

use super::{Context, restore};
use crate::crypto::Key;
use crate::deid::{Class, Deidentifier, Document, Scope, Shape};
use crate::json::{Limits, Node, parse_reply};
use crate::profile::Policy;
use crate::recognize::{Analyzer, Options};
use crate::refusal::Reason;
use crate::rules::Rules;
use crate::text::Raw;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
#[ignore = "needs CORDON_CORPORA"]
fn the_last_look_cries_no_wolf_and_restoring_is_exact() {
    let folder = PathBuf::from(std::env::var_os("CORDON_CORPORA").expect("CORDON_CORPORA names a folder"));
    let rules = Rules::embedded();
    let policy = Policy::load(&rules, Policy::DEFAULT).expect("the default profile");
    let analyzer = Analyzer::new(&rules, &Options::default()).expect("the embedded rules compile");
    let deidentifier = Deidentifier::new(Arc::new(analyzer), Key::generate());
    let shape = Arc::new(Shape::new([("**", Class::Data)]));
    let mut wrong = 0;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "jsonl")) {
        let (mut all, mut refused, mut residual, mut differ, mut again, mut bytes) = (0, 0, 0, 0, 0, 0);
        let mut spent = Duration::ZERO;
        for line in std::fs::read_to_string(file).expect("UTF-8").lines() {
            let node = parse_reply(line.as_bytes(), &Limits::default()).expect("JSON lines");
            let text = node.field("text").and_then(|text| text.text()).expect("a text").to_owned();
            let json = Node::Array(vec![Node::String(text.clone())]).to_json();
            all += 1;
            bytes += text.len();
            let clear = |text: String| {
                let body = Node::Array(vec![Node::String(Raw::new(text))]);
                let document = Document::new(Scope::tenant("t"), body, Arc::clone(&shape));
                deidentifier.clear(document, &policy, Instant::now() + Duration::from_secs(60))
            };
            let start = Instant::now();
            let cleared = clear(text);
            spent += start.elapsed();
            match cleared {
                Ok(cleared) => {
                    let body = std::str::from_utf8(cleared.body()).expect("UTF-8");
                    let ages = cleared.report().counts.contains_key(&crate::entity::EntityType::AgeOver89);
                    differ += usize::from(!ages && restore(cleared.exchange(), Context::Json, body).0 != json);
                    let sent = match cleared.node() {
                        Node::Array(items) => match &items[0] {
                            Node::String(text) => text.as_str().to_owned(),
                            _ => unreachable!("a string stays one"),
                        },
                        _ => unreachable!("an array stays one"),
                    };
                    again += usize::from(clear(sent).is_ok_and(|twice| !twice.exchange().is_empty()));
                }
                Err(refusal) if refusal.reason == Reason::Residual => residual += 1,
                Err(_) => refused += 1,
            }
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let speed = bytes as f64 / spent.as_secs_f64() / 1e6;
        println!(
            "{name}: {all} documents, residual {residual}, refused {refused}, not restored {differ}, found again {again}, {speed:.2} MB/s"
        );
        wrong += residual + differ;
    }
    assert_eq!(wrong, 0);
}
