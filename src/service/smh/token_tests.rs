#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::Smh;
use super::super::tests::{config, library, other_library};
use super::*;
use crate::error::Status;
use crate::service::test_kit::answer;

#[test]
fn a_token_is_asked_for_byte_for_byte() {
    assert_eq!(
        library().token_request("s e").url,
        "https://api.tencentsmh.cn/api/v1/token?library_id=smh123&grant=create_directory%2C\
         upload_file%2Cupload_file_force%2Cbegin_upload%2Cbegin_upload_force%2Cconfirm_upload%2C\
         delete_file%2Cdelete_file_permanent&library_secret=s%20e"
    );
    let library = Library::new(Smh {
        base_url: Some("https://smh123.api.tencentsmh.cn/".into()),
        space_id: Some("a,b".into()),
        user_id: Some("u".into()),
        client_id: Some("c".into()),
        session_id: Some("s".into()),
        token_ttl: Some(Duration::from_secs(7200)),
        grant: Some(String::new()),
        ..config()
    })
    .unwrap();
    let request = library.token_request("x");
    assert_eq!(request.method, Method::Get);
    assert_eq!(
        request.url,
        "https://smh123.api.tencentsmh.cn/api/v1/token?library_id=smh123&space_id=a%2Cb&user_id=u\
         &client_id=c&session_id=s&period=7200&grant=&library_secret=x"
    );
}

#[test]
fn a_token_is_renewed_by_its_path() {
    let request = other_library().renew_token_request("acctk01/x");
    assert_eq!(request.method, Method::Post);
    assert_eq!(
        request.url,
        "http://127.0.0.1:9/smh/api/v1/token/smh%20123/acctk01%2Fx"
    );
    assert_eq!(request.body, Body::empty());
}

#[test]
fn a_token_is_read() {
    let (token, life) = read_token(&answer(
        200,
        r#"{"accessToken":"acctk01","expiresIn":86400}"#,
    ))
    .unwrap();
    assert_eq!(*token, "acctk01");
    assert_eq!(life, Some(Duration::from_secs(86_400)));
    let (_, life) = read_token(&answer(200, r#"{"accessToken":"a"}"#)).unwrap();
    assert_eq!(life, None);
    for bad in [
        "",
        "{}",
        r#"{"accessToken":""}"#,
        r#"{"accessToken":"a\nb"}"#,
    ] {
        let error = read_token(&answer(200, bad)).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
        assert_eq!(error.phase(), Phase::Token);
    }
}

#[test]
fn a_wrong_secret_is_no_missing_page() {
    let error = read_token(&answer(
        404,
        r#"{"code":"WrongLibraryIdOrSecret","message":"wrong","requestId":"r1"}"#,
    ))
    .unwrap_err();
    assert_eq!(error.status(), Status::Auth);
    assert_eq!(error.phase(), Phase::Token);
    assert_eq!(error.remedy(), None);
}
