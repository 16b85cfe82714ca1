//! Redirects of downloads: what is secret stays with the host that it was meant for.

use chatfile_emulator::{Action, Canned, Config, Emulator, Rule};

use super::cases;
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::world::{World, content, download, download_to, upload};

cases![
    to_the_same_host,
    to_another_host_without_secrets,
    of_a_netease_address,
    relative_ones,
    in_a_circle,
    without_a_destination,
    to_other_schemes,
    of_an_upload_are_not_followed,
    from_https_to_http_if_that_is_allowed: |config| {
        config.tls = Some(([127, 0, 0, 1], 0).into());
    },
    into_a_private_network_if_the_caller_says_so,
];

fn redirect(status: u16, location: &str) -> Rule {
    Rule::new(Action::Redirect {
        status,
        location: location.to_owned(),
        timing: chatfile_emulator::Timing::default(),
    })
}

fn to_the_same_host(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(500).with("easemob", 1).with("restrict_access", 1);
    let stored = world.ok(line.clone());
    let secret = stored.get("share_secret").unwrap();
    for status in [301, 302, 303, 307, 308] {
        world.control.clear_journal();
        let rule = redirect(status, stored.get("url").unwrap());
        world.fault(rule.verb("download").times(1));
        let line = download(stored.get("file").unwrap())
            .with("easemob", 1)
            .with("share_secret", secret);
        let answer = world.ok(line);
        assert_eq!(answer.number("attempts"), 1);
        assert_eq!(answer.number("size"), 500);
        let requests = world.requests("download");
        assert_eq!(requests.len(), 2);
        for request in requests {
            assert!(request.header("authorization").is_some());
            assert_eq!(request.header("share-secret"), Some(secret));
            assert_eq!(request.method, "GET");
        }
    }
}

/// Where redirects lead: a file of an emulator of its own.
fn elsewhere(world: &mut World<'_>) -> (Emulator, String, Vec<u8>) {
    let emulator = Emulator::start(Config::default()).unwrap();
    let line = world
        .netease()
        .with("client", 1)
        .with("base_url", format!("{}/nimserver", emulator.base_url()));
    world.ok(line);
    let line = upload(700).with("client", 1);
    let stored = world.ok(line.clone());
    emulator.control().clear_journal();
    (
        emulator,
        stored.get("url").unwrap().to_owned(),
        content(&line),
    )
}

fn to_another_host_without_secrets(world: &mut World<'_>) {
    let (emulator, url, content) = elsewhere(world);
    world.open_easemob();
    world.fault(redirect(302, &url).verb("download"));
    let target = world.path("target");
    let line = download_to("0-1", &target)
        .with("easemob", 1)
        .with("share_secret", "the-share-secret")
        .with("progress", 1);
    world.ok(line);
    assert_eq!(std::fs::read(&target).unwrap(), content);
    let journal = emulator.control().journal();
    assert_eq!(journal.len(), 1);
    assert_eq!(journal[0].header("authorization"), None);
    assert_eq!(journal[0].header("share-secret"), None);
    let told = format!("{:?}", journal[0]);
    let requests = world.requests("download");
    let token = requests[0].header("authorization").unwrap();
    let token = token.trim_start_matches("Bearer ");
    assert!(
        !told.contains("the-share-secret") && !told.contains(token),
        "{told}"
    );
    // What is not secret goes along.
    assert!(journal[0].header("user-agent").is_some());
    let own = &requests[0];
    assert_eq!(own.header("share-secret"), Some("the-share-secret"));
}

fn of_a_netease_address(world: &mut World<'_>) {
    let (_emulator, url, content) = elsewhere(world);
    world.open_netease();
    let stored = world.ok(upload(1));
    world.fault(redirect(307, &url).verb("download"));
    world.holds(stored.get("url").unwrap(), &content);
}

fn relative_ones(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(500);
    let stored = world.ok(line.clone());
    let file = stored.get("file").unwrap();
    let authority = world.emulator.base_url().replace("http:", "");
    for location in [
        file.to_owned(),
        format!("/easemob-demo/testapp/chatfiles/{file}"),
        format!("{authority}/easemob-demo/testapp/chatfiles/{file}"),
        format!("{file}?thumbnail=false#part"),
        "?again=1".to_owned(),
    ] {
        world.fault(redirect(302, &location).verb("download").times(1));
        world.holds(file, &content(&line));
    }
}

fn in_a_circle(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(1));
    world.fault(redirect(302, stored.get("url").unwrap()).verb("download"));
    let line = download_to(stored.get("file").unwrap(), &world.path("target"));
    let answer = world.fails(line.with("progress", 1), "REDIRECT");
    assert_eq!(answer.number("attempts"), 1);
    assert_eq!(answer.number("retryable"), 0);
    let requests = world.requests("download").len();
    assert!((3..=21).contains(&requests), "{requests} requests");
}

fn without_a_destination(world: &mut World<'_>) {
    world.open_easemob();
    world.fault(
        Rule::new(Action::Answer(Canned {
            status: 302,
            ..Canned::default()
        }))
        .verb("download"),
    );
    let answer = world.fails(download("0-1"), "REDIRECT");
    assert_eq!(answer.number("http_status"), 302);
    assert_eq!(answer.number("attempts"), 1);
    world.count("download", 1);
}

fn to_other_schemes(world: &mut World<'_>) {
    world.open_easemob();
    for location in [
        "file:///etc/passwd",
        "ftp://h/x",
        "javascript:1",
        "http:///x",
        "https://",
        "http://h:0/x",
        "http://h:65536/x",
        "http://[::1/x",
        "http://u@h/x",
    ] {
        world.control.clear_faults();
        world.fault(redirect(302, location).verb("download"));
        let answer = world.fails(download("0-1"), "REDIRECT");
        assert_eq!(answer.get("field"), None, "{answer}");
        let shown = location.replace("u@", "");
        assert!(answer.get("message").unwrap().contains(&shown), "{answer}");
    }
}

fn from_https_to_http_if_that_is_allowed(world: &mut World<'_>) {
    let certificate = world.emulator.ca_path().unwrap().display().to_string();
    let line = world
        .easemob()
        .with("base_url", world.emulator.tls_base_url().unwrap())
        .with("ca_certificates_path", certificate);
    world.ok(line.clone().with("allow_plain_http", 1));
    let sent = upload(10);
    let stored = world.ok(sent.clone());
    let file = stored.get("file").unwrap();
    let (_emulator, url, content) = elsewhere(world);
    world.fault(redirect(302, &url).verb("download"));
    world.holds(file, &content);
    world.ok(line);
    let answer = world.fails(download(file), "BLOCKED_ADDRESS");
    assert_eq!(answer.get("field"), Some("allow_plain_http"), "{answer}");
}

fn into_a_private_network_if_the_caller_says_so(world: &mut World<'_>) {
    let (emulator, url, content) = elsewhere(world);
    world.open_netease();
    world.holds(&url, &content);
    emulator.control().clear_journal();
    // The service itself may be there.
    world.open_netease_with("refuse_private_addresses", 1);
    world.ok(upload(10));
    let answer = world.fails(download(&url), "BLOCKED_ADDRESS");
    let option = Some("refuse_private_addresses");
    assert_eq!(answer.get("field"), option, "{answer}");
    assert_eq!(answer.number("retryable"), 0, "{answer}");
    world.open_easemob_with("refuse_private_addresses", 1);
    world.fault(redirect(302, &url).verb("download"));
    let answer = world.fails(download("0-1"), "BLOCKED_ADDRESS");
    assert_eq!(answer.get("field"), option, "{answer}");
    assert!(emulator.control().journal().is_empty());
}

fn of_an_upload_are_not_followed(world: &mut World<'_>) {
    let server = RawServer::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    world.fault(redirect(307, &server.base_url()));
    world.open_netease();
    for line in [
        upload(10),
        Line::new("upload")
            .with("source", "buffer")
            .with("size", 5)
            .with("netease", 1)
            .with("method", 1),
    ] {
        let answer = world.fails(line, "REDIRECT");
        assert_eq!(answer.number("http_status"), 307);
    }
    assert!(server.requests().is_empty());
}
