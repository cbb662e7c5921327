//! The pipeline: segments in, one list of findings per segment out.

use super::grammar::Grammar;
use super::name::Names;
use super::pattern::Patterns;
use super::{Fault, Passage, Recognizer, Segment, fold, merge};
use crate::entity::Finding;
use crate::rules::{RuleError, Rules};
use std::sync::Arc;
use std::time::Instant;

/// What a site selects.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files of `rules/recognizers/` beside the common ones, such as `us` or `de`.
    pub packs: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { packs: vec!["us".into()] }
    }
}

/// All recognizers, compiled. Share it in an `Arc`.
pub struct Analyzer {
    recognizers: Vec<Arc<dyn Recognizer>>,
}

impl Analyzer {
    /// Compiles the rules. All mistakes are reported.
    pub fn new(rules: &Rules, options: &Options) -> Result<Self, Vec<RuleError>> {
        let patterns = Patterns::new(rules, &options.packs)?;
        Ok(Self { recognizers: vec![Arc::new(patterns), Arc::new(Grammar), Arc::new(Names::new(rules)?)] })
    }

    /// With one more recognizer, such as the model.
    pub fn with(mut self, recognizer: Arc<dyn Recognizer>) -> Self {
        self.recognizers.push(recognizer);
        self
    }

    /// Compiles every pack and runs every example of every rule.
    pub fn check(rules: &Rules) -> Vec<RuleError> {
        let packs: Vec<String> = rules
            .below("recognizers/")
            .filter_map(|(path, _)| path.strip_prefix("recognizers/")?.strip_suffix(".toml"))
            .filter(|name| !matches!(*name, "common" | "codes"))
            .map(str::to_owned)
            .collect();
        match Patterns::new(rules, &packs) {
            Ok(patterns) => patterns.check(),
            Err(errors) => errors,
        }
    }

    /// One list of findings per segment: sorted, disjoint, in the segment's own bytes.
    pub fn analyze(&self, document: &[Segment<'_>], deadline: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        document.iter().map(|segment| self.segment(segment, deadline)).collect()
    }

    fn segment(&self, segment: &Segment<'_>, deadline: Instant) -> Result<Vec<Finding>, Fault> {
        let view = fold::fold(segment.text);
        let passage = Passage { view: &view, label: segment.label, kind: segment.kind };
        let mut findings = Vec::new();
        for recognizer in &self.recognizers {
            recognizer.find(&passage, deadline, &mut findings)?;
            if Instant::now() > deadline {
                return Err(Fault::Deadline);
            }
        }
        for finding in &mut findings {
            finding.span = view.origin(finding.span);
        }
        Ok(merge::unite(findings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::EntityType;
    use std::time::Duration;

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn the_embedded_rules_pass_their_own_examples() {
        let errors: Vec<String> = Analyzer::check(&Rules::embedded()).iter().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }

    #[test]
    fn finds_and_places() {
        let analyzer = Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile");
        let text = "MRN: 00412345, SSN 078-05-1120.";
        let found = analyzer.analyze(&[Segment::prose(text)], later()).expect("no recognizer fails");
        let seen: Vec<_> = found[0].iter().map(|finding| (finding.entity, finding.span.of(text))).collect();
        assert_eq!(seen, [(EntityType::Mrn, "00412345"), (EntityType::Ssn, "078-05-1120")]);
    }

    struct Broken;

    impl Recognizer for Broken {
        fn name(&self) -> &str {
            "broken"
        }

        fn find(&self, _: &Passage<'_>, _: Instant, _: &mut Vec<Finding>) -> Result<(), Fault> {
            Err(Fault::Failed)
        }
    }

    #[test]
    fn a_failing_recognizer_fails_the_analysis() {
        let analyzer = Analyzer::new(&Rules::embedded(), &Options::default()).expect("the embedded rules compile");
        let analyzer = analyzer.with(Arc::new(Broken));
        assert_eq!(analyzer.analyze(&[Segment::prose("MRN 00412345")], later()), Err(Fault::Failed));
    }
}
