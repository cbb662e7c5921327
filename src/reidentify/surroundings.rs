//! What a pseudonym stands in: a URL, a JSON string, JSON in a JSON string.

use crate::deid::Exchange;

/// Follows a text character by character.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The last characters, as they were meant; the newest last.
    tail: [char; 4],
    url: Url,
    /// The URL began with backslashes, so more of them are part of it.
    backslashed: bool,
    /// The quote that closes the attribute of HTML in which this stands.
    attribute: Option<char>,
    strings: Vec<Option<char>>,
    /// Backslashes just before the next character.
    slashes: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Url {
    #[default]
    Outside,
    /// In its host. After `https:`, browsers read any number of slashes of either kind.
    Host { host: String, lenient: bool },
    /// After its host, and whether the request named that.
    Path { named: bool },
}

/// Whether an original may stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Plain,
    /// In a URL of a host that the request named.
    InUrl,
    /// In a URL of another host, which would get it when the reply is rendered.
    No,
}

impl Surroundings {
    /// The character before; and the one before that.
    pub fn before(&self) -> (Option<char>, Option<char>) {
        let some = |c: char| (c != '\0').then_some(c);
        (some(self.tail[3]), some(self.tail[2]))
    }

    pub fn allowed(&self) -> Allowed {
        match self.url {
            Url::Outside => Allowed::Plain,
            Url::Path { named: true } => Allowed::InUrl,
            Url::Path { named: false } | Url::Host { .. } => Allowed::No,
        }
    }

    /// How often an original must be escaped to stand in the innermost open string.
    pub fn string_levels(&self) -> usize {
        self.strings.len().max(1)
    }

    /// A character went by, as it was meant.
    pub fn pass(&mut self, c: char, exchange: &Exchange) {
        self.follow_url(c, exchange);
        self.follow_strings(c);
        self.tail.rotate_left(1);
        self.tail[3] = c;
    }

    /// An original was put in.
    pub fn pass_original(&mut self) {
        if let Some(first @ None) = self.strings.last_mut() {
            *first = Some('x');
        }
        self.slashes = 0;
        self.tail = ['\0', '\0', '\0', 'x'];
    }

    fn follow_url(&mut self, c: char, exchange: &Exchange) {
        match self.attribute {
            Some(quote) if c == quote => self.attribute = None,
            None if self.tail[3] == '=' && matches!(c, '"' | '\'') => self.attribute = Some(c),
            _ => {}
        }
        // Browsers take blanks and ends of lines out of an address between quotes.
        let ends = c.is_whitespace() && self.attribute.is_none()
            || matches!(c, '"' | '<' | '>' | '`' | ')' | '|' | '\'')
            || c == '\\' && !self.backslashed;
        match &mut self.url {
            Url::Outside => {
                let www = self.tail[1..].iter().chain([&c]).map(char::to_ascii_lowercase).eq("www.".chars());
                if matches!(c, '/' | '\\') && self.follows_scheme() {
                    self.url = Url::Host { host: String::new(), lenient: true };
                    self.backslashed = c == '\\';
                } else if c == '/' && self.tail[3] == '/' {
                    self.url = Url::Host { host: String::new(), lenient: false };
                } else if www && !self.tail[0].is_alphanumeric() {
                    self.url = Url::Host { host: "www.".into(), lenient: false };
                }
            }
            Url::Host { host, lenient: true } if host.is_empty() && (c.is_whitespace() || matches!(c, '/' | '\\')) => {}
            Url::Host { .. } if c == '\\' && self.backslashed => self.url = Url::Path { named: false },
            Url::Host { .. } if ends => self.url = Url::Outside,
            Url::Host { host, .. } if matches!(c, '/' | '?' | '#') => {
                let named = exchange.names_host(host.trim_end_matches(['.', ':']));
                // `file:///…` has no host, and a third slash is the start of a path on this machine.
                self.url = if host.is_empty() { Url::Outside } else { Url::Path { named } };
            }
            Url::Host { host, .. } => {
                host.push(c);
                // No host is as long, so nothing named will match any more.
                if host.len() > HOST_BYTES {
                    self.url = Url::Path { named: false };
                }
            }
            Url::Path { .. } if ends => self.url = Url::Outside,
            Url::Path { .. } => {}
        }
    }

    /// Whether `http:`, `https:`, `ws:` or the like has just gone by.
    fn follows_scheme(&self) -> bool {
        let [_, earlier, last, colon] = self.tail.map(|c| c.to_ascii_lowercase());
        colon == ':' && matches!((earlier, last), ('t', 'p') | ('p', 's') | ('w', 's') | ('s', 's'))
    }

    /// A quote after no backslash bounds a string, after one a string in a string, after three one in that.
    fn follow_strings(&mut self, c: char) {
        if c == '\\' {
            self.slashes += 1;
            return;
        }
        let slashes = std::mem::take(&mut self.slashes);
        if c != '"' {
            if let Some(first @ None) = self.strings.last_mut()
                && !c.is_whitespace()
            {
                *first = Some(c);
            }
            return;
        }
        let level = (slashes + 1).trailing_zeros() as usize;
        if !(slashes + 1).is_power_of_two() {
            return;
        }
        if self.strings.len() > level {
            self.strings.truncate(level);
        } else if self.strings.len() == level && (level == 0 || matches!(self.strings[level - 1], Some('{' | '['))) {
            self.strings.push(None);
        }
    }
}

/// RFC 1035 2.3.4.
const HOST_BYTES: usize = 255;
