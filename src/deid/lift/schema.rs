//! What is the same in every schema, whoever sends it: words, dialects, and the largest numbers of a type.

use super::{LeafId, Lift, Place};
use crate::json::Node;
use crate::refusal::Refusal;
use crate::text::Raw;
use std::collections::HashSet;

/// Whether a key is a word of JSON Schema (2020-12 and the older drafts) or of OpenAPI's dialect of it.
pub(super) fn is_word(key: &str) -> bool {
    SCHEMA.contains(&key)
}

const SCHEMA: &[&str] = &[
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "$anchor",
    "$comment",
    "$dynamicRef",
    "$dynamicAnchor",
    "definitions",
    "type",
    "format",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "enum",
    "const",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "properties",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "propertyOrdering",
    "required",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "discriminator",
    "strict",
];

/// Whether a value says by which edition a schema is written.
pub(super) fn is_dialect(value: &str) -> bool {
    let plain = value.trim_end_matches('#');
    let edition =
        plain.strip_prefix("https://json-schema.org/").or_else(|| plain.strip_prefix("http://json-schema.org/"));
    edition.is_some_and(|edition| DIALECTS.contains(&edition))
}

const DIALECTS: &[&str] = &[
    "schema",
    "draft-04/schema",
    "draft-06/schema",
    "draft-07/schema",
    "draft/2019-09/schema",
    "draft/2020-12/schema",
];

/// Whether a number is a power of two from 2^16 on, or one less: the bound of a type or the size of a buffer, which is
/// the same for everybody. There are less than a hundred of them.
pub(super) fn is_bound(lexeme: &str) -> bool {
    let number = lexeme.trim_start_matches('-').parse::<u128>();
    number.is_ok_and(|number| {
        (65_535..=1 << 64).contains(&number) && (number.is_power_of_two() || (number + 1).is_power_of_two())
    })
}

/// Keys of a schema under which the names of its properties are listed.
pub(super) const NAMED: &[&str] = &["required", "propertyOrdering"];

impl Lift<'_> {
    /// Names of properties in a list: each stands as a key beside it, and is handled like that key.
    pub(super) fn names(
        &mut self,
        node: Node<Raw>,
        properties: &HashSet<String>,
        place: &Place<'_>,
    ) -> Result<Node<LeafId>, Refusal> {
        let named = |item: &Node<Raw>| item.text().is_some_and(|name| properties.contains(name));
        match node {
            Node::Array(items) if items.iter().all(named) => {
                let name = |item| match item {
                    Node::String(name) => self.key(name, place, false).map(Node::String),
                    other => self.node(other, place),
                };
                Ok(Node::Array(items.into_iter().map(name).collect::<Result<_, _>>()?))
            }
            node => self.node(node, place),
        }
    }
}

/// The properties that a schema describes.
pub(super) fn properties(members: &[(Raw, Node<Raw>)]) -> HashSet<String> {
    let described =
        members.iter().find(|(key, _)| key.expose() == "properties").and_then(|(_, value)| value.as_object());
    described.unwrap_or_default().iter().map(|(name, _)| name.expose().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_powers_of_two() {
        for bound in
            ["65535", "65536", "524288", "2147483647", "-2147483648", "9007199254740991", "18446744073709551615"]
        {
            assert!(is_bound(bound), "{bound}");
        }
        for number in ["48392017", "5550142", "65534", "1024", "036893488147419103232", "65536.5", "1e16"] {
            assert!(!is_bound(number), "{number}");
        }
    }
}
