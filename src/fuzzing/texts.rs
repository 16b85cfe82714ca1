//! What callers and messages give as texts.

use super::{check_error, pieces};
use crate::client::{Client, ClientOptions, UploadOptions};
use crate::message::Url;
use crate::message::url;
use crate::presign::Presigned;
use crate::service::multipart::MultipartForm;
use crate::text::is_header_safe;
use crate::transfer::http::Trust;
use iri_string::types::UriAbsoluteStr;

/// A URL, and on the next line what a redirect from it says.
pub fn urls(data: &[u8]) {
    let _ = url::from_bytes(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(url) = Url::parse(first) {
        check_url(&url);
        if let Ok(joined) = url.join(second) {
            check_url(&joined);
        }
        if let Ok(base) = Url::parse_base(second) {
            check_url(&base);
            check_url(&base.with("/a b?c=ü"));
            if let Some(moved) = url.moved(&base, &url) {
                check_url(&moved);
            }
        }
    }
    let shown = url::redacted(first);
    assert!(!shown.contains('?') || !first.contains('?'));
}

fn check_url(url: &Url) {
    let text = url.as_str();
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
    assert!(text.starts_with(url.address()) && !url.host().is_empty());
    assert_eq!(url.host(), url.host().to_ascii_lowercase());
    assert!(Url::parse(text).is_ok_and(|again| again == *url), "{text}");
    // Others read the same in it.
    assert!(UriAbsoluteStr::new(text).is_ok(), "{text}");
    let uri = text.parse::<ureq::http::Uri>();
    assert!(
        uri.is_ok_and(|uri| uri.host() == Some(url.host())),
        "{text}"
    );
}

/// Names in a form: a field, its value, and the name of the file.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut texts = text.split('\n');
    let mut next = || texts.next().unwrap_or_default();
    let (field, value, media_type) = (next(), next(), next());
    let file_name = texts.collect::<Vec<_>>().join("\n");
    if !is_header_safe(media_type) || value.contains("chatfile-0") {
        return;
    }
    let form = MultipartForm::new("0").text(field, value);
    let body = form.file(field, &file_name, media_type);
    let form = String::from_utf8_lossy(&body.prefix).into_owned();
    let (begin, file) = form.rsplit_once("--chatfile-0\r\n").unwrap_or_default();
    let lines: Vec<_> = file.split("\r\n").collect();
    let [disposition, content_type, "", ""] = lines[..] else {
        panic!("{lines:?}");
    };
    assert!(disposition.matches('"').count() == 4 && !disposition.contains(['\r', '\n']));
    assert_eq!(content_type, format!("Content-Type: {media_type}"));
    assert!(begin.ends_with(&format!("\r\n\r\n{value}\r\n")));
    names_of_services(&file_name, media_type);
}

/// The same in what a service makes of it without asking anybody.
fn names_of_services(file_name: &str, media_type: &str) {
    let options = ClientOptions::default().trust(Trust::System);
    let client = Client::netease(crate::Netease::new("key", "secret"), options);
    let upload = UploadOptions::default()
        .file_name(file_name)
        .media_type(media_type);
    let presigned = client.and_then(|client| client.presign_upload(Some(1), upload));
    match presigned {
        Ok(presigned) => check_presigned(&presigned),
        Err(error) => check_error(&error),
    }
}

/// The JSON of a presigned request.
pub fn presigned(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Presigned::from_json(text) {
        Ok(presigned) => check_presigned(&presigned),
        Err(error) => check_error(&error),
    }
}

fn check_presigned(presigned: &Presigned) {
    let json = presigned.to_json();
    let again = Presigned::from_json(&json).map(|again| again.to_json());
    assert!(again.is_ok_and(|again| again == json), "{json}");
    for (name, value) in presigned.headers() {
        assert!(is_header_safe(name), "{name:?}");
        assert!(value.is_empty() || is_header_safe(value), "{value:?}");
    }
    let request = presigned.request();
    check_url(&request.url);
}

/// Certificates of CAs, or the client's and its key.
pub fn pem(data: &[u8]) {
    let mut given = pieces(data);
    let mut options = ClientOptions::default().trust(Trust::System);
    match (given.next(), given.next()) {
        (Some(chain), Some(key)) => {
            options.client_certificate = Some(chain.to_vec());
            options.client_key = Some(key.to_vec());
        }
        (authorities, _) => options.ca_certificates = authorities.map(<[u8]>::to_vec),
    }
    if let Err(error) = Client::without_service(options) {
        check_error(&error);
    }
}
