//! Messages between the gateway and the model process: a length of four bytes, then JSON.

use crate::local::prompt::{Piece, Prompt};
use crate::refusal::{Reason, Refusal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What the gateway says to the model process.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The first order, and only the first: which model to load.
    Load(Load),
    Ask {
        id: u64,
        /// Whose question it is: what was computed for one tenant is never used for another.
        tenant: String,
        /// Time left to answer.
        deadline_ms: u64,
        prompt: Box<Prompt>,
    },
    /// The answer is no longer wanted. Answers to it may still be on their way.
    Cancel { id: u64 },
}

/// A model and how to run it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    pub model: PathBuf,
    /// The vision projector.
    pub projector: Option<PathBuf>,
    /// Adapters by name.
    pub adapters: Vec<(String, PathBuf)>,
    /// Tokens of context that all answers in progress share.
    pub context: u32,
    /// Answers in progress at once.
    pub parallel: u32,
    pub threads: u32,
    /// Layers to run on the GPU.
    pub gpu_layers: u32,
    /// Keep keys and values in 8 bits: half the memory for a little precision.
    pub small_cache: bool,
}

/// What the model process says to the gateway.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The model is loaded.
    Ready(Facts),
    /// It cannot be loaded; the process ends. The words name files and formats, never text.
    Unusable {
        why: String,
    },
    Piece {
        id: u64,
        piece: Piece,
    },
    /// Ends a question without an answer. A question ends with this or with an `End` piece for each choice.
    Refuse {
        id: u64,
        reason: RefusalWord,
        detail: Option<String>,
    },
}

/// What is known of a loaded model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub architecture: String,
    pub parameters: u64,
    /// Bytes of its tensors.
    pub size: u64,
    pub context: u32,
    pub trained_context: u32,
    pub vision: bool,
    pub load_ms: u64,
}

/// The reasons for which the model process refuses; a closed subset of [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalWord {
    ContextOverflow,
    Overloaded,
    Deadline,
    InvalidValue,
    UnsupportedFeature,
    UnknownModel,
    Unavailable,
}

impl RefusalWord {
    pub fn refusal(self, detail: Option<String>) -> Refusal {
        let reason = match self {
            Self::ContextOverflow => Reason::ContextOverflow,
            Self::Overloaded => Reason::Overloaded,
            Self::Deadline => Reason::Deadline,
            Self::InvalidValue => Reason::InvalidValue,
            Self::UnsupportedFeature => Reason::UnsupportedFeature,
            Self::UnknownModel => Reason::UnknownModel,
            Self::Unavailable => Reason::LocalUnavailable,
        };
        Refusal { reason, place: None, detail }
    }
}

/// The longest frame either side accepts: a prompt with its images.
pub const LENGTH_MAX: usize = 96 << 20;

/// The bytes of one frame.
pub fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = bytes.len() - 4;
    if length > LENGTH_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a frame is too long"));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_be_bytes());
    Ok(bytes)
}

/// Writes a frame and flushes it.
pub fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(message)?)?;
    to.flush()
}

/// The next frame, or nothing at the end of the stream between two frames.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut body = vec![0; length(head)?];
    from.read_exact(&mut body)?;
    decode(&body).map(Some)
}

/// As [`read`]. Not cancel safe: a dropped read loses the bytes it had.
pub async fn read_async<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    };
    let mut body = vec![0; length(head)?];
    from.read_exact(&mut body).await?;
    decode(&body).map(Some)
}

fn length(head: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_be_bytes(head) as usize;
    if length > LENGTH_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    Ok(length)
}

/// The error says nothing of the content, which serde's own would quote.
fn decode<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a frame cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::prompt::{Finish, Message, Part, Speaker};

    #[test]
    fn frames_come_back_as_they_were_written() {
        let mut prompt = Prompt { messages: vec![Message::text(Speaker::User, "Hé\n\"x\"")], ..Prompt::default() };
        prompt.messages[0].parts.push(Part::Image(vec![0, 255, 7]));
        let mut pipe = Vec::new();
        write(&mut pipe, &Order::Ask { id: 7, tenant: "a".into(), deadline_ms: 5, prompt: Box::new(prompt) }).unwrap();
        write(&mut pipe, &Order::Cancel { id: 7 }).unwrap();
        let mut from = pipe.as_slice();
        let Some(Order::Ask { id: 7, prompt, .. }) = read(&mut from).unwrap() else { panic!("an ask") };
        assert!(matches!(&prompt.messages[0].parts[0], Part::Text(text) if text == "Hé\n\"x\""));
        assert!(matches!(&prompt.messages[0].parts[1], Part::Image(bytes) if bytes == &[0, 255, 7]));
        assert!(matches!(read(&mut from).unwrap(), Some(Order::Cancel { id: 7 })));
        assert!(read::<Order>(&mut from).unwrap().is_none());
    }

    #[test]
    fn a_cut_frame_a_long_one_and_nonsense_are_errors_without_text() {
        let piece = Report::Piece { id: 1, piece: Piece::End { choice: 0, finish: Finish::Stop, tokens: 3 } };
        let whole = encode(&piece).unwrap();
        for cut in 4..whole.len() {
            assert!(read::<Report>(&mut &whole[..cut]).is_err());
        }
        assert!(read::<Report>(&mut [255u8; 8].as_slice()).is_err());
        let nonsense = [&9u32.to_be_bytes()[..], b"\"Kovacs!\""].concat();
        let Err(error) = read::<Report>(&mut nonsense.as_slice()) else { panic!("an error") };
        assert!(!error.to_string().contains("Kovacs"));
    }
}
