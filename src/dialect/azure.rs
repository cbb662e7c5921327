//! Azure OpenAI: the OpenAI shapes under a deployment's path, or under `/openai/v1`.

use super::Operation;
use super::openai::{completions, embeddings, images};
use super::openai_chat::chat;
use super::openai_responses::responses;
use super::words::{KEEP, read};

pub static OPERATIONS: &[&Operation] = &[&CHAT, &COMPLETIONS, &EMBEDDINGS, &IMAGES, &RESPONSES, &MODELS];

const QUERY: &[&str] = &["api-version"];

static CHAT: Operation =
    chat(&["/openai/deployments/{deployment}/chat/completions", "/openai/v1/chat/completions"], QUERY);
static COMPLETIONS: Operation =
    completions(&["/openai/deployments/{deployment}/completions", "/openai/v1/completions"], QUERY);
static EMBEDDINGS: Operation =
    embeddings(&["/openai/deployments/{deployment}/embeddings", "/openai/v1/embeddings"], QUERY);
static IMAGES: Operation =
    images(&["/openai/deployments/{deployment}/images/generations", "/openai/v1/images/generations"], QUERY);
static RESPONSES: Operation = responses(&["/openai/responses", "/openai/v1/responses"], QUERY);
static MODELS: Operation = Operation {
    query: QUERY,
    reply: &[&[("**", KEEP)]],
    ..read("openai.models", &["/openai/v1/models", "/openai/models", "/openai/deployments"])
};
