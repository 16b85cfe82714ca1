//! What every answer of the store carries, and what browsers are allowed: as recorded from MinIO.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderName};
use hyper::{HeaderMap, Method};

use super::super::Context;
use super::error::{Error, Failure, escape};
use crate::http::{Answer, Head, decode_percent, encode_percent, set, status_only};
use crate::service::KEPT_FIELDS;
use crate::store::Meta;

/// On an answer that was given before the store knew what it is asked for: fewer fields go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    /// After the identifiers, before the count of calls.
    Uncounted,
    /// Before either.
    Unnamed,
}

/// On the one answer that does not speak of ranges.
#[derive(Debug, Clone, Copy)]
pub(super) struct WithoutRanges;

/// The identifier of an answer, which an error repeats in its XML.
#[derive(Debug, Clone)]
pub(super) struct RequestId(String);

impl RequestId {
    pub(super) fn new() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string()[..16].to_uppercase())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// The identifier of the server, as long as MinIO's.
pub(super) const HOST_ID: &str = "656d756c61746f72656d756c61746f72656d756c61746f72656d756c61746f72";

/// The label that keeps an object's tags; only their number goes with the object.
pub(super) const TAGS: &str = "x-amz-tagging";
/// By which an object says how many tags it has.
pub(super) const TAG_COUNT: HeaderName = HeaderName::from_static("x-amz-tagging-count");

/// The label that keeps an object's storage class, if it is another than the usual one.
pub(super) const STORAGE_CLASS: &str = "x-amz-storage-class";
const USUAL: &str = "STANDARD";

/// As long as a time of HTTP is, and none in an older spelling.
const HTTP_DATE: usize = 29;

const EXPOSED: &str = "Date, Etag, Server, Connection, Accept-Ranges, Content-Range, Content-Encoding, \
                       Content-Length, Content-Type, Content-Disposition, Last-Modified, Content-Language, \
                       Cache-Control, Retry-After, X-Amz-Bucket-Region, Expires, X-Amz*, X-Amz*, *";

/// What browsers may ask for by a preflight.
const METHODS: &[&str] = &["GET", "PUT", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH"];

/// Calls in a minute, and those left: nobody is refused by it.
const CALLS: &str = "1000";

const ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST: HeaderName = HeaderName::from_static("x-amz-id-2");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const PREFLIGHT_METHOD: &str = "access-control-request-method";
const PREFLIGHT_HEADERS: &str = "access-control-request-headers";

/// Adds what every answer carries.
pub(super) fn decorate(head: &Head, answer: &mut Answer) {
    set(answer, header::SERVER, "MinIO");
    if head.method == Method::OPTIONS {
        return;
    }
    let early = answer.extensions().get::<Early>().copied();
    if answer.extensions().get::<WithoutRanges>().is_none() {
        set(answer, header::ACCEPT_RANGES, "bytes");
    }
    let vary = match early {
        Some(_) => "Origin",
        None => "Origin, Accept-Encoding",
    };
    set(answer, header::VARY, vary);
    // What a browser calls `null` may be anybody (rs/cors, which MinIO has).
    match head.header("origin").as_deref() {
        None | Some("") => {}
        Some("null") => allow(answer, "*"),
        Some(origin) => allow(answer, origin),
    }
    if early == Some(Early::Unnamed) {
        return;
    }
    let id = answer.extensions().get::<RequestId>().cloned();
    set(answer, ID, id.unwrap_or_else(RequestId::new).text());
    set(answer, HOST, HOST_ID);
    for (name, value) in [
        (
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_XSS_PROTECTION, "1; mode=block"),
    ] {
        set(answer, name, value);
    }
    if early.is_none() {
        set(answer, LIMIT, CALLS);
        set(answer, REMAINING, CALLS);
    }
}

fn allow(answer: &mut Answer, origin: &str) {
    set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    set(answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    set(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Answers OPTIONS: a preflight, or what is none.
pub(super) fn preflight(head: &Head) -> Answer {
    let origin = head.header("origin");
    let Some(method) = head.header(PREFLIGHT_METHOD).filter(|_| origin.is_some()) else {
        let mut answer = status_only(200);
        set(&mut answer, header::VARY, "Origin");
        if let Some(origin) = origin {
            allow(&mut answer, &origin);
        }
        return answer;
    };
    let mut answer = status_only(204);
    let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    set(&mut answer, header::VARY, vary);
    if !METHODS.contains(&method.to_uppercase().as_str()) {
        return answer;
    }
    set(
        &mut answer,
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        &origin.unwrap_or_default(),
    );
    set(
        &mut answer,
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        "true",
    );
    set(&mut answer, header::ACCESS_CONTROL_ALLOW_METHODS, &method);
    if let Some(fields) = head
        .header(PREFLIGHT_HEADERS)
        .filter(|fields| !fields.is_empty())
    {
        set(&mut answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &fields);
    }
    answer
}

/// The fields of a request that an object keeps and gives back, by their names in lower case.
pub(super) fn labels(headers: &HeaderMap) -> Result<Vec<(String, String)>, Failure> {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let fields = headers.iter();
    let labels: Vec<(String, String)> = fields
        .filter_map(|(name, value)| label(name.as_str(), &text(value)))
        .collect();
    if let Some((_, tags)) = labels.iter().find(|(name, _)| name == TAGS) {
        check_tags(tags)?;
    }
    Ok(labels)
}

/// What people may say of an object in fields of a header: two KiB in all, and eight with all other fields.
pub(super) fn check_size(headers: &HeaderMap) -> Result<(), Failure> {
    let is_own = |name: &str| name.starts_with("x-amz-meta-") || name.starts_with("x-minio-meta-");
    let (mut own, mut all) = (0, 0);
    for name in headers.keys() {
        let size = name.as_str().len() + headers.get(name).map_or(0, |value| value.len());
        all += size;
        if is_own(name.as_str()) {
            own += size;
        }
    }
    match own > 2 * 1024 || all > 8 * 1024 {
        true => Err(Failure::early(Error::METADATA)),
        false => Ok(()),
    }
}

/// Ten tags, each with a name of its own; both sides of signs that S3 allows.
pub(super) fn check_tags(label: &str) -> Result<(), Failure> {
    let tags = tags(label);
    if tags.len() > 10 {
        return Err(Error::MANY_TAGS.into());
    }
    let fits = |text: &str, longest: usize| {
        let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "+-._:/@ =".contains(sign);
        text.len() <= longest && text.chars().all(is_sign)
    };
    for (at, (name, value)) in tags.iter().enumerate() {
        if name.is_empty() || !fits(name, 128) {
            return Err(Error::TAG_KEY.into());
        }
        if !fits(value, 256) {
            return Err(Error::TAG_VALUE.into());
        }
        if tags[..at].iter().any(|(other, _)| other == name) {
            return Err(Error::TAG_TWICE.into());
        }
    }
    Ok(())
}

/// The tags in a list of them, as a label.
pub(super) fn tag_list(list: &str) -> Result<Option<(String, String)>, Failure> {
    if !list.contains('<') {
        return Err(Failure::internal("EOF"));
    }
    let document = super::xml(list)?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if name != "Tagging" {
        let why = format!("expected element type <Tagging> but have <{name}>");
        return Err(Failure::internal(&why));
    }
    let text = |tag: roxmltree::Node<'_, '_>, name: &str| {
        let found = tag.children().find(|node| node.tag_name().name() == name);
        encode_percent(found.and_then(|node| node.text()).unwrap_or_default(), b"")
    };
    let within = |node: roxmltree::Node<'_, '_>, name: &str| node.tag_name().name() == name;
    let sets = root.children().filter(|node| within(*node, "TagSet"));
    let tags: Vec<String> = sets
        .flat_map(|set| set.children())
        .filter(|node| within(*node, "Tag"))
        .map(|tag| format!("{}={}", text(tag, "Key"), text(tag, "Value")))
        .collect();
    Ok((!tags.is_empty()).then(|| (TAGS.to_owned(), tags.join("&"))))
}

/// The tags in a label.
pub(super) fn tags(label: &str) -> Vec<(String, String)> {
    let tags = label.split('&').filter(|tag| !tag.is_empty());
    tags.map(|tag| {
        let (name, value) = tag.split_once('=').unwrap_or((tag, ""));
        (decode_percent(name, true), decode_percent(value, true))
    })
    .collect()
}

/// An object's tags as a list has them.
pub(super) fn tags_as_xml(meta: &Meta) -> String {
    let label = meta.labels.iter().find(|(name, _)| name == TAGS);
    let tags = label.map(|(_, label)| tags(label)).unwrap_or_default();
    tags.iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!("<Tag><Key>{name}</Key><Value>{value}</Value></Tag>")
        })
        .collect()
}

/// The same of one field, of a header or of a form.
pub(super) fn label(name: &str, value: &str) -> Option<(String, String)> {
    let name = name.to_ascii_lowercase();
    let is_kept = match name.as_str() {
        TAGS => !tags(value).is_empty(),
        // The usual class is not told back.
        STORAGE_CLASS => value != USUAL,
        // What is no time is not kept.
        "expires" => value.len() == HTTP_DATE && httpdate::parse_http_date(value).is_ok(),
        // How a body was sent is not what it is; of a list only what stands between commas without blanks.
        "content-encoding" => {
            let codings = value.split(',').filter(|coding| *coding != "aws-chunked");
            let codings = codings.collect::<Vec<_>>().join(",");
            return (!codings.is_empty()).then_some((name, codings));
        }
        other => KEPT_FIELDS.contains(&other) || other.starts_with("x-amz-meta-"),
    };
    is_kept.then(|| (name, value.to_owned()))
}

/// The MD5 in a `Content-MD5`, of a header or of a form.
pub(super) fn stated_md5(text: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(text) = text else {
        return Ok(None);
    };
    let digest = STANDARD.decode(text).ok();
    let digest = digest.filter(|digest| digest.len() == 16);
    digest.map(Some).ok_or_else(|| Error::NO_DIGEST.into())
}

/// The storage class of an object.
pub(super) fn storage_class(meta: &Meta) -> &str {
    let mut labels = meta.labels.iter();
    let class = labels.find(|(name, _)| name == STORAGE_CLASS);
    class.map_or(USUAL, |(_, class)| class)
}

/// What of an object can be wished for and is not there.
pub(super) fn check_wishes(context: &Context<'_>) -> Result<(), Failure> {
    let wish = |name: &str| context.head.header(name);
    let class = wish(STORAGE_CLASS);
    if class.is_some_and(|class| !matches!(class.as_str(), "" | USUAL | "REDUCED_REDUNDANCY")) {
        return Err(Error::STORAGE_CLASS.into());
    }
    if wish("x-amz-server-side-encryption").is_some() {
        return Err(Error::ENCRYPTION.into());
    }
    Ok(())
}

/// The bucket locks no objects.
pub(super) fn check_lock(context: &Context<'_>) -> Result<(), Failure> {
    let mut names = context.head.headers.keys();
    match names.any(|name| name.as_str().starts_with("x-amz-object-lock-")) {
        true => Err(Error::NO_LOCK.into()),
        false => Ok(()),
    }
}

/// Keys of the client's own go over TLS alone, which MinIO is not asked by here.
pub(super) fn check_own_key(context: &Context<'_>) -> Result<(), Failure> {
    const PREFIXES: [&str; 2] = [
        "x-amz-server-side-encryption-customer-",
        "x-amz-copy-source-server-side-encryption-customer-",
    ];
    let mut names = context.head.headers.keys().map(HeaderName::as_str);
    if !names.any(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix))) {
        return Ok(());
    }
    // To HEAD the header says so (`setRequestValidityMiddleware`).
    match context.head.method {
        Method::HEAD => Err(Error::OWN_KEY.into()),
        _ => Err(Failure::early(Error::OWN_KEY)),
    }
}

/// Whether a request is about the one version that there is; another may be named, but cannot be there.
pub(super) fn is_of_present_version(context: &Context<'_>) -> Result<bool, Failure> {
    match context.head.query("versionId").as_deref() {
        None | Some("" | "null") => Ok(true),
        Some(version) if uuid::Uuid::parse_str(version).is_ok() => Ok(false),
        Some(_) => Err(Error::VERSION.into()),
    }
}

/// The same, of what needs that version.
pub(super) fn check_version(context: &Context<'_>) -> Result<(), Failure> {
    match is_of_present_version(context)? {
        true => Ok(()),
        false => Err(Error::NO_SUCH_VERSION.into()),
    }
}
