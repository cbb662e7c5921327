//! Objects that mean harm: each ends in a valid object or in a typed refusal, soon and in little memory.

use super::corpus::{Builder, file, objects};
use super::{deidentify, policy};
use cordon::dicom::{self, Error};
use proptest::prelude::*;
use std::io::Write as _;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

fn object(data_set: &[u8]) -> Vec<u8> {
    file(EXPLICIT, CT, b"", &[], data_set)
}

#[test]
fn ten_thousand_open_sequences_are_refused_not_recursed_into() {
    let level = [
        &0x0028u16.to_le_bytes()[..],
        &0x9145u16.to_le_bytes(),
        b"SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF",
    ];
    let bytes = object(&level.concat().repeat(10_000));
    assert!(matches!(deidentify(&bytes, &policy(&[])), Err(Error::Malformed { .. })));
}

#[test]
fn four_gigabytes_that_are_not_there_take_no_memory() {
    for head in [&b"\xE0\x7F\x10\x00OW\0\0\xFE\xFF\xFF\xFF"[..], b"\x10\x00\x00\x40UT\0\0\xFE\xFF\xFF\xFF"] {
        assert!(matches!(
            deidentify(&object(head), &policy(&[])),
            Err(Error::Truncated | Error::Limit { .. } | Error::Malformed { .. })
        ));
    }
}

#[test]
fn a_bomb_is_not_inflated() {
    let mut data = Builder::new(EXPLICIT);
    data.put(0x0008_0016, "UI", CT);
    let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflater.write_all(&data.bytes).unwrap();
    deflater.write_all(b"\xE0\x7F\x10\x00OW\0\0\0\0\0\x20").unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..512 {
        deflater.write_all(&zeros).unwrap();
    }
    let bytes = file("1.2.840.10008.1.2.1.99", CT, b"", &[], &deflater.finish().unwrap());
    assert!(bytes.len() < 1 << 20);
    assert!(matches!(deidentify(&bytes, &policy(&[])), Err(Error::Read(_))));
}

#[test]
fn an_object_cut_anywhere_is_refused_or_whole() {
    let policy = policy(&[]);
    for original in objects(0).into_iter().take(3) {
        for end in 0..original.bytes.len() {
            if let Ok(output) = deidentify(&original.bytes[..end], &policy) {
                assert_eq!(dicom::verify::markers(&output), Ok(()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_refused_or_become_a_valid_object(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let policy = policy_once();
        for bytes in [bytes.clone(), object(&bytes)] {
            if let Ok(output) = deidentify(&bytes, policy) {
                prop_assert_eq!(dicom::verify::markers(&output), Ok(()));
            }
        }
    }

    #[test]
    fn a_damaged_object_is_refused_or_becomes_a_valid_one(
        which in 0usize..20,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let policy = policy_once();
        let mut objects = objects(0);
        let which = which % objects.len();
        let mut bytes = objects.swap_remove(which).bytes;
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(output) = deidentify(&bytes, policy) {
            prop_assert_eq!(dicom::verify::markers(&output), Ok(()));
        }
    }
}

fn policy_once() -> &'static dicom::Policy {
    static POLICY: std::sync::OnceLock<dicom::Policy> = std::sync::OnceLock::new();
    POLICY.get_or_init(|| policy(&[]))
}
