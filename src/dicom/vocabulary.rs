//! Attributes that the table does not list and that are filled in freely all the same.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// Long Code Value, and Text Value of a content item, about which the item's concept decides.
const OTHERWISE_DECIDED: [Tag; 2] = [Tag(0x0008, 0x0119), Tag(0x0040, 0xA160)];

/// How the keywords of attributes end that hold a person's own words.
const ENDINGS: [&str; 10] = [
    "Description",
    "Comment",
    "Comments",
    "Notes",
    "Remarks",
    "Title",
    "Narrative",
    "Purpose",
    "Explanation",
    "Instructions",
];

/// Whether a text is prose: by its VR, or by what the attribute is called.
pub fn is_prose(tag: Tag, vr: VR) -> bool {
    match vr {
        _ if OTHERWISE_DECIDED.contains(&tag) => false,
        VR::LT | VR::ST | VR::UC | VR::UT => true,
        VR::LO | VR::SH => StandardDataDictionary
            .by_tag(tag)
            .is_some_and(|entry| ENDINGS.iter().any(|ending| entry.alias().ends_with(ending))),
        _ => false,
    }
}

/// Whether a sequence is one of codes, by what it is called.
pub fn is_codes(tag: Tag) -> bool {
    StandardDataDictionary.by_tag(tag).is_some_and(|entry| entry.alias().ends_with("CodeSequence"))
}

/// Whether a code string is a label that a person chooses: Graphic Layer, by which annotations refer to a layer, and
/// Content Label.
pub fn is_label(tag: Tag) -> bool {
    matches!(tag, Tag(0x0070, 0x0002 | 0x0080))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_told_from_terms() {
        assert!(is_prose(Tag(0x0070, 0x0081), VR::LO), "Content Description");
        assert!(is_prose(Tag(0x0042, 0x0010), VR::ST), "Document Title");
        assert!(!is_prose(Tag(0x0008, 0x0070), VR::LO), "Manufacturer");
        assert!(!is_prose(Tag(0x0008, 0x0119), VR::UC), "Long Code Value");
    }
}
