//! Which names mean the same person: `Maria Garcia`, `GARCIA, MARIA`, `Garcia`, `M. Garcia`.

use crate::entity::Role;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// The people of one document, in order of appearance. A name joins a person only when no other person fits.
#[derive(Clone, Debug, Default)]
pub struct People {
    people: Vec<Person>,
}

#[derive(Clone, Debug)]
struct Person {
    number: i64,
    role: Role,
    words: BTreeSet<String>,
    /// The word given alone or last: what others call the person by.
    family: String,
}

impl People {
    /// The number of the one person this name fits.
    pub fn same(&mut self, name: &str, role: Role) -> Option<i64> {
        let (words, family) = words(name);
        if words.is_empty() {
            return None;
        }
        let mut fitting = self.people.iter_mut().filter(|person| person.role == role && person.fits(&words, &family));
        let person = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        // What is learnt here tells later names apart.
        if words.len() > person.words.len() {
            person.family = family;
        }
        person.words.extend(words);
        let whole: Vec<String> = person.words.iter().filter(|word| word.chars().count() > 1).cloned().collect();
        person.words.retain(|word| !whole.iter().any(|long| long != word && alike(word, long)));
        Some(person.number)
    }

    pub fn add(&mut self, name: &str, role: Role, number: i64) {
        let (words, family) = words(name);
        if !words.is_empty() {
            self.people.push(Person { number, role, words, family });
        }
    }
}

impl Person {
    /// Every word of one is a word of the other or its initial, and at least one whole word is shared.
    fn fits(&self, words: &BTreeSet<String>, family: &str) -> bool {
        let shared = words.iter().filter(|word| word.chars().count() > 1 && self.words.contains(*word)).count();
        let covered = |some: &BTreeSet<String>, all: &BTreeSet<String>| {
            some.iter().all(|word| all.iter().any(|other| alike(word, other)))
        };
        shared > 0
            && (covered(words, &self.words) || covered(&self.words, words))
            // `Maria` and `Maria Garcia` may be two; `Garcia` and `Maria Garcia` share what people are called by.
            && (self.family == family || words.len() == 1 || self.words.len() == 1)
    }
}

/// Equal, or one is the initial of the other.
fn alike(a: &str, b: &str) -> bool {
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    a == b || initial(a, b) || initial(b, a)
}

/// The words of a name, folded, without titles; and the family name: before a comma, else the last word.
fn words(name: &str) -> (BTreeSet<String>, String) {
    let folded: String = name
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let list = |part: &str| -> Vec<String> {
        part.split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty() && !TITLES.contains(word))
            .map(str::to_owned)
            .collect()
    };
    let family = match folded.split_once([',', '^']) {
        Some((family, given)) if !list(given).is_empty() => list(family),
        _ => list(&folded),
    };
    let family = family.last().cloned().unwrap_or_default();
    (list(&folded).into_iter().collect(), family)
}

const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "jr", "sr", "ii", "iii", "iv", "md", "do", "phd", "rn", "np",
    "pa", "s",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the numbers a list of names gets, in order.
    fn numbers(names: &[&str]) -> Vec<i64> {
        let mut people = People::default();
        let mut next = 0;
        let number = |name: &&str| {
            people.same(name, Role::Subject).unwrap_or_else(|| {
                next += 1;
                people.add(name, Role::Subject, next);
                next
            })
        };
        names.iter().map(number).collect()
    }

    #[test]
    fn other_forms_of_one_person() {
        assert_eq!(numbers(&["Maria Garcia", "Garcia", "GARCIA, MARIA", "Mrs. Garcia", "M. Garcia", "García"]), [1; 6]);
        assert_eq!(numbers(&["Garcia", "Maria Garcia", "Maria"]), [1; 3]);
        assert_eq!(numbers(&["GARCIA^MARIA^L", "Maria L. Garcia"]), [1; 2]);
    }

    #[test]
    fn other_people_stay_apart() {
        assert_eq!(numbers(&["Maria Garcia", "Jose Garcia", "Garcia"]), [1, 2, 3]);
        assert_eq!(numbers(&["Maria Garcia", "Maria Kovacs"]), [1, 2]);
        assert_eq!(numbers(&["J. Okafor", "James Okafor", "Janet Okafor"]), [1, 1, 2]);
        assert_eq!(numbers(&["M.", "Maria"]), [1, 2]);
    }

    #[test]
    fn a_provider_is_not_the_patient() {
        let mut people = People::default();
        people.add("Maria Garcia", Role::Subject, 1);
        assert_eq!(people.same("Dr. Garcia", Role::Provider), None);
    }
}
