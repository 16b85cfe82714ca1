#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::random;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("chatfile-checkpoint-{}", random::token()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("c")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    fn open(&self) -> Result<Checkpoint> {
        Checkpoint::open(Some(self.file()), None, identity())
    }

    /// Begins an upload of which two parts arrive.
    fn interrupted(&self) {
        let mut checkpoint = self.open().unwrap();
        checkpoint.begin(state()).unwrap();
        checkpoint.add(1, "aa").unwrap();
        checkpoint.add(3, "cc").unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn identity() -> Identity {
    Identity {
        target: "smh account name".into(),
        size: 30,
        modified: Some(u64::MAX),
    }
}

fn state() -> UploadState {
    UploadState::new(&identity(), "key".into(), 10, Some(1_800_000_000))
}

fn two_parts() -> BTreeMap<u32, String> {
    BTreeMap::from([(1, "aa".into()), (3, "cc".into())])
}

#[test]
fn a_later_call_finds_what_has_arrived() {
    let folder = Folder::new();
    folder.interrupted();
    let mut checkpoint = folder.open().unwrap();
    let found = checkpoint.state().unwrap();
    assert_eq!(found.parts, two_parts());
    assert_eq!((found.upload.as_str(), found.part_size), ("key", 10));
    assert!(found.is_of_same_file(&identity()));
    checkpoint.forget();
    drop(checkpoint);
    assert!(!folder.file().exists());
}

#[test]
fn a_token_says_the_same_as_the_file() {
    let folder = Folder::new();
    folder.interrupted();
    let token = folder.open().unwrap().token().unwrap();
    let from_token = Checkpoint::open(None, Some(&token), identity()).unwrap();
    assert_eq!(from_token.state(), folder.open().unwrap().state());
    std::fs::write(folder.file(), &token).unwrap();
    let mut from_file = folder.open().unwrap();
    assert_eq!(from_file.state(), from_token.state());
    from_file.add(2, "bb").unwrap();
    drop(from_file);
    assert_eq!(folder.open().unwrap().state().unwrap().parts.len(), 3);
}

#[test]
fn what_is_not_that_of_this_upload_is_left_alone() {
    let folder = Folder::new();
    let other_format = journal::seal("{\"chatfile_upload\":3}".into()) + "\n";
    for text in ["", "mine", "{}", &other_format, "\n"] {
        std::fs::write(folder.file(), text).unwrap();
        let error = folder.open().err().unwrap();
        assert_eq!(error.status(), Status::Argument, "{text}");
        assert_eq!(error.field(), Some("checkpoint"), "{text}");
        assert!(!error.message().contains("mine"));
        assert_eq!(folder.text(), text);
    }
    std::fs::remove_file(folder.file()).unwrap();
    folder.interrupted();
    let before = folder.text();
    let other = Identity {
        target: "smh account other".into(),
        ..identity()
    };
    assert!(Checkpoint::open(Some(folder.file()), None, other).is_err());
    assert_eq!(folder.text(), before);
}

#[test]
fn one_upload_at_a_time() {
    let folder = Folder::new();
    let _first = folder.open().unwrap();
    let error = folder.open().err().unwrap();
    assert_eq!(error.status(), Status::Checkpoint);
    assert!(error.message().contains("under way"), "{error}");
}

#[test]
fn one_that_is_damaged_is_begun_anew() {
    let folder = Folder::new();
    folder.interrupted();
    let damaged = folder.text().replace("\"md5\":\"aa\"", "\"md5\":\"ab\"");
    for text in [damaged.as_bytes(), &[0; 300]] {
        std::fs::write(folder.file(), text).unwrap();
        let mut checkpoint = folder.open().unwrap();
        assert_eq!(checkpoint.damaged(), Some(&*folder.file()));
        assert_eq!(checkpoint.state(), None);
        checkpoint.begin(state()).unwrap();
        checkpoint.add(2, "bb").unwrap();
        drop(checkpoint);
        let checkpoint = folder.open().unwrap();
        assert_eq!(checkpoint.damaged(), None);
        let parts = &checkpoint.state().unwrap().parts;
        assert_eq!(parts.keys().copied().collect::<Vec<_>>(), [2]);
    }
}

#[test]
fn one_that_cannot_be_kept_has_a_status_of_its_own() {
    let folder = Folder::new();
    for path in [folder.0.join("missing/c"), folder.0.clone()] {
        let error = Checkpoint::open(Some(path), None, identity())
            .err()
            .unwrap();
        assert_eq!(error.status(), Status::Checkpoint, "{error}");
        assert_eq!(error.field(), Some("checkpoint"));
    }
}

#[test]
fn the_content_of_a_checkpoint_is_a_token() {
    let folder = Folder::new();
    folder.interrupted();
    let left = LeftUpload::open(Leftover::Token(folder.text()), "smh account ").unwrap();
    assert_eq!(left.state.parts, two_parts());
}

impl Folder {
    fn left(&self, account: &str) -> Result<LeftUpload> {
        LeftUpload::open(Leftover::Checkpoint(self.file()), account)
    }

    /// How it is refused; nothing has changed then.
    fn refuses(&self, account: &str) -> Status {
        let before = std::fs::read(self.file()).ok();
        let error = self.left(account).err().unwrap();
        assert_eq!(error.field(), Some("checkpoint"), "{error}");
        assert_eq!(std::fs::read(self.file()).ok(), before);
        error.status()
    }
}

#[test]
fn what_a_checkpoint_has_left_goes_away_with_it() {
    let folder = Folder::new();
    folder.interrupted();
    let left = folder.left("smh account ").unwrap();
    assert_eq!(left.upload(), "key");
    // Nothing goes on with it meanwhile, and it stays until the service has forgotten it.
    assert_eq!(folder.open().err().unwrap().status(), Status::Checkpoint);
    drop(left);
    folder.left("smh account ").unwrap().remove().unwrap();
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
}

#[test]
fn a_line_that_was_cut_keeps_nothing_from_being_thrown_away() {
    let folder = Folder::new();
    folder.interrupted();
    // One of a part, and one of an upload that has just begun anew.
    for cut in [
        r#"{"part":4,"md"#,
        r#"{"chatfile_upload":2,"target":"smh acc"#,
    ] {
        std::fs::write(folder.file(), folder.text() + cut).unwrap();
        assert_eq!(folder.left("smh account ").unwrap().upload(), "key");
    }
}

#[test]
fn what_cannot_be_thrown_away_by_its_checkpoint_is_left_alone() {
    let folder = Folder::new();
    assert_eq!(folder.refuses("smh account "), Status::Checkpoint);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
    folder.interrupted();
    assert_eq!(folder.refuses("smh other "), Status::Argument);
    let upload = folder.open().unwrap();
    assert_eq!(folder.refuses("smh account "), Status::Checkpoint);
    drop(upload);
    let damaged = folder.text().replace("\"md5\":\"aa\"", "\"md5\":\"ab\"");
    for text in ["", "mine", "{}", &damaged] {
        std::fs::write(folder.file(), text).unwrap();
        assert_eq!(folder.refuses("smh account "), Status::Argument, "{text}");
    }
}

#[test]
fn nothing_begun_leaves_nothing() {
    let folder = Folder::new();
    drop(folder.open().unwrap());
    assert!(!folder.file().exists());
}

#[test]
fn a_token_is_of_its_account() {
    let token = journal::seal(state().to_json());
    let open = |token: &str, account| LeftUpload::open(Leftover::Token(token.into()), account);
    assert_eq!(open(&token, "smh account ").unwrap().upload(), "key");
    let damaged = token.replace("key", "kez");
    for (token, account) in [
        (token.as_str(), "smh other "),
        (&damaged, "smh account "),
        ("", "smh"),
        ("x", "smh"),
    ] {
        let error = open(token, account).err().unwrap();
        assert_eq!(error.field(), Some("resume_token"));
    }
}
