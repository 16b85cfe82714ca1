#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::service;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

fn sample() -> Presigned {
    let body = Body {
        prefix: b"--b\r\n\r\n".to_vec().into(),
        content: Some(Encoding::Identity),
        suffix: b"\r\n--b--\r\n".to_vec(),
    };
    let request = Request::post(
        Url::parse("https://h/x").unwrap(),
        Provenance::CONFIG,
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
    assert_eq!(back.request().provenance, Provenance::MESSAGE);
    assert_eq!(back.to_json(), sample.to_json());
    assert_eq!(back.expires_at(), Some(1_795_150_800));
    assert_eq!(back.fields().collect::<Vec<_>>(), [("a", "b")]);
    back.check_size(10).unwrap();
    assert!(back.check_size(11).is_err());
}

/// An upload of ten bytes to OpenIM, of which its id says so.
fn to_complete() -> Presigned {
    let mut upload = sample();
    upload.profile = &service::openim::PROFILE;
    upload.completion = Some(openim_id(r#"{"name":"alice/a","size":10,"key":"k"}"#));
    upload.file = Some("alice/a".into());
    upload
}

fn openim_id(json: &str) -> String {
    STANDARD_NO_PAD.encode(json)
}

fn over_json(upload: &Presigned) -> Result<Presigned> {
    Presigned::from_json(&upload.to_json())
}

#[test]
fn an_upload_to_complete_says_so() {
    assert!(!sample().needs_completion());
    let mut upload = to_complete();
    for (statuses, is_good) in [
        (vec![200, 204], true),
        (vec![201], true),
        (vec![], false),
        (vec![200, 302], false),
    ] {
        upload.success_status = statuses;
        assert_eq!(over_json(&upload).is_ok(), is_good);
    }
    let upload = to_complete();
    let back = over_json(&upload).unwrap();
    assert_eq!(back.to_json(), upload.to_json());
    assert_eq!(
        (back.completion(), back.file()),
        (upload.completion(), Some("alice/a"))
    );
    assert!(back.needs_completion());
    back.check_size(10).unwrap();
    assert!(back.check_size(9).is_err() && back.check_size(11).is_err());
}

#[test]
fn what_is_to_be_completed_is_the_file_that_the_json_names() {
    let refused = |change: &dyn Fn(&mut Presigned)| {
        let mut upload = to_complete();
        change(&mut upload);
        let error = over_json(&upload).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("json"))
        );
    };
    refused(&|upload| upload.completion = None);
    refused(&|upload| upload.file = None);
    refused(&|upload| upload.max_size = None);
    refused(&|upload| upload.max_size = Some(11));
    // What the server would read in another way than it is read here, too.
    let padded = STANDARD.encode(r#"{"name":"alice/a","size":10,"key":"k"}"#);
    let broken = openim_id(r#"{"name":"alice/a","size":10,"key":"k"}"#).replacen('e', "e\n", 1);
    for id in [
        "id".to_owned(),
        padded,
        broken,
        openim_id(r#"{"name":"alice/b","size":10,"key":"k"}"#),
        openim_id(r#"{"name":"alice/a","size":11,"key":"k"}"#),
        openim_id(r#"{"name":"alice/a","size":10.0,"key":"k"}"#),
        openim_id("{\"name\":\"alice/a\",\"size\":10,\"\u{17f}ize\":11}"),
        openim_id(r#"{"name":"alice/a","size":10,"key":"k","Name":"alice/b"}"#),
        openim_id(r#"{"name":"alice/a","size":10,"key":"k","name":"alice/b"}"#),
        openim_id(r#"{"name":"alice/a","size":10,"key":"k"}{}"#),
    ] {
        refused(&|upload| upload.completion = Some(id.clone()));
    }
    for name in ["", "/a", "../x", "a/./b", "a\r\nb", "a\0b", "https://h/x"] {
        let json = serde_json::json!({"name": name, "size": 10, "key": "k"});
        refused(&|upload| {
            upload.file = Some(name.into());
            upload.completion = Some(openim_id(&json.to_string()));
        });
    }
    // A server that says more.
    let mut upload = to_complete();
    upload.completion = Some(openim_id(
        r#"{"name":"alice/a","size":10,"key":"k","contentType":"a/b","later":{}}"#,
    ));
    over_json(&upload).unwrap();
    refused(&|upload| {
        upload.max_size = Some(0);
        upload.completion = Some(openim_id(r#"{"name":"alice/a","size":0,"key":"k"}"#));
    });
}

#[test]
fn an_upload_to_smh_names_a_file_of_smh() {
    let of = |file: &str, key: &str, size| {
        let mut upload = to_complete();
        upload.profile = &service::smh::PROFILE;
        upload.file = Some(file.into());
        upload.completion = Some(key.into());
        upload.max_size = size;
        over_json(&upload).is_ok()
    };
    assert!(of("d/a", "7e84", Some(10)));
    // An empty file.
    assert!(of("a", "7e84", Some(0)));
    assert!(!of("a", "7e84", None));
    for file in ["", "/a", "../x", "a/..", "a\r\nb", "a\0", "a/", "a?b"] {
        assert!(!of(file, "7e84", Some(10)), "{file:?}");
    }
    for key in ["", ".", "..", "a\0", "a\r\nb"] {
        assert!(!of("a", key, Some(10)), "{key:?}");
    }
}

#[test]
fn a_type_of_the_service_is_one_of_its_own() {
    let mut sample = sample();
    let mut all = service::ALL.iter();
    sample.profile = all.find(|own| !own.upload_types.is_empty()).unwrap();
    for (file_type, is_good) in [("jpg", true), ("exe", false), ("a\"b", false), ("", false)] {
        sample.file_type = Some(file_type.into());
        let read = Presigned::from_json(&sample.to_json());
        assert_eq!(read.is_ok(), is_good, "{file_type}");
    }
}

#[test]
fn a_file_that_is_presigned_anew_is_the_same_one() {
    let of = |profile, url: &str| {
        let request = Request::get(Url::parse(url).unwrap(), Provenance::CONFIG);
        let presigned = Presigned::new(request, Terms::download(profile));
        presigned.identity().to_string()
    };
    let (smh, openim) = (&service::smh::PROFILE, &service::openim::PROFILE);
    let same = |profile, one: &str, other: &str| of(profile, one) == of(profile, other);
    let one = "https://s/k?versionId=1&q-sign-time=1;2&q-ak=a&q-signature=3";
    let other =
        "https://s/k?versionId=1&q-sign-time=5%3B6&q-ak=b&q-signature=7&x-cos-security-token=8";
    assert!(same(smh, one, other));
    assert!(!same(
        smh,
        one,
        &other.replace("versionId=1", "versionId=2")
    ));
    assert!(!same(smh, one, &other.replace("/k", "/l")));
    let one = "https://s/b/k?X-Amz-Date=1&X-Amz-Signature=2&response-content-type=a%2Fb";
    let other = "https://s/b/k?response-content-type=a%2Fb&X-Amz-Signature=3&X-Amz-Date=4";
    assert!(same(openim, one, other));
    assert!(!same(openim, one, "https://s/b/k"));
    let (file, picture) = (
        "https://s/k?Expires=1&Signature=2",
        "https://s/k?x-oss-process=image",
    );
    assert!(same(openim, file, "https://s/k"));
    assert!(!same(openim, file, picture));
    // There such a name may be that of the file.
    for profile in service::ALL.iter().filter(|own| !own.signs_addresses) {
        assert!(!same(profile, "https://s/k?token=1", "https://s/k?token=2"));
    }
}

#[test]
fn what_is_made_has_no_number_that_would_be_refused() {
    let request = Request::get(Url::parse("https://h/x").unwrap(), Provenance::CONFIG);
    let made = Presigned::new(
        request,
        Terms {
            expires_at: Some(0),
            max_size: Some(u64::MAX),
            ..Terms::download(&service::easemob::PROFILE)
        },
    );
    assert_eq!((made.expires_at(), made.max_size()), (None, None));
    Presigned::from_json(&made.to_json()).unwrap();
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
    let most = i64::MAX.unsigned_abs();
    assert_eq!(changed("/max_size", most.into()), None);
    assert_eq!(changed("/expires_at", most.into()), None);
    for (pointer, value) in [
        ("/max_size", 1e30.into()),
        ("/max_size", (most + 1).into()),
        ("/max_size", 0.into()),
        ("/expires_at", u64::MAX.into()),
        ("/expires_at", 0.into()),
        ("/body/prefix", "a\0b".into()),
        ("/body/suffix", "a\0b".into()),
        ("/body/fields/0/0", "a\0b".into()),
        ("/body/fields/0/1", "a\0b".into()),
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
    let with = |name: &str, value: &str| {
        let mut json = good.clone();
        json[name] = value.into();
        Presigned::from_json(&json.to_string())
    };
    let refusal = |name: &str, value: &str| {
        let error = with(name, value).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("json"))
        );
        error.message().to_owned()
    };
    for (name, value) in [
        ("completion", "id"),
        ("file_name", ""),
        ("file_name", "a\r\nb"),
        ("file_name", "a\0b"),
        ("media_type", ""),
        ("media_type", "a\r\nb"),
        ("media_type", "图/png"),
        // Easemob has no types of its own.
        ("file_type", "png"),
    ] {
        refusal(name, value);
    }
    assert!(with("file_name", "图 \"1\".png").is_ok());
    assert!(with("media_type", "image/png; a=b").is_ok());
    assert!(refusal("added_later", "SECRET").contains("does not know"));
    let quoting = Presigned::from_json(r#"{"format":"Bearer SECRET"}"#)
        .err()
        .unwrap();
    assert!(!quoting.message().contains("SECRET"), "{quoting}");
    assert!(Presigned::from_json("").is_err());
    assert!(Presigned::from_json("[]").is_err());
}
