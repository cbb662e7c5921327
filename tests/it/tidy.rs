//! House rules as a test: the direction of modules, the length of files and lines, words that do not belong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Logic longer than this wants to be two files.
const LINES_MAX: usize = 400;
const WIDTH_MAX: usize = 120;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`, with its text.
fn sources(folder: &str) -> BTreeMap<String, String> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The part of a file before its inline tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

fn check(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let order: Vec<_> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let rank = |module: &str| order.iter().position(|&name| name == module);
    let mut broken = Vec::new();
    for (file, text) in sources("src") {
        let module = file.trim_start_matches("src/").split(['/', '.']).next().unwrap();
        let Some(own) = rank(module) else { continue };
        for (number, line) in (1..).zip(code(&text).lines()) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in line.match_indices("crate::").map(|(at, _)| &line[at + 7..]) {
                let name = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                if rank(name).is_some_and(|other| other < own) {
                    broken.push(format!("{file}:{number}: {module} uses {name}, which stands above it in lib.rs"));
                }
            }
        }
    }
    check(broken);
}

#[test]
fn every_file_says_what_it_is_for_and_is_short_enough_to_read() {
    let mut broken = Vec::new();
    for (file, text) in sources("src").into_iter().chain(sources("tests/it")) {
        if !text.starts_with("//!") && !file.ends_with("tests.rs") {
            broken.push(format!("{file}:1: the first line says what the file is for (`//! ...`)"));
        }
        let lines = code(&text).lines().count();
        // A table may be long: it says so in its first lines.
        let table = text.lines().take(3).any(|line| line.to_lowercase().contains("table"));
        if file.starts_with("src/") && lines > LINES_MAX && !table {
            broken.push(format!("{file}: {lines} lines of logic, more than {LINES_MAX}"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            if !table && line.chars().count() > WIDTH_MAX && !line.contains("http") && !line.contains('"') {
                broken.push(format!("{file}:{number}: longer than {WIDTH_MAX} characters"));
            }
        }
    }
    check(broken);
}

#[test]
fn what_is_dangerous_has_one_door() {
    // Word, files that may hold it, reason.
    let doors: [(&str, &[&str], &str); 8] = [
        (
            "aws_lc_rs::",
            &["src/crypto.rs", "src/tls.rs", "src/proxy/upstream", "src/local/pull"],
            "crypto.rs is the only user",
        ),
        ("unsafe ", &["src/local/engine"], "only the engine calls foreign code"),
        ("todo!(", &[], "nothing unfinished is committed"),
        ("unimplemented!(", &[], "nothing unfinished is committed"),
        ("dbg!(", &[], "no debugging output is committed"),
        (".unwrap()", &[], "say with `expect` why it cannot fail, or return the error"),
        ("TODO", &[], "an open end is an issue, not a comment"),
        ("FIXME", &[], "an open end is an issue, not a comment"),
    ];
    let mut broken = Vec::new();
    for (file, text) in sources("src") {
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        for (number, line) in (1..).zip(code(&text).lines()) {
            let line = line.split("//").next().unwrap_or(line);
            for (word, allowed, reason) in doors {
                if line.contains(word) && !allowed.iter().any(|prefix| file.starts_with(prefix)) {
                    broken.push(format!("{file}:{number}: `{word}`: {reason}"));
                }
            }
        }
    }
    check(broken);
}

#[test]
fn no_private_key_is_committed() {
    let mut broken = Vec::new();
    let listed = std::process::Command::new("git").arg("ls-files").current_dir(root()).output();
    // An unpacked archive has no git; there is nothing to check then.
    let Ok(listed) = listed else { return };
    for name in String::from_utf8_lossy(&listed.stdout).lines() {
        let text = fs::read(root().join(name)).unwrap_or_default();
        let marker = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
        if text.windows(marker.len()).any(|window| window == marker.as_bytes()) {
            broken.push(format!("{name}: holds a private key"));
        }
    }
    check(broken);
}
