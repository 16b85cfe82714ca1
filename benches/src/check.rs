//! Before anything is measured: do all contenders do the same work?

use crate::programs::{Contender, Programs, Task};
use crate::server::Server;
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
    let mut forms: Vec<Vec<u8>> = Vec::new();
    let run = |contender: &Contender, job: &str, file| {
        contender.run(&Task {
            job,
            url: &server.url(job.starts_with("tls-")),
            file,
            size: SIZE as u64,
            count: 1,
        })
    };
    for contender in &programs.contenders {
        for job in [
            "easemob-upload",
            "netease-multipart",
            "smh-simple",
            "tls-upload",
        ] {
            run(contender, job, &source)?;
            let body = server.take_kept();
            demand(contender, job, holds(&body, &content))?;
        }
        for job in ["download", "memory-download", "tls-download"] {
            run(contender, job, &target)?;
            demand(contender, job, fs::read(&target)? == content)?;
        }
    }
    let mut first: Option<Vec<u8>> = None;
    for contender in &programs.contenders {
        run(contender, "json-upload", &source)?;
        let body = server.take_kept();
        let same = first.as_ref().is_none_or(|first| same_json(first, &body));
        demand(contender, "json-upload", same && body.len() > SIZE)?;
        first.get_or_insert(body);
    }
    for contender in programs.contenders.iter().chain([&programs.in_memory]) {
        run(contender, "netease-form", &source)?;
        forms.push(server.take_kept());
        let same = forms.last() == forms.first() && forms[0].len() > SIZE;
        demand(contender, "netease-form", same)?;
    }
    fs::remove_file(source)?;
    fs::remove_file(target)
}

/// Whether two objects hold the same, in whichever order.
fn same_json(one: &[u8], other: &[u8]) -> bool {
    let fields = |body: &[u8]| {
        let text = String::from_utf8_lossy(body).into_owned();
        let mut fields: Vec<String> = text
            .trim_matches(['{', '}'])
            .split(',')
            .map(str::to_owned)
            .collect();
        fields.sort();
        fields
    };
    fields(one) == fields(other)
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
