//! What can be found in a text: entity types and findings.

use crate::text::Span;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

macro_rules! entity_types {
    ($($(#[$doc:meta])* $variant:ident $name:literal $letter:literal $label:literal;)*) => {
        /// A kind of identifier. The names are those of the labelled corpora, the letters the paragraphs of
        /// 45 CFR 164.514(b)(2)(i).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntityType { $($(#[$doc])* $variant,)* }

        impl EntityType {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in rules, reports, metrics and the audit log, such as `HEALTH_PLAN_ID`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The Safe Harbor paragraph that lists it, `A` to `R`.
            pub fn letter(self) -> char {
                match self { $(Self::$variant => $letter,)* }
            }

            /// The word inside a pseudonym, as in `[NAME_1]`: upper-case ASCII letters only.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

entity_types! {
    /// Patients, relatives, household members and staff; see [`Role`].
    Name "NAME" 'A' "NAME";
    /// Every element of a date finer than a year.
    Date "DATE" 'C' "DATE";
    /// An age of 90 or more.
    AgeOver89 "AGE_OVER_89" 'C' "AGE";
    /// Anything smaller than a state: street, city, ZIP, room.
    Location "LOCATION" 'B' "PLACE";
    Hospital "HOSPITAL" 'B' "HOSPITAL";
    /// Employers and schools.
    Org "ORG" 'A' "ORG";
    Phone "PHONE" 'D' "PHONE";
    Fax "FAX" 'E' "FAX";
    Email "EMAIL" 'F' "EMAIL";
    Ssn "SSN" 'G' "SSN";
    Mrn "MRN" 'H' "MRN";
    HealthPlanId "HEALTH_PLAN_ID" 'I' "PLAN";
    Account "ACCOUNT" 'J' "ACCOUNT";
    License "LICENSE" 'K' "LICENSE";
    VehicleId "VEHICLE_ID" 'L' "VEHICLE";
    DeviceId "DEVICE_ID" 'M' "DEVICE";
    Url "URL" 'N' "URL";
    Ip "IP" 'O' "IP";
    Biometric "BIOMETRIC" 'P' "BIOMETRIC";
    Photo "PHOTO" 'Q' "PHOTO";
    /// Any other unique number, characteristic or code.
    OtherId "OTHER_ID" 'R' "ID";
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EntityType {
    type Err = UnknownEntityType;

    fn from_str(name: &str) -> Result<Self, UnknownEntityType> {
        Self::ALL.iter().copied().find(|entity| entity.name() == name).ok_or(UnknownEntityType)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown entity type")]
pub struct UnknownEntityType;

/// Whose name it is, where the text tells. Safe Harbor does not require the names of providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    #[default]
    Subject,
    Provider,
}

/// How sure a recognizer is. Ordered: a stronger strength wins the label of a span, never its coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Shape alone.
    Weak,
    /// Shape and context.
    Likely,
    /// A label, a checksum, a field of a structured format, the roster.
    Certain,
}

/// A place in a text that identifies someone, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub span: Span,
    pub entity: EntityType,
    pub role: Role,
    pub strength: Strength,
    /// Which rule found it, such as `us_ssn` or `name.title`; shown by `cordon deid --explain`, never text.
    pub recognizer: Cow<'static, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back_and_labels_are_upper_case() {
        for &entity in EntityType::ALL {
            assert_eq!(entity.name().parse::<EntityType>().ok(), Some(entity));
            assert!(entity.label().bytes().all(|byte| byte.is_ascii_uppercase()));
        }
    }
}
