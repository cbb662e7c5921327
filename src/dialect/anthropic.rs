//! Anthropic Messages: messages, token counts, models.

use super::anthropic_batches::{BATCH, BATCH_CANCEL, BATCH_ERASE, BATCH_RESULTS, BATCHES, BATCHES_LIST};
use super::anthropic_files::{FILE, FILE_CONTENT, FILE_ERASE, FILES, FILES_LIST};
use super::words::{COUNT, END, ID, KEEP, answer, arguments, number, post, read, refused, signed, whole};
use super::{Mark, Method, Operation, ReplyRow, Row, Streams};
use crate::deid::Class::{Data, Media, MediaType, Object, Refuse, Sealed, Signature, Url, Vocabulary};
use crate::deid::Clean;
use crate::json::Node;
use crate::refusal::Reason;

pub static OPERATIONS: &[&Operation] = &[
    &MESSAGES,
    &COUNT_TOKENS,
    &MODELS,
    &MODEL,
    &BATCHES,
    &BATCHES_LIST,
    &BATCH,
    &BATCH_RESULTS,
    &BATCH_CANCEL,
    &BATCH_ERASE,
    &FILES,
    &FILES_LIST,
    &FILE,
    &FILE_CONTENT,
    &FILE_ERASE,
    &SKILLS,
];

pub static MESSAGES: Operation = messages("anthropic.messages", &["/v1/messages"]);

pub const fn messages(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation {
        query: &["beta"],
        request: &[REQUEST],
        reply: &[REPLY, STREAM],
        streams: Streams::Field { absent: false },
        ..post(name, paths)
    }
}

/// It carries a whole prompt, so it is cleared like one.
pub static COUNT_TOKENS: Operation = Operation {
    query: &["beta"],
    request: &[REQUEST],
    reply: &[&[("input_tokens", KEEP), ("context_management.**", KEEP)]],
    ..post("anthropic.count_tokens", &["/v1/messages/count_tokens"])
};

pub static MODELS: Operation = Operation {
    query: &["beta", "limit", "after_id", "before_id"],
    reply: &[&[("**", KEEP)]],
    ..read("anthropic.models", &["/v1/models"])
};

pub static MODEL: Operation =
    Operation { query: &["beta"], reply: &[&[("**", KEEP)]], ..read("anthropic.model", &["/v1/models/{model}"]) };

static SKILLS: Operation = refused(
    Method::Post,
    &["/v1/skills", "/v1/agents", "/v1/sessions", "/v1/environments", "/v1/vaults"],
    "what the provider keeps cannot be cleared again",
);

const TYPES: &[&str] = &[
    "text",
    "image",
    "document",
    "search_result",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
    "container_upload",
    "compaction",
    "tool_reference",
    "base64",
    "url",
    "file",
    "content",
    "ephemeral",
    "enabled",
    "disabled",
    "adaptive",
    "auto",
    "any",
    "tool",
    "none",
    "custom",
    "json_schema",
    "object",
    "char_location",
    "page_location",
    "content_block_location",
    "web_search_result_location",
    "search_result_location",
    "web_search_result",
    "web_fetch_result",
    "code_execution_result",
    "bash_code_execution_result",
    "direct",
    "approximate",
];

pub const REQUEST: &[Row] = &[
    ("model", ID),
    ("max_tokens", COUNT),
    ("temperature", number(0.0, 1.0)),
    ("top_p", number(0.0, 1.0)),
    ("top_k", number(0.0, 100_000.0)),
    ("service_tier", Vocabulary(&["auto", "standard_only"])),
    ("inference_geo", Vocabulary(&["us", "global", "eu"])),
    ("speed", Vocabulary(&["standard", "fast"])),
    ("thinking.type", Vocabulary(TYPES)),
    ("thinking.budget_tokens", COUNT),
    ("thinking.display", Vocabulary(&["summarized", "omitted"])),
    ("output_config.effort", Vocabulary(&["low", "medium", "high", "xhigh", "max"])),
    ("output_config.format.type", Vocabulary(TYPES)),
    ("output_format.type", Vocabulary(TYPES)),
    ("cache_control.type", Vocabulary(TYPES)),
    ("cache_control.ttl", Vocabulary(TTLS)),
    ("system[].type", Vocabulary(TYPES)),
    ("system[].cache_control.type", Vocabulary(TYPES)),
    ("system[].cache_control.ttl", Vocabulary(TTLS)),
    ("tool_choice.type", Vocabulary(TYPES)),
    ("tool_choice.name", ID),
    ("tools[].type", ID),
    ("tools[].name", ID),
    ("tools[].cache_control.type", Vocabulary(TYPES)),
    ("tools[].cache_control.ttl", Vocabulary(TTLS)),
    ("tools[].max_uses", COUNT),
    ("tools[].max_characters", COUNT),
    ("tools[].max_content_tokens", COUNT),
    ("tools[].display_width_px", COUNT),
    ("tools[].display_height_px", COUNT),
    ("tools[].input_examples[]", Data),
    ("context_management.edits[].type", Vocabulary(EDITS)),
    ("context_management.edits[].trigger.type", Vocabulary(EDITS)),
    ("context_management.edits[].trigger.value", COUNT),
    ("context_management.edits[].keep", Vocabulary(EDITS)),
    ("context_management.edits[].keep.type", Vocabulary(EDITS)),
    ("context_management.edits[].keep.value", COUNT),
    ("context_management.edits[].clear_at_least.type", Vocabulary(EDITS)),
    ("context_management.edits[].clear_at_least.value", COUNT),
    ("context_management.edits[].exclude_tools[]", ID),
    ("mcp_servers[].url", Url),
    ("container", Refuse(Reason::UnknownObject)),
    ("container.id", Refuse(Reason::UnknownObject)),
    ("thread", Refuse(Reason::UnsupportedFeature)),
    ("messages[].role", Vocabulary(&["user", "assistant", "system"])),
    ("messages[].content[].type", Vocabulary(TYPES)),
    ("messages[].content[].id", ID),
    ("messages[].content[].name", ID),
    ("messages[].content[].tool_use_id", ID),
    ("messages[].content[].toolset_name", ID),
    ("messages[].content[].caller.type", ID),
    ("messages[].content[].caller.tool_id", ID),
    ("messages[].content[].cache_control.type", Vocabulary(TYPES)),
    ("messages[].content[].cache_control.ttl", Vocabulary(TTLS)),
    ("messages[].content[].input", Data),
    ("messages[].content[].source.type", Vocabulary(TYPES)),
    ("messages[].content[].source.media_type", MediaType),
    ("messages[].content[].source<base64>.data", Media),
    ("messages[].content[].source.url", Url),
    ("messages[].content[].source.file_id", Object),
    ("messages[].content[].file_id", Object),
    ("messages[].content[].source.content[].type", Vocabulary(TYPES)),
    ("messages[].content[].source.content[].source.type", Vocabulary(TYPES)),
    ("messages[].content[].source.content[].source.media_type", MediaType),
    ("messages[].content[].source.content[].source<base64>.data", Media),
    ("messages[].content[].source.content[].source.url", Url),
    ("messages[].content[].source.content[].source.file_id", Object),
    // Results of tools hold blocks like those of a message.
    ("messages[].content[].content[].type", Vocabulary(TYPES)),
    ("messages[].content[].content[].cache_control.type", Vocabulary(TYPES)),
    ("messages[].content[].content[].cache_control.ttl", Vocabulary(TTLS)),
    ("messages[].content[].content[].source.type", Vocabulary(TYPES)),
    ("messages[].content[].content[].source.media_type", MediaType),
    ("messages[].content[].content[].source<base64>.data", Media),
    ("messages[].content[].content[].source.url", Url),
    ("messages[].content[].content[].source.file_id", Object),
    ("messages[].content[].content[].file_id", Object),
    ("messages[].content[].content[].encrypted_content", Sealed),
    ("messages[].content[].content.type", Vocabulary(TYPES)),
    ("messages[].content[].content.encrypted_stdout", Sealed),
    ("messages[].content[].content.content[].type", ID),
    ("messages[].content[].content.content[].file_id", Object),
    ("messages[].content[].citations[].type", Vocabulary(TYPES)),
    ("messages[].content[].citations[].encrypted_index", Sealed),
    // What the provider signed must go back as it was signed.
    ("messages[].content[]<thinking>.signature", Signature { of: "thinking" }),
    ("messages[].content[]<redacted_thinking>.data", Sealed),
    ("messages[].content[]<compaction>.signature", Signature { of: "content" }),
    ("messages[].content[]<compaction>.encrypted_content", Sealed),
];

const EDITS: &[&str] = &[
    "clear_tool_uses_20250919",
    "clear_thinking_20251015",
    "compact_20260112",
    "input_tokens",
    "tool_uses",
    "thinking_turns",
    "all",
];

const TTLS: &[&str] = &["5m", "1h"];

pub const REPLY: &[ReplyRow] = &[
    ("id", KEEP),
    ("type", KEEP),
    ("role", KEEP),
    ("model", KEEP),
    ("request_id", KEEP),
    ("stop_reason", KEEP),
    ("usage.**", KEEP),
    ("container.**", KEEP),
    ("error.type", KEEP),
    ("content[].type", KEEP),
    ("content[].id", KEEP),
    ("content[].tool_use_id", KEEP),
    ("content[]<thinking>.signature", Mark::Signature { of: "thinking" }),
    ("content[]<redacted_thinking>.data", KEEP),
    ("content[]<compaction>.signature", Mark::Signature { of: "content" }),
    ("content[].encrypted_content", KEEP),
    ("content[].content[].type", KEEP),
    ("content[].content[].encrypted_content", KEEP),
    ("content[].content.encrypted_stdout", KEEP),
    ("content[].citations[].type", KEEP),
    ("content[].citations[].encrypted_index", KEEP),
    ("content[].citations[].document_index", KEEP),
    ("content[].citations[].start_char_index", Mark::DocumentIndex { end: false }),
    ("content[].citations[].end_char_index", Mark::DocumentIndex { end: true }),
    ("content[].text", whole(1)),
];

const STREAM: &[ReplyRow] = &[
    ("<content_block_stop>.index", END),
    ("index", KEEP),
    ("message.id", KEEP),
    ("message.type", KEEP),
    ("message.role", KEEP),
    ("message.model", KEEP),
    ("message.usage.**", KEEP),
    ("content_block.type", KEEP),
    ("content_block.id", KEEP),
    ("content_block.tool_use_id", KEEP),
    ("content_block<redacted_thinking>.data", KEEP),
    ("content_block.signature", KEEP),
    ("content_block.encrypted_content", KEEP),
    ("content_block.content[].type", KEEP),
    ("content_block.content[].encrypted_content", KEEP),
    ("content_block.content.encrypted_stdout", KEEP),
    ("delta.type", KEEP),
    ("delta.stop_reason", KEEP),
    ("delta<text_delta>.text", answer(1)),
    ("delta<thinking_delta>.thinking", signed(1)),
    ("delta<compaction_delta>.content", signed(1)),
    ("delta<compaction_delta>.encrypted_content", KEEP),
    ("delta<input_json_delta>.partial_json", arguments(1)),
    ("delta<signature_delta>.signature", Mark::Signature { of: "thinking" }),
    ("delta<citations_delta>.citation.type", KEEP),
    ("delta<citations_delta>.citation.encrypted_index", KEEP),
    ("delta<citations_delta>.citation.document_index", KEEP),
    ("delta<citations_delta>.citation.start_char_index", Mark::DocumentIndex { end: false }),
    ("delta<citations_delta>.citation.end_char_index", Mark::DocumentIndex { end: true }),
];

/// The text documents of a request in their order, as they were sent: citations count their characters.
pub fn documents(body: &Node<Clean>) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for message in field(body, "messages").and_then(Node::as_array).unwrap_or_default() {
        let blocks = field(message, "content").and_then(Node::as_array).unwrap_or_default();
        let nested =
            blocks.iter().flat_map(|block| field(block, "content").and_then(Node::as_array).unwrap_or_default());
        for block in blocks.iter().chain(nested).filter(|block| text(block, "type") == Some("document")) {
            let source = field(block, "source").filter(|source| text(source, "type") == Some("text"));
            found.push(source.and_then(|source| text(source, "data")).map(str::to_owned));
        }
    }
    found
}

fn field<'n>(node: &'n Node<Clean>, name: &str) -> Option<&'n Node<Clean>> {
    node.as_object()?.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
}

fn text<'n>(node: &'n Node<Clean>, name: &str) -> Option<&'n str> {
    match field(node, name)? {
        Node::String(text) => Some(text.as_str()),
        _ => None,
    }
}
