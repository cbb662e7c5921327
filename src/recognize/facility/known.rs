//! Organisations whose names have no kind in them, as the public knows them.

use super::{Found, proper};
use crate::entity::EntityType;
use crate::recognize::word::{Class, Words};
use std::sync::LazyLock;

/// A name, and whether it counts wherever it stands.
pub struct Organisation {
    pub name: &'static str,
    entity: EntityType,
    alone: bool,
}

/// All of `known.txt`.
pub static KNOWN: LazyLock<Vec<Organisation>> = LazyLock::new(|| {
    let mut organisations = Vec::new();
    let (mut entity, mut alone) = (EntityType::Hospital, false);
    for line in include_str!("known.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            entity = if section.starts_with("org") { EntityType::Org } else { EntityType::Hospital };
            alone = section.ends_with("alone");
        } else {
            organisations.extend(line.split('|').map(|name| Organisation { name, entity, alone }));
        }
    }
    organisations.sort_by_key(Organisation::first);
    organisations
});

impl Organisation {
    /// The letters of the name before a blank or a mark.
    pub fn first(&self) -> &'static str {
        self.name.split([' ', '\'', '-', '.']).next().unwrap_or(self.name)
    }
}

pub(super) fn known(words: &Words<'_>, at: usize) -> Found {
    if !words.is_word(at) || !words.class(at).is(Class::KNOWN) {
        return None;
    }
    let initial = words.str(at).to_lowercase();
    let from = KNOWN.partition_point(|known| known.first() < initial.as_str());
    let mut longest: Option<(usize, &Organisation)> = None;
    for organisation in KNOWN[from..].iter().take_while(|known| known.first() == initial) {
        let Some(last) = ends(words, at, organisation.name) else { continue };
        if longest.is_none_or(|(longest, _)| last > longest) {
            longest = Some((last, organisation));
        }
    }
    let (last, organisation) = longest?;
    // One word is a facility where someone is treated, works or buys; a short one is a surname or a verb too.
    let single = last == at;
    let introduced = at > 0
        && words
            .is_any(at - 1, &["at", "from", "to", "by", "with", "in", "for", "the", "@", "w", "/", "collect", "via"]);
    let brand = organisation.alone;
    // `at the cvs`, `@ cracker barrel`: of small letters only after a word of place.
    let small = words.lower(at);
    // `the patient first noticed`: an article alone introduces nothing in small letters.
    let article =
        at > 0 && words.is(at - 1, "the") && !(at > 1 && words.is_any(at - 2, &["at", "from", "to", "in", "by"]));
    if small && !(introduced && !article && (brand || !single)) || !small && !words.capital(at) {
        return None;
    }
    let criteria = words.is_any(
        last + 1,
        &[
            "criteria",
            "formula",
            "classification",
            "score",
            "scale",
            "staging",
            "risk",
            "study",
            "trial",
            "model",
            "hospital",
            "clinic",
            "activity",
            "treadmill",
            "syndrome",
            "ankle",
        ],
    );
    if single && !introduced && !brand || criteria && single {
        return None;
    }
    let entity = organisation.entity;
    let mut end = last;
    while end < last + 4 && (proper(words, end + 1) && lexicon_word(words, end + 1)) {
        end += 1;
    }
    // `St. Vincent's`, `Dell Children's`, `Brigham and Women's Hospital`.
    if matches!(words.str(end + 1), "'" | "’") && words.is(end + 2, "s") {
        let owned = ["st ", "saint "].iter().any(|saint| organisation.name.starts_with(saint))
            || ["children", "women"].iter().any(|end| organisation.name.ends_with(end));
        if words.capital(end + 3) && lexicon_word(words, end + 3) {
            end += 3;
        } else if owned {
            end += 2;
        }
    }
    Some((at, end, entity, "facility.known"))
}

/// The last piece of a name that starts at a place: words and the marks in them, whatever their case.
fn ends(words: &Words<'_>, at: usize, name: &str) -> Option<usize> {
    let start = words.pieces.get(at)?.start;
    let mut rest = name.chars().peekable();
    let mut end = start;
    for c in words.text[start..].chars() {
        let Some(&wanted) = rest.peek() else { break };
        let blank = wanted == ' ' && matches!(c, ' ' | '-' | '.');
        if c.to_lowercase().eq([wanted]) || blank || wanted == '\'' && c == '’' {
            rest.next();
        } else if !(c == ' ' && end > start || c == '.') {
            return None;
        }
        end += c.len_utf8();
    }
    let last = (at..words.pieces.len()).take_while(|&piece| words.pieces[piece].start < end).last()?;
    (rest.peek().is_none() && words.pieces[last].end == end).then_some(last)
}

/// A word that goes on in the name of a facility.
fn lexicon_word(words: &Words<'_>, at: usize) -> bool {
    words.is_any(
        at,
        &[
            "medical",
            "health",
            "hospital",
            "center",
            "centre",
            "clinic",
            "medicine",
            "cancer",
            "university",
            "healthcare",
            "system",
            "pharmacy",
            "institute",
            "memorial",
            "general",
            "presbyterian",
            "bayview",
            "deaconess",
            "hospitals",
            "children",
            "women",
        ],
    )
}
