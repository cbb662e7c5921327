//! Hosts of URLs in text: a reply's URL is completed only if the request named its host.

use memchr::memmem;

/// The host of a text that is an `http` or `https` URL, lower case.
pub(super) fn of(url: &str) -> Option<String> {
    let rest = strip_scheme(url, "https://").or_else(|| strip_scheme(url, "http://"))?;
    let host = until_end(rest);
    (!host.is_empty() && !host.contains('@')).then(|| host.to_ascii_lowercase())
}

/// The hosts of all URLs in a text: after `//`, or `www.` at the start of a word.
pub(super) fn hosts(text: &str) -> Vec<&str> {
    let after_slashes = memmem::find_iter(text.as_bytes(), "//").map(|at| at + 2);
    let www = memmem::find_iter(text.as_bytes(), "www.");
    after_slashes
        .chain(www)
        .map(|at| until_end(&text[at..]))
        .filter(|host| host.contains('.') || *host == "localhost")
        .collect()
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    url.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &url[scheme.len()..])
}

/// Up to the first character that cannot stand in a host with its port.
fn until_end(text: &str) -> &str {
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '_' | '@'))).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        assert_eq!(of("HTTPS://Example.org:8443/a"), Some("example.org:8443".into()));
        assert_eq!(of("ftp://example.org"), None);
        assert_eq!(of("https://user@example.org/"), None);
        assert_eq!(hosts("see https://a.example/x?y and (www.b.example)."), ["a.example", "www.b.example"]);
    }
}
