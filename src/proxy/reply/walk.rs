//! Reads one JSON value of a reply against the marks of its operation.

use crate::dialect::place::At;
use crate::dialect::{Mark, Places};
use crate::json::Node;

/// What a visitor meets.
pub struct Leaf<'a> {
    /// The number of the row that marks the place; `None` where no row does.
    pub row: Option<usize>,
    pub mark: Option<Mark>,
    /// The indices on the way here: of choices, blocks, calls.
    pub indices: &'a [u64],
    /// The name of the field.
    pub key: Option<&'a str>,
    /// The way from the root, to come back later.
    pub path: &'a [usize],
}

/// Who is told of the places of a reply, in document order, and may change what stands there.
pub trait Visitor {
    /// A string, a number, a flag, or whatever stands at a marked place.
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>);

    /// The key of an unmarked place.
    fn key(&mut self, key: &mut String);
}

pub fn visit(node: &mut Node<String>, marks: &Places<Mark>, visitor: &mut impl Visitor) {
    let indices = indices_of(node);
    let at = marks.root(kind_of(node));
    Walk { indices, path: Vec::new(), visitor }.node(node, &at, None);
}

/// The node at the end of a path that [`visit`] gave.
pub fn at_path<'n>(node: &'n mut Node<String>, path: &[usize]) -> Option<&'n mut Node<String>> {
    path.iter().try_fold(node, |node, &index| match node {
        Node::Array(items) => items.get_mut(index),
        Node::Object(members) => members.get_mut(index).map(|(_, value)| value),
        _ => None,
    })
}

struct Walk<'v, V> {
    indices: Vec<u64>,
    path: Vec<usize>,
    visitor: &'v mut V,
}

impl<V: Visitor> Walk<'_, V> {
    fn node(&mut self, node: &mut Node<String>, at: &At<'_, Mark>, key: Option<&str>) {
        let found = at.found();
        let mark = found.map(|(_, mark)| mark);
        let container = matches!(node, Node::Array(_) | Node::Object(_));
        if !container || mark.is_some() {
            let leaf = Leaf { row: found.map(|(row, _)| row), mark, indices: &self.indices, key, path: &self.path };
            self.visitor.leaf(&leaf, node);
        }
        match node {
            Node::Array(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    let before = self.indices.len();
                    let own = indices_of(item);
                    if own.is_empty() {
                        self.indices.push(position as u64)
                    } else {
                        self.indices.extend(own)
                    }
                    self.below(position, item, &at.item(kind_of(item)), key);
                    self.indices.truncate(before);
                }
            }
            Node::Object(members) => {
                for (position, (key, value)) in members.iter_mut().enumerate() {
                    let below = at.key(key, kind_of(value));
                    let unmarked = below.found().is_none();
                    self.below(position, value, &below, Some(key));
                    if unmarked {
                        self.visitor.key(key);
                    }
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, position: usize, node: &mut Node<String>, at: &At<'_, Mark>, key: Option<&str>) {
        self.path.push(position);
        self.node(node, at, key);
        self.path.pop();
    }
}

/// The fields by which the APIs number what they stream: choices, output items, blocks, parts, calls.
const INDICES: &[&str] = &["output_index", "index", "content_index", "summary_index"];

fn indices_of(node: &Node<String>) -> Vec<u64> {
    let lexeme = |name: &&str| node.field(name).and_then(|node| node.lexeme()).and_then(|lexeme| lexeme.parse().ok());
    INDICES.iter().filter_map(lexeme).collect()
}

/// What kind of object this is: its `type`, or that it is a thought, which Gemini says by a flag.
fn kind_of(node: &Node<String>) -> Option<&str> {
    let kind = node.field("type").and_then(|node| node.text());
    kind.or_else(|| node.field("thought").and_then(Node::as_bool).filter(|&thought| thought).map(|_| "thought"))
}
