//! Strictness case by case, and the law that writing and parsing are inverse.

use super::*;
use crate::refusal::Reason;
use proptest::prelude::*;

#[track_caller]
fn refused(json: impl AsRef<[u8]>, reason: Reason) {
    assert_eq!(parse(json.as_ref(), &Limits::default()).expect_err("must be refused").reason, reason);
}

#[track_caller]
fn kept(json: &str) {
    let node = parse_reply(json.as_bytes(), &Limits::default()).expect("strict JSON");
    assert_eq!(node.to_json(), json);
}

#[test]
fn numbers_keys_and_order_stay_as_written() {
    kept(
        r#"{"z":1.10,"a":1e-7,"n":123456789012345678901234567890,"m":-0.0,"e":[],"o":{},"x":null,"t":true,"f":false}"#,
    );
    kept(r#"{"a":"\"\\\n\t\b\f\r\u0001 é 中 / 😀"}"#);
}

#[test]
fn escapes_are_decoded() {
    let node = parse(br#"{"\u0061\/":"\ud83d\ude00\u00e9"}"#, &Limits::default()).expect("strict JSON");
    assert_eq!(node.field("a/").and_then(|text| text.text()), Some("😀é"));
}

#[test]
fn what_parsers_read_differently_is_refused() {
    refused(r#"{"a":1,"a":2}"#, Reason::DuplicateKey);
    refused(r#"{"a":1,"\u0061":2}"#, Reason::DuplicateKey);
    for json in [
        "",
        " ",
        "{",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "[NaN]",
        "[Infinity]",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[0x1]",
        "tru",
        "[1]x",
        "{} {}",
        "[1]//c",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"a",
        "\u{feff}{}",
        "[\"a\u{0}\"]",
    ] {
        refused(json, Reason::InvalidJson);
    }
    refused(b"\"\xff\"", Reason::InvalidJson);
    refused(b"\xff\xfe{\x00}\x00", Reason::InvalidJson);
    refused(b"\"\xed\xa0\x80\"", Reason::InvalidJson);
}

#[test]
fn depth_and_size_are_bounded() {
    refused("[".repeat(3000), Reason::TooComplex);
    refused("{\"a\":".repeat(3000), Reason::TooComplex);
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert!(parse(deep.as_bytes(), &Limits::default()).is_ok());
    let limits = Limits { nodes: 3, string_bytes: 4, ..Limits::default() };
    assert_eq!(parse(b"[1,2,3]", &limits).expect_err("four values").reason, Reason::TooComplex);
    assert_eq!(parse(b"\"abcde\"", &limits).expect_err("five bytes").reason, Reason::TooComplex);
    refused("9".repeat(1000), Reason::TooComplex);
}

#[test]
fn refusals_hold_no_text() {
    let refusal = parse(br#"{"Maria Kovacs":1,"Maria Kovacs":2}"#, &Limits::default()).expect_err("duplicate");
    assert!(!format!("{refusal} {refusal:?}").contains("Maria"));
}

pub(crate) fn any_node() -> impl Strategy<Value = Node<String>> {
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(|number| Node::Number(number.to_string())),
        any::<String>().prop_map(Node::String),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Node::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Node::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn writing_and_parsing_are_inverse(node in any_node()) {
        let json = node.to_json();
        prop_assert_eq!(parse_reply(json.as_bytes(), &Limits::default()).expect("own output"), node.clone());
        // And another parser reads the same.
        let theirs: serde_json::Value = serde_json::from_str(&json).expect("valid for serde_json");
        let ours: serde_json::Value = serde_json::from_str(&node.to_json()).expect("valid for serde_json");
        prop_assert_eq!(theirs, ours);
    }

    #[test]
    fn whatever_is_accepted_serde_json_accepts(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if parse(&bytes, &Limits::default()).is_ok() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        }
    }
}
