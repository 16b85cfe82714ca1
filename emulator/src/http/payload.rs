//! The body of an answer: some bytes, or a pipe that a task fills. A pipe can also stall or end the connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::journal::Record;
use crate::server::{End, Link};

/// What travels through a pipe.
#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    /// Nothing more comes, but the answer does not end.
    Hang,
    /// The connection ends once what was sent before is out.
    End(End),
}

#[derive(Debug)]
enum Source {
    Bytes(Option<Bytes>),
    Pipe(mpsc::Receiver<Piece>),
    Hung,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) struct Payload {
    source: Source,
    /// Bytes still to come, where that is known.
    left: Option<u64>,
    record: Option<Arc<Record>>,
    link: Option<Arc<Link>>,
    end_after_last: Option<End>,
}

impl Payload {
    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            left: Some(bytes.len() as u64),
            source: Source::Bytes((!bytes.is_empty()).then_some(bytes)),
            record: None,
            link: None,
            end_after_last: None,
        }
    }

    pub(crate) fn empty() -> Self {
        Self::bytes(Bytes::new())
    }

    /// A pipe of a known or unknown length. Four pieces wait in it at most, so memory stays small.
    pub(crate) fn pipe(length: Option<u64>) -> (mpsc::Sender<Piece>, Self) {
        let (sender, receiver) = mpsc::channel(4);
        let payload = Self {
            source: Source::Pipe(receiver),
            left: length,
            record: None,
            link: None,
            end_after_last: None,
        };
        (sender, payload)
    }

    /// Ties the body to its request and connection, as the last thing before it is sent.
    pub(crate) fn attach(&mut self, record: Arc<Record>, link: Arc<Link>) {
        self.record = Some(record);
        self.link = Some(link);
    }

    /// Ends the connection after the last byte.
    pub(crate) fn end_after_last(&mut self, how: End, link: &Link) {
        if self.left == Some(0) {
            link.end_when_flushed(how);
        } else {
            self.end_after_last = Some(how);
        }
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.left
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        // All of it is sent, or as much as ever will be.
        if let Some(link) = &self.link {
            link.rest();
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match &mut self.source {
            Source::Bytes(bytes) => bytes.take().map(Piece::Data),
            Source::Pipe(receiver) => ready!(receiver.poll_recv(cx)),
            Source::Hung => return Poll::Pending,
        };
        match piece {
            Some(Piece::Data(bytes)) => {
                self.left = self
                    .left
                    .map(|left| left.saturating_sub(bytes.len() as u64));
                if let Some(record) = &self.record {
                    record.add_answer(bytes.len());
                }
                if self.left == Some(0)
                    && let (Some(how), Some(link)) = (self.end_after_last, &self.link)
                {
                    // hyper flushes only after it has buffered this last piece.
                    link.end_when_flushed(how);
                }
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(Piece::Hang) => {
                self.source = Source::Hung;
                Poll::Pending
            }
            Some(Piece::End(how)) => {
                if let Some(link) = &self.link {
                    link.end_when_flushed(how);
                }
                self.source = Source::Hung;
                Poll::Pending
            }
            None => {
                if let (Some(how), Some(link)) = (self.end_after_last, &self.link) {
                    link.end_when_flushed(how);
                }
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Bytes(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self.left {
            Some(left) => SizeHint::with_exact(left),
            None => SizeHint::default(),
        }
    }
}
