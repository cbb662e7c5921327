//! Keeps one model process alive and carries questions to it.
//!
//! The engine can abort on inputs that nobody foresaw. That costs the process, never the gateway: what was in flight is
//! refused, the process starts again, and while it cannot, questions are refused at once.

use crate::local::frame::{self, Facts, Load, Order, Report};
use crate::local::process::Process;
use crate::local::prompt::{Piece, Prompt};
use crate::refusal::{Reason, Refusal};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// What is needed to start a model process again and again.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The name in logs.
    pub name: String,
    /// This program, which becomes the model process with the argument `model-worker`.
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub load: Load,
    pub load_time_max: Duration,
    /// Questions waiting and in progress; more are refused at once.
    pub queue_max: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Starting,
    Ready(Facts),
    /// It ended or could not start; the next attempt comes by itself.
    Down(String),
}

/// The gateway's end of one model process. Dropping it ends the process.
pub struct Supervisor {
    asks: mpsc::UnboundedSender<Ask>,
    cancels: mpsc::UnboundedSender<u64>,
    places: Arc<Semaphore>,
    next_id: AtomicU64,
    state: watch::Receiver<State>,
}

impl Supervisor {
    /// Starts the process and a task that keeps it alive.
    pub fn start(spec: Spec) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        let (cancels, cancelled) = mpsc::unbounded_channel();
        let (states, state) = watch::channel(State::Starting);
        let places = Arc::new(Semaphore::new(spec.queue_max));
        tokio::spawn(Keeper { spec, asked, cancelled, states, in_flight: HashMap::new() }.run());
        Self { asks, cancels, places, next_id: AtomicU64::new(0), state }
    }

    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until the model is loaded or known not to load.
    pub async fn settled(&self) -> State {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| *state != State::Starting).await;
        settled.map_or_else(|_| State::Down("it is shutting down".into()), |state| state.clone())
    }

    /// Asks a question. Dropping the answer cancels it.
    pub fn ask(&self, tenant: &str, prompt: Prompt, deadline: Instant) -> Result<Answer, Refusal> {
        if let State::Down(why) = &*self.state.borrow() {
            return Err(Refusal::new(Reason::LocalUnavailable).because(why.clone()));
        }
        let place = self.places.clone().try_acquire_owned().map_err(|_| Reason::Overloaded)?;
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        // Unbounded, so that a slow reader cannot hold up the process; the context bounds what one answer can hold.
        let (pieces, answer) = mpsc::unbounded_channel();
        let choices_left = prompt.choices.max(1);
        let answer = Answer::new(id, choices_left, answer, self.cancels.clone(), deadline);
        let ask = Ask {
            id,
            tenant: tenant.to_owned(),
            prompt,
            flight: Flight { pieces, deadline, choices_left, _place: place },
        };
        self.asks.send(ask).map_err(|_| Reason::ShuttingDown)?;
        Ok(answer)
    }
}

/// An answer as it comes about.
pub struct Answer {
    id: u64,
    choices_left: u32,
    pieces: mpsc::UnboundedReceiver<Result<Piece, Refusal>>,
    cancels: mpsc::UnboundedSender<u64>,
    deadline: Instant,
}

impl Answer {
    /// An answer of `choices` that comes through `pieces`. When it is dropped, `cancels` is told its `id`.
    pub fn new(
        id: u64,
        choices: u32,
        pieces: mpsc::UnboundedReceiver<Result<Piece, Refusal>>,
        cancels: mpsc::UnboundedSender<u64>,
        deadline: Instant,
    ) -> Self {
        Self { id, choices_left: choices, pieces, cancels, deadline }
    }

    /// The next piece; nothing after the last choice has ended. Cancel safe.
    pub async fn next(&mut self) -> Option<Result<Piece, Refusal>> {
        if self.choices_left == 0 {
            return None;
        }
        let piece = match tokio::time::timeout_at(self.deadline.into(), self.pieces.recv()).await {
            Ok(Some(piece)) => piece,
            // The keeper drops its end only after it has said why, unless the gateway itself ends.
            Ok(None) => Err(Reason::ShuttingDown.into()),
            Err(_) => Err(Reason::Deadline.into()),
        };
        match &piece {
            Ok(Piece::End { .. }) => self.choices_left -= 1,
            Ok(_) => {}
            Err(_) => self.choices_left = 0,
        }
        Some(piece)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // The process may be gone, and then there is nothing to cancel.
        let _ = self.cancels.send(self.id);
    }
}

struct Ask {
    id: u64,
    tenant: String,
    prompt: Prompt,
    flight: Flight,
}

struct Flight {
    pieces: mpsc::UnboundedSender<Result<Piece, Refusal>>,
    deadline: Instant,
    choices_left: u32,
    _place: OwnedSemaphorePermit,
}

struct Keeper {
    spec: Spec,
    asked: mpsc::UnboundedReceiver<Ask>,
    cancelled: mpsc::UnboundedReceiver<u64>,
    states: watch::Sender<State>,
    in_flight: HashMap<u64, Flight>,
}

/// Why a process is no longer served.
enum Ending {
    Died(String),
    /// Nobody can ask any more.
    NotNeeded,
}

/// A process that does not end a question this long after its deadline is stuck inside the engine.
const GRACE: Duration = Duration::from_secs(15);
/// A process that takes no bytes for this long is stuck.
const WRITE_TIME_MAX: Duration = Duration::from_secs(10);
const BACK_OFF_MAX: Duration = Duration::from_secs(30);
/// After this long without a fault the next one is taken as the first.
const HEALTHY: Duration = Duration::from_secs(60);

impl Keeper {
    async fn run(mut self) {
        let mut faults = 0u32;
        loop {
            let name = self.spec.name.clone();
            let started = Instant::now();
            let loaded = Process::start(&self.spec).await;
            let why = match loaded {
                Ok((process, facts)) => {
                    tracing::info!(model = name, load_ms = facts.load_ms, "the local model is ready");
                    self.states.send_replace(State::Ready(facts));
                    match self.serve(process).await {
                        Ending::NotNeeded => return,
                        Ending::Died(why) => why,
                    }
                }
                Err(why) => why,
            };
            tracing::error!(model = name, why, in_flight = self.in_flight.len(), "the model process ended");
            faults = if started.elapsed() > HEALTHY { 1 } else { faults + 1 };
            let pause = back_off(faults);
            self.states.send_replace(if pause.is_zero() { State::Starting } else { State::Down(why.clone()) });
            for (_, flight) in self.in_flight.drain() {
                // A client that has gone does not read its refusal.
                let _ = flight.pieces.send(Err(Refusal::new(Reason::LocalUnavailable).because(why.clone())));
            }
            if !pause.is_zero() && !self.wait(pause, &why).await {
                return;
            }
            self.states.send_replace(State::Starting);
        }
    }

    /// Refuses what is asked until the time is over. False when nobody can ask any more.
    async fn wait(&mut self, time: Duration, why: &str) -> bool {
        let over = sleep(time);
        tokio::pin!(over);
        loop {
            tokio::select! {
                ask = self.asked.recv() => match ask {
                    Some(ask) => {
                        let refusal = Refusal::new(Reason::LocalUnavailable).because(why);
                        let _ = ask.flight.pieces.send(Err(refusal));
                    }
                    None => return false,
                },
                () = &mut over => return true,
            }
        }
    }

    async fn serve(&mut self, mut process: Process) -> Ending {
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // In this order, so that a question is known before its cancellation.
            let order = tokio::select! {
                biased;
                report = process.next() => match report {
                    Some(report) => { self.dispatch(report); None }
                    None => return Ending::Died(process.ended().await),
                },
                ask = self.asked.recv() => match ask {
                    Some(ask) => self.take(ask),
                    None => return Ending::NotNeeded,
                },
                Some(id) = self.cancelled.recv() => self.in_flight.remove(&id).map(|_| Order::Cancel { id }),
                _ = tick.tick() => {
                    if self.in_flight.values().any(|flight| flight.deadline.elapsed() > GRACE) {
                        return Ending::Died("it was stuck".into());
                    }
                    None
                }
            };
            let Some(order) = order else { continue };
            let Ok(bytes) = frame::encode(&order) else {
                self.refuse_too_long(&order);
                continue;
            };
            match timeout(WRITE_TIME_MAX, process.write(&bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ending::Died(process.ended().await),
                Err(_) => return Ending::Died("it was stuck".into()),
            }
        }
    }

    fn take(&mut self, ask: Ask) -> Option<Order> {
        let Ask { id, tenant, prompt, flight } = ask;
        if flight.pieces.is_closed() {
            return None;
        }
        let left = flight.deadline.saturating_duration_since(Instant::now());
        self.in_flight.insert(id, flight);
        Some(Order::Ask { id, tenant, deadline_ms: left.as_millis() as u64, prompt: Box::new(prompt) })
    }

    fn refuse_too_long(&mut self, order: &Order) {
        if let Order::Ask { id, .. } = order
            && let Some(flight) = self.in_flight.remove(id)
        {
            let _ = flight.pieces.send(Err(Reason::BodyTooLarge.into()));
        }
    }

    fn dispatch(&mut self, report: Report) {
        let (id, piece) = match report {
            Report::Piece { id, piece } => (id, Ok(piece)),
            Report::Refuse { id, reason, detail } => (id, Err(reason.refusal(detail))),
            Report::Ready(_) | Report::Unusable { .. } => return,
        };
        // A cancelled question is no longer there.
        let Some(flight) = self.in_flight.get_mut(&id) else { return };
        match &piece {
            Ok(Piece::End { .. }) => flight.choices_left -= 1,
            Ok(_) => {}
            Err(_) => flight.choices_left = 0,
        }
        let over = flight.choices_left == 0;
        // When the reader has gone, its `Drop` has sent the cancellation.
        let _ = flight.pieces.send(piece);
        if over {
            self.in_flight.remove(&id);
        }
    }
}

/// The first restart is immediate: most faults come from one input that is now gone.
fn back_off(faults: u32) -> Duration {
    match faults {
        0 | 1 => Duration::ZERO,
        _ => BACK_OFF_MAX.min(Duration::from_millis(250) * 2u32.saturating_pow(faults - 2).min(1 << 10)),
    }
}

#[cfg(test)]
mod tests;
