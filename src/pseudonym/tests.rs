//! What counts as a pseudonym, and what never does.

use super::*;

#[track_caller]
fn is(text: &str, expected: &str) {
    match match_at(text, 0, None, Flavour::Plain, true, &Anything) {
        Match::Is { pseudonym, start, end, after } => {
            assert_eq!(format!("{pseudonym}{after}"), expected);
            assert_eq!((start, end), (0, text.len()));
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_not(text: &str) {
    let found = match_at(text, 0, None, Flavour::Plain, true, &Anything);
    assert!(!matches!(found, Match::Is { .. }), "{found:?}");
}

#[test]
fn as_written() {
    for text in
        ["[NAME_1]", "[NAME_12b]", "[DAY_0]", "[DAY_+12]", "[DAY_-3]", "[ZIP021_1]", "[NAME_482719]", "[NAME_1aa]"]
    {
        is(text, text);
    }
}

#[test]
fn as_mangled() {
    for text in [
        "[name_1]",
        "[Name_1]",
        "NAME_1",
        r"\[NAME\_1\]",
        "%5BNAME_1%5D",
        "[NAME 1]",
        "[NAME-1]",
        "[**NAME_1**]",
        "［NAME_1］",
        "［ＮＡＭＥ＿１］",
        "【NAME_1】",
        "<NAME_1>",
        "[NAME_\n1]",
        "[NAME\n  _1]",
        "[ NAME_1 ]",
        "«NAME_1»",
        r"NAME\_1",
    ] {
        is(text, "[NAME_1]");
    }
    is("[NAME_1's]", "[NAME_1]'s");
    is("[NAME_1B]", "[NAME_1b]");
    is("[DAY 12]", "[DAY_+12]");
    is("[DAY_\u{2212}3]", "[DAY_-3]");
    is("[DAY -3]", "[DAY_-3]");
}

#[test]
fn never_guessed() {
    for text in [
        "name_1",
        "[NAME]",
        "[NAME_]",
        "[NAMES_1]",
        "[NAME_01]",
        "[NAME_1",
        "NAME 1",
        "NAME-1",
        "[NAME1]",
        "[FOO_1]",
        "[NAME_1a]",
        "NAME_1_2",
        "[DAY-3]",
        "[NAME_1,]",
        "(NAME_1)",
    ] {
        is_not(text);
    }
}

#[test]
fn a_bare_pseudonym_is_a_word_of_its_own() {
    let inside = match_at("xNAME_1", 1, Some('x'), Flavour::Plain, true, &Anything);
    assert_eq!(inside, Match::No);
    assert_eq!(match_at("NAME_1x_", 0, None, Flavour::Plain, true, &Anything), Match::No);
}

#[test]
fn the_end_is_waited_for() {
    for text in
        ["[", "[N", "[NAME", "[NAME_", "[NAME_1", "[NAME_1b", "NAME_1", "\\", "\\[", "%", "%5", "[NAME_1'", "[NAME_1**"]
    {
        assert_eq!(match_at(text, 0, None, Flavour::Plain, false, &Anything), Match::Cut, "{text}");
    }
    assert_eq!(match_at("[x", 0, None, Flavour::Plain, false, &Anything), Match::No);
}

#[test]
fn json_escapes_are_read_through() {
    let text = r"\u005bNAME\\_1\u005D";
    assert!(
        matches!(match_at(text, 0, None, Flavour::Json, true, &Anything), Match::Is { end, .. } if end == text.len())
    );
    assert_eq!(match_at(r"\u00", 0, None, Flavour::Json, false, &Anything), Match::Cut);
}

#[test]
fn a_backslash_before_a_whole_pseudonym_stays() {
    match match_at(r"\[NAME_1]", 0, None, Flavour::Plain, true, &Anything) {
        Match::Is { start, .. } => assert_eq!(start, 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn forms_and_letters_are_inverse() {
    for number in 0..2000 {
        assert_eq!(form(&suffix(number)), Some(number));
    }
    assert_eq!((suffix(0), suffix(1), suffix(25), suffix(26)), (String::new(), "b".into(), "z".into(), "aa".into()));
    assert_eq!(form("a"), None);
}
