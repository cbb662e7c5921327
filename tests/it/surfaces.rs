//! Every way by which text could get past the gateway, with a canary in it: it is cleared, dropped or refused.

use crate::gateway::{Answer, Gateway, chat};
use crate::provider::{FakeProvider, Step, completion, last_content, whole};
use serde_json::json;

const JSON: (&str, &str) = ("content-type", "application/json");
const CHAT: &str = "/v1/chat/completions";
/// Pieces of the canaries below; none may reach a provider in any request.
const NEEDLES: &[&str] = &["Kovacs", "kovacs", "84620917", "536-22-8417"];

/// One gateway in front of one provider that speaks all APIs.
async fn start() -> (FakeProvider, Gateway) {
    let provider = FakeProvider::with(|request| {
        vec![Step::Send(whole("application/json", &completion(&last_content(&request.body))))]
    })
    .await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    (provider, gateway)
}

#[track_caller]
fn clean(provider: &FakeProvider, what: &str) {
    for needle in NEEDLES {
        assert!(!provider.saw(needle), "{what}: {needle} reached the provider");
    }
}

#[track_caller]
fn refused(provider: &FakeProvider, answer: &Answer, code: &str, what: &str) {
    assert!(answer.body.contains(code) || answer.body.contains(&code.to_uppercase()), "{what}: {}", answer.body);
    assert_eq!(provider.bytes_received(), 0, "{what}");
    for needle in NEEDLES {
        assert!(!answer.body.contains(needle), "{what}: {needle} is in the answer");
    }
}

#[tokio::test]
async fn what_stands_in_the_request_line_is_refused() {
    let (provider, gateway) = start().await;
    let body = chat("hello");
    for (method, path, code) in [
        ("GET", "/v1/models/Maria%20Kovacs", "unknown_endpoint"),
        ("GET", "/v1/models/84620917/kovacs", "unknown_endpoint"),
        ("POST", "/v1/chat/completions?patient=Maria%20Kovacs", "unknown_query"),
        ("POST", "/v1/chat/completions/", "unknown_endpoint"),
        ("POST", "/v1//chat/completions", "unknown_endpoint"),
        ("POST", "//v1/chat/completions", "unknown_endpoint"),
        ("POST", "/v1/chat%2Fcompletions", "unknown_endpoint"),
        ("POST", "/V1/chat/completions", "unknown_endpoint"),
        ("POST", "/v1/v1/chat/completions", "unknown_endpoint"),
        ("POST", "/v1/kovacs", "unknown_endpoint"),
        ("PUT", CHAT, "method_not_allowed"),
        ("DELETE", CHAT, "method_not_allowed"),
        ("GET", "/v1/realtime?model=gpt", "unsupported_feature"),
        ("POST", "/v1/audio/transcriptions", "unsupported_feature"),
        ("POST", "/v1/files", "unsupported_media_type"),
        ("POST", "/ollama/api/pull", "unsupported_feature"),
    ] {
        let answer = gateway.send(method, path, &[JSON], &body).await;
        refused(&provider, &answer, code, &format!("{method} {path}"));
    }
}

#[tokio::test]
async fn a_content_type_or_encoding_that_is_not_known_is_refused() {
    let (provider, gateway) = start().await;
    let body = chat("Patient: Maria Kovacs");
    for (headers, code) in [
        (vec![], "unsupported_media_type"),
        (vec![("content-type", "text/plain")], "unsupported_media_type"),
        (vec![("content-type", "application/x-www-form-urlencoded")], "unsupported_media_type"),
        (vec![("content-type", "application/json; charset=iso-8859-1")], "unsupported_media_type"),
        (vec![("content-type", "application/json; charset=utf-16")], "unsupported_media_type"),
        (vec![JSON, JSON], "unsupported_media_type"),
        (vec![JSON, ("content-encoding", "x-future")], "unsupported_encoding"),
        (vec![JSON, ("content-encoding", "gzip, br")], "unsupported_encoding"),
        (vec![JSON, ("content-encoding", "gzip")], "malformed_request"),
        (vec![JSON, ("upgrade", "websocket"), ("connection", "upgrade")], "unsupported_feature"),
    ] {
        let answer = gateway.send("POST", CHAT, &headers, &body).await;
        refused(&provider, &answer, code, &format!("{headers:?}"));
    }
}

#[tokio::test]
async fn json_that_parsers_read_differently_is_refused() {
    let (provider, gateway) = start().await;
    let plain = chat("Patient: Maria Kovacs");
    let deep = format!("{{\"model\":\"m\",\"x\":{}\"Kovacs\"{}}}", "[".repeat(3000), "]".repeat(3000));
    for (body, code) in [
        (format!("\u{feff}{plain}"), "invalid_json"),
        (format!("{plain}{plain}"), "invalid_json"),
        (format!("{plain}//"), "invalid_json"),
        ("[1]".to_owned(), "invalid_json"),
        ("{\"model\":\"m\",\"x\":NaN}".to_owned(), "invalid_json"),
        ("{\"model\":\"m\",\"x\":\"\\ud83d\"}".to_owned(), "invalid_json"),
        ("{\"model\":\"m\",\"messages\":[],\"messages\":[\"Kovacs\"]}".to_owned(), "duplicate_key"),
        ("{\"model\":\"m\",\"mess\\u0061ges\":[],\"messages\":[\"Kovacs\"]}".to_owned(), "duplicate_key"),
        (deep, "too_complex"),
    ] {
        let answer = gateway.post(CHAT, &body).await;
        refused(&provider, &answer, code, &body[..body.len().min(60)]);
    }
    let both =
        r#"{"systemInstruction":{},"system_instruction":{"parts":[{"text":"Patient: Maria Kovacs"}]},"contents":[]}"#;
    let answer = gateway.post("/v1beta/models/gemini-test:generateContent", both).await;
    refused(&provider, &answer, "duplicate_key", "both spellings");
}

#[tokio::test]
async fn headers_are_dropped_or_inspected() {
    let (provider, gateway) = start().await;
    let dropped = [
        JSON,
        ("user-agent", "EHR/1 (Maria Kovacs)"),
        ("cookie", "mrn=84620917"),
        ("referer", "https://ehr.example/patient/Maria%20Kovacs"),
        ("baggage", "patient=Kovacs"),
        ("tracestate", "ehr=kovacs"),
        ("x-forwarded-for", "10.84.62.9"),
        ("x-patient", "Maria Kovacs"),
        ("accept-language", "kovacs"),
    ];
    let answer = gateway.send("POST", CHAT, &dropped, &chat("hello")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    clean(&provider, "dropped headers");

    let (provider, gateway) = start().await;
    for (name, value) in [("idempotency-key", "Patient: Maria Kovacs"), ("openai-beta", "SSN 536-22-8417")] {
        let answer = gateway.send("POST", CHAT, &[JSON, (name, value)], &chat("hello")).await;
        refused(&provider, &answer, "forbidden_entity", name);
    }
    let answer = gateway.send("POST", CHAT, &[JSON, ("idempotency-key", "Jos\u{e9}")], &chat("hello")).await;
    refused(&provider, &answer, "malformed_request", "a header outside ASCII");
    let beta = [
        JSON,
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "context-1m-2025-08-07,agent-memory-2025-04-14"),
    ];
    let answer = gateway.send("POST", "/v1/messages", &beta, &chat("hello")).await;
    refused(&provider, &answer, "unsupported_feature", "a beta that keeps state");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let (provider, gateway) = start().await;
    let part = |part: serde_json::Value| json!({ "model": "m", "messages": [{ "role": "user", "content": [part] }] });
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    for (body, code) in [
        (
            part(json!({ "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{png}") } })),
            "opaque_content",
        ),
        (
            part(json!({ "type": "image_url", "image_url": { "url": "https://pacs.example/img?p=Kovacs" } })),
            "remote_fetch",
        ),
        (part(json!({ "type": "input_audio", "input_audio": { "data": png, "format": "wav" } })), "opaque_content"),
        (part(json!({ "type": "file", "file": { "file_id": "file-123" } })), "unknown_object"),
    ] {
        let answer = gateway.post(CHAT, &body.to_string()).await;
        refused(&provider, &answer, code, &body.to_string());
    }
    for (path, body, code) in [
        ("/v1/embeddings", json!({ "model": "m", "input": [[84620917, 1], [2]] }), "token_ids"),
        ("/v1/completions", json!({ "model": "m", "prompt": [84620917, 1] }), "token_ids"),
        ("/ollama/api/generate", json!({ "model": "m", "prompt": "x", "context": [84620917] }), "token_ids"),
        ("/v1/responses", json!({ "model": "m", "input": "x", "previous_response_id": "resp_1" }), "unknown_object"),
        ("/v1/responses", json!({ "model": "m", "input": "x", "conversation": { "id": "conv_1" } }), "unknown_object"),
        (
            "/v1beta/models/g:generateContent",
            json!({ "contents": [], "toolConfig": { "retrievalConfig": { "latLng": { "latitude": 38.25, "longitude": -122.6 } } } }),
            "unsupported_feature",
        ),
        (
            "/v1beta/models/g:generateContent",
            json!({ "contents": [], "cached_content": "cachedContents/1" }),
            "unknown_object",
        ),
    ] {
        let answer = gateway.post(path, &body.to_string()).await;
        refused(&provider, &answer, code, path);
    }
}

#[tokio::test]
async fn text_in_any_disguise_is_cleared() {
    let (provider, gateway) = start().await;
    let encoded = data_encoding::BASE64.encode(b"Patient: Maria Kovacs, SSN 536-22-8417, seen today");
    for content in [
        "Patient: Maria Kovacs, SSN 536-22-8417".to_owned(),
        "{\"patient\": {\"name\": \"Maria Kovacs\", \"note\": \"{\\\"ssn\\\": \\\"536-22-8417\\\"}\"}}".to_owned(),
        "Patient: Ma\u{200b}ria Kov\u{200d}acs".to_owned(),
        "Patient: **Maria** *Kovacs*".to_owned(),
        "Patient: Maria&nbsp;Kovacs, SSN 536&#45;22&#45;8417".to_owned(),
        "see https://ehr.example/p?name=Maria%20Kovacs&ssn=536-22-8417".to_owned(),
        format!("decode {encoded}"),
    ] {
        let answer = gateway.chat(&content).await;
        assert!(answer.status == 200 || (400..500).contains(&answer.status), "{content}: {}", answer.body);
        if answer.status == 200 {
            assert_eq!(answer.content(), content);
        }
        clean(&provider, &content);
        assert!(!provider.saw(&encoded), "base64 of an identifier reached the provider");
    }
}

#[tokio::test]
async fn a_preview_sends_nothing_and_shows_what_would_leave() {
    let (provider, gateway) = start().await;
    let body = chat("Patient: Maria Kovacs, SSN 536-22-8417");
    let by_path = gateway.post(&format!("/preview{CHAT}"), &body).await;
    let by_header = gateway.send("POST", CHAT, &[JSON, ("cordon-preview", "1")], &body).await;
    for answer in [by_path, by_header] {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let shown = answer.json();
        assert_eq!(shown["target"], CHAT);
        assert!(shown["body"]["messages"][0]["content"].as_str().is_some_and(|text| text.contains("[NAME_1]")));
        let places = shown["findings"].as_array().expect("findings");
        assert!(places.iter().any(|finding| finding["place"] == "messages[0].content" && finding["entity"] == "SSN"));
        for needle in NEEDLES {
            assert!(!answer.body.contains(needle), "{needle}");
        }
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn names_over_two_parts_are_read_joined() {
    let (provider, gateway) = start().await;
    for (first, second) in
        [("Patient: Maria ", "Kovacs was seen"), ("Patient: Ma", "ria Kovacs"), ("MRN: 8462", "0917 today")]
    {
        let parts = json!([{ "type": "text", "text": first }, { "type": "text", "text": second }]);
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": parts }] });
        let answer = gateway.post(CHAT, &body.to_string()).await;
        assert!(matches!(answer.status, 200 | 422), "{}", answer.body);
        let sent: String = provider.requests().last().map(|request| request.body.clone()).unwrap_or_default();
        assert!(!sent.contains(second.split(' ').next().unwrap_or(second)) || second.starts_with("ria"), "{sent}");
        clean(&provider, first);
    }
}

#[tokio::test]
async fn a_key_is_read_like_a_value_unless_it_is_the_number_of_a_token() {
    let (provider, gateway) = start().await;
    let body = |member: &str| chat("hello").replacen('{', &format!("{{{member},"), 1);
    let answer = gateway.send("POST", CHAT, &[JSON], &body(r#""logit_bias":{"100257":-100}"#)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(provider.saw(r#""100257":-100"#));
    for member in [r#""logit_bias":{"415-555-0134":1}"#, r#""logit_bias":{"4155550134":1}"#, r#""415-555-0134":1"#] {
        let answer = gateway.send("POST", CHAT, &[JSON], &body(member)).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "forbidden_entity"), "{member}: {}", answer.body);
    }
    let answer = gateway.send("POST", CHAT, &[JSON], &body(r#""metadata":{"415-555-0134":"x"}"#)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!provider.saw("0134"), "{:?}", provider.requests());
}

#[tokio::test]
async fn the_session_of_a_coding_client_goes_by_one_pseudonym() {
    let (provider, gateway) = start().await;
    let session = "2a435410-7586-4b32-a38c-8e54ed42cb84";
    let user = json!({ "device_id": "d0".repeat(32), "session_id": session }).to_string();
    let body = json!({ "model": "m", "max_tokens": 9, "metadata": { "user_id": user }, "messages": [] }).to_string();
    let headers = [JSON, ("anthropic-version", "2023-06-01"), ("x-claude-code-session-id", session)];
    let answer = gateway.send("POST", "/v1/messages", &headers, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!provider.saw(session));
}
