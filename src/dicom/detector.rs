//! The text detector over an object's texts.

use super::{Surroundings, Verdict};
use crate::entity::Finding;
use crate::recognize::dictionary::{Kind, Lexicon};
use crate::recognize::{Analyzer, Fault, Options, Segment};
use crate::rules::{RuleError, Rules};
use dicom_core::Tag;
use quick_cache::sync::Cache;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// One text may take this long; then the object is not written.
const DEADLINE: Duration = Duration::from_secs(10);

/// Short texts are vocabulary (makers, models, code meanings) and come back in every object of a study.
const REMEMBERED_MAX: usize = 64;

/// Compiles its rules when the first text has to be read: many an object has none.
pub struct Detector {
    rules: Rules,
    analyzer: OnceLock<Result<Analyzer, Vec<RuleError>>>,
    reads_descriptions: bool,
    remembered: Cache<String, Verdict>,
}

impl Detector {
    /// `reads_descriptions`: whether descriptions may stay where it finds nothing in them.
    pub fn new(rules: Rules, reads_descriptions: bool) -> Self {
        Self { rules, analyzer: OnceLock::new(), reads_descriptions, remembered: Cache::new(4096) }
    }

    /// Compiles the rules, unless that was done, and tells all their mistakes.
    pub fn prepare(&self) -> Result<&Analyzer, &[RuleError]> {
        self.analyzer.get_or_init(|| Analyzer::new(&self.rules, &Options::default())).as_ref().map_err(Vec::as_slice)
    }
}

impl Surroundings for Detector {
    fn reads_text(&self) -> bool {
        self.reads_descriptions
    }

    fn is_vocabulary(&self, text: &str) -> bool {
        self.prepare().is_ok_and(|analyzer| is_vocabulary(text, analyzer.lexicon()))
    }

    fn clean(&self, _tag: Tag, text: &str) -> Result<Verdict, Fault> {
        if text.len() <= REMEMBERED_MAX
            && let Some(verdict) = self.remembered.get(text)
        {
            return Ok(verdict);
        }
        let analyzer = self.prepare().map_err(|_| Fault::Failed)?;
        let findings = analyzer.analyze(&[Segment::prose(text)], Instant::now() + DEADLINE)?;
        let verdict = cut(text, findings.iter().flatten());
        if text.len() <= REMEMBERED_MAX {
            self.remembered.insert(text.to_owned(), verdict.clone());
        }
        Ok(verdict)
    }
}

/// Whether each word of a text is one of English or of medicine, and each number a short one.
fn is_vocabulary(text: &str, lexicon: &Lexicon) -> bool {
    let is_harmless = |word: &str| match word {
        word if word.bytes().all(|byte| byte.is_ascii_digit()) => word.len() <= 4,
        word if word.len() <= 2 => true,
        word => {
            let entry = lexicon.entry(word);
            entry.common() > 0 || entry.grade(Kind::Clinical) > 0 || entry.has(Kind::Header)
        }
    };
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).all(is_harmless)
}

/// The text without what was found in it; findings are sorted and disjoint.
pub fn cut<'f>(text: &str, findings: impl Iterator<Item = &'f Finding>) -> Verdict {
    let mut cleaned = String::with_capacity(text.len());
    let mut at = 0;
    for finding in findings {
        cleaned.push_str(&text[at..finding.span.start]);
        cleaned.push('[');
        cleaned.push_str(finding.entity.label());
        cleaned.push(']');
        at = finding.span.end;
    }
    if at == 0 {
        return Verdict::Unchanged;
    }
    cleaned.push_str(&text[at..]);
    Verdict::Cleaned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_everybody_are_told_from_others() {
        let detector = Detector::new(Rules::embedded(), false);
        for text in ["left lower lobe", "ANNOTATION", "LAYER_1", "CT CHEST 2.0", ""] {
            assert!(detector.is_vocabulary(text), "{text}");
        }
        for text in ["for Zylbrandt", "ZYLBRANDT", "case 84021937"] {
            assert!(!detector.is_vocabulary(text), "{text}");
        }
    }

    #[test]
    fn what_is_found_is_cut_out() {
        let detector = Detector::new(Rules::embedded(), true);
        let clean = |text| detector.clean(Tag(0x0008, 0x1030), text).unwrap();
        assert_eq!(clean("CHEST PA AND LATERAL"), Verdict::Unchanged);
        let Verdict::Cleaned(text) = clean("mail anna.kovacs@example.org") else { panic!("something is found") };
        assert!(!text.contains("anna"));
    }
}
