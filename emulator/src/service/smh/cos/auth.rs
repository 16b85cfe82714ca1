//! Who may do what at the store.

use hyper::Method;

use super::error::Error;
use crate::service::smh::sign::{Fault, Request, Rights};
use crate::service::smh::{Context, aws};

impl Context<'_> {
    /// Checks the signature of a request to the store.
    pub(super) fn rights(&self, path: &str) -> Result<Rights, Error> {
        let method = self.head.method.as_str().to_ascii_lowercase();
        let checked = self.signed_for(&method, path);
        // An address signed for GET serves HEAD too; stores differ here, and players ask this way.
        if self.head.method == Method::HEAD && checked.is_err() {
            return Ok(self.signed_for("get", path)?);
        }
        Ok(checked?)
    }

    fn signed_for(&self, method: &str, path: &str) -> Result<Rights, Fault> {
        let keys = self.keys();
        let head = self.head;
        if self.config.private_cloud && method == "put" {
            let life = i64::try_from(self.config.upload_ttl).unwrap_or(i64::MAX);
            let now_ms = self.now_ms();
            aws::check(&keys, path, &head.query, &head.headers, life, now_ms)?;
            return Ok(Rights::Object);
        }
        let request = Request {
            method,
            path,
            query: &head.query,
            headers: &head.headers,
        };
        let authorization = match head.header("authorization") {
            Some(header) => header,
            None if head.query("q-signature").is_some() => head.query.clone(),
            None => return Err(Fault::Missing),
        };
        keys.check(&authorization, &request, self.now_ms())
    }

    /// For what SMH allows to nobody, and the owner of the store to himself.
    pub(super) fn check_owner(&self, path: &str) -> Result<(), Error> {
        match self.rights(path)? {
            Rights::Everything => Ok(()),
            Rights::Object => Err(Error::new("AccessDenied")),
        }
    }
}
