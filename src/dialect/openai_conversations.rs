//! OpenAI Conversations: kept lists of the items that Responses take and give.

use super::openai_responses::{ROLES, WORDS};
use super::words::{ID, KEEP, OBJECT, erase, post, read};
use super::{Mark, Operation, ReplyRow, Row, State};
use crate::deid::Class::{Data, Media, Object, Sealed, Url, Vocabulary};

/// Conversations hold items like those of a request.
pub static CONVERSATIONS: Operation = Operation {
    request: &[CONVERSATION],
    reply: &[&[("id", OBJECT)], ITEMS],
    state: State::Keeps { absent: true },
    ..post("openai.conversations", &["/v1/conversations"])
};
pub static CONVERSATION_READ: Operation = Operation {
    query: LISTS,
    reply: &[ITEMS],
    state: State::Reads,
    ..read(
        "openai.conversation",
        &["/v1/conversations/{id}", "/v1/conversations/{id}/items", "/v1/conversations/{id}/items/{item}"],
    )
};
pub static CONVERSATION_EXTEND: Operation = Operation {
    query: LISTS,
    request: &[CONVERSATION],
    reply: &[ITEMS],
    state: State::Extends,
    ..post("openai.conversation_items", &["/v1/conversations/{id}", "/v1/conversations/{id}/items"])
};
pub static CONVERSATION_ERASE: Operation = Operation {
    reply: &[ITEMS],
    state: State::Erases,
    ..erase("openai.conversation_delete", &["/v1/conversations/{id}"])
};
pub static CONVERSATION_ITEM_ERASE: Operation = Operation {
    reply: &[ITEMS],
    state: State::Reads,
    ..erase("openai.conversation_item_delete", &["/v1/conversations/{id}/items/{item}"])
};

pub const LISTS: &[&str] = &["limit", "order", "after", "before", "include[]", "include"];

const CONVERSATION: &[Row] = &[
    ("metadata", Data),
    ("items[].type", Vocabulary(WORDS)),
    ("items[].role", Vocabulary(ROLES)),
    ("items[].status", Vocabulary(WORDS)),
    ("items[].id", ID),
    ("items[].call_id", ID),
    ("items[].name", ID),
    ("items[].arguments", Data),
    ("items[].encrypted_content", Sealed),
    ("items[].content[].type", Vocabulary(WORDS)),
    ("items[].content[].image_url", Url),
    ("items[].content[].file_data", Media),
    ("items[].content[].file_url", Url),
    ("items[].content[].file_id", Object),
    ("items[].output[].type", Vocabulary(WORDS)),
    ("items[].output[].image_url", Url),
    ("items[].output[].file_id", Object),
];

/// Items in a list of them, or one by itself.
pub const ITEMS: &[ReplyRow] = &[
    ("id", KEEP),
    ("object", KEEP),
    ("type", KEEP),
    ("role", KEEP),
    ("status", KEEP),
    ("created_at", KEEP),
    ("first_id", KEEP),
    ("last_id", KEEP),
    ("arguments", Mark::Json),
    ("content[].type", KEEP),
    ("data[].id", KEEP),
    ("data[].type", KEEP),
    ("data[].role", KEEP),
    ("data[].status", KEEP),
    ("data[].call_id", KEEP),
    ("data[].arguments", Mark::Json),
    ("data[].encrypted_content", KEEP),
    ("data[].content[].type", KEEP),
];
