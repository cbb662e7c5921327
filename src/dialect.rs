//! The shapes of the providers' APIs: which endpoints there are, what stands where in them, and how they say no.
//!
//! A dialect is a table: its [`Operation`]s, each with the places of its request that are *not* text, and the places
//! of its reply that are restored in a special way or not at all. Whatever a table does not list is text. Adding a
//! dialect means adding a file of tables, its name to [`Provider`], and how it words an error to [`refuse`].

pub mod address;
pub mod anthropic;
pub mod anthropic_batches;
pub mod anthropic_files;
pub mod azure;
pub mod casing;
pub mod dicomweb;
pub mod gemini;
pub mod gemini_batches;
pub mod gemini_files;
pub mod header;
pub mod ollama;
pub mod openai;
pub mod openai_chat;
pub mod openai_conversations;
pub mod openai_files;
pub mod openai_responses;
pub mod openai_uploads;
pub mod place;
pub mod refuse;
pub mod words;

pub use address::Address;
pub use place::Places;

use crate::deid::{Class, Shape, Style};
use crate::reidentify::Unit;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

/// Whose API it is: it decides the paths, where the key goes and how a refusal is worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    OpenAi,
    Azure,
    Anthropic,
    Gemini,
    Vertex,
    Ollama,
    /// An archive of images.
    DicomWeb,
}

impl Provider {
    pub const ALL: &'static [Self] =
        &[Self::OpenAi, Self::Azure, Self::Anthropic, Self::Gemini, Self::Vertex, Self::Ollama, Self::DicomWeb];

    /// The name in the configuration, and the first segment of an explicit path.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Azure => "azure",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Vertex => "vertex",
            Self::Ollama => "ollama",
            Self::DicomWeb => "dicomweb",
        }
    }

    /// The header that carries the provider's own key; with `Bearer ` before it where it is `authorization`.
    pub fn key_header(self) -> Option<&'static str> {
        match self {
            Self::OpenAi | Self::Vertex | Self::DicomWeb => Some("authorization"),
            Self::Azure => Some("api-key"),
            Self::Anthropic => Some("x-api-key"),
            Self::Gemini => Some("x-goog-api-key"),
            Self::Ollama => None,
        }
    }

    /// What a reply that is no stream may be.
    pub fn accepts(self) -> &'static str {
        match self {
            Self::DicomWeb => "application/dicom+json",
            _ => "application/json",
        }
    }

    /// Every operation this provider has, among them those that are refused with a reason.
    pub fn operations(self) -> &'static [&'static Operation] {
        match self {
            Self::OpenAi => openai::OPERATIONS,
            Self::Anthropic => anthropic::OPERATIONS,
            Self::Azure => azure::OPERATIONS,
            Self::Gemini => gemini::OPERATIONS,
            Self::Vertex => gemini::VERTEX,
            Self::Ollama => ollama::OPERATIONS,
            Self::DicomWeb => dicomweb::OPERATIONS,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.iter().copied().find(|provider| provider.name() == name).ok_or(UnknownProvider)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown provider: one of openai, azure, anthropic, gemini, vertex, ollama, dicomweb")]
pub struct UnknownProvider;

/// One thing that can be asked of a provider.
#[derive(Debug)]
pub struct Operation {
    /// The word in metrics, the audit record and policies, such as `openai.chat`.
    pub name: &'static str,
    pub method: Method,
    /// The paths below the provider's base URL; `{model}` and other names in braces stand for one segment.
    pub paths: &'static [&'static str],
    /// The query parameters that may be sent on.
    pub query: &'static [&'static str],
    pub support: Support,
    /// What it is in an upload that comes in pieces.
    pub gathers: Option<Gather>,
    pub body: Body,
    /// Whether fields may also be written in snake case, as Google's APIs allow.
    pub casings: bool,
    /// What of the request is not text; see [`Operation::shape`].
    pub request: &'static [&'static [Row]],
    /// Where the request holds other requests, and what of those is not text: a batch.
    pub requests: Option<(&'static str, &'static [&'static [Row]])>,
    /// How the reply is restored; see [`Operation::marks`].
    pub reply: &'static [&'static [ReplyRow]],
    /// Where the reply holds replies to other requests, and how those are restored.
    pub replies: &'static [(&'static str, &'static [&'static [ReplyRow]])],
    pub streams: Streams,
    /// What the provider keeps of it.
    pub state: State,
    /// How pseudonyms are numbered: keyed where an index and a query must agree.
    pub style: Style,
}

impl Operation {
    /// What of the request is not text.
    pub fn shape(&'static self) -> &'static Arc<Shape> {
        &self.compiled().request
    }

    /// How the reply is restored.
    pub fn marks(&'static self) -> &'static Places<Mark> {
        &self.compiled().reply
    }

    fn compiled(&'static self) -> &'static Compiled {
        COMPILED.get(&address_of(self)).expect("every operation is listed by its provider")
    }
}

/// An operation's tables, ready for use.
struct Compiled {
    request: Arc<Shape>,
    reply: Places<Mark>,
}

/// All operations by their address; they are statics, so that the tables can stay plain constants.
static COMPILED: LazyLock<HashMap<usize, Compiled>> = LazyLock::new(|| {
    let all = Provider::ALL.iter().flat_map(|provider| provider.operations());
    let compile = |operation: &Operation| {
        let mut request = Shape::new(operation.request.iter().copied().flatten().copied());
        if let Some((place, rows)) = operation.requests {
            request = request.with(place, rows.iter().copied().flatten().copied());
        }
        let mut reply = Places::new(operation.reply.iter().copied().flatten());
        for &(place, tables) in operation.replies {
            reply.add(place, tables.iter().copied().flatten());
        }
        Compiled { request: Arc::new(request), reply }
    };
    all.map(|&operation| (address_of(operation), compile(operation))).collect()
});

fn address_of(operation: &'static Operation) -> usize {
    std::ptr::from_ref(operation).addr()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether an operation is carried out. Those that are not are known all the same, so that the answer can say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Cleared, sent and restored.
    Carry,
    /// Refused; the text says what to do instead.
    Refuse(&'static str),
}

/// A step of an upload that comes in pieces. The gateway collects them and sends the whole as one: a name may lie
/// across two pieces, so that no piece can be cleared by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    Begin,
    Piece,
    Complete,
    Cancel,
    /// Google's: a header says which of these it is, or that the upload comes at once.
    Resumable,
}

/// A row of a request table.
pub type Row = (&'static str, Class);

/// A row of a reply table.
pub type ReplyRow = (&'static str, Mark);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    None,
    Json,
    /// `multipart/form-data`; a part that no row of the request table names is refused.
    Form,
    /// `multipart/related`, each part a DICOM object.
    Related,
    /// `multipart/related` of a file's description and the file.
    Upload,
}

/// What a provider keeps between requests, and what this operation does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    None,
    /// The reply names an object that is kept, where the request's `store` says so, or without it this.
    Keeps {
        absent: bool,
    },
    /// The path names an object, which is read. What the reply names beside it ([`Mark::Object`]) is kept as well.
    Reads,
    /// The path names an object, which is added to.
    Extends,
    /// The path names an object, which is erased.
    Erases,
    /// The reply lists objects of everybody who uses the same key at the provider: those of others are left out.
    Lists {
        items: &'static str,
        id: &'static str,
    },
}

/// How an operation decides whether its reply is a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    Never,
    Always,
    /// Not a stream of pieces, but a whole JSON value a line: a file of results.
    Lines,
    /// By the request's `stream`, or this where it has none.
    Field {
        absent: bool,
    },
}

/// What is done with a place of a reply. A place that no table lists holds text: it is restored as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Goes back as it came: vocabularies, the API's own ids, counts, sealed data, media.
    Keep,
    /// The name of an object that the provider keeps, which later requests may name.
    Object,
    /// An address at the provider that clients follow: it leads through the gateway instead.
    FollowUp,
    /// A string that holds JSON.
    Json,
    /// A string that holds HTML.
    Html,
    /// The whole text of an answer, in a reply or an event. Indices that share its first `depth` refer to it.
    Answer { depth: usize },
    /// In a stream, a piece of a longer text; elsewhere the text itself.
    Delta(Channel),
    /// A position in the text of the answer that shares the first `depth` indices.
    Index { depth: usize, unit: Unit, end: bool },
    /// A position, in characters, in the document of the request that the sibling `document_index` names.
    DocumentIndex { end: bool },
    /// Tokens and probabilities of the text that the provider saw: dropped where a pseudonym stood in it.
    Logprobs,
    /// A provider's signature of another field beside it, or of the text streamed before it: replaced by a seal that
    /// holds both as they came, so that they can go back byte for byte.
    Signature { of: &'static str },
    /// In a stream, the end of every channel whose indices begin with those of this place, unless null or false.
    End,
}

/// Which longer text the pieces at one place belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    pub syntax: Syntax,
    /// How many of the indices on the way to the place tell its texts apart: the choice, the block, the tool call.
    pub depth: usize,
    /// Texts of one choice that follow one another: a piece of the next one ends it. Tool calls may interleave.
    pub serial: bool,
    /// A signature follows that covers the text as it came.
    pub signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Prose; JSON where the request asked for structured output.
    Answer,
    /// Prose whatever was asked for.
    Prose,
    Json,
}

/// An operation as it was addressed.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub provider: Provider,
    pub operation: &'static Operation,
    /// The path below the destination's base URL. It was matched segment by segment, so it holds no text but ids.
    pub path: String,
    /// The query that may be sent on, decoded. Its values were typed by somebody and are inspected like the body.
    pub query: Vec<(&'static str, String)>,
    /// What stood for the names in braces, such as the model.
    pub segments: Vec<(&'static str, String)>,
}

impl Endpoint {
    pub fn segment(&self, name: &str) -> Option<&str> {
        self.segments.iter().find(|segment| segment.0 == name).map(|segment| segment.1.as_str())
    }

    /// The model, where the path names it.
    pub fn model(&self) -> Option<&str> {
        self.segment("model").or_else(|| self.segment("deployment"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_table_compiles_and_no_path_is_listed_twice() {
        for provider in Provider::ALL {
            let mut seen = HashSet::new();
            for operation in provider.operations() {
                operation.shape();
                operation.marks();
                for path in operation.paths {
                    assert!(seen.insert((operation.method.name(), path)), "{provider}: {path}");
                }
            }
        }
    }

    #[test]
    fn providers_parse_back() {
        for &provider in Provider::ALL {
            assert_eq!(provider.name().parse::<Provider>().ok(), Some(provider));
        }
    }
}
