//! Private attributes on their way through: left out, but for those that an option keeps.

use super::Rewrite;
use crate::dicom::error::Error;
use crate::dicom::policy::Action;
use crate::dicom::private;
use crate::dicom::reader::{Header, Kind, Length};
use dicom_core::VR;

impl Rewrite<'_, '_> {
    pub(super) fn private(&mut self, header: &Header) -> Result<(), Error> {
        if private::is_creator(header.tag) {
            return self.creator(header);
        }
        let Some(header) = self.blocks.safe(header, self.source)? else {
            return self.leave_out(header, Action::Remove);
        };
        let is_sequence = header.kind == Kind::Sequence;
        match header.length {
            _ if is_sequence && header.known == Some(VR::SQ) => self.sequence(&header, Action::Inspect),
            // Samples too are looked at as a whole, or not at all: nobody but their maker knows what is in them.
            Length::Defined(length)
                if header.kind == Kind::Value
                    && header.known != Some(VR::SQ)
                    && length <= self.policy.profile().limits.value =>
            {
                self.look(&header, length, Action::Inspect)
            }
            _ => self.leave_out(&header, Action::Remove),
        }
    }

    /// The element that reserves a block: it stays where something of its block does.
    fn creator(&mut self, header: &Header) -> Result<(), Error> {
        let Length::Defined(length) = header.length else { return self.leave_out(header, Action::Remove) };
        if !private::names_creator(header) {
            return self.leave_out(header, Action::Remove);
        }
        let Some(value) = self.reader.value(length, self.source)? else { return Ok(()) };
        let creator = self.blocks.reserve(header.tag, value);
        self.source.skip(length.into())?;
        match creator {
            Some(creator) if self.blocks.is_used(header.tag, &self.reader, self.source)? => {
                // Whatever it was called.
                let stated = header.encoding.explicit.then_some(VR::LO);
                self.write(&Header { stated, known: Some(VR::LO), ..*header }, creator.as_bytes(), Action::Keep)
            }
            _ => {
                self.report.count(header.tag, Action::Remove);
                Ok(())
            }
        }
    }
}
