//! A folder of objects, on all cores.

use super::Job;
use super::report::Report;
use crate::dicom::Error;
use anyhow::Context;
use std::fs;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How a folder went.
#[derive(Default)]
pub struct Tally {
    pub written: usize,
    pub refused: usize,
    pub skipped: usize,
}

pub fn run(
    job: &Job,
    input: &Path,
    output: &Path,
    jobs: usize,
    resume: bool,
    report: &mut Report,
) -> anyhow::Result<Tally> {
    let mut files = Vec::new();
    walk(input, &mut files).with_context(|| input.display().to_string())?;
    let inside = output.canonicalize().ok();
    files.retain(|file| inside.as_ref().is_none_or(|inside| !file.starts_with(inside)));
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel(1024);
    let mut tally = Tally::default();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        for _ in 0..jobs.min(files.len().max(1)) {
            let (sender, files, next) = (sender.clone(), &files, &next);
            scope.spawn(move || {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let done = one(job, input, file, output, resume);
                    if sender.send((file, done)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut shown = Instant::now();
        for (file, done) in receiver {
            let name = file.strip_prefix(input).unwrap_or(file).display().to_string();
            match done {
                None => tally.skipped += 1,
                Some(done) => {
                    match &done {
                        Ok(_) => tally.written += 1,
                        Err(Error::NotDicom) => tally.skipped += 1,
                        Err(error) => {
                            tally.refused += 1;
                            complain(&name, error);
                        }
                    }
                    report.add(&name, &done)?;
                }
            }
            if stderr().is_terminal() && shown.elapsed() > Duration::from_millis(200) {
                shown = Instant::now();
                eprint!("\r{} of {}", tally.written + tally.refused + tally.skipped, files.len());
            }
        }
        Ok(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "{} written, {} refused, {} left out (no DICOM, or there already), {seconds:.2} s, {:.0} files/s",
        tally.written,
        tally.refused,
        tally.skipped,
        files.len() as f64 / seconds
    );
    Ok(tally)
}

/// Tells a person which file, what is wrong, and what to do.
pub fn complain(name: &str, error: &Error) {
    eprintln!("{name}: {error}");
    if let Some(hint) = error.hint() {
        eprintln!("  hint: {hint}");
    }
}

/// One file of a folder; `None` if its output is already there.
fn one(
    job: &Job,
    root: &Path,
    file: &Path,
    output: &Path,
    resume: bool,
) -> Option<Result<crate::dicom::Report, Error>> {
    let target = output.join(file.strip_prefix(root).unwrap_or(file));
    if resume && target.exists() {
        return None;
    }
    if !job.dry_run
        && let Some(parent) = target.parent()
        && !parent.is_dir()
        && let Err(error) = fs::create_dir_all(parent)
    {
        return Some(Err(Error::Write(error)));
    }
    Some(job.one(file, &target))
}

/// Every file below a folder, in order; links to folders are not followed, so that no loop is walked.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else if entry.path().is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
