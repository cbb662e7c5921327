//! A request body that must keep moving: a client that sends a byte now and then would hold its place for ever.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// How slow is too slow.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The longest pause.
    pub idle: Duration,
    /// Bytes a second, on average from the start; it counts from the first pause's length on.
    pub rate: u64,
}

/// A body under a pace.
pub struct Paced<B> {
    body: B,
    pace: Pace,
    started: Instant,
    received: u64,
    timer: Pin<Box<Sleep>>,
}

#[derive(Debug, thiserror::Error)]
pub enum PaceError<E> {
    #[error("the client sends too slowly")]
    Stalled,
    #[error(transparent)]
    Body(E),
}

impl<B> Paced<B> {
    pub fn new(body: B, pace: Pace) -> Self {
        let started = Instant::now();
        Self { body, pace, started, received: 0, timer: Box::pin(sleep_until(started + pace.idle)) }
    }

    /// When the next byte must be there at the latest.
    fn due(&self) -> Instant {
        let paused = Instant::now() + self.pace.idle;
        let seconds = self.received.checked_div(self.pace.rate).unwrap_or(u64::from(u32::MAX));
        let slow = self.started + self.pace.idle + Duration::from_secs(seconds.min(u64::from(u32::MAX)));
        paused.min(slow)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Paced<B> {
    type Data = Bytes;
    type Error = PaceError<B::Error>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                let due = self.due();
                self.timer.as_mut().reset(due);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(PaceError::Body(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.timer.as_mut().poll(cx).map(|()| Some(Err(PaceError::Stalled))),
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
    use futures_util::stream;
    use http_body_util::{BodyExt, StreamBody};
    use std::convert::Infallible;

    /// Sends `size` bytes after each of the pauses, in milliseconds.
    async fn read(pauses: Vec<u64>, size: usize) -> bool {
        let body = StreamBody::new(Box::pin(stream::unfold(pauses.into_iter(), move |mut pauses| async move {
            tokio::time::sleep(Duration::from_millis(pauses.next()?)).await;
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b' '; size]))), pauses))
        })));
        Paced::new(body, Pace { idle: Duration::from_millis(200), rate: 1024 }).collect().await.is_ok()
    }

    #[tokio::test]
    async fn a_slow_body_is_given_up() {
        assert!(read(vec![1, 100, 0], 100_000).await);
        assert!(!read(vec![1, 400], 100_000).await, "a pause");
        assert!(!read(vec![40; 20], 10).await, "a trickle");
        assert!(read(vec![40; 20], 2_000).await, "slow but steady");
    }
}
