//! Embeddings of a local model in every API that has them, and who makes none.

use crate::gateway::Gateway;
use crate::provider::FakeProvider;
use crate::tiny;
use cordon::local::store::{Role, Store};
use data_encoding::BASE64;
use serde_json::{Value, json};

async fn gateway(provider: &FakeProvider) -> (Gateway, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [("vectors", tiny::embedder()), ("tiny", tiny::gemma3())] {
        let file = dir.path().join("file.gguf");
        std::fs::write(&file, bytes).unwrap();
        Store::new(dir.path().join("store")).import(name, Role::Model, &[file], None, "test", None).unwrap();
    }
    let table = |name: &str| format!("[local.models.{name}]\ncontext = 1024\nthreads = 1\n");
    let settings = format!(
        "[local]\ndirectory = {:?}\nprogram = {:?}\n{}{}",
        dir.path().join("store"),
        env!("CARGO_BIN_EXE_cordon"),
        table("vectors"),
        table("tiny")
    );
    (Gateway::builder().provider(provider).settings(&settings).start().await, dir)
}

fn vector(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

#[tokio::test]
async fn every_api_gets_the_same_vectors_and_nothing_leaves() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = gateway(&provider).await;
    let sent = async |path: &str, body: Value| {
        let answer = gateway.post(path, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    };
    let texts = ["Maria Kovacs", "chest pain"];
    let openai = sent("/v1/embeddings", json!({ "model": "local/vectors", "input": texts })).await;
    let (one, two) = (vector(&openai["data"][0]["embedding"]), vector(&openai["data"][1]["embedding"]));
    assert!(openai["usage"]["prompt_tokens"].as_u64() > Some(4));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    assert!((dot(&one, &one) - 1.0).abs() < 1e-4 && dot(&one, &two) < 0.999, "{}", dot(&one, &two));

    let alone = json!({ "model": "local/vectors", "input": texts[1], "encoding_format": "base64" });
    let bytes = sent("/v1/embeddings", alone).await["data"][0]["embedding"].clone();
    let bytes = BASE64.decode(bytes.as_str().unwrap().as_bytes()).unwrap();
    let read: Vec<f32> = bytes.chunks(4).map(|value| f32::from_le_bytes(value.try_into().unwrap())).collect();
    assert!(dot(&read, &two) > 0.9999, "not the same alone as after another");

    let ollama = sent("/api/embed", json!({ "model": "local/vectors", "input": texts })).await;
    assert!(dot(&vector(&ollama["embeddings"][0]), &one) > 0.9999);
    let ollama = sent("/api/embeddings", json!({ "model": "local/vectors", "prompt": texts[1] })).await;
    assert!(dot(&vector(&ollama["embedding"]), &two) > 0.9999);
    let content = json!({ "parts": [{ "text": texts[0] }] });
    let gemini = "/v1beta/models/local/vectors";
    let single = sent(&format!("{gemini}:embedContent"), json!({ "content": content })).await;
    assert!(dot(&vector(&single["embedding"]["values"]), &one) > 0.9999);
    let batch = json!({ "requests": [{ "model": "models/local/vectors", "content": content }] });
    let batch = sent(&format!("{gemini}:batchEmbedContents"), batch).await;
    assert!(dot(&vector(&batch["embeddings"][0]["values"]), &one) > 0.9999);
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn who_makes_none_says_so_and_what_does_not_fit_is_refused() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = gateway(&provider).await;
    let code = async |path: &str, body: Value| gateway.post(path, &body.to_string()).await.code();
    let embed = |model: &str, input: Value, more: Value| {
        let mut body = json!({ "model": model, "input": input });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let path = "/v1/embeddings";
    assert_eq!(code(path, embed("local/tiny", json!("x"), json!({}))).await, "unsupported_feature");
    let chat = json!({ "model": "local/vectors", "messages": [{ "role": "user", "content": "x" }] });
    assert_eq!(code("/v1/chat/completions", chat).await, "unsupported_feature");
    let shorter = embed("local/vectors", json!("x"), json!({ "dimensions": 8 }));
    assert_eq!(code(path, shorter).await, "unsupported_feature");
    for (input, expected) in [
        (json!("word ".repeat(2000)), "context_length_exceeded"),
        (json!("x".repeat(100_000)), "context_length_exceeded"),
        (json!([]), "invalid_value"),
        (json!([[1, 2]]), "invalid_value"),
    ] {
        assert_eq!(code(path, embed("local/vectors", input.clone(), json!({}))).await, expected);
    }
    assert_eq!(code(path, embed("local/vectors", json!("<eos><pad>\u{0} and on"), json!({}))).await, "");
    assert_eq!(provider.bytes_received(), 0);
}
