//! What the word lists of `rules/dictionaries/` say of a word: evidence for and against a name, never a verdict.

pub(in crate::recognize) mod fold;

use crate::rules::{RuleError, Rules};
pub use fold::fold;

/// All word lists in one table. It keeps 64-bit hashes instead of words, which makes it small, quick to build and
/// useless as a list of names.
pub struct Lexicon {
    slots: Vec<Slot>,
    entries: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    entry: Entry,
}

/// What is known of one word; the empty entry for an unknown one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry(u64);

macro_rules! kinds {
    ($(#[$graded_doc:meta] $graded:ident $graded_name:literal;)* -- $(#[$doc:meta] $flag:ident $name:literal;)*) => {
        /// What a list says of its words. The graded kinds come first: their words have a frequency from 1 to 9.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[$graded_doc] $graded,)* $(#[$doc] $flag,)* }

        impl Kind {
            const GRADED: &'static [(&'static str, Self)] = &[$(($graded_name, Self::$graded),)*];
            const FLAGS: &'static [(&'static str, Self)] = &[$(($name, Self::$flag),)*];
        }
    };
}

kinds! {
    /// Given names.
    Given "given";
    /// Surnames.
    Surname "surname";
    /// Words of English that are not names.
    Common "common";
    /// Cities and towns, by population.
    City "city";
    /// Words of diagnoses, procedures, anatomy, tests.
    Clinical "clinical";
    --
    /// Short forms of given names.
    Nickname "nickname";
    /// Substances and brands.
    Drug "drug";
    /// Names that stand in medical terms: Parkinson, Foley.
    Eponym "eponym";
    /// What such a term is about: disease, syndrome, sign, catheter.
    EponymNoun "eponym_noun";
    /// Historic and public persons.
    Public "public";
    /// States, countries, nationalities, languages, peoples.
    Region "region";
    /// Months, weekdays, feasts.
    Calendar "calendar";
    /// Abbreviations that are written in capitals.
    Abbreviation "abbreviation";
    /// Section titles and the words in them.
    Header "header";
    /// Function words of languages other than English.
    Function "function";
    /// What kind of building or body an organisation is: hospital, clinic, school, street.
    Facility "facility";
    /// Titles before a name: Dr, Mrs, Señora.
    Title "title";
    /// Titles and ranks that say that the person is staff: Dr, Prof.
    StaffTitle "staff_title";
    /// Titles that are always followed by a name.
    Form "form";
    /// What a label can name that is no person: drug, test, file.
    Thing "thing";
    /// Words that say that the text is German, where every noun has a capital.
    German "german";
    /// What follows the name of staff: MD, RN, FACS.
    Credential "credential";
    /// What follows a name and belongs to it: Jr, III.
    Suffix "suffix";
    /// Small words inside a name: van, de la, al.
    Particle "particle";
    /// A relative or somebody of the household.
    Kin "kin";
    /// Words for the patient.
    Patient "patient";
    /// Words for staff.
    Staff "staff";
    /// Labels whose value is a name: name, attn, signed by.
    NameLabel "name_label";
    /// Words after which a name comes: named, called, spoke with.
    Lead "lead";
    /// What a person does: said, reports, presented.
    Deed "deed";
    /// Of those, what only a person does: lives, says, denies.
    Act "act";
    /// Words that open a letter or a message: dear, hi.
    Greeting "greeting";
    /// Words that close one: regards, sincerely.
    Farewell "farewell";
    /// The first word of a city of several words.
    CityStart "city_start";
}

const GRADE_BITS: u32 = 4;
const GRADE_MAX: u8 = 9;
const GRADE_DEFAULT: u8 = 5;

impl Entry {
    /// How frequent the word is among those of a graded kind, from 1 to 9, or 0 if it is none.
    pub fn grade(self, kind: Kind) -> u8 {
        let at = kind as u32;
        if at < Kind::GRADED.len() as u32 {
            ((self.0 >> (at * GRADE_BITS)) & 0xf) as u8
        } else {
            u8::from(self.has(kind))
        }
    }

    pub fn has(self, kind: Kind) -> bool {
        self.0 & kind.mask() != 0
    }

    /// Whether any list has the word.
    pub fn is_known(self) -> bool {
        self.0 != 0
    }

    pub fn given(self) -> u8 {
        self.grade(Kind::Given)
    }

    pub fn surname(self) -> u8 {
        self.grade(Kind::Surname)
    }

    pub fn common(self) -> u8 {
        self.grade(Kind::Common)
    }

    /// The entry with a word of `kind` added: the higher grade stays.
    fn add(&mut self, kind: Kind, grade: u8) {
        let at = kind as u32;
        if at < Kind::GRADED.len() as u32 {
            let grade = grade.max(self.grade(kind));
            self.0 = self.0 & !kind.mask() | u64::from(grade) << (at * GRADE_BITS);
        } else {
            self.0 |= kind.mask();
        }
    }
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Self::GRADED.iter().chain(Self::FLAGS).find(|(known, _)| *known == name).map(|&(_, kind)| kind)
    }

    /// The bits of an [`Entry`] that are about this kind.
    const fn mask(self) -> u64 {
        let (at, graded) = (self as u32, Self::GRADED.len() as u32);
        if at < graded { 0xf << (at * GRADE_BITS) } else { 1 << (graded * GRADE_BITS + at - graded) }
    }
}

impl Lexicon {
    /// Reads every file below `dictionaries/`: one entry a line, a tab and a grade after it if it has one, comments
    /// after `#`. The kind is the name of the file up to the first dot or dash, or that of the last `[kind]` line.
    pub fn new(rules: &Rules) -> Result<Self, Vec<RuleError>> {
        let files = || rules.below("dictionaries/").filter(|(path, _)| path.ends_with(".txt"));
        let lines: usize = files().map(|(_, bytes)| memchr::memchr_iter(b'\n', bytes).count()).sum();
        let mut lexicon = Self { slots: vec![Slot::default(); (lines * 5 / 3 + 64).next_power_of_two()], entries: 0 };
        let mut gathered = Gathered::new(lexicon.slots.len());
        let mut errors = Vec::new();
        for (path, bytes) in files() {
            gathered.read(path, bytes, &mut errors);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        for (key, kind, grade) in gathered.sorted() {
            lexicon.insert(key, kind, grade);
        }
        Ok(lexicon)
    }

    fn insert(&mut self, key: u64, kind: Kind, grade: u8) {
        if (self.entries + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let at = self.slot(key);
        if !self.slots[at].entry.is_known() {
            self.entries += 1;
        }
        self.slots[at].key = key;
        self.slots[at].entry.add(kind, grade);
    }
    fn grow(&mut self) {
        let larger = vec![Slot::default(); self.slots.len() * 2];
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot.entry.is_known() {
                let at = self.slot(slot.key);
                self.slots[at] = slot;
            }
        }
    }

    /// Where a key is, or the free slot where it would be. A quarter of the slots is always free.
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = key as usize & mask;
        while self.slots[at].entry.is_known() && self.slots[at].key != key {
            at = (at + 1) & mask;
        }
        at
    }

    /// What is known of a word or of a phrase with single blanks, in any case and with or without accents.
    pub fn entry(&self, word: &str) -> Entry {
        if word.len() <= ASCII_MAX && word.is_ascii() {
            let mut key = [0; ASCII_MAX];
            let key = &mut key[..word.len()];
            key.copy_from_slice(word.as_bytes());
            key.make_ascii_lowercase();
            return self.folded(key);
        }
        self.folded(fold(word).as_bytes())
    }

    /// What is known of a word that is folded already.
    pub fn folded(&self, key: &[u8]) -> Entry {
        self.slots[self.slot(hash(key))].entry
    }

    pub fn given_frequency(&self, word: &str) -> u8 {
        self.entry(word).given()
    }

    pub fn surname_frequency(&self, word: &str) -> u8 {
        self.entry(word).surname()
    }

    pub fn common_word(&self, word: &str) -> u8 {
        self.entry(word).common()
    }

    pub fn clinical_term(&self, word: &str) -> u8 {
        self.entry(word).grade(Kind::Clinical)
    }

    /// How large a city of this name is, from 1 (a village) to 9 (millions), or 0. Several words are looked up with
    /// single blanks between them; [`Kind::CityStart`] tells which words can begin such a name.
    pub fn city(&self, phrase: &str) -> u8 {
        self.entry(phrase).grade(Kind::City)
    }

    /// Bytes of memory that the table takes.
    pub fn size(&self) -> usize {
        self.slots.len() * size_of::<Slot>()
    }
}

/// Words on their way into the table, by the part of it that they belong in: each part fits the cache of a core, and
/// filling one after the other takes a fifth of the time that jumping about in all of it does.
struct Gathered {
    parts: Vec<Vec<(u64, Kind, u8)>>,
    /// The slots of the table, less one.
    mask: usize,
    /// By how much the slot of a key is shifted to give its part.
    shift: u32,
}

impl Gathered {
    const PARTS: usize = 64;

    fn new(slots: usize) -> Self {
        let shift = slots.trailing_zeros().saturating_sub(Self::PARTS.trailing_zeros());
        Self { parts: vec![Vec::new(); Self::PARTS], mask: slots - 1, shift }
    }

    fn add(&mut self, key: u64, kind: Kind, grade: u8) {
        self.parts[(key as usize & self.mask) >> self.shift].push((key, kind, grade));
    }

    fn sorted(self) -> impl Iterator<Item = (u64, Kind, u8)> {
        self.parts.into_iter().flatten()
    }

    fn read(&mut self, path: &str, bytes: &[u8], errors: &mut Vec<RuleError>) {
        let mut report = |line: usize, message: &str, hint: &str| {
            errors.push(RuleError {
                file: path.to_owned(),
                line,
                message: message.to_owned(),
                hint: (!hint.is_empty()).then(|| hint.to_owned()),
            });
        };
        let Ok(text) = std::str::from_utf8(bytes) else { return report(1, "not valid UTF-8", "") };
        if !text.starts_with('#') {
            report(1, "the source of the list is not stated", "begin the file with `# source and licence`");
        }
        let stem = path.rsplit('/').next().unwrap_or(path).split(['.', '-']).next().unwrap_or_default();
        let mut kind = Kind::named(stem);
        let mut key = String::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                kind = Kind::named(name);
                if kind.is_none() {
                    report(at + 1, "unknown kind of list", "");
                }
                continue;
            }
            let Some(kind) = kind else {
                return report(at + 1, "no kind of list", "name the file or a `[kind]` line after one");
            };
            let (word, grade) = match line.split_once('\t') {
                None => (line, GRADE_DEFAULT),
                Some((word, grade)) => match grade.parse() {
                    Ok(grade @ 1..=GRADE_MAX) => (word, grade),
                    _ => {
                        report(at + 1, "the frequency is not a number from 1 to 9", "");
                        continue;
                    }
                },
            };
            if key.capacity() == 0 {
                key.reserve(64);
            }
            key.clear();
            fold::fold_into(word, &mut key);
            self.add(hash(key.as_bytes()), kind, grade);
            if kind == Kind::City
                && let Some(end) = key.find(' ')
            {
                self.add(hash(&key.as_bytes()[..end]), Kind::CityStart, 1);
            }
        }
    }
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lexicon({} entries)", self.entries)
    }
}

const ASCII_MAX: usize = 48;

/// A hash of good quality for short keys, the same on every machine: eight bytes a step, each folded by a wide
/// multiplication.
pub(in crate::recognize) fn hash(key: &[u8]) -> u64 {
    const A: u64 = 0x9e37_79b9_7f4a_7c15;
    const B: u64 = 0xd6e8_feb8_6659_fd93;
    fn mix(a: u64, b: u64) -> u64 {
        let wide = u128::from(a) * u128::from(b);
        wide as u64 ^ (wide >> 64) as u64
    }
    let mut state = A ^ key.len() as u64;
    let mut chunks = key.chunks_exact(8);
    for chunk in &mut chunks {
        state = mix(state ^ u64::from_le_bytes(chunk.try_into().expect("the chunks have eight bytes")), B);
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(state ^ u64::from_le_bytes(last), A)
}

#[cfg(test)]
mod tests;
