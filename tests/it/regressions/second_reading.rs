//! A source that is read twice and gives other bytes the second time.

use super::kit::{as_form, emulator, must_end, netease, options};
use chatfile::{CancelHandle, ReadCallback, Source, Status};
use std::io;

const LENGTH: usize = 3000;

/// Gives `LENGTH` times the first byte, then `LENGTH` times the second, which
/// have base64 texts of other lengths: 0xff is `////`, percent-encoded.
struct Fickle {
    bytes: [u8; 2],
    reading: usize,
    left: usize,
    /// Fired in the second reading.
    cancel: Option<CancelHandle>,
}

impl Fickle {
    fn source(bytes: [u8; 2], cancel: Option<CancelHandle>) -> Source<'static> {
        let fickle = Self {
            bytes,
            reading: 0,
            left: LENGTH,
            cancel,
        };
        Source::callback(fickle, Some(LENGTH as u64))
    }
}

impl ReadCallback for Fickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reading > 0
            && let Some(cancel) = &self.cancel
        {
            cancel.cancel();
        }
        let count = buffer.len().min(self.left);
        buffer[..count].fill(self.bytes[self.reading.min(1)]);
        self.left -= count;
        Ok(count)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.reading += 1;
        self.left = LENGTH;
        Ok(())
    }
}

#[test]
fn other_bytes_at_the_second_reading_are_found_out() {
    for bytes in [[0xff, 0], [0, 0xff]] {
        let emulator = emulator();
        let client = netease(&emulator, options());
        let result = must_end(move || client.upload(Fickle::source(bytes, None), as_form()));
        let error = result.unwrap_err();
        assert_eq!(error.status(), Status::SourceChanged, "{bytes:?}: {error}");
        assert_eq!(error.field(), Some("source"));
        assert_eq!(error.attempts(), 1, "{bytes:?}");
        // Small as it is, it may have got no further than a buffer.
        for sent in emulator.control().journal() {
            let announced: u64 = sent.header("content-length").unwrap().parse().unwrap();
            assert!(sent.body_bytes < announced, "{bytes:?} was sent as a whole");
        }
    }
}

#[test]
fn a_cancelled_upload_of_them_ends_too() {
    let emulator = emulator();
    let client = netease(&emulator, options());
    let error = must_end(move || {
        let cancel = CancelHandle::new();
        let upload = as_form().cancel(cancel.clone());
        client.upload(Fickle::source([0xff, 0], Some(cancel)), upload)
    })
    .unwrap_err();
    assert_eq!(error.status(), Status::Cancelled, "{error}");
}
