#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::service;

fn sample() -> Presigned {
    let body = Body {
        prefix: b"--b\r\n\r\n".to_vec().into(),
        content: Some(Encoding::Identity),
        suffix: b"\r\n--b--\r\n".to_vec(),
    };
    let request = Request::post(
        Url::parse("https://h/x").unwrap(),
        "multipart/form-data; boundary=b",
        body,
    )
    .secret_header("Authorization", "Bearer t");
    Presigned::new(
        request,
        Terms {
            expires_at: Some(1_795_150_800),
            max_size: Some(10),
            fields: vec![("a".into(), "b".to_owned().into())],
            ..Terms::upload(&service::easemob::PROFILE)
        },
    )
}

#[test]
fn json_and_back_is_the_same_request() {
    let sample = sample();
    let back = Presigned::from_json(&sample.to_json()).unwrap();
    assert_eq!(back.request(), sample.request());
    assert_eq!(back.request().provenance, Provenance::Message);
    assert_eq!(back.to_json(), sample.to_json());
    assert_eq!(back.expires_at(), Some(1_795_150_800));
    assert_eq!(back.fields().collect::<Vec<_>>(), [("a", "b")]);
    back.check_size(10).unwrap();
    assert!(back.check_size(11).is_err());
}

#[test]
fn an_upload_to_complete_says_so() {
    let mut upload = sample();
    assert!(!upload.needs_completion());
    upload.profile = &service::openim::PROFILE;
    let of = |upload: &Presigned| Presigned::from_json(&upload.to_json());
    assert!(of(&upload).is_err());
    upload.completion = Some("id".into());
    assert!(of(&upload).is_err());
    upload.file = Some("alice/a".into());
    for (statuses, is_good) in [
        (vec![200, 204], true),
        (vec![201], true),
        (vec![], false),
        (vec![200, 302], false),
    ] {
        upload.success_status = statuses;
        assert_eq!(of(&upload).is_ok(), is_good);
    }
    upload.success_status = vec![200];
    let back = of(&upload).unwrap();
    assert_eq!(back.to_json(), upload.to_json());
    assert_eq!(
        (back.completion(), back.file()),
        (Some("id"), Some("alice/a"))
    );
    assert!(back.needs_completion());
    back.check_size(10).unwrap();
    assert!(back.check_size(9).is_err() && back.check_size(11).is_err());
}

#[test]
fn an_expired_request_is_not_sent() {
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let sample = sample();
    sample.check_expiry(at(1_795_150_800 + 300)).unwrap();
    let error = sample.check_expiry(at(1_795_150_800 + 301)).unwrap_err();
    assert_eq!(error.status(), Status::Expired);
}

#[test]
fn json_that_cannot_be_sent_is_refused() {
    let good: serde_json::Value = serde_json::from_str(&sample().to_json()).unwrap();
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        Presigned::from_json(&bad.to_string())
            .err()
            .map(|e| e.field())
    };
    assert_eq!(changed("/max_size", 5.into()), None);
    assert_eq!(changed("/max_size", u64::MAX.into()), None);
    assert_eq!(changed("/max_size", 1e30.into()), Some(Some("json")));
    for (pointer, value) in [
        ("/format", 2.into()),
        ("/url", "file:///etc/passwd".into()),
        ("/url", "http://h:65536/".into()),
        ("/url", "http://[::1".into()),
        ("/url", "http://u:p@h/".into()),
        ("/method", "DELETE".into()),
        ("/method", "HEAD".into()),
        ("/method", "GET".into()),
        ("/operation", "netease_download".into()),
        ("/operation", "unknown".into()),
        ("/headers/0/name", "X Y".into()),
        ("/headers/0/value", "a\r\nb".into()),
        ("/headers/0/name", "Transfer-Encoding".into()),
        ("/headers/0/name", "host".into()),
        ("/headers/0/name", "Proxy-Authorization".into()),
        ("/success_status", serde_json::json!([200, 204])),
        ("/body/encoding", serde_json::Value::Null),
        ("/headers", 5.into()),
    ] {
        assert_eq!(
            changed(pointer, value.clone()),
            Some(Some("json")),
            "{pointer} {value}"
        );
    }
    assert_eq!(changed("/method", "PUT".into()), None);
    assert_eq!(changed("/headers/0/name", "x-cos-meta_tag".into()), None);
    let mut odd = good.clone();
    odd["completion"] = "id".into();
    assert!(Presigned::from_json(&odd.to_string()).is_err());
    let quoting = Presigned::from_json(r#"{"format":"Bearer SECRET"}"#)
        .err()
        .unwrap();
    assert!(!quoting.message().contains("SECRET"), "{quoting}");
    assert!(Presigned::from_json("").is_err());
    assert!(Presigned::from_json("[]").is_err());
}
