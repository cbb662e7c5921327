//! The audit log against a killed process and a full disk: whatever was acknowledged is there and verifies.

use cordon::audit::{Decision, Event, ExchangeId, Kind, Log, Options, verify};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Names the directory for [`appender`], which runs in a process of its own.
const DIRECTORY: &str = "CORDON_TEST_AUDIT_DIRECTORY";

fn options(directory: &Path) -> Options {
    Options {
        directory: directory.to_owned(),
        key: directory.join("audit.key"),
        origin: "log.example/test".into(),
        node: "node-a".into(),
        publish_every: Duration::from_millis(5),
    }
}

/// Appends until it is killed, and prints the size after every acknowledgement, or `refused`.
#[test]
#[ignore = "the child process of the tests below"]
fn appender() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let log = Log::open(options(Path::new(&directory))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let mut refused = 0;
    while refused < 20 {
        let event = || Event::new(Kind::Intent, ExchangeId::generate(), Decision::AllowClean, "p_0");
        let appended =
            runtime.block_on(async { futures_util::future::join_all((0..8).map(|_| log.append(event()))).await });
        match appended.into_iter().map(|receipt| receipt.map(|receipt| receipt.index())).collect::<Result<Vec<_>, _>>()
        {
            Ok(indexes) => println!("\nacknowledged {}", indexes.into_iter().max().unwrap() + 1),
            Err(_) => {
                refused += 1;
                println!("\nrefused");
            }
        }
    }
}

fn spawn(directory: &Path, limit: Option<u32>) -> Child {
    let this = std::env::current_exe().unwrap();
    let arguments = ["--exact", "audit::appender", "--ignored", "--nocapture", "--test-threads=1"];
    let mut command = match limit {
        None => Command::new(this),
        Some(blocks) => {
            let mut shell = Command::new("bash");
            shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "bash"]).arg(this);
            shell
        }
    };
    command.args(arguments).env(DIRECTORY, directory).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Reopens the log as a restart would; returns its size after verifying all of it.
fn reopened(directory: &Path) -> u64 {
    let log = Log::open(options(directory)).unwrap();
    let (size, key) = (log.size(), log.verifier_key().clone());
    drop(log);
    let verified = verify::log(&directory.join("log"), &key, None).unwrap();
    assert_eq!(verified.checkpoint.size, size);
    size
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut total = 0;
    for round in 0..12u64 {
        let mut child = spawn(folder.path(), None);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = total;
        // Kill after a number of acknowledgements that falls anywhere between two publications.
        let wanted = 3 + round * 7 % 41;
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            if let Some(size) = line.strip_prefix("acknowledged ") {
                acknowledged = size.parse().unwrap();
                seen += 1;
                if seen == wanted {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= wanted, "the child stopped early");
        let size = reopened(folder.path());
        assert!(size >= acknowledged, "{acknowledged} acknowledged, {size} found");
        assert!(acknowledged > total);
        total = size;
    }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond 64 KiB: the write-ahead log is full after some two hundred records.
    let child = spawn(folder.path(), Some(64));
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let acknowledged: u64 =
        text.lines().filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok()).max().unwrap();
    assert!(text.lines().any(|line| line == "refused"), "the disk never filled");
    assert!(reopened(folder.path()) >= acknowledged);
}
