//! An answer in progress: which token is next, and what of it can be shown.

use crate::local::engine::grammar::Stuck;
use crate::local::engine::intake::Job;
use crate::local::engine::loaded::Loaded;
use crate::local::frame::{RefusalWord, Report};
use crate::local::output::Output;
use crate::local::prompt::{Bytes, Call, Finish, Piece, TokenChance};
use crate::local::sampling::{Sampler, chances};
use crate::local::tools::{self, Calling};
use llama_cpp_2::token::LlamaToken;
use std::collections::VecDeque;

pub struct Run {
    pub job: Job,
    /// Positions of the input that are in the cache.
    pub read: usize,
    /// The token that was drawn and is not yet in the cache.
    pub pending: Option<LlamaToken>,
    sampler: Sampler,
    output: Output,
    thought: Option<Output>,
    /// Whether the header of the thought is still to come.
    header: String,
    /// Everything from the mark of a call on.
    call: Option<String>,
    chances: VecDeque<TokenChance>,
    answered: usize,
    /// Positions that were in the cache before.
    pub reused: usize,
}

/// How a run goes on after a token.
pub enum Next {
    Go,
    Over,
}

impl Run {
    pub fn new(job: Job, reused: usize) -> Self {
        let sampler = Sampler::new(job.settings, job.bias.clone(), job.seed);
        let mut stops = job.stop.clone();
        if job.calling == Calling::Possible {
            stops.push(tools::MARK.to_owned());
        }
        let output = Output::new(stops);
        Self {
            read: reused,
            reused,
            pending: None,
            sampler,
            output,
            thought: None,
            header: String::new(),
            call: None,
            chances: VecDeque::new(),
            answered: 0,
            job,
        }
    }

    pub fn report(&self, piece: Piece) -> Report {
        Report::Piece { id: self.job.id, piece }
    }

    pub fn refusal(&self, reason: RefusalWord, detail: Option<String>) -> Report {
        Report::Refuse { id: self.job.id, reason, detail }
    }

    /// Tokens of the context that it may still come to need.
    pub fn need(&self) -> usize {
        self.job.input.marks.len() + self.job.tokens_max
    }

    /// Draws the next token from the logits and reports what can be shown.
    pub fn draw(&mut self, loaded: &Loaded, logits: &[f32], reports: &mut Vec<Report>) -> Next {
        let choice = self.job.choice;
        if self.answered == 0 {
            let (prompt_tokens, cached_tokens) = (self.job.input.marks.len() as u32, self.reused as u32);
            reports.push(self.report(Piece::Start { choice, prompt_tokens, cached_tokens }));
        }
        let token = match self.token(logits) {
            Ok(Some(token)) => token,
            // The grammar allows nothing more, and the model has not ended: what there is, is whole.
            Ok(None) => return self.end(Finish::Stop, reports),
            Err(Stuck) => {
                let detail = Some("the answer went beyond the limits of its schema".to_owned());
                reports.push(self.refusal(RefusalWord::InvalidValue, detail));
                return Next::Over;
            }
        };
        if loaded.model.vocab().is_eog(token) {
            return self.end(Finish::Stop, reports);
        }
        self.answered += 1;
        let bytes = loaded.piece(token);
        if let Some(next) = self.think(loaded, token, &bytes, reports) {
            return next;
        }
        if let Some(count) = self.job.logprobs {
            let (logprob, top) = chances(logits, token.0 as u32, count.into());
            let top = top.into_iter().map(|(token, logprob)| (Bytes(loaded.piece(LlamaToken(token as i32))), logprob));
            self.chances.push_back(TokenChance { bytes: bytes.clone(), logprob, top: top.collect() });
        }
        self.show(&bytes, reports);
        let complete = self.job.constraint.as_ref().is_some_and(|constraint| constraint.complete());
        let calls = self.call.as_deref().is_some_and(|call| call.contains(tools::END));
        if complete || calls || (self.output.stopped() && self.call.is_none()) {
            return self.end(Finish::Stop, reports);
        }
        self.go(token, reports)
    }

    fn token(&mut self, logits: &[f32]) -> Result<Option<LlamaToken>, Stuck> {
        let token = match &mut self.job.constraint {
            None => self.sampler.draw(logits, |_| Ok::<_, Stuck>(true), |_| Ok(()))?,
            Some(constraint) => {
                // Both closures need it, one after the other.
                let constraint = std::cell::RefCell::new(constraint);
                let allowed = |token| constraint.borrow_mut().allows(token);
                let token = self.sampler.draw(logits, allowed, |logits| constraint.borrow_mut().mask(logits))?;
                if let Some(token) = token {
                    constraint.into_inner().take(token)?;
                }
                token
            }
        };
        Ok(token.map(|token| LlamaToken(token as i32)))
    }

    fn go(&mut self, token: LlamaToken, reports: &mut Vec<Report>) -> Next {
        if self.answered >= self.job.tokens_max {
            return self.end(Finish::Length, reports);
        }
        self.pending = Some(token);
        Next::Go
    }

    /// Handles a token that opens, is in, or closes a thought.
    fn think(&mut self, loaded: &Loaded, token: LlamaToken, bytes: &[u8], reports: &mut Vec<Report>) -> Option<Next> {
        let marks = loaded.thought?;
        if token == marks.open && self.thought.is_none() {
            self.thought = Some(Output::new(Vec::new()));
            self.header = marks.header.to_owned();
            return Some(self.go(token, reports));
        }
        let thought = self.thought.as_mut()?;
        let over = token == marks.close;
        let text = if over { thought.finish() } else { thought.push(bytes) };
        let text = match text.strip_prefix(self.header.as_str()) {
            Some(rest) if !self.header.is_empty() => rest.trim_start_matches('\n').to_owned(),
            _ => text,
        };
        if !text.is_empty() {
            self.header.clear();
            reports.push(self.report(Piece::Thought { choice: self.job.choice, text }));
        }
        if over {
            self.thought = None;
        }
        Some(self.go(token, reports))
    }

    fn show(&mut self, bytes: &[u8], reports: &mut Vec<Report>) {
        let choice = self.job.choice;
        if let Some(call) = &mut self.call {
            call.push_str(&String::from_utf8_lossy(bytes));
            return;
        }
        if self.job.calling == Calling::Forced {
            self.call = Some(String::from_utf8_lossy(bytes).into_owned());
            return;
        }
        let text = self.output.push(bytes);
        if self.job.calling == Calling::Possible && self.output.stopped_at() == Some(tools::MARK) {
            self.call = Some(self.output.rest().to_owned());
        }
        if !text.is_empty() {
            let tokens = self.chances.drain(..).collect();
            reports.push(self.report(Piece::Text { choice, text, tokens }));
        }
    }

    /// Reports the rest and the end.
    pub fn end(&mut self, finish: Finish, reports: &mut Vec<Report>) -> Next {
        let choice = self.job.choice;
        let mut finish = finish;
        if let Some(text) = self.call.take() {
            match tools::calls(&text) {
                Some(calls) => {
                    finish = Finish::Calls;
                    let pieces = calls.into_iter().map(|call: Call| Piece::Call { choice, call });
                    reports.extend(pieces.map(|piece| Report::Piece { id: self.job.id, piece }));
                }
                // It looked like a call and is none: the reader sees what was said.
                None => reports.push(self.report(Piece::Text {
                    choice,
                    text: tools::MARK.to_owned() + &text,
                    tokens: vec![],
                })),
            }
        } else {
            let text = self.output.finish();
            if !text.is_empty() || !self.chances.is_empty() {
                let tokens = self.chances.drain(..).collect();
                reports.push(self.report(Piece::Text { choice, text, tokens }));
            }
        }
        reports.push(self.report(Piece::End { choice, finish, tokens: self.answered as u32 }));
        Next::Over
    }
}
