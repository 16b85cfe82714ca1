//! The object store as a real S3 client meets it: Amazon's own for Python, where it is installed.

use std::process::Command;

use crate::common::*;

/// Signs by header, by query and by POST policy; the form itself is sent by curl.
const SCRIPT: &str = r#"
import json, subprocess, sys, urllib.request
try:
    import boto3
    from botocore.config import Config
except ImportError:
    print("skipped: there is no boto3 here")
    sys.exit()
base, folder = sys.argv[1:]
config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, proxies={},
                request_checksum_calculation="when_required")
s3 = boto3.client("s3", endpoint_url=base, aws_access_key_id="root", aws_secret_access_key="openIM123",
                  region_name="us-east-1", config=config)
key = "a b/文+1.txt"
s3.put_object(Bucket="openim", Key=key, Body=b"hello boto", ContentType="text/plain")
got = s3.get_object(Bucket="openim", Key=key, Range="bytes=2-4")
assert (got["Body"].read(), got["ContentType"]) == (b"llo", "text/plain")
assert s3.head_object(Bucket="openim", Key=key)["ContentLength"] == 10
labels = {"ResponseContentType": "x/y", "ResponseContentDisposition": 'attachment; filename="q w"'}
url = s3.generate_presigned_url("get_object", Params={"Bucket": "openim", "Key": key, **labels}, ExpiresIn=60)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
got = opener.open(url)
assert (got.read(), got.headers["content-type"]) == (b"hello boto", "x/y")
assert got.headers["content-disposition"] == 'attachment; filename="q w"'
try:
    s3.get_object(Bucket="openim", Key="none")
    assert False
except s3.exceptions.NoSuchKey:
    pass
def post(status, size):
    form = s3.generate_presigned_post(
        "openim", "form/${filename}", ExpiresIn=60,
        Fields={"success_action_status": status, "Content-Type": "image/png"},
        Conditions=[{"success_action_status": status}, ["starts-with", "$Content-Type", "image/"],
                    ["content-length-range", 2, "20"]])
    with open(folder + "/f.png", "wb") as file:
        file.write(b"x" * size)
    line = ["curl", "-sS", "--noproxy", "*", "-w", "%{http_code}", form["url"]]
    for name, value in form["fields"].items():
        line += ["-F", name + "=" + value]
    line += ["-F", "file=@" + folder + "/f.png"]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout
assert post("200", 20) == "200"
assert post("other", 2) == "204"
created = post("201", 10)
assert created.endswith("201") and "<Key>form/f.png</Key>" in created
assert "<Code>EntityTooLarge</Code>" in post("200", 21)
assert "<Code>EntityTooSmall</Code>" in post("200", 1)
print("done")
"#;

#[test]
fn a_real_client_of_s3() {
    let emulator = start();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("python3")
        .args(["-c", SCRIPT, &emulator.base_url()])
        .arg(folder.path())
        .output();
    let Ok(output) = output else {
        println!("skipped: there is no python3 here");
        return;
    };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}
