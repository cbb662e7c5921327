//! Gemini files: documents that requests name later by their address. Their pseudonyms are keyed, as several may meet.
//!
//! Clients upload in pieces, or description and file at once; either way the provider gets both in one request.

use super::gemini::versions;
use super::words::{ID, KEEP, OBJECT, erase, post, read};
use super::{Body, Gather, Mark, Operation, ReplyRow, Row, State, Streams, gemini};
use crate::deid::Class::{Data, FileName, Media, Vocabulary};
use crate::deid::Style;

pub static UPLOAD: Operation = Operation {
    query: &["uploadType", "upload_id", "upload_protocol"],
    gathers: Some(Gather::Resumable),
    body: Body::Upload,
    request: &[PARTS],
    reply: &[CREATED],
    state: State::Keeps { absent: true },
    style: Style::Keyed,
    ..post("gemini.files", &["/upload/v1beta/files", "/upload/v1/files", "/upload/v1alpha/files"])
};

pub static FILES_LIST: Operation = Operation {
    query: &["pageSize", "pageToken"],
    replies: &[("files[]", &[FILE_OBJECT])],
    state: State::Lists { items: "files", id: "name" },
    ..read("gemini.files_list", versions!("files"))
};

pub static FILE: Operation =
    Operation { reply: &[FILE_OBJECT], state: State::Reads, ..read("gemini.file", versions!("files/{id}")) };

/// The results of a batch: a JSON value a line.
pub static FILE_CONTENT: Operation = Operation {
    query: &["alt"],
    reply: &[&[("error.code", KEEP), ("error.status", KEEP)]],
    replies: &[("response", &[gemini::REPLY])],
    streams: Streams::Lines,
    state: State::Reads,
    ..read(
        "gemini.file_content",
        &[
            "/v1beta/files/{id}:download",
            "/v1/files/{id}:download",
            "/download/v1beta/files/{id}:download",
            "/download/v1/files/{id}:download",
        ],
    )
};

pub static FILE_ERASE: Operation =
    Operation { state: State::Erases, ..erase("gemini.file_delete", versions!("files/{id}")) };

/// A file and its description, as the tree that is cleared.
pub const PARTS: &[Row] = &[
    ("file.displayName", FileName),
    ("file.name", ID),
    ("content.type", Vocabulary(&["text", "base64", "lines"])),
    ("content.filename", FileName),
    ("content.data", Data),
    ("content<base64>.data", Media),
    ("content.lines", Data),
];

/// What the provider says of a file. Its address is a name too: requests use it as it is.
macro_rules! file_object {
    ($at:literal) => {
        &[
            (concat!($at, "name"), OBJECT),
            (concat!($at, "uri"), OBJECT),
            (concat!($at, "mimeType"), KEEP),
            (concat!($at, "sizeBytes"), KEEP),
            (concat!($at, "createTime"), KEEP),
            (concat!($at, "updateTime"), KEEP),
            (concat!($at, "expirationTime"), KEEP),
            (concat!($at, "sha256Hash"), KEEP),
            (concat!($at, "state"), KEEP),
            (concat!($at, "source"), KEEP),
            (concat!($at, "downloadUri"), Mark::FollowUp),
        ]
    };
}

const CREATED: &[ReplyRow] = file_object!("file.");
const FILE_OBJECT: &[ReplyRow] = file_object!("");
