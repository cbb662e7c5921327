use super::*;
use generate::Generator;
use std::sync::LazyLock;

#[path = "../../../training/generate.rs"]
mod generate;
#[path = "../../../training/learn.rs"]
mod learn;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::embedded);
static LEXICON: LazyLock<Arc<Lexicon>> = LazyLock::new(|| Arc::new(Lexicon::new(&RULES).expect("the lists are sound")));

fn train(seed: u64, effort: &learn::Effort) -> Vec<u8> {
    let generator = Generator::new(&RULES);
    learn::learn(&generator, &LEXICON, seed, effort).write()
}

#[test]
fn training_again_makes_the_same_model() {
    let effort = learn::Effort { documents: 60, held_out: 20, precision: 980 };
    let model = train(7, &effort);
    assert_eq!(model, train(7, &effort));
    assert_ne!(model, train(8, &effort));
    let read = Model::read(&model).expect("what was written is read");
    assert_eq!((read.write(), read.seed), (model, 7));
}

/// Takes minutes, and needs a release build to do so.
#[test]
#[ignore = "trains for minutes"]
fn the_model_is_what_its_seed_makes() {
    let model = RULES.file(FILE).expect("the model is there");
    assert!(
        train(learn::SEED, &learn::EFFORT) == model,
        "rebuild it with `cargo run --release --example train_tagger`"
    );
}

#[test]
fn a_broken_model_is_refused() {
    let model = RULES.file(FILE).expect("the model is there");
    assert!(Model::read(model).is_some());
    assert!(Model::read(&model[..model.len() - 1]).is_none());
    assert!(Model::read(b"").is_none());
}

#[test]
fn names_that_no_list_has_are_tagged() {
    let tagger = Tagger::new(&RULES, LEXICON.clone()).expect("the model is there");
    let text = "Report given to Zekrolu RN. Her neighbor Shaikrova called.";
    let page = Page::read(text, &LEXICON);
    let reading = tagger.read(&page).expect("it is English");
    let mut findings = Vec::new();
    tagger.find(text, &reading, &mut findings);
    let found: Vec<_> = findings.iter().map(|finding| finding.span.of(text)).collect();
    assert!(found.contains(&"Shaikrova"), "{found:?}");
}

#[test]
fn words_of_programs_are_no_names() {
    assert!(joined("DataFrame") && joined("PubMed"));
    assert!(!joined("McDonald") && !joined("Maria") && !joined("MARIA") && !joined("O'Brien"));
}
