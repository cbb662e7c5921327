//! The page that the demo prints: two columns, then the record and the verdict.

use super::Told;
use crate::audit::verify::Verified;
use serde_json::Value;
use std::fmt::Write as _;

/// Width of one column; two and their gap fit an ordinary terminal.
const COLUMN: usize = 56;

pub fn render(told: &Told, records: &[Value], verdict: &Verified) -> String {
    let mut page = String::new();
    columns(&mut page, "THE CLIENT SENT", &told.sent, "THE PROVIDER RECEIVED", &told.received);
    columns(&mut page, "THE PROVIDER ANSWERED", &told.answered, "THE CLIENT GOT BACK", &told.returned);
    let headers: Vec<_> = told.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    section(&mut page, "HEADERS OF THE REPLY", &headers.join("\n"));
    let lines: Vec<_> = records.iter().map(record).collect();
    section(&mut page, "AUDIT RECORDS (the intent was on disk before the first byte left)", &lines.join("\n"));
    let verdict = format!(
        "YES {}: {} records lead to the signed root {}",
        verdict.checkpoint.origin,
        verdict.checkpoint.size,
        data_encoding::BASE64.encode(&verdict.checkpoint.root)
    );
    section(&mut page, "CORDON AUDIT VERIFY", &verdict);
    page
}

fn record(record: &Value) -> String {
    let text = |key: &str| record[key].as_str().unwrap_or("-").to_owned();
    let counts = record["counts"]
        .as_object()
        .map_or(String::new(), |counts| counts.iter().map(|(letter, count)| format!(" {letter}:{count}")).collect());
    let destination = record["dest"]["id"].as_str().unwrap_or("-");
    let mut line = format!("{:>3}  {:14} {:15} to {destination}", record["seq"], text("type"), text("decision"));
    if !counts.is_empty() {
        line.push_str(" found");
        line.push_str(&counts);
    }
    for key in ["status", "restored", "out_commit"] {
        match &record[key] {
            Value::Null => {}
            Value::String(value) => line.push_str(&format!(" {key} {}…", &value[..value.len().min(19)])),
            value => line.push_str(&format!(" {key} {value}")),
        }
    }
    line
}

fn section(page: &mut String, title: &str, text: &str) {
    writeln!(page, "\n{title}\n{text}").expect("a string can be written");
}

fn columns(page: &mut String, left_title: &str, left: &str, right_title: &str, right: &str) {
    writeln!(page, "\n{left_title:COLUMN$}   {right_title}").expect("a string can be written");
    let (left, right) = (wrap(left), wrap(right));
    for row in 0..left.len().max(right.len()) {
        let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
        let line = format!("{:COLUMN$} | {}", cell(&left), cell(&right));
        writeln!(page, "{}", line.trim_end()).expect("a string can be written");
    }
}

/// The text in lines of at most a column, broken at spaces where there are any.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > COLUMN {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            while line.chars().count() > COLUMN {
                let at = line.char_indices().nth(COLUMN).map_or(line.len(), |(at, _)| at);
                let rest = line.split_off(at);
                lines.push(std::mem::replace(&mut line, rest));
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_its_column_and_no_word_is_lost() {
        let text = format!("a {} b\n\nc", "x".repeat(3 * COLUMN));
        let lines = wrap(&text);
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMN));
        assert_eq!(lines.concat().matches('x').count(), 3 * COLUMN);
    }
}
