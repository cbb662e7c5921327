//! Names with their values in running text: form lines (`DOB: 3/4/1971`), log fields and arguments (`user=jo`), and
//! conditions and lists of SQL (in `insert`). They add findings; the text around stays prose.

use super::Formats;
use super::content::Content;
use super::insert;
use super::label::Meaning;
use super::sketch::Sketch;
use super::value::{self, Value};
use crate::entity::EntityType;
use crate::text::Span;
use memchr::{memchr2_iter, memchr3};

const RULE: &str = "pair";

/// Acts on the pairs in a part of the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = sketch.text();
    let mut after = region.start;
    for at in memchr2_iter(b':', b'=', region.of(text).as_bytes()).map(|at| region.start + at) {
        // Within the value of the pair before.
        if at < after {
            continue;
        }
        let explicit = text.as_bytes()[at] == b'=';
        let Some(name) = name_before(text, region.start.max(after), at) else { continue };
        let glued = explicit && !text[..at].ends_with(' ') && !text[at + 1..].starts_with(' ');
        let counts = |meaning: &Meaning| !meaning.vague || meaning.assigned && glued;
        let Some(meaning) = formats.labels.meaning(name.of(text)).filter(counts) else { continue };
        let from = at + 1;
        let found = quoted(text, from, region.end).or_else(|| match explicit {
            true => word(text, from, region.end),
            false => form_value(text, name, meaning.content, from, region.end),
        });
        if let Some(found) = found.filter(|found| fits(found.of(text), meaning.content, explicit)) {
            sketch.value(Value::Plain(found), meaning.content, None, RULE);
            after = found.end;
        }
    }
    insert::lists(sketch, formats, region);
}

/// The name that ends before the colon or equals sign at `at`: up to five words at the start of a line or after a
/// mark, white space of two, or another pair.
fn name_before(text: &str, from: usize, at: usize) -> Option<Span> {
    const LONGEST: usize = 48;
    let mut start = from.max(at.saturating_sub(LONGEST));
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let before = &text[start..at];
    let trimmed = before.trim_end_matches([' ', '"', '\'', '*', '_', '`', '\\']);
    let is_break = |c: char| {
        matches!(
            c,
            '\n' | '\r'
                | '\t'
                | ';'
                | ','
                | '|'
                | '{'
                | '}'
                | '<'
                | '>'
                | '&'
                | '?'
                | '='
                | ':'
                | '"'
                | '\''
                | '`'
                | '•'
                | '–'
        )
    };
    let cut =
        trimmed.rfind(is_break).map_or(0, |found| found + trimmed[found..].chars().next().map_or(1, char::len_utf8));
    let name = &trimmed[cut..];
    let name = name.rsplit("  ").next().unwrap_or(name);
    let name = name
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '#' | '-' | '(' | '[' | '.' | '_'))
        .trim_end_matches([')', ']']);
    // After an equals sign, or in a log line, only the last word is the name.
    let name = if text.as_bytes()[at] == b'=' { name.rsplit([' ', '(']).next().unwrap_or(name) } else { name };
    let offset = name.as_ptr() as usize - text.as_ptr() as usize;
    (name.len() >= 2 && name.split_whitespace().count() <= 5 && name.chars().any(char::is_alphabetic))
        .then(|| Span::new(offset, offset + name.len()))
}

/// What stands in quotes right after `from`.
fn quoted(text: &str, from: usize, limit: usize) -> Option<Span> {
    let start = from + text[from..limit].len() - text[from..limit].trim_start_matches([' ', '=', '>', '~', '*']).len();
    let quote = text[start..limit].bytes().next().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let rest = &text.as_bytes()[start + 1..limit.min(start + 400)];
    let length = memchr3(quote, b'\n', b'\r', rest).filter(|&length| rest[length] == quote)?;
    Some(Span::new(start + 1, start + 1 + length))
}

/// The word right after `from`.
fn word(text: &str, from: usize, limit: usize) -> Option<Span> {
    let start = from + text[from..limit].len() - text[from..limit].trim_start_matches([' ', '=']).len();
    let rest = &text[start..limit];
    let length = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&' | ')' | ']' | '}' | '"' | '\'' | '|' | '<'))
        .unwrap_or(rest.len());
    (0 < length && length <= 120).then(|| Span::new(start, start + length))
}

/// The value of a form line, as far as it looks like what the name says. Prose after a colon is left alone.
fn form_value(text: &str, name: Span, content: Content, from: usize, limit: usize) -> Option<Span> {
    const LONGEST: usize = 160;
    let start = from + text[from..limit].len() - text[from..limit].trim_start_matches([' ', '\t', '*', '#', '_']).len();
    let mut end = limit.min(start + LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = &text[start..end];
    let line = &line
        [..line.find(['\n', '\r', '\t', '|', ';', '<']).into_iter().chain(line.find("  ")).min().unwrap_or(line.len())];
    let length = match content {
        Content::Name(_) => person(line, says_name(name.of(text))),
        Content::Id(EntityType::Location, _) => place(line),
        Content::Id(EntityType::Hospital | EntityType::Org, _) => organisation(line, name.of(text)),
        Content::Id(EntityType::Phone | EntityType::Fax, _) => {
            let length = line
                .find(|c: char| {
                    !(c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-' | '.' | '+' | 'x' | '#' | '*'))
                })
                .unwrap_or(line.len());
            line[..length].trim_end_matches([' ', '.', '-', '(']).len()
        }
        Content::Id(EntityType::Email | EntityType::Url | EntityType::Photo | EntityType::Biometric, _) => 0,
        Content::Id(..) => line
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '/' | '#' | '.' | '_')))
            .unwrap_or(line.len()),
        _ => 0,
    };
    let found = line[..length].trim_end_matches(['.', '-', '/', ',', ' ']);
    (!found.is_empty()).then(|| Span::new(start, start + found.len()))
}

/// Whether a name says that a name follows, and not only who is meant.
fn says_name(name: &str) -> bool {
    let name = name.to_lowercase();
    ["name", "nombre", "apellido", "nom", "nome", "naam"].iter().any(|word| name.contains(word))
}

/// How much of a line is a person's name: words that start with a capital, initials, commas between.
fn person(line: &str, sure: bool) -> usize {
    let (mut end, mut words, mut at) = (0, 0, 0);
    for part in line.split(' ') {
        let word = part.trim_matches(|c: char| matches!(c, ',' | '.' | '"' | '(' | ')'));
        let title =
            matches!(word, "Dr" | "Mr" | "Mrs" | "Ms" | "Miss" | "Prof" | "MD" | "DO" | "RN" | "NP" | "PA" | "PhD");
        let is_name = !word.is_empty()
            && word.starts_with(char::is_uppercase)
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.'));
        let particle =
            matches!(word, "de" | "la" | "van" | "von" | "der" | "den" | "del" | "di" | "da" | "el" | "al" | "bin");
        if !(is_name || particle && words > 0) || words >= 5 {
            break;
        }
        at += part.len() + 1;
        if title && words == 0 {
            continue;
        }
        if title {
            break;
        }
        words += 1;
        end = at - 1;
        if part.ends_with('.') && word.chars().count() > 3 || part.ends_with([')', '"']) {
            break;
        }
    }
    // One word may be anything, unless the name says so and nothing but it stands there.
    let alone = words == 1 && sure && line.trim_end().len() <= end + 1;
    let lower = words == 0
        && sure
        && (1..=3).contains(&line.split_whitespace().count())
        && line.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.' | ','));
    match (words >= 2 || alone, lower) {
        (true, _) => end,
        (_, true) => line.trim_end().len(),
        _ => 0,
    }
}

/// An address or its part, up to the end of the line: a number, or words with capitals.
fn place(line: &str) -> usize {
    let line = line.trim_end();
    let telling = line.bytes().any(|byte| byte.is_ascii_digit())
        || line.split(' ').all(|word| word.starts_with(char::is_uppercase));
    if telling && line.len() <= 100 && !line.contains(". ") { line.len() } else { 0 }
}

/// An employer or facility: words with capitals to the end of the line.
fn organisation(line: &str, name: &str) -> usize {
    let line = line.trim_end().trim_end_matches('.');
    let name = name.to_lowercase();
    let asked = [
        "employer",
        "school",
        "facility",
        "hospital",
        "clinic",
        "pharmacy",
        "works at",
        "practice",
        "klinik",
        "krankenhaus",
    ]
    .iter()
    .any(|word| name.contains(word));
    let capitals = line.split(' ').filter(|word| word.starts_with(char::is_uppercase)).count();
    if asked && line.len() <= 60 && capitals * 2 > line.split(' ').count() && line.len() > 3 { line.len() } else { 0 }
}

/// Whether a value can be what its name says. After an equals sign a name without digits may be an identifier too.
pub(super) fn fits(value: &str, content: Content, explicit: bool) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    match content {
        Content::Keep
        | Content::Code
        | Content::Number
        | Content::Scan
        | Content::Narrative
        | Content::Opaque
        | Content::Unknown => false,
        Content::Date | Content::Birth => digits >= 3 && value.len() <= 30,
        Content::Age => digits > 0,
        Content::Name(_) => {
            value.len() <= 60 && value.chars().any(char::is_alphabetic) && !value.contains(['(', '{', '$', '%'])
        }
        Content::Id(EntityType::Location | EntityType::Hospital | EntityType::Org | EntityType::Url, _)
        | Content::Telecom => value.len() >= 2,
        Content::Id(EntityType::Email, _) => value.contains('@'),
        Content::Id(EntityType::Ip, _) => digits >= 2 && value.contains(['.', ':']),
        Content::Id(..) => (digits >= 2 || explicit && value.len() >= 4) && !value::is_absent(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn form_lines() {
        check(
            "Patient Name: Eva Novak\nMRN: 77-001\nRoom: 412B\nPhone: x5512",
            "Patient Name: [NAME:Eva Novak]\nMRN: [MRN:77-001]\nRoom: [LOCATION:412B]\nPhone: [PHONE:x5512]",
        );
        check("**Name:** Novak, Eva   **MRN:** 77001", "**Name:** Novak, Eva   **MRN:** [MRN:77001]");
        check("Attending: Dr. Jo Lind MD. Seen", "Attending: Dr. [NAME:Jo Lind] MD. Seen");
        check("Employer: Brook Mills Ltd", "Employer: [ORG:Brook Mills Ltd]");
    }

    #[test]
    fn prose_after_a_colon_is_left_alone() {
        for text in [
            "Patient: presents with cough",
            "PCP: none",
            "MRN: pending",
            "Mother: Healthy",
            "History: Eva Novak",
            "State: Ohio",
            "Time: 10:30",
            "Assessment: Stable",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn logs_arguments_and_conditions() {
        check(
            "INFO user_name=\"Eva Novak\" mrn=77001 ms=12",
            "INFO user_name=\"[OTHER_ID:Eva Novak]\" mrn=[MRN:77001] ms=12",
        );
        check(
            "SELECT k FROM p WHERE last_name = 'Novak' AND mrn='77001';",
            "SELECT k FROM p WHERE last_name = '[NAME:Novak]' AND mrn='[MRN:77001]';",
        );
        check("GET /p?patientId=77001&dob=1971-02-03&k=1", "GET /p?patientId=[MRN:77001]&dob=[DATE:1971-02-03]&k=1");
        check("Patient(first_name=\"Eva\", dose=5)", "Patient(first_name=\"[NAME:Eva]\", dose=5)");
    }

    #[test]
    fn short_names_count_before_an_equals_sign() {
        check(
            "smp=05021 cont=K880B tech=lab_0077 temp=36.6\nTech: 30 kV, cont: 40 mg",
            "smp=[OTHER_ID:05021] cont=[OTHER_ID:K880B] tech=[OTHER_ID:lab_0077] temp=36.6\nTech: 30 kV, cont: 40 mg",
        );
    }
}
