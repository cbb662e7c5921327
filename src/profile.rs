//! Profiles: what happens to each kind of finding. A profile is a file a site may edit; a [`Policy`] is total.

mod read;
mod zip;

use crate::crypto::sha256;
use crate::entity::{EntityType, Role};
use crate::rules::{RuleError, Rules};
use std::collections::BTreeSet;
pub use zip::Prefixes;

/// A compiled profile: every question has an answer.
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    /// By entity type; for subjects and for providers.
    operators: Vec<[Operator; 2]>,
    dates: DateStyle,
    order: Order,
    /// The ZIP prefixes that may stand in a pseudonym; none if the profile keeps no part of a ZIP code.
    zip: Option<Prefixes>,
    fetch_hosts: BTreeSet<String>,
    pictures: bool,
    digest: [u8; 32],
}

/// What is done with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// It leaves as it is.
    Keep,
    /// `[NAME]`: gone, and the reply does not bring it back.
    Redact,
    /// A less exact value that Safe Harbor allows: `90+`, three digits of a ZIP code, a year.
    Generalize,
    /// A date moved by a secret number of days of this scope.
    Shift,
    /// `[NAME_1]`: the reply brings it back.
    Pseudonymize,
    /// The request does not leave.
    Refuse,
}

/// Which of two numbers is the month where only custom tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    MonthFirst,
    DayFirst,
}

/// How pseudonymized dates look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// `[DAY_0]`, `[DAY_+12]`: intervals stay, no date leaves, replies may do arithmetic.
    Timeline,
    /// `[DATE_1]`: nothing stays.
    Ordinal,
}

impl Policy {
    /// The profile in force where none is configured.
    pub const DEFAULT: &'static str = "hipaa-safe-harbor";

    /// Compiles `profiles/NAME.toml`. Reports every mistake in it.
    pub fn load(rules: &Rules, name: &str) -> Result<Self, Vec<RuleError>> {
        let file = format!("profiles/{name}.toml");
        let Some(bytes) = rules.file(&file) else {
            let known: Vec<&str> = Self::names(rules).collect();
            return Err(vec![
                RuleError::new(file, 0, "no such profile").hint(format!("there are {}", known.join(", "))),
            ]);
        };
        let text = std::str::from_utf8(bytes).map_err(|_| vec![RuleError::new(&file, 0, "not UTF-8")])?;
        let written = read::read(&file, text)?;
        let zip = if written.zip_prefix { Some(Prefixes::load(rules)?) } else { None };
        // The text of the derived forms names every choice, and the table of ZIP prefixes is as good as its file.
        let table = rules.file(Prefixes::FILE).filter(|_| written.zip_prefix).map(sha256);
        let digest = sha256(format!("{written:?} {table:?}").as_bytes());
        Ok(Self {
            name: name.to_owned(),
            operators: written.operators,
            dates: written.dates,
            order: written.order,
            zip,
            fetch_hosts: written.fetch_hosts,
            pictures: written.pictures,
            digest,
        })
    }

    /// The names of all profiles.
    pub fn names(rules: &Rules) -> impl Iterator<Item = &str> {
        rules.below("profiles/").filter_map(|(path, _)| path.strip_prefix("profiles/")?.strip_suffix(".toml"))
    }

    /// The profile's name, for the audit record.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the policy as compiled, for the audit record.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub fn operator(&self, entity: EntityType, role: Role) -> Operator {
        self.operators[entity as usize][usize::from(role == Role::Provider)]
    }

    pub fn dates(&self) -> DateStyle {
        self.dates
    }

    /// Which number is the month in `3/4/2024`.
    pub fn order(&self) -> Order {
        self.order
    }

    pub(crate) fn zip(&self) -> Option<&Prefixes> {
        self.zip.as_ref()
    }

    /// Whether the provider may be asked to fetch a URL of this host.
    pub fn may_fetch(&self, host: &str) -> bool {
        self.fetch_hosts.contains(host)
    }

    /// Whether pictures may leave without what is written beside their pixels. What is burnt into them leaves too.
    pub fn sends_pictures(&self) -> bool {
        self.pictures
    }

    #[cfg(test)]
    pub(crate) fn with_pictures(mut self) -> Self {
        self.pictures = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(name: &str) -> Policy {
        Policy::load(&Rules::embedded(), name).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    #[test]
    fn every_profile_compiles() {
        let rules = Rules::embedded();
        let names: Vec<&str> = Policy::names(&rules).collect();
        assert!(names.contains(&Policy::DEFAULT) && names.contains(&"strict") && names.contains(&"limited-data-set"));
        let digests: BTreeSet<[u8; 32]> = names.iter().map(|name| *policy(name).digest()).collect();
        assert_eq!(digests.len(), names.len());
    }

    #[test]
    fn safe_harbor_lets_no_listed_identifier_leave() {
        let policy = policy(Policy::DEFAULT);
        for &entity in EntityType::ALL {
            for role in [Role::Subject, Role::Provider] {
                assert_ne!(policy.operator(entity, role), Operator::Keep, "{entity}");
            }
        }
    }

    #[test]
    fn a_limited_data_set_keeps_dates_but_no_direct_identifier() {
        let policy = policy("limited-data-set");
        assert_eq!(policy.operator(EntityType::Date, Role::Subject), Operator::Keep);
        assert_ne!(policy.operator(EntityType::Name, Role::Subject), Operator::Keep);
        assert_ne!(policy.operator(EntityType::Ip, Role::Subject), Operator::Keep);
    }

    #[test]
    fn all_mistakes_are_reported_with_their_lines() {
        let text =
            "default = \"hide\"\nzip = 3\n[entities]\nNAME = \"pseudonymize\"\nNAMES = \"keep\"\nSSN = \"shift\"\n";
        let errors = read::read("profiles/x.toml", text).expect_err("four mistakes");
        let lines: Vec<usize> = errors.iter().map(|error| error.line).collect();
        assert_eq!(lines, [1, 2, 5, 6]);
        assert_eq!(read::read("profiles/x.toml", "").expect_err("no default").len(), 1);
    }
}
