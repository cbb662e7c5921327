//! The lists of threats and of leak surfaces: each row names the tests that answer it, and they exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all tests of this repository.
fn tests() -> BTreeSet<String> {
    fn walk(dir: &Path, found: &mut BTreeSet<String>) {
        for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let mut lines = text.lines().map(str::trim);
                while let Some(line) = lines.next() {
                    if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                        let next = lines.find(|line| !line.starts_with('#')).unwrap_or_default();
                        let name = next.trim_start_matches("async ").trim_start_matches("fn ").split('(').next();
                        found.extend(name.map(str::to_owned));
                    } else if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
                        // The laws of proptest stand in a macro, whose attribute is on a line of its own.
                        found.insert(name.to_owned());
                    }
                }
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    walk(&root.join("tests/it"), &mut found);
    walk(&root.join("src"), &mut found);
    found
}

#[track_caller]
fn check(list: &str, rows: usize) {
    let tests = tests();
    let mut seen = 0;
    for row in list.lines().filter(|line| !line.starts_with('#')) {
        let [id, _, answer] = row.split('|').collect::<Vec<_>>()[..] else { panic!("{row}: three columns") };
        seen += 1;
        if answer.strip_prefix("reason: ").is_some_and(|reason| reason.len() > 10) {
            continue;
        }
        for test in answer.split(' ') {
            assert!(tests.contains(test), "{id}: there is no test `{test}`");
        }
    }
    assert_eq!(seen, rows);
}

#[test]
fn every_threat_has_a_test_or_a_reason() {
    check(include_str!("../fixtures/threats.txt"), 54);
}

#[test]
fn every_leak_surface_has_a_test_or_a_reason() {
    check(include_str!("../fixtures/surfaces.txt"), 36);
}
