#![allow(clippy::unwrap_used, reason = "tests")]

use super::test_kit::*;
use super::*;
use crate::error::Status;
use crate::service::test_kit::{answer, headers, text};

#[test]
fn tokens_are_asked_for_byte_for_byte() {
    let request = app().admin_token_request("1", "openIM123");
    assert_eq!(
        request.url,
        "https://im.example.com/api/auth/get_admin_token"
    );
    assert_eq!(
        text(&request.body.prefix),
        r#"{"secret":"openIM123","userID":"imAdmin"}"#
    );
    assert!(headers(&request).iter().all(|(name, ..)| *name != "token"));
    let request = admin().admin_token_request("1", "openIM123");
    assert!(text(&request.body.prefix).contains(r#""userID":"alice""#));
    assert_eq!(
        posted(&app().user_token_request(&CALLER, 5)),
        (
            "auth/get_user_token",
            r#"{"platformID":5,"userID":"alice"}"#
        )
    );
}

#[test]
fn tokens_are_read_with_their_lifetime() {
    let read = |json: &str| {
        read_token(ApiCall::AdminToken, &data(json)).map(|(token, life)| (token.to_string(), life))
    };
    for seconds in ["7776000", "\"7776000\""] {
        let json = format!(r#"{{"token":"eyJhb","expireTimeSeconds":{seconds}}}"#);
        let life = Some(Duration::from_secs(7_776_000));
        assert_eq!(read(&json).unwrap(), ("eyJhb".into(), life));
    }
    assert_eq!(read(r#"{"token":"t"}"#).unwrap().1, None);
    for bad in ["null", "{}", r#"{"token":""}"#, r#"{"token":"a\r\nb"}"#] {
        assert_eq!(read(bad).unwrap_err().status(), Status::Response, "{bad}");
    }
    for code in [1001, 1002] {
        let refusal = format!(r#"{{"errCode":{code},"errMsg":"NoPermissionError"}}"#);
        let error = read_token(ApiCall::AdminToken, &answer(200, &refusal)).unwrap_err();
        assert_eq!(error.status(), Status::Auth);
        assert_eq!(error.remedy(), None);
    }
    // That call wants no token: the base URL leads to another.
    let other = r#"{"errCode":1001,"errMsg":"ArgsError","errDlt":"header must have token"}"#;
    let error = read_token(ApiCall::AdminToken, &answer(200, other)).unwrap_err();
    assert_eq!(error.status(), Status::Response, "{error}");
}

#[test]
fn names_are_checked_beforehand() {
    let name = |app: &App, name: Option<&str>, file: &str| {
        let options = OpenimUpload {
            name: name.map(Into::into),
            ..OpenimUpload::default()
        };
        app.upload_name(&options, file)
    };
    assert_eq!(name(&app(), None, "图.png").unwrap(), "alice/图.png");
    assert_eq!(name(&admin(), None, "a").unwrap(), "alice/a");
    assert_eq!(name(&app(), Some("alice/b/c"), "x").unwrap(), "alice/b/c");
    assert_eq!(name(&admin(), Some("bob/c"), "x").unwrap(), "bob/c");
    for name_of in ["alice/./x", "alice/../bob/x", "alice/x/.."] {
        for app in [&app(), &admin()] {
            let error = name(app, Some(name_of), "x").unwrap_err();
            assert_eq!(
                (error.status(), error.field()),
                (Status::Argument, Some("name"))
            );
        }
    }
    assert!(name(&app(), None, "..").is_err());
    assert_eq!(name(&app(), None, "..x/.y.").unwrap(), "alice/..x/.y.");
    assert_eq!(name(&app(), Some("alice//x"), "").unwrap(), "alice//x");
    let longest = "x".repeat(1024 - "alice/".len());
    assert_eq!(name(&app(), None, &longest).unwrap().len(), 1024);
    for bad in [Some("bob/c"), Some("alice"), Some("/alice/x"), Some("")] {
        let error = name(&app(), bad, "x").unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("name"))
        );
    }
    assert!(name(&admin(), Some("/x"), "x").is_err());
    let error = name(&admin(), None, &"x".repeat(1019)).unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Limit, Some("file_name"))
    );
    let absolute = OpenimUpload {
        absolute: true,
        ..OpenimUpload::default()
    };
    assert!(admin().upload_name(&absolute, "x").is_ok());
    let error = app().upload_name(&absolute, "x").unwrap_err();
    assert_eq!(error.field(), Some("absolute"));
    let error = admin().upload_name(&absolute, "a//b").unwrap_err();
    assert_eq!(error.field(), Some("file_name"));
}

#[test]
fn sizes_are_checked_beforehand() {
    let app = App::new(Openim {
        max_upload_size: Some(10),
        ..config(user())
    })
    .unwrap();
    app.check_size(1).unwrap();
    app.check_size(10).unwrap();
    for bad in [0, 11] {
        let error = app.check_size(bad).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Limit, Some("source"))
        );
    }
}

#[test]
fn the_source_and_the_options_decide_how_a_file_goes() {
    use OpenimUploadMethod::{Automatic, Form, Parts};
    let [good, bad] = ["a.txt", "a.\""];
    for (method, group, cause, name, can_rewind, expected) in [
        (Automatic, false, false, good, true, Ok(false)),
        (Automatic, false, false, good, false, Ok(true)),
        (Automatic, false, false, bad, true, Ok(false)),
        (Automatic, false, false, bad, false, Err("file_name")),
        (Automatic, true, false, good, true, Ok(true)),
        (Automatic, true, false, bad, true, Ok(false)),
        (Automatic, true, false, bad, false, Err("file_name")),
        (Automatic, false, true, good, true, Ok(false)),
        (Automatic, false, true, good, false, Ok(false)),
        (Automatic, true, true, good, true, Err("cause")),
        (Form, true, false, good, true, Ok(true)),
        (Form, false, false, bad, true, Err("file_name")),
        (Form, false, true, good, true, Err("cause")),
        (Parts, false, true, bad, true, Ok(false)),
        (Parts, true, false, good, true, Err("group")),
    ] {
        let options = OpenimUpload {
            method,
            group: group.then(|| "g".into()),
            cause: cause.then(|| "c".into()),
            ..OpenimUpload::default()
        };
        let got = is_form(&options, name, "a/b", can_rewind).map_err(|e| e.field().unwrap());
        assert_eq!(got, expected, "{options:?} {name} {can_rewind}");
        let quoted = "a/b; c=\"d\"";
        let got = is_form(&options, good, quoted, true);
        if method == Automatic && group && !cause {
            assert!(!got.unwrap(), "{options:?}");
        }
    }
    let absolute = OpenimUpload {
        absolute: true,
        ..OpenimUpload::default()
    };
    for (name, expected) in [
        ("shared/a.txt", Ok(true)),
        ("\"/a.txt", Err(Some("file_name"))),
        (&"x".repeat(256), Err(Some("file_name"))),
    ] {
        let got = is_form(&absolute, name, "a/b; c=\"d\"", true).map_err(|e| e.field());
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn configurations_that_cannot_work_name_the_field() {
    let field = |config: Openim| App::new(config).err().and_then(|e| e.field());
    assert_eq!(field(config(user())), None);
    let odd = |base_url: &str, user_id: &str| Openim {
        base_url: base_url.into(),
        user_id: user_id.into(),
        ..config(user())
    };
    assert_eq!(field(odd("im.example.com", "a")), Some("base_url"));
    assert_eq!(field(odd("http://h", "")), Some("user_id"));
    let empty = OpenimCredentials::Admin { secret: "".into() };
    assert_eq!(field(config(empty)), Some("admin_secret"));
    let token = OpenimCredentials::Token("a\nb".into());
    assert_eq!(field(config(token)), Some("token"));
    for (platform, id, expected) in [
        (0, None, Some("platform")),
        (10, None, Some("platform")),
        (12, None, Some("platform")),
        (11, None, None),
        (1, Some(""), Some("admin_user_id")),
    ] {
        let credentials = OpenimCredentials::User {
            admin_secret: "s".into(),
            admin_user_id: id.map(Into::into),
            platform,
        };
        assert_eq!(field(config(credentials)), expected);
    }
}
