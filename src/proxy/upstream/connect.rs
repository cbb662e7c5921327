//! Connections to destinations: directly, or through the egress proxy; never for longer than the limit.

use super::BuildError;
use crate::config::{Egress, EgressProxy};
use data_encoding::BASE64;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use std::error::Error;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

pub(super) type Direct = Within<HttpsConnector<HttpConnector>>;
pub(super) type Tunneled = Within<HttpsConnector<Tunnel<HttpConnector>>>;

/// To the destination itself. Plain HTTP is possible here because the configuration has checked that it stays on
/// loopback.
pub(super) fn direct(egress: &Egress, tls: ClientConfig) -> Direct {
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions();
    Within { connector: https.wrap_connector(tcp(egress)), limit: egress.connect_timeout }
}

/// Through `CONNECT`: the proxy sees a host name and TLS.
pub(super) fn tunneled(proxy: &EgressProxy, egress: &Egress, tls: ClientConfig) -> Result<Tunneled, BuildError> {
    let address = format!("http://{}:{}", proxy.host, proxy.port).parse().map_err(|_| BuildError::Proxy)?;
    let mut tunnel = Tunnel::new(address, tcp(egress));
    if let Some(source) = &proxy.credentials {
        let credentials = source.load()?;
        let basic = format!("Basic {}", BASE64.encode(credentials.expose_secret().as_bytes()));
        tunnel = tunnel.with_auth(HeaderValue::from_str(&basic).map_err(|_| BuildError::Proxy)?);
    }
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_all_versions();
    Ok(Within { connector: https.wrap_connector(tunnel), limit: egress.connect_timeout })
}

fn tcp(egress: &Egress) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(Duration::from_secs(60)));
    tcp.set_connect_timeout(Some(egress.connect_timeout));
    tcp
}

/// A connector with a limit on all of it: name resolution, TCP, the proxy's answer and the TLS handshake.
#[derive(Clone)]
pub(super) struct Within<C> {
    connector: C,
    limit: Duration,
}

impl<C> Service<Uri> for Within<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
    C::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = C::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<C::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connected = tokio::time::timeout(self.limit, self.connector.call(uri));
        Box::pin(async move {
            match connected.await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}

/// Whether a connection failed because it took too long.
pub(super) fn timed_out(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}
