//! DICOM objects inside requests: cleared wherever a dialect lets bytes travel, called as in the text beside them, and
//! recorded. What cannot be cleared does not leave.

use super::corpus::{Builder, file, ultrasound};
use crate::gateway::{Answer, Gateway};
use crate::provider::{FakeProvider, Step, completion, whole};
use data_encoding::BASE64;
use serde_json::{Value, json};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const NOTE: &str = "Patient Maria Kovacs, MRN 00412345. What does the scan show?";

/// A scan of the patient of the note.
fn scan() -> Vec<u8> {
    let mut data = Builder::new(EXPLICIT);
    data.put(0x0008_0016, "UI", CT).put(0x0008_0018, "UI", "1.2.3.4").put(0x0008_0020, "DA", "20240314");
    data.put(0x0008_0050, "SH", "ACC774120").put(0x0008_0060, "CS", "CT").put(0x0008_0090, "PN", "Okafor^James");
    data.put(0x0010_0010, "PN", "Kovacs^Maria").put(0x0010_0020, "LO", "00412345").put(0x0010_0030, "DA", "19610203");
    data.short(0x0028_0010, 8).short(0x0028_0011, 8).short(0x0028_0100, 8).put(0x7FE0_0010, "OW", [0x5A; 64]);
    file(EXPLICIT, CT, b"", &[], &data.bytes)
}

fn chat_with_file(text: &str, data: &str) -> Value {
    let parts = json!([{"type": "text", "text": text}, {"type": "file", "file": {"file_data": data}}]);
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": parts}]})
}

async fn ask(gateway: &Gateway, request: &Value) -> Answer {
    gateway.post("/v1/chat/completions", &request.to_string()).await
}

/// The object in the provider's request, found by its base64 anywhere in it.
fn received_object(provider: &FakeProvider) -> Vec<u8> {
    let body = provider.requests().last().expect("a request").body.clone();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let run = body.split(|c| !is_base64(c)).max_by_key(|run| run.len()).expect("a run");
    BASE64.decode(run.as_bytes()).expect("base64")
}

#[track_caller]
fn check_nothing_left(provider: &FakeProvider) {
    let object = received_object(provider);
    assert_eq!(cordon::dicom::verify::markers(&object), Ok(()));
    for word in ["Kovacs", "Maria", "00412345", "ACC774120", "Okafor", "19610203", "20240314"] {
        assert!(!provider.saw(word), "{word} left");
        assert!(memchr::memmem::find(&object, word.as_bytes()).is_none(), "{word} left in the object");
    }
}

#[tokio::test]
async fn the_patient_of_an_object_is_called_as_in_the_text_and_the_reply_is_whole() {
    let provider = FakeProvider::with(|_| {
        vec![Step::Send(whole("application/json", &completion("The scan of [NAME_1]: clear.")))]
    })
    .await;
    let gateway = Gateway::before(&provider).await;

    let answer = ask(&gateway, &chat_with_file(NOTE, &BASE64.encode(&scan()))).await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.content(), "The scan of Maria Kovacs: clear.");
    check_nothing_left(&provider);
    let object = received_object(&provider);
    let holds = |word: &str| memchr::memmem::find(&object, word.as_bytes()).is_some();
    assert!(holds("[NAME_1b]"), "another form of the same person");
    assert!(holds("[MRN_"), "the number too is a pseudonym of the exchange");
}

#[tokio::test]
async fn objects_are_found_by_what_they_hold_wherever_they_stand() {
    let object = BASE64.encode(&scan());
    let url = format!("data:application/dicom;base64,{object}");
    let in_text = |text: String| json!({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]});
    let image = json!([{"type": "image_url", "image_url": {"url": url.replace("application/dicom", "image/png")}}]);
    let requests = [
        chat_with_file("look", &url),
        chat_with_file("look", &url.replace("application/dicom", "application/pdf")),
        in_text(format!("Here is the scan: {object} What does it show?")),
        in_text(url.clone()),
        in_text(json!({"attachment": {"bytes": object}}).to_string()),
        json!({"model": "gpt-4o", "messages": [{"role": "user", "content": image}]}),
        json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "go"}], "metadata": {"scan": object}}),
    ];
    for request in requests {
        let provider = FakeProvider::start().await;
        let answer = ask(&Gateway::before(&provider).await, &request).await;
        assert_eq!(answer.status, 200, "{} for {:.200}", answer.body, request.to_string());
        check_nothing_left(&provider);
    }
}

#[tokio::test]
async fn other_dialects_too() {
    let object = BASE64.encode(&scan());
    let source = json!({"type": "base64", "media_type": "application/pdf", "data": object});
    let messages = json!([{"role": "user", "content": [{"type": "document", "source": source}]}]);
    let file = json!({"type": "input_file", "file_data": object});
    let image = json!({"type": "input_image", "image_url": format!("data:image/png;base64,{object}")});
    let picture = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": object}});
    let asked = json!({"type": "tool_use", "id": "toolu_1", "name": "scan", "input": {"file": object}});
    let told = |content: Value| json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": content});
    let tools = |content: Value| {
        json!([{"role": "user", "content": "go"}, {"role": "assistant", "content": [asked]},
               {"role": "user", "content": [told(content)]}])
    };
    let call = json!({"name": "scan", "arguments": json!({"file": object}).to_string()});
    let called = json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": call}]},
        {"role": "tool", "tool_call_id": "call_1", "content": json!({"file": object}).to_string()},
    ]);
    let part = json!({"inlineData": {"mimeType": "image/png", "data": object}});
    let answered = json!({"functionResponse": {"name": "scan", "response": {"file": object}}});
    let requests = [
        ("/v1/messages", json!({"model": "claude", "max_tokens": 9, "messages": tools(json!([picture]))})),
        ("/v1/messages", json!({"model": "claude", "max_tokens": 9, "messages": tools(json!(object))})),
        ("/v1/chat/completions", json!({"model": "gpt-4o", "messages": called})),
        ("/v1/responses", json!({"model": "gpt-4o", "store": false, "input": [{"role": "user", "content": [image]}]})),
        ("/v1beta/models/g:generateContent", json!({"contents": [{"role": "user", "parts": [part]}]})),
        ("/v1beta/models/g:generateContent", json!({"contents": [{"role": "user", "parts": [answered]}]})),
        ("/api/chat", json!({"model": "m", "messages": [{"role": "user", "content": "go", "images": [object]}]})),
        ("/api/generate", json!({"model": "m", "prompt": "go", "images": [object]})),
        ("/v1/messages", json!({"model": "claude", "max_tokens": 9, "messages": messages})),
        ("/v1/responses", json!({"model": "gpt-4o", "store": false, "input": [{"role": "user", "content": [file]}]})),
    ];
    for (path, request) in requests {
        let provider = FakeProvider::start().await;
        let gateway = Gateway::builder().every_api(&provider).start().await;
        gateway.post(path, &request.to_string()).await;
        assert_eq!(provider.requests().len(), 1, "{path}: {:.300}", request.to_string());
        check_nothing_left(&provider);
    }
}

/// A body of several parts, each under the same headers.
fn parts(headers: &str, bodies: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in bodies {
        body.extend(format!("--b0undary\r\n{headers}\r\n\r\n").bytes());
        body.extend(*part);
        body.extend(b"\r\n");
    }
    body.extend(b"--b0undary--\r\n");
    body
}

#[track_caller]
fn check_nothing_left_in_bytes(provider: &FakeProvider, objects: usize) {
    for word in ["Kovacs", "Maria", "00412345", "ACC774120", "Okafor", "19610203", "20240314"] {
        assert!(!provider.saw(word), "{word} left");
    }
    assert_eq!(memchr::memmem::find_iter(&provider.received(), b"DICM").count(), objects);
}

#[tokio::test]
async fn objects_that_are_uploaded_as_files_are_cleared() {
    for kind in ["application/dicom", "text/plain"] {
        let reply = json!({"id": "file-1", "object": "file", "purpose": "user_data"});
        let provider =
            FakeProvider::with(move |_| vec![Step::Send(whole("application/json", &reply.to_string()))]).await;
        let gateway = Gateway::builder().every_api(&provider).start().await;
        let purpose = b"--b0undary\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nuser_data\r\n";
        let file =
            format!("content-disposition: form-data; name=\"file\"; filename=\"Kovacs.dcm\"\r\ncontent-type: {kind}");
        let body = [&purpose[..], &parts(&file, &[&scan()])].concat();
        let headers = [("content-type", "multipart/form-data; boundary=b0undary")];
        let answer = gateway.send_bytes("POST", "/v1/files", &headers, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        check_nothing_left_in_bytes(&provider, 1);
    }
}

#[tokio::test]
async fn objects_that_are_stored_at_an_archive_are_cleared_and_nothing_else_is_stored() {
    let provider = FakeProvider::with(|request| {
        assert!(request.head.contains("accept: application/dicom+json"), "{}", request.head);
        assert!(request.head.contains("multipart/related; type=\"application/dicom\""), "{}", request.head);
        vec![Step::Send(whole("application/dicom+json", &json!({"00081199": {"vr": "SQ"}}).to_string()))]
    })
    .await;
    let gateway = Gateway::builder().destination("archive", "dicomweb", &provider, "").start().await;
    let send = async |body: Vec<u8>| {
        let kind = "multipart/related; type=\"application/dicom\"; boundary=b0undary";
        gateway.send_bytes("POST", "/studies", &[("content-type", kind)], &body).await
    };
    let headers = "Content-Type: application/dicom\r\nContent-Location: /Kovacs/Maria";

    let answer = send(parts(headers, &[&scan(), &scan()])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    check_nothing_left_in_bytes(&provider, 2);
    let received = provider.bytes_received();

    for (bodies, status) in [(vec![scan(), b"Maria Kovacs".to_vec()], 415), (vec![ultrasound()], 422), (vec![], 415)] {
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let answer = send(parts(headers, &bodies)).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    for (method, path) in [("GET", "/studies"), ("POST", "/studies/1.2.3"), ("GET", "/studies/1.2.3/metadata")] {
        let answer = gateway.send(method, path, &[], "").await;
        assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
    }
    assert_eq!(provider.bytes_received(), received);
}

#[tokio::test]
async fn an_object_that_cannot_be_cleared_does_not_leave() {
    let mut cut = scan();
    cut.truncate(cut.len() - 9);
    for object in [ultrasound(), cut] {
        let provider = FakeProvider::start().await;
        let gateway = Gateway::before(&provider).await;
        let encoded = BASE64.encode(&object);
        let text = json!([{"role": "user", "content": format!("look at {encoded} please")}]);
        let in_text = json!({"model": "gpt-4o", "messages": text});
        for request in [chat_with_file("look", &encoded), in_text] {
            let answer = ask(&gateway, &request).await;
            assert_eq!(answer.status, 422, "{}", answer.body);
            assert!(answer.body.contains("DICOM"), "{}", answer.body);
        }
        assert_eq!(provider.bytes_received(), 0);
    }
}

#[tokio::test]
async fn the_record_counts_attributes_by_action() {
    let provider = FakeProvider::start().await;
    let mut gateway = Gateway::before(&provider).await;
    ask(&gateway, &chat_with_file(NOTE, &BASE64.encode(&scan()))).await;
    gateway.stop().await;
    let files = gateway.files();
    let is_recorded =
        |word: &str| files.iter().any(|(_, bytes)| memchr::memmem::find(bytes, word.as_bytes()).is_some());
    for word in ["\"dicom_objects\":1", "\"dicom_emptied\":", "\"dicom_mapped\":1"] {
        assert!(is_recorded(word), "{word} is not in the record");
    }
}
