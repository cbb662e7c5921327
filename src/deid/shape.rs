//! What the places of an API hold. Everything a dialect does not list is text.

use crate::json::Node;
use crate::refusal::Reason;
use crate::text::Raw;
use std::collections::HashMap;

/// What a place holds, and so how it is cleared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Class {
    /// Text for a reader or a model, with everything below it: findings are replaced. A finding in an object key
    /// refuses, since renaming a key would silently break a schema.
    Text,
    /// Text whose object keys are the client's data too (tool arguments, metadata): keys are replaced like values.
    Data,
    /// One of these words. Any other string is inspected like an identifier.
    Vocabulary(&'static [&'static str]),
    /// A reference of the API (`call_8f3…`, a model, a tool's name): goes as it is, and strong evidence of a
    /// person's identifier refuses.
    Identifier,
    /// The name of something that a provider keeps (a file, a response, a cache): an identifier that must be one which
    /// this caller's requests made, see [`Shape::objects`].
    Object,
    /// The address of something that a provider keeps, which must be this caller's, or another URL that it fetches.
    ObjectUrl,
    /// The name of a file: another one leaves in its place, and replies bring it back.
    FileName,
    /// A numeric parameter in this range: goes as it is. Outside the range: `invalid_value`.
    Number { min: f64, max: f64 },
    /// A number for the start of a random sequence. All that matters of it is that the same one gives the same: one
    /// with as many digits as somebody's number leaves as another, which only this installation can make of it.
    Seed,
    /// The provider's own opaque data: must be base64 (either alphabet) and goes back byte for byte.
    Sealed,
    /// A provider's signature of the sibling field `of`, which goes back byte for byte with it: ours is a seal that
    /// holds both. A foreign one passes only with a sibling in which nothing is found.
    Signature { of: &'static str },
    /// Base64 media.
    Media,
    /// The type of a file, `image/png`: one of those that are known, or the request is refused.
    MediaType,
    /// A URL the provider fetches: `data:` is media, other hosts must be allowed by the policy.
    Url,
    /// Numbers that are text no one can read: refused.
    TokenIds,
    /// A field that may not be sent; null passes.
    Refuse(Reason),
}

impl Class {
    /// Whether what stands below such a place is of the same class.
    fn covers_below(self) -> bool {
        matches!(self, Self::Text | Self::Data | Self::TokenIds)
    }
}

/// The table of one endpoint: paths and what stands there.
///
/// A path is written as `messages[].content[].text`: names joined by points, `[]` for every item of an array, `*` for
/// every key, `**` for everything below, `source<base64>` for an object whose `type` is that. The most exact row
/// wins: a name before `*` before `**`. `Text` and `Data` rows hold for everything below them. Names that stand in
/// some row may be shown in refusals; others are not.
#[derive(Debug, Default)]
pub struct Shape {
    root: Branch,
}

#[derive(Debug, Default)]
struct Branch {
    class: Option<Class>,
    below: Option<Class>,
    names: HashMap<&'static str, Branch>,
    any_name: Option<Box<Branch>>,
    item: Option<Box<Branch>>,
    /// Rows for objects of one `type`.
    kinds: HashMap<&'static str, Branch>,
}

impl Shape {
    pub fn new(rows: impl IntoIterator<Item = (&'static str, Class)>) -> Self {
        let mut shape = Self::default();
        for (path, class) in rows {
            shape.root.insert(path, class);
        }
        shape
    }

    /// The same table with the rows of another one below a place: what a batch holds is shaped like what it batches.
    pub fn with(mut self, place: &'static str, rows: impl IntoIterator<Item = (&'static str, Class)>) -> Self {
        let below = self.root.at(place);
        for (path, class) in rows {
            below.insert(path, class);
        }
        self
    }

    /// Every object of the provider that a document names.
    pub fn objects(&self, body: &Node<Raw>) -> Vec<String> {
        let mut found = Vec::new();
        self.root().objects(body, &mut found);
        found
    }

    /// The place of the whole body.
    pub fn root(&self) -> Spot<'_> {
        let mut spot = Spot { branches: vec![&self.root], class: Class::Text, inherited: Class::Text };
        spot.settle();
        spot
    }
}

impl Branch {
    fn insert(&mut self, path: &'static str, class: Class) {
        match path.strip_suffix("**").map(|path| path.strip_suffix('.').unwrap_or(path)) {
            Some(path) => self.at(path).below = Some(class),
            None => self.at(path).class = Some(class),
        }
    }

    /// The branch of a path, made where it is new.
    fn at(&mut self, path: &'static str) -> &mut Self {
        let mut branch = self;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            // The names of a form's fields may have brackets: `expires_after[seconds]`.
            let end = [step.find("[]"), step.find('<')].into_iter().flatten().min();
            let (name, mut rest) = step.split_at(end.unwrap_or(step.len()));
            match name {
                "*" => branch = branch.any_name.get_or_insert_default(),
                "" => {}
                _ => branch = branch.names.entry(name).or_default(),
            }
            while !rest.is_empty() {
                if let Some(after) = rest.strip_prefix("[]") {
                    branch = branch.item.get_or_insert_default();
                    rest = after;
                } else {
                    let (kind, after) = rest[1..].split_once('>').expect("`<` is closed by `>`");
                    branch = branch.kinds.entry(kind).or_default();
                    rest = after;
                }
            }
        }
        branch
    }
}

/// A place while walking a document along its shape.
#[derive(Clone, Debug)]
pub struct Spot<'s> {
    /// The rows that lead here, most exact first.
    branches: Vec<&'s Branch>,
    class: Class,
    /// The class of whatever below has no row of its own.
    inherited: Class,
}

impl<'s> Spot<'s> {
    /// A place below which everything is of one class, such as the inside of JSON in a string.
    pub fn within(class: Class) -> Self {
        Self { branches: Vec::new(), class, inherited: class }
    }

    pub fn class(&self) -> Class {
        self.class
    }

    /// Whether the keys of an object here are the client's data.
    pub fn keys_are_data(&self) -> bool {
        self.inherited == Class::Data
    }

    /// Whether the keys of an object here are numbers of the API, such as those of tokens in `logit_bias.*`.
    pub fn keys_are_tokens(&self) -> bool {
        let mut any = self.branches.iter().filter_map(|branch| branch.any_name.as_deref());
        any.any(|branch| matches!(branch.class, Some(Class::Number { .. })))
    }

    /// Whether some row names this key, so that it belongs to the API and not to a client.
    pub fn knows(&self, key: &str) -> bool {
        self.branches.iter().any(|branch| branch.names.contains_key(key))
    }

    pub fn key(&self, key: &str) -> Self {
        let named = self.branches.iter().filter_map(|branch| branch.names.get(key));
        let any = self.branches.iter().filter_map(|branch| branch.any_name.as_deref());
        self.below(named.chain(any).collect())
    }

    pub fn item(&self) -> Self {
        self.below(self.branches.iter().filter_map(|branch| branch.item.as_deref()).collect())
    }

    /// The same place, knowing the `type` of the object that stands there: rows for that kind are more exact.
    pub fn of_kind(&self, kind: Option<&str>) -> Self {
        let mut spot = self.clone();
        if let Some(kind) = kind {
            let rows = self.branches.iter().filter_map(|branch| branch.kinds.get(kind));
            spot.branches = rows.chain(self.branches.iter().copied()).collect();
        }
        spot
    }

    fn objects(&self, node: &Node<Raw>, found: &mut Vec<String>) {
        match node {
            Node::String(text) if self.class == Class::Object => found.push(text.expose().to_owned()),
            Node::String(text) if self.class == Class::ObjectUrl && is_object(text.expose()) => {
                found.push(text.expose().to_owned());
            }
            // Below a place that no row leads to, no row names an object.
            _ if self.branches.is_empty() => {}
            Node::Array(items) => items.iter().for_each(|item| self.item().objects(item, found)),
            Node::Object(members) => {
                let here = self.of_kind(node.field(KIND).and_then(|kind| kind.text()));
                members.iter().for_each(|(key, value)| here.key(key.expose()).objects(value, found));
            }
            _ => {}
        }
    }

    fn below(&self, branches: Vec<&'s Branch>) -> Self {
        let mut spot = Self { branches, class: self.inherited, inherited: self.inherited };
        spot.settle();
        spot
    }

    /// Takes the class from the rows that lead here.
    fn settle(&mut self) {
        if let Some(class) = self.branches.iter().find_map(|branch| branch.class) {
            self.class = class;
            if class.covers_below() {
                self.inherited = class;
            }
        }
        if let Some(class) = self.branches.iter().find_map(|branch| branch.below) {
            self.inherited = class;
        }
    }
}

/// Whether a URL is the address of a file at its provider: `https://host/v1beta/files/abc`. Whoever uploaded it knows
/// it by this name, so that it is looked up like one.
pub(super) fn is_object(url: &str) -> bool {
    let name = url.strip_prefix("https://").and_then(|rest| rest.rsplit_once("/files/")).map_or("", |(_, name)| name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The key under which an object says what kind it is.
pub(super) const KIND: &str = "type";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn class(shape: &Shape, path: &[&str]) -> Class {
        path.iter().fold(shape.root(), |spot, step| if *step == "[]" { spot.item() } else { spot.key(step) }).class()
    }

    #[test]
    fn the_most_exact_row_wins_and_text_is_the_default() {
        let shape = Shape::new([
            ("model", Class::Identifier),
            ("messages[].role", Class::Vocabulary(&["user"])),
            ("messages[].content[].input", Class::Data),
            ("messages[].content[].input.kind", Class::Identifier),
            ("metadata.*", Class::Data),
            ("vendor.**", Class::Data),
            ("vendor.id", Class::Identifier),
            ("grid[][]", Class::TokenIds),
        ]);
        assert_eq!(class(&shape, &["model"]), Class::Identifier);
        assert_eq!(class(&shape, &["models"]), Class::Text);
        assert_eq!(class(&shape, &["messages", "[]", "role"]), Class::Vocabulary(&["user"]));
        assert_eq!(class(&shape, &["messages", "role"]), Class::Text);
        assert_eq!(class(&shape, &["messages", "[]", "content", "[]", "input", "a", "[]", "b"]), Class::Data);
        assert_eq!(class(&shape, &["messages", "[]", "content", "[]", "input", "kind"]), Class::Identifier);
        assert_eq!(class(&shape, &["metadata", "x"]), Class::Data);
        assert_eq!(class(&shape, &["vendor", "x", "y"]), Class::Data);
        assert_eq!(class(&shape, &["vendor", "id"]), Class::Identifier);
        assert_eq!(class(&shape, &["grid", "[]", "[]"]), Class::TokenIds);
    }

    #[test]
    fn a_row_for_a_kind_holds_for_that_kind_only() {
        let shape =
            Shape::new([("content[].source<base64>.data", Class::Media), ("content[]<text>.id", Class::Identifier)]);
        let source =
            |kind| shape.root().key("content").item().of_kind(None).key("source").of_kind(kind).key("data").class();
        assert_eq!(source(Some("base64")), Class::Media);
        assert_eq!(source(Some("text")), Class::Text);
        assert_eq!(source(None), Class::Text);
        assert_eq!(shape.root().key("content").item().of_kind(Some("text")).key("id").class(), Class::Identifier);
    }

    #[test]
    fn objects_are_found_by_their_rows_and_nowhere_else() {
        let shape =
            Shape::new([("id", Class::Object), ("parts[]<file>.file.id", Class::Object), ("note.**", Class::Data)])
                .with("lines[].body", [("previous", Class::Object)]);
        let body = r#"{"id":"a","note":{"id":"b"},"parts":[{"type":"file","file":{"id":"c"}},{"type":"x","file":{"id":"d"}}],
            "lines":[{"body":{"previous":"e"}},{"body":{"previous":null}},{"previous":"f"}]}"#;
        let body = parse(body.as_bytes(), &Limits::default()).expect("JSON");
        assert_eq!(shape.objects(&body), ["a", "c", "e"]);
    }
}
