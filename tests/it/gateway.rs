//! A whole gateway inside the test, on a loopback port, and a client that speaks to it over real sockets.

use crate::provider::FakeProvider;
use bytes::Bytes;
use cordon::config::Config;
use cordon::deid::Detector;
use cordon::entity::Finding;
use cordon::proxy::keyring::Keyring;
use cordon::recognize::{Analyzer, Fault, Options, Segment};
use cordon::rules::Rules;
use cordon::server;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// The rules take a moment to compile, so every test shares them.
pub fn analyzer() -> Arc<Analyzer> {
    static ANALYZER: OnceLock<Arc<Analyzer>> = OnceLock::new();
    ANALYZER
        .get_or_init(|| Arc::new(Analyzer::new(&Rules::embedded(), &Options::default()).expect("the rules are valid")))
        .clone()
}

/// The analyzer of the embedded rules, and a way to fail.
pub struct Detection {
    analyzer: Arc<Analyzer>,
    calls: AtomicUsize,
    fails_at: Option<usize>,
    failure: Failure,
}

#[derive(Clone, Copy, Debug)]
pub enum Failure {
    Fault,
    Panic,
    /// Takes longer than any deadline of a test.
    Hang,
}

impl Detector for Detection {
    fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        if self.fails_at == Some(self.calls.fetch_add(1, Ordering::SeqCst) + 1) {
            match self.failure {
                Failure::Fault => return Err(Fault::Failed),
                Failure::Panic => panic!("Maria Kovacs"),
                Failure::Hang => std::thread::sleep(Duration::from_secs(2)),
            }
        }
        self.analyzer.analyze(document, deadline)
    }
}

/// How a gateway of a test differs from the usual one.
pub struct Builder {
    destinations: String,
    settings: String,
    tls: bool,
    files: Vec<(String, String)>,
    configured: bool,
    fails_at: Option<usize>,
    failure: Failure,
}

pub struct Gateway {
    pub address: SocketAddr,
    pub key: String,
    pub server: Arc<server::Gateway>,
    detection: Arc<Detection>,
    dir: TempDir,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
}

impl Gateway {
    pub fn builder() -> Builder {
        Builder {
            destinations: String::new(),
            settings: String::new(),
            tls: false,
            files: Vec::new(),
            configured: false,
            fails_at: None,
            failure: Failure::Fault,
        }
    }

    pub async fn before(provider: &FakeProvider) -> Self {
        Self::builder().provider(provider).start().await
    }

    /// A chat completion about `content`.
    pub async fn chat(&self, content: &str) -> Answer {
        self.post("/v1/chat/completions", &chat(content)).await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body).await
    }

    /// Sends a request with the caller's key.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let key = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", key.as_str())];
        all.extend_from_slice(headers);
        self.send_as_is(method, path, &all, body).await
    }

    /// The same with a body that is no text.
    pub async fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let key = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", key.as_str())];
        all.extend_from_slice(headers);
        self.exchange(method, path, &all, Bytes::copy_from_slice(body)).await
    }

    pub async fn send_as_is(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.exchange(method, path, headers, Bytes::from(body.to_owned())).await
    }

    async fn exchange(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = http::Request::builder().method(method).uri(path).header("host", "gateway.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = sender.send_request(request.body(Full::new(body)).unwrap()).await;
        let answer = Answer::read(response.expect("the gateway answers")).await;
        drop(sender);
        connection.abort();
        answer
    }

    /// Sends bytes as they are and reads until the gateway closes the connection, or for `patience`.
    pub async fn raw(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A gateway that has seen enough may close before everything is written.
        let _ = stream.write_all(bytes).await;
        let mut received = Vec::new();
        let _ = tokio::time::timeout(patience, stream.read_to_end(&mut received)).await;
        String::from_utf8_lossy(&received).into_owned()
    }

    /// How often the detector was asked.
    pub fn detector_calls(&self) -> usize {
        self.detection.calls.load(Ordering::SeqCst)
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Every byte of every file below the gateway's directory but the keys.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(dir: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else if let Ok(bytes) = std::fs::read(&path) {
                    files.push((path, bytes));
                }
            }
        }
        let mut files = Vec::new();
        walk(self.dir(), &mut files);
        files
    }

    /// Begins to drain and waits until it is done.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            served.await.unwrap();
        }
        self.server.close();
    }
}

impl Builder {
    /// An OpenAI-compatible destination, the first one that serves a model.
    pub fn provider(self, provider: &FakeProvider) -> Self {
        self.destination("openai", "openai", provider, "")
    }

    pub fn destination(mut self, name: &str, kind: &str, provider: &FakeProvider, more: &str) -> Self {
        self.destinations.push_str(&format!(
            "[[destination]]\nname = \"{name}\"\nkind = \"{kind}\"\nurl = \"http://{}\"\nplaintext = true\n\
             key = {{ file = \"provider.key\" }}\n{more}\n",
            provider.address
        ));
        self
    }

    /// One provider that speaks every API, each under its own kind.
    pub fn every_api(self, provider: &FakeProvider) -> Self {
        let kinds = ["openai", "anthropic", "gemini", "ollama"];
        kinds.into_iter().fold(self, |builder, kind| builder.destination(kind, kind, provider, ""))
    }

    /// More of the configuration: whole sections.
    pub fn settings(mut self, text: &str) -> Self {
        self.settings.push_str(text);
        self.settings.push('\n');
        self
    }

    /// Files beside the configuration.
    pub fn files(mut self, files: &[(&str, &str)]) -> Self {
        self.files.extend(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        self
    }

    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// The detector is that of the configuration, built as `cordon serve` does, and not the one that tests share.
    pub fn configured_detector(mut self) -> Self {
        self.configured = true;
        self
    }

    /// The detector's n-th call fails; counted from 1.
    pub fn detector_fails_at(mut self, call: usize, failure: Failure) -> Self {
        (self.fails_at, self.failure) = (Some(call), failure);
        self
    }

    pub async fn start(self) -> Gateway {
        let dir = tempfile::tempdir().unwrap();
        let key = Keyring::change(&dir.path().join("data/keys.toml"), |ring| Ok(ring.add("test", "ward").0)).unwrap();
        cordon::secret::write_private(&dir.path().join("provider.key"), b"sk-provider-own").unwrap();
        for (name, text) in &self.files {
            cordon::secret::write_private(&dir.path().join(name), text.as_bytes()).unwrap();
        }
        let tls = if self.tls {
            let issued = cordon::commands::certs::issue(&[]).unwrap();
            std::fs::write(dir.path().join("ca.pem"), issued.authority).unwrap();
            std::fs::write(dir.path().join("server.pem"), issued.chain).unwrap();
            cordon::secret::write_private(&dir.path().join("server-key.pem"), issued.key.as_bytes()).unwrap();
            "certificate = \"server.pem\"\nkey = \"server-key.pem\""
        } else {
            "plaintext = true"
        };
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndrain = \"5s\"\n{tls}\n{}\n{}",
            self.settings, self.destinations
        );
        let config = Config::parse(&dir.path().join("cordon.toml"), &text).expect("the configuration is valid");
        let detection = Arc::new(Detection {
            analyzer: analyzer(),
            calls: AtomicUsize::new(0),
            fails_at: self.fails_at,
            failure: self.failure,
        });
        let server = match self.configured {
            true => server::Gateway::build(config).unwrap(),
            false => server::Gateway::with_detector(config, &Rules::embedded(), detection.clone()).unwrap(),
        };
        let bound = server.bind().await.unwrap();
        let address = bound.address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(bound.serve(async move {
            let _ = stopped.await;
        }));
        Gateway {
            address,
            key: key.expose_secret().to_owned(),
            server,
            detection,
            dir,
            stop: Some(stop),
            served: Some(served),
        }
    }
}

/// A chat request with one message.
pub fn chat(content: &str) -> String {
    serde_json::json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": content }] }).to_string()
}

/// A chat request for a stream.
pub fn chat_stream(content: &str) -> String {
    serde_json::json!({ "model": "gpt-test", "stream": true, "messages": [{ "role": "user", "content": content }] })
        .to_string()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
    /// Whether the body ended as HTTP says it should; false when the connection was cut.
    pub complete: bool,
}

impl Answer {
    async fn read(response: http::Response<hyper::body::Incoming>) -> Self {
        let (head, mut body) = response.into_parts();
        let (mut bytes, mut complete) = (Vec::new(), true);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => bytes.extend(frame.into_data().unwrap_or_default()),
                Err(_) => complete = false,
            }
            if !complete {
                break;
            }
        }
        let body = String::from_utf8(bytes).expect("answers are UTF-8");
        Self { status: head.status.as_u16(), headers: head.headers, body, complete }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the answer is JSON")
    }

    /// The code of a refusal in OpenAI's shape.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The text of a chat completion.
    pub fn content(&self) -> String {
        self.json()["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
    }

    /// The text of a streamed chat completion.
    pub fn streamed_content(&self) -> String {
        let events = self.body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
        let events = events.map(|data| serde_json::from_str::<serde_json::Value>(data).expect("events are JSON"));
        events.filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
