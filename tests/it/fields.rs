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
    for path in table.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '='])) {
        let mut body = base.clone();
        plant(&mut body, path, &json!(CANARY));
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
fn plant(value: &mut Value, path: &str, canary: &Value) {
    if path.is_empty() {
        *value = canary.clone();
    } else if let Some(rest) = path.strip_prefix("[]") {
        let mut item = value.as_array_mut().and_then(Vec::pop).unwrap_or_default();
        plant(&mut item, rest, canary);
        *value = json!([item]);
    } else if let Some(rest) = path.strip_prefix('<') {
        let (kind, rest) = rest.split_once('>').expect("a kind is closed");
        object(value).insert("type".into(), json!(kind));
        plant(value, rest, canary);
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
        plant(object(value).entry(key).or_insert(Value::Null), rest, canary);
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

/// A number that the text beside it gives away: wherever it stands, it is replaced, or the request does not leave.
async fn walk_numbers(kind: &str, target: &str, base: Value, table: &str) {
    let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", "{}"))]).await;
    let gateway = Gateway::builder().destination("it", kind, &provider, "").start().await;
    for path in table.lines().filter_map(|line| line.strip_prefix("= ")) {
        let mut body = base.clone();
        plant(&mut body, path, &json!(84_620_917));
        let answer = gateway.post(target, &body.to_string()).await;
        assert!(matches!(answer.status, 200 | 400..=499), "{path}: {} {}", answer.status, answer.body);
        assert!(!provider.saw("84620917"), "{path}: the number reached the provider");
    }
}

#[tokio::test]
async fn numbers() {
    let told = "Patient: Maria Kovacs, MRN: 84620917";
    let base = json!({ "model": "claude-test", "max_tokens": 9, "messages": [{ "role": "user", "content": "hello" }], "system": told });
    walk_numbers("anthropic", "/v1/messages", base, include_str!("../fixtures/fields/anthropic.txt")).await;
    let base = json!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }], "note": told });
    let target = "/v1beta/models/gemini-test:generateContent";
    walk_numbers("gemini", target, base, include_str!("../fixtures/fields/gemini.txt")).await;
    let base = json!({ "model": "llama", "stream": false, "messages": [{ "role": "user", "content": "hello" }], "note": told });
    walk_numbers("ollama", "/ollama/api/chat", base, include_str!("../fixtures/fields/ollama.txt")).await;
}

/// Answers every request with a pseudonym at the next place of a table: it comes back as the name that it stands for,
/// unless the place holds what clients send back as it is.
async fn walk_replies(kind: &str, target: &str, request: Value, table: &'static str, stream: bool) {
    let paths: Vec<&str> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let at = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (next, all) = (at.clone(), paths.clone());
    let provider = FakeProvider::with(move |_| {
        let mut reply = json!({});
        plant(&mut reply, all[next.load(std::sync::atomic::Ordering::SeqCst)], &json!("of [NAME_1]!"));
        match stream {
            true => {
                let name = reply["type"].as_str().unwrap_or("message").to_owned();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
                let end = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
                vec![Step::Send(format!("{head}event: {name}\ndata: {reply}\n\n{end}").into_bytes()), Step::Cut]
            }
            false => vec![Step::Send(whole("application/json", &reply.to_string()))],
        }
    })
    .await;
    let gateway = Gateway::builder().destination("it", kind, &provider, "").start().await;
    for (index, path) in paths.iter().enumerate() {
        at.store(index, std::sync::atomic::Ordering::SeqCst);
        let answer = gateway.post(target, &request.to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let name = path.rsplit(['.', '>', ']']).find(|name| !name.is_empty()).unwrap_or(path);
        let sent_back = SENT_BACK.iter().any(|kept| name.contains(kept)) || path.contains("redacted_thinking");
        let restored = answer.body.contains("of Maria Kovacs!");
        assert!(restored || sent_back, "{path}: {}", answer.body);
    }
}

/// Names of fields that clients send back, or read as words of the API.
const SENT_BACK: &[&str] = &[
    "id",
    "Id",
    "type",
    "role",
    "model",
    "signature",
    "Signature",
    "encrypted",
    "data",
    "Blob",
    "version",
    "Version",
    "token",
    "status",
    "created_at",
    "stop_reason",
    "done_reason",
    "name",
    "mimeType",
    "Token",
    "probability",
    "tier",
    "category",
    "_geo",
    "at",
    "speed",
];

#[tokio::test]
async fn replies() {
    let note = "Patient: Maria Kovacs";
    let messages = json!([{ "role": "user", "content": note }]);
    let request = json!({ "model": "claude-test", "max_tokens": 9, "messages": messages });
    let table = include_str!("../fixtures/replies/anthropic.txt");
    walk_replies("anthropic", "/v1/messages", request.clone(), table, false).await;
    let table = include_str!("../fixtures/replies/anthropic_events.txt");
    walk_replies("anthropic", "/v1/messages", request, table, true).await;
    let request = json!({ "contents": [{ "role": "user", "parts": [{ "text": note }] }] });
    let table = include_str!("../fixtures/replies/gemini.txt");
    walk_replies("gemini", "/v1beta/models/gemini-test:generateContent", request, table, false).await;
    let request = json!({ "model": "llama", "stream": false, "messages": messages });
    walk_replies("ollama", "/ollama/api/chat", request, include_str!("../fixtures/replies/ollama.txt"), false).await;
}
