//! Memory stays small whatever the size of the file.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use chatfile_ffi_tests::toolchain::Profile;

use crate::{programs, tools};

/// Of each file: so large that even a small part of it in memory would show.
const SIZE: u64 = 256 * 1024 * 1024;
/// By how much a process may grow, the pages of the library and of its TLS included.
const GROWTH_KIB: i64 = 12 * 1024;

/// Serves one connection after the other; throws bodies away as they come, and sends files of zeros. The emulator would
/// take a minute for them when it is built for debugging.
fn serve(listener: &TcpListener) {
    while let Ok((stream, _)) = listener.accept() {
        let mut reader = BufReader::with_capacity(256 * 1024, stream);
        while let Some((target, length)) = read_head(&mut reader) {
            if target == "/stop" {
                return;
            }
            let body = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink());
            let answered = body.and_then(|_| answer(reader.get_mut(), &target));
            if answered.is_err() {
                break;
            }
        }
    }
}

/// The target of the next request and the length of its body.
fn read_head(reader: &mut impl BufRead) -> Option<(String, u64)> {
    let mut target = None;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            return target.map(|target| (target, length));
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        target = target.or_else(|| line.split(' ').nth(1).map(str::to_owned));
    }
}

fn answer(stream: &mut TcpStream, target: &str) -> std::io::Result<()> {
    if target.ends_with("/chatfiles/0-1") {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n")?;
        std::io::copy(&mut std::io::repeat(0).take(SIZE), stream)?;
        return Ok(());
    }
    if target.ends_with("/chatfiles/0-2") {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        write!(stream, "{SIZE:x}\r\n")?;
        std::io::copy(&mut std::io::repeat(0).take(SIZE), stream)?;
        return stream.write_all(b"\r\n0\r\n\r\n");
    }
    let body = if target.ends_with("/token") {
        r#"{"access_token":"YWMtTheToken"}"#
    } else if target.ends_with("/chatfiles") {
        r#"{"entities":[{"uuid":"0-1","type":"chatfile"}]}"#
    } else {
        r#"{"code":200,"url":"http://h/x"}"#
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// By how many KiB the program grows.
fn growth(kind: &str, base_url: &str, path: &Path) -> i64 {
    let program = programs::build("memory.c", Profile::Release);
    let output = programs::output(Command::new(program).args([kind, base_url]).arg(path));
    output.trim().parse().unwrap()
}

fn stop(address: SocketAddr) {
    let mut last = TcpStream::connect(address).unwrap();
    last.write_all(b"GET /stop HTTP/1.1\r\n\r\n").unwrap();
}

/// The process goes on, and the error says what to do; the same file still goes to a path.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "bounds the address space")]
fn a_file_that_does_not_fit_into_memory_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || serve(&listener));
    let folder = tempfile::tempdir_in(tools::work_folder()).unwrap();
    let target = folder.path().join("target");
    let program = programs::build("no_memory.c", Profile::Release);
    let said = programs::output(
        Command::new(program)
            .arg(format!("http://{address}"))
            .arg(&target),
    );
    stop(address);
    server.join().unwrap();
    assert_eq!(std::fs::metadata(&target).unwrap().len(), SIZE);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(
        lines[0],
        format!("CHATFILE_E_MEMORY 0 no memory for a file of {SIZE} bytes; download it to a path")
    );
    assert!(
        lines[1].starts_with("CHATFILE_E_MEMORY 0 no memory for a file of "),
        "{said}"
    );
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn a_large_file_takes_no_more_memory_than_a_small_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || serve(&listener));
    let folder = tempfile::tempdir_in(tools::work_folder()).unwrap();
    let (source, target) = (folder.path().join("sparse"), folder.path().join("target"));
    // A hole: it takes no room on the disk.
    std::fs::File::create(&source)
        .unwrap()
        .set_len(SIZE)
        .unwrap();
    let mut grown = Vec::new();
    for kind in ["easemob-upload", "netease-multipart", "netease-form"] {
        grown.push((kind, growth(kind, &base_url, &source)));
    }
    for kind in ["easemob-download", "netease-download"] {
        grown.push((kind, growth(kind, &base_url, &target)));
        assert_eq!(std::fs::metadata(&target).unwrap().len(), SIZE);
        std::fs::remove_file(&target).unwrap();
    }
    stop(address);
    server.join().unwrap();
    eprintln!("growth in KiB: {grown:?}");
    for (kind, kib) in grown {
        assert!(kib < GROWTH_KIB, "{kind} takes {kib} KiB");
        // A process that takes nothing was not measured.
        assert!(kib > 0, "{kind} takes {kib} KiB");
    }
}
