//! An upload in parts of 8 MiB, four side by side, with OpenDAL or object_store: the first
//! argument says which.

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, WriteMultipart};
use opendal::Operator;
use opendal::services::S3;
use run::Run;
use std::fs::File;
use std::io::Read as _;
use tokio::runtime::Runtime;

const PART: usize = 8 * 1024 * 1024;
const PARALLEL: usize = 4;

fn main() {
    let mut arguments = run::arguments();
    let who = arguments.next().expect("who");
    // Both ask for TLS, though nothing goes through it here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    opendal_http_transport_reqwest::install_default();
    run::measured(arguments, |run| {
        assert_eq!(run.job, "smh-parts");
        let runtime = Runtime::new().expect("threads");
        move |run: &Run| match who.as_str() {
            "opendal" => runtime.block_on(by_opendal(run)),
            _ => runtime.block_on(by_object_store(run)),
        }
    });
}

/// The next part of a file; empty at its end.
fn part(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PART);
    file.take(PART as u64).read_to_end(&mut bytes).expect("a file");
    bytes
}

async fn by_opendal(run: &Run) {
    let service = S3::default()
        .bucket("s3")
        .endpoint(&run.base_url)
        .region("us-east-1")
        .access_key_id("key")
        .secret_access_key("secret")
        .disable_config_load()
        .disable_ec2_metadata();
    let store = Operator::new(service).expect("a store");
    let writer = store.writer_with("source.bin").chunk(PART).concurrent(PARALLEL);
    let mut writer = writer.await.expect("an upload");
    let mut file = File::open(&run.file).expect("a file");
    loop {
        match part(&mut file) {
            bytes if bytes.is_empty() => break,
            bytes => writer.write(bytes).await.expect("a part"),
        }
    }
    writer.close().await.expect("an object");
}

async fn by_object_store(run: &Run) {
    let store = AmazonS3Builder::new()
        .with_bucket_name("s3")
        .with_endpoint(&run.base_url)
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_access_key_id("key")
        .with_secret_access_key("secret")
        .with_unsigned_payload(true)
        .build()
        .expect("a store");
    let upload = store.put_multipart(&Path::from("source.bin")).await.expect("an upload");
    let mut writer = WriteMultipart::new_with_chunk_size(upload, PART);
    let mut file = File::open(&run.file).expect("a file");
    loop {
        match part(&mut file) {
            bytes if bytes.is_empty() => break,
            bytes => {
                writer.wait_for_capacity(PARALLEL).await.expect("a part");
                writer.put(bytes.into());
            }
        }
    }
    writer.finish().await.expect("an object");
}
