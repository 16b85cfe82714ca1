//! Interim answers (1xx) that nobody asked for, before, while and after the body
//! is sent.

use super::certificate;
use super::kit::{STORED, must_end, single_attempt, with_token};
use super::server::{Server, Visit, field};
use chatfile::{ClientOptions, Source, UploadOptions};

const LENGTH: usize = 8_000_000;

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";
const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";

/// Which interim answers come before, in the middle of and behind the body.
type Interim = [&'static [&'static str]; 3];

const CASES: &[Interim] = &[
    [&[CONTINUE], &[], &[]],
    [&[PROCESSING], &[PROCESSING, PROCESSING], &[PROCESSING]],
    [&[HINTS], &[HINTS], &[]],
    [
        &[CONTINUE, PROCESSING, HINTS],
        &[HINTS, PROCESSING],
        &[HINTS],
    ],
    [&[], &[CONTINUE], &[]],
    [&[], &[], &[CONTINUE]],
];

fn serve(interim: Interim) -> impl Fn(&mut Visit) {
    move |visit| {
        let head = visit.head();
        let length: u64 = field(&head, "content-length").unwrap().parse().unwrap();
        let [before, amid, behind] = interim.map(|answers| answers.concat());
        visit.say(before).unwrap();
        let half = visit.take(length / 2);
        visit.say(amid).unwrap();
        // A client that takes an interim answer for the end sends no more.
        if half + visit.take(length - half) == length {
            visit.say(behind).unwrap();
            visit.answer(200, "", STORED);
        }
    }
}

fn upload(name: &str, interim: Interim, url: String, options: ClientOptions) {
    let result = must_end(move || {
        let client = with_token(url, options);
        client.upload(Source::bytes(&vec![1; LENGTH]), UploadOptions::default())
    });
    match result {
        Ok(stored) => assert_eq!(stored.file, "abc"),
        Err(e) => panic!("{name} {interim:?}: {:?} {e}", e.status()),
    }
}

#[test]
fn they_do_no_harm_to_a_plain_upload() {
    for interim in CASES {
        let server = Server::start(serve(*interim));
        upload("plain", *interim, server.url(), single_attempt());
        assert_eq!(server.heads().len(), 1);
    }
}

#[test]
fn they_do_no_harm_under_tls() {
    for interim in CASES {
        let server = Server::start_tls(serve(*interim));
        let options = single_attempt().ca_certificates(certificate::PEM);
        upload("TLS", *interim, server.tls_url(), options);
        assert_eq!(server.heads().len(), 1);
    }
}
