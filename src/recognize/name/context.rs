//! What stands before a possible name and announces it: a title, a label, a relative, a salutation.

use super::page::{Page, Word};
use super::phrase::{
    ends_text, gives_name, is_bed, is_family, is_name_noun, is_patient, is_significant_other, line_words,
    opens_message, speaks,
};
use super::run::RELATIVE;
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};

/// What is known of a place in a text before the word there is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub announced: Announced,
    /// Points that this adds to the words that follow.
    pub bonus: i32,
    /// The person is staff.
    pub staff: bool,
}

/// How strongly a name is expected here, from less to more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Announced {
    No,
    /// A preposition, a verb, a role: a name is likelier here than elsewhere.
    Hint,
    /// A relative or the patient.
    Kin,
    Greeting,
    Farewell,
    /// `named`, `name is`.
    Lead,
    /// `Patient name:`.
    Label,
    /// `Dr.`
    Title,
}

impl Context {
    const NONE: Self = Self { announced: Announced::No, bonus: 0, staff: false };

    fn new(announced: Announced, bonus: i32) -> Self {
        Self { announced, bonus, staff: false }
    }

    /// The text as a whole stands under a label for names.
    pub fn labelled() -> Self {
        Self::new(Announced::Label, 12)
    }

    /// Whether a name may stand here in small letters or as a word that no list has.
    pub fn is_told(&self) -> bool {
        matches!(self.announced, Announced::Title | Announced::Label | Announced::Lead)
    }

    /// The stronger of two.
    pub fn at_least(self, other: Self) -> Self {
        if self.announced < other.announced { other } else { self }
    }

    /// Another name stands right before, with `and` between.
    pub fn coordinate() -> Self {
        Self::new(Announced::Kin, RELATIVE)
    }

    /// The name of the rule, for `--explain`.
    pub fn rule(&self) -> &'static str {
        match self.announced {
            Announced::No => "name.words",
            Announced::Hint => "name.hint",
            Announced::Kin => "name.kin",
            Announced::Greeting => "name.greeting",
            Announced::Farewell => "name.farewell",
            Announced::Lead => "name.lead",
            Announced::Label => "name.label",
            Announced::Title => "name.title",
        }
    }

    pub fn before(page: &Page<'_>, at: usize) -> Self {
        let word = &page.words[at];
        // Only letters can be announced.
        if !matches!(word.token.kind, Kind::Word(_)) {
            return Self::NONE;
        }
        if word.is_capital()
            && page.is_any(at + 1, &["is", "was"])
            && page.is_any(at + 2, &["her", "his", "my", "their"])
            && page.word(at + 3).is_some_and(|word| word.has(List::Kin))
            && !word.has(List::Kin)
            && word.entry.given() >= 3
        {
            return Self::new(Announced::Lead, 14);
        }
        if speaks(page, at) {
            return Self::new(Announced::Label, 9);
        }
        let Some(previous) = page.before(at, 1) else { return Self::NONE };
        if word.token.gap == Gap::Paragraph || word.token.gap == Gap::Line {
            return Self::line_start(page, at);
        }
        if is_bed(page, at - 1) {
            return Self::new(Announced::Hint, 6);
        }
        match previous.token.kind {
            Kind::Mark(mark) => Self::after_mark(page, at, mark),
            Kind::Word(_) => Self::after_word(page, at - 1, previous),
            _ => Self::NONE,
        }
    }

    fn line_start(page: &Page<'_>, at: usize) -> Self {
        let previous = at - 1;
        // `Sincerely,` on the line before, or `Regards` without a comma, or a label alone on its line.
        let last =
            if matches!(page.mark(previous), Some(b',' | b'.' | b'!')) { previous.saturating_sub(1) } else { previous };
        if page.words[last].has(List::Farewell) && line_words(page, last) <= 5 {
            return Self::new(Announced::Farewell, 8);
        }
        if page.mark(previous) == Some(b':') && page.words[at].token.gap == Gap::Line {
            return Self::label(page, previous);
        }
        // `our patient`, and the name on a line of its own.
        if page.german && page.words[at].token.gap == Gap::Line && page.words[previous].has(List::Patient) {
            return Self::new(Announced::Kin, 6);
        }
        if page.words[at].token.gap == Gap::Line && previous_is_title(page, previous) {
            return Self::after_word(
                page,
                if page.mark(previous) == Some(b'.') { previous - 1 } else { previous },
                &page.words[last],
            );
        }
        Self::NONE
    }

    fn after_mark(page: &Page<'_>, at: usize, mark: u8) -> Self {
        let previous = at - 1;
        match mark {
            b'.' => match page.before(previous, 1) {
                Some(title)
                    if is_abbreviated_title(title)
                        && (page.words[previous].token.gap == Gap::None || page.lower && title.has(List::Form)) =>
                {
                    Self::after_word(page, previous - 1, title)
                }
                Some(_) if page.is_any(previous - 1, DEGREES) => Self::degree(page, previous - 1),
                _ => Self::NONE,
            },
            b':' | b'=' => Self::label(page, previous),
            b',' | b'(' | b'"' | b'\'' | 0 => {
                // `his wife, Ana`, `her son (Tom)`, `Hello, Ana`.
                let Some(word) = page.before(previous, 1) else { return Self::NONE };
                // `Friend "Smoke"`: whatever the word means.
                let quoted = matches!(mark, b'"' | 0) && page.mark(at + 1) == Some(mark);
                if word.has(List::Kin) && quoted && page.words[at].shape() == Some(Shape::Capital) {
                    return Self::new(Announced::Lead, 14);
                }
                if (word.has(List::Kin) || is_significant_other(page, previous - 1)) && page.words[at].is_capital() {
                    return Self::new(Announced::Kin, RELATIVE);
                }
                if word.has(List::Greeting) && mark == b',' {
                    return Self::new(Announced::Greeting, 5);
                }
                // `Thanks, Ros` at the end.
                if word.has(List::Farewell) && mark == b',' && ends_text(page, at) {
                    return Self::new(Announced::Farewell, 8);
                }
                if matches!(mark, b'"' | b'\'' | 0) && (word.has(List::Lead) || gives_name(page, previous - 1)) {
                    return Self::new(Announced::Lead, 14);
                }
                if is_patient(page, previous - 1) {
                    return Self::new(Announced::Hint, 5);
                }
                Self::NONE
            }
            // `Shauna & Mick`
            b'&' if page.before(previous, 1).is_some_and(|word| word.is_capital() && word.entry.given() >= 4) => {
                Self::new(Announced::Hint, 4)
            }
            b'-' | b'/' if page.words[at].token.gap == Gap::None => Self::NONE,
            // `[doctor] Maria`, `- Maria`.
            _ => Self::NONE,
        }
    }

    /// `Dr. med. univ.`, with blanks or without.
    fn degree(page: &Page<'_>, at: usize) -> Self {
        for back in 1..=8 {
            let Some(word) = page.before(at, back) else { break };
            if word.has(List::StaffTitle) && word.has(List::Form) {
                return Self { announced: Announced::Title, bonus: 14, staff: true };
            }
            if !(matches!(word.token.kind, Kind::Mark(b'.' | b'-')) || page.is_any(at - back, DEGREES)) {
                break;
            }
        }
        Self::NONE
    }

    fn after_word(page: &Page<'_>, at: usize, word: &Word) -> Self {
        let shape = word.shape();
        let after = page.words.get(at + 1);
        let dotted = after.is_some_and(|after| after.token.is_mark(b'.') && after.token.gap == Gap::None);
        // Most words are none of this.
        if word.has(List::StaffTitle) || word.has(List::Title) {
            let own = page.str(at);
            let short = own.len() <= 3;
            let abbreviation =
                shape == Some(Shape::Upper) && short && !dotted && page.words[at].line != super::page::Line::Upper;
            let ambiguous = matches!(
                own,
                "fr" | "hr"
                    | "don"
                    | "sir"
                    | "miss"
                    | "ms"
                    | "pa"
                    | "np"
                    | "rn"
                    | "sig"
                    | "mw"
                    | "fellow"
                    | "intern"
                    | "doc"
                    | "dame"
                    | "lt"
            );
            let strong = word.has(List::Form);
            if strong && !abbreviation && !(ambiguous && !dotted && !page.lower) {
                return Self { announced: Announced::Title, bonus: 14, staff: word.has(List::StaffTitle) };
            }
            if word.has(List::StaffTitle) && !abbreviation {
                return Self { announced: Announced::Kin, bonus: 5, staff: true };
            }
            if word.has(List::StaffTitle) && shape == Some(Shape::Upper) {
                return Self { announced: Announced::Hint, bonus: 4, staff: true };
            }
        }
        if word.has(List::Staff) && page.before(at, 1).is_some_and(|title| title.has(List::Form)) {
            // `Frau Kollegin Weigel`.
            return Self { announced: Announced::Title, bonus: 14, staff: true };
        }
        if shape == Some(Shape::Lower) && page.is_any(at, PETS) && page.words[at + 1].shape() == Some(Shape::Capital) {
            return Self::new(Announced::Lead, 12);
        }
        if word.has(List::Kin) || is_significant_other(page, at) {
            return Self::new(Announced::Kin, RELATIVE);
        }
        if page.is_any(at, &["named", "nicknamed"]) {
            return Self::new(Announced::Lead, 12);
        }
        if word.has(List::Lead) {
            return Self::new(Announced::Lead, 9);
        }
        if word.has(List::Patient) {
            return Self::new(Announced::Kin, if is_patient(page, at) { 6 } else { 3 });
        }
        if word.has(List::Staff) {
            return Self { announced: Announced::Kin, bonus: 5, staff: true };
        }
        if word.has(List::Greeting) {
            return Self::new(Announced::Greeting, 6);
        }
        // `thx manny r` at the end.
        if word.has(List::Farewell) && ends_text(page, at + 1) {
            return Self::new(Announced::Farewell, 8);
        }
        Self::after_small_word(page, at, word)
    }

    fn after_small_word(page: &Page<'_>, at: usize, word: &Word) -> Self {
        if word.token.end - word.token.start > 5 {
            return Self::NONE;
        }
        let own = page.str(at);
        let lower = own.to_ascii_lowercase();
        match lower.as_str() {
            "me" | "him" | "her" | "them"
                if page.before(at, 1).is_some_and(|word| word.has(List::Lead))
                    || at > 0 && page.is_any(at - 1, &["call", "calls"]) =>
            {
                Self::new(Announced::Lead, 9)
            }
            "says" | "said" => Self::new(Announced::Hint, 4),
            // `the Foley`, `an Elisa`: things have articles.
            "the" if is_family(page, at + 1) => Self::new(Announced::Hint, 6),
            "the" | "a" | "an" | "this" | "that" | "any" | "no" => Self::new(Announced::No, -8),
            "is" | "was" | "are" | "es" | "ist" if is_name_noun(page, at) => Self::new(Announced::Lead, 12),
            "is" | "was" if page.before(at, 1).is_some_and(|word| word.has(List::Kin)) => Self::new(Announced::Hint, 4),
            // `Hi its Deb`, `hey doc its manny`.
            "its" if opens_message(page, at) => Self::new(Announced::Lead, 9),
            // `this is Summer calling`, `it's Anand reading for`.
            "is" | "its" | "it" | "im" | "i'm"
                if (1..=3).any(|on| page.is_any(at + 1 + on, CALLING))
                    && (lower != "is" || at > 0 && page.is_any(at - 1, &["this", "it"]))
                    && (lower != "it" || word.token.possessive) =>
            {
                Self::new(Announced::Lead, 12)
            }
            // `Hi, this is marcus webb i missed`
            "is" if at > 0 && page.is(at - 1, "this") && opens_message(page, at - 1) => Self::new(Announced::Lead, 9),
            "is" | "am" | "it's" | "i'm"
                if lower != "is" || page.before(at, 1).is_some() && page.is_any(at - 1, &["this", "here", "it"]) =>
            {
                Self::new(Announced::Hint, 4)
            }
            "by" if page.before(at, 1).is_some_and(|_| page.is_any(at - 1, &["goes", "go", "going", "went"])) => {
                Self::new(Announced::Lead, 12)
            }
            "by" => Self::new(Announced::Hint, 4),
            // `admitted under Whitcombe`.
            "under" if at > 0 && page.is_any(at - 1, &["admitted", "care", "seen", "booked"]) => {
                Self::new(Announced::Hint, 4)
            }
            "with" | "from" | "to" | "for" | "per" | "via" | "and" | "or" | "like" | "tell" | "told" | "ask"
            | "asked" | "call" | "met" | "saw" | "see" => Self::new(Announced::Hint, 2),
            "name" if at > 0 && page.is_any(at - 1, PARTS_OF_NAMES) && page.str(at + 1).len() > 1 => {
                Self::new(Announced::Lead, 12)
            }
            "name" => Self::new(Announced::Hint, 4),
            _ => Self::NONE,
        }
    }

    /// The words before a colon or an equals sign, which name what follows.
    fn label(page: &Page<'_>, colon: usize) -> Self {
        let mut staff = false;
        let mut naming = false;
        let mut title = false;
        let mut initials = false;
        for back in 1..=4 {
            let Some(at) = colon.checked_sub(back) else { break };
            let word = &page.words[at];
            match word.token.kind {
                Kind::Word(_) => {}
                Kind::Mark(b'/' | b'-' | b'_' | b'(' | b')' | b'\'' | b'"') => continue,
                Kind::Number => continue,
                _ => break,
            }
            if word.has(List::Thing) {
                return Self::NONE;
            }
            staff |= word.has(List::Staff) || word.has(List::StaffTitle);
            title |= word.has(List::StaffTitle) || word.has(List::Kin) || back == 1 && is_significant_other(page, at);
            naming |= word.has(List::NameLabel) && back <= 3;
            naming |= back == 1 && page.is(at, "by") && colon >= 2;
            initials |= page.is(at, "initials");
            if word.token.gap >= Gap::Wide {
                break;
            }
        }
        if !naming && !title {
            return Self::NONE;
        }
        Self {
            announced: Announced::Label,
            bonus: if initials {
                20
            } else if naming {
                10
            } else {
                5
            },
            staff,
        }
    }
}

/// `last name Null`.
const PARTS_OF_NAMES: &[&str] =
    &["last", "first", "full", "maiden", "given", "family", "legal", "real", "nick", "middle"];

/// What somebody does who says who is there.
const CALLING: &[&str] = &["calling", "reading", "again", "speaking"];

/// Animals of the household have names too.
const PETS: &[&str] =
    &["dog", "cat", "puppy", "kitten", "horse", "pony", "parrot", "collie", "labrador", "terrier", "poodle", "spaniel"];

/// What stands between a title and the name in German.
const DEGREES: &[&str] =
    &["med", "univ", "dent", "vet", "rer", "nat", "phil", "habil", "mult", "doz", "priv", "h", "c", "in", "a"];

fn is_abbreviated_title(word: &Word) -> bool {
    (word.has(List::Title) || word.has(List::StaffTitle) || word.has(List::Patient))
        && word.token.end - word.token.start <= 5
}

fn previous_is_title(page: &Page<'_>, previous: usize) -> bool {
    let at = if page.mark(previous) == Some(b'.') { previous.wrapping_sub(1) } else { previous };
    page.words.get(at).is_some_and(|word| {
        word.has(List::Form)
            && word.is_capital()
            && (word.has(List::Title) || word.has(List::StaffTitle))
            && (at != previous || word.token.end - word.token.start <= 5)
    })
}
