//! HTTP pieces that know no service: bodies, forms, answers, ranges.

mod answer;
mod base64_lenient;
mod disposition;
mod form;
mod json_object;
mod multipart;
mod payload;
mod request;
mod serve;

pub(crate) use answer::{Answer, html, json, response_label, set, status_only, text};
pub(crate) use base64_lenient::LenientBase64;
pub(crate) use form::{Form, FormEvent};
pub(crate) use json_object::{JsonEvent, JsonObject};
#[cfg(test)]
pub(crate) use multipart::Pieces;
pub(crate) use multipart::{Chunks, Multipart, Part};
pub(crate) use payload::{Payload, Piece};
pub(crate) use request::{
    BodyError, Head, RequestBody, decode_percent, encode_percent, is_multipart, media_type,
};
pub(crate) use serve::{Content, Presentation, give, serve, serve_span};
