//! One rule of `rules/recognizers/*.toml`: as written, and compiled.

use super::pairs::Pairs;
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::recognize::checksum::{self, Checksum};
use crate::rules::{RuleError, line_of};
use crate::text::Span;
use memchr::memmem::Finder;
use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;
use serde::Deserialize;
use std::borrow::Borrow;
use std::sync::LazyLock;
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
    /// A label right before it.
    Announced,
}

/// A pattern by itself, compiled when it is first needed: a start compiles them as one, and a text needs few alone.
pub type Pattern = LazyLock<Regex, Box<dyn FnOnce() -> Regex + Send + Sync>>;

/// A rule as the engine uses it.
pub struct Rule {
    pub name: String,
    /// None for code systems, whose values name no one.
    pub entity: Option<EntityType>,
    role: Role,
    pub pattern: Option<Pattern>,
    /// The pattern as it was parsed, for the combined automata.
    pub parsed: Option<Hir>,
    /// Words that announce a value right after them, and speak for a shape nearby.
    pub labels: Vec<String>,
    /// Words that only speak for a shape nearby.
    pub context: Vec<String>,
    pub evidence: Evidence,
    pub checksum: Option<Checksum>,
    pub anywhere: bool,
    /// Most texts hold what it needs, so that it is searched for with others like it, in one pass.
    pub swept: bool,
    /// One of these stands in every text that the pattern matches.
    needs: Vec<Finder<'static>>,
    /// The longest match, where that is no longer than a window.
    pub reach: Option<usize>,
    /// Values that everyone may know: hosts, hotlines, roots of code systems.
    public: Vec<String>,
    pub exact: bool,
    /// The shape says that it identifies, but not what: any other finding names it better.
    weak: bool,
    pub matches: Vec<(usize, String)>,
    pub ignores: Vec<(usize, String)>,
    pub file: String,
}

/// A match of a rule's pattern.
#[derive(Clone, Copy)]
pub struct Found {
    /// The first group, or the whole match.
    pub value: Span,
    pub whole_end: usize,
}

impl Rule {
    pub fn find_from(&self, pattern: &Regex, text: &str, from: usize, anchored: Anchored) -> Option<Found> {
        self.find_within(pattern, text, Span::new(from, text.len()), anchored)
    }

    pub fn find_within(&self, pattern: &Regex, text: &str, part: Span, anchored: Anchored) -> Option<Found> {
        let input = Input::new(text).range(part.start..part.end).anchored(anchored);
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

    /// Whether it is worth to search a text for the pattern.
    pub fn may_match(&self, text: &str, pairs: &Pairs) -> bool {
        let holds = |literal: &Finder<'_>| pairs.may_hold(literal.needle()) && literal.find(text.as_bytes()).is_some();
        self.needs.is_empty() || self.needs.iter().any(holds)
    }

    /// Whether a value is one that names no one.
    pub fn is_public(&self, value: &str) -> bool {
        if self.public.is_empty() {
            return false;
        }
        let lower = value.to_lowercase();
        let host = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host);
        let digits: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
        self.public.iter().any(|public| {
            host == public
                || host.strip_suffix(public.as_str()).is_some_and(|rest| rest.ends_with('.'))
                || lower.strip_prefix(public.as_str()).is_some_and(|rest| rest.is_empty() || public.ends_with('.'))
                || digits == *public
        })
    }

    /// Whether the checksum, if there is one, passes.
    pub fn accepts(&self, value: &str) -> bool {
        self.checksum.is_none_or(|checksum| checksum(value))
    }

    /// The strength of a shape with no further evidence.
    pub fn strength(&self) -> Strength {
        if self.evidence == Evidence::Shape && !self.weak { Strength::Likely } else { Strength::Weak }
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
                let pattern = match &codes.pattern {
                    None => None,
                    Some(written) => match parsed(written.get_ref()) {
                        Ok(parsed) => Some(compiled(parsed)),
                        Err(_) => {
                            let line = line_of(text, written.span().start);
                            errors.push(RuleError::new(path, line, "the pattern does not compile"));
                            None
                        }
                    },
                };
                rules.push(Rule {
                    name: codes.name,
                    entity: None,
                    role: Role::Subject,
                    pattern,
                    parsed: None,
                    labels: codes.labels,
                    context: Vec::new(),
                    evidence: Evidence::Shape,
                    checksum: None,
                    anywhere: false,
                    swept: false,
                    needs: Vec::new(),
                    reach: None,
                    public: Vec::new(),
                    exact: true,
                    weak: false,
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
    #[serde(default)]
    labels: Vec<String>,
    pattern: Option<Spanned<String>>,
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
    context: Vec<String>,
    #[serde(default)]
    evidence: Evidence,
    checksum: Option<Spanned<String>>,
    /// The pattern may start within words and without digits: it is searched for in the whole text.
    #[serde(default)]
    anywhere: bool,
    #[serde(default)]
    swept: bool,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    public: Vec<String>,
    /// Only the pattern is a value, even right after a label.
    #[serde(default)]
    exact: bool,
    #[serde(default)]
    weak: bool,
    #[serde(default, rename = "match")]
    matches: Vec<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<Spanned<String>>,
}

/// A pattern of a rule; one that is long or counts far is compiled at once, as it may be too large.
fn parsed(pattern: &str) -> Result<Hir, String> {
    let pattern = written_out(pattern);
    let parsed = syntax::parse(&pattern).map_err(|error| error.to_string())?;
    let properties = parsed.properties();
    let reach = properties.maximum_len().or(properties.minimum_len()).unwrap_or_default();
    if properties.minimum_len() == Some(0) {
        return Err("it matches the empty text".into());
    }
    if pattern.len() > 1000 || reach > 256 {
        Regex::builder().build_from_hir(&parsed).map_err(|error| error.to_string())?;
    }
    Ok(parsed)
}

fn compiled(parsed: Hir) -> Pattern {
    LazyLock::new(Box::new(move || {
        Regex::builder().build_from_hir(&parsed).expect("a small pattern that was parsed compiles")
    }))
}

/// The bytes of the longest match of a pattern, where a window holds them.
fn reach(parsed: &Hir) -> Option<usize> {
    parsed.properties().maximum_len().filter(|&longest| longest < super::WINDOW)
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
    let parsed = match &draft.pattern {
        None => None,
        Some(written) => match parsed(written.get_ref()) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                errors.push(mistake(written.span(), format!("the pattern does not compile: {error}")));
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
            pattern: parsed.clone().map(compiled),
            reach: parsed.as_ref().and_then(reach),
            parsed,
            labels: draft.labels,
            context: draft.context,
            evidence: draft.evidence,
            checksum,
            anywhere: draft.anywhere,
            swept: draft.swept,
            needs: draft.needs.iter().map(|literal| Finder::new(literal).into_owned()).collect(),
            public: draft.public,
            exact: draft.exact,
            weak: draft.weak,
            matches: examples(draft.matches),
            ignores: examples(draft.ignore),
            file: path.to_owned(),
        });
    }
}

/// Patterns of which each is found wherever it matches, whatever the others do.
pub fn together(parsed: &[impl Borrow<Hir>]) -> Result<Regex, Box<meta::BuildError>> {
    let config = meta::Config::new().match_kind(MatchKind::All).hybrid_cache_capacity(8 << 20);
    Regex::builder().configure(config).build_many_from_hir(parsed).map_err(Box::new)
}

/// Digits are ASCII after folding, and ASCII word borders keep the automaton fast on text of any script.
fn written_out(pattern: &str) -> String {
    pattern.replace(r"\d", "[0-9]").replace(r"\b", r"(?-u:\b)")
}
