//! Values that the table does not list: by what their VR may hold, and by what stands in them.

use super::charset::Charset;
use super::dummy::{dummy, shifted};
use super::error::Error;
use super::keyed::{Keyed, spells_date};
use super::known::Known;
use super::pixels::icc;
use super::policy::Policy;
use super::reader::Header;
use super::survey::{ascii, is_text};
use super::syntax::Encoding;
use super::table::Choice;
use super::{Surroundings, Verdict, vocabulary};
use dicom_core::{Tag, VR};

/// UIDs that name a kind of thing, not an instance; values of other UID attributes are mapped.
const CLASS_UIDS: [Tag; 11] = [
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x001A),
    Tag(0x0008, 0x001B),
    Tag(0x0008, 0x010C),
    Tag(0x0008, 0x1150),
    Tag(0x0008, 0x1159),
    Tag(0x0008, 0x115A),
    Tag(0x0004, 0x1510),
    Tag(0x0004, 0x1512),
    Tag(0x0400, 0x0510),
    Tag(0x0028, 0x1199),
];

const ICC_PROFILE: Tag = Tag(0x0028, 0x2000);

/// Everybody above 89 is of this age: 45 CFR 164.514(b)(2)(i)(C).
const OLDEST: &[u8] = b"090Y";

/// Referenced File ID, of which each part names a folder or the file.
const FILE_ID: Tag = Tag(0x0004, 0x1500);

const BODY_PART: Tag = Tag(0x0018, 0x0015);

/// The body part that says least: it is valid, and asks for no laterality.
const WHOLE_BODY: &[u8] = b"WHOLEBODY";

/// Attributes whose values are enumerated: such a value is no name, even where somebody is called "Image" or "Mary",
/// which is a part of "PRIMARY".
const CLOSED: [(Tag, &[&[u8]]); 4] = [
    (Tag(0x0008, 0x0008), &[b"ORIGINAL", b"DERIVED", b"PRIMARY", b"SECONDARY"]),
    (
        Tag(0x0040, 0xA040),
        &[
            b"TEXT",
            b"NUM",
            b"CODE",
            b"DATETIME",
            b"DATE",
            b"TIME",
            b"UIDREF",
            b"PNAME",
            b"COMPOSITE",
            b"IMAGE",
            b"WAVEFORM",
            b"SCOORD",
            b"SCOORD3D",
            b"TCOORD",
            b"CONTAINER",
            b"TABLE",
        ],
    ),
    (
        Tag(0x0040, 0xA010),
        &[
            b"CONTAINS",
            b"HAS PROPERTIES",
            b"HAS OBS CONTEXT",
            b"HAS ACQ CONTEXT",
            b"INFERRED FROM",
            b"SELECTED FROM",
            b"HAS CONCEPT MOD",
        ],
    ),
    (Tag(0x0004, 0x1430), &[b"PATIENT", b"STUDY", b"SERIES", b"IMAGE", b"PRIVATE"]),
];

/// What becomes of one value.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Keep,
    Replace(Vec<u8>),
    Remove,
}

/// Everything that the treatment of a value depends on.
pub struct Inspector<'a> {
    pub policy: &'a Policy,
    pub keyed: &'a Keyed,
    pub surroundings: &'a dyn Surroundings,
    pub known: &'a Known,
    /// By how many days dates move.
    pub days: i32,
}

impl Inspector<'_> {
    /// Treats a value by the VR of the dictionary, or by the stated one where that is the text of a number.
    pub fn inspect(&self, header: &Header, value: &[u8], charset: &Charset) -> Result<Outcome, Error> {
        let tag = header.tag;
        let vr = match (header.known, header.stated) {
            (Some(VR::SQ), _) => return Ok(Outcome::Remove),
            (Some(VR::UN) | None, _) => header.vr(),
            // A wrong VR that identifies: it is believed.
            (Some(_), Some(stated @ (VR::AE | VR::DA | VR::DT | VR::PN | VR::TM | VR::UI | VR::UR))) => stated,
            // Text where a number or samples should be: a number in letters stays, and anything else is somebody's.
            (Some(known), Some(stated)) if !is_text(known) && is_text(stated) => {
                let is_number = self.are_measurements(trimmed(value));
                return Ok(if is_number { Outcome::Keep } else { Outcome::Remove });
            }
            (Some(known), None | Some(VR::UN))
                if !is_text(known) && header.encoding.explicit && reads_as_text(value) =>
            {
                return Ok(Outcome::Remove);
            }
            (Some(known), _) => known,
        };
        let body = trimmed(value);
        if body.is_empty() {
            return Ok(Outcome::Keep);
        }
        match vr {
            VR::UI if CLASS_UIDS.contains(&tag) && !self.tells(body) => Ok(Outcome::Keep),
            VR::UI if self.policy.chooses(Choice::RetainUids) => {
                Ok(Outcome::Replace(self.retained(value).into_bytes()))
            }
            VR::UI => Ok(Outcome::Replace(self.mapped(value).into_bytes())),
            VR::PN => Ok(Outcome::Replace(self.dummy(vr, value))),
            VR::DA | VR::TM | VR::DT => Ok(Outcome::Replace(self.date(vr, value))),
            VR::AE => Ok(Outcome::Remove),
            VR::UR if body.starts_with(b"urn:") || tag == Tag(0x0008, 0x010E) => self.text(vr, tag, value, charset),
            VR::UR => Ok(Outcome::Remove),
            VR::AS if is_age(body) => Ok(self.kept(vr, value)),
            VR::AS => Ok(Outcome::Replace(self.dummy(vr, value))),
            VR::DS | VR::IS if self.are_measurements(body) => Ok(Outcome::Keep),
            VR::DS | VR::IS => Ok(Outcome::Replace(self.dummy(vr, value))),
            VR::CS if body.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'_' | b'\\')) => {
                Ok(self.code(tag, body))
            }
            _ if vocabulary::is_prose(tag, vr) => self.prose(vr, tag, value, charset),
            VR::CS | VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT => self.text(vr, tag, value, charset),
            // Private samples are nobody's text, in one byte for each character or in two.
            _ if tag.group() % 2 == 1 && (reads_as_text(value) || self.is_in_samples(value)) => Ok(Outcome::Remove),
            _ if tag == ICC_PROFILE => Ok(icc::scrubbed(value).map_or(Outcome::Remove, Outcome::Replace)),
            _ if self.known.is_in(value) || self.is_number_in(vr, value, header.encoding) => Ok(Outcome::Remove),
            _ => Ok(Outcome::Keep),
        }
    }

    /// Text under code C, or unlisted: read by the detector and searched for what is known of this object.
    ///
    /// Text that cannot be decoded is not kept.
    pub fn text(&self, vr: VR, tag: Tag, value: &[u8], charset: &Charset) -> Result<Outcome, Error> {
        let replaced = || Ok(Outcome::Replace(self.dummy(vr, value)));
        let body = trimmed(value);
        let Some(text) = charset.decode(body) else { return replaced() };
        if self.known.is_in(body) || self.known.is_in(text.as_bytes()) {
            return replaced();
        }
        match self.surroundings.clean(tag, &text).map_err(|_| Error::Detector)? {
            Verdict::Unread if matches!(vr, VR::LT | VR::ST | VR::UC | VR::UT) => replaced(),
            Verdict::Unread | Verdict::Unchanged => Ok(Outcome::Keep),
            // What is put in place of findings is ASCII; the rest is written back only where that is too.
            // A label may itself be somebody's name.
            Verdict::Cleaned(cleaned) if cleaned.is_ascii() && !self.known.is_in(cleaned.as_bytes()) => {
                Ok(Outcome::Replace(fitted(vr, cleaned)))
            }
            Verdict::Cleaned(_) => replaced(),
        }
    }

    /// What somebody wrote in their own words, in an attribute that the table does not list: it stays where the words
    /// are everybody's.
    pub fn prose(&self, vr: VR, tag: Tag, value: &[u8], charset: &Charset) -> Result<Outcome, Error> {
        match charset.decode(trimmed(value)) {
            Some(text) if self.surroundings.is_vocabulary(&text) => self.text(vr, tag, value, charset),
            _ => Ok(Outcome::Replace(self.dummy(vr, value))),
        }
    }

    /// Whether something that identifies is in binary data of a maker's own form.
    fn is_in_samples(&self, value: &[u8]) -> bool {
        let without_zeros: Vec<u8> = value.iter().copied().filter(|&byte| byte != 0).collect();
        self.known.is_in(value) || self.known.is_in(&without_zeros)
    }

    /// Whether an identifying number is among binary ones.
    fn is_number_in(&self, vr: VR, value: &[u8], encoding: Encoding) -> bool {
        // The halves of a number of eight bytes, the lower one first.
        let halves = |bytes: &[u8]| match (encoding.u32(bytes), encoding.u32(&bytes[4..])) {
            (high, low) if encoding.big_endian => u64::from(high) << 32 | u64::from(low),
            (low, high) => u64::from(high) << 32 | u64::from(low),
        };
        let number = |bytes: &[u8]| match vr {
            VR::UL => f64::from(encoding.u32(bytes)),
            VR::SL => f64::from(encoding.u32(bytes) as i32),
            VR::FL => f64::from(f32::from_bits(encoding.u32(bytes))),
            VR::UV => halves(bytes) as f64,
            VR::SV => halves(bytes) as i64 as f64,
            _ => f64::from_bits(halves(bytes)),
        };
        let size = match vr {
            VR::UL | VR::SL | VR::FL => 4,
            VR::UV | VR::SV | VR::FD => 8,
            _ => return false,
        };
        value.chunks_exact(size).any(|bytes| self.known.is_value(number(bytes)))
    }

    /// Whether each value is a number and none is an identifying one.
    fn are_measurements(&self, body: &[u8]) -> bool {
        body.split(|&byte| byte == b'\\').map(<[u8]>::trim_ascii).all(|number| {
            let parsed = std::str::from_utf8(number).is_ok_and(|text| text.is_empty() || text.parse::<f64>().is_ok());
            let is_plain = number.iter().all(|byte| b"0123456789+-.eE".contains(byte));
            is_plain && parsed && !self.known.is_number(number)
        })
    }

    /// The UID of a kind of objects, as file meta information and the data set both have it.
    pub fn class(&self, uid: &str) -> String {
        match uid {
            uid if !self.tells(uid.as_bytes()) => uid.to_owned(),
            uid if self.policy.chooses(Choice::RetainUids) => self.retained(uid.as_bytes()),
            uid => self.mapped(uid.as_bytes()),
        }
    }

    /// Whether a UID is none, spells a date or holds an identifying string.
    pub fn tells(&self, uid: &[u8]) -> bool {
        let is_uid = uid.iter().all(|byte| byte.is_ascii_digit() || b".\\".contains(byte));
        // Those of the standard name no one, whatever digits are in them.
        let is_standard = is_uid && uid.starts_with(b"1.2.840.10008.") && !uid.contains(&b'\\');
        !is_standard && (!is_uid || self.known.is_in(uid) || spells_date(&String::from_utf8_lossy(uid)))
    }

    /// UIDs of instances, each value by itself; those of the standard name no one.
    pub fn mapped(&self, value: &[u8]) -> String {
        let map = |uid: &str| match uid.trim() {
            standard if standard.starts_with("1.2.840.10008.") => standard.to_owned(),
            uid => self.keyed.uid(uid),
        };
        ascii(value).split('\\').map(map).collect::<Vec<_>>().join("\\")
    }

    /// A value that says nothing: neither what it replaces nor anything else that is known to identify.
    pub fn dummy(&self, vr: VR, original: &[u8]) -> Vec<u8> {
        match vr {
            VR::UI => self.mapped(original).into_bytes(),
            _ => dummy(vr, original, |word| self.known.is_in(word)),
        }
    }

    /// A value under code K. One that holds an identifying string of the object would hand it on.
    pub fn kept(&self, vr: VR, value: &[u8]) -> Outcome {
        if vr == VR::AS && is_age(trimmed(value)) && trimmed(value) > OLDEST && value[3] == b'Y' {
            return Outcome::Replace(OLDEST.to_vec());
        }
        let is_time = matches!(vr, VR::DA | VR::DT | VR::TM);
        if !is_time && is_text(vr) && self.known.is_in(trimmed(value)) {
            return Outcome::Replace(self.dummy(vr, value));
        }
        Outcome::Keep
    }

    /// UIDs under the option that retains them: one that spells out a date or holds another identifying string is
    /// mapped all the same, as that would survive in it.
    pub fn retained(&self, value: &[u8]) -> String {
        let keeps_dates = self.policy.chooses(Choice::RetainFullDates);
        let is_uid = |uid: &str| uid.len() <= 64 && uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let retain = |uid: &str| match uid.trim() {
            uid if self.known.is_uid(uid) || self.known.is_in(uid.as_bytes()) => self.mapped(uid.as_bytes()),
            uid if is_uid(uid) && (keeps_dates || !spells_date(uid)) => uid.to_owned(),
            uid => self.mapped(uid.as_bytes()),
        };
        ascii(value).split('\\').map(retain).collect::<Vec<_>>().join("\\")
    }

    /// A date that no option keeps: moved where dates move, otherwise a dummy.
    pub fn date(&self, vr: VR, value: &[u8]) -> Vec<u8> {
        let moves = self.policy.chooses(Choice::RetainModifiedDates);
        let moved = moves.then(|| shifted(vr, &ascii(value), self.days)).flatten();
        moved.map_or_else(|| self.dummy(vr, value), String::into_bytes)
    }

    /// A code string: of several values, each that is also an identifying string of this object is replaced.
    fn code(&self, tag: Tag, body: &[u8]) -> Outcome {
        if vocabulary::is_label(tag)
            && !std::str::from_utf8(body).is_ok_and(|text| self.surroundings.is_vocabulary(text))
        {
            return Outcome::Replace(self.keyed.label(body).into_bytes());
        }
        let is_file = tag == FILE_ID;
        if !self.known.is_in(body) && !is_file {
            return Outcome::Keep;
        }
        let is_closed = |one: &[u8]| CLOSED.iter().any(|&(closed, terms)| closed == tag && terms.contains(&one));
        let replace = |one: &[u8]| match one {
            // People name files after people.
            one if is_file && !self.is_file_name(one) => self.keyed.label(one).into_bytes(),
            one if is_closed(one) || !self.known.is_in(one) => one.to_vec(),
            _ if tag == BODY_PART && !self.known.is_in(WHOLE_BODY) => WHOLE_BODY.to_vec(),
            one => self.dummy(VR::CS, one),
        };
        Outcome::Replace(body.split(|&byte| byte == b'\\').map(replace).collect::<Vec<_>>().join(&b'\\'))
    }

    /// Whether a part of a file's name is such as machines give: a common word or two letters, and a number.
    fn is_file_name(&self, part: &[u8]) -> bool {
        let Ok(part) = std::str::from_utf8(part) else { return false };
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        !self.known.is_in(part.as_bytes()) && (word.len() <= 2 || self.surroundings.is_vocabulary(word))
    }
}

/// Whether what should be a number is written in letters.
fn reads_as_text(value: &[u8]) -> bool {
    let body = trimmed(value);
    body.len() >= 4 && body.iter().all(|byte| (0x20..0x7F).contains(byte))
}

fn is_age(body: &[u8]) -> bool {
    body.len() == 4 && body[..3].iter().all(u8::is_ascii_digit) && b"DWMY".contains(&body[3])
}

fn trimmed(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|&byte| byte != 0 && byte != b' ').map_or(0, |last| last + 1);
    &value[..end]
}

/// Cut to what the VR may hold, PS3.5 table 6.2-1.
fn fitted(vr: VR, mut text: String) -> Vec<u8> {
    let length_max = match vr {
        VR::CS | VR::SH | VR::AE => 16,
        VR::LO => 64,
        VR::ST => 1024,
        VR::LT => 10240,
        _ => usize::MAX,
    };
    text.truncate(length_max);
    text.into_bytes()
}
