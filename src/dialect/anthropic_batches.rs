//! Anthropic message batches: many requests in one, their replies in one file.

use super::anthropic::{REPLY, REQUEST};
use super::words::{ID, KEEP, OBJECT, erase, post, read};
use super::{Mark, Method, Operation, ReplyRow, State, Streams};

pub static BATCHES: Operation = Operation {
    query: BETA,
    request: &[&[("requests[].custom_id", ID)]],
    requests: Some(("requests[].params", &[REQUEST])),
    reply: &[BATCH_OBJECT],
    state: State::Keeps { absent: true },
    ..post("anthropic.batches", &["/v1/messages/batches"])
};

pub static BATCHES_LIST: Operation = Operation {
    query: &["beta", "limit", "after_id", "before_id"],
    replies: &[("data[]", &[BATCH_OBJECT])],
    state: State::Lists { items: "data", id: "id" },
    ..read("anthropic.batches_list", &["/v1/messages/batches"])
};

pub static BATCH: Operation = Operation {
    query: BETA,
    reply: &[BATCH_OBJECT],
    state: State::Reads,
    ..read("anthropic.batch", &["/v1/messages/batches/{id}"])
};

pub static BATCH_CANCEL: Operation = Operation {
    query: BETA,
    method: Method::Post,
    reply: &[BATCH_OBJECT],
    state: State::Reads,
    ..read("anthropic.batch_cancel", &["/v1/messages/batches/{id}/cancel"])
};

pub static BATCH_ERASE: Operation = Operation {
    query: BETA,
    reply: &[BATCH_OBJECT],
    state: State::Erases,
    ..erase("anthropic.batch_delete", &["/v1/messages/batches/{id}"])
};

pub static BATCH_RESULTS: Operation = Operation {
    query: BETA,
    reply: &[&[("custom_id", KEEP), ("result.type", KEEP), ("result.error.**.type", KEEP)]],
    replies: &[("result.message", &[REPLY])],
    streams: Streams::Lines,
    state: State::Reads,
    ..read("anthropic.batch_results", &["/v1/messages/batches/{id}/results"])
};

const BETA: &[&str] = &["beta"];

const BATCH_OBJECT: &[ReplyRow] = &[
    ("id", OBJECT),
    ("type", KEEP),
    ("processing_status", KEEP),
    ("request_counts.**", KEEP),
    ("created_at", KEEP),
    ("ended_at", KEEP),
    ("expires_at", KEEP),
    ("archived_at", KEEP),
    ("cancel_initiated_at", KEEP),
    // SDKs read the results from this address as it is given.
    ("results_url", Mark::FollowUp),
];
