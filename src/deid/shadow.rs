//! Structured data written out once more as a text, for the readers of structured formats.
//!
//! A FHIR resource or a DICOM dataset says by its fields what is a name and what is a date. The detector's format
//! readers read it as a text, so the tree is written out, and what they find there is cast back on the leaves.

use super::lift::{Handling, Leaf, LeafId};
use crate::entity::Finding;
use crate::json::{Node, escape};
use crate::text::Span;

/// A subtree as JSON text, and where its leaves stand in it.
#[derive(Debug, Default)]
pub(super) struct Shadow {
    pub text: String,
    /// In order. Within one, either each byte stands for the leaf's byte at the same distance, or an escape stands for
    /// one byte of the leaf.
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    leaf: LeafId,
    shadow: Span,
    original: Span,
}

impl Shadow {
    /// The shadows of all resources in a document.
    pub fn all(tree: &Node<LeafId>, leaves: &[Leaf]) -> Vec<Self> {
        let mut shadows = Vec::new();
        find(tree, leaves, &mut shadows);
        shadows
    }

    /// Adds a finding in the shadow to the leaves it covers.
    pub fn cast(&self, finding: &Finding, sorted: &mut [Vec<Finding>]) {
        let first = self.pieces.partition_point(|piece| piece.shadow.end <= finding.span.start);
        let mut last: Option<LeafId> = None;
        for piece in self.pieces[first..].iter().take_while(|piece| piece.shadow.start < finding.span.end) {
            let plain = piece.shadow.len() == piece.original.len();
            let start = if plain { finding.span.start.saturating_sub(piece.shadow.start) } else { 0 };
            let end =
                if plain { finding.span.end.min(piece.shadow.end) - piece.shadow.start } else { piece.original.len() };
            let span = Span::new(piece.original.start + start, piece.original.start + end);
            match sorted[piece.leaf].last_mut() {
                // An escape in the middle of a finding does not cut it.
                Some(before) if last == Some(piece.leaf) && before.span.end == span.start => before.span.end = span.end,
                _ => sorted[piece.leaf].push(Finding { span, ..finding.clone() }),
            }
            last = Some(piece.leaf);
        }
    }

    fn write(&mut self, node: &Node<LeafId>, leaves: &[Leaf]) {
        match node {
            Node::Null => self.text.push_str("null"),
            Node::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Node::Number(id) => self.leaf(*id, leaves),
            Node::String(id) => self.string(*id, leaves),
            Node::Array(items) => {
                self.text.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.text.push_str(if at > 0 { "," } else { "" });
                    self.write(item, leaves);
                }
                self.text.push(']');
            }
            Node::Object(members) => {
                self.text.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    self.text.push_str(if at > 0 { "," } else { "" });
                    self.string(*key, leaves);
                    self.text.push(':');
                    self.write(value, leaves);
                }
                self.text.push('}');
            }
        }
    }

    fn string(&mut self, id: LeafId, leaves: &[Leaf]) {
        self.text.push('"');
        self.leaf(id, leaves);
        self.text.push('"');
    }

    fn leaf(&mut self, id: LeafId, leaves: &[Leaf]) {
        // Base64 that was decoded stands here as it arrived in no leaf.
        if matches!(leaves[id].handling, Handling::Base64 { .. }) {
            return;
        }
        let text = &leaves[id].text;
        let mut at = 0;
        while at < text.len() {
            let run = text.as_bytes()[at..].iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            let end = if run == Some(0) { at + 1 } else { run.map_or(text.len(), |run| at + run) };
            let start = self.text.len();
            escape(&text[at..end], &mut self.text);
            self.pieces.push(Piece {
                leaf: id,
                shadow: Span::new(start, self.text.len()),
                original: Span::new(at, end),
            });
            at = end;
        }
    }
}

fn find(node: &Node<LeafId>, leaves: &[Leaf], shadows: &mut Vec<Shadow>) {
    match node {
        Node::Object(members) => {
            if is_resource(members, leaves) || is_dataset(members, leaves) {
                let mut shadow = Shadow::default();
                shadow.write(node, leaves);
                shadows.push(shadow);
            } else {
                members.iter().for_each(|(_, value)| find(value, leaves, shadows));
            }
        }
        Node::Array(items) => items.iter().for_each(|item| find(item, leaves, shadows)),
        Node::String(id) => {
            if let Handling::Json(inner) = &leaves[*id].handling {
                find(inner, leaves, shadows);
            }
        }
        Node::Null | Node::Bool(_) | Node::Number(_) => {}
    }
}

/// A resource of FHIR says what it is.
fn is_resource(members: &[(LeafId, Node<LeafId>)], leaves: &[Leaf]) -> bool {
    members.iter().any(|(key, _)| leaves[*key].text == "resourceType")
}

/// A dataset of DICOM has tags for keys, and each value says its representation (PS3.18 F.2).
fn is_dataset(members: &[(LeafId, Node<LeafId>)], leaves: &[Leaf]) -> bool {
    let is_tag = |key: &str| key.len() == 8 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    members.first().is_some_and(|(key, value)| {
        let names_vr = |member: &(LeafId, Node<LeafId>)| leaves[member.0].text == "vr";
        is_tag(&leaves[*key].text) && matches!(value, Node::Object(parts) if parts.iter().any(names_vr))
    })
}
