//! One model process: this program started anew, with pipes and nothing else.

use crate::local::frame::{self, Facts, Order, Report};
use crate::local::supervisor::Spec;
use std::io;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// A running model process. Dropping it kills the process.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    reports: mpsc::Receiver<Report>,
    /// Where in the source the process said that it failed.
    place: watch::Receiver<Option<String>>,
}

/// What the process may know of this one's environment: where libraries and devices are.
const ENVIRONMENT: &[&str] =
    &["LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_WAIT_POLICY", "TMPDIR"];

impl Process {
    /// Starts the process and waits until the model is loaded; the error says in words why it is not.
    pub async fn start(spec: &Spec) -> Result<(Self, Facts), String> {
        let environment = ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut child = Command::new(&spec.program)
            .args(&spec.arguments)
            .env_clear()
            // Threads that wait for each other by spinning take the time from everything else on the machine.
            .env("OMP_WAIT_POLICY", "passive")
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("it has no pipes".into());
        };
        let (sender, reports) = mpsc::channel(256);
        tokio::spawn(read_reports(stdout, sender));
        let (sender, place) = watch::channel(None);
        tokio::spawn(read_places(stderr, sender));
        let mut process = Self { child, stdin, reports, place };
        let facts = timeout(spec.load_time_max, process.load(spec)).await.map_err(|_| "it took too long to load")??;
        Ok((process, facts))
    }

    async fn load(&mut self, spec: &Spec) -> Result<Facts, String> {
        let order = frame::encode(&Order::Load(spec.load.clone())).map_err(|error| error.to_string())?;
        if self.write(&order).await.is_err() {
            return Err(self.ended().await);
        }
        match self.next().await {
            Some(Report::Ready(facts)) => Ok(facts),
            Some(Report::Unusable { why }) => Err(why),
            Some(_) => Err("it spoke out of turn".into()),
            None => Err(self.ended().await),
        }
    }

    /// The next report; nothing when the process has ended or speaks nonsense. Cancel safe.
    pub async fn next(&mut self) -> Option<Report> {
        self.reports.recv().await
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdin.write_all(bytes).await?;
        self.stdin.flush().await
    }

    /// Ends the process if it has not ended, and says how it did.
    pub async fn ended(&mut self) -> String {
        let patience = std::time::Duration::from_millis(500);
        let status = match timeout(patience, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                // It may end by itself in this moment, and then there is nothing to kill.
                let _ = self.child.start_kill();
                self.child.wait().await
            }
        };
        let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        match self.place.borrow().as_deref() {
            Some(place) => format!("it ended ({how}) at {place}"),
            None => format!("it ended ({how})"),
        }
    }
}

async fn read_reports(mut stdout: ChildStdout, reports: mpsc::Sender<Report>) {
    let mut stdout = BufReader::with_capacity(1 << 16, &mut stdout);
    while let Ok(Some(report)) = frame::read_async(&mut stdout).await {
        if reports.send(report).await.is_err() {
            return;
        }
    }
}

/// Standard error may quote the input, so only what looks like a place in source code is kept.
async fn read_places(stderr: ChildStderr, place: watch::Sender<Option<String>>) {
    let mut lines = BufReader::new(stderr).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        if let Some(found) = source_place(&String::from_utf8_lossy(&line)) {
            place.send_replace(Some(found));
        }
    }
}

/// Such as `ggml.c:1234`, without its folders.
fn source_place(line: &str) -> Option<String> {
    line.split(|byte: char| byte.is_whitespace() || byte == '(').find_map(|word| {
        let mut parts = word.rsplit('/').next()?.split(':');
        let (file, number) = (parts.next()?, parts.next()?);
        let source = [".c", ".cpp", ".h", ".cu", ".rs"].iter().any(|end| file.ends_with(end));
        let plain = file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let counted = !number.is_empty() && number.len() < 7 && number.bytes().all(|byte| byte.is_ascii_digit());
        (source && plain && counted).then(|| format!("{file}:{number}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_source_is_kept_and_nothing_else() {
        let assert = "/build/llama.cpp/ggml/src/ggml.c:1234: GGML_ASSERT(n > 0) failed";
        assert_eq!(source_place(assert).as_deref(), Some("ggml.c:1234"));
        let panic = "thread 'main' panicked at src/local/engine.rs:10:5:";
        assert_eq!(source_place(panic).as_deref(), Some("engine.rs:10"));
        assert_eq!(source_place("called with Maria Kovacs 14:30"), None);
        assert_eq!(source_place("terminate called after throwing 'std::out_of_range'"), None);
    }
}
