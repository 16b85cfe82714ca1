//! The page docs/reliability.md: what the matrix came to.

use std::fmt::Write as _;
use std::fs;

use chatfile_ffi_tests::toolchain::root;

use crate::rows::{ROWS, STALL_MS, TRICKLE_STALL_MS};
use crate::run::Cell;
use crate::verb::{self, Verb};

const COMMAND: &str =
    "CHATFILE_UPDATE=1 cargo test -p chatfile-ffi-tests --test matrix every_fault";

/// Fails if the page that is checked in is another; writes it if `CHATFILE_UPDATE` is set.
pub fn check(cells: &[Cell]) {
    let path = root().join("docs/reliability.md");
    let page = write(cells);
    if std::env::var_os("CHATFILE_UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let line = found
        .lines()
        .zip(page.lines())
        .find(|(found, made)| found != made);
    assert!(
        found == page,
        "docs/reliability.md is not what the matrix came to: {line:?}\nwrite it with: {COMMAND}"
    );
}

fn write(cells: &[Cell]) -> String {
    let mut page = format!(
        "\
# What comes of a fault

Made by the test `matrix`, which fails when this page is not what it found; write it anew with

```sh
{COMMAND}
```

Each cell is a call through the C interface, by a C program, to [the emulator](emulator.md) on loopback, in which the
fault of its row was set for the verb of its column.

**How to read a cell**: `ok`, or the status without `CHATFILE_E_`; the attempts that the result or the error reports; the
requests of that verb that the server saw. `ok 2/2` is a success at the second attempt; `CONNECT 3/0` failed after three
attempts without a request. `–` stands where a result does not tell of attempts. `+1 token` are requests of another
verb; the tokens that a client fetches first, where no verb is about them, are not counted. `—` makes no sense, for the reason beside it:
*no body*: a GET has none; *small body*: it is sent at once, whole; *no JSON*: the answer is a file; *empty answer*: it is a
status, or an address in the head; *signed size*: it is fixed when the request is presigned; *bound to the address*: a resume
token is.

**At OpenIM and SMH** a call is several requests, to the service and to its storage. Each has a column of its own, and the fault
is set for that request alone. What a call asks for besides in any case is not told: neither the other requests, nor the parts and
questions that are more than one. `ok 2/2 +1 initiate_form` is an upload whose second attempt began with another permission.
Parts are sent one after the other, so that the numbers are always the same.

**Checked in each cell, besides**: the call takes no longer than the seconds in the last column (they are there to
catch what hangs; on an idle machine calls take milliseconds, but for the pauses that are part of the row). A download goes
to a path at which an old file lies: after a failure it is still there, and after a success the new one; nothing
else is ever left in the folder. A failed call reports no finished progress. No token and no secret is in the error. The client
does the same call well once the fault is gone. No file or socket is left open, and the process does not grow by
more than 8 MiB. All rows but those about stalls, the trickle, large bodies and ten
seconds of silence run under valgrind, too, without an error or a leak; of the columns of OpenIM and SMH, seven.

**Settings**: three attempts (two in the rows about stalls) with pauses of at most 1 and 2 ms; stall time-out {STALL_MS} ms in the
rows about stalls, {TRICKLE_STALL_MS} ms for the trickle; otherwise the defaults: connect time-out 15 s, stall time-out 60 s, no
deadline. Files have 20,000 bytes (uploads; 12 MiB where a fault is within the body) and 200 KB (downloads); those that go to SMH in
parts or at once have 1 MiB more. OpenIM's parts have 8 KiB, but for the large files.

**By hand**, through a relay that takes 50 ms, lets 2 MB/s through and resets each connection after a random number of bytes (8 MiB on average),
64 MiB at SMH, in November 2026: downloads 10 of 10 in one call, and no byte came twice; uploads 10 of 10, with 1.3 to 2.1 times the bytes in parts of
8 MiB, 1.2 to 1.3 in parts of 4 MiB, 1.1 to 1.3 in parts of 2 MiB, as they are by default. `cargo xtask interop` measures that without the delays, with no
more under way than such a link holds (100 KB): put 8 of 8 with 1.13 times the bytes on average at SMH, 1.39 at OpenIM with MinIO, get 8 of 8 with 1.00 at both. What is cut begins a part anew, and nothing
else is sent twice: over connections that are cut at random after L bytes on average that is (e^x - 1) / x times the bytes with x = part / L, 1.14 for 2 MiB and 1.39 for 5 MiB, the least that S3 takes, so OpenIM's cannot be
smaller. 24 MiB at SMH, in one request at first: put 8 of 8 with 1.5 times the bytes (4 of 8 if it is to stay one).

A relay that passes nothing on for a while in the middle, with all connections open and the options as they are by default (November 2026, Python, SMH and OpenIM at the emulator, 64 MiB each way and uploads of 24 MiB, which
go to SMH in one request): 12 of 12 came through. 35 s at SMH: in one attempt, and no byte twice; at OpenIM, whose store hangs up after 30 s as MinIO does, in up to two attempts with 1.00 times the bytes down, 1.03 to 1.50 up.
75 s: in two attempts, half a second to a second and a half after the end of the silence, with 1.00 times the bytes down, 1.13 (SMH), 1.27 to 1.50 (OpenIM) and 1.66 (the one request) up.

Proxies: squid (plain, CONNECT, Basic, Digest, over TLS) and microsocks are part of the matrix where they are installed.

"
    );
    for (title, services) in verb::SERVICES {
        table(&mut page, title, services, cells);
    }
    page += "\n## The faults\n\n";
    for row in ROWS.iter().filter(|row| !row.note.is_empty()) {
        let _ = writeln!(page, "- **{}**: {}", row.name, row.note);
    }
    page
}

/// The columns of some services, and the rows that say something of them.
fn table(page: &mut String, title: &str, services: &[&str], cells: &[Cell]) {
    let of_these = |verb: &Verb| services.contains(&verb.service());
    let verbs: Vec<Verb> = verb::ALL.into_iter().filter(of_these).collect();
    let _ = write!(page, "\n## {title}\n\n| Fault |");
    for verb in &verbs {
        // The name of a service is in its title.
        let name = verb.title();
        let name = match services {
            [_] => name.split_once(' ').map_or(name, |(_, rest)| rest),
            _ => name,
        };
        let _ = write!(page, " {name} |");
    }
    *page += " s |\n| --- |";
    for _ in 0..=verbs.len() {
        *page += " --- |";
    }
    *page += "\n";
    for (index, row) in ROWS.iter().enumerate() {
        if verbs
            .iter()
            .all(|verb| row.cells.of(*verb).starts_with('—'))
        {
            continue;
        }
        let _ = write!(page, "| {} |", row.name);
        for verb in &verbs {
            let cell = cells
                .iter()
                .find(|(row, column, _)| *row == index && column == verb);
            let _ = write!(page, " {} |", cell.map_or("", |(_, _, cell)| cell));
        }
        let _ = writeln!(page, " {} |", row.at_most_s);
    }
}
