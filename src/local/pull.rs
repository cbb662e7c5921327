//! Fetches model files over HTTPS: with progress, from where a broken attempt ended, and checked against a digest.

use crate::local::store::{self, StoreError};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_RANGE, ETAG, HeaderValue, LOCATION, RANGE, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// Where models are published, and the way there.
#[derive(Clone, Debug)]
pub struct Hub {
    /// `https://huggingface.co`, or a mirror of the same layout. Plain `http` is taken for this machine only.
    pub base: String,
    /// Sent to the hub itself, never to where it redirects.
    pub token: Option<SecretString>,
    /// `http://[user:password@]host:port` of a proxy that takes CONNECT.
    pub proxy: Option<String>,
    /// Certificate authorities beside those of the system, PEM.
    pub authorities: Option<PathBuf>,
}

/// A file of a repository.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub repository: &'a str,
    pub revision: &'a str,
    pub file: &'a str,
}

/// A file that was fetched as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: u64,
    pub sha256: String,
    /// The commit that the revision stood for.
    pub commit: Option<String>,
    /// Whether the hub stated the same digest.
    pub stated: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("{0} is not a URL that can be fetched")]
    Url(String),
    #[error("cannot reach {host}: {cause}")]
    Unreachable { host: String, cause: String },
    #[error(
        "{host} asks for permission ({status}); accept the model's terms there and give a token with `--token-file`"
    )]
    Forbidden { host: String, status: u16 },
    #[error("{host} has no such file: {file}")]
    Absent { host: String, file: String },
    #[error("{host} answered {status}")]
    Status { host: String, status: u16 },
    #[error("{0} redirects too often or to where it must not")]
    Redirect(String),
    #[error("the file ended early or the connection stood still; run the command again to go on")]
    Cut,
    #[error("the SHA-256 is {actual}, but {expected} was stated; nothing was kept")]
    Digest { expected: String, actual: String },
    #[error("certificates: {0}")]
    Certificates(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },
}

const REDIRECTS_MAX: usize = 5;
/// A connection on which nothing comes for this long is broken.
const STILL_MAX: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 5;

impl Hub {
    /// Fetches a file into `to`. A broken attempt leaves its part there, and the next goes on behind it. `progress` is
    /// told the bytes that are there and how many there will be.
    pub async fn fetch(
        &self,
        wanted: Wanted<'_>,
        to: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Fetched, PullError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(Duration::from_secs(20)));
        match &self.proxy {
            None => self.fetch_through(http, wanted, to, progress).await,
            Some(proxy) => {
                let uri: Uri = proxy.parse().map_err(|_| PullError::Url("the proxy".into()))?;
                let credentials = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
                let mut tunnel = Tunnel::new(uri.clone(), http);
                if let Some((credentials, _)) = credentials {
                    let basic = format!("Basic {}", data_encoding::BASE64.encode(&unescaped(credentials)));
                    let basic = HeaderValue::try_from(basic).map_err(|_| PullError::Url("the proxy".into()))?;
                    tunnel = tunnel.with_auth(basic);
                }
                self.fetch_through(tunnel, wanted, to, progress).await
            }
        }
    }

    async fn fetch_through<C>(
        &self,
        connector: C,
        wanted: Wanted<'_>,
        to: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Fetched, PullError>
    where
        C: tower_service::Service<Uri> + Clone + Send + Sync + 'static,
        hyper_rustls::HttpsConnector<C>: Connect,
    {
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(trusted(self.authorities.as_deref())?)
            .https_or_http()
            .enable_http1();
        let client = Client::builder(TokioExecutor::new()).build(https.wrap_connector(connector));
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.attempt(&client, wanted, to, progress).await {
                Err(PullError::Cut) if attempt < ATTEMPTS => tokio::time::sleep(Duration::from_secs(1)).await,
                other => return other,
            }
        }
    }

    async fn attempt<C: Connect + Clone + Send + Sync + 'static>(
        &self,
        client: &Client<C, Empty<Bytes>>,
        wanted: Wanted<'_>,
        to: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Fetched, PullError> {
        let tag_file = to.with_extension("etag");
        let have = std::fs::metadata(to).map_or(0, |meta| meta.len());
        let (stated, response) = self.request(client, wanted, have).await?;
        let same = stated.tag.is_some() && std::fs::read_to_string(&tag_file).ok() == stated.tag;
        let (response, mut done) = match response.status() {
            StatusCode::PARTIAL_CONTENT if same && starts_at(&response, have) => (response, have),
            // Another file than the one the part is of: from the beginning.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if !(same && stated.size == Some(have)) => {
                (self.request(client, wanted, 0).await?.1, 0)
            }
            _ => (response, 0),
        };
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return self.finish(to, &tag_file, stated);
        }
        let length = response.headers().get(http::header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let total = stated.size.or(length.map(|length| length + done));
        if let Some(tag) = &stated.tag {
            std::fs::write(&tag_file, tag).map_err(at(&tag_file))?;
        }
        let mut file = open(to, done).map_err(at(to))?;
        let mut body = response.into_body();
        loop {
            let frame = match timeout(STILL_MAX, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => return Err(PullError::Cut),
            };
            if let Some(data) = frame.data_ref() {
                file.write_all(data).map_err(at(to))?;
                done += data.len() as u64;
                progress(done, total);
            }
        }
        file.sync_all().map_err(at(to))?;
        if total.is_some_and(|total| done < total) {
            return Err(PullError::Cut);
        }
        self.finish(to, &tag_file, stated)
    }

    fn finish(&self, to: &Path, tag_file: &Path, stated: Stated) -> Result<Fetched, PullError> {
        let (bytes, sha256) = store::digest(to)?;
        // The tag is of use to a part only.
        let _ = std::fs::remove_file(tag_file);
        let digest = stated.sha256();
        if let Some(expected) = &digest
            && *expected != sha256
        {
            std::fs::remove_file(to).map_err(at(to))?;
            return Err(PullError::Digest { expected: expected.clone(), actual: sha256 });
        }
        Ok(Fetched { bytes, sha256, commit: stated.commit, stated: digest.is_some() })
    }

    /// The answer at the end of all redirects, and what the hub stated on the way.
    async fn request<C: Connect + Clone + Send + Sync + 'static>(
        &self,
        client: &Client<C, Empty<Bytes>>,
        wanted: Wanted<'_>,
        from: u64,
    ) -> Result<(Stated, Response<Incoming>), PullError> {
        let Wanted { repository, revision, file } = wanted;
        let first = format!("{}/{repository}/resolve/{revision}/{file}", self.base.trim_end_matches('/'));
        let mut uri: Uri = first.parse().map_err(|_| PullError::Url(first))?;
        let home = uri.authority().cloned();
        let mut stated = Stated::default();
        for _ in 0..=REDIRECTS_MAX {
            let host = uri.host().unwrap_or_default().to_owned();
            let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
            if uri.scheme_str() != Some("https") && !(uri.scheme_str() == Some("http") && local) {
                return Err(PullError::Redirect(host));
            }
            let mut request =
                Request::get(uri.clone()).header(USER_AGENT, concat!("cordon/", env!("CARGO_PKG_VERSION")));
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            if let Some(token) = self.token.as_ref().filter(|_| uri.authority() == home.as_ref()) {
                let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
                    .map_err(|_| PullError::Url("the token".into()))?;
                bearer.set_sensitive(true);
                request = request.header(AUTHORIZATION, bearer);
            }
            let request = request.body(Empty::new()).map_err(|_| PullError::Url(host.clone()))?;
            let response = match timeout(STILL_MAX, client.request(request)).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return Err(PullError::Unreachable { host, cause: chain(&error) }),
                Err(_) => return Err(PullError::Unreachable { host, cause: "no answer".into() }),
            };
            stated.read(&response);
            let status = response.status();
            match status.as_u16() {
                200 | 206 | 416 => return Ok((stated, response)),
                301 | 302 | 303 | 307 | 308 => {
                    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                    uri = to.and_then(|to| follow(&uri, to)).ok_or(PullError::Redirect(host))?;
                }
                status @ (401 | 403) => return Err(PullError::Forbidden { host, status }),
                404 => return Err(PullError::Absent { host, file: file.to_owned() }),
                status @ (429 | 500..=599) => {
                    tracing::warn!(status, "the hub cannot answer now");
                    return Err(PullError::Cut);
                }
                status => return Err(PullError::Status { host, status }),
            }
        }
        Err(PullError::Redirect(uri.host().unwrap_or_default().to_owned()))
    }
}

/// TLS to whoever the system trusts, and the given authorities beside it.
pub fn trusted(authorities: Option<&Path>) -> Result<rustls::ClientConfig, PullError> {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;
    // Several crates could choose the provider; the second to do so is told, and that is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = authorities {
        let own = CertificateDer::pem_file_iter(path).map_err(|error| PullError::Certificates(error.to_string()))?;
        roots.add_parsable_certificates(own.filter_map(Result::ok));
    }
    Ok(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// What the hub says of a file. A large file lies elsewhere, and the hub states its size and digest while redirecting.
#[derive(Default)]
struct Stated {
    tag: Option<String>,
    size: Option<u64>,
    commit: Option<String>,
}

impl Stated {
    fn read(&mut self, response: &Response<Incoming>) {
        let text = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let tag = || text("x-linked-etag").or_else(|| text(ETAG.as_str()));
        self.tag = self.tag.take().or_else(tag).map(|tag| tag.trim_start_matches("W/").trim_matches('"').to_owned());
        self.size = self.size.or_else(|| text("x-linked-size")?.parse().ok());
        self.commit = self.commit.take().or_else(|| text("x-repo-commit"));
    }

    /// The tag of a large file is its SHA-256; that of a small one a git hash of another length.
    fn sha256(&self) -> Option<String> {
        let tag = self.tag.as_ref()?;
        (tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| tag.to_ascii_lowercase())
    }
}

fn starts_at(response: &Response<Incoming>, from: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {from}-")))
}

fn follow(from: &Uri, to: &str) -> Option<Uri> {
    if to.starts_with('/') && !to.starts_with("//") {
        return format!("{}://{}{to}", from.scheme_str()?, from.authority()?).parse().ok();
    }
    to.parse().ok().filter(|to: &Uri| to.authority().is_some())
}

/// The bytes behind the `%XX` of a URL; what is no such escape stands for itself.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = || data_encoding::HEXLOWER_PERMISSIVE.decode(after.get(..2)?).ok()?.first().copied();
        let escaped = (byte == b'%').then(escaped).flatten();
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    bytes
}

fn open(path: &Path, from: u64) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(from > 0).write(true).truncate(from == 0).open(path)?;
    Ok(file)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> PullError + use<> {
    let path = path.to_owned();
    |cause| PullError::Io { path, cause }
}

/// An error with its causes, because hyper's own says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
