//! No error text, nor what `{:?}` shows, quotes a secret.

use super::certificate;
use super::kit::{
    STORED, easemob, easemob_config, emulator, files_of_last_week, netease, netease_at, options,
    single_attempt,
};
use super::server::{Server, field};
use chatfile::{
    Client, DownloadOptions, Easemob, EasemobCredentials, Error, Netease, Openim,
    OpenimCredentials, OpenimUpload, OpenimUploadMethod, Presigned, Sink, Source, Status,
    UploadOptions, UploadResult,
};
use chatfile_emulator::{Action, Config, Rule};

/// Fails if the error shows any of these, wherever it could.
#[track_caller]
fn hides(error: &Error, secrets: &[&str]) {
    let shown = format!("{error} {error:?} {:?}", error.service_message());
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret:?} in {shown}");
    }
}

fn upload(client: &Client) -> chatfile::Result<UploadResult> {
    client.upload(Source::bytes(b"x"), UploadOptions::default())
}

/// The error of an upload when this verb of Easemob answers 200 with that.
fn easemob_says(verb: &str, answer: &str) -> Error {
    let emulator = emulator();
    let rule = Rule::new(Action::json(200, answer)).verb(verb);
    emulator.control().add_fault(rule).unwrap();
    upload(&easemob(&emulator, options())).unwrap_err()
}

#[test]
fn a_token_whose_lifetime_is_a_text_works() {
    let emulator = emulator();
    let token = r#"{"access_token":"YWMtTHETOKEN","expires_in":"7200"}"#;
    let control = emulator.control();
    control
        .add_fault(Rule::new(Action::json(200, token)).verb("token"))
        .unwrap();
    control
        .add_fault(Rule::new(Action::json(200, STORED)).verb("upload"))
        .unwrap();
    let client = easemob(&emulator, options());
    upload(&client).unwrap();
    upload(&client).unwrap();
    let journal = control.journal();
    let verbs: Vec<_> = journal.iter().map(|e| e.verb.as_str()).collect();
    assert_eq!(verbs, ["token", "upload", "upload"]);
    assert_eq!(
        journal[1].header("authorization"),
        Some("Bearer YWMtTHETOKEN")
    );
}

#[test]
fn json_of_another_shape_is_not_shown() {
    for answer in [
        r#"{"accessToken":"YWMtTHETOKEN"}"#,
        r#"{"access_token":{"value":"YWMtTHETOKEN"}}"#,
        r#"{"access_token":"YWMtTHETOKEN","expires_in":[1]}"#,
        r#"{"data":["YWMtTHETOKEN"]}"#,
        r#""YWMtTHETOKEN""#,
        r#"{"access_token":"YWMtTHETOKEN\r\n"}"#,
    ] {
        let error = easemob_says("token", answer);
        assert_eq!(error.status(), Status::Response, "{answer}: {error}");
        hides(&error, &["YWMt"]);
    }
    for answer in [
        r#"{"entities":[{"type":"application","uuid":"u","share-secret":"SHARE"}]}"#,
        r#"{"entities":[{"type":"chatfile","uuid":5,"share-secret":"SHARE"}]}"#,
        r#"{"entities":[],"share-secret":"SHARE"}"#,
    ] {
        let error = easemob_says("upload", answer);
        assert_eq!(error.status(), Status::Response, "{answer}: {error}");
        hides(&error, &["SHARE"]);
    }
}

#[test]
fn neither_is_json_that_is_cut_short_or_a_success_of_another_status() {
    for (status, answer) in [
        (200, r#"{"access_token":"YWMtTHETOKEN","expi"#),
        (200, r#"access_token=YWMtTHETOKEN&expires_in=7200"#),
        (201, r#"{"access_token":"YWMtTHETOKEN"}"#),
    ] {
        let emulator = emulator();
        let rule = Rule::new(Action::json(status, answer)).verb("token");
        emulator.control().add_fault(rule).unwrap();
        hides(
            &upload(&easemob(&emulator, options())).unwrap_err(),
            &["YWMt"],
        );
    }
    for (status, answer) in [
        (200, r#"{"entities":[{"share-secret":"SHARE","uuid":"#),
        (201, r#"{"entities":[{"share-secret":"SHARE","uuid":"u"}]}"#),
    ] {
        let emulator = emulator();
        let rule = Rule::new(Action::json(status, answer)).verb("upload");
        emulator.control().add_fault(rule).unwrap();
        hides(
            &upload(&easemob(&emulator, options())).unwrap_err(),
            &["SHARE"],
        );
    }
}

#[test]
fn neither_is_that_of_netease() {
    let emulator = emulator();
    let answer = r#"{"code":200,"link":"http://h/?token=SECRET","data":{"id":"SECRET"}}"#;
    let rule = Rule::new(Action::json(200, answer));
    emulator.control().add_fault(rule).unwrap();
    let client = netease(&emulator, options());
    hides(&upload(&client).unwrap_err(), &["SECRET"]);
    hides(
        &client
            .delete_by_time(&files_of_last_week(), Default::default())
            .unwrap_err(),
        &["SECRET"],
    );
}

#[test]
fn a_base_url_with_a_password_is_refused_unquoted() {
    for url in [
        "http://user:hunter2@h",
        "https://user:hunter2@h/path",
        "ftp://user:hunter2@h",
        "http://h/?key=hunter2",
        "http://user:hunter2@",
        "hunter2",
    ] {
        let netease = Netease::new("key", "secret").base_url(url);
        for error in [
            Client::easemob(easemob_config(url.into()), options()).err(),
            Client::netease(netease, options()).err(),
        ] {
            let error = error.expect(url);
            assert_eq!(error.field(), Some("base_url"), "{error}");
            hides(&error, &["hunter2"]);
        }
    }
}

#[test]
fn a_proxy_with_a_password_is_refused_unquoted() {
    for proxy in [
        "ftp://user:hunter2@h",
        "http://user:hunter2@",
        "http://user:hunter2@h:port",
        "socks5://user:hunter2@h:99999",
    ] {
        let options = options().proxy(proxy);
        let error = Client::without_service(options).expect_err(proxy);
        assert_eq!(error.field(), Some("proxy"), "{error}");
        hides(&error, &["hunter2"]);
    }
}

/// The error of who has this secret when Easemob refuses it in these words.
fn refused_with(secret: &str, words: &str) -> Error {
    let emulator = emulator();
    // Rust writes these texts as JSON does.
    let answer = format!(r#"{{"error":"invalid_grant","error_description":{words:?}}}"#);
    let rule = Rule::new(Action::json(400, &answer)).verb("token");
    emulator.control().add_fault(rule).unwrap();
    let credentials = EasemobCredentials::Client {
        id: "id".into(),
        secret: secret.into(),
    };
    let config = Easemob::new("easemob-demo#testapp", credentials);
    let client = Client::easemob(config.base_url(emulator.base_url()), options()).unwrap();
    upload(&client).unwrap_err()
}

#[test]
fn a_secret_is_hidden_as_it_stands_in_a_form_and_in_json_and_where_a_text_was_cut() {
    const SECRET: &str = "pa+ss/w&o=\"r<d>%41x";
    let in_form = "pa%2Bss%2Fw%26o%3D%22r%3Cd%3E%2541x";
    let in_json = format!("{SECRET:?}");
    let plain = "S3cretS3cretS3cretS3cret";
    let cut = "x".repeat(285) + plain;
    for (secret, quoted, hidden) in [
        (SECRET, SECRET, "pa+ss"),
        (SECRET, in_form, "pa%2Bss"),
        (SECRET, in_json.as_str(), "pa+ss"),
        (plain, cut.as_str(), "S3cret"),
    ] {
        let error = refused_with(secret, quoted);
        assert!(error.to_string().contains('…'), "{error}");
        hides(&error, &[hidden]);
    }
}

#[test]
fn a_proxy_that_quotes_its_login_is_quoted_without_it() {
    let proxy = Server::start(|visit| {
        visit.request();
        visit.answer(
            403,
            "",
            "Basic bWU6aHVudGVyMmh1bnRlcjI= is me, hunter2hunter2",
        );
    });
    let login = format!("http://me:hunter2hunter2@{}", proxy.address());
    let client = netease_at("http://some.example".into(), single_attempt().proxy(login));
    let error = upload(&client).unwrap_err();
    assert_eq!(error.http_status(), Some(403), "{error}");
    assert!(error.to_string().contains("Basic …"), "{error}");
    hides(&error, &["hunter2", "bWU6aHVudGVy"]);
}

#[test]
fn a_file_url_is_quoted_without_its_query_and_password() {
    let emulator = emulator();
    for (client, file) in [
        (
            easemob(&emulator, options()),
            "https://h/o/a/chatfile/u?share-secret=HUSH",
        ),
        (
            easemob(&emulator, options()),
            "https://h/o/a/chatfiles/u u?share-secret=HUSH",
        ),
        (easemob(&emulator, options()), "https://me:HUSH@h/o/a/x"),
        (netease(&emulator, options()), "ftp://h/x?token=HUSH"),
        (netease(&emulator, options()), "ftp://me:HUSH@h/x#HUSH"),
        (netease(&emulator, options()), "/x?token=HUSH"),
    ] {
        let error = client
            .download(file, Sink::buffer(), DownloadOptions::default())
            .expect_err(file);
        assert_eq!(error.field(), Some("file"), "{error}");
        hides(&error, &["HUSH"]);
        let presigned = client.presign_download(file, DownloadOptions::default());
        hides(&presigned.expect_err(file), &["HUSH"]);
    }
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn a_key_on_one_line_is_refused_unquoted() {
    let on_one_line = |kind: &str| format!("-----BEGIN {kind}----- MIIHUSH -----END {kind}-----");
    let (key, chain) = (on_one_line("PRIVATE KEY"), on_one_line("CERTIFICATE"));
    let good = certificate::PEM.to_owned();
    for (ca, chain, key, field) in [
        (None, Some(&good), Some(&key), "client_key"),
        (None, Some(&chain), Some(&key), "client_certificate"),
        // The key where the certificate belongs.
        (None, Some(&key), Some(&key), "client_certificate"),
        (Some(&chain), None, None, "ca_certificates"),
        (Some(&key), None, None, "ca_certificates"),
    ] {
        let bytes = |text: Option<&String>| text.map(|text| text.as_bytes().to_vec());
        let mut options = options();
        options.ca_certificates = bytes(ca);
        options.client_certificate = bytes(chain);
        options.client_key = bytes(key);
        let error = Client::without_service(options).expect_err(field);
        assert_eq!(error.field(), Some(field), "{error}");
        // Neither as bytes, which is how some errors show what they met.
        hides(&error, &["HUSH", "MII", "72, 85, 83, 72"]);
    }
    let options = options()
        .client_certificate(good)
        .client_key(certificate::KEY);
    Client::without_service(options).unwrap();
}

#[test]
fn faults_of_presigned_json_are_not_quoted() {
    let emulator = emulator();
    let json = easemob(&emulator, options())
        .presign_upload(Some(1), UploadOptions::default())
        .unwrap()
        .to_json();
    let with = |what: &str, by: &str| {
        let changed = json.replace(what, by);
        assert_ne!(changed, json, "{what}");
        changed
    };
    for bad in [
        with(r#""headers":["#, r#""headers":["Bearer HUSH","#),
        with(
            r#""headers":["#,
            r#""headers":[{"name":"HUSH","value":"a\nHUSH"},"#,
        ),
        with(
            r#""headers":["#,
            r#""headers":[{"name":"HUSH HUSH","value":"a"},"#,
        ),
        with(r#""format":1"#, r#""format":"HUSH""#),
        with(r#""url":"http:"#, r#""url":"HUSH:"#),
        with("easemob_upload", "HUSH"),
        with(r#""POST""#, r#""HUSH""#),
        with(r#""format":1"#, r#""HUSH":1,"format":1"#),
        r#""HUSH""#.into(),
        "HUSH".into(),
    ] {
        let error = Presigned::from_json(&bad).expect_err(&bad);
        assert_eq!(error.field(), Some("json"), "{error}");
        hides(&error, &["HUSH", "YWMt"]);
    }
}

#[test]
fn a_refusal_of_the_login_does_not_quote_it() {
    let emulator = emulator();
    let secret = Config::default().easemob.client_secret;
    let mut config = easemob_config(emulator.base_url());
    config.app_key = "no-org#no-app".into();
    let error = upload(&Client::easemob(config, options()).unwrap()).unwrap_err();
    hides(&error, &[&secret]);
}

#[test]
fn a_secret_of_several_words_is_hidden_whole() {
    for secret in ["correct horse battery pony", "open sesame"] {
        let error = refused_with(secret, &format!("not {secret}, no"));
        assert!(error.to_string().contains("not …, no"), "{error}");
    }
}

#[test]
fn a_token_is_hidden_where_the_beginning_of_a_page_ends_within_it() {
    let token = "YWMt".to_owned() + &"x1Y2".repeat(49);
    for status in [200, 400, 500] {
        let quoted = format!("Bad request: Bearer {token}");
        let server = Server::start(move |visit| {
            visit.request();
            visit.answer(status, "Content-Type: text/plain\r\n", &quoted);
        });
        let config = Easemob::new("org#app", EasemobCredentials::Token(token.clone().into()));
        let config = config.base_url(server.url());
        let client = Client::easemob(config, single_attempt().trace(true)).unwrap();
        let error = upload(&client).unwrap_err();
        hides(&error, &["YWMtx1Y2"]);
        let trace = error.trace().unwrap();
        assert!(!trace.contains("YWMtx1Y2"), "{trace}");
    }
}

#[test]
fn what_the_query_of_a_url_signs_is_not_quoted() {
    const SIGNATURE: &str = "0123456789abcdef0123456789abcdef";
    let server = Server::start(|visit| {
        visit.request();
        let said = format!("/f?X-Amz-Signature={SIGNATURE}&Expires=1 is denied");
        visit.answer(403, "Content-Type: text/plain\r\n", &said);
    });
    let client = netease_at(server.url(), single_attempt().trace(true));
    let url = format!("{}/f?X-Amz-Signature={SIGNATURE}&Expires=1", server.url());
    let error = client
        .download(&url, Sink::buffer(), DownloadOptions::default())
        .unwrap_err();
    assert!(error.to_string().contains("is denied"), "{error}");
    hides(&error, &[SIGNATURE]);
    let trace = error.trace().unwrap();
    assert!(!trace.contains(SIGNATURE), "{trace}");
}

#[test]
fn what_a_form_allows_is_hidden_where_the_storage_quotes_it() {
    const POLICY: &str = "eyJjb25kaXRpb25zIjpbXX0";
    const SIGNATURE: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    // Of {"name":"alice/a","size":1,"key":"k"}.
    const ID: &str = "eyJuYW1lIjoiYWxpY2UvYSIsInNpemUiOjEsImtleSI6ImsifQ";
    let server = Server::start(|visit| {
        let (head, _) = visit.request();
        if head.contains("initiate_form") {
            let host = field(&head, "host").unwrap();
            let form = format!(
                r#"{{"errCode":0,"data":{{"id":"{ID}","url":"http://{host}/store","file":"file","successCodes":[200],
                "formData":{{"policy":"{POLICY}","x-amz-signature":"{SIGNATURE}"}}}}}}"#
            );
            visit.answer(200, "", &form);
        } else {
            let message = format!("{POLICY} is not what {SIGNATURE} signs");
            let refusal = format!(
                "<Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message></Error>"
            );
            visit.answer(403, "Content-Type: application/xml\r\n", &refusal);
        }
    });
    let config = Openim::new(
        server.url(),
        "alice",
        OpenimCredentials::Token("token".into()),
    );
    let client = Client::openim(config, single_attempt()).unwrap();
    let options = || UploadOptions::default().file_name("a");
    let by_form = OpenimUpload::default().method(OpenimUploadMethod::Form);
    let sent = client.upload(Source::bytes(b"x"), options().service(by_form));
    let presigned = client.presign_upload(Some(1), options()).unwrap();
    let passed_on = client.send_presigned(&presigned, Source::bytes(b"x"), Default::default());
    for error in [sent.unwrap_err(), passed_on.unwrap_err()] {
        assert!(
            error.to_string().contains("… is not what … signs"),
            "{error}"
        );
        hides(&error, &[POLICY, SIGNATURE]);
    }
}
