//! What can go wrong with a local model, each with a tiny one: nothing leaves, nothing hangs, and what went wrong has a
//! name. And what the engine promises while nothing goes wrong: turns for tenants, prefixes within one, adapters.

use crate::gateway::{Answer, Gateway};
use crate::provider::FakeProvider;
use crate::tiny;
use cordon::local::prompt::{Message, Piece, Prompt, Sampling, Speaker};
use cordon::local::store::{Role, Store};
use cordon::local::{ModelSettings, Models};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn ask(gateway: &Gateway, model: &str, more: Value) -> Answer {
    let mut body = json!({ "model": model, "temperature": 0, "max_tokens": 4, "messages": [{ "role": "user", "content": "hello" }] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    gateway.post("/v1/chat/completions", &body.to_string()).await
}

fn import(store: &Path, name: &str, role: Role, bytes: &[u8]) -> Result<(), String> {
    let file = store.join("import.gguf");
    std::fs::create_dir_all(store).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let imported = Store::new(store).import(name, role, &[file], None, "test", None);
    imported.map(|_| ()).map_err(|error| error.to_string())
}

fn settings(store: &Path, program: &Path, names: &[&str]) -> String {
    let models: String =
        names.iter().map(|name| format!("[local.models.{name}]\ncontext = 2048\nthreads = 1\n")).collect();
    format!("[local]\ndirectory = {store:?}\nprogram = {program:?}\n{models}")
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cordon"))
}

#[tokio::test]
async fn files_that_are_not_what_they_should_be_refuse_by_name() {
    let provider = FakeProvider::start().await;
    let dir = tempfile::tempdir().unwrap();
    let whole = tiny::gemma3();
    assert!(import(dir.path(), "cut", Role::Model, &whole[..whole.len() - 900]).is_err());
    assert!(import(dir.path(), "noise", Role::Model, b"GGUFnonsense").is_err());
    import(dir.path(), "changed", Role::Model, &whole).unwrap();
    let file = dir.path().join("changed/model.gguf");
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    import(dir.path(), "abacus", Role::Model, &tiny::unknown_architecture()).unwrap();
    import(dir.path(), "tiny", Role::Model, &whole).unwrap();
    import(dir.path(), "tiny", Role::Adapter("foreign".into()), &tiny::foreign_adapter()).ok();
    let settings = settings(dir.path(), program(), &["changed", "abacus", "absent"]);
    let gateway = Gateway::builder().provider(&provider).settings(&settings).start().await;
    for model in ["changed", "abacus", "absent"] {
        let started = Instant::now();
        let answer = ask(&gateway, &format!("local/{model}"), json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "local_unavailable"), "{model}: {}", answer.body);
        assert!(started.elapsed() < Duration::from_secs(20), "{model} took {:?}", started.elapsed());
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn a_process_without_memory_refuses_and_does_not_hang() {
    use std::os::unix::fs::PermissionsExt;
    let provider = FakeProvider::start().await;
    let dir = tempfile::tempdir().unwrap();
    import(&dir.path().join("store"), "tiny", Role::Model, &tiny::gemma3()).unwrap();
    let script = dir.path().join("small");
    // Enough to start the program, not enough for a context.
    std::fs::write(&script, format!("#!/bin/sh\nulimit -v 260000\nexec {:?} \"$@\"\n", program())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut settings = settings(&dir.path().join("store"), &script, &["tiny"]);
    settings.push_str("parallel = 64\n");
    let settings = settings.replace("context = 2048", "context = 262144");
    let gateway = Gateway::builder().provider(&provider).settings(&settings).start().await;
    let started = Instant::now();
    let answer = ask(&gateway, "local/tiny", json!({})).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "local_unavailable"), "{}", answer.body);
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn an_adapter_is_applied_by_name_and_one_of_another_model_is_refused() {
    let provider = FakeProvider::start().await;
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "tiny", Role::Model, &tiny::gemma3()).unwrap();
    import(dir.path(), "tiny", Role::Adapter("radiology".into()), &tiny::adapter()).unwrap();
    import(dir.path(), "other", Role::Model, &tiny::gemma3()).unwrap();
    let foreign = import(dir.path(), "other", Role::Adapter("x".into()), &tiny::foreign_adapter());
    let settings = settings(dir.path(), program(), &["tiny", "other"]);
    let gateway = Gateway::builder().provider(&provider).settings(&settings).start().await;
    let said = async |model: &str| {
        let answer = ask(&gateway, model, json!({ "max_tokens": 12 })).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.body);
        answer.content()
    };
    let (plain, adapted) = (said("local/tiny").await, said("local/tiny+radiology").await);
    assert_ne!(plain, adapted, "the adapter changes nothing");
    // Neither reads what was computed under the other, whatever the order.
    assert_eq!(said("local/tiny").await, plain);
    assert_eq!(said("local/tiny+radiology").await, adapted);
    let both = futures_util::future::join(said("local/tiny"), said("local/tiny+radiology")).await;
    assert_eq!(both, (plain, adapted));
    assert_eq!(ask(&gateway, "local/tiny+cardiology", json!({})).await.code(), "unknown_model");
    let list = gateway.send("GET", "/v1/models/local/tiny+radiology", &[], "").await.json();
    assert_eq!(list["id"], "local/tiny+radiology");
    // Refused when it is installed, or when the model is loaded; never by an abort.
    if foreign.is_ok() {
        assert_eq!(ask(&gateway, "local/other", json!({})).await.code(), "local_unavailable");
    }
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn a_hundred_at_once_and_one_that_does_not_read_hold_up_nobody() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = tiny::gateway(&provider, "parallel = 4\nqueue = 60").await;
    assert_eq!(ask(&gateway, "local/tiny", json!({})).await.status, 200);
    let body = json!({ "model": "local/tiny", "stream": true, "max_tokens": 1500, "messages": [{ "role": "user", "content": "hello" }] });
    let body = body.to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        gateway.key,
        body.len()
    );
    let mut lazy = TcpStream::connect(gateway.address).await.unwrap();
    lazy.write_all(head.as_bytes()).await.unwrap();
    let answers = futures_util::future::join_all((0..100).map(|_| ask(&gateway, "local/tiny", json!({})))).await;
    let answered = answers.iter().filter(|answer| answer.status == 200).count();
    let refused =
        answers.iter().filter(|answer| matches!(answer.code().as_str(), "overloaded" | "rate_limited")).count();
    assert_eq!(answered + refused, 100, "{answered} answered, {refused} refused");
    assert!(answered >= 50, "{answered} answered");
    // It reads at last, and has lost nothing.
    let mut received = Vec::new();
    let whole = async {
        while !received.windows(6).any(|window| window == b"[DONE]") {
            let mut part = [0; 4096];
            match lazy.read(&mut part).await.unwrap() {
                0 => break,
                length => received.extend(&part[..length]),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), whole).await.expect("the stream ends");
    assert!(String::from_utf8_lossy(&received).contains("[DONE]"));
    assert_eq!(provider.bytes_received(), 0);
}

/// Counts of a whole answer: tokens of input, and those of them that were known.
async fn counts(models: &Models, tenant: &str, text: &str) -> (u32, u32) {
    let prompt = Prompt {
        messages: vec![Message::text(Speaker::User, text)],
        sampling: Sampling { temperature: Some(0.0), ..Sampling::default() },
        max_tokens: Some(2),
        choices: 1,
        ..Prompt::default()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut answer = models.answer("local/tiny", tenant, prompt, deadline).unwrap();
    let mut counts = (0, 0);
    while let Some(piece) = answer.next().await {
        if let Piece::Start { prompt_tokens, cached_tokens, .. } = piece.unwrap() {
            counts = (prompt_tokens, cached_tokens);
        }
    }
    counts
}

fn models(dir: &Path, parallel: u32) -> Arc<Models> {
    import(dir, "tiny", Role::Model, &tiny::gemma3()).unwrap();
    let model = ModelSettings { context: 2048, parallel, threads: 1, queue: 200, ..ModelSettings::default() };
    let settings = cordon::local::Settings {
        directory: Some(dir.to_owned()),
        program: Some(program().to_owned()),
        models: [("tiny".to_owned(), model)].into(),
        ..Default::default()
    };
    Arc::new(Models::start(&settings).unwrap())
}

#[tokio::test]
async fn what_one_tenant_asked_is_never_used_for_another() {
    let dir = tempfile::tempdir().unwrap();
    let models = models(dir.path(), 4);
    let text = "a long beginning that both ask about in the same words";
    let (input, first) = counts(&models, "ward", text).await;
    let (_, own) = counts(&models, "ward", text).await;
    let (_, other) = counts(&models, "lab", text).await;
    assert_eq!((first, own, other), (0, input - 1, 0));
}

#[tokio::test]
async fn tenants_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let models = models(dir.path(), 1);
    models.settled().await;
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut asking = Vec::new();
    for (tenant, count) in [("many", 20), ("few", 2)] {
        for _ in 0..count {
            let (models, order) = (models.clone(), order.clone());
            asking.push(tokio::spawn(async move {
                counts(&models, tenant, "a question of some length for the tiny model").await;
                order.lock().unwrap().push(tenant);
            }));
            // In this order into the queue.
            tokio::task::yield_now().await;
        }
    }
    for asked in asking {
        asked.await.unwrap();
    }
    let order = order.lock().unwrap();
    let last = order.iter().rposition(|tenant| *tenant == "few").unwrap();
    assert!(last < 12, "the few waited for the many: {order:?}");
}
