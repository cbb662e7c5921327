//! What of a reply concerns the things that a provider keeps: their names, and lists of them.

use super::walk::{Leaf, Visitor, visit};
use super::{Plan, restore};
use crate::dialect::{Mark, Places, State};
use crate::json::Node;
use crate::refusal::Refusal;

/// The objects that a reply, or an event of one, names.
pub fn objects(node: &mut Node<String>, marks: &Places<Mark>) -> Vec<String> {
    let mut found = Objects::default();
    visit(node, marks, &mut found);
    found.0
}

#[derive(Default)]
struct Objects(Vec<String>);

impl Visitor for Objects {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        if leaf.mark == Some(Mark::Object) {
            self.0.extend(node.text().filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }

    fn key(&mut self, _: &mut String) {}
}

/// Leaves the objects of others out of a list, and restores each that stays by its own mapping.
pub fn list(node: &mut Node<String>, plan: &Plan) -> Result<(), Refusal> {
    let (State::Lists { items, id }, Some(keeper)) = (plan.endpoint.operation.state, &plan.keeper) else {
        return Ok(());
    };
    let Some(Node::Array(listed)) = node.field_mut(items) else { return Ok(()) };
    let mut own = Vec::new();
    for item in std::mem::take(listed) {
        let Some(name) = item.field(id).and_then(|name| name.text()) else { continue };
        let Some(kept) = keeper.shelf.find(name)? else { continue };
        // The tables name places from the root of the reply.
        let mut alone = Node::Object(vec![(items.to_owned(), Node::Array(vec![item]))]);
        let plan = Plan { exchange: kept.exchange, ..plan.clone() };
        keeper.keep(&objects(&mut alone, plan.endpoint.operation.marks()), &plan.exchange)?;
        restore::restore(&mut alone, &plan);
        if let Some(Node::Array(item)) = alone.field_mut(items) {
            own.append(item);
        }
    }
    let name = |item: Option<&Node<String>>| match item.and_then(|item| item.field(id)) {
        Some(name) => name.clone(),
        None => Node::Null,
    };
    let (first, last) = (name(own.first()), name(own.last()));
    *listed = own;
    for (field, name) in [("first_id", first), ("last_id", last)] {
        if let Some(place) = node.field_mut(field) {
            *place = name;
        }
    }
    Ok(())
}
