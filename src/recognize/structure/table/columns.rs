//! What the columns of a table hold: by their names, and where these tell too little, by their values.

use super::super::Formats;
use super::super::content::Content;
use super::super::label::Meaning;
use super::super::sketch::Sketch;
use super::super::value::{self, Value};
use super::cells::Layout;
use super::{RULE, plain};
use crate::entity::EntityType;
use crate::text::Span;

pub(super) struct Columns {
    contents: Vec<Option<Content>>,
    /// The names stand in the first column, and what they name in the second.
    pub transposed: bool,
}

impl Columns {
    /// Whether a line of these cells may be a header.
    pub fn may_head(formats: &Formats, labels: &[&str], layout: Layout) -> bool {
        if matches!(layout, Layout::Pipes) {
            return true;
        }
        let meanings: Vec<Meaning> = labels.iter().filter_map(|label| formats.labels.meaning(label)).collect();
        let certain = meanings.iter().filter(|meaning| identifies(meaning.content) && !meaning.vague).count();
        match layout {
            // One word between two commas, or two spaces, may be chance.
            Layout::Separated(b',') | Layout::Fixed if labels.len() == 2 => {
                certain == 2 || certain == 1 && meanings.len() == 2
            }
            _ => certain >= 1 || meanings.len() >= 2,
        }
    }

    pub fn new(formats: &Formats, text: &str, labels: &[&str], rows: &[Vec<Span>]) -> Self {
        let meanings: Vec<Option<Meaning>> = labels.iter().map(|label| formats.labels.meaning(label)).collect();
        let certain =
            |meaning: &Option<Meaning>| meaning.is_some_and(|meaning| identifies(meaning.content) && !meaning.vague);
        if !meanings.iter().any(certain) {
            let named = rows.iter().filter(|cells| {
                cells.first().is_some_and(|cell| certain(&formats.labels.meaning(plain(cell.of(text)))))
            });
            if named.count() > 0 {
                return Self { contents: Vec::new(), transposed: true };
            }
        }
        let of_person = meanings.iter().filter(|meaning| certain(meaning)).count() > 0;
        let contents = meanings.iter().enumerate().map(|(number, meaning)| {
            let values = || {
                rows.iter()
                    .filter_map(move |cells| cells.get(number))
                    .map(|cell| plain(cell.of(text)))
                    .filter(|value| !value::is_absent(value))
            };
            match meaning {
                Some(meaning) if !meaning.vague => Some(meaning.content),
                Some(meaning) => vague(meaning.content, of_person, values()),
                None => sampled(values()),
            }
        });
        Self { contents: contents.collect(), transposed: false }
    }

    pub fn content(&self, number: usize) -> Option<Content> {
        self.contents.get(number).copied().flatten()
    }

    /// Acts on a cell of a transposed table, whose name is the first cell of its row.
    pub fn cell(&self, sketch: &mut Sketch, formats: &Formats, cell: Span, name: &str, column: &str) {
        let meaning = formats.labels.meaning(name).filter(|meaning| !meaning.vague);
        match meaning {
            Some(meaning) => sketch.value(Value::Plain(cell), meaning.content, Some(name), RULE),
            None => sketch.narrate(Value::Plain(cell), Some(if name.is_empty() { column } else { name })),
        }
    }
}

/// Whether a cell can be what its column says: words without a digit are no number of anything.
pub(super) fn can_hold(cell: &str, content: Content) -> bool {
    let spoken = cell.split_whitespace().count() > 2 && !cell.bytes().any(|byte| byte.is_ascii_digit());
    match content {
        Content::Id(
            EntityType::Location | EntityType::Hospital | EntityType::Org | EntityType::Photo | EntityType::Biometric,
            _,
        ) => true,
        Content::Id(..) => !spoken,
        _ => true,
    }
}

fn identifies(content: Content) -> bool {
    !matches!(content, Content::Keep | Content::Scan | Content::Narrative | Content::Code | Content::Number)
}

/// A column whose name tells little, by its values.
fn vague<'v>(content: Content, of_person: bool, values: impl Iterator<Item = &'v str> + Clone) -> Option<Content> {
    match content {
        // One word is a name beside columns that are about a person.
        Content::Name(_) => {
            (mostly(values.clone(), looks_like_name) || of_person && mostly(values, looks_like_part)).then_some(content)
        }
        Content::Date | Content::Birth => mostly(values, looks_like_date).then_some(content),
        // Row numbers are no identifiers.
        Content::Id(EntityType::OtherId, _) => (of_person
            && !counts(values.clone())
            && mostly(values, |value| value.len() >= 4 && value.bytes().any(|byte| byte.is_ascii_digit())))
        .then_some(content),
        Content::Id(EntityType::Location, _) => (of_person && mostly(values, looks_like_bed)).then_some(content),
        _ => of_person.then_some(content),
    }
}

/// A column whose name tells nothing: dates and names of people are known by sight.
fn sampled<'v>(values: impl Iterator<Item = &'v str> + Clone) -> Option<Content> {
    mostly(values, looks_like_date).then_some(Content::Date)
}

fn mostly<'v>(values: impl Iterator<Item = &'v str>, test: impl Fn(&str) -> bool) -> bool {
    let (mut all, mut hits) = (0, 0);
    for value in values.take(200) {
        all += 1;
        hits += usize::from(test(value));
    }
    all > 0 && hits * 10 >= all * 6
}

fn counts<'v>(values: impl Iterator<Item = &'v str>) -> bool {
    values
        .enumerate()
        .all(|(number, value)| value.parse::<usize>().is_ok_and(|value| value == number || value == number + 1))
}

/// Two to four words that start with a capital, or `Last, First`.
pub(in super::super) fn looks_like_name(value: &str) -> bool {
    let words: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    (2..=4).contains(&words.len())
        && words.iter().all(|word| {
            word.starts_with(char::is_uppercase)
                && word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '\'' | '’' | '-'))
        })
}

/// One word that starts with a capital.
fn looks_like_part(value: &str) -> bool {
    value.starts_with(char::is_uppercase)
        && value.chars().nth(1).is_some()
        && value.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | ' '))
}

/// `5B`, `2N-08`.
fn looks_like_bed(value: &str) -> bool {
    value.len() <= 6 && value.bytes().any(|byte| byte.is_ascii_digit())
}

/// Three groups of digits, or day, month in letters and year.
fn looks_like_date(value: &str) -> bool {
    let date = value.split(['T', ' ']).next().unwrap_or_default();
    let groups: Vec<&str> = date.split(['-', '/', '.']).collect();
    let digits =
        |group: &&str| !group.is_empty() && group.len() <= 4 && group.bytes().all(|byte| byte.is_ascii_digit());
    groups.len() == 3
        && groups.iter().filter(|group| digits(group)).count() >= 2
        && groups.iter().any(|group| group.len() == 4 || group.len() == 2)
}
