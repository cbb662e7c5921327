//! Whatever the bytes, an object is refused or becomes one that says it is de-identified and that nothing of the
//! original is left in. The first byte chooses the options.
#![no_main]

use cordon::dicom::verify::{Originals, markers};
use cordon::dicom::{Alone, BurnedIn, Choice, Keyed, Limits, Policy, Profile, deidentify_bytes, json_model, xml_model};
use cordon::rules::Rules;
use std::sync::LazyLock;

/// Small limits, so that what grows beyond them is seen at once.
const LIMITS: Limits = Limits { lookahead: 1 << 20, value: 1 << 20, inflated: 8 << 20 };

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let rules = Rules::embedded();
    let policy = |choices: Vec<Choice>| {
        let profile = Profile { choices, burned_in: BurnedIn::Keep, limits: LIMITS, ..Profile::default() };
        Policy::new(&rules, profile).expect("the embedded rules compile")
    };
    std::iter::once(Vec::new()).chain(Choice::ALL.map(|choice| vec![choice])).map(policy).collect()
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let policy = &POLICIES[usize::from(choice) % POLICIES.len()];
    let keyed = Keyed::new(b"fuzz");
    if let Ok((output, _)) = deidentify_bytes(bytes, policy, &keyed, &Alone) {
        assert_eq!(markers(&output), Ok(()));
        assert!(output.len() <= 2 * bytes.len() + LIMITS.inflated as usize + 4096);
        if let Ok(originals) = Originals::read(bytes, policy) {
            let _ = originals.survivors(&output);
        }
    }
    if json_model::sniff(bytes) {
        let _ = json_model::deidentify(bytes, policy, &keyed, &Alone);
    }
    if xml_model::sniff(bytes) {
        let _ = xml_model::deidentify(bytes, policy, &keyed, &Alone);
    }
});
