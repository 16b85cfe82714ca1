//! What comes over connections, through the whole library and its real transport, over a
//! pair of sockets each.

use super::{SECRET, check_error, pieces, tells_secret};
use crate::client::{
    AbortUploadOptions, Client, ClientOptions, CompletePresignedOptions, DeleteOptions,
    DownloadOptions, InfoOptions, ListOptions, SAMPLES, UploadOptions,
};
use crate::presign::Presigned;
use crate::service::chat::MessageKind;
use crate::transfer::checkpoint::Leftover;
use crate::transfer::http::{Script, Trust};
use crate::{Error, Netease, Result, Sink, Source};
use std::time::Duration;

fn quick() -> ClientOptions {
    ClientOptions::default()
        .trust(Trust::System)
        .max_attempts(3)
        .retry_delay(Duration::ZERO)
        // Nothing is waited for, whatever is asked for.
        .retry_time(Duration::from_millis(100))
        .deadline(Duration::from_secs(1))
}

fn check<T>(result: Result<T>) -> Option<T> {
    result.map_err(|error: Error| check_error(&error)).ok()
}

/// Answers to the request of a file, byte for byte, a connection each.
pub fn http(data: &[u8]) {
    if tells_secret(data) {
        return;
    }
    let answers: Vec<Vec<u8>> = pieces(data).map(<[u8]>::to_vec).collect();
    let all: usize = answers.iter().map(Vec::len).sum();
    let script = Script::new(answers.clone());
    let client = script.during(|| Client::netease(Netease::new("key", SECRET), quick()));
    let Some(client) = check(client) else {
        return;
    };
    let file = client.download("http://h/x", Sink::buffer(), DownloadOptions::default());
    if let Some(download) = check(file) {
        let file = download.data.unwrap_or_default();
        assert!(file.len() as u64 == download.size && file.len() <= all);
        // What comes in one answer, as it is, is a piece of it.
        if let [answer] = &answers[..]
            && !file.is_empty()
            && !answer
                .to_ascii_lowercase()
                .windows(7)
                .any(|word| word == b"chunked")
        {
            assert!(answer.windows(file.len()).any(|part| part == file));
        }
    }
}

/// The options of a client, a line each, and what its proxy and its service then say.
pub fn options(data: &[u8]) {
    if tells_secret(data) {
        return;
    }
    let mut given = pieces(data);
    let Ok(text) = std::str::from_utf8(given.next().unwrap_or_default()) else {
        return;
    };
    let mut lines = text.split('\n');
    let mut next = || {
        lines
            .next()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
    };
    let mut options = quick();
    options.proxy = next();
    options.no_proxy = next();
    options.resolve = next();
    options.fallback_urls = next();
    options.user_agent = next();
    let mut account = Netease::new("key", SECRET);
    account.base_url = next();
    let referer = next();
    let file = next().unwrap_or_else(|| "http://h/x".into());
    // It looks names up, before anything is sent.
    let proxy = options.proxy.clone().unwrap_or_default();
    if proxy.to_ascii_lowercase().starts_with("socks5:") {
        options.proxy = None;
    }
    let script = Script::new(given.map(<[u8]>::to_vec));
    let client = script.during(|| Client::netease(account, options));
    if let Some(client) = check(client) {
        let options = DownloadOptions {
            referer,
            ..DownloadOptions::default()
        };
        check(client.download(&file, Sink::buffer(), options));
        check(client.upload(Source::bytes(b"0123"), UploadOptions::default()));
    }
}

/// A call of each kind at each service, and what is answered to it: a byte for the service,
/// one for the call, then the answers. One that does not begin with HTTP is a byte for the
/// status, then the body.
pub fn calls(data: &[u8]) {
    let Some((&[service, call], rest)) = data.split_first_chunk() else {
        return;
    };
    if tells_secret(rest) {
        return;
    }
    let mut given = pieces(rest);
    let said = match call % 16 {
        12.. => given.next().unwrap_or_default(),
        _ => b"",
    };
    let said = String::from_utf8_lossy(said).into_owned();
    let script = Script::new(given.map(answer));
    let open = SAMPLES[usize::from(service) % SAMPLES.len()];
    let Some(sample) = check(script.during(|| open("http://h", SECRET, quick()))) else {
        return;
    };
    let client = sample.client;
    let bytes = [b'x'; 3000];
    let source = || Source::bytes(&bytes);
    let in_parts = || plain().parallel_parts(1);
    let download = || DownloadOptions {
        service: sample.download.clone(),
        ..DownloadOptions::default()
    };
    match call % 16 {
        0 => drop(check(client.upload(source(), plain()))),
        1 => drop(check(client.upload(source(), in_parts().resumable(true)))),
        2 => {
            let options = plain().message(MessageKind::File);
            check(client.upload(Source::stream(&bytes[..]), options));
        }
        3 => drop(check(client.download(
            "http://h/f",
            Sink::buffer(),
            download(),
        ))),
        4 => drop(check(client.download("f", Sink::buffer(), download()))),
        5 => {
            let options = download().offset(3).length(5);
            check(client.download("http://h/f", Sink::buffer(), options));
        }
        6 => drop(check(client.delete("f", DeleteOptions::default()))),
        7 => drop(check(client.info("f", InfoOptions::default()))),
        8 => drop(check(client.exists("f", InfoOptions::default()))),
        9 => drop(check(client.list("", ListOptions::default()))),
        10 => drop(check(client.presign_upload(Some(3000), plain()))),
        11 => drop(check(client.presign_download("f", download()))),
        12 => drop(check(client.download(&said, Sink::buffer(), download()))),
        13 => drop(check(
            client.upload(source(), in_parts().resume_token(said)),
        )),
        14 => drop(check(client.abort_upload(
            Leftover::Token(said),
            AbortUploadOptions::default(),
        ))),
        _ => {
            let Some(presigned) = check(Presigned::from_json(&said)) else {
                return;
            };
            if presigned.is_upload() {
                check(client.send_presigned(&presigned, source(), UploadOptions::default()));
                check(client.complete_presigned(&presigned, CompletePresignedOptions::default()));
            } else {
                check(client.receive_presigned(&presigned, Sink::buffer(), download()));
            }
        }
    }
}

fn plain() -> UploadOptions<'static> {
    UploadOptions::default().file_name("a.pdf")
}

fn answer(given: &[u8]) -> Vec<u8> {
    if given.starts_with(b"HTTP") {
        return given.to_vec();
    }
    const STATUSES: [u16; 8] = [200, 201, 206, 302, 401, 403, 404, 503];
    let (status, body) = given.split_first().unwrap_or((&0, b""));
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nETag: \"0\"\r\nLocation: /y\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
