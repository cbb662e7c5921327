//! Numbers as they are meant: `48392017.0`, `4.8392017e7` and `0.48392017E+8` are the number that `48392017` is.

use super::lift::{Handling, Leaf, LeafId};
use std::collections::HashMap;

/// The numbers of a document that are written in another way than as the whole number that they are.
pub(super) fn wholes(leaves: &[Leaf]) -> HashMap<LeafId, String> {
    let numbers = leaves.iter().enumerate().filter(|(_, leaf)| matches!(leaf.handling, Handling::Number));
    numbers.filter_map(|(id, leaf)| Some((id, whole(&leaf.text)?))).collect()
}

/// The whole number that a lexeme with a fraction or an exponent stands for. Where it stands for none, the digits
/// before its exponent.
pub(super) fn whole(lexeme: &str) -> Option<String> {
    let (mantissa, exponent) = match lexeme.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(i64::MAX)),
        None if lexeme.contains('.') => (lexeme, 0),
        None => return None,
    };
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{before}{after}");
    let point = i64::try_from(before.len()).ok()?.checked_add(exponent).filter(|point| (1..=MOST).contains(point));
    let point = point.and_then(|point| usize::try_from(point).ok());
    match point {
        Some(point) if all.bytes().skip(point).all(|byte| byte == b'0') => {
            let digits = format!("{all:0<point$}");
            let digits = digits[..point].trim_start_matches('0');
            Some(format!("{sign}{}", if digits.is_empty() { "0" } else { digits }))
        }
        _ => Some(mantissa.to_owned()),
    }
}

/// More digits are not a number of anything.
const MOST: i64 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_one_that_is_meant() {
        for written in ["48392017.0", "4.8392017e7", "0.48392017E+8", "483920170e-1", "4839201700e-2", "48392017e0"] {
            assert_eq!(whole(written).as_deref(), Some("48392017"), "{written}");
        }
        for (written, meant) in [("-1.5e1", "-15"), ("0.0", "0"), ("1.25", "1.25"), ("3e-7", "3"), ("2e999999", "2")] {
            assert_eq!(whole(written).as_deref(), Some(meant), "{written}");
        }
        assert_eq!(whole("48392017"), None);
    }
}
