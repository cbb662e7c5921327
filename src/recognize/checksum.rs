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
        "us_npi" => |value| luhn(&[&[8, 0, 8, 4, 0], digits(value).as_slice()].concat()),
        "us_dea" => us_dea,
        "us_aba" => |value| weighted(&digits(value), &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10),
        "vin" => vin,
        "iban" => iban,
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

/// Whether the digits, each times its weight, sum to a multiple of `modulus`.
fn weighted(digits: &[u32], weights: &[u32], modulus: u32) -> bool {
    digits.len() == weights.len()
        && digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % modulus == 0
}

fn us_dea(value: &str) -> bool {
    let d = digits(value);
    d.len() == 7 && (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]
}

/// 49 CFR 565.15: transliterated characters by weight, modulo 11, at the ninth place.
fn vin(value: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let worth = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'R' => u32::from(byte - b'J') + 1,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => 0,
    };
    let bytes = value.as_bytes();
    let mut kinds = [false; 2];
    for byte in bytes {
        kinds[usize::from(byte.is_ascii_alphabetic())] = true;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(&byte, weight)| worth(byte) * weight).sum();
    let check = if bytes.get(8) == Some(&b'X') { 10 } else { bytes.get(8).map_or(11, |&byte| worth(byte)) };
    bytes.len() == 17 && kinds == [true, true] && sum % 11 == check
}

/// ISO 13616: letters count from 10, the first four characters go last, modulo 97.
fn iban(value: &str) -> bool {
    let compact: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    (15..=34).contains(&compact.len()) && mod_97(compact[4..].iter().chain(&compact[..4]).copied()) == 1
}

fn mod_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, byte| {
        let worth = char::from(byte).to_digit(36).unwrap_or(0);
        (if worth < 10 { rest * 10 + worth } else { rest * 100 + worth }) % 97
    })
}
