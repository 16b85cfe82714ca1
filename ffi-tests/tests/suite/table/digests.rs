//! The digests, of files and of pieces that come one after the other.

use std::path::PathBuf;

use super::cases;
use crate::protocol::Line;
use crate::world::{MIB, World};

cases![
    vectors_of_files,
    vectors_of_pieces,
    parts,
    combined,
    a_file_that_cannot_be_read,
    fired_before_the_call,
];

/// Length, beginning and full hash of SMH, CRC-64 (all of smh.md §1.4, but for length 1), and OpenIM's hash for
/// parts of 1 MiB (by Python's hashlib).
const VECTORS: &[(u64, &str, &str, &str, &str)] = &[
    (
        0,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "0",
        "74be16979710d4c4e7c6647856088456",
    ),
    (
        1,
        "e7cf46a078fed4fafd0b5e3aff144802b853f8ae459a4f0c14add3314b7cc3a6",
        "e7cf46a078fed4fafd0b5e3aff144802b853f8ae459a4f0c14add3314b7cc3a6",
        "12656905590016998411",
        "d8614dc2c5f13aca7315caf9622ddd28",
    ),
    (
        9,
        "f31f20ae218992b2f583da7d38b337c40d9641cd1015d0cb40de5b298ce11a6b",
        "f31f20ae218992b2f583da7d38b337c40d9641cd1015d0cb40de5b298ce11a6b",
        "14359965983236094330",
        "7f575a0f660a71879ef1f177414fe6f1",
    ),
    (
        MIB - 1,
        "b32f60d33274d23dfe7725f6a04599cdc2e403c372c3286fd16b77fa5afd6cd4",
        "b32f60d33274d23dfe7725f6a04599cdc2e403c372c3286fd16b77fa5afd6cd4",
        "2137122490336627600",
        "bf9fc28b0575186ef79a071fd47ff9fe",
    ),
    (
        MIB,
        FIRST_MIB,
        FIRST_MIB,
        "3842782548025872436",
        "f91c0a6c76b962bda0fb1be3865c7d45",
    ),
    (
        MIB + 1,
        FIRST_MIB,
        "5904bf0be31cc1abbf936988c0d6a79b528c8bf0936cfc32c5e3b1b1c8aa7efe",
        "5976039285672947699",
        "eaa172f9861f32dd9553cb36ca8a5ac6",
    ),
    (
        2 * MIB + 12_345,
        FIRST_MIB,
        "087ffd5a1bbeda8643df8bbc48f1642ae57f247149b9cd7e020175083e6f5160",
        "18377771109239849375",
        "9fa54409924fd2eacc47c9603eeacdfc",
    ),
    (
        3 * MIB,
        FIRST_MIB,
        "4290aa1846c8d78ad59390dc8ef3cac5003c7dec759f0b03d624c6f41a772c7a",
        "17419250836975047413",
        "00238e04b989e95c7153253b009ae2ad",
    ),
];

const FIRST_MIB: &str = "503b5e5ad1710ffa17440d82a923184b90590e1e03f03947b5ed7b31bbb53243";

/// A file with the bytes of the vectors.
fn sample(world: &World<'_>, length: u64) -> PathBuf {
    let path = world.path("sample");
    let bytes = (0..length).map(|i| (31 * i + 7 * (i >> 8) + 11) as u8);
    std::fs::write(&path, bytes.collect::<Vec<u8>>()).unwrap();
    path
}

/// Reads the sample in pieces of `step` bytes; 0 leaves the reading to the library.
fn digest(world: &mut World<'_>, length: u64, part_size: u64, step: u64) -> Line {
    let path = sample(world, length);
    let line = Line::new("digest")
        .with("path", path.display())
        .with("part_size", part_size);
    world.ok(if step > 0 {
        line.with("step", step)
    } else {
        line
    })
}

#[track_caller]
fn check(world: &mut World<'_>, vector: usize, step: u64) {
    let (length, beginning, full, crc64, openim) = VECTORS[vector];
    let answer = digest(world, length, MIB, step);
    let context = format!("{length} bytes by {step}: {answer}");
    assert_eq!(answer.get("beginning"), Some(beginning), "{context}");
    assert_eq!(answer.get("full"), Some(full), "{context}");
    assert_eq!(answer.get("crc64"), Some(crc64), "{context}");
    assert_eq!(answer.get("number"), Some(crc64), "{context}");
    assert_eq!(answer.get("openim"), Some(openim), "{context}");
    let parts = length.div_ceil(MIB).max(1);
    assert_eq!(answer.number("parts").unsigned_abs(), parts, "{context}");
}

fn vectors_of_files(world: &mut World<'_>) {
    for vector in 0..VECTORS.len() {
        check(world, vector, 0);
    }
}

fn vectors_of_pieces(world: &mut World<'_>) {
    for (vector, (length, ..)) in VECTORS.iter().enumerate() {
        // A single byte at a time for the short ones.
        let steps = if *length < 10 { [1, 4] } else { [700_001, MIB] };
        for step in steps {
            check(world, vector, step);
        }
    }
}

fn parts(world: &mut World<'_>) {
    // By Python's hashlib.
    let answer = digest(world, 9, 5, 2);
    assert_eq!(answer.number("parts"), 2);
    assert_eq!(
        answer.get("part.0"),
        Some("4d9e9a2778dc2f792c0e0cdb9b45a3f7")
    );
    assert_eq!(
        answer.get("part.1"),
        Some("c72ad7f1e7eb1f850a66dc15566969c4")
    );
    assert_eq!(
        answer.get("openim"),
        Some("1cc04b6f8dcce4159c43c79526deebdd")
    );
    let answer = digest(world, 9, 0, 2);
    assert_eq!(answer.number("parts"), 1);
    assert_eq!(
        answer.get("part.0"),
        Some("320e44b89eb4a737bd5011fd626c041a")
    );
    assert_eq!(answer.get("openim"), Some(VECTORS[2].4));
}

fn combined(world: &mut World<'_>) {
    let mut combine = |first: &str, second: &str, length: u64| {
        let line = Line::new("combine")
            .with("first", first)
            .with("second", second)
            .with("length", length);
        world.ok(line).get("number").unwrap_or_default().to_owned()
    };
    // The parts that smh.md §1.4 lists: 1 MiB, 1 MiB, 12,345 bytes.
    let mib = "3842782548025872436";
    let two = combine(mib, mib, MIB);
    assert_eq!(two, "18083270082574692898");
    let all = combine(&two, "4240867287423761954", 12_345);
    assert_eq!(all, VECTORS[6].3);
    assert_eq!(combine(&all, "0", 0), all);
    assert_eq!(combine("0", &all, 2 * MIB + 12_345), all);
}

fn a_file_that_cannot_be_read(world: &mut World<'_>) {
    let folder = world.folder.path().to_owned();
    // The last is made up by the system, which says that it has 0 bytes.
    for path in [world.path("missing"), folder, "/proc/self/maps".into()] {
        let line = Line::new("digest").with("path", path.display());
        world.fails_unsent(line, "SOURCE", "path");
    }
}

fn fired_before_the_call(world: &mut World<'_>) {
    let path = sample(world, 9);
    let line = Line::new("digest").with("path", path.display());
    let answer = world.fails(line.with("fire_before", 1), "CANCELLED");
    assert_eq!(answer.get("field"), None);
}
