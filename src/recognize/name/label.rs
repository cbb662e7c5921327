//! Keys, columns and field names that stand over names of people.

use crate::recognize::dictionary::{Kind as List, Lexicon};

/// Whether the key, column or field name stands over names of people.
pub(super) fn is_name_label(label: &str, lexicon: &Lexicon) -> bool {
    let words: Vec<String> = split_key(label);
    if words.iter().any(|word| lexicon.entry(word).has(List::Thing)) {
        return false;
    }
    let Some(last) = words.last() else { return false };
    let naming = |word: &String| {
        let entry = lexicon.entry(word);
        entry.has(List::NameLabel) || entry.has(List::Staff) || entry.has(List::Kin) || entry.has(List::Patient)
    };
    match last.as_str() {
        "name" | "names" | "fullname" | "surname" | "lastname" | "firstname" | "forename" => {
            words.len() == 1 || words.iter().any(|word| PERSON_WORDS.contains(&word.as_str()) || naming(word))
        }
        "to" | "from" | "re" | "user" | "contact" | "operator" => false,
        _ => naming(last) && !matches!(last.as_str(), "id" | "number"),
    }
}

/// The words of `patientName`, `patient_name` or `Patient Name`, in lower case.
fn split_key(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut small_before = false;
    let mut open = false;
    for c in key.chars() {
        if !c.is_alphabetic() {
            open = false;
            small_before = false;
            continue;
        }
        if !open || c.is_uppercase() && small_before {
            words.push(String::new());
            open = true;
        }
        small_before = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

const PERSON_WORDS: &[&str] = &[
    "first",
    "last",
    "full",
    "given",
    "family",
    "middle",
    "maiden",
    "preferred",
    "display",
    "legal",
    "person",
    "nick",
    "birth",
    "emergency",
    "kin",
    "provider",
];
