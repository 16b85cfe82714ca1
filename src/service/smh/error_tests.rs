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
    }
}

#[test]
fn expired_credentials_are_told_apart() {
    use Remedy::{Permission, PermissionOnce};
    for (http, code, message, remedy) in [
        (403, "AccessDenied", "Request has expired", Some(Permission)),
        (403, "AccessDenied", "Access Denied.", Some(PermissionOnce)),
        (401, "AccessDenied", "", None),
        (403, "RequestTimeTooSkewed", "", Some(Permission)),
        (403, "RequestIsExpired", "", Some(Permission)),
        (403, "InvalidAccessKeyId", "", Some(Permission)),
        (400, "ExpiredToken", "", Some(Permission)),
        (403, "Anything", "Request has expired.", Some(Permission)),
        (403, "SignatureDoesNotMatch", "", None),
    ] {
        let error = cos(http, code, message);
        assert_eq!(error.status(), Status::Forbidden);
        // Where another permission comes with each attempt, whoever makes it says so.
        assert!(!error.is_retryable(), "{http} {code}");
        assert_eq!(error.remedy(), remedy, "{http} {code}");
    }
    // A token of SMH is something else, whatever it says.
    let body = r#"{"code":"InvalidAccessToken","message":"access token has expired"}"#;
    let error = refusal(SERVICE, "it", &answer(403, body));
    assert_eq!(error.status(), Status::Auth);
    assert_eq!(error.remedy(), Some(NEW_TOKEN));
}

/// What helps against each code of SMH and its store that anything helps against.
const REMEDIES: &[(u16, &str, Remedy)] = &[
    (403, "InvalidAccessToken", NEW_TOKEN),
    (403, "AccessTokenVersionNotMatch", NEW_TOKEN),
    (404, "DirectoryNotFound", Remedy::Folder),
    (404, "UploadNotFound", Remedy::Restart),
    (404, "ConfirmKeyNotFound", Remedy::Restart),
    (404, "NoSuchUpload", Remedy::Restart),
    (400, "BadCrc64", Remedy::Resend),
    (409, "UploadComplete", Remedy::Done),
    (403, "AccessDenied", Remedy::PermissionOnce),
    (403, "ExpiredToken", Remedy::Permission),
    (400, "RequestTimeout", Remedy::Connection),
    (408, "ReadRequestTimeout", Remedy::Connection),
    (403, "RequestTimeTooSkewed", Remedy::Permission),
    (403, "RequestIsExpired", Remedy::Permission),
    (403, "InvalidAccessKeyId", Remedy::Permission),
];

#[test]
fn each_code_says_what_helps() {
    for name in CODES.iter().flat_map(|code| code.names) {
        let entry = REMEDIES.iter().find(|(_, known, _)| known == name);
        let (http, remedy) = entry.map_or((403, None), |(http, _, remedy)| (*http, Some(*remedy)));
        assert_eq!(smh(http, name).remedy(), remedy, "{name}");
    }
    for (_, name, _) in REMEDIES {
        assert!(known(CODES, name).is_some(), "{name}");
    }
    // Elsewhere than under 403 it is not about the token that was sent.
    assert_eq!(smh(400, "InvalidAccessToken").remedy(), None);
    assert_eq!(smh(403, "Unknown").remedy(), None);
}

#[test]
fn advice_names_the_option() {
    let text = smh(404, "DirectoryNotFound").to_string();
    assert_eq!(
        text,
        "SMH refused it (HTTP 404): DirectoryNotFound: text; there is no such folder; \
         an upload makes it with create_directories"
    );
}

#[test]
fn request_ids_come_from_the_body_then_from_the_head() {
    let with_id = |name: &str, body: &str| {
        let mut answer = answer(500, body);
        answer.head.headers.push((name.to_owned(), "head".into()));
        refusal(SERVICE, "it", &answer)
    };
    // The last is told by its end.
    for name in [
        "x-request-id",
        "x-smh-request-id",
        "x-cos-request-id",
        "x-oss-request-id",
    ] {
        assert_eq!(with_id(name, "").request_id(), Some("head"));
        let both = with_id(name, r#"{"requestId":"body"}"#);
        assert_eq!(both.request_id(), Some("body"));
    }
    let gateway = with_id("x", "<html>502</html>");
    assert_eq!(gateway.request_id(), None);
    assert_eq!(gateway.service_code(), None);
    assert!(gateway.is_retryable());
}
