//! Chooses the next token from the model's logits. Plain arithmetic, so that no setting can make the engine abort.

use crate::local::prompt::Sampling;
use std::collections::HashMap;

/// Draws the tokens of one answer.
pub struct Sampler {
    settings: Settings,
    bias: Vec<(u32, f32)>,
    random: Random,
    /// How often each token was drawn.
    drawn: HashMap<u32, u32>,
    logits: Vec<f32>,
}

/// [`Sampling`] with nothing left open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub temperature: f32,
    pub top_k: usize,
    pub top_p: f32,
    pub min_p: f32,
    pub repeat_penalty: f32,
    pub frequency_penalty: f32,
    pub presence_penalty: f32,
}

impl Settings {
    /// What MedGemma's publisher recommends, and reasonable for others.
    pub const RECOMMENDED: Self = Self {
        temperature: 1.0,
        top_k: 64,
        top_p: 0.95,
        min_p: 0.0,
        repeat_penalty: 1.0,
        frequency_penalty: 0.0,
        presence_penalty: 0.0,
    };

    /// Fills in what was left open. The error names the field whose value is out of range.
    pub fn of(asked: &Sampling) -> Result<Self, &'static str> {
        fn field(
            value: Option<f32>,
            default: f32,
            range: std::ops::RangeInclusive<f32>,
            name: &'static str,
        ) -> Result<f32, &'static str> {
            let value = value.unwrap_or(default);
            // NaN is in no range.
            if range.contains(&value) { Ok(value) } else { Err(name) }
        }
        let default = Self::RECOMMENDED;
        Ok(Self {
            temperature: field(asked.temperature, default.temperature, 0.0..=2.0, "temperature")?,
            top_k: asked.top_k.map_or(default.top_k, |k| k as usize),
            top_p: field(asked.top_p, default.top_p, 0.0..=1.0, "top_p")?,
            min_p: field(asked.min_p, default.min_p, 0.0..=1.0, "min_p")?,
            repeat_penalty: field(asked.repeat_penalty, default.repeat_penalty, 0.1..=10.0, "repeat_penalty")?,
            frequency_penalty: field(asked.frequency_penalty, 0.0, -2.0..=2.0, "frequency_penalty")?,
            presence_penalty: field(asked.presence_penalty, 0.0, -2.0..=2.0, "presence_penalty")?,
        })
    }
}

impl Sampler {
    pub fn new(settings: Settings, bias: Vec<(u32, f32)>, seed: u64) -> Self {
        Self { settings, bias, random: Random(seed), drawn: HashMap::new(), logits: Vec::new() }
    }

    /// Draws a token that `allowed` takes. `mask` says for all tokens at once, and is asked only when the first draw is
    /// not allowed: this gives the same distribution as masking first, and is far cheaper. Nothing when no token is
    /// allowed.
    pub fn draw<E>(
        &mut self,
        logits: &[f32],
        allowed: impl FnOnce(u32) -> Result<bool, E>,
        mask: impl FnOnce(&mut [f32]) -> Result<(), E>,
    ) -> Result<Option<u32>, E> {
        self.adjust(logits);
        let Some(mut token) = self.pick() else { return Ok(None) };
        if !allowed(token)? {
            mask(&mut self.logits)?;
            match self.pick() {
                Some(other) => token = other,
                None => return Ok(None),
            }
        }
        *self.drawn.entry(token).or_default() += 1;
        Ok(Some(token))
    }

    /// The logits with biases and penalties, in `self.logits`.
    fn adjust(&mut self, logits: &[f32]) {
        let Settings { repeat_penalty, frequency_penalty, presence_penalty, .. } = self.settings;
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        for &(token, bias) in &self.bias {
            if let Some(logit) = self.logits.get_mut(token as usize) {
                *logit += bias;
            }
        }
        if repeat_penalty == 1.0 && frequency_penalty == 0.0 && presence_penalty == 0.0 {
            return;
        }
        for (&token, &count) in &self.drawn {
            let Some(logit) = self.logits.get_mut(token as usize) else { continue };
            *logit = if *logit > 0.0 { *logit / repeat_penalty } else { *logit * repeat_penalty };
            *logit -= frequency_penalty * count as f32 + presence_penalty;
        }
    }

    /// A token of `self.logits`: temperature, then top-k, top-p and min-p, then chance.
    fn pick(&mut self) -> Option<u32> {
        let best = greatest(&self.logits)?;
        let Settings { temperature, top_k, top_p, min_p, .. } = self.settings;
        if temperature <= f32::EPSILON || top_k == 1 {
            return Some(best);
        }
        let high = self.logits[best as usize];
        // Thirty times the temperature below the best is a chance of 1e-13: not worth the sort.
        let floor = high - 30.0 * temperature;
        let tokens = self.logits.iter().enumerate();
        let mut likely: Vec<(u32, f32)> = tokens
            .filter(|&(_, &logit)| logit >= floor)
            .map(|(token, &logit)| (token as u32, ((logit - high) / temperature).exp()))
            .collect();
        let falling = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if top_k > 0 && top_k < likely.len() {
            likely.select_nth_unstable_by(top_k - 1, falling);
            likely.truncate(top_k);
        }
        likely.sort_unstable_by(falling);
        let total: f32 = likely.iter().map(|(_, chance)| chance).sum();
        let (mut kept, mut sum) = (0, 0.0);
        for (_, chance) in &likely {
            // The best is always kept; its chance relative to itself is one.
            if kept > 0 && (sum >= top_p * total || *chance < min_p) {
                break;
            }
            kept += 1;
            sum += chance;
        }
        let mut at = self.random.unit() * sum;
        let drawn = likely[..kept].iter().find(|(_, chance)| {
            at -= chance;
            at <= 0.0
        });
        Some(drawn.unwrap_or(&likely[kept - 1]).0)
    }
}

/// The token with the greatest logit; nothing when all are ruled out.
fn greatest(logits: &[f32]) -> Option<u32> {
    let mut best: Option<(usize, f32)> = None;
    for (token, &logit) in logits.iter().enumerate() {
        if logit > best.map_or(f32::NEG_INFINITY, |(_, logit)| logit) {
            best = Some((token, logit));
        }
    }
    best.map(|(token, _)| token as u32)
}

/// The log probability of a token, and the likeliest `top` with theirs, before any setting.
pub fn chances(logits: &[f32], token: u32, top: usize) -> (f32, Vec<(u32, f32)>) {
    let high = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - high).exp()).sum();
    let base = high + sum.ln() as f32;
    let mut likely: Vec<(u32, f32)> =
        logits.iter().enumerate().map(|(token, &logit)| (token as u32, logit - base)).collect();
    let falling = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if top > 0 && top < likely.len() {
        likely.select_nth_unstable_by(top - 1, falling);
    }
    likely.truncate(top);
    likely.sort_unstable_by(falling);
    (logits.get(token as usize).map_or(f32::NEG_INFINITY, |logit| logit - base), likely)
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed draws the same answer on every machine.
struct Random(u64);

impl Random {
    /// In the open interval from 0 to 1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn draws(settings: Settings, logits: &[f32], banned: &[u32], count: usize) -> Vec<Option<u32>> {
        let mut sampler = Sampler::new(settings, vec![], 7);
        let mut draw = || {
            let mask = |logits: &mut [f32]| {
                banned.iter().for_each(|&token| logits[token as usize] = f32::NEG_INFINITY);
                Ok::<_, Infallible>(())
            };
            sampler.draw(logits, |token| Ok(!banned.contains(&token)), mask).unwrap()
        };
        (0..count).map(|_| draw()).collect()
    }

    #[test]
    fn no_temperature_takes_the_best_and_a_penalty_makes_it_change_its_mind() {
        let greedy = Settings { temperature: 0.0, ..Settings::RECOMMENDED };
        assert_eq!(draws(greedy, &[1.0, 3.0, 2.9], &[], 3), [Some(1); 3]);
        let tired = Settings { frequency_penalty: 0.2, ..greedy };
        assert_eq!(draws(tired, &[1.0, 3.0, 2.9], &[], 3), [Some(1), Some(2), Some(1)]);
    }

    #[test]
    fn a_banned_token_is_never_drawn_and_the_others_keep_their_proportions() {
        let flat = Settings { top_p: 1.0, ..Settings::RECOMMENDED };
        let drawn = draws(flat, &[2.0f32.ln(), 1.0f32.ln(), 5.0f32.ln()], &[2], 6000);
        let count = |token| drawn.iter().filter(|drawn| **drawn == Some(token)).count();
        assert_eq!(count(2), 0);
        let share = count(0) as f32 / 6000.0;
        assert!((share - 2.0 / 3.0).abs() < 0.03, "{share}");
        assert_eq!(draws(flat, &[0.0, 0.0], &[0, 1], 1), [None]);
    }

    #[test]
    fn top_k_top_p_and_min_p_cut_the_tail() {
        let logits = [4.0f32, 3.0, 2.0, 1.0, f32::NEG_INFINITY];
        let only = |settings: Settings, most: u32| {
            assert!(draws(settings, &logits, &[], 500).into_iter().flatten().all(|token| token <= most));
        };
        let all = Settings { top_p: 1.0, ..Settings::RECOMMENDED };
        only(Settings { top_k: 2, ..all }, 1);
        only(Settings { top_p: 0.5, ..all }, 0);
        only(Settings { min_p: 0.3, ..all }, 1);
        only(all, 3);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(draws(Settings::RECOMMENDED, &[1.0; 9], &[], 50), draws(Settings::RECOMMENDED, &[1.0; 9], &[], 50));
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let hot = Sampling { temperature: Some(f32::NAN), ..Sampling::default() };
        assert_eq!(Settings::of(&hot), Err("temperature"));
        let wide = Sampling { top_p: Some(1.5), ..Sampling::default() };
        assert_eq!(Settings::of(&wide), Err("top_p"));
        assert_eq!(Settings::of(&Sampling::default()), Ok(Settings::RECOMMENDED));
    }

    #[test]
    fn log_probabilities_add_up() {
        let (chosen, top) = chances(&[0.0, 1.0, 2.0], 0, 2);
        let sum: f32 = chances(&[0.0, 1.0, 2.0], 0, 3).1.iter().map(|(_, logprob)| logprob.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5);
        assert_eq!(top.iter().map(|(token, _)| *token).collect::<Vec<_>>(), [2, 1]);
        assert!(chosen < top[1].1);
    }
}
