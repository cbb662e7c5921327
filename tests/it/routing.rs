//! Routes between local models and destinations: what goes out, what stays, and what the records say about it.

use crate::gateway::{Answer, Gateway};
use crate::provider::FakeProvider;
use crate::tiny;
use serde_json::{Value, json};

/// A gateway with a tiny model that comes first, before an external provider.
async fn gateway(provider: &FakeProvider, more: &str) -> (Gateway, tempfile::TempDir) {
    let (local, dir) = tiny::settings("");
    let settings = format!(
        "{local}\n[sensitive]\ncategories = [\"hiv\"]\nlabels = [\"psychiatry\"]\nmodel = \"local/tiny\"\n\
         [[route]]\nmodels = [\"gpt-first\"]\nsend = \"local_first\"\nmodel = \"local/tiny\"\n{more}"
    );
    (Gateway::builder().provider(provider).settings(&settings).start().await, dir)
}

fn asked(model: &str, turns: &[&str]) -> String {
    let roles = ["user", "assistant"].into_iter().cycle();
    let turns: Vec<Value> = roles.zip(turns).map(|(role, text)| json!({ "role": role, "content": text })).collect();
    json!({ "model": model, "max_tokens": 4, "messages": turns }).to_string()
}

async fn ask(gateway: &Gateway, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    gateway.send("POST", "/v1/chat/completions", &all, body).await
}

/// Who answered: the model's name in the answer.
async fn answered_by(gateway: &Gateway, headers: &[(&str, &str)], body: &str) -> String {
    let answer = ask(gateway, headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["model"].as_str().unwrap_or_default().to_owned()
}

fn recorded(gateway: &Gateway, word: &str) -> bool {
    let needle = format!("\"why\":\"{word}\"");
    gateway.files().iter().any(|(_, bytes)| bytes.windows(needle.len()).any(|window| window == needle.as_bytes()))
}

#[tokio::test]
async fn a_local_model_comes_first_and_a_client_may_ask_to_go_out() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = gateway(&provider, "external_on = [\"request\", \"overflow\"]").await;
    let long = "Maria Kovacs felt well. ".repeat(300);

    assert_eq!(answered_by(&gateway, &[], &asked("gpt-first", &["Seen: Maria Kovacs."])).await, "local/tiny");
    assert_eq!(provider.bytes_received(), 0);
    assert!(recorded(&gateway, "local_first"));

    let out = [("cordon-route", "external")];
    ask(&gateway, &out, &asked("gpt-first", &["Another: Maria Kovacs."])).await;
    assert_eq!(provider.requests().len(), 1);
    ask(&gateway, &[], &asked("gpt-first", &[&long])).await;
    assert_eq!(provider.requests().len(), 2);
    assert!(provider.saw("[NAME_1]") && !provider.saw("Kovacs") && !provider.saw("cordon-route"));
    assert!(recorded(&gateway, "asked_external") && recorded(&gateway, "overflow"));
}

#[tokio::test]
async fn a_conversation_that_was_local_stays_local() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = gateway(&provider, "external_on = [\"request\", \"overflow\"]").await;
    let out = [("cordon-route", "external")];
    assert_eq!(answered_by(&gateway, &[], &asked("gpt-first", &["Begin."])).await, "local/tiny");
    assert_eq!(answered_by(&gateway, &out, &asked("gpt-first", &["Begin.", "ok", "Go on."])).await, "local/tiny");
    let long = "word ".repeat(3000);
    let overflow = ask(&gateway, &out, &asked("gpt-first", &["Begin.", "ok", &long])).await;
    assert_eq!(overflow.code(), "context_length_exceeded");
    assert_eq!(provider.bytes_received(), 0);
    assert!(recorded(&gateway, "sticky"));
}

#[tokio::test]
async fn what_is_sensitive_never_goes_out() {
    let provider = FakeProvider::start().await;
    let exceptions = "external_on = [\"request\", \"overflow\", \"unavailable\", \"unsupported\"]";
    let (gateway, _models) = gateway(&provider, exceptions).await;
    let out = [("cordon-route", "external")];
    // For a model that other requests reach outside, and for one that comes after a local one.
    for model in ["gpt-test", "gpt-first"] {
        let note = asked(model, &["Known HIV, on dolutegravir."]);
        assert_eq!(answered_by(&gateway, &out, &note).await, "local/tiny");
        let labelled = [("cordon-label", "psychiatry"), ("cordon-route", "external")];
        assert_eq!(answered_by(&gateway, &labelled, &asked(model, &["Feels better."])).await, "local/tiny");
        let long = format!("HIV clinic. {}", "word ".repeat(3000));
        assert_eq!(ask(&gateway, &out, &asked(model, &[&long])).await.code(), "context_length_exceeded");
    }
    assert_eq!(ask(&gateway, &[("cordon-label", "psychatry")], &asked("gpt-test", &["x"])).await.status, 400);
    assert_eq!(ask(&gateway, &[("cordon-route", "anywhere")], &asked("gpt-test", &["x"])).await.status, 400);
    // What no local model can do is refused, not sent.
    let embedding = r#"{"model":"gpt-test","input":"Known HIV."}"#;
    assert_eq!(gateway.post("/v1/embeddings", embedding).await.code(), "unsupported_feature");
    assert_eq!(provider.bytes_received(), 0);
    assert!(recorded(&gateway, "sensitive:hiv") && recorded(&gateway, "label:psychiatry"));
}

#[tokio::test]
async fn a_failure_widens_nothing_that_the_route_does_not_name() {
    let provider = FakeProvider::start().await;
    let dir = tempfile::tempdir().unwrap();
    let start = async |exceptions: &str| {
        let settings = format!(
            "[local]\ndirectory = {:?}\n[local.models.absent]\n[[route]]\nsend = \"local_first\"\n\
             model = \"local/absent\"\nexternal_on = [{exceptions}]",
            dir.path()
        );
        Gateway::builder().provider(&provider).settings(&settings).start().await
    };
    let closed = start("\"request\", \"overflow\", \"unsupported\"").await;
    assert_eq!(ask(&closed, &[], &asked("gpt-test", &["Seen."])).await.code(), "local_unavailable");
    assert_eq!(provider.bytes_received(), 0);
    let open = start("\"unavailable\"").await;
    assert_eq!(ask(&open, &[], &asked("gpt-test", &["Seen: Maria Kovacs."])).await.status, 200);
    assert!(provider.saw("[NAME_1]") && !provider.saw("Kovacs"));
    assert!(recorded(&open, "unavailable"));
}

#[tokio::test]
async fn a_preview_tells_the_decision() {
    let provider = FakeProvider::start().await;
    let (gateway, _models) = gateway(&provider, "external_on = [\"request\"]").await;
    let preview = async |headers: &[(&str, &str)], model: &str| {
        let mut all = vec![("cordon-preview", "true")];
        all.extend_from_slice(headers);
        let shown = ask(&gateway, &all, &asked(model, &["Seen: Maria Kovacs."])).await.json();
        (shown["leaves"].as_bool().unwrap(), shown["why"].as_str().unwrap().to_owned(), shown["destination"].clone())
    };
    assert_eq!(preview(&[], "gpt-first").await, (false, "local_first".into(), json!("local/tiny")));
    let out = [("cordon-route", "external")];
    assert_eq!(preview(&out, "gpt-first").await, (true, "asked_external".into(), json!("openai")));
    assert_eq!(preview(&[("cordon-label", "psychiatry")], "gpt-test").await.1, "label:psychiatry");
    let labels = [("cordon-label", "psychiatry"), ("cordon-label", "pyschiatry"), ("cordon-preview", "true")];
    let misspelled = ask(&gateway, &labels, &asked("gpt-test", &["hello"])).await;
    assert_eq!((misspelled.status, misspelled.code().as_str()), (400, "invalid_value"), "{}", misspelled.body);
    assert_eq!(provider.bytes_received(), 0);
}

#[tokio::test]
async fn a_picture_stays_and_what_a_local_model_says_of_it_goes() {
    let provider = FakeProvider::start().await;
    let picture = |bytes: &[u8]| {
        let url = format!("data:image/png;base64,{}", data_encoding::BASE64.encode(bytes));
        let parts = json!([{ "type": "text", "text": "Seen: Maria Kovacs." }, { "type": "image_url", "image_url": { "url": url } }]);
        json!({ "model": "gpt-test", "messages": [{ "role": "user", "content": parts }] }).to_string()
    };
    let mut png = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_fn(40, 40, |x, y| image::Rgb([x as u8, y as u8, 9]));
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = png.into_inner();

    // Off unless a route says so.
    let (gateway, _models) = gateway(&provider, "").await;
    assert_eq!(ask(&gateway, &[], &picture(&png)).await.code(), "opaque_content");
    assert_eq!(provider.bytes_received(), 0);

    let (local, _models) = tiny::settings("");
    let settings = format!("{local}\n[[route]]\nsend = \"external\"\npictures = \"local/tiny\"");
    let gateway = Gateway::builder().provider(&provider).settings(&settings).start().await;
    assert_eq!(ask(&gateway, &[], &picture(&png[..60])).await.code(), "invalid_value");
    assert_eq!(provider.bytes_received(), 0);
    assert_eq!(ask(&gateway, &[], &picture(&png)).await.status, 200);
    assert_eq!(ask(&gateway, &[], &picture(&png)).await.status, 200);
    let requests = provider.requests();
    let sent: Value = serde_json::from_str(&requests[0].body).unwrap();
    let words = sent["messages"][0]["content"][1]["text"].as_str().unwrap();
    assert!(words.starts_with("Image 1, not sent; findings of a local model: "), "{words}");
    assert_eq!(requests[0].body, requests[1].body, "the same picture has the same words in every turn");
    assert!(!provider.saw("base64") && !provider.saw("Kovacs"));
    let recorded = |needle: &str| {
        gateway.files().iter().any(|(_, bytes)| bytes.windows(needle.len()).any(|window| window == needle.as_bytes()))
    };
    assert!(recorded("\"media_dropped\":1,\"model\":\"local/tiny\""));
}
