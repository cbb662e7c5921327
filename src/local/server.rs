//! A server of the site's own, such as vLLM, llama-server, Ollama or TGI, in the role of a local model.
//!
//! It stands inside the trust boundary and is asked in the one API that all of them have, Chat Completions. Several
//! endpoints serve one model: the one with the least to do is asked, and the next when one does not answer. There is no
//! way from here to any other destination.

mod calling;
mod reply;
mod request;

use crate::local::prompt::{Piece, Prompt, Task, ToolChoice};
use crate::local::pull::trusted;
use crate::local::supervisor::{Answer, State};
use crate::local::tools::{self, Calling};
use crate::refusal::{Reason, Refusal};
use crate::secret::Source;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reply::{Reading, Unfinished};
use secrecy::ExposeSecret;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// What the configuration says under `[local.servers.NAME]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The endpoints, each without a trailing slash.
    pub urls: Vec<Uri>,
    /// The model's name there.
    pub model: String,
    pub key: Option<Source>,
    pub tools: Tools,
    /// Authorities that sign for the endpoints, beside the system's.
    pub authorities: Option<PathBuf>,
    /// Questions in progress; more are refused at once.
    pub queue: usize,
    /// How long an endpoint may be silent.
    pub silence: Duration,
    /// How often the endpoints are looked at.
    pub look: Duration,
}

/// How tools reach the model of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tools {
    /// The server has a way of its own, and a template of the model that knows tools.
    #[default]
    Native,
    /// In words, as for local models: for models such as MedGemma, whose templates know none.
    Prompted,
}

/// A model on servers. Dropping it ends the looking.
pub struct Server {
    shared: Arc<Shared>,
    looking: JoinHandle<()>,
}

struct Shared {
    settings: Settings,
    authorization: Option<HeaderValue>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    url: Uri,
    in_progress: AtomicUsize,
    /// As far as is known: the first question is also the first look.
    healthy: AtomicBool,
}

type Pieces = mpsc::UnboundedSender<Result<Piece, Refusal>>;

impl Server {
    pub fn start(settings: &Settings) -> Result<Self, String> {
        let key = settings.key.as_ref().map(Source::load).transpose().map_err(|error| error.to_string())?;
        let authorization = key.map(|key| HeaderValue::try_from(format!("Bearer {}", key.expose_secret())));
        let mut authorization = authorization.transpose().map_err(|_| "its key cannot be sent")?;
        authorization.iter_mut().for_each(|value| value.set_sensitive(true));
        let tls = trusted(settings.authorities.as_deref()).map_err(|error| error.to_string())?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_MAX));
        // Plain HTTP is possible here because the configuration has checked that it stays on loopback.
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions();
        let client = Client::builder(TokioExecutor::new()).build(https.wrap_connector(tcp));
        let endpoint =
            |url: &Uri| Endpoint { url: url.clone(), in_progress: AtomicUsize::new(0), healthy: AtomicBool::new(true) };
        let endpoints = settings.urls.iter().map(endpoint).collect();
        let shared = Arc::new(Shared { settings: settings.clone(), authorization, client, endpoints });
        let looking = tokio::spawn(shared.clone().look());
        Ok(Self { shared, looking })
    }

    pub fn state(&self) -> State {
        let healthy = |endpoint: &Endpoint| endpoint.healthy.load(Ordering::Relaxed);
        match self.shared.endpoints.iter().any(healthy) {
            true => State::Ready(Default::default()),
            false => State::Down("no endpoint answers".into()),
        }
    }

    /// Asks a question. Dropping the answer cancels it.
    pub fn ask(&self, mut prompt: Prompt, deadline: Instant) -> Result<Answer, Refusal> {
        let in_progress = |endpoint: &Endpoint| endpoint.in_progress.load(Ordering::Relaxed);
        if self.shared.endpoints.iter().map(in_progress).sum::<usize>() >= self.shared.settings.queue {
            return Err(Reason::Overloaded.into());
        }
        let choices = prompt.choices.max(1);
        let must_call = matches!(prompt.tool_choice, ToolChoice::Required | ToolChoice::Named(_));
        let must_call = must_call && !prompt.tools.is_empty() && prompt.task == Task::Answer;
        let calling = match self.shared.settings.tools {
            Tools::Native => Calling::No,
            Tools::Prompted => {
                let prepared = tools::prepare(&mut prompt);
                prompt.tools.clear();
                prepared.map_err(|why| Refusal::new(Reason::InvalidValue).because(why))?
            }
        };
        let reading = Reading::new(choices, calling, must_call);
        let body = request::body(&self.shared.settings.model, &prompt)?;
        let (pieces, answered) = mpsc::unbounded_channel();
        let (cancel, mut cancelled) = mpsc::unbounded_channel();
        let shared = self.shared.clone();
        tokio::spawn(async move {
            tokio::select! {
                // Dropping the request closes its connection, which is how these servers are told to stop.
                _ = cancelled.recv() => {}
                refusal = shared.answer(body, reading, &pieces) => {
                    // A reader that has gone needs no refusal.
                    let _ = refusal.map_err(|refusal| pieces.send(Err(refusal)));
                }
            }
        });
        Ok(Answer::new(0, choices, answered, cancel, deadline))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

const CONNECT_MAX: Duration = Duration::from_secs(5);
const ERROR_BYTES_MAX: usize = 64 << 10;
const WHOLE_BYTES_MAX: usize = 16 << 20;

impl Shared {
    /// Asks one endpoint after the other until one begins to answer. What has begun is not begun anew elsewhere.
    async fn answer(&self, body: Bytes, reading: Reading, pieces: &Pieces) -> Result<(), Refusal> {
        let mut order: Vec<&Endpoint> = self.endpoints.iter().collect();
        // Those that answered last come first, but nobody is given up for a look that failed.
        order.sort_by_key(|endpoint| {
            (!endpoint.healthy.load(Ordering::Relaxed), endpoint.in_progress.load(Ordering::Relaxed))
        });
        let mut last = Refusal::new(Reason::LocalUnavailable).because("no endpoint answers");
        for endpoint in order {
            let _busy = Busy::at(endpoint);
            let asked = self.request(endpoint, "/v1/chat/completions", Some(body.clone()));
            let response = match timeout(self.settings.silence, asked).await {
                Ok(Ok(response)) => response,
                Ok(Err(())) | Err(_) => {
                    endpoint.healthy.store(false, Ordering::Relaxed);
                    continue;
                }
            };
            match response.status().as_u16() {
                200 => {
                    endpoint.healthy.store(true, Ordering::Relaxed);
                    return self.read(response, reading, pieces).await;
                }
                429 => last = Reason::Overloaded.into(),
                500.. => last = Refusal::new(Reason::LocalUnavailable).because("the server failed"),
                status => return Err(refused(status, response).await),
            }
        }
        Err(last)
    }

    async fn read(&self, response: Response<Incoming>, mut reading: Reading, pieces: &Pieces) -> Result<(), Refusal> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let whole = kind.starts_with("application/json");
        let mut body = response.into_body();
        let unfinished = |why: Unfinished| Refusal::new(Reason::LocalUnavailable).because(why.to_string());
        let broken = || unfinished(Unfinished::Cut);
        if whole {
            let collected = timeout(self.settings.silence, Limited::new(body, WHOLE_BYTES_MAX).collect()).await;
            let bytes = collected.map_err(|_| broken())?.map_err(|_| broken())?.to_bytes();
            let begin = reading.whole(&bytes).map_err(|_| broken())?;
            for piece in begin.into_iter().chain(reading.finish().map_err(unfinished)?) {
                // The reader may have gone.
                let _ = pieces.send(Ok(piece));
            }
            return Ok(());
        }
        while !reading.is_over() {
            let frame = match timeout(self.settings.silence, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => return Err(broken()),
            };
            let Ok(bytes) = frame.into_data() else { continue };
            for piece in reading.push(&bytes).map_err(|_| broken())? {
                if pieces.send(Ok(piece)).is_err() {
                    return Ok(());
                }
            }
        }
        // An answer without its end is not whole.
        for piece in reading.finish().map_err(unfinished)? {
            // The reader may have what it wanted.
            let _ = pieces.send(Ok(piece));
        }
        Ok(())
    }

    async fn request(&self, endpoint: &Endpoint, path: &str, body: Option<Bytes>) -> Result<Response<Incoming>, ()> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", endpoint.url.to_string().trim_end_matches('/')))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream, application/json");
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Full::new(body.unwrap_or_default())).map_err(|_| ())?;
        self.client.request(request).await.map_err(|_| ())
    }

    /// Looks again and again whether the endpoints are there: each of these servers lists its models.
    async fn look(self: Arc<Self>) {
        loop {
            for endpoint in &self.endpoints {
                let looked = timeout(CONNECT_MAX, self.request(endpoint, "/v1/models", None)).await;
                let healthy = matches!(looked, Ok(Ok(response)) if response.status().is_success());
                if endpoint.healthy.swap(healthy, Ordering::Relaxed) != healthy {
                    let host = endpoint.url.host().unwrap_or_default();
                    tracing::info!(host, healthy, "an endpoint on premise changed");
                }
            }
            sleep(self.settings.look).await;
        }
    }
}

/// Why a server does not take a question. Its own words may quote the question, so only what they mean is kept.
async fn refused(status: u16, response: Response<Incoming>) -> Refusal {
    let words = Limited::new(response.into_body(), ERROR_BYTES_MAX).collect().await;
    let words = words.map(|body| String::from_utf8_lossy(&body.to_bytes()).to_lowercase()).unwrap_or_default();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    match status {
        400 | 413 | 422
            if says(&["context length", "context size", "exceed_context_size", "context_length", "too long"]) =>
        {
            Reason::ContextOverflow.into()
        }
        400 | 422 => Refusal::new(Reason::InvalidValue).because("the server on premise does not take this question"),
        401 | 403 => Refusal::new(Reason::LocalUnavailable).because("the server on premise does not take its key"),
        404 => Refusal::new(Reason::LocalUnavailable).because("the server on premise has no such model"),
        status => Refusal::new(Reason::LocalUnavailable).because(format!("the server on premise answered {status}")),
    }
}

/// A question in progress at an endpoint.
struct Busy<'a>(&'a Endpoint);

impl<'a> Busy<'a> {
    fn at(endpoint: &'a Endpoint) -> Self {
        endpoint.in_progress.fetch_add(1, Ordering::Relaxed);
        Self(endpoint)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.in_progress.fetch_sub(1, Ordering::Relaxed);
    }
}
