//! What may be seen in the pixels or hide between them: burned-in text, and comments of compressed frames.

use super::error::Error;
use super::policy::{BurnedIn, Policy};
use super::reader::PIXEL_DATA;
use super::survey::{Facts, Geometry, Region};
use super::syntax::{Codec, Syntax};
use crate::rules::Rules;
use serde::Deserialize;

pub mod icc;
mod jpeg;
mod jpeg2000;

/// `rules/dicom/pixels.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PixelRules {
    risky: Risky,
    comments: Comments,
    #[serde(default)]
    device: Vec<Device>,
}

#[derive(Debug, thiserror::Error)]
#[error("rules/dicom/pixels.toml: {0}")]
pub struct PixelRulesError(String);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Risky {
    modalities: Vec<String>,
    sop_classes: Vec<String>,
    image_types: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comments {
    harmless: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    manufacturer: String,
    model: String,
    rows: u32,
    columns: u32,
    blank: Vec<[u32; 4]>,
}

impl PixelRules {
    pub fn new(rules: &Rules) -> Result<Self, PixelRulesError> {
        let error = |message: &str| PixelRulesError(message.to_owned());
        let bytes = rules.file("dicom/pixels.toml").ok_or_else(|| error("the file is missing"))?;
        let text = std::str::from_utf8(bytes).map_err(|_| error("the file is not UTF-8"))?;
        toml::from_str(text).map_err(|problem| error(&problem.to_string()))
    }

    /// Why an object's pixels may show a name.
    fn risk(&self, facts: &Facts) -> Option<&'static str> {
        let is_risky_class = self.risky.sop_classes.iter().any(|class| {
            facts.sop_class.strip_prefix(class.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if facts.burned_in == "YES" {
            Some("the object says so, (0028,0301)")
        } else if is_risky_class {
            Some("objects of this SOP class often do")
        } else if self.risky.modalities.contains(&facts.modality) {
            Some("objects of this modality often do")
        } else if self.risky.image_types.iter().any(|kind| facts.image_type.contains(kind.as_str())) {
            Some("the image type is one of a screen")
        } else {
            None
        }
    }

    /// The areas to blank: what a device rule names, or all that lies outside the regions of an ultrasound image.
    fn areas(&self, facts: &Facts) -> Option<Areas> {
        let shape = &facts.pixels;
        let device = self.device.iter().find(|device| {
            (device.manufacturer.as_str(), device.model.as_str()) == (facts.manufacturer.as_str(), facts.model.as_str())
                && (device.rows, device.columns) == (shape.rows, shape.columns)
        });
        let regions = || (!facts.regions.is_empty()).then(|| Areas::Outside(facts.regions.clone()));
        device
            .map(|device| {
                let region = |&[left, top, right, bottom]: &[u32; 4]| Region { left, top, right, bottom };
                Areas::Inside(device.blank.iter().map(region).collect())
            })
            .or_else(regions)
    }
}

/// Whether an object's pixels may be written, and what has to be blanked in them.
pub fn decide(policy: &Policy, facts: &Facts, syntax: &Syntax) -> Result<Option<Blanking>, Error> {
    if facts.has_pixels && facts.pixels.rows == 0 && facts.sop_class.is_empty() && facts.sop_instance.is_empty() {
        let what = "pixels without a class, an instance, rows or columns: nobody can tell what they show";
        return Err(Error::Malformed { position: 0, tag: Some(PIXEL_DATA), what });
    }
    if policy.profile().burned_in == BurnedIn::Keep || facts.pixels.rows == 0 {
        return Ok(None);
    }
    if matches!(syntax.codec, Codec::Video | Codec::Unknown) {
        return Err(Error::BurnedIn("they are in a form that cannot be looked into"));
    }
    let Some(risk) = policy.pixels().risk(facts) else { return Ok(None) };
    if policy.profile().burned_in == BurnedIn::Refuse {
        return Err(Error::BurnedIn(risk));
    }
    let areas =
        policy.pixels().areas(facts).ok_or(Error::BurnedIn("and no region of them is known to be free of text"))?;
    if syntax.codec != Codec::Native {
        return Err(Error::BurnedIn("and they are compressed, so that regions cannot be blanked"));
    }
    Blanking::new(facts.pixels, areas).map(Some)
}

enum Areas {
    Inside(Vec<Region>),
    Outside(Vec<Region>),
}

impl Areas {
    fn blanks(&self, x: u32, y: u32) -> bool {
        let holds =
            |region: &Region| (region.left..=region.right).contains(&x) && (region.top..=region.bottom).contains(&y);
        match self {
            Self::Inside(regions) => regions.iter().any(holds),
            Self::Outside(regions) => !regions.iter().any(holds),
        }
    }
}

/// Blanks areas of native pixel data as it streams by.
pub struct Blanking {
    geometry: Geometry,
    areas: Areas,
    /// Bytes of pixel data that went by.
    position: u64,
}

impl Blanking {
    fn new(geometry: Geometry, areas: Areas) -> Result<Self, Error> {
        let is_plain = geometry.columns > 0 && geometry.bits_allocated.is_multiple_of(8) && geometry.bits_allocated > 0;
        if is_plain && geometry.samples > 0 {
            Ok(Self { geometry, areas, position: 0 })
        } else {
            Err(Error::BurnedIn("and the layout of the pixels cannot be followed"))
        }
    }

    pub fn blank(&mut self, piece: &mut [u8]) {
        let Geometry { rows, columns, samples, bits_allocated, planar } = self.geometry;
        let sample = u64::from(bits_allocated / 8);
        let pixel = if planar { sample } else { sample * u64::from(samples) };
        let plane = pixel * u64::from(columns) * u64::from(rows);
        let mut at = 0;
        while at < piece.len() {
            let index = (self.position % plane) / pixel;
            let (x, y) = ((index % u64::from(columns)) as u32, (index / u64::from(columns)) as u32);
            let left = (pixel - self.position % pixel) as usize;
            let end = (at + left).min(piece.len());
            if self.areas.blanks(x, y) {
                piece[at..end].fill(0);
            }
            self.position += (end - at) as u64;
            at = end;
        }
    }
}

/// Blanks comments and application data in compressed frames, in place, so that no offset changes.
pub struct Scrubber<'p> {
    codec: Codec,
    harmless: &'p [String],
    jpeg: jpeg::Stream,
    blanked: u64,
}

impl<'p> Scrubber<'p> {
    pub fn new(codec: Codec, policy: &'p Policy) -> Self {
        Self { codec, harmless: &policy.pixels().comments.harmless, jpeg: jpeg::Stream::default(), blanked: 0 }
    }

    pub fn wants_whole_fragments(&self) -> bool {
        matches!(self.codec, Codec::Jpeg | Codec::Jpeg2000)
    }

    /// Takes the next fragment.
    pub fn scrub(&mut self, fragment: &mut [u8]) {
        let harmless = |comment: &[u8]| is_harmless(self.harmless, comment);
        self.blanked += match self.codec {
            Codec::Jpeg => self.jpeg.scrub(fragment, harmless),
            Codec::Jpeg2000 => jpeg2000::scrub(fragment, harmless),
            _ => 0,
        };
    }

    /// How many comments and blocks were blanked.
    pub fn blanked(&self) -> u64 {
        self.blanked
    }
}

/// Whether a comment is one that a codec writes by itself: a known text, and digits of a version after it.
fn is_harmless(known: &[String], comment: &[u8]) -> bool {
    let comment = comment.trim_ascii_end();
    let end = comment.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let comment = &comment[..end];
    comment.iter().all(|&byte| byte == b' ')
        || known.iter().any(|text| {
            comment.strip_prefix(text.as_bytes()).is_some_and(|rest| {
                rest.len() <= 12 && rest.iter().all(|byte| byte.is_ascii_digit() || b". ".contains(byte))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_codecs_own_words_are_harmless() {
        let known = ["LEAD Technologies Inc. V".to_owned()];
        assert!(is_harmless(&known, b"LEAD Technologies Inc. V1.01\0"));
        assert!(!is_harmless(&known, b"LEAD Technologies Inc. V1.01 for Anna"));
        assert!(!is_harmless(&known, b"Anna Kovacs"));
    }

    #[test]
    fn blanking_follows_the_pixels_over_any_cut() {
        let geometry = Geometry { rows: 4, columns: 5, samples: 3, bits_allocated: 8, planar: false };
        let regions = || Areas::Outside(vec![Region { left: 1, top: 1, right: 3, bottom: 2 }]);
        let mut whole = vec![7; 4 * 5 * 3 * 2];
        Blanking::new(geometry, regions()).unwrap().blank(&mut whole);
        assert_eq!(whole.iter().filter(|&&byte| byte == 7).count(), 3 * 2 * 3 * 2);
        let mut cut = vec![7; whole.len()];
        let mut blanking = Blanking::new(geometry, regions()).unwrap();
        cut.chunks_mut(7).for_each(|piece| blanking.blank(piece));
        assert_eq!(cut, whole);
    }
}
