//! Identifiers planted in every place that a list of fields would miss: known, unknown, keys, numbers, nested, beside
//! the body. Each either leaves as a pseudonym or not at all.

use crate::gateway::Gateway;
use crate::provider::FakeProvider;
use serde_json::{Value, json};

const PLANTED: &str = "Patient: Maria Kovacs, MRN 00412345";
const SECRETS: &[&str] = &["Kovacs", "00412345"];

/// Sends a chat request with one more member, and looks at what arrived.
async fn check(place: &str, change: impl Fn(&mut Value)) {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let mut body = json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": "hello" }] });
    change(&mut body);
    let answer = gateway.post("/v1/chat/completions", &body.to_string()).await;
    assert!(matches!(answer.status, 200 | 400 | 403 | 422), "{place}: {} {}", answer.status, answer.body);
    for secret in SECRETS {
        assert!(!provider.saw(secret), "{place}: {secret} left in {:?}", provider.requests());
        assert!(answer.status == 200 || !answer.body.contains(secret), "{place}: {}", answer.body);
    }
    if answer.status != 200 {
        assert_eq!(provider.bytes_received(), 0, "{place}");
    }
}

#[tokio::test]
async fn in_any_member() {
    let call = json!({ "type": "function", "id": "call_1", "function": {
        "name": "find", "arguments": json!({ "who": PLANTED }).to_string() } });
    let parts = |text: &str| json!([{ "role": "user", "content": [{ "type": "text", "text": text }] }]);
    let values: Vec<(&str, &str, Value)> = vec![
        ("an unknown member", "brand_new", json!(PLANTED)),
        ("deep below an unknown member", "brand_new", json!([{ "a": [{ "b": PLANTED }] }])),
        ("user", "user", json!("Maria Kovacs MRN 00412345")),
        ("metadata", "metadata", json!({ "patient": PLANTED })),
        ("stop", "stop", json!([PLANTED])),
        ("prediction", "prediction", json!({ "type": "content", "content": PLANTED })),
        ("a part", "messages", parts(PLANTED)),
        ("a name", "messages", json!([{ "role": "user", "name": "Maria_Kovacs_00412345", "content": PLANTED }])),
        ("a system prompt", "messages", json!([{ "role": "system", "content": PLANTED }])),
        ("arguments", "messages", json!([{ "role": "assistant", "content": null, "tool_calls": [call] }])),
        ("a tool result", "messages", json!([{ "role": "tool", "tool_call_id": "call_1", "content": PLANTED }])),
        (
            "a schema",
            "tools",
            json!([{ "type": "function", "function": {
            "name": "find", "description": PLANTED, "parameters": { "type": "object", "properties": {
                "who": { "type": "string", "enum": [PLANTED] } } } } }]),
        ),
        (
            "an answer's format",
            "response_format",
            json!({ "type": "json_schema", "json_schema": {
            "name": "x", "schema": { "type": "object", "description": PLANTED } } }),
        ),
        (
            "JSON in JSON in a string",
            "brand_new",
            json!(json!({ "a": json!({ "b": PLANTED }).to_string() }).to_string()),
        ),
        ("a number", "brand_new", json!({ "mrn": 41234567, "note": PLANTED })),
    ];
    for (place, member, value) in values {
        check(place, |body| body[member] = value.clone()).await;
    }
}

#[tokio::test]
async fn in_keys_and_numbers() {
    check("a key", |body| body["brand_new"] = json!({ PLANTED: 1 })).await;
    check("a key of metadata", |body| body["metadata"] = json!({ PLANTED: "x" })).await;
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = r#"{"model":"gpt-test","messages":[{"role":"user","content":"hello"}],"x":{"mrn":483920175}}"#;
    let answer = gateway.post("/v1/chat/completions", body).await;
    assert!(!provider.saw("483920175"), "{} {:?}", answer.status, provider.requests());
}

#[tokio::test]
async fn beside_the_body() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = crate::gateway::chat("hello");
    let json = ("content-type", "application/json");
    for header in ["openai-organization", "idempotency-key", "x-stainless-lang", "openai-project"] {
        let headers = [json, (header, "Patient: Maria Kovacs, MRN 00412345")];
        let answer = gateway.send("POST", "/v1/chat/completions", &headers, &body).await;
        assert!(matches!(answer.status, 200 | 400 | 422), "{header}: {}", answer.body);
    }
    for path in ["/v1/models/Maria-Kovacs-MRN-00412345", "/v1/chat/completions?user=Kovacs00412345"] {
        gateway.send("GET", path, &[], "").await;
    }
    for secret in SECRETS {
        assert!(!provider.saw(secret), "{secret} left: {:?}", provider.requests());
    }
}

#[tokio::test]
async fn a_preview_shows_what_would_leave_and_sends_nothing() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = crate::gateway::chat(PLANTED);
    let json = ("content-type", "application/json");
    for (path, headers) in
        [("/preview/v1/chat/completions", vec![json]), ("/v1/chat/completions", vec![json, ("cordon-preview", "true")])]
    {
        let answer = gateway.send("POST", path, &headers, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let shown = answer.json();
        assert_eq!(shown["preview"], true);
        assert!(shown["body"]["messages"][0]["content"].as_str().unwrap().contains("[NAME_1]"), "{shown}");
        assert!(shown["findings"].as_array().unwrap().iter().any(|finding| finding["entity"] == "MRN"), "{shown}");
        assert!(SECRETS.iter().all(|secret| !answer.body.contains(secret)), "{}", answer.body);
    }
    let local = body.replace("gpt-test", "local/none");
    let answer = gateway.post("/preview/v1/chat/completions", &local).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!((&answer.json()["preview"], &answer.json()["leaves"]), (&true.into(), &false.into()), "{}", answer.body);
    assert_eq!(provider.bytes_received(), 0);
}
