//! The last look: an independent search of the exact bytes that would leave.
//!
//! It knows nothing of recognizers. It looks for the originals of this exchange that cannot be ordinary words (several
//! words, or several digits, or an address of mail), each as a word of its own, and for numbers written like a social
//! security number. It is there for the day the rest has a bug, and must not cry wolf: a patient called Will does
//! not block the verb.

use super::exchange::Exchange;
use crate::deid::Operator;
use crate::entity::{EntityType, Role};
use crate::profile::Policy;
use crate::refusal::{Reason, Refusal};
use aho_corasick::{AhoCorasick, MatchKind};

pub(super) fn look(body: &str, exchange: &Exchange, policy: &Policy) -> Result<(), Refusal> {
    let originals: Vec<&str> =
        exchange.texts().map(|(_, original)| original).filter(|text| is_distinctive(text)).collect();
    if !originals.is_empty() {
        let refuse = |_| Refusal::new(Reason::Internal).because("the last look could not be prepared");
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&originals).map_err(refuse)?;
        if search.find_iter(body).any(|found| is_word(body, found.start(), found.end())) {
            return Err(Reason::Residual.into());
        }
    }
    let guarded = policy.operator(EntityType::Ssn, Role::Subject) != Operator::Keep;
    if guarded && social_security_numbers(body) { Err(Reason::Residual.into()) } else { Ok(()) }
}

/// Whether a text identifies by itself.
pub(super) fn is_distinctive(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
    let names = words.filter(|word| word.chars().next().is_some_and(char::is_uppercase)).count();
    digits >= 6 || names >= 2 || (text.contains('@') && text.len() >= 6)
}

pub(super) fn is_word(body: &str, start: usize, end: usize) -> bool {
    let joined = |c: char| c.is_alphanumeric();
    !body[..start].chars().next_back().is_some_and(joined) && !body[end..].chars().next().is_some_and(joined)
}

/// `NNN-NN-NNNN` in the ranges that are issued.
fn social_security_numbers(body: &str) -> bool {
    let bytes = body.as_bytes();
    memchr::memchr_iter(b'-', bytes).any(|dash| {
        let Some(start) = dash.checked_sub(3) else { return false };
        let Some(number) = bytes.get(start..start + 11) else { return false };
        let shape = number
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 3 || at == 6 { *byte == b'-' } else { byte.is_ascii_digit() });
        let joined = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        let alone = !joined(start.checked_sub(1).and_then(|at| bytes.get(at))) && !joined(bytes.get(start + 11));
        let issued = !matches!(&number[..3], b"000" | b"666")
            && number[0] != b'9'
            && &number[4..6] != b"00"
            && &number[7..] != b"0000";
        shape && alone && issued
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudonym::Pseudonym;
    use crate::rules::Rules;

    #[track_caller]
    fn check(original: &str, body: &str, refused: bool) {
        let mut exchange = Exchange::default();
        exchange.insert(Pseudonym::new("NAME", 1, 0), original.into());
        let policy = Policy::load(&Rules::embedded(), Policy::DEFAULT).expect("the default profile");
        assert_eq!(look(body, &exchange, &policy).is_err(), refused);
    }

    #[test]
    fn what_identifies_by_itself_is_seen() {
        check("Maria Kovacs", r#"{"a":"[NAME_1] and Maria Kovacs"}"#, true);
        check("483920", r#"{"a":483920}"#, true);
        check("x", r#"{"a":"ssn 219-09-9999"}"#, true);
    }

    #[test]
    fn no_wolf_is_cried() {
        check("Will", r#"{"a":"Will you see [NAME_1]?"}"#, false);
        check("Maria Kovacs", r#"{"a":"Maria Kovacsova"}"#, false);
        check("483920", r#"{"a":14839201}"#, false);
        check("x", r#"{"a":"000-12-3456 and 1219-09-9999 and 219-09-9999-1"}"#, false);
    }
}
