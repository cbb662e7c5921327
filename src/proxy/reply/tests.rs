use super::cut::Cutter;
use super::events::Events;
use super::*;
use crate::crypto::Key;
use crate::deid::{Deidentifier, Detector, Scope};
use crate::dialect::Address;
use crate::entity::Finding;
use crate::recognize::{Fault, Segment};
use http::Uri;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Instant;

struct Nothing;

impl Detector for Nothing {
    fn analyze(&self, document: &[Segment<'_>], _: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        Ok(document.iter().map(|_| Vec::new()).collect())
    }
}

/// A plan in which `[NAME_1]` and `[MRN_2]` stand for something.
fn plan(path: &str, structured: bool) -> Arc<Plan> {
    let exchange = json!({
        "originals": [["NAME", 1, 0, "Maria \"M\" Kovacs"], ["MRN", 2, 0, "00482913"]],
        "literals": {}, "hosts": [],
    });
    let exchange = Exchange::from_bytes(exchange.to_string().as_bytes()).expect("an exchange");
    let deidentifier = Deidentifier::new(Arc::new(Nothing), Key::from_bytes([7; 32]));
    Arc::new(Plan {
        endpoint: Address::of(path, None, |_| false).endpoint("POST").expect("an endpoint"),
        exchange: Arc::new(exchange),
        exchange_id: "x1".to_owned(),
        structured,
        seals: deidentifier.seals(&Scope::tenant("ward")),
        documents: Vec::new(),
        keeper: None,
        follow_up: FollowUp::new(String::new(), &Uri::from_static("https://provider.example")),
        limits: Limits::default(),
    })
}

/// Restores a stream of server-sent events that comes in these pieces.
fn stream(path: &str, pieces: &[&[u8]]) -> String {
    let plan = plan(path, false);
    let (mut cutter, mut events, mut out) = (Cutter::events(1 << 20), Events::new(plan), Vec::new());
    for piece in pieces {
        cutter.push(piece);
        while let Some(part) = cutter.next_part().expect("short") {
            events.accept(part, &mut out).expect("JSON");
        }
    }
    events.finish(&mut out);
    String::from_utf8(out).expect("UTF-8")
}

fn data(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

fn chat(deltas: &[Value]) -> String {
    let event = |delta: &Value| {
        format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": delta, "finish_reason": null }] }))
    };
    let mut stream: String = deltas.iter().map(event).collect();
    stream.push_str("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    stream
}

fn text(events: &[Value], field: &str) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"][field].as_str()).collect()
}

const CHAT: &str = "/v1/chat/completions";

proptest! {
    /// Wherever the bytes and the text are cut, the client reads the same, in as many events.
    #[test]
    fn cutting_changes_nothing(
        words in prop::collection::vec(prop_oneof![
            Just("[NAME_1]"), Just("[MRN_2]"), Just("[NAME_9]"), Just("[NA"), Just("["), Just("["), Just(" é🙂 "), Just("seen"),
        ], 0..12),
        piece in 1usize..7,
        cut in 1usize..40,
    ) {
        let whole = words.concat();
        let letters: Vec<char> = whole.chars().collect();
        let deltas: Vec<Value> = letters.chunks(piece).map(|piece| json!({ "content": piece.iter().collect::<String>() })).collect();
        let bytes = chat(&deltas).into_bytes();
        let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
        let restored = stream(CHAT, &pieces);
        prop_assert_eq!(&restored, &stream(CHAT, &[&bytes]));
        let expected = whole.replace("[NAME_1]", "Maria \"M\" Kovacs").replace("[MRN_2]", "00482913");
        prop_assert_eq!(text(&data(&restored), "content"), expected);
        prop_assert_eq!(restored.matches("data: ").count(), deltas.len() + 2);
    }
}

#[test]
fn an_event_without_a_pseudonym_goes_on_as_it_came() {
    let odd = "event: x\r\nid: 7\r\ndata:  {\"choices\": [ {\"index\":0, \"delta\":{\"content\":\"caf\\u00e9\"}} ] }\r\n\r\n: ping\n\n";
    assert_eq!(stream(CHAT, &[odd.as_bytes()]), odd);
}

#[test]
fn texts_of_one_event_are_told_apart() {
    let deltas = [
        json!({ "reasoning_content": "about [NA" }),
        json!({ "reasoning_content": "ME_1]", "tool_calls": [{ "index": 0, "function": { "arguments": "{\"q\":\"[NAME" } }] }),
        json!({ "tool_calls": [{ "index": 1, "function": { "arguments": "[MRN_" } }] }),
        json!({ "tool_calls": [{ "index": 0, "function": { "arguments": "_1]\"}" } }, { "index": 1, "function": { "arguments": "2]" } }] }),
        json!({ "content": "[NAME_1" }),
    ];
    let events = data(&stream(CHAT, &[chat(&deltas).as_bytes()]));
    assert_eq!(text(&events, "reasoning_content"), "about Maria \"M\" Kovacs");
    assert_eq!(events.len(), deltas.len() + 1);
    let arguments = |call: u64| -> String {
        let calls = events.iter().filter_map(|event| event["choices"][0]["delta"]["tool_calls"].as_array()).flatten();
        calls.filter(|one| one["index"] == call).filter_map(|one| one["function"]["arguments"].as_str()).collect()
    };
    let first: Value = serde_json::from_str(&arguments(0)).expect("arguments stay JSON");
    assert_eq!(first["q"], "Maria \"M\" Kovacs");
    assert_eq!(arguments(1), "00482913");
}

#[test]
fn a_stream_that_ends_within_a_pseudonym_shows_no_piece_of_it() {
    let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"seen by [NAM\"}}]}\n\n";
    assert_eq!(text(&data(&stream(CHAT, &[event.as_bytes()])), "content"), "seen by ");
}

#[test]
fn what_is_marked_stays_and_everything_else_is_restored() {
    let plan = plan(CHAT, false);
    let reply = json!({
        "id": "[NAME_1]", "vendor": { "deep": [{ "[MRN_2]": "of [NAME_1]" }] },
        "choices": [{ "index": 0, "finish_reason": "stop", "logprobs": { "content": [1] }, "message": {
            "content": "[NAME_1]", "tool_calls": [{ "id": "c", "function": { "name": "f", "arguments": "{\"a\":\"[NAME_1]\"}" } }],
        } }],
    });
    let restored = whole(reply.to_string().as_bytes(), "application/json", true, &plan).expect("JSON");
    let restored: Value = serde_json::from_slice(&restored).expect("JSON");
    assert_eq!(restored["id"], "[NAME_1]");
    assert_eq!(restored["vendor"]["deep"][0]["00482913"], "of Maria \"M\" Kovacs");
    assert_eq!(
        restored["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"],
        "{\"a\":\"Maria \\\"M\\\" Kovacs\"}"
    );
    assert!(restored["choices"][0]["logprobs"].is_null());
    assert_eq!(plan.exchange.counted().0, 4);
}

#[test]
fn a_reply_that_is_no_json_is_an_error_and_html_is_escaped() {
    let plan = plan(CHAT, false);
    assert!(whole(b"{\"a\":", "application/json", true, &plan).is_err());
    let html = whole(b"<p>[NAME_1]</p>", "text/html", true, &plan).expect("text");
    assert_eq!(html, "<p>Maria &quot;M&quot; Kovacs</p>");
}

#[test]
fn an_error_event_of_the_provider_is_restored() {
    let event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"about [NAME_1]\"}}\n\n";
    let out = stream("/v1/messages", &[event.as_bytes()]);
    assert_eq!(data(&out)[0]["error"]["message"], "about Maria \"M\" Kovacs");
}
