//! Google's APIs read `systemInstruction` and `system_instruction` as one field. A request with both is read
//! differently by different parsers, so it is refused.

use crate::json::Node;
use crate::refusal::{Reason, Refusal};
use crate::text::Raw;
use std::collections::HashSet;

/// Rewrites every field of the API to camel case, so that the tables need to know one spelling, and refuses an object
/// that has both. What is the client's own data is left alone.
pub fn one_spelling(node: Node<Raw>) -> Result<Node<Raw>, Refusal> {
    match node {
        Node::Array(items) => Ok(Node::Array(items.into_iter().map(one_spelling).collect::<Result<_, _>>()?)),
        Node::Object(members) => {
            let mut seen = HashSet::new();
            let mut renamed = Vec::with_capacity(members.len());
            for (key, value) in members {
                let key = camel(key.expose());
                let value = if OWN.contains(&key.as_str()) { value } else { one_spelling(value)? };
                if !seen.insert(key.clone()) {
                    return Err(Refusal::new(Reason::DuplicateKey).because("a field stands there in both spellings"));
                }
                renamed.push((Raw::new(key), value));
            }
            Ok(Node::Object(renamed))
        }
        node => Ok(node),
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// Fields whose values are the client's own objects.
const OWN: &[&str] =
    &["args", "response", "labels", "parameters", "parametersJsonSchema", "responseJsonSchema", "responseSchema"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    #[track_caller]
    fn check(json: &str, accepted: bool) {
        let node = parse(json.as_bytes(), &Limits::default()).expect("valid");
        assert_eq!(one_spelling(node).is_ok(), accepted, "{json}");
    }

    #[test]
    fn snake_case_becomes_camel_case() {
        let names = ["system_instruction", "systemInstruction", "inline_data", "@type", "top_p", "_x"];
        assert_eq!(names.map(camel), ["systemInstruction", "systemInstruction", "inlineData", "@type", "topP", "X"]);
    }

    #[test]
    fn both_spellings_at_once_are_refused() {
        check(r#"{"systemInstruction":{},"contents":[]}"#, true);
        check(r#"{"system_instruction":{},"systemInstruction":{}}"#, false);
        check(r#"{"contents":[{"parts":[{"inline_data":{},"inlineData":{}}]}]}"#, false);
        check(r#"{"contents":[{"parts":[{"functionCall":{"args":{"user_id":1,"userId":2}}}]}]}"#, true);
    }
}
