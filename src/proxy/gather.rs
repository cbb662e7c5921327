//! Uploads that come in pieces: collected here, sealed in the vault, and sent as one when they are whole.
//!
//! A name may lie across two pieces, so no piece can be cleared by itself, and none leaves. What is collected belongs
//! to its tenant, is no larger than a request may be, and is forgotten after an hour.

mod google;
mod openai;

use super::inbound::{self, Inbound};
use super::local;
use super::reply::Reply;
use crate::crypto;
use crate::deid::Scope;
use crate::dialect::{Endpoint, Gather};
use crate::refusal::{Reason, Refusal};
use crate::vault::Vault;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue, Response, header as names};
use http_body::Body;
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Collects uploads.
#[derive(Debug)]
pub struct Gatherer {
    vault: Arc<Vault>,
    limits: inbound::Limits,
    /// An upload's list of pieces is read, added to and written by one request at a time.
    turn: Mutex<()>,
}

/// A request that is a step of an upload.
pub struct Step<'a> {
    pub headers: &'a HeaderMap,
    pub endpoint: Endpoint,
    pub scope: Scope,
    /// Where the client finds this gateway.
    pub origin: &'a str,
}

/// What a step comes to.
pub enum Gathered {
    /// The upload goes on; nothing leaves.
    Answer(Response<local::Body>),
    /// It is whole: a request that is cleared and sent like any other.
    Whole(Box<Whole>),
}

/// Tells a client of an upload that was refused that no step of it is left.
pub fn refused(asked: &HeaderMap, answer: &mut HeaderMap) {
    if asked.contains_key(google::COMMAND) {
        google::close(answer);
    }
}

pub struct Whole {
    pub endpoint: Endpoint,
    pub inbound: Inbound,
    pub closing: Closing,
}

/// What is left to do once the provider has the file.
pub enum Closing {
    /// Nothing: its reply is the client's.
    None,
    /// The client looks for the word that it was the last step.
    Google,
    /// The client waits for the upload, with the file in it; what was collected is no longer needed.
    OpenAi { upload: Box<Upload>, scope: Scope },
}

/// An upload that is being collected.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    id: String,
    name: String,
    kind: String,
    /// What the client said besides: the fields of a form, or the description of a file.
    said: Value,
    /// How many bytes it will have, where that was said.
    bytes: Option<usize>,
    begun: u64,
    pieces: Vec<(String, usize)>,
}

impl Gatherer {
    pub fn new(vault: Arc<Vault>, limits: inbound::Limits) -> Self {
        Self { vault, limits, turn: Mutex::new(()) }
    }

    /// Takes one step of an upload.
    pub async fn take<B>(&self, step: Step<'_>, gather: Gather, body: B) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        match gather {
            Gather::Resumable => self.resumable(step, body).await,
            Gather::Begin => self.begin_upload(&step, body).await,
            Gather::Piece => self.add_part(&step, body).await,
            Gather::Complete => self.complete_upload(step, body).await,
            Gather::Cancel => self.cancel_upload(&step),
        }
    }

    /// Ends an upload that the provider has answered, in the words that its client expects.
    pub fn close<B>(&self, closing: Closing, mut response: Response<Reply<B>>) -> Result<Response<Reply<B>>, Refusal> {
        match closing {
            Closing::None => {}
            Closing::Google => google::close(response.headers_mut()),
            Closing::OpenAi { upload, scope } => {
                if response.status().is_success() {
                    self.erase(&scope, &upload)?;
                    return Ok(response.map(|file| file.with(|file| *file = upload.shown("completed", file.take()))));
                }
            }
        }
        Ok(response)
    }

    fn begin(&self, scope: &Scope, upload: Upload) -> Result<Upload, Refusal> {
        if upload.bytes.is_some_and(|bytes| bytes > self.limits.body) {
            return Err(Reason::BodyTooLarge.into());
        }
        let upload = Upload { id: format!("upload_{}", random_id()), begun: now(), ..upload };
        self.write(scope, &upload)?;
        Ok(upload)
    }

    /// The upload of this id, if it is this tenant's and not over.
    fn find(&self, scope: &Scope, id: &str) -> Result<Upload, Refusal> {
        let row =
            self.vault.find(scope.name(), &upload_row(id), now()).map_err(failed)?.ok_or(Reason::UnknownObject)?;
        serde_json::from_slice(&row).map_err(|_| Reason::VaultUnavailable.into())
    }

    /// Adds a piece and tells its id. `at` is where the client believes it to begin.
    fn add(&self, scope: &Scope, id: &str, piece: &[u8], at: Option<usize>) -> Result<(Upload, String), Refusal> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut upload = self.find(scope, id)?;
        if at.is_some_and(|at| at != upload.size()) {
            return Err(Refusal::new(Reason::InvalidValue).because("a piece does not begin where the last one ended"));
        }
        let most = upload.bytes.unwrap_or(self.limits.body).min(self.limits.body);
        if upload.size() + piece.len() > most || upload.pieces.len() == MOST_PIECES {
            return Err(Reason::BodyTooLarge.into());
        }
        let name = format!("part_{}", random_id());
        let row = piece_row(id, &name);
        self.vault.keep_for(LIFETIME, scope.name(), &row, piece, now()).map_err(failed)?;
        upload.pieces.push((name.clone(), piece.len()));
        self.write(scope, &upload)?;
        Ok((upload, name))
    }

    /// The content, as these pieces in this order.
    fn join<'p>(
        &self,
        scope: &Scope,
        upload: &Upload,
        pieces: impl Iterator<Item = &'p str>,
    ) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let mut whole = Zeroizing::new(Vec::with_capacity(upload.size()));
        for name in pieces {
            let row = piece_row(&upload.id, name);
            let piece = self.vault.find(scope.name(), &row, now()).map_err(failed)?.ok_or(Reason::UnknownObject)?;
            if whole.len() + piece.len() > self.limits.body {
                return Err(Reason::BodyTooLarge.into());
            }
            whole.extend_from_slice(&piece);
        }
        if upload.bytes.is_some_and(|bytes| bytes != whole.len()) {
            return Err(Refusal::new(Reason::InvalidValue).because("the pieces have another length than was said"));
        }
        Ok(whole)
    }

    fn erase(&self, scope: &Scope, upload: &Upload) -> Result<(), Refusal> {
        let pieces = upload.pieces.iter().map(|(name, _)| piece_row(&upload.id, name));
        for row in pieces.chain([upload_row(&upload.id)]) {
            self.vault.erase(scope.name(), &row).map_err(failed)?;
        }
        Ok(())
    }

    fn write(&self, scope: &Scope, upload: &Upload) -> Result<(), Refusal> {
        let row = serde_json::to_vec(upload).map_err(|_| Refusal::from(Reason::Internal))?;
        self.vault.keep_for(LIFETIME, scope.name(), &upload_row(&upload.id), &row, now()).map_err(failed)
    }

    /// Reads the whole as the request that it would have been.
    async fn read(
        &self,
        step: Step<'_>,
        endpoint: Endpoint,
        (kind, body): (String, Vec<u8>),
        closing: Closing,
    ) -> Result<Gathered, Refusal> {
        let mut headers = step.headers.clone();
        headers.remove(names::CONTENT_ENCODING);
        headers.insert(names::CONTENT_TYPE, HeaderValue::from_str(&kind).map_err(|_| Reason::Internal)?);
        let limits = inbound::Limits { body: self.limits.body + FRAME, ..self.limits };
        let body = Full::new(Bytes::from(body));
        let inbound = inbound::read(&headers, body, &endpoint, step.scope, &limits).await?;
        Ok(Gathered::Whole(Box::new(Whole { endpoint, inbound, closing })))
    }
}

impl Upload {
    fn size(&self) -> usize {
        self.pieces.iter().map(|(_, size)| size).sum()
    }
}

fn upload_row(id: &str) -> String {
    format!("upload {id}")
}

fn piece_row(id: &str, name: &str) -> String {
    format!("piece {id} {name}")
}

fn random_id() -> String {
    HEXLOWER.encode(&crypto::random::<16>())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn failed(_: crate::vault::VaultError) -> Refusal {
    Reason::VaultUnavailable.into()
}

/// How long an upload may take; the providers give it an hour too.
const LIFETIME: Duration = Duration::from_secs(3600);

/// More pieces than this are not how a file is sent.
const MOST_PIECES: usize = 1024;

/// What a form adds to the file in it.
const FRAME: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Key;
    use crate::json;

    fn gatherer(limit: usize) -> Gatherer {
        let vault = Vault::in_memory(&Key::from_bytes([1; 32]), Duration::from_secs(60)).expect("memory");
        Gatherer::new(Arc::new(vault), inbound::Limits { body: limit, json: json::Limits::default() })
    }

    fn upload(bytes: Option<usize>) -> Upload {
        let (id, name, kind) = (String::new(), "note.txt".to_owned(), "text/plain".to_owned());
        Upload { id, name, kind, said: Value::Null, bytes, begun: 0, pieces: Vec::new() }
    }

    #[test]
    fn pieces_are_joined_in_the_order_that_is_asked_for() {
        let (gatherer, scope) = (gatherer(100), Scope::tenant("ward"));
        let begun = gatherer.begin(&scope, upload(Some(9))).unwrap();
        let (_, first) = gatherer.add(&scope, &begun.id, b"Maria Ko", None).unwrap();
        let (full, second) = gatherer.add(&scope, &begun.id, b"v", None).unwrap();
        let join = |names: &[&String]| {
            gatherer.join(&scope, &full, names.iter().map(|name| name.as_str())).map(|whole| whole.to_vec())
        };
        assert_eq!(join(&[&first, &second]).unwrap(), b"Maria Kov");
        assert_eq!(join(&[&second, &first]).unwrap(), b"vMaria Ko");
        assert_eq!(join(&[&first]).unwrap_err().reason, Reason::InvalidValue);
        assert_eq!(join(&[&"part_x".to_owned()]).unwrap_err().reason, Reason::UnknownObject);
        gatherer.erase(&scope, &full).unwrap();
        assert_eq!(gatherer.find(&scope, &begun.id).unwrap_err().reason, Reason::UnknownObject);
        assert_eq!(join(&[&first, &second]).unwrap_err().reason, Reason::UnknownObject);
    }

    #[test]
    fn an_upload_is_its_tenants_and_no_larger_than_a_request() {
        let (gatherer, scope) = (gatherer(10), Scope::tenant("ward"));
        assert_eq!(gatherer.begin(&scope, upload(Some(11))).unwrap_err().reason, Reason::BodyTooLarge);
        let begun = gatherer.begin(&scope, upload(None)).unwrap();
        let add = |scope: &Scope, piece: &[u8], at| gatherer.add(scope, &begun.id, piece, at).map_err(|no| no.reason);
        assert_eq!(add(&Scope::tenant("clinic"), b"x", None).unwrap_err(), Reason::UnknownObject);
        assert_eq!(add(&scope, b"x", Some(1)).unwrap_err(), Reason::InvalidValue);
        add(&scope, b"12345", Some(0)).unwrap();
        assert_eq!(add(&scope, b"123456", Some(5)).unwrap_err(), Reason::BodyTooLarge);
    }
}
