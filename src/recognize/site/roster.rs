//! The roster of a site: people and identifiers that are looked for everywhere, one row for each.
//!
//! CSV and TSV have a first line with the names of their columns, NDJSON has them as keys. A column is `name`, or
//! `family` and `given`, or the name of an entity type (`mrn`, `phone`, `email`, …); `role` says `patient` or `staff`.
//! No message of a mistake repeats what stands in the file.

use super::index::Index;
use crate::entity::{EntityType, Finding, Role};
use crate::recognize::dictionary::{Kind, Lexicon};
use crate::rules::RuleError;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Values to look for. Holds fingerprints, no text.
#[derive(Debug)]
pub struct Roster {
    index: Index,
    /// Values that are too short to be looked for.
    passed_over: usize,
}

impl Default for Roster {
    fn default() -> Self {
        Self { index: Index::new(0), passed_over: 0 }
    }
}

impl Roster {
    /// Reads a file as its ending says: `.csv`, `.tsv`, `.ndjson` or `.jsonl`. Reports its mistakes with their lines,
    /// and gives up after a few of them.
    pub fn load(path: &Path, lexicon: &Lexicon) -> Result<Self, Vec<RuleError>> {
        let name = path.display().to_string();
        let failed = |cause: std::io::Error| vec![RuleError::new(&name, 0, cause.to_string())];
        let file = std::fs::File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let format = Format::of(path).ok_or_else(|| {
            let hint = "known are .csv, .tsv, .ndjson and .jsonl";
            vec![RuleError::new(&name, 0, "the ending does not tell the format").hint(hint)]
        })?;
        Self::read(&name, format, file, usize::try_from(bytes / ROW_BYTES).unwrap_or(0), lexicon)
    }

    /// Reads rows; `expected` is about how many.
    pub fn read(
        name: &str,
        format: Format,
        rows: impl Read,
        expected: usize,
        lexicon: &Lexicon,
    ) -> Result<Self, Vec<RuleError>> {
        let roster = Self { index: Index::new(expected), passed_over: 0 };
        let mut reader = Reader { file: name, roster, lexicon, mistakes: Vec::new() };
        match format {
            Format::Separated(separator) => reader.separated(rows, separator),
            Format::Lines => reader.lines(rows),
        }
        if reader.mistakes.is_empty() { Ok(reader.roster) } else { Err(reader.mistakes) }
    }

    pub(super) fn find(&self, text: &str, findings: &mut Vec<Finding>) {
        self.index.find(text, "roster", findings);
    }

    /// Different values that are looked for.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// Bytes of memory that it takes.
    pub fn size(&self) -> usize {
        self.index.size()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Columns with this byte between them, their names in the first line.
    Separated(u8),
    /// A JSON object a line.
    Lines,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Separated(b',')),
            "tsv" => Some(Self::Separated(b'\t')),
            "ndjson" | "jsonl" => Some(Self::Lines),
            _ => None,
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Role,
    Name,
    Family,
    Given,
    Value(EntityType),
}

impl Column {
    fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "role" => Some(Self::Role),
            "name" => Some(Self::Name),
            "family" => Some(Self::Family),
            "given" => Some(Self::Given),
            // A day or an age alone is nobody's.
            other => match other.to_ascii_uppercase().parse() {
                Ok(EntityType::Date | EntityType::AgeOver89) | Err(_) => None,
                Ok(entity) => Some(Self::Value(entity)),
            },
        }
    }
}

struct Reader<'a> {
    file: &'a str,
    roster: Roster,
    lexicon: &'a Lexicon,
    mistakes: Vec<RuleError>,
}

impl Reader<'_> {
    fn separated(&mut self, rows: impl Read, separator: u8) {
        let mut rows = csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(rows);
        let columns: Vec<Option<Column>> = match rows.headers() {
            Ok(header) => header.iter().map(Column::named).collect(),
            Err(_) => return self.mistake(1, "expected the names of the columns, in UTF-8", None),
        };
        for (at, _) in columns.iter().enumerate().filter(|(_, column)| column.is_none()) {
            self.mistake(1, &format!("column {} has a name that is not known", at + 1), Some(COLUMNS));
        }
        let mut record = csv::StringRecord::new();
        while self.mistakes.len() < MISTAKES_MAX {
            match rows.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let line = record.position().map_or(0, |position| position.line() as usize);
                    let cells = columns.iter().zip(&record).filter_map(|(column, cell)| Some(((*column)?, cell)));
                    self.row(line, cells.collect());
                }
                Err(error) => {
                    let line = error.position().map_or(0, |position| position.line() as usize);
                    let what = match error.kind() {
                        csv::ErrorKind::UnequalLengths { .. } => "not as many columns as in the first line",
                        csv::ErrorKind::Utf8 { .. } => "not valid UTF-8",
                        _ => return self.mistake(line, "cannot be read", None),
                    };
                    self.mistake(line, what, None);
                }
            }
        }
    }

    fn lines(&mut self, rows: impl Read) {
        for (at, line) in BufReader::new(rows).lines().enumerate() {
            if self.mistakes.len() >= MISTAKES_MAX {
                return;
            }
            let Ok(line) = line else { return self.mistake(at + 1, "not valid UTF-8", None) };
            if line.trim().is_empty() {
                continue;
            }
            let Ok(serde_json::Value::Object(object)) = serde_json::from_str(&line) else {
                self.mistake(at + 1, "expected a JSON object", None);
                continue;
            };
            let mut cells: Vec<(Column, String)> = Vec::new();
            for (key, value) in object {
                let Some(column) = Column::named(&key) else {
                    self.mistake(at + 1, "a key is not known", Some(COLUMNS));
                    continue;
                };
                if !strings(value, &mut |value| cells.push((column, value))) {
                    self.mistake(at + 1, "expected strings, numbers or lists of them", None);
                }
            }
            self.row(at + 1, cells.iter().map(|(column, cell)| (*column, cell.as_str())).collect());
        }
    }

    fn row(&mut self, line: usize, cells: Vec<(Column, &str)>) {
        let of = |column| cells.iter().filter(move |cell| cell.0 == column && !cell.1.is_empty()).map(|cell| cell.1);
        let role = match of(Column::Role).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "patient" => Role::Subject,
            "staff" => Role::Provider,
            _ => return self.mistake(line, "the role is neither `patient` nor `staff`", None),
        };
        for name in of(Column::Name) {
            match name.split_once(',') {
                Some((family, given)) => self.name(family, given, role),
                None => {
                    let (given, family) = name.rsplit_once(char::is_whitespace).unwrap_or(("", name));
                    self.name(family, given, role);
                }
            }
        }
        let given: Vec<&str> = of(Column::Given).collect();
        for family in of(Column::Family) {
            self.name(family, &given.join(" "), role);
        }
        for &(column, value) in &cells {
            if let Column::Value(entity) = column
                && !value.is_empty()
            {
                self.value(value, entity, role);
            }
        }
    }

    /// A name as it stands, and with the first of several given names alone.
    fn name(&mut self, family: &str, given: &str, role: Role) {
        let (family, given) = (family.trim(), given.trim());
        self.value(&format!("{given} {family}"), EntityType::Name, role);
        if let Some((first, _)) = given.split_once(char::is_whitespace) {
            self.value(&format!("{first} {family}"), EntityType::Name, role);
        }
    }

    fn value(&mut self, value: &str, entity: EntityType, role: Role) {
        // What is looked through is folded; so is what is looked for.
        let view = crate::recognize::fold::fold(value);
        let lexicon = self.lexicon;
        let ordinary = |word: &str| {
            let entry = lexicon.entry(word.trim());
            entry.common() >= 3 || entry.has(Kind::Drug) || entry.has(Kind::Eponym) || entry.grade(Kind::Clinical) > 0
        };
        let added = self.roster.index.insert(view.text(), entity, role, ordinary);
        self.roster.passed_over += usize::from(added.is_err());
    }

    fn mistake(&mut self, line: usize, message: &str, hint: Option<&str>) {
        let mistake = RuleError::new(self.file, line, message);
        self.mistakes.push(match hint {
            Some(hint) => mistake.hint(hint),
            None => mistake,
        });
    }
}

/// Gives every string and number of a value; false where there is something else.
fn strings(value: serde_json::Value, give: &mut impl FnMut(String)) -> bool {
    use serde_json::Value;
    match value {
        Value::Null => true,
        Value::String(text) => {
            give(text);
            true
        }
        Value::Number(number) => {
            give(number.to_string());
            true
        }
        Value::Array(items) => items.into_iter().all(|item| !item.is_array() && strings(item, give)),
        Value::Bool(_) | Value::Object(_) => false,
    }
}

const COLUMNS: &str =
    "known are role, name, family, given, and the types of `docs/detection.md` but for dates and ages";
/// A file with this many mistakes is another kind of file.
const MISTAKES_MAX: usize = 20;
/// Bytes of a row, about.
const ROW_BYTES: u64 = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::marked;
    use crate::rules::Rules;

    fn read(format: Format, rows: &str) -> Result<Roster, Vec<String>> {
        let lexicon = Lexicon::new(&Rules::embedded()).expect("the embedded lists read");
        Roster::read("roster", format, rows.as_bytes(), 10, &lexicon).map_err(|mistakes| {
            mistakes.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect()
        })
    }

    #[track_caller]
    fn check(format: Format, rows: &str, expected: &str) {
        let roster = read(format, rows).expect("no mistakes");
        marked::check(expected, |text| {
            let mut findings = Vec::new();
            roster.find(text, &mut findings);
            findings
        });
    }

    #[test]
    fn rows_of_columns() {
        check(
            Format::Separated(b','),
            "family,given,mrn,role\nKovács,Zsófia Anna,A-4471,patient\nZalan,Imre,,staff\n",
            "⟦Zsofia Kovacs⟧, ⟦KOVACS, ZSOFIA ANNA⟧, ⟦a4471⟧, ⟦Imre Zalan⟧, Anna Kovacs",
        );
    }

    #[test]
    fn lines_of_objects() {
        check(
            Format::Lines,
            "{\"name\":[\"Kovács, Zsófia\"],\"phone\":6175550134}\n\n{\"org\":\"Aurora Bluefin\",\"email\":null}\n",
            "⟦Zsofia Kovacs⟧ (⟦617⟧) 555".replace("(⟦617⟧) 555", "⟦617-555-0134⟧ ⟦AURORA BLUEFIN⟧").as_str(),
        );
    }

    #[test]
    fn roles_and_types_are_kept() {
        let roster =
            read(Format::Separated(b'\t'), "name\tmrn\trole\nImre Zalan\t884412\tstaff\n").expect("no mistakes");
        let mut findings = Vec::new();
        roster.find("Zalan Imre 884412", &mut findings);
        let seen: Vec<_> = findings.iter().map(|finding| (finding.entity, finding.role)).collect();
        assert_eq!(seen, [(EntityType::Name, Role::Provider), (EntityType::Mrn, Role::Provider)]);
    }

    #[test]
    fn mistakes_have_lines_and_repeat_nothing() {
        let mistakes =
            read(Format::Separated(b','), "name,Zalan\nImre Zalan\nImre Zalan,1\n").expect_err("two mistakes");
        assert_eq!(
            mistakes,
            ["1: column 2 has a name that is not known", "2: not as many columns as in the first line"]
        );
        let mistakes = read(Format::Lines, "{\"name\":1}\n[1]\n{\"Zalan\":2}\n{\"mrn\":{}}\n").expect_err("mistakes");
        assert_eq!(mistakes.len(), 3);
        assert!(!mistakes.join("").contains("Zalan"));
        assert_eq!(read(Format::Separated(b','), "role,name\nowner,Imre Zalan\n").expect_err("a role").len(), 1);
    }

    #[test]
    fn what_is_too_short_is_counted() {
        let roster = read(Format::Separated(b','), "mrn\n12\n883412\n").expect("no mistakes");
        assert_eq!((roster.len(), roster.passed_over()), (1, 1));
    }
}
