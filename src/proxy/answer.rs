//! The body of an answer, with the account of its exchange: the exchange ends when its last byte has gone.

use super::account::Account;
use crate::telemetry::Outcome;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::time::{Sleep, sleep_until};

/// What a client is sent.
pub struct Answer {
    body: UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>,
    account: Account,
    /// What the exchange counts as once the body has ended well.
    outcome: Outcome,
    /// When the whole exchange must be over.
    end: Pin<Box<Sleep>>,
}

impl Answer {
    pub fn new<B>(body: B, account: Account, outcome: Outcome, end: Instant) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let end = Box::pin(sleep_until(end.into()));
        let mut answer = Self { body: body.map_err(Into::into).boxed_unsync(), account, outcome, end };
        answer.look_for_the_end();
        answer
    }

    pub fn whole(bytes: Vec<u8>, account: Account, outcome: Outcome, end: Instant) -> Self {
        Self::new(Full::new(Bytes::from(bytes)), account, outcome, end)
    }

    /// A server need not ask for the end of a body that says itself that it has ended.
    fn look_for_the_end(&mut self) {
        if self.body.is_end_stream() {
            self.account.ends(self.outcome);
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(_))) => self.look_for_the_end(),
            Poll::Ready(None) => {
                let outcome = self.outcome;
                self.account.ends(outcome);
            }
            Poll::Ready(Some(Err(_))) => {}
            Poll::Pending => {
                return self.end.as_mut().poll(cx).map(|()| Some(Err("the exchange took too long".into())));
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
