//! Uploads a file to NetEase with a bar, until somebody presses Enter:
//!
//!     cargo run --example cancel -- FILE
//!
//! A window would do the same: the upload on a thread of its own, progress posted
//! to the main loop, and the cancel handle with the button. The account is that
//! of `upload.rs`.

use chatfile::{CancelHandle, Client, ClientOptions, Netease, Progress, Status, UploadOptions};
use std::env::{args, var};
use std::io::stdin;
use std::path::PathBuf;
use std::thread;

/// Called on the thread of the upload, at least four times a second; an error
/// would stop it, too.
fn show(progress: Progress) -> chatfile::Result<()> {
    let total = progress.total.unwrap_or(progress.done).max(1);
    eprint!("\r{:3} %", progress.done * 100 / total);
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = args().nth(1).ok_or("name the file to upload")?;
    let mut app = Netease::new(var("NETEASE_APP_KEY")?, var("NETEASE_APP_SECRET")?);
    app.base_url = var("NETEASE_BASE_URL").ok();
    let client = Client::netease(app, ClientOptions::default())?;

    let cancel = CancelHandle::new();
    let button = cancel.clone();
    thread::spawn(move || {
        if stdin()
            .read_line(&mut String::new())
            .is_ok_and(|read| read > 0)
        {
            button.cancel();
        }
    });
    let options = UploadOptions::default().progress(show).cancel(cancel);
    let result = client.upload(PathBuf::from(file), options);
    eprintln!();
    match result {
        Ok(stored) => println!("{}", stored.url.unwrap_or_default()),
        Err(error) if error.status() == Status::Cancelled => println!("cancelled"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
