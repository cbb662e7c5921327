//! Reads files that are written here, whole, cut and changed.

use super::*;
use std::io::Cursor;

/// The bytes of a file with these text keys and F32 tensors, all zero.
pub fn written(keys: &[(&str, &str)], tensors: &[(&str, &[u64])]) -> Vec<u8> {
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3u32.to_le_bytes());
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend((keys.len() as u64).to_le_bytes());
    for (key, value) in keys {
        text(&mut bytes, key);
        bytes.extend(8u32.to_le_bytes());
        text(&mut bytes, value);
    }
    let mut offset = 0u64;
    for (name, shape) in tensors {
        text(&mut bytes, name);
        bytes.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|length| bytes.extend(length.to_le_bytes()));
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        offset += (shape.iter().product::<u64>() * 4).next_multiple_of(32);
    }
    bytes.resize(bytes.len().next_multiple_of(32), 0);
    bytes.resize(bytes.len() + offset as usize, 0);
    bytes
}

fn read(bytes: &[u8]) -> Result<Gguf, GgufError> {
    Gguf::read(Cursor::new(bytes), bytes.len() as u64)
}

#[test]
fn a_whole_file_is_read_and_no_part_of_it_is() {
    let bytes = written(&[("general.architecture", "gemma3")], &[("token_embd.weight", &[8, 4])]);
    assert_eq!(read(&bytes).unwrap().architecture(), Some("gemma3"));
    for cut in 0..bytes.len() {
        assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(matches!(read(&bytes[..bytes.len() - 1]), Err(GgufError::Cut { .. })));
}

#[test]
fn no_changed_byte_makes_it_panic() {
    let bytes = written(&[("general.architecture", "gemma3"), ("a", "b")], &[("t", &[8, 4])]);
    for place in 0..bytes.len() {
        for value in [0, 9, 127, 255] {
            let mut changed = bytes.clone();
            changed[place] = value;
            // Whatever it says, it says it.
            let _ = read(&changed);
        }
    }
}

#[test]
fn an_adapter_fits_only_its_model() {
    let model = read(&written(&[("general.architecture", "gemma3")], &[("q.weight", &[8, 4])])).unwrap();
    let adapter = |architecture, a: &[u64], b: &[u64]| {
        let keys = [("general.architecture", architecture), ("adapter.type", "lora")];
        read(&written(&keys, &[("q.weight.lora_a", a), ("q.weight.lora_b", b)])).unwrap()
    };
    assert!(adapter("gemma3", &[8, 2], &[2, 4]).adapts(&model));
    assert!(!adapter("llama", &[8, 2], &[2, 4]).adapts(&model));
    assert!(!adapter("gemma3", &[6, 2], &[2, 4]).adapts(&model));
    assert!(!adapter("gemma3", &[8, 2], &[2, 5]).adapts(&model));
    assert!(!model.adapts(&model));
}
