//! One patient in every encoding that a client, a form or an attacker may choose: nothing of it reaches a provider.

use crate::gateway::{Gateway, chat};
use crate::provider::{FakeProvider, Step, completion, whole};
use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER};

const TEXT: &str = "Patient: Maria Kovacs, MRN: 84620917, SSN 536-22-8417";

fn each(write: impl Fn(char) -> String) -> String {
    TEXT.chars().map(write).collect()
}

/// How the text may be written, with what would be seen of it if it left.
fn encodings() -> Vec<(&'static str, String)> {
    let base64 = BASE64.encode(TEXT.as_bytes());
    let utf16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let binary: Vec<u8> = [&[0, 1, 2, 0xff][..], TEXT.as_bytes(), &[0xfe]].concat();
    let percent = each(|c| format!("%{:02X}", c as u32));
    vec![
        ("base64", base64.clone()),
        ("base64 of base64", BASE64.encode(base64.as_bytes())),
        ("base64 in a data URL in base64", BASE64.encode(format!("data:text/plain;base64,{base64}").as_bytes())),
        ("base64 for URLs", BASE64URL_NOPAD.encode(TEXT.as_bytes())),
        ("base64 of UTF-16", BASE64.encode(&utf16)),
        ("base64 of binary", BASE64.encode(&binary)),
        ("base32", BASE32.encode(TEXT.as_bytes())),
        ("hexadecimal", HEXLOWER.encode(TEXT.as_bytes())),
        ("a dump", each(|c| format!("{:02x} ", c as u32))),
        ("percent", percent.clone()),
        ("percent of percent", percent.replace('%', "%25")),
        ("entities", each(|c| format!("&#{};", c as u32))),
        ("entities of entities", each(|c| format!("&amp;#{};", c as u32))),
        ("quoted-printable", each(|c| format!("={:02X}", c as u32))),
        ("unicode escapes", each(|c| format!("\\u{:04x}", c as u32))),
        ("full width", each(|c| if c == ' ' { " ".into() } else { char::from_u32(c as u32 + 0xfee0).unwrap().into() })),
        ("zero width", each(|c| format!("{c}\u{200b}"))),
        ("spaced", each(|c| format!("{c} "))),
        ("strung", each(|c| if c == ' ' { " ".into() } else { format!("{c}.") })),
        ("backwards", TEXT.chars().rev().collect()),
    ]
}

#[tokio::test]
async fn no_encoding_carries_a_patient_out() {
    let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", &completion("ok")))]).await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    for (name, text) in encodings() {
        let answer = gateway.post("/v1/chat/completions", &chat(&format!("read {text} please"))).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        let half = text.char_indices().map(|(at, _)| at).nth(text.chars().count() / 2).unwrap();
        for part in [&text[..half], &text[half..]] {
            let written = serde_json::Value::from(part).to_string();
            assert!(!provider.saw(written.trim_matches('"')), "{name} left");
        }
        assert!(!provider.saw("scavoK") && !provider.saw("71902648"), "{name}");
        assert!(!provider.saw("Kovacs") && !provider.saw("84620917") && !provider.saw("536-22-8417"), "{name}");
    }
}

#[tokio::test]
async fn what_is_packed_in_base64_is_refused() {
    use std::io::Write;
    let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", &completion("ok")))]).await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(TEXT.as_bytes()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(TEXT.as_bytes()).unwrap();
    for packed in [zlib.finish().unwrap(), gzip.finish().unwrap()] {
        let answer = gateway.post("/v1/chat/completions", &chat(&BASE64.encode(&packed))).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "opaque_content"));
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn people_in_identifiers_are_refused() {
    let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", &completion("ok")))]).await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    let base64 = BASE64.encode(TEXT.as_bytes());
    for person in ["Maria Kovacs", "Kovacs_Maria_19710304", "m.kovacs@example.com", "6175550142", &base64] {
        let body = serde_json::json!({ "model": person, "messages": [{ "role": "user", "content": "hello" }] });
        let answer = gateway.post("/v1/chat/completions", &body.to_string()).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "forbidden_entity"), "model {person}");
        let call =
            serde_json::json!({ "id": person, "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let body = serde_json::json!({ "model": "m", "messages": [{ "role": "assistant", "tool_calls": [call] }] });
        let answer = gateway.post("/v1/chat/completions", &body.to_string()).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "forbidden_entity"), "call {person}");
        let headers = [("content-type", "application/json"), ("idempotency-key", person)];
        let answer = gateway.send("POST", "/v1/chat/completions", &headers, &chat("hello")).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "forbidden_entity"), "header {person}");
    }
    assert_eq!(provider.bytes_received(), 0);
}
