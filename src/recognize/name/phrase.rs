//! Turns of phrase before a name: `hey doc its`, `significant other`, `the Hendersons`, `my wife's name is`.

use super::page::Page;
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};

/// Whether the words before a place only greet: `hey doc`.
pub(super) fn opens_message(page: &Page<'_>, at: usize) -> bool {
    (1..=3).all(|back| {
        page.before(at, back).is_none_or(|word| {
            word.has(List::Greeting) || word.has(List::StaffTitle) || matches!(word.token.kind, Kind::Mark(b',' | b'!'))
        })
    }) || page.before(at, 1).is_some_and(|word| word.has(List::Greeting))
        || at > 0 && page.is_any(at - 1, &["doc", "dr"])
}

/// `bea: who has 14?`: a word that opens two lines of a conversation and is no heading.
pub(super) fn speaks(page: &Page<'_>, at: usize) -> bool {
    let opens = |at: usize| {
        page.mark(at + 1) == Some(b':')
            && page.words[at + 1].token.gap == Gap::None
            && page.words[at].token.gap >= if at == 0 { Gap::None } else { Gap::Line }
            && page.word(at + 2).is_some_and(|next| next.token.gap == Gap::Space)
    };
    let word = &page.words[at];
    if !opens(at) || word.token.end - word.token.start < 3 || word.has(List::Header) || word.has(List::Thing) {
        return false;
    }
    let near = at.saturating_sub(NEAR)..(at + NEAR).min(page.words.len());
    near.into_iter().any(|other| other != at && opens(other) && page.is(other, page.str(at)))
}

/// So many tokens apart do the lines of one speaker stand at most.
const NEAR: usize = 150;

/// `the Hendersons`.
pub(super) fn is_family(page: &Page<'_>, at: usize) -> bool {
    let Some(word) = page.word(at) else { return false };
    let stem = page.str(at).strip_suffix('s').map(|stem| page.lexicon.entry(stem)).unwrap_or_default();
    word.shape() == Some(Shape::Capital) && word.entry.common() == 0 && stem.surname() >= 5 && stem.common() == 0
}

/// `significant other`, also shortened.
pub(super) fn is_significant_other(page: &Page<'_>, at: usize) -> bool {
    let dot = usize::from(at > 0 && page.mark(at - 1) == Some(b'.'));
    page.is(at, "other")
        && at.checked_sub(1 + dot).is_some_and(|before| page.is_any(before, &["sig", "signif", "significant"]))
}

/// `patient`, `pt` and the like as the person that is spoken of, rather than any: not after an article.
pub(super) fn is_patient(page: &Page<'_>, at: usize) -> bool {
    page.words.get(at).is_some_and(|word| word.has(List::Patient))
        && page.is_any(at, &["patient", "pt", "paciente", "patientin", "client", "resident", "gentleman", "lady"])
}

/// `name is`, `her name was`, `my wife's name is`.
pub(super) fn is_name_noun(page: &Page<'_>, verb: usize) -> bool {
    verb > 0
        && page.is_any(
            verb - 1,
            &["name", "names", "surname", "nickname", "nombre", "nom", "nome", "naam", "lastname", "firstname"],
        )
}

pub(super) fn line_words(page: &Page<'_>, last: usize) -> usize {
    let mut count = 1;
    let mut at = last;
    while at > 0 && page.words[at].same_line() && count < 8 {
        count += 1;
        at -= 1;
    }
    count
}

/// `goes by "Dutch"`, `gave her name as "Ghost"`, `also "Vay-Vay"`: what stands before the quotation mark.
pub(super) fn gives_name(page: &Page<'_>, at: usize) -> bool {
    page.is(at, "also")
        || page.is(at, "by") && at > 0 && page.is_any(at - 1, &["goes", "go", "going", "went"])
        || page.is(at, "as") && at > 0 && page.is_any(at - 1, &["name", "known"])
}

/// Whether a text has one word more, or two, and maybe a mark.
pub(super) fn ends_text(page: &Page<'_>, at: usize) -> bool {
    let left = page.words.len().saturating_sub(at);
    left <= 3 && page.words[at + 1..].iter().all(|word| word.shape().is_some() || word.token.is_mark(b'.'))
}

/// Whether a bed or a room, and maybe a dash, ends at a place: `rm 9`, `Bed 3 –`.
pub(super) fn is_bed(page: &Page<'_>, last: usize) -> bool {
    let dash = matches!(page.mark(last), Some(b'-' | 0)) && page.words[last].token.gap == Gap::Space;
    let Some(number) = last.checked_sub(usize::from(dash)) else { return false };
    matches!(page.words[number].token.kind, Kind::Number | Kind::Code)
        && number > 0
        && page.is_any(number - 1, &["bed", "rm", "room", "bay", "cubicle", "chair"])
}

/// `nurse Will call`, `RN May give`: the auxiliary, with the verb that it helps.
pub(super) fn is_auxiliary(page: &Page<'_>, at: usize) -> bool {
    page.is_any(at, &["will", "may", "can", "did", "does", "is", "was", "has", "had"])
        && page.word(at + 1).is_some_and(|next| next.shape() == Some(Shape::Lower) && !next.has(List::Deed))
}
