//! The lists of an SQL insert: names of columns in one, values in the others.

use super::Formats;
use super::content::Content;
use super::label::Meaning;
use super::pair::fits;
use super::sketch::Sketch;
use super::value::Value;
use crate::text::Span;
use memchr::memchr2_iter;

/// `INSERT INTO t (last_name, mrn) VALUES ('Novak', 77001)`: names in one list, values in the others.
pub(super) fn lists(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = sketch.text();
    let lower =
        |at: usize, word: &str| text.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let bytes = text.as_bytes();
    for start in memchr2_iter(b'V', b'v', region.of(text).as_bytes()).map(|at| region.start + at) {
        if !lower(start, "values") {
            continue;
        }
        let before = text[region.start..start].trim_end();
        let Some(open) = before.strip_suffix(')').and_then(|names| names.rfind('(')).map(|at| region.start + at) else {
            continue;
        };
        if start - open > 4000 {
            continue;
        }
        let names: Vec<&str> = text[open + 1..region.start + before.len() - 1]
            .split(',')
            .map(|name| name.trim().trim_matches(['"', '`', '[', ']', '\'']))
            .collect();
        let meanings: Vec<Option<Meaning>> = names.iter().map(|name| formats.labels.meaning(name)).collect();
        // Beside a column that identifies, a vague `id` does too.
        let telling = meanings.iter().flatten().any(|meaning| {
            !meaning.vague && matches!(meaning.content, Content::Name(_) | Content::Birth | Content::Id(..))
        });
        let contents: Vec<Option<Content>> = meanings
            .into_iter()
            .map(|meaning| meaning.filter(|meaning| !meaning.vague || telling).map(|meaning| meaning.content))
            .collect();
        let mut at = start + 6;
        while at < region.end {
            at += text[at..region.end].len()
                - text[at..region.end].trim_start_matches([' ', '\n', '\r', '\t', ',']).len();
            if bytes.get(at) != Some(&b'(') || at >= region.end {
                break;
            }
            let (items, end) = row(text, at + 1, region.end);
            for (item, content) in items.into_iter().zip(&contents) {
                if let Some(content) = content.filter(|&content| fits(item.of(text), content, true)) {
                    sketch.value(Value::Plain(item), content, None, "sql.column");
                }
            }
            at = end;
        }
    }
}

/// The items of a list in brackets that starts at `at`, without their quotes, and where it ends.
fn row(text: &str, mut at: usize, limit: usize) -> (Vec<Span>, usize) {
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let mut start = at;
    while at < limit {
        match bytes[at] {
            quote @ (b'\'' | b'"') => {
                let open = at + 1;
                at = open;
                // A doubled quote is content.
                while at < limit && (bytes[at] != quote || bytes.get(at + 1) == Some(&quote)) {
                    at += if bytes[at] == quote { 2 } else { 1 };
                }
                at = at.min(limit);
                items.push(Span::new(open, at));
                at += 1;
                while at < limit && !matches!(bytes[at], b',' | b')') {
                    at += 1;
                }
                start = at + 1;
                if bytes.get(at) == Some(&b')') {
                    return (items, at + 1);
                }
                at += 1;
            }
            byte @ (b',' | b')') => {
                items.push(Span::new(start, at));
                at += 1;
                start = at;
                if byte == b')' {
                    return (items, at);
                }
            }
            b' ' if at == start => {
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    (items, limit)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn columns_and_values_of_an_insert() {
        check(
            "INSERT INTO p (last_name, mrn, k) VALUES ('O''Dea', 77001, 4.1), ('Lind', 77002, 3);",
            "INSERT INTO p (last_name, mrn, k) VALUES ('[NAME:O''Dea]', [MRN:77001], 4.1), ('[NAME:Lind]', [MRN:77002], 3);",
        );
        check(
            "INSERT INTO p (id, last_name) VALUES (4417, 'Lind'); INSERT INTO dose (id, mg) VALUES (4417, 50);",
            "INSERT INTO p (id, last_name) VALUES ([OTHER_ID:4417], '[NAME:Lind]'); INSERT INTO dose (id, mg) VALUES (4417, 50);",
        );
    }
}
