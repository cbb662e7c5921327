//! Everything that grows has a limit, and what is beyond it is refused before it costs much.

use crate::gateway::{Gateway, chat, chat_stream};
use crate::provider::{FakeProvider, LAST_CHUNK, Step, chunk, completion, delta, stream_head, whole};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn size_depth_and_number_of_values() {
    let provider = FakeProvider::start().await;
    let limits = "[limits]\nbody = \"64 KiB\"\ndepth = 20\nnodes = 1000\nstring = \"8 KiB\"\n";
    let gateway = Gateway::builder().provider(&provider).settings(limits).start().await;
    let nested = |depth: usize| format!(r#"{{"model":"m","x":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let many = |count: usize| format!(r#"{{"model":"m","x":[{}1]}}"#, "1,".repeat(count));
    for (name, body) in [
        ("depth", nested(3000)),
        ("depth by one", nested(20)),
        ("values", many(1000)),
        ("a string", chat(&"a".repeat(9 << 10))),
        ("the body", chat(&"a ".repeat(33 << 10))),
    ] {
        let answer = gateway.post("/v1/chat/completions", &body).await;
        assert_eq!(answer.status, 413, "{name}: {}", answer.body);
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn a_large_body_is_answered_in_time() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::builder().provider(&provider).settings("[limits]\nbody = \"8 MiB\"").start().await;
    let started = Instant::now();
    let answer = gateway.chat(&"word ".repeat(12 << 18)).await;
    assert_eq!(answer.status, 413);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_small_body_that_decodes_to_a_large_one() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::builder().provider(&provider).settings("[limits]\nbody = \"1 MiB\"").start().await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &vec![b' '; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gw\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\
         Connection: close\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        gateway.key,
        bomb.len()
    );
    let answer = gateway.raw(&[head.into_bytes(), bomb].concat(), Duration::from_secs(5)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn slow_clients_are_given_up() {
    let provider = FakeProvider::start().await;
    let limits = "[limits]\nheader_timeout = \"1s\"\nbody_idle = \"1s\"\n";
    let gateway = Gateway::builder().provider(&provider).settings(limits).start().await;

    let mut silent = TcpStream::connect(gateway.address).await.unwrap();
    silent.write_all(b"POST /v1/chat/comp").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(4), silent.read_to_end(&mut rest)).await.expect("closed").unwrap();

    // A connection may rest between requests, for longer than a head may take.
    let mut resting = TcpStream::connect(gateway.address).await.unwrap();
    let request = b"GET /v1/none HTTP/1.1\r\nHost: gw\r\n\r\n";
    let mut answer = [0; 4096];
    resting.write_all(request).await.unwrap();
    assert!(resting.read(&mut answer).await.unwrap() > 0);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    resting.write_all(request).await.unwrap();
    assert!(resting.read(&mut answer).await.unwrap() > 0, "closed between requests");

    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gw\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {}\r\nContent-Length: 1000\r\n\r\n{{",
        gateway.key
    );
    let answer = gateway.raw(head.as_bytes(), Duration::from_secs(4)).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn load_is_shed_and_places_come_free() {
    let provider = FakeProvider::with(|_| {
        let reply = whole("application/json", &completion("hello"));
        vec![Step::Wait(Duration::from_millis(500)), Step::Send(reply)]
    })
    .await;
    let limits = "[limits]\nconcurrency_per_caller = 2\n";
    let gateway = Gateway::builder().provider(&provider).settings(limits).start().await;
    let (first, second, third) = tokio::join!(gateway.chat("a"), gateway.chat("b"), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gateway.chat("c").await
    });
    assert_eq!((first.status, second.status, third.status), (200, 200, 429));
    assert_eq!(third.header("retry-after"), Some("1"));
    assert_eq!(provider.requests().len(), 2);
    assert_eq!(gateway.chat("d").await.status, 200);
}

#[tokio::test]
async fn a_place_is_held_until_the_stream_ends() {
    let provider = FakeProvider::with(|_| {
        let end = [chunk("data: [DONE]\n\n"), LAST_CHUNK.to_vec()].concat();
        vec![
            Step::Send([stream_head(), chunk(&delta("a"))].concat()),
            Step::Wait(Duration::from_millis(500)),
            Step::Send(end),
        ]
    })
    .await;
    let limits = "[limits]\nconcurrency_per_caller = 1\n";
    let gateway = Gateway::builder().provider(&provider).settings(limits).start().await;
    let body = chat_stream("hello");
    let (first, second) = tokio::join!(gateway.post("/v1/chat/completions", &body), async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        gateway.post("/v1/chat/completions", &body).await
    });
    assert_eq!((first.status, second.status), (200, 429));
}

#[tokio::test]
async fn a_silent_provider_is_given_up() {
    let provider = FakeProvider::with(|_| vec![Step::Wait(Duration::from_secs(60))]).await;
    let egress = "[egress]\nidle_timeout = \"1s\"\n";
    let gateway = Gateway::builder().provider(&provider).settings(egress).start().await;
    let answer = gateway.chat("hello").await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "upstream_timeout"));

    let provider = FakeProvider::with(|_| {
        vec![Step::Send([stream_head(), chunk(&delta("a"))].concat()), Step::Wait(Duration::from_secs(60))]
    })
    .await;
    let gateway = Gateway::builder().provider(&provider).settings(egress).start().await;
    let answer = gateway.post("/v1/chat/completions", &chat_stream("hello")).await;
    assert!(!answer.complete);
}

#[tokio::test]
async fn an_endless_reply_is_cut() {
    let provider = FakeProvider::with(|_| {
        let event = chunk(&delta(&"word ".repeat(1000)));
        vec![Step::Send(stream_head()), Step::Send(event.repeat(100))]
    })
    .await;
    let limits = "[limits]\nreply = \"64 KiB\"\n";
    let gateway = Gateway::builder().provider(&provider).settings(limits).start().await;
    let answer = gateway.post("/v1/chat/completions", &chat_stream("hello")).await;
    assert!(!answer.complete);
    assert!(answer.body.len() < 100 << 10);
}

#[tokio::test]
async fn nobody_there_is_a_bad_gateway() {
    let provider = FakeProvider::start().await;
    let builder = Gateway::builder().provider(&provider);
    drop(provider);
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let settings = format!(
        "[[destination]]\nname = \"nobody\"\nkind = \"anthropic\"\nurl = \"http://{address}\"\nplaintext = true\n"
    );
    let gateway = builder.settings(&settings).start().await;
    let body = r#"{"model":"claude-test","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}"#;
    let answer = gateway.post("/v1/messages", body).await;
    assert_eq!(answer.status, 502, "{}", answer.body);
    assert_eq!(answer.json()["type"], "error");
}
