//! Signed checkpoints: C2SP tlog-checkpoint in a signed note, Ed25519 keys of type 0x01.

use super::merkle::Hash;
use crate::crypto::{self, SigningKey};
use data_encoding::{BASE64, HEXLOWER};
use std::fmt;

const ED25519: u8 = 0x01;

/// What the log says of itself: its name, how many entries it has and their root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    /// The signed note. The key's name is the origin.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let verifier = VerifierKey { name: self.origin.clone(), public: key.public() };
        let mut signature = verifier.id().to_vec();
        signature.extend_from_slice(&key.sign(body.as_bytes()));
        format!("{body}\n\u{2014} {} {}\n", self.origin, BASE64.encode(&signature))
    }

    /// The checkpoint in a signed note, if this key signed it. Signatures by other keys are ignored.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, Invalid> {
        let (body, signatures) = note.rsplit_once("\n\n").ok_or(Invalid::Form)?;
        let body = format!("{body}\n");
        if !signatures.ends_with('\n') {
            return Err(Invalid::Form);
        }
        let mut signed = false;
        for line in signatures.lines() {
            let (name, signature) =
                line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or(Invalid::Form)?;
            let signature = BASE64.decode(signature.as_bytes()).map_err(|_| Invalid::Form)?;
            let (id, signature) = signature.split_at_checked(4).ok_or(Invalid::Form)?;
            if name == key.name && id == key.id() {
                let signature: &[u8; 64] = signature.try_into().map_err(|_| Invalid::Signature)?;
                if !crypto::verify(&key.public, body.as_bytes(), signature) {
                    return Err(Invalid::Signature);
                }
                signed = true;
            }
        }
        if !signed {
            return Err(Invalid::Signature);
        }
        let mut lines = body.lines();
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(Invalid::Form);
        };
        let root = BASE64.decode(root.as_bytes()).ok().and_then(|root| root.try_into().ok()).ok_or(Invalid::Form)?;
        let checkpoint = Self { origin: origin.to_owned(), size: size.parse().map_err(|_| Invalid::Form)?, root };
        // Only one spelling is accepted, so that no byte of the note can change unseen.
        if checkpoint.body() != body || checkpoint.origin != key.name {
            return Err(Invalid::Form);
        }
        Ok(checkpoint)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("the checkpoint is not a signed note of this form")]
    Form,
    #[error("the checkpoint is not signed by this key")]
    Signature,
    #[error("the verifier key is not of the form `name+id+key`")]
    Key,
}

/// The public half of a log's key, `name+hex+base64` as in C2SP signed-note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    pub name: String,
    pub public: [u8; 32],
}

impl VerifierKey {
    /// The first four bytes of `SHA-256(name || 0x0A || type || key)`.
    fn id(&self) -> [u8; 4] {
        let mut hash = crypto::Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update(&[b'\n', ED25519]);
        hash.update(&self.public);
        let [a, b, c, d, ..] = hash.finish();
        [a, b, c, d]
    }

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Invalid::Key);
        };
        let key = BASE64.decode(key.as_bytes()).map_err(|_| Invalid::Key)?;
        let (&ED25519, public) = key.split_first().ok_or(Invalid::Key)? else { return Err(Invalid::Key) };
        let key = Self { name: name.to_owned(), public: public.try_into().map_err(|_| Invalid::Key)? };
        if HEXLOWER.encode(&key.id()) != id {
            return Err(Invalid::Key);
        }
        Ok(key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, HEXLOWER.encode(&self.id()), BASE64.encode(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Key;

    #[test]
    fn a_note_opens_with_its_key_and_with_no_byte_changed() {
        let key = SigningKey::from_seed(&Key::from_bytes([7; 32]));
        let checkpoint = Checkpoint { origin: "log.example/a".into(), size: 42, root: [9; 32] };
        let verifier = VerifierKey { name: checkpoint.origin.clone(), public: key.public() };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &verifier), Ok(checkpoint));
        assert_eq!(VerifierKey::parse(&verifier.to_string()), Ok(verifier.clone()));
        for at in 0..note.len() {
            let mut broken = note.clone().into_bytes();
            broken[at] ^= 1;
            let opened = String::from_utf8(broken).map_err(|_| Invalid::Form);
            assert!(opened.and_then(|note| Checkpoint::open(&note, &verifier)).is_err(), "byte {at}");
        }
        let other = VerifierKey { name: verifier.name.clone(), public: [1; 32] };
        assert_eq!(Checkpoint::open(&note, &other), Err(Invalid::Signature));
    }
}
