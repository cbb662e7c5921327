//! The tables of PS3.15 Annex E and of the object definitions, read from `rules/dicom/`.

use super::private::SafePrivate;
use crate::rules::Rules;
use dicom_core::Tag;
use std::collections::HashMap;
use std::rc::Rc;
use std::str::FromStr;

/// An action code of Table E.1-1, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Remove.
    X,
    /// Zero length, or a dummy.
    Z,
    /// A dummy of non-zero length.
    D,
    /// Keep.
    K,
    /// Clean: a value of similar meaning, known not to identify.
    C,
    /// Another UID, the same in every instance.
    U,
    /// Compound codes, decided by the attribute's type in the object at hand.
    XZ,
    XD,
    XZD,
    ZD,
    XZU,
}

impl FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "X" => Self::X,
            "Z" => Self::Z,
            "D" => Self::D,
            "K" => Self::K,
            "C" => Self::C,
            "U" => Self::U,
            "X/Z" => Self::XZ,
            "X/D" => Self::XD,
            "X/Z/D" => Self::XZD,
            "Z/D" => Self::ZD,
            "X/Z/U*" => Self::XZU,
            _ => return Err(()),
        })
    }
}

/// The type of an attribute in an object definition, PS3.5 7.4: whether it must be there and must have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    One,
    Two,
    Three,
}

/// An option of the profile: a column of Table E.1-1 or a treatment of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    RetainSafePrivate,
    RetainUids,
    RetainDeviceIdentity,
    RetainInstitutionIdentity,
    RetainPatientCharacteristics,
    RetainFullDates,
    RetainModifiedDates,
    CleanDescriptors,
    CleanStructuredContent,
    CleanGraphics,
}

impl Choice {
    pub const ALL: [Self; 10] = [
        Self::RetainSafePrivate,
        Self::RetainUids,
        Self::RetainDeviceIdentity,
        Self::RetainInstitutionIdentity,
        Self::RetainPatientCharacteristics,
        Self::RetainFullDates,
        Self::RetainModifiedDates,
        Self::CleanDescriptors,
        Self::CleanStructuredContent,
        Self::CleanGraphics,
    ];

    /// The column of `rules/dicom/attributes.tsv`, which is also its name in `--options`.
    pub fn column(self) -> &'static str {
        match self {
            Self::RetainSafePrivate => "rtn_safe_priv",
            Self::RetainUids => "rtn_uids",
            Self::RetainDeviceIdentity => "rtn_dev_id",
            Self::RetainInstitutionIdentity => "rtn_inst_id",
            Self::RetainPatientCharacteristics => "rtn_pat_chars",
            Self::RetainFullDates => "rtn_long_full",
            Self::RetainModifiedDates => "rtn_long_modif",
            Self::CleanDescriptors => "clean_desc",
            Self::CleanStructuredContent => "clean_struct",
            Self::CleanGraphics => "clean_graph",
        }
    }

    /// The column of `rules/dicom/content_items.tsv`, where that table has one.
    fn content_column(self) -> Option<&'static str> {
        Some(match self {
            Self::RetainUids => "retain_uids",
            Self::RetainDeviceIdentity => "retain_device_identity",
            Self::RetainInstitutionIdentity => "retain_institution_identity",
            Self::RetainPatientCharacteristics => "retain_patient_characteristics",
            Self::RetainFullDates => "retain_longitudinal_full_dates",
            Self::RetainModifiedDates => "retain_longitudinal_modified_dates",
            Self::CleanDescriptors => "clean_descriptors",
            _ => return None,
        })
    }

    /// The code of PS3.16 CID 7050 that says so in the output.
    pub fn method(self) -> &'static str {
        match self {
            Self::RetainSafePrivate => "113111",
            Self::RetainUids => "113110",
            Self::RetainDeviceIdentity => "113109",
            Self::RetainInstitutionIdentity => "113112",
            Self::RetainPatientCharacteristics => "113108",
            Self::RetainFullDates => "113106",
            Self::RetainModifiedDates => "113107",
            Self::CleanDescriptors => "113105",
            Self::CleanStructuredContent => "113104",
            Self::CleanGraphics => "113103",
        }
    }
}

/// One row of a table: the code of the basic profile, and those of the options.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    basic: Code,
    options: [Option<Code>; Choice::ALL.len()],
}

impl Row {
    /// The code that holds under the chosen options. Keeping wins over cleaning, as PS3.15 E.1.1 has it.
    pub fn code(&self, choices: &[Choice]) -> Code {
        let chosen = || choices.iter().filter_map(|&choice| self.options[choice as usize]);
        if chosen().any(|code| code == Code::K) { Code::K } else { chosen().next().unwrap_or(self.basic) }
    }

    /// What the basic profile alone would do.
    pub fn basic(&self) -> Code {
        self.basic
    }
}

/// Everything of `rules/dicom/` that does not depend on the chosen options.
pub struct Tables {
    pub safe_private: SafePrivate,
    pub attributes: HashMap<Tag, Row>,
    /// Content items by concept: code value, coding scheme and value type.
    pub content: HashMap<(String, String, String), Row>,
    /// What the codes of content items mean: code value and coding scheme to meaning.
    pub meanings: HashMap<(String, String), String>,
    /// De-identification methods: code to meaning.
    pub methods: HashMap<String, String>,
    types: HashMap<Tag, HashMap<String, Type>>,
    nested: HashMap<(Tag, Tag), Type>,
}

/// A mistake in a file of `rules/dicom/`.
#[derive(Debug, thiserror::Error)]
#[error("rules/dicom/{file}:{line}: {message}")]
pub struct TableError {
    pub file: &'static str,
    pub line: usize,
    pub message: &'static str,
}

impl Tables {
    pub fn new(rules: &Rules) -> Result<Self, TableError> {
        let mut tables = Self {
            safe_private: SafePrivate::default(),
            attributes: HashMap::new(),
            content: HashMap::new(),
            meanings: HashMap::new(),
            methods: HashMap::new(),
            types: HashMap::new(),
            nested: HashMap::new(),
        };
        for row in rows(rules, "attributes.tsv")? {
            // Rows of repeating groups and of private attributes (`50xxxxxx`) are code: see `policy`.
            let Some(tag) = parse_tag(row.cell("tag")?) else { continue };
            let row = row.codes("basic", |choice| Some(choice.column()))?;
            tables.attributes.insert(tag, row);
        }
        for row in rows(rules, "content_items.tsv")? {
            let key =
                (row.cell("code")?.to_owned(), row.cell("scheme")?.to_owned(), row.cell("value_type")?.to_owned());
            let (code, scheme) = (row.cell("code")?.to_owned(), row.cell("scheme")?.to_owned());
            tables.meanings.insert((code, scheme), row.cell("meaning")?.to_owned());
            let row = row.codes("basic", Choice::content_column)?;
            tables.content.insert(key, row);
        }
        for row in rows(rules, "methods.tsv")? {
            tables.methods.insert(row.cell("code")?.to_owned(), row.cell("meaning")?.to_owned());
        }
        for row in rows(rules, "types.tsv")? {
            let tag = row.tag("path")?;
            tables.types.entry(tag).or_default().insert(row.cell("sop_class_uid")?.to_owned(), row.kind()?);
        }
        for row in rows(rules, "nested_types.tsv")? {
            tables.nested.insert((row.tag("parent")?, row.tag("tag")?), row.kind()?);
        }
        tables.safe_private.read("safe_private.tsv", text(rules, "safe_private.tsv")?)?;
        Ok(tables)
    }

    /// The type of an attribute at top level of an object of this SOP class.
    pub fn type_of(&self, sop_class: &str, tag: Tag) -> Type {
        self.types.get(&tag).and_then(|classes| classes.get(sop_class)).copied().unwrap_or(Type::Three)
    }

    /// The strictest type of an attribute inside a sequence.
    pub fn type_in(&self, parent: Tag, tag: Tag) -> Type {
        self.nested.get(&(parent, tag)).copied().unwrap_or(Type::Three)
    }
}

pub struct Line<'a> {
    file: &'static str,
    line: usize,
    names: Rc<[&'a str]>,
    cells: Vec<&'a str>,
}

impl Line<'_> {
    pub fn cell(&self, name: &str) -> Result<&str, TableError> {
        let column = self.names.iter().position(|&known| known == name).ok_or(self.error("a column is missing"))?;
        Ok(self.cells.get(column).copied().unwrap_or_default())
    }

    fn tag(&self, name: &str) -> Result<Tag, TableError> {
        parse_tag(self.cell(name)?).ok_or(self.error("a tag is eight hexadecimal digits"))
    }

    fn codes(&self, basic: &str, column: impl Fn(Choice) -> Option<&'static str>) -> Result<Row, TableError> {
        let parse = |text: &str| text.parse().map_err(|()| self.error("no such action code"));
        let mut options = [None; Choice::ALL.len()];
        for choice in Choice::ALL {
            if let Some(name) = column(choice) {
                let text = self.cell(name)?;
                options[choice as usize] = if text.is_empty() { None } else { Some(parse(text)?) };
            }
        }
        Ok(Row { basic: parse(self.cell(basic)?)?, options })
    }

    fn kind(&self) -> Result<Type, TableError> {
        match self.cell("type")? {
            "1" | "1C" => Ok(Type::One),
            "2" | "2C" => Ok(Type::Two),
            "3" => Ok(Type::Three),
            _ => Err(self.error("a type is 1, 1C, 2, 2C or 3")),
        }
    }

    pub fn hexadecimal(&self, name: &str) -> Result<u16, TableError> {
        u16::from_str_radix(self.cell(name)?, 16).map_err(|_| self.error("a number is hexadecimal"))
    }

    pub fn error(&self, message: &'static str) -> TableError {
        TableError { file: self.file, line: self.line, message }
    }
}

fn rows<'r>(rules: &'r Rules, file: &'static str) -> Result<Vec<Line<'r>>, TableError> {
    lines(file, text(rules, file)?)
}

fn text<'r>(rules: &'r Rules, file: &'static str) -> Result<&'r str, TableError> {
    let error = |message| TableError { file, line: 0, message };
    let bytes = rules.file(&format!("dicom/{file}")).ok_or(error("the file is missing"))?;
    std::str::from_utf8(bytes).map_err(|_| error("the file is not UTF-8"))
}

/// The lines of a table below the one with the names of its columns.
pub fn lines<'r>(file: &'static str, text: &'r str) -> Result<Vec<Line<'r>>, TableError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
    let (_, head) = lines.next().ok_or(TableError { file, line: 0, message: "the header is missing" })?;
    let names: Rc<[&str]> = head.split('\t').collect();
    Ok(lines
        .map(|(index, line)| Line {
            file,
            line: index + 1,
            names: Rc::clone(&names),
            cells: line.split('\t').collect(),
        })
        .collect())
}

pub fn parse_tag(text: &str) -> Option<Tag> {
    if text.len() != 8 {
        return None;
    }
    let number = u32::from_str_radix(text, 16).ok()?;
    Some(Tag((number >> 16) as u16, number as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_options_override_the_basic_profile() {
        let tables = Tables::new(&Rules::embedded()).unwrap();
        assert_eq!(tables.attributes.len(), 657 - 5 + 1);
        let study_date = &tables.attributes[&Tag(0x0008, 0x0020)];
        assert_eq!(study_date.code(&[]), Code::Z);
        assert_eq!(study_date.code(&[Choice::RetainModifiedDates]), Code::C);
        assert_eq!(study_date.code(&[Choice::RetainModifiedDates, Choice::RetainFullDates]), Code::K);
        assert_eq!(tables.type_of("1.2.840.10008.5.1.4.1.1.1", Tag(0x0010, 0x0020)), Type::Two);
    }
}
