//! How Tencent SMH and its COS store is set up, and the open questions of its pages: each type but the last is one, its variants are the
//! readings, and the default is the more permissive one unless a vendor's page states it plainly.

use serde::{Deserialize, Serialize};

/// The host that `domain` names in the replies that begin an upload (smh.md §1.3). Real clients put `https://`
/// before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum SmhDomain {
    /// Host and port that the client asked.
    #[default]
    Asked,
    /// The emulator's TLS listener, for clients that ask SMH without TLS and the store with it.
    Tls,
    /// This one. `{port}` and `{tls_port}` in it become the emulator's ports, so that `localhost:{port}` is another
    /// host than the `127.0.0.1` that was asked.
    Named(String),
}

impl From<String> for SmhDomain {
    fn from(text: String) -> Self {
        match text.as_str() {
            "asked" => Self::Asked,
            "tls" => Self::Tls,
            _ => Self::Named(text),
        }
    }
}

impl From<SmhDomain> for String {
    fn from(domain: SmhDomain) -> Self {
        match domain {
            SmhDomain::Asked => "asked".to_owned(),
            SmhDomain::Tls => "tls".to_owned(),
            SmhDomain::Named(host) => host,
        }
    }
}

/// When `ask` complains of a name that is taken (smh.md §1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhConflict {
    /// At the beginning, as the vendor's page reads, and again at the confirmation.
    #[default]
    Begin,
    /// At the confirmation only, as measured at a private deployment.
    Confirm,
}

/// What confirming an upload again gets (smh.md §1.8, not measured).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhRepeat {
    /// 409 `UploadComplete`.
    #[default]
    Complete,
    /// 200 and the file as it is now.
    Same,
    /// 404 `UploadNotFound`.
    NotFound,
}

/// The field that tells of an overwritten file (smh.md §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhOverwritten {
    /// `isOverwritten`, as the vendor's page has it.
    #[default]
    IsOverwritten,
    /// `isOverwrittened`, as a private deployment has it.
    IsOverwrittened,
    /// Both.
    Both,
}

/// Whether files have a history, and what overwriting then does (smh.md §1.8, §1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmhHistory {
    /// There is none; overwriting replaces.
    #[default]
    Off,
    /// Overwriting keeps the old content, which `history_id` fetches.
    Kept,
    /// There is one, and overwriting is 400 `OverwriteFileNotAllowed`.
    Refused,
}

/// SMH's credentials, limits and open choices, and those of its COS store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmhConfig {
    /// The library; objects of the store lie under its id.
    pub library_id: String,
    /// The library's secret, for tokens and as `library_secret`.
    pub library_secret: String,
    /// SecretId and SecretKey of the store, which holds objects of its owner's besides those of SMH. SMH tells them to no client;
    /// they are for COS's own SDKs.
    pub cos_secret_id: String,
    /// See `cos_secret_id`.
    pub cos_secret_key: String,
    /// The bucket's name in the store's replies, where the host that was asked names none.
    pub cos_bucket: String,
    /// The spaces that exist; `-` is that of a single-tenant library.
    pub spaces: Vec<String>,
    /// Seconds an unused token lives when the request names no `period`.
    pub token_ttl: u64,
    /// Seconds the credentials of an upload hold, from its beginning or renewal.
    pub upload_ttl: u64,
    /// Seconds a signed address for a download holds.
    pub download_ttl: u64,
    /// Calls to SMH (not to the store) per second; 0 is no limit.
    pub calls_per_second: u32,
    /// The host of the store in replies.
    pub domain: SmhDomain,
    /// Behave as a private deployment: header fields for each part, `partNumberRange`, no `uploadPartInfo`.
    pub private_cloud: bool,
    /// Sign content type, host and traffic limit too, so that a client that does not send the header fields as they
    /// were handed out gets `SignatureDoesNotMatch`.
    pub sign_headers: bool,
    /// When a taken name is complained of under `ask`.
    pub conflict_at: SmhConflict,
    /// What a second confirmation gets.
    pub repeated_confirm: SmhRepeat,
    /// The field that tells of an overwritten file.
    pub overwritten: SmhOverwritten,
    /// Whether files have a history.
    pub history: SmhHistory,
    /// Deleted files go to the recycle bin, unless they are deleted for good.
    pub recycle_bin: bool,
    /// `nextMarker` is a number instead of text.
    pub number_markers: bool,
    /// A `beginningHash` is known only together with the size.
    pub beginning_hash_with_size: bool,
    /// The `x-cos-traffic-limit` of uploads that ask for none, in bytes a second.
    pub default_traffic_limit: Option<u64>,
    /// Extensions that the library takes no files of, without the dot.
    pub refused_extensions: Vec<String>,
    /// Bytes that all files may take together.
    pub quota: Option<u64>,
    /// The smallest part but the last.
    pub min_part: u64,
    /// The largest part, and the largest object in one piece.
    pub max_part: u64,
    /// The highest part number.
    pub max_parts: u32,
    /// The most entries that are listed at once.
    pub max_list: usize,
    /// Serve ranges of files.
    pub range: bool,
}

impl Default for SmhConfig {
    fn default() -> Self {
        Self {
            library_id: "smh0emulator0library".to_owned(),
            library_secret: "4b1e7c52d09f4a86b3a5f0c7e9d21864".to_owned(),
            cos_secret_id: "AKIDemulator0cos0secret0id".to_owned(),
            cos_secret_key: "emulator0cos0secret0key0123456789".to_owned(),
            cos_bucket: "smh-1250000000".to_owned(),
            spaces: vec!["-".to_owned(), "space0emulator0one".to_owned()],
            // smh.md §1.2.
            token_ttl: 86_400,
            // Not published; clients renew when five minutes are left.
            upload_ttl: 3600,
            // About 2 h (smh.md §1.10).
            download_ttl: 7200,
            calls_per_second: 0,
            domain: SmhDomain::default(),
            private_cloud: false,
            sign_headers: false,
            conflict_at: SmhConflict::default(),
            repeated_confirm: SmhRepeat::default(),
            overwritten: SmhOverwritten::default(),
            history: SmhHistory::default(),
            recycle_bin: true,
            number_markers: false,
            beginning_hash_with_size: false,
            default_traffic_limit: None,
            refused_extensions: Vec::new(),
            quota: None,
            // smh.md §1.5.
            min_part: 1024 * 1024,
            max_part: 5 * 1024 * 1024 * 1024,
            max_parts: 10_000,
            // "docs max 100, SJTU took 1000".
            max_list: 1000,
            range: true,
        }
    }
}
