//! What `cordon eval` measures: a detector with a site's own knowledge, and what its profile keeps.

use super::{Args, EntityName, PredictedSpan, analyzer, rules_of};
use crate::config::Config;
use crate::profile::{Operator, Policy};
use crate::recognize::{Analyzer, Segment, Site};
use crate::rules::RuleError;
use anyhow::anyhow;
use std::path::Path;
use std::time::{Duration, Instant};

pub struct Setup {
    pub name: String,
    analyzer: Analyzer,
    /// None: everything that is found counts.
    policy: Option<Policy>,
    tenant: String,
}

impl Setup {
    /// `settings` is the path of a configuration or the name of a profile.
    pub fn new(settings: Option<&str>, args: &Args) -> anyhow::Result<Self> {
        let name = settings.unwrap_or("everything found").to_owned();
        let tenant = args.tenant.clone();
        let Some(path) = settings.filter(|settings| settings.ends_with(".toml")) else {
            let rules = rules_of(args.rules.as_deref())?;
            let policy = settings.map(|profile| Policy::load(&rules, profile)).transpose().map_err(listed)?;
            return Ok(Self { name, analyzer: analyzer(args.rules.as_deref(), &args.packs)?, policy, tenant });
        };
        let detection = Config::load(Path::new(path)).map_err(listed)?.detection;
        let directory = detection.rules.as_deref().or(args.rules.as_deref());
        let analyzer = analyzer(directory, &detection.packs)?;
        let (roster, lists) = (detection.roster.as_deref(), detection.lists.as_deref());
        let today = jiff::ZonedDateTime::now().date();
        analyzer.learn(Site::load(roster, lists, analyzer.lexicon(), today).map_err(listed)?);
        let policy = Policy::load(&rules_of(directory)?, &detection.profile).map_err(listed)?;
        Ok(Self { name, analyzer, policy: Some(policy), tenant })
    }

    /// What would be masked in a text, in characters.
    pub fn predict(&self, text: &str) -> anyhow::Result<Vec<PredictedSpan>> {
        let deadline = Instant::now() + DEADLINE;
        let found = self.analyzer.analyze_for(Some(&self.tenant), &[Segment::prose(text)], deadline)?;
        // Bytes to characters, both in rising order.
        let mut spans = Vec::new();
        let (mut byte, mut character) = (0, 0);
        let mut count = |to: usize| {
            character += text[byte..to].chars().count();
            byte = to;
            character
        };
        for finding in &found[0] {
            let kept = |policy: &Policy| policy.operator(finding.entity, finding.role) == Operator::Keep;
            if self.policy.as_ref().is_some_and(kept) {
                continue;
            }
            let start = count(finding.span.start);
            let end = count(finding.span.end);
            spans.push(PredictedSpan { start, end, entity: EntityName(finding.entity) });
        }
        Ok(spans)
    }
}

fn listed(errors: Vec<RuleError>) -> anyhow::Error {
    anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Longer than any document takes: here, slowness is for the benches to find.
const DEADLINE: Duration = Duration::from_secs(60);
