//! Profiles as written in `rules/dicom/profiles.toml`.

use super::policy::Profile;
use super::table::Choice;
use crate::rules::Rules;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    options: Vec<String>,
}

/// A profile that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("rules/dicom/profiles.toml: {0}")]
    File(String),
    #[error("no DICOM profile of this name; known are {0}")]
    Unknown(String),
}

impl Profile {
    pub fn load(rules: &Rules, name: &str) -> Result<Self, ProfileError> {
        let error = |message: &str| ProfileError::File(message.to_owned());
        let bytes = rules.file("dicom/profiles.toml").ok_or_else(|| error("the file is missing"))?;
        let text = std::str::from_utf8(bytes).map_err(|_| error("the file is not UTF-8"))?;
        let profiles: BTreeMap<String, Written> =
            toml::from_str(text).map_err(|problem| error(&problem.to_string()))?;
        let written = profiles
            .get(name)
            .ok_or_else(|| ProfileError::Unknown(profiles.keys().map(String::as_str).collect::<Vec<_>>().join(", ")))?;
        let choices: Result<Vec<Choice>, _> = written.options.iter().map(|option| option.parse()).collect();
        let choices = choices.map_err(|problem: super::policy::UnknownChoice| error(&problem.to_string()))?;
        Ok(Self { choices, ..Self::default() })
    }

    /// Adds options; one that is there already stays once.
    pub fn add(&mut self, choices: &[Choice]) {
        for &choice in choices {
            if !self.choices.contains(&choice) {
                self.choices.push(choice);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_load_and_unknown_ones_name_those_there_are() {
        let rules = Rules::embedded();
        assert!(Profile::load(&rules, "basic").unwrap().choices.is_empty());
        assert!(Profile::load(&rules, "research").unwrap().choices.contains(&Choice::RetainModifiedDates));
        assert!(Profile::load(&rules, "none").unwrap_err().to_string().contains("basic, device, research"));
    }
}
