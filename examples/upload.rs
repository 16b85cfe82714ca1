//! Uploads a picture to NetEase IM and prints the URL to put into a message.

use chatfile::{Client, ClientOptions, Netease, UploadOptions};
use std::env::var;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut app = Netease::new(var("NETEASE_APP_KEY")?, var("NETEASE_APP_SECRET")?);
    app.base_url = var("NETEASE_BASE_URL").ok(); // None: the service itself
    let client = Client::netease(app, ClientOptions::default())?;
    let stored = client.upload(Path::new("cat.jpg"), UploadOptions::default())?;
    println!("{}", stored.url.unwrap_or_default());
    Ok(())
}
