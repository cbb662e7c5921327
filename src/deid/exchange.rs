//! What stands for what in one exchange.

use super::date::{self, Form};
use crate::json::{Limits, Node, parse_reply};
use crate::profile::Order;
use crate::pseudonym::{DAY, Pseudonym, Vocabulary};
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The surrogates of one exchange and their originals. Lives in memory for that exchange, or sealed in the vault.
#[derive(Clone, Default)]
pub struct Exchange {
    originals: BTreeMap<Pseudonym, String>,
    /// The numbers under each label, as digits, so that a prefix can be looked up.
    numbers: BTreeMap<String, BTreeSet<String>>,
    timeline: Option<Timeline>,
    /// Surrogates that look like values (numbers, shifted dates). They count only as whole words.
    literals: BTreeMap<String, String>,
    /// Hosts that the request named in URLs, lower case. Only their URLs are completed in replies.
    hosts: BTreeSet<String>,
    tally: Tally,
}

/// What was brought back in replies so far; counted by the restorers, read for the record.
#[derive(Debug, Default)]
struct Tally {
    restored: AtomicUsize,
    left: AtomicUsize,
}

/// An exchange that goes on from another one has its own replies.
impl Clone for Tally {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The day that `[DAY_0]` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline {
    /// The first full date of the document, as written.
    text: String,
    order: Order,
    pub base: Date,
    form: Form,
}

impl Timeline {
    pub fn starting(text: &str, order: Order) -> Option<Self> {
        let written = date::read(text, order)?;
        let text = text[..written.bytes].to_owned();
        Some(Self { text, order, base: written.day, form: written.form })
    }
}

impl Exchange {
    /// Whether a reply could hold nothing that must be restored.
    pub fn is_empty(&self) -> bool {
        self.originals.is_empty() && self.literals.is_empty()
    }

    /// The text that a pseudonym stands for. A day of the timeline need not have been sent: replies do arithmetic.
    pub fn original(&self, pseudonym: &Pseudonym) -> Option<Cow<'_, str>> {
        if let Some(original) = self.originals.get(pseudonym) {
            return Some(Cow::Borrowed(original));
        }
        let timeline = self.timeline.as_ref().filter(|_| pseudonym.label == DAY && pseudonym.form == 0)?;
        let days = jiff::Span::new().try_days(pseudonym.number).ok()?;
        Some(Cow::Owned(timeline.form.write(timeline.base.checked_add(days).ok()?)))
    }

    /// Surrogates that look like values, with their originals, in order.
    pub fn literals(&self) -> impl Iterator<Item = (&str, &str)> {
        self.literals.iter().map(|(surrogate, original)| (surrogate.as_str(), original.as_str()))
    }

    /// The literals that start with a prefix: whether there are any, and the original if one is just that.
    pub fn literal(&self, prefix: &str) -> (bool, Option<&str>) {
        let next =
            self.literals.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded)).next();
        let starts = next.is_some_and(|(surrogate, _)| surrogate.starts_with(prefix));
        (starts, self.literals.get(prefix).map(String::as_str))
    }

    /// Whether the request named this host, so that its URLs may be completed.
    pub fn names_host(&self, host: &str) -> bool {
        self.hosts.contains(&host.to_ascii_lowercase())
    }

    /// Every original text, for the last look at what goes out.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Pseudonym, &str)> {
        self.originals.iter().map(|(pseudonym, text)| (pseudonym, text.as_str()))
    }

    pub(super) fn timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref()
    }

    pub(super) fn start_timeline(&mut self, timeline: Timeline) {
        self.timeline = Some(timeline);
    }

    pub(super) fn insert(&mut self, pseudonym: Pseudonym, original: String) {
        self.numbers.entry(pseudonym.label.clone()).or_default().insert(pseudonym.number.to_string());
        self.originals.insert(pseudonym, original);
    }

    pub(super) fn insert_literal(&mut self, surrogate: String, original: String) {
        self.literals.insert(surrogate, original);
    }

    pub(super) fn insert_host(&mut self, host: &str) {
        self.hosts.insert(host.to_ascii_lowercase());
    }

    /// What both stand for. Nothing where one surrogate stands for different things in them, or days count from
    /// different dates: a request that goes on from both could not be restored.
    pub fn joined(&self, other: &Self) -> Option<Self> {
        let mut joined = self.clone();
        for (pseudonym, original) in &other.originals {
            if joined.originals.get(pseudonym).is_some_and(|known| known != original) {
                return None;
            }
            joined.insert(pseudonym.clone(), original.clone());
        }
        for (surrogate, original) in &other.literals {
            if joined.literals.insert(surrogate.clone(), original.clone()).is_some_and(|known| known != *original) {
                return None;
            }
        }
        match (&self.timeline, &other.timeline) {
            (Some(own), Some(timeline)) if own.base != timeline.base => return None,
            (None, Some(timeline)) => joined.timeline = Some(timeline.clone()),
            _ => {}
        }
        joined.hosts.extend(other.hosts.iter().cloned());
        Some(joined)
    }

    /// Adds what one channel of a reply brought back, and what it left.
    pub fn count(&self, restored: usize, left: usize) {
        self.tally.restored.fetch_add(restored, Ordering::Relaxed);
        self.tally.left.fetch_add(left, Ordering::Relaxed);
    }

    /// What replies have brought back so far, and what they left.
    pub fn counted(&self) -> (usize, usize) {
        (self.tally.restored.load(Ordering::Relaxed), self.tally.left.load(Ordering::Relaxed))
    }

    /// For the vault, which seals it. Holds originals: never log or store it otherwise.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |text: &str| Node::String(text.to_owned());
        let pair = |(key, value): (String, String)| (key, Node::String(value));
        let originals = self.originals.iter().map(|(p, original)| {
            Node::Array(vec![
                text(&p.label),
                Node::Number(p.number.to_string()),
                Node::Number(p.form.to_string()),
                text(original),
            ])
        });
        let mut members = vec![
            ("originals".to_owned(), Node::Array(originals.collect())),
            ("literals".to_owned(), Node::Object(self.literals.clone().into_iter().map(pair).collect())),
            ("hosts".to_owned(), Node::Array(self.hosts.iter().map(|host| text(host)).collect())),
        ];
        if let Some(timeline) = &self.timeline {
            let day_first = Node::Bool(timeline.order == Order::DayFirst);
            members.push(("timeline".to_owned(), Node::Array(vec![text(&timeline.text), day_first])));
        }
        Node::Object(members).to_json().into_bytes()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let node = parse_reply(bytes, &Limits::default()).ok()?;
        let mut exchange = Self::default();
        for row in node.field("originals")?.as_array()? {
            let [label, number, form, original] = row.as_array()? else { return None };
            let pseudonym = Pseudonym::new(label.text()?, number.lexeme()?.parse().ok()?, form.lexeme()?.parse().ok()?);
            exchange.insert(pseudonym, original.text()?.to_owned());
        }
        for (surrogate, original) in node.field("literals")?.as_object()? {
            exchange.insert_literal(surrogate.clone(), original.text()?.to_owned());
        }
        for host in node.field("hosts")?.as_array()? {
            exchange.insert_host(host.text()?);
        }
        if let Some(timeline) = node.field("timeline") {
            let [text, day_first] = timeline.as_array()? else { return None };
            let order = if day_first.as_bool()? { Order::DayFirst } else { Order::MonthFirst };
            exchange.timeline = Some(Timeline::starting(text.text()?, order)?);
        }
        Some(exchange)
    }
}

impl Vocabulary for Exchange {
    fn label_may_start(&self, prefix: &str) -> bool {
        let from = (std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded);
        self.numbers.range::<str, _>(from).next().is_some_and(|(label, _)| label.starts_with(prefix))
    }

    fn is_label(&self, label: &str) -> bool {
        self.numbers.contains_key(label)
    }

    fn number_may_start(&self, label: &str, digits: &str) -> bool {
        if label == DAY && self.timeline.is_some() {
            return digits.trim_start_matches('-').len() <= DAY_DIGITS;
        }
        let from = (std::ops::Bound::Included(digits), std::ops::Bound::Unbounded);
        let next = self.numbers.get(label).and_then(|numbers| numbers.range::<str, _>(from).next());
        next.is_some_and(|number| number.starts_with(digits))
    }

    fn knows(&self, pseudonym: &Pseudonym) -> bool {
        self.original(pseudonym).is_some()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({} pseudonyms)", self.originals.len() + self.literals.len())
    }
}

/// 273 years to either side.
const DAY_DIGITS: usize = 5;

/// An exchange as a test wants it.
#[cfg(test)]
pub(crate) fn exchange_of(
    originals: &[(&str, i64, u32, &str)],
    literals: &[(&str, &str)],
    hosts: &[&str],
    base: Option<&str>,
) -> std::sync::Arc<Exchange> {
    let mut exchange = Exchange::default();
    for &(label, number, form, original) in originals {
        exchange.insert(Pseudonym::new(label, number, form), original.into());
    }
    literals.iter().for_each(|(surrogate, original)| exchange.insert_literal((*surrogate).into(), (*original).into()));
    hosts.iter().for_each(|host| exchange.insert_host(host));
    exchange.timeline = base.and_then(|base| Timeline::starting(base, Order::MonthFirst));
    exchange.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_vault_and_shows_no_text() {
        let mut exchange = Exchange::default();
        exchange.insert(Pseudonym::new("NAME", 1, 1), "Maria \"M\" Kovacs".into());
        exchange.insert(Pseudonym::new(DAY, 0, 0), "3/3/2024".into());
        exchange.insert_literal("900001".into(), "483920".into());
        exchange.insert_host("Portal.Example.org");
        exchange.start_timeline(Timeline::starting("3/3/2024", Order::MonthFirst).expect("a date"));
        let back = Exchange::from_bytes(&exchange.to_bytes()).expect("own bytes");
        assert_eq!(back.to_bytes(), exchange.to_bytes());
        assert_eq!(back.original(&Pseudonym::new(DAY, 12, 0)).as_deref(), Some("3/15/2024"));
        assert!(back.names_host("portal.example.org"));
        assert!(!format!("{back:?}").contains("Maria"));
    }

    #[test]
    fn exchanges_join_unless_they_contradict_each_other() {
        let one = exchange_of(&[("NAME", 1, 0, "Maria Kovacs")], &[], &[], Some("3/3/2024"));
        let other = exchange_of(&[("NAME", 2, 0, "Jose Okafor")], &[("9001", "4839")], &["a.example"], None);
        let joined = one.joined(&other).expect("no contradiction");
        assert_eq!(joined.original(&Pseudonym::new("NAME", 2, 0)).as_deref(), Some("Jose Okafor"));
        assert_eq!(joined.literal("9001").1, Some("4839"));
        assert!(joined.names_host("a.example") && joined.timeline().is_some());
        let clash = exchange_of(&[("NAME", 1, 0, "Jose Okafor")], &[], &[], None);
        assert!(one.joined(&clash).is_none());
        let elsewhen = exchange_of(&[], &[], &[], Some("4/4/2024"));
        assert!(one.joined(&elsewhen).is_none());
    }
}
