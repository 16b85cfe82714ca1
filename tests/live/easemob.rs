//! What is done at Easemob.

use super::more::{odd_names, refused, resumed_download};
use super::soak::Soak;
use super::{Lookup, MIB, Service, expect, fresh, given, named, send};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials, EasemobDownload,
    EasemobUpload, Error, Source, Status, UploadOptions,
};
use chatfile_emulator::Config;

pub(super) const SERVICE: Service = Service {
    name: "Easemob",
    required: &[
        "EASEMOB_APP_KEY",
        "EASEMOB_CLIENT_ID",
        "EASEMOB_CLIENT_SECRET",
    ],
    emulated,
    run,
    soak: Soak {
        open,
        upload: |_| UploadOptions::default(),
        download: DownloadOptions::default,
    },
};

/// A variable's value for the emulator.
fn emulated(config: &Config, url: &str, name: &str) -> Option<String> {
    let value = match name {
        "EASEMOB_BASE_URL" => url.to_owned(),
        "EASEMOB_APP_KEY" => format!("{}#{}", config.easemob.org, config.easemob.app),
        "EASEMOB_CLIENT_ID" => config.easemob.client_id.clone(),
        "EASEMOB_CLIENT_SECRET" => config.easemob.client_secret.clone(),
        _ => return None,
    };
    Some(value)
}

fn open(get: Lookup<'_>, options: ClientOptions) -> Result<Client, Error> {
    let mut config = Easemob::new(
        given(get, "EASEMOB_APP_KEY"),
        EasemobCredentials::Client {
            id: given(get, "EASEMOB_CLIENT_ID"),
            secret: given(get, "EASEMOB_CLIENT_SECRET").into(),
        },
    );
    config.base_url = get("EASEMOB_BASE_URL");
    Client::easemob(config, options)
}

fn run(get: Lookup<'_>) -> Result<(), Error> {
    let client = open(get, ClientOptions::default())?;
    for length in [1, MIB] {
        for restrict_access in [false, true] {
            let data = fresh(length);
            let options =
                named("bin").service(EasemobUpload::default().restrict_access(restrict_access));
            let stored = send(&client, &data, options)?;
            let options = DownloadOptions::default().service({
                let mut options = EasemobDownload::default();
                options.share_secret = stored.share_secret.map(Into::into);
                options
            });
            expect(&client, &stored.file, &data, options)?;
        }
    }
    for name in odd_names() {
        let data = fresh(100);
        let stored = send(&client, &data, UploadOptions::default().file_name(name))?;
        expect(&client, &stored.file, &data, DownloadOptions::default())?;
    }
    let data = fresh(5 * MIB);
    let stored = send(&client, &data, named("bin"))?;
    resumed_download(&client, &stored.file, &data, DownloadOptions::default)?;
    let absent = "00000000-0000-11f0-8000-000000000000";
    let result = client.download(absent, chatfile::Sink::buffer(), DownloadOptions::default());
    refused(&SERVICE, "an absent file", result, &[Status::NotFound]);
    let mut config = Easemob::new(
        given(get, "EASEMOB_APP_KEY"),
        EasemobCredentials::Token("YWMtchatfilechatfilechatfile".into()),
    );
    config.base_url = get("EASEMOB_BASE_URL");
    let stranger = Client::easemob(config, ClientOptions::default())?;
    let result = stranger.upload(Source::bytes(b"x"), named("bin"));
    refused(&SERVICE, "a made-up token", result, &[Status::Auth]);
    Ok(())
}
