//! Uploads files to NetEase IM, four at a time, and says how far all of them are.

use chatfile::{Client, ClientOptions, Netease, UploadOptions};
use std::env::{args, var};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut app = Netease::new(var("NETEASE_APP_KEY")?, var("NETEASE_APP_SECRET")?);
    app.base_url = var("NETEASE_BASE_URL").ok();
    let client = Client::netease(app, ClientOptions::default())?;
    let files: Vec<String> = args().skip(1).collect();
    let mut total = 0;
    for file in &files {
        total += fs::metadata(file).map_or(0, |file| file.len());
    }
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Relaxed)) {
            let mut seen = 0;
            let options = UploadOptions::default().progress(|now| {
                let moved = now.done - seen;
                seen = now.done;
                let all = done.fetch_add(moved, Relaxed) + moved;
                eprint!("{:3} %\r", all * 100 / total.max(1));
                Ok(())
            });
            match client.upload(Path::new(file), options) {
                Ok(_) => println!("sent {file}"),
                Err(error) => println!("refused {file}: {error}"),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    Ok(())
}
