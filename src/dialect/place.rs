//! Patterns for places in a JSON document, and what stands there: the tables of a dialect are written in them.
//!
//! `messages[].content[]<image>.source.data` reads: key, every item, an item whose `type` is `image`, keys. `*` is any
//! one key or item, `**` any number of them. Where several patterns match a place, the first in the table wins, so a
//! table reads from the particular to the general.

use std::collections::HashMap;

/// A table of patterns, compiled.
#[derive(Debug)]
pub struct Places<C> {
    nodes: Vec<Node>,
    rows: Vec<C>,
}

#[derive(Debug, Default)]
struct Node {
    keys: HashMap<&'static str, usize>,
    /// Guards on the `type` of the object that stands here; taken without leaving the place.
    types: HashMap<&'static str, usize>,
    items: Option<usize>,
    any: Option<usize>,
    /// The node of a `**` that begins here; it loops on itself.
    deep: Option<usize>,
    loops: bool,
    row: Option<usize>,
}

/// A place in a document, as the set of patterns that still fit.
#[derive(Clone, Debug)]
pub struct At<'a, C> {
    places: &'a Places<C>,
    nodes: Vec<usize>,
}

impl<C: Copy> Places<C> {
    /// Compiles a table. A malformed pattern is a mistake in the source and panics; every table is compiled in a test.
    pub fn new<'t>(tables: impl IntoIterator<Item = &'t (&'static str, C)>) -> Self
    where
        C: 't,
    {
        let mut places = Self { nodes: vec![Node::default()], rows: Vec::new() };
        places.add("", tables);
        places
    }

    /// Adds the rows of a table below a place.
    pub fn add<'t>(&mut self, place: &'static str, tables: impl IntoIterator<Item = &'t (&'static str, C)>)
    where
        C: 't,
    {
        let start = steps(place).fold(0, |node, step| self.extend(node, step));
        for &(pattern, class) in tables {
            let end = steps(pattern).fold(start, |node, step| self.extend(node, step));
            let row = self.rows.len();
            self.nodes[end].row.get_or_insert(row);
            self.rows.push(class);
        }
    }

    /// The root of a document; `kind` is its `type`, where it has one.
    pub fn root(&self, kind: Option<&str>) -> At<'_, C> {
        At { places: self, nodes: self.enter(vec![0], kind) }
    }

    /// What a row of the table says, by its number.
    pub fn row(&self, row: usize) -> Option<C> {
        self.rows.get(row).copied()
    }

    fn extend(&mut self, node: usize, step: Step) -> usize {
        let next = self.nodes.len();
        let slot = match step {
            Step::Key(key) => self.nodes[node].keys.entry(key).or_insert(next),
            Step::Type(kind) => self.nodes[node].types.entry(kind).or_insert(next),
            Step::Items => self.nodes[node].items.get_or_insert(next),
            Step::Any => self.nodes[node].any.get_or_insert(next),
            Step::Deep => self.nodes[node].deep.get_or_insert(next),
        };
        let target = *slot;
        if target == next {
            self.nodes.push(Node { loops: matches!(step, Step::Deep), ..Node::default() });
        }
        target
    }

    /// Follows what needs no step: `**` as nothing, and the guards on the type of what stands here.
    fn enter(&self, mut nodes: Vec<usize>, kind: Option<&str>) -> Vec<usize> {
        let mut index = 0;
        while let Some(&node) = nodes.get(index) {
            let node = &self.nodes[node];
            let guarded = kind.and_then(|kind| node.types.get(kind)).copied();
            nodes.extend([node.deep, guarded].into_iter().flatten());
            index += 1;
        }
        nodes
    }
}

impl<C: Copy> At<'_, C> {
    /// The value of a key; `kind` is that value's own `type`, where it is an object with one.
    pub fn key(&self, key: &str, kind: Option<&str>) -> Self {
        self.step(kind, |node| node.keys.get(key).copied())
    }

    /// An item of the array that stands here.
    pub fn item(&self, kind: Option<&str>) -> Self {
        self.step(kind, |node| node.items)
    }

    /// What the table says of this place, and the number of the row that says it.
    pub fn found(&self) -> Option<(usize, C)> {
        let row = self.nodes.iter().filter_map(|&node| self.places.nodes[node].row).min()?;
        Some((row, self.places.rows[row]))
    }

    fn step(&self, kind: Option<&str>, named: impl Fn(&Node) -> Option<usize>) -> Self {
        let mut nodes = Vec::new();
        for &index in &self.nodes {
            let node = &self.places.nodes[index];
            nodes.extend([named(node), node.any, node.loops.then_some(index)].into_iter().flatten());
        }
        Self { places: self.places, nodes: self.places.enter(nodes, kind) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Key(&'static str),
    Type(&'static str),
    Items,
    Any,
    Deep,
}

fn steps(pattern: &'static str) -> impl Iterator<Item = Step> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let (step, after) = match rest.as_bytes().first()? {
            b'[' => (Step::Items, rest.strip_prefix("[]").expect("`[` is followed by `]`")),
            b'<' => {
                let (kind, after) = rest[1..].split_once('>').expect("`<` is closed by `>`");
                (Step::Type(kind), after)
            }
            _ => {
                let (key, after) = rest.split_at(rest.find(['.', '[', '<']).unwrap_or(rest.len()));
                let step = match key {
                    "*" => Step::Any,
                    "**" => Step::Deep,
                    key => Step::Key(key),
                };
                (step, after)
            }
        };
        rest = after;
        Some(step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[(&str, u8)] = &[
        ("messages[].role", 1),
        ("messages[].content[]<image>.source<base64>.data", 2),
        ("messages[].content[].**.id", 3),
        ("metadata.*", 4),
        ("**.type", 5),
    ];

    #[track_caller]
    fn check(path: &[&str], expected: Option<u8>) {
        let places = Places::new(TABLE);
        let mut at = places.root(None);
        for step in path {
            let (name, kind) = step.split_once(':').map_or((*step, None), |(name, kind)| (name, Some(kind)));
            at = if name == "[]" { at.item(kind) } else { at.key(name, kind) };
        }
        assert_eq!(at.found().map(|(_, class)| class), expected, "{path:?}");
    }

    #[test]
    fn a_place_is_found_by_keys_items_and_types() {
        check(&["messages", "[]", "role"], Some(1));
        check(&["messages", "role"], None);
        check(&["messages", "[]", "content", "[]:image", "source:base64", "data"], Some(2));
        check(&["messages", "[]", "content", "[]:image", "source:url", "data"], None);
        check(&["messages", "[]", "content", "[]:text", "source:base64", "data"], None);
    }

    #[test]
    fn wildcards_match_one_step_or_any_number() {
        check(&["metadata", "a"], Some(4));
        check(&["metadata", "a", "b"], None);
        check(&["messages", "[]", "content", "[]", "id"], Some(3));
        check(&["messages", "[]", "content", "[]", "a", "[]", "b", "id"], Some(3));
        check(&["type"], Some(5));
        check(&["a", "[]", "type"], Some(5));
    }

    #[test]
    fn the_first_row_wins() {
        let places = Places::new(&[("a.*", 1), ("a.b", 2)]);
        assert_eq!(places.root(None).key("a", None).key("b", None).found(), Some((0, 1)));
    }

    #[test]
    fn a_table_holds_below_a_place_too() {
        let mut places = Places::new(&[("id", 1)]);
        places.add("lines[]<done>.body", &[("id", 2), ("<x>.y", 3)]);
        let body = |kind, own| places.root(None).key("lines", None).item(kind).key("body", own);
        assert_eq!(body(Some("done"), None).key("id", None).found(), Some((1, 2)));
        assert_eq!(body(None, None).key("id", None).found(), None);
        assert_eq!(body(Some("done"), Some("x")).key("y", None).found(), Some((2, 3)));
    }
}
