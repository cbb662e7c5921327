//! What passes the framing, and that it does not depend on how the bytes arrive.

use super::Framing;
use proptest::prelude::*;

/// How many bytes pass, and whether all of them do.
#[track_caller]
fn check(request: &str, passes: bool) {
    let passed = Framing::default().accept(request.as_bytes());
    assert_eq!(passed == request.len(), passes, "{request:?} up to {passed}");
}

fn post(headers: &str, body: &str) -> String {
    format!("POST /v1/chat/completions HTTP/1.1\r\nHost: gw\r\n{headers}\r\n{body}")
}

#[test]
fn plain_requests_pass_one_after_another() {
    let one = post("Content-Length: 5\r\n", "12345");
    let two = post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: v\r\n\r\n");
    let three = "GET / HTTP/1.0\r\n\r\n";
    check(&[one.as_str(), &two, "\r\n", three, &one].concat(), true);
}

#[test]
fn two_lengths_never_pass() {
    for headers in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Content-Length: 6\r\nContent-Length: 6\r\n",
        "Content-Length: 6, 6\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    ] {
        check(&post(headers, "0\r\n\r\n"), false);
    }
}

#[test]
fn lengths_are_digits() {
    for length in ["+5", "-1", "0x5", "1_0", "", "1 0", "18446744073709551621"] {
        check(&post(&format!("Content-Length: {length}\r\n"), ""), false);
    }
    for size in ["0x1", "+1", "10000000000000001", "", "g"] {
        check(&post("Transfer-Encoding: chunked\r\n", &format!("{size}\r\nA\r\n0\r\n\r\n")), false);
    }
}

#[test]
fn codings_are_chunked_alone() {
    for coding in ["xchunked", "identity", "chunked, gzip", "gzip, chunked", "chunked, chunked", "\u{b}chunked"] {
        check(&post(&format!("Transfer-Encoding: {coding}\r\n"), "0\r\n\r\n"), false);
    }
    check("POST / HTTP/1.0\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n", false);
}

#[test]
fn lines_end_in_both_characters() {
    check("POST / HTTP/1.1\nHost: gw\n\n", false);
    check(&post("X-A: a\rb\r\n", ""), false);
    check(&post("X-A: b\r\n c\r\n", ""), false);
    check(&post("X-A : b\r\n", ""), false);
    check(&post("X-A: a\0b\r\n", ""), false);
    check(&post("Transfer-Encoding: chunked\r\n", "2;\nxx\r\n10\r\n\r\n0\r\n\r\n"), false);
    check(&post("Transfer-Encoding: chunked\r\n", "1\r\nAX0\r\n\r\n"), false);
}

#[test]
fn a_request_names_one_host_and_a_known_version() {
    check("GET / HTTP/1.1\r\n\r\n", false);
    check("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", false);
    check("GET / HTTP/1.2\r\nHost: a\r\n\r\n", false);
    check("GET /\r\n", false);
    check("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", false);
    check(&format!("GET /{} HTTP/1.1\r\n", "a".repeat(9000)), false);
    check(&post("Transfer-Encoding: chunked\r\n", &format!("1;{}\r\n", "a".repeat(300))), false);
}

proptest! {
    /// How the bytes are cut into reads changes nothing.
    #[test]
    fn cuts_change_nothing(noise in "[ -~\r\n]{0,12}", at in 0usize..200, cut in 1usize..40) {
        let mut request = post("Transfer-Encoding: chunked\r\nX: y\r\n", "3\r\nabc\r\n0\r\n\r\n")
            + &post("Content-Length: 3\r\n", "abc");
        let at = at.min(request.len());
        request.insert_str(at, &noise);
        let whole = Framing::default().accept(request.as_bytes());
        let mut framing = Framing::default();
        let mut pieces = 0;
        for piece in request.as_bytes().chunks(cut) {
            let passed = framing.accept(piece);
            pieces += passed;
            if passed < piece.len() {
                break;
            }
        }
        prop_assert_eq!(whole, pieces);
    }
}
