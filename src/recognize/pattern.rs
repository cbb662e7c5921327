//! Identifiers by rule: a label and its value, a shape, a checksum. The rules are those of `rules/recognizers/`.
//!
//! A value that stands right after its label is taken whatever its shape and whatever a checksum says: people mistype.
//! A shape alone counts only where the rule says that it is distinctive; otherwise a checksum or a label nearby must
//! speak for it.

mod label;
mod pairs;
mod rule;
mod value;

use super::{Fault, NearMiss, Passage, Recognizer, SegmentKind};
use crate::entity::{Finding, Strength};
use crate::rules::{RuleError, Rules};
use crate::text::Span;
use label::Labels;
use pairs::Pairs;
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input, PatternID, PatternSet};
use regex_syntax::hir::Hir;
use rule::{Evidence, Pattern, Rule, together};
use std::cell::LazyCell;
use std::sync::LazyLock;
use std::time::Instant;

/// The files that hold for every site, whatever packs it selects.
const ALWAYS: &[&str] = &["common", "codes"];
/// The name that selects every pack there is. It is the default: patients come from everywhere.
pub const ALL_PACKS: &str = "*";

/// How far before and after a shape a label still speaks for it, in bytes.
const NEAR_BEFORE: usize = 40;
const NEAR_AFTER: usize = 15;
/// Bytes in which a shape is looked for at first: from each start to the end of a run of any length takes forever.
const WINDOW: usize = 256;

/// All selected rules, compiled.
pub struct Patterns {
    rules: Vec<Rule>,
    labels: Labels,
    /// Every pattern of `shaped`, tried at once at the start of each token that holds a digit.
    shapes: Regex,
    /// The rule of each pattern of `shapes`.
    shaped: Vec<usize>,
    /// Rules whose pattern is searched for in the whole text.
    anywhere: Vec<Anywhere>,
    /// Tells in one pass which of the swept patterns a text holds.
    sweep: Pattern,
}

struct Anywhere {
    rule: usize,
    /// Its pattern in `sweep`.
    swept: Option<PatternID>,
}

impl Patterns {
    /// The rules of the common files and of the packs named, such as `us`, or of every pack. All mistakes are reported.
    pub fn new(rules: &Rules, packs: &[String]) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let mut compiled = Vec::new();
        let every = || {
            let files = rules.below("recognizers/");
            files.filter_map(|(path, _)| path.strip_prefix("recognizers/")?.strip_suffix(".toml"))
        };
        let selected: Vec<&str> = match packs.iter().any(|pack| pack == ALL_PACKS) {
            true => every().filter(|name| !ALWAYS.contains(name)).collect(),
            false => packs.iter().map(String::as_str).collect(),
        };
        for name in ALWAYS.iter().copied().chain(selected) {
            let path = format!("recognizers/{name}.toml");
            match rules.file(&path) {
                Some(bytes) => rule::read(&path, bytes, &mut compiled, &mut errors),
                None => errors.push(RuleError::new(path, 0, "no such pack").hint("name a file of rules/recognizers/")),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Self::compile(compiled)
    }

    fn compile(rules: Vec<Rule>) -> Result<Self, Vec<RuleError>> {
        let with_pattern = |anywhere: bool| {
            let rules = &rules;
            (0..rules.len()).filter(move |&at| {
                let rule = &rules[at];
                rule.entity.is_some()
                    && rule.pattern.is_some()
                    && rule.anywhere == anywhere
                    && rule.evidence != Evidence::Announced
            })
        };
        let shaped: Vec<usize> = with_pattern(false).collect();
        let mut sweep = Vec::new();
        let anywhere = with_pattern(true).map(|at| {
            let swept = rules[at].parsed.as_ref().filter(|_| rules[at].swept).map(|parsed| {
                sweep.push(parsed.clone());
                PatternID::must(sweep.len() - 1)
            });
            Anywhere { rule: at, swept }
        });
        let anywhere = anywhere.collect();
        let parsed: Vec<&Hir> = shaped.iter().filter_map(|&at| rules[at].parsed.as_ref()).collect();
        let shapes = together(&parsed)
            .map_err(|error| vec![RuleError::new("recognizers", 0, format!("too many patterns: {error}"))])?;
        let labels = Labels::new(&rules);
        let sweep: Pattern =
            LazyLock::new(Box::new(move || together(&sweep).expect("a few patterns that were parsed compile")));
        Ok(Self { rules, labels, shapes, shaped, anywhere, sweep })
    }

    /// Runs every example of every rule and reports those that do not come out as the rule says.
    pub fn check(&self) -> Vec<RuleError> {
        let mut errors = Vec::new();
        for rule in &self.rules {
            for (examples, wanted) in [(&rule.matches, true), (&rule.ignores, false)] {
                for (line, example) in examples {
                    let mut findings = Vec::new();
                    self.scan(example, None, SegmentKind::Prose, &mut findings);
                    if findings.iter().any(|finding| finding.recognizer == rule.name) != wanted {
                        let message = match wanted {
                            true => format!("`{}` should match this example but does not", rule.name),
                            false => format!("`{}` should ignore this example but matches it", rule.name),
                        };
                        errors.push(RuleError::new(rule.file.clone(), *line, message));
                    }
                }
            }
        }
        errors
    }

    /// The number of rules and of examples, for reports.
    pub fn counts(&self) -> (usize, usize) {
        (self.rules.len(), self.rules.iter().map(|rule| rule.matches.len() + rule.ignores.len()).sum())
    }

    fn scan(&self, text: &str, label: Option<&str>, kind: SegmentKind, findings: &mut Vec<Finding>) {
        let hits = self.labels.find(text);
        let codes = self.known_codes(text, &hits);
        for hit in &hits {
            self.labelled(text, hit, &codes, findings);
        }
        if let Some(label) = label {
            self.whole(text, label, findings);
        }
        self.shaped(text, &hits, &codes, kind, findings);
        let pairs = Pairs::of(text);
        let sweep = LazyCell::new(|| {
            let mut set = PatternSet::new(self.sweep.pattern_len());
            self.sweep.which_overlapping_matches(&Input::new(text), &mut set);
            set
        });
        for Anywhere { rule, swept } in &self.anywhere {
            let rule = &self.rules[*rule];
            let may_match = rule.may_match(text, &pairs) && swept.is_none_or(|pattern| sweep.contains(pattern));
            let Some(pattern) = rule.pattern.as_ref().filter(|_| may_match) else { continue };
            let mut from = 0;
            while let Some(found) = rule.find_from(pattern, text, from, Anchored::No) {
                from = found.whole_end.max(from + 1);
                while !text.is_char_boundary(from) {
                    from += 1;
                }
                let value = found.value.of(text);
                if rule.accepts(value) && !rule.is_public(value) && !within(&codes, found.value.start) {
                    findings.push(rule.finding(found.value, rule.strength()));
                }
            }
        }
    }

    /// The values that labels of code systems announce: they name a diagnosis or a product, not a person.
    fn known_codes(&self, text: &str, hits: &[label::Hit]) -> Vec<Span> {
        let mut codes = Vec::new();
        for hit in hits {
            if hit.rules.iter().any(|&at| self.rules[at].entity.is_none()) {
                codes.extend(value::code_list(text, hit.span.end));
            }
        }
        for rule in self.rules.iter().filter(|rule| rule.entity.is_none()) {
            let Some(pattern) = &rule.pattern else { continue };
            codes.extend(pattern.find_iter(text).map(|found| Span::from(found.range())));
        }
        codes.sort_unstable();
        codes
    }

    /// The value right after a label.
    fn labelled(&self, text: &str, hit: &label::Hit, codes: &[Span], findings: &mut Vec<Finding>) {
        let gap = value::cross(text, hit.span);
        for &at in hit.rules {
            let rule = &self.rules[at];
            if rule.entity.is_none() || within(codes, gap.value) {
                continue;
            }
            let own = rule.pattern.as_ref().and_then(|pattern| rule.find_from(pattern, text, gap.value, Anchored::Yes));
            let own = own.map(|found| found.value).filter(|span| {
                let plain = span.of(text).bytes().any(|byte| byte.is_ascii_digit());
                value::ends_well(text, span.end) && (plain || gap.explicit)
            });
            let generic = if rule.exact { None } else { value::generic(text, &gap) };
            let Some(mut span) = longest(own, generic) else { continue };
            if rule.is_public(span.of(text)) {
                continue;
            }
            // `MRN-0012345` is one word: its label is part of the value.
            if gap.joined {
                span.start = hit.span.start;
            }
            findings.push(rule.finding(span, Strength::Certain));
        }
    }

    /// A whole text whose key or column names the rule.
    fn whole(&self, text: &str, label: &str, findings: &mut Vec<Finding>) {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.len() > 64 || !trimmed.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let start = text.len() - text.trim_start().len();
        for hit in self.labels.find(label) {
            // A key such as `mrn_verified_by` only mentions the label.
            if !value::covers_key(label, hit.span) {
                continue;
            }
            for &at in hit.rules {
                let rule = &self.rules[at];
                if rule.entity.is_some() {
                    findings.push(rule.finding(Span::new(start, start + trimmed.len()), Strength::Certain));
                }
            }
        }
    }

    /// Shapes that stand alone, or for which a checksum or a label nearby speaks.
    fn shaped(&self, text: &str, hits: &[label::Hit], codes: &[Span], kind: SegmentKind, findings: &mut Vec<Finding>) {
        self.candidates::<false>(text, hits, codes, kind, |rule, span, verdict| {
            if let Ok(strength) = verdict {
                findings.push(rule.finding(span, strength));
            }
        });
    }

    /// Gives every shape at the start of a token of a word that holds a digit, with its strength, or with what it
    /// lacks where `MISSES` asks for that.
    fn candidates<const MISSES: bool>(
        &self,
        text: &str,
        hits: &[label::Hit],
        codes: &[Span],
        kind: SegmentKind,
        mut each: impl FnMut(&Rule, Span, Result<Strength, &'static str>),
    ) {
        let mut set = PatternSet::new(self.shapes.pattern_len());
        let mut after = vec![0; self.rules.len()];
        for start in value::starts(text) {
            // What goes on after a digit and a point is part of a number, and no label that could start there.
            let dotted =
                text.as_bytes()[start].is_ascii_digit() && value::part_of_number(text, Span::new(start, start));
            if within(codes, start) || dotted {
                continue;
            }
            set.clear();
            let window = Span::new(start, text.floor_char_boundary(start + WINDOW));
            let input = Input::new(text).range(window.start..window.end).anchored(Anchored::Yes);
            self.shapes.which_overlapping_matches(&input, &mut set);
            if set.is_empty() {
                continue;
            }
            for pattern in set.iter() {
                let at = self.shaped[pattern.as_usize()];
                let rule = &self.rules[at];
                // Inside an earlier match of the same rule there is nothing to add.
                if start < after[at] {
                    continue;
                }
                let Some(pattern) = &rule.pattern else { continue };
                // Without a label nearby it is nothing, however long it is.
                if !MISSES
                    && rule.evidence == Evidence::Label
                    && let Some(reach) = rule.reach
                    && !nearby(hits, Span::new(start, start + reach)).any(|hit| hit.speaks_for(at))
                {
                    continue;
                }
                let Some(mut found) = rule.find_within(pattern, text, window, Anchored::Yes) else { continue };
                if found.whole_end == window.end {
                    let Some(longer) = rule.find_from(pattern, text, start, Anchored::Yes) else { continue };
                    // So long a run is read once, whatever comes of it.
                    (found, after[at]) = (longer, longer.whole_end);
                }
                let mut value = found.value;
                // `MRN 00412345` is a label and its number, whatever country writes three letters before eight digits.
                if let Some(label) = nearby(hits, value).find(|hit| hit.span.start == value.start)
                    && text.get(label.span.end..value.end).is_some_and(|rest| rest.starts_with(' '))
                {
                    value.start = label.span.end + 1;
                }
                let written = value.of(text);
                if !value::ends_well(text, value.end) || value::part_of_number(text, value) || rule.is_public(written) {
                    continue;
                }
                let checked = rule.checksum.is_some() && rule.accepts(written);
                let named = nearby(hits, value).any(|hit| near(text, hit.span, value) && hit.speaks_for(at));
                let enough = match rule.evidence {
                    // An identifier of the API is random: shape alone says nothing there.
                    Evidence::Shape => kind != SegmentKind::Identifier || named || checked,
                    Evidence::Checksum => checked || named,
                    Evidence::Label => named,
                    Evidence::Announced => false,
                };
                if !enough {
                    let lacks = if rule.evidence == Evidence::Checksum {
                        "no label, and the checksum fails"
                    } else {
                        "no label"
                    };
                    each(rule, value, Err(lacks));
                    continue;
                }
                after[at] = found.whole_end;
                let strength = match (named, checked) {
                    (false, false) => rule.strength(),
                    (true, true) => Strength::Certain,
                    _ => Strength::Likely.max(rule.strength()),
                };
                each(rule, value, Ok(strength));
            }
        }
    }
}

/// Whether a place stands in one of the sorted spans.
fn within(spans: &[Span], at: usize) -> bool {
    let next = spans.partition_point(|span| span.end <= at);
    spans.get(next).is_some_and(|span| span.start <= at)
}

/// The labels that may stand close enough to a value. Hits are in the order of the text.
fn nearby<'h, 'a>(hits: &'h [label::Hit<'a>], value: Span) -> impl Iterator<Item = &'h label::Hit<'a>> {
    let first = hits.partition_point(|hit| hit.span.end + NEAR_BEFORE < value.start);
    hits[first..].iter().take_while(move |hit| hit.span.start <= value.end + NEAR_AFTER)
}

impl Recognizer for Patterns {
    fn prepare(&self) {
        self.rules.iter().filter_map(|rule| rule.pattern.as_ref()).for_each(|pattern| {
            LazyLock::force(pattern);
        });
        LazyLock::force(&self.sweep);
    }

    fn name(&self) -> &str {
        "patterns"
    }

    fn find(&self, passage: &Passage<'_>, _deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        self.scan(passage.text(), passage.label, passage.kind, findings);
        Ok(())
    }

    fn near_misses(&self, passage: &Passage<'_>, misses: &mut Vec<NearMiss>) {
        let text = passage.text();
        let hits = self.labels.find(text);
        let codes = self.known_codes(text, &hits);
        self.candidates::<true>(text, &hits, &codes, passage.kind, |rule, span, verdict| {
            if let Err(missing) = verdict {
                misses.push(NearMiss { span, recognizer: rule.name.clone(), missing: missing.into() });
            }
        });
    }
}

fn longest(a: Option<Span>, b: Option<Span>) -> Option<Span> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.len() > a.len() { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// Whether a label stands close enough to a shape, on the same line, to speak for it.
fn near(text: &str, label: Span, shape: Span) -> bool {
    let between = if label.end <= shape.start {
        if shape.start - label.end > NEAR_BEFORE {
            return false;
        }
        label.end..shape.start
    } else if shape.end <= label.start {
        if label.start - shape.end > NEAR_AFTER {
            return false;
        }
        shape.end..label.start
    } else {
        return true;
    };
    !text.as_bytes()[between].contains(&b'\n')
}

#[cfg(test)]
mod tests;
