//! Gemini and Vertex: contents and parts, in a stream of events or one growing JSON array.
//!
//! Requests are read in camel case: `casing` has rewritten the other spelling, which these APIs take as well.

use super::gemini_batches::{BATCH, BATCH_CANCEL, BATCH_ERASE, BATCHES, BATCHES_LIST};
use super::gemini_files::{FILE, FILE_CONTENT, FILE_ERASE, FILES_LIST, UPLOAD};
use super::words::{COUNT, END, ID, KEEP, OBJECT, SEED, answer, erase, number, post, prose, read, refused};
use super::{Mark, Method, Operation, ReplyRow, Row, State, Streams, anthropic};
use crate::deid::Class::{Data, Media, MediaType, Object, ObjectUrl, Refuse, Sealed, Vocabulary};
use crate::deid::Style;
use crate::refusal::Reason;
use crate::reidentify::Unit;

pub static OPERATIONS: &[&Operation] = &[
    &GENERATE,
    &STREAM,
    &COUNT_TOKENS,
    &EMBED,
    &BATCH_EMBED,
    &MODELS,
    &MODEL,
    &CACHES,
    &CACHES_LIST,
    &CACHE_READ,
    &CACHE_CHANGE,
    &CACHE_ERASE,
    &UPLOAD,
    &UPLOAD_METADATA,
    &FILES_LIST,
    &FILE_CONTENT,
    &FILE,
    &FILE_ERASE,
    &BATCHES,
    &BATCHES_LIST,
    &BATCH,
    &BATCH_CANCEL,
    &BATCH_ERASE,
    &BATCH_EMBEDDINGS,
    &LIVE,
];

pub static VERTEX: &[&Operation] =
    &[&VERTEX_GENERATE, &VERTEX_STREAM, &VERTEX_COUNT, &VERTEX_MESSAGES, &VERTEX_MESSAGES_STREAM];

/// The versions of the API, each with every path.
macro_rules! versions {
    ($path:literal) => {
        &[concat!("/v1beta/", $path), concat!("/v1/", $path), concat!("/v1alpha/", $path)]
    };
}
pub(super) use versions;

/// Vertex names the project and the place of the machines, never a patient; the segments are inspected all the same.
macro_rules! published {
    ($by:literal, $verb:literal) => {
        &[
            concat!("/v1/projects/{project}/locations/{location}/publishers/", $by, "/models/{model}:", $verb),
            concat!("/v1beta1/projects/{project}/locations/{location}/publishers/", $by, "/models/{model}:", $verb),
        ]
    };
}

const fn generate(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation { casings: true, request: &[CONTENTS, PARAMETERS], reply: &[REPLY], ..post(name, paths) }
}

const fn stream(name: &'static str, paths: &'static [&'static str]) -> Operation {
    Operation { query: &["alt"], streams: Streams::Always, ..generate(name, paths) }
}

static GENERATE: Operation = generate("gemini.generate", versions!("models/{model}:generateContent"));
static STREAM: Operation = stream("gemini.stream", versions!("models/{model}:streamGenerateContent"));

static COUNT_TOKENS: Operation = Operation {
    casings: true,
    request: &[CONTENTS, PARAMETERS, NESTED],
    reply: &[&[("**", KEEP)]],
    ..post("gemini.count_tokens", versions!("models/{model}:countTokens"))
};

static EMBED: Operation = Operation {
    casings: true,
    request: &[CONTENTS, EMBED_REQUEST],
    reply: &[&[("**", KEEP)]],
    style: Style::Keyed,
    ..post("gemini.embed", versions!("models/{model}:embedContent"))
};

static BATCH_EMBED: Operation = Operation {
    casings: true,
    request: &[CONTENTS, EMBED_REQUEST],
    reply: &[&[("**", KEEP)]],
    style: Style::Keyed,
    ..post("gemini.batch_embed", versions!("models/{model}:batchEmbedContents"))
};

static MODELS: Operation = Operation {
    query: &["pageSize", "pageToken"],
    reply: &[&[("**", KEEP)]],
    ..read("gemini.models", versions!("models"))
};

static MODEL: Operation = Operation { reply: &[&[("**", KEEP)]], ..read("gemini.model", versions!("models/{model}")) };

static CACHES: Operation = Operation {
    casings: true,
    request: &[CONTENTS, PARAMETERS, CACHE],
    reply: &[CACHE_REPLY],
    state: State::Keeps { absent: true },
    ..post("gemini.caches", versions!("cachedContents"))
};
static CACHES_LIST: Operation = Operation {
    query: &["pageSize", "pageToken"],
    replies: &[("cachedContents[]", &[CACHE_REPLY])],
    state: State::Lists { items: "cachedContents", id: "name" },
    ..read("gemini.caches_list", versions!("cachedContents"))
};
static CACHE_READ: Operation =
    Operation { reply: &[CACHE_REPLY], state: State::Reads, ..read("gemini.cache", versions!("cachedContents/{id}")) };
static CACHE_CHANGE: Operation = Operation {
    method: Method::Patch,
    query: &["updateMask"],
    casings: true,
    request: &[CACHE],
    reply: &[CACHE_REPLY],
    state: State::Extends,
    ..post("gemini.cache_change", versions!("cachedContents/{id}"))
};
static CACHE_ERASE: Operation =
    Operation { state: State::Erases, ..erase("gemini.cache_delete", versions!("cachedContents/{id}")) };
static UPLOAD_METADATA: Operation =
    refused(Method::Post, versions!("files"), "upload the file itself, below `/upload`");
static BATCH_EMBEDDINGS: Operation = refused(
    Method::Post,
    versions!("models/{model}:asyncBatchEmbedContent"),
    "embed the texts with `batchEmbedContents`",
);
static LIVE: Operation = refused(
    Method::Get,
    &["/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"],
    "sockets cannot be cleared; use plain HTTP requests",
);

static VERTEX_GENERATE: Operation = generate("vertex.generate", published!("google", "generateContent"));
static VERTEX_STREAM: Operation = stream("vertex.stream", published!("google", "streamGenerateContent"));
static VERTEX_COUNT: Operation = Operation {
    casings: true,
    request: &[CONTENTS, PARAMETERS],
    reply: &[&[("**", KEEP)]],
    ..post("vertex.count_tokens", published!("google", "countTokens"))
};
static VERTEX_MESSAGES: Operation = Operation {
    request: &[VERTEX_ANTHROPIC, anthropic::REQUEST],
    ..anthropic::messages("vertex.messages", published!("anthropic", "rawPredict"))
};
static VERTEX_MESSAGES_STREAM: Operation = Operation {
    request: &[VERTEX_ANTHROPIC, anthropic::REQUEST],
    ..anthropic::messages("vertex.messages", published!("anthropic", "streamRawPredict"))
};

const VERTEX_ANTHROPIC: &[Row] = &[("anthropic_version", Vocabulary(&["vertex-2023-10-16"]))];

const ROLES: &[&str] = &["user", "model", "function", "system", "tool"];

const MIME_TYPES: &[&str] = &["text/plain", "text/x.enum", "application/json"];

const WORDS: &[&str] = &[
    "TEXT",
    "IMAGE",
    "AUDIO",
    "AUTO",
    "ANY",
    "NONE",
    "VALIDATED",
    "MODE_UNSPECIFIED",
    "PYTHON",
    "LANGUAGE_UNSPECIFIED",
    "OUTCOME_OK",
    "OUTCOME_FAILED",
    "OUTCOME_DEADLINE_EXCEEDED",
    "OUTCOME_UNSPECIFIED",
    "MINIMAL",
    "LOW",
    "MEDIUM",
    "HIGH",
    "minimal",
    "low",
    "medium",
    "high",
    "THINKING_LEVEL_UNSPECIFIED",
    "MEDIA_RESOLUTION_LOW",
    "MEDIA_RESOLUTION_MEDIUM",
    "MEDIA_RESOLUTION_HIGH",
    "BLOCK_NONE",
    "BLOCK_ONLY_HIGH",
    "BLOCK_MEDIUM_AND_ABOVE",
    "BLOCK_LOW_AND_ABOVE",
    "OFF",
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
    "CODE_RETRIEVAL_QUERY",
    "STRING",
    "NUMBER",
    "INTEGER",
    "BOOLEAN",
    "ARRAY",
    "OBJECT",
    "standard",
    "flex",
    "priority",
];

/// Rows of a list of contents, wherever one stands.
macro_rules! contents {
    ($($at:literal)*) => {
        &[$(
            (concat!($at, "role"), Vocabulary(ROLES)),
            (concat!($at, "parts[].inlineData.data"), Media),
            (concat!($at, "parts[].inlineData.mimeType"), MediaType),
            (concat!($at, "parts[].fileData.fileUri"), ObjectUrl),
            (concat!($at, "parts[].fileData.mimeType"), MediaType),
            (concat!($at, "parts[].functionCall.id"), ID),
            (concat!($at, "parts[].functionCall.name"), ID),
            (concat!($at, "parts[].functionCall.args"), Data),
            (concat!($at, "parts[].functionResponse.id"), ID),
            (concat!($at, "parts[].functionResponse.name"), ID),
            (concat!($at, "parts[].functionResponse.response"), Data),
            (concat!($at, "parts[].functionResponse.scheduling"), Vocabulary(WORDS)),
            (concat!($at, "parts[].functionResponse.parts[].inlineData.data"), Media),
            (concat!($at, "parts[].functionResponse.parts[].inlineData.mimeType"), MediaType),
            (concat!($at, "parts[].functionResponse.parts[].fileData.fileUri"), ObjectUrl),
            (concat!($at, "parts[].executableCode.language"), Vocabulary(WORDS)),
            (concat!($at, "parts[].codeExecutionResult.outcome"), Vocabulary(WORDS)),
            (concat!($at, "parts[].mediaResolution.level"), Vocabulary(WORDS)),
            (concat!($at, "parts[].thoughtSignature"), Sealed),
        )*]
    };
}

pub const CONTENTS: &[Row] = contents![
    "contents[]."
    "systemInstruction."
    "content."
    "requests[].content."
    "generateContentRequest.contents[]."
    "generateContentRequest.systemInstruction."
];

pub const PARAMETERS: &[Row] = &[
    ("model", ID),
    ("serviceTier", Vocabulary(WORDS)),
    ("cachedContent", Object),
    ("labels", Data),
    ("safetySettings[].category", Vocabulary(WORDS)),
    ("safetySettings[].threshold", Vocabulary(WORDS)),
    ("tools[].functionDeclarations[].name", ID),
    ("tools[].functionDeclarations[].behavior", Vocabulary(WORDS)),
    ("tools[].fileSearch", Refuse(Reason::UnknownObject)),
    ("toolConfig.functionCallingConfig.mode", Vocabulary(WORDS)),
    ("toolConfig.functionCallingConfig.allowedFunctionNames[]", ID),
    // Where somebody stands, in numbers.
    ("toolConfig.retrievalConfig.latLng", Refuse(Reason::UnsupportedFeature)),
    ("generationConfig.temperature", number(0.0, 2.0)),
    ("generationConfig.topP", number(0.0, 1.0)),
    ("generationConfig.topK", number(0.0, 100_000.0)),
    ("generationConfig.candidateCount", number(1.0, 128.0)),
    ("generationConfig.maxOutputTokens", COUNT),
    ("generationConfig.seed", SEED),
    ("generationConfig.logprobs", number(0.0, 20.0)),
    ("generationConfig.presencePenalty", number(-2.0, 2.0)),
    ("generationConfig.frequencyPenalty", number(-2.0, 2.0)),
    ("generationConfig.responseMimeType", Vocabulary(MIME_TYPES)),
    ("generationConfig.responseModalities[]", Vocabulary(WORDS)),
    ("generationConfig.mediaResolution", Vocabulary(WORDS)),
    ("generationConfig.thinkingConfig.thinkingBudget", number(-1.0, 1_000_000.0)),
    ("generationConfig.thinkingConfig.thinkingLevel", Vocabulary(WORDS)),
    ("generationConfig.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName", ID),
    ("generationConfig.speechConfig.languageCode", ID),
];

const CACHE: &[Row] = &[("name", Object), ("ttl", ID), ("expireTime", ID)];

const CACHE_REPLY: &[ReplyRow] = &[
    ("name", OBJECT),
    ("model", KEEP),
    ("createTime", KEEP),
    ("updateTime", KEEP),
    ("expireTime", KEEP),
    ("usageMetadata.**", KEEP),
];

const NESTED: &[Row] = &[
    ("generateContentRequest.model", ID),
    ("generateContentRequest.cachedContent", Object),
    ("generateContentRequest.toolConfig.retrievalConfig.latLng", Refuse(Reason::UnsupportedFeature)),
];

const EMBED_REQUEST: &[Row] = &[
    ("model", ID),
    ("taskType", Vocabulary(WORDS)),
    ("outputDimensionality", COUNT),
    ("requests[].model", ID),
    ("requests[].taskType", Vocabulary(WORDS)),
    ("requests[].outputDimensionality", COUNT),
];

pub const REPLY: &[ReplyRow] = &[
    ("responseId", KEEP),
    ("modelVersion", KEEP),
    ("usageMetadata.**", KEEP),
    ("promptFeedback.blockReason", KEEP),
    ("promptFeedback.safetyRatings[].**", KEEP),
    ("candidates[].index", KEEP),
    ("candidates[].finishReason", END),
    ("candidates[].avgLogprobs", KEEP),
    ("candidates[].logprobsResult", Mark::Logprobs),
    ("candidates[].safetyRatings[].**", KEEP),
    ("candidates[].content.role", KEEP),
    ("candidates[].content.parts[]<thought>.text", prose(1)),
    ("candidates[].content.parts[].text", answer(1)),
    ("candidates[].content.parts[].thoughtSignature", KEEP),
    ("candidates[].content.parts[].inlineData.data", KEEP),
    ("candidates[].content.parts[].inlineData.mimeType", KEEP),
    ("candidates[].content.parts[].functionCall.id", KEEP),
    ("candidates[].content.parts[].functionCall.name", KEEP),
    ("candidates[].content.parts[].executableCode.language", KEEP),
    ("candidates[].content.parts[].codeExecutionResult.outcome", KEEP),
    ("candidates[].groundingMetadata.searchEntryPoint.renderedContent", Mark::Html),
    ("candidates[].groundingMetadata.groundingSupports[].segment.startIndex", bytes(false)),
    ("candidates[].groundingMetadata.groundingSupports[].segment.endIndex", bytes(true)),
    ("candidates[].groundingMetadata.groundingSupports[].segment.partIndex", KEEP),
    ("candidates[].groundingMetadata.groundingSupports[].groundingChunkIndices[]", KEEP),
    ("candidates[].groundingMetadata.groundingSupports[].confidenceScores[]", KEEP),
    ("candidates[].citationMetadata.citationSources[].startIndex", bytes(false)),
    ("candidates[].citationMetadata.citationSources[].endIndex", bytes(true)),
    ("candidates[].citationMetadata.citations[].startIndex", bytes(false)),
    ("candidates[].citationMetadata.citations[].endIndex", bytes(true)),
    ("candidates[].groundingMetadata.searchEntryPoint.sdkBlob", KEEP),
    ("error.code", KEEP),
    ("error.status", KEEP),
    ("error.details[].@type", KEEP),
    ("error.details[].reason", KEEP),
    ("error.details[].domain", KEEP),
];

/// Google counts the bytes of UTF-8.
const fn bytes(end: bool) -> Mark {
    Mark::Index { depth: 1, unit: Unit::Bytes, end }
}
