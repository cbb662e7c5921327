//! The door for media: a format that can be cleared is cleared by its own rules.

use crate::entity::EntityType;
use crate::profile::Policy;
use crate::refusal::Refusal;
use std::collections::BTreeMap;

/// Clears files of the formats it knows, such as DICOM.
pub trait Media: Send + Sync {
    /// What identifies the person that a file is about; nothing if the format is not known.
    fn identities(&self, bytes: &[u8]) -> Option<Vec<Identity>>;

    /// The cleared file; nothing if the format is not known or the policy does not let it pass.
    fn clear(&self, bytes: &[u8], policy: &Policy, surrogates: Surrogates<'_>) -> Result<Option<ClearedFile>, Refusal>;
}

/// What stands for one of a file's identities in this exchange.
pub type Surrogates<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// A name or number that a file gives its patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub entity: EntityType,
    pub text: String,
}

/// A file that may leave, and what was done to it by kind of action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearedFile {
    pub bytes: Vec<u8>,
    pub actions: BTreeMap<&'static str, u64>,
}

/// The type of a file without its parameters, if it is one that is known. Parameters and other types are words that
/// somebody typed.
pub(super) fn essence(media_type: &str) -> Option<&'static str> {
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let plain = matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8" | "charset=us-ascii");
    TYPES.iter().copied().find(|known| plain && known.eq_ignore_ascii_case(essence.trim()))
}

const TYPES: &[&str] = &[
    "text/plain",
    "text/html",
    "text/markdown",
    "text/csv",
    "text/tab-separated-values",
    "text/xml",
    "text/css",
    "text/javascript",
    "text/rtf",
    "text/calendar",
    "text/vcard",
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "application/fhir+json",
    "application/fhir+xml",
    "application/hl7-v2",
    "application/hl7-cda+xml",
    "application/xml",
    "application/yaml",
    "application/pdf",
    "application/dicom",
    "application/rtf",
    "application/octet-stream",
    "application/zip",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "message/rfc822",
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/gif",
    "image/webp",
    "image/heic",
    "image/heif",
    "image/avif",
    "image/bmp",
    "image/tiff",
    "image/svg+xml",
    "audio/wav",
    "audio/mp3",
    "audio/mpeg",
    "audio/aac",
    "audio/ogg",
    "audio/flac",
    "audio/pcm",
    "audio/webm",
    "audio/mp4",
    "video/mp4",
    "video/mpeg",
    "video/webm",
    "video/quicktime",
];
