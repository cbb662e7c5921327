//! What a site knows itself: a roster of people and identifiers, and what its tenants always or never mask.

mod atom;
pub mod index;
pub mod lists;
pub mod roster;

use super::dictionary::Lexicon;
use crate::entity::Finding;
use crate::rules::RuleError;
use jiff::civil::Date;
pub use lists::Lists;
pub use roster::Roster;
use std::path::Path;

/// A roster and lists, read as a whole and replaced as a whole.
#[derive(Debug, Default)]
pub struct Site {
    pub roster: Roster,
    pub lists: Lists,
}

impl Site {
    /// Reads both files, where there are any, as of a day. Reports the mistakes of both.
    pub fn load(
        roster: Option<&Path>,
        lists: Option<&Path>,
        lexicon: &Lexicon,
        today: Date,
    ) -> Result<Self, Vec<RuleError>> {
        let roster = roster.map(|path| Roster::load(path, lexicon)).transpose();
        let lists = lists.map(|path| Lists::load(path, today)).transpose();
        match (roster, lists) {
            (Ok(roster), Ok(lists)) => {
                Ok(Self { roster: roster.unwrap_or_default(), lists: lists.unwrap_or_default() })
            }
            (roster, lists) => Err([roster.err(), lists.err()].into_iter().flatten().flatten().collect()),
        }
    }

    /// Adds every place of a text where a value of the roster or a denied one of the tenant stands.
    pub(super) fn find(&self, tenant: Option<&str>, text: &str, findings: &mut Vec<Finding>) {
        self.roster.find(text, findings);
        self.lists.find(tenant, text, findings);
    }

    /// Whether the tenant has stated that this finding identifies nobody.
    pub(super) fn allows(&self, tenant: Option<&str>, text: &str, finding: &Finding) -> bool {
        self.lists.allows(tenant, finding.span.of(text), finding)
    }
}
