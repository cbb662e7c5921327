// E0599
//! A tree can be written only when every string in it is clean.

use cordon::json::Node;
use cordon::text::Raw;

pub fn written(tree: &Node<Raw>) -> String {
    tree.to_json()
}
