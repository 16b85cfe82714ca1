//! What is done at each service: a file there and back in each way it has, and
//! as little left behind as it allows.

use super::{Lookup, Service, expect, fresh, unique};
use chatfile::{
    Client, ClientOptions, DeleteOptions, DownloadOptions, Easemob, EasemobCredentials,
    EasemobDownload, EasemobUpload, Error, Huawei, HuaweiDownload, Netease, NeteaseUpload,
    NeteaseUploadMethod, Openim, OpenimCredentials, OpenimUpload, OpenimUploadMethod, Smh,
    SmhCredentials, SmhDelete, SmhUpload, SmhUploadMethod, Source, Upload, UploadOptions,
};

const MIB: usize = 1024 * 1024;
const DAY: u64 = 24 * 3600;

pub(super) const ALL: &[Service] = &[
    Service {
        name: "Easemob",
        required: &[
            "EASEMOB_APP_KEY",
            "EASEMOB_CLIENT_ID",
            "EASEMOB_CLIENT_SECRET",
        ],
        run: easemob,
    },
    Service {
        name: "NetEase",
        required: &["NETEASE_APP_KEY", "NETEASE_APP_SECRET"],
        run: netease,
    },
    Service {
        name: "Huawei",
        required: &[
            "HUAWEI_BASE_URL",
            "HUAWEI_APP_KEY",
            "HUAWEI_APP_SECRET",
            "HUAWEI_CHANNEL_ID",
            "HUAWEI_USER_ID",
        ],
        run: huawei,
    },
    Service {
        name: "OpenIM",
        required: &["OPENIM_BASE_URL", "OPENIM_USER_ID", "OPENIM_ADMIN_SECRET"],
        run: openim,
    },
    Service {
        name: "SMH",
        required: &["SMH_LIBRARY_ID", "SMH_LIBRARY_SECRET"],
        run: smh,
    },
];

/// A variable that is required.
fn given(get: Lookup<'_>, name: &str) -> String {
    get(name).unwrap_or_default()
}

fn send(client: &Client, data: &[u8], options: UploadOptions<'_>) -> Result<Upload, Error> {
    let stored = client.upload(Source::bytes(data), options)?;
    assert_eq!(stored.size, data.len() as u64);
    Ok(stored)
}

fn named(extension: &str) -> UploadOptions<'static> {
    UploadOptions::default().file_name(unique(extension))
}

fn easemob(get: Lookup<'_>) -> Result<(), Error> {
    let mut config = Easemob::new(
        given(get, "EASEMOB_APP_KEY"),
        EasemobCredentials::Client {
            id: given(get, "EASEMOB_CLIENT_ID"),
            secret: given(get, "EASEMOB_CLIENT_SECRET").into(),
        },
    );
    config.base_url = get("EASEMOB_BASE_URL");
    let client = Client::easemob(config, ClientOptions::default())?;
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
    Ok(())
}

fn netease(get: Lookup<'_>) -> Result<(), Error> {
    let mut config = Netease::new(
        given(get, "NETEASE_APP_KEY"),
        given(get, "NETEASE_APP_SECRET"),
    );
    config.base_url = get("NETEASE_BASE_URL");
    let client = Client::netease(config, ClientOptions::default())?;
    for method in [NeteaseUploadMethod::Form, NeteaseUploadMethod::Base64] {
        let data = fresh(MIB);
        let options = named("bin").service(
            NeteaseUpload::default()
                .method(method)
                .plain_http_url(get("NETEASE_PLAIN_HTTP").is_some())
                // The shortest life that there is.
                .expire_seconds(DAY),
        );
        let stored = send(&client, &data, options)?;
        expect(&client, &stored.file, &data, DownloadOptions::default())?;
    }
    Ok(())
}

fn huawei(get: Lookup<'_>) -> Result<(), Error> {
    let mut config = Huawei::new(
        given(get, "HUAWEI_BASE_URL"),
        given(get, "HUAWEI_APP_KEY"),
        given(get, "HUAWEI_APP_SECRET"),
        given(get, "HUAWEI_CHANNEL_ID"),
        given(get, "HUAWEI_USER_ID"),
    );
    config.user_name = get("HUAWEI_USER_NAME");
    let client = Client::huawei(config, ClientOptions::default())?;
    let data = fresh(100_000);
    let stored = send(&client, &data, named("txt"))?;
    let options =
        DownloadOptions::default().service(HuaweiDownload::new("txt").media_library(false));
    expect(&client, &stored.file, &data, options)
}

fn openim(get: Lookup<'_>) -> Result<(), Error> {
    let config = Openim::new(
        given(get, "OPENIM_BASE_URL"),
        given(get, "OPENIM_USER_ID"),
        OpenimCredentials::User {
            admin_secret: given(get, "OPENIM_ADMIN_SECRET").into(),
            admin_user_id: get("OPENIM_ADMIN_USER_ID"),
            platform: 5,
        },
    );
    let client = Client::openim(config, ClientOptions::default())?;
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
    Ok(())
}

fn smh(get: Lookup<'_>) -> Result<(), Error> {
    let mut config = Smh::new(
        given(get, "SMH_LIBRARY_ID"),
        SmhCredentials::LibrarySecret(given(get, "SMH_LIBRARY_SECRET").into()),
    )
    .grant("admin")
    .private_deployment(get("SMH_PRIVATE").is_some());
    config.base_url = get("SMH_BASE_URL");
    config.space_id = get("SMH_SPACE_ID");
    config.user_id = get("SMH_USER_ID");
    let client = Client::smh(config, ClientOptions::default())?;
    let of = |method| {
        named("bin").service(
            SmhUpload::default()
                .method(method)
                .directory("chatfile live tests")
                .create_directories(true)
                .part_size(MIB as u64),
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
            client.delete(&path, DeleteOptions::default().smh(for_good))?;
        }
    }
    Ok(())
}
