//! Gemini batches: many requests in one, in its body or in a file, and their replies when it is done.

use super::gemini::{CONTENTS, PARAMETERS, REPLY, versions};
use super::words::{COUNT, ID, KEEP, OBJECT, erase, post, read};
use super::{Method, Operation, ReplyRow, State};
use crate::deid::Class::{Data, Object};

pub static BATCHES: Operation = Operation {
    casings: true,
    request: &[&[
        ("batch.name", ID),
        ("batch.model", ID),
        ("batch.priority", COUNT),
        ("batch.inputConfig.fileName", Object),
        ("batch.inputConfig.requests.requests[].metadata", Data),
    ]],
    requests: Some(("batch.inputConfig.requests.requests[].request", &[CONTENTS, PARAMETERS])),
    reply: &[BATCH_OBJECT],
    replies: RESULTS,
    state: State::Keeps { absent: true },
    ..post("gemini.batches", versions!("models/{model}:batchGenerateContent"))
};

pub static BATCHES_LIST: Operation = Operation {
    query: &["pageSize", "pageToken"],
    replies: &[("operations[]", &[BATCH_OBJECT])],
    state: State::Lists { items: "operations", id: "name" },
    ..read("gemini.batches_list", versions!("batches"))
};

pub static BATCH: Operation = Operation {
    reply: &[BATCH_OBJECT],
    replies: RESULTS,
    state: State::Reads,
    ..read("gemini.batch", versions!("batches/{id}"))
};

pub static BATCH_CANCEL: Operation = Operation {
    method: Method::Post,
    state: State::Reads,
    ..read("gemini.batch_cancel", versions!("batches/{id}:cancel"))
};

pub static BATCH_ERASE: Operation =
    Operation { state: State::Erases, ..erase("gemini.batch_delete", versions!("batches/{id}")) };

/// Where the replies of a finished batch stand.
const RESULTS: &[(&str, &[&[ReplyRow]])] = &[
    ("response.inlinedResponses.inlinedResponses[].response", &[REPLY]),
    ("metadata.output.inlinedResponses.inlinedResponses[].response", &[REPLY]),
];

const BATCH_OBJECT: &[ReplyRow] = &[
    ("name", OBJECT),
    ("done", KEEP),
    ("error.code", KEEP),
    ("error.details[].@type", KEEP),
    ("response.@type", KEEP),
    ("response.responsesFile", OBJECT),
    ("metadata.@type", KEEP),
    ("metadata.name", KEEP),
    ("metadata.model", KEEP),
    ("metadata.state", KEEP),
    ("metadata.createTime", KEEP),
    ("metadata.updateTime", KEEP),
    ("metadata.endTime", KEEP),
    ("metadata.priority", KEEP),
    ("metadata.batchStats.**", KEEP),
    ("metadata.inputConfig.fileName", KEEP),
    ("metadata.output.responsesFile", OBJECT),
];
