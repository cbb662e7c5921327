//! Restores one whole JSON value: a reply that is no stream, or what of an event is no piece of a longer text.

use super::Plan;
use super::walk::{Leaf, Visitor, at_path, visit};
use crate::dialect::Mark;
use crate::json::Node;
use crate::reidentify::Context;

/// Restores a value in place and tells whether it changed.
pub fn restore(node: &mut Node<String>, plan: &Plan) -> bool {
    let marks = plan.endpoint.operation.marks();
    let mut special = Special::default();
    visit(node, marks, &mut special);
    let mut whole = Whole::new(plan);
    visit(node, marks, &mut whole);
    let Whole { changed, paths, .. } = whole;
    for path in &special.logprobs {
        let choice = &path[..path.len().saturating_sub(1)];
        if paths.iter().any(|changed| changed.starts_with(choice))
            && let Some(place) = at_path(node, path)
        {
            *place = Node::Null;
        }
    }
    changed
}

/// Restores strings, numbers and keys, each as a whole.
pub struct Whole<'p> {
    plan: &'p Plan,
    pub changed: bool,
    /// Where something changed.
    pub paths: Vec<Vec<usize>>,
}

impl<'p> Whole<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        Self { plan, changed: false, paths: Vec::new() }
    }

    fn text(&self, text: &str, mark: Option<Mark>) -> String {
        let context = match mark {
            Some(Mark::Json) => Context::Json,
            Some(Mark::Html) => Context::Html,
            Some(Mark::Delta(channel)) => self.plan.syntax(channel.syntax, text),
            _ => Context::Text,
        };
        self.plan.restored(text, context)
    }
}

impl Visitor for Whole<'_> {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        if matches!(leaf.mark, Some(Mark::Keep | Mark::End | Mark::Logprobs | Mark::Signature { .. })) {
            return;
        }
        let restored = match node {
            Node::String(text) => self.text(text, leaf.mark),
            _ => return,
        };
        if let Node::String(text) = node
            && *text != restored
        {
            *text = restored;
            self.changed = true;
            self.paths.push(leaf.path.to_vec());
        }
    }

    fn key(&mut self, key: &mut String) {
        let restored = self.plan.restored(key, Context::Text);
        if *key != restored {
            *key = restored;
            self.changed = true;
        }
    }
}

/// The places that depend on what happens to others.
#[derive(Default)]
struct Special {
    logprobs: Vec<Vec<usize>>,
}

impl Visitor for Special {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        if leaf.mark == Some(Mark::Logprobs) && !node.is_null() {
            self.logprobs.push(leaf.path.to_vec());
        }
    }

    fn key(&mut self, _: &mut String) {}
}
