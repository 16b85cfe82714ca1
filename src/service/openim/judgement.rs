//! What an OpenIM server means by a code, and by the words beside it (openim.md
//! §2.3, §2.9).

use crate::error::{Remedy, Status};
use crate::service::{Code, Judgement, NEW_TOKEN, known};

/// What was asked of the server: some codes mean another thing for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApiCall {
    AdminToken,
    UserToken,
    Upload,
    /// That the file of a form be known.
    Form(FormKey),
    File,
}

/// Under what key the storage has the file of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormKey {
    /// One of this upload alone.
    Own,
    /// The name itself, which can be an older file's.
    Absolute,
    /// That of a form that somebody else has sent.
    Presigned,
}

const WAIT: &str = "wait a little and try again; the server's log says more";
const AWAY: &str = "a process of the server is away or slow: wait a little and try again";
const OWN_TOKEN: &str = "check that the token is one of this server";
const NOT_HERE: &str = "it is about what has nothing to do with files: check the base URL";
const CHAT: &str = "it is a code of OpenIM's chat server: set the base URL to the IM server's API";
const ASK: &str = "see the server's log";

/// The server that has made the token is ahead of the one that was asked.
const TOO_EARLY: Judgement = Judgement::final_(
    Status::Auth,
    "the token is not valid yet; check the clocks of the servers",
)
.with_remedy(NEW_TOKEN);

/// Every code of the server (pkg/common/servererrs) and, in a cluster, of gRPC.
const CODES: &[Code] = &[
    // gRPC's: what is asked of a process that is away is 14, that is slow 4,
    // that panics 2.
    Code {
        names: &["1", "2", "4", "10", "13", "14"],
        judgement: Judgement::passing(Status::Unavailable, AWAY),
    },
    Code {
        names: &["3", "9", "11", "15", "1000"],
        judgement: Judgement::final_(Status::Service, ASK),
    },
    Code {
        names: &["5"],
        judgement: Judgement::final_(Status::NotFound, "check the version of the server"),
    },
    Code {
        names: &["6"],
        judgement: Judgement::final_(Status::Conflict, ASK),
    },
    Code {
        names: &["7"],
        judgement: Judgement::final_(Status::Forbidden, ASK),
    },
    Code {
        names: &["8"],
        judgement: Judgement::passing(Status::RateLimited, AWAY),
    },
    Code {
        names: &["12"],
        judgement: Judgement::final_(Status::Unsupported, "check the version of the server"),
    },
    Code {
        names: &["16"],
        judgement: Judgement::final_(Status::Auth, ASK),
    },
    Code {
        names: &["500", "90002", "90004"],
        judgement: Judgement::passing(Status::Unavailable, WAIT),
    },
    Code {
        names: &["1001"],
        judgement: Judgement::final_(
            Status::Service,
            "check the name, the content type and the version of the server",
        ),
    },
    Code {
        names: &["1002"],
        judgement: Judgement::final_(Status::Forbidden, "this user is not allowed to"),
    },
    Code {
        names: &["1003"],
        judgement: Judgement::passing(
            Status::Service,
            "the same was stored at the same time; try again",
        ),
    },
    Code {
        names: &["1004"],
        judgement: Judgement::final_(
            Status::NotFound,
            "the server does not know what it was asked for",
        ),
    },
    Code {
        names: &["1050"],
        judgement: Judgement::final_(
            Status::Auth,
            "the server wants another secret than the one that it came with",
        ),
    },
    Code {
        names: &["1101"],
        judgement: Judgement::final_(Status::Auth, "register the user, or check user_id"),
    },
    Code {
        names: &["1102"],
        judgement: Judgement::final_(Status::Service, "the user is registered already"),
    },
    Code {
        names: &[
            "1201", "1202", "1203", "1204", "1205", "1206", "1301", "1302", "1303", "1304", "1401",
            "1402", "1403", "1404", "1601", "1602", "1603", "1604",
        ],
        judgement: Judgement::final_(Status::Service, NOT_HERE),
    },
    Code {
        names: &["1501"],
        judgement: Judgement::final_(Status::Auth, "the token has expired; get a new one")
            .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["1502", "1503", "1505"],
        judgement: Judgement::final_(Status::Auth, OWN_TOKEN).with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["1504"],
        judgement: TOO_EARLY,
    },
    Code {
        names: &["1506"],
        judgement: Judgement::final_(
            Status::Auth,
            "another login of this user has ended this one; get a new token",
        )
        .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["1507"],
        judgement: Judgement::final_(
            Status::Auth,
            "the server no longer knows the token; get a new one",
        )
        .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["1701"],
        judgement: Judgement::final_(Status::Expired, "begin the upload again")
            .with_remedy(Remedy::Restart),
    },
    Code {
        names: &[
            "10001", "10002", "10003", "10004", "10005", "10006", "10007", "10008", "10009",
            "10010", "10011", "10012", "10013", "10014",
        ],
        judgement: Judgement::final_(Status::Service, CHAT),
    },
    Code {
        names: &["80000"],
        judgement: Judgement::final_(
            Status::Service,
            "a webhook of who runs the server has refused it",
        ),
    },
    Code {
        names: &["90007"],
        judgement: Judgement::final_(
            Status::Integrity,
            "what is stored is not what was announced; upload it again",
        )
        .with_remedy(Remedy::Restart),
    },
];

/// Where the code is one for all that can go wrong, the words tell what will not
/// pass: of the server, and of its storage as it repeats them.
const WORDS: &[Code] = &[
    Code {
        names: &["object not image"],
        judgement: Judgement::final_(
            Status::Service,
            "the file is no image, so it has no thumbnail",
        ),
    },
    Code {
        names: &["invalid image size"],
        judgement: Judgement::final_(
            Status::Service,
            "the thumbnail would be less than a pixel wide or high; ask for a larger one",
        ),
    },
    Code {
        names: &["file size too large"],
        judgement: Judgement::final_(
            Status::TooLarge,
            "the image is too large to have a thumbnail",
        ),
    },
    Code {
        names: &["key does not exist", "NoSuchKey"],
        judgement: Judgement::final_(Status::NotFound, NOT_THERE).with_remedy(Remedy::Restart),
    },
    Code {
        names: &[
            "upload does not exist",
            "NoSuchUpload",
            "parts could not be found",
            "InvalidPart",
            "upload id",
            "illegal base64",
        ],
        judgement: Judgement::final_(Status::NotFound, GONE).with_remedy(Remedy::Restart),
    },
    Code {
        names: &["mismatching"],
        judgement: Judgement::final_(Status::Integrity, OTHER_BYTES).with_remedy(Remedy::Restart),
    },
    Code {
        // What the storage tells OpenIM's server, not the client.
        names: &["Access Denied"],
        judgement: Judgement::final_(
            Status::Service,
            "its storage refuses OpenIM's server: check the server's keys for it, and that their \
             clocks agree",
        ),
    },
    Code {
        names: &["not currently support form"],
        judgement: Judgement::final_(
            Status::Unsupported,
            "this storage takes no forms; send the file in parts (method parts)",
        ),
    },
    Code {
        names: &["s3 disabled"],
        judgement: Judgement::final_(Status::Unsupported, "the server runs without a storage"),
    },
    Code {
        names: &["maximum allowed"],
        judgement: Judgement::final_(Status::TooLarge, "the storage takes no file of this size"),
    },
    Code {
        names: &["Object name"],
        judgement: Judgement::final_(
            Status::Service,
            "the storage cannot have this name; choose another",
        ),
    },
    Code {
        names: &["No content type"],
        judgement: Judgement::final_(Status::Service, "give another content type"),
    },
    Code {
        names: &["message larger than max"],
        judgement: Judgement::final_(
            Status::TooLarge,
            "a text among the options is longer than the server takes",
        ),
    },
    Code {
        names: &["too many parts"],
        judgement: Judgement::final_(
            Status::Response,
            "the limits of the server have changed; try again",
        )
        .with_remedy(Remedy::Limits),
    },
];

const NOT_THERE: &str = "the storage does not have the file: it was not sent yet, or is deleted";
const GONE: &str = "the server or its storage has forgotten the upload; upload the file again";
const OTHER_BYTES: &str = "what arrived is not what was announced; upload the file again";

/// A server in one process does not translate its database's error (openim.md
/// §2.6).
const NO_RECORD: &str = "mongo: no documents in result";

/// What the answer to a question means.
pub(super) fn judge(call: ApiCall, code: &str, words: &str) -> Judgement {
    let code = if code == "500" && words.contains(NO_RECORD) {
        "1004"
    } else {
        code
    };
    let by_words = || {
        let is_for_all = matches!(code, "2" | "8" | "500" | "1001");
        let says = |known: &&Code| known.names.iter().any(|sign| words.contains(sign));
        let found = WORDS.iter().filter(|_| is_for_all).find(says)?;
        Some(found.judgement)
    };
    // Of a token of the future the server says that its signature is wrong, too (openim.md §2.9).
    if code == "1505" && words.contains("used before issued") {
        return TOO_EARLY;
    }
    judge_for(call, code, words)
        .or_else(by_words)
        .or_else(|| known(CODES, code))
        .unwrap_or(Judgement::final_(
            Status::Service,
            "see the codes of OpenIM",
        ))
}

/// What a code means for what was asked, where that is not what it means
/// elsewhere (openim.md §2.3, §2.9).
fn judge_for(call: ApiCall, code: &str, words: &str) -> Option<Judgement> {
    let (status, advice) = match (call, code) {
        // That call wants no token: another has been reached.
        (ApiCall::AdminToken, "1001") if words.contains("header must have token") => {
            (Status::Response, "check the path of the base URL")
        }
        // A wrong secret is 1002, an unknown admin 1001.
        (ApiCall::AdminToken, "1001" | "1002" | "1004" | "1101") => {
            (Status::Auth, "check the secret and the id of the admin")
        }
        (ApiCall::UserToken, "1002") if words.contains("get Admin token") => (
            Status::Auth,
            "user_id is an admin's, who has no platform: leave platform out",
        ),
        (ApiCall::UserToken, "1002") => (
            Status::Auth,
            "check admin_user_id: it is not that of an admin",
        ),
        (ApiCall::UserToken, "1001") if words.contains("app account") => (
            Status::Auth,
            "user_id is of an account of the app, which cannot log in",
        ),
        (ApiCall::UserToken, "1001") => (Status::Auth, "check user_id and platform"),
        (ApiCall::UserToken, "1004" | "1101") => (
            Status::Auth,
            "the server does not know the user: register the user, or check user_id",
        ),
        (ApiCall::File, "1004") => (
            Status::NotFound,
            "the server knows no file of this name: check it",
        ),
        // The size that the server has once heard of a key is what it compares with
        // for 12 hours, whatever is stored meanwhile: nothing sent again helps.
        (ApiCall::Form(FormKey::Absolute), "90007") => (
            Status::Integrity,
            "the storage has the new file in place of the old one, whose size the server goes on \
             expecting for 12 hours; give a file of another size another name",
        ),
        (ApiCall::Form(FormKey::Presigned), "90007") => (
            Status::Integrity,
            "what was sent with this form is not what was announced, and the server will not look \
             again for 12 hours; presign anew (under another name, if the name is the key) and \
             send the file with that",
        ),
        _ => return None,
    };
    Some(Judgement::final_(status, advice))
}

/// The server's words without what is for its developers: where its error was
/// raised, and by what token.
pub(super) fn plain(words: &str) -> &str {
    let words = words.split(" | ->").next().unwrap_or_default();
    let words = words.split(", token=").next().unwrap_or_default();
    words.trim_start_matches("Error: ").trim()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// pkg/common/servererrs/code.go and tools/errs/code.go of the server, and
    /// gRPC's codes.
    const VENDOR: &[u32] = &[
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 500, 1000, 1001, 1002, 1003, 1004,
        1050, 1101, 1102, 1201, 1202, 1203, 1204, 1205, 1206, 1301, 1302, 1303, 1304, 1401, 1402,
        1403, 1404, 1501, 1502, 1503, 1504, 1505, 1506, 1507, 1601, 1602, 1603, 1604, 1701, 10_001,
        10_002, 10_003, 10_004, 10_005, 10_006, 10_007, 10_008, 10_009, 10_010, 10_011, 10_012,
        10_013, 10_014, 80_000, 90_002, 90_004, 90_007,
    ];

    #[test]
    fn every_code_of_the_server_has_a_status_and_an_advice() {
        let names = CODES.iter().flat_map(|code| code.names);
        let mut table: Vec<u32> = names.map(|name| name.parse().unwrap()).collect();
        table.sort();
        assert_eq!(table, VENDOR);
        assert!(CODES.iter().all(|code| !code.judgement.advice.is_empty()));
    }

    #[test]
    fn a_process_that_is_away_may_come_back() {
        for code in ["1", "2", "4", "10", "13", "14", "500", "90002", "90004"] {
            let judgement = judge(ApiCall::Upload, code, "rpc error");
            assert_eq!(
                (judgement.status, judgement.retryable),
                (Status::Unavailable, true),
                "{code}"
            );
        }
    }

    #[test]
    fn words_tell_what_will_not_pass() {
        for (call, code, words, status, remedy) in [
            (
                ApiCall::File,
                "500",
                "mongo: no documents in result",
                Status::NotFound,
                None,
            ),
            (
                ApiCall::File,
                "1004",
                "record not found",
                Status::NotFound,
                None,
            ),
            (
                ApiCall::File,
                "500",
                "object not image",
                Status::Service,
                None,
            ),
            (
                ApiCall::File,
                "500",
                "png: invalid format: invalid image size: 1x0",
                Status::Service,
                None,
            ),
            (
                ApiCall::UserToken,
                "1004",
                "record not found",
                Status::Auth,
                None,
            ),
            (
                ApiCall::UserToken,
                "500",
                "mongo: no documents in result",
                Status::Auth,
                None,
            ),
            (
                ApiCall::Upload,
                "500",
                "Error: The specified key does not exist.",
                Status::NotFound,
                Some(Remedy::Restart),
            ),
            (
                ApiCall::Upload,
                "500",
                "The specified multipart upload does not exist.",
                Status::NotFound,
                Some(Remedy::Restart),
            ),
            (
                ApiCall::Upload,
                "1001",
                "md5 mismatching a != b",
                Status::Integrity,
                Some(Remedy::Restart),
            ),
            (
                ApiCall::Upload,
                "90007",
                "file size mismatch",
                Status::Integrity,
                Some(Remedy::Restart),
            ),
            (
                ApiCall::Upload,
                "8",
                "grpc: received message larger than max",
                Status::TooLarge,
                None,
            ),
            (
                ApiCall::Upload,
                "500",
                "aws does not currently support form data file uploads",
                Status::Unsupported,
                None,
            ),
        ] {
            let judgement = judge(call, code, words);
            assert_eq!(
                (judgement.status, judgement.retryable, judgement.remedy),
                (status, false, remedy),
                "{code} {words}"
            );
        }
    }

    #[test]
    fn what_is_for_developers_is_left_out() {
        for (words, expected) in [
            (
                "Error: Error: mongo: none | -> a.b() /src/x.go:7 -> c() d | e",
                "mongo: none",
            ),
            (
                "1501 TokenExpiredError jwt parse error, token=eyJh",
                "1501 TokenExpiredError jwt parse error",
            ),
            ("a | b", "a | b"),
        ] {
            assert_eq!(plain(words), expected);
        }
    }
}
