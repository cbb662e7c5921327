//! The gateway as a process: built from its configuration, listening, and draining when it is told to stop.

mod framing;
mod knowledge;
mod stall;

use crate::audit::{self, Decision, Event, ExchangeId, Kind, Log};
use crate::config::{self, Config};
use crate::crypto::Key;
use crate::deid::{Deidentifier, Detector, Imaging};
use crate::json;
use crate::local::{Models, detect::ModelRecognizer};
use crate::proxy::admission::Admission;
use crate::proxy::caller::Callers;
use crate::proxy::clearing::Clearing;
use crate::proxy::keyring::KeyringError;
use crate::proxy::pictures::Describer;
use crate::proxy::policies::Policies;
use crate::proxy::routes::Routes;
use crate::proxy::routes::sensitive::Sensitive;
use crate::proxy::upstream::{self, Upstream};
use crate::proxy::{Limits, Proxy, gather, inbound, pace::Pace, reply};
use crate::recognize::{Analyzer, Options};
use crate::rules::{RuleError, Rules};
use crate::secret::{self, SecretError};
use crate::telemetry::{Metrics, exposition};
use crate::tls::{self, TlsError};
use crate::vault::{self, Vault, VaultError};
use data_encoding::HEXLOWER_PERMISSIVE;
use framing::Strict;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use knowledge::Knowledge;
use prometheus_client::registry::Registry;
use stall::Stall;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Everything that a running gateway consists of.
pub struct Gateway {
    config: Config,
    proxy: Arc<Proxy>,
    tls: Option<Arc<tls::Listener>>,
    /// The site's roster and lists; none with a detector that is not ours.
    knowledge: Option<Knowledge>,
    registry: Registry,
    metrics: Metrics,
    draining: AtomicBool,
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{}", listed(.0))]
    Rules(Vec<RuleError>),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("{0}: the key file must hold 64 hexadecimal digits")]
    Key(PathBuf),
    #[error(transparent)]
    Imaging(#[from] crate::dicom::PolicyError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Upstream(#[from] upstream::BuildError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("audit log: {0}")]
    Audit(#[from] audit::log::OpenError),
    #[error("local models: {0}")]
    Models(io::Error),
    #[error("{0}: {1}")]
    Listen(SocketAddr, io::Error),
}

impl Gateway {
    /// Builds a gateway that detects by the configured rules.
    pub fn build(config: Config) -> Result<Arc<Self>, BuildError> {
        let rules = rules(&config.detection)?;
        let options = Options { packs: config.detection.packs.clone(), ..Options::default() };
        let analyzer = Analyzer::new(&rules, &options).map_err(BuildError::Rules)?;
        analyzer.prepare();
        let models = Arc::new(Models::start(&config.local).map_err(BuildError::Models)?);
        let mut registry = Registry::default();
        let analyzer = Arc::new(match config.local.detection.clone() {
            Some(detection) => {
                let recognizer = ModelRecognizer::new(detection, models.clone(), tokio::runtime::Handle::current());
                Metrics::detection(&mut registry, recognizer.counts());
                analyzer.with(Arc::new(recognizer))
            }
            None => analyzer,
        });
        let knowledge = Knowledge::load(&config.detection, analyzer.clone()).map_err(BuildError::Rules)?;
        Self::assemble(config, &rules, analyzer, Some(knowledge), models, registry)
    }

    /// Builds a gateway with another detector.
    pub fn with_detector(config: Config, rules: &Rules, detector: Arc<dyn Detector>) -> Result<Arc<Self>, BuildError> {
        let models = Arc::new(Models::start(&config.local).map_err(BuildError::Models)?);
        Self::assemble(config, rules, detector, None, models, Registry::default())
    }

    fn assemble(
        config: Config,
        rules: &Rules,
        detector: Arc<dyn Detector>,
        knowledge: Option<Knowledge>,
        models: Arc<Models>,
        mut registry: Registry,
    ) -> Result<Arc<Self>, BuildError> {
        let policies = Policies::load(rules, &config.detection.profile).map_err(BuildError::Rules)?;
        let metrics = Metrics::new(&mut registry);
        let audit = Log::open(audit::Options {
            directory: config.audit.directory.clone(),
            key: config.audit.key.clone(),
            origin: config.audit.origin.clone(),
            node: config.audit.node.clone(),
            publish_every: config.audit.publish_every,
        })?;
        let key = installation_key(&config.detection.key)?;
        let vault = Arc::new(open_vault(&config, &key)?);
        let imaging = Imaging::new(rules, &key, detector.clone())?;
        let deidentifier = Deidentifier::new(detector, key).with_media(Arc::new(imaging));
        let proxy = Proxy {
            callers: Callers::load(&config.callers)?,
            admission: Admission::new(&config.limits),
            routes: Routes::new(&config)?,
            describer: Describer::new(),
            sensitive: Sensitive::load(&config.sensitive, rules).map_err(BuildError::Rules)?,
            policies,
            clearing: Clearing::new(deidentifier, config.detection.threads, config.detection.deadline),
            audit: Arc::new(audit),
            gatherer: gather::Gatherer::new(vault.clone(), limits(&config.limits).request),
            vault,
            upstream: Upstream::new(&config.egress, config.limits.reply)?,
            models,
            limits: limits(&config.limits),
            metrics: metrics.clone(),
            secure: config.server.tls.is_some(),
        };
        let tls = config.server.tls.clone().map(tls::Listener::load).transpose()?.map(Arc::new);
        note(&proxy.audit, Kind::NodeStart);
        let draining = AtomicBool::new(false);
        Ok(Arc::new(Self { config, proxy: Arc::new(proxy), tls, knowledge, registry, metrics, draining }))
    }

    /// Opens the listening socket.
    pub async fn bind(self: &Arc<Self>) -> Result<Bound, BuildError> {
        let listen = self.config.server.listen;
        let listener = TcpListener::bind(listen).await.map_err(|error| BuildError::Listen(listen, error))?;
        Ok(Bound { gateway: self.clone(), listener })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Reads certificates, keys, roster and lists again. What cannot be read stays as it is, and is said in the log.
    pub fn reload(&self) {
        if let Some(Err(error)) = self.tls.as_ref().map(|tls| tls.reload()) {
            tracing::error!(%error, "the certificate was not reloaded");
        }
        self.refresh_keys();
        if let Some(knowledge) = &self.knowledge {
            knowledge.reload();
        }
        note(&self.proxy.audit, Kind::ConfigReload);
    }

    /// Reads the keys of callers again if their file has changed.
    pub fn refresh_keys(&self) {
        if let Err(error) = self.proxy.callers.refresh() {
            tracing::error!(%error, "the keys were not reloaded");
        }
    }

    /// Reads the roster and the lists again if a file has changed or a day has begun.
    pub fn refresh_knowledge(&self) {
        if self.knowledge.as_ref().is_some_and(Knowledge::refresh) {
            note(&self.proxy.audit, Kind::ConfigReload);
        }
    }

    /// Why new exchanges would fail here, if they would. Asks the disk and the vault's server: not for async threads.
    pub fn trouble(&self) -> Option<&'static str> {
        if self.draining.load(Ordering::Acquire) {
            Some("draining")
        } else if !self.proxy.audit.is_writable() {
            Some("the audit log cannot be written")
        } else if self.proxy.vault.probe(now()).is_err() {
            Some("the vault cannot be used")
        } else {
            None
        }
    }

    /// Whether new exchanges are welcome.
    pub fn is_ready(&self) -> bool {
        self.trouble().is_none()
    }

    /// Erases what the vault has kept for long enough, as of a time in seconds since 1970.
    pub fn sweep(&self, now: u64) {
        match self.proxy.vault.expire(now) {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "the vault was swept"),
            Err(error) => tracing::error!(%error, "the vault was not swept"),
        }
    }

    pub fn metrics(&self) -> Result<String, std::fmt::Error> {
        exposition(&self.registry)
    }

    /// Ends the audit log in order: writes what is queued and publishes it.
    pub fn close(&self) {
        note(&self.proxy.audit, Kind::NodeStop);
        self.proxy.audit.close();
    }
}

/// A gateway with an open socket.
pub struct Bound {
    gateway: Arc<Gateway>,
    listener: TcpListener,
}

impl Bound {
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` ends; then finishes what is in progress, for as long as the configuration allows.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { gateway, listener } = self;
        let connections = Arc::new(Semaphore::new(gateway.config.limits.connections));
        let graceful = GracefulShutdown::new();
        let accepting = async {
            loop {
                // The place comes first: a connection beyond the limit waits in the backlog and costs nothing here.
                let Ok(place) = connections.clone().acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, _)) => {
                        drop(tokio::spawn(gateway.clone().connection(stream, place, graceful.watcher())))
                    }
                    // Out of file descriptors, most likely: others must end first.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::select! {
            () = stop => {}
            () = accepting => {}
        }
        drop(listener);
        gateway.draining.store(true, Ordering::Release);
        let drained = tokio::time::timeout(gateway.config.server.drain, graceful.shutdown()).await;
        if drained.is_err() {
            tracing::warn!("exchanges were cut at the end of the drain time");
        }
    }
}

impl Gateway {
    async fn connection(self: Arc<Self>, stream: TcpStream, _place: OwnedSemaphorePermit, watcher: Watcher) {
        self.metrics.connection_opens();
        // Small pieces of a stream must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let stream = Stall::new(stream, self.config.limits.write_stall);
        match &self.tls {
            None => self.http1(stream, watcher).await,
            Some(tls) => {
                let handshake = tls.acceptor().accept(stream);
                if let Ok(Ok(stream)) = tokio::time::timeout(self.config.limits.header_timeout, handshake).await {
                    match stream.get_ref().1.alpn_protocol() {
                        Some(b"h2") => self.http2(stream, watcher).await,
                        _ => self.http1(stream, watcher).await,
                    }
                }
            }
        }
        self.metrics.connection_closes();
    }

    async fn http1(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, watcher: Watcher) {
        let proxy = self.proxy.clone();
        let service = service_fn(move |request| {
            let proxy = proxy.clone();
            async move { Ok::<_, Infallible>(proxy.answer(request).await) }
        });
        let limits = &self.config.limits;
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.keep_alive)
            .max_headers(HEADER_FIELDS)
            .max_header_size(limits.headers as usize)
            .serve_connection(TokioIo::new(Strict::new(stream, limits.header_timeout)), service);
        // An error here is the client's: it went away, or wrote what is not HTTP.
        let _ = watcher.watch(connection).await;
    }

    async fn http2(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, watcher: Watcher) {
        let proxy = self.proxy.clone();
        let service = service_fn(move |request| {
            let proxy = proxy.clone();
            async move { Ok::<_, Infallible>(proxy.answer(request).await) }
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(self.config.limits.headers)
            .max_concurrent_streams(128)
            .max_pending_accept_reset_streams(64)
            .max_local_error_reset_streams(256)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .max_send_buf_size(256 << 10)
            .serve_connection(TokioIo::new(stream), service);
        let _ = watcher.watch(connection).await;
    }
}

/// The vault that the configuration names.
fn open_vault(config: &Config, key: &Key) -> Result<Vault, BuildError> {
    let lifetime = config.vault.lifetime;
    let Some((text, password)) = &config.vault.postgres else {
        return Ok(Vault::open(&config.vault.file, key, lifetime)?);
    };
    let password = password.as_ref().map(secret::Source::load).transpose()?;
    let server = vault::Server::parse(text, password.as_ref())?;
    Ok(Vault::connect(server, Arc::new(tls::client(&config.egress)?), key, lifetime)?)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Records what happens to the gateway itself. Nothing leaves by it, so a log that cannot be written is no reason to
/// stop here: it stops every request.
fn note(audit: &Log, kind: Kind) {
    let _ = audit.record(Event::new(kind, ExchangeId::generate(), Decision::NotApplicable, "none"));
}

/// The rules that the configuration names.
pub fn rules(detection: &config::Detection) -> Result<Rules, BuildError> {
    match &detection.rules {
        None => Ok(Rules::embedded()),
        Some(path) => Rules::from_dir(path).map_err(|cause| BuildError::File { path: path.clone(), cause }),
    }
}

/// The key of this installation: 64 hexadecimal digits in a file, made on the first start.
fn installation_key(path: &Path) -> Result<Key, BuildError> {
    let failed = |cause| BuildError::File { path: path.to_owned(), cause };
    if !path.exists() {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let key = Key::generate();
        let text = data_encoding::HEXLOWER.encode(key.expose());
        secret::write_private(path, text.as_bytes()).map_err(failed)?;
        return Ok(key);
    }
    use secrecy::ExposeSecret;
    let text = secret::Source::File(path.to_owned()).load()?;
    let bytes = HEXLOWER_PERMISSIVE.decode(text.expose_secret().as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.map(Key::from_bytes).ok_or_else(|| BuildError::Key(path.to_owned()))
}

fn limits(limits: &config::Limits) -> Limits {
    let json = json::Limits { depth: limits.depth, nodes: limits.nodes, string_bytes: limits.string };
    let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    Limits {
        request: inbound::Limits { body: bytes(limits.body), json },
        pace: Pace { idle: limits.body_idle, rate: limits.body_rate },
        reply: reply::Limits { body: bytes(limits.reply), ..reply::Limits::default() },
        total: limits.total,
    }
}

fn listed(mistakes: &[RuleError]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: ")
}

/// More header fields than this are no client of ours.
const HEADER_FIELDS: usize = 64;
