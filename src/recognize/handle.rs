//! People in the identifiers of an API: `Kowalski_Margaret`, `order-of-m.kovacs@example.org`.
//!
//! An identifier is random or a word of a program, so its shape says nothing, and neither does one name: models and
//! tools are called Claude, Max and Grant. A given name beside a family name, neither of them a word of every day, an
//! address of mail and a telephone number are nobody's version.

use super::dictionary::{Entry, Lexicon};
use super::word::WordSet;
use super::{Fault, Passage, Recognizer, SegmentKind};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::text::Span;
use regex::Regex;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

pub struct Handles {
    lexicon: Arc<Lexicon>,
}

impl Handles {
    pub fn new(lexicon: Arc<Lexicon>) -> Self {
        Self { lexicon }
    }
}

impl Recognizer for Handles {
    fn name(&self) -> &str {
        "handle"
    }

    fn find(&self, passage: &Passage<'_>, _deadline: Instant, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        let text = passage.text();
        let (own, key) = (passage.kind == SegmentKind::Identifier, passage.kind == SegmentKind::Key);
        let found = |span, entity| Finding {
            span,
            entity,
            role: Role::Subject,
            strength: if own || key { Strength::Certain } else { Strength::Likely },
            recognizer: "handle".into(),
        };
        if own {
            findings.extend(address(text).map(|span| found(span, EntityType::Email)));
            findings.extend(telephones(text).map(|span| found(span, EntityType::Phone)));
        } else {
            self.logins(text, findings);
        }
        let words = words(text);
        for &word in &words {
            if self.is_run_together(word.of(text)) {
                findings.push(found(word, EntityType::Name));
            }
        }
        for &word in words.iter().filter(|_| own || key) {
            if is_numbered(text, word) && self.is_name(&word.of(text).to_lowercase()) {
                findings.push(found(word, EntityType::Name));
            }
        }
        for pair in words.windows(2) {
            let between = &text[pair[0].end..pair[1].start];
            let joined = match own || key {
                true => between.chars().count() <= 3 && !between.contains(|c: char| c.is_alphanumeric()),
                // In prose a hyphen and a slash join what stands for two people, or for a disease.
                false => matches!(between, "" | "_" | "." | "+" | "^"),
            };
            if !joined {
                continue;
            }
            let [first, second] = [pair[0], pair[1]].map(|span| span.of(text).to_lowercase());
            if first == second || TERMS.contains(&(&*first, &*second)) {
                continue;
            }
            let [first, second] = [first, second].map(|word| self.lexicon.entry(&word));
            if is_person(first, second) || is_person(second, first) {
                findings.push(found(Span::new(pair[0].start, pair[1].end), EntityType::Name));
            }
        }
        Ok(())
    }
}

impl Handles {
    /// `opened by enovak`, `user ktran2`: a name to log in with, after a word that wants one.
    fn logins(&self, text: &str, findings: &mut Vec<Finding>) {
        let mut before = "";
        for word in text.split_ascii_whitespace() {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let length = word.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let ends = word.as_bytes()[length..].iter().all(|byte| b".,;:)]\"'".contains(byte));
            if LOGINS.has(before) && LOGIN_CUES.contains(&before) && ends && self.is_login(&word[..length]) {
                findings.push(Finding {
                    span: Span::new(start, start + length),
                    entity: EntityType::OtherId,
                    role: Role::Subject,
                    strength: Strength::Weak,
                    recognizer: "handle.login".into(),
                });
            }
            before = word.trim_end_matches([':', '=']);
        }
    }

    /// `margaretkowalski`: no word, but one name and another.
    fn is_run_together(&self, word: &str) -> bool {
        (9..=30).contains(&word.len())
            && word.is_ascii()
            && {
                let whole = self.lexicon.entry(word);
                whole.common() + whole.given() + whole.surname() == 0
            }
            && (4..=word.len() - 4).any(|cut| {
                let [first, second] = [&word[..cut], &word[cut..]].map(|name| self.lexicon.entry(name));
                is_person(first, second) || is_person(second, first)
            })
    }

    /// A name of some length that is no word.
    fn is_name(&self, word: &str) -> bool {
        let entry = self.lexicon.entry(word);
        word.len() >= 5 && entry.common() == 0 && (entry.surname() >= FAMILY || entry.given() >= GIVEN)
    }

    /// An initial or two, a family name, and at most a number: no word of any dictionary.
    fn is_login(&self, word: &str) -> bool {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let plain = (5..=16).contains(&letters.len())
            && word.len() - letters.len() <= 4
            && letters.bytes().all(|byte| byte.is_ascii_lowercase());
        let whole = self.lexicon.entry(letters);
        plain
            && whole.common() + whole.given() + whole.surname() == 0
            && (1..=2).any(|initials| {
                let family = &letters[initials..];
                family.len() >= 4 && self.lexicon.entry(family).surname() >= FAMILY
            })
    }
}

/// Words before a name to log in with.
const LOGIN_CUES: &[&str] = &[
    "by", "By", "BY", "user", "User", "USER", "login", "Login", "as", "for", "from", "per", "account", "operator",
    "uid",
];

static LOGINS: WordSet = WordSet::of(LOGIN_CUES);

fn is_person(given: Entry, family: Entry) -> bool {
    given.given() >= GIVEN && family.surname() >= FAMILY && given.common() + family.common() == 0
}

/// How frequent each name must be. Of the names of 1,113,000 packages of three registries, 0.06 % have such a pair, and
/// most of those are their authors'.
const GIVEN: u8 = 5;
const FAMILY: u8 = 4;

/// Two names that are a term.
const TERMS: &[(&str, &str)] = &[
    ("monte", "carlo"),
    ("mann", "whitney"),
    ("floyd", "steinberg"),
    ("merkle", "patricia"),
    ("morgan", "stanley"),
    ("claude", "max"),
];

/// Runs of letters, cut where a capital follows a small letter.
fn words(text: &str) -> Vec<Span> {
    let mut words: Vec<Span> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match words.last_mut() {
            _ if !c.is_alphabetic() => {}
            Some(word) if word.end == at && !(before.is_lowercase() && c.is_uppercase()) => word.end = end,
            _ => words.push(Span::new(at, end)),
        }
        before = c;
    }
    words.retain(|word| word.len() >= 3);
    words
}

/// Whether a number of a record stands at a word: six digits or more that are no date of this century.
fn is_numbered(text: &str, word: Span) -> bool {
    let after = text[word.end..].trim_start_matches(|c: char| !c.is_alphanumeric());
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    text.len() - word.end - after.len() <= 1 && digits >= 6 && !(digits == 8 && after.starts_with("20"))
}

/// Telephone numbers with their signs, or nothing but one.
fn telephones(text: &str) -> impl Iterator<Item = Span> {
    static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^0-9])(\(?[2-9][0-9]{2}\)?[-. ]?[2-9][0-9]{2}[-.][0-9]{4})(?:$|[^0-9])").expect("a pattern")
    });
    let bare = is_telephone(text).then(|| Span::new(0, text.len()));
    let written = WRITTEN.captures_iter(text).filter_map(|found| found.get(1));
    bare.into_iter().chain(written.map(|found| Span::new(found.start(), found.end())))
}

/// Ten digits and nothing else, in the numbering plan of North America, whose areas and exchanges begin with 2 to 9. No
/// API numbers its objects so; seconds since 1970 begin with 1 until 2033.
fn is_telephone(text: &str) -> bool {
    let digits = text.as_bytes();
    digits.len() == 10
        && digits.iter().all(u8::is_ascii_digit)
        && [digits[0], digits[3]].iter().all(|first| (b'2'..=b'9').contains(first))
}

/// An address of mail: what stands around an `@` up to a domain of letters. A version, `model@20241022`, has none.
fn address(text: &str) -> Option<Span> {
    let at = text.find('@')?;
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-%".contains(byte);
    let host = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let before = text.as_bytes()[..at].iter().rev().take_while(|byte| local(byte)).count();
    let after = text.as_bytes()[at + 1..].iter().take_while(|byte| host(byte)).count();
    let domain = text[at + 1..at + 1 + after].trim_end_matches(['.', '-']);
    let (_, top) = domain.rsplit_once('.')?;
    let is_top = (2..=12).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    (before > 0 && is_top).then(|| Span::new(at - before, at + 1 + domain.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::View;
    use crate::rules::Rules;
    use std::time::Duration;

    fn handles() -> Handles {
        Handles::new(Arc::new(Lexicon::new(&Rules::embedded()).expect("the embedded dictionaries")))
    }

    fn found(handles: &Handles, text: &str) -> Vec<String> {
        let view = View::identity(text);
        let passage = Passage { view: &view, label: None, kind: SegmentKind::Identifier };
        let mut findings = Vec::new();
        handles.find(&passage, Instant::now() + Duration::from_secs(5), &mut findings).expect("it does not fail");
        findings.iter().map(|finding| finding.span.of(text).to_owned()).collect()
    }

    #[test]
    fn a_given_name_beside_a_family_name_is_a_person() {
        let handles = handles();
        for text in ["Kowalski_Margaret_1961", "margaret.kowalski", "get_labs_of_margaret_kowalski", "MargaretKowalski"]
        {
            assert_eq!(found(&handles, text).len(), 1, "{text}");
        }
        assert_eq!(found(&handles, "x-m.kovacs@example.org;y"), ["x-m.kovacs@example.org"]);
        assert_eq!(found(&handles, "--m.kovacs@example.org--"), ["--m.kovacs@example.org"]);
        assert_eq!(found(&handles, "6175550142"), ["6175550142"]);
        assert_eq!(found(&handles, "x_617-555-0142_y"), ["617-555-0142"]);
        assert_eq!(found(&handles, "Kowalski48392017"), ["Kowalski"]);
    }

    #[test]
    fn keys_and_words_without_borders_are_read_too() {
        let handles = handles();
        let found = |kind, text: &str| {
            let view = View::identity(text);
            let passage = Passage { view: &view, label: None, kind };
            let mut findings = Vec::new();
            handles.find(&passage, Instant::now() + Duration::from_secs(5), &mut findings).expect("it does not fail");
            findings.iter().map(|finding| finding.span.of(text).to_owned()).collect::<Vec<_>>()
        };
        for key in
            ["margaretkowalski", "margaret_kowalski", "Kowalski^Margaret", "Kowalski, Margaret", "margaret-kowalski"]
        {
            assert_eq!(found(SegmentKind::Key, key).len(), 1, "{key}");
        }
        for text in
            ["call getMargaretKowalskiLabs() first", "const margaretKowalski = 1", "/data/KowalskiMargaret/x.dcm"]
        {
            assert_eq!(found(SegmentKind::Prose, text).len(), 1, "{text}");
        }
        assert_eq!(found(SegmentKind::Prose, "see margaretkowalski1961"), ["margaretkowalski"]);
        for text in [
            "transportation of postgresql and kubernetes with javascript frameworks, documentation",
            "getUserName of MacBook and TypeScript",
            "the Epstein-Barr virus",
            "Claude.ai, max_tokens",
        ] {
            assert!(found(SegmentKind::Prose, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_family_name_with_initials_after_a_word_that_wants_one_is_a_login() {
        let handles = handles();
        let logins = |text: &str| {
            let mut findings = Vec::new();
            handles.logins(text, &mut findings);
            findings.iter().map(|finding| finding.span.of(text).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(logins("WARN chart opened by mkowalski badge=7, login by sdiaz22."), ["mkowalski", "sdiaz22"]);
        assert_eq!(
            logins("login failed for response after 3 s, caused by timeout, treated with losartan by mouth"),
            [""; 0]
        );
        assert_eq!(logins("mkowalski reads; for metoprolol; as needed; by phone; from kmiller-x"), [""; 0]);
    }

    #[test]
    fn words_of_programs_are_not() {
        let handles = handles();
        let words = [
            "claude-3-5-haiku@20241022",
            "claude-max",
            "gpt-4o-mini",
            "mark_read",
            "grant_access",
            "run_monte_carlo",
            "mann-whitney-u",
            "Meta-Llama-3.1-70B-Instruct",
            "NousResearch/Hermes-2-Pro-Mistral-7B",
            "call_Ab3XmaxKowQ",
            "user@localhost",
            "1732550400",
            "617555014",
            "get_patient_weather_by_city",
        ];
        for text in words {
            assert!(found(&handles, text).is_empty(), "{text}");
        }
    }
}
