//! The text layer of a PDF. The file itself is never sent on: fonts, images and attachments in it are read by nobody.

mod font;
mod page;

use lopdf::{Document, LoadOptions};
use page::{Page, UNIT};
use std::panic::catch_unwind;

/// A PDF whose text cannot be read as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    #[error("the PDF cannot be read")]
    Unreadable,
    #[error("the PDF is encrypted")]
    Encrypted,
    #[error("the PDF has more pages or text than the limit")]
    TooLarge,
    #[error("the PDF has no text layer: it is a picture of a document")]
    NoText,
    #[error("the PDF's fonts do not say which letters they show")]
    NoLetters,
}

/// Whether a file begins like a PDF.
pub fn sniff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// The text of all pages in their order, each ended by a form feed. A page without text is left out.
pub fn text(bytes: &[u8]) -> Result<String, PdfError> {
    // The format is large and its readers are young: one that panics has not read the file.
    catch_unwind(|| read(bytes)).unwrap_or(Err(PdfError::Unreadable))
}

fn read(bytes: &[u8]) -> Result<String, PdfError> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM_BYTES), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(|_| PdfError::Unreadable)?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(PdfError::Encrypted);
    }
    let pages = document.get_pages();
    if pages.len() > PAGES {
        return Err(PdfError::TooLarge);
    }
    let mut all = String::new();
    for &page in pages.values() {
        let content = document.get_page_content_with_limit(page, STREAM_BYTES).map_err(|_| PdfError::Unreadable)?;
        let (own, inherited) = document.get_page_resources(page).map_err(|_| PdfError::Unreadable)?;
        let inherited = inherited.into_iter().filter_map(|id| document.get_dictionary(id).ok());
        let resources: Vec<_> = own.into_iter().chain(inherited).collect();
        let mut page = Page::new(&document, STREAM_BYTES);
        page.read(&content, &resources, UNIT, 0)?;
        if page.text.trim().is_empty() {
            continue;
        }
        all.push_str(page.text.trim_end());
        all.push_str("\n\u{c}");
        if all.len() > TEXT_BYTES {
            return Err(PdfError::TooLarge);
        }
    }
    if all.is_empty() {
        return Err(PdfError::NoText);
    }
    let shown = all.chars().filter(|c| !c.is_whitespace());
    let (mut letters, mut unknown) = (0usize, 0usize);
    shown.for_each(|c| {
        let is_unknown = c == '\u{fffd}' || c.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&c);
        if is_unknown { unknown += 1 } else { letters += 1 }
    });
    if unknown * 20 > letters { Err(PdfError::NoLetters) } else { Ok(all) }
}

/// No page of a document in text needs more.
const STREAM_BYTES: usize = 16 << 20;
const TEXT_BYTES: usize = 8 << 20;
const PAGES: usize = 2000;

/// A PDF of one page that shows these lines.
#[cfg(test)]
pub(crate) fn sample(lines: &[&str]) -> Vec<u8> {
    use lopdf::content::{Content, Operation};
    use lopdf::{Object, Stream, dictionary};
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" });
    let fonts = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let mut operations = vec![Operation::new("BT", vec![]), Operation::new("Tf", vec!["F1".into(), 12.into()])];
    for line in lines {
        operations.push(Operation::new("Td", vec![0.into(), (-14).into()]));
        // Typesetters move single letters together; a number of a thousandth of the size is no blank.
        let (before, after) = line.split_at(line.len() / 2);
        let pieces = vec![Object::string_literal(before), (-40).into(), Object::string_literal(after)];
        operations.push(Operation::new("TJ", vec![pieces.into()]));
    }
    operations.push(Operation::new("ET", vec![]));
    let content = Content { operations }.encode().expect("operations are encoded");
    let content = document.add_object(Stream::new(dictionary! {}, content));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "Resources" => fonts,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, Object::Dictionary(kids));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("memory is written");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_layer_is_read_and_a_picture_has_none() {
        let text = text(&sample(&["Patient: Maria Kovacs", "MRN: 00412345"])).expect("text");
        assert!(text.contains("Patient: Maria Kovacs\n"), "{text:?}");
        assert!(text.contains("MRN: 00412345"), "{text:?}");
        assert_eq!(super::text(&sample(&[])), Err(PdfError::NoText));
        assert_eq!(super::text(b"%PDF-1.7 and nothing else"), Err(PdfError::Unreadable));
    }

    #[test]
    fn what_a_font_does_not_name_is_not_guessed() {
        assert_eq!(text(&sample(&["\u{1}\u{2}\u{3}\u{4} ab"])), Err(PdfError::NoLetters));
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_an_error_at_worst(at in 0usize..600, byte in any::<u8>(), cut in 0usize..900) {
            let mut bytes = sample(&["Patient: Maria Kovacs"]);
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.truncate(cut.max(16));
            let _ = text(&bytes);
        }
    }
}
