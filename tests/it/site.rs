//! A site's own knowledge: what its roster holds leaves by no way, reloads need no restart, tenants have their lists.

use crate::gateway::{Gateway, chat};
use crate::provider::FakeProvider;
use cordon::config::Config;
use cordon::proxy::keyring::Keyring;
use secrecy::ExposeSecret;
use serde_json::json;

/// Values that no recognizer knows by itself.
const ROSTER: &str = "name,other_id,role\n\"Quill, Sorrel\",zq-77-41,patient\nTamarisk Heath,,staff\n";

const LISTS: &str = r#"
[[deny]]
value = "marble lantern"
entity = "OTHER_ID"
reason = "an unpublished study"
date = 2026-03-01
tenants = ["ward"]

[[deny]]
value = "copper kettle"
reason = "of another tenant"
date = 2026-03-01
tenants = ["research"]

[[allow]]
value = "Lakeview Hospital"
reason = "the name of a scale here"
date = 2026-03-01
tenants = ["ward"]
"#;

const DETECTION: &str = "[detection]\nroster = \"roster.csv\"\nlists = \"lists.toml\"";

/// The body of the last request.
fn sent(provider: &FakeProvider) -> String {
    provider.requests().pop().map(|request| request.body).unwrap_or_default()
}

async fn gateway(provider: &FakeProvider) -> Gateway {
    let files = [("roster.csv", ROSTER), ("lists.toml", LISTS)];
    Gateway::builder().provider(provider).settings(DETECTION).files(&files).configured_detector().start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_the_roster_leaves_by_no_way() {
    let provider = FakeProvider::start().await;
    let gateway = gateway(&provider).await;
    let writings = [
        "sorrel quill went home",
        "QUILL^SORREL^^^",
        "quill, sorrel",
        "Sorrel\u{a0}Quill",
        "Sórrel Q\u{200b}uill",
        "file sorrel_quill.pdf",
        "ref ZQ7741.",
        "ref zq 77 41",
        "seen by tamarisk heath",
        "MSH|^~\\&|A|B|||20240314||ORU^R01|1|P|2.5\rOBX|1|CE|ZQ-77-41^LOINC||sorrel quill||||||F\r",
        "c29ycmVsIHF1aWxsIHdlbnQgaG9tZSBhbG9uZSBvbiBmb290",
    ];
    for text in writings {
        let call = json!({"id": "call_1", "type": "function", "function": {
            "name": "note", "arguments": json!({ "text": text }).to_string(),
        }});
        let body = json!({
            "model": "gpt-test",
            "messages": [
                { "role": "user", "content": text },
                { "role": "assistant", "content": null, "tool_calls": [call] },
                { "role": "tool", "tool_call_id": "call_1", "content": [{ "type": "text", "text": text }] },
            ],
        });
        let answer = gateway.post("/v1/chat/completions", &body.to_string()).await;
        assert_eq!(answer.status, 200, "{text}: {}", answer.body);
    }
    let all = String::from_utf8(provider.received()).unwrap().to_lowercase();
    for part in ["sorrel", "quill", "tamarisk", "7741", "77-41", "77 41", "sórrel", "c29ycm"] {
        assert!(!all.contains(part), "{part} left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_and_the_lists_are_read_again_without_a_restart() {
    let provider = FakeProvider::start().await;
    let gateway = gateway(&provider).await;
    let text = "the amber thistle was seen once more in the course of this long text, which is remembered";
    gateway.chat(text).await;
    assert!(sent(&provider).contains("amber thistle"));

    std::fs::write(gateway.dir().join("roster.csv"), "name\namber thistle\n").unwrap();
    gateway.server.refresh_knowledge();
    gateway.chat(text).await;
    assert!(!sent(&provider).contains("amber"), "what was remembered before does not count");
    gateway.chat("Pick up the sorrel quill today.").await;
    assert!(sent(&provider).contains("sorrel quill"), "it is not in the roster any more");

    std::fs::write(gateway.dir().join("roster.csv"), "name,oops\nsorrel quill,1\n").unwrap();
    gateway.server.reload();
    gateway.chat(text).await;
    assert!(!sent(&provider).contains("amber"), "a roster with a mistake replaces none");
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_have_lists_of_their_own() {
    let provider = FakeProvider::start().await;
    let gateway = gateway(&provider).await;
    let text = "marble lantern, copper kettle, at Lakeview Hospital";
    gateway.chat(text).await;
    let body = sent(&provider);
    assert!(!body.contains("marble") && body.contains("copper kettle") && body.contains("Lakeview Hospital"), "{body}");

    let ring = gateway.dir().join("data/keys.toml");
    let key = Keyring::change(&ring, |ring| Ok(ring.add("test", "research").0)).unwrap();
    gateway.server.refresh_keys();
    let key = format!("Bearer {}", key.expose_secret());
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    let answer = gateway.send_as_is("POST", "/v1/chat/completions", &headers, &chat(text)).await;
    assert_eq!(answer.status, 200);
    let body = sent(&provider);
    assert!(body.contains("marble lantern") && !body.contains("copper") && !body.contains("Lakeview"), "{body}");
}

#[tokio::test]
async fn a_gateway_does_not_start_without_its_roster() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[server]\nplaintext = true\n[detection]\nroster = \"none.csv\"\n";
    let config = Config::parse(&dir.path().join("cordon.toml"), text).unwrap();
    assert!(cordon::server::Gateway::build(config).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_is_in_no_file_of_the_gateway() {
    let provider = FakeProvider::start().await;
    let mut gateway = gateway(&provider).await;
    gateway.chat("sorrel quill went home").await;
    gateway.stop().await;
    for (path, bytes) in gateway.files() {
        let own = path.ends_with("roster.csv") || path.ends_with("lists.toml");
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(own || !text.contains("quill"), "{}", path.display());
    }
}
