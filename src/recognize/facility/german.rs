//! Hospitals and homes as German writes them: `Landeskrankenhaus Neustadt`, `St. Elisabeth-Stift`, `Uniklinik Jena`.

use super::{Found, proper};
use crate::entity::EntityType;
use crate::recognize::dictionary::Lexicon;
use crate::recognize::word::Words;

/// A house that a word with one of these ends is the kind of.
const ENDINGS: &[&str] = &[
    "krankenhaus",
    "krankenhauses",
    "klinikum",
    "klinikums",
    "klinik",
    "kliniken",
    "stift",
    "spital",
    "seniorenheim",
    "pflegeheim",
    "altenheim",
    "seniorenzentrum",
    "pflegezentrum",
    "wohnheim",
    "hospiz",
    "sanatorium",
    "poliklinik",
];

/// The name of a house that has its kind at a place.
pub(super) fn house(words: &Words<'_>, lexicon: &Lexicon, at: usize) -> Found {
    // `Haus am Rosengarten`
    if words.str(at) == "Haus" && words.is_any(at + 1, &["am", "im", "zum", "zur"]) && proper(words, at + 2) {
        return Some((at, at + 2, EntityType::Hospital, "facility.german"));
    }
    let word = words.str(at);
    if !words.capital(at) || word.len() < 5 {
        return None;
    }
    let ends = |ending: &&str| {
        let end = word.len().checked_sub(ending.len()).and_then(|at| word.as_bytes().get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
    };
    let ending = ENDINGS.iter().copied().find(ends)?;
    let lower = word.to_lowercase();
    // `St. Elisabeth-Stift`, `ARCOS-KLINIK`: what the hyphen joins is the name.
    let mut first = at;
    while first > 1
        && words.is(first - 1, "-")
        && words.glued(first - 2)
        && words.glued(first - 1)
        && proper(words, first - 2)
    {
        first -= 2;
    }
    let named = first < at;
    if named && first > 1 && words.is(first - 1, ".") && words.is_any(first - 2, &["st", "sankt"]) {
        first -= 2;
    }
    let mut last = at;
    let mut place = at + 1;
    if words.is_any(place, &["der", "des", "am", "im", "zum", "zur", "in", "an"]) && proper(words, place + 1) {
        // `Krankenhaus der Samariter Holzhausen`, `Klinik am See`.
        place += 1;
        last = place;
        place += 1;
    }
    let from = place;
    while place < from + 3 && proper(words, place) && words.pieces[place].start <= words.pieces[place - 1].end + 1 {
        let name = words.str(place);
        let town = lexicon.city(name) > 0 || words.is(place, "bad") || lexicon.entry(name).surname() > 0;
        if !(town || !lexicon.entry(name).is_known() && (named || lower == ending || place > from)) {
            break;
        }
        last = place;
        place += 1;
    }
    (last > at || named).then_some((first, last, EntityType::Hospital, "facility.german"))
}
