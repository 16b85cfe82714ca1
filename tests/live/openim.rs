//! What is done at OpenIM.

use super::more::{refused, resumed_download, resumed_upload, under_odd_names};
use super::soak::Soak;
use super::{Lookup, MIB, Service, expect, fresh, given, named, send};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Openim, OpenimCredentials, OpenimUpload,
    OpenimUploadMethod, Sink, Source, Status, UploadOptions,
};
use chatfile_emulator::Config;

pub(super) const SERVICE: Service = Service {
    name: "OpenIM",
    required: &["OPENIM_BASE_URL", "OPENIM_USER_ID", "OPENIM_ADMIN_SECRET"],
    emulated,
    run,
    soak: Soak {
        open,
        upload: |nth| {
            let methods = [OpenimUploadMethod::Form, OpenimUploadMethod::Parts];
            let method = methods[nth % methods.len()];
            UploadOptions::default().service(OpenimUpload::default().method(method))
        },
        download: DownloadOptions::default,
    },
};

/// A variable's value for the emulator.
fn emulated(config: &Config, url: &str, name: &str) -> Option<String> {
    let value = match name {
        "OPENIM_BASE_URL" => url.to_owned(),
        "OPENIM_USER_ID" => "alice".into(),
        "OPENIM_ADMIN_SECRET" => config.openim.secret.clone(),
        _ => return None,
    };
    Some(value)
}

fn open(get: Lookup<'_>, options: ClientOptions) -> Result<Client, Error> {
    let config = Openim::new(
        given(get, "OPENIM_BASE_URL"),
        given(get, "OPENIM_USER_ID"),
        OpenimCredentials::User {
            admin_secret: given(get, "OPENIM_ADMIN_SECRET").into(),
            admin_user_id: get("OPENIM_ADMIN_USER_ID"),
            platform: 5,
        },
    );
    Client::openim(config, options)
}

fn run(get: Lookup<'_>) -> Result<(), Error> {
    let client = open(get, ClientOptions::default())?;
    let of = |method| named("bin").service(OpenimUpload::default().method(method));
    for (method, length) in [
        (OpenimUploadMethod::Form, 1),
        (OpenimUploadMethod::Form, MIB),
        (OpenimUploadMethod::Parts, 1),
        (OpenimUploadMethod::Parts, 11 * MIB),
    ] {
        let data = fresh(length);
        let stored = send(&client, &data, of(method))?;
        expect(&client, &stored.file, &data, DownloadOptions::default())?;
        if length > MIB {
            let again = send(&client, &data, of(method))?;
            assert!(again.instant, "OpenIM took the same bytes again");
        }
        let presigned = client.presign_download(&stored.file, DownloadOptions::default())?;
        let download = client.receive_presigned(
            &presigned,
            chatfile::Sink::buffer(),
            DownloadOptions::default(),
        )?;
        assert!(download.data.unwrap_or_default() == data);
    }
    for method in [OpenimUploadMethod::Form, OpenimUploadMethod::Parts] {
        under_odd_names(&client, |name| {
            let options = OpenimUpload::default().method(method);
            UploadOptions::default().file_name(name).service(options)
        })?;
    }
    let data = fresh(16 * MIB);
    let options = || of(OpenimUploadMethod::Parts).file_name("resumed.bin");
    let stored = resumed_upload(&client, &data, options)?;
    resumed_download(&client, &stored.file, &data, DownloadOptions::default)?;
    let absent = format!("{}-absent", stored.file);
    let result = client.download(&absent, Sink::buffer(), DownloadOptions::default());
    refused(&SERVICE, "an absent file", result, &[Status::NotFound]);
    let config = Openim::new(
        given(get, "OPENIM_BASE_URL"),
        given(get, "OPENIM_USER_ID"),
        OpenimCredentials::Token("made up".into()),
    );
    let stranger = Client::openim(config, ClientOptions::default())?;
    let result = stranger.upload(Source::bytes(b"x"), of(OpenimUploadMethod::Parts));
    refused(&SERVICE, "a made-up token", result, &[Status::Auth]);
    Ok(())
}
