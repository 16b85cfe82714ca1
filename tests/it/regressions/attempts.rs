//! No attempts are counted when nothing was sent, and nothing is sent that is
//! bound to be refused.

use super::kit::{as_form, easemob, easemob_config, emulator, netease, options};
use chatfile::{
    CancelHandle, Client, DownloadOptions, EasemobCredentials, Error, Netease, Presigned, Secret,
    SecretProvider, Sink, Source, Status, UploadOptions,
};
use chatfile_emulator::Config;

fn typed(media_type: String) -> UploadOptions<'static> {
    UploadOptions::default().media_type(media_type)
}

#[test]
fn a_media_type_too_long_for_netease_is_refused_before_it_is_sent() {
    let emulator = emulator();
    let client = netease(&emulator, options());
    let longest = format!("a/{}", "x".repeat(126));
    let longer = format!("{longest}x");
    let form = |media_type: &str| {
        let mut options = typed(media_type.into());
        options.service = as_form().service;
        options
    };
    for error in [
        client
            .upload(Source::bytes(b"x"), typed(longer.clone()))
            .err(),
        client.upload(Source::bytes(b"x"), form(&longer)).err(),
        client.presign_upload(Some(1), typed(longer.clone())).err(),
    ] {
        let error = error.unwrap();
        assert_eq!(error.status(), Status::Limit, "{error}");
        assert_eq!((error.field(), error.attempts()), (Some("media_type"), 0));
        assert!(error.message().contains("129"), "{error}");
    }
    assert!(emulator.control().journal().is_empty());
    client.upload(Source::bytes(b"x"), typed(longest)).unwrap();
}

fn is_unsent(what: &str, status: Status, error: &Error) {
    assert_eq!(error.status(), status, "{what}: {error}");
    assert_eq!(error.attempts(), 0, "{what}: {error}");
}

#[test]
fn what_fails_beforehand_has_no_attempts() {
    let emulator = emulator();
    let client = netease(&emulator, options());
    let upload = |client: &Client, source, options| {
        let result = client.upload(source, options);
        result.map(drop).unwrap_err()
    };
    let one_way = Source::reader(&b"abc"[..], 3);
    let error = upload(&client, one_way, as_form());
    is_unsent("one-way source", Status::Unsupported, &error);

    let error = upload(&client, Source::bytes(b""), UploadOptions::default());
    is_unsent("empty file", Status::Limit, &error);

    let missing = Source::path("/nowhere/at/all");
    let error = upload(&client, missing, UploadOptions::default());
    is_unsent("missing file", Status::Source, &error);

    let defaults = Config::default().netease;
    let config = Netease::new(
        defaults.app_key,
        Secret::from(SecretProvider::new(|_| Ok(String::new().into()))),
    )
    .base_url(format!("{}/nimserver", emulator.base_url()));
    let client = Client::netease(config, options()).unwrap();
    let error = upload(&client, Source::bytes(b"x"), UploadOptions::default());
    is_unsent("secret that is not told", Status::Argument, &error);

    let config = easemob_config(emulator.base_url()).credentials(EasemobCredentials::None);
    let client = Client::easemob(config, options()).unwrap();
    let error = upload(&client, Source::bytes(b"x"), UploadOptions::default());
    is_unsent("no credentials", Status::Argument, &error);
    let error = client
        .presign_upload(Some(1), UploadOptions::default())
        .err()
        .unwrap();
    is_unsent("no credentials to presign", Status::Argument, &error);

    let client = easemob(&emulator, options());
    let error = client
        .download("a/b", Sink::buffer(), DownloadOptions::default())
        .unwrap_err();
    is_unsent("no file", Status::Argument, &error);
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn an_expired_presigned_request_has_no_attempts() {
    let emulator = emulator();
    let client = netease(&emulator, options());
    let presigned = client
        .presign_upload(Some(1), UploadOptions::default())
        .unwrap();
    let expires_at = format!(r#""expires_at":{}"#, presigned.expires_at().unwrap());
    let old = presigned
        .to_json()
        .replace(&expires_at, r#""expires_at":1000000000"#);
    let result = client.send_presigned(
        &Presigned::from_json(&old).unwrap(),
        Source::bytes(b"x"),
        UploadOptions::default(),
    );
    is_unsent("expired", Status::Expired, &result.err().unwrap());
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn a_call_cancelled_beforehand_has_no_attempts() {
    let emulator = emulator();
    let cancel = CancelHandle::new();
    cancel.cancel();
    for client in [netease(&emulator, options()), easemob(&emulator, options())] {
        let options = UploadOptions::default().cancel(cancel.clone());
        let error = client.upload(Source::bytes(b"x"), options).err().unwrap();
        is_unsent("cancelled", Status::Cancelled, &error);
    }
    assert!(emulator.control().journal().is_empty());
}
