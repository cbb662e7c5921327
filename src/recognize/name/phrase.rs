//! Turns of phrase before a name: `hey doc its`, `significant other`, `the Hendersons`, `my wife's name is`.

use super::page::Page;
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Kind, Shape};

/// Whether the words before a place only greet: `hey doc`.
pub(super) fn opens_message(page: &Page<'_>, at: usize) -> bool {
    (1..=3).all(|back| {
        page.before(at, back).is_none_or(|word| {
            word.has(List::Greeting) || word.has(List::StaffTitle) || matches!(word.token.kind, Kind::Mark(b',' | b'!'))
        })
    }) || page.before(at, 1).is_some_and(|word| word.has(List::Greeting))
        || at > 0 && page.is_any(at - 1, &["doc", "dr"])
}

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
