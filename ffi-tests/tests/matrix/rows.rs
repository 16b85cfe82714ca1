//! The rows of the matrix: what goes wrong, how, and what must come of it.

use chatfile_emulator::{Action, Canned, Entry, Timing};

use crate::case::Case;
use crate::servers::{self, Parrot};
use crate::verb::Verb::{self, *};
use crate::verb::{BODILESS, Cells, EMPTY, FIXED, GETS, KEPT, NEW, SMALL, STORAGE, all};

pub struct Row {
    pub name: &'static str,
    /// For the page: what happens, and what is to be said of the outcome.
    pub note: &'static str,
    /// A call that is over before has not waited.
    pub at_least_ms: u64,
    /// A call that takes longer hangs.
    pub at_most_s: u64,
    /// Also for the run under valgrind, in which time passes slowly.
    pub light: bool,
    /// The body is more than the buffers of the kernel hold.
    pub is_large: bool,
    pub cells: Cells,
    pub arrange: fn(&mut Case<'_, '_>),
}

const ROW: Row = Row {
    name: "",
    note: "",
    at_least_ms: 0,
    at_most_s: 10,
    light: true,
    is_large: false,
    cells: all(""),
    arrange: |_| {},
};

const NO_BODY: &str = "— (no body)";
const NO_JSON: &str = "— (no JSON)";
const SMALL_BODY: &str = "— (small body)";
const SIGNED_SIZE: &str = "— (signed size)";
const NO_ANSWER: &str = "— (empty answer)";
const NO_SUCH_ERROR: &str = "— (no such error)";
const BOUND: &str = "— (bound to the address)";
const NOT_STORAGE: &str = "— (not the storage)";
const NOT_SERVICE: &str = "— (not the service)";
/// The answer to an instant upload, which may have made the file, was lost: it is not asked for again, but the file is.
const FOUND: &str = "ok 1/1 +1 info";
const HUAWEI: &[Verb] = &[Send, Receive];
/// Those that are confirmed, which SMH does once and then says so.
const CONFIRMED: &[Verb] = &[SmhConfirm, SmhComplete];
/// Downloads of new services, whichever of their requests.
const NEW_FILES: &[Verb] = &[ImObject, ImGet, SmhDownload, SmhGet, SmhReceive];
/// The calls of OpenIM itself.
const OF_OPENIM: &[Verb] = &[
    ImToken, ImBegin, ImComplete, ImParts, ImFinish, ImObject, ImAllow, ImConfirm, ImAccess,
];
/// The old services, where a row is about the new ones.
const OLD: &[Verb] = &[
    Token, Upload, Download, Thumbnail, Multipart, Base64, Fetch, Delete, Send, Receive,
];

/// Those in whose answers the byte that is damaged is in no field that decides.
const UNNEEDED: &[Verb] = &[
    Upload,
    SmhConfirm,
    SmhInstant,
    SmhInfo,
    SmhList,
    SmhDelete,
    SmhComplete,
    SmhAddress,
];

/// Milliseconds without a byte after which a call gives up, where that is the matter.
pub const STALL_MS: u64 = 300;
/// Likewise for the answers that are slow but alive.
pub const TRICKLE_STALL_MS: u64 = 600;
/// How long those take, at least.
const TRICKLE_MS: u64 = 1000;

/// All of them, in the order of the page.
pub const ROWS: &[Row] = &[
    Row {
        name: "connection refused",
        note: "Nobody listens at the port.",
        cells: all("CONNECT 3/0").but(&[SmhAbort], BOUND),
        arrange: |case| {
            let (socket, address) = servers::closed();
            case.go_to(&format!("http://{address}"));
            case.keep(socket);
            case.is_final = true;
        },
        ..ROW
    },
    Row {
        name: "unknown host",
        note: "The name does not exist.",
        cells: all("RESOLVE 3/0").but(&[SmhAbort], BOUND),
        arrange: |case| {
            case.go_to("http://nowhere.invalid");
            case.is_final = true;
        },
        ..ROW
    },
    Row {
        name: "reset while sending, for ever",
        note: "The server resets the connection in the middle of the request's body. \
               Calls of Huawei, OpenIM and SMH go over the connection that the tokens came by; the loss of a kept \
               connection is no attempt, here and below.",
        cells: all("CONNECTION_LOST 3/3")
            .like(KEPT, "CONNECTION_LOST 3/4")
            .but(BODILESS, NO_BODY)
            .but(FIXED, SIGNED_SIZE)
            .but(&[Delete], "CONNECTION_LOST 1/1")
            .but(HUAWEI, "CONNECTION_LOST 3/4")
            .again(3)
            .asked()
            .but(&[SmhInstant], FOUND),
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            // Else a mebibyte may stand in buffers when the connection is lost, which is headway.
            case.open.set("upload_rate", 1024 * 1024);
            let after = if case.verb.is_upload() { 100_000 } else { 5 };
            case.always(Action::ResetReceiving { after });
        },
        ..ROW
    },
    Row {
        name: "reset while sending, once",
        note: "Likewise, the first time only.",
        cells: all("ok 2/2")
            .like(KEPT, "ok 1/2")
            .but(&[Token], "ok 2/2 +1 upload")
            .but(&[ImPart], "ok 1/4")
            .but(BODILESS, NO_BODY)
            .but(FIXED, SIGNED_SIZE)
            .but(&[Delete], "CONNECTION_LOST 1/1")
            .but(HUAWEI, "ok 1/2")
            .again(1)
            .but(&[SmhInstant], FOUND),
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            let after = if case.verb.is_upload() { 100_000 } else { 5 };
            case.once(Action::ResetReceiving { after });
        },
        ..ROW
    },
    Row {
        name: "reset before the answer, once",
        note: "The request has arrived, the connection is reset in place of the answer.",
        cells: all("ok 2/2")
            .like(KEPT, "ok 1/2")
            .but(&[Token], "ok 2/2 +1 upload")
            .but(&[Delete], "CONNECTION_LOST 1/1")
            .but(HUAWEI, "ok 1/2")
            .but(CONFIRMED, "ok 1/2 +1 info +1 state")
            .again(1)
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.once(Action::ResetBeforeAnswer { handle: true }),
        ..ROW
    },
    Row {
        name: "reset while receiving, for ever",
        note: "The server resets the connection in the middle of the answer's body; of a file nothing more comes later.",
        cells: all("TRUNCATED 3/3")
            .but(&[Delete], "TRUNCATED 1/1")
            .but(EMPTY, NO_ANSWER)
            .but(&[ImFinish], "ok 3/3 +1 initiate_multipart")
            .but(CONFIRMED, "ok 2/2 +1 info +1 state")
            .but(&[SmhDelete], "ok 2/2")
            .anew(2)
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            case.breaks_off(|after| Action::ResetBody { after });
        },
        ..ROW
    },
    Row {
        name: "reset while receiving, once",
        note: "Likewise, the first time only. A download goes on where it broke off.",
        cells: all("ok 2/2")
            .but(&[Token], "ok 2/2 +1 upload")
            .but(&[Delete], "TRUNCATED 1/1")
            .but(EMPTY, NO_ANSWER)
            .but(CONFIRMED, "ok 2/2 +1 info +1 state")
            .anew(1)
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            let after = case.within_answer();
            case.once(Action::ResetBody { after });
            if case.verb.is_get() {
                case.check = Some(goes_on);
            }
        },
        ..ROW
    },
    Row {
        name: "closed without an answer, once",
        note: "The request has arrived, the connection is closed in place of the answer.",
        cells: all("ok 2/2")
            .like(KEPT, "ok 1/2")
            .but(&[Token], "ok 2/2 +1 upload")
            .but(&[Delete], "CONNECTION_LOST 1/1")
            .but(HUAWEI, "ok 1/2")
            .but(CONFIRMED, "ok 1/2 +1 info +1 state")
            .again(1)
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.once(Action::CloseBeforeAnswer { handle: true }),
        ..ROW
    },
    Row {
        name: "dead kept connection",
        note: "The server closes a connection that was kept open just as it is used again: that costs no attempt.",
        cells: all("ok 1/2")
            .but(&[Delete], "ok 1/1")
            .but(&[Token, SmhToken], "— (first call)")
            .again(1)
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            case.warm_up();
            case.once(Action::CloseAtReuse { reset: false });
        },
        ..ROW
    },
    Row {
        name: "stall while sending",
        note: "The server stops reading in the middle of the body and keeps the connection open.",
        cells: all("STALLED 2/2")
            .but(BODILESS, NO_BODY)
            .but(SMALL, SMALL_BODY)
            .but(FIXED, SIGNED_SIZE)
            .again(1),
        at_least_ms: 2 * STALL_MS,
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            case.impatient(STALL_MS);
            case.always(Action::StallReceiving { after: 100_000 });
        },
        ..ROW
    },
    Row {
        name: "stall before the answer",
        note: "The request has arrived, the server says nothing.",
        cells: all("STALLED 2/2")
            .but(&[Delete], "STALLED 1/1")
            .but(&[ImFinish], "ok 2/2 +1 initiate_multipart")
            .but(CONFIRMED, "ok 2/2 +1 info +1 state")
            .again(1)
            .but(&[SmhInstant], FOUND),
        at_least_ms: STALL_MS,
        light: false,
        arrange: |case| {
            case.impatient(STALL_MS);
            case.always(Action::StallHead { after: 0 });
        },
        ..ROW
    },
    Row {
        name: "stall while receiving",
        note: "The server stops in the middle of the answer's body; of a file nothing more comes later.",
        cells: all("STALLED 2/2")
            .but(&[Delete], "STALLED 1/1")
            .but(EMPTY, NO_ANSWER)
            .but(&[ImFinish], "ok 2/2 +1 initiate_multipart")
            .but(&[SmhDelete], "ok 2/2")
            .but(CONFIRMED, "ok 2/2 +1 info +1 state")
            .anew(1)
            .but(&[SmhInstant], FOUND),
        at_least_ms: STALL_MS,
        light: false,
        arrange: |case| {
            case.impatient(STALL_MS);
            case.breaks_off(|after| Action::StallBody { after });
        },
        ..ROW
    },
    Row {
        name: "trickle",
        note: "The answer comes slowly, but comes: it takes longer than the stall time-out, and is waited for.",
        cells: all("ok 1/1")
            .but(&[Token], "ok 1/1 +1 upload")
            .but(EMPTY, NO_ANSWER),
        at_least_ms: TRICKLE_MS,
        at_most_s: 20,
        light: false,
        is_large: false,
        arrange: |case| {
            case.impatient(TRICKLE_STALL_MS);
            let bytes_per_second = case.bytes_per_second();
            case.always(Action::Trickle { bytes_per_second });
        },
    },
    Row {
        name: "truncated answer, for ever",
        note: "Fewer bytes come than were announced, then a clean close; of a file nothing more comes later.",
        cells: all("TRUNCATED 3/3")
            .but(&[Delete], "TRUNCATED 1/1")
            .but(EMPTY, NO_ANSWER)
            .but(&[ImFinish], "ok 3/3 +1 initiate_multipart")
            .but(CONFIRMED, "ok 2/2 +1 info +1 state")
            .but(&[SmhDelete], "ok 2/2")
            .anew(2)
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            case.breaks_off(|after| Action::TruncateBody { after });
        },
        ..ROW
    },
    Row {
        name: "truncated answer, once",
        note: "Likewise, the first time only. A download goes on where it broke off.",
        cells: all("ok 2/2")
            .but(&[Token], "ok 2/2 +1 upload")
            .but(&[Delete], "TRUNCATED 1/1")
            .but(EMPTY, NO_ANSWER)
            .but(CONFIRMED, "ok 2/2 +1 info +1 state")
            .anew(1)
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            let after = case.within_answer();
            case.once(Action::TruncateBody { after });
            if case.verb.is_get() {
                case.check = Some(goes_on);
            }
        },
        ..ROW
    },
    Row {
        name: "corrupt answer",
        note: "One byte is another. In JSON that is noticed where the field is one that decides; what nobody needs is not judged. A file with a changed byte cannot be told from the right one: \
               Easemob, NetEase and OpenIM state no checksum with it. TLS is what protects downloads from that. SMH \
               states a CRC-64, by which it is noticed without TLS, too. \
               Huawei's files come as base64 in JSON, in which the byte chosen here cannot stand.",
        cells: all("RESPONSE 1/1")
            .but(UNNEEDED, "ok 1/1")
            .but(&[ImFinish], "ok 1/1 +1 initiate_multipart")
            .but(GETS, "ok 1/1 (not noticed)")
            .but(EMPTY, NO_ANSWER)
            .but(&[ImGet], "ok 1/1 (not noticed)")
            .but(&[SmhGet], "INTEGRITY 3/3 +2 download")
            .but(&[SmhReceive], "INTEGRITY 3/3")
            .cancelled(),
        arrange: |case| {
            case.is_damaged = true;
            let at = case.within_answer();
            case.always(Action::CorruptBody { at });
        },
        ..ROW
    },
    Row {
        name: "401 once",
        note: "The token is refused: a new one is fetched, which is no attempt of its own. NetEase has no tokens. OpenIM and SMH \
               refuse a token in other words (see below), so that this is not taken for it.",
        cells: all("ok 1/2 +1 token")
            .but(&[Token, Multipart, Base64, Delete], "AUTH 1/1")
            .but(&[Fetch], "FORBIDDEN 1/1")
            .but(HUAWEI, "ok 1/2 +1 apply_token")
            .like(NEW, "AUTH 1/1")
            .cancelled(),
        arrange: |case| {
            case.with_credentials();
            case.warm_up();
            case.once(Action::json(401, "{}"));
        },
        ..ROW
    },
    Row {
        name: "401 once, early",
        note: "Likewise, while the body is still going out.",
        cells: all("ok 1/2 +1 token")
            .but(&[Multipart, Base64], "AUTH 1/1")
            .but(&[Send], "ok 1/2 +1 apply_token")
            .like(NEW, "AUTH 1/1")
            .but(BODILESS, NO_BODY)
            .but(SMALL, SMALL_BODY)
            .but(FIXED, SIGNED_SIZE)
            .cancelled(),
        light: false,
        is_large: true,
        arrange: |case| {
            case.with_credentials();
            case.warm_up();
            case.big();
            case.once(canned(401, Timing::EarlyClose));
        },
        ..ROW
    },
    Row {
        name: "401 for ever",
        note: "Nor is the new token taken.",
        cells: all("AUTH 1/2 +1 token")
            .but(&[Token, Multipart, Base64, Delete], "AUTH 1/1")
            .but(&[Fetch], "FORBIDDEN 1/1")
            .but(HUAWEI, "AUTH 1/2 +1 apply_token")
            .like(NEW, "AUTH 1/1")
            .cancelled(),
        arrange: |case| {
            case.with_credentials();
            case.warm_up();
            case.always(Action::json(401, "{}"));
        },
        ..ROW
    },
    Row {
        name: "403 once",
        note: "With this status Huawei refuses the AccessToken of its gateway.",
        cells: all("FORBIDDEN 1/1")
            .but(HUAWEI, "ok 1/2 +1 access_token")
            .but(&[SmhExists], "ok 1/1 +1 info")
            .cancelled(),
        arrange: |case| {
            case.with_credentials();
            case.warm_up();
            case.once(Action::json(403, "{}"));
        },
        ..ROW
    },
    Row {
        name: "429 once, Retry-After: 1",
        note: "The second that the service asks for is waited.",
        cells: PASSING.but(&[Delete], "RATE_LIMITED 1/1"),
        arrange: |case| {
            case.once(with_header(429, "Retry-After", "1"));
            case.waits();
        },
        ..ROW
    },
    Row {
        name: "429 once, Retry-After a date",
        note: "The date is a second later than that of the answer.",
        cells: PASSING.but(&[Delete], "RATE_LIMITED 1/1"),
        arrange: |case| {
            case.once(Action::Answer(Canned {
                status: 429,
                headers: vec![
                    ("Date".into(), "Sun, 06 Nov 1994 08:49:37 GMT".into()),
                    ("Retry-After".into(), "Sun, 06 Nov 1994 08:49:38 GMT".into()),
                ],
                ..Canned::default()
            }));
            case.waits();
        },
        ..ROW
    },
    Row {
        name: "429, Retry-After: 3600",
        note: "Longer than a call waits (60 s), so it fails at once.",
        cells: all("RATE_LIMITED 1/1").cancelled(),
        arrange: |case| case.always(with_header(429, "Retry-After", "3600")),
        ..ROW
    },
    Row {
        name: "429, Retry-After: 18446744073709551615",
        note: "As long as a number can say.",
        cells: all("RATE_LIMITED 1/1").cancelled(),
        arrange: |case| {
            case.always(with_header(429, "Retry-After", "18446744073709551615"));
            // Until then is how long NetEase's client keeps silent.
            case.is_final = true;
        },
        ..ROW
    },
    Row {
        name: "429 once, Retry-After unreadable",
        note: "Taken for none.",
        cells: PASSING.but(&[Delete], "RATE_LIMITED 1/1"),
        arrange: |case| case.once(with_header(429, "Retry-After", "-1 soon")),
        ..ROW
    },
    Row {
        name: "429 once, no Retry-After",
        note: "",
        cells: PASSING.but(&[Delete], "RATE_LIMITED 1/1"),
        arrange: |case| case.once(Action::json(429, "{}")),
        ..ROW
    },
    Row {
        name: "429 for ever",
        note: "",
        cells: all("RATE_LIMITED 3/3")
            .but(&[Delete], "RATE_LIMITED 1/1")
            .again(2)
            .cancelled(),
        arrange: |case| case.always(Action::json(429, "{}")),
        ..ROW
    },
    Row {
        name: "flow control in the service's own words, once",
        note: "Easemob: 429 `reach_limit`. NetEase: 416 in the body, after which it wants ten seconds of silence; \
               no call of a client is made in them. Of delete tasks it takes five a day, so that waiting is no use. \
               OpenIM: 429; SMH: `RateLimitExceeded`; their storages: 503 `SlowDown`.",
        cells: PASSING
            .but(&[Token], NO_SUCH_ERROR)
            .but(&[Fetch, Send, Receive], NO_SUCH_ERROR)
            .but(&[Delete], "RATE_LIMITED 1/1"),
        at_most_s: 30,
        light: false,
        arrange: |case| {
            let name = match case.verb.service() {
                "easemob" => "reach_limit",
                "netease" => "416",
                _ if STORAGE.contains(&case.verb) => "SlowDown",
                "openim" => "429",
                _ => "RateLimitExceeded",
            };
            case.once(error(name));
        },
        ..ROW
    },
    Row {
        name: "500 once",
        note: "Huawei answers 500 where a tenant cannot do something, which no other try changes.",
        cells: PASSING
            .but(&[Delete], "UNAVAILABLE 1/1")
            .but(HUAWEI, "SERVICE 1/1")
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.once(Action::json(500, "{}")),
        ..ROW
    },
    Row {
        name: "500 for ever",
        note: "",
        cells: all("UNAVAILABLE 3/3")
            .but(&[Delete], "UNAVAILABLE 1/1")
            .but(HUAWEI, "SERVICE 1/1")
            .again(2)
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.always(Action::json(500, "{}")),
        ..ROW
    },
    Row {
        name: "502 once",
        note: "",
        cells: PASSING
            .but(&[Delete], "UNAVAILABLE 1/1")
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.once(html(502)),
        ..ROW
    },
    Row {
        name: "502 for ever",
        note: "",
        cells: all("UNAVAILABLE 3/3")
            .but(&[Delete], "UNAVAILABLE 1/1")
            .again(2)
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.always(html(502)),
        ..ROW
    },
    Row {
        name: "503 once",
        note: "",
        cells: PASSING
            .but(&[Delete], "UNAVAILABLE 1/1")
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.once(html(503)),
        ..ROW
    },
    Row {
        name: "503 for ever",
        note: "A delete task that a gateway refuses may have been taken by the service, and each counts \
               against five a day: it is not sent again.",
        cells: all("UNAVAILABLE 3/3")
            .but(&[Delete], "UNAVAILABLE 1/1")
            .again(2)
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        arrange: |case| case.always(html(503)),
        ..ROW
    },
    Row {
        name: "413 early, closing",
        note: "The answer comes before the body is read; then the connection is closed, which resets it.",
        cells: TOO_LARGE,
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            case.always(canned(413, Timing::EarlyClose));
        },
        ..ROW
    },
    Row {
        name: "413 early, keeping open",
        note: "Likewise, but the connection stays open and nothing more is read.",
        cells: TOO_LARGE,
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            case.always(canned(413, Timing::EarlyKeepOpen));
        },
        ..ROW
    },
    Row {
        name: "413 early, draining",
        note: "Likewise, but the rest of the body is read and thrown away.",
        cells: TOO_LARGE,
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            case.always(canned(413, Timing::EarlyDrain));
        },
        ..ROW
    },
    Row {
        name: "redirect to another host",
        note: "Downloads follow; neither token nor share secret goes along. A POST is not sent elsewhere.",
        cells: all("REDIRECT 1/1")
            .but(GETS, "ok 1/2")
            .but(&[ImObject, ImGet, SmhReceive], "ok 1/1 +1 download")
            .but(&[SmhDownload], "ok 2/3 +1 info")
            .but(&[SmhGet], "ok 2/2 +2 download +1 info"),
        arrange: |case| {
            let location = case.elsewhere();
            case.once(redirect(&location));
            // SMH's CRC-64 tells that it is another file, which is then asked for again.
            case.is_damaged = !matches!(case.verb, SmhDownload | SmhGet);
            if case.verb.is_easemob() && case.verb.is_download() {
                case.call.set("easemob", 1);
                case.call.set("share_secret", "the-share-secret");
            }
            case.check = Some(secrets_stayed);
        },
        ..ROW
    },
    Row {
        name: "redirect loop",
        note: "Ten redirects are followed.",
        cells: all("REDIRECT 1/1")
            .but(GETS, "REDIRECT 1/11")
            .but(&[ImObject, SmhDownload, SmhReceive], "REDIRECT 1/11")
            .but(&[ImGet, SmhGet], "REDIRECT 1/10"),
        arrange: |case| {
            let location = case.itself();
            case.always(redirect(&location));
        },
        ..ROW
    },
    Row {
        name: "redirect from https to http",
        note: "",
        cells: all("REDIRECT 1/1")
            .but(&[SmhAbort], BOUND)
            // Whose redirects are followed.
            .but(GETS, "BLOCKED_ADDRESS 1/1")
            .but(NEW_FILES, "BLOCKED_ADDRESS 1/1"),
        arrange: |case| {
            let location = case.itself();
            assert!(location.starts_with("http://"));
            case.trust();
            case.go_to_tls("127.0.0.1");
            case.once(redirect(&location));
            case.check = Some(all_over_tls);
        },
        ..ROW
    },
    Row {
        name: "HTML instead of JSON",
        note: "As captive portals answer. A file may be a page of HTML, so that a download cannot tell, unless it is one \
               of OpenIM's or SMH's, whose storages name its version; TLS protects from portals. What takes a file of \
               OpenIM or SMH is known by its ETag, or by what it is not.",
        cells: all("RESPONSE 1/1")
            .but(GETS, "ok 1/1 (not noticed)")
            .but(&[ImObject, ImGet, SmhReceive], "RESPONSE 1/1")
            .but(&[ImForm], "RESPONSE 3/3 +2 initiate_form")
            .but(&[ImPart, ImSend, SmhSend], "RESPONSE 3/3")
            .but(&[SmhPut], "RESPONSE 3/3 +1 cancel")
            .but(&[SmhPart], "RESPONSE 3/3 +1 cancel")
            .but(&[SmhDownload, SmhGet], "RESPONSE 1/1")
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            case.is_damaged = true;
            case.always(html(200));
        },
        ..ROW
    },
    Row {
        name: "empty body",
        note: "200 with `Content-Length: 0`. A file may be empty, so that a download cannot tell.",
        cells: all("RESPONSE 1/1")
            .but(GETS, "ok 1/1 (not noticed)")
            .but(EMPTY, NO_ANSWER)
            .but(&[ImFinish], "ok 1/1 +1 initiate_multipart")
            .but(CONFIRMED, "ok 1/1 +1 info +1 state")
            .but(&[ImGet], "ok 1/1 (not noticed)")
            .but(&[SmhGet], "INTEGRITY 3/3 +2 download")
            .but(&[SmhReceive], "INTEGRITY 3/3")
            .cancelled()
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            case.is_damaged = true;
            case.always(Action::EmptyBody);
        },
        ..ROW
    },
    Row {
        name: "200 MB of JSON",
        note: "Reading stops at 3 MiB; the memory of the process is measured. A file may be JSON.",
        cells: all("RESPONSE 1/1")
            .but(GETS, NO_JSON)
            .but(NEW_FILES, NO_JSON)
            .but(&[SmhExists], NO_ANSWER)
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        light: false,
        arrange: |case| {
            case.always(Action::BigJson {
                bytes: 200_000_000,
                chunked: false,
            });
        },
        ..ROW
    },
    Row {
        name: "200 MB of JSON, length not announced",
        note: "",
        cells: all("RESPONSE 1/1")
            .but(GETS, NO_JSON)
            .but(NEW_FILES, NO_JSON)
            .but(&[SmhExists], NO_ANSWER)
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        light: false,
        arrange: |case| {
            case.always(Action::BigJson {
                bytes: 200_000_000,
                chunked: true,
            });
        },
        ..ROW
    },
    Row {
        name: "wrong types in JSON",
        note: "Numbers for texts, an object for a list.",
        cells: all("RESPONSE 1/1")
            .but(GETS, NO_JSON)
            .but(NEW_FILES, NO_JSON)
            .but(EMPTY, NO_JSON)
            .asked()
            .cancelled()
            .but(&[SmhInstant], FOUND),
        arrange: |case| {
            let body = match case.verb {
                Token => r#"{"access_token":5,"expires_in":"soon"}"#,
                Upload => r#"{"uri":1,"entities":{"uuid":2,"type":3}}"#,
                Send => r#"{"resultCode":"0","code":"0","objectKey":{"a":1}}"#,
                Receive => r#"{"resultCode":"0","fileStream":5,"fileUrl":[]}"#,
                Delete => r#"{"code":200,"data":{"taskid":5}}"#,
                verb if verb.is_openim() => {
                    r#"{"errCode":"0","errMsg":[],"data":{"id":{},"url":5,"token":7,"upload":[],"size":"big"}}"#
                }
                SmhDelete => "[]",
                verb if verb.is_smh() => {
                    r#"{"accessToken":5,"confirmKey":[],"domain":{},"path":5,"crc64":[],"contents":{},"size":[]}"#
                }
                _ => r#"{"code":"200","url":["http://h/x"]}"#,
            };
            case.always(Action::json(200, body));
        },
        ..ROW
    },
    Row {
        name: "untrusted certificate",
        note: "Signed by an authority that the client does not know.",
        cells: all("TLS 1/0").but(&[SmhAbort], BOUND),
        arrange: |case| {
            case.go_to_tls("127.0.0.1");
            case.is_final = true;
        },
        ..ROW
    },
    Row {
        name: "certificate of another name",
        note: "Signed by a trusted authority.",
        cells: all("TLS 1/0").but(&[SmhAbort], BOUND),
        arrange: |case| {
            case.trust();
            case.go_to_tls("other-name.test");
            case.is_final = true;
        },
        ..ROW
    },
    Row {
        name: "proxy not there",
        note: "Nobody listens at the proxy's port.",
        cells: all("CONNECT 3/0"),
        arrange: |case| {
            let (socket, address) = servers::closed();
            case.open.set("proxy", format!("http://{address}"));
            case.keep(socket);
            case.is_final = true;
        },
        ..ROW
    },
    Row {
        name: "proxy refuses CONNECT",
        note: "The proxy answers 403. What it answers to a plain http request cannot be told from what the service does.",
        cells: all("PROXY 1/0").but(&[SmhAbort], BOUND),
        arrange: |case| {
            through(case, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            case.trust();
            case.go_to_tls("127.0.0.1");
        },
        ..ROW
    },
    Row {
        name: "proxy wants a password for CONNECT",
        note: "The proxy answers 407.",
        cells: all("PROXY 1/0").but(&[SmhAbort], BOUND),
        arrange: |case| {
            through(case, LOGIN);
            case.trust();
            case.go_to_tls("127.0.0.1");
        },
        ..ROW
    },
    Row {
        name: "proxy wants a password, plain http",
        note: "Likewise, to a request without TLS.",
        cells: all("PROXY 1/0"),
        arrange: |case| through(case, LOGIN),
        ..ROW
    },
    Row {
        name: "the storage finds the credentials expired, once",
        note: "403 \"Request has expired\" of OpenIM's and SMH's storages: an upload gets other credentials, a download \
               another address. What is presigned has none to get. A form of \
               OpenIM that was just made cannot have expired: clocks are wrong.",
        cells: all("ok 2/2")
            .but(OLD, NOT_STORAGE)
            .but(NOT_STORED, NOT_STORAGE)
            .but(&[ImForm], "EXPIRED 1/1")
            .but(&[ImPart], "ok 1/2 +1 auth_sign")
            .but(&[ImSend], "EXPIRED 1/1")
            .but(&[SmhPut], "ok 1/2 +1 begin_simple +1 cancel")
            .but(&[SmhPart], "ok 1/2 +1 renew")
            .but(&[SmhSend, SmhReceive], "EXPIRED 1/1")
            .anew(1),
        arrange: |case| case.once(xml(403, "AccessDenied", "Request has expired")),
        ..ROW
    },
    Row {
        name: "the storage finds the credentials expired, for ever",
        note: "What was just handed out and is refused as old, twice, is a matter of clocks: a third would be, too.",
        cells: all("FORBIDDEN 3/3")
            .but(OLD, NOT_STORAGE)
            .but(NOT_STORED, NOT_STORAGE)
            .like(&[ImGet], "EXPIRED 3/3")
            .but(&[ImForm], "EXPIRED 1/1")
            .but(&[ImPart], "EXPIRED 1/2 +1 auth_sign")
            .but(&[ImSend], "EXPIRED 1/1")
            .but(&[SmhPut], "FORBIDDEN 1/2 +1 begin_simple +2 cancel")
            .but(&[SmhPart], "FORBIDDEN 1/2 +1 cancel +1 renew")
            .but(&[SmhSend, SmhReceive], "EXPIRED 1/1")
            .anew(2),
        arrange: |case| case.always(xml(403, "AccessDenied", "Request has expired")),
        ..ROW
    },
    Row {
        name: "the storage is out of order, once",
        note: "500 `InternalError`, in XML.",
        cells: all("ok 2/2")
            .but(OLD, NOT_STORAGE)
            .but(NOT_STORED, NOT_STORAGE)
            .again(1),
        arrange: |case| {
            case.once(xml(
                500,
                "InternalError",
                "We encountered an internal error",
            ))
        },
        ..ROW
    },
    Row {
        name: "the storage does not know the upload",
        note: "404 `NoSuchUpload`: it was given up, or is over.",
        cells: all(NOT_STORAGE)
            .but(&[ImPart], "NOT_FOUND 1/1")
            .but(&[SmhPart], "NOT_FOUND 1/1 +1 cancel"),
        arrange: |case| case.always(xml(404, "NoSuchUpload", "The upload does not exist")),
        ..ROW
    },
    Row {
        name: "the storage refuses early",
        note: "403 `SignatureDoesNotMatch` before the body is read; then the connection is closed.",
        cells: all(NOT_STORAGE)
            .like(&[ImForm, ImPart, SmhPut, SmhPart], "FORBIDDEN 1/1")
            .cancelled(),
        light: false,
        is_large: true,
        arrange: |case| {
            case.big();
            let mut answer = refusal_of_storage(403, "SignatureDoesNotMatch", "No match");
            answer.timing = Timing::EarlyClose;
            case.always(Action::Answer(answer));
        },
        ..ROW
    },
    Row {
        name: "the token is refused in the service's own words, once",
        note: "OpenIM: 1501 under HTTP 200. SMH: 403 `InvalidAccessToken`. A new one is fetched, which is no attempt of \
               its own.",
        cells: all("ok 1/2 +1 token")
            .like(OF_OPENIM, "ok 1/2 +1 user_token")
            .but(OLD, "— (see 401)")
            .but(STORAGE, NOT_SERVICE)
            .but(&[ImObject], NO_SUCH_ERROR)
            .but(&[ImToken], "ok 1/2 +1 admin_token")
            .but(&[SmhToken], "AUTH 1/1")
            .but(&[SmhExists], "ok 1/1 +1 info"),
        arrange: |case| {
            case.warm_up();
            case.once(error(case.word("1501", "InvalidAccessToken")));
        },
        ..ROW
    },
    Row {
        name: "the token is refused in the service's own words, for ever",
        note: "Nor is the new token taken.",
        cells: all("AUTH 1/2 +1 token")
            .like(OF_OPENIM, "AUTH 1/2 +1 user_token")
            .but(OLD, "— (see 401)")
            .but(STORAGE, NOT_SERVICE)
            .but(&[ImObject], NO_SUCH_ERROR)
            .but(&[ImToken], "AUTH 1/2 +1 admin_token")
            .but(&[SmhConfirm], "AUTH 1/2 +1 cancel +2 token")
            .but(&[SmhToken], "AUTH 1/1")
            .but(&[SmhExists], "ok 1/1 +1 info"),
        arrange: |case| {
            case.warm_up();
            case.always(error(case.word("1501", "InvalidAccessToken")));
        },
        ..ROW
    },
    Row {
        name: "it is not permitted",
        note: "OpenIM: 1002. SMH: 403 `NoPermission`.",
        cells: all("FORBIDDEN 1/1")
            .but(OLD, "— (see 403)")
            .but(STORAGE, NOT_SERVICE)
            .but(&[ImObject], NO_SUCH_ERROR)
            .but(&[ImToken], "AUTH 1/1")
            .but(&[SmhExists], "ok 1/1 +1 info")
            .cancelled(),
        arrange: |case| case.once(error(case.word("1002", "NoPermission"))),
        ..ROW
    },
    Row {
        name: "there is no such file",
        note: "OpenIM: 1004. SMH: 404 `FileNotFound`. Whether a file exists is then known, by another question.",
        cells: all("NOT_FOUND 1/1")
            .but(OLD, "— (not of theirs)")
            .but(STORAGE, NOT_SERVICE)
            .but(&[ImObject], NO_SUCH_ERROR)
            .but(&[ImToken], "AUTH 1/1")
            .but(&[SmhExists], "ok 1/1 +1 info")
            .cancelled(),
        arrange: |case| case.once(error(case.word("1004", "FileNotFound"))),
        ..ROW
    },
    Row {
        name: "there is no more room",
        note: "SMH: 400 `QuotaLimitReached`.",
        cells: all(NO_SUCH_ERROR)
            .like(
                &[
                    SmhBegin,
                    SmhParts,
                    SmhInstant,
                    SmhAllow,
                    SmhConfirm,
                    SmhComplete,
                ],
                "TOO_LARGE 1/1",
            )
            .cancelled(),
        arrange: |case| case.once(error("QuotaLimitReached")),
        ..ROW
    },
];

/// What passes and is then well.
const PASSING: Cells = all("ok 2/2").but(&[Token], "ok 2/2 +1 upload").again(1);

const TOO_LARGE: Cells = all("TOO_LARGE 1/1")
    .but(BODILESS, NO_BODY)
    .but(SMALL, SMALL_BODY)
    .but(FIXED, SIGNED_SIZE)
    .cancelled();

const LOGIN: &str = "HTTP/1.1 407 Proxy Authentication Required\r\n\
    Proxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn canned(status: u16, timing: Timing) -> Action {
    Action::Answer(Canned {
        status,
        body: "{}".into(),
        timing,
        ..Canned::default()
    })
}

/// Of the new requests, those that go to the services.
const NOT_STORED: &[Verb] = &[
    ImToken,
    ImBegin,
    ImComplete,
    ImParts,
    ImFinish,
    ImObject,
    ImAllow,
    ImConfirm,
    ImAccess,
    SmhToken,
    SmhBegin,
    SmhConfirm,
    SmhParts,
    SmhInstant,
    SmhDownload,
    SmhInfo,
    SmhExists,
    SmhList,
    SmhDelete,
    SmhAbort,
    SmhAllow,
    SmhComplete,
    SmhAddress,
];

/// One of the documented errors of a service.
fn error(name: &str) -> Action {
    Action::ServiceError {
        name: name.into(),
        timing: Timing::default(),
    }
}

/// What a storage says to what it does not take.
fn xml(status: u16, code: &str, message: &str) -> Action {
    Action::Answer(refusal_of_storage(status, code, message))
}

fn refusal_of_storage(status: u16, code: &str, message: &str) -> Canned {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>5D1C</RequestId></Error>"
    );
    Canned {
        status,
        content_type: Some("application/xml".into()),
        body,
        ..Canned::default()
    }
}

fn html(status: u16) -> Action {
    Action::Answer(Canned {
        status,
        content_type: Some("text/html".into()),
        body: "<!DOCTYPE html><title>Sign in</title><p>Welcome to the hotel.".into(),
        ..Canned::default()
    })
}

fn with_header(status: u16, name: &str, value: &str) -> Action {
    Action::Answer(Canned {
        status,
        headers: vec![(name.into(), value.into())],
        body: "{}".into(),
        ..Canned::default()
    })
}

fn redirect(location: &str) -> Action {
    Action::Redirect {
        status: 302,
        location: location.into(),
        timing: Timing::default(),
    }
}

/// Goes through a proxy that always says the same.
fn through(case: &mut Case<'_, '_>, answer: &'static str) {
    let proxy = Parrot::start(answer);
    case.open
        .set("proxy", format!("http://{}", proxy.address()));
    case.keep(proxy);
    case.is_final = true;
}

/// The second request for the file asks for the rest only.
fn goes_on(journal: &[Entry]) {
    let files = ["download", "storage_get", "get"];
    let ranges: Vec<_> = journal
        .iter()
        // Not those that are sent on.
        .filter(|entry| files.contains(&entry.verb.as_str()) && entry.status != Some(302))
        .map(|entry| entry.header("range"))
        .collect();
    assert!(
        ranges.len() == 2 && ranges[0].is_none() && ranges[1].is_some(),
        "{ranges:?}"
    );
}

fn secrets_stayed(journal: &[Entry]) {
    for entry in journal {
        let host = entry.header("host").unwrap_or_default();
        for name in [
            "authorization",
            "share-secret",
            "checksum",
            "nonce",
            "appkey",
        ] {
            let follows = host.starts_with("localhost") && entry.header(name).is_some();
            assert!(!follows, "{name} went along: {entry:?}");
        }
    }
}

fn all_over_tls(journal: &[Entry]) {
    assert!(journal.iter().all(|entry| entry.tls), "{journal:?}");
}
