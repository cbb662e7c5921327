//! Which words and marks a name takes in as it grows.

use super::context::Announced;
use super::page::{Line, Word};
use super::run::Growth;
use super::weight::weight;
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};

impl Growth<'_> {
    pub(super) fn initial(&self, at: usize, dotted: bool) -> bool {
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
            let open = self.initials == 0
                && word.token.gap == Gap::None
                && at > 0
                && !matches!(self.page.mark(at - 1), Some(b'(' | b'"' | b'['));
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
    pub(super) fn small_initial(&self, at: usize) -> bool {
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
    pub(super) fn particles(&mut self, at: usize, first: bool) -> Option<usize> {
        let mut end = at;
        while end < at + 3
            && self.page.words.get(end).is_some_and(|word| {
                word.has(List::Particle)
                    && word.shape() != Some(Shape::Upper)
                    && (end == at || word.token.gap <= Gap::Space)
            })
        {
            end += 1;
            // `St. Clair`.
            if self.page.mark(end) == Some(b'.') && self.page.is_any(end - 1, &["st", "ste"]) {
                end += 1;
            }
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
                || next.shape() == Some(Shape::Upper) && self.page.words[at].shape() == Some(Shape::Upper)
                || self.page.lower && next.entry.surname() >= 3 && next.entry.common() <= 4);
        let word = &self.page.words[at];
        let own_name = word.is_capital() && word.entry.given() + word.entry.surname() >= 6;
        let starts = !first
            || word.is_capital() && (self.context.is_told() || !self.page.starts_sentence(at))
            || self.context.is_told();
        (leads && starts && !(first && own_name && end == at + 1)).then_some(end)
    }

    pub(super) fn nickname(&mut self, at: usize) -> Option<usize> {
        let word = self.page.words.get(at + 1)?;
        let close = self.page.mark(at + 2)?;
        let open = self.page.mark(at)?;
        let closes = match open {
            b'(' => close == b')',
            _ => close == open,
        };
        let after = self.page.words.get(at + 3)?;
        (closes
            && word.is_capital()
            && matches!(after.shape(), Some(Shape::Capital | Shape::Upper))
            && after.token.gap == Gap::Space
            && weight(self.page, at + 3) > -4)
            .then_some(at + 3)
    }

    pub(super) fn is_small_name(&self, word: &Word) -> bool {
        // `Hyun-woo`, `Hae-won` too.
        let letters = word.token.end - word.token.start;
        let text = word.token.text(self.page.text);
        if self.context.announced >= Announced::Kin
            && letters <= 4
            && !matches!(text, "like" | "type" | "free" | "only")
        {
            return word.shape() == Some(Shape::Lower);
        }
        let least = if self.context.is_told() || self.given { 1 } else { 4 };
        word.shape() == Some(Shape::Lower)
            && word.entry.given().max(word.entry.surname()) >= least
            && word.entry.common() <= 3
    }

    /// Takes a word into the name, unless it is none.
    pub(super) fn part(&mut self, at: usize, first: bool) -> bool {
        let word = &self.page.words[at];
        let mut points = weight(self.page, at);
        let unlisted = self.page.german && !word.entry.is_known() && word.shape() == Some(Shape::Capital);
        // After a given name that is no other word, a surname may be one: `Zoe Young`.
        if self.parts > 0 && self.given && self.best >= 8 && word.entry.surname() >= 5 {
            points = points.max(0);
        }
        if self.parts > 0 && self.given && self.best >= 4 && unlisted {
            points = points.max(3);
        }
        if unlisted && self.parts > 0 {
            points = points.max(-3);
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
                    let person = [List::Staff, List::Patient, List::Kin].into_iter().any(|list| word.has(list));
                    (word.entry.common() < 9 && !person) || name >= 4
                }
                _ => points >= -8 || name >= 5 && points >= -12 || self.context.bonus >= 12 && word.entry.common() < 9,
            };
        }
        if self.parts == 0 {
            let listed = word.entry.surname() >= 4
                && self.page.mark(at + 1) == Some(b',')
                && self.page.word(at + 2).is_some_and(|next| next.entry.given() >= 4 && next.shape() == word.shape());
            return (points > -9 || listed) && (name > 0 || !word.entry.is_known() || self.context.bonus >= 4);
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
        if word.has(List::Header) || word.has(List::Deed) {
            return false;
        }
        let previous_small = self.page.words[at - 1].shape() == Some(Shape::Lower);
        let name = word.entry.given().max(word.entry.surname());
        let clear = points >= -1 || self.given && self.best >= 2 && name >= 6;
        previous_small && name >= 3 && clear && word.entry.common() <= 2
            || previous_small
                && self.context.is_told()
                && name >= 4
                && (word.entry.common() <= 8 || word.entry.surname() >= 6)
                && self.page.words[at - 1].entry.given() >= 4
            || previous_small
                && self.context.announced != Announced::No
                && word.entry.surname() >= 6
                && word.entry.common() <= 8
                && self.page.words[at - 1].entry.given() >= 5
            || previous_small && self.context.is_told() && !word.entry.is_known()
    }
}
