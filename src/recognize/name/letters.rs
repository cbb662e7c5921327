//! Names given as letters: the initials that close a note, and names that are spelled out.

use super::page::{Line, Page, Word};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};
use crate::text::Span;

pub(super) fn find(page: &Page<'_>, findings: &mut Vec<Finding>) {
    let mut at = 0;
    // The token after initials that were found.
    let mut after_initials = None;
    while at < page.words.len() {
        // `seen by KTM and AJ`.
        let joined = after_initials.is_some_and(|after| {
            after + 1 == at
                && (page.is_any(after, &["and", "&"])
                    || page.mark(after) == Some(b'/') && page.words[at].token.gap == Gap::None)
        });
        if is_initials(&page.words[at])
            && (acts(page, at)
                || joined && (page.words[at].shape() == Some(Shape::Upper) || page.mark(at - 1) == Some(b'/')))
            || is_lettered(page, at)
            || signs(page, at)
            || ends_note(page, at)
        {
            let own = finding(page, at, at, Role::Provider, "name.initials");
            if !findings.iter().any(|known| known.span.overlaps(own.span)) {
                findings.push(own);
            }
            after_initials = Some(at + 1);
        } else if let Some(last) = dotted_end(page, at).or_else(|| hyphened(page, at)) {
            findings.push(finding(page, at, last, Role::Provider, "name.initials"));
            at = last;
        } else if let Some(last) = spelled(page, at) {
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
    if !announced && !hyphens {
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
    let letters = (last - first) / step + 1;
    // `A-B-C-D-E` is a panel, `P-R-U-I-T-T` a name whatever stands before it.
    let code = |at: usize| page.str(at).bytes().next().unwrap_or_default().to_ascii_lowercase();
    let alphabet = (first..last).step_by(step).all(|at| code(at) + 1 == code(at + step));
    (letters >= 4 && announced || letters >= 5 && hyphens && !alphabet).then_some(last)
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

/// `seen by KTM`, `gross by kb`, `(initials RDB)`, `Signed: jwb/MTK`, `nurse tk`, `plan as above. -KTM`.
fn acts(page: &Page<'_>, at: usize) -> bool {
    const DONE: &[&str] = &[
        "seen",
        "reviewed",
        "read",
        "dictated",
        "transcribed",
        "typed",
        "signed",
        "gross",
        "grossed",
        "done",
        "verified",
        "entered",
        "notified",
        "checked",
        "witnessed",
        "performed",
        "called",
        "updated",
        "drawn",
        "placed",
        "given",
        "taken",
        "completed",
        "noted",
        "reported",
        "cosigned",
        "administered",
        "interpreted",
        "prepared",
        "scribed",
        "assessed",
        "triaged",
        "recorded",
        "documented",
        "inserted",
        "removed",
        "closed",
        "screened",
        "approved",
        "collected",
        "received",
        "edited",
        "sutured",
        "obtained",
        "confirmed",
        "initials",
        "discussed",
    ];
    let word = &page.words[at];
    let Some(previous) = at.checked_sub(1) else { return false };
    let joint =
        page.mark(at + 1).is_some_and(|mark| matches!(mark, b'-' | b'+')) && page.words[at + 1].token.gap == Gap::None;
    if joint || !word.same_line() || word.token.end - word.token.start > 3 && word.shape() == Some(Shape::Lower) {
        return false;
    }
    let upper = word.shape() == Some(Shape::Upper) && word.line != Line::Upper;
    match page.mark(previous) {
        Some(b':') => {
            previous > 0 && page.is_any(previous - 1, &["signed", "dictated", "typed", "transcribed", "initials"])
        }
        Some(b'/') if word.token.gap == Gap::None => {
            previous > 1
                && page.mark(previous - 2) == Some(b':')
                && is_initials(&page.words[previous - 1])
                && acts(page, previous - 1)
        }
        // `-mk` after the last sentence.
        Some(b'-' | 0)
            if !upper
                && page.word(at + 1).is_none()
                && word.token.end - word.token.start <= 3
                && word.entry.common() == 0
                && (page.words[previous].token.gap >= Gap::Line
                    || page
                        .before(previous, 1)
                        .is_some_and(|word| matches!(word.token.kind, Kind::Mark(b'.' | b'?' | b'!')))) =>
        {
            true
        }
        // `- kt rn`, on a line of its own at the end.
        Some(b'-' | b'~') if page.words[previous].token.gap >= Gap::Line && !upper => {
            page.word(at + 1).is_some_and(|next| next.same_line() && next.has(List::Credential))
                && ends_line(page, at + 1)
        }
        Some(b'-' | b'~') => {
            upper
                && (ends_line(page, at) || page.word(at + 1).is_some_and(|next| next.has(List::Credential)))
                && (page.words[previous].token.gap >= Gap::Line
                    || page.before(previous, 1).is_some_and(|word| matches!(word.token.kind, Kind::Mark(b'.' | b'-'))))
        }
        Some(_) => false,
        // `seen by KTM`, `d/w Dr Okafor at 14:20 by RJP`.
        None if page.is(previous, "by") => {
            previous > 0
                && (page.is_any(previous - 1, DONE)
                    || upper && !word.entry.is_known() && page.words[previous - 1].token.kind == Kind::Number
                    || !word.entry.is_known()
                        && page.is(at + 1, "at")
                        && page.word(at + 2).is_some_and(|time| time.token.kind == Kind::Number))
        }
        None if page.is_any(previous, SUBJECT) => true,
        // `transcribed lmg`
        None if page.is_any(previous, &["transcribed", "typed", "dictated"]) && ends_line(page, at) => true,
        // A nurse of two letters that are no word.
        None => {
            page.is_any(previous, &["nurse", "rn", "dr", "doc"])
                && word.entry.common() == 0
                && (upper || word.shape() == Some(Shape::Lower))
        }
    }
}

/// Labels of a person who is known by initials.
const SUBJECT: &[&str] = &["initials", "initial", "init", "inits"];

/// `initials R-T`, as trials write who has no middle name.
fn hyphened(page: &Page<'_>, at: usize) -> Option<usize> {
    let label = at.checked_sub(1).map(|before| before - usize::from(before > 0 && page.mark(before) == Some(b':')))?;
    (page.is_any(label, SUBJECT)
        && is_letter(page, at)
        && page.mark(at + 1) == Some(b'-')
        && page.words[at + 1].token.gap == Gap::None
        && is_letter(page, at + 2))
    .then_some(at + 2)
}

/// `… next visit Thursday. af`, `… call with questions x4420. bt pharmd`, `cdv, RD`: who wrote, at the very end.
fn ends_note(page: &Page<'_>, at: usize) -> bool {
    let word = &page.words[at];
    let upper = word.shape() == Some(Shape::Upper);
    // `MB, CNM` alone on its line, whatever else the letters stand for.
    let signed = upper
        && word.token.gap >= Gap::Line
        && word.token.end - word.token.start <= 3
        && page.mark(at + 1) == Some(b',')
        && !word.has(List::Credential);
    if !is_initials(word) && !signed
        || word.entry.common() > 0
        || word.token.end - word.token.start > if upper { 3 } else { 4 }
        || at < 4
        || upper && word.line == Line::Upper && word.token.gap < Gap::Line
        || !ends_sentence(page, at)
    {
        return false;
    }
    let comma = usize::from(page.mark(at + 1) == Some(b','));
    let credential = page
        .word(at + 1 + comma)
        .filter(|next| next.same_line() && next.has(List::Credential))
        .is_some_and(|_| ends_line(page, at + 1 + comma));
    credential || page.word(at + 1).is_none() && word.token.end - word.token.start <= 3
}

/// `Goals set with patient and wife. E.O.`: letters with dots at the very end.
fn dotted_end(page: &Page<'_>, first: usize) -> Option<usize> {
    if first < 4 || !is_letter(page, first) || !page.words[first].is_capital() || !ends_sentence(page, first) {
        return None;
    }
    let mut last = first;
    while page.mark(last + 1) == Some(b'.') && is_letter(page, last + 2) && page.words[last + 2].token.gap == Gap::None
    {
        last += 2;
    }
    let dot = usize::from(page.mark(last + 1) == Some(b'.'));
    (last > first && page.word(last + 1 + dot).is_none()).then_some(last)
}

/// Whether a sentence or a line ends before a token.
fn ends_sentence(page: &Page<'_>, at: usize) -> bool {
    page.words[at].token.gap >= Gap::Wide
        || page.before(at, 1).is_some_and(|word| matches!(word.token.kind, Kind::Mark(b'.' | b'?' | b'!')))
            && page.words[at].token.gap > Gap::None
}

/// `dr g`: one letter after a title.
fn is_lettered(page: &Page<'_>, at: usize) -> bool {
    let joined = |place: usize| {
        page.word(place).is_some_and(|word| {
            word.token.gap == Gap::None && matches!(word.token.kind, Kind::Mark(b'/' | b'-' | b'&' | b'+'))
        })
    };
    is_letter(page, at)
        && page.words[at].token.gap == Gap::Space
        && at > 0
        && page.is_any(at - 1, &["dr", "mr", "mrs", "ms", "miss", "nurse"])
        && !joined(at + 1)
        && !page.is(at, "a")
}

/// `Thx` and a line of one letter.
fn signs(page: &Page<'_>, at: usize) -> bool {
    is_letter(page, at)
        && page.words[at].token.gap >= Gap::Line
        && ends_line(page, at)
        && page.word(at + 2).is_none()
        && (1..=2).any(|back| page.before(at, back).is_some_and(|word| word.has(List::Farewell)))
}

/// The mark stands between the initials of two, alone on its line or at its end.
fn types_for(page: &Page<'_>, mark: usize) -> bool {
    mark.checked_sub(1).is_some_and(|author| {
        let word = &page.words[author];
        // `typed 01.03.23 FA/jm`, `JOB 7730915   HVB/mls`, `Marcy RDH. ELW/ko`
        let apart = ends_sentence(page, author)
            || page.before(author, 1).is_some_and(|before| before.token.kind == Kind::Number);
        (word.token.gap >= Gap::Line || apart && ends_line(page, mark + 1))
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
