//! The weights of the tagger and the search for the best tags.

use super::classes::Classes;
use super::features::{BITS, COUNT, Sequence};
use super::{ENTITIES, LABELS};

/// Quantised weights: a row of labels per feature, and what one label says of the next.
pub struct Model {
    /// The seed that it was trained with.
    pub seed: u64,
    weights: Vec<[i8; LABELS]>,
    /// From each label, and from the start, to each label.
    transitions: [[i32; LABELS]; LABELS + 1],
    thresholds: [i32; ENTITIES.len()],
    pub classes: Classes,
}

/// A run of tokens with one entity, and by how much the best reading beats the best one without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    pub first: usize,
    pub last: usize,
    pub entity: usize,
    pub margin: i32,
}

/// What the model makes of a text.
pub struct Opinion {
    pub tags: Vec<Tag>,
    /// By how much each token's best reading as nothing beats the best one as part of something.
    outside: Vec<i32>,
}

impl Opinion {
    /// By how much it takes every one of these tokens for nothing; below zero where it sees something in one.
    pub fn against(&self, first: usize, last: usize) -> i32 {
        self.outside.get(first..=last).and_then(|margins| margins.iter().min().copied()).unwrap_or(0)
    }
}

const MAGIC: &[u8; 8] = b"cordtag3";

/// Far below any score, and far from overflow.
const NEVER: i32 = i32::MIN / 4;

impl Model {
    pub fn new(
        seed: u64,
        weights: Vec<[i8; LABELS]>,
        transitions: [[i32; LABELS]; LABELS + 1],
        thresholds: [i32; ENTITIES.len()],
        classes: Classes,
    ) -> Self {
        Self { seed, weights, transitions, thresholds, classes }
    }

    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (seed, rest) = rest.split_first_chunk::<8>()?;
        if magic != MAGIC {
            return None;
        }
        let (numbers, rest) = rest.split_at_checked(4 * (ENTITIES.len() + LABELS * (LABELS + 1)))?;
        let (table, classes) = rest.split_at_checked(LABELS << BITS)?;
        let mut numbers =
            numbers.chunks_exact(4).map(|chunk| i32::from_le_bytes(chunk.try_into().expect("four bytes")));
        let mut thresholds = [0; ENTITIES.len()];
        thresholds.iter_mut().zip(&mut numbers).for_each(|(place, number)| *place = number);
        let mut transitions = [[0; LABELS]; LABELS + 1];
        transitions.iter_mut().flatten().zip(&mut numbers).for_each(|(place, number)| *place = number);
        let (rows, _) = table.as_chunks::<LABELS>();
        let weights = rows.iter().map(|row| row.map(|byte| byte as i8)).collect();
        let classes = Classes::read(classes)?;
        Some(Self { seed: u64::from_le_bytes(*seed), weights, transitions, thresholds, classes })
    }

    pub fn write(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.seed.to_le_bytes());
        for number in self.thresholds.iter().chain(self.transitions.iter().flatten()) {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.weights.iter().flatten().map(|&weight| weight as u8));
        self.classes.write(&mut bytes);
        bytes
    }

    pub fn threshold(&self, entity: usize) -> i32 {
        self.thresholds[entity]
    }

    pub fn set_threshold(&mut self, entity: usize, margin: i32) {
        self.thresholds[entity] = margin;
    }

    /// The best tags by the sum of weights, and how sure it is of each word that it is none.
    pub fn tag(&self, sequence: &Sequence) -> Opinion {
        let mut opinion = Opinion { tags: Vec::new(), outside: Vec::with_capacity(sequence.tokens.len()) };
        // A paragraph is read on its own, which bounds the memory of the search.
        let mut start = 0;
        while start < sequence.tokens.len() {
            let mut end = start + 1;
            while end < sequence.tokens.len()
                && end - start < PIECE_MAX
                && sequence.tokens[end].gap < crate::recognize::token::Gap::Paragraph
            {
                end += 1;
            }
            self.tag_piece(&sequence.features[start..end], start, &mut opinion);
            start = end;
        }
        opinion
    }

    fn tag_piece(&self, features: &[[u32; COUNT]], offset: usize, opinion: &mut Opinion) {
        let count = features.len();
        let scores: Vec<[i32; LABELS]> = features.iter().map(|features| self.score(features)).collect();
        // Best sums of all readings that have a label at a token: from the start up to it, and from it to the end.
        let mut forward = vec![[NEVER; LABELS]; count];
        let mut backward = vec![[0; LABELS]; count];
        for to in 0..LABELS {
            forward[0][to] = self.transitions[LABELS][to] + scores[0][to];
        }
        for at in 1..count {
            for to in 0..LABELS {
                let best =
                    (0..LABELS).map(|from| forward[at - 1][from] + self.transitions[from][to]).max().unwrap_or(NEVER);
                forward[at][to] = best + scores[at][to];
            }
        }
        for at in (0..count - 1).rev() {
            for from in 0..LABELS {
                backward[at][from] = (0..LABELS)
                    .map(|to| self.transitions[from][to] + scores[at + 1][to] + backward[at + 1][to])
                    .max()
                    .unwrap_or(NEVER);
            }
        }
        let through = |at: usize, label: usize| forward[at][label] + backward[at][label];
        opinion.outside.extend(
            (0..count).map(|at| through(at, 0) - (1..LABELS).map(|label| through(at, label)).max().unwrap_or(NEVER)),
        );
        let labels: Vec<usize> = (0..count)
            .map(|at| (0..LABELS).max_by_key(|&label| (through(at, label), LABELS - label)).unwrap_or(0))
            .collect();
        let mut at = 0;
        while at < count {
            if labels[at] == 0 {
                at += 1;
                continue;
            }
            let entity = (labels[at] - 1) / 2;
            let mut last = at;
            while last + 1 < count && labels[last + 1] == 2 * entity + 2 {
                last += 1;
            }
            let margin = (at..=last).map(|at| through(at, labels[at]) - through(at, 0)).min().unwrap_or(0);
            opinion.tags.push(Tag { first: offset + at, last: offset + last, entity, margin });
            at = last + 1;
        }
    }

    fn score(&self, features: &[u32; COUNT]) -> [i32; LABELS] {
        let mut sums = [0i32; LABELS];
        for &feature in features {
            let row = &self.weights[feature as usize];
            for (sum, &weight) in sums.iter_mut().zip(row) {
                *sum += i32::from(weight);
            }
        }
        sums
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model(seed {}, {} features)", self.seed, self.weights.len())
    }
}

/// The most tokens that are read at once.
const PIECE_MAX: usize = 2048;
