//! Names in scripts that are written without capitals or without blanks, where a label or an address tells.

use super::page::Page;
use crate::entity::{EntityType, Finding, Role, Strength};
use crate::text::Span;

/// Adds the names that stand after labels and before forms of address of Chinese, Japanese and Korean.
pub(super) fn find(page: &Page<'_>, findings: &mut Vec<Finding>) {
    if page.text.is_ascii() {
        return;
    }
    for &(label, longest) in LABELS {
        for (at, _) in page.text.match_indices(label) {
            let after = &page.text[at + label.len()..];
            let value = after.trim_start_matches([':', '：', ' ', '\u{3000}', '\t', '=', '是', '为', '為', 'は']);
            if value.len() == after.len() {
                continue;
            }
            let len = letters(value, longest);
            let len = ADDRESSES
                .iter()
                .filter_map(|address| value[..len].find(address))
                .filter(|&at| at > 0)
                .min()
                .unwrap_or(len);
            push(page, page.text.len() - value.len(), len, "name.label", findings);
        }
    }
    for &address in ADDRESSES {
        for (at, _) in page.text.match_indices(address) {
            let before = &page.text[..at];
            let before = before.strip_suffix(' ').unwrap_or(before);
            let start = before
                .char_indices()
                .rev()
                .take(4)
                .take_while(|&(_, c)| is_ideograph(c) || is_katakana(c) || is_hangul(c))
                .last();
            if let Some((start, _)) = start {
                push(page, start, before.len() - start, "name.title", findings);
            }
        }
    }
}

fn push(page: &Page<'_>, start: usize, len: usize, rule: &'static str, findings: &mut Vec<Finding>) {
    let known = findings.iter().any(|finding| finding.span == Span::new(start, start + len));
    if !known && len > 0 && page.text[start..start + len].chars().nth(1).is_some() {
        findings.push(Finding {
            span: Span::new(start, start + len),
            entity: EntityType::Name,
            role: Role::Subject,
            strength: Strength::Likely,
            recognizer: rule.into(),
        });
    }
}

/// The length of the name at the start: letters of one of these scripts, in groups divided by one blank or a dot.
fn letters(value: &str, longest: usize) -> usize {
    // A blank divides a Japanese name after one or two characters; elsewhere it ends the name.
    let longest = if value.chars().nth(2) == Some(' ') || value.chars().nth(1) == Some(' ') {
        longest
    } else {
        value.find([' ', '\u{3000}']).map_or(longest, |blank| value[..blank].chars().count().min(longest))
    };
    let mut end = 0;
    let mut count = 0;
    for (at, c) in value.char_indices() {
        if is_ideograph(c) || is_kana(c) || is_hangul(c) {
            count += 1;
            if count > longest {
                break;
            }
            end = at + c.len_utf8();
        } else if !(matches!(c, '·' | '・' | ' ' | '\u{3000}') && end == at && count < longest) {
            break;
        }
    }
    end
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}')
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a0}'..='\u{30ff}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// Labels of forms, with the greatest length of the name that follows.
const LABELS: &[(&str, usize)] = &[
    ("姓名", 4),
    ("患者", 4),
    ("病人", 4),
    ("名字", 4),
    ("医生", 4),
    ("醫生", 4),
    ("主治医师", 4),
    ("联系人", 4),
    ("聯絡人", 4),
    ("氏名", 8),
    ("患者名", 8),
    ("名前", 8),
    ("担当医", 8),
    ("主治医", 8),
    ("환자", 5),
    ("이름", 5),
    ("성명", 5),
    ("환자명", 5),
    ("보호자", 5),
    ("담당의", 5),
];

/// What stands after a name.
const ADDRESSES: &[&str] = &["先生", "女士", "小姐", "医生", "醫生", "医师", "さん", "様", "先生様", "씨", "님"];
