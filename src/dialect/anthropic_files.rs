//! Anthropic files (beta): documents that messages name later. Their pseudonyms are keyed, as several may meet.

use super::words::{KEEP, OBJECT, erase, form, read};
use super::{Operation, ReplyRow, Row, State, Streams};
use crate::deid::Class::{Data, FileName, Media, Vocabulary};
use crate::deid::Style;

pub static FILES: Operation = Operation {
    query: BETA,
    request: &[FORM],
    reply: &[FILE_OBJECT],
    state: State::Keeps { absent: true },
    style: Style::Keyed,
    ..form("anthropic.files", &["/v1/files"])
};

pub static FILES_LIST: Operation = Operation {
    query: &["beta", "limit", "after_id", "before_id"],
    replies: &[("data[]", &[FILE_OBJECT])],
    state: State::Lists { items: "data", id: "id" },
    ..read("anthropic.files_list", &["/v1/files"])
};

pub static FILE: Operation = Operation {
    query: BETA,
    reply: &[FILE_OBJECT],
    state: State::Reads,
    ..read("anthropic.file", &["/v1/files/{id}"])
};

pub static FILE_CONTENT: Operation = Operation {
    query: BETA,
    streams: Streams::Lines,
    state: State::Reads,
    ..read("anthropic.file_content", &["/v1/files/{id}/content"])
};

pub static FILE_ERASE: Operation = Operation {
    query: BETA,
    reply: &[FILE_OBJECT],
    state: State::Erases,
    ..erase("anthropic.file_delete", &["/v1/files/{id}"])
};

const BETA: &[&str] = &["beta"];

const FORM: &[Row] = &[
    ("file.type", Vocabulary(&["text", "base64", "lines"])),
    ("file.filename", FileName),
    ("file.data", Data),
    ("file<base64>.data", Media),
    ("file.lines", Data),
];

const FILE_OBJECT: &[ReplyRow] = &[
    ("id", OBJECT),
    ("type", KEEP),
    ("mime_type", KEEP),
    ("size_bytes", KEEP),
    ("created_at", KEEP),
    ("downloadable", KEEP),
];
