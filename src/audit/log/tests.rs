use super::*;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::verify::log as verify_log;
use crate::audit::{Decision, Kind};
use std::fs;
use std::path::Path;

fn options(directory: &Path) -> Options {
    Options {
        directory: directory.to_owned(),
        key: directory.join("audit.key"),
        origin: "log.example/test".into(),
        node: "node-a".into(),
        publish_every: Duration::from_secs(3600),
    }
}

fn event() -> Event {
    Event::new(Kind::Intent, ExchangeId::generate(), Decision::AllowClean, "p_0")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn append(log: &Log, count: usize) {
    runtime().block_on(async {
        for _ in 0..count {
            log.append(event()).await.unwrap();
        }
    });
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn receipts_count_up_and_the_closed_log_verifies_at_every_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = 0;
    for count in [0, 1, 1, 253, 1, 1, 300, 212] {
        let log = Log::open(options(folder.path())).unwrap();
        runtime().block_on(async {
            for _ in 0..count {
                assert_eq!(log.append(event()).await.unwrap().index(), expected);
                expected += 1;
            }
        });
        let key = log.verifier_key().clone();
        drop(log);
        let verified = verify_log(&folder.path().join("log"), &key, None).unwrap();
        assert_eq!(verified.checkpoint.size, expected);
        assert_eq!(verified.unknown_outcomes, expected);
    }
    // Unfinished tiles are removed once a later one replaces them: each published file is one that was verified.
    let partial =
        files(&folder.path().join("log")).iter().filter(|path| path.to_string_lossy().contains(".p/")).count();
    assert_eq!(partial, 2 + 1, "{:?}", files(&folder.path().join("log")));
}

#[test]
fn any_changed_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(options(folder.path())).unwrap();
    append(&log, 260);
    let key = log.verifier_key().clone();
    drop(log);
    let published = folder.path().join("log");
    for path in files(&published) {
        let bytes = fs::read(&path).unwrap();
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            fs::write(&path, &broken).unwrap();
            assert!(verify_log(&published, &key, None).is_err(), "{} byte {at}", path.display());
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(verify_log(&published, &key, None).is_err(), "{} cut", path.display());
        fs::remove_file(&path).unwrap();
        assert!(verify_log(&published, &key, None).is_err(), "{} removed", path.display());
        fs::write(&path, &bytes).unwrap();
    }
    verify_log(&published, &key, None).unwrap();
}

#[test]
fn a_rolled_back_log_does_not_contain_the_later_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(options(folder.path())).unwrap();
    append(&log, 3);
    let key = log.verifier_key().clone();
    drop(log);
    let published = folder.path().join("log");
    let early = super::super::verify::checkpoint(&published, &key).unwrap();
    let log = Log::open(options(folder.path())).unwrap();
    append(&log, 3);
    drop(log);
    let late = verify_log(&published, &key, Some(&early)).unwrap().checkpoint;
    assert_eq!(late.size, 6);
    let longer = Checkpoint { size: 7, ..late.clone() };
    assert!(matches!(verify_log(&published, &key, Some(&longer)), Err(verify::Failure::Shrunk { .. })));
    let other = Checkpoint { root: early.root, ..late };
    assert!(matches!(verify_log(&published, &key, Some(&other)), Err(verify::Failure::Rewritten)));
}

#[test]
fn what_was_acknowledged_survives_a_crash_before_publishing() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(options(folder.path())).unwrap();
    append(&log, 700);
    // The files as a crash would leave them: copied while the log is open and unpublished.
    let crashed = tempfile::tempdir().unwrap();
    for path in files(folder.path()) {
        let copy = crashed.path().join(path.strip_prefix(folder.path()).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&path, copy).unwrap();
    }
    drop(log);
    let log = Log::open(options(crashed.path())).unwrap();
    assert_eq!(log.size(), 700);
    append(&log, 1);
    let key = log.verifier_key().clone();
    drop(log);
    assert_eq!(verify_log(&crashed.path().join("log"), &key, None).unwrap().checkpoint.size, 701);
}

#[test]
fn a_second_writer_is_kept_out_and_a_lost_key_stops_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(options(folder.path())).unwrap();
    append(&log, 1);
    assert!(matches!(Log::open(options(folder.path())), Err(OpenError::Locked)));
    drop(log);
    fs::remove_file(folder.path().join("audit.key")).unwrap();
    assert!(matches!(Log::open(options(folder.path())), Err(OpenError::KeyMissing(_))));
}

#[test]
fn a_closed_log_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(options(folder.path())).unwrap();
    log.close();
    assert_eq!(runtime().block_on(log.append(event())).map(|receipt| receipt.index()), Err(Unavailable));
    assert_eq!(log.record(event()), Err(Unavailable));
}
