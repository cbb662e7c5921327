//! Addresses at the provider that clients follow: they must lead back through the gateway, or text goes past it.

use http::Uri;

/// How an address at the destination reads for this client.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// Where the client finds the gateway: scheme, host and the prefix it uses.
    origin: String,
    host: Option<String>,
    /// The path of the destination's base URL.
    base: String,
}

impl FollowUp {
    pub fn new(origin: String, destination: &Uri) -> Self {
        let host = destination.authority().map(|authority| authority.as_str().to_owned());
        Self { origin, host, base: destination.path().trim_end_matches('/').to_owned() }
    }

    /// The same address at the gateway. Nothing where it lies elsewhere: a client must not be led past the gateway.
    pub fn rewritten(&self, address: &str) -> Option<String> {
        let uri: Uri = address.parse().ok()?;
        if uri.authority().map(|authority| authority.as_str()) != self.host.as_deref() {
            return None;
        }
        let path = uri.path_and_query()?.as_str().strip_prefix(&self.base)?;
        path.starts_with('/').then(|| format!("{}{path}", self.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_through_the_gateway_or_nowhere() {
        let destination = "https://api.provider.example/base".parse().expect("a URL");
        let follow = FollowUp::new("https://gateway:8443/anthropic".to_owned(), &destination);
        let results = "https://api.provider.example/base/v1/messages/batches/b1/results";
        let own = "https://gateway:8443/anthropic/v1/messages/batches/b1/results";
        assert_eq!(follow.rewritten(results).as_deref(), Some(own));
        for elsewhere in [
            "https://cdn.example/base/x",
            "https://api.provider.example/x",
            "https://api.provider.example/basement",
            "x y",
            "/base/x",
        ] {
            assert_eq!(follow.rewritten(elsewhere), None, "{elsewhere}");
        }
    }
}
