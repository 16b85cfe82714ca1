#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::tests::{library, other_library, path};
use super::*;
use crate::message::Namer;
use crate::service::test_kit::{answer, headers};
use std::time::Duration;

const FILE: &str = "https://api.tencentsmh.cn/api/v1/file/smh123/-/a%20dir/x.bin";
const DIRECTORY: &str = "https://api.tencentsmh.cn/api/v1/directory/smh123/-";
const HISTORY: &str = "https://api.tencentsmh.cn/api/v1/directory-history/smh123/-/history-list";

#[test]
fn files_are_asked_for_byte_for_byte() {
    let library = library();
    let file = path("a dir/x.bin");
    for (request, method, url) in [
        (
            library.info_request("t", &file),
            Method::Get,
            format!("{FILE}?info&with_content_cas=1&access_token=t"),
        ),
        (
            library.exists_request("t", &file),
            Method::Head,
            format!("{FILE}?access_token=t"),
        ),
        (
            library.delete_request("t", &file, false),
            Method::Delete,
            format!("{FILE}?permanent=0&access_token=t"),
        ),
        (
            library.delete_request("t", &file, true),
            Method::Delete,
            format!("{FILE}?permanent=1&access_token=t"),
        ),
        (
            library.create_directory_request("t", &path("a dir/b")),
            Method::Put,
            format!("{DIRECTORY}/a%20dir/b?conflict_resolution_strategy=ask&access_token=t"),
        ),
        (
            library.list_request("t", &path("d"), None, None),
            Method::Get,
            format!("{DIRECTORY}/d?with_content_cas=1&access_token=t"),
        ),
        (
            library.versions_request("t", &file, None, None),
            Method::Get,
            format!("{HISTORY}/a%20dir/x.bin?access_token=t"),
        ),
        (
            library.versions_request("t", &file, Some("5&"), Some(100)),
            Method::Get,
            format!("{HISTORY}/a%20dir/x.bin?marker=5%26&limit=100&access_token=t"),
        ),
        (
            library.list_request(
                "t",
                &SmhPath::directory("directory", "").unwrap(),
                Some("5&"),
                Some(100),
            ),
            Method::Get,
            format!("{DIRECTORY}/?marker=5%26&limit=100&with_content_cas=1&access_token=t"),
        ),
    ] {
        assert_eq!(request.url, url);
        assert_eq!(request.method, method);
    }
    let request = other_library().info_request("t", &path("x"));
    assert_eq!(
        request.url,
        "http://127.0.0.1:9/smh/api/v1/file/smh%20123/space%2B1/x?info&user_id=%C3%BC%261\
         &access_token=t"
    );
}

#[test]
fn a_download_byte_for_byte() {
    let download = |limit| {
        let options = SmhDownload {
            traffic_limit: limit,
            ..SmhDownload::default()
        };
        library().download_request("t", &path("a dir/x.bin"), &options, None)
    };
    let request = download(None).unwrap();
    assert_eq!(request.url, format!("{FILE}?access_token=t"));
    assert_eq!(headers(&request), []);
    let request = download(Some(102_400)).unwrap();
    assert_eq!(
        request.url,
        format!("{FILE}?traffic_limit=102400&access_token=t")
    );
    let error = download(Some(1)).unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Limit, Some("traffic_limit"))
    );
}

#[test]
fn an_older_version_byte_for_byte() {
    let options = |version: &str| SmhDownload {
        version: Some(version.into()),
        ..SmhDownload::default()
    };
    let (library, path) = (library(), path("a dir/x.bin"));
    let older = options("1&");
    let download = |thumbnail| library.download_request("t", &path, &older, thumbnail);
    let thumbnail = Thumbnail {
        is_of_video: false,
        width: Some(80),
        height: None,
    };
    for (request, query) in [
        (download(None).unwrap(), "history_id=1%26"),
        (
            download(Some(thumbnail)).unwrap(),
            "preview&history_id=1%26&width_size=80",
        ),
        (
            library.link_request("t", &path, &older),
            "info&history_id=1%26",
        ),
    ] {
        assert_eq!(request.url, format!("{FILE}?{query}&access_token=t"));
    }
    let none = options("");
    let refused = library.download_request("t", &path, &none, None).err();
    for error in [refused.unwrap(), check_link(&none).unwrap_err()] {
        assert_eq!(error.field(), Some("version"));
    }
}

#[test]
fn a_small_picture_byte_for_byte() {
    let preview = |is_of_video, width, height| {
        let thumbnail = Thumbnail {
            is_of_video,
            width,
            height,
        };
        let options = SmhDownload::default();
        let path = path("a dir/x.bin");
        let request = library().download_request("t", &path, &options, Some(thumbnail));
        request.unwrap().url.as_str().to_owned()
    };
    assert_eq!(
        preview(false, Some(80), Some(90)),
        format!("{FILE}?preview&width_size=80&height_size=90&access_token=t")
    );
    assert_eq!(
        preview(false, Some(80), None),
        format!("{FILE}?preview&width_size=80&access_token=t")
    );
    assert_eq!(
        preview(true, None, None),
        format!("{FILE}?preview&width_size=170&height_size=170&access_token=t")
    );
}

#[test]
fn a_link_byte_for_byte() {
    let link = |options: &SmhDownload| library().link_request("t", &path("a dir/x.bin"), options);
    let plain = SmhDownload::default();
    let url = |options: &SmhDownload| {
        check_link(options).unwrap();
        link(options).url.as_str().to_owned()
    };
    assert_eq!(url(&plain), format!("{FILE}?info&access_token=t"));
    let mut options = SmhDownload {
        link_ttl: Some(Duration::from_secs(60)),
        disposition: SmhDisposition::Show,
        ..plain
    };
    assert_eq!(
        url(&options),
        format!("{FILE}?info&period=60&content_disposition=inline&access_token=t")
    );
    let plain = library().download_request("t", &path("x"), &options, None);
    assert_eq!(plain.unwrap_err().field(), Some("link_ttl"));
    for seconds in [59, 7201] {
        options.link_ttl = Some(Duration::from_secs(seconds));
        let error = check_link(&options).unwrap_err();
        assert_eq!(error.field(), Some("link_ttl"));
        assert_eq!(error.status(), Status::Limit);
    }
    options = SmhDownload {
        disposition: SmhDisposition::Save,
        ..SmhDownload::default()
    };
    assert_eq!(
        url(&options),
        format!("{FILE}?info&content_disposition=attachment&access_token=t")
    );
    let plain = library().download_request("t", &path("x"), &options, None);
    assert_eq!(plain.unwrap_err().field(), Some("disposition"));
}

#[test]
fn a_refused_download_is_json_or_xml() {
    let error = read_download_refusal(&answer(404, r#"{"code":"FileNotFound"}"#));
    assert_eq!(error.status(), Status::NotFound);
    let mut expired = answer(
        403,
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
    );
    for is_redirected in [false, true] {
        expired.head.is_redirected = is_redirected;
        let error = super::FILE.refused(&expired);
        assert_eq!(error.is_retryable(), is_redirected);
        assert_eq!(error.service_code(), Some("AccessDenied"));
    }
}

#[test]
fn info_is_read_whatever_its_types() {
    let body = r#"{"cosUrl":"https://h/x?sign","type":"file","creationTime":"c",
        "modificationTime":"m","contentType":"image/png","size":"9007199254740993",
        "eTag":"\"e\"","crc64":"18446744073709551615","metaData":{},"labels":["a","b"],
        "category":"video","localCreationTime":"lc","localModificationTime":"lm",
        "contentCas":"c1","id":9,"versionId":2}"#;
    let expected = FileInfo {
        name: None,
        kind: Some("file".into()),
        size: Some(9_007_199_254_740_993),
        crc64: Some(u64::MAX.to_string()),
        etag: Some("e".into()),
        media_type: Some("image/png".into()),
        creation_time: Some("c".into()),
        modification_time: Some("m".into()),
        local_creation_time: Some("lc".into()),
        local_modification_time: Some("lm".into()),
        labels: vec!["a".into(), "b".into()],
        category: Some("video".into()),
        url: Some("https://h/x?sign".into()),
        content_cas: Some("c1".into()),
        version: None,
    };
    assert_eq!(read_info(&answer(200, body)).unwrap(), expected);
    let link = library().read_link(&answer(200, body)).unwrap();
    assert_eq!(link.url, "https://h/x?sign");
    assert_eq!(link.provenance.namer, Namer::Answer { over_tls: true });
    let numbers = body
        .replace(r#""9007199254740993""#, "9007199254740993")
        .replace(r#""18446744073709551615""#, "18446744073709551615");
    assert_eq!(read_info(&answer(200, &numbers)).unwrap(), expected);
    for bad in ["", "{}", "[]"] {
        let error = read_info(&answer(200, bad)).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{bad}");
    }
}

#[test]
fn a_file_is_there_or_not() {
    assert_eq!(read_exists(&answer(200, "")).unwrap(), Some(true));
    for status in [403, 404] {
        assert_eq!(read_exists(&answer(status, "")).unwrap(), None);
    }
    let mut page = answer(200, "");
    page.head
        .headers
        .push(("content-type".into(), "text/html".into()));
    assert_eq!(read_exists(&page).unwrap_err().status(), Status::Response);
    let error = read_exists(&answer(401, "")).unwrap_err();
    assert_eq!(error.status(), Status::Auth);
    let by_info = |status, body: &str| read_exists_by_info(&answer(status, body));
    assert!(by_info(200, r#"{"type":"file"}"#).unwrap());
    for code in MISSING {
        let body = format!(r#"{{"code":"{code}"}}"#);
        assert!(!by_info(404, &body).unwrap(), "{code}");
    }
    // That there is no such library says nothing of a file.
    for body in [
        r#"{"code":"LibraryNotFound"}"#,
        r#"{"code":"NoSuchKey"}"#,
        "",
    ] {
        let error = by_info(404, body).unwrap_err();
        assert_eq!(error.status(), Status::NotFound, "{body}");
    }
}

#[test]
fn a_deleted_file_may_be_in_the_bin() {
    let read = |status, body| read_delete(&answer(status, body));
    assert_eq!(read(204, "").unwrap(), None);
    for body in [r#"{"recycledItemId":123}"#, r#"{"recycledItemId":"123"}"#] {
        assert_eq!(read(200, body).unwrap().as_deref(), Some("123"));
    }
    assert_eq!(read(200, "{}").unwrap(), None);
    assert_eq!(read(200, "").unwrap_err().status(), Status::Response);
    let error = read(404, r#"{"code":"FileNotFound"}"#).unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
}

#[test]
fn a_folder_may_be_there_before() {
    let read = |status, body| read_create_directory(&answer(status, body));
    assert!(read(201, r#"{"path":["a"],"creationTime":"c"}"#).is_ok());
    assert!(read(409, r#"{"code":"SameNameDirectoryOrFileExists"}"#).is_ok());
    assert!(read(409, r#"{"code":"PathConflict"}"#).is_err());
    assert!(read(200, "").is_err());
}

#[test]
fn a_list_goes_on_by_its_marker() {
    let list = |marker: &str| {
        let body = format!(
            r#"{{"path":[],"contents":[{{"name":"d","type":"dir"}},
               {{"name":"f","type":"image","size":"3"}},{{"name":"g","size":4}}]{marker}}}"#
        );
        read_list(&answer(200, &body)).unwrap()
    };
    let listing = list(r#","nextMarker":"m 1""#);
    assert_eq!(listing.next_marker.as_deref(), Some("m 1"));
    let sizes: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| (entry.name.as_deref().unwrap(), entry.size))
        .collect();
    assert_eq!(sizes, [("d", None), ("f", Some(3)), ("g", Some(4))]);
    assert_eq!(
        list(r#","nextMarker":20"#).next_marker.as_deref(),
        Some("20")
    );
    for none in ["", r#","nextMarker":"""#, r#","nextMarker":null"#] {
        assert_eq!(list(none).next_marker, None, "{none}");
    }
    let endless = "m".repeat(70_000);
    let endless = format!(r#"{{"contents":[],"nextMarker":"{endless}"}}"#);
    assert!(read_list(&answer(200, &endless)).is_err());
    assert!(read_list(&answer(200, "{}")).is_err());
    assert!(read_list(&answer(304, "")).is_err());
}

#[test]
fn versions_are_known_by_their_ids() {
    // The vendor's own example (smh.md §1.15).
    let body = r#"{"totalNum":2,"contents":[{"createdBy":"123","creationWay":1,"version":2,
        "isLatestVersion":true,"name":"test","size":2345,"crc64":"4937027024332829001",
        "contentType":"image/png","creationTime":"2021-08-12T08:13:55.000Z",
        "setLatestTime":"2021-08-12T08:13:55.000Z"},{"id":1,"createdBy":"456","creationWay":1,
        "version":2,"isLatestVersion":false,"name":"test","size":2300}]}"#;
    let listing = read_versions(&answer(200, body)).unwrap();
    let versions: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| (entry.version.as_deref(), entry.size))
        .collect();
    assert_eq!(versions, [(None, Some(2345)), (Some("1"), Some(2300))]);
    let crc64 = listing.entries[0].crc64_value();
    assert_eq!(crc64, Some(4_937_027_024_332_829_001));
    assert_eq!(listing.next_marker, None);
    let missing = read_versions(&answer(404, r#"{"code":"FileNotFound"}"#));
    assert_eq!(missing.unwrap_err().status(), Status::NotFound);
}

#[test]
fn a_page_of_somebody_in_between_is_no_file() {
    let page = |headers: &[(&str, &str)]| {
        let mut answer = answer(200, "<html>");
        let headers = headers.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        answer.head.headers = headers.collect();
        answer
    };
    let html = ("content-type", "text/html; charset=utf-8");
    let portal = page(&[html]);
    assert!(!(super::FILE.is_file)(&portal.head));
    let error = (super::FILE.refusal)(&portal);
    assert_eq!((error.status(), error.remedy()), (Status::Response, None));
    // A file that is a page: the store names its version.
    for stored in [page(&[html, ("etag", "\"1\"")]), page(&[])] {
        assert!((super::FILE.is_file)(&stored.head));
    }
}
