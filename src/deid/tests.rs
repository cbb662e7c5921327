//! Whole documents through `clear`, with a detector that finds what it is told to find.

use super::*;
use crate::entity::{EntityType, Role, Strength};
use crate::json::{Limits, Node, parse};
use crate::rules::Rules;
use std::time::Duration;

/// Finds every occurrence of some words, each as a word of its own.
pub(crate) struct Words(pub Vec<(&'static str, EntityType)>);

impl Detector for Words {
    fn analyze(&self, document: &[Segment<'_>], _deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        let find = |segment: &Segment<'_>| {
            let all = self.0.iter().flat_map(|&(word, entity)| {
                segment.text.match_indices(word).map(move |(start, _)| Finding {
                    span: (start..start + word.len()).into(),
                    entity,
                    role: Role::Subject,
                    strength: Strength::Certain,
                    recognizer: "words".into(),
                })
            });
            crate::recognize::merge::unite(all.collect())
        };
        Ok(document.iter().map(find).collect())
    }
}

pub(crate) fn words() -> Words {
    use EntityType::*;
    Words(vec![
        ("Maria Kovacs", Name),
        ("Kovacs, Maria", Name),
        ("Kovacs", Name),
        ("Jose Okafor", Name),
        ("483920", Mrn),
        ("555-010-0134", Phone),
        ("3/3/2024", Date),
        ("March 15, 2024", Date),
        ("02/11/1931", Date),
        ("02139", Location),
        ("93 years", AgeOver89),
        ("219-09-9999", Ssn),
    ])
}

fn shape() -> Arc<Shape> {
    Arc::new(Shape::new([
        ("model", Class::Identifier),
        ("max_tokens", Class::Number { min: 1.0, max: 1e6 }),
        ("messages[].role", Class::Vocabulary(&["user", "assistant"])),
        ("messages[].content", Class::Text),
        ("messages[].content[].signature", Class::Signature { of: "thinking" }),
        ("messages[].content[].data", Class::Media),
        ("messages[].content[].url", Class::Url),
        ("metadata", Class::Data),
        ("tokens", Class::TokenIds),
        ("store", Class::Refuse(Reason::UnsupportedFeature)),
    ]))
}

fn policy(name: &str) -> Policy {
    Policy::load(&Rules::embedded(), name).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn deidentifier() -> Deidentifier {
    Deidentifier::new(Arc::new(words()), Key::from_bytes([1; 32]))
}

fn attempt(json: &str, profile: &str) -> Result<Cleared, Refusal> {
    let body = parse(json.as_bytes(), &Limits::default()).expect("strict JSON");
    let document = Document::new(Scope::tenant("t"), body, shape());
    deidentifier().clear(document, &policy(profile), Instant::now() + Duration::from_secs(10))
}

#[track_caller]
fn check(json: &str, expected: &str) {
    let cleared = attempt(json, Policy::DEFAULT).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(std::str::from_utf8(cleared.body()), Ok(expected));
}

#[track_caller]
fn refused(json: &str, reason: Reason, place: &str) {
    let refusal = attempt(json, Policy::DEFAULT).expect_err("must be refused");
    assert_eq!((refusal.reason, refusal.place.as_deref().unwrap_or_default()), (reason, place));
    assert!(!refusal.to_string().contains("Kovacs") && !format!("{refusal:?}").contains("483920"));
}

#[test]
fn names_are_numbered_and_forms_told_apart() {
    check(
        r#"{"messages":[{"role":"user","content":"Maria Kovacs, then Kovacs, Maria, then Jose Okafor and Kovacs; Maria Kovacs"}]}"#,
        r#"{"messages":[{"role":"user","content":"[NAME_1], then [NAME_1b], then [NAME_2] and [NAME_1c]; [NAME_1]"}]}"#,
    );
}

#[test]
fn dates_keep_the_timeline() {
    check(
        r#"{"a":"from 3/3/2024 to March 15, 2024, again 3/3/2024"}"#,
        r#"{"a":"from [DAY_0] to [DAY_+12], again [DAY_0]"}"#,
    );
}

#[test]
fn unknown_fields_numbers_and_nested_json_are_inspected() {
    check(
        r#"{"zzz":{"n":483920,"m":[1.50,"Maria Kovacs"]},"arguments":"{\"mrn\": 483920, \"who\": \"Maria \\u004bovacs\"}"}"#,
        r#"{"zzz":{"n":900001,"m":[1.50,"[NAME_1]"]},"arguments":"{\"mrn\": 900001, \"who\": \"[NAME_1]\"}"}"#,
    );
    check(r#"{"a":"{ \"b\" : 1 }"}"#, r#"{"a":"{ \"b\" : 1 }"}"#);
}

#[test]
fn keys_refuse_unless_they_are_data() {
    refused(r#"{"zzz":{"Maria Kovacs":1}}"#, Reason::ForbiddenEntity(EntityType::Name), "*.*");
    check(r#"{"metadata":{"Maria Kovacs":"x"}}"#, r#"{"metadata":{"[NAME_1]":"x"}}"#);
    check(r#"{"arguments":"{\"Maria Kovacs\":1}"}"#, r#"{"arguments":"{\"[NAME_1]\":1}"}"#);
}

#[test]
fn what_is_validated_goes_as_it_is() {
    check(
        r#"{"model":"m-1","max_tokens":9,"messages":[{"role":"user"}]}"#,
        r#"{"model":"m-1","max_tokens":9,"messages":[{"role":"user"}]}"#,
    );
    refused(r#"{"model":"Maria Kovacs"}"#, Reason::ForbiddenEntity(EntityType::Name), "model");
    refused(r#"{"messages":[{"role":"Maria Kovacs"}]}"#, Reason::InvalidValue, "messages[0].role");
    refused(r#"{"max_tokens":0}"#, Reason::InvalidValue, "max_tokens");
    refused(r#"{"tokens":[1,2]}"#, Reason::TokenIds, "tokens[0]");
    check(r#"{"tokens":["Maria Kovacs"]}"#, r#"{"tokens":["[NAME_1]"]}"#);
    refused(r#"{"store":true}"#, Reason::UnsupportedFeature, "store");
    check(r#"{"store":false}"#, r#"{"store":false}"#);
}

#[test]
fn base64_is_read() {
    let text = data_encoding::BASE64.encode(b"seen: Maria Kovacs today");
    check(&format!(r#"{{"a":"x {text} y"}}"#), r#"{"a":"x [NAME_1] y"}"#);
    let cleared = data_encoding::BASE64.encode(b"seen: [NAME_1] today");
    check(
        &format!(r#"{{"messages":[{{"content":[{{"data":"{text}"}}]}}]}}"#),
        &format!(r#"{{"messages":[{{"content":[{{"data":"{cleared}"}}]}}]}}"#),
    );
    let png = data_encoding::BASE64.encode(&[b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 64]].concat());
    refused(
        &format!(r#"{{"messages":[{{"content":[{{"data":"{png}"}}]}}]}}"#),
        Reason::OpaqueContent,
        "messages[0].content[0].data",
    );
    refused(&format!(r#"{{"a":"data:image/png;base64,{png}"}}"#), Reason::OpaqueContent, "*");
    refused(
        r#"{"messages":[{"content":[{"url":"https://evil.example/x"}]}]}"#,
        Reason::RemoteFetch,
        "messages[0].content[0].url",
    );
}

#[test]
fn look_alikes_are_reserved() {
    let cleared = attempt(r#"{"a":"[NAME_1] and Maria Kovacs, name_2? [Name 3], 3/3/2024 [DAY_7]"}"#, Policy::DEFAULT)
        .expect("clear");
    assert_eq!(cleared.body(), br#"{"a":"[NAME_1] and [NAME_2], name_2? [Name 3], [DATE_1] [DAY_7]"}"#);
    assert_eq!(cleared.exchange().original(&crate::pseudonym::Pseudonym::new("NAME", 1, 0)), None);
}

#[test]
fn clearing_again_changes_nothing() {
    let once = attempt(r#"{"a":"Maria Kovacs 483920 on 3/3/2024 at 02139, 93 years","n":483920}"#, Policy::DEFAULT)
        .expect("clear");
    let text = std::str::from_utf8(once.body()).expect("UTF-8");
    assert_eq!(text, r#"{"a":"[NAME_1] [MRN_1] on [DAY_0] at [ZIP021_1], 90+ years","n":900001}"#);
    let twice = attempt(text, Policy::DEFAULT).expect("clear");
    assert_eq!(once.body(), twice.body());
}

#[test]
fn a_foreign_signature_keeps_its_text_or_refuses() {
    let with = |thinking: &str, signature: &str| {
        format!(r#"{{"messages":[{{"content":[{{"thinking":"{thinking}","signature":"{signature}"}}]}}]}}"#)
    };
    check(&with("plain", "EqQBCg=="), &with("plain", "EqQBCg=="));
    refused(&with("Maria Kovacs", "EqQBCg=="), Reason::ForbiddenEntity(EntityType::Name), "messages[0].content[0].*");
    let seal = deidentifier().seals(&Scope::tenant("t")).seal("EqQBCg==", "of [NAME_1]");
    check(&with("of Maria Kovacs", &seal), &with("of [NAME_1]", "EqQBCg=="));
    let foreign = deidentifier().seals(&Scope::tenant("u")).seal("EqQBCg==", "of [NAME_1]");
    refused(&with("of Maria Kovacs", &foreign), Reason::InvalidValue, "messages[0].content[0]");
}

#[test]
fn profiles_decide() {
    let refusal = attempt(r#"{"a":"219-09-9999"}"#, "strict").expect_err("refused");
    assert_eq!(refusal.reason, Reason::ForbiddenEntity(EntityType::Ssn));
    let cleared = attempt(r#"{"a":"3/3/2024 Maria Kovacs"}"#, "limited-data-set").expect("clear");
    assert_eq!(cleared.body(), br#"{"a":"3/3/2024 [NAME_1]"}"#);
}

#[test]
fn a_failing_detector_refuses() {
    struct Failing(Fault);
    impl Detector for Failing {
        fn analyze(&self, _: &[Segment<'_>], _: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
            Err(self.0)
        }
    }
    struct Short;
    impl Detector for Short {
        fn analyze(&self, _: &[Segment<'_>], _: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
            Ok(Vec::new())
        }
    }
    let clear = |detector: Arc<dyn Detector>| {
        let body = parse(br#"{"a":"x"}"#, &Limits::default()).expect("strict JSON");
        let document = Document::new(Scope::tenant("t"), body, shape());
        let cleared =
            Deidentifier::new(detector, Key::generate()).clear(document, &policy(Policy::DEFAULT), Instant::now());
        cleared.expect_err("refused").reason
    };
    assert_eq!(clear(Arc::new(Failing(Fault::Failed))), Reason::DetectorFailed);
    assert_eq!(clear(Arc::new(Failing(Fault::Deadline))), Reason::Deadline);
    assert_eq!(clear(Arc::new(Short)), Reason::DetectorFailed);
}

#[test]
fn keyed_pseudonyms_agree_between_documents() {
    let clear = |json: &str, tenant: &str| {
        let body = parse(json.as_bytes(), &Limits::default()).expect("strict JSON");
        let document = Document::new(Scope::tenant(tenant), body, shape()).with_style(Style::Keyed);
        let cleared = deidentifier().clear(document, &policy(Policy::DEFAULT), Instant::now()).expect("clear");
        String::from_utf8(cleared.body().to_vec()).expect("UTF-8")
    };
    let index = clear(r#"{"a":"Jose Okafor, Maria Kovacs"}"#, "t");
    let query = clear(r#"{"a":"Maria Kovacs"}"#, "t");
    let token = query.trim_start_matches(r#"{"a":""#).trim_end_matches(r#""}"#);
    assert!(index.contains(token), "{index} {query}");
    assert_ne!(query, clear(r#"{"a":"Maria Kovacs"}"#, "u"));
}

#[test]
fn a_document_goes_on_from_an_earlier_one() {
    let first = attempt(r#"{"a":"Maria Kovacs on 3/3/2024"}"#, Policy::DEFAULT).expect("clear");
    let body = parse(br#"{"a":"Jose Okafor met Kovacs on March 15, 2024"}"#, &Limits::default()).expect("strict JSON");
    let document = Document::new(Scope::tenant("t"), body, shape()).continuing(Arc::clone(first.exchange()));
    let second = deidentifier().clear(document, &policy(Policy::DEFAULT), Instant::now()).expect("clear");
    assert_eq!(std::str::from_utf8(second.body()), Ok(r#"{"a":"[NAME_2] met [NAME_1b] on [DAY_+12]"}"#));
}

#[test]
fn strings_beside_the_body_are_cleared_too() {
    let body = parse(b"{}", &Limits::default()).expect("strict JSON");
    let document = Document::new(Scope::tenant("t"), body, shape())
        .with_value("query.user", Class::Text, crate::text::Raw::new("Maria Kovacs"))
        .with_value("header.idempotency-key", Class::Identifier, crate::text::Raw::new("abc"));
    let cleared = deidentifier().clear(document, &policy(Policy::DEFAULT), Instant::now()).expect("clear");
    assert_eq!(cleared.value("query.user"), Some("[NAME_1]"));
    assert_eq!(cleared.value("header.idempotency-key"), Some("abc"));
}

#[test]
fn no_interval_tells_an_age_of_ninety() {
    let cleared =
        attempt(r#"{"a":"born 02/11/1931, seen 3/3/2024 and March 15, 2024"}"#, Policy::DEFAULT).expect("clear");
    let text = String::from_utf8(cleared.body().to_vec()).expect("UTF-8");
    assert_eq!(text, r#"{"a":"born [DATE_1], seen [DAY_0] and [DAY_+12]"}"#);
}

#[test]
fn what_was_found_in_one_place_is_taken_out_everywhere() {
    struct Labelled;
    impl Detector for Labelled {
        fn analyze(&self, document: &[Segment<'_>], _: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
            let find = |segment: &Segment<'_>| match segment.label {
                Some("mrn") => words().analyze(&[*segment], Instant::now()).map(|mut found| found.remove(0)),
                _ => Ok(Vec::new()),
            };
            document.iter().map(find).collect()
        }
    }
    let body = parse(br#"{"a":"no label: 483920, not 4839201","n":[483920],"mrn":"483920"}"#, &Limits::default())
        .expect("strict JSON");
    let document = Document::new(Scope::tenant("t"), body, shape());
    let deidentifier = Deidentifier::new(Arc::new(Labelled), Key::generate());
    let cleared = deidentifier.clear(document, &policy(Policy::DEFAULT), Instant::now()).expect("clear");
    let expected = r#"{"a":"no label: [MRN_1], not 4839201","n":[900001],"mrn":"[MRN_1]"}"#;
    assert_eq!(std::str::from_utf8(cleared.body()), Ok(expected));
}

#[test]
fn a_place_that_says_only_text_is_no_label() {
    struct Labelled;
    impl Detector for Labelled {
        fn analyze(&self, document: &[Segment<'_>], _: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
            assert!(document.iter().all(|segment| segment.label != Some("text")));
            Ok(vec![Vec::new(); document.len()])
        }
    }
    let document = Document::new(Scope::tenant("t"), Node::Null, shape()).with_value(
        "text",
        Class::Text,
        crate::text::Raw::new("the code is 4455 here"),
    );
    let deidentifier = Deidentifier::new(Arc::new(Labelled), Key::generate());
    let cleared = deidentifier.clear(document, &policy(Policy::DEFAULT), Instant::now()).expect("clear");
    assert_eq!(cleared.value("text"), Some("the code is 4455 here"));
}

#[test]
fn encoded_text_is_read_wherever_and_however_often_it_is_encoded() {
    let encoded = |times: usize| {
        (0..times)
            .fold("for Maria Kovacs, MRN 483920".to_owned(), |text, _| data_encoding::BASE64.encode(text.as_bytes()))
    };
    for times in 1..=4 {
        check(&format!(r#"{{"a":"see {}"}}"#, encoded(times)), r#"{"a":"see [NAME_1]"}"#);
        refused(&format!(r#"{{"model":"{}"}}"#, encoded(times)), Reason::ForbiddenEntity(EntityType::Name), "model");
        refused(&format!(r#"{{"x":{{"{}":1}}}}"#, encoded(times)), Reason::ForbiddenEntity(EntityType::Name), "*.*");
    }
    refused(&format!(r#"{{"a":"{}"}}"#, encoded(5)), Reason::OpaqueContent, "*");
}

#[test]
fn a_word_of_a_schema_is_no_name_whoever_is_called_so() {
    let shape = |json: &str| {
        let body = parse(json.as_bytes(), &Limits::default()).expect("strict JSON");
        let words = ["const", "title", "2020-12", "9007199254740991"];
        let found = Words(words.map(|word| (word, EntityType::Name)).to_vec());
        let deidentifier = Deidentifier::new(Arc::new(found), Key::from_bytes([1; 32]));
        let document = Document::new(Scope::tenant("t"), body, shape());
        let later = Instant::now() + Duration::from_secs(10);
        deidentifier.clear(document, &policy(Policy::DEFAULT), later).map(|cleared| cleared.body().to_vec())
    };
    let tool = r#"{"tools":[{"$schema":"https://json-schema.org/draft/2020-12/schema","x":{"const":1,"title":2,"maximum":9007199254740991}}]}"#;
    assert_eq!(shape(tool).expect("a schema"), tool.as_bytes());
    assert!(shape(r#"{"tools":[{"x":{"const of":1}}]}"#).is_err());
}

#[test]
fn words_where_an_identifier_stands_are_read_as_words() {
    refused(r#"{"model":"that of Jose Okafor"}"#, Reason::ForbiddenEntity(EntityType::Name), "model");
    refused(r#"{"messages":[{"role":"nurse of 48392017"}]}"#, Reason::InvalidValue, "messages[0].role");
    check(
        r#"{"model":"my own model","messages":[{"role":"tool_20250305"}]}"#,
        r#"{"model":"my own model","messages":[{"role":"tool_20250305"}]}"#,
    );
}

#[test]
fn a_property_is_listed_as_it_is_named() {
    let shape = |json: &str| {
        let body = parse(json.as_bytes(), &Limits::default()).expect("strict JSON");
        let found = Words(["mark_read", "Maria"].map(|word| (word, EntityType::Name)).to_vec());
        let deidentifier = Deidentifier::new(Arc::new(found), Key::from_bytes([1; 32]));
        let document = Document::new(Scope::tenant("t"), body, shape());
        let later = Instant::now() + Duration::from_secs(10);
        deidentifier.clear(document, &policy(Policy::DEFAULT), later).map(|cleared| cleared.body().to_vec())
    };
    let text = |json: &str| shape(json).map(|body| String::from_utf8(body).expect("UTF-8"));
    let listed = r#"{"tools":[{"x":{"properties":{"path":{}},"required":["path"]}}]}"#;
    assert_eq!(text(listed).expect("a schema"), listed);
    // A list of anything else is text.
    let other = text(r#"{"tools":[{"x":{"properties":{"path":{}},"required":["path","for Maria"]}}]}"#);
    assert!(!other.expect("a list").contains("Maria"));
    assert!(text(r#"{"tools":[{"x":{"properties":{"mark_read":{}},"required":["mark_read"]}}]}"#).is_err());
}

#[test]
fn a_seed_with_the_length_of_a_record_number_is_another_one() {
    let seed = |number: &str| {
        let body = parse(format!(r#"{{"seed":{number}}}"#).as_bytes(), &Limits::default()).expect("strict JSON");
        let shape = Arc::new(Shape::new([("seed", Class::Seed)]));
        let deidentifier = Deidentifier::new(Arc::new(Words(Vec::new())), Key::from_bytes([1; 32]));
        let document = Document::new(Scope::tenant("t"), body, shape);
        let later = Instant::now() + Duration::from_secs(10);
        let cleared = deidentifier.clear(document, &policy(Policy::DEFAULT), later).expect("cleared");
        String::from_utf8(cleared.body().to_vec()).expect("UTF-8")
    };
    for kept in ["0", "42", "12345", "-7", "9007199254740993"] {
        assert_eq!(seed(kept), format!(r#"{{"seed":{kept}}}"#));
    }
    assert_ne!(seed("48392017"), r#"{"seed":48392017}"#);
    assert_eq!(seed("48392017"), seed("4.8392017e7"));
    assert_ne!(seed("48392017"), seed("48392018"));
}
