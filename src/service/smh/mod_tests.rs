#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::error::Status;

pub(super) fn config() -> Smh {
    Smh {
        base_url: None,
        library_id: "smh123".into(),
        space_id: None,
        credentials: SmhCredentials::LibrarySecret("secret".into()),
        user_id: None,
        client_id: None,
        session_id: None,
        token_ttl: None,
        grant: None,
        private_deployment: false,
    }
}

pub(super) fn library() -> Library {
    Library::new(config()).unwrap()
}

/// At an address without TLS, with a space and a user.
pub(super) fn other_library() -> Library {
    Library::new(Smh {
        base_url: Some("http://127.0.0.1:9/smh/".into()),
        library_id: "smh 123".into(),
        space_id: Some("space+1".into()),
        user_id: Some("ü&1".into()),
        private_deployment: true,
        ..config()
    })
    .unwrap()
}

pub(super) fn path(path: &str) -> SmhPath {
    SmhPath::file("file", path).unwrap()
}

fn fault(config: Smh) -> (Status, &'static str) {
    let error = Library::new(config).err().unwrap();
    (error.status(), error.field().unwrap())
}

#[test]
fn the_configuration_is_checked() {
    for (config, status, field) in [
        (
            Smh {
                base_url: Some("api.tencentsmh.cn".into()),
                ..config()
            },
            Status::Argument,
            "base_url",
        ),
        (
            Smh {
                library_id: String::new(),
                ..config()
            },
            Status::Argument,
            "library_id",
        ),
        (
            Smh {
                space_id: Some("..".into()),
                ..config()
            },
            Status::Argument,
            "space_id",
        ),
        (
            Smh {
                credentials: SmhCredentials::LibrarySecret("".into()),
                ..config()
            },
            Status::Argument,
            "library_secret",
        ),
        (
            Smh {
                credentials: SmhCredentials::AccessToken("".into()),
                ..config()
            },
            Status::Argument,
            "access_token",
        ),
    ] {
        assert_eq!(fault(config), (status, field));
    }
}

#[test]
fn a_period_has_bounds() {
    let with = |seconds| Smh {
        token_ttl: Some(Duration::from_secs(seconds)),
        ..config()
    };
    for bad in [0, 299, 315_360_001] {
        assert_eq!(fault(with(bad)), (Status::Limit, "token_ttl"));
    }
    for good in [300, 315_360_000] {
        assert!(Library::new(with(good)).is_ok());
    }
}

#[test]
fn the_store_is_reached_like_smh() {
    assert_eq!(library().store_scheme(), "https");
    assert_eq!(other_library().store_scheme(), "http");
}

#[test]
fn paths_are_escaped_name_by_name() {
    let path = SmhPath::new(Some("a dir/ü"), "b+c%.bin").unwrap();
    assert_eq!(path.as_str(), "a dir/ü/b+c%.bin");
    assert_eq!(path.encoded, "a%20dir/%C3%BC/b%2Bc%25.bin");
    let parent = path.parent().unwrap();
    assert_eq!(parent.as_str(), "a dir/ü");
    assert_eq!(parent.encoded, "a%20dir/%C3%BC");
    assert_eq!(parent.parent().unwrap().parent(), None);
    assert_eq!(SmhPath::new(None, "x").unwrap().encoded, "x");
    assert_eq!(SmhPath::new(Some(""), "x").unwrap().as_str(), "x");
    assert_eq!(SmhPath::directory("directory", "").unwrap().as_str(), "");
    // Accepted by the service (smh.md §1.1), and no dots that lead elsewhere.
    for good in [" a ", "'%+&", "...", ".a"] {
        assert!(SmhPath::new(None, good).is_ok(), "{good}");
    }
}

#[test]
fn paths_are_checked() {
    let field = |result: Result<SmhPath>| {
        let error = result.unwrap_err();
        assert_eq!(error.status(), Status::Argument, "{error}");
        error.field().unwrap()
    };
    for bad in [
        "", ".", "..", "a/b", "a?", "a\"", "<", ">", ":", "*", "|", "\\", "a\n", "\0",
    ] {
        assert_eq!(field(SmhPath::new(None, bad)), "file_name", "{bad:?}");
    }
    for bad in ["//a", "a//", "a//b", "//", "a/../b", "./a", "a/b:"] {
        assert_eq!(field(SmhPath::new(Some(bad), "x")), "directory", "{bad:?}");
        assert_eq!(field(SmhPath::file("path", bad)), "path", "{bad:?}");
    }
    assert_eq!(field(SmhPath::file("path", "/")), "path");
    assert_eq!(field(SmhPath::file("path", "a/")), "path");
    for taken in ["/a/b", "a/b/", "/a/b/"] {
        let path = SmhPath::new(Some(taken), "x").unwrap();
        assert_eq!((path.as_str(), path.encoded.as_str()), ("a/b/x", "a/b/x"));
    }
    for root in ["", "/"] {
        assert_eq!(SmhPath::directory("directory", root).unwrap().as_str(), "");
    }
    assert_eq!(field(SmhPath::file("file", "")), "file");
}
