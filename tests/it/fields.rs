//! Every place of every request shape that can hold text: a patient planted there does not reach the provider.

use crate::gateway::Gateway;
use crate::provider::{FakeProvider, Step, whole};
use serde_json::{Map, Value, json};

const CANARY: &str = "Patient: Maria Kovacs, MRN: 84620917, SSN 536-22-8417";
const NEEDLES: &[&str] = &["Kovacs", "84620917", "536-22-8417"];

/// Sends one request for every path of a table, with the canary at that path.
async fn walk(kind: &str, target: &str, base: Value, table: &str) {
    let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", "{}"))]).await;
    let gateway = Gateway::builder().destination("it", kind, &provider, "").start().await;
    let (mut sent, mut refused) = (0, 0);
    for path in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut body = base.clone();
        plant(&mut body, path);
        let answer = gateway.post(target, &body.to_string()).await;
        match answer.status {
            200 => sent += 1,
            400..=499 => refused += 1,
            status => panic!("{path}: {status} {}", answer.body),
        }
        for needle in NEEDLES {
            assert!(!provider.saw(needle), "{path}: {needle} reached the provider");
            assert!(!answer.body.contains(needle), "{path}: {needle} is in the answer");
        }
    }
    assert!(sent > refused / 2, "{target}: {sent} sent, {refused} refused: the walk tests the parser only");
}

/// Builds what a path asks for: `[]` an array, `<kind>` an object of that `type`, `{*}` any key, `{key}` the canary
/// as a key.
fn plant(value: &mut Value, path: &str) {
    if path.is_empty() {
        *value = json!(CANARY);
    } else if let Some(rest) = path.strip_prefix("[]") {
        let mut item = value.as_array_mut().and_then(Vec::pop).unwrap_or_default();
        plant(&mut item, rest);
        *value = json!([item]);
    } else if let Some(rest) = path.strip_prefix('<') {
        let (kind, rest) = rest.split_once('>').expect("a kind is closed");
        object(value).insert("type".into(), json!(kind));
        plant(value, rest);
    } else {
        let path = path.strip_prefix('.').unwrap_or(path);
        let end = if path.starts_with('{') {
            path.find('}').map_or(path.len(), |end| end + 1)
        } else {
            path.find(['.', '[', '<']).unwrap_or(path.len())
        };
        let (name, rest) = path.split_at(end);
        let (key, rest) = match name {
            "{*}" => ("anything", rest),
            "{key}" => {
                object(value).insert(CANARY.into(), json!("x"));
                return;
            }
            name => (name, rest),
        };
        plant(object(value).entry(key).or_insert(Value::Null), rest);
    }
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("just made one")
}

#[tokio::test]
async fn chat_completions() {
    let base = json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": "hello" }] });
    walk("openai", "/v1/chat/completions", base, include_str!("../fixtures/fields/openai_chat.txt")).await;
}

#[tokio::test]
async fn responses() {
    let base = json!({ "model": "gpt-test", "store": false, "input": "hello" });
    walk("openai", "/v1/responses", base, include_str!("../fixtures/fields/openai_responses.txt")).await;
}

#[tokio::test]
async fn messages() {
    let base = json!({ "model": "claude-test", "max_tokens": 9, "messages": [{ "role": "user", "content": "hello" }] });
    walk("anthropic", "/v1/messages", base, include_str!("../fixtures/fields/anthropic.txt")).await;
}

#[tokio::test]
async fn contents() {
    let base = json!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] });
    let table = include_str!("../fixtures/fields/gemini.txt");
    walk("gemini", "/v1beta/models/gemini-test:generateContent", base, table).await;
}

#[tokio::test]
async fn ollama() {
    let base = json!({ "model": "llama", "stream": false, "messages": [{ "role": "user", "content": "hello" }] });
    walk("ollama", "/ollama/api/chat", base, include_str!("../fixtures/fields/ollama.txt")).await;
}
