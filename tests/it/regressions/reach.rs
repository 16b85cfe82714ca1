//! Where messages, answers and redirects may lead: not from https to http, and
//! not into a private network, unless the caller wants that.

use super::certificate;
use super::kit::{netease_at, single_attempt, smh, with_token};
use super::server::{Server, Visit};
use chatfile::{
    Client, ClientOptions, DownloadOptions, Error, Huawei, HuaweiDownload, Openim,
    OpenimCredentials, OpenimUpload, OpenimUploadMethod, Sink, SmhUpload, SmhUploadMethod, Source,
    Status, UploadOptions,
};
use std::net::{TcpListener, ToSocketAddrs};

/// Trusts the servers of these tests.
fn trusting(allow_plain_http: bool) -> ClientOptions {
    single_attempt()
        .ca_certificates(certificate::PEM)
        .allow_plain_http(allow_plain_http)
}

fn guarded() -> ClientOptions {
    single_attempt().refuse_private_addresses(true)
}

/// A store without TLS, which takes and gives everything.
fn plain_store() -> Server {
    Server::start(|visit| {
        visit.request();
        // The MD5 of "x".
        let etag = "ETag: \"9dd4e461268c8034f5c8564e155c67a6\"\r\n";
        visit.answer(200, etag, "x");
    })
}

/// A service under TLS (or not) that says of the first of these words that the
/// head of a request has what stands beside it.
fn service(is_tls: bool, answers: Vec<(&'static str, u16, String)>) -> Server {
    let serve = move |visit: &mut Visit| {
        let (head, _) = visit.request();
        let found = answers.iter().find(|(word, ..)| head.contains(word));
        match found {
            Some((_, status, body)) => visit.answer(*status, "", body),
            None => visit.answer(500, "", ""),
        }
    };
    if is_tls {
        Server::start_tls(serve)
    } else {
        Server::start(serve)
    }
}

/// Of {"name":"alice/f","size":1,"key":"k"}.
const FORM_ID: &str = "eyJuYW1lIjoiYWxpY2UvZiIsInNpemUiOjEsImtleSI6ImsifQ";

fn openim_answers(store: &str) -> Vec<(&'static str, u16, String)> {
    let data = |data: String| format!(r#"{{"errCode":0,"data":{data}}}"#);
    let sign = format!(r#"{{"parts":[{{"partNumber":1,"url":"{store}/part?secret"}}]}}"#);
    vec![
        ("part_size", 200, data(r#"{"size":5242880}"#.into())),
        (
            "part_limit",
            200,
            data(r#"{"minPartSize":5242880,"maxPartSize":5368709120,"maxNumSize":10000}"#.into()),
        ),
        (
            "initiate_multipart",
            200,
            data(format!(
                r#"{{"upload":{{"uploadID":"u","partSize":5242880,"sign":{sign}}}}}"#
            )),
        ),
        (
            "initiate_form",
            200,
            data(format!(
                r#"{{"id":"{FORM_ID}","url":"{store}/form?secret","file":"f","successCodes":[200]}}"#
            )),
        ),
        (
            "complete",
            200,
            data(r#"{"url":"https://h/object/alice/f"}"#.into()),
        ),
        (
            "access_url",
            200,
            data(format!(r#"{{"url":"{store}/file?secret"}}"#)),
        ),
    ]
}

fn openim(base_url: String, options: ClientOptions) -> Client {
    let config = Openim::new(base_url, "alice", OpenimCredentials::Token("token".into()));
    Client::openim(config, options).unwrap()
}

fn smh_answers(domain: &str) -> Vec<(&'static str, u16, String)> {
    let begun = format!(
        r#"{{"domain":"{domain}","path":"/f","confirmKey":"key1","uploadId":"u","form":{{"a":"b"}},
        "headers":{{"x-cos-meta_tag":"t"}}}}"#
    );
    vec![
        ("delete ", 204, String::new()),
        (
            "confirm",
            200,
            r#"{"path":["f"],"type":"file","name":"f"}"#.into(),
        ),
        (
            "info&",
            200,
            format!(r#"{{"type":"file","cosUrl":"{domain}/f?secret"}}"#),
        ),
        ("/f?", 201, begun),
    ]
}

fn huawei(base_url: String, options: ClientOptions) -> Client {
    let config = Huawei::new(base_url, "key", "secret", "c", "u");
    Client::huawei(config, options).unwrap()
}

fn huawei_answers(store: &str) -> Vec<(&'static str, u16, String)> {
    vec![
        ("tokenbyaksk", 200, r#"{"AccessToken":"a1b2c3"}"#.into()),
        (
            "applytoken",
            200,
            r#"{"returnCode":"0","token":"t1t2t3"}"#.into(),
        ),
        (
            "downloadfilestream",
            200,
            format!(r#"{{"resultCode":"0","fileUrl":"{store}/file?secret"}}"#),
        ),
    ]
}

fn upload(client: &Client, options: UploadOptions<'_>) -> Option<Error> {
    let options = options.file_name("f");
    client.upload(Source::bytes(b"x"), options).err()
}

fn by(method: OpenimUploadMethod) -> UploadOptions<'static> {
    UploadOptions::default().service(OpenimUpload::default().method(method))
}

fn smh_by(method: SmhUploadMethod) -> UploadOptions<'static> {
    UploadOptions::default().service(SmhUpload::default().method(method))
}

fn huawei_file(client: &Client) -> Option<Error> {
    let options =
        DownloadOptions::default().service(HuaweiDownload::new("png").media_library(false));
    client.download("k", Sink::buffer(), options).err()
}

/// Everything that sends a file to where an answer says, or fetches it there;
/// what it is called, and whether it failed.
fn all_ways(
    store: &str,
    domain: &str,
    is_tls: bool,
    options: &dyn Fn() -> ClientOptions,
) -> Vec<(&'static str, Option<Error>)> {
    let of = |answers| {
        let server = service(is_tls, answers);
        let url = if is_tls {
            server.tls_url()
        } else {
            server.url()
        };
        (server, url)
    };
    let (_openim_server, url) = of(openim_answers(store));
    let openim = openim(url, options());
    let (smh_server, url) = of(smh_answers(domain));
    let smh = smh(url, options());
    let (_huawei_server, url) = of(huawei_answers(store));
    let huawei = huawei(url, options());
    let none = DownloadOptions::default;
    let to_presign = UploadOptions::default().file_name("f");
    let to_presign_smh = UploadOptions::default().file_name("f");
    let ways = vec![
        ("OpenIM form", upload(&openim, by(OpenimUploadMethod::Form))),
        (
            "OpenIM part",
            upload(&openim, by(OpenimUploadMethod::Parts)),
        ),
        (
            "OpenIM presigned upload",
            openim.presign_upload(Some(1), to_presign).err(),
        ),
        (
            "OpenIM presigned download",
            openim.presign_download("alice/f", none()).err(),
        ),
        ("SMH", upload(&smh, smh_by(SmhUploadMethod::Simple))),
        ("SMH form", upload(&smh, smh_by(SmhUploadMethod::Form))),
        ("SMH part", upload(&smh, smh_by(SmhUploadMethod::Parts))),
        (
            "SMH presigned upload",
            smh.presign_upload(Some(1), to_presign_smh).err(),
        ),
        ("Huawei", huawei_file(&huawei)),
    ];
    // Each upload to SMH that has begun and failed was cancelled.
    let failed = ways
        .iter()
        .filter(|(way, error)| way.starts_with("SMH") && error.is_some());
    let cancelled = smh_server.heads();
    let cancelled = cancelled.iter().filter(|head| head.starts_with("delete "));
    assert_eq!(failed.count(), cancelled.count());
    ways
}

#[test]
fn an_https_service_does_not_lead_to_http_unless_that_is_allowed() {
    let store = plain_store();
    for (way, error) in all_ways(&store.url(), &store.url(), true, &|| trusting(false)) {
        let error = error.unwrap_or_else(|| panic!("{way} was followed"));
        assert_eq!(error.status(), Status::BlockedAddress, "{way}: {error}");
        assert_eq!(error.field(), Some("allow_plain_http"), "{way}: {error}");
        assert!(
            error.message().contains("allow_plain_http"),
            "{way}: {error}"
        );
        assert!(error.message().contains(&store.url()), "{way}: {error}");
        assert!(!error.message().contains("secret"), "{way}: {error}");
        assert!(!error.is_retryable(), "{way}");
        // Only OpenIM's server is told by a setting what to name.
        let has_setting = error.message().contains("externalAddress");
        assert_eq!(has_setting, way.starts_with("OpenIM"), "{way}: {error}");
    }
    assert_eq!(store.heads(), [""; 0]);
    for (way, error) in all_ways(&store.url(), &store.url(), true, &|| trusting(true)) {
        assert!(error.is_none(), "{way}: {error:?}");
    }
    assert_eq!(store.heads().len(), 6);
    // Who asks without TLS is led where it likes.
    for (way, error) in all_ways(&store.url(), &store.url(), false, &|| trusting(false)) {
        assert!(error.is_none(), "{way}: {error:?}");
    }
}

#[test]
fn a_redirect_from_https_to_http_is_followed_if_that_is_allowed() {
    let store = plain_store();
    let location = format!("Location: {}/file?secret\r\n", store.url());
    let server = Server::start_tls(move |visit| {
        visit.head();
        visit.answer(302, &location, "");
    });
    let get = |allowed| {
        let client = with_token(server.tls_url(), trusting(allowed));
        client.download("5f", Sink::buffer(), DownloadOptions::default())
    };
    let error = get(false).unwrap_err();
    assert_eq!(error.status(), Status::BlockedAddress, "{error}");
    assert_eq!(
        (error.http_status(), error.field()),
        (Some(302), Some("allow_plain_http"))
    );
    assert!(error.message().contains(&store.url()), "{error}");
    assert!(!error.message().contains("secret"), "{error}");
    assert_eq!(get(true).unwrap().size, 1);
    // The token stayed behind.
    assert!(!store.heads()[0].contains("authorization"));
}

fn assert_refused(what: &str, error: Option<Error>) {
    let error = error.unwrap_or_else(|| panic!("{what} was followed"));
    assert_eq!(error.status(), Status::BlockedAddress, "{what}: {error}");
    assert_eq!(
        error.field(),
        Some("refuse_private_addresses"),
        "{what}: {error}"
    );
    assert!(!error.is_retryable(), "{what}");
    assert!(!error.message().contains("secret"), "{what}: {error}");
}

#[test]
fn nobody_leads_into_a_private_network_if_the_caller_says_so() {
    let store = plain_store();
    // What the client is configured with may be there: these are asked.
    for (way, error) in all_ways(&store.url(), &store.url(), false, &guarded) {
        assert_refused(way, error);
    }
    let client = netease_at(store.url(), guarded());
    for url in [
        format!("{}/x?secret", store.url()),
        store.url().replace("127.0.0.1", "localhost"),
        store.url().replace("127.0.0.1", "a.localhost."),
        store.url().replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        store.url().replace("127.0.0.1", "[::1]"),
        store.url().replace("127.0.0.1", "0.0.0.0"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://10.0.0.1/".into(),
        "https://192.168.0.1/".into(),
        "http://[fd00:ec2::254]/".into(),
    ] {
        let got = client.download(&url, Sink::buffer(), DownloadOptions::default());
        assert_refused(&url, got.err());
    }
    // The URL of a message may also name the service's own host.
    let openim = openim(store.url(), guarded());
    let url = format!("{}/object/alice/f", store.url());
    let got = openim.download(&url, Sink::buffer(), DownloadOptions::default());
    assert_refused(&url, got.err());
    assert_eq!(store.heads(), [""; 0]);
    // Nor does a presigned request, which anyone may have written.
    let made = netease_at(store.url(), single_attempt());
    let made = made.presign_download(&store.url(), DownloadOptions::default());
    let sender = Client::without_service(guarded()).unwrap();
    let got = sender.receive_presigned(&made.unwrap(), Sink::buffer(), DownloadOptions::default());
    assert_refused("a presigned request", got.err());
    assert_eq!(store.heads(), [""; 0]);
}

#[test]
fn a_redirect_does_not_lead_into_a_private_network() {
    let store = plain_store();
    for location in [format!("{}/x", store.url()), "/elsewhere".into()] {
        let location = format!("Location: {location}\r\n");
        let server = Server::start(move |visit| {
            visit.head();
            visit.answer(302, &location, "");
        });
        let client = with_token(server.url(), guarded());
        let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
        assert_refused(&location_of(&server), got.err());
        assert_eq!(server.heads().len(), 1);
    }
    assert_eq!(store.heads(), [""; 0]);
}

fn location_of(server: &Server) -> String {
    format!("the redirect of {}", server.url())
}

/// A name that stands for an address of this machine, other than localhost.
fn local_name() -> Option<String> {
    let names = std::fs::read_to_string("/etc/hosts").ok()?;
    let names = names
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split_whitespace().skip(1));
    let is_local = |name: &&str| {
        let found = (*name, 80).to_socket_addrs();
        !name.contains("localhost") && found.is_ok_and(|mut all| all.all(|a| a.is_ipv4()))
    };
    names.into_iter().find(is_local).map(str::to_owned)
}

/// What is looked at is the address that is connected to, also by an earlier call.
#[test]
fn a_name_does_not_lead_into_a_private_network_either() {
    let Some(name) = local_name() else {
        println!("no name but localhost stands for this machine: not tried");
        return;
    };
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let server = Server::listen(
        listener,
        |socket| Box::new(socket),
        |visit| {
            // Every connection is kept.
            loop {
                let (head, _) = visit.request();
                let (status, field) = match head {
                    head if head.is_empty() => return,
                    head if head.contains("/chatfiles/") => (302, "Location: /x\r\n"),
                    _ => (200, "X: y\r\n"),
                };
                let answer =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: 5\r\n{field}\r\nhello");
                let _ = visit.say(answer);
            }
        },
    );
    let address = format!("http://{name}:{}", server.address().port());
    let open = |options| with_token(address.clone(), options);
    let get = |client: &Client| {
        let got = client.download("5f", Sink::buffer(), DownloadOptions::default());
        got.err()
    };
    assert!(get(&open(single_attempt())).is_none());
    let before = server.heads().len();
    let client = open(guarded());
    // The redirect leads to the connection that is open.
    assert_refused("an open connection", get(&client));
    assert_refused("an open connection", get(&client));
    let heads = server.heads();
    assert!(
        heads[before..]
            .iter()
            .all(|head| head.contains("/chatfiles/")),
        "{heads:?}"
    );
    let message = netease_at(address.clone(), guarded());
    let got = message.download(&address, Sink::buffer(), DownloadOptions::default());
    assert_refused("a name", got.err());
    assert_eq!(server.heads().len(), before + 2);
}

/// A proxy to whom addresses are told has connected to that of the service, which may be any.
#[test]
fn what_a_proxy_has_connected_to_for_the_service_is_not_there_for_redirects() {
    let proxy = Server::start(|visit| {
        assert_eq!(visit.take_exact(), [5, 1, 0]);
        let _ = visit.say([5, 0]);
        assert_eq!(visit.take_exact(), [5, 1, 0, 1, 192, 0, 2, 7, 0, 80]);
        let _ = visit.say([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        loop {
            let answer = match visit.head() {
                head if head.is_empty() => break,
                head if head.contains("/chatfiles/") => {
                    "302 Found\r\nLocation: http://service.test/elsewhere\r\nContent-Length: 0\r\n\r\n"
                }
                _ => "200 OK\r\nContent-Length: 6\r\n\r\nsecret",
            };
            let _ = visit.say(format!("HTTP/1.1 {answer}"));
        }
    });
    let get = |options: ClientOptions| {
        let options = options
            .proxy(format!("socks5://{}", proxy.address()))
            .resolve("service.test:80:192.0.2.7");
        let client = with_token("http://service.test".into(), options);
        client.download("5f", Sink::buffer(), DownloadOptions::default())
    };
    assert_eq!(get(single_attempt()).unwrap().data.unwrap(), b"secret");
    let before = proxy.heads().len();
    assert_refused("a connection of the proxy", get(guarded()).err());
    let heads = &proxy.heads()[before..];
    assert!(
        heads.iter().all(|head| head.contains("/chatfiles/")),
        "{heads:?}"
    );
}
