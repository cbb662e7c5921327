//! Encapsulated documents (PDF, CDA, models): replaced by an empty one, or refused.

use super::error::Error;
use super::policy::{Documents, Policy};
use dicom_core::Tag;

pub const ENCAPSULATED: Tag = Tag(0x0042, 0x0011);
/// (0042,0015), the length of the document without padding.
pub const LENGTH: Tag = Tag(0x0042, 0x0015);

/// The document that stands in place of one that cannot be cleaned.
pub fn substitute(policy: &Policy, sop_class: &str) -> Result<&'static [u8], Error> {
    if policy.profile().documents == Documents::Refuse {
        return Err(Error::Opaque { tag: ENCAPSULATED, what: "an encapsulated document cannot be cleaned" });
    }
    Ok(match sop_class {
        "1.2.840.10008.5.1.4.1.1.104.1" => PDF,
        "1.2.840.10008.5.1.4.1.1.104.2" => CDA,
        _ => b"\0\0",
    })
}

/// One blank page.
const PDF: &[u8] = b"%PDF-1.4\n\
    1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n\
    trailer<</Root 1 0 R/Size 4>>\n%%EOF\n";

const CDA: &[u8] = b"<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\" nullFlavor=\"MSK\"/>";
