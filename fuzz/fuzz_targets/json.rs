//! What the parser accepts is written back the same, and is JSON for another parser too.
#![no_main]

use cordon::json::{Limits, parse_reply};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { nodes: 10_000, ..Limits::default() };
    if let Ok(node) = parse_reply(bytes, &limits) {
        let written = node.to_json();
        assert_eq!(parse_reply(written.as_bytes(), &limits).as_ref(), Ok(&node));
        assert_eq!(parse_reply(written.as_bytes(), &limits).map(|node| node.to_json()), Ok(written));
    }
});
