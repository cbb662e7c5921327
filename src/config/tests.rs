//! The configuration as a whole.

use super::*;

fn check(text: &str, expected: &[&str]) {
    let mistakes = Config::parse(Path::new("cordon.toml"), text).err().unwrap_or_default();
    let found: Vec<_> = mistakes.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_example_is_valid_and_shows_every_key() {
    let example = include_str!("../../cordon.example.toml");
    Config::parse(Path::new("cordon.toml"), example).expect("the example is valid");
    // Every key stands there, if only as a comment, so uncommenting all of them must leave no unknown key.
    let source = [include_str!("../config.rs"), include_str!("destination.rs")].concat();
    for call in ["or(\"", "read(\"", "within(\"", "word(\"", "required::<String>(\"", "size(\"", "time(\""] {
        let keys = source.split(call).skip(1).filter_map(|rest| rest.split('"').next());
        for key in keys.filter(|key| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')) {
            let shown = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{key} ="));
            assert!(example.lines().any(shown), "{key} is not in cordon.example.toml");
        }
    }
}

#[test]
fn an_empty_file_is_a_gateway_on_loopback() {
    let config = Config::parse(Path::new("/etc/cordon/cordon.toml"), "").unwrap();
    assert!(config.server.listen.ip().is_loopback());
    assert_eq!(config.server.tls.unwrap().certificate, Path::new("/etc/cordon/certs/server.pem"));
    assert!(matches!(config.callers, Callers::Keys(path) if path == Path::new("/etc/cordon/data/keys.toml")));
}

#[test]
fn passing_keys_through_is_for_loopback() {
    let text = "[server]\nlisten = \"0.0.0.0:8443\"\n[callers]\ncredentials = \"caller\"\n";
    check(text, &["3: callers: without keys of its own the gateway would serve everyone on the network"]);
}

#[test]
fn no_service_without_tls_or_key_on_the_network() {
    check(
        "[server]\nlisten = \"0.0.0.0:80\"\nplaintext = true\n[admin]\nlisten = \"0.0.0.0:81\"\n",
        &[
            "3: plaintext: only a loopback address may go without TLS",
            "5: listen: health and metrics are served without a key, so on loopback only",
        ],
    );
}

#[test]
fn routes_name_destinations_that_exist() {
    check("[[route]]\nsend = \"opnai\"\n", &["1: route: no destination has the name opnai"]);
}

#[test]
fn the_proxy_s_credentials_stand_in_a_file() {
    let egress = |proxy: &str| format!("[egress]\nproxy = \"{proxy}\"\n");
    check(&egress("http://proxy.example:3128"), &[]);
    let message = &["2: proxy: expected the address of an HTTP proxy"];
    check(&egress("http://user:password@proxy.example:3128"), message);
    check(&egress("socks5://proxy.example"), message);
}
