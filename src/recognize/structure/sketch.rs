//! A layout in the making: each reader adds values with what their field holds, and what nobody spoke for is prose.

use super::content::Content;
use super::value::{self, Value};
use super::{DEEPEST, Formats, Layout, Seed, View};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::text::{Raw, Span};

pub(super) struct Sketch<'t> {
    text: &'t str,
    formats: &'t Formats,
    depth: usize,
    layout: Layout,
    /// What a finding, a view or a kept span speaks for, in the order of arrival.
    covered: Vec<Span>,
    /// Running text is being read: what is found there leaves the text around it prose.
    in_prose: bool,
}

impl<'t> Sketch<'t> {
    pub fn new(text: &'t str, formats: &'t Formats, depth: usize) -> Self {
        Self { text, formats, depth, layout: Layout::default(), covered: Vec::new(), in_prose: false }
    }

    /// The parts of the text that no reader spoke for so far.
    pub fn free(&mut self) -> Vec<Span> {
        self.covered.sort_unstable();
        let mut free = Vec::new();
        let mut at = 0;
        for span in self.covered.iter().copied().chain([Span::new(self.text.len(), self.text.len())]) {
            if at < span.start && self.text[at..span.start].chars().any(char::is_alphanumeric) {
                free.push(Span::new(at, span.start));
            }
            at = at.max(span.end);
        }
        free
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Acts on a value by what its field holds. `rule` names the evidence, as `hl7.PID` or `fhir.HumanName`.
    pub fn value(&mut self, value: Value, content: Content, label: Option<&str>, rule: &'static str) {
        let text = self.text;
        let read = value.read(text);
        let part = value::trimmed(read);
        let word = part.of(read);
        if value::is_absent(word) {
            return self.keep(value.span());
        }
        match content {
            Content::Keep => self.keep(value.span()),
            Content::Code if value::is_code(word) => self.keep(value.span()),
            Content::Number if value::is_quantity(word) => self.keep(value.span()),
            Content::Id(entity, role) => {
                if entity != EntityType::Location && word.len() >= 5 && word.bytes().any(|byte| byte.is_ascii_digit()) {
                    self.seed(word, entity, role);
                }
                self.take(&value, part, entity, role, rule);
            }
            Content::Name(role) => {
                let bare = value::untitled(word);
                let part = Span::new(part.start + bare.start, part.start + bare.end);
                let word = bare.of(word);
                if word.chars().filter(|c| c.is_alphabetic()).count() >= 2 && word.len() <= 80 {
                    self.seed(word, EntityType::Name, role);
                }
                self.take(&value, part, EntityType::Name, role, rule);
            }
            Content::Date | Content::Birth => self.date(value, part, content, label, rule),
            Content::Age => {
                if let Some((number, 90..)) = value::years(word) {
                    let span = Span::new(part.start + number.start, part.start + number.end);
                    self.take(&value, span, EntityType::AgeOver89, Role::Subject, rule);
                } else if word.len() <= 12 {
                    self.keep(value.span());
                } else {
                    self.narrate(value, label);
                }
            }
            Content::Telecom => self.telecom(value, part, rule),
            Content::Scan | Content::Narrative | Content::Code | Content::Number => self.narrate(value, label),
            Content::Opaque => self.take(&value, part, EntityType::OtherId, Role::Subject, rule),
            Content::Unknown => self.unknown(value, part, label, rule),
        }
    }

    fn date(&mut self, value: Value, part: Span, content: Content, label: Option<&str>, rule: &'static str) {
        /// Whoever was born before may be 90 or older; the recognizers know no clock, so the bound errs to the safe
        /// side for years to come.
        const OLD: &str = "1945";
        let word = part.of(value.read(self.text));
        let harmless = value::is_time(word) || value::is_year(word) && (content == Content::Date || word > OLD);
        if harmless {
            self.keep(value.span());
        } else if word.len() > 40 || !word.bytes().any(|byte| byte.is_ascii_digit()) && word.contains(' ') {
            self.narrate(value, label);
        } else {
            self.take(&value, part, EntityType::Date, Role::Subject, rule);
        }
    }

    fn telecom(&mut self, value: Value, part: Span, rule: &'static str) {
        let word = part.of(value.read(self.text));
        let scheme = word.find(':').filter(|&at| at > 0 && word[..at].bytes().all(|byte| byte.is_ascii_alphabetic()));
        let (entity, start) = match scheme.map(|at| (&word[..at], at + 1)) {
            Some(("fax" | "FAX" | "Fax", at)) => (EntityType::Fax, at),
            Some(("mailto", at)) => (EntityType::Email, at),
            Some(("tel" | "sms" | "callto" | "x-text-fax", at)) => (EntityType::Phone, at),
            _ if word.contains("://") || word.starts_with("www.") => (EntityType::Url, 0),
            _ if word.contains('@') => (EntityType::Email, 0),
            _ => (EntityType::Phone, 0),
        };
        let target = value::trimmed(&word[start..]);
        if !target.is_empty() {
            let span = Span::new(part.start + start + target.start, part.start + start + target.end);
            self.seed(target.of(&word[start..]), entity, Role::Subject);
            self.take(&value, span, entity, Role::Subject, rule);
        } else {
            self.keep(value.span());
        }
    }

    /// A field that no table describes. Prose goes to the recognizers; anything else long enough to identify is taken.
    fn unknown(&mut self, value: Value, part: Span, label: Option<&str>, rule: &'static str) {
        let word = part.of(value.read(self.text));
        let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
        if word.split_whitespace().count() > 5 || letters < 4 {
            self.narrate(value, label);
        } else {
            let entity = if word.contains("://") { EntityType::Url } else { EntityType::OtherId };
            if word.bytes().any(|byte| byte.is_ascii_digit()) && letters >= 6 {
                self.seed(word, entity, Role::Subject);
            }
            self.take(&value, part, entity, Role::Subject, rule);
        }
    }

    /// Finds a part of a value; what else there is of it is syntax, as `tel:` is.
    pub fn take(&mut self, value: &Value, part: Span, entity: EntityType, role: Role, rule: &'static str) {
        let (all, found) = (value.span(), value.origin(part));
        self.find(found, entity, role, rule);
        for rest in [Span::new(all.start, found.start), Span::new(found.end, all.end)] {
            if rest.of(self.text).chars().any(char::is_alphanumeric) {
                self.keep(rest);
            } else {
                self.cover(rest);
            }
        }
    }

    pub fn find(&mut self, span: Span, entity: EntityType, role: Role, rule: &'static str) {
        if !span.is_empty() {
            self.layout.findings.push(Finding {
                span,
                entity,
                role,
                strength: Strength::Certain,
                recognizer: rule.into(),
            });
        }
        self.cover(span);
    }

    pub fn keep(&mut self, span: Span) {
        if !span.is_empty() && !self.in_prose {
            self.layout.kept.push(span);
        }
        self.cover(span);
    }

    pub fn narrate(&mut self, value: Value, label: Option<&str>) {
        if self.in_prose {
            return;
        }
        let span = value.span();
        self.narrate_view(value.into_view(self.text), label);
        self.cover(span);
    }

    /// Adds a view put together from several places; the reader covers those itself. Another format may stand in it.
    pub fn narrate_view(&mut self, view: View, label: Option<&str>) {
        let inner =
            (self.depth < DEEPEST).then(|| super::read_within(view.text(), self.formats, self.depth + 1)).flatten();
        let Some(inner) = inner else {
            return self.layout.narrative.push((view, label.map(str::to_owned)));
        };
        self.layout.seeds.extend(inner.seeds);
        self.layout.kept.extend(inner.kept.into_iter().map(|span| view.origin(span)));
        let findings = inner.findings.into_iter().map(|finding| Finding { span: view.origin(finding.span), ..finding });
        self.layout.findings.extend(findings);
        self.layout.narrative.extend(inner.narrative.into_iter().map(|(part, inner_label)| {
            let label = inner_label.or_else(|| label.map(str::to_owned));
            (part.on(&view), label)
        }));
    }

    pub fn seed(&mut self, text: &str, entity: EntityType, role: Role) {
        self.layout.seeds.push(Seed { text: Raw::new(text), entity, role });
    }

    /// Says that a finding, a view or a kept span speaks for this part of the text.
    pub fn cover(&mut self, span: Span) {
        if !span.is_empty() && !self.in_prose {
            self.covered.push(span);
        }
    }

    /// The layout, in which all that no reader spoke for is prose.
    pub fn finish(mut self) -> Option<Layout> {
        let prose = self.free();
        self.in_prose = true;
        let formats = self.formats;
        for &region in &prose {
            for reader in super::PROSE_READERS {
                reader(&mut self, formats, region);
            }
        }
        let Layout { findings, narrative, kept, .. } = &self.layout;
        if findings.is_empty() && narrative.is_empty() && kept.is_empty() {
            return None;
        }
        let prose = prose.into_iter().map(|region| (View::excerpt(region.of(self.text), region.start), None));
        self.layout.narrative.extend(prose);
        Some(self.layout)
    }
}
