//! What OpenIM's own server asks of its store: of the emulator's, or of one that runs elsewhere, by the calls of S3.

use crate::calendar;
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{self, HeaderMap};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tempfile::TempPath;
use tokio::net::TcpStream;

use super::objects::Stat;
use super::reply::Refusal;
use super::storage::{multipart, sigv4};
use super::{Context, storage};

const NO_KEY: &str = "The specified key does not exist.";

/// The content of an object, in a file that goes away with it if it is only a copy.
pub(super) struct Content {
    pub(super) path: PathBuf,
    _copy: Option<TempPath>,
}

impl Context<'_> {
    fn elsewhere(&self) -> Option<Elsewhere<'_>> {
        let base = self.config.store.as_deref()?.trim_end_matches('/');
        Some(Elsewhere {
            context: self,
            base,
        })
    }

    /// What is known of an object.
    pub(super) async fn look_at(&self, key: &str) -> Result<Option<Stat>, Refusal> {
        let Some(store) = self.elsewhere() else {
            return Ok(self.object(key).map(|meta| Stat {
                key: key.to_owned(),
                etag: meta.md5.clone(),
                size: meta.size,
            }));
        };
        let (status, headers, _) = store.ask(Method::HEAD, key, &[], &[], Vec::new()).await?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        match status {
            200 => Ok(Some(Stat {
                key: key.to_owned(),
                etag: text("etag")
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_lowercase(),
                size: text("content-length")
                    .and_then(|length| length.parse().ok())
                    .unwrap_or(0),
            })),
            404 => Ok(None),
            status => Err(Refusal::of_store(match text("x-minio-error-desc") {
                Some(words) => words.trim_matches('"').to_owned(),
                None => format!("{status} of the store"),
            })),
        }
    }

    pub(super) async fn copy(&self, from: &str, to: &str) -> Result<(), Refusal> {
        if let Some(store) = self.elsewhere() {
            let bucket = &self.config.bucket;
            let source = sigv4::escape(&format!("/{bucket}/{from}"), true);
            let headers = [("x-amz-copy-source", source.as_str())];
            return store
                .done(Method::PUT, to, &[], &headers, Vec::new())
                .await
                .map(drop);
        }
        let object = self.object(from).ok_or_else(|| Refusal::internal(NO_KEY))?;
        let (kind, labels) = (object.content_type.clone(), object.labels.clone());
        self.copy_object(&object, to, kind, labels).await?;
        Ok(())
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), Refusal> {
        if let Some(store) = self.elsewhere() {
            return store
                .done(Method::DELETE, key, &[], &[], Vec::new())
                .await
                .map(drop);
        }
        if let Some(object) = self.object(key) {
            self.state.store.remove(&object)?;
        }
        Ok(())
    }

    /// The id of an upload in parts.
    pub(super) async fn begin(&self, key: &str) -> Result<String, Refusal> {
        let Some(store) = self.elsewhere() else {
            return Ok(self.begin_parts(key, None, Vec::new()).await?);
        };
        let answer = store
            .done(Method::POST, key, &[("uploads", "")], &[], Vec::new())
            .await?;
        let id = element(&answer, "UploadId");
        id.ok_or_else(|| Refusal::internal("the store began an upload without an id"))
    }

    pub(super) async fn complete(
        &self,
        key: &str,
        id: &str,
        etags: &[String],
    ) -> Result<(), Refusal> {
        let Some(store) = self.elsewhere() else {
            let done = multipart::complete_for_openim(self, key, id, etags).await;
            return done.map_err(Refusal::internal);
        };
        let parts: String = etags
            .iter()
            .zip(1..)
            .map(|(etag, number)| {
                let etag = storage::escape(etag);
                format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
            })
            .collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let query = [("uploadId", id)];
        store
            .done(Method::POST, key, &query, &[], body.into_bytes())
            .await?;
        Ok(())
    }

    pub(super) async fn content(&self, key: &str) -> Result<Content, Refusal> {
        let Some(store) = self.elsewhere() else {
            let object = self.object(key).ok_or_else(|| Refusal::of_store(NO_KEY))?;
            return Ok(Content {
                path: self.state.store.content_path(&object),
                _copy: None,
            });
        };
        let bytes = store.done(Method::GET, key, &[], &[], Vec::new()).await?;
        let mut file = self.state.store.temporary()?;
        std::io::Write::write_all(file.as_file_mut(), &bytes)?;
        let copy = file.into_temp_path();
        Ok(Content {
            path: copy.to_path_buf(),
            _copy: Some(copy),
        })
    }

    pub(super) async fn put_bytes(&self, key: &str, bytes: Vec<u8>) -> Result<(), Refusal> {
        if let Some(store) = self.elsewhere() {
            return store
                .done(Method::PUT, key, &[], &[], bytes)
                .await
                .map(drop);
        }
        let mut file = self.state.store.create()?;
        file.write(&bytes).await?;
        self.put_object(key, file, None, Vec::new()).await?;
        Ok(())
    }
}

/// The text of the first element of a name.
fn element(xml: &[u8], name: &str) -> Option<String> {
    let document = roxmltree::Document::parse(std::str::from_utf8(xml).ok()?).ok()?;
    let found = document
        .descendants()
        .find(|node| node.tag_name().name() == name)?;
    found.text().map(str::to_owned)
}

/// A store that runs elsewhere, without TLS.
struct Elsewhere<'a> {
    context: &'a Context<'a>,
    base: &'a str,
}

impl Elsewhere<'_> {
    /// The body of an answer that says that all is well.
    async fn done(
        &self,
        method: Method,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Bytes, Refusal> {
        let (status, _, answer) = self.ask(method, key, query, headers, body).await?;
        // Completing and copying can fail under 200, too.
        match element(&answer, "Message")
            .filter(|_| status >= 300 || element(&answer, "Code").is_some())
        {
            Some(words) => Err(Refusal::internal(words)),
            None if status >= 300 => Err(Refusal::internal(format!("{status} of the store"))),
            None => Ok(answer),
        }
    }

    async fn ask(
        &self,
        method: Method,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, HeaderMap, Bytes), Refusal> {
        let failed = |what: &str| Refusal::internal(format!("the store {} {what}", self.base));
        let host = self
            .base
            .strip_prefix("http://")
            .ok_or_else(|| failed("is not asked without http://"))?;
        let date = calendar::amz_date(self.context.now_ms());
        let path = format!("/{}/{key}", self.context.config.bucket);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let query: Vec<(String, String)> = query.iter().map(owned).collect();
        let mut signed: Vec<(String, String)> = headers.iter().map(owned).collect();
        signed.push(("host".to_owned(), host.to_owned()));
        signed.push((
            "x-amz-content-sha256".to_owned(),
            sigv4::UNSIGNED.to_owned(),
        ));
        signed.push(("x-amz-date".to_owned(), date.clone()));
        signed.sort();
        let canonical = sigv4::Canonical {
            method: method.as_str(),
            path: &path,
            query: query.clone(),
            headers: signed.clone(),
            payload: sigv4::UNSIGNED,
        };
        let authorization = self.context.signer().authorization(&date, &canonical);
        let target = sigv4::escape(&path, true);
        let query = sigv4::canonical_query(&query);
        let sign = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{target}{sign}{query}"))
            .header(header::AUTHORIZATION, authorization);
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| failed("has an address that no request can have"))?;
        let answer = send(host, request).await;
        let (parts, body) = answer
            .map_err(|why| failed(&format!("does not answer: {why}")))?
            .into_parts();
        let body = body.collect().await.map_err(|_| failed("broke off"))?;
        Ok((parts.status.as_u16(), parts.headers, body.to_bytes()))
    }
}

async fn send(
    host: &str,
    request: Request<Full<Bytes>>,
) -> Result<Response<hyper::body::Incoming>, Box<dyn std::error::Error + Send + Sync>> {
    let address = match host.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:80"),
    };
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the answer.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}
