//! What the tenants of a site always mask, and what they state to identify nobody.
//!
//! ```toml
//! [[deny]]
//! value = "Bluefin Cohort"
//! entity = "OTHER_ID"
//! reason = "an unpublished study"
//! date = 2026-03-01
//! tenants = ["research"]   # everyone, unless said
//! expires = 2027-03-01     # never, unless said
//!
//! [[allow]]
//! value = "Lakeview Classification"
//! reason = "a scale, not the hospital"
//! date = 2026-03-01
//! certain = true           # even where a label, a checksum, a field or the roster says otherwise
//! ```
//!
//! Findings only add up, and an allowed value is no recognizer's: it is the site's own statement, applied to a whole
//! finding after all have been united, so that it never uncovers a part of something larger.

use super::index::{Index, Key};
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::recognize::fold::fold;
use crate::rules::{RuleError, line_of};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use toml::Spanned;

/// The entries in force, by tenant.
#[derive(Debug, Default)]
pub struct Lists {
    by_tenant: HashMap<String, Tenant>,
    everyone: Tenant,
    entries: usize,
    expired: usize,
}

/// What holds for one tenant: its own entries and those for everyone.
#[derive(Debug)]
struct Tenant {
    denied: Index,
    /// Whether even what is certain is allowed.
    allowed: HashMap<Key, bool>,
}

impl Default for Tenant {
    fn default() -> Self {
        Self { denied: Index::new(0), allowed: HashMap::new() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    deny: Vec<Spanned<Entry>>,
    #[serde(default)]
    allow: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    value: String,
    reason: String,
    date: toml::value::Datetime,
    expires: Option<toml::value::Datetime>,
    tenants: Option<Vec<String>>,
    entity: Option<String>,
    certain: Option<bool>,
}

impl Lists {
    /// Reads a file as of a day: entries that have expired are left out. Reports every mistake.
    pub fn load(path: &Path, today: Date) -> Result<Self, Vec<RuleError>> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|cause| vec![RuleError::new(&name, 0, cause.to_string())])?;
        Self::read(&name, &text, today)
    }

    pub fn read(file: &str, text: &str, today: Date) -> Result<Self, Vec<RuleError>> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            vec![RuleError::new(file, line, error.message())]
        })?;
        let mut mistakes = Vec::new();
        let mut entries = Vec::new();
        let mut expired = 0;
        let both =
            written.deny.iter().map(|entry| (entry, true)).chain(written.allow.iter().map(|entry| (entry, false)));
        for (entry, denies) in both {
            let line = line_of(text, entry.span().start);
            match entry.get_ref().check(denies, today) {
                Ok(Some(checked)) => entries.push((line, checked)),
                Ok(None) => expired += 1,
                Err(message) => mistakes.push(RuleError::new(file, line, message)),
            }
        }
        let mut lists = Self { entries: entries.len(), expired, ..Self::default() };
        let named = entries.iter().filter_map(|(_, entry)| entry.tenants).flatten();
        lists.by_tenant = named.map(|tenant| (tenant.clone(), Tenant::default())).collect();
        for (line, entry) in &entries {
            let told = |name: &str| entry.tenants.is_none_or(|tenants| tenants.iter().any(|tenant| tenant == name));
            let tenants = lists.by_tenant.iter_mut().filter(|(name, _)| told(name)).map(|(_, tenant)| tenant);
            let everyone = entry.tenants.is_none().then_some(&mut lists.everyone);
            for tenant in tenants.chain(everyone) {
                if let Err(message) = tenant.add(entry) {
                    mistakes.push(RuleError::new(file, *line, message));
                    break;
                }
            }
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        if mistakes.is_empty() { Ok(lists) } else { Err(mistakes) }
    }

    /// Entries in force.
    pub fn len(&self) -> usize {
        self.entries
    }

    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Entries whose time is over.
    pub fn expired(&self) -> usize {
        self.expired
    }

    fn of(&self, tenant: Option<&str>) -> &Tenant {
        tenant.and_then(|tenant| self.by_tenant.get(tenant)).unwrap_or(&self.everyone)
    }

    pub(super) fn find(&self, tenant: Option<&str>, text: &str, findings: &mut Vec<Finding>) {
        self.of(tenant).denied.find(text, "denied", findings);
    }

    /// Whether a finding of just this text is allowed by the tenant.
    pub(super) fn allows(&self, tenant: Option<&str>, text: &str, finding: &Finding) -> bool {
        let tenant = self.of(tenant);
        if tenant.allowed.is_empty() {
            return false;
        }
        let view = fold(text);
        let entry = tenant.denied.key_of(view.text()).and_then(|key| tenant.allowed.get(&key));
        entry.is_some_and(|&certain| certain || finding.strength < Strength::Certain) && !tenant.denies(view.text())
    }
}

/// An entry in force, without mistakes of its own.
struct Checked<'a> {
    value: &'a str,
    tenants: Option<&'a [String]>,
    act: Act,
}

#[derive(Clone, Copy)]
enum Act {
    Deny(EntityType),
    Allow { certain: bool },
}

impl Entry {
    fn check(&self, denies: bool, today: Date) -> Result<Option<Checked<'_>>, &'static str> {
        if self.reason.trim().is_empty() {
            return Err("reason: say why");
        }
        let day = |written: toml::value::Datetime| {
            let date = written.date.filter(|_| written.time.is_none())?;
            Date::new(i16::try_from(date.year).ok()?, date.month as i8, date.day as i8).ok()
        };
        day(self.date).ok_or("date: expected a day such as 2026-03-01")?;
        if let Some(expires) = self.expires
            && day(expires).ok_or("expires: expected a day such as 2027-03-01")? <= today
        {
            return Ok(None);
        }
        if self.tenants.as_ref().is_some_and(Vec::is_empty) {
            return Err("tenants: none is named; leave the key out for everyone");
        }
        let act = match (denies, &self.entity, self.certain) {
            (true, entity, None) => {
                Act::Deny(entity.as_deref().unwrap_or("OTHER_ID").parse().map_err(|_| "entity: not a known type")?)
            }
            (false, None, certain) => Act::Allow { certain: certain.unwrap_or(false) },
            (true, _, Some(_)) => return Err("certain: what is denied is certain"),
            (false, Some(_), _) => return Err("entity: what is allowed is allowed as whatever it was found"),
        };
        Ok(Some(Checked { value: &self.value, tenants: self.tenants.as_deref(), act }))
    }
}

impl Tenant {
    fn add(&mut self, entry: &Checked<'_>) -> Result<(), &'static str> {
        let view = fold(entry.value);
        let key = self.denied.key_of(view.text()).ok_or("value: there is no letter or digit in it")?;
        match entry.act {
            Act::Deny(entity) => {
                let added = self.denied.insert(view.text(), entity, Role::Subject, |_| false);
                added.map_err(|_| "value: too short to be looked for, or too long")?;
            }
            Act::Allow { certain } => *self.allowed.entry(key).or_default() |= certain,
        }
        if self.allowed.contains_key(&key) && self.denies(view.text()) {
            return Err("value: it is denied and allowed for the same tenant");
        }
        Ok(())
    }

    /// Whether something in a text is denied.
    fn denies(&self, text: &str) -> bool {
        let mut findings = Vec::new();
        self.denied.find(text, "denied", &mut findings);
        !findings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    const TODAY: Date = jiff::civil::date(2026, 6, 1);

    fn read(text: &str) -> Result<Lists, Vec<String>> {
        Lists::read("lists.toml", text, TODAY).map_err(|mistakes| {
            mistakes.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect()
        })
    }

    fn entry(kind: &str, value: &str, more: &str) -> String {
        format!("[[{kind}]]\nvalue = \"{value}\"\nreason = \"a test\"\ndate = 2026-03-01\n{more}\n")
    }

    fn denies(lists: &Lists, tenant: Option<&str>, text: &str) -> bool {
        let mut findings = Vec::new();
        lists.find(tenant, text, &mut findings);
        !findings.is_empty()
    }

    fn allows(lists: &Lists, tenant: Option<&str>, text: &str, strength: Strength) -> bool {
        let span = Span::new(0, text.len());
        let (entity, role) = (EntityType::Hospital, Role::Subject);
        lists.allows(tenant, text, &Finding { span, entity, role, strength, recognizer: "test".into() })
    }

    #[test]
    fn entries_hold_for_their_tenants() {
        let text = entry("deny", "Bluefin Cohort", "tenants = [\"research\"]") + &entry("deny", "Aurora", "");
        let lists = read(&text).expect("no mistakes");
        assert!(denies(&lists, Some("research"), "the BLUEFIN cohort") && denies(&lists, Some("research"), "aurora"));
        assert!(!denies(&lists, Some("ward"), "the Bluefin cohort") && denies(&lists, Some("ward"), "Aurora"));
        assert!(!denies(&lists, None, "the Bluefin cohort") && denies(&lists, None, "Aurora"));
    }

    #[test]
    fn what_is_certain_is_allowed_in_so_many_words_only() {
        let text = entry("allow", "Lakeview", "") + &entry("allow", "Elmwood", "certain = true");
        let lists = read(&text).expect("no mistakes");
        assert!(
            allows(&lists, None, "LAKEVIEW", Strength::Likely) && !allows(&lists, None, "Lakeview", Strength::Certain)
        );
        assert!(allows(&lists, Some("ward"), "Elmwood", Strength::Certain));
        assert!(!allows(&lists, None, "Lakeview Clinic", Strength::Weak), "only the whole of a finding");
    }

    #[test]
    fn an_entry_ends_with_its_time() {
        let lists = read(
            &(entry("deny", "Aurora", "expires = 2026-06-01") + &entry("deny", "Bluefin", "expires = 2026-06-02")),
        );
        let lists = lists.expect("no mistakes");
        assert_eq!((lists.len(), lists.expired()), (1, 1));
        assert!(!denies(&lists, None, "Aurora") && denies(&lists, None, "Bluefin"));
    }

    #[test]
    fn every_mistake_is_reported() {
        let text = entry("deny", "Aurora", "")
            + &entry("allow", "AURORA", "")
            + &entry("deny", "J", "")
            + &entry("allow", "Elm", "entity = \"NAME\"")
            + &entry("deny", "Elmwood", "entity = \"NAMES\"");
        let lines: Vec<String> = read(&text).expect_err("mistakes").iter().map(|line| line[..2].to_owned()).collect();
        assert_eq!(lines, ["6:", "11", "16", "21"]);
        assert!(read("[[deny]]\nvalue = \"x\"\n").is_err(), "no reason and no date");
        assert!(read("[[forbid]]\n").is_err());
    }
}
