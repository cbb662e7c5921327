//! A profile as it is written.

use super::{DateStyle, Operator, Order};
use crate::entity::{EntityType, Role};
use crate::rules::{RuleError, line_of};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a profile says, complete.
#[derive(Debug)]
pub(super) struct Written {
    pub operators: Vec<[Operator; 2]>,
    pub dates: DateStyle,
    pub order: Order,
    pub zip_prefix: bool,
    pub fetch_hosts: BTreeSet<String>,
    pub pictures: bool,
}

pub(super) fn read(file: &str, text: &str) -> Result<Written, Vec<RuleError>> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        vec![RuleError::new(file, line_of(text, at), error.message())]
    })?;
    let mut reader = Reader { file, text, errors: Vec::new() };
    let written = reader.profile(table.get_ref());
    reader.errors.sort_by_key(|error| error.line);
    written.filter(|_| reader.errors.is_empty()).ok_or(reader.errors)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    errors: Vec<RuleError>,
}

impl Reader<'_> {
    fn profile(&mut self, table: &DeTable<'_>) -> Option<Written> {
        let mut written = Written {
            operators: Vec::new(),
            dates: DateStyle::Timeline,
            order: Order::MonthFirst,
            zip_prefix: true,
            fetch_hosts: BTreeSet::new(),
            pictures: false,
        };
        let mut default = None;
        let (mut entities, mut providers) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "description" => {}
                "default" => default = self.word(value, OPERATORS),
                "dates" => {
                    let styles = &[("timeline", DateStyle::Timeline), ("ordinal", DateStyle::Ordinal)];
                    written.dates = self.word(value, styles).unwrap_or(written.dates);
                }
                "date_order" => {
                    let orders = &[("month-first", Order::MonthFirst), ("day-first", Order::DayFirst)];
                    written.order = self.word(value, orders).unwrap_or(written.order);
                }
                "zip" => {
                    let ways = &[("prefix", true), ("pseudonymize", false)];
                    written.zip_prefix = self.word(value, ways).unwrap_or(written.zip_prefix);
                }
                "fetch_hosts" => written.fetch_hosts = self.hosts(value),
                "pictures" => {
                    let ways = &[("refuse", false), ("strip", true)];
                    written.pictures = self.word(value, ways).unwrap_or(written.pictures);
                }
                "entities" => entities = Some(value),
                "providers" => providers = Some(value),
                _ => self.error(key.span().start, "unknown key", KEYS),
            }
        }
        if default.is_none() && table.get("default").is_none() {
            self.error(
                0,
                "`default` is missing",
                "it says what happens to what is not listed: `default = \"pseudonymize\"`",
            );
        }
        written.operators = vec![[default.unwrap_or(Operator::Refuse); 2]; EntityType::ALL.len()];
        // Providers follow the entities unless they have a row of their own.
        for (rows, roles) in [(entities, &[Role::Subject, Role::Provider][..]), (providers, &[Role::Provider])] {
            for (entity, operator) in rows.map(|rows| self.rows(rows)).unwrap_or_default() {
                for &role in roles {
                    written.operators[entity as usize][usize::from(role == Role::Provider)] = operator;
                }
            }
        }
        Some(written)
    }

    fn rows(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(EntityType, Operator)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.error(value.span().start, "a table is expected", "as in `[entities]` with `NAME = \"pseudonymize\"`");
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (key, value) in table {
            let Ok(entity) = key.get_ref().parse::<EntityType>() else {
                self.error(key.span().start, "unknown entity type", "see `cordon check` for the list");
                continue;
            };
            match self.word(value, OPERATORS) {
                Some(Operator::Shift) if entity != EntityType::Date => {
                    self.error(value.span().start, "only dates can be shifted", "use `pseudonymize`");
                }
                Some(operator) => rows.push((entity, operator)),
                None => {}
            }
        }
        rows
    }

    fn word<T: Copy>(&mut self, value: &Spanned<DeValue<'_>>, words: &[(&str, T)]) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(word) => words.iter().find(|(name, _)| *name == word.as_ref()).map(|&(_, value)| value),
            _ => None,
        };
        if found.is_none() {
            let mut hint = String::from("one of");
            for (name, _) in words {
                let _ = write!(hint, " `{name}`");
            }
            self.error(value.span().start, "not a word that is known here", &hint);
        }
        found
    }

    fn hosts(&mut self, value: &Spanned<DeValue<'_>>) -> BTreeSet<String> {
        let DeValue::Array(items) = value.get_ref() else {
            self.error(value.span().start, "a list is expected", "as in `fetch_hosts = [\"images.example.org\"]`");
            return BTreeSet::new();
        };
        let mut hosts = BTreeSet::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(host) if !host.is_empty() && !host.contains('/') => {
                    hosts.insert(host.to_ascii_lowercase());
                }
                _ => self.error(item.span().start, "not a host", "a name without scheme and path"),
            }
        }
        hosts
    }

    fn error(&mut self, at: usize, message: &str, hint: &str) {
        self.errors.push(RuleError::new(self.file, line_of(self.text, at), message).hint(hint));
    }
}

const OPERATORS: &[(&str, Operator)] = &[
    ("keep", Operator::Keep),
    ("redact", Operator::Redact),
    ("generalize", Operator::Generalize),
    ("shift", Operator::Shift),
    ("pseudonymize", Operator::Pseudonymize),
    ("refuse", Operator::Refuse),
];

const KEYS: &str = "keys are `description`, `default`, `dates`, `date_order`, `zip`, `fetch_hosts`, `pictures`, `[entities]`, `[providers]`";
