//! What may leave: text that was cleared, and the request built from it.

use super::{Exchange, Operator};
use crate::entity::EntityType;
use crate::json::{Node, Printable};
use crate::text::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Text in which every identifier was found and replaced, as far as the recognizers can see. Only `deid` makes it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Clean(pub(super) String);

impl Clean {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Printable for Clean {
    fn printable(&self) -> &str {
        &self.0
    }
}

/// Cleared text is still a patient's story, so it is not shown either.
impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clean({} bytes)", self.0.len())
    }
}

/// A request that may leave, and what it takes to restore the reply. Only `Deidentifier::clear` makes one.
#[derive(Clone, Debug)]
pub struct Cleared {
    pub(super) node: Node<Clean>,
    pub(super) body: Vec<u8>,
    pub(super) content_type: String,
    pub(super) values: Vec<(String, Clean)>,
    pub(super) exchange: Arc<Exchange>,
    pub(super) report: Report,
}

impl Cleared {
    /// The exact bytes to send. The final look was taken at them.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The content type of these bytes.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The same as a tree.
    pub fn node(&self) -> &Node<Clean> {
        &self.node
    }

    /// A header or query value of the document, cleared, by the place it was given with.
    pub fn value(&self, place: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| name == place).map(|(_, value)| value.as_str())
    }

    /// What stands for what in this exchange.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// What was found and done, without any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Findings by kind, kept ones too.
    pub counts: BTreeMap<EntityType, usize>,
    pub positions: Vec<Position>,
    /// What was done inside media, by kind of action.
    pub media: BTreeMap<&'static str, u64>,
    /// Token-shaped texts of the input: never minted, never restored.
    pub reserved: usize,
}

/// One finding of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Such as `messages[2].content`; unknown keys are shown as `*`.
    pub place: String,
    /// In the bytes of the string at this place.
    pub span: Span,
    pub entity: EntityType,
    pub operator: Operator,
    /// The rule that found it.
    pub recognizer: Cow<'static, str>,
}
