//! A full date as it is written: read into a day, and written again for another day in the same way.

use crate::profile::Order;
use jiff::civil::Date;

/// A date with the form in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub day: Date,
    pub form: Form,
    /// Bytes of the text that are the date; what follows is a time of day.
    pub bytes: usize,
}

/// How a date is written, such as `Monday, March 3rd, 2024` or `03/03/24`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Year {
        digits: usize,
    },
    Month {
        digits: usize,
    },
    MonthName {
        letters: Letters,
        short: bool,
    },
    Day {
        digits: usize,
    },
    /// `st`, `nd`, `rd`, `th`.
    Ordinal {
        letters: Letters,
    },
    WeekdayName {
        letters: Letters,
        short: bool,
    },
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    Upper,
    Capital,
    Lower,
}

impl Form {
    pub fn write(&self, day: Date) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Year { digits: 2 } => out.push_str(&format!("{:02}", day.year().rem_euclid(100))),
                Part::Year { .. } => out.push_str(&format!("{:04}", day.year())),
                Part::Month { digits } => out.push_str(&format!("{:0digits$}", day.month())),
                Part::Day { digits } => out.push_str(&format!("{:0digits$}", day.day())),
                Part::MonthName { letters, short } => {
                    let name = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
                    out.push_str(&letters.of(if *short { &name[..3] } else { name }));
                }
                Part::WeekdayName { letters, short } => {
                    let name = WEEKDAYS[day.weekday().to_monday_zero_offset() as usize];
                    out.push_str(&letters.of(if *short { &name[..3] } else { name }));
                }
                Part::Ordinal { letters } => out.push_str(&letters.of(ordinal(day.day()))),
                Part::Text(text) => out.push_str(text),
            }
        }
        out
    }
}

/// Reads a text that is one full date, maybe with a time of day after it.
pub fn read(text: &str, order: Order) -> Option<Written> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let word = word(&text[at..]);
        words.push((at, word));
        at += word.len();
    }
    let (parts, used) = compact(&words).or_else(|| separate(&words, order))?;
    let bytes = words.get(used).map_or(text.len(), |(at, _)| *at);
    let (day, form) = parts;
    // A form that does not give the text back was not understood.
    (form.write(day) == text[..bytes] && is_time(&text[bytes..])).then_some(Written { day, form, bytes })
}

/// `20240303` alone or before a time, as in HL7 and DICOM.
fn compact(words: &[(usize, &str)]) -> Option<((Date, Form), usize)> {
    let [(_, digits)] = words else { return None };
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits[range].parse::<i16>().ok();
    let day = date(number(0..4)?, number(4..6)?, number(6..8)?)?;
    let form = Form(vec![Part::Year { digits: 4 }, Part::Month { digits: 2 }, Part::Day { digits: 2 }]);
    Some(((day, form), 1))
}

/// Three parts with something between them.
fn separate(words: &[(usize, &str)], order: Order) -> Option<((Date, Form), usize)> {
    let mut parts = Vec::new();
    let (mut numbers, mut month) = (Vec::<(usize, i16, usize)>::new(), None);
    let mut used = 0;
    for (index, &(_, word)) in words.iter().enumerate() {
        let first = word.as_bytes()[0];
        if first.is_ascii_digit() {
            numbers.push((parts.len(), word.parse().ok()?, word.len()));
            parts.push(Part::Text(word.to_owned()));
        } else if first.is_ascii_alphabetic() {
            let letters = Letters::in_word(word)?;
            let lower = word.to_ascii_lowercase();
            if let Some(at) = position(&MONTHS, &lower) {
                if month.replace(at as i16 + 1).is_some() {
                    return None;
                }
                // `May` is both; a text with no other hint is short, as its neighbours in forms are.
                parts.push(Part::MonthName { letters, short: lower.len() == 3 });
            } else if position(&WEEKDAYS, &lower).is_some() {
                parts.push(Part::WeekdayName { letters, short: lower.len() == 3 });
            } else if matches!(lower.as_str(), "st" | "nd" | "rd" | "th") {
                parts.push(Part::Ordinal { letters });
            } else if lower == "of" {
                parts.push(Part::Text(word.to_owned()));
            } else {
                return None;
            }
        } else if word.chars().all(|c| matches!(c, ' ' | ',' | '.' | '/' | '-' | '\n' | '\u{a0}')) && word.len() <= 3 {
            parts.push(Part::Text(word.to_owned()));
        } else {
            return None;
        }
        used = index + 1;
        let ordinal_follows = words
            .get(used)
            .is_some_and(|(_, next)| matches!(next.to_ascii_lowercase().as_str(), "st" | "nd" | "rd" | "th"));
        if numbers.len() + usize::from(month.is_some()) == 3 && !ordinal_follows {
            break;
        }
    }
    let day = match (month, numbers.as_slice()) {
        (Some(month), &[(day_at, day, day_len), (year_at, year, year_len)]) if day_len <= 2 => {
            named(&mut parts, (day_at, day, day_len), (year_at, year, year_len), month)?
        }
        // `2024 March 3`, `2024-Mar-03`.
        (Some(month), &[(year_at, year, 4), (day_at, day, day_len)]) => {
            named(&mut parts, (day_at, day, day_len), (year_at, year, 4), month)?
        }
        (None, &[first, second, third]) => numeric(&mut parts, first, second, third, order)?,
        _ => return None,
    };
    Some(((day, Form(parts)), used))
}

type Number = (usize, i16, usize);

fn named(parts: &mut [Part], day: Number, year: Number, month: i16) -> Option<Date> {
    let date = date(full_year(year)?, month, day.1)?;
    parts[day.0] = Part::Day { digits: day.2 };
    parts[year.0] = Part::Year { digits: year.2 };
    Some(date)
}

fn numeric(parts: &mut [Part], first: Number, second: Number, third: Number, order: Order) -> Option<Date> {
    let (year, month, day) = if first.2 == 4 {
        (first, second, third)
    } else {
        let dotted = parts[first.0 + 1] == Part::Text(".".into());
        let day_first = first.1 > 12 || (second.1 <= 12 && (order == Order::DayFirst || dotted));
        if day_first { (third, second, first) } else { (third, first, second) }
    };
    if month.2 > 2 || day.2 > 2 {
        return None;
    }
    let date = date(full_year(year)?, month.1, day.1)?;
    parts[year.0] = Part::Year { digits: year.2 };
    parts[month.0] = Part::Month { digits: month.2 };
    parts[day.0] = Part::Day { digits: day.2 };
    Some(date)
}

/// Two digits are this century up to 40, and the last one after it: records are of people alive.
fn full_year((_, year, digits): Number) -> Option<i16> {
    match digits {
        4 => Some(year),
        2 if year <= 40 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1800..=2200).contains(&year) {
        return None;
    }
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// The longest run of one kind: digits, letters, or neither.
fn word(text: &str) -> &str {
    let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
    let first = text.chars().next().map(kind);
    let end = text.char_indices().find(|&(_, c)| Some(kind(c)) != first).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// A time of day identifies no day, so it stays as it is.
fn is_time(text: &str) -> bool {
    text.is_empty() || {
        let text = text.trim_start_matches([' ', 'T', ',', '\u{a0}']).trim_start_matches("at ");
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.contains(':')
            && text.len() <= 24
            && text.bytes().filter(u8::is_ascii_digit).count() <= 15
            && text.chars().all(|c| {
                c.is_ascii_digit()
                    || matches!(c, ':' | '.' | '+' | '-' | ' ' | 'Z' | 'z' | 'a' | 'p' | 'm' | 'A' | 'P' | 'M')
            })
    }
}

impl Letters {
    fn in_word(word: &str) -> Option<Self> {
        let mut letters = word.bytes();
        match (letters.next()?.is_ascii_uppercase(), word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())) {
            (true, true) => Some(Self::Capital),
            (false, true) => Some(Self::Lower),
            (true, false) => letters.all(|byte| byte.is_ascii_uppercase()).then_some(Self::Upper),
            (false, false) => None,
        }
    }

    fn of(self, word: &str) -> String {
        match self {
            Self::Lower => word.to_owned(),
            Self::Upper => word.to_ascii_uppercase(),
            Self::Capital => {
                let mut word = word.to_owned();
                word[..1].make_ascii_uppercase();
                word
            }
        }
    }
}

fn position(names: &[&str], word: &str) -> Option<usize> {
    names.iter().position(|name| *name == word || word.len() == 3 && name.starts_with(word))
}

fn ordinal(day: i8) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[track_caller]
    fn check(text: &str, day: Date, later: &str) {
        let written = read(text, Order::MonthFirst).expect("a full date");
        assert_eq!(written.day, day);
        assert_eq!(written.form.write(day), text[..written.bytes]);
        let next = day.checked_add(jiff::Span::new().days(12)).expect("in range");
        assert_eq!(written.form.write(next), later);
    }

    #[test]
    fn each_form_is_read_and_written_alike() {
        let day = date(2024, 3, 3);
        check("2024-03-03", day, "2024-03-15");
        check("3/3/2024", day, "3/15/2024");
        check("03/03/24", day, "03/15/24");
        check("20240303", day, "20240315");
        check("March 3, 2024", day, "March 15, 2024");
        check("Sunday, March 3rd, 2024", day, "Friday, March 15th, 2024");
        check("3 Mar 2024", day, "15 Mar 2024");
        check("03-MAR-2024", day, "15-MAR-2024");
        check("3rd of March 2024", day, "15th of March 2024");
        check("Mar. 3, 2024", day, "Mar. 15, 2024");
        check("2024-03-03T10:22:00Z", day, "2024-03-15");
        check("03/03/2024 10:22 AM", day, "03/15/2024");
        check("13/03/2024", date(2024, 3, 13), "25/03/2024");
        check("3.4.2024", date(2024, 4, 3), "15.4.2024");
    }

    #[test]
    fn what_is_no_single_full_date_is_not_read() {
        for text in [
            "March 2024",
            "3/3",
            "2024",
            "3/3/2024-3/5/2024",
            "13/13/2024",
            "2024-02-30",
            "03/2024",
            "Monday",
            "March 3",
            "",
            "3/3/2024 by Maria",
            "Monday, March 3, 2024",
        ] {
            assert_eq!(read(text, Order::MonthFirst), None, "{text}");
        }
    }
}
