//! `cordon demo`: the whole job in one page, without an account and without a network.

mod page;
mod provider;

use super::certs;
use crate::audit::{checkpoint::VerifierKey, verify};
use crate::config::Config;
use crate::proxy::keyring::Keyring;
use crate::server::Gateway;
use anyhow::Context;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use provider::Provider;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Show the whole job in one page, without any account
///
/// Starts a gateway and a bundled stand-in for a provider on free loopback ports, sends a clinical note through them
/// over TLS, and prints what the client sent, what the provider received, what the client got back, the audit record,
/// and the verdict on the audit log. Everything is removed afterwards.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A note of your own, or `-` for standard input, instead of the bundled one.
    note: Option<PathBuf>,
}

/// A synthetic person in a note as they are written.
const NOTE: &str = "\
DISCHARGE NOTE
Patient: Ilona Varga   MRN: 00718264   DOB: 02/11/1931
Mrs. Varga, a 94-year-old retired teacher from Dunmore Falls, was admitted on
March 3, 2026 after a fall at home (214 Alder Creek Rd, Dunmore Falls, OH 44230).
Her daughter Judit Varga-Meyer (330-555-0148, judit.vm@example.org) found her.
Hip fracture repaired on 3/4/2026 by Dr. Tobias Lindqvist, Foley removed POD 2.
PMH: Parkinson disease, atrial fibrillation on apixaban 2.5 mg BID.
Discharged 03/11/2026 to Alder Creek Nursing Home. Wound check in two weeks.";

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let note = match args.note {
        None => NOTE.to_owned(),
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("standard input")?;
            text
        }
        Some(path) => fs::read_to_string(&path).with_context(|| path.display().to_string())?,
    };
    crate::telemetry::silence_panics();
    let folder = Folder::make()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let told = runtime.block_on(exchange(&folder.0, &note))?;
    let key = VerifierKey::parse(&fs::read_to_string(folder.0.join("audit/vkey"))?)?;
    let log = folder.0.join("audit/log");
    let verdict = verify::log(&log, &key, None)?;
    let records = verify::entries(&log, verdict.checkpoint.size)?;
    let records: Vec<Value> = records.iter().map(|entry| serde_json::from_slice(entry)).collect::<Result<_, _>>()?;
    print!("{}", page::render(&told, &records, &verdict));
    Ok(ExitCode::SUCCESS)
}

/// What each side of the exchange saw.
pub(super) struct Told {
    pub sent: String,
    pub received: String,
    pub answered: String,
    pub returned: String,
    /// The gateway's own headers on the reply.
    pub headers: Vec<(String, String)>,
}

async fn exchange(folder: &Path, note: &str) -> anyhow::Result<Told> {
    let provider = Provider::start().await?;
    certs::make(&folder.join("certs"), &[])?;
    let key = Keyring::change(&folder.join("keys.toml"), |ring| Ok(ring.add("demo", "demo").0))?;
    let file = folder.join("cordon.toml");
    let config = Config::parse(&file, &configuration(provider.address()))
        .map_err(|mistakes| anyhow::anyhow!("{}", super::listed(&mistakes)))?;
    let gateway = Gateway::build(config)?;
    let bound = gateway.bind().await?;
    let address = bound.address()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(bound.serve(async {
        // Told to stop, or the demo is over: either way the gateway ends.
        let _ = stopped.await;
    }));
    let body = json!({
        "model": "gpt-demo",
        "messages": [
            { "role": "system", "content": "Write a one-paragraph summary for the general practitioner." },
            { "role": "user", "content": note },
        ],
    });
    let reply = ask(address, &folder.join("certs/ca.pem"), key.expose_secret(), &body).await;
    drop(stop);
    serving.await?;
    gateway.close();
    let (headers, reply) = reply?;
    let (received, answered) = provider.told().context(format!("nothing left; the gateway said: {reply}"))?;
    let returned = reply["choices"][0]["message"]["content"].as_str().context("a reply without text")?.to_owned();
    Ok(Told { sent: note.to_owned(), received, answered, returned, headers })
}

fn configuration(provider: SocketAddr) -> String {
    format!(
        r#"[server]
listen = "127.0.0.1:0"
[admin]
enabled = false
[callers]
keys = "keys.toml"
[detection]
key = "installation.key"
[audit]
directory = "audit"
key = "audit.key"
origin = "demo.cordon.localhost/audit"
[vault]
file = "vault.db"
[[destination]]
name = "demo-provider"
kind = "openai"
url = "http://{provider}"
plaintext = true
"#
    )
}

/// One request over TLS, trusting only the demo's own authority.
async fn ask(
    gateway: SocketAddr,
    authority: &Path,
    key: &str,
    body: &Value,
) -> anyhow::Result<(Vec<(String, String)>, Value)> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let tls = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(gateway).await?;
    let name = ServerName::try_from("localhost")?;
    let stream = tokio_rustls::TlsConnector::from(Arc::new(tls)).connect(name, stream).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post("/v1/chat/completions")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Full::<Bytes>::from(body.to_string()))?;
    let response = sender.send_request(request).await?;
    let headers = response.headers().iter().filter(|(name, _)| name.as_str().starts_with("cordon-"));
    let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    let headers = headers.collect();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((headers, serde_json::from_slice(&body)?))
}

/// A private directory that is gone when the demo ends.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let name = data_encoding::HEXLOWER.encode(&crate::crypto::random::<8>());
        let path = std::env::temp_dir().join(format!("cordon-demo-{name}"));
        fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed holds no text: keys of a gateway that is gone, and an audit log.
        let _ = fs::remove_dir_all(&self.0);
    }
}
