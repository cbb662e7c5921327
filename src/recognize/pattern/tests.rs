use super::*;

fn patterns() -> Patterns {
    Patterns::new(&Rules::embedded(), &["us".to_owned()]).expect("the embedded rules compile")
}

/// Marks the values found, with their entity's name.
#[track_caller]
fn check(text: &str, expected: &str) {
    let mut findings = Vec::new();
    patterns().scan(text, None, SegmentKind::Prose, &mut findings);
    let mut marked = String::new();
    let mut at = 0;
    for finding in crate::recognize::merge::unite(findings) {
        marked += &format!("{}[{} {}]", &text[at..finding.span.start], finding.entity, finding.span.of(text));
        at = finding.span.end;
    }
    marked += &text[at..];
    assert_eq!(marked, expected);
}

#[test]
fn a_label_announces_any_shape() {
    check("MRN: A-77 seen", "MRN: [MRN A-77] seen");
    check("medical_record_number=\"0041\"", "medical_record_number=\"[MRN 0041]\"");
    check("medical record number (MRN) of 98765-43210", "medical record number (MRN) of [MRN 98765-43210]");
    check("MRN-11335577?", "[MRN MRN-11335577]?");
}

#[test]
fn a_label_without_a_value_announces_nothing() {
    check("MRN pending", "MRN pending");
    check("MRN: 45-year-old man", "MRN: 45-year-old man");
    check("medical record from 12/2020", "medical record from 12/2020");
}

#[test]
fn codes_name_no_one() {
    check("ICD-10: E11.65, I10", "ICD-10: E11.65, I10");
}

#[test]
fn every_mistake_is_reported_with_its_line() {
    let text = b"[[recognizer]]\nname = \"a\"\nentity = \"NOPE\"\npattern = '('\n\n[[recognizer]]\nname = \"b\"\nentity = \"SSN\"\n";
    let mut errors = Vec::new();
    rule::read("recognizers/x.toml", text, &mut Vec::new(), &mut errors);
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 4, 7]);
}
