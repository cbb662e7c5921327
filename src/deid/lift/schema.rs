//! What is the same in every schema, whoever sends it: words, dialects, and the largest numbers of a type.

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

/// Whether a number is the bound of a type, which schema libraries write where a client set none.
pub(super) fn is_bound(lexeme: &str) -> bool {
    BOUNDS.contains(&lexeme.trim_start_matches('-'))
}

const BOUNDS: &[&str] = &[
    "65535",
    "2147483647",
    "2147483648",
    "4294967295",
    "9007199254740991",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
];
