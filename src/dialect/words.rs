//! What the tables of all dialects share: names for frequent classes, and how an operation is written down.

use super::{Body, Channel, Mark, Method, Operation, State, Streams, Support, Syntax};
use crate::deid::{Class, Style};
use crate::reidentify::Unit;

/// An id of the API itself, a model, a name that both sides must spell alike.
pub const ID: Class = Class::Identifier;
/// A count: tokens, results, milliseconds.
pub const COUNT: Class = number(0.0, 10_000_000.0);
/// A parameter whose whole meaning is a number between these.
pub const fn number(min: f64, max: f64) -> Class {
    Class::Number { min, max }
}
/// Any 64-bit integer: a seed has no smaller range, so a record number would be one.
pub const SEED: Class = Class::Seed;

/// A reply's ids, vocabularies and counts.
pub const KEEP: Mark = Mark::Keep;
/// The name of something that the provider keeps from here on.
pub const OBJECT: Mark = Mark::Object;
/// The end of a choice, a block, a candidate.
pub const END: Mark = Mark::End;

/// The whole text of an answer.
pub const fn whole(depth: usize) -> Mark {
    Mark::Answer { depth }
}
/// Where a citation begins in the answer, in characters.
pub const fn starts(depth: usize) -> Mark {
    Mark::Index { depth, unit: Unit::Characters, end: false }
}
/// Where a citation ends in the answer, in characters.
pub const fn ends(depth: usize) -> Mark {
    Mark::Index { depth, unit: Unit::Characters, end: true }
}
/// A piece of an answer's text; `depth` indices tell the texts apart.
pub const fn answer(depth: usize) -> Mark {
    Mark::Delta(Channel { syntax: Syntax::Answer, depth, serial: true, signed: false })
}
/// A piece of a text that is prose even where the answer is JSON.
pub const fn prose(depth: usize) -> Mark {
    Mark::Delta(Channel { syntax: Syntax::Prose, depth, serial: true, signed: false })
}
/// A piece of a text that the provider signs as it came.
pub const fn signed(depth: usize) -> Mark {
    Mark::Delta(Channel { syntax: Syntax::Prose, depth, serial: true, signed: true })
}
/// A piece of a tool's arguments, which may interleave with those of other calls.
pub const fn arguments(depth: usize) -> Mark {
    Mark::Delta(Channel { syntax: Syntax::Json, depth, serial: false, signed: false })
}
/// A piece of a tool's free-form input.
pub const fn input(depth: usize) -> Mark {
    Mark::Delta(Channel { syntax: Syntax::Prose, depth, serial: false, signed: false })
}

/// An operation that takes a JSON body; the tables are filled in with struct update syntax.
pub const fn post(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation {
        name,
        method: Method::Post,
        paths,
        query: &[],
        support: Support::Carry,
        gathers: None,
        body: Body::Json,
        casings: false,
        request: &[],
        requests: None,
        reply: &[],
        replies: &[],
        streams: Streams::Never,
        state: State::None,
        style: Style::Ordinal,
    }
}

/// An operation that takes a form.
pub const fn form(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation { body: Body::Form, ..post(name, paths) }
}

pub const fn read(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation { method: Method::Get, body: Body::None, ..post(name, paths) }
}

pub const fn erase(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation { method: Method::Delete, body: Body::None, ..post(name, paths) }
}

/// A known operation that is refused; `instead` tells the developer what to do.
pub const fn refused(method: Method, paths: &'static [&'static str], instead: &'static str) -> Operation {
    Operation { method, body: Body::None, support: Support::Refuse(instead), ..post("refused", paths) }
}
