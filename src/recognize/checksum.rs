//! Check digits of identifiers, by the names that rules use.
//!
//! A checksum raises confidence in a shape; it never vetoes a value that its label announces.

/// Whether a value, with its separators, passes.
pub type Checksum = fn(&str) -> bool;

/// The checksum that rules call by this name.
pub fn named(name: &str) -> Option<Checksum> {
    Some(match name {
        "luhn" => |value| luhn(&digits(value)),
        "us_ssn" => us_ssn,
        _ => return None,
    })
}

fn digits(value: &str) -> Vec<u32> {
    value.bytes().filter(u8::is_ascii_digit).map(|byte| u32::from(byte - b'0')).collect()
}

/// ISO/IEC 7812-1, the last digit being the check digit.
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    digits.len() > 1 && sum % 10 == 0
}

/// No check digit; area 000, 666 and 9xx, group 00 and serial 0000 are not issued.
fn us_ssn(value: &str) -> bool {
    let d = digits(value);
    let number = |part: &[u32]| part.iter().fold(0, |sum, digit| sum * 10 + digit);
    d.len() == 9 && !matches!(number(&d[..3]), 0 | 666 | 900..) && number(&d[3..5]) != 0 && number(&d[5..]) != 0
}
