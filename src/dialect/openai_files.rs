//! OpenAI files and batches: what is uploaded is cleared like a request, what comes back is restored like a reply.
//!
//! A batch file holds requests, one a line, each shaped as the endpoint that it names; the file of results holds their
//! replies. A file of another purpose is a document, and several of them may meet in one request, so its pseudonyms
//! are keyed: two files mean the same by the same pseudonym.

use super::words::{COUNT, ID, KEEP, OBJECT, erase, form, number, post, read};
use super::{Mark, Method, Operation, ReplyRow, Row, State, Streams, openai, openai_chat, openai_responses};
use crate::deid::Class::{Data, FileName, Media, Object, Vocabulary};
use crate::deid::Style;

pub static FILES: Operation = files(&["/v1/files"], &[]);
pub static FILES_LIST: Operation = files_list(&["/v1/files"], LISTS);
pub static FILE: Operation = file(&["/v1/files/{id}"], &[]);
pub static FILE_CONTENT: Operation = file_content(&["/v1/files/{id}/content"], &[]);
pub static FILE_ERASE: Operation = file_erase(&["/v1/files/{id}"], &[]);
pub static BATCHES: Operation = batches(&["/v1/batches"], &[]);
pub static BATCHES_LIST: Operation = batches_list(&["/v1/batches"], LISTS);
pub static BATCH: Operation = batch(&["/v1/batches/{id}"], &[]);
pub static BATCH_CANCEL: Operation = batch_cancel(&["/v1/batches/{id}/cancel"], &[]);

pub const LISTS: &[&str] = &["after", "limit", "order", "purpose"];

type Words = &'static [&'static str];

pub const fn files(paths: Words, query: Words) -> Operation {
    Operation {
        query,
        request: &[FORM],
        reply: &[FILE_OBJECT],
        state: State::Keeps { absent: true },
        style: Style::Keyed,
        ..form("openai.files", paths)
    }
}

pub const fn files_list(paths: Words, query: Words) -> Operation {
    Operation {
        query,
        replies: &[("data[]", &[FILE_OBJECT])],
        state: State::Lists { items: "data", id: "id" },
        ..read("openai.files_list", paths)
    }
}

pub const fn file(paths: Words, query: Words) -> Operation {
    Operation { query, reply: &[FILE_OBJECT], state: State::Reads, ..read("openai.file", paths) }
}

pub const fn file_content(paths: Words, query: Words) -> Operation {
    Operation {
        query,
        reply: &[LINE],
        replies: &[("response.body", RESULTS)],
        streams: Streams::Lines,
        state: State::Reads,
        ..read("openai.file_content", paths)
    }
}

pub const fn file_erase(paths: Words, query: Words) -> Operation {
    Operation { query, reply: &[FILE_OBJECT], state: State::Erases, ..erase("openai.file_delete", paths) }
}

pub const fn batches(paths: Words, query: Words) -> Operation {
    Operation {
        query,
        request: &[BATCH_REQUEST],
        reply: &[BATCH_OBJECT],
        state: State::Keeps { absent: true },
        ..post("openai.batches", paths)
    }
}

pub const fn batches_list(paths: Words, query: Words) -> Operation {
    Operation {
        query,
        replies: &[("data[]", &[BATCH_OBJECT])],
        state: State::Lists { items: "data", id: "id" },
        ..read("openai.batches_list", paths)
    }
}

pub const fn batch(paths: Words, query: Words) -> Operation {
    Operation { query, reply: &[BATCH_OBJECT], state: State::Reads, ..read("openai.batch", paths) }
}

pub const fn batch_cancel(paths: Words, query: Words) -> Operation {
    Operation {
        query,
        method: Method::Post,
        reply: &[BATCH_OBJECT],
        state: State::Reads,
        ..read("openai.batch_cancel", paths)
    }
}

/// What the lines of a batch file may ask for, and how the body of such a line is shaped.
pub fn batched(url: &str) -> Option<&'static Operation> {
    let path = url.strip_prefix("/openai").unwrap_or(url);
    match path.strip_prefix("/v1").unwrap_or(path) {
        "/chat/completions" => Some(&openai_chat::CHAT),
        "/responses" => Some(&openai_responses::RESPONSES),
        "/completions" => Some(&openai::COMPLETIONS),
        "/embeddings" => Some(&openai::EMBEDDINGS),
        "/moderations" => Some(&openai::MODERATIONS),
        _ => None,
    }
}

/// Rows of a form with a file; `lines` of a batch get those of their endpoint as well.
pub const FORM: &[Row] = &[
    ("purpose", Vocabulary(&["assistants", "batch", "evals", "fine-tune", "user_data", "vision"])),
    ("expires_after[anchor]", Vocabulary(&["created_at"])),
    ("expires_after[seconds]", ID),
    ("file.type", Vocabulary(&["text", "base64", "lines"])),
    ("file.filename", FileName),
    ("file.data", Data),
    ("file<base64>.data", Media),
    ("file.lines", Data),
    ("file.lines[].method", Vocabulary(&["POST"])),
    ("file.lines[].url", ID),
];

const FILE_OBJECT: &[ReplyRow] = &[
    ("id", OBJECT),
    ("object", KEEP),
    ("purpose", KEEP),
    ("status", KEEP),
    ("bytes", KEEP),
    ("created_at", KEEP),
    ("expires_at", KEEP),
];

const BATCH_REQUEST: &[Row] = &[
    ("input_file_id", Object),
    ("endpoint", ID),
    ("completion_window", Vocabulary(&["24h"])),
    ("metadata", Data),
    ("output_expires_after.anchor", Vocabulary(&["created_at"])),
    ("output_expires_after.seconds", number(0.0, 1e8)),
    ("model", ID),
    ("max_output_tokens", COUNT),
];

const BATCH_OBJECT: &[ReplyRow] = &[
    ("id", OBJECT),
    ("output_file_id", OBJECT),
    ("error_file_id", OBJECT),
    ("input_file_id", KEEP),
    ("object", KEEP),
    ("endpoint", KEEP),
    ("model", KEEP),
    ("completion_window", KEEP),
    ("status", KEEP),
    ("created_at", KEEP),
    ("in_progress_at", KEEP),
    ("expires_at", KEEP),
    ("finalizing_at", KEEP),
    ("completed_at", KEEP),
    ("failed_at", KEEP),
    ("expired_at", KEEP),
    ("cancelling_at", KEEP),
    ("cancelled_at", KEEP),
    ("request_counts.**", KEEP),
    ("usage.**", KEEP),
    ("errors.data[].code", KEEP),
    ("errors.data[].line", KEEP),
];

/// A line of results, or of the file that was sent.
const LINE: &[ReplyRow] = &[
    ("id", KEEP),
    ("method", KEEP),
    ("url", KEEP),
    ("response.status_code", KEEP),
    ("response.request_id", KEEP),
    ("error.code", KEEP),
    ("body.messages[].tool_calls[].function.arguments", Mark::Json),
    ("body.input[].arguments", Mark::Json),
];

/// Replies of every endpoint that can be batched; they share no field with different meanings.
const RESULTS: &[&[ReplyRow]] =
    &[openai_chat::REPLY, openai_responses::REPLY, openai::COMPLETIONS_REPLY, openai::EMBEDDINGS_REPLY];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_endpoints_that_are_cleared_can_be_batched() {
        assert_eq!(batched("/v1/chat/completions").map(|operation| operation.name), Some("openai.chat"));
        assert_eq!(batched("/chat/completions").map(|operation| operation.name), Some("openai.chat"));
        assert!(batched("/v1/images/generations").is_none());
        assert!(batched("/v1/chat/completions/").is_none());
    }
}
