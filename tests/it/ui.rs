//! What must not compile. Each file of `tests/ui` names in its first line the error that stops it, or says that it
//! compiles. The compiler is asked directly, with the library that this test was linked with: nothing is built twice.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn what_must_stay_impossible_does_not_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut files: Vec<_> = fs::read_dir(root.join("tests/ui")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let expected = text.lines().next().and_then(|line| line.strip_prefix("// ")).unwrap();
        let (compiles, said) = compile(root, &file);
        let right = match expected {
            "compiles" => compiles,
            code => !compiles && said.contains(&format!("error[{code}]")) && said.matches("error[").count() == 1,
        };
        if !right {
            wrong.push(format!("{}: expected {expected}, compiles: {compiles}\n{said}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Checks one file as a crate of its own.
fn compile(root: &Path, file: &Path) -> (bool, String) {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let mut library = OsString::from("cordon=");
    library.push(newest(&deps));
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .current_dir(root)
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--color",
            "never",
            "--cap-lints",
            "allow",
        ])
        .arg("--extern")
        .arg(library)
        .arg("-L")
        .arg(format!("dependency={}", deps.display()))
        .arg("--out-dir")
        .arg(out.path())
        .arg(file)
        .output()
        .expect("the compiler that built this test is there");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The library as it was built last: other features leave others beside it.
fn newest(deps: &Path) -> PathBuf {
    let libraries = fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path()).filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libcordon-") && name.ends_with(".rlib")
    });
    libraries.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).expect("the library was built")
}
