//! What holds for every service: each is asked what it can, has to do that, and to refuse the rest before anything is
//! sent. The cases are those of [`ASPECTS`] for each of the services in `service/`.

use chatfile::{Crc64, Update as _};
use chatfile_emulator::{Action, Rule};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::check::{FAILED, NOT_TRIED, OK, WARNING, said, verdicts};
use crate::protocol::{Crc32, Line};
use crate::service::{INFO, INSTANT, LIST, MESSAGE, PARTS, PRESIGN, Service, THUMBNAIL};
use crate::world::{MIB, World, content, error, photo_on_its_side, picture, upload};

/// A case that each service has.
type Aspect = fn(&mut World<'_>, &Service);

/// What each service is asked.
pub const ASPECTS: &[(&str, Aspect)] = &[
    ("tells_what_it_can", tells_what_it_can),
    ("carries_every_size", carries_every_size),
    ("refuses_what_is_too_large", refuses_what_is_too_large),
    ("goes_on_with_a_download", goes_on_with_a_download),
    ("gives_a_part_of_a_file", gives_a_part_of_a_file),
    ("fetches_side_by_side", fetches_side_by_side),
    ("takes_only_what_is_expected", takes_only_what_is_expected),
    ("puts_files_on_the_disk", puts_files_on_the_disk),
    (
        "tells_the_digests_of_what_it_sent",
        tells_the_digests_of_what_it_sent,
    ),
    (
        "makes_the_message_about_a_file",
        makes_the_message_about_a_file,
    ),
    ("gives_a_small_picture", gives_a_small_picture),
    (
        "says_which_page_a_file_is_for",
        says_which_page_a_file_is_for,
    ),
    ("presigns_there_and_back", presigns_there_and_back),
    ("sends_in_parts", sends_in_parts),
    ("knows_what_it_has", knows_what_it_has),
    ("tells_of_its_files", tells_of_its_files),
    ("is_reached_elsewhere", is_reached_elsewhere),
    ("says_what_works", says_what_works),
];

/// More than a buffer of the library holds, and no multiple of one.
const SIZE: u64 = 150_001;

impl Service {
    fn open(&self, world: &mut World<'_>) {
        let line = (self.account)(world);
        world.ok(line);
    }

    fn with_options(&self, line: Line) -> Line {
        let options = self.options.iter();
        options.fold(line, |line, (key, value)| line.with(key, value))
    }

    fn upload(&self, name: &str, size: u64) -> Line {
        self.with_options(upload(size).with("file_name", name))
    }

    fn download(&self, file: &str) -> Line {
        self.with_options(Line::new("download").with("file", file))
    }

    fn can(&self, what: u32) -> bool {
        self.can & what != 0
    }
}

fn tells_what_it_can(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let told = world.ok(Line::new("capabilities"));
    assert_eq!(told.number("value"), i64::from(service.can));
}

/// The same upload from each kind of source.
fn from_each_source(world: &World<'_>, line: &Line) -> [Line; 4] {
    let seed = u32::try_from(line.number("seed")).unwrap();
    let path = world.file("source", seed, line.number("size").unsigned_abs());
    [
        line.clone().with("source", "buffer"),
        line.clone().with("source", "callback").with("rewind", 1),
        // Nobody says how many there will be.
        line.clone().with("source", "callback").with("unsized", 1),
        line.clone()
            .with("source", "path")
            .with("path", path.display()),
    ]
}

/// The file comes back to each kind of sink.
fn comes_back(world: &mut World<'_>, service: &Service, file: &str, sent: &Line) {
    let bytes = content(sent);
    let fetch = service.download(file).with("progress", 1);
    for sink in ["buffer", "callback"] {
        let got = world.ok(fetch.clone().with("sink", sink));
        assert_eq!(got.number("size"), sent.number("size"), "{got}");
        assert_eq!(got.get("sum"), Some(Crc32::of(&bytes).as_str()), "{got}");
    }
    let target = world.path("target");
    world.ok(fetch.with("sink", "path").with("path", target.display()));
    assert!(std::fs::read(&target).unwrap() == bytes, "other bytes");
    std::fs::remove_file(target).unwrap();
}

fn carries_every_size(world: &mut World<'_>, service: &Service) {
    service.open(world);
    for size in [0, 1, SIZE] {
        let line = service.upload("a.bin", size);
        for (index, line) in from_each_source(world, &line).into_iter().enumerate() {
            let name = format!("{size} {index}.bin");
            let line = line.with("file_name", name).with("progress", 1);
            if size == 0 && !service.takes_empty_files {
                world.fails_unsent(line, "LIMIT", "source");
                continue;
            }
            let stored = world.ok(line.clone());
            assert_eq!(stored.number("size"), line.number("size"), "{stored}");
            comes_back(world, service, stored.get("file").unwrap(), &line);
        }
    }
}

fn refuses_what_is_too_large(world: &mut World<'_>, service: &Service) {
    if service.has_limit {
        let open = (service.account)(world).with("max_upload_size", SIZE);
        world.ok(open);
        world.ok(service.upload("a.bin", SIZE));
        let past = service.upload("b.bin", SIZE + 1);
        for line in from_each_source(world, &past) {
            world.fails_unsent(line, "LIMIT", "source");
        }
    } else {
        service.open(world);
    }
    // A download is bounded by the caller.
    let stored = world.ok(service.upload("c.bin", SIZE));
    let fetch = service.download(stored.get("file").unwrap());
    let fetch = fetch.with("sink", "buffer");
    world.ok(fetch.clone().with("max_size", SIZE));
    let refused = world.fails(fetch.with("max_size", SIZE - 1), "LIMIT");
    assert_eq!(refused.number("retryable"), 0, "{refused}");
}

fn goes_on_with_a_download(world: &mut World<'_>, service: &Service) {
    let open = (service.account)(world).with("max_attempts", 1);
    world.ok(open);
    let line = service.upload("a.bin", SIZE);
    let stored = world.ok(line.clone());
    let target = world.path("target");
    let fetch = service
        .download(stored.get("file").unwrap())
        .with("sink", "path")
        .with("path", target.display())
        .with("resume", 1);
    let Some(verb) = service.fetches_by else {
        world.fails_unsent(fetch, "UNSUPPORTED", "resume");
        return;
    };
    let broken = Rule::new(Action::TruncateBody { after: 100_000 });
    world.fault(broken.verb(verb).times(1));
    world.fails(fetch.clone(), "TRUNCATED");
    world.control.clear_journal();
    world.ok(fetch);
    assert!(
        std::fs::read(&target).unwrap() == content(&line),
        "other bytes"
    );
    let asked = world.requests(verb);
    assert_eq!(asked[0].header("range"), Some("bytes=100000-"));
}

fn gives_a_part_of_a_file(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let line = service.upload("a.bin", SIZE);
    let stored = world.ok(line.clone());
    let fetch = service.download(stored.get("file").unwrap());
    let part = |from: u64, count: u64| {
        let line = fetch.clone().with("sink", "buffer").with("offset", from);
        line.with("length", count)
    };
    let Some(verb) = service.fetches_by else {
        world.fails_unsent(part(5, 0), "UNSUPPORTED", "offset");
        world.fails_unsent(part(0, 5), "UNSUPPORTED", "length");
        return;
    };
    let bytes = content(&line);
    for (from, count, range) in [
        (0, 5, "bytes=0-4"),
        (50_000, 75_000, "bytes=50000-124999"),
        (50_000, 0, "bytes=50000-"),
        (SIZE - 1, 7, "bytes=150000-150006"),
        (SIZE, 0, "bytes=150001-"),
        (0, SIZE, "bytes=0-150000"),
    ] {
        for sink in ["buffer", "callback"] {
            world.control.clear_journal();
            let fetch = part(from, count).with("sink", sink).with("progress", 1);
            let got = world.ok(fetch.with("expected_size", SIZE));
            let end = if count == 0 {
                SIZE
            } else {
                SIZE.min(from + count)
            };
            let expected = &bytes[from as usize..end as usize];
            assert_eq!(got.number("size"), expected.len() as i64, "{got}");
            assert_eq!(got.number("file_size"), SIZE as i64, "{got}");
            assert_eq!(got.get("sum"), Some(Crc32::of(expected).as_str()), "{got}");
            let asked = world.requests(verb);
            assert_eq!(asked.last().unwrap().header("range"), Some(range));
        }
    }
    let beyond = world.fails(part(SIZE + 1, 0), "LIMIT");
    assert_eq!(beyond.get("field"), Some("offset"), "{beyond}");
    assert_eq!(beyond.number("limit"), SIZE as i64, "{beyond}");
    // What is said of the whole file is not compared with a part, but for its size.
    world.ok(part(5, 10).with("max_size", 10));
    world.fails(part(5, 11).with("max_size", 10), "LIMIT");
    let other = world.fails(part(5, 10).with("expected_size", SIZE + 1), "INTEGRITY");
    assert_eq!(other.get("field"), Some("expected_size"), "{other}");
    for (key, value) in &expected(&bytes)[1..] {
        world.fails_unsent(part(5, 0).with(key, value), "ARGUMENT", key);
    }
    // It goes on where it broke off, within a call and in a later one.
    let broken = Rule::new(Action::TruncateBody { after: 35_000 }).verb(verb);
    world.fault(broken.clone().times(1));
    let got = world.ok(part(50_000, 75_000).with("sink", "callback"));
    let expected = &bytes[50_000..125_000];
    assert_eq!(got.get("sum"), Some(Crc32::of(expected).as_str()), "{got}");
    let asked = world.requests(verb);
    let last = asked.last().unwrap();
    assert_eq!(last.header("range"), Some("bytes=85000-124999"));
    assert!(last.header("if-range").is_some());
    let once = (service.account)(world).with("max_attempts", 1);
    world.ok(once);
    let target = world.path("target");
    let fetch = part(50_000, 75_000)
        .with("sink", "path")
        .with("path", target.display())
        .with("resume", 1);
    world.fault(broken.times(1));
    world.fails(fetch.clone(), "TRUNCATED");
    world.ok(fetch);
    assert!(std::fs::read(&target).unwrap() == expected, "other bytes");
    let asked = world.requests(verb);
    let last = asked.last().unwrap();
    assert_eq!(last.header("range"), Some("bytes=85000-124999"));
}

fn fetches_side_by_side(world: &mut World<'_>, service: &Service) {
    service.open(world);
    // A first piece of 256 KiB, and four of 512, of which none is too short to be broken off below.
    const LARGE: u64 = 2 * MIB + MIB / 4 - 7;
    let size = if service.fetches_by.is_some() {
        LARGE
    } else {
        SIZE
    };
    let line = service.upload("a.bin", size);
    let stored = world.ok(line.clone());
    let target = world.path("target");
    let fetch = service
        .download(stored.get("file").unwrap())
        .with("sink", "path")
        .with("path", target.display())
        .with("parallel_parts", 4)
        .with("progress", 1);
    let Some(verb) = service.fetches_by else {
        world.fails_unsent(fetch, "UNSUPPORTED", "parallel_parts");
        return;
    };
    let bytes = content(&line);
    let ranges = |world: &World<'_>| -> Vec<String> {
        let asked = world.requests(verb).into_iter();
        let asked = asked.filter_map(|entry| entry.header("range").map(str::to_owned));
        asked.collect()
    };
    let holds =
        |expected: &[u8]| assert!(std::fs::read(&target).unwrap() == expected, "other bytes");
    world.fails_unsent(
        fetch.clone().with("parallel_parts", 17),
        "LIMIT",
        "parallel_parts",
    );
    let expected = expected(&bytes);
    let checked = expected
        .iter()
        .fold(fetch.clone(), |line, (key, value)| line.with(key, value));
    for line in [fetch.clone(), checked] {
        world.control.clear_journal();
        world.ok(line);
        holds(&bytes);
        let mut asked = ranges(world);
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), 5, "{asked:?}");
    }
    // A piece that breaks off goes on where it was.
    let broken = Rule::new(Action::TruncateBody { after: 500_000 }).verb(verb);
    world.control.clear_journal();
    world.fault(broken.clone().skip(2).times(1));
    world.ok(fetch.clone());
    holds(&bytes);
    assert_eq!(ranges(world).len(), 6);
    // A part of the file, too; and what has no callbacks of a thread's comes one by one.
    world.ok(fetch.clone().with("offset", 100_000).with("length", MIB));
    holds(&bytes[100_000..][..MIB as usize]);
    world.control.clear_journal();
    let got = world.ok(fetch.clone().with("sink", "callback"));
    assert_eq!(got.get("sum"), Some(Crc32::of(&bytes).as_str()), "{got}");
    assert_eq!(ranges(world), Vec::<String>::new());
    // A later call goes on, and nothing behind a gap is taken for the file.
    let once = (service.account)(world).with("max_attempts", 1);
    world.ok(once);
    for skip in [0, 1, 3] {
        world.fault(broken.clone().skip(skip).times(100));
        let resumed = fetch.clone().with("resume", 1);
        world.fails(resumed.clone(), "TRUNCATED");
        world.control.clear_faults();
        let kept = std::fs::read(world.path("target.part")).unwrap();
        assert!(bytes.starts_with(&kept), "other bytes");
        world.control.clear_journal();
        world.ok(resumed);
        holds(&bytes);
        let first = format!("bytes={}-", kept.len());
        // What the call before had asked for may be told only now.
        let asked = ranges(world);
        assert!(asked.iter().any(|one| one.starts_with(&first)), "{first}");
    }
}

/// What a message says of these bytes, as options of a download.
fn expected(bytes: &[u8]) -> [(&'static str, String); 4] {
    let mut crc64 = Crc64::new();
    crc64.update(bytes);
    let hex = |digest: &[u8]| -> String { digest.iter().map(|b| format!("{b:02x}")).collect() };
    [
        ("expected_size", bytes.len().to_string()),
        ("expected_md5", hex(&Md5::digest(bytes))),
        ("expected_sha256", hex(&Sha256::digest(bytes))),
        ("expected_crc64", crc64.value().to_string()),
    ]
}

fn takes_only_what_is_expected(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let line = service.upload("a.bin", SIZE);
    let stored = world.ok(line.clone());
    let fetch = service.download(stored.get("file").unwrap());
    let expected = expected(&content(&line));
    let right = expected.iter();
    let right = right.fold(fetch, |line, (key, value)| line.with(key, value));
    let digits = expected[1].1.to_uppercase();
    for sink in ["buffer", "callback"] {
        let right = right.clone().with("sink", sink);
        world.ok(right.clone());
        world.ok(right.with("expected_md5", &digits));
    }
    let target = world.path("target");
    let right = right.with("sink", "path").with("path", target.display());
    for (key, value) in [
        ("expected_size", (SIZE + 1).to_string()),
        ("expected_size", "0".to_owned()),
        ("expected_size", (SIZE - 2).to_string()),
        ("expected_md5", "0".repeat(32)),
        ("expected_sha256", "0".repeat(64)),
        ("expected_crc64", "0".to_owned()),
    ] {
        let wrong = right.clone().with(key, &value);
        let refused = world.fails(wrong, "INTEGRITY");
        assert_eq!(refused.get("field"), Some(key), "{refused}");
        assert_eq!(
            (refused.number("retryable"), refused.number("attempts")),
            (0, 1),
            "{refused}"
        );
        let message = refused.get("message").unwrap();
        assert!(message.contains(&value), "{message}");
        assert_eq!(world.names(), Vec::<String>::new());
    }
    for key in ["expected_md5", "expected_sha256", "expected_crc64"] {
        let line = right.clone().with(key, "0x12");
        world.fails_unsent(line, "ARGUMENT", key);
    }
    let Some(verb) = service.fetches_by else {
        return;
    };
    // A portal's page with status 200 has another length, and what was kept is kept.
    let resumed = right.with("resume", 1);
    let broken = Rule::new(Action::TruncateBody { after: 100_000 });
    world.fault(broken.verb(verb).times(1));
    let once = (service.account)(world).with("max_attempts", 1);
    world.ok(once);
    world.fails(resumed.clone(), "TRUNCATED");
    let page = Action::json(200, "<html>Log in</html>");
    world.fault(Rule::new(page).verb(verb).times(1));
    let refused = world.fails(resumed.clone(), "INTEGRITY");
    assert_eq!(refused.get("field"), Some("expected_size"), "{refused}");
    assert_eq!(world.names(), ["target.part", "target.part.json"]);
    // The digests are those of what was there and of what came.
    world.ok(resumed);
    assert_eq!(world.names(), ["target"]);
}

/// That they are there after a power cut is tested where the disk is, in `src/transfer/part_file_tests.rs`.
fn puts_files_on_the_disk(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let line = service.upload("a.bin", SIZE);
    let stored = world.ok(line.clone());
    let fetch = service.download(stored.get("file").unwrap());
    let fetch = fetch.with("durable", 1);
    for sink in ["buffer", "callback"] {
        let fetch = fetch.clone().with("sink", sink);
        world.fails_unsent(fetch, "ARGUMENT", "durable");
    }
    let target = world.path("target");
    world.ok(fetch.with("sink", "path").with("path", target.display()));
    assert!(
        std::fs::read(&target).unwrap() == content(&line),
        "other bytes"
    );
    assert_eq!(world.names(), ["target"]);
}

/// The digests that the line asks for are in the result, and no others.
fn assert_digests(world: &mut World<'_>, line: &Line, asked: &[&str]) {
    let of_content = expected(&content(line));
    let digests = [("md5", 1), ("sha256", 2), ("crc64", 3)];
    let line = asked.iter().fold(line.clone(), |line, name| {
        line.with(&format!("compute_{name}"), 1)
    });
    let stored = world.ok(line);
    for (name, at) in digests {
        let is_asked = asked.contains(&name);
        let expected = is_asked.then_some(of_content[at].1.as_str());
        assert_eq!(stored.get(name), expected, "{stored}");
    }
}

fn tells_the_digests_of_what_it_sent(world: &mut World<'_>, service: &Service) {
    service.open(world);
    const ALL: &[&str] = &["md5", "sha256", "crc64"];
    let line = service.upload("a.bin", SIZE);
    for asked in [ALL, &["md5"], &[]] {
        for line in from_each_source(world, &line) {
            assert_digests(world, &line, asked);
        }
    }
    // Read a second time, after a first attempt; twice where the first shows how long it gets.
    world.fault(Rule::new(Action::ResetReceiving { after: 100_000 }).times(1));
    assert_digests(world, &line.clone().with("seed", 2), ALL);
    if !service.can(PARTS) {
        return;
    }
    let in_parts = service.in_parts.iter();
    let line = service.upload("b.bin", MIB + 5);
    let line = in_parts.fold(line, |line, (key, value)| line.with(key, value));
    for (seed, parallel) in [(3, 1), (4, 4)] {
        let line = line
            .clone()
            .with("seed", seed)
            .with("parallel_parts", parallel);
        assert_digests(world, &line, ALL);
        // It may have been there already.
        assert_digests(world, &line, ALL);
        assert_digests(world, &line.with("seed", seed + 10), &["crc64"]);
    }
    // What an earlier call has sent belongs to them, too.
    let line = line
        .with("resumable", 1)
        .with("parallel_parts", 1)
        .with("seed", 5);
    world.fault(Rule::new(error("EntityTooLarge")).verb("part_put").skip(1));
    let broken = world.fails(line.clone(), "TOO_LARGE");
    world.control.clear_faults();
    let token = broken.get("resume_token").unwrap();
    assert_digests(world, &line.with("resume_token", token), ALL);
}

/// The JSON of the message in the result of an upload.
#[track_caller]
fn message_of(stored: &Line) -> serde_json::Value {
    let body = stored.get("message").unwrap_or_else(|| panic!("{stored}"));
    serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {body}"))
}

fn makes_the_message_about_a_file(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let line = service.upload("a, \"b\".txt", 1000);
    for key in ["media_width", "media_height", "media_duration_ms"] {
        world.fails_unsent(line.clone().with(key, 3), "ARGUMENT", key);
    }
    let wanted = line.clone().with("message", 1);
    let Some((picture_type, picture_message)) = service.picture_message else {
        assert!(!service.can(MESSAGE));
        world.fails_unsent(wanted, "UNSUPPORTED", "message");
        return;
    };
    assert!(service.can(MESSAGE));
    for (one, other) in [
        ("media_width", "media_height"),
        ("media_height", "media_width"),
    ] {
        let line = wanted.clone().with(one, 3);
        world.fails_unsent(line, "ARGUMENT", other);
    }
    let sources = from_each_source(world, &wanted);
    let one_way = wanted.clone().with("source", "callback");
    let mut kinds = Vec::new();
    for line in sources.into_iter().chain([one_way.clone()]) {
        let stored = world.ok(line.clone());
        let message = message_of(&stored).to_string();
        assert!(
            message.contains("1000") && message.contains(".txt"),
            "{message}"
        );
        kinds.push(stored.get("message_type").unwrap().to_owned());
        comes_back(world, service, stored.get("file").unwrap(), &line);
    }
    kinds.dedup();
    assert!(kinds.len() == 1 && kinds[0] != picture_type, "{kinds:?}");
    // What is no picture has no size, but that of the caller; looking at it takes nothing from it.
    let named = one_way.with("file_name", "a.bmp").with("file_type", "bmp");
    let stored = world.ok(named.clone());
    assert_eq!(stored.get("message_type"), Some(picture_type), "{stored}");
    comes_back(world, service, stored.get("file").unwrap(), &named);
    for (kind, at) in [(2, 0), (3, 1), (4, 2), (5, 3)] {
        let line = named
            .clone()
            .with("message", kind)
            .with("media_duration_ms", 4551);
        let stored = world.ok(line.with("media_width", 7).with("media_height", 8));
        let known = stored.get("message_type").unwrap();
        match at {
            0 => assert_eq!(known, kinds[0]),
            1 => assert_eq!(known, picture_type),
            _ => assert!(known != kinds[0] && known != picture_type, "{known}"),
        }
    }
    // Neither name nor caller say what it is: the bytes do.
    let path = world.path("cat");
    std::fs::write(&path, picture()).unwrap();
    let cat = service.with_options(Line::new("upload").with("source", "path"));
    let cat = cat
        .with("path", path.display())
        .with("message", 1)
        .with("file_type", "bmp");
    let stored = world.ok(cat.clone());
    assert_eq!(stored.get("message_type"), Some(picture_type), "{stored}");
    assert_eq!(message_of(&stored), picture_message(&stored));
    if let Some(md5) = stored.get("md5") {
        assert_eq!(md5, expected(&picture())[1].1);
    }
    // A photo is as large as it is shown, unless the caller says it otherwise.
    std::fs::write(&path, photo_on_its_side()).unwrap();
    let photo = cat.with("file_type", "jpg");
    let stored = world.ok(photo.clone());
    let shown = picture_message(&stored).to_string();
    let shown = shown
        .replace("image/bmp", "image/jpeg")
        .replace("bmp", "jpg");
    assert_eq!(message_of(&stored).to_string(), shown);
    let stored = world.ok(photo.with("media_width", 77).with("media_height", 88));
    let told = message_of(&stored).to_string();
    // Not within an id, which has all kinds of digits.
    let says = |text: &str, number: &str| {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| word == number)
    };
    let is_said = says(&told, "77") && says(&told, "88");
    assert_eq!(is_said, says(&shown, "200"), "{told}");
    // Who sends what another has presigned has the result.
    let presigned = |mut line: Line| {
        line.head = "presign_upload".into();
        line
    };
    world.fails_unsent(presigned(wanted), "ARGUMENT", "message");
    let seed = line.number("seed");
    let made = world.ok(presigned(line));
    let send = Line::new("send_presigned")
        .with("json", made.get("json").unwrap())
        .with("source", "buffer")
        .with("size", 1000)
        .with("seed", seed)
        .with("message", 1);
    if made.number("needs_completion") == 1 {
        world.fails_unsent(send, "UNSUPPORTED", "message");
    } else {
        message_of(&world.ok(send));
    }
}

/// Width and height of the picture that a download to a file has brought.
fn pixels(world: &mut World<'_>, fetch: Line) -> (usize, usize) {
    let target = world.path("small");
    world.ok(fetch.with("sink", "path").with("path", target.display()));
    let size = imagesize::size(&target).unwrap();
    std::fs::remove_file(&target).unwrap();
    (size.width, size.height)
}

fn gives_a_small_picture(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let path = world.path("cat.bmp");
    std::fs::write(&path, picture()).unwrap();
    let cat = service.with_options(Line::new("upload").with("source", "path"));
    let stored = world.ok(cat.with("path", path.display()).with("file_type", "bmp"));
    let file = stored.get("file").unwrap();
    let fetch = service.download(file).with("file_type", "bmp");
    for key in ["thumbnail_width", "thumbnail_height"] {
        let line = fetch.clone().with("sink", "buffer").with(key, 8);
        world.fails_unsent(line, "ARGUMENT", key);
    }
    let small = fetch.clone().with("thumbnail", 1);
    if !service.can(THUMBNAIL) {
        world.fails_unsent(small.with("sink", "buffer"), "UNSUPPORTED", "thumbnail");
        return;
    }
    let sized = small.clone().with("thumbnail_width", 80);
    if service.sizes_thumbnails {
        assert_eq!(pixels(world, sized.clone()), (80, 60));
        let low = sized.clone().with("thumbnail_height", 30);
        assert_eq!(pixels(world, low.clone()), (40, 30));
        let by_height = small.clone().with("thumbnail_height", 30);
        assert_eq!(pixels(world, by_height), (40, 30));
        // What has arrived of the picture is none of the small one.
        let target = world.path("target");
        let to_path = |line: &Line| {
            let line = line.clone().with("sink", "path").with("resume", 1);
            line.with("path", target.display())
        };
        let whole = picture().len() as u64;
        let cut = Rule::new(Action::TruncateBody { after: whole / 2 });
        world.fault(cut.verb(service.fetches_by.unwrap()).times(1));
        world.ok((service.account)(world).with("max_attempts", 1));
        world.fails(to_path(&fetch), "TRUNCATED");
        world.ok(to_path(&low));
        let size = imagesize::size(&target).unwrap();
        assert_eq!((size.width, size.height), (40, 30));
    } else {
        world.fails_unsent(
            sized.with("sink", "buffer"),
            "UNSUPPORTED",
            "thumbnail_width",
        );
        assert_eq!(pixels(world, small.clone()), (170, 128));
    }
    let video = fetch.with("thumbnail", 2);
    if service.shows_videos {
        assert!(pixels(world, video.clone()).0 > 0);
    } else {
        world.fails_unsent(video.with("sink", "buffer"), "UNSUPPORTED", "thumbnail");
    }
    let mut presign = small;
    presign.head = "presign_download".into();
    if !service.presigns_thumbnails {
        world.fails_unsent(presign, "UNSUPPORTED", "thumbnail");
        return;
    }
    let made = world.ok(presign);
    let receive = Line::new("receive_presigned").with("json", made.get("json").unwrap());
    let again = receive.clone().with("thumbnail", 1).with("sink", "buffer");
    world.fails_unsent(again, "ARGUMENT", "thumbnail");
    assert!(pixels(world, receive).0 < 401);
}

fn says_which_page_a_file_is_for(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let line = service.upload("a.txt", 10);
    let stored = world.ok(line.clone());
    let fetch = service.download(stored.get("file").unwrap());
    let page = "https://chat.example/room?id=1";
    let bad = fetch
        .clone()
        .with("referer", "a\r\nb")
        .with("sink", "buffer");
    world.fails_unsent(bad, "TEXT", "referer");
    let fetch = fetch.with("referer", page);
    world.ok(fetch.clone().with("sink", "buffer"));
    let mut presign = fetch;
    presign.head = "presign_download".into();
    let Some(verb) = service.fetches_by else {
        world.fails_unsent(presign, "UNSUPPORTED", "referer");
        return;
    };
    let said = |world: &World<'_>| {
        world
            .requests(verb)
            .last()
            .unwrap()
            .header("referer")
            .map(str::to_owned)
    };
    assert_eq!(said(world).as_deref(), Some(page));
    let made = world.ok(presign);
    let receive = Line::new("receive_presigned").with("json", made.get("json").unwrap());
    world.ok(receive.with("sink", "buffer"));
    assert_eq!(said(world).as_deref(), Some(page));
}

fn presigns_there_and_back(world: &mut World<'_>, service: &Service) {
    assert!(service.can(PRESIGN), "say what comes of it where it cannot");
    service.open(world);
    // Whoever has the request needs no secret.
    let anybody = Line::new("open")
        .with("client", 1)
        .with("retry_delay_ms", 1);
    world.ok(anybody);
    let line = service.upload("a.bin", SIZE);
    let mut presign = line.clone();
    presign.head = "presign_upload".into();
    let made = world.ok(presign);
    let json = made.get("json").unwrap();
    let send = Line::new("send_presigned")
        .with("client", 1)
        .with("json", json)
        .with("source", "buffer")
        .with("size", SIZE)
        .with("seed", line.number("seed"));
    let mut stored = world.ok(send);
    if made.number("needs_completion") == 1 {
        stored = world.ok(Line::new("complete_presigned").with("json", json));
    }
    let mut presign = service.download(stored.get("file").unwrap());
    presign.head = "presign_download".into();
    let made = world.ok(presign);
    let receive = Line::new("receive_presigned")
        .with("client", 1)
        .with("json", made.get("json").unwrap())
        .with("sink", "buffer");
    let got = world.ok(receive);
    let sum = Crc32::of(&content(&line));
    assert_eq!(got.get("sum"), Some(sum.as_str()), "{got}");
}

fn sends_in_parts(world: &mut World<'_>, service: &Service) {
    service.open(world);
    // Two of SMH's smallest, and a bit.
    let size = 2 * MIB + 5;
    let line = service.upload("a.bin", size);
    if !service.can(PARTS) {
        for (key, value) in [
            ("parallel_parts", "2"),
            ("resumable", "1"),
            ("resume_token", "{}"),
            ("checkpoint", "/no/such"),
        ] {
            let line = line.clone().with(key, value);
            world.fails_unsent(line, "UNSUPPORTED", key);
        }
        let abort = Line::new("abort_upload").with("resume_token", "{}");
        world.fails_unsent(abort, "UNSUPPORTED", "abort_upload");
        return;
    }
    let in_parts = service.in_parts.iter();
    let line = in_parts.fold(line, |line, (key, value)| line.with(key, value));
    let line = line.with("resumable", 1).with("parallel_parts", 1);
    world.ok(line.clone().with("file_name", "whole.bin").with("seed", 1));
    let parts = world.requests("part_put").len();
    world.control.clear_journal();
    world.fault(Rule::new(error("EntityTooLarge")).verb("part_put").skip(1));
    let broken = world.fails(line.clone(), "TOO_LARGE");
    world.control.clear_faults();
    let token = broken.get("resume_token").unwrap();
    let stored = world.ok(line.clone().with("resume_token", token));
    // The one that was refused is sent twice, and what has arrived is not.
    world.count("part_put", parts + 1);
    comes_back(world, service, stored.get("file").unwrap(), &line);
}

fn knows_what_it_has(world: &mut World<'_>, service: &Service) {
    service.open(world);
    // SMH knows no smaller files by their hashes.
    let line = service.upload("a.bin", MIB + 1);
    let first = world.ok(line.clone());
    assert_eq!(first.number("instant"), 0, "{first}");
    let again = world.ok(line.clone().with("file_name", "b.bin"));
    let is_instant = i64::from(service.can(INSTANT));
    assert_eq!(again.number("instant"), is_instant, "{again}");
    comes_back(world, service, again.get("file").unwrap(), &line);
}

fn tells_of_its_files(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let info = Line::new("info").with("file", "a.bin");
    let exists = Line::new("exists").with("file", "a.bin");
    let list = Line::new("list").with("directory", "");
    if service.can(INFO) {
        let before = world.ok(exists.clone());
        assert_eq!(before.number("value"), 0, "{before}");
        world.fails(info.clone(), "NOT_FOUND");
        world.ok(service.upload("a.bin", SIZE));
        let told = world.ok(info);
        assert_eq!(told.number("size"), i64::try_from(SIZE).unwrap(), "{told}");
        let after = world.ok(exists);
        assert_eq!(after.number("value"), 1, "{after}");
    } else {
        world.fails_unsent(info, "UNSUPPORTED", "info");
        world.fails_unsent(exists, "UNSUPPORTED", "exists");
    }
    if service.can(LIST) {
        let told = world.ok(list);
        assert_eq!(told.get("0.name"), Some("a.bin"), "{told}");
    } else {
        world.fails_unsent(list, "UNSUPPORTED", "list");
    }
}

/// Nobody is at the account's address; the other one is found, and remembered.
fn is_reached_elsewhere(world: &mut World<'_>, service: &Service) {
    let (socket, closed) = super::network::closed_port();
    let mut open = (service.account)(world).with("max_attempts", 1);
    let good = open.get("base_url").unwrap().to_owned();
    let dead = good.replace(&world.emulator.base_url(), &format!("http://{closed}"));
    assert_ne!(dead, good);
    open.set("base_url", &dead);
    world.ok(open.clone());
    world.fails(service.upload("a.bin", SIZE), "CONNECT");
    open.set("fallback_urls", format!("{dead},{good}"));
    world.ok(open);
    let line = service.upload("a.bin", SIZE);
    let stored = world.ok(line.clone());
    comes_back(world, service, stored.get("file").unwrap(), &line);
    // Nobody asks there any more: who takes a connection now would not answer it.
    socket.listen(1).unwrap();
    world.ok(service.upload("c.bin", 1000));
}

fn says_what_works(world: &mut World<'_>, service: &Service) {
    service.open(world);
    let answer = world.ok(Line::new("check"));
    let found = verdicts(&answer);
    assert_eq!(found[..4], [OK; 4], "{answer}");
    assert_eq!(found[4], NOT_TRIED, "{answer}");
    assert_eq!(found[5], OK, "{answer}");
    let stores = found[7] == NOT_TRIED;
    // Who fetches a token has something to ask without storing anything.
    let gets_token = found[6] != NOT_TRIED;
    assert!(!gets_token || !stores, "{answer}");
    let sent = world.control.journal().len();
    let with_store = world.ok(Line::new("check").with("store", 1));
    assert_eq!(verdicts(&with_store)[7], OK, "{with_store}");
    // The token is there still.
    assert_eq!(verdicts(&with_store)[6], found[6], "{with_store}");
    assert_eq!(
        said(&with_store, "credentials").contains("got before"),
        gets_token
    );
    assert!(world.control.journal().len() > sent);
    // A clock that is wrong.
    world.control.advance_seconds(3600);
    service.open(world);
    let answer = world.ok(Line::new("check").with("store", 1));
    assert_eq!(verdicts(&answer)[5], WARNING, "{answer}");
    assert!(
        said(&answer, "clock").contains("behind the service"),
        "{answer}"
    );
    world.control.set_clock_offset_seconds(0);
    // Credentials that are.
    let account = (service.account)(world);
    let (secret, _) = account
        .pairs()
        .find(|(key, _)| key.ends_with("_secret") || *key == "token")
        .unwrap();
    let wrong = account.clone().with(secret, "5e7c1f0a9b3d");
    world.ok(wrong);
    let answer = world.ok(Line::new("check").with("store", 1));
    let found = verdicts(&answer);
    let at = if gets_token { 6 } else { 7 };
    assert_eq!(found[at], FAILED, "{answer}");
    assert_eq!(answer.number(&format!("{at}.status")), 301, "{answer}");
    assert!(!answer.to_string().contains("5e7c1f0a9b3d"), "{answer}");
}
