//! The jobs of the benches with ureq.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use run::Run;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::multipart::{Form, Part};
use ureq::{Agent, Body, SendBody};

const NETEASE: [(&str, &str); 5] = [
    ("AppKey", "0123456789abcdef0123456789abcdef"),
    ("Nonce", "4tgggergigwow323t23t"),
    ("CurTime", "1443592222"),
    ("CheckSum", "9e9db3b6c9abb2e1962cf3e6f7316fcc55583f86"),
    ("Content-Type", "application/x-www-form-urlencoded"),
];
const BEARER: [(&str, &str); 4] = [
    ("Content-Type", "application/json"),
    ("x-app-key", "0123456789"),
    ("Authorization", "Bearer 0123456789abcdef"),
    ("ccmessaging-token", "fedcba9876543210"),
];
const EASEMOB: (&str, &str) = ("Authorization", "Bearer YWMtF9QoiLBfEeaLW7Ez4VzH3g");

fn main() {
    run::measured(run::arguments(), |run| {
        let mut config = Agent::config_builder()
            .input_buffer_size(run.buffer)
            .output_buffer_size(run.buffer);
        if run.job.starts_with("tls-") {
            let pem = fs::read(Path::new(&run.file).with_file_name("ca.pem")).expect("a certificate");
            let trusted = Certificate::from_pem(&pem).expect("a certificate");
            let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[trusted]));
            config = config.tls_config(tls.build());
        }
        let agent = config.build().new_agent();
        let job = match run.job.as_str() {
            "easemob-upload" | "tls-upload" => upload,
            "netease-form" => form,
            "json-upload" => json,
            "smh-simple" => smh,
            "download" | "tls-download" => download,
            "memory-download" => memory,
            other => panic!("no such job: {other}"),
        };
        move |run: &Run| job(&agent, run)
    });
}

fn proven(answer: Response<Body>, proof: &str) {
    let text = answer.into_body().read_to_string().expect("an answer");
    assert!(text.contains(proof), "{text}");
}

fn send(agent: &Agent, method: &str, url: String, fields: &[(&str, &str)], body: SendBody<'_>, proof: &str) {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(body).expect("a request");
    proven(agent.run(request).expect("an answer"), proof);
}

fn upload(agent: &Agent, run: &Run) {
    let part = Part::file(&run.file).expect("a file").mime_str("application/octet-stream");
    let form = Form::new().part("file", part.expect("a type"));
    let post = agent.post(format!("{}/org/app/chatfiles", run.base_url)).header(EASEMOB.0, EASEMOB.1);
    proven(post.send(form).expect("an answer"), "\"chatfile\"");
}

fn text(run: &Run) -> String {
    STANDARD.encode(fs::read(&run.file).expect("a file"))
}

fn form(agent: &Agent, run: &Run) {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("type", "application/octet-stream")
        .append_pair("ishttps", "true")
        .append_pair("content", &text(run))
        .finish();
    let url = format!("{}/msg/upload.action", run.base_url);
    let post = NETEASE.iter().fold(agent.post(url), |post, (name, value)| post.header(*name, *value));
    proven(post.send(body).expect("an answer"), "\"code\":200");
}

fn json(agent: &Agent, run: &Run) {
    // Base64 needs no escapes.
    let body = format!(r#"{{"fileType":"jpg","channel":"WEB","fileStream":"{}"}}"#, text(run));
    let url = format!("{}/apiaccess/ccmessaging/uploadFileStream", run.base_url);
    let post = BEARER.iter().fold(agent.post(url), |post, (name, value)| post.header(*name, *value));
    proven(post.send(body).expect("an answer"), "objectKey");
}

fn smh(agent: &Agent, run: &Run) {
    const TOKEN: &str = "access_token=acctk0123456789";
    let api = format!("{}/api/v1/file/smh0123456789/-", run.base_url);
    let (mut one, mut other) = (&b"{}"[..], &b"{}"[..]);
    let two = [("Content-Type", "application/json"), ("Content-Length", "2")];
    send(agent, "PUT", format!("{api}/source.bin?{TOKEN}"), &two, SendBody::from_reader(&mut one), "confirmKey");
    let mut file = File::open(&run.file).expect("a file");
    let length = run.size.to_string();
    let fields = [("x-cos-acl", "private"), ("Content-Length", length.as_str())];
    let url = format!("{}/store/source.bin", run.base_url);
    send(agent, "PUT", url, &fields, SendBody::from_reader(&mut file), "");
    let url = format!("{api}/0123456789?confirm&{TOKEN}");
    send(agent, "POST", url, &two, SendBody::from_reader(&mut other), "\"path\"");
}

fn get(agent: &Agent, run: &Run) -> Body {
    let url = format!("{}/org/app/chatfiles/{}", run.base_url, run.size);
    let answer = agent.get(url).header(EASEMOB.0, EASEMOB.1).call();
    answer.expect("an answer").into_body()
}

fn download(agent: &Agent, run: &Run) {
    let _ = fs::remove_file(&run.file);
    let mut body = get(agent, run).into_reader();
    let mut file = File::create(&run.file).expect("a file");
    let mut chunk = vec![0; run.buffer];
    let mut got = 0;
    loop {
        match body.read(&mut chunk).expect("bytes") {
            0 => break,
            n => {
                io::Write::write_all(&mut file, &chunk[..n]).expect("room");
                got += n as u64;
            }
        }
    }
    assert_eq!(got, run.size);
}

fn memory(agent: &Agent, run: &Run) {
    let mut data = Vec::with_capacity(run.size as usize);
    get(agent, run).into_reader().read_to_end(&mut data).expect("bytes");
    assert_eq!(data.len() as u64, run.size);
    if run.count == 1 {
        fs::write(&run.file, data).expect("room");
    }
}
