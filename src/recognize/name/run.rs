//! Grows a name from its first word and decides whether the evidence suffices.

use super::context::{Announced, Context};
use super::page::{Line, Page, Word};
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
}

/// The evidence that a name needs.
pub(super) const THRESHOLD: i32 = 10;

/// The name that starts at a token, if one does.
pub(super) fn grow(page: &Page<'_>, first: usize, context: &Context) -> Option<Run> {
    let word = page.words.get(first)?;
    let shape = word.shape()?;
    let open = match shape {
        Shape::Capital | Shape::Upper | Shape::Initial => true,
        Shape::Lower => may_be_small(page, first, context),
        Shape::Caseless => context.is_told() || word.entry.given() + word.entry.surname() > 0,
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
    };
    let mut last = grown.parts_from(first)?;
    if let Some(end) = grown.reversed(first, last) {
        last = end;
    }
    let follow = after(page, first, last);
    let score = match context.announced {
        Announced::Title => grown.score(first, last, &follow).max(THRESHOLD),
        Announced::Lead if context.bonus >= 12 && shape == Shape::Capital && word.entry.common() < 9 => {
            grown.score(first, last, &follow).max(THRESHOLD)
        }
        _ => grown.score(first, last, &follow),
    };
    if score < THRESHOLD {
        return None;
    }
    // The dot of a trailing initial belongs to it.
    if page.words[last].shape() == Some(Shape::Initial)
        && page.mark(last + 1) == Some(b'.')
        && page.words[last + 1].token.gap == Gap::None
    {
        last += 1;
    }
    Some(Run { first, last, score, staff: follow.staff })
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
                (3.., 0..4) => false,
                _ if other && name < 7 => false,
                (9, 0..5) => false,
                (1.., 0) => false,
                _ => entry.grade(List::Clinical) == 0 || name > 0,
            }
        }
        Announced::Label | Announced::Lead => {
            (entry.given() > 0 || entry.surname() > 0 || !entry.is_known())
                && (entry.common() <= 6 || entry.given() >= 4 && entry.common() <= 8)
        }
        Announced::Greeting => entry.given() >= 3 && entry.common() <= 6,
        _ => {
            (page.lower || context.announced == Announced::Kin)
                && entry.given() + entry.surname() > 4
                && entry.common() <= 3
        }
    }
}

struct Growth<'a> {
    page: &'a Page<'a>,
    context: &'a Context,
    parts: i32,
    initials: i32,
    points: i32,
    best: i32,
    given: bool,
    surname: bool,
    /// Words that speak against a name.
    weak: i32,
}

impl Growth<'_> {
    /// Reads the words of the name and returns the last.
    fn parts_from(&mut self, first: usize) -> Option<usize> {
        let mut at = first;
        let mut last = None;
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
                    last = Some(at + 1);
                    at += 2;
                }
                // A nickname in quotes or brackets: `William "Bill" Thornquist`.
                Kind::Mark(b'"' | b'(' | b'\'' | 0) if self.parts == 1 => match self.nickname(at) {
                    Some(end) => at = end,
                    None => break,
                },
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

    fn initial(&self, at: usize, dotted: bool) -> bool {
        let word = &self.page.words[at];
        let next = self.page.word(at + 1 + usize::from(dotted));
        let before_name = next.is_some_and(|next| {
            next.token.gap <= Gap::Space
                && (next.shape() == Some(Shape::Capital)
                    || next.shape() == Some(Shape::Initial)
                    || next.shape() == Some(Shape::Upper) && next.line == Line::Upper)
        });
        if self.parts == 0 {
            // `109/L. Then`, `A) Anaemia`.
            let open =
                word.token.gap == Gap::None && at > 0 && !matches!(self.page.mark(at - 1), Some(b'(' | b'"' | b'['));
            let numbered = matches!(self.page.mark(at + 1), Some(b')' | b':'));
            return !open
                && !numbered
                && (dotted || self.context.is_told())
                && (before_name || self.context.announced != Announced::No || self.initials > 0);
        }
        if matches!(self.page.text.as_bytes()[word.token.start as usize], b'I' | b'A') && !dotted {
            return before_name
                && (self.page.words[at].line == Line::Mixed || self.context.is_told() || self.given)
                && next.is_some_and(|next| next.entry.surname() >= 4);
        }
        // `Anna S.`: the name must be clear by itself.
        dotted
            || before_name
            || self.given
                && !self.page.word(at + 1).is_some_and(|next| {
                    next.token.kind == Kind::Number || next.token.is_mark(b'-') && next.token.gap == Gap::None
                })
    }

    /// `eric g. samoylova`, and the Spanish `José M.a Gómez`.
    fn small_initial(&self, at: usize) -> bool {
        if self.parts == 0 {
            return false;
        }
        let word = &self.page.words[at];
        let single = word.token.end - word.token.start == 1;
        let dotted = self.page.mark(at + 1) == Some(b'.') && self.page.words[at + 1].token.gap == Gap::None;
        let next = self.page.word(at + 1 + usize::from(dotted));
        let small = self.page.words[at - 1].shape() == Some(Shape::Lower);
        let leads = next.is_some_and(|next| {
            next.token.gap == Gap::Space && (next.is_capital() || small && next.shape() == Some(Shape::Lower))
        });
        let name = next.is_some_and(|next| next.entry.surname() >= 3 || !next.entry.is_known());
        let abbreviated =
            word.token.gap == Gap::None && self.initials > 0 && matches!(self.page.str(at), "a" | "o" | "ª" | "º");
        single
            && leads
            && (abbreviated
                || small
                    && name
                    && (dotted
                        || self.context.is_told()
                        || self.given && !word.entry.has(List::Particle) && word.entry.common() < 9))
    }

    /// The token after particles that lead to a capital: `van der Berg`, `de la Cruz`.
    fn particles(&mut self, at: usize, first: bool) -> Option<usize> {
        let mut end = at;
        while end < at + 3
            && self.page.words.get(end).is_some_and(|word| {
                word.has(List::Particle)
                    && word.shape() != Some(Shape::Upper)
                    && (end == at || word.token.gap <= Gap::Space)
            })
        {
            end += 1;
            // `al-Sayed`.
            if self.page.mark(end) == Some(b'-') && self.page.words[end].token.gap == Gap::None {
                end += 1;
            }
        }
        if end == at {
            return None;
        }
        let next = self.page.words.get(end)?;
        let leads = next.token.gap <= Gap::Space
            && (next.shape() == Some(Shape::Capital)
                || self.page.lower && next.entry.surname() >= 3 && next.entry.common() <= 4);
        let word = &self.page.words[at];
        let own_name = word.is_capital() && word.entry.given() + word.entry.surname() >= 6;
        let starts = !first
            || word.is_capital() && (self.context.is_told() || !self.page.starts_sentence(at))
            || self.context.is_told();
        (leads && starts && !(first && own_name)).then_some(end)
    }

    fn nickname(&mut self, at: usize) -> Option<usize> {
        let word = self.page.words.get(at + 1)?;
        let close = self.page.mark(at + 2)?;
        let open = self.page.mark(at)?;
        let closes = match open {
            b'(' => close == b')',
            _ => close == open,
        };
        let after = self.page.words.get(at + 3)?;
        (closes
            && word.shape() == Some(Shape::Capital)
            && after.shape() == Some(Shape::Capital)
            && after.token.gap == Gap::Space
            && weight(self.page, at + 3) > -4)
            .then_some(at + 3)
    }

    fn is_small_name(&self, word: &Word) -> bool {
        word.shape() == Some(Shape::Lower)
            && word.entry.given().max(word.entry.surname()) >= 4
            && word.entry.common() <= 3
    }

    /// Takes a word into the name, unless it is none.
    fn part(&mut self, at: usize, first: bool) -> bool {
        let word = &self.page.words[at];
        let mut points = weight(self.page, at);
        // After a given name that is no other word, a surname may be one: `Zoe Young`.
        if self.parts > 0 && self.given && self.best >= 8 && word.entry.surname() >= 5 {
            points = points.max(0);
        }
        let told = self.context.is_told() && self.parts == 0;
        let ok = match word.shape() {
            Some(Shape::Capital | Shape::Upper | Shape::Caseless | Shape::Mixed) => {
                self.takes_capital(at, points, told)
            }
            Some(Shape::Lower) => self.takes_small(at, points, first),
            _ => false,
        };
        if !ok {
            return false;
        }
        let small = word.shape() == Some(Shape::Lower);
        self.given |= word.entry.given() >= 3 || word.has(List::Nickname);
        self.surname |= self.parts > 0 && (word.entry.surname() >= 2 || !word.entry.is_known());
        self.weak += i32::from(points < 0);
        self.points += points + if small { 6 } else { 0 };
        self.best = self.best.max(points);
        self.parts += 1;
        true
    }

    fn takes_capital(&self, at: usize, points: i32, told: bool) -> bool {
        let word = &self.page.words[at];
        if word.has(List::Credential) && word.shape() == Some(Shape::Upper) && self.parts > 0 {
            return false;
        }
        let title = word.has(List::Title) || word.has(List::StaffTitle);
        if title && word.entry.given() + word.entry.surname() < 5 {
            return false;
        }
        let name = word.entry.given().max(word.entry.surname());
        if told {
            return match self.context.announced {
                Announced::Title => {
                    let person =
                        [List::Staff, List::Patient, List::Kin, List::Function].into_iter().any(|list| word.has(list));
                    (word.entry.common() < 9 && !person) || name >= 4
                }
                _ => points >= -8 || name >= 5 && points >= -12,
            };
        }
        if self.parts == 0 {
            return points > -9 && (name > 0 || !word.entry.is_known() || self.context.bonus >= 4);
        }
        // A label or a heading begins: `Maria Garcia Age: 45`.
        if self.page.mark(at + 1) == Some(b':') && points <= 0 {
            return false;
        }
        let value = self.context.announced == Announced::Label && self.context.bonus >= 10;
        let announced = self.context.is_told() || self.given && self.best >= 8;
        let other =
            [List::Header, List::Staff, List::StaffTitle, List::Deed, List::Thing, List::Calendar, List::NameLabel];
        if announced && !word.entry.is_known() && word.shape() == Some(Shape::Capital) {
            return true;
        }
        if value && word.shape() == Some(Shape::Capital) && !other.into_iter().any(|list| word.has(list)) {
            return true;
        }
        // After a title the next word of the line is a surname, whatever else it means: `Dr. Heinz Hals`.
        if self.context.announced == Announced::Title
            && self.parts == 1
            && self.given
            && word.shape() == Some(Shape::Capital)
            && word.entry.common() < 9
        {
            return !other.into_iter().any(|list| word.has(list)) && !word.has(List::Facility);
        }
        points >= -3
            || name >= 4
                && (points >= -10 || self.context.announced == Announced::Title)
                && word.line == Line::Mixed
                && !word.has(List::Facility)
                && !word.has(List::Calendar)
    }

    fn takes_small(&self, at: usize, points: i32, first: bool) -> bool {
        let word = &self.page.words[at];
        if first {
            return true;
        }
        let previous_small = self.page.words[at - 1].shape() == Some(Shape::Lower);
        let name = word.entry.given().max(word.entry.surname());
        let clear = points >= -1 || self.given && self.best >= 2 && name >= 6;
        previous_small && name >= 3 && clear && word.entry.common() <= 2
            || previous_small
                && self.context.is_told()
                && name >= 4
                && word.entry.common() <= 8
                && self.page.words[at - 1].entry.given() >= 4
            || previous_small && self.context.is_told() && !word.entry.is_known()
    }

    /// `Garcia, Maria L.`: the family name first. Returns the last token.
    fn reversed(&mut self, first: usize, last: usize) -> Option<usize> {
        if self.parts > 2 || self.initials > 0 || self.page.mark(last + 1) != Some(b',') {
            return None;
        }
        let head = &self.page.words[first];
        let next = self.page.words.get(last + 2)?;
        if !next.is_capital()
            || next.token.gap > Gap::Space
            || next.has(List::Credential) && next.shape() == Some(Shape::Upper)
        {
            return None;
        }
        let told = self.context.announced == Announced::Label;
        let same_shape = head.shape() == next.shape() || next.shape() == Some(Shape::Initial);
        let points = weight(self.page, last + 2);
        let surname = head.entry.surname() >= 3 && head.entry.given() < 6
            || !head.entry.is_known()
            || head.entry.surname() > head.entry.given();
        let is_given = next.entry.given() >= 4 && points >= 4 && next.entry.given() + 2 >= next.entry.surname()
            || told && points > -4;
        if !(surname && is_given && same_shape) {
            return None;
        }
        // A list of given names is no reversed name: `Ana, Maria, and Tom`.
        if !told
            && self.page.mark(last + 3) == Some(b',')
            && self.page.words.get(last + 4).is_some_and(|word| word.is_capital() && weight(self.page, last + 4) > 6)
        {
            return None;
        }
        let mut end = last + 2;
        self.points += points + 6;
        self.best = self.best.max(points);
        self.parts += 1;
        self.given = true;
        self.surname = true;
        while let Some(word) = self.page.word(end + 1) {
            let dotted = self.page.mark(end + 2) == Some(b'.') && self.page.words[end + 2].token.gap == Gap::None;
            if word.token.gap != Gap::Space
                || !(word.shape() == Some(Shape::Initial)
                    || word.shape() == next.shape() && weight(self.page, end + 1) > 0)
            {
                break;
            }
            end += 1;
            if dotted && word.shape() == Some(Shape::Initial) {
                end += 1;
            }
        }
        Some(end)
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
            let clear = head.entry.given() >= 7 && head.entry.common() == 0;
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

/// What follows a name and speaks for or against it.
struct After {
    bonus: i32,
    staff: bool,
}

fn after(page: &Page<'_>, first: usize, last: usize) -> After {
    let mut bonus = 0;
    let mut staff = false;
    let mut at = last + 1;
    if page.words[last].shape() == Some(Shape::Initial) && page.mark(at) == Some(b'.') {
        at += 1;
    }
    // `Maria: "Who is it?"`, the lines of a conversation.
    if page.mark(at) == Some(b':') && first > 0 && page.words[first].token.gap == Gap::Line
        || first == 0 && page.mark(at) == Some(b':')
    {
        bonus += match page.word(at + 1) {
            Some(next) if next.token.is_mark(b'"') || next.token.is_mark(b'\'') => 7,
            Some(next) if next.shape() == Some(Shape::Capital) && next.token.gap == Gap::Space => 3,
            _ => 0,
        };
    }
    let comma = page.mark(at) == Some(b',') || page.mark(at) == Some(b'(');
    let next = at + usize::from(comma);
    if let Some(word) = page.word(next).filter(|word| word.same_line()) {
        let dotted = page.mark(next + 1) == Some(b'.')
            && page.words[next + 1].token.gap == Gap::None
            && page.words.get(next + 2).is_some_and(|word| word.token.gap == Gap::None);
        let joined = if dotted {
            page.words.get(next + 2).map(|end| &page.text[word.token.start as usize..end.token.end as usize])
        } else {
            None
        };
        let credential = match joined {
            Some(joined) => page.lexicon.entry(joined).has(List::Credential),
            None => {
                word.has(List::Credential)
                    && matches!(word.token.kind, Kind::Word(Shape::Upper | Shape::Mixed))
                    && !(word.line == Line::Upper && !comma)
                    || word.has(List::Credential) && comma && page.words[last].shape() == Some(Shape::Lower)
            }
        };
        if credential && (comma || word.token.gap == Gap::Space) {
            bonus += 10;
            staff = true;
        }
        // `Maria Garcia, 45`, `Maria Garcia (DOB …)`.
        if comma
            && (word.token.kind == Kind::Number || page.is_any(next, &["dob", "mrn", "age", "aged", "ssn", "born"]))
        {
            bonus += if word.token.kind == Kind::Number { 4 } else { 8 };
        }
        if word.token.is_mark(b'*')
            || page.is_any(next, &["geb", "geboren", "geborene", "nacido", "nacida", "né", "née"])
        {
            bonus += 10;
        }
        if !comma && word.shape() == Some(Shape::Lower) {
            if page.is_any(next, &["is", "was"]) && page.is_any(next + 1, &["a", "an", "the"]) {
                bonus += 4;
            } else if word.has(List::Deed) {
                bonus += 3;
            } else if page.is_any(next, &["who", "and", "whose"]) {
                bonus += 1;
            }
        }
        if !comma && word.has(List::Facility) && word.is_capital() {
            // Part of the name of a place or body, which others look for; still a name if it is a clear one.
            bonus -= 4;
        }
    }
    After { bonus, staff }
}

/// `Hodgkin lymphoma`, `Parkinson's disease`, `Stevens-Johnson syndrome`: a name that stands in a term.
fn is_term(page: &Page<'_>, first: usize, last: usize, parts: i32) -> bool {
    let Some(next) = page.word(last + 1) else {
        return parts == 1 && page.words[last].has(List::Eponym) && page.words[last].entry.given() < 5;
    };
    let noun = next.same_line()
        && matches!(next.token.kind, Kind::Word(Shape::Lower | Shape::Capital))
        && (next.has(List::EponymNoun)
            || next.entry.grade(List::Clinical) >= 3 && !next.has(List::Deed) && next.entry.common() < 8);
    let listed = (first..=last).any(|at| page.words[at].has(List::Eponym));
    let digits = next.same_line() && matches!(next.token.kind, Kind::Number) && listed;
    noun && (listed || parts == 1 && !page.words[last].has(List::Given)) || digits && parts == 1
}
