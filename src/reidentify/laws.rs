//! Laws of clearing, on random documents with identifiers planted anywhere.

use super::{Context, restore};
use crate::crypto::Key;
use crate::deid::{Class, Cleared, Deidentifier, Document, Scope, Shape, words};
use crate::json::{Limits, Node, parse};
use crate::profile::Policy;
use crate::refusal::Refusal;
use crate::rules::Rules;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the detector of these tests finds, but for the age, which is not restored.
const PLANTED: &[&str] =
    &["Maria Kovacs", "Kovacs, Maria", "Jose Okafor", "555-010-0134", "3/3/2024", "March 15, 2024", "219-09-9999"];
const NUMBER: &str = "483920";

fn text() -> impl Strategy<Value = String> {
    let plain = "[ a-z,.é]{0,8}";
    let planted = prop::sample::select(PLANTED);
    prop_oneof![
        3 => plain.prop_map(String::from),
        2 => (plain, planted.clone(), plain).prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        1 => (plain, planted.clone()).prop_map(|(a, b)| format!("x {} y", data_encoding::BASE64.encode(format!("{a} note: {b} end").as_bytes()))),
        1 => (planted.clone(), planted).prop_map(|(a, b)| format!("{a}\n\"{b}\"")),
    ]
}

fn document() -> impl Strategy<Value = Node<String>> {
    let leaf = prop_oneof![
        Just(Node::Null),
        text().prop_map(Node::String),
        prop_oneof![Just(NUMBER.to_owned()), (0u32..50).prop_map(|n| n.to_string())].prop_map(Node::Number),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof![4 => "[a-z]{1,6}".prop_map(String::from), 1 => prop::sample::select(PLANTED).prop_map(str::to_owned)];
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..5).prop_map(Node::Array),
            3 => prop::collection::btree_map(key, inner.clone(), 0..5)
                .prop_map(|members| Node::Object(members.into_iter().collect())),
            1 => prop::collection::vec(inner, 1..4).prop_map(|items| Node::String(Node::Array(items).to_json())),
        ]
    })
}

fn clear(json: &str, shape: &Arc<Shape>) -> Result<Cleared, Refusal> {
    let body = parse(json.as_bytes(), &Limits::default()).expect("strict JSON");
    let policy = Policy::load(&Rules::embedded(), Policy::DEFAULT).expect("the default profile");
    let deidentifier = Deidentifier::new(Arc::new(words()), Key::from_bytes([1; 32]));
    let document = Document::new(Scope::tenant("t"), body, Arc::clone(shape));
    deidentifier.clear(document, &policy, Instant::now() + Duration::from_secs(30))
}

/// Every string that a reader of the request could come to see, decoded as often as it goes.
fn seen(text: &str, all: &mut Vec<String>) {
    if let Ok(node) = crate::json::parse_reply(text.as_bytes(), &Limits::default()) {
        let _ = node.map(&mut |leaf: String| {
            if leaf != text {
                seen(&leaf, all);
            }
        });
    }
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))).filter(|word| word.len() >= 16)
    {
        if let Some(decoded) =
            data_encoding::BASE64.decode(word.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        {
            seen(&decoded, all);
        }
    }
    all.push(text.to_owned());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_planted_leaves(document in document()) {
        let shape = Arc::new(Shape::new([("zz", Class::Identifier), ("data", Class::Data)]));
        if let Ok(cleared) = clear(&document.to_json(), &shape) {
            let mut all = Vec::new();
            seen(std::str::from_utf8(cleared.body()).expect("UTF-8"), &mut all);
            for text in &all {
                for planted in PLANTED.iter().chain([&NUMBER]) {
                    prop_assert!(!text.contains(planted), "{planted} in {text}");
                }
            }
        }
    }

    #[test]
    fn restoring_undoes_clearing(document in document()) {
        let shape = Arc::new(Shape::new([("**", Class::Data)]));
        let json = document.to_json();
        let cleared = clear(&json, &shape).expect("data is replaced, not refused");
        let body = std::str::from_utf8(cleared.body()).expect("UTF-8");
        prop_assert!(crate::json::parse_reply(body.as_bytes(), &Limits::default()).is_ok());
        let (restored, counts) = restore(cleared.exchange(), Context::Json, body);
        prop_assert_eq!(restored, json);
        prop_assert_eq!(counts.left, 0);
    }

    #[test]
    fn clearing_is_deterministic_and_idempotent(document in document()) {
        let shape = Arc::new(Shape::new([("**", Class::Data)]));
        let json = document.to_json();
        let once = clear(&json, &shape).expect("clear");
        let again = clear(&json, &shape).expect("clear");
        prop_assert_eq!(once.body(), again.body());
        let body = std::str::from_utf8(once.body()).expect("UTF-8");
        let twice = clear(body, &shape).expect("clear");
        prop_assert_eq!(once.body(), twice.body());
        prop_assert!(twice.exchange().is_empty());
    }
}
