//! A back-end holds the secret and allows one upload; a program that holds none
//! does it. Here both are in one, and what goes from one to the other is a text;
//! in yours it is the answer of your back-end to a user who is logged in there
//! (docs/presigned.md).
//!
//!     cargo run --example presign -- FILE
//!
//! The account is that of `upload.rs`.

use chatfile::{Client, ClientOptions, Netease, Presigned, UploadOptions};
use std::env::{args, var};
use std::path::Path;

/// What the back-end answers to who wants to send a file of this size.
fn allow(file_name: &str, size: u64) -> Result<String, Box<dyn std::error::Error>> {
    let mut app = Netease::new(var("NETEASE_APP_KEY")?, var("NETEASE_APP_SECRET")?);
    app.base_url = var("NETEASE_BASE_URL").ok();
    let client = Client::netease(app, ClientOptions::default())?;
    let options = UploadOptions::default().file_name(file_name);
    Ok(client.presign_upload(Some(size), options)?.to_json())
}

/// What the program does with that.
fn send(allowed: &str, file: &Path) -> chatfile::Result<Option<String>> {
    let client = Client::without_service(ClientOptions::default())?;
    let presigned = Presigned::from_json(allowed)?;
    let stored = client.send_presigned(&presigned, file, UploadOptions::default())?;
    Ok(stored.url)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = args().nth(1).ok_or("usage: presign FILE")?;
    let size = std::fs::metadata(&file)?.len();
    let allowed = allow("cat.jpg", size)?;
    println!("{}", send(&allowed, Path::new(&file))?.unwrap_or_default());
    Ok(())
}
