//! `cordon init`: everything a first start needs, in one directory.

use super::certs;
use crate::proxy::keyring::Keyring;
use crate::secret;
use anyhow::Context;
use secrecy::ExposeSecret;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Prepare a directory for a first start
///
/// Makes a certificate for `localhost`, a key for a first caller and a configuration, each unless it is there already,
/// and prints what to paste into clients. Run it again to see that page again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to put everything.
    #[arg(default_value = "data")]
    directory: PathBuf,
    /// An installed model to answer on this machine; see `cordon model`.
    #[arg(long, value_name = "NAME")]
    local: Option<String>,
}

/// The port of the configuration written here.
const PORT: u16 = 8443;

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let place = Place(args.directory);
    fs::create_dir_all(&place.0).with_context(|| place.0.display().to_string())?;
    if !place.file("certs/server.pem").exists() {
        certs::make(&place.file("certs"), &[])?;
        println!("made    {}", place.file("certs/server.pem").display());
    }
    let key = place.key()?;
    let config = place.file("cordon.toml");
    if !config.exists() {
        fs::write(&config, configuration(args.local.as_deref())).with_context(|| config.display().to_string())?;
        println!("made    {}", config.display());
    }
    print!("{}", page(&place, &key, args.local.as_deref()));
    Ok(ExitCode::SUCCESS)
}

/// The directory that is prepared.
struct Place(PathBuf);

impl Place {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The first caller's key, made on the first run. It stays in a file that only its owner can read, so that the
    /// page can be shown again; keys for others come from `cordon keys add` and are shown once.
    fn key(&self) -> anyhow::Result<String> {
        let path = self.file("first.key");
        if let Ok(key) = fs::read_to_string(&path) {
            return Ok(key.trim().to_owned());
        }
        let ring = self.file("keys.toml");
        let key = Keyring::change(&ring, |ring| Ok(ring.add("first", "default").0))?;
        secret::write_private(&path, key.expose_secret().as_bytes()).with_context(|| path.display().to_string())?;
        println!("made    {} and {}", ring.display(), path.display());
        Ok(key.expose_secret().to_owned())
    }
}

/// A configuration whose paths are relative to its directory. `cordon.example.toml` explains every key.
fn configuration(local: Option<&str>) -> String {
    let mut text = format!(
        r#"# Made by `cordon init`; `cordon.example.toml` explains every key.

[server]
listen = "127.0.0.1:{PORT}"
certificate = "certs/server.pem"
key = "certs/server-key.pem"

[callers]
keys = "keys.toml"

[detection]
key = "installation.key"

[audit]
directory = "audit"
key = "audit.key"

[vault]
file = "vault.db"

# Providers whose key is in the environment can be reached; the others are refused with a word about it.
[[destination]]
name = "openai"
kind = "openai"
url = "https://api.openai.com"
key = {{ env = "OPENAI_API_KEY" }}

[[destination]]
name = "anthropic"
kind = "anthropic"
url = "https://api.anthropic.com"
key = {{ env = "ANTHROPIC_API_KEY" }}

[[destination]]
name = "gemini"
kind = "gemini"
url = "https://generativelanguage.googleapis.com"
key = {{ env = "GEMINI_API_KEY" }}
"#
    );
    if let Some(name) = local {
        text.push_str(&format!("\n# Answers on this machine, as `local/{name}`.\n[local.models.{name}]\n"));
    }
    text
}

fn page(place: &Place, key: &str, local: Option<&str>) -> String {
    let absolute = |path: PathBuf| fs::canonicalize(&path).unwrap_or(path).display().to_string();
    let ca = absolute(place.file("certs/ca.pem"));
    let origin = format!("https://localhost:{PORT}");
    let mut page = format!(
        "
Cordon serves on {origin} (this machine only)

  base URLs   OpenAI      {origin}/v1
              Anthropic   {origin}
              Gemini      {origin}
              Ollama      {origin}/ollama
  key         {key}
  CA          {ca}
              SSL_CERT_FILE (Python), NODE_EXTRA_CA_CERTS (Node.js), --cacert (curl)
  audit log   {audit}

",
        audit = absolute(place.file("audit")),
    );
    let (model, comment) = match local {
        Some(name) => (format!("local/{name}"), local_notice(name)),
        None => ("gpt-5-mini".to_owned(), "needs OPENAI_API_KEY in the gateway's environment".to_owned()),
    };
    page.push_str(&format!(
        "Try it ({comment}):

  curl --cacert {ca} {origin}/v1/chat/completions \\
    -H 'authorization: Bearer {key}' -H 'content-type: application/json' \\
    -d '{{\"model\":\"{model}\",\"max_tokens\":60,\"messages\":[{{\"role\":\"user\",\"content\":\"Summarise: Maria Kovacs, MRN 00482913, seen 03/14/2026 for asthma, better on albuterol.\"}}]}}'

What would leave, without sending it: add -H 'cordon-preview: true' and name an external model.

"
    ));
    page
}

/// Says loudly when the model is a stand-in.
fn local_notice(name: &str) -> String {
    if name.contains("medgemma") {
        return "answered on this machine".to_owned();
    }
    format!(
        "answered on this machine by {name}, a STAND-IN for MedGemma:\n\
         it shows that the local path works and must not be used for anything clinical; `cordon model pull medgemma`\n\
         fetches the real one"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_first_start_is_complete_and_repeatable() {
        let folder = tempfile::tempdir().unwrap();
        let args = || Args { directory: folder.path().to_owned(), local: None };
        run(args()).unwrap();
        let key = fs::read_to_string(folder.path().join("first.key")).unwrap();
        let config = Config::load(&folder.path().join("cordon.toml")).unwrap();
        assert_eq!(config.audit.key, folder.path().join("audit.key"));
        assert!(config.server.tls.unwrap().certificate.exists());
        assert_eq!(config.destinations.len(), 3);
        run(args()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("first.key")).unwrap(), key);
        assert_eq!(Keyring::load(&folder.path().join("keys.toml")).unwrap().keys.len(), 1);
    }

    #[test]
    fn a_stand_in_is_called_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place(folder.path().to_owned());
        assert!(page(&place, "k", Some("smollm2")).contains("STAND-IN"));
        assert!(!page(&place, "k", Some("medgemma")).contains("STAND-IN"));
    }
}
