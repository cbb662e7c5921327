//! Why a DICOM object was not written, in words for the person who has the file.

use dicom_core::Tag;
use std::io;

/// A file that was not de-identified. Holds places and kinds, never a value of the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the input cannot be read: {0}")]
    Read(#[source] io::Error),
    #[error("the output cannot be written: {0}")]
    Write(#[source] io::Error),
    #[error("this is not a DICOM object")]
    NotDicom,
    #[error("the transfer syntax is not known")]
    UnknownSyntax,
    #[error("{}{what} (at byte {position})", place(*.tag))]
    Malformed { position: u64, tag: Option<Tag>, what: &'static str },
    #[error("the file ends inside an element, so that something of it is missing")]
    Truncated,
    #[error("{what} is over the limit of {limit}")]
    Limit { what: &'static str, limit: u64 },
    #[error("the pixels may show a patient's name: {0}")]
    BurnedIn(&'static str),
    #[error("{}{what}", place(Some(*.tag)))]
    Opaque { tag: Tag, what: &'static str },
    #[error("the text detector gave no answer")]
    Detector,
    #[error("the output did not pass its own verification: {0}")]
    Unverified(String),
}

impl Error {
    /// The word for reports and exit codes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Write(_) => "write",
            Self::NotDicom => "not_dicom",
            Self::UnknownSyntax => "unknown_syntax",
            Self::Malformed { .. } => "malformed",
            Self::Truncated => "truncated",
            Self::Limit { .. } => "limit",
            Self::BurnedIn(_) => "burned_in",
            Self::Opaque { .. } => "opaque",
            Self::Detector => "detector",
            Self::Unverified(_) => "unverified",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::BurnedIn(_) => {
                "look at it, then use `--burned-in blank` where regions are known, or `--burned-in keep`"
            }
            Self::Opaque { .. } => "use `--documents remove` to write the object without the document",
            Self::UnknownSyntax => {
                "convert it to a standard transfer syntax first, with `dcmconv` or the vendor's tool"
            }
            Self::Malformed { .. } => "repair it with `dcmconv` or `dcmodify`, or leave it out",
            Self::Truncated => "fetch it again from where it came from, or use `--truncated write`",
            Self::Detector => "try again",
            _ => return None,
        })
    }
}

fn place(tag: Option<Tag>) -> String {
    tag.map_or_else(String::new, |tag| format!("({:04X},{:04X}): ", tag.group(), tag.element()))
}
