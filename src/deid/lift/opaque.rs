//! What is not text by itself: sealed data, media, and addresses that the provider fetches.

use super::{Handling, LeafId, Lift, Place};
use crate::deid::encoded::{self, Content};
use crate::deid::{host, media};
use crate::refusal::{Reason, Refusal};

impl Lift<'_> {
    /// What the provider made, unless text hides in it.
    pub(super) fn sealed(&mut self, text: String, place: &Place<'_>) -> Result<LeafId, Refusal> {
        let (name, label) = (place.name.clone(), place.label.clone());
        match encoded::decode(&text) {
            Some(Content::Opaque(bytes)) => {
                if let Some(inner) = encoded::embedded(&bytes) {
                    self.push(inner, name.clone(), None, Handling::Words);
                }
                Ok(self.push(text, name, label, Handling::Fixed))
            }
            Some(Content::Media(_)) => Err(Refusal::new(Reason::OpaqueContent).at(name)),
            Some(Content::Text(inner)) => {
                self.push(inner, name.clone(), label.clone(), Handling::Frozen);
                Ok(self.push(text, name, label, Handling::Fixed))
            }
            None => Ok(self.push(text, name, label, Handling::Frozen)),
        }
    }

    /// Base64 media: text is cleared and encoded again, a known format by its own rules, the rest refused.
    pub(super) fn media(&mut self, text: String, prefix: String, place: &Place<'_>) -> Result<LeafId, Refusal> {
        let opaque = || Refusal::new(Reason::OpaqueContent).at(&place.name);
        match encoded::decode(&text) {
            Some(Content::Text(inner)) => {
                let handling = Handling::Base64 { prefix };
                let id = self.push(inner, place.name.clone(), place.label.clone(), handling);
                self.read_runs(id)?;
                Ok(id)
            }
            Some(Content::Media(bytes) | Content::Opaque(bytes)) => {
                self.file(bytes, prefix, &place.name).ok_or_else(opaque)
            }
            None if text.is_empty() => Ok(self.push(prefix, place.name.clone(), None, Handling::Fixed)),
            None => Err(opaque()),
        }
    }

    /// A URL that the provider fetches.
    pub(super) fn url(&mut self, text: String, place: &Place<'_>) -> Result<LeafId, Refusal> {
        if let Some((head, data)) = text.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
            if !head.ends_with(";base64") {
                let id = self.push(text, place.name.clone(), place.label.clone(), Handling::Frozen);
                return self.read_runs(id).map(|()| id);
            }
            let prefix = media::essence(head.trim_end_matches(";base64")).unwrap_or("application/octet-stream");
            return self.media(data.to_owned(), format!("data:{prefix};base64,"), place);
        }
        if text.is_empty() {
            return Ok(self.push(text, place.name.clone(), None, Handling::Fixed));
        }
        match host::of(&text) {
            Some(host) if self.policy.may_fetch(&host) => {
                let id = self.push(text, place.name.clone(), place.label.clone(), Handling::Identifier);
                self.read_runs(id).map(|()| id)
            }
            _ => Err(Refusal::new(Reason::RemoteFetch).at(&place.name)),
        }
    }
}
