//! `cordon check`: every mistake in the rules, the profiles, the configuration and the keys, each with its place.

use crate::config::{Callers, Config};
use crate::profile::Policy;
use crate::proxy::keyring::Keyring;
use crate::proxy::policies::Policies;
use crate::proxy::routes::sensitive::Sensitive;
use crate::recognize::dictionary::Lexicon;
use crate::recognize::{Analyzer, Site};
use crate::rules::{RuleError, Rules};
use crate::tls;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Check rules, profiles and configuration.
///
/// Compiles every rule, runs every example that the rules carry, compiles every profile, and reads the configuration
/// with the files that it names. Reports every mistake with file and line; the exit status is 1 when there is one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A directory of rules, instead of those that the configuration names or the binary holds.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// The configuration; `cordon.toml` where there is one.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let path = args.config.or_else(|| Some(PathBuf::from("cordon.toml")).filter(|path| path.exists()));
    let mut mistakes = Vec::new();
    let mut config = None;
    if let Some(path) = &path {
        match Config::load(path) {
            Ok(loaded) => config = Some(loaded),
            Err(errors) => mistakes.extend(errors),
        }
    }
    let directory = args.rules.or_else(|| config.as_ref()?.detection.rules.clone());
    let rules = match &directory {
        Some(directory) => Rules::from_dir(directory).with_context(|| directory.display().to_string())?,
        None => Rules::embedded(),
    };
    mistakes.extend(Analyzer::check(&rules));
    for name in Policy::names(&rules) {
        mistakes.extend(Policy::load(&rules, name).err().unwrap_or_default());
    }
    if let (Some(config), Some(path)) = (&config, &path) {
        mistakes.extend(beside(config, path, &rules));
    }
    for mistake in &mistakes {
        eprintln!("error: {mistake}");
    }
    if mistakes.is_empty() {
        let source = directory.map_or("the rules of this binary".to_owned(), |path| path.display().to_string());
        let config = path.map_or("no configuration".to_owned(), |path| path.display().to_string());
        println!("{source}: {} profiles; {config}: no mistakes", Policy::names(&rules).count());
    }
    Ok(ExitCode::from(u8::from(!mistakes.is_empty())))
}

/// What the configuration names and does not hold itself.
fn beside(config: &Config, path: &Path, rules: &Rules) -> Vec<RuleError> {
    let mut mistakes = Vec::new();
    let report = |mistakes: &mut Vec<_>, message| mistakes.push(RuleError::new(path.display().to_string(), 0, message));
    if let Some(Err(error)) = config.server.tls.clone().map(tls::Listener::load) {
        report(&mut mistakes, format!("server: {error}"));
    }
    if let Err(error) = tls::client(&config.egress) {
        report(&mut mistakes, format!("egress: {error}"));
    }
    mistakes.extend(Sensitive::load(&config.sensitive, rules).err().unwrap_or_default());
    if config.detection.roster.is_some() || config.detection.lists.is_some() {
        let (roster, lists) = (config.detection.roster.as_deref(), config.detection.lists.as_deref());
        // What is wrong with the word lists was reported already.
        if let Ok(lexicon) = Lexicon::new(rules) {
            match Site::load(roster, lists, &lexicon, jiff::ZonedDateTime::now().date()) {
                Ok(site) => println!("{}", knowledge(&site)),
                Err(errors) => mistakes.extend(errors),
            }
        }
    }
    let named = config.destinations.iter().filter_map(|destination| destination.profile.as_deref());
    let mut profiles: Vec<String> = named.map(str::to_owned).collect();
    if let Callers::Keys(path) = &config.callers {
        match Keyring::load(path) {
            Ok(ring) => profiles.extend(ring.keys.into_iter().filter_map(|key| key.profile)),
            Err(error) => report(&mut mistakes, error.to_string()),
        }
    }
    match Policies::load(rules, &config.detection.profile) {
        // What is wrong inside a profile was reported already.
        Err(errors) => mistakes.extend(errors.into_iter().filter(|error| error.line == 0)),
        Ok(policies) => {
            for name in profiles.iter().filter(|name| !policies.contains(name)) {
                mistakes.push(RuleError::new("profiles", 0, format!("there is no profile with the name {name}")));
            }
        }
    }
    mistakes
}

/// What was read, in numbers: a value that is too short to be looked for is not looked for.
fn knowledge(site: &Site) -> String {
    let (roster, lists) = (&site.roster, &site.lists);
    let rate = if roster.is_empty() { 0 } else { roster.size() / roster.len() };
    format!(
        "roster: {} values, {} too short to be looked for, {rate} bytes each; lists: {} entries, {} expired",
        roster.len(),
        roster.passed_over(),
        lists.len(),
        lists.expired(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cordon.toml");
        std::fs::write(&path, config).unwrap();
        run(Args { rules: None, config: Some(path) }).unwrap() == ExitCode::SUCCESS
    }

    #[test]
    fn the_rules_of_this_binary_have_no_mistakes() {
        assert!(check("[server]\nplaintext = true\n"));
    }

    #[test]
    fn mistakes_count_wherever_they_are() {
        assert!(!check("[server]\nplaintext = true\nport = 1\n"), "an unknown key");
        assert!(!check("[server]\ncertificate = \"nowhere.pem\"\n"), "a file that is not there");
        assert!(!check("[server]\nplaintext = true\n[detection]\nprofile = \"none-such\"\n"), "no such profile");
        let sensitive = "[server]\nplaintext = true\n[sensitive]\n";
        assert!(!check(&format!("{sensitive}categories = [\"none-such\"]\n")), "no such list");
        assert!(!check(&format!("{sensitive}model = \"local/none\"\n")), "no such local model");
        assert!(!check("[server]\nplaintext = true\n[[route]]\nsend = \"local_first\"\n"), "no model comes first");
        assert!(!check("[server]\nplaintext = true\n[detection]\nroster = \"none.csv\"\n"), "no such roster");
    }
}
