//! Trains the tagger and writes its model: `cargo run --release --example train_tagger -- rules/tagger/model.bin`.

mod generate;
mod learn;

use cordon::recognize::dictionary::Lexicon;
use cordon::rules::Rules;
use std::path::Path;

fn main() {
    let path = std::env::args().nth(1).expect("where to write the model");
    let rules = Rules::from_dir(Path::new("rules")).expect("run it in the root of the repository");
    let lexicon = Lexicon::new(&rules).expect("the lists are sound");
    let generator = generate::Generator::new(&rules);
    if path == "--show" {
        let mut random = generate::Random(learn::SEED);
        for _ in 0..20 {
            println!("{}\n---", generator.example(&mut random).text);
        }
        return;
    }
    let model = learn::learn(&generator, &lexicon, learn::SEED, &learn::EFFORT);
    eprintln!("thresholds {:?}", (0..4).map(|entity| model.threshold(entity)).collect::<Vec<_>>());
    std::fs::write(path, model.write()).expect("the model is written");
}
