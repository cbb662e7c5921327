//! Restores one JSON value: a reply that is no stream, or what of an event is no piece of a longer text.

use super::Plan;
use super::walk::{Leaf, Visitor, at_path, visit};
use crate::dialect::{Mark, Syntax};
use crate::json::Node;
use crate::reidentify::{Context, Restorer, Unit};

/// Restores a value in place and tells whether it changed.
pub fn restore(node: &mut Node<String>, plan: &Plan) -> bool {
    let mut whole = Whole::new(plan);
    whole.before(node);
    visit(node, plan.endpoint.operation.marks(), &mut whole);
    whole.after(node, |_| None);
    whole.changed
}

/// Restores strings, numbers and keys, each as a whole, and then what depends on them.
pub struct Whole<'p> {
    plan: &'p Plan,
    pub changed: bool,
    /// Where something changed.
    paths: Vec<Vec<usize>>,
    /// The texts of answers in this value, for the positions that refer to them.
    answers: Vec<(Vec<u64>, Restorer)>,
    positions: Vec<Position>,
    signatures: Vec<Signature>,
    logprobs: Vec<Vec<usize>>,
}

/// A position in a text that was restored.
struct Position {
    path: Vec<usize>,
    /// The indices of the answer; none where a document of the request is meant.
    answer: Option<Vec<u64>>,
    unit: Unit,
    end: bool,
}

/// A signature, and the text it signs as the provider sent it.
struct Signature {
    path: Vec<usize>,
    text: String,
    signed: String,
}

impl<'p> Whole<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            changed: false,
            paths: Vec::new(),
            answers: Vec::new(),
            positions: Vec::new(),
            signatures: Vec::new(),
            logprobs: Vec::new(),
        }
    }

    /// Notes what is signed, before any of it is restored.
    pub fn before(&mut self, node: &mut Node<String>) {
        let mut signed = Signed::default();
        visit(node, self.plan.endpoint.operation.marks(), &mut signed);
        for (path, of, text) in signed.found {
            let parent = at_path(node, &path[..path.len().saturating_sub(1)]);
            let signed = parent.and_then(|parent| parent.field(of)).and_then(|node| node.text()).map(str::to_owned);
            self.signatures.extend(signed.map(|signed| Signature { path, text, signed }));
        }
    }

    /// Moves positions, seals signatures, drops probabilities. `running` finds the text of an answer that came in
    /// earlier events.
    pub fn after<'r>(&mut self, node: &mut Node<String>, running: impl Fn(&[u64]) -> Option<&'r Restorer>) {
        for position in std::mem::take(&mut self.positions) {
            let Some(index) = at_path(node, &position.path).and_then(|node| node.lexeme()?.parse().ok()) else {
                continue;
            };
            let shifted = match &position.answer {
                Some(indices) => {
                    let own = self.answers.iter().find(|(own, _)| own == indices).map(|(_, restorer)| restorer);
                    own.or_else(|| running(indices)).map(|text| text.shift(index, position.unit, position.end))
                }
                None => self.in_document(node, &position, index),
            };
            if let Some(shifted) = shifted.filter(|&shifted| shifted != index) {
                self.replace(node, &position.path, Node::Number(shifted.to_string()));
            }
        }
        for signature in std::mem::take(&mut self.signatures) {
            let sealed = self.plan.seals.seal(&signature.text, &signature.signed);
            self.replace(node, &signature.path, Node::String(sealed));
        }
        for path in std::mem::take(&mut self.logprobs) {
            let choice = &path[..path.len().saturating_sub(1)];
            if self.paths.iter().any(|changed| changed.starts_with(choice)) {
                self.replace(node, &path, Node::Null);
            }
        }
    }

    fn in_document(&self, node: &mut Node<String>, position: &Position, index: usize) -> Option<usize> {
        let citation = at_path(node, &position.path[..position.path.len().checked_sub(1)?])?;
        let number: usize = citation.field("document_index")?.lexeme()?.parse().ok()?;
        let sent = self.plan.documents.get(number)?.as_deref()?;
        let mut restorer = self.plan.restorer(Context::Text);
        restorer.push(sent);
        Some(restorer.shift(index, position.unit, position.end))
    }

    pub fn replace(&mut self, node: &mut Node<String>, path: &[usize], value: Node<String>) {
        if let Some(place) = at_path(node, path) {
            *place = value;
            self.changed = true;
        }
    }

    fn answer(&mut self, text: &str, syntax: Syntax, indices: &[u64], depth: usize) -> String {
        let mut restorer = self.plan.restorer(self.plan.syntax(syntax, text));
        let mut restored = restorer.push(text);
        restored.push_str(&restorer.finish());
        self.answers.push((indices[..depth.min(indices.len())].to_vec(), restorer));
        restored
    }

    fn string(&mut self, text: &str, leaf: &Leaf<'_>) -> String {
        match leaf.mark {
            Some(Mark::Json) => self.plan.restored(text, Context::Json),
            Some(Mark::Html) => self.plan.restored(text, Context::Html),
            Some(Mark::Answer { depth }) => self.answer(text, Syntax::Answer, leaf.indices, depth),
            Some(Mark::Delta(channel)) if channel.syntax == Syntax::Answer => {
                self.answer(text, channel.syntax, leaf.indices, channel.depth)
            }
            Some(Mark::Delta(channel)) => self.plan.restored(text, self.plan.syntax(channel.syntax, text)),
            _ => self.plan.restored(text, Context::Text),
        }
    }
}

impl Visitor for Whole<'_> {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        match leaf.mark {
            Some(Mark::Keep | Mark::Object | Mark::End | Mark::Signature { .. }) => return,
            Some(Mark::FollowUp) => {
                if let Some(address) = node.text() {
                    *node = self.plan.follow_up.rewritten(address).map_or(Node::Null, Node::String);
                    self.changed = true;
                }
                return;
            }
            Some(Mark::Logprobs) => {
                if says_something(node) {
                    self.logprobs.push(leaf.path.to_vec());
                }
                return;
            }
            Some(Mark::Index { depth, unit, end }) => {
                let answer = Some(leaf.indices[..depth.min(leaf.indices.len())].to_vec());
                return self.positions.push(Position { path: leaf.path.to_vec(), answer, unit, end });
            }
            Some(Mark::DocumentIndex { end }) => {
                let unit = Unit::Characters;
                return self.positions.push(Position { path: leaf.path.to_vec(), answer: None, unit, end });
            }
            _ => {}
        }
        let restored = match node {
            Node::String(text) => self.string(text, leaf),
            Node::Number(lexeme) => match self.plan.number(lexeme) {
                Some(original) => original,
                None => return,
            },
            _ => return,
        };
        if let Node::String(text) | Node::Number(text) = node
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

/// An empty list of probabilities is none.
pub fn says_something(node: &Node<String>) -> bool {
    !node.is_null() && !node.as_array().is_some_and(<[_]>::is_empty)
}

/// Finds signatures.
#[derive(Default)]
struct Signed {
    found: Vec<(Vec<usize>, &'static str, String)>,
}

impl Visitor for Signed {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        if let Some(Mark::Signature { of }) = leaf.mark
            && let Some(text) = node.text().filter(|text| !text.is_empty())
        {
            self.found.push((leaf.path.to_vec(), of, text.to_owned()));
        }
    }

    fn key(&mut self, _: &mut String) {}
}
