//! An answer as its pieces tell it: what every dialect gathers before it writes its own form.

use crate::local::prompt::{Call, Finish, Piece, TokenChance};

/// What every part of one answer repeats.
#[derive(Clone, Debug)]
pub struct Heading {
    pub id: String,
    pub model: String,
    /// Seconds since 1970.
    pub created: u64,
}

/// Counts over all choices, in tokens; the input counts once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub prompt: u32,
    pub cached: u32,
    pub completion: u32,
}

impl Usage {
    pub fn count(&mut self, piece: &Piece) {
        match piece {
            Piece::Start { prompt_tokens, cached_tokens, choice } if *choice == 0 => {
                self.prompt = *prompt_tokens;
                self.cached = *cached_tokens;
            }
            Piece::End { tokens, .. } => self.completion += tokens,
            Piece::Usage { prompt_tokens, cached_tokens, completion_tokens } => {
                *self = Self { prompt: *prompt_tokens, cached: *cached_tokens, completion: *completion_tokens };
            }
            _ => {}
        }
    }
}

/// One of the answers to a prompt, gathered.
#[derive(Default)]
pub struct Choice {
    pub text: String,
    pub thought: String,
    pub calls: Vec<Call>,
    pub tokens: Vec<TokenChance>,
    pub finish: Option<Finish>,
}

impl Choice {
    pub fn add(&mut self, piece: Piece) {
        match piece {
            Piece::Start { .. } | Piece::Vector { .. } | Piece::Usage { .. } => {}
            Piece::Text { text, tokens, .. } => {
                self.text.push_str(&text);
                self.tokens.extend(tokens);
            }
            Piece::Thought { text, .. } => self.thought.push_str(&text),
            Piece::Call { call, .. } => self.calls.push(call),
            Piece::End { finish, .. } => self.finish = Some(finish),
        }
    }
}

/// All answers to a prompt, by their number.
#[derive(Default)]
pub struct Choices {
    pub usage: Usage,
    pub list: Vec<Choice>,
}

impl Choices {
    pub fn add(&mut self, piece: Piece) {
        self.usage.count(&piece);
        let index = piece.choice() as usize;
        while self.list.len() <= index {
            self.list.push(Choice::default());
        }
        self.list[index].add(piece);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// An answer that thinks, speaks twice and calls.
    pub fn pieces() -> Vec<Piece> {
        let call = Call { name: "labs".into(), arguments: r#"{"id":1}"#.into() };
        vec![
            Piece::Start { choice: 0, prompt_tokens: 5, cached_tokens: 2 },
            Piece::Thought { choice: 0, text: "hm".into() },
            Piece::Text { choice: 0, text: "Hé".into(), tokens: vec![] },
            Piece::Text { choice: 0, text: "!".into(), tokens: vec![] },
            Piece::Call { choice: 0, call },
            Piece::End { choice: 0, finish: Finish::Calls, tokens: 3 },
        ]
    }

    pub fn heading(id: &str) -> Heading {
        Heading { id: id.into(), model: "local/m".into(), created: 7 }
    }
}
