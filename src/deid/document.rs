//! A request before it is cleared: its body, what its places hold, and the strings beside the body.

use super::{Class, Exchange, Shape, Wire};
use crate::json::Node;
use crate::text::Raw;
use std::sync::Arc;

/// Within a scope, one original has one keyed pseudonym, and memories and seals are shared. Never across scopes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    tenant: Arc<str>,
}

impl Scope {
    pub fn tenant(tenant: impl Into<Arc<str>>) -> Self {
        Self { tenant: tenant.into() }
    }

    pub fn name(&self) -> &str {
        &self.tenant
    }
}

/// How pseudonyms are numbered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `[NAME_1]`, in order of first appearance in the document.
    #[default]
    Ordinal,
    /// `[NAME_482719]`, from a keyed digest of the value, so that an index and a query agree (embeddings).
    Keyed,
}

/// What is to be cleared in one go: everything of a request that would leave.
#[derive(Debug)]
pub struct Document {
    pub(super) scope: Scope,
    pub(super) body: Node<Raw>,
    pub(super) shape: Arc<Shape>,
    pub(super) values: Vec<Value>,
    pub(super) style: Style,
    pub(super) prior: Option<Arc<Exchange>>,
    pub(super) wire: Wire,
}

/// A string beside the body: a header, a query value, a path segment.
#[derive(Debug)]
pub(super) struct Value {
    pub place: String,
    pub class: Class,
    pub text: Raw,
}

impl Document {
    pub fn new(scope: Scope, body: Node<Raw>, shape: Arc<Shape>) -> Self {
        Self { scope, body, shape, values: Vec::new(), style: Style::default(), prior: None, wire: Wire::default() }
    }

    /// Adds a string beside the body. `Cleared::value` gives it back by its place.
    pub fn with_value(mut self, place: impl Into<String>, class: Class, text: Raw) -> Self {
        self.values.push(Value { place: place.into(), class, text });
        self
    }

    pub fn with_style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    pub fn with_wire(mut self, wire: Wire) -> Self {
        self.wire = wire;
        self
    }

    /// The same document with another body, such as one in which files have become text.
    pub fn map<E>(self, change: impl FnOnce(Node<Raw>) -> Result<Node<Raw>, E>) -> Result<Self, E> {
        Ok(Self { body: change(self.body)?, ..self })
    }

    /// Goes on from an earlier exchange whose text the provider holds: its pseudonyms keep their meaning.
    pub fn continuing(mut self, prior: Arc<Exchange>) -> Self {
        self.prior = Some(prior);
        self
    }

    pub fn body(&self) -> &Node<Raw> {
        &self.body
    }
}
