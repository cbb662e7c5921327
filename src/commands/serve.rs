//! `cordon serve`: the gateway until it is told to stop.

use crate::server::{self, Gateway};
use crate::{admin, telemetry};
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Run the gateway.
///
/// SIGHUP reads certificates, keys, roster and lists again; SIGTERM and SIGINT end running exchanges and stop.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration; `cordon.example.toml` explains every key.
    #[arg(long, env = "CORDON_CONFIG", default_value = "cordon.toml")]
    config: PathBuf,
    /// How much the log says: error, warn, info, debug, trace. It never holds text of a request.
    #[arg(long, default_value = "info")]
    log: tracing::Level,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    telemetry::log_to_stderr(args.log);
    telemetry::silence_panics();
    telemetry::forbid_core_dumps().context("core dumps cannot be forbidden")?;
    let config = super::load(&args.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { serve(Gateway::build(config)?).await })?;
    // A thread that clears a request of somebody who is gone must not hold up the exit.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ExitCode::SUCCESS)
}

async fn serve(gateway: Arc<Gateway>) -> anyhow::Result<()> {
    let bound = gateway.bind().await?;
    let scheme = if gateway.config().server.tls.is_some() { "https" } else { "http" };
    if let Some(listen) = gateway.config().admin.listen {
        let listener = TcpListener::bind(listen).await.with_context(|| listen.to_string())?;
        tracing::info!(address = %listener.local_addr()?, "admin");
        tokio::spawn(admin::serve(listener, gateway.clone()));
    }
    tracing::info!(address = %bound.address()?, scheme, "listening");
    tokio::spawn(reload(gateway.clone(), signal(SignalKind::hangup())?));
    tokio::spawn(sweep(gateway.clone()));
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    bound
        .serve(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("draining");
        })
        .await;
    gateway.close();
    tracing::info!("stopped");
    Ok(())
}

/// Follows SIGHUP, and changes of the files of keys, roster and lists: a revoked key must not work for long, and a new
/// patient must not wait for a restart.
async fn reload(gateway: Arc<Gateway>, mut hangup: Signal) {
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            _ = hangup.recv() => beside(&gateway, Gateway::reload).await,
            _ = tick.tick() => beside(&gateway, |gateway| {
                gateway.refresh_keys();
                gateway.refresh_knowledge();
            }).await,
        }
    }
}

/// What the vault has kept for long enough is not only hidden but erased.
async fn sweep(gateway: Arc<Gateway>) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        beside(&gateway, |gateway| gateway.sweep(server::now())).await;
    }
}

const SWEEP: Duration = Duration::from_secs(600);

/// Reads files on a thread that may block: a roster has a million rows.
async fn beside(gateway: &Arc<Gateway>, read: impl FnOnce(&Gateway) + Send + 'static) {
    let gateway = gateway.clone();
    let _ = tokio::task::spawn_blocking(move || read(&gateway)).await;
}
