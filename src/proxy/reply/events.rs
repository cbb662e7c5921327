//! A stream of events on its way back: each one restored, in order, as many as came.

use super::kept::objects;
use super::lane::{Lane, Place, Sink};
use super::restore::{Whole, restore, says_something};
use super::walk::{Leaf, Visitor, at_path, visit};
use super::{Part, Plan};
use crate::dialect::{Channel, Mark, Provider, Streams, Syntax};
use crate::json::{self, Node};
use crate::refusal::{Reason, Refusal};
use crate::reidentify::{Context, Restorer};
use crate::sse;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The events that came and may not leave yet, and the texts that run through them.
pub struct Events {
    plan: Arc<Plan>,
    lanes: HashMap<LaneKey, Lane>,
    queue: Queue,
    /// Whether the mapping was kept under the object that the stream names.
    kept: bool,
}

/// A row of the table and the indices that tell its texts apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LaneKey {
    row: usize,
    indices: Vec<u64>,
}

impl Events {
    pub fn new(plan: Arc<Plan>) -> Self {
        Self { plan, lanes: HashMap::new(), queue: Queue::default(), kept: false }
    }

    /// Takes the next part of the stream and writes what may leave.
    pub fn accept(&mut self, part: Part, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match part {
            Part::Bytes(bytes) => self.queue.add(Slot::plain(bytes)),
            Part::Event(frame) => match frame.data().map(|data| data.into_owned()) {
                None => self.queue.add(Slot::plain(frame.into_bytes())),
                Some(data) if data == b"[DONE]" => {
                    self.end(&[]);
                    self.queue.add(Slot::plain(frame.into_bytes()));
                }
                Some(data) => self.value(&data, Wrap::Event(frame))?,
            },
            Part::Value { before, json, after } => {
                self.value(&json, Wrap::Bare { before, json: json.clone(), after })?
            }
        }
        self.queue.release(&self.plan, out);
        Ok(())
    }

    /// The stream has ended, or was cut. Texts that no event has ended were cut as well.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        for lane in self.lanes.values_mut() {
            lane.abandon(&mut self.queue);
        }
        self.queue.release(&self.plan, out);
    }

    fn value(&mut self, bytes: &[u8], wrap: Wrap) -> Result<(), Refusal> {
        if self.plan.endpoint.operation.streams == Streams::Lines {
            self.line(bytes, wrap);
            return Ok(());
        }
        self.keep(bytes)?;
        if self.plan.exchange.is_empty() {
            self.queue.add(Slot::plain(wrap.into_bytes()));
            return Ok(());
        }
        let mut node = json::parse_reply(bytes, &self.plan.limits.json)
            .map_err(|_| Refusal::new(Reason::UpstreamInvalid).because("an event of the stream is not JSON"))?;
        let event = self.queue.next();
        let plan = self.plan.clone();
        let mut found =
            Found { whole: Whole::new(&plan), deltas: Vec::new(), ends: Vec::new(), signatures: Vec::new() };
        visit(&mut node, plan.endpoint.operation.marks(), &mut found);
        let Found { mut whole, deltas, ends, signatures } = found;
        let texts = deltas.iter().map(|delta| Text { path: delta.path.clone(), text: String::new() }).collect();
        self.queue.add(Slot { wrap, node: None, changed: false, open: deltas.len(), texts });
        for (text, delta) in deltas.iter().enumerate() {
            let lane = self.lanes.entry(delta.key.clone()).or_insert_with(|| {
                let syntax = plan.syntax(delta.channel.syntax, &delta.text);
                Lane::new(plan.restorer(syntax), delta.channel.signed)
            });
            lane.push(Place { event, text }, &delta.text, &mut self.queue);
        }
        whole.after(&mut node, |indices| self.answer(indices));
        for signature in signatures {
            self.sign(&mut node, &mut whole, &signature);
        }
        if let Some(slot) = self.queue.slot(event) {
            slot.node = Some(node);
            slot.changed = whole.changed;
        }
        self.end_overtaken(&deltas);
        for indices in &ends {
            self.end(indices);
        }
        Ok(())
    }

    /// Keeps the mapping as soon as an event names what the provider keeps, before the client learns of it.
    fn keep(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let Some(keeper) = self.plan.keeper.as_ref().filter(|_| !self.kept) else { return Ok(()) };
        let Ok(mut node) = json::parse_reply(bytes, &self.plan.limits.json) else { return Ok(()) };
        let objects = objects(&mut node, self.plan.endpoint.operation.marks());
        if !objects.is_empty() {
            keeper.keep(&objects, &self.plan.exchange)?;
            self.kept = true;
        }
        Ok(())
    }

    /// A line of a file: a whole reply where it is JSON, text where it is not.
    fn line(&mut self, bytes: &[u8], wrap: Wrap) {
        let bytes = match json::parse_reply(bytes, &self.plan.limits.json) {
            Ok(mut node) => match restore(&mut node, &self.plan) {
                true => wrap.around(&node),
                false => wrap.into_bytes(),
            },
            Err(_) => match std::str::from_utf8(bytes) {
                Ok(text) => wrap.with(self.plan.restored(text, Context::Text).into_bytes()),
                Err(_) => wrap.into_bytes(),
            },
        };
        self.queue.add(Slot::plain(bytes));
    }

    /// The running text that positions refer to.
    fn answer(&self, indices: &[u64]) -> Option<&Restorer> {
        let mut answers = self.lanes.iter().filter(|(key, _)| {
            let mark = self.plan.endpoint.operation.marks().row(key.row);
            key.indices == indices && matches!(mark, Some(Mark::Delta(Channel { syntax: Syntax::Answer, .. })))
        });
        answers.next().map(|(_, lane)| lane.restorer())
    }

    /// Replaces a signature by a seal that also holds the text as the provider signed it.
    fn sign(&mut self, node: &mut Node<String>, whole: &mut Whole<'_>, signature: &Signed) {
        self.end(&signature.indices);
        let mut lanes = self.lanes.iter_mut().filter(|(key, _)| key.indices == signature.indices);
        if let Some(signed) = lanes.find_map(|(_, lane)| lane.take_signed()) {
            let sealed = self.plan.seals.seal(&signature.text, &signed);
            whole.replace(node, &signature.path, Node::String(sealed));
        }
    }

    /// Texts of one choice follow one another: a piece of one ends those that this event does not continue.
    fn end_overtaken(&mut self, deltas: &[Delta]) {
        for delta in deltas.iter().filter(|delta| !delta.text.is_empty()) {
            let choice = delta.key.indices.first();
            for (key, lane) in &mut self.lanes {
                let same_choice = key.indices.first() == choice;
                if same_choice
                    && lane.is_waiting()
                    && lane_is_serial(&self.plan, key)
                    && !deltas.iter().any(|other| other.key == *key)
                {
                    lane.finish(&mut self.queue);
                }
            }
        }
    }

    /// Ends every text whose indices begin so.
    fn end(&mut self, indices: &[u64]) {
        for (key, lane) in &mut self.lanes {
            if key.indices.starts_with(indices) || indices.starts_with(&key.indices) {
                lane.finish(&mut self.queue);
            }
        }
    }
}

fn lane_is_serial(plan: &Plan, key: &LaneKey) -> bool {
    matches!(plan.endpoint.operation.marks().row(key.row), Some(Mark::Delta(Channel { serial: true, .. })))
}

/// What an event holds beside whole texts, which are restored while they are met.
struct Found<'p> {
    whole: Whole<'p>,
    deltas: Vec<Delta>,
    ends: Vec<Vec<u64>>,
    signatures: Vec<Signed>,
}

struct Delta {
    key: LaneKey,
    channel: Channel,
    path: Vec<usize>,
    text: String,
}

struct Signed {
    indices: Vec<u64>,
    path: Vec<usize>,
    text: String,
}

impl Visitor for Found<'_> {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        match (leaf.mark, leaf.row) {
            (Some(Mark::Delta(channel)), Some(row)) => {
                if let Node::String(text) = node {
                    let indices = leaf.indices[..channel.depth.min(leaf.indices.len())].to_vec();
                    let key = LaneKey { row, indices };
                    self.deltas.push(Delta { key, channel, path: leaf.path.to_vec(), text: text.clone() });
                }
            }
            (Some(Mark::End), _) if !node.is_null() && node.as_bool() != Some(false) => {
                self.ends.push(leaf.indices.to_vec());
            }
            (Some(Mark::Signature { .. }), _) => {
                if let Some(text) = node.text().filter(|text| !text.is_empty()) {
                    let (indices, path) = (leaf.indices.to_vec(), leaf.path.to_vec());
                    self.signatures.push(Signed { indices, path, text: text.to_owned() });
                }
            }
            _ => self.whole.leaf(leaf, node),
        }
    }

    fn key(&mut self, key: &mut String) {
        self.whole.key(key);
    }
}

/// Events in the order in which they came.
#[derive(Default)]
struct Queue {
    slots: VecDeque<Slot>,
    /// The number of the first one.
    first: u64,
}

struct Slot {
    wrap: Wrap,
    /// The event's value, where it holds one that may change.
    node: Option<Node<String>>,
    changed: bool,
    texts: Vec<Text>,
    /// How many of its texts are not settled.
    open: usize,
}

struct Text {
    path: Vec<usize>,
    text: String,
}

enum Wrap {
    Event(sse::Frame),
    Bare { before: Vec<u8>, json: Vec<u8>, after: Vec<u8> },
}

impl Wrap {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Event(frame) => frame.into_bytes(),
            Self::Bare { before, json, after } => [before, json, after].concat(),
        }
    }

    fn around(self, node: &Node<String>) -> Vec<u8> {
        match self {
            Self::Event(frame) => frame.with_data(&node.to_json()),
            bare => bare.with(node.to_json().into_bytes()),
        }
    }

    /// Other bytes where a value stood that is no event.
    fn with(self, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Event(frame) => frame.into_bytes(),
            Self::Bare { before, after, .. } => [before, bytes, after].concat(),
        }
    }
}

impl Slot {
    fn plain(bytes: Vec<u8>) -> Self {
        let wrap = Wrap::Bare { before: Vec::new(), json: bytes, after: Vec::new() };
        Self { wrap, node: None, changed: false, texts: Vec::new(), open: 0 }
    }

    /// The event as it leaves; nothing if all that it brought has gone into an earlier one.
    fn into_bytes(mut self, plan: &Plan) -> Vec<u8> {
        let Some(mut node) = self.node.take() else { return self.wrap.into_bytes() };
        let mut emptied = false;
        for text in std::mem::take(&mut self.texts) {
            if let Some(place) = at_path(&mut node, &text.path)
                && place.text() != Some(&text.text)
            {
                emptied |= text.text.is_empty();
                *place = Node::String(text.text);
                self.changed = true;
                drop_probabilities(&mut node, &text.path, plan);
            }
        }
        match self.changed {
            true if emptied && is_only_text(&node, plan) => Vec::new(),
            true => self.wrap.around(&node),
            false => self.wrap.into_bytes(),
        }
    }
}

/// Probabilities of the tokens of a text that the provider saw in other words say nothing of the restored one.
fn drop_probabilities(node: &mut Node<String>, changed: &[usize], plan: &Plan) {
    let mut found = Probabilities::default();
    visit(node, plan.endpoint.operation.marks(), &mut found);
    for path in found.paths.iter().filter(|path| changed.starts_with(&path[..path.len().saturating_sub(1)])) {
        if let Some(place) = at_path(node, path) {
            *place = Node::Null;
        }
    }
}

#[derive(Default)]
struct Probabilities {
    paths: Vec<Vec<usize>>,
}

impl Visitor for Probabilities {
    fn leaf(&mut self, leaf: &Leaf<'_>, node: &mut Node<String>) {
        if leaf.mark == Some(Mark::Logprobs) && says_something(node) {
            self.paths.push(leaf.path.to_vec());
        }
    }

    fn key(&mut self, _: &mut String) {}
}

/// Gemini's own SDKs take an empty text for the end of a turn, so there an event that brought nothing but a text
/// that has become empty is left out. Every other client counts events.
fn is_only_text(node: &Node<String>, plan: &Plan) -> bool {
    if !matches!(plan.endpoint.provider, Provider::Gemini | Provider::Vertex) {
        return false;
    }
    let [candidate] = node.field("candidates").and_then(Node::as_array).unwrap_or_default() else { return false };
    let finished = candidate.field("finishReason").is_some_and(|reason| !reason.is_null());
    let parts = candidate.field("content").and_then(|content| content.field("parts")?.as_array());
    let [part] = parts.unwrap_or_default() else { return false };
    let bare = part.as_object().is_some_and(|part| part.iter().all(|(key, _)| key == "text" || key == "thought"));
    !finished && bare && part.field("text").and_then(|text| text.text()) == Some("")
}

impl Queue {
    /// The number that the next event will have.
    fn next(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    fn add(&mut self, slot: Slot) {
        self.slots.push_back(slot);
    }

    fn slot(&mut self, event: u64) -> Option<&mut Slot> {
        self.slots.get_mut(usize::try_from(event.checked_sub(self.first)?).ok()?)
    }

    /// Lets go of the events at the head that are settled.
    fn release(&mut self, plan: &Plan, out: &mut Vec<u8>) {
        while self.slots.front().is_some_and(|slot| slot.open == 0) {
            if let Some(slot) = self.slots.pop_front() {
                self.first += 1;
                out.extend(slot.into_bytes(plan));
            }
        }
    }
}

impl Sink for Queue {
    fn append(&mut self, place: Place, text: &str) {
        if let Some(slot) = self.slot(place.event) {
            slot.texts[place.text].text.push_str(text);
        }
    }

    fn settle(&mut self, place: Place) {
        if let Some(slot) = self.slot(place.event) {
            slot.open -= 1;
        }
    }
}
