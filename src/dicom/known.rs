//! The identifying strings of one object, searched for in everything of it that is kept.

use super::charset::Charset;
use super::grams::Grams;
use data_encoding::{BASE64_NOPAD, HEXLOWER};
use dicom_core::{Tag, VR};
use std::collections::HashSet;

/// More names than this come from an attack or from the directory of an archive.
const NAMES_MAX: usize = 1 << 16;
/// The same for strings that count only where nothing else says that they are harmless.
const STRINGS_MAX: usize = 4096;

/// Collects identifying strings while an object is surveyed.
#[derive(Default)]
pub struct Collector {
    names: HashSet<Vec<u8>>,
    others: HashSet<Vec<u8>>,
    kept: HashSet<Vec<u8>>,
    uids: HashSet<Vec<u8>>,
}

impl Collector {
    /// Takes in the value of an attribute that is removed or replaced.
    pub fn identifying(&mut self, tag: Tag, vr: VR, value: &[u8], charset: &Charset) {
        for one in values(vr, value) {
            self.add(tag, vr, one);
        }
        // Decoded as a whole first: the bytes of a two-byte character may look like a separator.
        if (!value.is_ascii() || value.contains(&0x1B))
            && let Some(text) = charset.decode(value)
        {
            // A mark of byte order or of no width is no part of the name.
            let text: String = text.chars().filter(|&c| !is_invisible(c)).collect();
            for one in values(vr, text.as_bytes()) {
                self.add(tag, vr, one);
            }
        }
    }

    /// Takes in the value of an attribute that is kept: the same word elsewhere is then no secret.
    pub fn kept(&mut self, vr: VR, value: &[u8]) {
        if self.kept.len() < STRINGS_MAX {
            self.kept.extend(values(vr, value).map(<[u8]>::to_vec));
        }
    }

    /// Takes in a UID that is mapped although the option that retains UIDs is chosen: so are all references to it.
    pub fn mapped(&mut self, value: &[u8]) {
        if self.uids.len() < STRINGS_MAX {
            self.uids.extend(values(VR::UI, value).map(<[u8]>::to_vec));
        }
    }

    pub fn finish(self) -> Known {
        let kept = self.kept;
        let mut strings: Vec<Vec<u8>> = self.names.into_iter().collect();
        strings.extend(self.others.into_iter().filter(|string| !kept.contains(string)));
        let mut numbers = HashSet::new();
        for number in strings.iter().filter(|string| string.iter().all(u8::is_ascii_digit)) {
            let zeros = number.iter().take_while(|&&digit| digit == b'0').count();
            numbers.insert(number[zeros..].to_vec());
            numbers.insert(number.clone());
        }
        Known { strings: Grams::new(strings), numbers, uids: self.uids }
    }

    fn add(&mut self, tag: Tag, vr: VR, value: &[u8]) {
        match vr {
            VR::PN => {
                let parts = value.split(|byte| b"^= ".contains(byte)).chain([value]);
                for part in parts.filter(|part| is_telling(vr, part)) {
                    self.add_name(part);
                }
            }
            _ if !is_telling(vr, value) => {}
            _ if self.names.len() > NAMES_MAX => {}
            VR::DA if is_identity(tag) && is_day(value) => {
                let (year, month, day) = (&value[..4], &value[4..6], &value[6..]);
                self.names.extend([value.to_vec(), [day, month, year].concat(), [month, day, year].concat()]);
            }
            _ if is_identity(tag) => self.add_name(value),
            _ if self.others.len() > STRINGS_MAX => {}
            _ => drop(self.others.insert(value.to_vec())),
        }
    }

    /// A name or number that is a secret wherever it stands, and in whatever form somebody put it there.
    fn add_name(&mut self, name: &[u8]) {
        if self.names.len() > NAMES_MAX {
            return;
        }
        if name.len() >= 6 {
            self.names.insert(name.iter().rev().copied().collect());
            self.names.insert(HEXLOWER.encode(name).into_bytes());
            self.names.extend(base64_of(name));
        }
        self.names.insert(name.to_vec());
    }
}

/// What a text in base64 looks like, by where in three bytes it starts. Its own first and last characters, which depend
/// on what stands beside it, are left out.
pub fn base64_of(text: &[u8]) -> [Vec<u8>; 3] {
    [0usize, 1, 2].map(|offset| {
        let encoded = BASE64_NOPAD.encode(&[&[0; 2][..offset], text].concat()).into_bytes();
        encoded[[0, 2, 3][offset]..encoded.len() - 1].to_vec()
    })
}

/// Attributes that identify by themselves, wherever their value stands: numbers of the patient and of the order, the
/// birth date, address and telephone.
fn is_identity(tag: Tag) -> bool {
    matches!(
        tag,
        Tag(0x0008, 0x0050)
            | Tag(0x0010, 0x0020 | 0x0030 | 0x1000 | 0x1040 | 0x1090 | 0x2154)
            | Tag(0x0038, 0x0010)
            | Tag(0x0040, 0x2016 | 0x2017)
    )
}

/// The identifying strings of an object.
#[derive(Default)]
pub struct Known {
    strings: Grams,
    numbers: HashSet<Vec<u8>>,
    uids: HashSet<Vec<u8>>,
}

impl Known {
    /// Whether one of them is in a value; a number or date also where it is written in groups.
    pub fn is_in(&self, value: &[u8]) -> bool {
        self.strings.is_in(value) || joined(value).is_some_and(|joined| self.strings.is_in(&joined))
    }

    /// Whether a number is one of them, however it is written: as a whole, since the digits of a measurement may hold
    /// any shorter number.
    pub fn is_number(&self, number: &[u8]) -> bool {
        let number = number.trim_ascii();
        let value = || std::str::from_utf8(number).ok()?.parse().ok();
        self.numbers.contains(number) || value().is_some_and(|value| self.is_value(value))
    }

    /// Whether a binary number is one of them.
    pub fn is_value(&self, value: f64) -> bool {
        // Beyond these, not every whole number is one of the type.
        const WHOLE_MAX: f64 = (1u64 << 53) as f64;
        let whole = value.abs();
        !self.numbers.is_empty()
            && whole.fract() == 0.0
            && whole < WHOLE_MAX
            && self.numbers.contains((whole as u64).to_string().as_bytes())
    }

    /// Whether a UID is mapped somewhere in the object.
    pub fn is_uid(&self, uid: &str) -> bool {
        self.uids.contains(uid.as_bytes())
    }
}

/// The digits of a text in which separators group six or more of them.
fn joined(value: &[u8]) -> Option<Vec<u8>> {
    const GROUPED_MAX: usize = 64 * 1024;
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let separators = value.iter().filter(|byte| b"-./ ".contains(byte)).count();
    let is_grouped = digits >= 6 && separators > 0 && value.len() <= GROUPED_MAX;
    is_grouped.then(|| value.iter().filter(|byte| !b"-./ ".contains(byte)).copied().collect())
}

fn values(vr: VR, value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_one = matches!(vr, VR::LT | VR::ST | VR::UT | VR::UR);
    value.split(move |&byte| byte == b'\\' && !is_one).map(|one| one.trim_ascii().trim_suffix_nul())
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

fn is_day(value: &[u8]) -> bool {
    value.len() == 8 && value.iter().all(u8::is_ascii_digit) && matches!(&value[..2], b"18" | b"19" | b"20")
}

/// Whether a string is long enough that its appearance elsewhere is no accident.
fn is_telling(vr: VR, value: &[u8]) -> bool {
    if !value.is_ascii() {
        return value.len() >= 4;
    }
    let digits = value.iter().all(u8::is_ascii_digit);
    match vr {
        VR::DA => is_day(value),
        VR::TM => value.len() >= 9,
        _ if digits && value.len() < 6 => false,
        _ if value.iter().all(|&byte| byte == b'0') => false,
        _ if value.starts_with(b"1.2.840.10008.") => false,
        VR::PN | VR::LO | VR::SH => value.len() >= 4,
        _ => value.len() >= 6,
    }
}

trait TrimNul {
    fn trim_suffix_nul(&self) -> &[u8];
}

impl TrimNul for [u8] {
    fn trim_suffix_nul(&self) -> &[u8] {
        let end = self.iter().rposition(|&byte| byte != 0 && byte != b' ').map_or(0, |last| last + 1);
        &self[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(identifying: &[(VR, &[u8])], kept: &[&[u8]]) -> Known {
        let mut collector = Collector::default();
        for &(vr, value) in identifying {
            collector.identifying(Tag(0x0010, 0x0020), vr, value, &Charset::new("ISO_IR 100"));
        }
        for value in kept {
            collector.kept(VR::LO, value);
        }
        collector.finish()
    }

    #[test]
    fn parts_of_names_are_known_in_any_case_and_encoding() {
        let known = known(&[(VR::PN, b"M\xFCllner^Anna-Lena")], &[]);
        assert!(known.is_in(b"seen with Mrs ANNA-LENA today"));
        assert!(known.is_in("Frau Müllner".as_bytes()));
        assert!(known.is_in(b"Frau M\xFCllner"));
        assert!(!known.is_in(b"chest pa"));
    }

    #[test]
    fn a_word_that_is_kept_elsewhere_is_no_secret_unless_it_is_a_name() {
        let mut collector = Collector::default();
        collector.identifying(Tag(0x0008, 0x103E), VR::LO, b"THORAX", &Charset::default());
        collector.identifying(Tag(0x0010, 0x0010), VR::PN, b"SIEMENS^Anna", &Charset::default());
        collector.identifying(Tag(0x0010, 0x0020), VR::LO, b"PAT774120", &Charset::default());
        for value in [&b"THORAX"[..], b"SIEMENS", b"PAT774120"] {
            collector.kept(VR::LO, value);
        }
        let known = collector.finish();
        assert!(!known.is_in(b"THORAX"));
        assert!(known.is_in(b"SIEMENS"));
        assert!(known.is_in(b"PAT774120"));
    }

    #[test]
    fn a_birth_date_that_is_none_is_a_string_as_any_other() {
        assert!(known(&[(VR::DA, b"\xFF\xFE19")], &[]).is_in(b"a \xFF\xFE19"));
    }

    #[test]
    fn marks_that_nobody_sees_are_no_part_of_a_name() {
        let mut collector = Collector::default();
        let name = "\u{feff}Kov\u{200b}acs".as_bytes();
        collector.identifying(Tag(0x0010, 0x0010), VR::PN, name, &Charset::new("ISO_IR 192"));
        assert!(collector.finish().is_in(b"by kovacs"));
    }

    #[test]
    fn a_number_is_known_in_any_writing() {
        let known = known(&[(VR::LO, b"840219377"), (VR::DA, b"19530419")], &[]);
        for text in ["no. 8402-19377", "born 1953-04-19", "born 04/19/1953", "born 19.04.1953", "773912048"] {
            assert!(known.is_in(text.as_bytes()), "{text}");
        }
        assert!(known.is_in(HEXLOWER.encode(b"840219377").as_bytes()));
        assert!(known.is_in(BASE64_NOPAD.encode(b"of 840219377!").as_bytes()));
        assert!(!known.is_in(b"512\\512\\1.2.3"));
        for text in ["840219377", "+840219377.00", "0840219377", "8.40219377e8", "-840219377"] {
            assert!(known.is_number(text.as_bytes()), "{text}");
        }
        assert!(known.is_value(840_219_377.0) && !known.is_value(840_219_377.5) && !known.is_value(f64::NAN));
        assert!(!known.is_number(b"84021937"));
    }
}
