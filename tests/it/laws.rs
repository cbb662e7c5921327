//! What holds of every document, with the recognizers of the gateway: restoring gives back what came, what is cleared
//! has nothing left to clear, and a record says as an object what it says as a text.

use crate::gateway::analyzer;
use cordon::crypto::Key;
use cordon::deid::{Class, Cleared, Deidentifier, Document, Scope, Shape};
use cordon::json::{Limits, Node, parse};
use cordon::profile::Policy;
use cordon::reidentify::{Context, restore};
use cordon::rules::Rules;
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static DEIDENTIFIER: LazyLock<Deidentifier> = LazyLock::new(|| Deidentifier::new(analyzer(), Key::from_bytes([1; 32])));
static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Policy::load(&Rules::embedded(), Policy::DEFAULT).expect("the default profile"));

fn clear(json: &str) -> Cleared {
    let body = parse(json.as_bytes(), &Limits::default()).expect("strict JSON");
    let document = Document::new(Scope::tenant("laws"), body, Arc::new(Shape::new([("**", Class::Data)])));
    let deadline = Instant::now() + Duration::from_secs(60);
    DEIDENTIFIER.clear(document, &POLICY, deadline).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn sent(cleared: &Cleared) -> &str {
    std::str::from_utf8(cleared.body()).expect("JSON is UTF-8")
}

/// Sentences of clinics about invented people.
fn note() -> impl Strategy<Value = String> {
    let given = prop::sample::select(vec!["Zsofia", "Imre", "Adaeze", "Tomas", "Noor", "Grace", "Will"]);
    let family = prop::sample::select(vec!["Kovacs", "Okafor", "Zalan", "O'Brien", "Young", "Lindqvist-Mora"]);
    let day =
        (1..=12u32, 1..=28u32, 1940..=2024u32).prop_map(|(month, day, year)| format!("{month:02}/{day:02}/{year}"));
    let sentence =
        (0..8usize, given, family, day, 100_000..99_999_999u32).prop_map(|(kind, given, family, day, id)| match kind {
            0 => format!("Patient: {given} {family}  MRN: {id}  DOB: {day}"),
            1 => format!("Mr. {family} was seen on {day} for cough."),
            2 => format!("Dr. {given} {family} will call (617) 555-{:04}.", id % 10_000),
            3 => format!("BP 128/76, HR {}, SpO2 95% on room air.", 60 + id % 40),
            4 => format!("{given} lives at {} Elm Street, Boston, MA 02139.", id % 900 + 1),
            5 => format!(
                "Mail {}.{}@example.org by {day}.",
                given.to_lowercase(),
                family.replace('\'', "").to_lowercase()
            ),
            6 => "Continue lisinopril 10 mg daily, follow up in two weeks.".to_owned(),
            _ => format!("{family}, {given}\t{day}\t{id}"),
        });
    prop::collection::vec(sentence, 1..6).prop_map(|sentences| sentences.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_document_comes_back_as_it_was_and_is_cleared_once(note in note()) {
        let json = Node::<String>::Array(vec![Node::String(note)]).to_json();
        let cleared = clear(&json);
        prop_assert_eq!(restore(cleared.exchange(), Context::Json, sent(&cleared)).0, json);
        let again = clear(sent(&cleared));
        prop_assert_eq!(sent(&again), sent(&cleared));
        prop_assert!(again.exchange().is_empty());
    }
}

/// Records with `%` in every place that identifies.
const RECORDS: [&str; 4] = [
    r#"{"resourceType":"Patient","id":"%","identifier":[{"system":"urn:x","value":"%"}],"name":[{"use":"official","text":"%",
        "family":"%","given":["%","%"]}],"telecom":[{"system":"phone","value":"%"}],"address":[{"line":["%"],"city":"%",
        "postalCode":"%"}],"contact":[{"name":{"family":"%"}}],"generalPractitioner":[{"display":"%"}]}"#,
    r#"{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:%","resource":{"resourceType":"Observation","subject":
        {"reference":"Patient/%","display":"%"},"performer":[{"display":"%"}],"note":[{"text":"%"}],"extension":
        [{"url":"x","valueString":"%"}]}}]}"#,
    r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"%^%"}]},"00100020":{"vr":"LO","Value":["%"]},"00081030":{"vr":"LO",
        "Value":["%"]},"00400275":{"vr":"SQ","Value":[{"00401001":{"vr":"SH","Value":["%"]}}]},"00091001":{"vr":"LO",
        "Value":["%"]}}"#,
    r#"{"patient":{"lastName":"%","firstName":"%","mrn":"%","address":{"city":"%"}}}"#,
];

#[test]
fn no_canary_survives_in_a_record_as_an_object_or_as_a_text() {
    for record in RECORDS {
        let places = record.matches('%').count();
        // A different canary in each place, in the shape of a code that no list knows.
        let canary = |at: usize| format!("QWX{}ZK{}", ["BRD", "FLN", "GHT"][at % 3], 31_407 + 7 * at);
        let filled = record.split('%').enumerate().fold(String::new(), |all, (at, part)| match at {
            0 => part.to_owned(),
            _ => format!("{all}{}{part}", canary(at)),
        });
        let text = Node::<String>::String(filled.clone()).to_json();
        for json in [format!(r#"{{"result":{filled}}}"#), format!(r#"{{"result":{text}}}"#)] {
            let cleared = clear(&json);
            let survivors: Vec<usize> = (1..=places).filter(|&at| sent(&cleared).contains(&canary(at))).collect();
            assert!(survivors.is_empty(), "places {survivors:?} of {}", sent(&cleared));
            assert!(parse(cleared.body(), &Limits::default()).is_ok());
        }
    }
}

#[test]
fn a_number_is_nobodys_way_out() {
    for number in ["48392017", "48392017.0", "-48392017.00", "48392017e0"] {
        let cleared = clear(&format!(r#"{{"result":{{"value":{number}}}}}"#));
        assert!(!sent(&cleared).contains("48392017"), "{}", sent(&cleared));
        assert!(restore(cleared.exchange(), Context::Json, sent(&cleared)).0.contains(number));
    }
    let kept = clear(r#"{"result":{"value":1250.0,"ratio":0.7512345}}"#);
    assert!(sent(&kept).contains("1250.0") && sent(&kept).contains("0.7512345"));
}
