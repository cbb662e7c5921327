//! The vault and the log when they do not work, and a vault that two gateways share at a real PostgreSQL server.

use crate::gateway::{Answer, Builder, Gateway};
use crate::provider::{FakeProvider, Step, completion, whole};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const NOTE: &str = "Patient: Maria Kovacs. Seen today.";

/// A provider that stores one chat.
async fn storing() -> FakeProvider {
    FakeProvider::with(|_| vec![Step::Send(whole("application/json", &completion("It was [NAME_1].")))]).await
}

async fn store(gateway: &Gateway) -> Answer {
    let message = json!({ "role": "user", "content": NOTE });
    let body = json!({ "model": "gpt-test", "store": true, "messages": [message] });
    gateway.post("/v1/chat/completions", &body.to_string()).await
}

async fn read(gateway: &Gateway) -> Answer {
    gateway.send("GET", "/v1/chat/completions/chatcmpl-1", &[], "").await
}

#[tokio::test]
async fn what_has_expired_is_erased() {
    let provider = storing().await;
    let gateway = Gateway::before(&provider).await;
    assert_eq!(store(&gateway).await.status, 200);
    gateway.server.sweep(cordon::server::now());
    assert_eq!(read(&gateway).await.status, 200, "its time is not over");
    gateway.server.sweep(cordon::server::now() + 86_400 * 366);
    assert_eq!(read(&gateway).await.code(), "unknown_object");
}

#[tokio::test]
async fn a_locked_vault_refuses_and_is_not_ready() {
    let provider = storing().await;
    let gateway = Gateway::before(&provider).await;
    assert_eq!(gateway.server.trouble(), None);
    assert_eq!(store(&gateway).await.status, 200);
    let before = provider.bytes_received();
    let lock = rusqlite::Connection::open(gateway.dir().join("data/vault.db")).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(gateway.server.trouble(), Some("the vault cannot be used"));
    // What was asked is carried out at the provider, but its client does not learn of an object it could not use.
    let answer = store(&gateway).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "vault_unavailable"));
    assert!(provider.bytes_received() > before);
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    assert_eq!(gateway.server.trouble(), None);
}

#[tokio::test]
async fn a_vault_whose_rows_were_changed_refuses() {
    let provider = storing().await;
    let gateway = Gateway::before(&provider).await;
    store(&gateway).await;
    let before = provider.bytes_received();
    let forger = rusqlite::Connection::open(gateway.dir().join("data/vault.db")).unwrap();
    forger.execute("UPDATE kept SET content = x'00'", []).unwrap();
    let answer = read(&gateway).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "vault_unavailable"));
    assert_eq!(provider.bytes_received(), before);
}

#[tokio::test]
async fn a_log_that_has_ended_is_not_ready() {
    let provider = storing().await;
    let gateway = Gateway::before(&provider).await;
    gateway.server.close();
    assert_eq!(gateway.server.trouble(), Some("the audit log cannot be written"));
}

/// A PostgreSQL server of its own, in a folder of its own.
struct Postgres {
    server: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Postgres {
    /// Nothing where PostgreSQL is not installed.
    fn start(certificate: &cordon::commands::certs::Issued) -> Option<Self> {
        let mut versions: Vec<PathBuf> =
            fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|v| v.path()).collect();
        versions.sort();
        let programs = versions.pop()?.join("bin");
        let dir = tempfile::Builder::new().prefix("cordon-postgres").tempdir().unwrap();
        let data = dir.path().join("data");
        fs::write(dir.path().join("server.pem"), &certificate.chain).unwrap();
        cordon::secret::write_private(&dir.path().join("server-key.pem"), certificate.key.as_bytes()).unwrap();
        // The server does not run as root.
        let root = fs::metadata("/proc/self").ok().is_some_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        if root {
            let given = Command::new("chown").args(["-R", "postgres"]).arg(dir.path()).status().unwrap();
            assert!(given.success(), "the folder is given to the server's user");
        }
        let run = |program: &str| {
            let program = programs.join(program);
            if !root {
                return Command::new(program);
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
            command
        };
        let mut made = run("initdb");
        made.args(["--auth=trust", "--username=cordon", "--no-sync", "-D"]).arg(&data);
        assert!(made.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "a cluster is made");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: &str| dir.path().join(name).display().to_string();
        let mut server = run("postgres");
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "fsync=off", "-c", "ssl=on"]);
        server.args(["-c", &format!("ssl_cert_file={}", file("server.pem"))]);
        server.args(["-c", &format!("ssl_key_file={}", file("server-key.pem"))]);
        server.args(["-c", &format!("unix_socket_directories={}", dir.path().display())]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Self { server, dir, port };
        let end = Instant::now() + Duration::from_secs(20);
        while !started.dir.path().join(format!(".s.PGSQL.{port}")).exists() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(300));
        Some(started)
    }

    /// Reached over TLS, under the name in its certificate.
    fn settings(&self) -> String {
        let port = self.port;
        let server = format!("host=db.test hostaddr=127.0.0.1 port={port} user=cordon dbname=postgres");
        format!("[vault]\npostgres = \"{server}\"\n[egress]\nauthorities = \"ca.pem\"\nsystem_authorities = false")
    }

    fn stop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A gateway of an installation whose vault is at this server.
fn node(provider: &FakeProvider, postgres: &Postgres, authority: &str) -> Builder {
    let key = "5a".repeat(32);
    let files = [("ca.pem", authority), ("data/installation.key", key.as_str())];
    Gateway::builder().provider(provider).settings(&postgres.settings()).files(&files)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_share_a_vault_at_postgresql() {
    let issued = cordon::commands::certs::issue(&["db.test".to_owned()]).unwrap();
    let Some(mut postgres) = Postgres::start(&issued) else {
        eprintln!("SKIPPED: two_gateways_share_a_vault_at_postgresql needs PostgreSQL (apt-get install postgresql)");
        return;
    };
    let provider = storing().await;
    let one = node(&provider, &postgres, &issued.authority).start().await;
    let other = node(&provider, &postgres, &issued.authority).start().await;
    assert_eq!(other.server.trouble(), None);
    assert_eq!(read(&other).await.code(), "unknown_object");
    assert_eq!(store(&one).await.status, 200);
    assert_eq!(read(&other).await.content(), "It was Maria Kovacs.", "what one node keeps, the other finds");

    let erased = other.send("DELETE", "/v1/chat/completions/chatcmpl-1", &[], "").await;
    assert_eq!(erased.status, 200, "{}", erased.body);
    assert_eq!(read(&one).await.code(), "unknown_object");
    assert!(!provider.saw("Kovacs"));
    assert!(!in_files(postgres.dir.path(), "Kovacs"), "the server sees sealed contents");

    postgres.stop();
    let before = provider.bytes_received();
    let answer = read(&one).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "vault_unavailable"));
    assert_eq!(provider.bytes_received(), before);
    assert_eq!(one.server.trouble(), Some("the vault cannot be used"));
    // What needs no vault goes on.
    let stateless: Value = one.chat(NOTE).await.json();
    assert_eq!(stateless["choices"][0]["message"]["content"], "It was Maria Kovacs.");
}

fn in_files(dir: &Path, needle: &str) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| match path.is_dir() {
        true => in_files(&path, needle),
        false => fs::read(&path).is_ok_and(|bytes| memchr::memmem::find(&bytes, needle.as_bytes()).is_some()),
    })
}
