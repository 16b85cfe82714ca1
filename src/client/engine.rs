//! What all verbs share: the HTTP client, time-outs, and attempts.

use super::options::ClientOptions;
use super::{DownloadCall, UploadCall};
use crate::error::{Error, Result, Status};
use crate::service::is_header_safe;
use crate::transfer::body::BodyReader;
use crate::transfer::http::{Http, Response};
use crate::transfer::message::{Answer, Request};
use crate::transfer::progress::Meter;
use crate::transfer::retry::RetryPolicy;
use crate::transfer::source::OpenSource;
use crate::transfer::watch::{Timeouts, Watch};
use std::time::Duration;

/// Long enough for a lost SYN or two on Wi-Fi (1 s + 2 s + 4 s), short enough
/// for a person who waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Longer than it takes to roam between access points, and than services take
/// to store a file before they answer.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_ATTEMPTS: u32 = 4;
const RETRY_DELAY: Duration = Duration::from_millis(500);

pub(super) struct Engine {
    http: Http,
    timeouts: Timeouts,
    retry: RetryPolicy,
}

/// Something that may be tried again.
pub(super) trait Attempt {
    /// Whether what was sent or received so far can be done over.
    fn can_repeat(&self) -> bool;
    fn watch(&self) -> Watch;
}

impl Attempt for UploadCall<'_> {
    fn can_repeat(&self) -> bool {
        self.content.can_restart()
    }

    fn watch(&self) -> Watch {
        self.watch
    }
}

impl Attempt for DownloadCall<'_> {
    fn can_repeat(&self) -> bool {
        self.sink.can_restart()
    }

    fn watch(&self) -> Watch {
        self.watch
    }
}

impl Engine {
    pub(super) fn new(options: ClientOptions) -> Result<Self> {
        let own = concat!("chatfile/", env!("CARGO_PKG_VERSION"));
        let user_agent = match options.user_agent {
            None => own.to_owned(),
            Some(host) if is_header_safe(&host) => format!("{host} {own}"),
            Some(_) => {
                return Err(Error::new(
                    Status::Text,
                    "user_agent: is empty or holds characters that cannot stand in a header",
                )
                .with_field("user_agent"));
            }
        };
        for (field, value) in [
            ("connect_timeout", options.connect_timeout),
            ("stall_timeout", options.stall_timeout),
            ("deadline", options.deadline),
        ] {
            if value == Some(Duration::ZERO) {
                return Err(Error::argument(field, "must be more than 0"));
            }
        }
        if options.max_attempts == Some(0) {
            return Err(Error::argument("max_attempts", "must be at least 1"));
        }
        Ok(Self {
            http: Http::new(&user_agent),
            timeouts: Timeouts {
                connect: options.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
                stall: options.stall_timeout.unwrap_or(STALL_TIMEOUT),
                deadline: options.deadline,
            },
            retry: RetryPolicy {
                max_attempts: options.max_attempts.unwrap_or(MAX_ATTEMPTS),
                base_delay: options.retry_delay.unwrap_or(RETRY_DELAY),
            },
        })
    }

    /// The time-outs of a call that begins now.
    pub(super) fn watch(&self) -> Watch {
        Watch::start(self.timeouts)
    }

    /// Tries until it succeeds or fails for good. Returns the attempts made, too.
    pub(super) fn attempt<C: Attempt, T>(
        &self,
        call: &mut C,
        attempt: impl FnMut(&mut C) -> Result<T>,
    ) -> Result<(T, u32)> {
        self.retry
            .run(&call.watch(), call, attempt, Attempt::can_repeat)
    }

    /// Sends a request with the content of an upload from its first byte on,
    /// and reads the (small) answer.
    pub(super) fn upload(&self, request: &Request, call: &mut UploadCall<'_>) -> Result<Answer> {
        let response = self.send(
            request,
            Some(&mut call.content),
            &mut call.meter,
            call.watch,
        )?;
        response.collect()
    }

    /// Sends a request without content and returns the head of its answer.
    pub(super) fn request(&self, request: &Request, watch: Watch) -> Result<Response<'_>> {
        self.send(request, None, &mut Meter::new(None), watch)
    }

    fn send(
        &self,
        request: &Request,
        mut content: Option<&mut OpenSource<'_>>,
        meter: &mut Meter<'_>,
        watch: Watch,
    ) -> Result<Response<'_>> {
        let length = request.body.length(content.as_deref_mut())?;
        let mut on_new_connection = false;
        loop {
            meter.restart();
            if let Some(content) = &mut content {
                content.restart()?;
            }
            let body = BodyReader::new(&request.body, content.as_deref_mut(), meter);
            let failure = match self.http.send(request, length, body, watch) {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let can_restart = content.as_ref().is_none_or(|c| c.can_restart());
            if !failure.stale_connection || on_new_connection || !can_restart {
                return Err(failure.error);
            }
            self.http.forget_idle();
            on_new_connection = true;
        }
    }
}
