//! Sequences on their way through: entered, emptied or left out, and their content items judged by what they mean.

use super::Rewrite;
use crate::dicom::content::{self, Treatment};
use crate::dicom::directory;
use crate::dicom::error::Error;
use crate::dicom::policy::Action;
use crate::dicom::reader::Header;
use crate::dicom::syntax::Encoding;
use crate::dicom::table::Choice;
use crate::dicom::vocabulary;
use dicom_core::{Tag, VR};

/// A sequence that is being written.
pub(super) struct Open {
    pub tag: Tag,
    /// How its items are written.
    pub inner: Encoding,
    /// Whether it may not end without an item.
    pub required: bool,
    pub items: usize,
    /// Whether nobody decides on its items but themselves.
    pub is_open: bool,
    /// What happens to the text in it.
    pub treatment: Treatment,
}

impl Rewrite<'_, '_> {
    pub(super) fn sequence(&mut self, header: &Header, action: Action) -> Result<(), Error> {
        if matches!(action, Action::Remove) || header.known.is_some_and(|known| known != VR::SQ && known != VR::UN) {
            return self.leave_out(header, Action::Remove);
        }
        if action == Action::Empty {
            self.reader.skip(header, self.source)?;
            return self.write(header, &[], action);
        }
        let outer = match self.treatment() {
            Treatment::Code(_) => Treatment::DummyValue,
            Treatment::Open(_) => Treatment::Inspect,
            outer => outer,
        };
        let treatment = match action {
            Action::Dummy if content::holds_content(header.tag) => Treatment::DummyValue,
            Action::Dummy => Treatment::DummyAll,
            Action::Clean if self.surroundings.reads_text() => Treatment::Inspect,
            // Without somebody who reads it, text is as under code D; codes of public schemes stay.
            Action::Clean => Treatment::DummyValue,
            _ => outer,
        };
        self.report.count(header.tag, action);
        let vr = header.stated.filter(|_| header.encoding.explicit).unwrap_or(VR::SQ);
        self.writer.sequence_start(header.encoding, header.tag, vr)?;
        self.reader.descend(header, self.source)?;
        self.open.push(Open {
            tag: header.tag,
            inner: if header.stated == Some(VR::UN) { Encoding::IMPLICIT } else { header.encoding },
            required: action == Action::Dummy,
            items: 0,
            is_open: match action {
                Action::Inspect | Action::Map => treatment == Treatment::Inspect,
                // An option that keeps codes keeps those of a site.
                Action::Keep => treatment == Treatment::Inspect && !vocabulary::is_codes(header.tag),
                _ => false,
            },
            treatment,
        });
        Ok(())
    }

    pub(super) fn item_start(&mut self) -> Result<(), Error> {
        let charset = self.charsets.last().cloned().unwrap_or_default();
        let encoding = self.inner_encoding();
        let depth = self.reader.depth();
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        if content::holds_content(open.tag) {
            let clean = self.policy.chooses(Choice::CleanStructuredContent) && self.surroundings.reads_text();
            let concept = content::overlook(&self.reader, self.source)?;
            // A reference that the report's evidence does not list cannot be resolved: not in the original either.
            let is_lost = open.tag == content::CONTENT
                && !concept.reference.is_empty()
                && !self.evidence.contains(&concept.reference)
                && (!self.policy.chooses(Choice::RetainUids)
                    || self.inspector.retained(concept.reference.as_bytes()) != concept.reference);
            match content::decide(&concept, self.policy, &self.facts.known, clean) {
                content::Item::Keep(treatment) if !is_lost => open.treatment = treatment,
                _ => {
                    // A content sequence may be absent, but not empty.
                    open.required |= open.tag == content::CONTENT;
                    self.report.count(open.tag, Action::Remove);
                    return self.reader.leave_to(depth - 1, self.source);
                }
            }
        }
        // A code of a report stays where it is one that everybody has, under the meaning that we know for it.
        if matches!(open.treatment, Treatment::DummyValue | Treatment::Code(_)) && !content::holds_content(open.tag) {
            open.treatment = content::code_treatment(&self.reader, self.source, self.policy)?;
        } else if open.is_open && !content::holds_content(open.tag) {
            open.treatment = content::open_treatment(&self.reader, self.source, self.policy)?;
        }
        open.items += 1;
        if open.tag == directory::RECORDS {
            // The item's own tag and length have just been read.
            self.directory.moved(self.source.position() - 8, self.writer.position());
        }
        self.charsets.push(charset);
        self.blocks.enter_item();
        self.writer.item_start(encoding)
    }

    pub(super) fn sequence_end(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        if open.required && open.items == 0 {
            content::write_dummy_item(open.tag, open.inner, &self.facts.known, self.writer)?;
        }
        self.writer.sequence_end(open.inner)
    }

    pub(super) fn treatment(&self) -> Treatment {
        self.open.last().map_or(Treatment::Inspect, |open| open.treatment.clone())
    }

    pub(super) fn inner_encoding(&self) -> Encoding {
        self.open.last().map_or(self.syntax.encoding, |open| open.inner)
    }
}
