//! `cordon.toml`, validated as a whole: what is read here is what the gateway runs on, with nothing left to check.

mod destination;
mod local;
mod route;
pub mod section;

pub use destination::Destination;
pub use route::{Exception, Route, Send, Sensitive};

use crate::rules::RuleError;
use crate::secret::Source;
use crate::vault;
use section::{Bytes, Document, Section};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The settings of a gateway. `cordon.example.toml` explains each key.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: Server,
    pub admin: Admin,
    pub callers: Callers,
    pub limits: Limits,
    pub detection: Detection,
    pub audit: Audit,
    pub vault: Vault,
    pub egress: Egress,
    pub destinations: Vec<Destination>,
    pub routes: Vec<Route>,
    pub sensitive: Sensitive,
    pub local: crate::local::Settings,
}

#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// None: plain HTTP, which only a loopback address may have.
    pub tls: Option<Tls>,
    /// How long running exchanges may take to end after SIGTERM.
    pub drain: Duration,
}

#[derive(Clone, Debug)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Accept TLS 1.2 (ECDHE with AEAD only) beside 1.3.
    pub version_1_2: bool,
    pub clients: Option<ClientCertificates>,
}

/// Certificates that clients show.
#[derive(Clone, Debug)]
pub struct ClientCertificates {
    pub authority: PathBuf,
    pub required: bool,
}

#[derive(Clone, Debug)]
pub struct Admin {
    pub listen: Option<SocketAddr>,
}

/// How callers prove who they are.
#[derive(Clone, Debug)]
pub enum Callers {
    /// With keys made by `cordon keys add`, kept as hashes in this file.
    Keys(PathBuf),
    /// Development only: every key is taken as the provider's own and passed on to it.
    Passthrough { tenant: String },
}

/// Everything that grows has a limit.
#[derive(Clone, Debug)]
pub struct Limits {
    pub body: u64,
    pub headers: u32,
    pub depth: usize,
    pub nodes: usize,
    pub string: usize,
    pub connections: usize,
    pub concurrency: usize,
    pub concurrency_per_caller: usize,
    pub header_timeout: Duration,
    /// How long a connection may rest between requests.
    pub keep_alive: Duration,
    pub body_idle: Duration,
    /// Bytes a second below which a request body counts as stalled.
    pub body_rate: u64,
    pub write_stall: Duration,
    pub total: Duration,
    pub reply: u64,
}

#[derive(Clone, Debug)]
pub struct Detection {
    /// A directory that replaces the rules of this binary.
    pub rules: Option<PathBuf>,
    pub packs: Vec<String>,
    /// People and identifiers of this site, looked for everywhere.
    pub roster: Option<PathBuf>,
    /// What tenants always mask, and what they state to identify nobody.
    pub lists: Option<PathBuf>,
    pub profile: String,
    pub deadline: Duration,
    pub threads: usize,
    /// The key of this installation, from which keyed pseudonyms and seals derive; made on the first start.
    pub key: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Audit {
    pub directory: PathBuf,
    /// The key that signs checkpoints; made on the first start.
    pub key: PathBuf,
    /// This node's name in every record.
    pub node: String,
    /// How often tiles and a checkpoint are published.
    pub publish_every: Duration,
    /// The log's name in its checkpoints.
    pub origin: String,
}

/// Where the mappings of what providers keep are kept.
#[derive(Clone, Debug)]
pub struct Vault {
    pub file: PathBuf,
    /// A PostgreSQL server instead of the file: a connection string, and the password.
    pub postgres: Option<(String, Option<Source>)>,
    pub lifetime: Duration,
}

/// The way out.
#[derive(Clone, Debug)]
pub struct Egress {
    pub proxy: Option<EgressProxy>,
    /// Certificate authorities that sign for destinations, as PEM; beside or instead of the system's.
    pub authorities: Option<PathBuf>,
    pub system_authorities: bool,
    pub connect_timeout: Duration,
    /// How long a destination may be silent.
    pub idle_timeout: Duration,
}

#[derive(Clone, Debug)]
pub struct EgressProxy {
    pub host: String,
    pub port: u16,
    /// `user:password`.
    pub credentials: Option<Source>,
}

impl Config {
    /// Reads a configuration file; reports all its mistakes at once.
    pub fn load(path: &Path) -> Result<Self, Vec<RuleError>> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            let hint = Some("`cordon.example.toml` shows every key".to_owned());
            vec![RuleError { file: path.display().to_string(), line: 0, message: cause.to_string(), hint }]
        })?;
        Self::parse(path, &text)
    }

    /// Reads the text of a configuration file; `path` says what relative paths are relative to.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Vec<RuleError>> {
        let document = Document::new(path, text);
        let config = document.read(|top| {
            let config = Self {
                server: top.section("server", Server::read),
                admin: top.section("admin", Admin::read),
                callers: top.section("callers", Callers::read),
                limits: top.section("limits", Limits::read),
                detection: top.section("detection", Detection::read),
                audit: top.section("audit", Audit::read),
                vault: top.section("vault", Vault::read),
                egress: top.section("egress", Egress::read),
                destinations: top.sections("destination", Destination::read),
                routes: top.sections("route", Route::read),
                sensitive: top.section("sensitive", Sensitive::read),
                local: top.section("local", local::read),
            };
            config.agree(top);
            config
        });
        let mistakes = document.into_mistakes();
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }

    /// What no section can see alone.
    fn agree(&self, top: &Section<'_>) {
        if matches!(self.callers, Callers::Passthrough { .. }) && !self.server.listen.ip().is_loopback() {
            let hint = Some("use `credentials = \"keys\"`, or listen on a loopback address");
            top.mistake("callers", "without keys of its own the gateway would serve everyone on the network", hint);
        }
        for (index, destination) in self.destinations.iter().enumerate() {
            if self.destinations[..index].iter().any(|other| other.name == destination.name) {
                top.mistake("destination", &format!("two have the name {}", destination.name), None);
            }
        }
        for route in &self.routes {
            if let Send::To(name) = &route.send
                && !self.destinations.iter().any(|destination| destination.name == *name)
            {
                top.mistake("route", &format!("no destination has the name {name}"), None);
            }
            for name in route.local_models().filter(|name| !self.local.has(name)) {
                top.mistake("route", &format!("no local model has the name {name}"), None);
            }
        }
        for name in self.local.servers.keys().filter(|name| self.local.models.contains_key(*name)) {
            top.mistake("local", &format!("a model and a server have the name {name}"), None);
        }
        for name in self.sensitive.model.iter().filter(|name| !self.local.has(name)) {
            top.mistake("sensitive", &format!("no local model has the name {name}"), None);
        }
    }
}

impl Server {
    fn read(server: &Section<'_>) -> Self {
        let listen = server.or("listen", loopback(8443));
        let plaintext = server.or("plaintext", false);
        if plaintext && !listen.ip().is_loopback() {
            server.mistake("plaintext", "only a loopback address may go without TLS", None);
        }
        let tls = Tls::read(server);
        Self { listen, tls: (!plaintext).then_some(tls), drain: server.or("drain", Duration::from_secs(30)) }
    }
}

impl Tls {
    fn read(server: &Section<'_>) -> Self {
        let certificate = server.or("certificate", server.path("certs/server.pem"));
        let key = server.or("key", server.path("certs/server-key.pem"));
        let version_1_2 = server.word("tls", &[("1.3", false), ("1.2", true)]).unwrap_or(false);
        let required =
            server.word("client_certificates", &[("off", None), ("optional", Some(false)), ("required", Some(true))]);
        let authority = server.read::<PathBuf>("client_authority");
        let clients = match (required.flatten(), authority) {
            (Some(required), Some(authority)) => Some(ClientCertificates { authority, required }),
            (Some(_), None) => {
                server.mistake("client_certificates", "client_authority is missing", None);
                None
            }
            (None, _) => None,
        };
        Self { certificate, key, version_1_2, clients }
    }
}

impl Admin {
    fn read(admin: &Section<'_>) -> Self {
        let enabled = admin.or("enabled", true);
        let listen = admin.or("listen", loopback(9443));
        if !listen.ip().is_loopback() {
            let hint = Some("let a collector on this machine read it");
            admin.mistake("listen", "health and metrics are served without a key, so on loopback only", hint);
        }
        Self { listen: enabled.then_some(listen) }
    }
}

impl Callers {
    fn read(callers: &Section<'_>) -> Self {
        let passthrough = callers.word("credentials", &[("keys", false), ("caller", true)]).unwrap_or(false);
        let keys = callers.or("keys", callers.path("data/keys.toml"));
        let tenant = callers.or("tenant", "development".to_owned());
        if passthrough { Self::Passthrough { tenant } } else { Self::Keys(keys) }
    }
}

impl Limits {
    fn read(limits: &Section<'_>) -> Self {
        const KIB: u64 = 1 << 10;
        const MIB: u64 = 1 << 20;
        let size = |key, least, most, default| limits.within(key, Bytes(least), Bytes(most), Bytes(default)).0;
        let time = |key, seconds| limits.within(key, SECOND, SECOND * 3600, SECOND * seconds);
        Self {
            body: size("body", KIB, 256 * MIB, 32 * MIB),
            headers: u32::try_from(size("headers", 8 * KIB, MIB, 32 * KIB)).unwrap_or(u32::MAX),
            depth: limits.within("depth", 4, 128, 64),
            nodes: limits.within("nodes", 100, 10_000_000, 500_000),
            string: usize::try_from(size("string", KIB, 256 * MIB, 16 * MIB)).unwrap_or(usize::MAX),
            connections: limits.within("connections", 1, 100_000, 1024),
            concurrency: limits.within("concurrency", 1, 100_000, 256),
            concurrency_per_caller: limits.within("concurrency_per_caller", 1, 100_000, 64),
            header_timeout: time("header_timeout", 10),
            keep_alive: time("keep_alive", 75),
            body_idle: time("body_idle", 15),
            body_rate: size("body_rate", 0, MIB, KIB),
            write_stall: time("write_stall", 60),
            total: time("total", 1800),
            reply: size("reply", KIB, 1024 * MIB, 64 * MIB),
        }
    }
}

impl Detection {
    fn read(detection: &Section<'_>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            rules: detection.read("rules"),
            packs: detection.or("packs", vec!["*".to_owned()]),
            roster: detection.read("roster"),
            lists: detection.read("lists"),
            profile: detection.or("profile", "hipaa-safe-harbor".to_owned()),
            deadline: detection.within("deadline", SECOND / 10, SECOND * 600, SECOND * 30),
            threads: detection.within("threads", 1, 1024, cores),
            key: detection.or("key", detection.path("data/installation.key")),
        }
    }
}

impl Audit {
    fn read(audit: &Section<'_>) -> Self {
        Self {
            directory: audit.or("directory", audit.path("data/audit")),
            key: audit.or("key", audit.path("data/audit.key")),
            node: audit.or("node", "cordon".to_owned()),
            publish_every: audit.within("publish_every", SECOND / 10, SECOND * 60, SECOND),
            origin: audit.or("origin", "cordon.localhost/audit".to_owned()),
        }
    }
}

impl Vault {
    fn read(section: &Section<'_>) -> Self {
        let password = section.read("postgres_password");
        let postgres = section.read::<String>("postgres").map(|text| {
            if vault::Server::parse(&text, None).is_err() {
                let hint = Some("write \"host=db.example dbname=cordon user=cordon\" and name a `postgres_password`");
                section.mistake("postgres", "expected a connection string without a password", hint);
            }
            (text, password)
        });
        Self {
            file: section.or("file", section.path("data/vault.db")),
            postgres,
            lifetime: section.within("lifetime", SECOND * 60, SECOND * 86_400 * 366, SECOND * 86_400 * 30),
        }
    }
}

impl Egress {
    fn read(egress: &Section<'_>) -> Self {
        let authorities: Option<PathBuf> = egress.read("authorities");
        let system_authorities = egress.or("system_authorities", true);
        if authorities.is_none() && !system_authorities {
            egress.mistake("system_authorities", "no authority is left to trust", Some("name a file in `authorities`"));
        }
        let credentials = egress.read("proxy_credentials");
        let proxy = egress.read::<String>("proxy").and_then(|address| {
            let proxy = EgressProxy::parse(&address, credentials);
            if proxy.is_none() {
                let hint = Some("write \"http://proxy.example:3128\"; credentials go into `proxy_credentials`");
                egress.mistake("proxy", "expected the address of an HTTP proxy", hint);
            }
            proxy
        });
        Self {
            proxy,
            authorities,
            system_authorities,
            connect_timeout: egress.within("connect_timeout", SECOND / 10, SECOND * 60, SECOND * 5),
            idle_timeout: egress.within("idle_timeout", SECOND, SECOND * 3600, SECOND * 600),
        }
    }
}

impl EgressProxy {
    fn parse(address: &str, credentials: Option<Source>) -> Option<Self> {
        let uri: http::Uri = address.parse().ok()?;
        let plain = uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/") && !address.contains('@');
        let host = uri.host().filter(|_| plain)?.to_owned();
        Some(Self { host, port: uri.port_u16().unwrap_or(3128), credentials })
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
