//! Tables: separated by commas, semicolons, tabs or pipes, in Markdown, and in columns of fixed width.
//!
//! A table is known by its header: a line of short cells of which at least one names what identifies. Its columns are
//! read by their names, those with telling names by field, the others as prose under that name.

mod cells;
mod columns;

use super::Formats;
use super::sketch::Sketch;
use super::value::Value;
use crate::text::Span;
use cells::Layout;
use columns::Columns;

const RULE: &str = "table.column";

/// With so many digits a cell is no name of a column.
const DIGITS_MIN: usize = 5;

/// Acts on every table in a part of the text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let mut line = region.start;
    while line < region.end {
        let end = cells::line_end(text, line);
        line = match table(sketch, formats, Span::new(line, end), region.end) {
            Some(after) => after,
            None => cells::next_line(text, end),
        };
    }
}

/// Reads the table whose header may be this line; gives where it ends.
fn table(sketch: &mut Sketch, formats: &Formats, header: Span, limit: usize) -> Option<usize> {
    let text = &sketch.text()[..limit];
    let (layout, names) = Layout::of_header(text, header)?;
    let labels: Vec<&str> = names.iter().map(|cell| plain(cell.of(text))).collect();
    if !Columns::may_head(formats, &labels, layout) {
        return None;
    }
    let mut rows = Vec::new();
    let mut at = cells::next_line(text, header.end);
    let mut end = header.end;
    while at < limit {
        let mut row = layout.row(text, at, names.len());
        if row.rule {
            at = row.after;
            continue;
        }
        if row.cells.len() < 2 || row.cells.len() > names.len() + 2 {
            break;
        }
        end = row.end;
        if layout == Layout::Fixed && row.cells.len() < names.len() {
            row.cells = cells::below(text, &names, &row.cells, header.start, at);
        }
        at = row.after;
        rows.push(row.cells);
    }
    if rows.is_empty() {
        return None;
    }
    let columns = Columns::new(formats, text, &labels, &rows);
    for (name, label) in names.iter().zip(&labels) {
        // The header of a table without telling names is itself data.
        match columns.transposed {
            true => columns.cell(sketch, formats, *name, "", label),
            // A telephone number or an address is no name of a column.
            false if label.bytes().filter(u8::is_ascii_digit).count() >= DIGITS_MIN || label.contains('@') => {
                sketch.narrate(value(text, *name, layout), None);
            }
            false => sketch.keep(*name),
        }
    }
    for cells in &rows {
        let first = cells.first().map_or("", |cell| plain(cell.of(text)));
        for (number, &cell) in cells.iter().enumerate() {
            let label = labels.get(number).copied().unwrap_or_default();
            match columns.content(number) {
                _ if columns.transposed && number > 0 => columns.cell(sketch, formats, cell, first, label),
                Some(content) if columns::can_hold(cell.of(text), content) => {
                    sketch.value(value(text, cell, layout), content, Some(label), RULE);
                }
                _ => sketch.narrate(value(text, cell, layout), Some(label)),
            }
        }
    }
    Some(cells::next_line(text, end))
}

/// A cell as it reads: doubled quotes stand for one.
fn value(text: &str, cell: Span, layout: Layout) -> Value {
    match layout {
        Layout::Separated(_) => cells::unquoted(text, cell),
        _ => Value::Plain(cell),
    }
}

/// A cell without emphasis and quotes.
fn plain(cell: &str) -> &str {
    super::value::trimmed(cell).of(cell)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, marked};

    #[test]
    fn separated_values_with_quotes_and_line_ends() {
        check(
            "\u{feff}Patient Name;MRN;Geburtsdatum;PLZ;Drug name;Comment\r\n\"Novak; Eva\";77001;12.05.1934;19901;Metformin;\"Call \"\"Jan\"\"\nlater\"\r\nDoe, Jo;77002;1971-02-03;;Lantus;\r\n",
            "\u{feff}Patient Name;MRN;Geburtsdatum;PLZ;Drug name;Comment\r\n\"[NAME:Novak; Eva]\";[MRN:77001];[DATE:12.05.1934];[LOCATION:19901];Metformin;\"Call \"\"Jan\"\"\nlater\"\r\n[NAME:Doe, Jo];[MRN:77002];[DATE:1971-02-03];;Lantus;\r\n",
        );
        check(
            "id,first_name,k\n1,Eva,4.1\n2,Jo,3.9\n\nThanks",
            "id,first_name,k\n1,[NAME:Eva],4.1\n2,[NAME:Jo],3.9\n\nThanks",
        );
    }

    #[test]
    fn pipe_tables_and_their_rules() {
        check(
            "Here:\n| Patient Name | DOB | HbA1c |\n|---|:-:|---|\n| **Eva** Novak | 1934-05-12 | 8.1 |\nok",
            "Here:\n| Patient Name | DOB | HbA1c |\n|---|:-:|---|\n| **[NAME:Eva** Novak] | [DATE:1934-05-12] | 8.1 |\nok",
        );
        check(
            "| Field | Value |\n|---|---|\n| MRN | 77001 |\n| Patient name | Eva Novak |\n| K | 4.1 |",
            "| Field | Value |\n|---|---|\n| MRN | [MRN:77001] |\n| Patient name | [NAME:Eva Novak] |\n| K | 4.1 |",
        );
    }

    #[test]
    fn columns_of_fixed_width() {
        check(
            "PATIENT NAME     MRN      DOB         K\n-------------    -----    ----------  ---\nNovak, Eva       77001    05/12/1934  4.1\nDoe, Jo          77002                3.9\n",
            "PATIENT NAME     MRN      DOB         K\n-------------    -----    ----------  ---\n[NAME:Novak, Eva]       [MRN:77001]    [DATE:05/12/1934]  4.1\n[NAME:Doe, Jo]          [MRN:77002]                3.9\n",
        );
    }

    #[test]
    fn single_names_and_beds_beside_a_person() {
        check(
            "mrn,last,first,age\n88123,Oduya,Grace,93\n88124,Petty,Will,67\n",
            "mrn,last,first,age\n[MRN:88123],[NAME:Oduya],[NAME:Grace],[AGE_OVER_89:93]\n[MRN:88124],[NAME:Petty],[NAME:Will],67\n",
        );
        check(
            "Name          Age  Ward\nHatch         93   5B\nWinters       71   5B\n",
            "Name          Age  Ward\n[NAME:Hatch]         [AGE_OVER_89:93]   [LOCATION:5B]\n[NAME:Winters]       71   [LOCATION:5B]\n",
        );
    }

    #[test]
    fn prose_with_commas_is_no_table() {
        for text in [
            "Seen today, well.\nPlan, rest.\nName, rank.",
            "a,b\n1,2\n",
            "Dose: 5 mg, daily; with food.\nThen, 10 mg; nightly.",
            "Source: patient, bottles, pharmacy, daughter\nSeen at noon, tired, pale, thin",
        ] {
            assert_eq!(marked(text), text);
        }
    }
}
