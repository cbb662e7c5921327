//! DICOM objects inside a request: recognised by content, cleared by PS3.15, refused where that cannot be done.

use super::{Detector, Media};
use crate::crypto::Key;
use crate::dicom::{self, Error, Keyed, Profile, Surroundings, Verdict, detector};
use crate::profile::Policy;
use crate::recognize::{Fault, Segment};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use dicom_core::Tag;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One text of an object may take this long to read.
const DEADLINE: Duration = Duration::from_secs(10);

/// Clears DICOM objects under the basic profile, whatever the profile for text keeps.
pub struct Imaging {
    policy: dicom::Policy,
    keyed: Keyed,
    texts: Texts,
}

impl Imaging {
    /// UIDs are replaced by a key derived from the installation's, so that the objects of a study fit together over
    /// requests.
    pub fn new(rules: &Rules, key: &Key, detector: Arc<dyn Detector>) -> Result<Self, dicom::PolicyError> {
        let policy = dicom::Policy::new(rules, Profile::default())?;
        let keyed = Keyed::new(key.derive("dicom").expose());
        Ok(Self { policy, keyed, texts: Texts(detector) })
    }
}

impl Media for Imaging {
    fn clear(&self, bytes: &[u8], _policy: &Policy) -> Result<Option<Vec<u8>>, Refusal> {
        if !dicom::sniff(bytes) {
            return Ok(None);
        }
        match dicom::deidentify_bytes(bytes, &self.policy, &self.keyed, &self.texts) {
            Ok((cleared, _)) => Ok(Some(cleared)),
            Err(Error::NotDicom) => Ok(None),
            Err(Error::Detector) => Err(Reason::DetectorFailed.into()),
            Err(error) => Err(Refusal::new(Reason::OpaqueContent).because(format!("DICOM: {error}"))),
        }
    }
}

/// The exchange's detector over an object's texts. Descriptions are removed, not read.
struct Texts(Arc<dyn Detector>);

impl Surroundings for Texts {
    fn clean(&self, _tag: Tag, text: &str) -> Result<Verdict, Fault> {
        let findings = self.0.analyze(&[Segment::prose(text)], Instant::now() + DEADLINE)?;
        Ok(detector::cut(text, findings.iter().flatten()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::{Analyzer, Options};

    fn imaging() -> Imaging {
        let rules = Rules::embedded();
        let analyzer = Analyzer::new(&rules, &Options::default()).unwrap();
        Imaging::new(&rules, &Key::from_bytes([1; 32]), Arc::new(analyzer)).unwrap()
    }

    fn object(modality: &[u8; 2]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0\x08\x00\x60\x00CS\x02\x00");
        bytes.extend(modality);
        bytes.extend(b"\x10\x00\x10\x00PN\x0c\x00Kovacs^Maria\x28\x00\x10\x00US\x02\x00\x08\x00");
        bytes
    }

    #[test]
    fn an_object_is_cleared_and_what_may_show_a_name_is_refused() {
        let policy = Policy::load(&Rules::embedded(), Policy::DEFAULT).unwrap();
        let cleared = imaging().clear(&object(b"CT"), &policy).unwrap().unwrap();
        assert!(!cleared.windows(6).any(|window| window == b"Kovacs"));
        assert_eq!(imaging().clear(&object(b"US"), &policy).unwrap_err().reason, Reason::OpaqueContent);
        assert_eq!(imaging().clear(b"\x89PNG\r\n\x1a\n and more", &policy).unwrap(), None);
    }
}
