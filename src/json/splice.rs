//! Changed values put into a JSON text that stays as it was written everywhere else.

use super::{Node, Printable, write_string};

/// The text with the strings, keys and numbers of `node`, which must be the tree of that text with some of them
/// changed. White space, escapes and everything that did not change stay.
pub fn splice<S: Printable>(text: &str, node: &Node<S>) -> String {
    let mut leaves = Vec::new();
    flatten(node, &mut leaves);
    let mut leaves = leaves.into_iter();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let end = match byte {
            b'"' => string_end(text, at),
            b'-' | b'0'..=b'9' => number_end(text, at),
            _ => {
                let next = text[at..].find(['"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
                let next = next.map_or(text.len(), |next| at + next);
                out.push_str(&text[at..next]);
                at = next;
                continue;
            }
        };
        let literal = &text[at..end];
        at = end;
        match leaves.next() {
            Some(Leaf::String(new)) if serde_json::from_str::<String>(literal).is_ok_and(|old| old == new) => {
                out.push_str(literal);
            }
            Some(Leaf::String(new)) => write_string(new, &mut out),
            Some(Leaf::Number(new)) => out.push_str(new),
            None => out.push_str(literal),
        }
    }
    out
}

enum Leaf<'a> {
    String(&'a str),
    Number(&'a str),
}

fn flatten<'a, S: Printable>(node: &'a Node<S>, leaves: &mut Vec<Leaf<'a>>) {
    match node {
        Node::Null | Node::Bool(_) => {}
        Node::Number(lexeme) => leaves.push(Leaf::Number(lexeme.printable())),
        Node::String(text) => leaves.push(Leaf::String(text.printable())),
        Node::Array(items) => items.iter().for_each(|item| flatten(item, leaves)),
        Node::Object(members) => {
            for (key, value) in members {
                leaves.push(Leaf::String(key.printable()));
                flatten(value, leaves);
            }
        }
    }
}

/// The end of the string that begins at `start`, behind its quotation mark.
fn string_end(text: &str, start: usize) -> usize {
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return offset + 1,
            _ => {}
        }
    }
    text.len()
}

fn number_end(text: &str, start: usize) -> usize {
    let number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.bytes().enumerate().skip(start).find(|&(_, byte)| !number(byte)).map_or(text.len(), |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse_reply};
    use proptest::prelude::*;

    #[test]
    fn only_what_changed_is_written_anew() {
        let text = "{ \"na\\u006de\" : \"A\\/B\",\n\t\"n\": [1.10, -2e+3 , true, null], \"x\": \"\\u00e9\" }";
        let mut node = parse_reply(text.as_bytes(), &Limits::default()).expect("valid");
        assert_eq!(splice(text, &node), text);
        *node.field_mut("name").expect("there") = Node::String("[NAME_1] \"q\"".into());
        *node.field_mut("n").expect("there") =
            Node::Array(vec![Node::Number("9".into()), Node::Number("-2e+3".into()), Node::Bool(true), Node::Null]);
        let changed =
            "{ \"na\\u006de\" : \"[NAME_1] \\\"q\\\"\",\n\t\"n\": [9, -2e+3 , true, null], \"x\": \"\\u00e9\" }";
        assert_eq!(splice(text, &node), changed);
    }

    proptest! {
        #[test]
        fn the_spliced_text_is_the_changed_tree(words in prop::collection::vec("[ -~é\n]{0,6}", 1..6), pad in "[ \n]{0,2}") {
            let old = Node::Array(words.iter().map(|word| Node::Object(vec![(format!("k{word}"), Node::String(word.clone()))])).collect());
            let text = old.to_json().replace(':', &format!(":{pad}")).replace("},{", &format!("}}{pad},{{"));
            prop_assume!(parse_reply(text.as_bytes(), &Limits::default()).as_ref() == Ok(&old));
            let new = old.map(&mut |word| word.replace('a', "\"b\""));
            prop_assert_eq!(parse_reply(splice(&text, &new).as_bytes(), &Limits::default()), Ok(new));
        }
    }
}
