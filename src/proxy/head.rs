//! What a request line and its headers may not be, whatever the endpoint.

use crate::refusal::{Reason, Refusal};
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Method, Version};

/// Refuses what asks for another role than that of a server of requests: a tunnel, a forward proxy, a mirror.
pub fn check(head: &Parts) -> Result<(), Refusal> {
    if matches!(head.method, Method::CONNECT | Method::TRACE) {
        return Err(Reason::MethodNotAllowed.into());
    }
    let host = host(&head.headers)?;
    let named = head.uri.authority();
    match (named, &host) {
        (Some(named), Some(host)) if !named.as_str().eq_ignore_ascii_case(host.as_str()) => {
            Err(malformed("two different hosts are named"))
        }
        // HTTP/2 names the host in its own way; RFC 9112 section 3.2 wants the header.
        (_, None) if head.version == Version::HTTP_11 => Err(malformed("the host is not named")),
        _ => Ok(()),
    }
}

fn host(headers: &HeaderMap) -> Result<Option<Authority>, Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let (first, more) = (hosts.next(), hosts.next());
    if more.is_some() {
        return Err(malformed("the host is named twice"));
    }
    first.map(|host| Authority::try_from(host.as_bytes()).map_err(|_| malformed("the host cannot be read"))).transpose()
}

fn malformed(why: &'static str) -> Refusal {
    Refusal::new(Reason::MalformedRequest).because(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[track_caller]
    fn check(method: &str, uri: &str, hosts: &[&str], version: Version, accepted: bool) {
        let mut request = Request::builder().method(method).uri(uri).version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(super::check(&head).is_ok(), accepted, "{method} {uri} {hosts:?}");
    }

    #[test]
    fn only_requests_to_this_server() {
        let h1 = Version::HTTP_11;
        check("POST", "/v1/messages", &["gw:8443"], h1, true);
        check("POST", "https://gw:8443/v1/messages", &["GW:8443"], h1, true);
        check("POST", "https://gw:8443/v1/messages", &[], Version::HTTP_2, true);
        check("POST", "https://gw:8443/v1/messages", &["evil"], Version::HTTP_2, false);
        check("GET", "http://169.254.169.254/latest/", &["gw"], h1, false);
        check("GET", "/healthz", &["gw", "evil"], h1, false);
        check("GET", "/healthz", &["gw", "gw"], h1, false);
        check("GET", "/healthz", &[], h1, false);
        check("CONNECT", "10.0.0.1:22", &["10.0.0.1:22"], h1, false);
        check("TRACE", "/", &["gw"], h1, false);
    }
}
