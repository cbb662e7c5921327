//! A stream of events on its way back: each one restored, in order, as many as came.

use super::lane::{Lane, Place, Sink};
use super::restore::Whole;
use super::walk::{Leaf, Visitor, at_path, visit};
use super::{Part, Plan};
use crate::dialect::{Channel, Mark};
use crate::json::{self, Node};
use crate::refusal::{Reason, Refusal};
use crate::sse;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The events that came and may not leave yet, and the texts that run through them.
pub struct Events {
    plan: Arc<Plan>,
    lanes: HashMap<LaneKey, Lane>,
    queue: Queue,
}

/// A row of the table and the indices that tell its texts apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LaneKey {
    row: usize,
    indices: Vec<u64>,
}

impl Events {
    pub fn new(plan: Arc<Plan>) -> Self {
        Self { plan, lanes: HashMap::new(), queue: Queue::default() }
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
        self.queue.release(out);
        Ok(())
    }

    /// The stream has ended, or was cut: what waits is text.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.end(&[]);
        self.queue.release(out);
    }

    fn value(&mut self, bytes: &[u8], wrap: Wrap) -> Result<(), Refusal> {
        if self.plan.exchange.is_empty() {
            self.queue.add(Slot::plain(wrap.into_bytes()));
            return Ok(());
        }
        let mut node = json::parse_reply(bytes, &self.plan.limits.json)
            .map_err(|_| Refusal::new(Reason::UpstreamInvalid).because("an event of the stream is not JSON"))?;
        let event = self.queue.next();
        let mut found =
            Found { whole: Whole::new(&self.plan), deltas: Vec::new(), ends: Vec::new(), logprobs: Vec::new() };
        visit(&mut node, self.plan.endpoint.operation.marks(), &mut found);
        let Found { whole, deltas, ends, logprobs } = found;
        let changed = whole.changed;
        let texts = deltas.iter().map(|delta| Text { path: delta.path.clone(), text: String::new() }).collect();
        self.queue.add(Slot { wrap, node: Some(node), changed, open: deltas.len(), texts, logprobs });
        for (text, delta) in deltas.iter().enumerate() {
            let plan = &self.plan;
            let lane = self.lanes.entry(delta.key.clone()).or_insert_with(|| {
                let syntax = plan.syntax(delta.channel.syntax, &delta.text);
                Lane::new(plan.restorer(syntax))
            });
            lane.push(Place { event, text }, &delta.text, &mut self.queue);
        }
        self.end_overtaken(&deltas);
        for indices in &ends {
            self.end(indices);
        }
        Ok(())
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
    logprobs: Vec<Vec<usize>>,
}

struct Delta {
    key: LaneKey,
    channel: Channel,
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
            (Some(Mark::Logprobs), _) if !node.is_null() => self.logprobs.push(leaf.path.to_vec()),
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
    /// Where probabilities of the text stand that the provider saw.
    logprobs: Vec<Vec<usize>>,
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
            Self::Bare { before, after, .. } => [before, node.to_json().into_bytes(), after].concat(),
        }
    }
}

impl Slot {
    fn plain(bytes: Vec<u8>) -> Self {
        let wrap = Wrap::Bare { before: Vec::new(), json: bytes, after: Vec::new() };
        Self { wrap, node: None, changed: false, texts: Vec::new(), open: 0, logprobs: Vec::new() }
    }

    fn replace(&mut self, path: &[usize], value: Node<String>) {
        if let Some(place) = self.node.as_mut().and_then(|node| at_path(node, path)) {
            self.changed |= *place != value;
            *place = value;
        }
    }

    fn into_bytes(mut self) -> Vec<u8> {
        for text in std::mem::take(&mut self.texts) {
            self.replace(&text.path, Node::String(text.text));
        }
        if self.changed {
            for path in std::mem::take(&mut self.logprobs) {
                self.replace(&path, Node::Null);
            }
        }
        match self.node {
            Some(node) if self.changed => self.wrap.around(&node),
            _ => self.wrap.into_bytes(),
        }
    }
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
    fn release(&mut self, out: &mut Vec<u8>) {
        while self.slots.front().is_some_and(|slot| slot.open == 0) {
            if let Some(slot) = self.slots.pop_front() {
                self.first += 1;
                out.extend(slot.into_bytes());
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
