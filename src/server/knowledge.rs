//! The roster and the lists of the site: read at the start, and again when they change.

use crate::config;
use crate::recognize::{Analyzer, Site};
use crate::rules::RuleError;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Where the site's own knowledge stands, and who uses it.
pub struct Knowledge {
    analyzer: Arc<Analyzer>,
    roster: Option<PathBuf>,
    lists: Option<PathBuf>,
    /// What was read last. Held while reading, so that of two readings the later one stays.
    seen: Mutex<Seen>,
}

/// How the files looked, and which day it was: an entry of a list ends with its day.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    files: [Option<(SystemTime, u64)>; 2],
    day: Date,
}

impl Knowledge {
    /// Reads what the configuration names. A gateway does not start without what it was told to look for.
    pub fn load(detection: &config::Detection, analyzer: Arc<Analyzer>) -> Result<Self, Vec<RuleError>> {
        let (roster, lists) = (detection.roster.clone(), detection.lists.clone());
        let seen = Seen::now(roster.as_deref(), lists.as_deref());
        let knowledge = Self { analyzer, roster, lists, seen: Mutex::new(seen.clone()) };
        knowledge.read(&seen)?;
        Ok(knowledge)
    }

    /// Reads the files again if they look otherwise than last time; says whether it has.
    pub fn refresh(&self) -> bool {
        self.again(|before, now| before != now)
    }

    /// Reads the files again.
    pub fn reload(&self) -> bool {
        self.again(|_, _| true)
    }

    /// What cannot be read leaves everything as it was: values that were looked for are looked for still.
    fn again(&self, needed: impl FnOnce(&Seen, &Seen) -> bool) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Seen::now(self.roster.as_deref(), self.lists.as_deref());
        if !needed(&seen, &now) {
            return false;
        }
        let read = self.read(&now);
        *seen = now;
        for mistake in read.as_ref().err().into_iter().flatten() {
            tracing::error!(%mistake, "the roster and the lists were not reloaded");
        }
        read.is_ok()
    }

    fn read(&self, now: &Seen) -> Result<(), Vec<RuleError>> {
        if self.roster.is_none() && self.lists.is_none() {
            return Ok(());
        }
        let lexicon = self.analyzer.lexicon();
        let site = Site::load(self.roster.as_deref(), self.lists.as_deref(), lexicon, now.day)?;
        tracing::info!(
            roster = site.roster.len(),
            too_short = site.roster.passed_over(),
            lists = site.lists.len(),
            expired = site.lists.expired(),
            "the site's own knowledge was read"
        );
        self.analyzer.learn(site);
        Ok(())
    }
}

impl Seen {
    fn now(roster: Option<&Path>, lists: Option<&Path>) -> Self {
        let look = |path: Option<&Path>| {
            let metadata = std::fs::metadata(path?).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self { files: [look(roster), look(lists)], day: jiff::ZonedDateTime::now().date() }
    }
}
