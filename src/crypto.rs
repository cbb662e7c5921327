//! The only user of aws-lc-rs and of the system's random generator: digests, keyed digests, sealing, signatures.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::signature::{self, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use aws_lc_rs::{constant_time, digest, hkdf, hmac};
use std::fmt;
use zeroize::Zeroizing;

/// SHA-256, FIPS 180-4.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, data).as_ref())
}

/// SHA-256 over pieces, so that they need not be joined.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    pub fn finish(self) -> [u8; 32] {
        array(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether two secrets are equal, in a time that depends on their lengths only.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Random bytes from the operating system's generator. Not from that of aws-lc, which first gathers jitter of its own
/// for 36 ms: half of what a command takes that de-identifies one object.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random generator works, or nothing may run");
    bytes
}

/// A 256-bit secret. Wiped when dropped; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub fn generate() -> Self {
        Self::from_bytes(random())
    }

    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for a key file.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key for one purpose, HKDF-SHA-256 (RFC 5869) with the purpose as its info.
    pub fn derive(&self, purpose: &str) -> Self {
        struct Length;
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut bytes = Zeroizing::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(self.0.as_ref())
            .expand(&[purpose.as_bytes()], Length)
            .and_then(|okm| okm.fill(bytes.as_mut()))
            .expect("32 bytes is within the limit of HKDF");
        Self(bytes)
    }

    /// HMAC-SHA-256, RFC 2104.
    pub fn mac(&self, data: &[u8]) -> [u8; 32] {
        array(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref()), data).as_ref())
    }

    /// HMAC-SHA-256 over parts, each preceded by its length so that no two lists of parts collide.
    pub fn mac_parts(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref()));
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        array(context.sign().as_ref())
    }

    /// Seals with AES-256-GCM-SIV (RFC 8452) under a random nonce. `context` must be the same to open it.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = random::<{ aead::NONCE_LEN }>();
        let mut sealed = Vec::with_capacity(nonce.len() + plain.len() + 16);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        self.cipher()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
            .expect("a text below 64 GiB can be sealed");
        sealed.append(&mut body);
        sealed
    }

    /// What was sealed under this key and context; nothing when a byte of any of the three differs.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(aead::NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self.cipher().open_in_place(nonce, Aad::from(context), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&aead::AES_256_GCM_SIV, self.0.as_ref()).expect("the key has 256 bits");
        LessSafeKey::new(key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// An Ed25519 key that signs, RFC 8032.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    pub fn from_seed(seed: &Key) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed.expose()).expect("any 32 bytes are a seed"))
    }

    pub fn public(&self) -> [u8; 32] {
        array(self.0.public_key().as_ref())
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        array(self.0.sign(message).as_ref())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Whether an Ed25519 signature is by this public key.
pub fn verify(public: &[u8; 32], message: &[u8], signed: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&signature::ED25519, public).verify(message, signed).is_ok()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the algorithm fixes the length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn digests_agree_with_the_published_vectors() {
        // FIPS 180-4, "abc".
        assert_eq!(
            HEXLOWER.encode(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        // RFC 8032 7.1, test 1.
        let seed = HEXLOWER.decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = SigningKey::from_seed(&Key::from_bytes(seed.try_into().unwrap()));
        assert_eq!(HEXLOWER.encode(&key.public()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert!(verify(&key.public(), b"", &key.sign(b"")));
        assert!(!verify(&key.public(), b"x", &key.sign(b"")));
    }

    #[test]
    fn a_seal_opens_only_whole_and_in_its_context() {
        let key = Key::generate();
        let sealed = key.seal(b"tenant a", b"Maria");
        assert_eq!(key.open(b"tenant a", &sealed).unwrap().as_slice(), b"Maria");
        assert!(key.open(b"tenant b", &sealed).is_none());
        assert!(Key::generate().open(b"tenant a", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert!(key.open(b"tenant a", &broken).is_none());
            assert!(key.open(b"tenant a", &sealed[..at]).is_none());
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = Key::generate();
        assert_ne!(key.mac_parts(&[b"ab", b"c"]), key.mac_parts(&[b"a", b"bc"]));
        assert_ne!(key.derive("a").expose(), key.derive("b").expose());
    }
}
