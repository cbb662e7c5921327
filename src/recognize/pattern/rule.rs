//! One rule of `rules/recognizers/*.toml`: as written, and compiled.

use crate::entity::{EntityType, Finding, Role, Strength};
use crate::recognize::checksum::{self, Checksum};
use crate::rules::{RuleError, line_of};
use crate::text::Span;
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};
use serde::Deserialize;
use toml::Spanned;

/// The least that makes a shape a finding. A label right before the value always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The shape alone is distinctive.
    Shape,
    /// A passing checksum, or a label nearby.
    Checksum,
    /// A label nearby.
    #[default]
    Label,
}

/// A rule as the engine uses it.
pub struct Rule {
    pub name: String,
    /// None for code systems, whose values name no one.
    pub entity: Option<EntityType>,
    role: Role,
    pub pattern: Option<Regex>,
    /// The pattern with its shorthands written out, for the combined automaton.
    pub source: String,
    pub labels: Vec<String>,
    pub evidence: Evidence,
    pub checksum: Option<Checksum>,
    pub anywhere: bool,
    pub exact: bool,
    pub matches: Vec<(usize, String)>,
    pub ignores: Vec<(usize, String)>,
    pub file: String,
}

/// A match of a rule's pattern.
pub struct Found {
    /// The first group, or the whole match.
    pub value: Span,
    pub whole_end: usize,
}

impl Rule {
    pub fn find_from(&self, pattern: &Regex, text: &str, from: usize, anchored: Anchored) -> Option<Found> {
        let input = Input::new(text).range(from..).anchored(anchored);
        if pattern.captures_len() == 1 {
            let whole = pattern.find(input)?;
            return Some(Found { value: whole.range().into(), whole_end: whole.end() });
        }
        let mut captures = pattern.create_captures();
        pattern.captures(input, &mut captures);
        let whole = captures.get_match()?;
        let value = captures.get_group(1).map_or(whole.range(), |group| group.range());
        Some(Found { value: value.into(), whole_end: whole.end() })
    }

    /// Whether the checksum, if there is one, passes.
    pub fn accepts(&self, value: &str) -> bool {
        self.checksum.is_none_or(|checksum| checksum(value))
    }

    /// The strength of a shape with no further evidence.
    pub fn strength(&self) -> Strength {
        if self.evidence == Evidence::Shape { Strength::Likely } else { Strength::Weak }
    }

    pub fn finding(&self, span: Span, strength: Strength) -> Finding {
        Finding {
            span,
            entity: self.entity.unwrap_or(EntityType::OtherId),
            role: self.role,
            strength,
            recognizer: self.name.clone().into(),
        }
    }
}

/// Reads one file, adding its rules and its mistakes.
pub fn read(path: &str, bytes: &[u8], rules: &mut Vec<Rule>, errors: &mut Vec<RuleError>) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        errors.push(RuleError::new(path, 0, "not UTF-8"));
        return;
    };
    match toml::from_str::<File>(text) {
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            errors.push(RuleError::new(path, line, error.message().to_owned()));
        }
        Ok(file) => {
            for draft in file.recognizer {
                compile(path, text, draft, rules, errors);
            }
            for codes in file.code_system {
                rules.push(Rule {
                    name: codes.name,
                    entity: None,
                    role: Role::Subject,
                    pattern: None,
                    source: String::new(),
                    labels: codes.labels,
                    evidence: Evidence::Label,
                    checksum: None,
                    anywhere: false,
                    exact: true,
                    matches: Vec::new(),
                    ignores: Vec::new(),
                    file: path.to_owned(),
                });
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    recognizer: Vec<Draft>,
    #[serde(default)]
    code_system: Vec<CodeSystem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeSystem {
    name: String,
    labels: Vec<String>,
}

/// A rule as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    name: Spanned<String>,
    entity: Spanned<String>,
    /// Whose identifier it is: a clinician's is not one of the patient's.
    #[serde(default)]
    provider: bool,
    pattern: Option<Spanned<String>>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    evidence: Evidence,
    checksum: Option<Spanned<String>>,
    /// The pattern may start within words and without digits: it is searched for in the whole text.
    #[serde(default)]
    anywhere: bool,
    /// Only the pattern is a value, even right after a label.
    #[serde(default)]
    exact: bool,
    #[serde(default, rename = "match")]
    matches: Vec<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<Spanned<String>>,
}

fn compile(path: &str, text: &str, draft: Draft, rules: &mut Vec<Rule>, errors: &mut Vec<RuleError>) {
    let mistake =
        |span: std::ops::Range<usize>, message: String| RuleError::new(path, line_of(text, span.start), message);
    let before = errors.len();
    let entity = draft.entity.get_ref().parse::<EntityType>();
    if entity.is_err() {
        errors.push(
            mistake(draft.entity.span(), "unknown entity type".into()).hint("see the names in docs/detection.md"),
        );
    }
    let source = draft.pattern.as_ref().map(|pattern| written_out(pattern.get_ref())).unwrap_or_default();
    let pattern = match &draft.pattern {
        None => None,
        Some(written) => match Regex::new(&source) {
            Ok(regex) if regex.find("").is_some() => {
                errors.push(mistake(written.span(), "the pattern matches the empty text".into()));
                None
            }
            Ok(regex) => Some(regex),
            Err(error) => {
                let cause = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
                errors.push(mistake(written.span(), format!("the pattern does not compile: {cause}")));
                None
            }
        },
    };
    let checksum = draft.checksum.as_ref().and_then(|name| {
        let found = checksum::named(name.get_ref());
        if found.is_none() {
            errors.push(mistake(name.span(), format!("unknown checksum `{}`", name.get_ref())));
        }
        found
    });
    if draft.pattern.is_none() && draft.labels.is_empty() {
        errors.push(mistake(draft.name.span(), "neither pattern nor labels".into()));
    }
    if draft.evidence == Evidence::Checksum && draft.checksum.is_none() {
        errors.push(mistake(draft.name.span(), "evidence is the checksum, but none is named".into()));
    }
    if rules.iter().any(|rule| rule.name == *draft.name.get_ref()) {
        errors.push(mistake(draft.name.span(), format!("a second rule named `{}`", draft.name.get_ref())));
    }
    let examples = |list: Vec<Spanned<String>>| {
        list.into_iter().map(|example| (line_of(text, example.span().start), example.into_inner())).collect()
    };
    if errors.len() == before {
        rules.push(Rule {
            name: draft.name.into_inner(),
            entity: entity.ok(),
            role: if draft.provider { Role::Provider } else { Role::Subject },
            pattern,
            source,
            labels: draft.labels,
            evidence: draft.evidence,
            checksum,
            anywhere: draft.anywhere,
            exact: draft.exact,
            matches: examples(draft.matches),
            ignores: examples(draft.ignore),
            file: path.to_owned(),
        });
    }
}

/// Digits are ASCII after folding, and ASCII word borders keep the automaton fast on text of any script.
fn written_out(pattern: &str) -> String {
    pattern.replace(r"\d", "[0-9]").replace(r"\b", r"(?-u:\b)")
}
