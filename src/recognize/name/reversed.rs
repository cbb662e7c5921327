//! The family name first: `Garcia, Maria L.`

use super::context::Announced;
use super::run::Growth;
use super::weight::weight;
use crate::recognize::dictionary::Kind as List;
use crate::recognize::token::{Gap, Kind, Shape};

impl Growth<'_> {
    /// `Garcia, Maria L.`: the family name first. Returns the last token.
    pub(super) fn reversed(&mut self, first: usize, last: usize) -> Option<usize> {
        let own = |at: &usize| self.page.words[*at].shape().is_some() && !self.page.words[*at].has(List::Particle);
        if self.parts > 2 && (first..=last).filter(own).count() > 2
            || self.initials > 0
            || self.page.mark(last + 1) != Some(b',')
        {
            return None;
        }
        let head = &self.page.words[last];
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
        let after = self.page.words.get(last + 3);
        let ends = after.is_none_or(|after| {
            after.token.gap >= Gap::Wide
                || matches!(after.token.kind, Kind::Number | Kind::Word(Shape::Initial))
                || self.page.is_any(last + 3, &["dob", "mrn", "age", "rm", "room", "bed", "ward"])
                || matches!(self.page.mark(last + 3), Some(b'(' | b'|' | b';'))
        });
        let starts = first == 0
            || self.page.words[first].token.gap >= Gap::Wide
            || matches!(self.page.mark(first - 1), Some(b'|' | b';' | b'"'))
            || self.context.announced != Announced::No;
        let registered = starts
            && (ends || self.context.announced != Announced::No)
            && (head.entry.surname() >= 3 || head.entry.given() >= 4 || !head.entry.is_known())
            && next.entry.given() >= 4;
        let is_given = next.entry.given() >= 4 && points >= 4 && next.entry.given() + 2 >= next.entry.surname()
            || told && points > -4
            || next.shape() == Some(Shape::Initial)
                && ends
                && head.shape() == Some(Shape::Upper)
                && (head.entry.surname() >= 3 && head.entry.common() < 4 || !head.entry.is_known())
            || registered;
        // In a column of names, a given name stands where a family name does: `Zalan, Zsofia`.
        if !((surname || registered) && is_given && same_shape) {
            return None;
        }
        // A list of given names is no reversed name: `Ana, Maria, and Tom`.
        if !told
            && self.page.mark(last + 3) == Some(b',')
            && self.page.words.get(last + 4).is_some_and(|word| word.is_capital() && weight(self.page, last + 4) > 6)
        {
            return None;
        }
        self.registered = registered;
        let mut end = last + 2;
        self.points += points + 6;
        self.best = self.best.max(points);
        self.parts += 1;
        self.given = true;
        self.surname = true;
        while let Some(word) = self.page.word(end + 1) {
            let dotted = self.page.mark(end + 2) == Some(b'.') && self.page.words[end + 2].token.gap == Gap::None;
            // `Karl-Heinz`.
            if word.token.is_mark(b'-')
                && word.token.gap == Gap::None
                && self.page.word(end + 2).is_some_and(|word| word.token.gap == Gap::None && word.is_capital())
            {
                end += 2;
                continue;
            }
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
}
