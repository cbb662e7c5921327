//! A provider's stream in any dialect and framing: cut anywhere, it comes back alike, and nothing brings it down. The
//! first byte says which dialect, the second how it is cut.
#![no_main]

use cordon::crypto::Key;
use cordon::deid::{Deidentifier, Detector, Exchange, Scope};
use cordon::dialect::Address;
use cordon::entity::Finding;
use cordon::proxy::reply::cut::Cutter;
use cordon::proxy::reply::events::Events;
use cordon::proxy::reply::{FollowUp, Limits, Plan};
use cordon::recognize::{Fault, Segment};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

struct Nothing;

impl Detector for Nothing {
    fn analyze(&self, document: &[Segment<'_>], _: Instant) -> Result<Vec<Vec<Finding>>, Fault> {
        Ok(document.iter().map(|_| Vec::new()).collect())
    }
}

const PATHS: &[&str] = &[
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1beta/models/g:streamGenerateContent",
    "/ollama/api/chat",
    "/ollama/api/generate",
    "/anthropic/v1/messages/batches/b/results",
    "/v1/files/f/content",
];

static PLANS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
    let kept =
        br#"{"originals":[["NAME",1,0,"Maria \"M\" Kovacs"],["MRN",2,0,"00482913"]],"literals":{"900001":"483920"},
        "hosts":["portal.example.org"],"timeline":["3/3/2024",false]}"#;
    let exchange = Arc::new(Exchange::from_bytes(kept).expect("as the vault keeps it"));
    let seals = Deidentifier::new(Arc::new(Nothing), Key::from_bytes([7; 32])).seals(&Scope::tenant("ward"));
    let plan = |path: &&str| {
        let address = Address::of(path, None, |_| false);
        let endpoint = address.endpoint("POST").or_else(|_| address.endpoint("GET")).expect("an endpoint");
        Arc::new(Plan {
            endpoint,
            exchange: exchange.clone(),
            exchange_id: "x1".to_owned(),
            structured: false,
            seals: seals.clone(),
            documents: vec![Some("about [NAME_1]".to_owned())],
            keeper: None,
            follow_up: FollowUp::new("https://gw".to_owned(), &http::Uri::from_static("https://provider.example")),
            limits: Limits::default(),
        })
    };
    PATHS.iter().map(plan).collect()
});

/// What comes back up to the first thing that cannot be read, and whether there was one.
fn restored(plan: &Arc<Plan>, framing: u8, bytes: &[u8], size: usize) -> (Vec<u8>, bool) {
    let mut cutter = match framing % 3 {
        0 => Cutter::events(1 << 20),
        1 => Cutter::lines(1 << 20),
        _ => Cutter::array(1 << 20),
    };
    let (mut events, mut out) = (Events::new(plan.clone()), Vec::new());
    for piece in bytes.chunks(size) {
        cutter.push(piece);
        while let Ok(Some(part)) = cutter.next_part() {
            if events.accept(part, &mut out).is_err() {
                events.finish(&mut out);
                return (out, false);
            }
        }
    }
    let whole = match cutter.finish() {
        Ok(Some(part)) => events.accept(part, &mut out).is_ok(),
        Ok(None) => true,
        Err(_) => false,
    };
    events.finish(&mut out);
    (out, whole)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [dialect, size, bytes @ ..] = bytes else { return };
    let plan = &PLANS[usize::from(*dialect) % PLANS.len()];
    let framing = dialect / PATHS.len() as u8;
    let (out, read) = restored(plan, framing, bytes, bytes.len().max(1));
    let cut = restored(plan, framing, bytes, usize::from(*size).max(1));
    // Seals are made anew each time.
    if !out.windows(12).any(|window| window == b"Y29yZG9uLXMx") {
        assert_eq!(cut, (out, read));
    }
});
