//! What follows a possible name: a credential, an age, a verb, the noun of a medical term.

use super::page::{Line, Page, Word};
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};

/// Initials that stand for a thing: `U.S.`, `P.O.`
pub(super) fn is_abbreviation(page: &Page<'_>, first: usize, last: usize) -> bool {
    let letters: String =
        (first..=last).filter(|&at| page.words[at].shape().is_some()).map(|at| page.str(at)).collect();
    let entry = page.lexicon.entry(&letters);
    [List::Abbreviation, List::Credential, List::Region, List::Header].into_iter().any(|list| entry.has(list))
}

/// What follows a name and speaks for or against it.
pub(super) struct After {
    pub bonus: i32,
    pub staff: bool,
}

pub(super) fn after(page: &Page<'_>, first: usize, last: usize) -> After {
    let mut bonus = 0;
    let mut staff = false;
    let mut at = last + 1;
    if page.words[last].shape() == Some(Shape::Initial) && page.mark(at) == Some(b'.') {
        at += 1;
    }
    // `Maria: "Who is it?"`, the lines of a conversation.
    if page.mark(at) == Some(b':') && first > 0 && page.words[first].token.gap == Gap::Line
        || first == 0 && page.mark(at) == Some(b':')
    {
        bonus += match page.word(at + 1) {
            Some(next) if next.token.is_mark(b'"') || next.token.is_mark(b'\'') => 7,
            Some(next) if next.shape() == Some(Shape::Capital) && next.token.gap == Gap::Space => 3,
            _ => 0,
        };
    }
    // `Stu & Kirsty`
    let pair = page.mark(at) == Some(b'&') || page.is(at, "and");
    if pair && page.word(at + 1).is_some_and(|next| next.shape() == Some(Shape::Capital) && next.entry.given() >= 3) {
        bonus += 4;
    }
    let comma = page.mark(at) == Some(b',') || page.mark(at) == Some(b'(');
    let next = at + usize::from(comma);
    if let Some(word) = page.word(next).filter(|word| word.same_line()) {
        let dotted = page.mark(next + 1) == Some(b'.')
            && page.words[next + 1].token.gap == Gap::None
            && page.words.get(next + 2).is_some_and(|word| word.token.gap == Gap::None);
        let joined = if dotted {
            page.words.get(next + 2).map(|end| &page.text[word.token.start as usize..end.token.end as usize])
        } else {
            None
        };
        let credential = match joined {
            Some(joined) => page.lexicon.entry(joined).has(List::Credential),
            None => {
                word.has(List::Credential)
                    && matches!(word.token.kind, Kind::Word(Shape::Upper | Shape::Mixed))
                    && !(word.line == Line::Upper && !comma)
                    || word.has(List::Credential) && comma && page.words[last].shape() == Some(Shape::Lower)
            }
        };
        if credential && (comma || word.token.gap == Gap::Space) {
            bonus += 10;
            staff = true;
        }
        // `Maria Garcia, 45`, `Maria Garcia (DOB …)`.
        if comma
            && (matches!(word.token.kind, Kind::Number | Kind::Code)
                || page.is_any(next, &["dob", "mrn", "age", "aged", "ssn", "born"]))
        {
            bonus += if word.token.kind == Kind::Number { 4 } else { 8 };
        }
        if word.token.is_mark(b'*')
            || page.is_any(next, &["geb", "geboren", "geborene", "nacido", "nacida", "né", "née"])
        {
            bonus += 18;
        }
        if !comma && word.shape() == Some(Shape::Lower) {
            if page.is_any(next, &["is", "was"])
                && page.is_any(next + 1, &["her", "his", "their", "my", "the", "a"])
                && page.words.get(next + 2).is_some_and(|word| word.has(List::Kin))
            {
                bonus += 14;
            } else if page.is_any(next, &["is", "was"]) && page.is_any(next + 1, &["a", "an", "the"]) {
                bonus += 4;
            } else if word.has(List::Act) {
                bonus += 6;
            } else if word.has(List::Deed) {
                bonus += 3;
            } else if page.is_any(next, &["who", "and", "whose"]) {
                bonus += 1;
            }
        }
        if !comma && word.has(List::Facility) && word.is_capital() {
            // Part of the name of a place or body, which others look for; still a name if it is a clear one.
            bonus -= 4;
        }
    }
    After { bonus, staff }
}

/// `Hodgkin lymphoma`, `Parkinson's disease`, `Stevens-Johnson syndrome`: a name that stands in a term.
pub(super) fn is_term(page: &Page<'_>, first: usize, last: usize, parts: i32) -> bool {
    if is_phrase(page, first, last) {
        return true;
    }
    let Some(next) = page.word(last + 1) else {
        return parts == 1 && page.words[last].has(List::Eponym) && page.words[last].entry.given() < 5;
    };
    let noun = next.same_line()
        && matches!(next.token.kind, Kind::Word(Shape::Lower | Shape::Capital))
        && (next.has(List::EponymNoun)
            || next.entry.grade(List::Clinical) >= 3 && !next.has(List::Deed) && next.entry.common() < 8);
    let listed = (first..=last).any(|at| page.words[at].has(List::Eponym));
    let digits = next.same_line() && matches!(next.token.kind, Kind::Number) && listed;
    noun && (listed || parts == 1 && !page.words[last].has(List::Given))
        || digits && parts == 1
        || compound(page, first, last)
}

/// `Foster Kennedy`, `Weber test`, `modified Allen`: a term of several words that is listed, alone or with the word on
/// either side.
pub(in crate::recognize) fn is_phrase(page: &Page<'_>, first: usize, last: usize) -> bool {
    let listed = |first: usize, last: usize| {
        let mut phrase = String::new();
        for at in first..=last {
            if page.words[at].shape().is_some() {
                if !phrase.is_empty() {
                    phrase.push(' ');
                }
                phrase.push_str(page.str(at));
            }
        }
        phrase.contains(' ') && page.lexicon.entry(&phrase).has(List::Eponym)
    };
    let next = page.word(last + 1).is_some_and(Word::same_line).then_some(last + 1);
    // `Keith-Wagener-Barker`: past the hyphen.
    let next = next.map(|next| next + usize::from(page.mark(next) == Some(b'-')));
    listed(first, last)
        || next.is_some_and(|next| next < page.words.len() && listed(first, next))
        || first > 0 && page.words[first].same_line() && listed(first - 1, last)
}

/// `Zollinger-Ellison`, `Gustilo-Anderson`: two names of which one stands in medical terms, and nothing else.
fn compound(page: &Page<'_>, first: usize, last: usize) -> bool {
    last == first + 2
        && page.mark(first + 1) == Some(b'-')
        && [first, last].into_iter().any(|at| page.words[at].has(List::Eponym))
}
