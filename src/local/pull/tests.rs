//! Fetches from a hub on this machine that redirects, cuts and lies as told.

use super::*;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A hub with one file. It answers the first requests with only as many bytes as `cuts` says, then whole.
struct FakeHub {
    base: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeHub {
    async fn start(content: Vec<u8>, tag: Option<String>, cuts: Vec<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            let mut cuts = cuts.into_iter();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                seen.lock().unwrap().push(head.clone());
                let tag = tag.as_ref().map(|tag| format!("x-linked-etag: \"{tag}\"\r\n")).unwrap_or_default();
                if head.starts_with("GET /medical/model/resolve/main/model.gguf ") {
                    // To a host of another name, as a hub does with large files.
                    let answer = format!(
                        "HTTP/1.1 302 Found\r\nlocation: http://localhost:{port}/cdn?x=1\r\n{tag}x-repo-commit: c0ffee\r\n\
                         x-linked-size: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                        content.len()
                    );
                    socket.write_all(answer.as_bytes()).await.unwrap();
                } else if head.starts_with("GET /cdn?x=1 ") {
                    let from = head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-'));
                    let from = from.map_or(0, |from| from.parse().unwrap());
                    let status = match from {
                        0 => "200 OK".to_owned(),
                        from if from >= content.len() => "416 Range Not Satisfiable".to_owned(),
                        from => format!("206 Partial Content\r\ncontent-range: bytes {from}-/{}", content.len()),
                    };
                    let body = &content[from.min(content.len())..];
                    let answer =
                        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    socket.write_all(answer.as_bytes()).await.unwrap();
                    socket.write_all(&body[..cuts.next().unwrap_or(body.len()).min(body.len())]).await.unwrap();
                } else {
                    let answer = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
                    socket.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        Self { base: format!("http://127.0.0.1:{port}"), requests }
    }

    async fn pull(&self, file: &str, to: &Path) -> Result<Fetched, PullError> {
        self.pull_through(None, file, to).await
    }

    async fn pull_through(&self, proxy: Option<String>, file: &str, to: &Path) -> Result<Fetched, PullError> {
        let token = Some(SecretString::from("hf_secret".to_owned()));
        let hub = Hub { base: self.base.clone(), token, proxy, authorities: None };
        let wanted = Wanted { repository: "medical/model", revision: "main", file };
        hub.fetch(wanted, to, &mut |_, _| {}).await
    }
}

/// A proxy that takes CONNECT from whoever shows `clerk:p w` in Basic; its address, and the heads that it was sent.
async fn proxy() -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heads = seen.clone();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            heads.lock().unwrap().push(head.clone());
            if !head.to_lowercase().contains("proxy-authorization: basic y2xlcms6ccb3") {
                client.write_all(b"HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                continue;
            }
            let to = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
            let mut hub = tokio::net::TcpStream::connect(to).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut hub).await });
        }
    });
    (address, seen)
}

#[tokio::test]
async fn a_proxy_is_shown_its_password_and_never_the_token() {
    let content = vec![7; 100_000];
    let hub = FakeHub::start(content.clone(), Some(sha256(&content)), vec![60_000]).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    let (address, heads) = proxy().await;
    let fetched = hub.pull_through(Some(format!("http://clerk:p%20w@{address}")), "model.gguf", &path).await.unwrap();
    assert_eq!(fetched.sha256, sha256(&content));
    // Both hosts, twice because the first attempt was cut, and nothing went past the proxy.
    assert_eq!(heads.lock().unwrap().len(), hub.requests.lock().unwrap().len());
    assert!(heads.lock().unwrap().iter().all(|head| !head.contains("hf_secret")));
    assert!(hub.requests.lock().unwrap().iter().all(|head| !head.to_lowercase().contains("proxy-authorization")));

    let unknown = hub.pull_through(Some(format!("http://{address}")), "model.gguf", &path).await;
    assert!(matches!(unknown, Err(PullError::Unreachable { .. })), "{unknown:?}");
    let asked = hub.requests.lock().unwrap().len();
    let nowhere = hub.pull_through(Some("http://127.0.0.1:1".to_owned()), "model.gguf", &path).await;
    assert!(matches!(nowhere, Err(PullError::Unreachable { .. })) && hub.requests.lock().unwrap().len() == asked);
}

fn sha256(content: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&crate::crypto::sha256(content))
}

#[tokio::test]
async fn a_file_comes_whole_over_a_redirect_and_the_token_stays_with_the_hub() {
    let content = vec![7; 100_000];
    let hub = FakeHub::start(content.clone(), Some(sha256(&content)), vec![]).await;
    let dir = tempfile::tempdir().unwrap();
    let fetched = hub.pull("model.gguf", &dir.path().join("part")).await.unwrap();
    assert_eq!(fetched.sha256, sha256(&content));
    assert!(fetched.stated);
    assert_eq!(fetched.commit.as_deref(), Some("c0ffee"));
    let requests = hub.requests.lock().unwrap();
    assert!(requests[0].contains("Bearer hf_secret") && !requests[1].contains("hf_secret"));
}

#[tokio::test]
async fn a_cut_file_goes_on_where_it_was_cut() {
    let content: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    let hub = FakeHub::start(content.clone(), Some(sha256(&content)), vec![50_000, 30_000]).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    hub.pull("model.gguf", &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), content);
    let requests = hub.requests.lock().unwrap();
    assert!(requests.iter().any(|head| head.contains("range: bytes=80000-")));
}

#[tokio::test]
async fn a_part_of_another_file_is_not_gone_on_with() {
    let content = vec![7; 1000];
    let hub = FakeHub::start(content.clone(), Some(sha256(&content)), vec![]).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    std::fs::write(&path, vec![1; 500]).unwrap();
    std::fs::write(path.with_extension("etag"), "another").unwrap();
    hub.pull("model.gguf", &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), content);
}

#[tokio::test]
async fn a_file_with_another_digest_than_stated_is_not_kept() {
    let hub = FakeHub::start(vec![7; 1000], Some(sha256(b"another")), vec![]).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    assert!(matches!(hub.pull("model.gguf", &path).await, Err(PullError::Digest { .. })));
    assert!(!path.exists());
}

#[tokio::test]
async fn what_is_not_there_or_not_https_is_an_error() {
    let hub = FakeHub::start(vec![], None, vec![]).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    assert!(matches!(hub.pull("other.gguf", &path).await, Err(PullError::Absent { .. })));
    let elsewhere = FakeHub { base: "http://hub.example".into(), requests: hub.requests.clone() };
    assert!(matches!(elsewhere.pull("model.gguf", &path).await, Err(PullError::Redirect(_))));
}
