//! A reply's body under limits: how long it may be silent, and how large it may get.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// A body that fails when its sender is silent for too long or sends too much.
pub struct Watched<B> {
    body: B,
    idle: Duration,
    timer: Pin<Box<Sleep>>,
    left: u64,
}

/// The rest of the reply is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("the provider was silent for too long")]
    Silent,
    #[error("the reply is larger than the limit")]
    TooLarge,
    #[error("the provider's connection was cut")]
    Cut,
}

impl<B> Watched<B> {
    pub(super) fn new(body: B, idle: Duration, limit: u64) -> Self {
        Self { body, idle, timer: Box::pin(sleep(idle)), left: limit }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Watched<B> {
    type Data = Bytes;
    type Error = Lost;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let due = Instant::now() + self.idle;
                self.timer.as_mut().reset(due);
                let size = frame.data_ref().map_or(0, |data| data.len() as u64);
                let Some(left) = self.left.checked_sub(size) else { return Poll::Ready(Some(Err(Lost::TooLarge))) };
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(Lost::Cut))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.timer.as_mut().poll(cx).map(|()| Some(Err(Lost::Silent))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, Full, StreamBody};
    use std::convert::Infallible;

    #[tokio::test]
    async fn silence_and_size_have_limits() {
        let idle = Duration::from_millis(50);
        let full = || Full::new(Bytes::from_static(b"12345"));
        assert!(Watched::new(full(), idle, 5).collect().await.is_ok());
        assert_eq!(Watched::new(full(), idle, 4).collect().await.unwrap_err(), Lost::TooLarge);
        let silent = StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>());
        assert_eq!(Watched::new(silent, idle, 5).collect().await.unwrap_err(), Lost::Silent);
    }
}
