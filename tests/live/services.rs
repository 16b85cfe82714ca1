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
    UploadOptions {
        file_name: Some(unique(extension)),
        ..UploadOptions::default()
    }
}

fn easemob(get: Lookup<'_>) -> Result<(), Error> {
    let config = Easemob {
        base_url: get("EASEMOB_BASE_URL"),
        app_key: given(get, "EASEMOB_APP_KEY"),
        credentials: EasemobCredentials::Client {
            id: given(get, "EASEMOB_CLIENT_ID"),
            secret: given(get, "EASEMOB_CLIENT_SECRET").into(),
        },
        ..Easemob::default()
    };
    let client = Client::easemob(config, ClientOptions::default())?;
    for length in [1, MIB] {
        for restrict_access in [false, true] {
            let data = fresh(length);
            let options = UploadOptions {
                service: Some(
                    EasemobUpload {
                        restrict_access,
                        ..EasemobUpload::default()
                    }
                    .into(),
                ),
                ..named("bin")
            };
            let stored = send(&client, &data, options)?;
            let options = DownloadOptions {
                service: Some(
                    EasemobDownload {
                        share_secret: stored.share_secret.map(Into::into),
                        ..EasemobDownload::default()
                    }
                    .into(),
                ),
                ..DownloadOptions::default()
            };
            expect(&client, &stored.file, &data, options)?;
        }
    }
    Ok(())
}

fn netease(get: Lookup<'_>) -> Result<(), Error> {
    let config = Netease {
        base_url: get("NETEASE_BASE_URL"),
        app_key: given(get, "NETEASE_APP_KEY"),
        app_secret: given(get, "NETEASE_APP_SECRET").into(),
        max_upload_size: None,
    };
    let client = Client::netease(config, ClientOptions::default())?;
    for method in [NeteaseUploadMethod::Form, NeteaseUploadMethod::Base64] {
        let data = fresh(MIB);
        let options = UploadOptions {
            service: Some(
                NeteaseUpload {
                    method,
                    plain_http_url: get("NETEASE_PLAIN_HTTP").is_some(),
                    // The shortest life that there is.
                    expire_seconds: Some(DAY),
                    ..NeteaseUpload::default()
                }
                .into(),
            ),
            ..named("bin")
        };
        let stored = send(&client, &data, options)?;
        expect(&client, &stored.file, &data, DownloadOptions::default())?;
    }
    Ok(())
}

fn huawei(get: Lookup<'_>) -> Result<(), Error> {
    let config = Huawei {
        base_url: given(get, "HUAWEI_BASE_URL"),
        app_key: given(get, "HUAWEI_APP_KEY"),
        app_secret: given(get, "HUAWEI_APP_SECRET").into(),
        channel_id: given(get, "HUAWEI_CHANNEL_ID"),
        user_id: given(get, "HUAWEI_USER_ID"),
        user_name: get("HUAWEI_USER_NAME"),
        locale: None,
        token_ttl: None,
        max_upload_size: None,
    };
    let client = Client::huawei(config, ClientOptions::default())?;
    let data = fresh(100_000);
    let stored = send(&client, &data, named("txt"))?;
    let options = DownloadOptions {
        service: Some(
            HuaweiDownload {
                file_type: "txt".into(),
                media_library: false,
            }
            .into(),
        ),
        ..DownloadOptions::default()
    };
    expect(&client, &stored.file, &data, options)
}

fn openim(get: Lookup<'_>) -> Result<(), Error> {
    let config = Openim {
        base_url: given(get, "OPENIM_BASE_URL"),
        user_id: given(get, "OPENIM_USER_ID"),
        credentials: OpenimCredentials::User {
            admin_secret: given(get, "OPENIM_ADMIN_SECRET").into(),
            admin_user_id: get("OPENIM_ADMIN_USER_ID"),
            platform: 5,
        },
        max_upload_size: None,
    };
    let client = Client::openim(config, ClientOptions::default())?;
    let of = |method| UploadOptions {
        service: Some(
            OpenimUpload {
                method,
                ..OpenimUpload::default()
            }
            .into(),
        ),
        ..named("bin")
    };
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
    let config = Smh {
        base_url: get("SMH_BASE_URL"),
        library_id: given(get, "SMH_LIBRARY_ID"),
        space_id: get("SMH_SPACE_ID"),
        credentials: SmhCredentials::LibrarySecret(given(get, "SMH_LIBRARY_SECRET").into()),
        user_id: get("SMH_USER_ID"),
        client_id: None,
        session_id: None,
        token_period: None,
        grant: Some("admin".into()),
        private_deployment: get("SMH_PRIVATE").is_some(),
    };
    let client = Client::smh(config, ClientOptions::default())?;
    let of = |method| UploadOptions {
        service: Some(
            SmhUpload {
                method,
                directory: Some("chatfile live tests".into()),
                create_directories: true,
                part_size: Some(MIB as u64),
                ..SmhUpload::default()
            }
            .into(),
        ),
        ..named("bin")
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
        let info = client.info(&stored.file, None)?;
        assert_eq!(info.size, Some(length as u64));
        assert!(client.exists(&stored.file, None)?);
        let mut files = vec![stored.file];
        if length > 5 * MIB {
            let again = send(&client, &data, of(method))?;
            assert!(again.instant, "SMH took the same bytes again");
            files.push(again.file);
        }
        for path in files {
            client.delete(DeleteOptions {
                smh: Some(SmhDelete {
                    path,
                    permanent: true,
                }),
                ..DeleteOptions::default()
            })?;
        }
    }
    Ok(())
}
