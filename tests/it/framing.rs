//! Requests that two readers could read differently: the gateway answers 400, closes, and sends nothing on.

use crate::gateway::{Gateway, chat};
use crate::provider::FakeProvider;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);

fn post(key: &str, headers: &str, body: &str) -> String {
    let fixed = "Host: gw\r\nContent-Type: application/json\r\n";
    format!("POST /v1/chat/completions HTTP/1.1\r\n{fixed}Authorization: Bearer {key}\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let chunked = "Transfer-Encoding: chunked\r\n";
    let body = chat("hello");
    let in_a_chunk = format!("{:x}\r\n{body}\r\n", body.len());
    for (name, headers, body) in [
        ("CL and TE", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX".to_owned()),
        ("TE and CL", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\nGET".to_owned()),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", "abcdef".to_owned()),
        ("one length twice", "Content-Length: 3\r\nContent-Length: 3\r\n", "abc".to_owned()),
        ("a list of lengths", "Content-Length: 5, 6\r\n", "abcdef".to_owned()),
        ("a sign", "Content-Length: +5\r\n", "abcde".to_owned()),
        ("beyond 64 bits", "Content-Length: 18446744073709551621\r\n", "abcde".to_owned()),
        ("an unknown coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n".to_owned()),
        ("chunked not last", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n".to_owned()),
        ("a space before the colon", "Content-Length : 3\r\n", "abc".to_owned()),
        ("a folded line", "X-A: b\r\n c\r\nContent-Length: 0\r\n", String::new()),
        ("a bare carriage return", "X-A: a\rb\r\nContent-Length: 0\r\n", String::new()),
        ("NUL", "X-A: a\0b\r\nContent-Length: 0\r\n", String::new()),
        ("a second host", "Host: evil\r\nContent-Length: 0\r\n", String::new()),
        ("a line feed in an extension", chunked, format!("2;\nxx\r\n10\r\n{in_a_chunk}0\r\n\r\n")),
        ("a long extension", chunked, format!("1;{}\r\nA\r\n0\r\n\r\n", "a".repeat(64 << 10))),
        ("a prefixed size", chunked, "0x1\r\nA\r\n0\r\n\r\n".to_owned()),
        ("a size beyond 64 bits", chunked, "10000000000000001\r\nA\r\n0\r\n\r\n".to_owned()),
        ("no end of the chunk", chunked, format!("{in_a_chunk}AX0\r\n\r\n")),
    ] {
        let answer = gateway.raw(post(&gateway.key, headers, &body).as_bytes(), PATIENCE).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{name}: {answer:?}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{name}: {answer:?}");
    }
    for (name, request) in [
        ("bare line feeds", "POST /v1/chat/completions HTTP/1.1\nHost: gw\nContent-Length: 0\n\n"),
        ("no host", "GET /healthz HTTP/1.1\r\n\r\n"),
        ("HTTP/1.2", "GET / HTTP/1.2\r\nHost: gw\r\n\r\n"),
        ("HTTP/0.9", "GET /\r\n"),
        ("a coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("another host", "GET http://169.254.169.254/latest/ HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n"),
        ("CONNECT", "CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\nConnection: close\r\n\r\n"),
    ] {
        let answer = gateway.raw(request.as_bytes(), PATIENCE).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"),
            "{name}: {answer:?}"
        );
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn trailers_stay_behind_and_chunks_are_joined() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = chat("hello");
    let (first, second) = body.split_at(10);
    let chunks = format!("a\r\n{first}\r\n{:x};x=y\r\n{second}\r\n0\r\nX-Patient: canary\r\n\r\n", second.len());
    let request = post(&gateway.key, "Transfer-Encoding: chunked\r\nConnection: close\r\n", &chunks);
    let answer = gateway.raw(request.as_bytes(), PATIENCE).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!provider.saw("canary"));
}

#[tokio::test]
async fn each_request_of_a_connection_shows_its_own_key() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = chat("hello");
    let first = post(&gateway.key, &format!("Content-Length: {}\r\n", body.len()), &body);
    let second = "GET /v1/models HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n";
    let answer = gateway.raw([first.as_str(), second].concat().as_bytes(), PATIENCE).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("HTTP/1.1 401"), "{answer}");
}

#[tokio::test]
async fn connection_options_hide_no_header() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let headers = "Connection: close, Authorization\r\nContent-Length: 0\r\n";
    let answer = gateway.raw(post("cordon-wrong", headers, "").as_bytes(), PATIENCE).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test]
async fn a_body_is_asked_for_only_when_the_caller_is_known() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let expect = "Expect: 100-continue\r\nContent-Length: 9999\r\n";
    let answer = gateway.raw(post("cordon-wrong", expect, "").as_bytes(), PATIENCE).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let answer = gateway.raw(post(&gateway.key, expect, "").as_bytes(), Duration::from_millis(300)).await;
    assert!(answer.starts_with("HTTP/1.1 100"), "{answer}");
}

#[tokio::test]
async fn a_connection_is_not_upgraded() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let body = chat("hello");
    let headers = format!("Connection: upgrade, close\r\nUpgrade: websocket\r\nContent-Length: {}\r\n", body.len());
    let answer = gateway.raw(post(&gateway.key, &headers, &body).as_bytes(), PATIENCE).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(provider.bytes_received(), 0);
}

/// The bytes of a request as the corpus writes it.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (byte, length) = match rest.as_bytes() {
            [b'\\', b'r', ..] => (b'\r', 2),
            [b'\\', b'n', ..] => (b'\n', 2),
            [b'\\', b't', ..] => (b'\t', 2),
            [b'\\', b'x', ..] => (u8::from_str_radix(&rest[2..4], 16).expect("two digits"), 4),
            _ if rest.starts_with("{64Ki}") => {
                let letter = *bytes.last().expect("a letter stands before it");
                bytes.extend(std::iter::repeat_n(letter, 64 << 10));
                rest = &rest[6..];
                continue;
            }
            _ => (u8::try_from(c).expect("ASCII"), 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

#[tokio::test]
async fn the_corpus_of_framings_is_answered_as_expected() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::before(&provider).await;
    let corpus = include_str!("../fixtures/framing.tsv");
    let mut cases = 0;
    for line in corpus.lines().filter(|line| !line.starts_with('#')) {
        let [name, expected, request] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let answer = gateway.raw(&unescaped(request), Duration::from_millis(500)).await;
        let statuses: Vec<&str> = answer.split("HTTP/1.").skip(1).filter_map(|head| head.get(2..5)).collect();
        let closed = statuses.is_empty() && expected.contains("close");
        assert!(
            closed || (!statuses.is_empty() && statuses.iter().all(|status| expected.contains(status))),
            "{name}: {expected} expected, {answer:?}"
        );
        cases += 1;
    }
    assert_eq!(cases, 44);
    assert_eq!(provider.bytes_received(), 0);
}
