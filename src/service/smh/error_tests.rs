use super::super::{SERVICE, STORE};
use super::*;
use crate::service::test_kit::answer;

fn smh(status: u16, code: &str) -> Error {
    let body =
        format!(r#"{{"code":"{code}","message":"text","requestId":"r1","status":{status}}}"#);
    refusal(SERVICE, "it", &answer(status, &body))
}

fn cos(status: u16, code: &str, message: &str) -> Error {
    let body = format!(
        "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>{code}</Code>\n\
         \t<Message>{message}</Message>\n\t<RequestId>r2</RequestId>\n</Error>"
    );
    refusal(STORE, "it", &answer(status, &body))
}

#[test]
fn every_code_has_its_status() {
    use Status::*;
    for (http, status, retryable, codes) in [
        (
            400,
            Service,
            false,
            "BadRequest ParamInvalid InvalidConflictResolutionStrategy FileNameLengthExceed \
             IllegalFileName ExtnameNotAllowed MultipartUploadIncomplete UploadIncomplete \
             MultipartUploadPartTooSmall NewAndUnknown",
        ),
        (400, Integrity, false, "BadCrc64"),
        (400, TooLarge, false, "QuotaLimitReached"),
        (400, Unavailable, true, "IncompleteBody"),
        (400, Auth, false, "EmptyAccessToken"),
        (400, Conflict, false, "OverwriteFileNotAllowed"),
        (
            403,
            Auth,
            false,
            "InvalidAccessToken AccessTokenNotMatchLibrary AccessTokenNotMatchSpace",
        ),
        (
            403,
            Forbidden,
            false,
            "NoPermission ReadForbidden WriteForbidden LibraryServiceExpired SpaceBanned Unknown",
        ),
        (
            404,
            NotFound,
            false,
            "LibraryNotFound SpaceNotFound DirectoryNotFound FileNotFound PathNotFound \
             UploadNotFound ConfirmKeyNotFound CosObjectNonexistent RouteNotFound Unknown",
        ),
        (404, Service, false, "NotMultipartUpload UploadIncomplete"),
        (404, Auth, false, "WrongLibraryIdOrSecret"),
        (404, Expired, false, "FileRemovedByQuota"),
        (408, Unavailable, true, "ReadRequestTimeout"),
        (
            409,
            Conflict,
            false,
            "SameNameDirectoryOrFileExists PathConflict RenameTooManyTimes",
        ),
        (409, Service, false, "UploadComplete"),
        (413, TooLarge, false, "RequestEntityTooLarge"),
        (414, Service, false, "Unknown"),
        (429, RateLimited, true, "RateLimitExceeded Unknown"),
        (451, Forbidden, false, "SensitiveContentRecognized"),
        (499, Unavailable, true, "ClientClosedRequest"),
        (500, Unavailable, true, "InternalServerError"),
        (503, Unavailable, true, "ServerOverloaded"),
    ] {
        for code in codes.split(' ') {
            let error = smh(http, code);
            assert_eq!(error.status(), status, "{code}");
            assert_eq!(error.is_retryable(), retryable, "{code}");
            assert_eq!(error.service_code(), Some(code));
            assert_eq!(error.service_message(), Some("text"));
            assert_eq!(error.request_id(), Some("r1"));
            assert!(!is_credential_expired(&error), "{code}");
        }
    }
}

#[test]
fn the_store_speaks_xml() {
    for (http, code, status, retryable) in [
        (403, "SignatureDoesNotMatch", Status::Forbidden, false),
        (404, "NoSuchUpload", Status::NotFound, false),
        (404, "NoSuchKey", Status::NotFound, false),
        (400, "EntityTooLarge", Status::TooLarge, false),
        (400, "BadDigest", Status::Integrity, true),
        (400, "RequestTimeout", Status::Unavailable, true),
        (500, "InternalError", Status::Unavailable, true),
        (503, "SlowDown", Status::Unavailable, true),
        (400, "InvalidArgument", Status::Service, false),
    ] {
        let error = cos(http, code, "a &amp; b");
        assert_eq!(
            (error.status(), error.is_retryable()),
            (status, retryable),
            "{code}"
        );
        assert_eq!(error.service_code(), Some(code));
        assert_eq!(error.service_message(), Some("a & b"));
        assert_eq!(error.request_id(), Some("r2"));
        assert!(!is_credential_expired(&error), "{code}");
    }
}

#[test]
fn expired_credentials_are_told_apart() {
    for (http, code, message, retryable) in [
        (403, "AccessDenied", "Request has expired", true),
        (403, "AccessDenied", "Access Denied.", false),
        (403, "RequestTimeTooSkewed", "", true),
        (403, "InvalidAccessKeyId", "", true),
        (400, "ExpiredToken", "", true),
        (403, "Anything", "Request has expired.", true),
    ] {
        let error = cos(http, code, message);
        assert!(is_credential_expired(&error), "{code}");
        assert_eq!(error.status(), Status::Forbidden);
        assert_eq!(error.is_retryable(), retryable, "{code}");
        assert!(!is_token_refused(&error));
    }
    // A token of SMH is something else, whatever it says.
    let body = r#"{"code":"InvalidAccessToken","message":"access token has expired"}"#;
    let error = refusal(SERVICE, "it", &answer(403, body));
    assert_eq!(error.status(), Status::Auth);
    assert!(is_token_refused(&error) && !is_credential_expired(&error));
    assert!(!is_credential_expired(&cos(401, "AccessDenied", "")));
}

#[test]
fn errors_are_decided_on_by_code() {
    assert!(is_token_refused(&smh(403, "InvalidAccessToken")));
    assert!(!is_token_refused(&smh(400, "InvalidAccessToken")));
    assert!(!is_token_refused(&smh(403, "NoPermission")));
    assert!(is_missing_directory(&smh(404, "DirectoryNotFound")));
    assert!(!is_missing_directory(&smh(404, "FileNotFound")));
    assert!(is_conflict(&smh(409, "SameNameDirectoryOrFileExists")));
    assert!(is_upload_gone(&smh(404, "UploadNotFound")));
    assert!(is_upload_gone(&smh(404, "ConfirmKeyNotFound")));
    assert!(is_upload_gone(&cos(404, "NoSuchUpload", "")));
    assert!(!is_upload_gone(&smh(409, "UploadComplete")));
    assert!(is_complete(&smh(409, "UploadComplete")));
}

#[test]
fn advice_names_the_option() {
    let text = smh(404, "DirectoryNotFound").to_string();
    assert_eq!(
        text,
        "SMH refused it (HTTP 404): DirectoryNotFound: text; make the folder first, or set \
         create_directories"
    );
}

#[test]
fn request_ids_come_from_the_body_then_from_the_head() {
    let with_id = |name: &str, body: &str| {
        let mut answer = answer(500, body);
        answer.head.headers.push((name.to_owned(), "head".into()));
        refusal(SERVICE, "it", &answer)
    };
    for name in ["x-request-id", "x-smh-request-id", "x-cos-request-id"] {
        assert_eq!(with_id(name, "").request_id(), Some("head"));
        let both = with_id(name, r#"{"requestId":"body"}"#);
        assert_eq!(both.request_id(), Some("body"));
    }
    let gateway = with_id("x", "<html>502</html>");
    assert_eq!(gateway.request_id(), None);
    assert_eq!(gateway.service_code(), None);
    assert!(gateway.is_retryable());
}
