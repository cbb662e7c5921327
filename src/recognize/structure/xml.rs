//! XML documents: C-CDA by its schema, DICOM native models by tag, any other by the names of its elements.
//!
//! A document type declaration can name entities and files to be read, so a text with one is not taken for XML at all:
//! it is read as prose, tags and all.

mod cda;
mod tree;

use super::Formats;
use super::markup::{self, Token};
use super::sketch::Sketch;
use crate::text::Span;
pub(super) use cda::Schema;
use memchr::memchr;

/// Acts on the markup in a text.
pub(super) fn read(sketch: &mut Sketch, formats: &Formats, region: Span) {
    let text = &sketch.text()[..region.end];
    let Some(start) = memchr(b'<', region.of(text).as_bytes()).map(|at| region.start + at) else { return };
    let mut kind = None;
    let (mut opened, mut closed) = (Vec::new(), 0);
    for token in markup::tokens(text, start).take(4000) {
        match token {
            Token::Doctype(span) if !span.of(text).to_ascii_lowercase().starts_with("<!doctype html") => return,
            Token::Open { name, .. } => {
                let local = name.rsplit(':').next().unwrap_or(name);
                kind = kind.or(match local {
                    "ClinicalDocument" | "recordTarget" | "patientRole" | "structuredBody" => Some(Kind::Cda),
                    "NativeDicomModel" | "DicomAttribute" => Some(Kind::Dicom),
                    _ => None,
                });
                opened.push(name);
            }
            Token::Close { name, .. } => closed += usize::from(opened.contains(&name)),
            _ => {}
        }
        if opened.len() > 64 {
            opened.drain(..32);
        }
    }
    // A word in angle brackets is no markup yet.
    if closed == 0 && kind.is_none() {
        return;
    }
    match kind {
        Some(Kind::Cda) => cda::read(sketch, &formats.cda, Span::new(start, region.end)),
        Some(Kind::Dicom) => tree::read(sketch, formats, Span::new(start, region.end), true),
        None => tree::read(sketch, formats, Span::new(start, region.end), false),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Cda,
    Dicom,
}

#[cfg(test)]
mod tests;
