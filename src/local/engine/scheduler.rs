//! Which answer gets which part of the model's time: one thread, one context, a batch for all answers in progress.
//!
//! Every step is one batch: a token for each answer that is being written, and a stretch of the input of those that are
//! being read. Between steps come new questions, cancellations and deadlines. A step is kept short, so that these take
//! effect at once and no answer stands still while a long input is read.

use crate::local::engine::Reporter;
use crate::local::engine::intake::{Item, Job};
use crate::local::engine::loaded::{BATCH, Loaded};
use crate::local::engine::run::{Next, Run};
use crate::local::engine::waiting::Waiting;
use crate::local::frame::{Load, RefusalWord, Report};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaLoraAdapter;
use std::collections::HashSet;
use std::io;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

pub enum Message {
    Job(Box<Job>),
    Cancel(u64),
}

pub struct Scheduler<'a> {
    loaded: &'a Loaded,
    context: LlamaContext<'a>,
    adapters: &'a mut [(String, LlamaLoraAdapter)],
    /// The adapter that the context applies now.
    applied: Option<String>,
    reporter: &'a Reporter,
    /// One for each sequence of the context, by its number.
    slots: Vec<Slot>,
    waiting: Waiting,
    /// Tokens of input per step, adapted to the machine.
    stretch: usize,
    steps: u64,
}

/// A sequence of the context, with an answer in progress or what the last one left.
struct Slot {
    /// What stands in the cache.
    marks: Vec<i64>,
    tenant: String,
    adapter: Option<String>,
    used: u64,
    run: Option<Box<Run>>,
}

/// A step of input should not take longer than this.
const STEP_TIME: Duration = Duration::from_millis(300);
const STRETCH_MIN: usize = 16;
/// A shorter common beginning is not worth the copy.
const PREFIX_MIN: usize = 8;

impl<'a> Scheduler<'a> {
    pub fn new(
        loaded: &'a Loaded,
        load: &Load,
        adapters: &'a mut [(String, LlamaLoraAdapter)],
        reporter: &'a Reporter,
    ) -> Result<Self, String> {
        let context = loaded.context(load)?;
        let slot = || Slot { marks: Vec::new(), tenant: String::new(), adapter: None, used: 0, run: None };
        let slots = (0..load.parallel).map(|_| slot()).collect();
        let waiting = Waiting::default();
        Ok(Self { loaded, context, adapters, applied: None, reporter, slots, waiting, stretch: 64, steps: 0 })
    }

    pub fn context_length(&self) -> u32 {
        self.context.n_ctx()
    }

    pub fn run(&mut self, messages: &Receiver<Message>) -> io::Result<()> {
        loop {
            let idle = self.waiting.is_empty() && self.slots.iter().all(|slot| slot.run.is_none());
            if idle {
                match messages.recv() {
                    Ok(message) => self.handle(message),
                    Err(_) => return Ok(()),
                }
            }
            loop {
                match messages.try_recv() {
                    Ok(message) => self.handle(message),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            self.expire();
            self.admit();
            let reports = self.step();
            if !reports.is_empty() {
                self.reporter.send(&reports)?;
            }
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Job(job) => self.waiting.add(job),
            Message::Cancel(id) => {
                self.waiting.retain(|job| job.id != id);
                for at in 0..self.slots.len() {
                    if self.slots[at].run.as_ref().is_some_and(|run| run.job.id == id) {
                        self.release(at);
                    }
                }
            }
        }
    }

    /// Refuses what is past its deadline, in progress or waiting.
    fn expire(&mut self) {
        let now = Instant::now();
        let mut late = HashSet::new();
        self.waiting.retain(|job| {
            let in_time = job.deadline > now;
            if !in_time {
                late.insert(job.id);
            }
            in_time
        });
        late.extend(
            self.slots
                .iter()
                .filter_map(|slot| slot.run.as_ref())
                .filter(|run| run.job.deadline <= now)
                .map(|run| run.job.id),
        );
        for id in late {
            self.handle(Message::Cancel(id));
            self.reporter.refuse(id, RefusalWord::Deadline, None);
        }
    }

    /// Gives free sequences to waiting jobs while the context has room for all that they may come to need.
    fn admit(&mut self) {
        while let Some(job) = self.waiting.next() {
            if let Some(name) = &job.adapter
                && !self.adapters.iter().any(|(adapter, _)| adapter == name)
            {
                self.reporter.refuse(job.id, RefusalWord::UnknownModel, None);
                continue;
            }
            let need = job.input.marks.len() + job.tokens_max;
            let Some(target) = self.room(&job, need) else {
                self.waiting.put_back(job);
                return;
            };
            let reused = self.reuse(&job, target);
            self.steps += 1;
            let slot = &mut self.slots[target];
            slot.marks.truncate(reused);
            slot.tenant = job.tenant.clone();
            slot.adapter = job.adapter.clone();
            slot.used = self.steps;
            slot.run = Some(Box::new(Run::new(*job, reused)));
        }
    }

    /// A free sequence, after making room in the cache; the one whose content serves best, or the longest unused.
    fn room(&mut self, job: &Job, need: usize) -> Option<usize> {
        let free = |slot: &&(usize, &Slot)| slot.1.run.is_none();
        let target = self.slots.iter().enumerate().filter(|slot| free(&slot)).max_by_key(|(_, slot)| {
            let common = slot.common(job);
            // A continued conversation goes on in its own place; anything else in the oldest.
            (if common * 2 > slot.marks.len() { common } else { 0 }, std::cmp::Reverse(slot.used))
        });
        let (target, _) = target?;
        loop {
            let running: usize = self.slots.iter().filter_map(|slot| slot.run.as_ref().map(|run| run.need())).sum();
            let idle = self.slots.iter().enumerate().filter(|(at, slot)| slot.run.is_none() && *at != target);
            let kept: usize = idle.clone().map(|(_, slot)| slot.marks.len()).sum();
            if running + kept + need <= self.context.n_ctx() as usize {
                return Some(target);
            }
            let oldest = idle.filter(|(_, slot)| !slot.marks.is_empty()).min_by_key(|(_, slot)| slot.used);
            let (oldest, _) = oldest?;
            self.cut(oldest, 0);
        }
    }

    /// Puts the longest known beginning of a job's input into a sequence; returns its length. Only what the same tenant
    /// asked under the same adapter is known.
    fn reuse(&mut self, job: &Job, target: usize) -> usize {
        let best = (0..self.slots.len()).max_by_key(|&at| (self.slots[at].common(job), at == target));
        let length = best.map_or(0, |at| self.slots[at].common(job));
        let own = self.slots[target].common(job);
        match best {
            Some(at) if at != target && length >= own + PREFIX_MIN => {
                self.cut(target, 0);
                // The numbers are below `n_seq_max`, and a shared cache copies any part.
                let copied = self.context.copy_kv_cache_seq(at as i32, target as i32, Some(0), Some(length as u32));
                if copied.is_err() {
                    return 0;
                }
                self.slots[target].marks = job.input.marks[..length].to_vec();
                length
            }
            _ if own >= PREFIX_MIN && self.cut(target, own) => own,
            _ => {
                self.cut(target, 0);
                0
            }
        }
    }

    /// Ends the run of a sequence, and keeps of its text what may be used again.
    fn release(&mut self, at: usize) {
        if let Some(run) = self.slots[at].run.take()
            && run.job.forget
        {
            self.cut(at, run.job.input.before_last.min(self.slots[at].marks.len()));
        }
    }

    /// Keeps the first `length` positions of a sequence. False when it could only be emptied.
    fn cut(&mut self, at: usize, length: usize) -> bool {
        let slot = &mut self.slots[at];
        slot.marks.truncate(length);
        let removed = self.context.clear_kv_cache_seq(Some(at as u32), Some(length as u32), None);
        if removed == Ok(true) {
            return true;
        }
        slot.marks.clear();
        // Whole sequences can always be removed.
        let _ = self.context.clear_kv_cache_seq(Some(at as u32), None, None);
        false
    }

    /// One batch, or one image.
    fn step(&mut self) -> Vec<Report> {
        let mut reports = Vec::new();
        let Some(adapter) = self.turn() else { return reports };
        if !self.apply(&adapter) {
            self.fail(&adapter, &mut reports);
            return reports;
        }
        let ours: Vec<usize> = (0..self.slots.len())
            .filter(|&at| self.slots[at].run.is_some() && self.slots[at].adapter == adapter)
            .collect();
        for &at in &ours {
            self.steps += 1;
            self.slots[at].used = self.steps;
        }
        if self.picture(&ours, &mut reports) {
            return reports;
        }
        let mut batch = LlamaBatch::new(BATCH as usize, 1);
        // Which sequence has its logits at which place of the batch.
        let mut drawing = Vec::new();
        let fits = "a sequence adds one token, and there are fewer sequences than places";
        for &at in &ours {
            let slot = &mut self.slots[at];
            let Some(token) = slot.run.as_mut().and_then(|run| run.pending.take()) else { continue };
            drawing.push((at, batch.n_tokens()));
            batch.add(token, slot.marks.len() as i32, &[at as i32], true).expect(fits);
            slot.marks.push(i64::from(token.0));
        }
        let written = batch.n_tokens() as usize;
        let reading: Vec<usize> = ours.into_iter().filter(|&at| self.slots[at].reading()).collect();
        let share = (self.stretch / reading.len().max(1)).max(STRETCH_MIN);
        for at in reading {
            let room = share.min(BATCH as usize - batch.n_tokens() as usize);
            let slot = &mut self.slots[at];
            let Some(run) = &mut slot.run else { continue };
            let end = run.job.input.marks.len();
            for token in run.job.input.tokens(run.read).take(room) {
                run.read += 1;
                let last = run.read == end;
                if last {
                    drawing.push((at, batch.n_tokens()));
                }
                batch.add(token, slot.marks.len() as i32, &[at as i32], last).expect("the room was counted");
                slot.marks.push(i64::from(token.0));
            }
        }
        if batch.n_tokens() == 0 {
            return reports;
        }
        let started = Instant::now();
        if self.context.decode(&mut batch).is_err() {
            self.fail(&adapter, &mut reports);
            return reports;
        }
        for (at, place) in drawing {
            let slot = &mut self.slots[at];
            let Some(run) = &mut slot.run else { continue };
            // The place was marked for logits just above, without which the library would panic.
            if matches!(run.draw(self.loaded, self.context.get_logits_ith(place), &mut reports), Next::Over) {
                self.release(at);
            }
        }
        self.adapt(batch.n_tokens() as usize - written, started.elapsed());
        reports
    }

    /// The adapter whose answers have waited longest. An adapter applies to the whole context, so that only answers
    /// with the same one share a batch.
    fn turn(&self) -> Option<Option<String>> {
        let active = self.slots.iter().filter(|slot| slot.run.is_some());
        active.min_by_key(|slot| slot.used).map(|slot| slot.adapter.clone())
    }

    fn apply(&mut self, adapter: &Option<String>) -> bool {
        if self.applied == *adapter {
            return true;
        }
        let done = match adapter {
            Some(name) => {
                let found = self.adapters.iter_mut().find(|(adapter, _)| adapter == name);
                found.is_some_and(|(_, adapter)| self.context.lora_adapter_set(adapter, 1.0).is_ok())
            }
            None => {
                let any = self.adapters.first_mut();
                any.is_none_or(|(_, adapter)| self.context.lora_adapter_remove(adapter).is_ok())
            }
        };
        if done {
            self.applied = adapter.clone();
        }
        done
    }

    /// Reads one image, if one is next. It is a batch of its own.
    fn picture(&mut self, ours: &[usize], reports: &mut Vec<Report>) -> bool {
        for &at in ours {
            let slot = &mut self.slots[at];
            let Some(run) = &mut slot.run else { continue };
            let Some((item, 0)) = run.job.input.item(run.read) else { continue };
            let Item::Picture(picture) = &run.job.input.items[item] else { continue };
            let vision = self.loaded.vision.as_ref().and_then(|vision| vision.lock().ok());
            let read = vision
                .is_some_and(|mut vision| vision.read(picture, &mut self.context, slot.marks.len() as i32, at as i32));
            if read {
                slot.marks.extend(std::iter::repeat_n(picture.mark, picture.length));
                run.read += picture.length;
            } else {
                reports.push(run.refusal(RefusalWord::Unavailable, Some("an image could not be read".into())));
                slot.run = None;
                self.cut(at, 0);
            }
            return true;
        }
        false
    }

    /// The library could not do a step: every answer of it is refused, and nothing of it is used again.
    fn fail(&mut self, adapter: &Option<String>, reports: &mut Vec<Report>) {
        for at in 0..self.slots.len() {
            if self.slots[at].adapter != *adapter {
                continue;
            }
            if let Some(run) = self.slots[at].run.take() {
                reports.push(run.refusal(RefusalWord::Unavailable, Some("the model could not go on".into())));
                self.cut(at, 0);
            }
        }
    }

    /// Aims at steps of equal time, whatever the machine and the model.
    fn adapt(&mut self, read: usize, took: Duration) {
        if read < STRETCH_MIN {
            return;
        }
        let ideal = read as f64 * STEP_TIME.as_secs_f64() / took.as_secs_f64().max(1e-4);
        self.stretch = ideal.clamp(STRETCH_MIN as f64, f64::from(BATCH)) as usize;
    }
}

impl Slot {
    fn reading(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.read < run.job.input.marks.len())
    }

    /// How many positions of the cache a job can use: never all of its input, because the last token gives the logits,
    /// and never a part of an image.
    fn common(&self, job: &Job) -> usize {
        if self.tenant != job.tenant || self.adapter != job.adapter {
            return 0;
        }
        // What a run has drawn but not yet decoded is not in `marks`.
        let most = job.input.marks.len() - 1;
        let equal = self.marks.iter().zip(&job.input.marks[..most]).take_while(|(a, b)| a == b).count();
        match job.input.item(equal) {
            Some((at, inside)) if matches!(job.input.items[at], Item::Picture(_)) => equal - inside,
            _ => equal,
        }
    }
}
