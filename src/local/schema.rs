//! A client's JSON schema as it constrains an answer: within limits, and closed where its writer forgot to close it.

use serde_json::Value;

/// Schemas nested deeper overflow a stack or take hundreds of megabytes.
const DEPTH_MAX: usize = 64;
const LENGTH_MAX: usize = 256 << 10;

/// Reads a schema, within the limits. The error never quotes it.
pub fn read(text: &str) -> Result<Value, &'static str> {
    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
    if text.len() > LENGTH_MAX {
        return Err("the schema is too large");
    }
    // serde_json itself stops at a depth of 128.
    let value: Value = serde_json::from_str(text).map_err(|_| "the schema is not JSON or nested too deep")?;
    if depth(&value) > DEPTH_MAX { Err("the schema is nested too deep") } else { Ok(value) }
}

/// The schema without properties that it does not name. JSON Schema allows them where nothing is said, but nobody who
/// lists properties wants others, and a small model goes on inventing them until its answer is cut. Every answer of the
/// closed schema is one of the open. What is put together of several schemas is left alone: closing one part would
/// forbid what another asks for.
pub fn closed(schema: Value) -> Value {
    if combines(&schema) { schema } else { close(schema) }
}

const COMBINING: &[&str] = &["allOf", "if", "not", "dependentSchemas", "unevaluatedProperties"];
/// Words whose presence says which other properties there may be.
const OPEN: &[&str] =
    &["additionalProperties", "patternProperties", "propertyNames", "minProperties", "$ref", "anyOf", "oneOf"];

fn combines(schema: &Value) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(combines),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| COMBINING.contains(&name.as_str()) || combines(value))
        }
        _ => false,
    }
}

fn close(schema: Value) -> Value {
    let Value::Object(mut fields) = schema else { return schema };
    for (name, value) in &mut fields {
        let inner = std::mem::take(value);
        *value = match (name.as_str(), inner) {
            ("properties" | "patternProperties" | "$defs" | "definitions", Value::Object(schemas)) => {
                Value::Object(schemas.into_iter().map(|(name, schema)| (name, close(schema))).collect())
            }
            ("anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(schemas)) => {
                schemas.into_iter().map(close).collect()
            }
            ("items" | "additionalProperties", schema) => close(schema),
            (_, other) => other,
        };
    }
    let listed = |name: &Value| fields.get("properties").and_then(|all| all.get(name.as_str()?)).is_some();
    let required = fields.get("required").and_then(Value::as_array);
    if fields.get("properties").is_some_and(Value::is_object)
        && required.is_none_or(|names| names.iter().all(listed))
        && !OPEN.iter().any(|word| fields.contains_key(*word))
    {
        fields.insert("additionalProperties".into(), false.into());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_that_list_their_properties_are_closed_wherever_they_stand() {
        let person = json!({ "type": "object", "properties": { "age": { "type": "integer" } }, "required": ["age"] });
        let mut shut = person.clone();
        shut["additionalProperties"] = false.into();
        assert_eq!(closed(person.clone()), shut);
        let around = |person: &Value| json!({ "$defs": { "P": person }, "anyOf": [{ "type": "array", "items": person }, { "$ref": "#/$defs/P" }] });
        assert_eq!(closed(around(&person)), around(&shut));
    }

    #[test]
    fn what_says_that_it_is_open_stays_open() {
        let property = json!({ "a": { "const": { "properties": {} } } });
        for open in [
            json!({ "type": "object" }),
            json!({ "properties": { "a": true }, "additionalProperties": { "type": "string" } }),
            json!({ "properties": { "a": true }, "required": ["a", "b"] }),
            json!({ "allOf": [{ "properties": { "a": true } }, { "properties": { "b": true } }] }),
            json!({ "properties": { "a": true }, "anyOf": [{ "required": ["b"] }] }),
        ] {
            assert_eq!(closed(open.clone()), open);
        }
        // A value is no schema.
        assert_eq!(closed(json!({ "properties": property }))["properties"], property);
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_refused() {
        let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&deep(DEPTH_MAX)).is_ok() && read(&deep(DEPTH_MAX + 1)).is_err() && read(&deep(10_000)).is_err());
        assert!(read(&format!("\"{}\"", "x".repeat(LENGTH_MAX))).is_err());
        assert!(read("{").is_err());
    }
}
