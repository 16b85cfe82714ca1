//! What is done at SMH.

use super::more::{refused, resumed_download, resumed_upload, under_odd_names};
use super::soak::Soak;
use super::{Lookup, MIB, Service, expect, fresh, given, named, send};
use chatfile::{
    Client, ClientOptions, DeleteOptions, DownloadOptions, Error, Sink, Smh, SmhCredentials,
    SmhDelete, SmhUpload, SmhUploadMethod, Source, Status, UploadOptions,
};
use chatfile_emulator::Config;

pub(super) const SERVICE: Service = Service {
    name: "SMH",
    required: &["SMH_LIBRARY_ID", "SMH_LIBRARY_SECRET"],
    emulated,
    run,
    soak: Soak {
        open,
        upload: |nth| {
            let methods = [
                SmhUploadMethod::Simple,
                SmhUploadMethod::Form,
                SmhUploadMethod::Parts,
            ];
            let method = methods[nth % methods.len()];
            UploadOptions::default().service(by(method))
        },
        download: DownloadOptions::default,
    },
};

/// Parts are as small as they may be.
fn by(method: SmhUploadMethod) -> SmhUpload {
    let mut options = SmhUpload::default().method(method);
    options.part_size = (method == SmhUploadMethod::Parts).then_some(MIB as u64);
    options
}

/// A variable's value for the emulator.
fn emulated(config: &Config, url: &str, name: &str) -> Option<String> {
    let value = match name {
        "SMH_BASE_URL" => url.to_owned(),
        "SMH_LIBRARY_ID" => config.smh.library_id.clone(),
        "SMH_LIBRARY_SECRET" => config.smh.library_secret.clone(),
        _ => return None,
    };
    Some(value)
}

fn open(get: Lookup<'_>, options: ClientOptions) -> Result<Client, Error> {
    let mut config = Smh::new(
        given(get, "SMH_LIBRARY_ID"),
        SmhCredentials::LibrarySecret(given(get, "SMH_LIBRARY_SECRET").into()),
    )
    .grant("admin")
    .private_deployment(get("SMH_PRIVATE").is_some());
    config.base_url = get("SMH_BASE_URL");
    config.space_id = get("SMH_SPACE_ID");
    config.user_id = get("SMH_USER_ID");
    Client::smh(config, options)
}

fn run(get: Lookup<'_>) -> Result<(), Error> {
    let client = open(get, ClientOptions::default())?;
    let of = |method| {
        named("bin").service(
            by(method)
                .directory("chatfile live tests")
                .create_directories(true),
        )
    };
    for (method, length) in [
        (SmhUploadMethod::Simple, 0),
        (SmhUploadMethod::Simple, MIB),
        (SmhUploadMethod::Form, MIB),
        (SmhUploadMethod::Parts, 1),
        (SmhUploadMethod::Parts, 5 * MIB + 1),
    ] {
        let data = fresh(length);
        let stored = send(&client, &data, of(method))?;
        expect(&client, &stored.file, &data, DownloadOptions::default())?;
        let info = client.info(&stored.file, Default::default())?;
        assert_eq!(info.size, Some(length as u64));
        assert!(client.exists(&stored.file, Default::default())?);
        let mut files = vec![stored.file];
        if length > 5 * MIB {
            let again = send(&client, &data, of(method))?;
            assert!(again.instant, "SMH took the same bytes again");
            files.push(again.file);
        }
        for path in files {
            let for_good = SmhDelete::default().permanent(true);
            client.delete(&path, DeleteOptions::default().service(for_good))?;
        }
    }
    let remove = |path: &str| {
        let for_good = SmhDelete::default().permanent(true);
        client.delete(path, DeleteOptions::default().service(for_good))
    };
    let odd = under_odd_names(&client, |name| of(SmhUploadMethod::Simple).file_name(name))?;
    for stored in odd {
        remove(&stored.file)?;
    }
    let data = fresh(8 * MIB);
    let stored = resumed_upload(&client, &data, || {
        of(SmhUploadMethod::Parts).file_name("resumed.bin")
    })?;
    resumed_download(&client, &stored.file, &data, DownloadOptions::default)?;
    remove(&stored.file)?;
    // What is gone is absent.
    assert!(!client.exists(&stored.file, Default::default())?);
    let result = client.download(&stored.file, Sink::buffer(), DownloadOptions::default());
    refused(&SERVICE, "an absent file", result, &[Status::NotFound]);
    let mut config = Smh::new(
        given(get, "SMH_LIBRARY_ID"),
        SmhCredentials::AccessToken("made up".into()),
    );
    config.base_url = get("SMH_BASE_URL");
    config.space_id = get("SMH_SPACE_ID");
    let stranger = Client::smh(config, ClientOptions::default())?;
    let result = stranger.upload(Source::bytes(b"x"), of(SmhUploadMethod::Simple));
    refused(
        &SERVICE,
        "a made-up token",
        result,
        &[Status::Auth, Status::Forbidden],
    );
    Ok(())
}
