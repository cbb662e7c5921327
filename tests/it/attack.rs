//! Documents that nobody wrote, with a patient in them at places that nobody thought of.

use crate::gateway::Gateway;
use crate::provider::{FakeProvider, Step, whole};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// What is planted, and what of it may reach no provider.
const CANARIES: &[&str] = &[
    "Patient: Maria Kovacs, MRN: 84620917",
    "SSN 536-22-8417 of Maria Kovacs",
    "call Maria Kovacs at (415) 555-0134 or maria.kovacs@example.com",
    "PID|1||84620917^^^HOSP^MR||Kovacs^Maria||19710304|F",
    "{\"patient\":{\"name\":\"Maria Kovacs\",\"mrn\":\"84620917\"}}",
];
const NEEDLES: &[&str] = &["Kovacs", "84620917", "536-22-8417", "555-0134", "maria.kovacs"];

/// A value of JSON in which some strings are canaries; what is not is clinical prose.
fn value() -> impl Strategy<Value = Value> {
    let canary = prop::sample::select(CANARIES).prop_map(Value::from);
    let prose =
        prop::sample::select(&["stable", "no acute distress", "aspirin 81 mg daily", ""][..]).prop_map(Value::from);
    let small = (0u32..99).prop_map(Value::from);
    let leaf = prop_oneof![3 => canary, 2 => prose, 1 => any::<bool>().prop_map(Value::from), 1 => small];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let key = prop_oneof![4 => "[a-z_]{1,10}", 1 => prop::sample::select(CANARIES).prop_map(str::to_owned)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner.clone(), 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            // JSON in a string, as tools send it.
            inner.prop_map(|value| Value::from(value.to_string())),
        ]
    })
}

/// Where a value is put into a request that is otherwise plain.
type Place = (&'static str, fn(Value) -> Value);

const PLACES: &[Place] = &[
    (
        "/v1/chat/completions",
        |value| json!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }], "x": value }),
    ),
    ("/v1/chat/completions", |value| json!({ "model": "m", "messages": value })),
    (
        "/v1/chat/completions",
        |value| json!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }], "tools": [value] }),
    ),
    ("/v1/responses", |value| json!({ "model": "m", "store": false, "input": [value] })),
    ("/v1/completions", |value| json!({ "model": "m", "prompt": value })),
    ("/v1/embeddings", |value| json!({ "model": "m", "input": value })),
    (
        "/v1/messages",
        |value| json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": [value] }] }),
    ),
    (
        "/v1/messages",
        |value| json!({ "model": "m", "max_tokens": 9, "messages": [], "system": value, "metadata": { "user_id": "x" } }),
    ),
    (
        "/v1/messages/batches",
        |value| json!({ "requests": [{ "custom_id": "a", "params": { "model": "m", "messages": [value] } }] }),
    ),
    ("/v1beta/models/m:generateContent", |value| json!({ "contents": [{ "role": "user", "parts": [value] }] })),
    ("/v1beta/models/m:generateContent", |value| json!({ "contents": [], "generation_config": value })),
    ("/v1beta/cachedContents", |value| json!({ "model": "models/m", "contents": [value] })),
    ("/ollama/api/chat", |value| json!({ "model": "m", "stream": false, "messages": [value] })),
    ("/ollama/api/generate", |value| json!({ "model": "m", "stream": false, "prompt": "x", "options": value })),
];

#[test]
fn no_document_carries_a_patient_out() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (provider, gateway) = runtime.block_on(async {
        let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", "{}"))]).await;
        let gateway = Gateway::builder().every_api(&provider).start().await;
        (provider, gateway)
    });
    let mut sent = 0;
    let mut runner = TestRunner::new(Config { cases: 160, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&(value(), prop::sample::select(PLACES)), |(value, (path, around))| {
        let body = around(value).to_string();
        let answer = runtime.block_on(gateway.post(path, &body));
        prop_assert!(matches!(answer.status, 200 | 400..=499), "{path} {body}: {} {}", answer.status, answer.body);
        for needle in NEEDLES {
            prop_assert!(!provider.saw(needle), "{path} {body}: {needle} reached the provider");
            prop_assert!(answer.status == 200 || !answer.body.contains(needle), "{path}: {}", answer.body);
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    sent += provider.requests().len();
    assert!(sent >= 40, "{sent} requests left: the documents test the parser only");
}

#[tokio::test]
async fn no_header_path_or_query_carries_a_patient_out() {
    let provider = FakeProvider::start().await;
    // A model's name is what the configuration lets through, as an example of which every configuration has some.
    let gateway = Gateway::builder().destination("openai", "openai", &provider, "models = [\"gpt-*\"]").start().await;
    let body = crate::gateway::chat("hello");
    let canary = "Maria Kovacs MRN 84620917";
    let known = ["idempotency-key", "openai-beta", "openai-organization", "openai-project", "x-client-request-id"];
    let made: Vec<String> = (0..95).map(|number| format!("x-patient-context-{number}")).collect();
    let usual = [
        "user-agent",
        "referer",
        "cookie",
        "from",
        "via",
        "forwarded",
        "traceparent",
        "baggage",
        "x-http-method-override",
    ];
    for name in known.iter().chain(&usual).copied().chain(made.iter().map(String::as_str)) {
        let headers = [("content-type", "application/json"), (name, canary)];
        let answer = gateway.send("POST", "/v1/chat/completions", &headers, &body).await;
        assert!(matches!(answer.status, 200 | 400 | 422), "{name}: {}", answer.body);
    }
    for path in [
        "/v1/models/Kovacs-84620917",
        "/v1/files/Maria-Kovacs-84620917",
        "/v1/batches/84620917/cancel",
        "/v1/responses/Kovacs",
    ] {
        for query in ["", "?after=Kovacs", "?metadata[mrn]=84620917", "?limit=84620917"] {
            gateway.send("GET", &format!("{path}{query}"), &[], "").await;
        }
    }
    for needle in NEEDLES {
        assert!(!provider.saw(needle), "{needle} reached the provider: {:?}", provider.requests());
    }
}
