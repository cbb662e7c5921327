//! Makes jobs of questions: checked, rendered, turned into tokens, its grammar compiled.

use crate::local::engine::grammar::{Constraint, Grammars};
use crate::local::engine::loaded::Loaded;
use crate::local::engine::vision::Picture;
use crate::local::frame::RefusalWord;
use crate::local::prompt::{Part, Prompt, Task};
use crate::local::render;
use crate::local::sampling::Settings;
use crate::local::template::{Stretch, TemplateError};
use crate::local::tools::{self, Calling};
use llama_cpp_2::token::LlamaToken;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One answer to be made: a question with several choices becomes several.
pub struct Job {
    pub id: u64,
    pub choice: u32,
    pub tenant: String,
    pub adapter: Option<String>,
    pub deadline: Instant,
    pub input: Arc<Input>,
    /// At most this many tokens are answered.
    pub tokens_max: usize,
    pub settings: Settings,
    pub bias: Vec<(u32, f32)>,
    pub seed: u64,
    pub stop: Vec<String>,
    pub logprobs: Option<u8>,
    pub constraint: Option<Constraint>,
    pub calling: Calling,
    /// Nothing from the last message on is kept in the cache.
    pub forget: bool,
}

/// What a question comes to.
pub enum Work {
    Answers(Vec<Job>),
    /// How many tokens it has; there is nothing more to do.
    Counted(u32),
}

/// What the model reads. The last item has tokens, or there would be nothing to answer to.
pub struct Input {
    pub items: Vec<Item>,
    /// What stands at each position: a token, or the mark of an image. Equal marks are equal contents.
    pub marks: Vec<i64>,
    /// Positions before the last message.
    pub before_last: usize,
}

pub enum Item {
    Tokens(Vec<LlamaToken>),
    Picture(Picture),
}

impl Item {
    pub fn len(&self) -> usize {
        match self {
            Self::Tokens(tokens) => tokens.len(),
            Self::Picture(picture) => picture.length,
        }
    }
}

impl Input {
    /// The item at a position, and how far into it.
    pub fn item(&self, position: usize) -> Option<(usize, usize)> {
        let mut start = 0;
        for (at, item) in self.items.iter().enumerate() {
            if position < start + item.len() {
                return Some((at, position - start));
            }
            start += item.len();
        }
        None
    }

    /// The tokens from a position up to the next image.
    pub fn tokens(&self, position: usize) -> impl Iterator<Item = LlamaToken> + use<> {
        let tokens = match self.item(position) {
            Some((at, inside)) => match &self.items[at] {
                Item::Tokens(tokens) => tokens[inside..].to_vec(),
                Item::Picture(_) => Vec::new(),
            },
            None => Vec::new(),
        };
        tokens.into_iter()
    }
}

#[derive(Clone, Copy)]
pub struct Limits {
    pub context: u32,
    pub parallel: u32,
}

pub struct Intake<'a> {
    loaded: &'a Loaded,
    grammars: Grammars<'a>,
    limits: Limits,
}

type Refused = (RefusalWord, Option<String>);

fn refused(reason: RefusalWord, detail: &str) -> Refused {
    (reason, Some(detail.to_owned()))
}

/// More choices, stop strings or images are nobody's honest wish.
const CHOICES_MAX: u32 = 8;
const STOPS_MAX: usize = 16;
const STOP_LENGTH_MAX: usize = 256;
const LOGPROBS_MAX: u8 = 20;
const IMAGES_MAX: usize = 128;
/// No vocabulary has tokens of more bytes a token than this on average, so that a longer text overflows for certain.
/// Turning text into tokens takes longer than linear time for some texts, which this bounds.
const BYTES_PER_TOKEN_MAX: usize = 24;

impl<'a> Intake<'a> {
    pub fn new(loaded: &'a Loaded, limits: Limits) -> Self {
        Self { loaded, grammars: Grammars::new(&loaded.model), limits }
    }

    pub fn work(&self, id: u64, tenant: String, deadline_ms: u64, mut prompt: Prompt) -> Result<Work, Refused> {
        if prompt.task == Task::Embed {
            return Err(refused(RefusalWord::UnsupportedFeature, "this model answers and makes no embeddings"));
        }
        // A day is longer than any deadline, and cannot overflow an `Instant`.
        let deadline = Instant::now() + Duration::from_millis(deadline_ms.min(86_400_000));
        let (settings, bias) = self.check(&prompt)?;
        prompt.messages.iter_mut().for_each(|message| render::in_order(&mut message.parts));
        let calling = tools::prepare(&mut prompt).map_err(|why| refused(RefusalWord::InvalidValue, why))?;
        let input = Arc::new(self.input(&prompt)?);
        if prompt.task == Task::Count {
            return Ok(Work::Counted(input.marks.len() as u32));
        }
        let tokens_max = self.room(input.marks.len(), prompt.max_tokens)?;
        let seed = prompt.sampling.seed.unwrap_or_else(|| RandomState::new().hash_one(id));
        let mut jobs = Vec::new();
        for choice in 0..prompt.choices {
            let constraint = self.grammars.matcher(&prompt.shape);
            jobs.push(Job {
                id,
                choice,
                tenant: tenant.clone(),
                adapter: prompt.adapter.clone(),
                deadline,
                input: input.clone(),
                tokens_max,
                settings,
                bias: bias.clone(),
                seed: seed.wrapping_add(u64::from(choice).wrapping_mul(0x9e37_79b9)),
                stop: prompt.stop.clone(),
                logprobs: prompt.logprobs,
                constraint: constraint.map_err(|why| refused(RefusalWord::InvalidValue, why))?,
                calling,
                forget: prompt.forget,
            });
        }
        Ok(Work::Answers(jobs))
    }

    fn check(&self, prompt: &Prompt) -> Result<(Settings, Vec<(u32, f32)>), Refused> {
        let invalid = |name: &str| refused(RefusalWord::InvalidValue, &format!("`{name}` is out of range"));
        let settings = Settings::of(&prompt.sampling).map_err(invalid)?;
        let tokens = 0..self.loaded.model.n_vocab() as u32;
        let fits = |&(token, bias): &(u32, f32)| tokens.contains(&token) && bias.abs() <= 100.0;
        if !prompt.sampling.bias.iter().all(fits) {
            return Err(invalid("logit_bias"));
        }
        if !(1..=CHOICES_MAX).contains(&prompt.choices) {
            return Err(invalid("n"));
        }
        if prompt.stop.len() > STOPS_MAX
            || prompt.stop.iter().any(|stop| stop.is_empty() || stop.len() > STOP_LENGTH_MAX)
        {
            return Err(invalid("stop"));
        }
        if prompt.logprobs.is_some_and(|count| count > LOGPROBS_MAX) {
            return Err(invalid("top_logprobs"));
        }
        if prompt.max_tokens == Some(0) {
            return Err(invalid("max_tokens"));
        }
        if prompt.messages.is_empty() {
            return Err(invalid("messages"));
        }
        let parts = prompt.messages.iter().flat_map(|message| &message.parts);
        let (mut bytes, mut images) = (0, 0);
        for part in parts {
            match part {
                Part::Text(text) => bytes += text.len(),
                Part::Image(_) => images += 1,
            }
        }
        if images > IMAGES_MAX {
            return Err(invalid("images"));
        }
        if bytes > self.limits.context as usize * BYTES_PER_TOKEN_MAX {
            let detail = format!("the text has {bytes} bytes, the context {} tokens", self.limits.context);
            return Err((RefusalWord::ContextOverflow, Some(detail)));
        }
        Ok((settings, prompt.sampling.bias.clone()))
    }

    fn input(&self, prompt: &Prompt) -> Result<Input, Refused> {
        let stretches = self.loaded.template.render(&prompt.messages).map_err(|error| match error {
            TemplateError::Refused => {
                refused(RefusalWord::InvalidValue, "the model does not take messages in this order")
            }
            TemplateError::Unreadable => refused(RefusalWord::Unavailable, "the chat template cannot be used"),
        })?;
        let mut items: Vec<Item> = Vec::new();
        let vocabulary = self.loaded.model.vocab();
        let add = |items: &mut Vec<Item>, tokens: Vec<LlamaToken>| match items.last_mut() {
            Some(Item::Tokens(last)) => last.extend(tokens),
            _ => items.push(Item::Tokens(tokens)),
        };
        let mut before_last = 0;
        for stretch in stretches {
            if !matches!(stretch, Stretch::Control(_)) {
                before_last = items.iter().map(Item::len).sum();
            }
            match stretch {
                Stretch::Control(text) => add(&mut items, self.loaded.control_tokens(&text)),
                Stretch::Text(text) => add(&mut items, self.loaded.tokens(text)),
                Stretch::Image(bytes) => {
                    let vision = self.loaded.vision.as_ref();
                    let vision =
                        vision.ok_or_else(|| refused(RefusalWord::UnsupportedFeature, "this model sees no images"))?;
                    let vision = vision.lock().map_err(|_| (RefusalWord::Unavailable, None))?;
                    let taken: usize = items.iter().map(Item::len).sum();
                    let room = (self.limits.context as usize).saturating_sub(taken);
                    items.extend(vision.pictures(bytes, room)?.into_iter().map(Item::Picture));
                    let taken: usize = items.iter().map(Item::len).sum();
                    if taken > self.limits.context as usize {
                        let detail = format!("the images alone take more than the context of {}", self.limits.context);
                        return Err((RefusalWord::ContextOverflow, Some(detail)));
                    }
                }
            }
        }
        // Most templates write the first token themselves.
        let first = vocabulary.bos();
        if vocabulary.should_add_bos()
            && let Some(Item::Tokens(tokens)) = items.first_mut()
            && tokens.first() != Some(&first)
        {
            tokens.insert(0, first);
        }
        items.retain(|item| item.len() > 0);
        if !matches!(items.last(), Some(Item::Tokens(_))) {
            return Err((RefusalWord::Unavailable, Some("the chat template ends with an image".into())));
        }
        let mut marks = Vec::new();
        for item in &items {
            match item {
                Item::Tokens(tokens) => marks.extend(tokens.iter().map(|token| i64::from(token.0))),
                Item::Picture(picture) => marks.extend(std::iter::repeat_n(picture.mark, picture.length)),
            }
        }
        Ok(Input { items, marks, before_last })
    }

    /// How many tokens can be answered: never fewer than was asked for, because that would be a silent cut. Without a
    /// wish, an equal share of the context, so that answers can be made side by side.
    fn room(&self, input: usize, asked: Option<u32>) -> Result<usize, Refused> {
        let context = self.limits.context as usize;
        let overflow = |wanted: usize| {
            let detail = format!("{input} tokens of input and {wanted} of output, the context has {context}");
            Err((RefusalWord::ContextOverflow, Some(detail)))
        };
        match asked {
            Some(asked) if input + asked as usize > context => overflow(asked as usize),
            Some(asked) => Ok(asked as usize),
            None if input >= context => overflow(1),
            None => Ok((context - input).min((self.limits.context / self.limits.parallel).max(1024) as usize)),
        }
    }
}
