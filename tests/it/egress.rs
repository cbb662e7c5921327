//! The way out: TLS to destinations that are who they say, through the proxy that leads out.

use crate::gateway::{Answer, Gateway};
use crate::provider::FakeProvider;
use cordon::commands::certs::{Issued, issue};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A gateway whose destination is this TLS provider, under a name, with the authority's certificate at hand.
async fn gateway(provider: &FakeProvider, host: &str, issued: &Issued, egress: &str) -> Gateway {
    let destination = format!(
        "[[destination]]\nname = \"openai\"\nkind = \"openai\"\nurl = \"https://{host}:{}\"\n[egress]\n{egress}\n",
        provider.address.port()
    );
    let files = [("provider-ca.pem", issued.authority.as_str()), ("proxy.secret", "user:secret\n")];
    Gateway::builder().files(&files).settings(&destination).start().await
}

/// A proxy that takes CONNECT, says what it was asked, and leads to `to` whatever the name.
async fn proxy(to: SocketAddr) -> (SocketAddr, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(String::new()));
    let heard = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            heard.lock().unwrap().push_str(&String::from_utf8(head).unwrap());
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            let mut out = TcpStream::connect(to).await.unwrap();
            tokio::spawn(async move {
                // Either side may end the tunnel.
                let _ = copy_bidirectional(&mut stream, &mut out).await;
            });
        }
    });
    (address, asked)
}

fn check(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let issued = issue(&[]).unwrap();
    let provider = FakeProvider::over_tls(&issued).await;
    let egress = "authorities = \"provider-ca.pem\"\nsystem_authorities = false";
    let gateway = gateway(&provider, "localhost", &issued, egress).await;
    check(&gateway.chat("hello").await, 200);
}

#[tokio::test]
async fn nobody_else_is_trusted() {
    let (issued, other) = (issue(&[]).unwrap(), issue(&[]).unwrap());
    let provider = FakeProvider::over_tls(&issued).await;
    let egress = "authorities = \"provider-ca.pem\"\nsystem_authorities = false";
    let gateway = gateway(&provider, "localhost", &other, egress).await;
    check(&gateway.chat("hello").await, 502);
    assert!(provider.requests().is_empty());
}

#[tokio::test]
async fn out_through_the_proxy_with_its_credentials() {
    let issued = issue(&["api.provider.example".to_owned()]).unwrap();
    let provider = FakeProvider::over_tls(&issued).await;
    let (address, asked) = proxy(provider.address).await;
    let egress = format!(
        "proxy = \"http://{address}\"\nproxy_credentials = {{ file = \"proxy.secret\" }}\n\
         authorities = \"provider-ca.pem\"\nsystem_authorities = false"
    );
    let gateway = gateway(&provider, "api.provider.example", &issued, &egress).await;
    check(&gateway.chat("Call Maria Kovacs").await, 200);
    let asked = asked.lock().unwrap().clone();
    assert!(asked.starts_with("CONNECT api.provider.example:"), "{asked}");
    // `user:secret`, RFC 7617.
    assert!(asked.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpzzwnyzxq="), "{asked}");
    assert_eq!(provider.requests().len(), 1);
}
