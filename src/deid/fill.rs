//! Fills the cleared leaves back into the tree. The one place where `Clean` is made.

use super::Clean;
use super::encoded;
use super::inserts::{INSERTED, Inserts};
use super::lift::{Handling, Leaf, LeafId};
use crate::json::{Node, splice};

/// The leaves of a document with what leaves in their place.
pub(super) struct Fill<'a> {
    pub leaves: &'a [Leaf],
    /// Nothing where the leaf stays as it is.
    pub surrogates: &'a [Option<String>],
    pub inserts: &'a Inserts,
}

impl Fill<'_> {
    pub fn node(&self, tree: &Node<LeafId>) -> Node<Clean> {
        tree.clone().map(&mut |id| self.leaf(id))
    }

    pub fn leaf(&self, id: LeafId) -> Clean {
        let leaf = &self.leaves[id];
        if let Some(files) = self.inserts.get(&id) {
            return self.joined(self.surrogates[id].as_ref().unwrap_or(&leaf.text), files);
        }
        Clean(match &leaf.handling {
            // JSON in a string goes as it was written but for what was replaced: the reply brings it back whole.
            Handling::Json(inner) if self.changed(inner) => splice(&leaf.text, &self.node(inner)),
            Handling::Base64 { prefix } => {
                let text = self.surrogates[id].as_ref().unwrap_or(&leaf.text);
                format!("{prefix}{}", encoded::encode(text.as_bytes()))
            }
            _ => self.surrogates[id].as_ref().unwrap_or(&leaf.text).clone(),
        })
    }

    /// A text with its files back in their places.
    fn joined(&self, text: &str, files: &[LeafId]) -> Clean {
        let mut files = files.iter();
        let mut joined = String::with_capacity(text.len());
        for c in text.chars() {
            match (c, files.len()) {
                (INSERTED, 1..) => joined.extend(files.next().map(|&file| self.leaf(file).as_str().to_owned())),
                _ => joined.push(c),
            }
        }
        Clean(joined)
    }

    fn changed(&self, tree: &Node<LeafId>) -> bool {
        let leaf = |id: &LeafId| match &self.leaves[*id].handling {
            Handling::Json(inner) => self.changed(inner),
            _ => self.surrogates[*id].is_some() || self.inserts.contains_key(id),
        };
        match tree {
            Node::Null | Node::Bool(_) => false,
            Node::Number(id) | Node::String(id) => leaf(id),
            Node::Array(items) => items.iter().any(|item| self.changed(item)),
            Node::Object(members) => members.iter().any(|(key, value)| leaf(key) || self.changed(value)),
        }
    }
}
