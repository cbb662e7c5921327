//! Lifts every string, key and number out of a document, and says what is to be done with each.

mod opaque;
mod runs;
mod schema;

use super::document::Value;
use super::inserts::Inserts;
use super::media::{self, Media};
use super::seal::Seals;
use super::shape::{Class, KIND, Spot, is_object};
use crate::entity::EntityType;
use crate::json::{Limits, Node, parse};
use crate::profile::Policy;
use crate::recognize::structure;
use crate::refusal::{Reason, Refusal};
use crate::text::{Raw, Span};
use std::sync::Arc;

/// The number of a leaf, in the order of the document.
pub(super) type LeafId = usize;

/// One string, key or number of a document.
#[derive(Debug)]
pub(super) struct Leaf {
    pub text: String,
    /// Such as `messages[2].content`; unknown keys are `*`.
    pub place: String,
    /// The key it stood under.
    pub label: Option<Arc<str>>,
    pub group: Option<u32>,
    pub handling: Handling,
}

/// How a leaf is cleared.
#[derive(Debug)]
pub(super) enum Handling {
    /// Goes as it is: validated, sealed, or a name of the API.
    Fixed,
    /// Findings are replaced.
    Text,
    /// A key of the client's data: replaced, but only by what can be told apart and restored.
    DataKey,
    /// A key: a finding refuses.
    Key,
    /// A number that is not a parameter: replaced by a number.
    Number,
    /// A seed: replaced by another one where it has the length of a record number.
    Seed,
    /// Strong evidence refuses.
    Identifier,
    /// Where the API has an identifier, but with blanks or other signs that no identifier has: any evidence refuses.
    Words,
    /// Any finding refuses: text that must go as it is.
    Frozen,
    /// The name of a file: replaced by one that says nothing.
    FileName,
    /// The string is JSON itself. Its parts are leaves of their own.
    Json(Node<LeafId>),
    /// The text was base64 after this prefix, and is again when it leaves.
    Base64 { prefix: String },
    /// Base64 in the middle of another leaf's text. Findings in it are findings of the whole run.
    Run { of: LeafId, span: Span },
    /// Media that its own rules clear, once it is known what stands for whom. It is base64 after this prefix.
    Media { prefix: String, bytes: Vec<u8> },
    /// A name or number in such media. It leaves only as its surrogate, inside the media.
    Identity(EntityType),
}

/// The leaves of a document so far.
pub(super) struct Lift<'a> {
    pub leaves: Vec<Leaf>,
    pub limits: Limits,
    pub policy: &'a Policy,
    pub seals: &'a Seals,
    pub media: Option<&'a dyn Media>,
    /// Files in the middle of a text: the leaves of each text that stand where it has `INSERTED`, in order.
    pub inserts: Inserts,
    groups: u32,
}

/// Where a value stands.
struct Place<'s> {
    spot: Spot<'s>,
    name: String,
    label: Option<Arc<str>>,
    group: Option<u32>,
    /// Levels of JSON in a string.
    nested: usize,
    /// Set when a signature covers the value: it goes as it is, or the request does not.
    frozen: bool,
}

impl<'a> Lift<'a> {
    pub fn new(policy: &'a Policy, seals: &'a Seals, media: Option<&'a dyn Media>) -> Self {
        let inserts = Inserts::new();
        Self { leaves: Vec::new(), limits: Limits::default(), policy, seals, media, inserts, groups: 0 }
    }

    pub fn body(&mut self, body: Node<Raw>, spot: Spot<'_>) -> Result<Node<LeafId>, Refusal> {
        self.node(body, &Place { spot, name: String::new(), label: None, group: None, nested: 0, frozen: false })
    }

    /// A string beside the body.
    pub fn value(&mut self, value: Value) -> Result<LeafId, Refusal> {
        let label = value.place.rsplit('.').next().filter(|last| !PROSE_KEYS.contains(last)).map(Arc::from);
        let spot = Spot::within(value.class);
        self.string(value.text, &Place { spot, name: value.place, label, group: None, nested: 0, frozen: false })
    }

    fn node(&mut self, node: Node<Raw>, place: &Place<'_>) -> Result<Node<LeafId>, Refusal> {
        if let Class::Refuse(reason) = place.spot.class() {
            return match &node {
                Node::Null | Node::Bool(false) => Ok(unlifted(node)),
                Node::Array(items) if items.is_empty() => Ok(Node::Array(Vec::new())),
                Node::Object(members) if members.is_empty() => Ok(Node::Object(Vec::new())),
                _ => Err(Refusal::new(reason).at(&place.name)),
            };
        }
        match node {
            Node::Null | Node::Bool(_) => Ok(unlifted(node)),
            Node::Number(lexeme) => self.number(lexeme, place),
            Node::String(text) => self.string(text, place).map(Node::String),
            Node::Array(items) => self.array(items, place),
            Node::Object(members) => self.object(members, place),
        }
    }

    fn array(&mut self, items: Vec<Node<Raw>>, place: &Place<'_>) -> Result<Node<LeafId>, Refusal> {
        // Parts of one text are read joined too, or a name split over two of them would be seen by nobody.
        if let Some(spelled) = runs::spelled(&items) {
            self.push(spelled, place.name.clone(), place.label.clone(), Handling::Frozen);
        }
        let texts = items.iter().filter(|item| matches!(item, Node::String(_)) || item.field(PART).is_some()).count();
        let group = (2..=MOST_PARTS).contains(&texts).then(|| self.next_group());
        let spot = place.spot.item();
        let lifted = items.into_iter().enumerate().map(|(at, item)| {
            let place = Place {
                spot: spot.clone(),
                name: format!("{}[{at}]", place.name),
                label: place.label.clone(),
                group,
                nested: place.nested,
                frozen: place.frozen,
            };
            self.node(item, &place)
        });
        lifted.collect::<Result<_, _>>().map(Node::Array)
    }

    fn object(&mut self, members: Vec<(Raw, Node<Raw>)>, place: &Place<'_>) -> Result<Node<LeafId>, Refusal> {
        let kind = members.iter().find(|(key, _)| key.expose() == KIND).and_then(|(_, value)| value.text());
        let here = place.spot.of_kind(kind);
        let signed = self.signed(&members, &here, &place.name)?;
        let naming = naming_member(&members);
        let properties = schema::properties(&members);
        let mut lifted = Vec::with_capacity(members.len());
        for (key, value) in members {
            let spot = here.key(key.expose());
            let known = here.knows(key.expose());
            let shown = if known { key.expose() } else { "*" };
            let name = if place.name.is_empty() { shown.to_owned() } else { format!("{}.{shown}", place.name) };
            let label: Option<Arc<str>> = match &naming {
                Some(naming) if VALUE_KEYS.contains(&key.expose()) => Some(Arc::clone(naming)),
                _ if PROSE_KEYS.contains(&key.expose()) => None,
                _ => Some(key.expose().into()),
            };
            let group = place.group.filter(|_| key.expose() == PART);
            let (value, frozen) = match &signed {
                Some(signed) if key.expose() == signed.field => match &signed.original {
                    Some(original) => {
                        let text = self.push(original.clone(), name, None, Handling::Fixed);
                        let key = self.key(key, place, known)?;
                        lifted.push((key, Node::String(text)));
                        continue;
                    }
                    None => (value, true),
                },
                Some(signed) if key.expose() == signed.by => (Node::String(Raw::new(signed.signature.clone())), false),
                _ => (value, place.frozen),
            };
            let key = self.key(key, place, known)?;
            let below = Place { spot, name, label, group, nested: place.nested, frozen };
            let names = schema::NAMED.contains(&self.leaves[key].text.as_str()) && !below.spot.keys_are_data();
            lifted.push((key, if names { self.names(value, &properties, &below)? } else { self.node(value, &below)? }));
        }
        Ok(Node::Object(lifted))
    }

    fn key(&mut self, key: Raw, place: &Place<'_>, known: bool) -> Result<LeafId, Refusal> {
        let handling = match (known, place.spot.keys_are_data()) {
            (true, _) => Handling::Fixed,
            // A word that is the same in every schema tells nothing of anyone, whoever else is called so.
            _ if schema::is_word(key.expose()) => Handling::Fixed,
            (_, true) => Handling::DataKey,
            _ if place.spot.keys_are_tokens() => match runs::is_token(key.expose()) {
                true => Handling::Identifier,
                false => return Err(Refusal::new(Reason::ForbiddenEntity(EntityType::OtherId)).at(&place.name)),
            },
            _ => Handling::Key,
        };
        let name = if place.name.is_empty() { "*".to_owned() } else { format!("{}.*", place.name) };
        let id = self.push(key.into_exposed(), name, place.label.clone(), handling);
        if !known {
            self.read_runs(id)?;
        }
        Ok(id)
    }

    fn number(&mut self, lexeme: Raw, place: &Place<'_>) -> Result<Node<LeafId>, Refusal> {
        let handling = match place.spot.class() {
            Class::TokenIds => return Err(Refusal::new(Reason::TokenIds).at(&place.name)),
            Class::Number { min, max } => match lexeme.expose().parse::<f64>() {
                Ok(value) if (min..=max).contains(&value) => Handling::Fixed,
                _ => return Err(Refusal::new(Reason::InvalidValue).at(&place.name)),
            },
            Class::Seed => Handling::Seed,
            _ if schema::is_bound(lexeme.expose()) => Handling::Fixed,
            _ if lexeme.expose().len() > LONGEST_NUMBER => {
                return Err(Refusal::new(Reason::InvalidValue)
                    .at(&place.name)
                    .because("no parser keeps such a number"));
            }
            _ if place.frozen => Handling::Frozen,
            _ => Handling::Number,
        };
        Ok(Node::Number(self.push(lexeme.into_exposed(), place.name.clone(), place.label.clone(), handling)))
    }

    fn string(&mut self, text: Raw, place: &Place<'_>) -> Result<LeafId, Refusal> {
        let text = text.into_exposed();
        let simple =
            |lift: &mut Self, text, handling| Ok(lift.push(text, place.name.clone(), place.label.clone(), handling));
        if place.frozen {
            let id = simple(self, text, Handling::Frozen)?;
            return self.read_runs(id).map(|()| id);
        }
        match place.spot.class() {
            Class::Vocabulary(words) if words.contains(&text.as_str()) => simple(self, text, Handling::Fixed),
            // A new word of the API may have a date in it (`web_search_20250305`), but no other number.
            Class::Vocabulary(_) if !runs::is_word(&text) => Err(Refusal::new(Reason::InvalidValue).at(&place.name)),
            // What the API calls the field is no evidence: every id of every call would be somebody's.
            // No identifier is a document; where a client sends one, it is text.
            Class::Identifier if text.trim_start().starts_with(['{', '[']) => self.text(text, place),
            Class::Vocabulary(_) | Class::Identifier | Class::Object => self.identifier(text, place),
            Class::MediaType if media::essence(&text).is_some() => simple(self, text, Handling::Fixed),
            Class::MediaType => Err(Refusal::new(Reason::InvalidValue).at(&place.name)),
            Class::FileName => simple(self, text, Handling::FileName),
            Class::Sealed | Class::Signature { .. } => self.sealed(text, place),
            // The Chat API takes a data URL where others take base64.
            Class::Media if text.starts_with("data:") => self.url(text, place),
            Class::Media => self.media(text, String::new(), place),
            // It was found among what the caller's own requests made.
            Class::ObjectUrl if is_object(&text) => self.identifier(text, place),
            Class::Url | Class::ObjectUrl => self.url(text, place),
            _ if schema::is_dialect(&text) => simple(self, text, Handling::Fixed),
            Class::Text | Class::Data | Class::TokenIds | Class::Number { .. } | Class::Seed => self.text(text, place),
            Class::Refuse(reason) => Err(Refusal::new(reason).at(&place.name)),
        }
    }

    fn text(&mut self, text: String, place: &Place<'_>) -> Result<LeafId, Refusal> {
        let trimmed = text.trim_start();
        if place.nested < NESTED
            && trimmed.starts_with(['{', '['])
            // The type of a FHIR element is told by what stands around it, so its document is not taken apart.
            && !structure::reads_json(&text)
            && let Ok(node @ (Node::Array(_) | Node::Object(_))) = parse(text.as_bytes(), &self.limits)
        {
            let id = self.push(text, place.name.clone(), place.label.clone(), Handling::Fixed);
            let below = Place {
                spot: Spot::within(Class::Data),
                name: place.name.clone(),
                label: place.label.clone(),
                group: None,
                nested: place.nested + 1,
                frozen: false,
            };
            let node = self.node(node, &below)?;
            self.leaves[id].handling = Handling::Json(node);
            return Ok(id);
        }
        let (text, files) = self.take_files(text, &place.name)?;
        if !files.is_empty() {
            self.inserts.insert(self.leaves.len(), files);
        }
        let id = self.push(text, place.name.clone(), place.label.clone(), Handling::Text);
        self.leaves[id].group = place.group;
        self.read_runs(id)?;
        Ok(id)
    }

    /// The signature among some members, opened if it is our seal.
    fn signed(&self, members: &[(Raw, Node<Raw>)], here: &Spot<'_>, name: &str) -> Result<Option<Signed>, Refusal> {
        for (key, value) in members {
            let Class::Signature { of } = here.key(key.expose()).class() else { continue };
            let Some(signature) = value.text().filter(|signature| !signature.is_empty()) else { continue };
            let by = key.expose().to_owned();
            return match self.seals.open(signature) {
                Ok(Some((signature, original))) => {
                    Ok(Some(Signed { by, field: of, signature, original: Some(original) }))
                }
                Ok(None) => Ok(Some(Signed { by, field: of, signature: signature.to_owned(), original: None })),
                Err(refusal) => Err(refusal.at(name)),
            };
        }
        Ok(None)
    }

    pub(super) fn push(&mut self, text: String, place: String, label: Option<Arc<str>>, handling: Handling) -> LeafId {
        self.leaves.push(Leaf { text, place, label, group: None, handling });
        self.leaves.len() - 1
    }

    fn next_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }
}

struct Signed {
    /// The key of the signature.
    by: String,
    /// The key of what it signs.
    field: &'static str,
    signature: String,
    /// What the provider signed, from our seal.
    original: Option<String>,
}

fn unlifted(node: Node<Raw>) -> Node<LeafId> {
    match node {
        Node::Bool(value) => Node::Bool(value),
        _ => Node::Null,
    }
}

/// In `{"name": "mrn", "value": "483920"}` the name is the value's label.
fn naming_member(members: &[(Raw, Node<Raw>)]) -> Option<Arc<str>> {
    let named = |name: &&str| members.iter().find(|(key, _)| key.expose() == *name).and_then(|(_, value)| value.text());
    NAME_KEYS.iter().find_map(named).filter(|name| name.len() <= 64).map(Arc::from)
}

const NAME_KEYS: &[&str] = &["name", "key", "field", "label", "code", "display", "attribute", "parameter"];
const VALUE_KEYS: &[&str] = &["value", "values", "valueString", "content", "data", "answer", "text"];

/// Keys that say no more than that somebody wrote something: `text` is also a label of telephone numbers.
const PROSE_KEYS: &[&str] = &["text", "content", "input", "output", "prompt", "system", "instructions", "description"];

/// The key under which a content part has its text.
const PART: &str = "text";

/// More strings than this are a list, not one text that a client split.
const MOST_PARTS: usize = 64;

/// More characters than this are no number that any parser keeps.
const LONGEST_NUMBER: usize = 40;

/// Levels of JSON in a string in JSON in a string; what is deeper is read as text.
const NESTED: usize = 4;
