//! Every OpenAI endpoint: those that are carried, and those that are refused with what to do instead.

use super::openai_chat::{
    CHAT, STORED_CHAT, STORED_CHAT_CHANGE, STORED_CHAT_ERASE, STORED_CHAT_MESSAGES, STORED_CHATS,
};
use super::openai_conversations::{
    CONVERSATION_ERASE, CONVERSATION_EXTEND, CONVERSATION_ITEM_ERASE, CONVERSATION_READ, CONVERSATIONS,
};
use super::openai_files::{
    BATCH, BATCH_CANCEL, BATCHES, BATCHES_LIST, FILE, FILE_CONTENT, FILE_ERASE, FILES, FILES_LIST,
};
use super::openai_responses::{CANCEL, COMPACT, ERASE, INPUT_ITEMS, INPUT_TOKENS, RESPONSES, STORED};
use super::openai_uploads::{UPLOAD_CANCEL, UPLOAD_COMPLETE, UPLOAD_PART, UPLOADS};
use super::words::{COUNT, END, ID, KEEP, SEED, answer, number, post, read, refused};
use super::{Mark, Method, Operation, ReplyRow, Row, Streams};
use crate::deid::Class::{Data, TokenIds, Url, Vocabulary};
use crate::deid::Style;

pub static OPERATIONS: &[&Operation] = &[
    &CHAT,
    &RESPONSES,
    &INPUT_TOKENS,
    &COMPACT,
    &COMPLETIONS,
    &EMBEDDINGS,
    &MODERATIONS,
    &IMAGES,
    &MODELS,
    &MODEL,
    &STORED_CHATS,
    &STORED_CHAT,
    &STORED_CHAT_MESSAGES,
    &STORED_CHAT_CHANGE,
    &STORED_CHAT_ERASE,
    &FILES,
    &FILES_LIST,
    &FILE,
    &FILE_CONTENT,
    &FILE_ERASE,
    &BATCHES,
    &BATCHES_LIST,
    &BATCH,
    &BATCH_CANCEL,
    &UPLOADS,
    &UPLOAD_PART,
    &UPLOAD_COMPLETE,
    &UPLOAD_CANCEL,
    &AUDIO,
    &IMAGE_EDITS,
    &REALTIME,
    &REALTIME_CALLS,
    &STORES,
    &STORED,
    &INPUT_ITEMS,
    &CANCEL,
    &ERASE,
    &CONVERSATIONS,
    &CONVERSATION_READ,
    &CONVERSATION_EXTEND,
    &CONVERSATION_ERASE,
    &CONVERSATION_ITEM_ERASE,
];

pub static COMPLETIONS: Operation = completions(&["/v1/completions", "/v1/fim/completions"], &[]);

pub const fn completions(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation {
        query,
        request: &[COMPLETIONS_REQUEST],
        reply: &[COMPLETIONS_REPLY],
        streams: Streams::Field { absent: false },
        ..post("openai.completions", paths)
    }
}

const COMPLETIONS_REQUEST: &[Row] = &[
    ("model", ID),
    ("prompt[]", TokenIds),
    ("prompt[][]", TokenIds),
    ("best_of", number(1.0, 128.0)),
    ("n", number(1.0, 128.0)),
    ("seed", SEED),
    ("random_seed", SEED),
    ("max_tokens", COUNT),
    ("min_tokens", COUNT),
    ("temperature", number(0.0, 2.0)),
    ("top_p", number(0.0, 1.0)),
    ("top_k", number(-1.0, 100_000.0)),
    ("presence_penalty", number(-2.0, 2.0)),
    ("frequency_penalty", number(-2.0, 2.0)),
    ("logprobs", number(0.0, 20.0)),
    ("logit_bias.*", number(-100.0, 100.0)),
    ("metadata", Data),
];

pub const COMPLETIONS_REPLY: &[ReplyRow] = &[
    ("id", KEEP),
    ("object", KEEP),
    ("created", KEEP),
    ("model", KEEP),
    ("system_fingerprint", KEEP),
    ("obfuscation", KEEP),
    ("usage.**", KEEP),
    ("choices[].index", KEEP),
    ("choices[].text", answer(1)),
    ("choices[].finish_reason", END),
    ("choices[].logprobs", Mark::Logprobs),
    ("error.type", KEEP),
    ("error.code", KEEP),
];

pub static EMBEDDINGS: Operation = embeddings(&["/v1/embeddings"], &[]);

/// Token ids are text that no scanner sees. `encoding_format` is why vectors may come back as base64.
pub const fn embeddings(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation {
        query,
        request: &[&[
            ("model", ID),
            ("input[]", TokenIds),
            ("input[][]", TokenIds),
            ("dimensions", COUNT),
            ("encoding_format", Vocabulary(&["float", "base64"])),
        ]],
        reply: &[EMBEDDINGS_REPLY],
        style: Style::Keyed,
        ..post("openai.embeddings", paths)
    }
}

pub const EMBEDDINGS_REPLY: &[ReplyRow] = &[
    ("object", KEEP),
    ("model", KEEP),
    ("data[].object", KEEP),
    ("data[].index", KEEP),
    ("data[].embedding", KEEP),
    ("data[].embedding[]", KEEP),
    ("usage.**", KEEP),
];

pub static MODERATIONS: Operation = Operation {
    request: &[&[("model", ID), ("input[].type", Vocabulary(&["text", "image_url"])), ("input[].image_url.url", Url)]],
    reply: &[&[("id", KEEP), ("model", KEEP), ("results[].**", KEEP)]],
    ..post("openai.moderations", &["/v1/moderations"])
};

static IMAGES: Operation = images(&["/v1/images/generations"], &[]);

pub const fn images(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation {
        query,
        request: &[IMAGES_REQUEST],
        reply: &[IMAGES_REPLY],
        streams: Streams::Field { absent: false },
        ..post("openai.images", paths)
    }
}

const IMAGES_REQUEST: &[Row] = &[
    ("model", ID),
    ("n", number(1.0, 16.0)),
    ("size", Vocabulary(IMAGE_WORDS)),
    ("quality", Vocabulary(IMAGE_WORDS)),
    ("style", Vocabulary(IMAGE_WORDS)),
    ("background", Vocabulary(IMAGE_WORDS)),
    ("moderation", Vocabulary(IMAGE_WORDS)),
    ("output_format", Vocabulary(IMAGE_WORDS)),
    ("response_format", Vocabulary(IMAGE_WORDS)),
    ("output_compression", number(0.0, 100.0)),
    ("partial_images", number(0.0, 3.0)),
];

const IMAGES_REPLY: &[ReplyRow] = &[
    ("created", KEEP),
    ("created_at", KEEP),
    ("type", KEEP),
    ("data[].b64_json", KEEP),
    ("data[].url", KEEP),
    ("b64_json", KEEP),
    ("usage.**", KEEP),
];

const IMAGE_WORDS: &[&str] = &[
    "256x256",
    "512x512",
    "1024x1024",
    "1536x1024",
    "1024x1536",
    "1792x1024",
    "1024x1792",
    "auto",
    "standard",
    "hd",
    "low",
    "medium",
    "high",
    "vivid",
    "natural",
    "transparent",
    "opaque",
    "png",
    "jpeg",
    "webp",
    "url",
    "b64_json",
];

static MODELS: Operation = Operation { reply: &[&[("**", KEEP)]], ..read("openai.models", &["/v1/models"]) };

static MODEL: Operation = Operation { reply: &[&[("**", KEEP)]], ..read("openai.model", &["/v1/models/{model}"]) };

static AUDIO: Operation = refused(
    Method::Post,
    &["/v1/audio/transcriptions", "/v1/audio/translations", "/v1/audio/speech", "/v1/audio/voices"],
    "a voice is an identifier: 45 CFR 164.514(b)(2)(i)(P)",
);
static IMAGE_EDITS: Operation =
    refused(Method::Post, &["/v1/images/edits", "/v1/images/variations"], "images cannot be cleared");
static REALTIME: Operation =
    refused(Method::Get, &["/v1/realtime", "/v1/responses"], "sockets cannot be cleared; use plain HTTP requests");
static REALTIME_CALLS: Operation = refused(
    Method::Post,
    &["/v1/realtime/client_secrets", "/v1/realtime/sessions", "/v1/realtime/calls"],
    "its media would go past the gateway",
);
static STORES: Operation = refused(
    Method::Post,
    &[
        "/v1/vector_stores",
        "/v1/fine_tuning/jobs",
        "/v1/assistants",
        "/v1/threads",
        "/v1/containers",
        "/v1/evals",
        "/v1/videos",
    ],
    "what the provider keeps cannot be cleared again",
);
