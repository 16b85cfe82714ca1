//! The way of one request: journal, fault, service, answer.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, Response, header};

use super::mishap;
use super::socket::{End, Link};
use crate::control_http;
use crate::fault::{Fired, Subject, Timing};
use crate::http::{Answer, Head, Payload, RequestBody, set};
use crate::journal::{Entry, Record};
use crate::page;
use crate::service::Route;
use crate::state::State;

/// What a fault or service did with a request.
pub(super) enum Outcome {
    Answer(Answer),
    /// The connection goes away, or stays silent for ever.
    Silence,
}

/// Everything about one request that is not its body.
pub(super) struct Exchange {
    pub(super) state: Arc<State>,
    pub(super) link: Arc<Link>,
    pub(super) head: Head,
    pub(super) route: Route,
    pub(super) record: Arc<Record>,
}

pub(super) async fn answer(
    state: Arc<State>,
    link: Arc<Link>,
    request: Request<Incoming>,
) -> Result<Response<Payload>, Infallible> {
    let (parts, incoming) = request.into_parts();
    let head = Head::new(&parts, link.tls, &state.address.to_string());
    let is_page = page::is_asked_for(&head);
    if is_page || head.path.starts_with("/_emulator") {
        let mut body = RequestBody::new(incoming, None);
        let mut answer = if is_page {
            page::handle(&state, &head, &mut body).await
        } else {
            control_http::handle(&state, &head, &mut body).await
        };
        set(&mut answer, header::DATE, &state.clock.http_date());
        return Ok(answer);
    }
    let request_of_connection = link.count_request();
    let mut route = Route::find(&state.services, &head);
    let record = state
        .journal
        .begin(entry(&state, &link, &head, &route, request_of_connection));
    let mut body = RequestBody::new(incoming, Some(Arc::clone(&record)));
    let patience = route.patience();
    link.set_patience(patience);
    body.limit_silence(&state.clock, patience.silence_ms, &link.way);
    route.settle(&mut body).await;
    record.set_verb(route.verb());
    let target = if head.query.is_empty() {
        head.path.clone()
    } else {
        format!("{}?{}", head.path, head.query)
    };
    let fired = state.faults.decide(Subject {
        service: route.service(),
        verb: route.verb(),
        method: head.method.as_str(),
        path: &target,
        reused: request_of_connection > 1,
        has_error: &|name| route.has_error(name),
    });
    if let Some(fired) = &fired {
        record.set_fault(fired.action.name());
    }
    let exchange = Exchange {
        state,
        link,
        head,
        route,
        record,
    };
    match exchange.run(body, fired).await {
        Outcome::Answer(answer) => Ok(exchange.finish(answer)),
        // `Link::end` or a pause is under way; the connection's task drops this future with the connection.
        Outcome::Silence => std::future::pending().await,
    }
}

fn entry(state: &State, link: &Link, head: &Head, route: &Route, number: u64) -> Entry {
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let query = if head.query.is_empty() { "" } else { "?" };
    Entry {
        sequence: 0,
        at_ms: state.clock.now_ms(),
        service: route.service().to_owned(),
        verb: route.verb().to_owned(),
        method: head.method.to_string(),
        path: format!("{}{query}{}", head.path, head.query),
        headers,
        body_bytes: 0,
        body_ended: false,
        status: None,
        answer_bytes: 0,
        connection: link.number,
        request_of_connection: number,
        tls: link.tls,
        fault: None,
    }
}

/// The rest of a body that is answered already.
#[derive(Debug, PartialEq, Eq)]
enum Leftover {
    /// It is read before the answer goes out.
    Little,
    /// It is never read, and the connection ends.
    Much,
}

impl Exchange {
    async fn run(&self, body: RequestBody, fired: Option<Fired>) -> Outcome {
        match fired {
            None => Outcome::Answer(self.serve(body).await),
            Some(fired) => mishap::run(self, body, fired).await,
        }
    }

    /// Lets the service answer.
    pub(super) async fn serve(&self, mut body: RequestBody) -> Answer {
        let mut answer = self.route.answer(&self.state, &self.head, &mut body).await;
        if self.leftover(&body) == Some(Leftover::Little) {
            body.discard(u64::MAX).await;
            if self.left(&body) != Some(0) {
                set(&mut answer, header::CONNECTION, "close");
            }
        }
        self.leave(body, &mut answer, Timing::EarlyDrain);
        answer
    }

    /// How much of the body has not come, where its length was announced.
    fn left(&self, body: &RequestBody) -> Option<u64> {
        let length = self.head.content_length()?;
        Some(length.saturating_sub(body.bytes_read()))
    }

    /// What Go's server makes of the rest of a body that is asked for; `None` where it is none of Go's, or nothing is known of it.
    fn leftover(&self, body: &RequestBody) -> Option<Leftover> {
        if self.head.expects_continue() && !body.is_started() {
            return None;
        }
        let most = self.route.patience().leftover?;
        match self.left(body)? >= most {
            true => Some(Leftover::Much),
            false => (!body.is_finished()).then_some(Leftover::Little),
        }
    }

    /// Decides what becomes of the rest of a request body that is answered already.
    pub(super) fn leave(&self, mut body: RequestBody, answer: &mut Answer, timing: Timing) {
        if timing == Timing::EarlyDrain && self.leftover(&body) == Some(Leftover::Much) {
            set(answer, header::CONNECTION, "close");
            self.link.pause_reading();
            self.link.hold(body);
            answer.body_mut().end_after_last(End::Linger, &self.link);
            return;
        }
        if body.is_finished() {
            return;
        }
        match timing {
            Timing::AfterBody | Timing::EarlyDrain => {
                if self.head.expects_continue() && !body.is_started() {
                    // Whether the client will send its body now is unknown, so the connection is of no more use.
                    set(answer, header::CONNECTION, "close");
                } else {
                    // Closing on unread bytes would reset the connection, and the client might lose the answer.
                    tokio::spawn(async move { body.discard(u64::MAX).await });
                }
            }
            Timing::EarlyClose => {
                set(answer, header::CONNECTION, "close");
                answer.body_mut().end_after_last(End::Close, &self.link);
            }
            Timing::EarlyKeepOpen => {
                self.link.pause_reading();
                self.link.hold(body);
            }
        }
    }

    /// The last touches, which every answer gets.
    fn finish(&self, mut answer: Answer) -> Answer {
        if !answer.headers().contains_key(header::DATE) {
            set(&mut answer, header::DATE, &self.state.clock.http_date());
        }
        self.record.set_status(answer.status().as_u16());
        answer
            .body_mut()
            .attach(Arc::clone(&self.record), Arc::clone(&self.link));
        answer
    }
}
