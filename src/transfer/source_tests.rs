#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn watch() -> Watch {
    crate::watch::tests::watch(None)
}

fn drain(source: &mut OpenSource<'_>) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 7];
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(all),
            n => all.extend_from_slice(&buffer[..n]),
        }
    }
}

#[test]
fn bytes_can_be_read_again() {
    let mut source = Source::bytes(b"twenty bytes of text").open().unwrap();
    assert_eq!(drain(&mut source).unwrap(), b"twenty bytes of text");
    assert!(source.can_restart());
    source.restart(&watch()).unwrap();
    assert_eq!(drain(&mut source).unwrap(), b"twenty bytes of text");
}

#[test]
fn a_stream_that_ends_early_is_an_error() {
    let mut source = Source::reader(&b"abc"[..], 4).open().unwrap();
    let error = drain(&mut source).unwrap_err();
    assert_eq!(error.status(), Status::Source);
    assert!(error.message().contains("after 3 bytes, 4"), "{error}");
}

#[test]
fn no_file_is_longer_than_a_number_of_63_bits() {
    for (length, is_fine) in [(i64::MAX as u64, true), (1 << 63, false), (u64::MAX, false)] {
        let error = Source::reader(io::empty(), length).open().err();
        let field = error.as_ref().and_then(Error::field);
        assert_eq!(field, (!is_fine).then_some("source.length"));
    }
}

#[test]
fn the_digests_of_the_whole_take_each_byte_once() {
    let bytes: Vec<u8> = (0..1000u16).map(|i| i as u8).collect();
    let mut expected = FileDigests::default();
    expected.want_md5();
    expected.update(&bytes);
    let on = watch();
    let section = |source: &mut OpenSource<'_>, section| {
        source.select(section, &watch()).unwrap();
        drain(source).unwrap();
    };
    // In order, again, with a gap, and not at all.
    for sections in [
        &[(0, 1000)][..],
        &[(0, 300), (0, 500), (200, 1000)],
        &[(0, 300), (600, 1000), (100, 200)],
        &[],
    ] {
        let reader = || io::Cursor::new(&bytes);
        for mut source in [
            Source::bytes(&bytes).open().unwrap(),
            Source::seekable(reader()).open().unwrap(),
        ] {
            let mut digests = FileDigests::default();
            digests.want_md5();
            source.digest_whole(digests);
            for (start, end) in sections {
                section(&mut source, *start..*end);
            }
            source.finish_whole(&on).unwrap();
            let found = source.whole().unwrap();
            assert_eq!((found.taken(), found.md5()), (1000, expected.md5()));
        }
    }
    // What is skipped in a stream was read, too.
    let mut source = Source::reader(&bytes[..], 1000).open().unwrap();
    let mut digests = FileDigests::default();
    digests.want_md5();
    source.digest_whole(digests);
    section(&mut source, 600..1000);
    assert_eq!(source.whole().unwrap().md5(), expected.md5());
}

/// Gives so many bytes each time that it is read, and notes how often it has
/// said that it is over.
struct Counted<'c> {
    given: u64,
    gives: u64,
    ends: &'c std::cell::Cell<u32>,
}

impl ReadCallback for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.gives - self.given).unwrap();
        let count = left.min(buffer.len());
        buffer[..count].fill(7);
        self.given += count as u64;
        self.ends.set(self.ends.get() + u32::from(count == 0));
        Ok(count)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.given = 0;
        Ok(())
    }
}

#[test]
fn a_longer_stream_is_an_error_before_its_last_byte_is_given() {
    for (length, gives) in [(0, 1), (4, 5), (4, 100), (7, 8)] {
        let ends = std::cell::Cell::new(0);
        let counted = Counted {
            given: 0,
            gives,
            ends: &ends,
        };
        let opened = Source::callback(counted, Some(length)).open();
        let error = opened
            .and_then(|mut source| drain(&mut source))
            .unwrap_err();
        assert_eq!(error.status(), Status::Source, "{length} {gives}");
        let announced = format!("more than the {length} bytes");
        assert!(error.message().contains(&announced), "{error}");
    }
}

#[test]
fn a_stream_is_asked_for_its_end_once_in_each_pass() {
    for length in [0, 4, 7, 10] {
        let ends = std::cell::Cell::new(0);
        let counted = Counted {
            given: 0,
            gives: length,
            ends: &ends,
        };
        let mut source = Source::callback(counted, Some(length)).open().unwrap();
        for pass in 1..3 {
            source.restart(&watch()).unwrap();
            assert_eq!(drain(&mut source).unwrap().len() as u64, length);
            assert_eq!(drain(&mut source).unwrap(), b"");
            // One without bytes needs no second pass.
            assert_eq!(ends.get(), if length == 0 { 1 } else { pass });
        }
    }
}

#[test]
fn a_section_ends_where_the_source_ends_only_if_it_is_the_last() {
    let ends = std::cell::Cell::new(0);
    let counted = Counted {
        given: 0,
        gives: 11,
        ends: &ends,
    };
    let mut source = Source::callback(counted, Some(10)).open().unwrap();
    source.select(0..5, &watch()).unwrap();
    assert_eq!(drain(&mut source).unwrap().len(), 5);
    source.select(5..10, &watch()).unwrap();
    let error = drain(&mut source).unwrap_err();
    assert_eq!(error.status(), Status::Source);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_longer_than_the_system_says_is_an_error() {
    let error = Source::path("/proc/self/status").open().err().unwrap();
    assert_eq!(error.status(), Status::Source);
    assert_eq!(error.field(), Some("source.path"));
    assert!(error.message().contains("more than the 0 bytes"), "{error}");
}

#[test]
fn a_one_way_stream_restarts_only_before_its_first_byte() {
    let mut source = Source::reader(&b"abc"[..], 3).open().unwrap();
    assert!(source.can_restart());
    assert!(!source.can_rewind());
    source.read(&mut [0; 1]).unwrap();
    assert!(!source.can_restart());
    assert!(source.restart(&watch()).is_err());
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told_apart() {
    let path = std::env::temp_dir().join(format!("chatfile-source-{}", std::process::id()));
    std::fs::write(&path, b"0123456789").unwrap();
    let mut source = Source::path(&path).open().unwrap();
    source.read(&mut [0; 4]).unwrap();
    std::fs::write(&path, b"0123456789 and more").unwrap();
    let error = drain(&mut source).unwrap_err();
    assert_eq!(error.status(), Status::SourceChanged);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_directory_is_not_a_source() {
    let error = Source::path(std::env::temp_dir()).open().err().unwrap();
    assert_eq!(error.status(), Status::Source);
    assert_eq!(error.field(), Some("source.path"));
}

#[test]
fn what_was_looked_at_comes_again() {
    let second = std::time::Duration::from_secs(1);
    let timeouts = crate::watch::Timeouts {
        connect: second,
        stall: second,
        deadline: None,
    };
    let watch = Watch::start(timeouts, None);
    let ends = std::cell::Cell::new(0);
    let counted = |gives, length| {
        let callback = Counted {
            given: 0,
            gives,
            ends: &ends,
        };
        Source::callback(callback, length).open().unwrap()
    };
    let data = drain(&mut counted(10, Some(10))).unwrap();
    for most in [1, 4, 10, 100] {
        let mut source = counted(10, Some(10));
        let seen = source.peek(most, &watch).unwrap().to_vec();
        assert_eq!(seen, data[..most.min(10)]);
        assert_eq!(
            source.peek(most + 2, &watch).unwrap(),
            &data[..(most + 2).min(10)]
        );
        // Nothing of it was read.
        assert!(source.can_restart());
        for _ in 0..2 {
            source.restart(&watch).unwrap();
            assert_eq!(drain(&mut source).unwrap(), data);
        }
    }
    let mut bytes = Source::bytes(b"12345").open().unwrap();
    assert_eq!(bytes.peek(3, &watch).unwrap(), b"123");
    assert_eq!(bytes.peek(9, &watch).unwrap(), b"12345");
    assert_eq!(drain(&mut bytes).unwrap(), b"12345");
    // A stream that has fewer than it says fails as ever, and is not asked again.
    let mut short = counted(3, Some(10));
    ends.set(0);
    assert_eq!(short.peek(9, &watch).unwrap().len(), 3);
    assert_eq!(drain(&mut short).unwrap_err().status(), Status::Source);
    assert_eq!(ends.get(), 1);
    // One of unknown length has them when it is kept.
    for (gives, seen) in [(3, 3), (10, 4)] {
        let mut stream = counted(gives, None);
        assert_eq!(stream.peek(4, &watch).unwrap(), &data[..seen]);
        stream.spool(100, &watch).unwrap();
        assert_eq!(stream.len(), gives);
        assert!(data.starts_with(&drain(&mut stream).unwrap()));
    }
}

#[test]
fn a_tiny_file_that_was_looked_at_is_not_read_again() {
    let path = std::env::temp_dir().join(format!("chatfile-head-{}", std::process::id()));
    for length in [1, HEAD_MIN - 1, HEAD_MIN, HEAD_MIN + 1] {
        let bytes: Vec<u8> = (0..length).map(|i| i as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut source = Source::path(&path).open().unwrap();
        let watch = crate::watch::tests::watch(None);
        assert_eq!(source.peek(9, &watch).unwrap(), &bytes[..length.min(9)]);
        assert_eq!(source.is_head_all, length < HEAD_MIN);
        for _ in 0..2 {
            source.restart(&watch).unwrap();
            assert_eq!(drain(&mut source).unwrap(), bytes);
        }
        // That it is another file by now is still noticed.
        std::fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
        source.restart(&watch).unwrap();
        let error = drain(&mut source).unwrap_err();
        assert_eq!(error.status(), Status::SourceChanged, "{length}");
    }
    std::fs::remove_file(path).unwrap();
}
