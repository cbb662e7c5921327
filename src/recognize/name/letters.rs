//! Names given as letters: the initials that close a note, and names that are spelled out.

use super::page::{Page, Word};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};
use crate::text::Span;

pub(super) fn find(page: &Page<'_>, findings: &mut Vec<Finding>) {
    let mut at = 0;
    while at < page.words.len() {
        if let Some(last) = spelled(page, at) {
            findings.push(finding(page, at, last, Role::Subject, "name.spelled"));
            at = last;
        } else if closes(page, at) {
            if types_for(page, at - 1) {
                findings.push(finding(page, at - 2, at - 2, Role::Provider, "name.initials"));
            }
            findings.push(finding(page, at, at, Role::Provider, "name.initials"));
        }
        at += 1;
    }
}

/// `n-g-u-y-e-n`, `K O V A C S`: the last of at least four letters that stand alone. With blanks between them, only
/// after a word that announces it.
fn spelled(page: &Page<'_>, first: usize) -> Option<usize> {
    if !is_letter(page, first) || page.before(first, 1).is_some_and(|word| word.token.is_mark(b'-')) {
        return None;
    }
    let hyphens = page.mark(first + 1) == Some(b'-');
    let announced = (1..=3).any(|back| {
        first.checked_sub(back).is_some_and(|at| page.is_any(at, &["name", "surname", "spelled", "spelt", "spelling"]))
    });
    if !announced {
        return None;
    }
    let step = if hyphens { 2 } else { 1 };
    let mut last = first;
    while is_letter(page, last + step)
        && page.words[last + step].same_line()
        && (!hyphens || page.mark(last + 1) == Some(b'-'))
    {
        last += step;
    }
    ((last - first) / step >= 3).then_some(last)
}

fn is_letter(page: &Page<'_>, at: usize) -> bool {
    page.word(at).is_some_and(|word| word.token.end - word.token.start == 1 && word.shape().is_some())
}

/// `… PRN. /jdm` and the dictation mark `JDM/kl` on a line of its own: who wrote or typed it.
fn closes(page: &Page<'_>, at: usize) -> bool {
    let word = &page.words[at];
    if !is_initials(word) || !ends_line(page, at) {
        return false;
    }
    let Some(slash) = at.checked_sub(1).filter(|_| word.token.gap == Gap::None) else { return false };
    match page.mark(slash) {
        Some(b'/') => {}
        Some(b':') => return types_for(page, slash),
        _ => return false,
    }
    let starts = page.words[slash].token.gap >= Gap::Wide
        || page.words[slash].token.gap == Gap::Space
            && page
                .before(slash, 1)
                .is_some_and(|word| matches!(word.token.kind, Kind::Mark(b'.' | b'!' | b'?' | b';')));
    starts || types_for(page, slash)
}

/// The mark stands between the initials of two, alone on its line.
fn types_for(page: &Page<'_>, mark: usize) -> bool {
    mark.checked_sub(1).is_some_and(|author| {
        let word = &page.words[author];
        word.token.gap >= Gap::Line
            && page.words[mark].token.gap == Gap::None
            && word.shape() == Some(Shape::Upper)
            && is_initials(word)
            && page.words[mark + 1].shape() == Some(Shape::Lower)
    })
}

fn is_initials(word: &Word) -> bool {
    matches!(word.shape(), Some(Shape::Lower | Shape::Upper))
        && (2..=4).contains(&(word.token.end - word.token.start))
        && word.entry.common() < 7
        && word.entry.grade(List::Clinical) == 0
        && ![List::Abbreviation, List::Credential, List::Drug, List::Header, List::Function]
            .into_iter()
            .any(|list| word.has(list))
}

fn ends_line(page: &Page<'_>, at: usize) -> bool {
    let dot = usize::from(page.mark(at + 1) == Some(b'.'));
    page.word(at + 1 + dot).is_none_or(|next| !next.same_line())
}

fn finding(page: &Page<'_>, first: usize, last: usize, role: Role, rule: &'static str) -> Finding {
    Finding {
        span: Span::new(page.words[first].token.start as usize, page.words[last].token.end as usize),
        entity: EntityType::Name,
        role,
        strength: Strength::Weak,
        recognizer: rule.into(),
    }
}
