//! What is only ever answered on premise: requests that a client labels so, and those whose words say so.

use crate::config;
use crate::json::Node;
use crate::refusal::{Reason, Refusal};
use crate::rules::{RuleError, Rules};
use crate::text::Raw;
use aho_corasick::{AhoCorasick, MatchKind};
use http::HeaderMap;

/// The labels and word lists of the configuration.
#[derive(Debug)]
pub struct Sensitive {
    labels: Vec<String>,
    words: AhoCorasick,
    /// For each word of the automaton: its category, and whether it may go on.
    meanings: Vec<(String, bool)>,
}

/// The header in which a client labels a request.
const LABEL: &str = "cordon-label";

/// A longer string without white space is no prose, but a picture or a key.
const UNBROKEN_MAX: usize = 1024;

impl Sensitive {
    pub fn load(settings: &config::Sensitive, rules: &Rules) -> Result<Self, Vec<RuleError>> {
        let (mut terms, mut meanings, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
        for category in &settings.categories {
            let path = format!("sensitive/{category}.txt");
            let Some(text) = rules.file(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
                mistakes.push(RuleError::new("sensitive", 0, format!("there is no list rules/{path}")));
                continue;
            };
            for term in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let stem = term.strip_suffix('*');
                terms.push(stem.unwrap_or(term).to_lowercase());
                meanings.push((category.clone(), stem.is_some()));
            }
        }
        let words = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&terms);
        let words = words.map_err(|error| vec![RuleError::new("sensitive", 0, error.to_string())]);
        if mistakes.is_empty() {
            Ok(Self { labels: settings.labels.clone(), words: words?, meanings })
        } else {
            Err(mistakes)
        }
    }

    /// Why a request is for local models only, in a word for records. A label that nobody configured is refused: it
    /// may be a misspelled one.
    pub fn reason(&self, headers: &HeaderMap, body: &Node<Raw>) -> Result<Option<String>, Refusal> {
        let mut first = None;
        for label in headers.get_all(LABEL) {
            let label = label.to_str().ok().filter(|label| self.labels.iter().any(|known| known == label));
            let label = label.ok_or_else(|| Refusal::new(Reason::InvalidValue).at("header.cordon-label"))?;
            first.get_or_insert(label);
        }
        if let Some(label) = first {
            return Ok(Some(format!("label:{label}")));
        }
        if self.meanings.is_empty() {
            return Ok(None);
        }
        Ok(self.category(body).map(|category| format!("sensitive:{category}")))
    }

    fn category(&self, node: &Node<Raw>) -> Option<&str> {
        match node {
            Node::String(text) => self.category_of(text.expose()),
            Node::Array(items) => items.iter().find_map(|item| self.category(item)),
            Node::Object(members) => {
                members.iter().find_map(|(key, value)| self.category_of(key.expose()).or_else(|| self.category(value)))
            }
            _ => None,
        }
    }

    fn category_of(&self, text: &str) -> Option<&str> {
        if text.len() > UNBROKEN_MAX && !text.bytes().any(|byte| byte.is_ascii_whitespace()) {
            return None;
        }
        // Terms of several words stand over line breaks as well.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        self.words.find_overlapping_iter(&text).find_map(|found| {
            let (category, open) = &self.meanings[found.pattern().as_usize()];
            let whole = !letter(text[..found.start()].chars().next_back())
                && (*open || !letter(text[found.end()..].chars().next()));
            whole.then_some(category.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};
    use http::HeaderValue;

    fn sensitive() -> Sensitive {
        let categories = ["mental-health", "hiv", "substance-use"].map(str::to_owned).to_vec();
        let settings = config::Sensitive { categories, labels: vec!["psychiatry".into()], model: None };
        Sensitive::load(&settings, &Rules::embedded()).unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let body = serde_json::json!({ "messages": [{ "content": [{ "text": text }] }] }).to_string();
        let node = parse(body.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(sensitive().category(&node), expected, "{text}");
    }

    #[test]
    fn words_of_a_category_are_found_whole_and_in_any_case() {
        check("Known HIV, on dolutegravir.", Some("hiv"));
        check("history of Major\n Depressive  Disorder", Some("mental-health"));
        check("SCHIZOPHRENIA", Some("mental-health"));
        check("IVDU, last heroin use in May", Some("substance-use"));
        check("Dx: F32.1", Some("mental-health"));
        check("He lives in Shivpuri. ST depression in V4; archives.", None);
        check("Fever and cough for three days.", None);
        check(&format!("{}/HIV/", "A".repeat(2000)), None);
    }

    #[test]
    fn a_label_counts_if_it_is_known_and_is_refused_if_not() {
        let node = parse(b"{}", &Limits::default()).unwrap();
        let labelled = |label: &'static str| {
            HeaderMap::from_iter([(http::HeaderName::from_static(LABEL), HeaderValue::from_static(label))])
        };
        let sensitive = sensitive();
        assert_eq!(sensitive.reason(&labelled("psychiatry"), &node), Ok(Some("label:psychiatry".into())));
        assert!(sensitive.reason(&labelled("psychatry"), &node).is_err());
        assert_eq!(sensitive.reason(&HeaderMap::new(), &node), Ok(None));
    }

    #[test]
    fn a_list_that_is_not_there_is_a_mistake() {
        let settings = config::Sensitive { categories: vec!["none".into()], ..Default::default() };
        assert!(Sensitive::load(&settings, &Rules::embedded()).is_err());
    }
}
