//! Makes surrogates: pseudonyms by order of appearance or by key, days of the timeline, numbers that stay numbers.

use super::Style;
use super::exchange::{Exchange, Timeline};
use super::person::People;
use super::{date, number};
use crate::crypto::{self, Key};
use crate::entity::{EntityType, Role};
use crate::profile::{Order, Policy, Prefixes};
use crate::pseudonym::{DAY, Pseudonym};
use std::collections::{HashMap, HashSet};

/// Makes the surrogates of one document. The same document gives the same ones.
pub(super) struct Mint<'a> {
    exchange: Exchange,
    style: Style,
    key: &'a Key,
    order: Order,
    zip: Option<&'a Prefixes>,
    /// The timeline that the first day to be minted begins.
    timeline: Option<Timeline>,
    /// Look-alikes in the input: never minted.
    reserved: HashSet<(String, i64)>,
    last: HashMap<String, i64>,
    /// By label and exact text.
    forms: HashMap<(String, String), Pseudonym>,
    /// By label and what is alike: the number, and how many forms it has.
    numbers: HashMap<(String, String), i64>,
    form_counts: HashMap<(String, i64), u32>,
    people: People,
}

impl<'a> Mint<'a> {
    pub fn new(prior: Option<&Exchange>, style: Style, key: &'a Key, policy: &'a Policy) -> Self {
        let mut mint = Self {
            exchange: prior.cloned().unwrap_or_default(),
            style,
            key,
            order: policy.order(),
            zip: policy.zip(),
            timeline: None,
            reserved: HashSet::new(),
            last: HashMap::new(),
            forms: HashMap::new(),
            numbers: HashMap::new(),
            form_counts: HashMap::new(),
            people: People::default(),
        };
        let earlier: Vec<_> =
            mint.exchange.texts().map(|(pseudonym, text)| (pseudonym.clone(), text.to_owned())).collect();
        for (pseudonym, text) in earlier {
            let number = pseudonym.number;
            let last = mint.last.entry(pseudonym.label.clone()).or_default();
            *last = number.max(*last);
            let count = mint.form_counts.entry((pseudonym.label.clone(), number)).or_default();
            *count = (pseudonym.form + 1).max(*count);
            if pseudonym.label == EntityType::Name.label() && mint.people.same(&text, Role::Subject) != Some(number) {
                mint.people.add(&text, Role::Subject, number);
            }
            mint.numbers.entry((pseudonym.label.clone(), alike(&text))).or_insert(number);
            mint.forms.insert((pseudonym.label.clone(), text), pseudonym);
        }
        mint
    }

    /// Token-shaped text of the input.
    pub fn reserve(&mut self, lookalike: &Pseudonym) {
        self.reserved.insert((lookalike.label.clone(), lookalike.number));
        if lookalike.label == DAY {
            // Any day can be in a reply, so one look-alike would make every day ambiguous.
            self.reserved.insert((DAY.to_owned(), i64::MIN));
        }
    }

    /// Chooses the day that `[DAY_0]` stands for, from the document's dates in order: the first full one, unless it
    /// lies more than [`LIFETIME_DAYS`] before another, as the birth of the very old does. Offsets from that day
    /// would tell an age of 90 or more (45 CFR 164.514(b)(2)(i)(C)).
    pub fn place_timeline<'t>(&mut self, dates: impl Iterator<Item = &'t str>) {
        let written: Vec<_> = dates.filter_map(|text| Some((text, date::read(text, self.order)?.day))).collect();
        // A date like 9999-12-31 says "never" and is no part of anybody's time.
        let last = written.iter().map(|(_, day)| *day).filter(|day| day.year() < 2200).max();
        let first = written.iter().find(|(_, day)| last.is_none_or(|last| (last - *day).get_days() <= LIFETIME_DAYS));
        self.timeline = first.and_then(|(text, _)| Timeline::starting(text, self.order));
    }

    pub fn is_keyed(&self) -> bool {
        self.style == Style::Keyed
    }

    pub fn name_host(&mut self, host: &str) {
        self.exchange.insert_host(host);
    }

    /// The pseudonym of a text, in brackets.
    pub fn pseudonym(&mut self, entity: EntityType, role: Role, text: &str) -> String {
        let label = match entity {
            EntityType::Location => match self.zip.and_then(|zip| zip.of(text)) {
                Some(prefix) => format!("ZIP{prefix}"),
                None => entity.label().to_owned(),
            },
            _ => entity.label().to_owned(),
        };
        if let Some(known) = self.forms.get(&(label.clone(), text.to_owned())) {
            return known.to_string();
        }
        let number = match entity {
            EntityType::Name if self.style == Style::Ordinal => self.person(&label, role, text),
            _ => self.number(&label, &alike(text)),
        };
        self.mint(label, number, text)
    }

    /// `[DAY_+12]` with whatever follows the date; an ordinary pseudonym where the text is no single full date.
    pub fn day(&mut self, text: &str) -> String {
        let timeline_is_free = self.style == Style::Ordinal && !self.reserved.contains(&(DAY.to_owned(), i64::MIN));
        let Some(written) = date::read(text, self.order).filter(|_| timeline_is_free) else {
            return self.pseudonym(EntityType::Date, Role::Subject, text);
        };
        let (date, time) = text.split_at(written.bytes);
        let base = match self.exchange.timeline() {
            Some(timeline) => timeline.base,
            None => {
                let timeline = self.timeline.take().or_else(|| Timeline::starting(date, self.order));
                let base = timeline.as_ref().map_or(written.day, |timeline| timeline.base);
                timeline.into_iter().for_each(|timeline| self.exchange.start_timeline(timeline));
                base
            }
        };
        let offset = (written.day - base).get_days();
        if offset.abs() > LIFETIME_DAYS {
            return self.pseudonym(EntityType::Date, Role::Subject, text);
        }
        if let Some(known) = self.forms.get(&(DAY.to_owned(), date.to_owned())) {
            return format!("{known}{time}");
        }
        let pseudonym = self.mint(DAY.to_owned(), offset.into(), date);
        format!("{pseudonym}{time}")
    }

    /// The date moved by this scope's secret days, written alike; a pseudonym where that cannot be restored exactly.
    pub fn shifted(&mut self, text: &str, numbers: &HashSet<String>) -> String {
        let days = i64::from(u16::from_be_bytes([self.key.mac(b"shift")[0], self.key.mac(b"shift")[1]]) % 364) + 1;
        let shifted = date::read(text, self.order).and_then(|written| {
            let day = written.day.checked_sub(jiff::Span::new().try_days(days).ok()?).ok()?;
            Some((written.form.write(day), written.bytes))
        });
        let Some((surrogate, bytes)) = shifted.filter(|(surrogate, _)| !numbers.contains(surrogate)) else {
            return self.pseudonym(EntityType::Date, Role::Subject, text);
        };
        self.exchange.insert_literal(surrogate.clone(), text[..bytes].to_owned());
        format!("{surrogate}{}", &text[bytes..])
    }

    /// A JSON number for a JSON number: the same length, and nowhere in the document. `None` if there is none left.
    pub fn digits(&mut self, lexeme: &str, taken: &HashSet<String>) -> Option<String> {
        if let Some((surrogate, _)) = self.exchange.literals().find(|(_, original)| *original == lexeme) {
            return Some(surrogate.to_owned());
        }
        let digits = lexeme.bytes().filter(u8::is_ascii_digit).count();
        // The first digit is 9 and the last ones count, whatever stands between: `-71.0589` becomes `-90.0001`.
        for count in 1..10u64.checked_pow(digits.saturating_sub(1).min(9) as u32)? {
            let mut fill = format!("9{count:0width$}", width = digits.saturating_sub(1)).into_bytes().into_iter();
            let surrogate: String = lexeme
                .chars()
                .map(|c| if c.is_ascii_digit() { fill.next().map_or('0', char::from) } else { c })
                .collect();
            if !taken.contains(&surrogate) && !self.exchange.literal(&surrogate).0 {
                self.exchange.insert_literal(surrogate.clone(), lexeme.to_owned());
                return Some(surrogate);
            }
        }
        None
    }

    /// Another seed for the same sequence each time, where one has as many digits as a number of somebody. Shorter and
    /// longer ones stay.
    pub fn seed(&self, lexeme: &str) -> Option<String> {
        let seed = number::whole(lexeme).unwrap_or_else(|| lexeme.to_owned());
        let alike = (6..=13).contains(&seed.bytes().filter(u8::is_ascii_digit).count());
        let [a, b, c, d, ..] = self.key.mac_parts(&[b"seed", seed.as_bytes()]);
        alike.then(|| (u32::from_be_bytes([a, b, c, d]) >> 1).to_string())
    }

    /// A name for a file that keeps only its kind. It is random, so that the names of several uploads differ.
    pub fn file_name(&mut self, original: &str) -> String {
        let kind = original.rsplit_once('.').map(|(_, kind)| kind.to_ascii_lowercase());
        let kind = kind.filter(|kind| FILE_KINDS.contains(&kind.as_str())).unwrap_or_else(|| "txt".to_owned());
        let name = format!("file-{:08x}.{kind}", u32::from_be_bytes(crypto::random()));
        self.exchange.insert_literal(name.clone(), original.to_owned());
        name
    }

    pub fn finish(self) -> Exchange {
        self.exchange
    }

    fn person(&mut self, label: &str, role: Role, text: &str) -> i64 {
        if let Some(number) = self.people.same(text, role) {
            return number;
        }
        let number = self.next(label);
        self.people.add(text, role, number);
        number
    }

    fn number(&mut self, label: &str, alike: &str) -> i64 {
        if let Some(&number) = self.numbers.get(&(label.to_owned(), alike.to_owned())) {
            return number;
        }
        let number = match self.style {
            Style::Ordinal => self.next(label),
            Style::Keyed => self.keyed(label, alike),
        };
        self.numbers.insert((label.to_owned(), alike.to_owned()), number);
        number
    }

    fn next(&mut self, label: &str) -> i64 {
        let last = self.last.entry(label.to_owned()).or_default();
        loop {
            *last += 1;
            if !self.reserved.contains(&(label.to_owned(), *last)) {
                return *last;
            }
        }
    }

    /// Six digits from the keyed digest of the value, the next of its series if those are taken.
    fn keyed(&self, label: &str, alike: &str) -> i64 {
        (0u32..)
            .map(|turn| {
                let mac = self.key.mac_parts(&[b"pseudonym", label.as_bytes(), alike.as_bytes(), &turn.to_be_bytes()]);
                let value = u32::from_be_bytes([mac[0], mac[1], mac[2], mac[3]]);
                100_000 + i64::from(value % 900_000)
            })
            .find(|number| {
                let key = (label.to_owned(), *number);
                !self.reserved.contains(&key) && !self.form_counts.contains_key(&key)
            })
            .expect("a document has fewer than 900,000 identifiers of a kind")
    }

    fn mint(&mut self, label: String, number: i64, text: &str) -> String {
        let count = self.form_counts.entry((label.clone(), number)).or_default();
        let pseudonym = Pseudonym::new(label.clone(), number, *count);
        *count += 1;
        self.exchange.insert(pseudonym.clone(), text.to_owned());
        let written = pseudonym.to_string();
        self.forms.insert((label, text.to_owned()), pseudonym);
        written
    }
}

/// Endings of file names that say how a file is read, and nothing else.
const FILE_KINDS: &[&str] = &[
    "txt", "md", "json", "jsonl", "ndjson", "csv", "tsv", "xml", "html", "hl7", "eml", "log", "yaml", "yml", "dcm",
    "png", "jpg", "jpeg", "gif", "webp",
];

/// 89 years of 365 days, fewer than a ninetieth birthday needs: no two days of a timeline tell that age.
const LIFETIME_DAYS: i32 = 89 * 365;

/// Values that differ only in case and punctuation are forms of one: `(555) 010-0134` and `555-010-0134`.
fn alike(text: &str) -> String {
    let alike: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if alike.is_empty() { text.to_owned() } else { alike }
}
