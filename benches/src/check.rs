//! Before anything is measured: do all contenders do the same work?

use crate::programs::{Contender, Programs, Task};
use crate::server::Server;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Not a multiple of three, so that the form ends with padding, and more than
/// the buffers of the contenders hold.
const SIZE: usize = 300_001;

/// Fails unless every contender sends the file as it is, sends the same form,
/// and writes the same download.
pub fn same_work(programs: &Programs, server: &Server, folder: &Path) -> io::Result<()> {
    let content = crate::random_bytes(SIZE);
    let source = folder.join("check.bin");
    fs::write(&source, &content)?;
    let target = folder.join("check.out");
    let run = |contender: &Contender, job: &str, file| {
        contender.run(&Task {
            job,
            url: &server.url(job.starts_with("tls-")),
            file,
            size: SIZE as u64,
            count: 1,
        })
    };
    // What is sent as chatfile sends it, but for the order of the fields.
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for contender in &programs.contenders {
        let jobs =
            |jobs: &'static [&'static str]| jobs.iter().copied().filter(|job| contender.can(job));
        for job in jobs(&[
            "easemob-upload",
            "netease-multipart",
            "smh-simple",
            "tls-upload",
        ]) {
            run(contender, job, &source)?;
            let body = server.take_kept();
            demand(contender, job, holds(&body, &content))?;
        }
        for job in jobs(&["download", "memory-download", "tls-download"]) {
            run(contender, job, &target)?;
            demand(contender, job, fs::read(&target)? == content)?;
        }
        for job in jobs(&["json-upload", "netease-form"]) {
            run(contender, job, &source)?;
            let body = server.take_kept();
            let fields = fields(&body);
            let same = *texts.entry(job).or_insert_with(|| fields.clone()) == fields;
            demand(contender, job, same && body.len() > SIZE)?;
        }
    }
    fs::remove_file(source)?;
    fs::remove_file(target)
}

/// The fields of an object or a form, in one order, without the blanks that some put
/// between them.
fn fields(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body).replace(' ', "");
    let fields = text.trim_matches(['{', '}']).split([',', '&']);
    let mut fields: Vec<String> = fields.map(str::to_owned).collect();
    fields.sort();
    fields
}

/// Whether `content` stands somewhere in `body`.
fn holds(body: &[u8], content: &[u8]) -> bool {
    body.windows(content.len()).any(|window| window == content)
}

fn demand(contender: &Contender, job: &str, right: bool) -> io::Result<()> {
    if right {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{}: {job} moved other bytes than it should",
        contender.name
    )))
}
