//! A form is read or refused; what is read, is written so that it is read alike.
#![no_main]

use cordon::multipart::{Part, boundary, parse, write};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = boundary(&String::from_utf8_lossy(bytes));
    let Ok(parts) = parse(bytes, "b0undary", 32) else { return };
    let owned = |part: Part<&[u8]>| Part {
        name: part.name,
        // Names of files are never those of the client.
        file_name: part.file_name.map(|_| "file-1.txt".to_owned()),
        content_type: None,
        body: part.body.to_vec(),
    };
    let parts: Vec<Part<Vec<u8>>> = parts.into_iter().map(owned).collect();
    let (kind, written) = write(&parts);
    let again = parse(&written, &boundary(&kind).expect("our own"), 32).expect("our own");
    assert_eq!(again.len(), parts.len());
    for (again, part) in again.iter().zip(&parts) {
        assert_eq!((&again.name, &again.file_name, again.body), (&part.name, &part.file_name, &part.body[..]));
    }
});
