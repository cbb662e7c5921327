//! Cutting a reply changes nothing, and no reply brings down the restorer. The first byte says how it is cut and read.
#![no_main]

use cordon::deid::Exchange;
use cordon::reidentify::{Context, Restorer, restore};
use std::sync::{Arc, LazyLock};

static EXCHANGE: LazyLock<Arc<Exchange>> = LazyLock::new(|| {
    let kept = br#"{"originals":[["NAME",1,0,"Maria \"M\" Kovacs"],["NAME",1,1,"Kovacs"],["NAME",12,0,"[NAME_"],["DAY",0,0,"3/3/2024"]],
        "literals":{"900001":"483920","-90.0001":"-71.0589"},"hosts":["portal.example.org"],"timeline":["3/3/2024",false]}"#;
    Arc::new(Exchange::from_bytes(kept).expect("as the vault keeps it"))
});

libfuzzer_sys::fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let context = [Context::Text, Context::Json, Context::Html][usize::from(choice % 3)];
    let size = usize::from(choice / 3 % 8) + 1;
    let (whole, counts) = restore(&EXCHANGE, context, text);
    let mut restorer = Restorer::new(Arc::clone(&EXCHANGE), context);
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    for piece in characters.chunks(size) {
        out.push_str(&restorer.push(&piece.iter().collect::<String>()));
    }
    out.push_str(&restorer.finish());
    assert_eq!(out, whole);
    assert_eq!(restorer.counts(), counts);
});
