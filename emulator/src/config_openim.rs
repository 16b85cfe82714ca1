//! How the OpenIM part and its object store are set up.

use serde::Serialize;

use crate::choices::{OpenimDriver, OpenimFormHeader, OpenimMultiLogin, OpenimUnknownName};

/// OpenIM's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize)]
pub struct OpenimConfig {
    /// The secret of get_admin_token; it also signs the tokens.
    pub secret: String,
    /// The admin.
    pub admin_id: String,
    /// Users that exist from the start.
    pub users: Vec<String>,
    /// Seconds a token lives.
    pub token_ttl: u64,
    /// Which tokens a new one makes invalid.
    pub multi_login: OpenimMultiLogin,
    /// Seconds a form is valid when an admin does not say otherwise.
    pub form_ttl: u64,
    /// The items of `header` in the reply of initiate_form_data.
    pub form_header: OpenimFormHeader,
    /// Fields in that `header`. The vendor's page has `Content-Type: multipart/form-data`, without a boundary.
    pub form_header_fields: Vec<(String, String)>,
    /// What access_url says of an unknown name.
    pub unknown_name: OpenimUnknownName,
    /// Compress replies when asked to.
    pub gzip: bool,
    /// The object store.
    pub driver: OpenimDriver,
    /// Its bucket, the first part of its paths.
    pub bucket: String,
    /// Its access key.
    pub access_key: String,
    /// Its secret key.
    pub secret_key: String,
    /// Scheme and host of the store's addresses, when it is not the host asked; signatures hold for that host only.
    pub external_address: Option<String>,
    /// Let everyone read and write objects without a signature.
    pub public_read: bool,
    /// The smallest part; `None` is what the driver has.
    pub min_part_size: Option<u64>,
    /// The greatest number of parts; `None` is what the driver has.
    pub max_parts: Option<u64>,
    /// Seconds that the parts of an unfinished upload are kept.
    pub upload_ttl: u64,
    /// Serve ranges of objects.
    pub range: bool,
    /// The `Retry-After` of the store's 429 and 503, in seconds; MinIO always says 60. `None` leaves it out, so that a
    /// test need not wait for it.
    pub retry_after: Option<u64>,
}

impl Default for OpenimConfig {
    fn default() -> Self {
        Self {
            // As in OpenIM's config/share.yml and minio.yml.
            secret: "openIM123".to_owned(),
            admin_id: "imAdmin".to_owned(),
            users: vec!["alice".to_owned(), "bob".to_owned()],
            // 90 days (openim.md §2.3).
            token_ttl: 90 * 86_400,
            multi_login: OpenimMultiLogin::default(),
            form_ttl: 600,
            form_header: OpenimFormHeader::default(),
            form_header_fields: vec![("Content-Type".to_owned(), "multipart/form-data".to_owned())],
            unknown_name: OpenimUnknownName::default(),
            gzip: true,
            driver: OpenimDriver::default(),
            bucket: "openim".to_owned(),
            access_key: "root".to_owned(),
            secret_key: "openIM123".to_owned(),
            external_address: None,
            public_read: false,
            min_part_size: None,
            max_parts: None,
            // 7 days, as the `expireTime` of an upload says (openim.md §2.5).
            upload_ttl: 7 * 86_400,
            range: true,
            retry_after: Some(60),
        }
    }
}
