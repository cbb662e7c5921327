//! Seals: what a provider signed travels inside its own signature, so that it can go back byte for byte.
//!
//! The client gets the restored text; the provider must get the text it signed. Clearing the restored text again
//! need not give that, so the reply's side puts both the signature and the text it covers into a seal that only this
//! scope can open, and the client sends it back as the signature it takes it for.

use super::Scope;
use crate::crypto::Key;
use crate::json::{Limits, Node, parse_reply};
use crate::refusal::{Reason, Refusal};
use data_encoding::BASE64;

/// Makes and opens the seals of one scope.
#[derive(Clone, Debug)]
pub struct Seals {
    key: Key,
    context: Vec<u8>,
}

impl Seals {
    pub(super) fn new(key: &Key, scope: &Scope) -> Self {
        Self { key: key.derive("seal"), context: scope.name().as_bytes().to_vec() }
    }

    /// The seal to give to the client in the signature's place. It is base64, since SDKs decode signatures.
    pub fn seal(&self, signature: &str, original: &str) -> String {
        let content =
            Node::Array(vec![Node::String(signature.to_owned()), Node::String(original.to_owned())]).to_json();
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&self.key.seal(&self.context, content.as_bytes()));
        BASE64.encode(&bytes)
    }

    /// The signature and the text it covers. `None` if it is not one of our seals; a refusal if it is one that
    /// another scope or installation made, or that was changed.
    pub fn open(&self, signature: &str) -> Result<Option<(String, String)>, Refusal> {
        // One SDK decodes and encodes signatures in the URL-safe alphabet, so they are compared as bytes.
        let standard: String = signature
            .chars()
            .map(|c| {
                if c == '-' {
                    '+'
                } else if c == '_' {
                    '/'
                } else {
                    c
                }
            })
            .collect();
        let Ok(bytes) = BASE64.decode(standard.as_bytes()) else { return Ok(None) };
        let Some(sealed) = bytes.strip_prefix(MARK) else { return Ok(None) };
        let foreign =
            || Refusal::new(Reason::InvalidValue).because("a sealed signature that was not made for this caller");
        let content = self.key.open(&self.context, sealed).ok_or_else(foreign)?;
        match parse_reply(&content, &Limits::default()) {
            Ok(Node::Array(parts)) => match <[Node<String>; 2]>::try_from(parts) {
                Ok([Node::String(signature), Node::String(original)]) => Ok(Some((signature, original))),
                _ => Err(foreign()),
            },
            _ => Err(foreign()),
        }
    }
}

/// Nine bytes, so that the base64 of every seal starts alike: `Y29yZG9uLXMx`.
const MARK: &[u8] = b"cordon-s1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_scope_only() {
        let key = Key::from_bytes([7; 32]);
        let seals = Seals::new(&key, &Scope::tenant("a"));
        let sealed = seals.seal("EqQB+/==", "thinking of [NAME_1]");
        let both = Some(("EqQB+/==".to_owned(), "thinking of [NAME_1]".to_owned()));
        assert_eq!(seals.open(&sealed).expect("ours"), both);
        assert_eq!(seals.open(&sealed.replace('+', "-").replace('/', "_")).expect("ours"), both);
        assert_eq!(seals.open("EqQB+/==").expect("theirs"), None);
        assert!(Seals::new(&key, &Scope::tenant("b")).open(&sealed).is_err());
    }
}
