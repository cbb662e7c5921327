//! OpenAI Responses, as tables: items in, items out, and a stream in which every event has a name and a number.

use super::openai_conversations::{ITEMS, LISTS};
use super::words::{
    COUNT, END, ID, KEEP, OBJECT, answer, arguments, ends, erase, input, number, post, prose, read, starts, whole,
};
use super::{Mark, Method, Operation, ReplyRow, Row, State, Streams};
use crate::deid::Class::{Data, Media, Object, Refuse, Sealed, Url, Vocabulary};
use crate::refusal::Reason;

pub const fn responses(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation {
        query,
        request: &[REQUEST],
        reply: &[REPLY, STREAM],
        streams: Streams::Field { absent: false },
        state: State::Keeps { absent: true },
        ..post("openai.responses", paths)
    }
}

pub static RESPONSES: Operation = responses(&["/v1/responses"], &["beta"]);

/// It carries a whole prompt, so it is cleared like one.
pub static INPUT_TOKENS: Operation = Operation {
    request: &[REQUEST],
    reply: &[&[("object", KEEP), ("input_tokens", KEEP)]],
    ..post("openai.input_tokens", &["/v1/responses/input_tokens"])
};

pub static COMPACT: Operation =
    Operation { request: &[REQUEST], reply: &[REPLY], ..post("openai.compact", &["/v1/responses/compact"]) };

pub static STORED: Operation = stored(&["/v1/responses/{id}"], READS);
pub static INPUT_ITEMS: Operation = input_items(&["/v1/responses/{id}/input_items"], LISTS);
pub static CANCEL: Operation = cancel(&["/v1/responses/{id}/cancel"], &[]);
pub static ERASE: Operation = erased(&["/v1/responses/{id}"], &[]);

/// What of a stored response may be asked for.
const READS: &[&str] = &["include[]", "include", "stream", "starting_after", "include_obfuscation"];

pub const fn stored(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation { query, reply: &[REPLY, STREAM], state: State::Reads, ..read("openai.response", paths) }
}

pub const fn input_items(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation { query, reply: &[ITEMS], state: State::Reads, ..read("openai.response_items", paths) }
}

pub const fn cancel(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation {
        query,
        method: Method::Post,
        reply: &[REPLY],
        state: State::Reads,
        ..read("openai.response_cancel", paths)
    }
}

pub const fn erased(paths: &'static [&'static str], query: &'static [&'static str]) -> Operation {
    Operation { query, reply: &[REPLY], state: State::Erases, ..erase("openai.response_delete", paths) }
}

pub const ROLES: &[&str] = &["user", "assistant", "system", "developer", "tool", "unknown", "critic", "discriminator"];

pub const WORDS: &[&str] = &[
    "message",
    "input_text",
    "input_image",
    "input_file",
    "input_audio",
    "output_text",
    "refusal",
    "summary_text",
    "reasoning_text",
    "text",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "computer_call",
    "computer_call_output",
    "file_search_call",
    "web_search_call",
    "image_generation_call",
    "code_interpreter_call",
    "local_shell_call",
    "local_shell_call_output",
    "shell_call",
    "shell_call_output",
    "apply_patch_call",
    "apply_patch_call_output",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "item_reference",
    "compaction",
    "program",
    "program_output",
    "url_citation",
    "file_citation",
    "container_file_citation",
    "file_path",
    "function",
    "custom",
    "web_search",
    "web_search_preview",
    "file_search",
    "code_interpreter",
    "computer_use_preview",
    "computer",
    "image_generation",
    "mcp",
    "local_shell",
    "shell",
    "apply_patch",
    "grammar",
    "lark",
    "regex",
    "json_schema",
    "json_object",
    "auto",
    "none",
    "required",
    "allowed_tools",
    "approximate",
    "logs",
    "image",
    "in_progress",
    "completed",
    "incomplete",
    "searching",
    "interpreting",
    "failed",
    "calling",
    "queued",
    "low",
    "medium",
    "high",
    "original",
    "minimal",
    "xhigh",
    "max",
    "concise",
    "detailed",
    "disabled",
    "default",
    "flex",
    "priority",
    "scale",
    "commentary",
    "final_answer",
];

const INCLUDES: &[&str] = &[
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

pub const REQUEST: &[Row] = &[
    ("model", ID),
    ("include[]", Vocabulary(INCLUDES)),
    ("metadata", Data),
    ("max_output_tokens", COUNT),
    ("max_tool_calls", COUNT),
    ("temperature", number(0.0, 2.0)),
    ("top_p", number(0.0, 1.0)),
    ("top_logprobs", number(0.0, 20.0)),
    ("truncation", Vocabulary(WORDS)),
    ("service_tier", Vocabulary(WORDS)),
    ("reasoning.effort", Vocabulary(WORDS)),
    ("reasoning.summary", Vocabulary(WORDS)),
    ("reasoning.generate_summary", Vocabulary(WORDS)),
    ("text.verbosity", Vocabulary(WORDS)),
    ("text.format.type", Vocabulary(WORDS)),
    ("text.format.name", ID),
    ("prompt_cache_retention", Vocabulary(&["in_memory", "24h"])),
    ("context_management[].type", Vocabulary(WORDS)),
    ("context_management[].compact_threshold", COUNT),
    ("prompt", Refuse(Reason::UnknownObject)),
    ("previous_response_id", Object),
    ("conversation", Object),
    ("conversation.id", Object),
    ("input[].type", Vocabulary(WORDS)),
    ("input[].role", Vocabulary(ROLES)),
    ("input[].phase", Vocabulary(WORDS)),
    ("input[].status", Vocabulary(WORDS)),
    ("input[].id", ID),
    ("input[].call_id", ID),
    ("input[].approval_request_id", ID),
    ("input[].name", ID),
    ("input[].server_label", ID),
    ("input[].arguments", Data),
    ("input[].encrypted_content", Sealed),
    ("input[].fingerprint", Sealed),
    ("input[].content[].type", Vocabulary(WORDS)),
    ("input[].content[].image_url", Url),
    ("input[].content[].detail", Vocabulary(WORDS)),
    ("input[].content[].file_data", Media),
    ("input[].content[].file_url", Url),
    ("input[].content[].file_id", Object),
    ("input[].content[].input_audio.data", Media),
    ("input[].content[].input_audio.format", Vocabulary(&["wav", "mp3"])),
    ("input[].content[].annotations[].type", Vocabulary(WORDS)),
    ("input[].content[].annotations[].file_id", ID),
    ("input[].content[].annotations[].container_id", ID),
    ("input[].summary[].type", Vocabulary(WORDS)),
    ("input[].output[].type", Vocabulary(WORDS)),
    ("input[].output[].image_url", Url),
    ("input[].output[].file_data", Media),
    ("input[].output[].file_url", Url),
    ("input[].output[].file_id", Object),
    ("input[].output.type", ID),
    ("input[].output.image_url", Url),
    ("input[].output.file_id", Object),
    ("input[].result", Media),
    ("input[].container_id", Refuse(Reason::UnknownObject)),
    ("input[].outputs[].type", Vocabulary(WORDS)),
    ("input[].outputs[].url", Url),
    ("input[].action.type", ID),
    ("tools[].type", Vocabulary(WORDS)),
    ("tools[].name", ID),
    ("tools[].server_label", ID),
    ("tools[].server_url", Url),
    ("tools[].connector_id", Refuse(Reason::RemoteFetch)),
    ("tools[].vector_store_ids", Refuse(Reason::UnknownObject)),
    ("tools[].max_num_results", COUNT),
    ("tools[].container", Refuse(Reason::UnsupportedFeature)),
    ("tools[].format.type", Vocabulary(WORDS)),
    ("tools[].format.syntax", Vocabulary(WORDS)),
    ("tools[].search_context_size", Vocabulary(WORDS)),
    ("tools[].user_location.type", Vocabulary(WORDS)),
    ("tools[].display_width", COUNT),
    ("tools[].display_height", COUNT),
    ("tool_choice", Vocabulary(WORDS)),
    ("tool_choice.type", Vocabulary(WORDS)),
    ("tool_choice.name", ID),
    ("tool_choice.mode", Vocabulary(WORDS)),
    ("tool_choice.tools[].type", Vocabulary(WORDS)),
    ("tool_choice.tools[].name", ID),
];

/// Rows of the response object, which is the whole reply and also stands in events.
macro_rules! response {
    ($($path:literal $mark:expr,)*) => {
        &[$(($path, $mark), (concat!("response.", $path), $mark),)*]
    };
}

pub const REPLY: &[ReplyRow] = response![
    "id" OBJECT,
    "object" KEEP,
    "created_at" KEEP,
    "completed_at" KEEP,
    "status" KEEP,
    "model" KEEP,
    "service_tier" KEEP,
    "previous_response_id" KEEP,
    "conversation.id" KEEP,
    "truncation" KEEP,
    "usage.**" KEEP,
    "error.code" KEEP,
    "error.type" KEEP,
    "temperature" KEEP,
    "top_p" KEEP,
    "top_logprobs" KEEP,
    "max_output_tokens" KEEP,
    "output[].id" KEEP,
    "output[].type" KEEP,
    "output[].status" KEEP,
    "output[].role" KEEP,
    "output[].call_id" KEEP,
    "output[].arguments" Mark::Json,
    "output[].encrypted_content" KEEP,
    "output[].fingerprint" KEEP,
    "output[].result" KEEP,
    "output[].content[].type" KEEP,
    "output[].content[].text" whole(2),
    "output[].content[].annotations[].start_index" starts(2),
    "output[].content[].annotations[].end_index" ends(2),
    "output[].content[].annotations[].index" starts(2),
    "output[].content[].logprobs" Mark::Logprobs,
    "output[].content[].annotations[].type" KEEP,
    "output[].content[].annotations[].file_id" KEEP,
    "output[].summary[].type" KEEP,
];

const STREAM: &[ReplyRow] = &[
    ("type", KEEP),
    ("item_id", KEEP),
    ("obfuscation", KEEP),
    ("code", KEEP),
    ("logprobs", Mark::Logprobs),
    ("partial_image_b64", KEEP),
    ("item.id", KEEP),
    ("item.type", KEEP),
    ("item.status", KEEP),
    ("item.role", KEEP),
    ("item.call_id", KEEP),
    ("item.arguments", Mark::Json),
    ("item.encrypted_content", KEEP),
    ("item.fingerprint", KEEP),
    ("item.result", KEEP),
    ("item.content[].type", KEEP),
    ("item.content[].text", whole(2)),
    ("item.content[].annotations[].start_index", starts(2)),
    ("item.content[].annotations[].end_index", ends(2)),
    ("item.content[].annotations[].index", starts(2)),
    ("part.text", whole(2)),
    ("part.annotations[].type", KEEP),
    ("part.annotations[].start_index", starts(2)),
    ("part.annotations[].end_index", ends(2)),
    ("part.annotations[].index", starts(2)),
    ("text", whole(2)),
    ("annotation.type", KEEP),
    ("annotation.start_index", starts(2)),
    ("annotation.end_index", ends(2)),
    ("annotation.index", starts(2)),
    ("annotation_index", KEEP),
    ("item.content[].logprobs", Mark::Logprobs),
    ("item.content[].annotations[].type", KEEP),
    ("item.summary[].type", KEEP),
    ("part.type", KEEP),
    ("part.logprobs", Mark::Logprobs),
    ("arguments", Mark::Json),
    ("<response.output_text.delta>.delta", answer(2)),
    ("<response.refusal.delta>.delta", prose(2)),
    ("<response.reasoning_text.delta>.delta", prose(2)),
    ("<response.reasoning_summary_text.delta>.delta", prose(2)),
    ("<response.function_call_arguments.delta>.delta", arguments(1)),
    ("<response.mcp_call_arguments.delta>.delta", arguments(1)),
    ("<response.custom_tool_call_input.delta>.delta", input(1)),
    ("<response.code_interpreter_call_code.delta>.delta", input(1)),
    ("<response.shell_call_command.delta>.delta", input(2)),
    ("<response.audio.transcript.delta>.delta", prose(1)),
    ("<response.audio.delta>.delta", KEEP),
    ("delta.stdout", input(2)),
    ("delta.stderr", input(2)),
    // An event that is not known yet: its pieces are taken for one text each.
    ("delta", input(2)),
    ("<response.output_text.done>.output_index", END),
    ("<response.refusal.done>.output_index", END),
    ("<response.reasoning_text.done>.output_index", END),
    ("<response.reasoning_summary_text.done>.output_index", END),
    ("<response.function_call_arguments.done>.output_index", END),
    ("<response.mcp_call_arguments.done>.output_index", END),
    ("<response.custom_tool_call_input.done>.output_index", END),
    ("<response.code_interpreter_call_code.done>.output_index", END),
    ("<response.content_part.done>.output_index", END),
    ("<response.output_item.done>.output_index", END),
    ("<response.completed>.sequence_number", END),
    ("<response.incomplete>.sequence_number", END),
    ("<response.failed>.sequence_number", END),
    ("<error>.sequence_number", END),
    ("sequence_number", KEEP),
    ("output_index", KEEP),
    ("content_index", KEEP),
    ("summary_index", KEEP),
];
