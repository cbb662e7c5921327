//! Grows a name from its first word and decides whether the evidence suffices.

use super::context::{Announced, Context};
use super::follow::{After, after, is_abbreviation, is_term};
use super::page::{Line, Page, Word};
use super::phrase::is_auxiliary;
use super::weight::weight;
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};

/// The words of a name, first to last token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub first: usize,
    pub last: usize,
    pub score: i32,
    /// What follows says that the person is staff.
    pub staff: bool,
    /// What stands around the words says that they are a name, whatever else they mean.
    pub clear: bool,
}

/// The evidence that a name needs.
pub(super) const THRESHOLD: i32 = 10;

/// Hyphens in a name. A run of any length, tried at each of its words, would take forever.
const HYPHENS_MAX: i32 = 8;

/// What a word for a relative adds; one for the patient adds less.
pub(super) const RELATIVE: i32 = 7;

/// The name that starts at a token, if one does.
pub(super) fn grow(page: &Page<'_>, first: usize, context: &Context) -> Option<Run> {
    weigh(page, first, context).filter(|run| run.score >= THRESHOLD)
}

/// `don't`, `I'm`, `they've`: whatever announces it, it is nobody's name.
fn is_contraction(word: &str) -> bool {
    let Some((base, end)) = word.split_once('\'') else { return false };
    let (base, end) = (base.to_ascii_lowercase(), end.to_ascii_lowercase());
    let pronouns = ["i", "you", "we", "they", "he", "she", "it", "that", "there", "here", "what", "who", "let"];
    match &*end {
        "t" => base.len() >= 3 && base.ends_with('n'),
        "m" | "ve" | "re" | "ll" | "d" | "s" => pronouns.contains(&&*base),
        _ => false,
    }
}

/// What could be a name that starts at a token, with the evidence for it.
pub(super) fn weigh(page: &Page<'_>, first: usize, context: &Context) -> Option<Run> {
    let word = page.words.get(first)?;
    let shape = word.shape()?;
    if is_contraction(page.str(first)) {
        return None;
    }
    // `her husband Pat`: the short form of patient is also a name.
    let relative = context.announced == Announced::Kin
        && context.bonus >= RELATIVE
        && shape == Shape::Capital
        && word.entry.given() >= 3
        && !page.is_any(first, &["boy", "girl"])
        && !word.has(List::Kin);
    if (word.has(List::Kin) || word.has(List::Patient)) && !context.is_told() && !relative {
        return None;
    }
    let open = match shape {
        Shape::Capital | Shape::Upper | Shape::Initial => true,
        Shape::Lower => may_be_small(page, first, context),
        Shape::Caseless => context.is_told() || word.entry.given() + word.entry.surname() > 0,
        Shape::Mixed if page.str(first).starts_with(['d', 'l', 'D', 'L']) => {
            super::weight::joined_capital(page.str(first))
        }
        Shape::Mixed => context.is_told() && page.str(first).starts_with(char::is_uppercase),
    };
    if !open {
        return None;
    }
    let mut grown = Growth {
        page,
        context,
        parts: 0,
        initials: 0,
        points: 0,
        best: i32::MIN,
        given: false,
        surname: false,
        weak: 0,
        registered: false,
    };
    let mut last = grown.parts_from(first)?;
    if let Some(end) = grown.reversed(first, last) {
        last = end;
    }
    let follow = after(page, first, last);
    let clear = grown.is_clear(first);
    let score = match context.announced {
        Announced::Title => grown.score(first, last, &follow).max(THRESHOLD),
        Announced::Lead
            if context.bonus >= 12
                && shape == Shape::Capital
                && (word.entry.common() < 9 || word.entry.surname() >= 3) =>
        {
            grown.score(first, last, &follow).max(THRESHOLD)
        }
        _ => grown.score(first, last, &follow).max(if clear { THRESHOLD } else { i32::MIN }),
    };
    // The dot of a trailing initial belongs to it.
    if page.words[last].shape() == Some(Shape::Initial)
        && page.mark(last + 1) == Some(b'.')
        && page.words[last + 1].token.gap == Gap::None
    {
        last += 1;
    }
    Some(Run { first, last, score, staff: follow.staff, clear })
}

/// Whether a word is no name whatever announces it: a word of every day in small letters that nobody is called.
pub(super) fn is_never_one(word: &Word) -> bool {
    let entry = word.entry;
    word.shape() == Some(Shape::Lower)
        && entry.common() >= 3
        && entry.given() + entry.surname() == 0
        && !entry.has(List::Particle)
}

/// A name in small letters is looked for where one is announced, and in texts without capitals.
fn may_be_small(page: &Page<'_>, at: usize, context: &Context) -> bool {
    let entry = page.words[at].entry;
    if entry.has(List::Title) || entry.has(List::StaffTitle) || entry.has(List::Kin) {
        return false;
    }
    match context.announced {
        Announced::Title => {
            let name = entry.given().max(entry.surname());
            let other = entry.has(List::Function) || entry.has(List::Staff) || entry.has(List::Patient);
            match (entry.common(), name) {
                _ if entry.has(List::Particle) => {
                    (1..=3).any(|on| page.word(at + on).is_some_and(Word::is_capital)) && name < 9
                }
                (3.., 0..6) if !page.lower => false,
                (3.., 0..4) => false,
                _ if other && name < 7 => false,
                (9, 0..5) => false,
                (1.., 0) => false,
                _ => entry.grade(List::Clinical) == 0 || name > 0,
            }
        }
        Announced::Label | Announced::Lead => {
            (entry.given() > 0 || entry.surname() > 0 || !entry.is_known())
                && (entry.common() <= 6
                    || entry.given() >= 4 && entry.common() <= 8
                    || entry.given() >= 4 && page.word(at + 1).is_some_and(|next| next.entry.surname() >= 6))
        }
        Announced::Greeting => entry.given() >= 3 && entry.common() <= 6,
        // `her daughter dawn.`, `dad chance is`: what a sentence does with a person follows.
        Announced::Kin if page.lower && context.bonus >= RELATIVE && entry.given() >= 4 && is_met(page, at) => true,
        _ => {
            (page.lower || context.announced == Announced::Kin)
                && entry.given() + entry.surname() > 4
                && entry.common() <= 3
        }
    }
}

/// Whether the sentence ends after a word, or says what a person does.
fn is_met(page: &Page<'_>, at: usize) -> bool {
    page.word(at + 1).is_none_or(|next| {
        next.token.gap >= Gap::Line
            || matches!(next.token.kind, Kind::Mark(b'.' | b',' | b';' | b')'))
            || next.has(List::Deed)
    })
}

/// A name on its way.
pub(super) struct Growth<'a> {
    pub page: &'a Page<'a>,
    pub context: &'a Context,
    pub parts: i32,
    pub initials: i32,
    pub points: i32,
    pub best: i32,
    pub given: bool,
    pub surname: bool,
    /// Words that speak against a name.
    pub weak: i32,
    /// The family name is first and what a register has follows: `Young, Grace  03/04/1950`.
    pub registered: bool,
}

impl Growth<'_> {
    /// Reads the words of the name and returns the last.
    fn parts_from(&mut self, first: usize) -> Option<usize> {
        let mut at = first;
        let mut last = None;
        let mut hyphens = 0;
        while self.parts + self.initials < 6 {
            let Some(word) = self.page.word(at) else { break };
            if at > first && !self.joined(at) {
                break;
            }
            match word.token.kind {
                Kind::Word(Shape::Initial) => {
                    let dotted = self.page.mark(at + 1) == Some(b'.') && self.page.words[at + 1].token.gap == Gap::None;
                    if !self.initial(at, dotted) {
                        break;
                    }
                    self.initials += 1;
                    last = Some(at);
                    at += 1 + usize::from(dotted);
                }
                Kind::Word(Shape::Lower) if self.small_initial(at) => {
                    self.initials += 1;
                    at += 1 + usize::from(self.page.mark(at + 1) == Some(b'.'));
                }
                Kind::Word(_) => {
                    if let Some(end) = self.particles(at, at == first) {
                        at = end;
                        continue;
                    }
                    if self.parts > 0 && word.has(List::Suffix) {
                        last = Some(at);
                        break;
                    }
                    if !self.part(at, at == first) {
                        break;
                    }
                    last = Some(at);
                    if word.token.possessive {
                        break;
                    }
                    at += 1;
                }
                // Hyphenated: `Smith-Jones`.
                Kind::Mark(b'-')
                    if self.parts > 0
                        && hyphens < HYPHENS_MAX
                        && word.token.gap == Gap::None
                        && self.page.word(at + 1).is_some_and(|next| {
                            next.token.gap == Gap::None && (next.is_capital() || self.is_small_name(next))
                        }) =>
                {
                    let before = self.parts;
                    if !self.part(at + 1, false) {
                        break;
                    }
                    self.parts = before;
                    hyphens += 1;
                    last = Some(at + 1);
                    at += 2;
                }
                // A nickname in quotes or brackets: `William "Bill" Thornquist`.
                Kind::Mark(b'"' | b'(' | b'\'' | 0) if self.parts == 1 || self.parts == 2 && self.given => {
                    match self.nickname(at) {
                        Some(end) => at = end,
                        None => break,
                    }
                }
                Kind::Mark(b',')
                    if self.parts > 0
                        && self.page.word(at + 1).is_some_and(|next| {
                            next.has(List::Suffix) && next.is_capital() && !next.has(List::Surname)
                        }) =>
                {
                    last = Some(at + 1);
                    break;
                }
                _ => break,
            }
        }
        if self.parts == 0 && !(self.initials >= 1 && self.context.is_told() || self.initials >= 2) {
            None
        } else {
            last
        }
    }

    /// Whether the token at `at` can belong to the same name as the one before it.
    fn joined(&self, at: usize) -> bool {
        match self.page.words[at].token.gap {
            Gap::None | Gap::Space => true,
            // A wrapped line: only between two words that are clearly names.
            Gap::Line => {
                let (previous, word) = (&self.page.words[at - 1], &self.page.words[at]);
                previous.line == Line::Mixed
                    && word.line == Line::Mixed
                    && previous.entry.given() >= 3
                    && word.entry.surname() >= 3
                    && word.is_capital()
                    && weight(self.page, at) > 0
            }
            _ => false,
        }
    }

    /// Whether the announcement suffices although every word has another meaning: `her son Will`.
    fn is_clear(&self, first: usize) -> bool {
        let head = &self.page.words[first];
        let given = head.entry.given() >= 3 || head.has(List::Nickname);
        let named = given && head.shape() == Some(Shape::Capital);
        match self.context.announced {
            Announced::Kin => {
                // `Pt May came in`: what follows tells that the word is the patient.
                let acting = self.page.word(first + 1).is_some_and(|next| {
                    next.has(List::Deed) && next.shape() == Some(Shape::Lower) && next.token.gap == Gap::Space
                });
                let least = if acting { RELATIVE - 1 } else { RELATIVE };
                // `chaplain Faith`, `aide Star at 10`, `caseworker Church`.
                let role = self.context.staff
                    && self.parts == 1
                    && head.shape() == Some(Shape::Capital)
                    && head.line == Line::Mixed
                    && (head.entry.given() >= 3 || head.entry.surname() >= 4)
                    && ![List::Calendar, List::Header, List::Facility, List::Staff, List::Abbreviation, List::Drug]
                        .into_iter()
                        .any(|list| head.has(list))
                    && head.entry.grade(List::Clinical) < 4
                    && !is_auxiliary(self.page, first);
                let small = head.shape() == Some(Shape::Lower) && may_be_small(self.page, first, self.context);
                // `HER MOTHER GRACE ON`
                let shouted = head.line == Line::Upper
                    && head.entry.given() >= 5
                    && self.context.bonus >= RELATIVE
                    && (is_met(self.page, first) || self.page.is_any(first + 1, &["on", "in", "at", "and", "who"]));
                self.registered
                    || role
                    || named && self.context.bonus >= least && head.line == Line::Mixed
                    || shouted && self.parts == 1
                    || small && self.parts == 1 && is_met(self.page, first)
            }
            // `pmd: goldfarb`
            Announced::Label
                if self.page.lower && self.parts == 1 && head.entry.surname() >= 4 && head.entry.common() == 0 =>
            {
                true
            }
            Announced::Label | Announced::Lead => head.entry.given() >= 3 && self.context.bonus >= 9 && self.parts >= 2,
            // `Grace lives alone`, `Will says no`: a name that is a word, and what only people do.
            _ if self.parts == 1 && self.context.bonus >= 0 => {
                let acts = self.page.word(first + 1).is_some_and(|next| {
                    next.has(List::Act) && next.shape() == Some(Shape::Lower) && next.token.gap == Gap::Space
                });
                self.registered || named && acts && head.line == Line::Mixed
            }
            _ => self.registered,
        }
    }

    fn score(&self, first: usize, last: usize, follow: &After) -> i32 {
        let page = self.page;
        let head = &page.words[first];
        let mut score = self.points + self.context.bonus + follow.bonus;
        if self.parts >= 2 {
            score += match (self.given, self.surname) {
                (true, true) => 6,
                (true, false) | (false, true) => 2,
                _ => 0,
            };
        }
        score += match (self.parts, self.initials) {
            (0, _) if is_abbreviation(page, first, last) => -20,
            (0, 2..) if self.context.announced != Announced::No || follow.bonus >= 3 => 6,
            (0, _) => 2,
            (1, 1..) if self.given || head.shape() == Some(Shape::Initial) => 7,
            (1, 1..) => 4,
            (2.., 1..) => 6,
            _ => 0,
        };
        match head.line {
            _ if self.context.is_told() => {}
            Line::Title => score -= if self.parts >= 2 { 3 } else { 5 },
            Line::Upper => score -= 5,
            Line::Mixed => {}
        }
        // The capital is due anyway, and the word is an ordinary one.
        if self.context.announced == Announced::No
            && page.starts_sentence(first)
            && head.entry.common() > 0
            && self.initials == 0
        {
            score -= 4 + 2 * i32::from(self.weak > 0);
        }
        if head.shape() == Some(Shape::Lower) && !self.context.is_told() {
            let clear = head.entry.given() >= if self.context.announced == Announced::No { 7 } else { 5 }
                && head.entry.common() == 0;
            score -= match (self.parts >= 2, clear) {
                (true, _) => 8,
                (false, true) => 3,
                (false, false) => 6,
            };
        }
        if is_term(page, first, last, self.parts) && self.context.announced != Announced::Title {
            score -= 16;
        }
        score
    }
}
