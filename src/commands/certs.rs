//! `cordon certs`: certificates for development and for a first start.

use crate::secret;
use anyhow::{Context, bail};
use clap::Subcommand;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

/// Make certificates for development.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a certificate authority and a server certificate.
    ///
    /// Clients are told to trust `ca.pem`; the gateway uses `server.pem` and `server-key.pem`. The authority's own key
    /// is not kept, so nobody can sign another certificate with it: to add a host name, run the command again with
    /// `--force` and give the new `ca.pem` to the clients.
    Init(Init),
}

#[derive(Debug, clap::Args)]
struct Init {
    /// Where to write them.
    #[arg(long, default_value = "certs")]
    dir: PathBuf,
    /// A further name or address of this machine, as clients call it.
    #[arg(long = "host")]
    hosts: Vec<String>,
    /// Replace certificates that exist.
    #[arg(long)]
    force: bool,
}

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Command::Init(init) = args.command;
    init.run()?;
    Ok(ExitCode::SUCCESS)
}

impl Init {
    fn run(self) -> anyhow::Result<()> {
        let [authority, server, key] = ["ca.pem", "server.pem", "server-key.pem"].map(|name| self.dir.join(name));
        if !self.force && (server.exists() || key.exists()) {
            bail!("{} exists already; add `--force` to replace it", self.dir.join("server.pem").display());
        }
        make(&self.dir, &self.hosts)?;
        for path in [authority, server, key] {
            println!("{}", path.display());
        }
        Ok(())
    }
}

/// Writes `ca.pem`, `server.pem` and `server-key.pem`, replacing what is there.
pub fn make(dir: &Path, hosts: &[String]) -> anyhow::Result<()> {
    let issued = issue(hosts)?;
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    write_public(&dir.join("ca.pem"), &issued.authority)?;
    let key = dir.join("server-key.pem");
    secret::write_private(&key, issued.key.as_bytes()).with_context(|| key.display().to_string())?;
    write_public(&dir.join("server.pem"), &issued.chain)
}

fn write_public(path: &Path, pem: &str) -> anyhow::Result<()> {
    fs::write(path, pem).with_context(|| path.display().to_string())
}

/// A fresh server certificate, its key and the authority that signed it, as PEM.
pub struct Issued {
    pub authority: String,
    pub chain: String,
    pub key: String,
}

/// Issues a server certificate for this machine's loopback names and for `hosts`.
pub fn issue(hosts: &[String]) -> Result<Issued, rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "Cordon development CA");
    valid_for(&mut authority, AUTHORITY_DAYS);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
    names.extend(hosts.iter().filter(|host| !["localhost", "127.0.0.1", "::1"].contains(&host.as_str())).cloned());
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "Cordon gateway");
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    valid_for(&mut server, SERVER_DAYS);
    let key = KeyPair::generate()?;
    let chain = server.signed_by(&key, &authority)?.pem();
    Ok(Issued { authority: authority.pem(), chain, key: key.serialize_pem() })
}

fn valid_for(params: &mut CertificateParams, days: u64) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let now = SystemTime::now();
    // A client whose clock is a little behind must not find the certificate not yet valid.
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY * u32::try_from(days).unwrap_or(u32::MAX)).into();
}

/// Platforms refuse server certificates that are valid for longer than 825 days.
const SERVER_DAYS: u64 = 820;
const AUTHORITY_DAYS: u64 = 3650;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::os::unix::fs::PermissionsExt;

    fn init(dir: &Path, force: bool) -> anyhow::Result<()> {
        Init { dir: dir.to_owned(), hosts: vec!["gw.example".into(), "10.0.0.5".into()], force }.run()
    }

    #[test]
    fn the_key_is_private_and_existing_files_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), false).unwrap();
        let key = dir.path().join("server-key.pem");
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        let first = fs::read(&key).unwrap();
        assert!(init(dir.path(), false).is_err());
        assert_eq!(fs::read(&key).unwrap(), first);
        init(dir.path(), true).unwrap();
        assert_ne!(fs::read(&key).unwrap(), first);
    }

    #[test]
    fn init_needs_no_argument() {
        #[derive(Parser)]
        struct Only {
            #[command(flatten)]
            _args: Args,
        }
        assert!(Only::try_parse_from(["certs", "init"]).is_ok());
        assert!(Only::try_parse_from(["certs"]).is_err());
    }
}
