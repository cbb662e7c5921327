//! Makes text of the bytes of tokens: whole characters only, and never a part of a stop string.

/// The text of one answer as it grows.
pub struct Output {
    stops: Vec<String>,
    /// Bytes that do not yet make a character.
    bytes: Vec<u8>,
    /// Text that may turn out to begin a stop string.
    held: String,
    /// The stop string that came, and what followed it in the same token.
    stopped: Option<(String, String)>,
}

impl Output {
    pub fn new(stops: Vec<String>) -> Self {
        Self { stops, bytes: Vec::new(), held: String::new(), stopped: None }
    }

    /// Adds the bytes of a token and takes what can be shown.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        if self.stopped.is_some() {
            return String::new();
        }
        self.bytes.extend_from_slice(bytes);
        self.decode(false);
        let first = self.stops.iter().filter_map(|stop| Some((self.held.find(stop.as_str())?, stop))).min();
        if let Some((place, stop)) = first {
            let rest = self.held[place + stop.len()..].to_owned();
            self.stopped = Some((stop.clone(), rest));
            self.held.truncate(place);
            return std::mem::take(&mut self.held);
        }
        let safe = self.held.len() - self.stops.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let rest = self.held.split_off(safe);
        std::mem::replace(&mut self.held, rest)
    }

    /// Whether a stop string came. Nothing comes after it.
    pub fn stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// The stop string that came.
    pub fn stopped_at(&self) -> Option<&str> {
        self.stopped.as_ref().map(|(stop, _)| stop.as_str())
    }

    /// What stood behind it in the same token.
    pub fn rest(&self) -> &str {
        self.stopped.as_ref().map_or("", |(_, rest)| rest)
    }

    /// What was held back, at the end of the answer.
    pub fn finish(&mut self) -> String {
        if self.stopped.is_none() {
            self.decode(true);
        }
        std::mem::take(&mut self.held)
    }

    /// Moves whole characters from `bytes` to `held`; what can become no character becomes U+FFFD.
    fn decode(&mut self, last: bool) {
        let mut rest = self.bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.held.push_str(text);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.held.push_str(std::str::from_utf8(good).unwrap_or_default());
                    rest = bad;
                    let Some(length) = error.error_len().or(last.then_some(bad.len())) else { break };
                    self.held.push(char::REPLACEMENT_CHARACTER);
                    rest = &rest[length..];
                }
            }
        }
        let kept = rest.len();
        self.bytes.drain(..self.bytes.len() - kept);
    }
}

/// Length of the longest end of `text` that begins `stop`, without being all of it.
fn overlap(text: &str, stop: &str) -> usize {
    let most = text.len().min(stop.len().saturating_sub(1));
    (1..=most).rev().find(|&length| text.as_bytes().ends_with(&stop.as_bytes()[..length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(stops: &[&str], pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let mut output = Output::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
        let mut shown: Vec<String> = pieces.iter().map(|piece| output.push(piece)).collect();
        shown.push(output.finish());
        (shown, output.stopped())
    }

    #[test]
    fn characters_that_tokens_split_come_whole() {
        let (shown, _) = run(&[], &[b"caf\xc3", b"\xa9 \xf0\x9f", b"\x98\x80", b"\xff!"]);
        assert_eq!(shown, ["caf", "é ", "😀", "\u{fffd}!", ""]);
        assert_eq!(run(&[], &[b"a\xf0\x9f"]).0, ["a", "\u{fffd}"]);
    }

    #[test]
    fn a_stop_string_is_not_shown_nor_what_follows_it() {
        let (shown, stopped) = run(&["###", "END"], &[b"one #", b"# two E", b"ND three", b"four"]);
        assert_eq!(shown.concat(), "one ## two ");
        assert!(stopped);
        let (shown, stopped) = run(&["###"], &[b"one ##"]);
        assert_eq!(shown, ["one ", "##"]);
        assert!(!stopped);
    }

    proptest! {
        #[test]
        fn cutting_changes_nothing(text in "[ab#é]{0,40}", cuts in proptest::collection::vec(0usize..60, 0..8)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
            let whole = text.find("ab#").map_or(text.as_str(), |place| &text[..place]);
            prop_assert_eq!(run(&["ab#"], &pieces).0.concat(), whole);
        }
    }
}
