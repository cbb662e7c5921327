//! Values that stand for what was removed: valid for their VR, and dates moved in time.

use dicom_core::VR;
use jiff::ToSpan as _;
use jiff::civil::Date;

/// A value of non-zero length that says nothing, PS3.15 E.1.1 code D: never part of the original, and nothing that
/// `identifies` elsewhere in the object.
pub fn dummy(vr: VR, original: &[u8], identifies: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let contains = |word: &[u8]| original.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    let words = words(vr);
    let free = words.iter().find(|word| !contains(word) && !identifies(word));
    free.unwrap_or(&words[0]).to_vec()
}

fn words(vr: VR) -> [&'static [u8]; 3] {
    use VR::*;
    match vr {
        AS => [b"000Y", b"000D", b"000M"],
        DA => [b"19000101", b"19000102", b"19000103"],
        DT => [b"19000101000000", b"19000102000000", b"19000103000000"],
        TM => [b"000000", b"000001", b"000002"],
        DS | IS => [b"0", b"1", b"2"],
        UR => [b"urn:none", b"urn:void", b"urn:nil"],
        AT | FL | OF | OL | SL | UL => [&[0; 4], &[1, 0, 0, 0], &[2, 0, 0, 0]],
        FD | OD | OV | SV | UV => [&[0; 8], &[0; 8], &[0; 8]],
        OB | OW | SS | UN | US | SQ => [&[0; 2], &[1, 0], &[2, 0]],
        AE | CS | LO | LT | PN | SH | ST | UC | UT | UI => [b"NONE", b"VOID", b"EMPTY"],
    }
}

/// A date, time or both, moved by whole days; several values are separated by backslashes.
///
/// A time keeps its hour, minute and second: their fractions are dropped. What is no valid date is not returned.
pub fn shifted(vr: VR, value: &str, days: i32) -> Option<String> {
    let moved: Option<Vec<String>> = value.split('\\').map(|one| shift_one(vr, one.trim(), days)).collect();
    Some(moved?.join("\\"))
}

fn shift_one(vr: VR, value: &str, days: i32) -> Option<String> {
    match vr {
        _ if value.is_empty() => Some(String::new()),
        // The old form of PS3.5 6.2 note 2 has dots.
        VR::DA => shift_date(&value.replace('.', ""), days),
        VR::TM => {
            let digits = value.replace(':', "");
            let whole = digits.split('.').next().unwrap_or_default();
            (whole.len() <= 6 && whole.bytes().all(|byte| byte.is_ascii_digit())).then(|| whole.to_owned())
        }
        VR::DT => {
            let (date, rest) = value.split_at_checked(8)?;
            let whole = rest.split(['.', '+', '-']).next().unwrap_or_default();
            let is_time = whole.len() <= 6 && whole.bytes().all(|byte| byte.is_ascii_digit());
            is_time.then(|| Some(shift_date(date, days)? + whole))?
        }
        _ => None,
    }
}

fn shift_date(digits: &str, days: i32) -> Option<String> {
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let date = Date::new(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()?;
    let date = date.checked_add(days.days()).ok()?;
    Some(format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dummy_differs_from_what_it_replaces() {
        assert_eq!(dummy(VR::LO, b"Kovacs", |_| false), b"NONE");
        assert_eq!(dummy(VR::LO, b"none given", |_| false), b"VOID");
        assert_eq!(dummy(VR::DA, b"19000101", |_| false), b"19000102");
        assert_eq!(dummy(VR::LO, b"Kovacs", |word| word == b"NONE"), b"VOID");
    }

    #[test]
    fn dates_move_together_and_nonsense_does_not() {
        assert_eq!(shifted(VR::DA, "20200301", -1).as_deref(), Some("20200229"));
        assert_eq!(shifted(VR::DA, "2020.03.01\\20200302", -1).as_deref(), Some("20200229\\20200301"));
        assert_eq!(shifted(VR::DT, "20200301101112.345+0100", -1).as_deref(), Some("20200229101112"));
        assert_eq!(shifted(VR::TM, "101112.345000", -1).as_deref(), Some("101112"));
        assert_eq!(shifted(VR::DA, "yesterday", -1), None);
        assert_eq!(shifted(VR::DT, "2020", -1), None);
    }
}
