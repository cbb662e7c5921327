//! Gemini writes schemas in the manner of OpenAPI 3.0; what constrains an answer here is JSON Schema.

use serde_json::{Map, Value, json};

/// The same schema as JSON Schema. None where it is none, or says what cannot be said.
pub fn plain(schema: &str) -> Option<String> {
    convert(serde_json::from_str(schema).ok()?).map(|schema| schema.to_string())
}

fn convert(schema: Value) -> Option<Value> {
    let Value::Object(fields) = schema else { return None };
    let (mut plain, mut nullable) = (Map::new(), false);
    for (name, value) in fields {
        // Google's clients write either spelling.
        let name = SNAKE.iter().find(|(snake, _)| *snake == name).map_or(name.as_str(), |(_, camel)| camel);
        let value = match name {
            "type" => value.as_str()?.to_ascii_lowercase().into(),
            "nullable" => {
                nullable = value.as_bool()?;
                continue;
            }
            "items" | "additionalProperties" if value.is_object() => convert(value)?,
            "properties" => {
                let Value::Object(properties) = value else { return None };
                let converted = properties.into_iter().map(|(name, value)| Some((name, convert(value)?)));
                Value::Object(converted.collect::<Option<_>>()?)
            }
            "anyOf" => {
                let Value::Array(choices) = value else { return None };
                Value::Array(choices.into_iter().map(convert).collect::<Option<_>>()?)
            }
            // Google's clients write these counts as strings.
            "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties" => {
                value.as_u64().or_else(|| value.as_str()?.parse().ok())?.into()
            }
            "enum"
            | "required"
            | "minimum"
            | "maximum"
            | "pattern"
            | "description"
            | "title"
            | "additionalProperties" => value,
            // Hints for a reader; `format` names widths of numbers that JSON does not have.
            "format" | "example" | "default" | "propertyOrdering" => continue,
            _ => return None,
        };
        plain.insert(name.to_owned(), value);
    }
    let plain = Value::Object(plain);
    Some(if nullable { json!({ "anyOf": [plain, { "type": "null" }] }) } else { plain })
}

const SNAKE: &[(&str, &str)] = &[
    ("additional_properties", "additionalProperties"),
    ("any_of", "anyOf"),
    ("max_items", "maxItems"),
    ("max_length", "maxLength"),
    ("max_properties", "maxProperties"),
    ("min_items", "minItems"),
    ("min_length", "minLength"),
    ("min_properties", "minProperties"),
    ("property_ordering", "propertyOrdering"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: Value, expected: Option<Value>) {
        assert_eq!(convert(schema), expected);
    }

    #[test]
    fn types_are_lower_case_and_null_is_a_type() {
        check(
            json!({ "type": "OBJECT", "properties": { "type": { "type": "STRING", "nullable": true } }, "property_ordering": ["type"] }),
            Some(
                json!({ "type": "object", "properties": { "type": { "anyOf": [{ "type": "string" }, { "type": "null" }] } } }),
            ),
        );
        check(
            json!({ "type": "ARRAY", "maxItems": "3", "items": { "type": "INTEGER", "format": "int32" } }),
            Some(json!({ "type": "array", "maxItems": 3, "items": { "type": "integer" } })),
        );
    }

    #[test]
    fn what_is_not_understood_is_not_dropped() {
        check(json!({ "type": "STRING", "contentMediaType": "x" }), None);
        check(json!({ "properties": [] }), None);
        check(json!("STRING"), None);
    }
}
