//! What a field of a format holds, and so what is done with it.

use crate::entity::{EntityType, Role};

/// What a field, element, column or component holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// Nothing that identifies, whatever its value.
    Keep,
    /// A code of a vocabulary: kept when it is shaped like one, else read as a few words.
    Code,
    /// A quantity: kept when it is a number, else read as a few words.
    Number,
    /// The whole value identifies.
    Id(EntityType, Role),
    /// A person's name, in whole or in part.
    Name(Role),
    /// A date finer than a year, alone or with a time.
    Date,
    /// A date of birth: its year counts too when it may tell an age of 90 or more.
    Birth,
    /// An age, which counts from 90 on.
    Age,
    /// A telephone or fax number, e-mail address or URL, told apart by its shape.
    Telecom,
    /// A few words that may hold anything.
    Scan,
    /// Prose.
    Narrative,
    /// Data that cannot be read here: images, signatures, encoded files.
    Opaque,
    /// A field that no table describes: whatever could identify is taken for an identifier.
    Unknown,
}

impl Content {
    /// Reads the word that stands for it in the files of `rules/formats/`: `keep`, `name`, an entity type such as
    /// `MRN`, or one after `provider:`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "keep" => Self::Keep,
            "code" => Self::Code,
            "number" => Self::Number,
            "name" | "subject" => Self::Name(Role::Subject),
            "provider" => Self::Name(Role::Provider),
            "date" => Self::Date,
            "birth" => Self::Birth,
            "age" => Self::Age,
            "telecom" => Self::Telecom,
            "scan" => Self::Scan,
            "narrative" => Self::Narrative,
            "opaque" => Self::Opaque,
            "unknown" => Self::Unknown,
            _ => match word.strip_prefix("provider:") {
                Some(entity) => Self::Id(entity.parse().ok()?, Role::Provider),
                None => Self::Id(word.parse().ok()?, Role::Subject),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_rule_files() {
        assert_eq!(Content::parse("MRN"), Some(Content::Id(EntityType::Mrn, Role::Subject)));
        assert_eq!(Content::parse("provider:LICENSE"), Some(Content::Id(EntityType::License, Role::Provider)));
        assert_eq!(Content::parse("subject"), Some(Content::Name(Role::Subject)));
        assert_eq!(Content::parse("mrn"), None);
    }
}
