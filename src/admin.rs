//! The second listener: health, readiness and metrics, for this machine only and without text of any request.

use crate::server::Gateway;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, gateway: Arc<Gateway>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let gateway = gateway.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let gateway = gateway.clone();
            async move {
                // Readiness asks the disk and the vault, so it is told on a thread that may block.
                let (head, _) = request.into_parts();
                let told = spawn_blocking(move || answer(&gateway, &head)).await;
                Ok::<_, Infallible>(told.unwrap_or_else(|_| said(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "failed\n")))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(10))
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // Whoever reads metrics may go away at any time.
            let _ = connection.await;
        });
    }
}

fn answer(gateway: &Gateway, head: &Parts) -> Response<Full<Bytes>> {
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/healthz") => said(StatusCode::OK, TEXT, "ok\n"),
        (&Method::GET, "/readyz") => match gateway.trouble() {
            None => said(StatusCode::OK, TEXT, "ready\n"),
            Some(why) => said(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{why}\n")),
        },
        (&Method::GET, "/metrics") => match gateway.metrics() {
            Ok(text) => said(StatusCode::OK, OPEN_METRICS, text),
            Err(_) => said(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "no metrics\n"),
        },
        _ => said(StatusCode::NOT_FOUND, TEXT, "here are /healthz, /readyz and /metrics\n"),
    }
}

fn said(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
