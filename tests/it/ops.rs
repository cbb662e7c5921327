//! The gateway as a process: TLS, signals, the second listener, and what is written where.

use crate::gateway::{Gateway, chat};
use crate::provider::{FakeProvider, Step, completion, whole};
use bytes::Bytes;
use cordon::proxy::keyring::Keyring;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A client that trusts one authority, and speaks HTTP/2 where the server does.
fn client(
    authority: &Path,
    http2: bool,
) -> Client<hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>, Full<Bytes>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only();
    let connector = if http2 { builder.enable_http2().build() } else { builder.enable_http1().build() };
    Client::builder(TokioExecutor::new()).build(connector)
}

fn request(address: std::net::SocketAddr, key: &str, content: &str) -> http::Request<Full<Bytes>> {
    http::Request::post(format!("https://localhost:{}/v1/chat/completions", address.port()))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Full::from(chat(content)))
        .unwrap()
}

#[tokio::test]
async fn both_versions_of_http_over_tls() {
    let provider = FakeProvider::start().await;
    let gateway = Gateway::builder().provider(&provider).tls().start().await;
    for (http2, version) in [(true, http::Version::HTTP_2), (false, http::Version::HTTP_11)] {
        let client = client(&gateway.dir().join("ca.pem"), http2);
        let response = client.request(request(gateway.address, &gateway.key, "hello")).await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, version));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("hello"));
    }
}

/// A client's certificate and key, and the authority that signed them, as PEM.
fn client_certificate() -> (String, String, String) {
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let authority = rcgen::CertifiedIssuer::self_signed(authority, rcgen::KeyPair::generate().unwrap()).unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["ehr.hospital.example".to_owned()]).unwrap();
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    (authority.pem(), certificate.pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_certificate_of_the_client_where_it_is_required() {
    let provider = FakeProvider::start().await;
    let (authority, certificate, key) = client_certificate();
    let builder = Gateway::builder().provider(&provider).tls().files(&[("clients.pem", &authority)]);
    let settings = "client_certificates = \"required\"\nclient_authority = \"clients.pem\"";
    let gateway = builder.settings(settings).start().await;

    let without = client(&gateway.dir().join("ca.pem"), false);
    assert!(without.request(request(gateway.address, &gateway.key, "hello")).await.is_err());
    assert_eq!(provider.bytes_received(), 0);

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(gateway.dir().join("ca.pem")).unwrap()).unwrap();
    let crypto = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions().unwrap();
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let tls = tls.with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap();
    let connector = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    let with: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let response = with.request(request(gateway.address, &gateway.key, "hello")).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    // The certificate stands beside the key, not for it.
    let response = with.request(request(gateway.address, "cordon-wrong", "hello")).await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
}

#[tokio::test]
async fn a_running_exchange_outlives_the_signal_to_stop() {
    let provider = FakeProvider::with(|_| {
        let reply = whole("application/json", &completion("still here"));
        vec![Step::Wait(Duration::from_millis(700)), Step::Send(reply)]
    })
    .await;
    let mut gateway = Gateway::before(&provider).await;
    let (address, key) = (gateway.address, gateway.key.clone());
    let asked = tokio::spawn(async move {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let mut request = request(address, &key, "hello");
        *request.uri_mut() = format!("http://{address}/v1/chat/completions").parse().unwrap();
        let response = client.request(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    gateway.stop().await;
    assert!(!gateway.server.is_ready());
    assert!(String::from_utf8_lossy(&asked.await.unwrap()).contains("still here"));
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it still listens");
}

/// The real program, with everything it writes.
struct Process {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
    dir: tempfile::TempDir,
    key: String,
    key_id: String,
}

impl Process {
    fn start(provider: &FakeProvider) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (key, key_id) = Keyring::change(&dir.path().join("data/keys.toml"), |ring| {
            let (key, entry) = ring.add("test", "ward");
            Ok((key.expose_secret().to_owned(), entry.id.clone()))
        })
        .unwrap();
        let mut made = Command::new(env!("CARGO_BIN_EXE_cordon"));
        made.args(["certs", "init", "--dir"]).arg(dir.path().join("certs"));
        assert!(made.stdout(Stdio::null()).status().unwrap().success());
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n[[destination]]\nname = \"openai\"\n\
             kind = \"openai\"\nurl = \"http://{}\"\nplaintext = true\n",
            provider.address
        );
        std::fs::write(dir.path().join("cordon.toml"), config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cordon"))
            .args(["serve", "--log", "trace", "--config"])
            .arg(dir.path().join("cordon.toml"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let stderr = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, log: Vec::new(), dir, key, key_id }
    }

    /// The address in the next line of the log with this message.
    fn address(&mut self, message: &str) -> std::net::SocketAddr {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30)).expect("the gateway starts");
            let value: serde_json::Value = serde_json::from_str(&line).expect("the log is JSON");
            self.log.push(line);
            if value["message"] == message {
                return value["address"].as_str().unwrap().parse().unwrap();
            }
        }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn fetch(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let uri = format!("http://{address}{path}").parse().unwrap();
    let response = client.get(uri).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_any_log_metric_or_file() {
    const CANARIES: &[&str] = &["Kovacs", "Maria", "00412345", "zebrafish"];
    let provider = FakeProvider::start().await;
    let mut process = Process::start(&provider);
    let admin = process.address("admin");
    let address = process.address("listening");
    assert_eq!(fetch(admin, "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(fetch(admin, "/readyz").await.0, 200);

    let authority = process.dir.path().join("certs/ca.pem");
    let asked = client(&authority, true);
    let note = "Patient: Maria Kovacs, MRN 00412345, keeps a zebrafish.";
    let status = |key: &str| {
        let (asked, request) = (asked.clone(), request(address, key, note));
        async move { asked.request(request).await.unwrap().status().as_u16() }
    };
    assert_eq!(status(&process.key).await, 200);
    assert_eq!(status("cordon-zebrafish").await, 401);

    // A certificate is exchanged, and a key revoked, while the gateway runs.
    let mut made = Command::new(env!("CARGO_BIN_EXE_cordon"));
    made.args(["certs", "init", "--force", "--dir"]).arg(process.dir.path().join("certs"));
    assert!(made.stdout(Stdio::null()).status().unwrap().success());
    process.signal("-HUP");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let renewed = client(&authority, false);
    assert_eq!(renewed.request(request(address, &process.key, note)).await.unwrap().status().as_u16(), 200);
    let mut revoke = Command::new(env!("CARGO_BIN_EXE_cordon"));
    revoke.args(["keys", "--file"]).arg(process.dir.path().join("data/keys.toml")).args(["revoke", &process.key_id]);
    assert!(revoke.status().unwrap().success());
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(status(&process.key).await, 401);

    let (_, metrics) = fetch(admin, "/metrics").await;
    assert!(metrics.contains(r#"cordon_exchanges_total{provider="openai",outcome="answered"} 2"#), "{metrics}");
    process.signal("-TERM");
    assert!(process.child.wait().unwrap().success());
    while let Ok(line) = process.lines.recv_timeout(Duration::from_secs(5)) {
        process.log.push(line);
    }
    let log = process.log.join("\n");
    assert!(log.contains("\"outcome\":\"answered\"") && log.contains("stopped"), "{log}");

    for canary in CANARIES {
        assert!(!log.contains(canary), "{canary} is in the log: {log}");
        assert!(!metrics.contains(canary), "{canary} is in the metrics");
    }
    assert!(!log.contains(&process.key));
    for entry in walk(process.dir.path()) {
        let bytes = std::fs::read(&entry).unwrap();
        for canary in CANARIES {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} is in {}", entry.display());
        }
    }
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
