//! `cordon bench`: what a local model does on this machine, as a table.

use crate::local::detect::{self, Absent, ModelRecognizer, When};
use crate::local::prompt::{Message, Piece, Prompt, Sampling, Speaker};
use crate::local::store::Store;
use crate::local::supervisor::{Spec, State, Supervisor};
use crate::local::{self, ModelSettings, Models, PREFIX, WORKER_COMMAND};
use crate::recognize::view::View;
use crate::recognize::{Passage, Recognizer, SegmentKind};
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Measure a local model on this machine: loading, reading, writing, side by side, and a restart
///
/// Prints a table for a report. The text is made up, and the sampling greedy, so that two runs do the same work.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An installed model.
    model: String,
    /// The folder of models.
    #[arg(long, env = "CORDON_MODELS")]
    directory: Option<PathBuf>,
    /// Tokens of context.
    #[arg(long, default_value_t = 8192)]
    context: u32,
    /// Threads; 0 is one for each core.
    #[arg(long, default_value_t = 0)]
    threads: u32,
    /// The most answers side by side.
    #[arg(long, default_value_t = 8)]
    parallel: u32,
    /// Tokens of each answer.
    #[arg(long, default_value_t = 64)]
    tokens: u32,
}

/// How one answer went.
struct Timing {
    input: u32,
    output: u32,
    first: Duration,
    total: Duration,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(args: Args) -> anyhow::Result<()> {
    let store_root = args.directory.clone().unwrap_or_else(Store::default_root);
    let store = Store::new(&store_root);
    let checked = Instant::now();
    let verified = store.verify(&args.model)?;
    let checked = checked.elapsed();
    let settings = ModelSettings {
        context: args.context,
        parallel: args.parallel,
        threads: args.threads,
        ..ModelSettings::default()
    };
    let spec = Spec {
        name: args.model.clone(),
        program: std::env::current_exe()?,
        arguments: vec![WORKER_COMMAND.into()],
        load: settings.load(verified),
        load_time_max: Duration::from_secs(600),
        queue_max: 256,
    };
    let threads = spec.load.threads;
    let supervisor = Supervisor::start(spec);
    let facts = match supervisor.settled().await {
        State::Ready(facts) => facts,
        State::Down(why) => anyhow::bail!("{}: {why}", args.model),
        State::Starting => anyhow::bail!("{}: it does not start", args.model),
    };
    println!("| what | figure |\n|---|---|");
    let size = facts.size as f64 / 1e6;
    println!(
        "| model | {}, {}, {:.0} M parameters, {size:.0} MB |",
        args.model,
        facts.architecture,
        facts.parameters as f64 / 1e6
    );
    println!("| run with | {threads} threads, {} tokens of context |", facts.context);
    println!("| check of the digest | {:.2} s |", checked.as_secs_f64());
    println!("| load | {:.2} s |", facts.load_ms as f64 / 1e3);
    let short = answer(&supervisor, &question("Say something about hearts.", 0), args.tokens).await?;
    println!("| first token, {} tokens of input | {:.0} ms |", short.input, short.first.as_secs_f64() * 1e3);
    println!("| writing | {:.1} tokens/s |", rate(short.output.saturating_sub(1), short.total - short.first));
    let long = answer(&supervisor, &question(&note(), 1), 2).await?;
    println!("| reading {} tokens | {:.0} tokens/s |", long.input, rate(long.input, long.first));
    let again = answer(&supervisor, &question(&note(), 1), 2).await?;
    println!("| first token, the same {} tokens again | {:.0} ms |", again.input, again.first.as_secs_f64() * 1e3);
    for parallel in [1, 2, 4, 8].into_iter().filter(|parallel| *parallel <= args.parallel) {
        let started = Instant::now();
        let questions: Vec<String> = (0..parallel).map(|at| question("Describe a normal chest film.", at)).collect();
        let answers = questions.iter().map(|question| answer(&supervisor, question, args.tokens));
        let answers = futures_util::future::try_join_all(answers).await?;
        let output: u32 = answers.iter().map(|timing| timing.output).sum();
        println!("| {parallel} side by side, together | {:.1} tokens/s |", rate(output, started.elapsed()));
    }
    if let Some(resident) = resident_of_children() {
        println!("| memory of the model process | {:.0} MB |", resident as f64 / 1e6);
    }
    println!("| restart after it was killed | {:.2} s |", restart(&supervisor).await?.as_secs_f64());
    drop(supervisor);
    let [first, second] = detection(store_root, &args.model, settings).await?;
    println!("| findings in a note of 2 KB, the first time | {:.1} s |", first.as_secs_f64());
    println!("| findings in another one | {:.1} s |", second.as_secs_f64());
    Ok(())
}

/// How long the model takes as a second pair of eyes, before and after it has read its instruction.
async fn detection(directory: PathBuf, name: &str, settings: ModelSettings) -> anyhow::Result<[Duration; 2]> {
    let time = Duration::from_secs(600);
    let local = local::Settings {
        directory: Some(directory),
        models: [(name.to_owned(), settings)].into(),
        ..local::Settings::default()
    };
    let models = Arc::new(Models::start(&local)?);
    models.settled().await;
    let settings =
        detect::Settings { model: format!("{PREFIX}{name}"), when: When::Always, time, absent: Absent::Refuse };
    let recognizer = ModelRecognizer::new(settings, models, tokio::runtime::Handle::current());
    let find = move || {
        let mut took = [Duration::ZERO; 2];
        for (took, text) in took.iter_mut().zip([note(), note().replace("chest", "back")]) {
            let started = Instant::now();
            let view = View::identity(&text);
            let passage = Passage { view: &view, label: None, kind: SegmentKind::Prose };
            let found = recognizer.find(&passage, started + time, &mut Vec::new());
            found.map_err(|fault| anyhow::anyhow!("the model gave no findings: {fault:?}"))?;
            *took = started.elapsed();
        }
        Ok(took)
    };
    tokio::task::spawn_blocking(find).await?
}

/// Distinct from the first word on, so that no part of another question's input is used again.
fn question(text: &str, number: u32) -> String {
    format!("Question {number}{number}. {text}")
}

/// A note of about 2 KB about nobody.
fn note() -> String {
    let line =
        "The patient reports mild chest discomfort after climbing stairs, no fever, no weight loss, good appetite. ";
    line.repeat(20)
}

async fn answer(supervisor: &Supervisor, question: &str, tokens: u32) -> anyhow::Result<Timing> {
    let prompt = Prompt {
        messages: vec![Message::text(Speaker::User, question)],
        sampling: Sampling { temperature: Some(0.0), ..Sampling::default() },
        max_tokens: Some(tokens),
        choices: 1,
        ..Prompt::default()
    };
    let started = Instant::now();
    let mut answer = supervisor.ask("bench", prompt, started + Duration::from_secs(600))?;
    let mut timing = Timing { input: 0, output: 0, first: Duration::ZERO, total: Duration::ZERO };
    while let Some(piece) = answer.next().await {
        match piece? {
            Piece::Start { prompt_tokens, .. } => (timing.input, timing.first) = (prompt_tokens, started.elapsed()),
            Piece::End { tokens, .. } => (timing.output, timing.total) = (tokens, started.elapsed()),
            _ => {}
        }
    }
    Ok(timing)
}

fn rate(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64().max(1e-6)
}

/// Kills the model process and waits until it answers again.
async fn restart(supervisor: &Supervisor) -> anyhow::Result<Duration> {
    for child in children()? {
        std::process::Command::new("kill").args(["-9", &child.to_string()]).status().context("`kill` cannot be run")?;
    }
    let started = Instant::now();
    // The first question may still meet the process that is dying.
    while answer(supervisor, "Are you there?", 1).await.is_err() {
        anyhow::ensure!(started.elapsed() < Duration::from_secs(600), "the model process did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(started.elapsed())
}

fn children() -> anyhow::Result<Vec<u32>> {
    let me = std::process::id();
    let mut children = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{me}/task"))? {
        let list = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        children.extend(list.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    Ok(children)
}

/// Bytes of memory that the model process holds, with those of the model's file that are in use.
fn resident_of_children() -> Option<u64> {
    let resident = |child: u32| {
        let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()? * 1024)
    };
    children().ok()?.into_iter().map(resident).sum()
}
