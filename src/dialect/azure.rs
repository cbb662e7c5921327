//! Azure OpenAI: the OpenAI shapes under a deployment's path, or under `/openai/v1`.

use super::Operation;
use super::openai::{completions, embeddings, images};
use super::openai_chat::chat;
use super::openai_files as files;
use super::openai_responses::{cancel, erased, input_items, responses, stored};
use super::words::{KEEP, read};

pub static OPERATIONS: &[&Operation] = &[
    &CHAT,
    &COMPLETIONS,
    &EMBEDDINGS,
    &IMAGES,
    &RESPONSES,
    &STORED,
    &INPUT_ITEMS,
    &CANCEL,
    &ERASED,
    &MODELS,
    &FILES,
    &FILES_LIST,
    &FILE,
    &FILE_CONTENT,
    &FILE_ERASE,
    &BATCHES,
    &BATCHES_LIST,
    &BATCH,
    &BATCH_CANCEL,
];

const QUERY: &[&str] = &["api-version"];
const LISTS: &[&str] = &["api-version", "after", "limit", "order", "purpose"];

static CHAT: Operation =
    chat(&["/openai/deployments/{deployment}/chat/completions", "/openai/v1/chat/completions"], QUERY);
static COMPLETIONS: Operation =
    completions(&["/openai/deployments/{deployment}/completions", "/openai/v1/completions"], QUERY);
static EMBEDDINGS: Operation =
    embeddings(&["/openai/deployments/{deployment}/embeddings", "/openai/v1/embeddings"], QUERY);
static IMAGES: Operation =
    images(&["/openai/deployments/{deployment}/images/generations", "/openai/v1/images/generations"], QUERY);
static RESPONSES: Operation = responses(&["/openai/responses", "/openai/v1/responses"], QUERY);
static STORED: Operation = stored(
    &["/openai/responses/{id}", "/openai/v1/responses/{id}"],
    &["api-version", "include[]", "include", "stream", "starting_after", "include_obfuscation"],
);
static INPUT_ITEMS: Operation = input_items(
    &["/openai/responses/{id}/input_items", "/openai/v1/responses/{id}/input_items"],
    &["api-version", "limit", "order", "after", "before", "include[]", "include"],
);
static CANCEL: Operation = cancel(&["/openai/responses/{id}/cancel", "/openai/v1/responses/{id}/cancel"], QUERY);
static ERASED: Operation = erased(&["/openai/responses/{id}", "/openai/v1/responses/{id}"], QUERY);
static MODELS: Operation = Operation {
    query: QUERY,
    reply: &[&[("**", KEEP)]],
    ..read("openai.models", &["/openai/v1/models", "/openai/models", "/openai/deployments"])
};

static FILES: Operation = files::files(&["/openai/files", "/openai/v1/files"], QUERY);
static FILES_LIST: Operation = files::files_list(&["/openai/files", "/openai/v1/files"], LISTS);
static FILE: Operation = files::file(&["/openai/files/{id}", "/openai/v1/files/{id}"], QUERY);
static FILE_CONTENT: Operation =
    files::file_content(&["/openai/files/{id}/content", "/openai/v1/files/{id}/content"], QUERY);
static FILE_ERASE: Operation = files::file_erase(&["/openai/files/{id}", "/openai/v1/files/{id}"], QUERY);
static BATCHES: Operation = files::batches(&["/openai/batches", "/openai/v1/batches"], QUERY);
static BATCHES_LIST: Operation = files::batches_list(&["/openai/batches", "/openai/v1/batches"], LISTS);
static BATCH: Operation = files::batch(&["/openai/batches/{id}", "/openai/v1/batches/{id}"], QUERY);
static BATCH_CANCEL: Operation =
    files::batch_cancel(&["/openai/batches/{id}/cancel", "/openai/v1/batches/{id}/cancel"], QUERY);
