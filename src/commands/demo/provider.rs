//! The stand-in for a provider: it writes a summary out of the pseudonyms that it was sent, as a model would.

use bytes::Bytes;
use http::{Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

pub struct Provider {
    address: SocketAddr,
    told: Arc<Mutex<Option<(String, String)>>>,
}

impl Provider {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let told = Arc::new(Mutex::new(None));
        let record = told.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let record = record.clone();
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let record = record.clone();
                    async move {
                        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                        Ok::<_, Infallible>(reply(&body, &record))
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Ok(Self { address, told })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it received and what it answered; nothing when nothing reached it.
    pub fn told(&self) -> Option<(String, String)> {
        self.told.lock().ok()?.clone()
    }
}

fn reply(body: &Bytes, record: &Mutex<Option<(String, String)>>) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let received = request["messages"][1]["content"].as_str().unwrap_or_default().to_owned();
    let answer = summary(&received);
    let reply = json!({
        "id": "chatcmpl-demo",
        "object": "chat.completion",
        "created": 0,
        "model": request["model"],
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": answer },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 },
    });
    if let Ok(mut told) = record.lock() {
        *told = Some((received, answer));
    }
    let mut response = Response::new(Full::from(reply.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// A paragraph that names the first person, number, place and contact of the text, and does arithmetic on its dates.
fn summary(text: &str) -> String {
    let tokens: Vec<&str> = text
        .match_indices('[')
        .filter_map(|(at, _)| text[at..].find(']').map(|length| &text[at..=at + length]))
        .filter(|token| token.len() < 24 && token.contains('_'))
        .collect();
    let first = |label: &str| tokens.iter().find(|token| token.starts_with(label)).copied();
    let mut sentences = Vec::new();
    if let Some(name) = first("[NAME") {
        let number = first("[MRN").map(|number| format!(" ({number})")).unwrap_or_default();
        sentences.push(format!("{name}{number} was treated in hospital and is well enough to leave."));
    }
    let last_day = tokens.iter().rev().find_map(|token| {
        let offset: i64 = token.strip_prefix("[DAY_")?.strip_suffix(']')?.parse().ok()?;
        Some((token, offset))
    });
    if let Some((token, offset)) = last_day {
        sentences
            .push(format!("The last date on record is {token}; please see the patient on [DAY_{:+}].", offset + 14));
    }
    if let Some(phone) = first("[PHONE") {
        sentences.push(format!("The family can be reached on {phone}."));
    }
    if sentences.is_empty() {
        "There was nothing to identify anybody in this note.".to_owned()
    } else {
        sentences.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_made_of_what_was_received() {
        let text = "Patient: [NAME_1] MRN: [MRN_1], seen [DAY_0] and [DAY_+7], call [PHONE_1] (see [1])";
        let summary = summary(text);
        assert!(
            summary.contains("[NAME_1] ([MRN_1])") && summary.contains("[DAY_+21]") && summary.contains("[PHONE_1]")
        );
    }
}
