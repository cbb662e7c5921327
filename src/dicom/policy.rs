//! A profile with its options, compiled: what happens to each attribute.

use super::pixels::{PixelRules, PixelRulesError};
use super::private::SafePrivate;
use super::reader::dictionary_vr;
use super::table::{Choice, Code, Row, TableError, Tables, Type};
use crate::rules::Rules;
use dicom_core::Tag;
use std::collections::HashMap;
use std::str::FromStr;

/// Encrypted Attributes Sequence: the original, for whoever has the key. Not in the table, as the profile itself may
/// write it; ours does not.
const ENCRYPTED: Tag = Tag(0x0400, 0x0500);

/// MAC Parameters Sequence: of no use without the signatures, which are removed.
const MAC_PARAMETERS: Tag = Tag(0x4FFE, 0x0001);

/// Private Data Element Characteristics Sequence: what it says of private blocks is true of none that are left.
const PRIVATE_CHARACTERISTICS: Tag = Tag(0x0008, 0x0300);

/// What somebody called a medium, which the table does not list: Storage Media File-set ID, File-set ID, and the name
/// of its description.
const MEDIUM: [Tag; 3] = [Tag(0x0088, 0x0130), Tag(0x0004, 0x1130), Tag(0x0004, 0x1141)];

/// What to do about text that may be burned into the pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BurnedIn {
    /// Refuse where the kind of object often shows a name, whatever the object says of itself.
    #[default]
    Refuse,
    /// Blank what lies outside the known regions; refuse where none is known.
    Blank,
    /// Copy the pixels, for objects that a person has looked at.
    Keep,
}

/// What to do about an encapsulated document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Documents {
    /// Put an empty document in its place, as code D wants it.
    #[default]
    Remove,
    Refuse,
}

/// What to do about an object that ends inside an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Truncated {
    #[default]
    Refuse,
    /// Write what is there, without the element that is not whole; of pixels, those that are there.
    Write,
}

/// A profile as written: the options of PS3.15 E.3 and the treatment of what the table leaves open.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub choices: Vec<Choice>,
    pub burned_in: BurnedIn,
    pub documents: Documents,
    pub truncated: Truncated,
    pub limits: Limits,
}

/// How much one object may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes that are read ahead to learn what the object is.
    pub lookahead: usize,
    /// Bytes of one value that has to be looked at as a whole.
    pub value: u32,
    /// Bytes that a deflated data set may become.
    pub inflated: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lookahead: 64 << 20, value: 64 << 20, inflated: 4 << 30 }
    }
}

/// What happens to one attribute in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Remove,
    Empty,
    Dummy,
    Map,
    Keep,
    Clean,
    /// Not in the table: by its VR, and by what stands in it.
    Inspect,
}

impl Action {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remove => "removed",
            Self::Empty => "emptied",
            Self::Dummy => "replaced",
            Self::Map => "mapped",
            Self::Keep => "kept",
            Self::Clean => "cleaned",
            Self::Inspect => "inspected",
        }
    }
}

pub struct Policy {
    profile: Profile,
    tables: Tables,
    pixels: PixelRules,
    codes: HashMap<Tag, (Code, Code)>,
}

impl Policy {
    pub fn new(rules: &Rules, profile: Profile) -> Result<Self, PolicyError> {
        let tables = Tables::new(rules)?;
        let codes =
            tables.attributes.iter().map(|(&tag, row)| (tag, (row.code(&profile.choices), row.basic()))).collect();
        Ok(Self { profile, tables, pixels: PixelRules::new(rules)?, codes })
    }

    /// With private attributes that a site knows to be safe, in the form of `rules/dicom/safe_private.tsv`. They stay
    /// under the option that retains safe ones.
    pub fn with_safe_private(mut self, rows: &str) -> Result<Self, TableError> {
        self.tables.safe_private.read("the site's table of private attributes", rows)?;
        Ok(self)
    }

    /// The private attributes that stay, where an option keeps any.
    pub(super) fn safe_private(&self) -> Option<&SafePrivate> {
        self.chooses(Choice::RetainSafePrivate).then_some(&self.tables.safe_private)
    }

    pub(super) fn pixels(&self) -> &PixelRules {
        &self.pixels
    }

    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    pub fn chooses(&self, choice: Choice) -> bool {
        self.profile.choices.contains(&choice)
    }

    /// What happens to an attribute in an object of a SOP class, at top level or in the items of a sequence.
    pub fn action(&self, sop_class: &str, parent: Option<Tag>, tag: Tag) -> Action {
        self.resolve(self.code(tag), sop_class, parent, tag)
    }

    /// What the basic profile does where an option wants a value cleaned that cannot be.
    pub fn basic_action(&self, sop_class: &str, parent: Option<Tag>, tag: Tag) -> Action {
        self.resolve(self.codes.get(&tag).map(|codes| codes.1), sop_class, parent, tag)
    }

    /// The row for a content item of a structured report, by its concept and value type.
    pub fn content_item(&self, code: &str, scheme: &str, value_type: &str) -> Option<&Row> {
        self.tables.content.get(&(code.to_owned(), scheme.to_owned(), value_type.to_owned()))
    }

    /// What a code of the content items table means.
    pub fn meaning(&self, code: &str, scheme: &str) -> Option<&str> {
        self.tables.meanings.get(&(code.to_owned(), scheme.to_owned())).map(String::as_str)
    }

    /// The codes of (0012,0064) that say what was done, with their meanings.
    pub fn methods(&self, pixels_cleaned: bool) -> impl Iterator<Item = (&str, &str)> {
        let mut codes = vec!["113100"];
        codes.extend(pixels_cleaned.then_some("113101"));
        codes.extend(Choice::ALL.into_iter().filter(|&choice| self.chooses(choice)).map(Choice::method));
        codes
            .into_iter()
            .filter_map(|code| self.tables.methods.get_key_value(code))
            .map(|(k, v)| (k.as_str(), v.as_str()))
    }

    fn code(&self, tag: Tag) -> Option<Code> {
        let (group, element) = (tag.group(), tag.element());
        let is_graphic = (0x5000..=0x50FF).contains(&group) || (0x6000..=0x60FF).contains(&group);
        // Overlay and curve planes are removed whole, under the clean graphics option too: a bitmap cannot be
        // cleaned of the text in it, and a plane without its data is not valid. Group lengths are not kept, as
        // they would be wrong.
        // Commands and file meta information have no place in a data set.
        let is_astray = matches!(group, 0x0000 | 0x0002);
        if group % 2 == 1 || element == 0 || is_graphic || is_astray || tag == ENCRYPTED || tag == MAC_PARAMETERS {
            return Some(Code::X);
        }
        if let Some(&(code, _)) = self.codes.get(&tag) {
            return Some(code);
        }
        // Signatures, and what attributes were before: what the table leaves of it means nothing by itself.
        if group == 0x0400 || tag == PRIVATE_CHARACTERISTICS {
            return Some(Code::X);
        }
        if MEDIUM.contains(&tag) {
            return Some(Code::Z);
        }
        dictionary_vr(tag).is_none().then_some(Code::X)
    }

    fn resolve(&self, code: Option<Code>, sop_class: &str, parent: Option<Tag>, tag: Tag) -> Action {
        let kind = || match parent {
            None => self.tables.type_of(sop_class, tag),
            Some(parent) => self.tables.type_in(parent, tag),
        };
        match code {
            None => Action::Inspect,
            Some(Code::X) => Action::Remove,
            Some(Code::Z) => Action::Empty,
            Some(Code::D) => Action::Dummy,
            Some(Code::K) => Action::Keep,
            Some(Code::C) => Action::Clean,
            Some(Code::U) => Action::Map,
            Some(Code::XZ) => match kind() {
                Type::One => Action::Dummy,
                Type::Two => Action::Empty,
                Type::Three => Action::Remove,
            },
            Some(Code::XD) => {
                if kind() == Type::Three {
                    Action::Remove
                } else {
                    Action::Dummy
                }
            }
            Some(Code::XZD) => match kind() {
                Type::One => Action::Dummy,
                Type::Two => Action::Empty,
                Type::Three => Action::Remove,
            },
            Some(Code::ZD) => {
                if kind() == Type::One {
                    Action::Dummy
                } else {
                    Action::Empty
                }
            }
            Some(Code::XZU) => {
                if kind() == Type::Three {
                    Action::Remove
                } else {
                    Action::Map
                }
            }
        }
    }
}

/// Rules under `rules/dicom/` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{0}")]
    Pixels(#[from] PixelRulesError),
}

impl FromStr for Choice {
    type Err = UnknownChoice;

    fn from_str(name: &str) -> Result<Self, UnknownChoice> {
        Self::ALL.into_iter().find(|choice| choice.column() == name).ok_or(UnknownChoice)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no such option of the profile; known are {}", Choice::ALL.map(Choice::column).join(", "))]
pub struct UnknownChoice;

#[cfg(test)]
mod tests {
    use super::*;

    const CR: &str = "1.2.840.10008.5.1.4.1.1.1";

    fn policy(choices: &[Choice]) -> Policy {
        Policy::new(&Rules::embedded(), Profile { choices: choices.to_vec(), ..Profile::default() }).unwrap()
    }

    #[test]
    fn compound_codes_follow_the_type_in_the_object() {
        let policy = policy(&[]);
        let observer = Some(Tag(0x0040, 0xA078));
        let institution = Tag(0x0008, 0x0080);
        assert_eq!(policy.action(CR, None, institution), Action::Remove);
        assert_eq!(policy.action(CR, observer, institution), Action::Empty);
        assert_eq!(policy.action(CR, None, Tag(0x0010, 0x0020)), Action::Empty);
    }

    #[test]
    fn unknown_private_and_graphic_attributes_go() {
        let policy = policy(&[Choice::CleanGraphics]);
        for tag in
            [Tag(0x0009, 0x1001), Tag(0x0008, 0x0000), Tag(0x6002, 0x0022), Tag(0x5000, 0x3000), Tag(0x0008, 0xFFFE)]
        {
            assert_eq!(policy.action(CR, None, tag), Action::Remove);
        }
        assert_eq!(policy.action(CR, None, Tag(0x0028, 0x0010)), Action::Inspect);
    }
}
