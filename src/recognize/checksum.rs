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
        // The last ten digits, as where a century may go before.
        "luhn_10" => |value| luhn(&last(&digits(value), 10)),
        // The United Kingdom's NHS, CHI and H&C numbers.
        "uk_nhs" => |value| weighted(&digits(value), &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11),
        "nl_bsn" => |value| nl_bsn(&digits(value)),
        "mod_11_10" => |value| mod_11_10(&digits(value)),
        "es_dni" => es_dni,
        "be_niss" => |value| be_niss(&digits(value)),
        "fr_nir" => fr_nir,
        "pl_pesel" => |value| weighted(&digits(value), &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10),
        "br_cpf" => |value| br_cpf(&digits(value)),
        "br_cns" => |value| weighted(&digits(value), &[15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11),
        "verhoeff" => |value| verhoeff(&digits(value)),
        "tr_tckn" => |value| tr_tckn(&digits(value)),
        "ro_cnp" => |value| {
            check_digit(&digits(value), &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], |sum| {
                if sum % 11 == 10 { 1 } else { sum % 11 }
            })
        },
        "bg_egn" => |value| check_digit(&digits(value), &[2, 4, 8, 5, 10, 9, 7, 3, 6], |sum| sum % 11 % 10),
        "cz_rc" => |value| cz_rc(&digits(value)),
        "no_fnr" => |value| no_fnr(&digits(value)),
        "hu_taj" => |value| check_digit(&digits(value), &[3, 7, 3, 7, 3, 7, 3, 7], |sum| sum % 10),
        "au_medicare" => |value| check_digit(&first(&digits(value), 9), &[1, 3, 7, 9, 1, 3, 7, 9], |sum| sum % 10),
        "de_kvnr" => de_kvnr,
        "ie_ppsn" => ie_ppsn,
        "cl_run" => cl_run,
        "ar_cuil" => |value| check_digit(&digits(value), &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], |sum| (11 - sum % 11) % 11),
        "th_pin" => {
            |value| check_digit(&digits(value), &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2], |sum| (11 - sum % 11) % 10)
        }
        "kr_rrn" => {
            |value| check_digit(&digits(value), &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], |sum| (11 - sum % 11) % 10)
        }
        "yu_emso" => {
            |value| check_digit(&digits(value), &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], |sum| (11 - sum % 11) % 11)
        }
        "is_kt" => {
            |value| check_digit(&first(&digits(value), 9), &[3, 2, 7, 6, 5, 4, 3, 2], |sum| (11 - sum % 11) % 11)
        }
        "date_dmy" => |value| date_dmy(&digits(value)),
        "date_ymd" => |value| date_ymd(&digits(value)),
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
    digits.len() > 1 && sum.is_multiple_of(10)
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

fn first(digits: &[u32], count: usize) -> Vec<u32> {
    digits[..count.min(digits.len())].to_vec()
}

fn last(digits: &[u32], count: usize) -> Vec<u32> {
    digits[digits.len().saturating_sub(count)..].to_vec()
}

/// Whether the digit after the weighted ones is what `check` makes of their sum.
fn check_digit(digits: &[u32], weights: &[u32], check: impl Fn(u32) -> u32) -> bool {
    digits.len() == weights.len() + 1
        && check(digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()) == digits[weights.len()]
}

/// The Dutch eleven test: the last digit counts negatively.
fn nl_bsn(d: &[u32]) -> bool {
    let padded: Vec<u32> = std::iter::repeat_n(0, 9usize.saturating_sub(d.len())).chain(d.iter().copied()).collect();
    matches!(d.len(), 8 | 9) && check_digit(&padded, &[9, 8, 7, 6, 5, 4, 3, 2], |sum| sum % 11)
}

/// ISO/IEC 7064 MOD 11,10.
fn mod_11_10(d: &[u32]) -> bool {
    let Some((&check, body)) = d.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    d.len() == 11 && (11 - product) % 10 == check
}

/// DNI and NIE of Spain: the letter is the number modulo 23; X, Y and Z stand for 0, 1 and 2.
fn es_dni(value: &str) -> bool {
    let compact: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let Some((letter, number)) =
        compact.split_at_checked(compact.len().saturating_sub(1)).map(|(number, letter)| (letter, number))
    else {
        return false;
    };
    let number = number.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1);
    let number: Option<usize> = number.parse().ok();
    number.is_some_and(|number| "TRWAGMYFPDXBNJZSQVHLCKE".get(number % 23..number % 23 + 1) == Some(letter))
}

/// Belgium: 97 less the number modulo 97; a 2 goes before for those born from 2000.
fn be_niss(d: &[u32]) -> bool {
    let number = |part: &[u32]| part.iter().fold(0u64, |sum, &digit| sum * 10 + u64::from(digit));
    if d.len() != 11 {
        return false;
    }
    let (body, check) = (number(&d[..9]), number(&d[9..]));
    97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check
}

/// France: 97 less the number modulo 97, with 2A and 2B of Corsica as 19 and 18.
fn fr_nir(value: &str) -> bool {
    let compact: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = compact.replacen("2A", "19", 1).replacen("2B", "18", 1);
    let (body, check) = digits.split_at(digits.len().min(13));
    let (body, check): (Option<u64>, Option<u64>) = (body.parse().ok(), check.parse().ok());
    digits.len() == 15 && body.zip(check).is_some_and(|(body, check)| 97 - body % 97 == check)
}

fn br_cpf(d: &[u32]) -> bool {
    let rule = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    d.len() == 11
        && d.iter().any(|digit| *digit != d[0])
        && check_digit(&d[..10], &[10, 9, 8, 7, 6, 5, 4, 3, 2], rule)
        && check_digit(d, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], rule)
}

/// Verhoeff's scheme, by the dihedral group of order ten.
fn verhoeff(d: &[u32]) -> bool {
    const P: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a + 5 - 5 - b % 5 + 5) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permuted = |digit: u32, turns: usize| (0..turns % 8).fold(digit, |digit, _| P[digit as usize]);
    d.len() > 1 && d.iter().rev().enumerate().fold(0, |check, (at, &digit)| times(check, permuted(digit, at))) == 0
}

fn tr_tckn(d: &[u32]) -> bool {
    if d.len() != 11 {
        return false;
    }
    let (odd, even) = (d[0] + d[2] + d[4] + d[6] + d[8], d[1] + d[3] + d[5] + d[7]);
    (7 * odd + 10 * 9 - even) % 10 == d[9] && d[..10].iter().sum::<u32>() % 10 == d[10]
}

/// Czechia and Slovakia: divisible by 11 since 1954; a rest of 10 was written as 0.
fn cz_rc(d: &[u32]) -> bool {
    let number = |part: &[u32]| part.iter().fold(0u64, |sum, &digit| sum * 10 + u64::from(digit));
    let month = |d: &[u32]| matches!(number(&d[2..4]), 1..=12 | 21..=32 | 51..=62 | 71..=82);
    match d.len() {
        9 => month(d),
        10 => month(d) && (number(d) % 11 == 0 || number(&d[..9]) % 11 == 10 && d[9] == 0),
        _ => false,
    }
}

fn no_fnr(d: &[u32]) -> bool {
    let rule = |sum: u32| (11 - sum % 11) % 11;
    d.len() == 11
        && check_digit(&d[..10], &[3, 7, 6, 1, 8, 9, 4, 5, 2], rule)
        && check_digit(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], rule)
}

/// Germany's health insurance number: the letter counts as two digits, weights 1 and 2, sums of digits.
fn de_kvnr(value: &str) -> bool {
    let Some(letter) = value.bytes().next().filter(u8::is_ascii_uppercase) else { return false };
    let number = u32::from(letter - b'A') + 1;
    let mut d = vec![number / 10, number % 10];
    d.extend(digits(value));
    let Some((&check, body)) = d.split_last() else { return false };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(at, digit)| digit * (1 + at as u32 % 2))
        .map(|product| product / 10 + product % 10)
        .sum();
    d.len() == 11 && sum % 10 == check
}

fn ie_ppsn(value: &str) -> bool {
    let d = digits(value);
    let letters: Vec<u32> =
        value.bytes().filter(u8::is_ascii_uppercase).map(|byte| u32::from(byte - b'A') + 1).collect();
    let sum: u32 = d.iter().zip([8, 7, 6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
    let second = letters.get(1).map_or(0, |&letter| if letter == 23 { 0 } else { letter });
    d.len() == 7 && letters.first().is_some_and(|&check| (sum + 9 * second) % 23 == check % 23)
}

fn cl_run(value: &str) -> bool {
    let compact: String = value.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let (body, check) = compact.split_at(compact.len().saturating_sub(1));
    let sum: u32 = digits(body).iter().rev().zip((2..=7).cycle()).map(|(digit, weight)| digit * weight).sum();
    let wanted = match (11 - sum % 11) % 11 {
        10 => "K".to_owned(),
        digit => digit.to_string(),
    };
    body.len() >= 7 && check == wanted
}

/// Numbers that start with a day, month and year, with no further check.
fn date_dmy(d: &[u32]) -> bool {
    d.len() >= 6 && (1..=31).contains(&(d[0] * 10 + d[1])) && (1..=12).contains(&(d[2] * 10 + d[3]))
}

/// Numbers that start with a year, month and day, with no further check.
fn date_ymd(d: &[u32]) -> bool {
    d.len() >= 6 && (1..=12).contains(&(d[2] * 10 + d[3])) && (1..=31).contains(&(d[4] * 10 + d[5]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_numbers_pass_and_others_do_not() {
        let cases = [
            ("luhn", "4111 1111 1111 1111", "4111 1111 1111 1112"),
            ("us_npi", "1245319599", "1245319598"),
            ("us_dea", "AB1234563", "AB1234560"),
            ("us_aba", "021000021", "021000022"),
            ("vin", "1HGCM82633A004352", "1HGCM82633A004353"),
            ("iban", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
            ("uk_nhs", "943 476 5919", "943 476 5918"),
            ("nl_bsn", "123456782", "123456783"),
            ("mod_11_10", "86095742719", "86095742718"),
            ("es_dni", "12345678Z", "12345678A"),
            ("be_niss", "85.07.30-033 28", "85.07.30-033 29"),
            ("fr_nir", "2 95 10 99 126 111 93", "2 95 10 99 126 111 94"),
            ("pl_pesel", "44051401359", "44051401358"),
            ("br_cpf", "390.533.447-05", "390.533.447-06"),
            ("verhoeff", "2341 2341 2346", "2341 2341 2347"),
            ("tr_tckn", "10000000146", "10000000147"),
            ("ro_cnp", "1630615123457", "1630615123458"),
            ("bg_egn", "7523169263", "7523169264"),
            ("cz_rc", "710319/2745", "710319/2746"),
            ("no_fnr", "15108695088", "15108695089"),
            ("de_kvnr", "A123456780", "A123456781"),
            ("ie_ppsn", "1234567T", "1234567U"),
            ("cl_run", "12.531.909-2", "12.531.909-3"),
            ("ar_cuil", "20-05536168-2", "20-05536168-3"),
        ];
        for (name, valid, invalid) in cases {
            let checksum = named(name).expect("a known name");
            assert!(checksum(valid), "{name} {valid}");
            assert!(!checksum(invalid), "{name} {invalid}");
        }
    }
}
