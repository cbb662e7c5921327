//! HTTP/2 written by hand: frames that a client of good will never sends.

use crate::gateway::{Gateway, chat};
use crate::provider::FakeProvider;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame, RFC 9113 section 4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field that is not indexed, RFC 7541 section 6.2.2.
fn field(name: &str, value: &str) -> Vec<u8> {
    let string = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    assert!(name.len() < 127 && value.len() < 127);
    [vec![0], string(name), string(value)].concat()
}

/// The head of a chat request, with more fields.
fn head(gateway: &Gateway, more: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![0x83, 0x87]; // :method POST, :scheme https
    block.extend(field(":path", "/v1/chat/completions"));
    block.extend(field(":authority", "gw"));
    block.extend(field("content-type", "application/json"));
    block.extend(field("authorization", &format!("Bearer {}", gateway.key)));
    for (name, value) in more {
        block.extend(field(name, value));
    }
    block
}

async fn connect(gateway: &Gateway) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(gateway.dir().join("ca.pem")).unwrap()).unwrap();
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions().unwrap();
    let mut tls = tls.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(gateway.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

/// Writes, then reads until a frame of one of these kinds, the end, or three seconds. None is the end.
async fn answer(stream: &mut TlsStream<TcpStream>, bytes: &[u8], kinds: &[u8]) -> Option<u8> {
    let talk = async {
        // The gateway may hang up before everything is written.
        let _ = stream.write_all(bytes).await;
        let _ = stream.flush().await;
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; length as usize];
            stream.read_exact(&mut payload).await.ok()?;
            if kinds.contains(&head[3]) {
                return Some(head[3]);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), talk).await.expect("an answer or an end")
}

#[tokio::test]
async fn malformed_requests_are_refused_and_the_gateway_goes_on() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::builder().provider(&provider).tls().start().await;
    let body = chat("hello");
    for (name, more, body) in [
        ("a coding", vec![("transfer-encoding", "chunked")], body.as_str()),
        ("a connection header", vec![("connection", "keep-alive")], &body),
        ("a wrong length", vec![("content-length", "3")], &body),
        ("another host", vec![("host", "evil")], &body),
        ("a line end in a value", vec![("x-a", "a\r\nb: c")], &body),
        ("upper case", vec![("X-A", "a")], &body),
    ] {
        let mut stream = connect(&gateway).await;
        let request =
            [frame(HEADERS, END_HEADERS, 1, &head(&gateway, &more)), frame(DATA, END_STREAM, 1, body.as_bytes())]
                .concat();
        // A response is a refusal here: no byte went to the provider.
        answer(&mut stream, &request, &[RST_STREAM, GOAWAY, HEADERS]).await;
        assert_eq!(provider.bytes_received(), 0, "{name}");
    }
    let mut stream = connect(&gateway).await;
    let request =
        [frame(HEADERS, END_HEADERS, 1, &head(&gateway, &[])), frame(DATA, END_STREAM, 1, body.as_bytes())].concat();
    assert_eq!(answer(&mut stream, &request, &[RST_STREAM, GOAWAY, HEADERS]).await, Some(HEADERS));
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
async fn floods_end_the_connection() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::builder().provider(&provider).tls().start().await;

    // CVE-2023-44487: requests that are taken back at once.
    let mut rapid = Vec::new();
    for stream in (1..20_000u32).step_by(2) {
        rapid.extend(frame(HEADERS, END_HEADERS, stream, &head(&gateway, &[])));
        rapid.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
    }
    let mut stream = connect(&gateway).await;
    assert!(matches!(answer(&mut stream, &rapid, &[GOAWAY]).await, Some(GOAWAY) | None), "rapid resets");

    // CVE-2024-27316: a head that never ends.
    let mut endless = frame(HEADERS, 0, 1, &head(&gateway, &[]));
    for _ in 0..2000 {
        endless.extend(frame(CONTINUATION, 0, 1, &field("x-a", &"a".repeat(100))));
    }
    let mut stream = connect(&gateway).await;
    assert!(matches!(answer(&mut stream, &endless, &[GOAWAY]).await, Some(GOAWAY) | None), "continuations");

    // A head that is small on the wire and large when it is unpacked, RFC 7541 section 7.3: one field in the dynamic
    // table, named a thousand times.
    let mut block = vec![0x83, 0x87];
    block.extend([vec![0x40, 3], b"x-a".to_vec(), vec![120], vec![b'a'; 120]].concat());
    block.extend(vec![0xbe; 8000]);
    let mut stream = connect(&gateway).await;
    let bomb = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block);
    let ended = answer(&mut stream, &bomb, &[RST_STREAM, GOAWAY, HEADERS]).await;
    assert!(matches!(ended, Some(RST_STREAM | GOAWAY | HEADERS) | None), "a bomb");

    assert_eq!(provider.bytes_received(), 0);
    let mut stream = connect(&gateway).await;
    assert_eq!(answer(&mut stream, &frame(PING, 0, 0, &[0; 8]), &[PING]).await, Some(PING));
}
