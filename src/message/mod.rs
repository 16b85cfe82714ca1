//! The words that services and transfers share: a service states a request and
//! reads an answer, a transfer carries both.

mod answer;
mod body;
mod outline;
pub(crate) mod parts;
mod provenance;
mod request;
pub(crate) mod url;

pub(crate) use answer::{Answer, Asked, Head};
pub(crate) use body::base64_length;
pub use body::{Body, Encoding};
pub(crate) use provenance::{Namer, Provenance};
pub(crate) use request::{ForeignHeader, Header, Method, Request, SecretPairs};
pub(crate) use url::{Fault, Url};
