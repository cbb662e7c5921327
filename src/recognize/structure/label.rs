//! What the name of a column, key or form field tells about the values under it.

use super::content::Content;
use crate::rules::RuleError;
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

/// The names of `rules/formats/labels.txt`.
#[derive(Debug)]
pub(super) struct Labels {
    /// One pattern for each line.
    names: Regex,
    meanings: Vec<Meaning>,
}

/// What a name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub content: Content,
    /// The name alone tells too little: it counts among others, or with values that look right.
    pub vague: bool,
    /// The vague name of a field that a log gives its value by an equals sign: there it counts.
    pub assigned: bool,
}

impl Labels {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, pattern) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let assigned = word.starts_with('=');
            let (word, vague) = word.strip_prefix(['?', '=']).map_or((word, false), |word| (word, true));
            let Some(content) = Content::parse(word) else {
                errors.push(RuleError::new(file, number + 1, format!("`{word}` is not a kind of content")));
                continue;
            };
            if let Err(error) = Regex::new(pattern.trim()) {
                errors.push(RuleError::new(file, number + 1, format!("the pattern cannot be read: {error}")));
                continue;
            }
            patterns.push(pattern.trim());
            meanings.push(Meaning { content, vague, assigned });
        }
        let names = Regex::new_many(&patterns).unwrap_or_else(|error| {
            errors.push(RuleError::new(file, 0, format!("the patterns are too large together: {error}")));
            Regex::new("[a&&b]").expect("a class without members is a pattern")
        });
        Self { names, meanings }
    }

    /// What this name tells. A path such as `patient.name[0].family` counts by its last part, then by its last two.
    pub fn meaning(&self, label: &str) -> Option<Meaning> {
        /// Longer texts are sentences, not names.
        const LONGEST: usize = 60;
        if label.len() > LONGEST * 2 {
            return None;
        }
        let mut parts =
            label.rsplit(['.', '/', ':']).filter(|part| !part.trim_matches(|c: char| !c.is_alphanumeric()).is_empty());
        let last = words(parts.next()?);
        if last.len() > LONGEST {
            return None;
        }
        if let Some(meaning) = self.first(&last).filter(|meaning| !meaning.vague) {
            return Some(meaning);
        }
        if let Some(parent) = parts.next()
            && let Some(meaning) = self.first(&format!("{} {last}", words(parent)))
        {
            return Some(meaning);
        }
        self.first(&last).or_else(|| {
            // `Phone (home)`, `DOB (mm/dd/yyyy)`: the name without the remark.
            let open = label.find(['(', '['])?;
            self.first(&words(&label[..open]))
        })
    }

    fn first(&self, words: &str) -> Option<Meaning> {
        if words.is_empty() {
            return None;
        }
        let mut set = regex_automata::PatternSet::new(self.names.pattern_len());
        self.names.which_overlapping_matches(&Input::new(words).anchored(Anchored::No), &mut set);
        set.iter().next().map(|pattern| self.meanings[pattern.as_usize()])
    }
}

/// A name in lower case with its words apart: `patientName` and `PATIENT_NAME` read `patient name`.
fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut previous = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let c = fold(c);
        if c.is_alphanumeric() || c == '#' {
            let starts_word = c.is_uppercase()
                && (previous.is_lowercase()
                    || previous.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase()));
            if starts_word && !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        previous = c;
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Letters of the languages in the list without their accents.
fn fold(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' | 'ć' => 'c',
        'ñ' | 'ń' => 'n',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::formats;
    use super::*;
    use crate::entity::{EntityType, Role};

    #[track_caller]
    fn check(label: &str, expected: Option<Content>) {
        let meaning = formats().labels.meaning(label).filter(|meaning| !meaning.vague);
        assert_eq!(meaning.map(|meaning| meaning.content), expected, "{label}");
    }

    fn id(entity: EntityType) -> Option<Content> {
        Some(Content::Id(entity, Role::Subject))
    }

    #[test]
    fn names_in_all_spellings() {
        for label in [
            "patientName",
            "PATIENT_NAME",
            "Patient Name",
            "pt-name",
            "lastName",
            "FName",
            "Nachname",
            "patient.name.family",
        ] {
            check(label, Some(Content::Name(Role::Subject)));
        }
        check("Attending Physician", Some(Content::Name(Role::Provider)));
        check("dateOfBirth", Some(Content::Birth));
        check("DOB (mm/dd/yyyy)", Some(Content::Birth));
        check("Phone (home)", id(EntityType::Phone));
        check("MRN", id(EntityType::Mrn));
        check("patientId", id(EntityType::Mrn));
        check("encounter_id", id(EntityType::OtherId));
        check("PLZ", id(EntityType::Location));
        check("zip_code", id(EntityType::Location));
        check("AdmissionDate", Some(Content::Date));
        check("Apellidos", Some(Content::Name(Role::Subject)));
    }

    #[test]
    fn names_that_tell_nothing_or_something_else() {
        for label in ["Dose", "HbA1c", "name", "id", "value", "unit", "temperature", "mrna", "model", "role"] {
            check(label, None);
        }
        check("Drug name", Some(Content::Scan));
        check("toolName", Some(Content::Scan));
        check("state", Some(Content::Keep));
    }
}
