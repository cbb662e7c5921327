//! OpenAI Chat Completions, as OpenAI, Azure, vLLM, OpenRouter, Groq, Mistral and others speak it.

use super::words::{
    COUNT, END, ID, KEEP, OBJECT, SEED, answer, arguments, ends, erase, input, number, post, prose, read, starts, whole,
};
use super::{Mark, Operation, ReplyRow, Row, State, Streams};
use crate::deid::Class::{Data, Media, Object, Url, Vocabulary};

pub static CHAT: Operation = chat(&["/v1/chat/completions"], &[]);

pub const fn chat(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation {
        query,
        request: &[REQUEST],
        reply: &[REPLY, STREAM],
        streams: Streams::Field { absent: false },
        state: State::Keeps { absent: false },
        ..post("openai.chat", paths)
    }
}

/// What `store: true` keeps.
pub static STORED_CHATS: Operation = Operation {
    query: &["model", "after", "limit", "order"],
    replies: &[("data[]", &[REPLY])],
    state: State::Lists { items: "data", id: "id" },
    ..read("openai.stored_chats", &["/v1/chat/completions"])
};
pub static STORED_CHAT: Operation =
    Operation { reply: &[REPLY], state: State::Reads, ..read("openai.stored_chat", &["/v1/chat/completions/{id}"]) };
pub static STORED_CHAT_MESSAGES: Operation = Operation {
    query: &["after", "limit", "order"],
    reply: &[STORED_MESSAGES],
    state: State::Reads,
    ..read("openai.stored_chat_messages", &["/v1/chat/completions/{id}/messages"])
};
pub static STORED_CHAT_CHANGE: Operation = Operation {
    request: &[&[("metadata", Data)]],
    reply: &[REPLY],
    state: State::Extends,
    ..post("openai.stored_chat_change", &["/v1/chat/completions/{id}"])
};
pub static STORED_CHAT_ERASE: Operation = Operation {
    reply: &[REPLY],
    state: State::Erases,
    ..erase("openai.stored_chat_delete", &["/v1/chat/completions/{id}"])
};

const STORED_MESSAGES: &[ReplyRow] = &[
    ("object", KEEP),
    ("first_id", KEEP),
    ("last_id", KEEP),
    ("data[].id", KEEP),
    ("data[].role", KEEP),
    ("data[].tool_calls[].id", KEEP),
    ("data[].tool_calls[].type", KEEP),
    ("data[].tool_calls[].function.arguments", Mark::Json),
];

/// What a message may be from, in all versions of the API.
const ROLES: &[&str] = &["system", "developer", "user", "assistant", "tool", "function"];

const TYPES: &[&str] = &[
    "text",
    "refusal",
    "image_url",
    "input_audio",
    "file",
    "function",
    "custom",
    "json_schema",
    "json_object",
    "grammar",
    "content",
    "allowed_tools",
    "approximate",
    "ephemeral",
    "regex",
    "lark",
];

const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max", "auto", "required", "detailed"];

pub const REQUEST: &[Row] = &[
    ("model", ID),
    ("models[]", ID),
    ("messages[].role", Vocabulary(ROLES)),
    ("messages[].content[].type", Vocabulary(TYPES)),
    ("messages[].content[].cache_control.type", Vocabulary(TYPES)),
    ("messages[].content[].image_url.url", Url),
    ("messages[].content[].image_url.detail", Vocabulary(EFFORTS)),
    ("messages[].content[].input_audio.data", Media),
    ("messages[].content[].input_audio.format", Vocabulary(&["wav", "mp3", "flac", "opus", "pcm16"])),
    ("messages[].content[].file.file_data", Media),
    ("messages[].content[].file.file_id", Object),
    ("messages[].tool_call_id", ID),
    ("messages[].audio.id", ID),
    ("messages[].tool_calls[].id", ID),
    ("messages[].tool_calls[].type", Vocabulary(TYPES)),
    ("messages[].tool_calls[].index", COUNT),
    ("messages[].tool_calls[].function.name", ID),
    ("messages[].tool_calls[].function.arguments", Data),
    ("messages[].tool_calls[].custom.name", ID),
    ("messages[].function_call.name", ID),
    ("messages[].function_call.arguments", Data),
    ("tools[].type", Vocabulary(TYPES)),
    ("tools[].function.name", ID),
    ("tools[].custom.name", ID),
    ("tools[].custom.format.type", Vocabulary(TYPES)),
    ("tools[].custom.format.grammar.syntax", Vocabulary(TYPES)),
    ("tool_choice", Vocabulary(EFFORTS)),
    ("tool_choice.type", Vocabulary(TYPES)),
    ("tool_choice.function.name", ID),
    ("tool_choice.custom.name", ID),
    ("tool_choice.allowed_tools.mode", Vocabulary(EFFORTS)),
    ("functions[].name", ID),
    ("function_call", Vocabulary(EFFORTS)),
    ("function_call.name", ID),
    ("response_format.type", Vocabulary(TYPES)),
    ("response_format.json_schema.name", ID),
    ("prediction.type", Vocabulary(TYPES)),
    ("prediction.content[].type", Vocabulary(TYPES)),
    ("metadata", Data),
    ("max_tokens", COUNT),
    ("max_completion_tokens", COUNT),
    ("n", number(1.0, 128.0)),
    ("seed", SEED),
    ("temperature", number(0.0, 2.0)),
    ("top_p", number(0.0, 1.0)),
    ("top_k", number(-1.0, 100_000.0)),
    ("min_p", number(0.0, 1.0)),
    ("presence_penalty", number(-2.0, 2.0)),
    ("frequency_penalty", number(-2.0, 2.0)),
    ("repetition_penalty", number(0.0, 10.0)),
    ("top_logprobs", number(0.0, 20.0)),
    ("logit_bias.*", number(-100.0, 100.0)),
    ("prompt_logprobs", number(0.0, 20.0)),
    ("service_tier", Vocabulary(&["auto", "default", "flex", "scale", "priority"])),
    ("reasoning_effort", Vocabulary(EFFORTS)),
    ("reasoning.effort", Vocabulary(EFFORTS)),
    ("verbosity", Vocabulary(EFFORTS)),
    ("modalities[]", Vocabulary(&["text", "audio", "image"])),
    ("audio.voice", ID),
    ("audio.format", Vocabulary(&["wav", "aac", "mp3", "flac", "opus", "pcm16"])),
    ("web_search_options.search_context_size", Vocabulary(EFFORTS)),
    ("web_search_options.user_location.type", Vocabulary(TYPES)),
    ("moderation.model", ID),
];

pub const REPLY: &[ReplyRow] = &[
    ("id", OBJECT),
    ("object", KEEP),
    ("created", KEEP),
    ("model", KEEP),
    ("provider", KEEP),
    ("system_fingerprint", KEEP),
    ("service_tier", KEEP),
    ("obfuscation", KEEP),
    ("usage.**", KEEP),
    ("choices[].index", KEEP),
    ("choices[].finish_reason", END),
    ("choices[].native_finish_reason", KEEP),
    ("choices[].logprobs", Mark::Logprobs),
    ("prompt_logprobs", Mark::Logprobs),
    ("choices[].message.role", KEEP),
    ("choices[].message.content", whole(1)),
    ("choices[].message.annotations[].type", KEEP),
    ("choices[].message.annotations[].url_citation.start_index", starts(1)),
    ("choices[].message.annotations[].url_citation.end_index", ends(1)),
    ("choices[].message.tool_calls[].id", KEEP),
    ("choices[].message.tool_calls[].type", KEEP),
    ("choices[].message.tool_calls[].function.arguments", Mark::Json),
    ("choices[].message.function_call.arguments", Mark::Json),
    ("choices[].message.audio.data", KEEP),
    ("choices[].message.audio.id", KEEP),
    ("choices[].message.reasoning_details[].data", KEEP),
    ("choices[].message.reasoning_details[].signature", KEEP),
    ("error.type", KEEP),
    ("error.code", KEEP),
];

const STREAM: &[ReplyRow] = &[
    ("choices[].delta.role", KEEP),
    ("choices[].delta.content", answer(1)),
    ("choices[].delta.annotations[].type", KEEP),
    ("choices[].delta.annotations[].url_citation.start_index", starts(1)),
    ("choices[].delta.annotations[].url_citation.end_index", ends(1)),
    ("choices[].delta.refusal", prose(1)),
    ("choices[].delta.reasoning_content", prose(1)),
    ("choices[].delta.reasoning", prose(1)),
    ("choices[].delta.reasoning_details[].text", prose(1)),
    ("choices[].delta.reasoning_details[].summary", prose(1)),
    ("choices[].delta.reasoning_details[].data", KEEP),
    ("choices[].delta.reasoning_details[].signature", KEEP),
    ("choices[].delta.function_call.arguments", arguments(1)),
    ("choices[].delta.tool_calls[].id", KEEP),
    ("choices[].delta.tool_calls[].type", KEEP),
    ("choices[].delta.tool_calls[].index", KEEP),
    ("choices[].delta.tool_calls[].function.arguments", arguments(2)),
    ("choices[].delta.tool_calls[].custom.input", input(2)),
    ("choices[].delta.audio.data", KEEP),
    ("choices[].delta.audio.id", KEEP),
    ("choices[].delta.audio.transcript", prose(1)),
];
