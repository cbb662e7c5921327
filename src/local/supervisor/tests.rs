//! A supervisor with scripted processes: this test program started anew, which speaks frames but holds no model.

use super::*;
use crate::local::frame::RefusalWord;
use crate::local::prompt::{Finish, Message, Speaker};
use std::io::Write;

/// The scripted model process: says the word that the last message names, forever if it is `forever`, and ends in the
/// way that it names. Runs only when this test program is started as a model process.
#[test]
fn scripted_process() {
    if std::env::var_os("CORDON_SCRIPTED").is_none() {
        return;
    }
    let mut stdin = std::io::stdin().lock();
    // Standard output has what the test harness says, so `scripted` moved the pipe.
    let mut stdout = std::fs::File::options().write(true).open("/dev/fd/3").unwrap();
    let Ok(Some(Order::Load(load))) = frame::read(&mut stdin) else { panic!("a load") };
    if load.model.ends_with("broken") {
        frame::write(&mut stdout, &Report::Unusable { why: "not a model".into() }).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the process plays a worker that ends")]
        std::process::exit(0);
    }
    frame::write(&mut stdout, &Report::Ready(Facts::default())).unwrap();
    while let Ok(Some(order)) = frame::read::<Order>(&mut stdin) {
        let Order::Ask { id, prompt, .. } = order else { continue };
        let crate::local::prompt::Part::Text(word) = &prompt.messages[0].parts[0] else { panic!("a text") };
        let say = |stdout: &mut std::fs::File, piece| frame::write(stdout, &Report::Piece { id, piece }).unwrap();
        say(&mut stdout, Piece::Start { choice: 0, prompt_tokens: 1, cached_tokens: 0 });
        match word.as_str() {
            "abort" => std::process::abort(),
            "garbage" => stdout.write_all(&[0, 0, 0, 3, b'{', b'{', b'{']).unwrap(),
            "stuck" => {}
            "refuse" => {
                let reason = RefusalWord::ContextOverflow;
                frame::write(&mut stdout, &Report::Refuse { id, reason, detail: None }).unwrap();
            }
            word => {
                say(&mut stdout, Piece::Text { choice: 0, text: word.into(), tokens: vec![] });
                say(&mut stdout, Piece::End { choice: 0, finish: Finish::Stop, tokens: 1 });
            }
        }
    }
    #[expect(clippy::disallowed_methods, reason = "the process plays a worker that ends")]
    std::process::exit(0);
}

fn scripted(model: &str, queue_max: usize) -> Supervisor {
    let program = std::env::current_exe().unwrap();
    let shell = "export CORDON_SCRIPTED=1; exec 3>&1 1>/dev/null; exec \"$0\" --exact --nocapture \"$1\"";
    let arguments = ["-c", shell, program.to_str().unwrap(), "local::supervisor::tests::scripted_process"];
    let load = Load {
        model: model.into(),
        projector: None,
        adapters: vec![],
        context: 0,
        parallel: 1,
        threads: 1,
        gpu_layers: 0,
        small_cache: false,
    };
    Supervisor::start(Spec {
        name: "scripted".into(),
        program: "/bin/sh".into(),
        arguments: arguments.map(str::to_owned).to_vec(),
        load,
        load_time_max: Duration::from_secs(20),
        queue_max,
    })
}

async fn answer(supervisor: &Supervisor, word: &str) -> Result<String, Refusal> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let prompt = Prompt { messages: vec![Message::text(Speaker::User, word)], choices: 1, ..Prompt::default() };
    let mut answer = supervisor.ask("a tenant", prompt, deadline)?;
    let mut text = String::new();
    while let Some(piece) = answer.next().await {
        if let Piece::Text { text: more, .. } = piece? {
            text.push_str(&more);
        }
    }
    Ok(text)
}

#[tokio::test]
async fn questions_are_answered_and_refusals_keep_their_reason() {
    let supervisor = scripted("good", 8);
    assert_eq!(answer(&supervisor, "hello").await.unwrap(), "hello");
    assert_eq!(answer(&supervisor, "refuse").await.unwrap_err().reason, Reason::ContextOverflow);
    assert_eq!(answer(&supervisor, "again").await.unwrap(), "again");
}

#[tokio::test]
async fn an_abort_refuses_what_is_in_flight_and_costs_one_restart() {
    let supervisor = scripted("good", 8);
    let (one, two) = tokio::join!(answer(&supervisor, "stuck"), answer(&supervisor, "abort"));
    assert_eq!(one.unwrap_err().reason, Reason::LocalUnavailable);
    let refusal = two.unwrap_err();
    assert_eq!(refusal.reason, Reason::LocalUnavailable);
    assert!(refusal.detail.unwrap().contains("signal"));
    supervisor.settled().await;
    assert_eq!(answer(&supervisor, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_process_that_speaks_nonsense_is_replaced() {
    let supervisor = scripted("good", 8);
    assert_eq!(answer(&supervisor, "garbage").await.unwrap_err().reason, Reason::LocalUnavailable);
    supervisor.settled().await;
    assert_eq!(answer(&supervisor, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_refuses_at_once_and_says_why() {
    let supervisor = scripted("broken", 8);
    // Waits for the second fault, when the back-off has begun.
    let waiting = answer(&supervisor, "hello").await.unwrap_err();
    assert_eq!(waiting.reason, Reason::LocalUnavailable);
    assert_eq!(waiting.detail.as_deref(), Some("not a model"));
}

#[tokio::test]
async fn more_than_the_queue_holds_is_refused_and_a_dropped_answer_gives_its_place_back() {
    let supervisor = scripted("good", 2);
    supervisor.settled().await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let stuck = || Prompt { messages: vec![Message::text(Speaker::User, "stuck")], choices: 1, ..Prompt::default() };
    let first = supervisor.ask("a", stuck(), deadline).unwrap();
    let _second = supervisor.ask("a", stuck(), deadline).unwrap();
    assert_eq!(supervisor.ask("a", stuck(), deadline).err().unwrap().reason, Reason::Overloaded);
    drop(first);
    let freed = async {
        while answer(&supervisor, "hello").await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), freed).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_deadline() {
    let supervisor = scripted("good", 2);
    supervisor.settled().await;
    let prompt = Prompt { messages: vec![Message::text(Speaker::User, "stuck")], choices: 1, ..Prompt::default() };
    let mut answer = supervisor.ask("a", prompt, Instant::now() + Duration::from_millis(300)).unwrap();
    assert!(matches!(answer.next().await, Some(Ok(Piece::Start { .. }))));
    assert!(matches!(answer.next().await, Some(Err(refusal)) if refusal.reason == Reason::Deadline));
    assert!(answer.next().await.is_none());
}
