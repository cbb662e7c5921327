//! What is replaced the same way everywhere: UIDs and the shift of dates, both by one secret key.

use crate::crypto::{Key, sha256};

/// The secret behind the mapping of UIDs and dates. Files made with the same key fit together.
#[derive(Debug)]
pub struct Keyed {
    key: Key,
}

impl Keyed {
    pub fn new(secret: &[u8]) -> Self {
        Self { key: Key::from_bytes(sha256(secret)) }
    }

    /// Another UID, the same for the same original: a UUID in decimal under `2.25`, PS3.5 B.2.
    ///
    /// In one of thirty, some digits read as a date, which might be one of the patient's: then the next one is taken.
    pub fn uid(&self, original: &str) -> String {
        let original = original.trim_matches(['\0', ' ']);
        let mut uid = self.uuid(original.as_bytes());
        for _ in 0..8 {
            if !spells_date(&uid) {
                break;
            }
            uid = self.uuid(uid.as_bytes());
        }
        uid
    }

    fn uuid(&self, original: &[u8]) -> String {
        let mut number = self.number("uid", original);
        // The bits that make it a UUID of version 8, RFC 9562 5.8.
        number = number & !(0xF << 76) | 0x8 << 76;
        number = number & !(0x3 << 62) | 0x2 << 62;
        format!("2.25.{number}")
    }

    /// A code string, the same for the same original.
    pub fn label(&self, original: &[u8]) -> String {
        format!("L{:08X}", self.number("label", original) as u32)
    }

    /// By how many days the dates of a patient move: into the past, one day to ten years.
    pub fn days(&self, patient: &[u8]) -> i32 {
        -1 - (self.number("days", patient) % 3652) as i32
    }

    fn number(&self, purpose: &str, value: &[u8]) -> u128 {
        let tag = self.key.mac_parts(&[b"dicom", purpose.as_bytes(), value]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag[..16]);
        u128::from_be_bytes(bytes)
    }
}

/// Whether eight digits in a UID read as a date.
pub fn spells_date(uid: &str) -> bool {
    uid.as_bytes().windows(8).any(|digits| {
        let is_number = digits.iter().all(u8::is_ascii_digit);
        let in_range =
            |from: usize, max: u8| (1..=max).contains(&((digits[from] - b'0') * 10 + (digits[from + 1] - b'0')));
        is_number && matches!(&digits[..2], b"18" | b"19" | b"20") && in_range(4, 12) && in_range(6, 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_in_a_uid_is_seen_and_none_is_made() {
        assert!(spells_date("1.2.3.20040826185059.5457"));
        assert!(!spells_date("1.2.3.20049926.5457"));
        assert!(!spells_date("2.25.1"));
        let keyed = Keyed::new(b"key");
        assert!((0..2000).all(|number| !spells_date(&keyed.uid(&number.to_string()))));
    }

    #[test]
    fn uids_are_valid_stable_and_depend_on_the_key() {
        let keyed = Keyed::new(b"key");
        let mapped = keyed.uid("1.2.3");
        assert!(mapped.starts_with("2.25.") && mapped.len() <= 64);
        assert_eq!(mapped, keyed.uid("1.2.3\0"));
        assert_ne!(mapped, keyed.uid("1.2.4"));
        assert_ne!(mapped, Keyed::new(b"other").uid("1.2.3"));
    }

    #[test]
    fn dates_move_into_the_past_by_at_least_a_day() {
        let keyed = Keyed::new(b"key");
        assert!((0..200u8).map(|n| keyed.days(&[n])).all(|days| (-3652..=-1).contains(&days)));
    }
}
