//! Learns the tagger's weights: an averaged structured perceptron over generated text. The same seed gives the same
//! model, bit for bit.

use super::generate::{Example, Generator, Random};
use cordon::recognize::dictionary::Lexicon;
use cordon::recognize::tagger::classes::Classes;
use cordon::recognize::tagger::features::{BITS, Sequence};
use cordon::recognize::tagger::model::Model;
use cordon::recognize::tagger::{ENTITIES, LABELS};

type Row = [i32; LABELS];

/// How much to learn from.
pub struct Effort {
    pub documents: usize,
    pub held_out: usize,
    /// The share of the tags on held-out text that must be right, which sets the thresholds, in a thousand.
    pub precision: usize,
}

/// The seed and the effort of the model in `rules/tagger/`.
pub const SEED: u64 = 20_261_125;
pub const EFFORT: Effort = Effort { documents: 1_000_000, held_out: 20_000, precision: 990 };

/// Classes of words; `classes.py` makes them.
const CLASSES: &str = include_str!("classes.txt");

pub fn learn(generator: &Generator, lexicon: &Lexicon, seed: u64, effort: &Effort) -> Model {
    let mut random = Random(seed);
    let classes = Classes::from_text(CLASSES);
    let mut table = Averaged {
        weights: vec![[0; LABELS]; (1 << BITS) + LABELS + 1],
        sums: vec![[0; LABELS]; (1 << BITS) + LABELS + 1],
        step: 1,
    };
    for _ in 0..effort.documents {
        let example = generator.example(&mut random);
        let (sequence, gold) = prepare(&example, lexicon, &classes);
        let found = table.tag(&sequence);
        if found != gold {
            table.update(&sequence, &gold, 1);
            table.update(&sequence, &found, -1);
        }
        table.step += 1;
    }
    let mut model = table.quantise(seed, classes);
    calibrate(&mut model, generator, lexicon, &mut random, effort);
    model
}

fn prepare(example: &Example, lexicon: &Lexicon, classes: &Classes) -> (Sequence, Vec<usize>) {
    let inside = |ranges: &[(usize, usize)], at: usize| ranges.iter().any(|&(start, end)| start <= at && at < end);
    let sequence =
        Sequence::read(&example.text, lexicon, classes, |token| inside(&example.hidden, token.start as usize));
    let gold = sequence
        .tokens
        .iter()
        .map(|token| {
            let at = token.start as usize;
            match example.spans.iter().find(|&&(start, end, _)| start <= at && at < end) {
                Some(&(start, _, entity)) => 1 + 2 * entity + usize::from(at > start),
                None => 0,
            }
        })
        .collect();
    (sequence, gold)
}

/// Weights and, for the average over all steps, the sum of each change times its step.
struct Averaged {
    /// The last rows are what one label says of the next: from each label, and from the start.
    weights: Vec<Row>,
    sums: Vec<[i64; LABELS]>,
    step: i64,
}

impl Averaged {
    fn tag(&self, sequence: &Sequence) -> Vec<usize> {
        let transition = |from: usize| &self.weights[(1 << BITS) + from];
        let mut scores: Vec<Row> = Vec::with_capacity(sequence.tokens.len());
        let mut came_from: Vec<[u8; LABELS]> = Vec::with_capacity(sequence.tokens.len());
        for (at, features) in sequence.features.iter().enumerate() {
            let mut own = [0; LABELS];
            for &feature in features {
                for (sum, weight) in own.iter_mut().zip(&self.weights[feature as usize]) {
                    *sum += weight;
                }
            }
            let mut best = [i32::MIN; LABELS];
            let mut from_best = [0; LABELS];
            for to in 0..LABELS {
                let froms = if at == 0 { LABELS..LABELS + 1 } else { 0..LABELS };
                for from in froms {
                    let score = own[to] + transition(from)[to] + if at == 0 { 0 } else { scores[at - 1][from] };
                    if score > best[to] {
                        best[to] = score;
                        from_best[to] = from as u8;
                    }
                }
            }
            scores.push(best);
            came_from.push(from_best);
        }
        let Some(last) = scores.last() else { return Vec::new() };
        let mut label = (0..LABELS).rev().max_by_key(|&label| last[label]).expect("there are labels");
        let mut labels = vec![0; scores.len()];
        for at in (0..scores.len()).rev() {
            labels[at] = label;
            label = usize::from(came_from[at][label]);
        }
        labels
    }

    fn update(&mut self, sequence: &Sequence, labels: &[usize], by: i32) {
        let mut before = LABELS;
        for (features, &label) in sequence.features.iter().zip(labels) {
            for &feature in features {
                self.change(feature as usize, label, by);
            }
            self.change((1 << BITS) + before, label, by);
            before = label;
        }
    }

    fn change(&mut self, row: usize, label: usize, by: i32) {
        self.weights[row][label] += by;
        self.sums[row][label] += i64::from(by) * self.step;
    }

    /// The average of the weights over all steps, in bytes.
    fn quantise(&self, seed: u64, classes: Classes) -> Model {
        let average =
            |row: usize, label: usize| i64::from(self.weights[row][label]) * self.step - self.sums[row][label];
        let mut sizes: Vec<i64> = (0..1 << BITS)
            .flat_map(|row| (0..LABELS).map(move |label| (row, label)))
            .map(|(row, label)| average(row, label).abs())
            .collect();
        sizes.sort_unstable();
        // One in two thousand is cut off at the largest byte.
        let largest = sizes[sizes.len() - 1 - sizes.len() / 2000].max(1);
        let scaled = |value: i64| (value * 127 + value.signum() * largest / 2) / largest;
        let weights = (0..1 << BITS)
            .map(|row| std::array::from_fn(|label| scaled(average(row, label)).clamp(-127, 127) as i8))
            .collect();
        let transitions =
            std::array::from_fn(|from| std::array::from_fn(|to| scaled(average((1 << BITS) + from, to)) as i32));
        Model::new(seed, weights, transitions, [0; ENTITIES.len()], classes)
    }
}

/// Sets the thresholds: the smallest margin above which enough tags of held-out text are right.
fn calibrate(model: &mut Model, generator: &Generator, lexicon: &Lexicon, random: &mut Random, effort: &Effort) {
    let mut margins: Vec<Vec<(i32, bool)>> = vec![Vec::new(); ENTITIES.len()];
    for _ in 0..effort.held_out {
        let (sequence, gold) = prepare(&generator.example(random), lexicon, &model.classes);
        for tag in model.tag(&sequence).tags {
            margins[tag.entity].push((tag.margin, (tag.first..=tag.last).all(|at| gold[at] != 0)));
        }
    }
    for (entity, mut margins) in margins.into_iter().enumerate() {
        margins.sort_unstable_by_key(|&(margin, _)| std::cmp::Reverse(margin));
        let (mut right, mut threshold) = (0, i32::MAX);
        for (seen, &(margin, ok)) in margins.iter().enumerate() {
            right += usize::from(ok);
            if right * 1000 >= (seen + 1) * effort.precision {
                threshold = margin;
            }
        }
        model.set_threshold(entity, threshold);
    }
}
