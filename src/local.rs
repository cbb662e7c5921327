//! Models that run on this machine, each in a process of its own.
//!
//! A question goes from [`Models`] through a [`supervisor`] to the model process as a [`frame`] on a pipe. The process
//! is this program itself, started as `cordon model-worker`; only there, in `engine`, is llama.cpp called, because it
//! can abort. What is known of models before one runs is in [`store`].

pub mod answer;
pub mod anthropic;
pub mod catalogue;
pub mod detect;
#[cfg(feature = "engine")]
mod engine;
pub mod field;
pub mod frame;
pub mod gemini;
pub mod gguf;
pub mod ollama;
pub mod openai_chat;
pub mod openai_responses;
pub mod output;
pub mod process;
pub mod prompt;
pub mod pull;
pub mod render;
pub mod sampling;
pub mod schema;
pub mod server;
pub mod store;
pub mod supervisor;
pub mod template;
pub mod tools;
pub mod worker;

use crate::refusal::{Reason, Refusal};
use frame::Load;
use prompt::Prompt;
use server::Server;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use store::Store;
pub use supervisor::Answer;
use supervisor::{Spec, State, Supervisor};

/// What the configuration says under `[local]`.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The folder of models; without it, the user's.
    pub directory: Option<PathBuf>,
    /// The program of the model processes; without it, this one. Another may be built for a GPU.
    pub program: Option<PathBuf>,
    /// The models to run, by the names they were installed under: `[local.models.medgemma]`.
    pub models: BTreeMap<String, ModelSettings>,
    /// Servers on premise that take the role of a local model: `[local.servers.NAME]`.
    pub servers: BTreeMap<String, server::Settings>,
    /// A model that helps to find what identifies a person.
    pub detection: Option<detect::Settings>,
}

impl Settings {
    /// Whether a model of this name, such as `local/medgemma+radiology`, is configured. Adapters are found when the
    /// model is.
    pub fn has(&self, name: &str) -> bool {
        let name = name.strip_prefix(PREFIX).map(|name| name.split_once('+').map_or(name, |(name, _)| name));
        name.is_some_and(|name| self.models.contains_key(name) || self.servers.contains_key(name))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSettings {
    /// Tokens of context that all answers in progress share.
    pub context: u32,
    /// Answers in progress at once.
    pub parallel: u32,
    /// Threads; 0 is one for each core.
    pub threads: u32,
    /// Layers to run on the GPU, when built for one.
    pub gpu_layers: u32,
    /// Keep keys and values in 8 bits.
    pub small_cache: bool,
    /// Questions waiting and in progress; more are refused at once.
    pub queue: usize,
    /// How long loading may take.
    pub load_time: Duration,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            context: 8192,
            parallel: 4,
            threads: 0,
            gpu_layers: 999,
            small_cache: false,
            queue: 64,
            load_time: Duration::from_secs(300),
        }
    }
}

/// The local models, started. Dropping it ends their processes.
pub struct Models {
    running: BTreeMap<String, Running>,
}

struct Running {
    /// SHA-256 of the model's file.
    digest: Option<String>,
    backend: Backend,
    adapters: Vec<String>,
}

enum Backend {
    Process(Supervisor),
    Server(Server),
    /// Why it cannot be used.
    Absent(String),
}

impl Backend {
    fn state(&self) -> State {
        match self {
            Self::Process(supervisor) => supervisor.state(),
            Self::Server(server) => server.state(),
            Self::Absent(why) => State::Down(why.clone()),
        }
    }
}

/// A model as a client may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Such as `local/medgemma` or `local/medgemma+radiology`.
    pub name: String,
    pub state: State,
    /// SHA-256 of the model's file.
    pub digest: Option<String>,
}

/// What every local model's name begins with.
pub const PREFIX: &str = "local/";

impl Models {
    /// Verifies the models and starts their processes. One that is missing or changed is listed, and refuses with the
    /// reason. Reads the files through, so it blocks for seconds with large ones.
    pub fn start(settings: &Settings) -> std::io::Result<Self> {
        let program = settings.program.clone().map_or_else(std::env::current_exe, Ok)?;
        let store = Store::new(settings.directory.clone().unwrap_or_else(Store::default_root));
        let mut running = BTreeMap::new();
        for (name, model) in &settings.models {
            let one = match store.verify(name) {
                Ok(verified) => {
                    let digest = verified.digest.clone();
                    let adapters = verified.adapters.iter().map(|(name, _)| name.clone()).collect();
                    let spec = Spec {
                        name: name.clone(),
                        program: program.clone(),
                        arguments: vec![WORKER_COMMAND.into()],
                        load: model.load(verified),
                        load_time_max: model.load_time,
                        queue_max: model.queue,
                    };
                    Running { digest: Some(digest), backend: Backend::Process(Supervisor::start(spec)), adapters }
                }
                Err(error) => {
                    tracing::error!(model = name, %error, "a local model cannot be used");
                    Running { digest: None, backend: Backend::Absent(error.to_string()), adapters: Vec::new() }
                }
            };
            running.insert(name.clone(), one);
        }
        for (name, server) in &settings.servers {
            let backend = Server::start(server).map_or_else(Backend::Absent, Backend::Server);
            running.insert(name.clone(), Running { digest: None, backend, adapters: Vec::new() });
        }
        Ok(Self { running })
    }

    /// Asks a model by the name that clients use. Dropping the answer cancels it.
    pub fn answer(&self, model: &str, tenant: &str, mut prompt: Prompt, deadline: Instant) -> Result<Answer, Refusal> {
        let (running, adapter) = self.find(model)?;
        prompt.adapter = adapter;
        match &running.backend {
            Backend::Process(supervisor) => supervisor.ask(tenant, prompt, deadline),
            Backend::Server(server) => server.ask(prompt, deadline),
            Backend::Absent(why) => Err(Refusal::new(Reason::LocalUnavailable).because(why.clone())),
        }
    }

    /// SHA-256 of the file of a model that clients may name.
    pub fn digest(&self, model: &str) -> Result<Option<&str>, Refusal> {
        Ok(self.find(model)?.0.digest.as_deref())
    }

    /// Whether a model takes grammars, or only the schemas that servers take.
    pub fn takes_grammars(&self, model: &str) -> bool {
        self.find(model).is_ok_and(|(running, _)| !matches!(running.backend, Backend::Server(_)))
    }

    fn find(&self, model: &str) -> Result<(&Running, Option<String>), Refusal> {
        let name = model.strip_prefix(PREFIX).ok_or(Reason::UnknownModel)?;
        let (name, adapter) = match name.split_once('+') {
            Some((name, adapter)) => (name, Some(adapter.to_owned())),
            None => (name, None),
        };
        let running = self.running.get(name).ok_or(Reason::UnknownModel)?;
        if adapter.as_ref().is_some_and(|adapter| !running.adapters.contains(adapter)) {
            return Err(Reason::UnknownModel.into());
        }
        Ok((running, adapter))
    }

    /// Every model and adapter.
    pub fn list(&self) -> Vec<Listed> {
        let mut list = Vec::new();
        for (name, running) in &self.running {
            let state = running.backend.state();
            let listed = |name| Listed { name, state: state.clone(), digest: running.digest.clone() };
            list.push(listed(format!("{PREFIX}{name}")));
            list.extend(running.adapters.iter().map(|adapter| listed(format!("{PREFIX}{name}+{adapter}"))));
        }
        list
    }

    /// Waits until every model is loaded or known not to load.
    pub async fn settled(&self) {
        for running in self.running.values() {
            if let Backend::Process(supervisor) = &running.backend {
                supervisor.settled().await;
            }
        }
    }
}

impl ModelSettings {
    pub fn load(&self, verified: store::Verified) -> Load {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        Load {
            model: verified.model,
            projector: verified.projector,
            adapters: verified.adapters,
            context: self.context,
            parallel: self.parallel,
            threads: if self.threads == 0 { cores() } else { self.threads },
            gpu_layers: self.gpu_layers,
            small_cache: self.small_cache,
        }
    }
}

/// The hidden subcommand that makes this program a model process.
pub const WORKER_COMMAND: &str = "model-worker";
