//! Whether a download is the file that it should be: what the service states of it,
//! and what the caller expects.

use super::options::DownloadOptions;
use crate::digest::{FileDigests, Update as _};
use crate::error::{Error, Phase, Result, Status};
use crate::message::Head;

/// What a download is expected to be.
#[derive(Default)]
pub(super) struct Expected {
    expected: Values,
    statement: Option<Statement>,
    digests: FileDigests,
    /// Not of all of the file: its checksums say nothing of them.
    is_of_part: bool,
}

/// What the caller says of it, as it is written here.
#[derive(Default)]
struct Values {
    size: Option<u64>,
    md5: Option<String>,
    sha256: Option<String>,
    crc64: Option<u64>,
}

/// The checksum that a service states.
struct Statement {
    /// Where the answer has it, as a CRC-64.
    read: fn(&Head) -> Option<u64>,
    is_verified: bool,
}

impl Expected {
    /// Of what a download with these options is expected to be.
    pub(super) fn new(options: &DownloadOptions<'_>) -> Result<Self> {
        let is_of_part = !options.wanted()?.is_whole();
        for (field, is_set) in [
            ("expected_md5", options.expected_md5.is_some()),
            ("expected_sha256", options.expected_sha256.is_some()),
            ("expected_crc64", options.expected_crc64.is_some()),
        ] {
            if is_set && is_of_part {
                return Err(Error::argument(
                    field,
                    "is that of the whole file, and a part of it is asked for",
                ));
            }
        }
        let expected = Values {
            size: options.expected_size,
            md5: hex_digits("expected_md5", options.expected_md5.as_deref(), 32)?,
            sha256: hex_digits("expected_sha256", options.expected_sha256.as_deref(), 64)?,
            crc64: decimal("expected_crc64", options.expected_crc64.as_deref())?,
        };
        let mut digests = FileDigests::default();
        if expected.md5.is_some() {
            digests.want_md5();
        }
        if expected.sha256.is_some() {
            digests.want_sha256();
        }
        if expected.crc64.is_some() {
            digests.want_crc64();
        }
        Ok(Self {
            expected,
            statement: None,
            digests,
            is_of_part,
        })
    }

    /// The service states a CRC-64, in the answer if `read` finds it there.
    pub(super) fn expect_statement(&mut self, read: fn(&Head) -> Option<u64>) {
        if self.is_of_part {
            return;
        }
        self.digests.want_crc64();
        self.statement = Some(Statement {
            read,
            is_verified: false,
        });
    }

    /// The CRC-64 that this answer states.
    pub(super) fn stated(&self, head: &Head) -> Option<u64> {
        (self.statement.as_ref()?.read)(head)
    }

    /// Whether the service states a CRC-64 that nothing was compared with yet.
    pub(super) fn is_waiting(&self) -> bool {
        self.statement.as_ref().is_some_and(|one| !one.is_verified)
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.digests.update(bytes);
    }

    /// Whether the digests have to begin anew to go on from `at`.
    pub(super) fn must_catch_up(&self, at: u64) -> bool {
        self.digests.are_wanted() && self.digests.taken() != at
    }

    /// Begins with the first byte again.
    pub(super) fn restart(&mut self) {
        self.digests.restart();
        if let Some(statement) = &mut self.statement {
            statement.is_verified = false;
        }
    }

    /// Compares the bytes with what the service states of them.
    pub(super) fn verify(&mut self, stated: u64) -> Result<()> {
        let (Some(statement), Some(crc64)) = (&mut self.statement, self.digests.crc64()) else {
            return Ok(());
        };
        statement.is_verified = crc64 == stated;
        if statement.is_verified {
            return Ok(());
        }
        Err(integrity(format!(
            "the bytes have the CRC-64 {crc64}, the service states {stated}: they were damaged on \
             the way; try again"
        ))
        .retryable())
    }

    /// Fails if a file of more than `size` bytes cannot be the one that is expected.
    pub(super) fn size_so_far(&self, size: u64) -> Result<()> {
        match self.expected.size {
            Some(expected) if size > expected => {
                Err(other_size(expected, &format!("{size} or more")))
            }
            _ => Ok(()),
        }
    }

    /// Fails if a file of `size` bytes is not the one that is expected.
    pub(super) fn size(&self, size: u64) -> Result<()> {
        match self.expected.size {
            Some(expected) if size != expected => Err(other_size(expected, &size.to_string())),
            _ => Ok(()),
        }
    }

    /// Fails if a size is expected: the answer does not state it.
    pub(super) fn size_is_not_expected(&self) -> Result<()> {
        match self.expected.size {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Status::Response,
                "the answer does not say how long the file is, so that a part of it cannot be told \
                 from one of another file: ask for it without expected_size, or for the whole",
            )
            .with_phase(Phase::Receive)),
        }
    }

    /// Compares all that has arrived with what is expected.
    pub(super) fn file(&self, size: u64) -> Result<()> {
        self.size(size)?;
        let (expected, found) = (&self.expected, &self.digests);
        differs("expected_md5", "MD5", expected.md5.as_ref(), found.md5())?;
        differs(
            "expected_sha256",
            "SHA-256",
            expected.sha256.as_ref(),
            found.sha256(),
        )?;
        differs(
            "expected_crc64",
            "CRC-64",
            expected.crc64.as_ref(),
            found.crc64(),
        )
    }
}

fn differs<T: PartialEq + std::fmt::Display>(
    field: &'static str,
    what: &str,
    expected: Option<&T>,
    found: Option<T>,
) -> Result<()> {
    match (expected, found) {
        (Some(expected), Some(found)) if *expected != found => Err(other_file(
            field,
            format_args!("the {what} of what arrived is {found}, {expected} was expected"),
        )),
        _ => Ok(()),
    }
}

fn other_size(expected: u64, found: &str) -> Error {
    other_file(
        "expected_size",
        format_args!("the file has {found} bytes, {expected} were expected"),
    )
}

/// Nothing that time would help against, as far as can be told from here.
fn other_file(field: &'static str, found: std::fmt::Arguments<'_>) -> Error {
    integrity(format!(
        "{field}: {found}: it is another file, or a page that a proxy or a portal put in its \
         place; look at the network and at the message"
    ))
    .with_field(field)
}

fn integrity(message: String) -> Error {
    Error::new(Status::Integrity, message).with_phase(Phase::Receive)
}

/// A digest in hexadecimal, as it is written here.
fn hex_digits(field: &'static str, given: Option<&str>, digits: usize) -> Result<Option<String>> {
    let Some(given) = given else {
        return Ok(None);
    };
    if given.len() == digits && given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Some(given.to_ascii_lowercase()));
    }
    let reason = format_args!(
        "{} is not {digits} hexadecimal digits",
        crate::text::clean(given)
    );
    Err(Error::argument(field, reason))
}

fn decimal(field: &'static str, given: Option<&str>) -> Result<Option<u64>> {
    let parse = |given: &str| {
        // A sign is none of its characters.
        let is_number = given.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| given.parse().ok()).flatten()
    };
    match given.map(|given| (given, parse(given))) {
        None => Ok(None),
        Some((_, Some(number))) => Ok(Some(number)),
        Some((given, None)) => Err(Error::argument(
            field,
            format_args!(
                "{} is no unsigned decimal number of 64 bits",
                crate::text::clean(given)
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(options: DownloadOptions<'_>) -> Result<Expected> {
        Expected::new(&options)
    }

    fn field(result: Result<impl Sized>) -> Option<&'static str> {
        let error = result.err().unwrap();
        assert_eq!(error.status(), Status::Integrity, "{error}");
        assert!(!error.is_retryable(), "{error}");
        error.field()
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let refused = |options| check(options).err().unwrap();
        for text in [
            "",
            "25f9",
            "25f9e794323b453885f5181f1b624d0g",
            "é5f9e794323b453885f5181f1b624d0",
        ] {
            let error = refused(DownloadOptions::default().expected_md5(text));
            assert_eq!(
                (error.status(), error.field()),
                (Status::Argument, Some("expected_md5"))
            );
            let error = refused(DownloadOptions::default().expected_sha256(text));
            assert_eq!(error.field(), Some("expected_sha256"));
        }
        for text in ["", "-1", "+1", "0x1", "1 ", "18446744073709551616"] {
            let error = refused(DownloadOptions::default().expected_crc64(text));
            assert_eq!(
                (error.status(), error.field()),
                (Status::Argument, Some("expected_crc64"))
            );
        }
    }

    #[test]
    fn the_size_is_told_as_soon_as_it_is_known() {
        let check = check(DownloadOptions::default().expected_size(0)).unwrap();
        check.size_so_far(0).unwrap();
        check.file(0).unwrap();
        assert_eq!(field(check.size_so_far(1)), Some("expected_size"));
        assert_eq!(field(check.size(1)), Some("expected_size"));
    }

    #[test]
    fn each_digest_is_compared_however_it_is_written() {
        let given = || {
            DownloadOptions::default()
                .expected_size(9)
                .expected_md5("25F9E794323B453885F5181F1B624D0B")
                .expected_crc64("011051210869376104954")
        };
        let mut good = check(given()).unwrap();
        good.take(b"123456789");
        good.file(9).unwrap();
        let mut bad = check(given()).unwrap();
        bad.take(b"123456780");
        assert_eq!(field(bad.file(9)), Some("expected_md5"));
        let mut bad = check(DownloadOptions::default().expected_crc64("0")).unwrap();
        bad.take(b"1");
        let error = bad.file(1).unwrap_err();
        assert!(error.message().contains("0 was expected"), "{error}");
        // What was taken of another version does not count.
        assert!(bad.must_catch_up(0));
        bad.restart();
        bad.file(0).unwrap();
    }
}
