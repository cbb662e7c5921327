//! The vault at a PostgreSQL server, for several gateways.
//!
//! A thread of its own holds the connection and makes it anew when it is lost; whoever asks waits for its answer, for
//! [`PATIENCE`] at most. The server sees keyed digests, sealed contents and times.

mod tls;

use super::VaultError;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use tls::Encrypt;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio_postgres::config::{Config, Host, SslMode};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row};

/// The server and the role: a connection string without a password, and the password.
#[derive(Clone, Debug)]
pub struct Server {
    config: Config,
}

impl Server {
    /// Reads `host=… dbname=… user=…`. The password has a place of its own, and outside this machine the connection
    /// is encrypted whatever the string says.
    pub fn parse(text: &str, password: Option<&SecretString>) -> Result<Self, VaultError> {
        let wrong = VaultError::Server("expected `host=… dbname=… user=…` without a password");
        let Ok(mut config) = text.parse::<Config>() else { return Err(wrong) };
        if config.get_password().is_some() || config.get_hosts().is_empty() {
            return Err(wrong);
        }
        let here = |host: &Host| match host {
            Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            Host::Unix(_) => true,
        };
        if config.get_hosts().iter().all(here) {
            config.ssl_mode(SslMode::Disable);
        } else {
            config.ssl_mode(SslMode::Require);
        }
        if let Some(password) = password {
            config.password(password.expose_secret());
        }
        config.connect_timeout(PATIENCE / 2).application_name("cordon");
        Ok(Self { config })
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    asks: SyncSender<Ask>,
}

struct Ask {
    statement: Statement,
    answer: SyncSender<Result<Answer, &'static str>>,
}

enum Statement {
    Put {
        id: [u8; 32],
        sealed: Vec<u8>,
        expires: i64,
    },
    Get {
        id: [u8; 32],
        now: i64,
    },
    Delete {
        id: [u8; 32],
    },
    Expire {
        now: i64,
    },
    /// Nothing but a connection.
    Connect,
}

#[derive(Default)]
struct Answer {
    content: Option<Vec<u8>>,
    rows: u64,
}

impl Shared {
    pub fn connect(server: Server, tls: Arc<rustls::ClientConfig>) -> Result<Self, VaultError> {
        let (asks, asked) = sync_channel(QUEUE);
        let failed = |_| VaultError::Server("its thread cannot be started");
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        thread::Builder::new()
            .name("vault".into())
            .spawn(move || Keeper { server, tls: Encrypt::new(tls), runtime, client: None }.run(&asked))
            .map_err(failed)?;
        let shared = Self { asks };
        shared.ask(Statement::Connect)?;
        Ok(shared)
    }

    pub fn put(&self, id: [u8; 32], sealed: Vec<u8>, expires: i64) -> Result<(), VaultError> {
        self.ask(Statement::Put { id, sealed, expires }).map(drop)
    }

    pub fn get(&self, id: [u8; 32], now: i64) -> Result<Option<Vec<u8>>, VaultError> {
        self.ask(Statement::Get { id, now }).map(|answer| answer.content)
    }

    pub fn delete(&self, id: [u8; 32]) -> Result<bool, VaultError> {
        self.ask(Statement::Delete { id }).map(|answer| answer.rows > 0)
    }

    pub fn expire(&self, now: i64) -> Result<u64, VaultError> {
        self.ask(Statement::Expire { now }).map(|answer| answer.rows)
    }

    fn ask(&self, statement: Statement) -> Result<Answer, VaultError> {
        let (answer, answered) = sync_channel(1);
        self.asks.try_send(Ask { statement, answer }).map_err(|_| VaultError::Server("too many wait for it"))?;
        let wait = || answered.recv_timeout(PATIENCE);
        // A worker of a runtime that has others hands its tasks to them while it waits.
        let shares = Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
        match if shares { tokio::task::block_in_place(wait) } else { wait() } {
            Ok(answer) => answer.map_err(VaultError::Server),
            Err(RecvTimeoutError::Timeout) => Err(VaultError::Server("it did not answer in time")),
            Err(RecvTimeoutError::Disconnected) => Err(VaultError::Server("its thread has ended")),
        }
    }
}

/// Owns the connection.
struct Keeper {
    server: Server,
    tls: Encrypt,
    runtime: Runtime,
    client: Option<Client>,
}

impl Keeper {
    fn run(mut self, asked: &Receiver<Ask>) {
        while let Ok(Ask { statement, answer }) = asked.recv() {
            let result = self.answer(&statement);
            // Whoever asked may have given up.
            let _ = answer.send(result);
        }
    }

    fn answer(&mut self, statement: &Statement) -> Result<Answer, &'static str> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect()?,
        };
        let done = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, statement.run(&client)).await });
        match done {
            Ok(Ok(answer)) => {
                self.client = Some(client);
                Ok(answer)
            }
            // The connection is not trusted any more; the next statement makes another.
            Ok(Err(_)) => Err("it refused a statement"),
            Err(_elapsed) => Err("it did not answer in time"),
        }
    }

    fn connect(&self) -> Result<Client, &'static str> {
        let made = self.runtime.block_on(async {
            let (client, connection) = self.server.config.connect(self.tls.clone()).await?;
            // The connection's own end is seen by the client.
            tokio::spawn(connection);
            client.batch_execute(TABLE).await?;
            Ok::<_, Error>(client)
        });
        made.map_err(|_| "no connection can be made")
    }
}

impl Statement {
    async fn run(&self, client: &Client) -> Result<Answer, Error> {
        let execute = async |text: &str, values: &[&(dyn ToSql + Sync)]| {
            Ok(Answer { rows: client.execute(text, values).await?, content: None })
        };
        match self {
            Self::Connect => Ok(Answer::default()),
            Self::Put { id, sealed, expires } => execute(PUT, &[&id.as_slice(), sealed, expires]).await,
            Self::Delete { id } => execute("DELETE FROM cordon_kept WHERE id = $1", &[&id.as_slice()]).await,
            Self::Expire { now } => execute("DELETE FROM cordon_kept WHERE expires <= $1", &[now]).await,
            Self::Get { id, now } => {
                let query = "SELECT content FROM cordon_kept WHERE id = $1 AND expires > $2";
                let row: Option<Row> = client.query_opt(query, &[&id.as_slice(), now]).await?;
                Ok(Answer { content: row.map(|row| row.try_get(0)).transpose()?, rows: 0 })
            }
        }
    }
}

const PUT: &str = "INSERT INTO cordon_kept (id, content, expires) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET content = excluded.content, expires = excluded.expires";

/// Two gateways may start at once, and making a table is not atomic in PostgreSQL: the lock is this table's.
const TABLE: &str = "BEGIN;
    SELECT pg_advisory_xact_lock(8319104);
    CREATE TABLE IF NOT EXISTS cordon_kept (id bytea PRIMARY KEY, content bytea NOT NULL, expires bigint NOT NULL);
    CREATE INDEX IF NOT EXISTS cordon_kept_expires ON cordon_kept (expires);
    COMMIT;";

/// How long an exchange waits for the server.
const PATIENCE: Duration = Duration::from_secs(4);
/// Statements that may wait.
const QUEUE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_encrypted_unless_it_stays_on_this_machine() {
        let mode = |text: &str| Server::parse(text, None).map(|server| server.config.get_ssl_mode()).ok();
        assert_eq!(mode("host=db.hospital.example user=cordon dbname=vault sslmode=disable"), Some(SslMode::Require));
        assert_eq!(mode("host=/run/postgresql user=cordon"), Some(SslMode::Disable));
        assert_eq!(mode("host=localhost,db.example user=cordon"), Some(SslMode::Require));
        assert_eq!(mode("host=db user=cordon password=secret"), None, "a password does not stand in the configuration");
        assert_eq!(mode("user=cordon"), None);
    }

    #[test]
    fn a_server_that_is_not_there_is_an_error_at_once() {
        let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let server = Server::parse("host=127.0.0.1 port=1 user=cordon", None).unwrap();
        assert!(Shared::connect(server, Arc::new(tls)).is_err());
    }
}
