use super::*;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&Rules::embedded()).expect("the lists are sound"));

#[test]
fn the_lists_know_names_words_and_places() {
    assert!(LEXICON.given_frequency("Maria") >= 7);
    assert!(LEXICON.surname_frequency("KOVACS") >= 1);
    assert_eq!(LEXICON.surname_frequency("José"), LEXICON.surname_frequency("jose"));
    assert!(LEXICON.common_word("will") >= 8);
    assert!(LEXICON.clinical_term("fracture") >= 5);
    assert!(LEXICON.city("New Orleans") >= 5);
    assert!(LEXICON.entry("new").has(Kind::CityStart));
    assert!(LEXICON.entry("lisinopril").has(Kind::Drug));
    assert_eq!(LEXICON.entry("xqzzyv"), Entry::default());
}

#[test]
fn the_memory_of_the_lists_is_bounded() {
    assert!(LEXICON.size() <= 20 << 20, "{} bytes", LEXICON.size());
}

#[test]
fn every_mistake_in_a_list_is_reported_with_its_line() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let lists = directory.path().join("dictionaries");
    std::fs::create_dir(&lists).expect("a directory");
    std::fs::write(lists.join("given.txt"), "# ours\nmaria\t12\n[nonsense]\nx\n").expect("a file");
    std::fs::write(lists.join("surname.txt"), "kovacs\n").expect("a file");
    let rules = Rules::from_dir(directory.path()).expect("rules");
    let errors = Lexicon::new(&rules).expect_err("the lists are wrong");
    let places: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.line)).collect();
    assert_eq!(
        places,
        [
            ("dictionaries/given.txt", 2),
            ("dictionaries/given.txt", 3),
            ("dictionaries/given.txt", 4),
            ("dictionaries/surname.txt", 1)
        ]
    );
}

#[test]
fn grades_keep_the_higher_and_flags_add_up() {
    let mut entry = Entry::default();
    entry.add(Kind::Given, 3);
    entry.add(Kind::Given, 2);
    entry.add(Kind::Drug, 1);
    entry.add(Kind::Clinical, 9);
    assert_eq!((entry.given(), entry.surname(), entry.grade(Kind::Clinical)), (3, 0, 9));
    assert!(entry.has(Kind::Drug) && !entry.has(Kind::Eponym) && entry.has(Kind::Given));
}
