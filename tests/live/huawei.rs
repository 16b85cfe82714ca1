//! What is done at Huawei.

use super::more::{odd_names, refused};
use super::soak::Soak;
use super::{Lookup, Service, expect, fresh, given, named, send};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Huawei, HuaweiDownload, Sink, Source, Status,
    UploadOptions,
};
use chatfile_emulator::Config;

pub(super) const SERVICE: Service = Service {
    name: "Huawei",
    required: &[
        "HUAWEI_BASE_URL",
        "HUAWEI_APP_KEY",
        "HUAWEI_APP_SECRET",
        "HUAWEI_CHANNEL_ID",
        "HUAWEI_USER_ID",
    ],
    emulated,
    run,
    soak: Soak {
        open,
        upload: |_| UploadOptions::default(),
        download: || DownloadOptions::default().service(HuaweiDownload::new("txt")),
    },
};

/// A variable's value for the emulator.
fn emulated(config: &Config, url: &str, name: &str) -> Option<String> {
    let value = match name {
        "HUAWEI_BASE_URL" => url.to_owned(),
        "HUAWEI_APP_KEY" => config.huawei.app_key.clone(),
        "HUAWEI_APP_SECRET" => config.huawei.app_secret.clone(),
        "HUAWEI_CHANNEL_ID" => config.huawei.channel_id.clone(),
        "HUAWEI_USER_ID" => "alice".into(),
        _ => return None,
    };
    Some(value)
}

fn open(get: Lookup<'_>, options: ClientOptions) -> Result<Client, Error> {
    let mut config = Huawei::new(
        given(get, "HUAWEI_BASE_URL"),
        given(get, "HUAWEI_APP_KEY"),
        given(get, "HUAWEI_APP_SECRET"),
        given(get, "HUAWEI_CHANNEL_ID"),
        given(get, "HUAWEI_USER_ID"),
    );
    config.user_name = get("HUAWEI_USER_NAME");
    Client::huawei(config, options)
}

fn run(get: Lookup<'_>) -> Result<(), Error> {
    let client = open(get, ClientOptions::default())?;
    let data = fresh(100_000);
    let stored = send(&client, &data, named("txt"))?;
    let options =
        || DownloadOptions::default().service(HuaweiDownload::new("txt").media_library(false));
    expect(&client, &stored.file, &data, options())?;
    for name in odd_names() {
        let stored = send(&client, b"odd", UploadOptions::default().file_name(name))?;
        expect(&client, &stored.file, b"odd", options())?;
    }
    let result = client.download("chatfile/no-such-file", Sink::buffer(), options());
    // Its documents have one code for a download that fails.
    let absent = [Status::NotFound, Status::Service];
    refused(&SERVICE, "an absent file", result, &absent);
    let stranger = Huawei::new(
        given(get, "HUAWEI_BASE_URL"),
        given(get, "HUAWEI_APP_KEY"),
        "not the secret",
        given(get, "HUAWEI_CHANNEL_ID"),
        given(get, "HUAWEI_USER_ID"),
    );
    let stranger = Client::huawei(stranger, ClientOptions::default())?;
    let result = stranger.upload(Source::bytes(b"x"), named("txt"));
    refused(&SERVICE, "a wrong secret", result, &[Status::Auth]);
    Ok(())
}
