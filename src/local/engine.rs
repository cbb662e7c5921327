//! The only place that calls llama.cpp, and only in the model process.
//!
//! One thread owns the model's context and runs the [`scheduler`]; another reads orders, and turns each question into
//! tokens and a compiled grammar ([`intake`]) so that long texts do not hold up the answers in progress. Everything
//! that the library is known to abort on is refused before it gets there.

mod embedder;
mod grammar;
mod intake;
mod loaded;
mod run;
mod scheduler;
mod vision;
mod waiting;

use crate::local::frame::{self, Facts, Load, Order, RefusalWord, Report};
use crate::local::gguf::Gguf;
use crate::local::prompt::{Finish, Piece};
use intake::Work;
use loaded::Loaded;
use std::io::{self, Read, Write};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

/// Loads the model and answers until the orders end.
pub fn serve(load: Load, mut orders: impl Read + Send + 'static, out: impl Write + Send + 'static) -> io::Result<()> {
    let reporter = Reporter { out: Mutex::new(Box::new(out)) };
    if let Ok(head) = Gguf::open(&load.model)
        && let Some(pooling) = embedder::pooling(&head)
    {
        return embedder::serve(&head, pooling, &load, orders, &reporter);
    }
    let started = Instant::now();
    let mut loaded = match Loaded::new(&load) {
        Ok(loaded) => loaded,
        Err(why) => return reporter.send(&[Report::Unusable { why }]),
    };
    let mut adapters = match loaded.adapters(&load) {
        Ok(adapters) => adapters,
        Err(why) => return reporter.send(&[Report::Unusable { why }]),
    };
    let mut engine = match scheduler::Scheduler::new(&loaded, &load, &mut adapters, &reporter) {
        Ok(engine) => engine,
        Err(why) => return reporter.send(&[Report::Unusable { why }]),
    };
    let load_ms = started.elapsed().as_millis() as u64;
    let facts = Facts { context: engine.context_length(), load_ms, ..loaded.facts() };
    reporter.send(&[Report::Ready(facts)])?;
    let limits = intake::Limits { context: engine.context_length(), parallel: load.parallel };
    let (jobs, queue) = mpsc::channel();
    std::thread::scope(|scope| {
        let intake = intake::Intake::new(&loaded, limits);
        let reporter = &reporter;
        scope.spawn(move || {
            while let Ok(Some(order)) = frame::read::<Order>(&mut orders) {
                match order {
                    Order::Ask { id, tenant, deadline_ms, prompt } => {
                        match intake.work(id, tenant, deadline_ms, *prompt) {
                            Ok(Work::Counted(tokens)) => reporter.count(id, tokens),
                            Ok(Work::Answers(ready)) => ready.into_iter().for_each(|job| {
                                // The engine's thread ends only with the process.
                                let _ = jobs.send(scheduler::Message::Job(Box::new(job)));
                            }),
                            Err((reason, detail)) => reporter.refuse(id, reason, detail),
                        }
                    }
                    Order::Cancel { id } => {
                        let _ = jobs.send(scheduler::Message::Cancel(id));
                    }
                    // Said twice: not by the gateway.
                    Order::Load(_) => break,
                }
            }
            // The gateway has gone or closed the pipe, and nobody reads what is still being answered.
            #[expect(clippy::disallowed_methods, reason = "the engine is in a foreign call that nothing else ends")]
            std::process::exit(0);
        });
        engine.run(&queue)
    })
}

/// Writes reports; both threads do.
pub struct Reporter {
    out: Mutex<Box<dyn Write + Send>>,
}

impl Reporter {
    fn send(&self, reports: &[Report]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for report in reports {
            bytes.extend(frame::encode(report)?);
        }
        let mut out = self.out.lock().map_err(|_| io::Error::other("a thread ended while writing"))?;
        out.write_all(&bytes)?;
        out.flush()
    }

    /// An answer that says how many tokens the question has.
    fn count(&self, id: u64, prompt_tokens: u32) {
        let start = Piece::Start { choice: 0, prompt_tokens, cached_tokens: 0 };
        let end = Piece::End { choice: 0, finish: Finish::Stop, tokens: 0 };
        // As with a refusal.
        let _ = self.send(&[Report::Piece { id, piece: start }, Report::Piece { id, piece: end }]);
    }

    fn refuse(&self, id: u64, reason: RefusalWord, detail: Option<String>) {
        // When nobody reads, the orders end too, and with them the process.
        let _ = self.send(&[Report::Refuse { id, reason, detail }]);
    }
}
