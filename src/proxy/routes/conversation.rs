//! Which requests belong to one conversation, so that what a local model has begun stays local.
//!
//! Clients resend their history, so a conversation is known by how it opens: everything up to its first message of a
//! user. Two that open alike count as one, which can only keep more local.

use crate::json::Node;
use crate::local::openai_chat::written;
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use crate::vault::Vault;
use std::time::{SystemTime, UNIX_EPOCH};

/// The name of a conversation in the vault, which keeps only a keyed digest of it. None where a request is no chat.
pub fn opening(body: &Node<Raw>) -> Option<String> {
    let turns = ["messages", "contents", "input", "prompt"].iter().find_map(|name| body.field(name))?;
    let mut opening = String::from("conversation");
    let mut add = |node: &Node<Raw>| {
        opening.push('\0');
        opening.push_str(&written(node));
    };
    for name in ["system", "systemInstruction", "instructions"] {
        body.field(name).into_iter().for_each(&mut add);
    }
    match turns {
        Node::Array(turns) => {
            for turn in turns {
                add(turn);
                if turn.field("role").is_none_or(|role| role.text() == Some("user")) {
                    break;
                }
            }
        }
        turn => add(turn),
    }
    Some(opening)
}

/// Whether a local model has answered in this conversation.
pub fn is_local(vault: &Vault, tenant: &str, opening: &str) -> Result<bool, Refusal> {
    Ok(vault.find(tenant, opening, now()).map_err(|_| Reason::VaultUnavailable)?.is_some())
}

/// A local model answers in it: it stays local for as long as the vault keeps things.
pub fn stays_local(vault: &Vault, tenant: &str, opening: &str) -> Result<(), Refusal> {
    Ok(vault.keep(tenant, opening, b"local", now()).map_err(|_| Reason::VaultUnavailable)?)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn opened(body: &str) -> Option<String> {
        opening(&parse(body.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn a_conversation_is_known_while_it_grows() {
        let first = opened(r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"}]}"#);
        let later = opened(
            r#"{"model":"other","messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},
            {"role":"assistant","content":"A"},{"role":"user","content":"R"}]}"#,
        );
        assert!(first.is_some() && first == later);
        assert_ne!(first, opened(r#"{"messages":[{"role":"user","content":"Q"}]}"#));
        assert_ne!(opened(r#"{"input":"Q"}"#), opened(r#"{"input":"Q","instructions":"S"}"#));
        assert_eq!(opened(r#"{"name":"x"}"#), None);
    }
}
