//! The only way out. What is sent was cleared, and its record is durable: nothing else can call [`Upstream::send`].

mod connect;
mod watch;

pub use watch::{Lost, Watched};

use super::routes::Destination;
use crate::audit::Receipt;
use crate::config::Egress;
use crate::deid::Cleared;
use crate::refusal::Reason;
use crate::secret::SecretError;
use crate::tls::TlsError;
use bytes::Bytes;
use connect::{Direct, Tunneled};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The pooled client.
pub struct Upstream {
    direct: Client<Direct, Outgoing>,
    /// Through the egress proxy, for everything that is not on premise.
    tunneled: Option<Client<Tunneled, Outgoing>>,
    idle: Duration,
    reply_limit: u64,
}

/// What is sent, and where.
pub struct Departure<'a> {
    pub method: Method,
    pub destination: &'a Destination,
    /// The path and query below the destination's URL.
    pub target: String,
    /// Headers of the client that go on, cleared.
    pub headers: HeaderMap,
    pub credential: Option<(HeaderName, HeaderValue)>,
    /// Whether the request has a body.
    pub body: bool,
    /// Whether the client waits for a stream.
    pub stream: bool,
}

/// A body that can be sent: made from a cleared request and from nothing else.
pub struct Outgoing(Option<Bytes>);

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("egress.proxy: expected the address of an HTTP proxy and `user:password`")]
    Proxy,
}

impl Upstream {
    pub fn new(egress: &Egress, reply_limit: u64) -> Result<Self, BuildError> {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(64)
            .http2_keep_alive_interval(POOL_IDLE)
            .http2_keep_alive_while_idle(false)
            .http1_max_buf_size(1 << 20);
        let tls = crate::tls::client(egress)?;
        let tunneled = egress.proxy.as_ref().map(|proxy| connect::tunneled(proxy, egress, tls.clone())).transpose()?;
        Ok(Self {
            direct: builder.build(connect::direct(egress, tls)),
            tunneled: tunneled.map(|connector| builder.build(connector)),
            idle: egress.idle_timeout,
            reply_limit,
        })
    }

    /// Sends a request and waits for the head of its reply. Dropping the future, or the reply, aborts the exchange at
    /// the destination. Nothing is ever sent twice: clients decide on retries.
    pub async fn send(
        &self,
        _audited: Receipt,
        cleared: &Cleared,
        departure: Departure<'_>,
    ) -> Result<Response<Watched<Incoming>>, Reason> {
        let through_proxy =
            !departure.destination.on_premise && departure.destination.url.scheme_str() == Some("https");
        let request = departure.request(cleared).ok_or(Reason::Internal)?;
        let response = match &self.tunneled {
            Some(client) if through_proxy => client.request(request),
            _ => self.direct.request(request),
        };
        let response = match tokio::time::timeout(self.idle, response).await {
            Err(_) => return Err(Reason::UpstreamTimeout),
            // The kind alone goes on: the error's text may hold what the other side sent.
            Ok(Err(error)) if connect::timed_out(&error) => return Err(Reason::UpstreamTimeout),
            Ok(Err(_)) => return Err(Reason::UpstreamUnreachable),
            Ok(Ok(response)) => response,
        };
        if response.status().is_redirection() || response.status().is_informational() {
            return Err(Reason::UpstreamInvalid);
        }
        Ok(response.map(|body| Watched::new(body, self.idle, self.reply_limit)))
    }
}

impl Departure<'_> {
    fn request(self, cleared: &Cleared) -> Option<Request<Outgoing>> {
        let base = self.destination.url.to_string();
        let uri: Uri = format!("{}{}", base.trim_end_matches('/'), self.target).parse().ok()?;
        let mut request = Request::new(Outgoing(self.body.then(|| Bytes::copy_from_slice(cleared.body()))));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        *headers = self.headers;
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("cordon/", env!("CARGO_PKG_VERSION"))));
        let whole = self.destination.provider.accepts();
        let accept = if self.stream { "text/event-stream, application/json" } else { whole };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(cleared.content_type()).ok()?);
        }
        if let Some((name, value)) = self.credential {
            headers.insert(name, value);
        }
        Some(request)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Shorter than the idle limits of usual load balancers, so that a pooled connection is seldom found closed.
const POOL_IDLE: Duration = Duration::from_secs(30);
