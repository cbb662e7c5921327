//! What a provider keeps: files, batches, stored answers, caches. They belong to the tenant that made them, come back
//! with the real values, and are gone for others.

use crate::gateway::{Answer, Gateway};
use crate::provider::{FakeProvider, Received, Step, whole};
use cordon::proxy::keyring::Keyring;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

const NOTE: &str = "Patient: Maria Kovacs. MRN: 00412345. Seen today.";
const SECRETS: &[&str] = &["Kovacs", "00412345"];
const JSON: (&str, &str) = ("content-type", "application/json");

/// A provider that keeps what it is sent under `file-1`, `batch-1` and so on.
async fn keeping() -> FakeProvider {
    let files: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    FakeProvider::with(move |request| {
        let line = request.head.lines().next().unwrap_or_default().to_owned();
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut files = files.lock().unwrap();
        let (kind, body) = reply(method, path, request, &mut files);
        vec![Step::Send(whole(kind, &body))]
    })
    .await
}

fn reply(method: &str, path: &str, request: &Received, files: &mut HashMap<String, String>) -> (&'static str, String) {
    let file = |id: &str| json!({ "id": id, "object": "file", "purpose": "batch", "filename": "x.jsonl" });
    let json = |value: Value| ("application/json", value.to_string());
    match (method, path.trim_start_matches("/v1")) {
        ("POST", "/files") => {
            let content = request.body.split("\r\n\r\n").nth(2).unwrap_or_default();
            let content = content.split("\r\n--cordon-form").next().unwrap_or_default();
            let id = format!("file-{}", files.len() + 1);
            files.insert(id.clone(), content.to_owned());
            let name = request.body.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next());
            let mut made = file(&id);
            made["filename"] = json!(name);
            json(made)
        }
        ("GET", "/files") => {
            let data: Vec<Value> = ["file-0", "file-1", "file-2", "file-9"].map(file).into();
            json(json!({ "object": "list", "data": data, "first_id": "file-0", "last_id": "file-9" }))
        }
        ("POST", "/batches") => json(json!({ "id": "batch-1", "object": "batch", "status": "validating" })),
        ("GET", "/batches/batch-1") => {
            // The batch has run: every line was answered with what it asked.
            let answered = files["file-1"].lines().map(|line| {
                let line: Value = serde_json::from_str(line).expect("a line of JSON");
                let content = &line["body"]["messages"][0]["content"];
                let call = json!({ "who": content }).to_string();
                let message = json!({ "role": "assistant", "content": content,
                    "tool_calls": [{ "id": "c", "type": "function", "function": { "name": "f", "arguments": call } }] });
                let body = json!({ "id": "chatcmpl-1", "choices": [{ "index": 0, "message": message }] });
                format!("{}\n", json!({ "id": "r", "custom_id": line["custom_id"], "response": { "status_code": 200, "body": body } }))
            });
            let answered: String = answered.collect();
            files.insert("file-out".to_owned(), answered);
            json(json!({ "id": "batch-1", "object": "batch", "status": "completed", "output_file_id": "file-out" }))
        }
        ("DELETE", _) => json(json!({ "deleted": true })),
        ("GET", path) if path.ends_with("/content") => {
            let id = path.trim_start_matches("/files/").trim_end_matches("/content");
            ("application/octet-stream", files[id].clone())
        }
        ("GET", path) if path.starts_with("/files/") => json(file(path.trim_start_matches("/files/"))),
        ("POST", "/messages/batches") => {
            files.insert("msgbatch_1".to_owned(), request.body.clone());
            json(
                json!({ "id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress", "results_url": null }),
            )
        }
        ("GET", "/messages/batches/msgbatch_1") => {
            let host = request.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
            let url = format!("http://{host}/v1/messages/batches/msgbatch_1/results");
            json(
                json!({ "id": "msgbatch_1", "type": "message_batch", "processing_status": "ended", "results_url": url }),
            )
        }
        ("GET", "/messages/batches/msgbatch_1/results") => {
            let sent: Value = serde_json::from_str(&files["msgbatch_1"]).expect("JSON");
            let lines = sent["requests"].as_array().expect("requests").iter().map(|request| {
                let text = &request["params"]["messages"][0]["content"];
                let message = json!({ "id": "msg_1", "type": "message", "role": "assistant", "content": [
                    { "type": "thinking", "thinking": text, "signature": "c2lnbmVk" },
                    { "type": "text", "text": text }] });
                format!(
                    "{}\n",
                    json!({ "custom_id": request["custom_id"], "result": { "type": "succeeded", "message": message } })
                )
            });
            ("application/x-jsonl", lines.collect())
        }
        ("POST", "/chat/completions") => {
            let text = crate::provider::last_content(&request.body);
            json(serde_json::from_str(&crate::provider::completion(&text)).expect("JSON"))
        }
        ("GET", "/chat/completions/chatcmpl-1") => json(
            json!({ "id": "chatcmpl-1", "choices": [{ "index": 0, "message": { "role": "assistant", "content": "[NAME_1]" } }] }),
        ),
        ("GET", "/chat/completions") => {
            let chat =
                |id: &str| json!({ "id": id, "choices": [{ "index": 0, "message": { "content": "[NAME_1]" } }] });
            json(json!({ "object": "list", "data": [chat("chatcmpl-0"), chat("chatcmpl-1")] }))
        }
        ("POST", "/responses") => json(json!({ "id": "resp_1", "object": "response", "output": [] })),
        ("POST", "/cachedContents" | "beta/cachedContents") => {
            json(json!({ "name": "cachedContents/c1", "model": "models/g", "displayName": "x" }))
        }
        ("POST", _) => json(
            json!({ "candidates": [{ "index": 0, "content": { "role": "model", "parts": [{ "text": "It was [NAME_1]." }] } }] }),
        ),
        _ => json(json!({ "error": { "message": "no such thing" } })),
    }
}

async fn start() -> (FakeProvider, Gateway, String) {
    let provider = keeping().await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    let other =
        Keyring::change(&gateway.dir().join("data/keys.toml"), |ring| Ok(ring.add("other", "clinic").0)).unwrap();
    gateway.server.refresh_keys();
    (provider, gateway, other.expose_secret().to_owned())
}

fn form(fields: &[(&str, Option<&str>, &str)]) -> String {
    let part = |(name, file, body): &(&str, Option<&str>, &str)| {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain")).unwrap_or_default();
        format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{body}\r\n")
    };
    fields.iter().map(part).chain(["--b0undary--\r\n".to_owned()]).collect()
}

const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=b0undary");

async fn upload(gateway: &Gateway, name: &str, purpose: &str, content: &str) -> Answer {
    let body = form(&[("purpose", None, purpose), ("file", Some(name), content)]);
    gateway.send("POST", "/v1/files", &[FORM], &body).await
}

async fn read(gateway: &Gateway, path: &str) -> Answer {
    gateway.send("GET", path, &[], "").await
}

async fn as_other(
    gateway: &Gateway,
    key: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let key = format!("Bearer {key}");
    let mut all = vec![("authorization", key.as_str())];
    all.extend_from_slice(headers);
    gateway.send_as_is(method, path, &all, body).await
}

#[track_caller]
fn clean(provider: &FakeProvider) {
    for secret in SECRETS {
        assert!(!provider.saw(secret), "{secret} reached the provider");
    }
}

#[tokio::test]
async fn an_uploaded_document_is_cleared_under_another_name() {
    let (provider, gateway, _) = start().await;
    let made = upload(&gateway, "Kovacs-Maria.txt", "user_data", NOTE).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.json()["filename"], "Kovacs-Maria.txt", "the client knows its file by its own name");
    clean(&provider);
    let sent = &provider.requests()[0];
    assert!(sent.body.contains("filename=\"file-") && sent.body.contains("content-type: text/plain"), "{}", sent.body);
    assert!(!sent.head.contains("b0undary") && !sent.body.contains("b0undary"), "the boundary is the gateway's own");
    let content = read(&gateway, "/v1/files/file-1/content").await;
    assert_eq!(content.body, NOTE);
}

#[tokio::test]
async fn a_form_that_cannot_be_cleared_sends_nothing() {
    let (provider, gateway, _) = start().await;
    let png = "\u{89}PNG\r\n\u{1a}\n and pixels of Kovacs";
    let cases = [
        (form(&[("purpose", None, "user_data"), ("file", Some("a.bin"), "\0\u{1}\u{2}Kovacs")]), "opaque_content"),
        (form(&[("purpose", None, "vision"), ("file", Some("a.png"), png)]), ""),
        (form(&[("patient", None, "Maria Kovacs"), ("file", Some("a.txt"), NOTE)]), "unsupported_feature"),
        (form(&[("file", Some("a.txt"), NOTE), ("file", Some("b.txt"), NOTE)]), "duplicate_key"),
        (form(&[("purpose", None, "batch"), ("file", Some("a.jsonl"), NOTE)]), "invalid_json"),
        ("Maria Kovacs".to_owned(), "malformed_request"),
        (form(&[("Maria Kovacs", None, "x")]), "malformed_request"),
    ];
    for (body, code) in cases {
        let answer = gateway.send("POST", "/v1/files", &[FORM], &body).await;
        if code.is_empty() {
            // Text that begins like a picture is text all the same, and cleared as such.
            clean(&provider);
            continue;
        }
        assert_eq!(answer.code(), code, "{body}");
        assert!(!answer.body.contains("Kovacs"));
        clean(&provider);
    }
    let answer = gateway.send("POST", "/v1/files", &[JSON], "{}").await;
    assert_eq!(answer.code(), "unsupported_media_type");
    clean(&provider);
}

#[tokio::test]
async fn a_batch_goes_out_cleared_and_its_results_come_back_whole() {
    let (provider, gateway, other) = start().await;
    let line = |id: &str, content: &str| {
        let body = json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": content }] });
        json!({ "custom_id": id, "method": "POST", "url": "/v1/chat/completions", "body": body }).to_string()
    };
    let quoted = "Patient: Maria \"M\" Kovacs";
    let file = format!("{}\n{}\n", line("one", NOTE), line("Patient: Maria Kovacs", quoted));
    let made = upload(&gateway, "b.jsonl", "batch", &file).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let id = made.json()["id"].as_str().expect("an id").to_owned();

    let batch = json!({ "input_file_id": id, "endpoint": "/v1/chat/completions", "completion_window": "24h" });
    let refused = as_other(&gateway, &other, "POST", "/v1/batches", &[JSON], &batch.to_string()).await;
    assert_eq!((refused.status, refused.code().as_str()), (404, "unknown_object"));
    let made = gateway.post("/v1/batches", &batch.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let early = read(&gateway, "/v1/files/file-out/content").await;
    assert_eq!(early.status, 404, "nobody has been told of it");

    let done = read(&gateway, "/v1/batches/batch-1").await.json();
    assert_eq!(done["output_file_id"], "file-out");
    let results = read(&gateway, "/v1/files/file-out/content").await;
    let results: Vec<Value> = results.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let message = |line: usize| &results[line]["response"]["body"]["choices"][0]["message"];
    assert_eq!(message(0)["content"], NOTE);
    assert_eq!(results[1]["custom_id"], "Patient: Maria Kovacs");
    let arguments = message(1)["tool_calls"][0]["function"]["arguments"].as_str().expect("arguments");
    let arguments: Value = serde_json::from_str(arguments).expect("arguments stay JSON");
    assert_eq!(arguments["who"], quoted);

    let stolen = as_other(&gateway, &other, "GET", "/v1/files/file-out/content", &[], "").await;
    assert_eq!((stolen.status, stolen.code().as_str()), (404, "unknown_object"));
    clean(&provider);
}

#[tokio::test]
async fn a_list_shows_the_callers_own_objects() {
    let (provider, gateway, other) = start().await;
    upload(&gateway, "a.txt", "user_data", NOTE).await;
    let listed = read(&gateway, "/v1/files").await.json();
    let ids: Vec<&str> = listed["data"].as_array().unwrap().iter().map(|file| file["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["file-1"]);
    assert_eq!((&listed["first_id"], &listed["last_id"]), (&json!("file-1"), &json!("file-1")));
    let listed = as_other(&gateway, &other, "GET", "/v1/files", &[], "").await.json();
    assert_eq!(listed["data"], json!([]));
    clean(&provider);
}

#[tokio::test]
async fn an_erased_object_is_gone() {
    let (provider, gateway, other) = start().await;
    upload(&gateway, "a.txt", "user_data", NOTE).await;
    let refused = as_other(&gateway, &other, "DELETE", "/v1/files/file-1", &[], "").await;
    assert_eq!(refused.status, 404);
    assert_eq!(read(&gateway, "/v1/files/file-1").await.status, 200);
    assert_eq!(gateway.send("DELETE", "/v1/files/file-1", &[], "").await.status, 200);
    assert_eq!(read(&gateway, "/v1/files/file-1").await.status, 404);
    clean(&provider);
}

#[tokio::test]
async fn a_file_is_named_by_the_messages_of_its_owner_only() {
    let (provider, gateway, other) = start().await;
    upload(&gateway, "a.txt", "user_data", NOTE).await;
    upload(&gateway, "b.txt", "user_data", "Patient: Jose Okafor and Maria Kovacs").await;
    let part = |id: &str| json!({ "type": "file", "file": { "file_id": id } });
    let ask = |ids: &[&str]| {
        let parts: Vec<Value> = ids.iter().map(|id| part(id)).collect();
        json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": parts }] }).to_string()
    };
    assert_eq!(gateway.post("/v1/chat/completions", &ask(&["file-1", "file-2"])).await.status, 200);
    assert_eq!(gateway.post("/v1/chat/completions", &ask(&["file-1", "file-9"])).await.code(), "unknown_object");
    let chat = "/v1/chat/completions";
    let stolen = as_other(&gateway, &other, "POST", chat, &[JSON], &ask(&["file-1"])).await;
    assert_eq!(stolen.code(), "unknown_object");
    clean(&provider);
}

#[tokio::test]
async fn message_batches_come_back_through_the_gateway() {
    let (provider, gateway, other) = start().await;
    let params = json!({ "model": "claude-test", "max_tokens": 9, "messages": [{ "role": "user", "content": NOTE }] });
    let body = json!({ "requests": [{ "custom_id": "r-1", "params": params }] });
    let version = ("anthropic-version", "2023-06-01");
    let made = gateway.send("POST", "/anthropic/v1/messages/batches", &[JSON, version], &body.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let done = read(&gateway, "/anthropic/v1/messages/batches/msgbatch_1").await.json();
    let results = "http://gateway.test/anthropic/v1/messages/batches/msgbatch_1/results";
    assert_eq!(done["results_url"], results, "the client must not be led past the gateway");
    let results = read(&gateway, "/anthropic/v1/messages/batches/msgbatch_1/results").await;
    let line: Value = serde_json::from_str(results.body.trim()).expect("one line");
    let content = &line["result"]["message"]["content"];
    assert_eq!(content[1]["text"], NOTE);
    let signature = content[0]["signature"].as_str().expect("a signature");
    assert!(signature.starts_with("Y29yZG9uLXMx"), "what the provider signed travels in its signature");
    for (method, path) in [
        ("GET", "/anthropic/v1/messages/batches/msgbatch_1"),
        ("GET", "/anthropic/v1/messages/batches/msgbatch_1/results"),
        ("POST", "/anthropic/v1/messages/batches/msgbatch_1/cancel"),
        ("DELETE", "/anthropic/v1/messages/batches/msgbatch_1"),
    ] {
        let stolen = as_other(&gateway, &other, method, path, &[], "").await;
        assert_eq!(stolen.status, 404, "{method} {path}: {}", stolen.body);
    }
    clean(&provider);
}

#[tokio::test]
async fn a_stored_chat_is_read_back_by_its_owner() {
    let (provider, gateway, other) = start().await;
    let chat = |store: bool| {
        json!({ "model": "gpt-test", "store": store, "messages": [{ "role": "user", "content": NOTE }] }).to_string()
    };
    gateway.post("/v1/chat/completions", &chat(false)).await;
    assert_eq!(read(&gateway, "/v1/chat/completions/chatcmpl-1").await.status, 404, "it was not to be stored");
    gateway.post("/v1/chat/completions", &chat(true)).await;
    assert_eq!(read(&gateway, "/v1/chat/completions/chatcmpl-1").await.content(), "Maria Kovacs");
    let listed = read(&gateway, "/v1/chat/completions").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["choices"][0]["message"]["content"], "Maria Kovacs");
    let stolen = as_other(&gateway, &other, "GET", "/v1/chat/completions/chatcmpl-1", &[], "").await;
    assert_eq!(stolen.status, 404);
    clean(&provider);
}

#[tokio::test]
async fn a_cache_goes_on_in_the_requests_that_name_it() {
    let (provider, gateway, other) = start().await;
    let cache = json!({ "model": "models/gemini-test", "displayName": "Patient: Maria Kovacs",
        "contents": [{ "role": "user", "parts": [{ "text": NOTE }] }], "ttl": "300s" });
    let made = gateway.post("/v1beta/cachedContents", &cache.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let ask = json!({ "contents": [{ "role": "user", "parts": [{ "text": "who?" }] }], "cachedContent": "cachedContents/c1" });
    let path = "/v1beta/models/gemini-test:generateContent";
    let answer = gateway.post(path, &ask.to_string()).await;
    let text = &answer.json()["candidates"][0]["content"]["parts"][0]["text"];
    assert_eq!(text, "It was Maria Kovacs.", "{}", answer.body);
    let stolen = as_other(&gateway, &other, "POST", path, &[JSON], &ask.to_string()).await;
    assert_eq!(stolen.status, 404);
    clean(&provider);
}

/// A form with one file of bytes.
fn file_form(name: &str, content: &[u8]) -> Vec<u8> {
    let mut form = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nuser_data\r\n\
         --b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    )
    .into_bytes();
    form.extend_from_slice(content);
    form.extend(b"\r\n--b0undary--\r\n");
    form
}

/// A CT header with a patient's name, in explicit little endian.
fn dicom() -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0\x08\x00\x60\x00CS\x02\x00CT");
    bytes.extend(b"\x10\x00\x10\x00PN\x0c\x00Kovacs^Maria\x28\x00\x10\x00US\x02\x00\x08\x00");
    bytes
}

#[tokio::test]
async fn a_dicom_part_is_cleared_by_its_own_rules_and_an_image_is_refused() {
    let (provider, gateway, _) = start().await;
    let answer = gateway.send_bytes("POST", "/v1/files", &[FORM], &file_form("Kovacs.dcm", &dicom())).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let sent = provider.received();
    assert!(sent.windows(4).any(|window| window == b"DICM"), "it is still a DICOM file");
    clean(&provider);
    let before = provider.bytes_received();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and pixels of Kovacs";
    for (name, content) in
        [("scan.png", &png[..]), ("scan.zip", b"PK\x03\x04\x14\0\0\0\xff Kovacs"), ("utf16.txt", b"\xff\xfeK\0o\0v\0")]
    {
        let answer = gateway.send_bytes("POST", "/v1/files", &[FORM], &file_form(name, content)).await;
        assert_eq!(answer.code(), "opaque_content", "{name}: {}", answer.body);
    }
    assert_eq!(provider.bytes_received(), before);
}

#[tokio::test]
async fn a_pdf_that_cannot_be_read_sends_nothing() {
    let (provider, gateway, _) = start().await;
    let answer = gateway.send_bytes("POST", "/v1/files", &[FORM], &file_form("K.pdf", b"%PDF-1.4 Kovacs")).await;
    assert_eq!(answer.code(), "opaque_content", "{}", answer.body);
    let data = data_encoding::BASE64.encode(b"%PDF-1.4 Kovacs");
    let source = json!({ "type": "base64", "media_type": "application/pdf", "data": data });
    let message = json!({ "role": "user", "content": [{ "type": "document", "source": source }] });
    let body = json!({ "model": "claude-test", "max_tokens": 9, "messages": [message] });
    let answer = gateway.post("/v1/messages", &body.to_string()).await;
    assert!(answer.status == 422 && answer.body.contains("opaque_content"), "{}", answer.body);
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn a_pdf_leaves_as_its_cleared_text_and_never_as_a_file() {
    let pdf = include_bytes!("../fixtures/note.pdf");
    let (provider, gateway, _) = start().await;
    let answer = gateway.send_bytes("POST", "/v1/files", &[FORM], &file_form("Kovacs.pdf", pdf)).await;
    assert_eq!((answer.status, &answer.json()["filename"]), (200, &json!("Kovacs.pdf")), "{}", answer.body);
    let data = data_encoding::BASE64.encode(pdf);
    let url = format!("data:application/pdf;base64,{data}");
    let part = json!({ "type": "file", "file": { "filename": "Kovacs.pdf", "file_data": url } });
    let chat = json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": [part] }] });
    let source = json!({ "type": "base64", "media_type": "application/pdf", "data": data });
    let content = json!([{ "type": "document", "source": source }]);
    let messages =
        json!({ "model": "claude-test", "max_tokens": 9, "messages": [{ "role": "user", "content": content }] });
    let inline = json!({ "inline_data": { "mime_type": "application/pdf", "data": data } });
    let contents = json!({ "contents": [{ "role": "user", "parts": [inline] }] });
    let input =
        json!([{ "role": "user", "content": [{ "type": "input_file", "filename": "K.pdf", "file_data": url }] }]);
    let responses = json!({ "model": "gpt-test", "store": false, "input": input });
    for (path, body) in [
        ("/v1/chat/completions", chat),
        ("/v1/responses", responses),
        ("/v1/messages", messages),
        ("/v1beta/models/gemini-test:generateContent", contents),
    ] {
        let answer = gateway.post(path, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let sent = provider.requests().last().expect("a request").body.clone();
        let text = match sent.split("\"data\":\"").nth(1).filter(|_| path.contains("generateContent")) {
            Some(encoded) => {
                let encoded = encoded.split('"').next().unwrap_or_default();
                String::from_utf8(data_encoding::BASE64.decode(encoded.as_bytes()).expect("base64")).expect("UTF-8")
            }
            None => sent,
        };
        assert!(text.contains("Patient: [NAME_1]") && text.contains("seen today"), "{path}: {text}");
    }
    clean(&provider);
    assert!(!provider.saw("%PDF-") && !provider.saw("JVBERi"), "no file of the client leaves");
}
