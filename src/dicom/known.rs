//! The identifying strings of one object, searched for in everything of it that is kept.

use super::charset::Charset;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use dicom_core::VR;
use std::collections::HashSet;

/// More strings than this come from an attack or a directory; the longest-known ones win.
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
    pub fn identifying(&mut self, vr: VR, value: &[u8], charset: &Charset) {
        if self.names.len() + self.others.len() > STRINGS_MAX {
            return;
        }
        for one in values(vr, value) {
            self.add(vr, one);
        }
        // Decoded as a whole first: the bytes of a two-byte character may look like a separator.
        if (!value.is_ascii() || value.contains(&0x1B))
            && let Some(text) = charset.decode(value)
        {
            for one in values(vr, text.as_bytes()) {
                self.add(vr, one);
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
        let automaton = (!strings.is_empty()).then(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .kind(Some(AhoCorasickKind::NoncontiguousNFA))
                .build(&strings)
        });
        Known { automaton: automaton.and_then(Result::ok), uids: self.uids }
    }

    fn add(&mut self, vr: VR, value: &[u8]) {
        if vr == VR::PN {
            for part in value.split(|byte| b"^= ".contains(byte)).chain([value]) {
                if is_telling(vr, part) {
                    self.names.insert(part.to_vec());
                }
            }
        } else if is_telling(vr, value) {
            self.others.insert(value.to_vec());
        }
    }
}

/// The identifying strings of an object.
#[derive(Default)]
pub struct Known {
    automaton: Option<AhoCorasick>,
    uids: HashSet<Vec<u8>>,
}

impl Known {
    pub fn is_in(&self, value: &[u8]) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(value))
    }

    /// Whether a UID is mapped somewhere in the object.
    pub fn is_uid(&self, uid: &str) -> bool {
        self.uids.contains(uid.as_bytes())
    }
}

fn values(vr: VR, value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_one = matches!(vr, VR::LT | VR::ST | VR::UT | VR::UR);
    value.split(move |&byte| byte == b'\\' && !is_one).map(|one| one.trim_ascii().trim_suffix_nul())
}

/// Whether a string is long enough that its appearance elsewhere is no accident.
fn is_telling(vr: VR, value: &[u8]) -> bool {
    if !value.is_ascii() {
        return value.len() >= 4;
    }
    let digits = value.iter().all(u8::is_ascii_digit);
    match vr {
        VR::DA => digits && value.len() == 8 && matches!(&value[..2], b"18" | b"19" | b"20"),
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
            collector.identifying(vr, value, &Charset::new("ISO_IR 100"));
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
        let known = known(&[(VR::LO, b"THORAX"), (VR::PN, b"SIEMENS^Anna")], &[b"THORAX", b"SIEMENS"]);
        assert!(!known.is_in(b"THORAX"));
        assert!(known.is_in(b"SIEMENS"));
    }
}
