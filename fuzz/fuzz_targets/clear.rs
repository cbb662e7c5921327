//! Whatever the body, clearing gives strict JSON that restores to what came, or a refusal.
#![no_main]

use cordon::crypto::Key;
use cordon::deid::{Class, Deidentifier, Document, Scope, Shape};
use cordon::json::{Limits, parse};
use cordon::profile::Policy;
use cordon::recognize::{Analyzer, Options};
use cordon::rules::Rules;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static PARTS: LazyLock<(Deidentifier, Policy, Arc<Shape>)> = LazyLock::new(|| {
    let rules = Rules::embedded();
    let analyzer = Analyzer::new(&rules, &Options::default()).expect("the embedded rules compile");
    let policy = Policy::load(&rules, Policy::DEFAULT).expect("the default profile compiles");
    let shape = Shape::new([("**", Class::Data), ("media", Class::Media), ("id", Class::Identifier)]);
    (Deidentifier::new(Arc::new(analyzer), Key::from_bytes([1; 32])), policy, Arc::new(shape))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (deidentifier, policy, shape) = &*PARTS;
    let Ok(body) = parse(bytes, &Limits { nodes: 2_000, ..Limits::default() }) else { return };
    let document = Document::new(Scope::tenant("fuzz"), body, Arc::clone(shape));
    if let Ok(cleared) = deidentifier.clear(document, policy, Instant::now() + Duration::from_secs(20)) {
        assert!(parse(cleared.body(), &Limits::default()).is_ok());
    }
});
