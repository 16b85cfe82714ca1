//! Services and their calls without their types, so that they stand in one list.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use super::{Arrived, Control, Patience, Service};
use crate::http::{Answer, Head, RequestBody};
use crate::state::State;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Any [`Service`]; see there.
pub(crate) trait AnyService: Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn verbs(&self) -> &'static [&'static str];
    fn has_error(&self, verb: &str, name: &str) -> bool;
    fn route(self: Arc<Self>, head: &Head, segments: &[&str]) -> Option<Box<dyn AnyCall>>;
    fn route_rest(self: Arc<Self>, head: &Head, segments: &[&str]) -> Option<Box<dyn AnyCall>>;
    fn settings(&self) -> Option<Value>;
    fn summary(&self, base: &str) -> Vec<(&'static str, String)>;
    fn arrived(&self) -> Vec<Arrived>;
    fn account(&self, base: &str) -> Vec<(&'static str, String)>;
    fn reset(&self, now_ms: i64) -> io::Result<()>;
    fn revoke_tokens(&self);
    fn close(&self);
    fn control<'a>(
        &'a self,
        state: &'a State,
        request: Control<'a>,
    ) -> Boxed<'a, Result<Value, (u16, String)>>;
}

/// A call of any service; see [`Service`].
pub(crate) trait AnyCall: Debug + Send + Sync {
    fn service(&self) -> &'static str;
    fn verb(&self) -> &'static str;
    fn has_error(&self, name: &str) -> bool;
    fn settle<'a>(&'a mut self, body: &'a mut RequestBody) -> Boxed<'a, ()>;
    fn answer<'a>(
        &'a self,
        state: &'a State,
        head: &'a Head,
        body: &'a mut RequestBody,
    ) -> Boxed<'a, Answer>;
    fn patience(&self) -> Patience;
    fn named_error(&self, state: &State, name: &str) -> Answer;
    fn decorate(&self, head: &Head, answer: &mut Answer);
}

#[derive(Debug)]
struct Routed<S: Service> {
    service: Arc<S>,
    call: S::Call,
}

impl<S: Service> AnyService for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn verbs(&self) -> &'static [&'static str] {
        S::VERBS
    }

    fn has_error(&self, verb: &str, name: &str) -> bool {
        S::has_error(verb, name)
    }

    fn route(self: Arc<Self>, head: &Head, segments: &[&str]) -> Option<Box<dyn AnyCall>> {
        let call = Service::route(&*self, head, segments)?;
        let service = self;
        Some(Box::new(Routed { service, call }))
    }

    fn route_rest(self: Arc<Self>, head: &Head, segments: &[&str]) -> Option<Box<dyn AnyCall>> {
        let call = Service::route_rest(&*self, head, segments)?;
        let service = self;
        Some(Box::new(Routed { service, call }))
    }

    fn settings(&self) -> Option<Value> {
        Service::settings(self)
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        Service::summary(self, base)
    }

    fn arrived(&self) -> Vec<Arrived> {
        Service::arrived(self)
    }

    fn account(&self, base: &str) -> Vec<(&'static str, String)> {
        Service::account(self, base)
    }

    fn reset(&self, now_ms: i64) -> io::Result<()> {
        Service::reset(self, now_ms)
    }

    fn revoke_tokens(&self) {
        Service::revoke_tokens(self);
    }

    fn close(&self) {
        Service::close(self);
    }

    fn control<'a>(
        &'a self,
        state: &'a State,
        request: Control<'a>,
    ) -> Boxed<'a, Result<Value, (u16, String)>> {
        Box::pin(Service::control(self, state, request))
    }
}

impl<S: Service> AnyCall for Routed<S> {
    fn service(&self) -> &'static str {
        S::NAME
    }

    fn verb(&self) -> &'static str {
        S::verb(&self.call)
    }

    fn has_error(&self, name: &str) -> bool {
        S::has_error(self.verb(), name)
    }

    fn settle<'a>(&'a mut self, body: &'a mut RequestBody) -> Boxed<'a, ()> {
        Box::pin(S::settle(&mut self.call, body))
    }

    fn answer<'a>(
        &'a self,
        state: &'a State,
        head: &'a Head,
        body: &'a mut RequestBody,
    ) -> Boxed<'a, Answer> {
        Box::pin(self.service.answer(state, head, &self.call, body))
    }

    fn patience(&self) -> Patience {
        self.service.patience(&self.call)
    }

    fn named_error(&self, state: &State, name: &str) -> Answer {
        self.service.named_error(state, &self.call, name)
    }

    fn decorate(&self, head: &Head, answer: &mut Answer) {
        self.service.decorate(&self.call, head, answer);
    }
}
