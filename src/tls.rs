//! TLS for both sides, by rustls on aws-lc-rs: the gateway's certificate, reloaded while it runs, and what it trusts.

use crate::config;
use arc_swap::ArcSwap;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The gateway's side of TLS. Connections that are open keep the certificate they began with.
#[derive(Debug)]
pub struct Listener {
    settings: config::Tls,
    current: ArcSwap<ServerConfig>,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: rustls_pki_types::pem::Error },
    #[error("{}: no certificate in it", .0.display())]
    Empty(PathBuf),
    #[error("{}: {cause}", path.display())]
    Certificate { path: PathBuf, cause: rustls::Error },
    #[error("{}: {cause}", path.display())]
    ClientAuthority { path: PathBuf, cause: rustls::server::VerifierBuilderError },
    #[error("the system's certificate authorities cannot be read; name a file in `egress.authorities`")]
    NoSystemAuthorities,
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl Listener {
    pub fn load(settings: config::Tls) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(server(&settings)?);
        Ok(Self { settings, current })
    }

    /// Reads the files again. On an error the certificate in use stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(server(&self.settings)?));
        Ok(())
    }

    pub fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        self.current.load_full().into()
    }
}

fn server(settings: &config::Tls) -> Result<ServerConfig, TlsError> {
    let versions: &[&'static SupportedProtocolVersion] =
        if settings.version_1_2 { &[&version::TLS13, &version::TLS12] } else { &[&version::TLS13] };
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions)?;
    let builder = match &settings.clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let path = &clients.authority;
            let mut roots = RootCertStore::empty();
            add(&mut roots, path)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
            let verifier = if clients.required { verifier } else { verifier.allow_unauthenticated() };
            let failed = |cause| TlsError::ClientAuthority { path: path.clone(), cause };
            builder.with_client_cert_verifier(verifier.build().map_err(failed)?)
        }
    };
    let chain = certificates(&settings.certificate)?;
    let path = &settings.key;
    let key = PrivateKeyDer::from_pem_file(path).map_err(|cause| TlsError::File { path: path.clone(), cause })?;
    let mut server = builder
        .with_single_cert(chain, key)
        .map_err(|cause| TlsError::Certificate { path: settings.certificate.clone(), cause })?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(server)
}

/// The gateway as a client of destinations. What it trusts is what the configuration says, nothing is merged silently.
pub fn client(egress: &config::Egress) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    if egress.system_authorities {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() && egress.authorities.is_none() {
            return Err(TlsError::NoSystemAuthorities);
        }
    }
    if let Some(path) = &egress.authorities {
        add(&mut roots, path)?;
    }
    let builder =
        ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&version::TLS13, &version::TLS12])?;
    // ALPN is left to the connector. Early data stays off: a replayed request would leave twice.
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), TlsError> {
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|cause| TlsError::Certificate { path: path.to_owned(), cause })?;
    }
    Ok(())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |cause| TlsError::File { path: path.to_owned(), cause };
    let list: Vec<_> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(failed)?;
    if list.is_empty() { Err(TlsError::Empty(path.to_owned())) } else { Ok(list) }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::certs;
    use crate::secret;

    fn settings(dir: &Path) -> config::Tls {
        config::Tls { certificate: dir.join("server.pem"), key: dir.join("key.pem"), version_1_2: false, clients: None }
    }

    fn write(settings: &config::Tls) {
        let issued = certs::issue(&[]).unwrap();
        std::fs::write(&settings.certificate, issued.chain).unwrap();
        secret::write_private(&settings.key, issued.key.as_bytes()).unwrap();
    }

    #[test]
    fn a_broken_file_keeps_the_certificate_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(dir.path());
        write(&settings);
        let listener = Listener::load(settings.clone()).unwrap();
        let first = listener.current.load_full();
        std::fs::write(&settings.certificate, "nothing").unwrap();
        assert!(matches!(listener.reload(), Err(TlsError::Empty(_))));
        assert!(Arc::ptr_eq(&first, &listener.current.load_full()));
        write(&settings);
        listener.reload().unwrap();
        assert!(!Arc::ptr_eq(&first, &listener.current.load_full()));
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(dir.path());
        write(&settings);
        secret::write_private(&settings.key, certs::issue(&[]).unwrap().key.as_bytes()).unwrap();
        assert!(matches!(Listener::load(settings), Err(TlsError::Certificate { .. })));
    }
}
