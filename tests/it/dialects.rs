//! Each API's replies, whole and in streams that arrive byte by byte: restored, event for event.

use crate::gateway::{Answer, Gateway};
use crate::provider::{FakeProvider, LAST_CHUNK, Received, Step, chunk, whole};
use serde_json::{Value, json};

const NAME: &str = "William \"Bill\" Thornquist";
const TEXT: &str = "Patient: Maria Kovacs. SSN 536-22-8417.";
const LEAKED: &[&str] = &["Kovacs", "536-22-8417", "Thornquist"];

/// Pieces of two characters, so that every pseudonym is cut somewhere.
fn pieces(text: &str) -> Vec<String> {
    text.chars().collect::<Vec<_>>().chunks(2).map(|piece| piece.iter().collect()).collect()
}

fn drip(kind: &str, events: &[String]) -> Vec<Step> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
    let body = events.iter().flat_map(|event| chunk(event));
    vec![Step::Drip(head.into_bytes().into_iter().chain(body).chain(LAST_CHUNK.iter().copied()).collect())]
}

fn body(request: &Received) -> Value {
    serde_json::from_str(&request.body).expect("requests are JSON")
}

async fn ask(
    kind: &str,
    path: &str,
    request: Value,
    script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
) -> Answer {
    let provider = FakeProvider::with(script).await;
    let gateway = Gateway::builder().destination("it", kind, &provider, "").start().await;
    let answer = gateway.post(path, &request.to_string()).await;
    for needle in LEAKED {
        assert!(!provider.saw(needle), "{needle} reached the provider");
    }
    assert!(answer.complete, "{}", answer.body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn events(answer: &Answer) -> Vec<Value> {
    let data = answer.body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).expect("events are JSON")).collect()
}

#[tokio::test]
async fn messages_stream_text_arguments_and_thinking() {
    let request = json!({
        "model": "claude-test", "max_tokens": 9, "stream": true,
        "messages": [{ "role": "user", "content": TEXT }],
    });
    let answer = ask("anthropic", "/v1/messages", request, |request| {
        let text = body(request)["messages"][0]["content"].as_str().expect("text").to_owned();
        let event = |event: Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().expect("a type"));
        let mut all = vec![event(json!({ "type": "message_start", "message": { "id": "msg_1", "content": [] } }))];
        let mut block = |index: u32, start: Value, delta: &str, field: &str, text: &str, last: Option<Value>| {
            all.push(event(json!({ "type": "content_block_start", "index": index, "content_block": start })));
            for piece in pieces(text) {
                all.push(event(
                    json!({ "type": "content_block_delta", "index": index, "delta": { "type": delta, field: piece } }),
                ));
            }
            all.extend(
                last.map(|delta| event(json!({ "type": "content_block_delta", "index": index, "delta": delta }))),
            );
            all.push(event(json!({ "type": "content_block_stop", "index": index })));
        };
        let signature = json!({ "type": "signature_delta", "signature": "c2lnbmF0dXJl" });
        block(
            0,
            json!({ "type": "thinking", "thinking": "", "signature": "" }),
            "thinking_delta",
            "thinking",
            &text,
            Some(signature),
        );
        block(1, json!({ "type": "text", "text": "" }), "text_delta", "text", &text, None);
        let arguments = json!({ "q": text }).to_string();
        block(
            2,
            json!({ "type": "tool_use", "id": "t", "name": "f", "input": {} }),
            "input_json_delta",
            "partial_json",
            &arguments,
            None,
        );
        all.push(event(json!({ "type": "message_stop" })));
        drip("text/event-stream", &all)
    })
    .await;
    let events = events(&answer);
    let joined = |index: u64, field: &str| -> String {
        let of = events.iter().filter(|event| event["index"] == index);
        of.filter_map(|event| event["delta"][field].as_str()).collect()
    };
    assert_eq!(joined(0, "thinking"), TEXT);
    assert_eq!(joined(1, "text"), TEXT);
    let arguments: Value = serde_json::from_str(&joined(2, "partial_json")).expect("arguments stay JSON");
    assert_eq!(arguments["q"], TEXT);
    let sealed = joined(0, "signature");
    assert!(sealed != "c2lnbmF0dXJl" && data_encoding::BASE64.decode(sealed.as_bytes()).is_ok());
    assert_eq!(answer.body.matches("event: ").count(), events.len());
}

#[tokio::test]
async fn a_signed_thought_goes_back_byte_for_byte() {
    let provider = FakeProvider::with(|request| {
        let said = body(request)["messages"][0]["content"].as_str().unwrap_or_default().to_owned();
        let thought = json!({ "type": "thinking", "thinking": format!("about {said}"), "signature": "c2lnbmF0dXJl" });
        vec![Step::Send(whole(
            "application/json",
            &json!({ "id": "msg_1", "type": "message", "content": [thought] }).to_string(),
        ))]
    })
    .await;
    let gateway = Gateway::builder().destination("it", "anthropic", &provider, "").start().await;
    let first = json!({ "model": "c", "max_tokens": 9, "messages": [{ "role": "user", "content": TEXT }] });
    let answer = gateway.post("/v1/messages", &first.to_string()).await.json();
    let thought = &answer["content"][0];
    assert_eq!(thought["thinking"], format!("about {TEXT}"));
    let second = json!({ "model": "c", "max_tokens": 9, "messages": [
        { "role": "user", "content": TEXT }, { "role": "assistant", "content": [thought] }, { "role": "user", "content": "go on" },
    ] });
    assert_eq!(gateway.post("/v1/messages", &second.to_string()).await.status, 200);
    let requests = provider.requests();
    let (sent, back) = (body(&requests[0]), body(&requests[1]));
    let thought = &back["messages"][1]["content"][0];
    assert_eq!(thought["signature"], "c2lnbmF0dXJl");
    assert_eq!(thought["thinking"], format!("about {}", sent["messages"][0]["content"].as_str().expect("text")));
    assert!(LEAKED.iter().all(|needle| !provider.saw(needle)));
}

#[tokio::test]
async fn responses_stream_and_are_read_back_by_their_owner_only() {
    let provider = FakeProvider::with(|request| {
        let kept = json!({ "id": "resp_1", "object": "response", "output": [{ "type": "message", "content": [{ "type": "output_text", "text": "[NAME_1] again", "annotations": [] }] }] });
        if request.head.starts_with("GET") || request.head.starts_with("DELETE") {
            return vec![Step::Send(whole("application/json", &kept.to_string()))];
        }
        let text = body(request)["input"].as_str().unwrap_or_default().to_owned();
        let mut all = vec![json!({ "type": "response.created", "sequence_number": 0, "response": { "id": "resp_1", "output": [] } })];
        for piece in pieces(&text) {
            all.push(json!({ "type": "response.output_text.delta", "sequence_number": all.len(), "output_index": 0, "content_index": 0, "delta": piece }));
        }
        all.push(json!({ "type": "response.output_text.done", "sequence_number": all.len(), "output_index": 0, "content_index": 0, "text": text }));
        all.push(json!({ "type": "response.completed", "sequence_number": all.len(), "response": { "id": "resp_1", "output": [] } }));
        let events: Vec<String> = all.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().expect("a type"))).collect();
        drip("text/event-stream", &events)
    })
    .await;
    let gateway = Gateway::builder().destination("it", "openai", &provider, "").start().await;
    let request = json!({ "model": "m", "stream": true, "input": TEXT });
    let answer = gateway.post("/v1/responses", &request.to_string()).await;
    let events = events(&answer);
    let deltas: String = events.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(deltas, TEXT);
    assert!(events.iter().any(|event| event["type"] == "response.output_text.done" && event["text"] == TEXT));
    assert!(events.windows(2).all(|pair| pair[0]["sequence_number"].as_u64() < pair[1]["sequence_number"].as_u64()));

    let read = gateway.send("GET", "/v1/responses/resp_1", &[], "").await.json();
    assert_eq!(read["output"][0]["content"][0]["text"], "Maria Kovacs again");
    let before = provider.requests().len();
    assert_eq!(gateway.send("GET", "/v1/responses/resp_2", &[], "").await.code(), "unknown_object");
    assert_eq!(provider.requests().len(), before, "an object that is not ours is not asked for");
    assert_eq!(gateway.send("DELETE", "/v1/responses/resp_1", &[], "").await.status, 200);
    assert_eq!(gateway.send("GET", "/v1/responses/resp_1", &[], "").await.code(), "unknown_object");
}

#[tokio::test]
async fn contents_stream_as_events_and_as_one_array() {
    for path in ["/v1beta/models/g:streamGenerateContent?alt=sse", "/v1beta/models/g:streamGenerateContent"] {
        let request = json!({ "contents": [{ "parts": [{ "text": TEXT }] }] });
        let answer = ask("gemini", path, request, |request| {
            let text = body(request)["contents"][0]["parts"][0]["text"].as_str().expect("text").to_owned();
            let mut chunks: Vec<Value> = pieces(&text)
                .iter()
                .map(|piece| json!({ "candidates": [{ "index": 0, "content": { "role": "model", "parts": [{ "text": piece }] } }] }))
                .collect();
            chunks.last_mut().expect("some text")["candidates"][0]["finishReason"] = json!("STOP");
            if request.head.contains("alt=sse") {
                let events: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect();
                drip("text/event-stream", &events)
            } else {
                let text: Vec<String> = chunks.iter().map(Value::to_string).collect();
                drip("application/json", &[format!("[{}]", text.join(",\r\n"))])
            }
        })
        .await;
        let chunks: Vec<Value> = if path.contains("alt=sse") {
            events(&answer)
        } else {
            serde_json::from_str(&answer.body).expect("one array")
        };
        let text: Vec<&str> =
            chunks.iter().filter_map(|chunk| chunk["candidates"][0]["content"]["parts"][0]["text"].as_str()).collect();
        assert_eq!(text.concat(), TEXT, "{path}");
        let (_, before_last) = text.split_last().expect("some text");
        assert!(before_last.iter().all(|text| !text.is_empty()), "an empty text ends a turn for Google's SDKs");
    }
}

#[tokio::test]
async fn ollama_streams_lines() {
    let request = json!({ "model": "llama", "messages": [{ "role": "user", "content": TEXT }] });
    let answer = ask("ollama", "/ollama/api/chat", request, |request| {
        let text = body(request)["messages"][0]["content"].as_str().expect("text").to_owned();
        let mut lines: Vec<String> = pieces(&text)
            .iter()
            .map(|piece| {
                format!("{}\n", json!({ "message": { "role": "assistant", "content": piece }, "done": false }))
            })
            .collect();
        lines.push(format!("{}\n", json!({ "message": { "role": "assistant", "content": "" }, "done": true })));
        drip("application/x-ndjson", &lines)
    })
    .await;
    let lines: Vec<Value> =
        answer.body.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let text: String = lines.iter().filter_map(|line| line["message"]["content"].as_str()).collect();
    assert_eq!(text, TEXT);
    assert!(lines.len() > 5, "a stream stays one");
    assert_eq!(lines.last().expect("lines")["done"], true);
}

#[tokio::test]
async fn structured_answers_stay_json_whatever_a_name_holds() {
    let request = json!({
        "model": "gpt-test", "response_format": { "type": "json_object" },
        "messages": [{ "role": "user", "content": format!("Brother: {NAME}. Answer in JSON.") }],
    });
    let answer = ask("openai", "/v1/chat/completions", request, |request| {
        let text = body(request)["messages"][0]["content"].as_str().expect("text").to_owned();
        let content = json!({ "summary": text }).to_string();
        vec![Step::Send(whole("application/json", &crate::provider::completion(&content)))]
    })
    .await;
    let content: Value = serde_json::from_str(&answer.content()).expect("the answer is JSON");
    assert_eq!(content["summary"], format!("Brother: {NAME}. Answer in JSON."));
}

#[tokio::test]
async fn citations_and_probabilities_follow_the_text() {
    let request = json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": TEXT }] });
    let answer = ask("openai", "/v1/chat/completions", request, |request| {
        let text = format!("{} [SOURCE]", body(request)["messages"][0]["content"].as_str().expect("text"));
        let end = text.chars().count();
        let annotation = json!({ "type": "url_citation", "url_citation": { "start_index": end - 8, "end_index": end, "title": "t" } });
        let choice = json!({
            "index": 0, "finish_reason": "stop", "logprobs": { "content": [{ "token": "a", "logprob": -0.1 }] },
            "message": { "role": "assistant", "content": text, "annotations": [annotation] },
        });
        vec![Step::Send(whole("application/json", &json!({ "id": "c", "choices": [choice] }).to_string()))]
    })
    .await;
    let choice = &answer.json()["choices"][0];
    let text: Vec<char> = choice["message"]["content"].as_str().expect("text").chars().collect();
    let index =
        |name: &str| choice["message"]["annotations"][0]["url_citation"][name].as_u64().expect("an index") as usize;
    assert_eq!(text[index("start_index")..index("end_index")].iter().collect::<String>(), "[SOURCE]");
    assert!(choice["logprobs"].is_null());
}
