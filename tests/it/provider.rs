//! A provider that records every byte it receives and answers as it is told, down to the byte at which it cuts.

use cordon::commands::certs::Issued;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A provider on a loopback port, speaking HTTP/1.1 without TLS.
pub struct FakeProvider {
    pub address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<u8>>,
    requests: Mutex<Vec<Received>>,
    bytes: AtomicUsize,
    gone: AtomicUsize,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub head: String,
    pub body: String,
}

/// What is sent back, step by step.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    /// The same, one byte at a time, each in a packet of its own.
    Drip(Vec<u8>),
    Wait(Duration),
    /// Closes the connection, whatever was promised.
    Cut,
}

type Script = dyn Fn(&Received) -> Vec<Step> + Send + Sync;

impl FakeProvider {
    /// Repeats what it was sent, as a chat completion.
    pub async fn start() -> Self {
        Self::with(|request| vec![Step::Send(whole("application/json", &completion(&last_content(&request.body))))])
            .await
    }

    pub async fn with(script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::listen(script, None).await
    }

    /// The same over TLS, as `localhost`.
    pub async fn over_tls(issued: &Issued) -> Self {
        let chain = CertificateDer::pem_slice_iter(issued.chain.as_bytes()).collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(crypto).with_safe_default_protocol_versions().unwrap();
        let tls = tls.with_no_client_auth().with_single_cert(chain, key).unwrap();
        let script = |_: &Received| vec![Step::Send(whole("application/json", &completion("hello")))];
        Self::listen(script, Some(Arc::new(tls).into())).await
    }

    async fn listen(script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let (script, shared): (Arc<Script>, _) = (Arc::new(script), state.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, state, tls) = (script.clone(), shared.clone(), tls.clone());
                tokio::spawn(async move {
                    stream.set_nodelay(true).unwrap();
                    // A peer that goes away is what many tests are about.
                    let _ = match tls {
                        None => converse(stream, &*script, &state).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => converse(stream, &*script, &state).await,
                            Err(error) => Err(error),
                        },
                    };
                    state.gone.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, state }
    }

    /// Everything that ever arrived.
    pub fn received(&self) -> Vec<u8> {
        self.state.received.lock().unwrap().clone()
    }

    pub fn bytes_received(&self) -> usize {
        self.state.bytes.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<Received> {
        self.state.requests.lock().unwrap().clone()
    }

    pub fn saw(&self, needle: &str) -> bool {
        let received = self.received();
        received.windows(needle.len()).any(|window| window == needle.as_bytes())
    }

    /// Connections that have ended.
    pub fn connections_ended(&self) -> usize {
        self.state.gone.load(Ordering::SeqCst)
    }
}

async fn converse<S>(mut stream: S, script: &Script, state: &State) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read(&mut stream, &mut buffer, state).await? else { return Ok(()) };
        state.requests.lock().unwrap().push(request.clone());
        for step in script(&request) {
            match step {
                Step::Send(bytes) => {
                    stream.write_all(&bytes).await?;
                    stream.flush().await?;
                }
                Step::Drip(bytes) => {
                    for byte in bytes {
                        stream.write_all(&[byte]).await?;
                        stream.flush().await?;
                        tokio::task::yield_now().await;
                    }
                }
                Step::Wait(time) => {
                    // A client that goes away is noticed at once.
                    let mut byte = [0];
                    tokio::select! {
                        () = tokio::time::sleep(time) => {}
                        _ = stream.read(&mut byte) => return Ok(()),
                    }
                }
                Step::Cut => return Ok(()),
            }
        }
    }
}

async fn read<S>(stream: &mut S, buffer: &mut Vec<u8>, state: &State) -> std::io::Result<Option<Received>>
where
    S: AsyncRead + Unpin,
{
    let mut wanted = None;
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = *wanted.get_or_insert_with(|| content_length(&head));
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&buffer[end + 4..end + 4 + length]).into_owned();
                buffer.drain(..end + 4 + length);
                return Ok(Some(Received { head, body }));
            }
        }
        let mut piece = [0; 64 << 10];
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Ok(None);
        }
        state.bytes.fetch_add(count, Ordering::SeqCst);
        state.received.lock().unwrap().extend_from_slice(&piece[..count]);
        buffer.extend_from_slice(&piece[..count]);
    }
}

fn content_length(head: &str) -> usize {
    let line =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    line.map_or(0, |value| value.trim().parse().unwrap())
}

/// A whole response.
pub fn whole(kind: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The head of a response in chunks.
pub fn stream_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()
}

pub fn chunk(data: &str) -> Vec<u8> {
    format!("{:x}\r\n{data}\r\n", data.len()).into_bytes()
}

pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A chat completion with this text.
pub fn completion(content: &str) -> String {
    serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "gpt-test",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": content }, "finish_reason": "stop" }],
    })
    .to_string()
}

/// An event of a streamed chat completion.
pub fn delta(content: &str) -> String {
    let event = serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-test",
        "choices": [{ "index": 0, "delta": { "content": content }, "finish_reason": null }],
    });
    format!("data: {event}\n\n")
}

/// The text of the last message of a chat request.
pub fn last_content(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let message = body["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    message["content"].as_str().unwrap_or_default().to_owned()
}
