//! Local answers in every dialect, from a tiny random model: the shapes that SDKs read, whole and as streams.

use crate::gateway::{Answer, Gateway};
use crate::provider::{FakeProvider, Step, whole};
use crate::tiny;
use serde_json::{Value, json};

const MODEL: &str = "local/tiny";

async fn post(gateway: &Gateway, path: &str, body: &Value) -> Answer {
    let answer = gateway.post(path, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert!(answer.complete, "{path}: cut");
    answer
}

/// The data of server-sent events.
fn events(answer: &Answer) -> Vec<Value> {
    let data = answer.body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).expect("events are JSON")).collect()
}

fn with(body: &Value, more: Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn responses_whole_and_event_by_event() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = tiny::gateway(&provider, "").await;
    let body = json!({ "model": MODEL, "input": "hello", "instructions": "be brief", "temperature": 0, "max_output_tokens": 8 });

    let whole = post(&gateway, "/v1/responses", &body).await.json();
    assert_eq!((&whole["object"], &whole["status"]), (&json!("response"), &json!("incomplete")));
    assert_eq!(whole["instructions"], "be brief");
    let text = whole["output"][0]["content"][0]["text"].as_str().unwrap().to_owned();

    let streamed = post(&gateway, "/v1/responses", &with(&body, json!({ "stream": true }))).await;
    let events = events(&streamed);
    let deltas: String = events
        .iter()
        .filter(|&event| event["type"] == "response.output_text.delta")
        .map(|event| event["delta"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(deltas, text);
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.incomplete");
    assert_eq!(last["response"]["output"][0]["content"][0]["text"], text);
    assert_eq!(last["response"]["usage"]["output_tokens"], 8);

    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer", "maximum": 9, "minimum": 0 } },
        "required": ["n"], "additionalProperties": false });
    let format = json!({ "text": { "format": { "type": "json_schema", "name": "a", "schema": schema } }, "max_output_tokens": 300 });
    let shaped = post(&gateway, "/v1/responses", &with(&body, format)).await.json();
    let text = shaped["output"][0]["content"][0]["text"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(text).unwrap()["n"].is_u64(), "{text}");

    let tools = json!({ "tools": [{ "type": "function", "name": "labs", "parameters": schema }], "tool_choice": "required",
        "max_output_tokens": 400 });
    let called = post(&gateway, "/v1/responses", &with(&body, tools)).await.json();
    assert_eq!((&called["output"][0]["type"], &called["output"][0]["name"]), (&json!("function_call"), &json!("labs")));
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn gemini_whole_as_events_and_as_an_array() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = tiny::gateway(&provider, "").await;
    let body = json!({ "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }],
        "generation_config": { "temperature": 0, "max_output_tokens": 8 } });
    let at = |verb: &str| format!("/v1beta/models/{MODEL}:{verb}");

    let whole = post(&gateway, &at("generateContent"), &body).await.json();
    assert_eq!(
        (&whole["candidates"][0]["finishReason"], &whole["modelVersion"]),
        (&json!("MAX_TOKENS"), &json!(MODEL))
    );
    let text = whole["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap().to_owned();

    let streamed = post(&gateway, &at("streamGenerateContent?alt=sse"), &body).await;
    let array = post(&gateway, &at("streamGenerateContent"), &body).await.json();
    for parts in [events(&streamed), array.as_array().unwrap().clone()] {
        let part = |event: &Value| event["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap().to_owned();
        assert_eq!(parts.iter().map(part).collect::<String>(), text);
        assert_eq!(parts.last().unwrap()["usageMetadata"]["candidatesTokenCount"], 8);
    }

    let shaped = json!({ "generationConfig": { "temperature": 0, "maxOutputTokens": 300, "responseMimeType": "application/json",
        "responseSchema": { "type": "OBJECT", "properties": { "n": { "type": "INTEGER", "minimum": 0, "maximum": 9 } }, "required": ["n"] } } });
    let mut body = body;
    body.as_object_mut().unwrap().remove("generation_config");
    let shaped = post(&gateway, &at("generateContent"), &with(&body, shaped)).await.json();
    let text = shaped["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(text).unwrap()["n"].is_u64(), "{text}");
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn messages_and_ollama_whole_and_streamed() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = tiny::gateway(&provider, "").await;
    let messages = json!([{ "role": "user", "content": "hello" }]);

    let body = json!({ "model": MODEL, "max_tokens": 8, "temperature": 0, "messages": messages });
    let whole = post(&gateway, "/v1/messages", &body).await.json();
    let streamed = post(&gateway, "/v1/messages", &with(&body, json!({ "stream": true }))).await;
    let deltas = events(&streamed)
        .iter()
        .filter_map(|event| event["delta"]["text"].as_str().map(str::to_owned))
        .collect::<String>();
    assert_eq!(whole["content"][0]["text"], deltas);
    assert_eq!(whole["stop_reason"], "max_tokens");

    let body = json!({ "model": MODEL, "messages": messages, "options": { "num_predict": 8, "temperature": 0 } });
    let streamed = post(&gateway, "/api/chat", &body).await;
    let lines: Vec<Value> = streamed.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text: String = lines.iter().map(|line| line["message"]["content"].as_str().unwrap()).collect();
    assert_eq!(text, deltas);
    assert_eq!(lines.last().unwrap()["eval_count"], 8);
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn lists_of_models_name_the_local_ones_beside_those_of_the_destination() {
    let listed = r#"{"object":"list","data":[{"id":"gpt-test","object":"model"}]}"#;
    let provider = FakeProvider::with(|_| vec![Step::Send(whole("application/json", listed))]).await;
    let (gateway, _models) = tiny::gateway(&provider, "").await;
    let list = gateway.send("GET", "/v1/models", &[], "").await.json();
    let ids: Vec<&str> = list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["gpt-test", MODEL]);
    let one = gateway.send("GET", "/v1/models/local/tiny", &[], "").await.json();
    assert_eq!(one["id"], MODEL);
    let asked = provider.bytes_received();
    let gemini = gateway.send("GET", "/v1beta/models", &[], "").await.json();
    assert_eq!(gemini["models"][0]["name"], format!("models/{MODEL}"));
    let anthropic = gateway.send("GET", "/v1/models", &[("anthropic-version", "2023-06-01")], "").await.json();
    assert_eq!(anthropic["last_id"], MODEL);
    assert_eq!(gateway.send("GET", "/api/tags", &[], "").await.json()["models"][0]["model"], MODEL);
    assert_eq!(provider.bytes_received(), asked, "a destination of another API was asked");
}
