//! A whole exchange over TLS, next to a proxy that only passes bytes on, in the same run.
//!
//! Both stand before the same provider on loopback and are asked by the same client over one kept connection, so the
//! difference is what reading, clearing, recording and restoring cost. `fresh` sends a text that was never seen,
//! `again` the same text every time, as the history of a conversation is.

use bytes::Bytes;
use cordon::config::Config;
use cordon::proxy::keyring::Keyring;
use cordon::server::Gateway;
use criterion::{Criterion, criterion_group, criterion_main};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

type Asking = Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<Bytes>>;

fn exchange(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let dir = tempfile::tempdir().expect("a directory can be made");
    let issued = cordon::commands::certs::issue(&[]).expect("certificates can be issued");
    for (name, text) in [("ca.pem", &issued.authority), ("server.pem", &issued.chain), ("server-key.pem", &issued.key)]
    {
        cordon::secret::write_private(&dir.path().join(name), text.as_bytes()).expect("a file can be written");
    }
    let ring = dir.path().join("data/keys.toml");
    let key = Keyring::change(&ring, |ring| Ok(ring.add("bench", "bench").0)).expect("a key can be made");
    let (bare, gateway, asking) = runtime.block_on(async {
        let provider = provider().await;
        let asking = client(&dir.path().join("ca.pem"));
        (pass_through(dir.path(), provider).await, gateway(dir.path(), provider).await, asking)
    });

    let mut group = criterion.benchmark_group("exchange, 2 KB note");
    let mut number = 0u64;
    let mut measure = |name: &str, address: SocketAddr, fresh: bool| {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                number += u64::from(fresh);
                let request = request(address, key.expose_secret(), number);
                runtime.block_on(async {
                    let response = asking.request(request).await.expect("an answer");
                    assert!(response.status().is_success());
                    response.into_body().collect().await.expect("a whole answer").to_bytes()
                })
            });
        });
    };
    measure("pass-through", bare, true);
    measure("gateway, fresh", gateway, true);
    measure("gateway, again", gateway, false);
    group.finish();
}

fn request(address: SocketAddr, key: &str, number: u64) -> Request<Full<Bytes>> {
    let sentence = format!(
        "Visit {number}: Mrs. Maria Kovacs (MRN 0041{number:06}) was seen on 03/14/2024 with chest pain on exertion; \
         troponin 0.02, ECG without ischaemia. Her son Peter can be reached at 555-867-5309. "
    );
    let filler = "Lungs clear, abdomen soft, no oedema. Continue metoprolol 25 mg twice daily and review in clinic. ";
    let note = format!("{sentence}{}", filler.repeat((2048 - sentence.len()) / filler.len()));
    let body = serde_json::json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": note }] });
    Request::post(format!("https://localhost:{}/v1/chat/completions", address.port()))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .expect("a plain request")
}

async fn gateway(dir: &Path, provider: SocketAddr) -> SocketAddr {
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ncertificate = \"server.pem\"\nkey = \"server-key.pem\"\n[[destination]]\n\
         name = \"provider\"\nkind = \"openai\"\nurl = \"http://{provider}\"\nplaintext = true\n"
    );
    let config = Config::parse(&dir.join("cordon.toml"), &text).expect("the configuration is valid");
    let bound = Gateway::build(config).expect("a gateway can be built").bind().await.expect("it can listen");
    let address = bound.address().expect("it listens");
    tokio::spawn(bound.serve(std::future::pending()));
    address
}

/// The least that a proxy can do: the body goes on as it is, and so does the reply.
async fn pass_through(dir: &Path, provider: SocketAddr) -> SocketAddr {
    let chain = CertificateDer::pem_file_iter(dir.join("server.pem")).and_then(Iterator::collect).expect("a chain");
    let key = PrivateKeyDer::from_pem_file(dir.join("server-key.pem")).expect("a key");
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(crypto).with_safe_default_protocol_versions();
    let tls = tls.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("a certificate");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    listen(move |stream| {
        let (acceptor, client) = (acceptor.clone(), client.clone());
        async move {
            let stream = acceptor.accept(stream).await.expect("a handshake");
            let service = service_fn(move |request: Request<Incoming>| {
                let client = client.clone();
                async move {
                    let (mut head, body) = request.into_parts();
                    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
                    head.uri = format!("http://{provider}{path}").parse().expect("a plain URL");
                    let body = Full::new(body.collect().await?.to_bytes());
                    Ok::<_, hyper::Error>(client.request(Request::from_parts(head, body)).await.expect("a reply"))
                }
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        }
    })
    .await
}

/// Answers every request with the same completion.
async fn provider() -> SocketAddr {
    const REPLY: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-test","choices":[{"index":0,"message":{"role":"assistant","content":"[NAME_1] was seen on [DAY_0] with chest pain; review in two weeks."},"finish_reason":"stop"}]}"#;
    listen(|stream| async move {
        let service = service_fn(|request: Request<Incoming>| async move {
            request.into_body().collect().await?;
            let mut response = Response::new(Full::<Bytes>::from(REPLY));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            Ok::<_, hyper::Error>(response)
        });
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    })
    .await
}

async fn listen<F>(serve: impl Fn(tokio::net::TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(serve(stream));
        }
    });
    address
}

fn client(authority: &Path) -> Asking {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).expect("an authority")).expect("an authority");
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions();
    let tls = tls.expect("versions").with_root_certificates(roots).with_no_client_auth();
    let connector = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    Client::builder(TokioExecutor::new()).build(connector)
}

criterion_group!(benches, exchange);
criterion_main!(benches);
