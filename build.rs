//! Lists the files of `rules/` so that they are compiled into the binary.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("rules");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let mut code = String::from("static EMBEDDED: &[(&str, &[u8])] = &[\n");
    for path in &files {
        let name = path.strip_prefix(&root).expect("below the root").to_str().expect("rule files have plain names");
        writeln!(code, "    ({name:?}, include_bytes!({path:?})),").expect("a string can be written");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("rules.rs");
    fs::write(out, code).expect("OUT_DIR can be written");
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir).expect("rules/ can be read") {
        let path = entry.expect("rules/ can be listed").path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}
