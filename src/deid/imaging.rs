//! Images inside a request, recognised by content: DICOM objects are cleared by PS3.15, pictures lose what is written
//! beside their pixels where the profile lets them leave; what cannot be done is refused.

use super::media::{ClearedFile, Identity, Surrogates};
use super::{Detector, Media};
use crate::crypto::Key;
use crate::dicom::{self, Action, Error, Keyed, Profile, Surroundings, Verdict, detector};
use crate::entity::EntityType;
use crate::picture;
use crate::profile::Policy;
use crate::recognize::{Fault, Segment};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use dicom_core::Tag;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One text of an object may take this long to read.
const DEADLINE: Duration = Duration::from_secs(10);

/// Clears DICOM objects under the basic profile, whatever the profile for text keeps.
pub struct Imaging {
    policy: dicom::Policy,
    keyed: Keyed,
    detector: Arc<dyn Detector>,
}

impl Imaging {
    /// UIDs are replaced by a key derived from the installation's, so that the objects of a study fit together over
    /// requests.
    pub fn new(rules: &Rules, key: &Key, detector: Arc<dyn Detector>) -> Result<Self, dicom::PolicyError> {
        let policy = dicom::Policy::new(rules, Profile::default())?;
        let keyed = Keyed::new(key.derive("dicom").expose());
        Ok(Self { policy, keyed, detector })
    }
}

impl Media for Imaging {
    fn identities(&self, bytes: &[u8]) -> Option<Vec<Identity>> {
        if picture::sniff(bytes).is_some() {
            return Some(Vec::new());
        }
        if !dicom::sniff(bytes) {
            return None;
        }
        // One that cannot be read is refused when it is cleared, with the reason.
        let identities = dicom::identities(bytes, &self.policy).unwrap_or_default();
        Some(identities.into_iter().map(|(entity, text)| Identity { entity, text }).collect())
    }

    fn clear(&self, bytes: &[u8], policy: &Policy, surrogates: Surrogates<'_>) -> Result<Option<ClearedFile>, Refusal> {
        if let Some(format) = picture::sniff(bytes) {
            if !policy.sends_pictures() {
                return Ok(None);
            }
            let unreadable = |error: picture::Malformed| Refusal::new(Reason::OpaqueContent).because(error.to_string());
            let bytes = format.bare(bytes).map_err(unreadable)?;
            return Ok(Some(ClearedFile { bytes, actions: BTreeMap::from([("pictures", 1)]) }));
        }
        if !dicom::sniff(bytes) {
            return Ok(None);
        }
        let texts = Texts { detector: &*self.detector, surrogates };
        match dicom::deidentify_bytes(bytes, &self.policy, &self.keyed, &texts) {
            Ok((bytes, report)) => {
                let mut actions = BTreeMap::from([("dicom_objects", 1)]);
                for (&(_, action), &count) in &report.actions {
                    *actions.entry(counter(action)).or_default() += count;
                }
                Ok(Some(ClearedFile { bytes, actions }))
            }
            Err(Error::NotDicom) => Ok(None),
            Err(Error::Detector) => Err(Reason::DetectorFailed.into()),
            Err(error) => Err(Refusal::new(Reason::OpaqueContent).because(format!("DICOM: {error}"))),
        }
    }
}

/// The word of an action in the audit record.
fn counter(action: Action) -> &'static str {
    match action {
        Action::Remove => "dicom_removed",
        Action::Empty => "dicom_emptied",
        Action::Dummy => "dicom_replaced",
        Action::Map => "dicom_mapped",
        Action::Keep => "dicom_kept",
        Action::Clean => "dicom_cleaned",
        Action::Inspect => "dicom_inspected",
    }
}

/// The exchange's detector over an object's texts, and its pseudonyms for who the object is about. Descriptions are
/// removed, not read.
struct Texts<'a> {
    detector: &'a dyn Detector,
    surrogates: Surrogates<'a>,
}

impl Surroundings for Texts<'_> {
    fn clean(&self, _tag: Tag, text: &str) -> Result<Verdict, Fault> {
        let findings = self.detector.analyze(&[Segment::prose(text)], Instant::now() + DEADLINE)?;
        Ok(detector::cut(text, findings.iter().flatten()))
    }

    fn surrogate(&self, _entity: EntityType, original: &str) -> Option<String> {
        (self.surrogates)(original)
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
        let named = |original: &str| (original == "Kovacs^Maria").then(|| "[NAME_1]".to_owned());
        let ct = object(b"CT");
        let identity = Identity { entity: EntityType::Name, text: "Kovacs^Maria".to_owned() };
        assert_eq!(imaging().identities(&ct), Some(vec![identity]));
        let cleared = imaging().clear(&ct, &policy, &named).unwrap().unwrap();
        let holds = |word: &[u8]| cleared.bytes.windows(word.len()).any(|window| window == word);
        assert!(!holds(b"Kovacs") && holds(b"[NAME_1]"));
        assert_eq!(cleared.actions["dicom_emptied"], 1);
        assert_eq!(imaging().clear(&object(b"US"), &policy, &named).unwrap_err().reason, Reason::OpaqueContent);
        assert_eq!(imaging().clear(b"BM and more", &policy, &named).unwrap(), None);
        assert_eq!(imaging().identities(b"BM and more"), None);
    }

    #[test]
    fn a_picture_leaves_bare_and_only_where_the_profile_says_so() {
        let gif = b"GIF89a\x01\0\x01\0\0\0\0\x21\xfe\x06Kovacs\0;behind";
        let strict = Policy::load(&Rules::embedded(), Policy::DEFAULT).unwrap();
        assert_eq!(imaging().clear(gif, &strict, &|_| None).unwrap(), None);
        let policy = strict.with_pictures();
        let cleared = imaging().clear(gif, &policy, &|_| None).unwrap().unwrap();
        assert_eq!(cleared.bytes, b"GIF89a\x01\0\x01\0\0\0\0;");
        let refusal = imaging().clear(&gif[..16], &policy, &|_| None).unwrap_err();
        assert_eq!(refusal.reason, Reason::OpaqueContent);
    }
}
