//! Downloads what a NetEase message names, to a file and into memory:
//!
//!     cargo run --example download -- URL FILE
//!
//! Run it again after it was broken off: it goes on where it was. The account is
//! that of `upload.rs`.

use chatfile::{Client, ClientOptions, DownloadOptions, Netease, Sink, Status};
use std::env::{args, var};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (Some(url), Some(file)) = (args().nth(1), args().nth(2)) else {
        return Err("usage: download URL FILE".into());
    };
    let mut app = Netease::new(var("NETEASE_APP_KEY")?, var("NETEASE_APP_SECRET")?);
    app.base_url = var("NETEASE_BASE_URL").ok();
    let client = Client::netease(app, ClientOptions::default())?;

    // Nothing stands under the name of the file until all of it is there.
    let options = DownloadOptions::default()
        .resume(true)
        .max_size(100 * 1024 * 1024);
    match client.download(&url, Path::new(&file), options) {
        Ok(arrived) => println!("{} bytes in {file}", arrived.size),
        Err(error) if error.status() == Status::NotFound => return Err("it is gone".into()),
        Err(error) => return Err(error.into()),
    }

    // A small one fits into memory.
    let arrived = client.download(&url, Sink::buffer(), DownloadOptions::default())?;
    println!("{} bytes in memory", arrived.data.unwrap_or_default().len());
    Ok(())
}
