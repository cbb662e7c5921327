//! Ollama: one JSON value a line, and streams unless told otherwise.

use super::words::{COUNT, END, ID, KEEP, SEED, answer, number, post, prose, read, refused};
use super::{Method, Operation, ReplyRow, Row, Streams};
use crate::deid::Class::{Data, Media, TokenIds, Vocabulary};
use crate::deid::Style;

pub static OPERATIONS: &[&Operation] =
    &[&CHAT, &GENERATE, &EMBED, &EMBEDDINGS, &TAGS, &RUNNING, &VERSION, &SHOW, &MANAGE, &REMOVE];

static CHAT: Operation = Operation {
    request: &[REQUEST],
    reply: &[REPLY],
    streams: Streams::Field { absent: true },
    ..post("ollama.chat", &["/api/chat"])
};

static GENERATE: Operation = Operation {
    request: &[REQUEST],
    reply: &[REPLY],
    streams: Streams::Field { absent: true },
    ..post("ollama.generate", &["/api/generate"])
};

static EMBED: Operation = Operation {
    request: &[REQUEST],
    reply: &[&[("**", KEEP)]],
    style: Style::Keyed,
    ..post("ollama.embed", &["/api/embed"])
};

static EMBEDDINGS: Operation = Operation {
    request: &[REQUEST],
    reply: &[&[("**", KEEP)]],
    style: Style::Keyed,
    ..post("ollama.embeddings", &["/api/embeddings"])
};

static TAGS: Operation = Operation { reply: &[&[("**", KEEP)]], ..read("ollama.models", &["/api/tags"]) };
static RUNNING: Operation = Operation { reply: &[&[("**", KEEP)]], ..read("ollama.running", &["/api/ps"]) };
static VERSION: Operation = Operation { reply: &[&[("**", KEEP)]], ..read("ollama.version", &["/api/version"]) };
static SHOW: Operation = Operation {
    request: &[&[("model", ID), ("name", ID)]],
    reply: &[&[("**", KEEP)]],
    ..post("ollama.show", &["/api/show"])
};
static MANAGE: Operation = refused(
    Method::Post,
    &["/api/pull", "/api/push", "/api/create", "/api/copy"],
    "models are managed at the server, not through the gateway",
);
static REMOVE: Operation =
    refused(Method::Delete, &["/api/delete"], "models are managed at the server, not through the gateway");

const REQUEST: &[Row] = &[
    ("model", ID),
    ("keep_alive", ID),
    ("think", Vocabulary(&["low", "medium", "high"])),
    ("format", Vocabulary(&["json", ""])),
    ("context[]", TokenIds),
    ("images[]", Media),
    ("dimensions", COUNT),
    ("top_logprobs", number(0.0, 20.0)),
    ("messages[].role", Vocabulary(&["system", "user", "assistant", "tool"])),
    ("messages[].images[]", Media),
    ("messages[].tool_name", ID),
    ("messages[].tool_call_id", ID),
    ("messages[].tool_calls[].id", ID),
    ("messages[].tool_calls[].function.index", COUNT),
    ("messages[].tool_calls[].function.name", ID),
    ("messages[].tool_calls[].function.arguments", Data),
    ("tools[].type", Vocabulary(&["function"])),
    ("tools[].function.name", ID),
    ("options.seed", SEED),
    ("options.temperature", number(0.0, 10.0)),
    ("options.top_p", number(0.0, 1.0)),
    ("options.top_k", number(0.0, 100_000.0)),
    ("options.min_p", number(0.0, 1.0)),
    ("options.typical_p", number(0.0, 1.0)),
    ("options.num_ctx", COUNT),
    ("options.num_batch", COUNT),
    ("options.num_gpu", COUNT),
    ("options.num_thread", COUNT),
    ("options.num_keep", number(-1.0, 10_000_000.0)),
    ("options.num_predict", number(-2.0, 10_000_000.0)),
    ("options.repeat_last_n", number(-1.0, 10_000_000.0)),
    ("options.repeat_penalty", number(0.0, 10.0)),
    ("options.presence_penalty", number(-2.0, 2.0)),
    ("options.frequency_penalty", number(-2.0, 2.0)),
];

const REPLY: &[ReplyRow] = &[
    ("model", KEEP),
    ("created_at", KEEP),
    ("done", END),
    ("done_reason", KEEP),
    ("total_duration", KEEP),
    ("load_duration", KEEP),
    ("prompt_eval_count", KEEP),
    ("prompt_eval_duration", KEEP),
    ("eval_count", KEEP),
    ("eval_duration", KEEP),
    ("context[]", KEEP),
    ("message.role", KEEP),
    ("message.tool_calls[].id", KEEP),
    ("message.tool_calls[].function.name", KEEP),
    ("message.content", answer(0)),
    ("message.thinking", prose(0)),
    ("response", answer(0)),
    ("thinking", prose(0)),
];
