//! One exchange from end to end: what the provider sees, what the client gets, and that nothing leaves otherwise.

use crate::gateway::{Failure, Gateway, chat, chat_stream};
use crate::provider::{FakeProvider, LAST_CHUNK, Step, chunk, completion, delta, last_content, stream_head, whole};
use std::time::Duration;

const NOTE: &str = "Patient: Maria Kovacs, MRN 00412345, seen 03/14/2024, phone 617-867-5309. Call Mrs. Kovacs.";

#[tokio::test]
async fn nothing_that_identifies_leaves_and_the_reply_is_whole() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;

    let answer = gateway.chat(NOTE).await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.content(), NOTE);
    for identifier in ["Maria", "Kovacs", "00412345", "03/14/2024", "867-5309"] {
        assert!(!provider.saw(identifier), "{identifier} left: {:?}", provider.requests());
    }
    assert!(provider.saw("[NAME_1]"));
    assert!(provider.saw("authorization: Bearer sk-provider-own"));
    assert!(!provider.saw(&gateway.key));
    assert_eq!(answer.header("cordon-exchange-id").map(str::len), Some(26));
    assert!(answer.header("cordon-findings").unwrap().contains("NAME="));
}

#[tokio::test]
async fn a_stream_is_restored_at_any_cut() {
    let provider = FakeProvider::with(|request| {
        let content = last_content(&request.body);
        let mut body: Vec<u8> = content.chars().flat_map(|piece| chunk(&delta(&piece.to_string()))).collect();
        body.extend(chunk("data: [DONE]\n\n"));
        body.extend(LAST_CHUNK);
        vec![Step::Send(stream_head()), Step::Drip(body)]
    })
    .await;
    let gateway = Gateway::before(&provider).await;
    let answer = gateway.post("/v1/chat/completions", &chat_stream("Call Maria Kovacs, MRN 00412345, today.")).await;
    assert!(answer.complete);
    assert_eq!(answer.streamed_content(), "Call Maria Kovacs, MRN 00412345, today.");
    assert!(answer.body.ends_with("data: [DONE]\n\n"));
    assert!(!provider.saw("Kovacs"));
}

#[tokio::test]
async fn a_cut_stream_is_never_a_clean_end() {
    for cut in [Vec::new(), chunk(&delta("Hello [NAME_1")), b"40\r\ndata: {\"cho".to_vec()] {
        let script = cut.clone();
        let provider = FakeProvider::with(move |_| {
            let first = chunk(&delta("Dear "));
            vec![Step::Send(stream_head()), Step::Send(first), Step::Send(script.clone()), Step::Cut]
        })
        .await;
        let gateway = Gateway::before(&provider).await;
        let answer = gateway.post("/v1/chat/completions", &chat_stream("Call Maria Kovacs.")).await;
        assert!(!answer.complete, "{answer:?}");
        assert!(answer.body.contains("Dear ") && !answer.body.contains("[DONE]"));
    }
}

#[tokio::test]
async fn a_cut_reply_is_a_bad_gateway() {
    let provider = FakeProvider::with(|_| {
        let mut reply = whole("application/json", &completion("hello"));
        reply.truncate(reply.len() - 5);
        vec![Step::Send(reply), Step::Cut]
    })
    .await;
    let answer = Gateway::before(&provider).await.chat("hello").await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_invalid"));
}

#[tokio::test]
async fn whichever_call_of_the_detector_fails_nothing_leaves() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    assert_eq!(gateway.chat(NOTE).await.status, 200);
    let calls = gateway.detector_calls();
    assert!(calls >= 1);
    for failure in [Failure::Fault, Failure::Panic, Failure::Hang] {
        for call in 1..=calls {
            let provider = FakeProvider::start().await;
            let builder = Gateway::builder().provider(&provider).detector_fails_at(call, failure);
            let gateway = builder.settings("[detection]\ndeadline = \"500ms\"").start().await;
            let answer = gateway.chat(NOTE).await;
            assert_eq!(answer.status, 503, "{failure:?} at {call}: {}", answer.body);
            assert_eq!(provider.bytes_received(), 0);
            assert!(!answer.body.contains("Kovacs"));
            // What failed once does not stay broken.
            assert_eq!(gateway.chat(NOTE).await.status, 200);
        }
    }
}

#[tokio::test]
async fn no_record_no_request() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    gateway.server.close();
    let answer = gateway.chat("hello").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "audit_unavailable"));
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn what_is_not_known_is_refused() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = chat("hello");
    let json = ("content-type", "application/json");
    for (method, path, headers, body, status) in [
        ("POST", "/v1/brand/new", vec![json], body.as_str(), 404),
        ("POST", "/v1/chat/completions/", vec![json], &body, 404),
        ("POST", "//v1/chat/completions", vec![json], &body, 404),
        ("POST", "/v1/chat%2Fcompletions", vec![json], &body, 404),
        ("PUT", "/v1/chat/completions", vec![json], &body, 405),
        ("TRACE", "/v1/chat/completions", vec![], "", 405),
        ("OPTIONS", "/v1/chat/completions", vec![], "", 405),
        ("POST", "/v1/chat/completions?patient=Maria", vec![json], &body, 400),
        ("POST", "/v1/chat/completions", vec![("content-type", "text/plain")], &body, 415),
        ("POST", "/v1/chat/completions", vec![], &body, 415),
        ("POST", "/v1/chat/completions", vec![json, ("content-encoding", "lzma")], &body, 415),
        ("POST", "/v1/chat/completions", vec![json], r#"{"model":"m","model":"n","messages":[]}"#, 400),
        ("POST", "/v1/chat/completions", vec![json], r#"{"model":"m","messages":[]} x"#, 400),
        ("POST", "/v1/chat/completions", vec![json], r#"{"model":"m","messages":["\ud800"]}"#, 400),
        ("POST", "/v1/chat/completions", vec![json], "\u{feff}{}", 400),
        ("POST", "/v1/chat/completions", vec![json], "[]", 400),
        ("POST", "/v1/chat/completions", vec![json], "", 400),
    ] {
        let answer = gateway.send(method, path, &headers, body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.body);
        assert!(!answer.body.contains("Maria"), "{}", answer.body);
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn only_keys_that_are_known_and_one_at_a_time() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let (json, body) = (("content-type", "application/json"), chat("hello"));
    let good = format!("Bearer {}", gateway.key);
    for headers in [
        vec![json],
        vec![json, ("authorization", "Bearer sk-other")],
        vec![json, ("authorization", &good), ("x-api-key", "sk-other")],
    ] {
        let answer = gateway.send_as_is("POST", "/v1/chat/completions", &headers, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
        assert_eq!(answer.header("x-should-retry"), Some("false"));
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = FakeProvider::start().await;
    let target = format!("http://{}/v1/chat/completions", other.address);
    let provider = FakeProvider::with(move |_| {
        vec![Step::Send(format!("HTTP/1.1 307 X\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n").into_bytes())]
    })
    .await;
    let answer = Gateway::before(&provider).await.chat("hello").await;
    assert_eq!(answer.status, 502);
    assert_eq!(other.bytes_received(), 0);
}

#[tokio::test]
async fn headers_are_built_anew() {
    let provider = FakeProvider::with(|_| {
        let body = completion("hello");
        let head = "x-request-id: req_1\r\nset-cookie: a=b\r\nalt-svc: h3\r\nx-ratelimit-remaining-requests: 9";
        vec![Step::Send(
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )]
    })
    .await;
    let gateway = Gateway::before(&provider).await;
    let mut headers = vec![("content-type", "application/json"), ("openai-beta", "assistants=v2")];
    let canaries = [
        "cookie",
        "referer",
        "traceparent",
        "tracestate",
        "baggage",
        "forwarded",
        "x-forwarded-for",
        "from",
        "via",
        "x-patient",
        "user-agent",
        "accept-language",
        "origin",
        "x-http-method-override",
    ];
    headers.extend(canaries.iter().map(|name| (*name, "canary-4711")));
    let answer = gateway.send("POST", "/v1/chat/completions", &headers, &chat("hello")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!provider.saw("canary-4711"), "{:?}", provider.requests());
    assert!(provider.requests()[0].head.contains("openai-beta: assistants=v2"));
    assert_eq!(answer.header("x-request-id"), Some("req_1"));
    assert_eq!(answer.header("x-ratelimit-remaining-requests"), Some("9"));
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(answer.header("alt-svc"), None);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_the_request_with_it() {
    let provider = FakeProvider::with(|_| vec![Step::Wait(Duration::from_secs(30))]).await;
    let gateway = Gateway::before(&provider).await;
    let asked = tokio::time::timeout(Duration::from_millis(500), gateway.chat("hello")).await;
    assert!(asked.is_err());
    assert_eq!(provider.requests().len(), 1);
    for _ in 0..50 {
        if provider.connections_ended() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the request goes on without its client");
}

#[tokio::test]
async fn the_log_has_an_intent_and_a_result_without_text() {
    let provider = FakeProvider::start().await;
    let models = "models = [\"gpt-*\", \"*\"]";
    let mut gateway = Gateway::builder().destination("openai", "openai", &provider, models).start().await;
    gateway.chat(NOTE).await;
    // A model that only the star lets through may be anything that a client wrote.
    gateway.post("/v1/chat/completions", &chat("hello").replace("gpt-test", "made-up-by-somebody")).await;
    gateway.post("/v1/chat/completions", "{").await;
    gateway.stop().await;
    let mut log = Vec::new();
    for (path, bytes) in gateway.files() {
        for word in ["Maria", "Kovacs", "00412345", "867-5309"] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} is in {}", path.display());
        }
        if path.components().any(|part| part.as_os_str() == "entries") {
            log.extend(bytes);
        }
    }
    let log = String::from_utf8_lossy(&log);
    for part in
        [r#""type":"egress.intent""#, r#""type":"egress.result""#, r#""type":"deny""#, r#""reason":"invalid_json""#]
    {
        assert!(log.contains(part), "{part} is not in the log: {log}");
    }
    assert!(log.contains(r#""model":"gpt-test""#) && log.contains(r#""model":"other""#), "{log}");
    assert!(!log.contains("made-up-by-somebody"));
}
