//! Frames give back every byte, wherever the stream is cut. The first byte says where.
#![no_main]

use cordon::sse::{Frame, Frames};

fn frames(bytes: &[u8], size: usize) -> Vec<Frame> {
    let mut stream = Frames::new(1 << 20);
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        stream.push(piece);
        while let Some(frame) = stream.next_frame().expect("shorter than the limit") {
            all.push(frame);
        }
    }
    all.extend(stream.finish());
    all
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let whole = frames(bytes, bytes.len().max(1));
    assert_eq!(frames(bytes, usize::from(size).max(1)), whole);
    let joined: Vec<u8> = whole.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
    assert_eq!(joined, bytes);
    for frame in &whole {
        let again = frames(&frame.with_data("{}"), 1);
        assert!(frame.data().is_none() || again[0].data().as_deref() == Some(b"{}"));
    }
});
