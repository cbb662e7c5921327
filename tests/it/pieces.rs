//! Uploads that come in pieces: nothing leaves before they are whole, and then what leaves is cleared. The files and
//! batches of Gemini, which begin so.

use crate::gateway::{Answer, Gateway};
use crate::provider::{FakeProvider, Received, Step, whole};
use cordon::proxy::keyring::Keyring;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const NOTE: &str = "Patient: Maria Kovacs. MRN: 00412345. Seen today.";
const SECRETS: &[&str] = &["Kovacs", "00412345"];
const JSON: (&str, &str) = ("content-type", "application/json");
const HOST: &str = "https://provider.example";

/// A provider that keeps one file and one batch, and says of them what it was sent.
async fn keeping() -> FakeProvider {
    let file: Arc<Mutex<String>> = Arc::default();
    FakeProvider::with(move |request| {
        let mut file = file.lock().unwrap();
        vec![Step::Send(whole("application/json", &reply(request, &mut file).to_string()))]
    })
    .await
}

fn reply(request: &Received, file: &mut String) -> Value {
    let line = request.head.lines().next().unwrap_or_default();
    let described = |name: &str| {
        json!({ "name": "files/f1", "uri": format!("{HOST}/v1beta/files/f1"), "displayName": name,
        "mimeType": "text/plain", "state": "ACTIVE" })
    };
    let part = |number: usize| {
        let content = request.body.split("\r\n\r\n").nth(number).unwrap_or_default();
        content.split("\r\n--cordon-form").next().unwrap_or_default().to_owned()
    };
    match line.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["POST", "/v1/files"] => {
            *file = part(2);
            json!({ "id": "file-1", "object": "file", "purpose": "user_data", "filename": "x" })
        }
        ["POST", "/upload/v1beta/files?uploadType=multipart"] => {
            *file = part(2);
            let said: Value = serde_json::from_str(&part(1)).expect("a description");
            json!({ "file": described(said["file"]["displayName"].as_str().unwrap_or_default()) })
        }
        ["GET", "/v1beta/files/f1"] => described("x"),
        ["GET", "/v1beta/files?pageSize=10"] => json!({ "files": [described("x"), { "name": "files/f2" }] }),
        ["GET", "/download/v1beta/files/f9:download?alt=media"] => {
            json!({ "key": "k", "response": { "candidates": [answer(file)] } })
        }
        ["POST", path] if path.ends_with(":batchGenerateContent") => {
            let body: Value = serde_json::from_str(&request.body).expect("JSON");
            let requests = &body["batch"]["inputConfig"]["requests"]["requests"];
            *file = requests[0]["request"]["contents"][0]["parts"][0]["text"].as_str().unwrap_or_default().to_owned();
            json!({ "name": "batches/b1", "metadata": { "state": "BATCH_STATE_PENDING" } })
        }
        ["GET", "/v1beta/batches/b1"] => {
            let inlined = json!([{ "response": { "candidates": [answer(file)] } }]);
            json!({ "name": "batches/b1", "done": true, "response": { "responsesFile": "files/f9",
                "inlinedResponses": { "inlinedResponses": inlined } },
                "metadata": { "output": { "inlinedResponses": { "inlinedResponses": inlined } } } })
        }
        ["POST", _] => json!({ "candidates": [answer(file)] }),
        _ => json!({}),
    }
}

fn answer(text: &str) -> Value {
    json!({ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": "STOP" })
}

async fn start() -> (FakeProvider, Gateway, String) {
    let provider = keeping().await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    let other =
        Keyring::change(&gateway.dir().join("data/keys.toml"), |ring| Ok(ring.add("other", "clinic").0)).unwrap();
    gateway.server.refresh_keys();
    (provider, gateway, format!("Bearer {}", other.expose_secret()))
}

fn nothing_left(provider: &FakeProvider) {
    for secret in SECRETS {
        assert!(!provider.saw(secret), "{secret} left");
    }
}

fn part(content: &str) -> String {
    format!("--b\r\ncontent-disposition: form-data; name=\"data\"; filename=\"blob\"\r\n\r\n{content}\r\n--b--\r\n")
}

const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=b");

async fn begin(gateway: &Gateway, bytes: usize, kind: &str) -> String {
    let asked = json!({ "bytes": bytes, "filename": "Kovacs Maria.txt", "mime_type": kind, "purpose": "user_data" });
    let answer = gateway.post("/v1/uploads", &asked.to_string()).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("pending")), "{}", answer.body);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

async fn add(gateway: &Gateway, upload: &str, content: &str) -> Value {
    gateway.send("POST", &format!("/v1/uploads/{upload}/parts"), &[FORM], &part(content)).await.json()["id"].clone()
}

async fn complete(gateway: &Gateway, upload: &str, asked: Value) -> Answer {
    gateway.post(&format!("/v1/uploads/{upload}/complete"), &asked.to_string()).await
}

#[tokio::test]
async fn parts_are_cleared_when_they_are_one() {
    let (provider, gateway, _) = start().await;
    // The name lies across two parts.
    let (first, second) = NOTE.split_at(12);
    let upload = begin(&gateway, NOTE.len(), "text/plain").await;
    let ids = [add(&gateway, &upload, first).await, add(&gateway, &upload, second).await];
    assert_eq!(provider.requests().len(), 0, "a part left");
    let done = complete(&gateway, &upload, json!({ "part_ids": ids })).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let done = done.json();
    assert_eq!(
        (&done["status"], &done["file"]["id"], &done["id"]),
        (&json!("completed"), &json!("file-1"), &json!(upload))
    );
    assert!(provider.saw("Patient: [NAME"));
    nothing_left(&provider);
    let again = complete(&gateway, &upload, json!({ "part_ids": ids })).await;
    assert_eq!(again.code(), "unknown_object");
}

#[tokio::test]
async fn an_upload_that_does_not_fit_together_is_refused() {
    let (provider, gateway, other) = start().await;
    let upload = begin(&gateway, NOTE.len(), "text/plain").await;
    let id = add(&gateway, &upload, NOTE).await;
    let code = async |asked: Value| complete(&gateway, &upload, asked).await.code();
    assert_eq!(code(json!({ "part_ids": [] })).await, "invalid_value");
    assert_eq!(code(json!({ "part_ids": ["part_0"] })).await, "unknown_object");
    assert_eq!(code(json!({ "part_ids": [id], "md5": "00" })).await, "invalid_value");
    assert_eq!(code(json!({ "part_ids": [id], "patient": NOTE })).await, "unsupported_feature");
    let path = format!("/v1/uploads/{upload}/complete");
    let headers = [JSON, ("authorization", other.as_str())];
    let foreign = gateway.send_as_is("POST", &path, &headers, &json!({ "part_ids": [id] }).to_string()).await;
    assert_eq!(foreign.code(), "unknown_object");
    let cancelled = gateway.send("POST", &format!("/v1/uploads/{upload}/cancel"), &[], "").await;
    assert_eq!(cancelled.json()["status"], "cancelled");
    assert_eq!(code(json!({ "part_ids": [id] })).await, "unknown_object");

    // What is not text is refused when it is whole.
    let upload = begin(&gateway, 12, "image/png").await;
    let id = add(&gateway, &upload, "\u{89}PNG\0Kovacs").await;
    assert_eq!(complete(&gateway, &upload, json!({ "part_ids": [id] })).await.code(), "opaque_content");
    assert_eq!(provider.requests().len(), 0);
}

const UPLOAD: &str = "/gemini/upload/v1beta/files";

async fn resumable(gateway: &Gateway, name: &str, kind: &str, pieces: &[&str]) -> Answer {
    let size = pieces.concat().len().to_string();
    let headers = [
        JSON,
        ("x-goog-upload-protocol", "resumable"),
        ("x-goog-upload-command", "start"),
        ("x-goog-upload-header-content-length", &size),
    ];
    let about = json!({ "file": { "displayName": name, "mimeType": kind, "sizeBytes": size } }).to_string();
    let begun = gateway.send("POST", UPLOAD, &headers, &about).await;
    assert_eq!((begun.status, begun.header("x-goog-upload-status")), (200, Some("active")), "{}", begun.body);
    let url = begun.header("x-goog-upload-url").expect("an address").to_owned();
    let path = &url[url.find("/gemini").expect("through the same prefix")..];
    let mut at = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let command = if number + 1 == pieces.len() { "upload, finalize" } else { "upload" };
        let offset = at.to_string();
        let headers = [("x-goog-upload-command", command), ("x-goog-upload-offset", &offset)];
        let answer = gateway.send("POST", path, &headers, piece).await;
        if command != "upload" {
            return answer;
        }
        assert_eq!((answer.status, answer.header("x-goog-upload-status")), (200, Some("active")), "{}", answer.body);
        at += piece.len();
    }
    unreachable!("the last piece ends the upload")
}

fn ask_about(uri: &str) -> String {
    let file = json!({ "fileData": { "fileUri": uri, "mimeType": "text/plain" } });
    json!({ "contents": [{ "role": "user", "parts": [file, { "text": "Who is it?" }] }] }).to_string()
}

#[tokio::test]
async fn a_file_of_gemini_is_cleared_named_and_erased() {
    let (provider, gateway, other) = start().await;
    let (first, second) = NOTE.split_at(12);
    let made = resumable(&gateway, "Kovacs Maria", "text/plain", &[first, second]).await;
    assert_eq!((made.status, made.header("x-goog-upload-status")), (200, Some("final")), "{}", made.body);
    let file = made.json()["file"].clone();
    assert_eq!((&file["name"], &file["displayName"]), (&json!("files/f1"), &json!("Kovacs Maria")));
    nothing_left(&provider);

    let uri = file["uri"].as_str().expect("an address");
    let ask = "/gemini/v1beta/models/g:generateContent";
    let answered = gateway.post(ask, &ask_about(uri)).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.json()["candidates"][0]["content"]["parts"][0]["text"], NOTE);
    let code = async |uri: &str| gateway.post(ask, &ask_about(uri)).await.status;
    assert_eq!(code("https://elsewhere.example/v1beta/files/f1").await, 404);
    assert_eq!(code("https://elsewhere.example/x.txt").await, 422);

    let listed = gateway.send("GET", "/gemini/v1beta/files?pageSize=10", &[], "").await.json();
    assert_eq!(listed["files"].as_array().map(Vec::len), Some(1), "{listed}");
    let key = [("x-goog-api-key", other.trim_start_matches("Bearer "))];
    for (method, path) in [("GET", "/gemini/v1beta/files/f1"), ("DELETE", "/gemini/v1beta/files/f1")] {
        assert_eq!(gateway.send_as_is(method, path, &key, "").await.status, 404, "{method}");
    }
    let foreign = gateway.send_as_is("POST", ask, &[JSON, key[0]], &ask_about(uri)).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(gateway.send("DELETE", "/gemini/v1beta/files/f1", &[], "").await.status, 200);
    assert_eq!(code(uri).await, 404);
    nothing_left(&provider);
}

#[tokio::test]
async fn a_file_of_gemini_comes_at_once_too() {
    let (provider, gateway, _) = start().await;
    let related = |kind: &str, content: &str| {
        format!(
            "--b\r\ncontent-type: application/json\r\n\r\n{{\"file\":{{\"display_name\":\"Kovacs\"}}}}\r\n--b\r\n\
             content-type: {kind}\r\n\r\n{content}\r\n--b--\r\n"
        )
    };
    let headers = [("content-type", "multipart/related; boundary=b"), ("x-goog-upload-protocol", "multipart")];
    let made = gateway.send("POST", UPLOAD, &headers, &related("text/csv", "name,mrn\nMaria Kovacs,00412345\n")).await;
    assert_eq!((made.status, &made.json()["file"]["displayName"]), (200, &json!("Kovacs")), "{}", made.body);
    assert!(provider.saw("content-type: text/csv"));
    nothing_left(&provider);

    let sent = provider.requests().len();
    let picture = gateway.send("POST", UPLOAD, &headers, &related("image/png", "\u{89}PNG\0Kovacs")).await;
    assert_eq!(picture.status, 422, "{}", picture.body);
    for (headers, status) in [
        (vec![JSON], 400),
        (vec![JSON, ("x-goog-upload-command", "start")], 400),
        (vec![JSON, ("x-goog-upload-command", "upload"), ("x-goog-upload-protocol", "resumable")], 400),
    ] {
        assert_eq!(gateway.send("POST", UPLOAD, &headers, "{}").await.status, status, "{headers:?}");
    }
    let refused = resumable(&gateway, "x", "image/png", &["\u{89}PNG\0Kovacs"]).await;
    assert_eq!((refused.status, refused.header("x-goog-upload-status")), (422, Some("final")));
    assert_eq!(provider.requests().len(), sent);
}

#[tokio::test]
async fn a_batch_of_gemini_comes_back_with_the_real_values() {
    let (provider, gateway, other) = start().await;
    let request = json!({ "contents": [{ "role": "user", "parts": [{ "text": NOTE }] }] });
    let batch = json!({ "batch": { "display_name": "Kovacs, Maria", "input_config": {
        "requests": { "requests": [{ "request": request, "metadata": { "key": NOTE } }] } } } });
    let made = gateway.post("/gemini/v1beta/models/g:batchGenerateContent", &batch.to_string()).await;
    assert_eq!((made.status, &made.json()["name"]), (200, &json!("batches/b1")), "{}", made.body);
    nothing_left(&provider);
    let read = async |path: &str| gateway.send("GET", path, &[], "").await;
    assert_eq!(read("/gemini/download/v1beta/files/f9:download?alt=media").await.status, 404);
    let done = read("/gemini/v1beta/batches/b1").await.json();
    for output in [&done["response"], &done["metadata"]["output"]] {
        let first = &output["inlinedResponses"]["inlinedResponses"][0]["response"];
        assert_eq!(first["candidates"][0]["content"]["parts"][0]["text"], NOTE);
    }
    let lines = read("/gemini/download/v1beta/files/f9:download?alt=media").await;
    assert_eq!(lines.json()["response"]["candidates"][0]["content"]["parts"][0]["text"], NOTE, "{}", lines.body);
    let key = [("x-goog-api-key", other.trim_start_matches("Bearer "))];
    for path in ["/gemini/v1beta/batches/b1", "/gemini/download/v1beta/files/f9:download?alt=media"] {
        assert_eq!(gateway.send_as_is("GET", path, &key, "").await.status, 404, "{path}");
    }
    // The requests of a batch may stand in a file, a line each.
    let line = json!({ "key": "k1", "request": { "contents": [{ "role": "user", "parts": [{ "text": NOTE }] }] } });
    let made = resumable(&gateway, "lines", "jsonl", &[&format!("{line}\n{line}\n")]).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(provider.saw("\"role\":\"user\""));
    let batch = json!({ "batch": { "inputConfig": { "fileName": "files/f1" } } }).to_string();
    assert_eq!(gateway.post("/gemini/v1beta/models/g:batchGenerateContent", &batch).await.status, 200);
    let foreign = [JSON, key[0]];
    let path = "/gemini/v1beta/models/g:batchGenerateContent";
    assert_eq!(gateway.send_as_is("POST", path, &foreign, &batch).await.status, 404);
    nothing_left(&provider);
}
