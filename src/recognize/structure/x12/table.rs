//! The elements of X12 segments, from `rules/formats/x12.txt`.

use super::super::content::Content;
use crate::rules::RuleError;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(in super::super) struct Elements(HashMap<String, Vec<Element>>);

/// What one element holds, or what it holds by the qualifier in another.
#[derive(Clone, Debug, Default)]
struct Element {
    content: Option<Content>,
    qualifier: Option<usize>,
    by_code: Vec<(String, Content)>,
}

impl Elements {
    pub fn parse(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Self {
        let mut elements = Self::default();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_ascii_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            if elements.line(&words).is_none() {
                errors.push(RuleError::new(file, number + 1, "the line is no segment with its elements"));
            }
        }
        elements
    }

    fn line(&mut self, words: &[&str]) -> Option<()> {
        let segment = self.0.entry((*words.first()?).to_owned()).or_default();
        if let [_, range, "by", qualifier, codes @ ..] = words {
            for number in numbers(range)? {
                let element = place(segment, number);
                element.qualifier = Some(qualifier.parse().ok()?);
                for word in codes {
                    let (code, content) = word.split_once('=')?;
                    element.by_code.push((code.to_owned(), Content::parse(content)?));
                }
            }
            return Some(());
        }
        for word in &words[1..] {
            let (range, content) = word.split_once('=')?;
            let content = Content::parse(content)?;
            for number in numbers(range)? {
                place(segment, number).content = Some(content);
            }
        }
        Some(())
    }

    /// What an element holds; `element` gives the text of the others.
    pub fn content<'t>(&self, segment: &str, number: usize, element: impl Fn(usize) -> &'t str) -> Content {
        let Some(elements) = self.0.get(segment) else { return Content::Unknown };
        let Some(entry) = elements.get(number) else { return Content::Code };
        let by_code = entry.qualifier.and_then(|qualifier| {
            let code = element(qualifier);
            let found = entry.by_code.iter().find(|(wanted, _)| wanted == code);
            found.or_else(|| entry.by_code.iter().find(|(wanted, _)| wanted == "*")).map(|(_, content)| *content)
        });
        by_code.or(entry.content).unwrap_or(Content::Code)
    }
}

fn place(segment: &mut Vec<Element>, number: usize) -> &mut Element {
    if segment.len() <= number {
        segment.resize(number + 1, Element::default());
    }
    &mut segment[number]
}

fn numbers(range: &str) -> Option<std::ops::RangeInclusive<usize>> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last && last < 100).then_some(first..=last)
}
