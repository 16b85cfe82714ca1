//! What is done at NetEase.

use super::more::{refused, resumed_download, under_odd_names};
use super::soak::Soak;
use super::{Lookup, MIB, Service, expect, fresh, given, named, send};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Netease, NeteaseUpload, NeteaseUploadMethod,
    Source, Status, UploadOptions,
};
use chatfile_emulator::Config;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) const SERVICE: Service = Service {
    name: "NetEase",
    required: &["NETEASE_APP_KEY", "NETEASE_APP_SECRET"],
    emulated,
    run,
    soak: Soak {
        open,
        upload: |nth| {
            let mut options = NeteaseUpload::default().plain_http_url(true);
            if nth % 2 == 1 {
                options.method = NeteaseUploadMethod::Base64;
            }
            UploadOptions::default().service(options)
        },
        download: DownloadOptions::default,
    },
};

/// A variable's value for the emulator.
fn emulated(config: &Config, url: &str, name: &str) -> Option<String> {
    let value = match name {
        "NETEASE_BASE_URL" => format!("{url}/nimserver"),
        "NETEASE_APP_KEY" => config.netease.app_key.clone(),
        "NETEASE_APP_SECRET" => config.netease.app_secret.clone(),
        // It has no certificate.
        "NETEASE_PLAIN_HTTP" => "1".into(),
        _ => return None,
    };
    Some(value)
}

fn open(get: Lookup<'_>, options: ClientOptions) -> Result<Client, Error> {
    let mut config = Netease::new(
        given(get, "NETEASE_APP_KEY"),
        given(get, "NETEASE_APP_SECRET"),
    );
    config.base_url = get("NETEASE_BASE_URL");
    Client::netease(config, options)
}

fn run(get: Lookup<'_>) -> Result<(), Error> {
    let client = open(get, ClientOptions::default())?;
    for method in [NeteaseUploadMethod::Form, NeteaseUploadMethod::Base64] {
        let data = fresh(MIB);
        let options = named("bin").service(
            NeteaseUpload::default()
                .method(method)
                .plain_http_url(get("NETEASE_PLAIN_HTTP").is_some())
                // The shortest life that there is.
                .ttl(DAY),
        );
        let stored = send(&client, &data, options)?;
        expect(&client, &stored.file, &data, DownloadOptions::default())?;
    }
    let of = |name: String| {
        UploadOptions::default().file_name(name).service(
            NeteaseUpload::default()
                .plain_http_url(get("NETEASE_PLAIN_HTTP").is_some())
                .ttl(DAY),
        )
    };
    under_odd_names(&client, of)?;
    let data = fresh(5 * MIB);
    let stored = send(&client, &data, of("resumed.bin".into()))?;
    resumed_download(&client, &stored.file, &data, DownloadOptions::default)?;
    let absent = format!("{}AAAA", stored.file);
    let result = client.download(
        &absent,
        chatfile::Sink::buffer(),
        DownloadOptions::default(),
    );
    refused(&SERVICE, "an absent file", result, &[Status::NotFound]);
    let mut config = Netease::new(given(get, "NETEASE_APP_KEY"), "not the secret");
    config.base_url = get("NETEASE_BASE_URL");
    let stranger = Client::netease(config, ClientOptions::default())?;
    let result = stranger.upload(Source::bytes(b"x"), of("x.txt".into()));
    refused(&SERVICE, "a wrong secret", result, &[Status::Auth]);
    Ok(())
}
