//! JSON as it was written: a tree that keeps number lexemes and key order, a strict parser, and a plain writer.
//!
//! The provider's parser cannot be known, so only what every parser reads alike is accepted: UTF-8 without a byte
//! order mark, no duplicate keys, no lone surrogates, no trailing data, bounded depth and size. The rest is refused.

mod parse;
mod splice;
mod write;

use crate::text::Raw;
pub use parse::{Limits, parse, parse_reply};
pub use splice::splice;
pub use write::{Printable, escape, write_string};

/// A JSON value whose strings, keys and numbers are `S`.
///
/// `Node<Raw>` came from a client and can be written nowhere; `Node<Clean>` is made by `deid` alone and is what is
/// sent; `Node<String>` is a reply on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<S> {
    Null,
    Bool(bool),
    /// The number as it was written: `1.10` stays `1.10`, large integers stay whole.
    Number(S),
    String(S),
    Array(Vec<Node<S>>),
    /// In the order in which it was written. Keys are unique.
    Object(Vec<(S, Node<S>)>),
}

impl<S> Node<S> {
    /// The same tree with every string, key and number turned into something else.
    pub fn map<T>(self, f: &mut impl FnMut(S) -> T) -> Node<T> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(value) => Node::Bool(value),
            Self::Number(lexeme) => Node::Number(f(lexeme)),
            Self::String(text) => Node::String(f(text)),
            Self::Array(items) => Node::Array(items.into_iter().map(|item| item.map(f)).collect()),
            Self::Object(members) => {
                Node::Object(members.into_iter().map(|(key, value)| (f(key), value.map(f))).collect())
            }
        }
    }

    pub fn as_array(&self) -> Option<&[Node<S>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&[(S, Node<S>)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// Reading a tree by field names, for decisions such as `stream` and `model`.
impl Node<Raw> {
    pub fn field(&self, name: &str) -> Option<&Node<Raw>> {
        self.as_object()?.iter().find(|(key, _)| key.expose() == name).map(|(_, value)| value)
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text.expose()),
            _ => None,
        }
    }

    pub fn lexeme(&self) -> Option<&str> {
        match self {
            Self::Number(lexeme) => Some(lexeme.expose()),
            _ => None,
        }
    }
}

impl Node<String> {
    pub fn field(&self, name: &str) -> Option<&Node<String>> {
        self.as_object()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn field_mut(&mut self, name: &str) -> Option<&mut Node<String>> {
        match self {
            Self::Object(members) => members.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn lexeme(&self) -> Option<&str> {
        match self {
            Self::Number(lexeme) => Some(lexeme),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
