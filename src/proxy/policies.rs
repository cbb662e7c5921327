//! The compiled profiles, by name.

use crate::profile::Policy;
use crate::refusal::{Reason, Refusal};
use crate::rules::{RuleError, Rules};
use std::collections::HashMap;
use std::sync::Arc;

/// Every profile of the rules, compiled, and which of them holds unless another is named.
#[derive(Debug)]
pub struct Policies {
    by_name: HashMap<String, Arc<Policy>>,
    default: Arc<Policy>,
}

impl Policies {
    /// Compiles every profile; reports all mistakes in all of them.
    pub fn load(rules: &Rules, default: &str) -> Result<Self, Vec<RuleError>> {
        let mut by_name = HashMap::new();
        let mut mistakes = Vec::new();
        for name in Policy::names(rules) {
            match Policy::load(rules, name) {
                Ok(policy) => drop(by_name.insert(name.to_owned(), Arc::new(policy))),
                Err(errors) => mistakes.extend(errors),
            }
        }
        let chosen = by_name.get(default).cloned();
        if chosen.is_none() && mistakes.is_empty() {
            let message = format!("there is no profile with the name {default}");
            mistakes
                .push(RuleError::new("profiles", 0, message).hint("`detection.profile` names a file of `profiles/`"));
        }
        match chosen {
            Some(default) if mistakes.is_empty() => Ok(Self { by_name, default }),
            _ => Err(mistakes),
        }
    }

    /// The policy of a name, or the default. A name without a policy refuses: a caller bound to a stricter profile
    /// must not fall back to a laxer one.
    pub fn of(&self, name: Option<&str>) -> Result<Arc<Policy>, Refusal> {
        match name {
            None => Ok(self.default.clone()),
            Some(name) => self.by_name.get(name).cloned().ok_or_else(|| Reason::ForbiddenByPolicy.into()),
        }
    }

    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}
