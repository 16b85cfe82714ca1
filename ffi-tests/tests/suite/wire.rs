//! What the library sends is read by parsers that are not ours: Rust's httparse, multer and form_urlencoded, and
//! Python's own, h11, python-multipart and werkzeug (`ffi-tests/py/judge.py`).

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatfile_ffi_tests::toolchain::root;
use serde_json::{Value, json};

use crate::front::{Front, Rust};
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::world::{base64, content, download, upload};
use crate::{tools, wire_stores};

/// What a body should turn out to be.
pub enum Body {
    None,
    Json(Value),
    /// Text fields in order, then the file: name, file name, media type, content.
    Multipart(Vec<(&'static str, String)>, [String; 3], Vec<u8>),
    /// The file as it is.
    Raw(Vec<u8>),
    /// Fields in order; of `content`, the bytes behind its base64.
    Form(Vec<(&'static str, String)>, Option<Vec<u8>>),
}

pub struct Expected {
    pub method: &'static str,
    /// The whole target; with `query` the path alone, without escapes.
    pub path: String,
    /// Header fields that must be there, by lower-case name.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
    /// The query in order, without escapes; a flag is a name without a value.
    pub query: Option<Vec<(&'static str, String)>>,
}

/// Answers each request with what the library takes for success.
fn answer(request: &[u8]) -> Vec<u8> {
    if let Some(answer) = wire_stores::answer(request) {
        return answer;
    }
    let line = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
    let body = if line.contains("/token ") {
        r#"{"access_token":"YWMtTheToken","expires_in":5184000}"#
    } else if line.contains("/chatfiles ") {
        r#"{"uri":"http://h/o/a/chatfiles","entities":[{"uuid":"0-1","type":"chatfile","share-secret":"secret"}]}"#
    } else if line.contains("del.action") {
        r#"{"code":200,"data":{"taskid":"0123456789abcdef"}}"#
    } else {
        r#"{"code":200,"url":"http://h/x"}"#
    };
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

/// File names that a careless client lets break a form, and how browsers write them.
pub const NAMES: [(&str, &str); 7] = [
    ("plain.txt", "plain.txt"),
    ("say \"hi\".txt", "say %22hi%22.txt"),
    ("a\r\nX-Evil: 1.txt", "a%0D%0AX-Evil: 1.txt"),
    ("图片 ü 😀.png", "图片 ü 😀.png"),
    ("semi;colon=x.txt", "semi;colon=x.txt"),
    ("100%25.txt", "100%25.txt"),
    ("it's (1) [2] {3} & more.txt", "it's (1) [2] {3} & more.txt"),
];

/// Text with everything in it that a form must escape.
pub const TAG: &str = "a b+c&d=e%f/\"図\"";

pub fn call(front: &mut Rust, line: &Line) {
    let answer = front.call(line);
    assert_eq!(answer.head, "ok", "{line}\n     -> {answer}");
}

/// Makes a request of each kind, with all options, and says what each should be.
fn exchange(server: &RawServer) -> Vec<Expected> {
    let mut front = Rust::default();
    let mut expected = Vec::new();
    easemob(&mut front, server, &mut expected);
    netease(&mut front, server, &mut expected);
    wire_stores::openim(&mut front, server, &mut expected);
    wire_stores::smh(&mut front, server, &mut expected);
    expected
}

fn easemob(front: &mut Rust, server: &RawServer, expected: &mut Vec<Expected>) {
    let app = Line::new("easemob")
        .with("base_url", server.base_url())
        .with("app_key", "my org#my/app")
        .with("max_attempts", 1);
    let root = "/my%20org/my%2Fapp";
    let password = "p\"a\\ss wörd";
    let by_client = app
        .clone()
        .with("client_id", "id")
        .with("client_secret", password);
    let by_user = app
        .with("username", "ü")
        .with("password", password)
        .with("token_ttl_seconds", 7);
    let client_grant =
        json!({"grant_type": "client_credentials", "client_id": "id", "client_secret": password});
    let user_grant =
        json!({"grant_type": "password", "username": "ü", "password": password, "ttl": 7});
    let bearer = ("authorization", "Bearer YWMtTheToken".to_owned());
    for (open, grant) in [(by_client, client_grant), (by_user, user_grant)] {
        call(front, &open);
        expected.push(Expected {
            method: "POST",
            path: format!("{root}/token"),
            headers: vec![("content-type", "application/json".into())],
            body: Body::Json(grant),
            query: None,
        });
        for (name, written) in NAMES {
            let line = upload(1000)
                .with("file_name", name)
                .with("media_type", "image/x-own; q=\"a b\"")
                .with("easemob", 1)
                .with("restrict_access", 1)
                .with("thumbnail_width", 80)
                .with("thumbnail_height", 90);
            call(front, &line);
            expected.push(Expected {
                method: "POST",
                path: format!("{root}/chatfiles"),
                headers: vec![
                    bearer.clone(),
                    ("restrict-access", "true".into()),
                    ("thumbnail-width", "80".into()),
                    ("thumbnail-height", "90".into()),
                ],
                body: Body::Multipart(
                    vec![
                        ("thumbnail-width", "80".into()),
                        ("thumbnail-height", "90".into()),
                    ],
                    [
                        "file".into(),
                        written.into(),
                        "image/x-own; q=\"a b\"".into(),
                    ],
                    content(&line),
                ),
                query: None,
            });
        }
    }
    let line = download("0-1")
        .with("easemob", 1)
        .with("share_secret", "the-secret")
        .with("thumbnail", 1);
    call(front, &line);
    expected.push(Expected {
        method: "GET",
        path: format!("{root}/chatfiles/0-1"),
        headers: vec![
            bearer,
            ("share-secret", "the-secret".into()),
            ("thumbnail", "true".into()),
            ("accept", "application/octet-stream".into()),
        ],
        body: Body::None,
        query: None,
    });
}

fn netease(front: &mut Rust, server: &RawServer, expected: &mut Vec<Expected>) {
    let open = Line::new("netease")
        .with("base_url", format!("{}/nimserver", server.base_url()))
        .with("app_key", "the-key")
        .with("app_secret", "the-app-secret")
        .with("max_attempts", 1);
    call(front, &open);
    let key = ("appkey", "the-key".to_owned());
    let fields = || {
        vec![
            ("type", "audio/x-own; a=\"b c\"".to_owned()),
            ("ishttps", "false".to_owned()),
            ("expireSec", "86400".to_owned()),
            ("tag", TAG.to_owned()),
        ]
    };
    for (index, (name, written)) in NAMES.into_iter().enumerate() {
        let line = upload(1000 + index as u64)
            .with("file_name", name)
            .with("media_type", "audio/x-own; a=\"b c\"")
            .with("netease", 1)
            .with("tag", TAG)
            .with("plain_http_url", 1)
            .with("ttl_seconds", 86_400);
        call(front, &line);
        expected.push(Expected {
            method: "POST",
            path: "/nimserver/msg/fileUpload.action".into(),
            headers: vec![key.clone()],
            body: Body::Multipart(
                fields(),
                [
                    "content".into(),
                    written.into(),
                    "audio/x-own; a=\"b c\"".into(),
                ],
                content(&line),
            ),
            query: None,
        });
        call(front, &base64(line.clone()));
        expected.push(Expected {
            method: "POST",
            path: "/nimserver/msg/upload.action".into(),
            headers: vec![key.clone()],
            body: Body::Form(fields(), Some(content(&line))),
            query: None,
        });
    }
    let day = 86_400_000;
    let line = Line::new("delete_by_time")
        .with("netease", 1)
        .with("start_time_ms", day)
        .with("end_time_ms", 3 * day)
        .with("media_type", "image/")
        .with("tag", TAG);
    call(front, &line);
    expected.push(Expected {
        method: "POST",
        path: "/nimserver/job/nos/del.action".into(),
        headers: vec![key],
        body: Body::Form(
            vec![
                ("startTime", day.to_string()),
                ("endTime", (3 * day).to_string()),
                ("contentType", "image/".to_owned()),
                ("tag", TAG.to_owned()),
            ],
            None,
        ),
        query: None,
    });
    let url = format!("{}/Ym1s=/a%3D%2Fb==?x=1&y=%20", server.base_url());
    call(front, &download(&format!("{url}#part")));
    expected.push(Expected {
        method: "GET",
        path: "/Ym1s=/a%3D%2Fb==?x=1&y=%20".into(),
        headers: vec![],
        body: Body::None,
        query: None,
    });
}

fn record() -> (Vec<Vec<u8>>, Vec<Expected>) {
    let server = RawServer::start(answer);
    let expected = exchange(&server);
    let requests = server.requests();
    assert_eq!(requests.len(), expected.len());
    (requests, expected)
}

#[test]
fn rust_parsers_read_what_was_meant() {
    let (requests, expected) = record();
    for (request, expected) in requests.iter().zip(&expected) {
        judge(request, expected);
    }
}

#[track_caller]
fn judge(request: &[u8], expected: &Expected) {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut fields);
    let length = head.parse(request).unwrap().unwrap();
    let body = &request[length..];
    assert_eq!(head.method, Some(expected.method));
    judge_target(head.path.unwrap(), expected);
    assert_eq!(head.version, Some(1));
    let all = |name: &str| -> Vec<String> {
        let found = head
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        found
            .map(|field| String::from_utf8(field.value.to_vec()).unwrap())
            .collect()
    };
    for field in head.headers.iter() {
        assert_eq!(all(field.name).len(), 1, "{} is there twice", field.name);
        let plain = |byte: &u8| (b' '..=b'~').contains(byte);
        assert!(
            field.value.iter().all(plain),
            "{}: {:?}",
            field.name,
            field.value
        );
        assert!(!field.name.eq_ignore_ascii_case("x-evil"));
    }
    assert_eq!(all("host").len(), 1);
    assert!(all("transfer-encoding").is_empty());
    assert_eq!(
        all("accept-encoding"),
        ["identity"],
        "files come as they are"
    );
    for (name, value) in &expected.headers {
        assert_eq!(all(name), [value.as_str()], "{name}");
    }
    if matches!(expected.method, "POST" | "PUT") {
        assert_eq!(all("content-length"), [body.len().to_string()]);
    } else {
        assert!(all("content-length").is_empty());
    }
    let media_type = all("content-type").pop().unwrap_or_default();
    match &expected.body {
        Body::None => assert!(body.is_empty()),
        Body::Raw(content) => assert!(body == content, "other bytes"),
        Body::Json(value) => assert_eq!(&serde_json::from_slice::<Value>(body).unwrap(), value),
        Body::Multipart(fields, file, content) => {
            let boundary = multer::parse_boundary(media_type).unwrap();
            assert_eq!(parts(body, boundary), multipart(fields, file, content));
        }
        Body::Form(fields, content) => {
            assert!(
                media_type.starts_with("application/x-www-form-urlencoded"),
                "{media_type}"
            );
            let mut read: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
            if let Some(content) = content {
                let (name, value) = read.pop().unwrap();
                assert_eq!(name, "content");
                assert!(STANDARD.decode(value).unwrap() == *content, "other bytes");
            }
            let expected: Vec<_> = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            assert_eq!(read, expected);
        }
    }
}

#[track_caller]
fn judge_target(target: &str, expected: &Expected) {
    let Some(query) = &expected.query else {
        assert_eq!(target, expected.path);
        return;
    };
    let (path, found) = target.split_once('?').unwrap_or((target, ""));
    // A form's parser undoes the escapes of a path, too, but for these.
    let path = path.replace('+', "%2B").replace('&', "%26");
    let path = format!("path={path}");
    let path = form_urlencoded::parse(path.as_bytes());
    let path: Vec<_> = path.map(|(_, value)| value).collect();
    assert_eq!(path, [expected.path.as_str()]);
    let found: Vec<_> = form_urlencoded::parse(found.as_bytes()).collect();
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| ((*name).into(), value.as_str().into()))
        .collect();
    assert_eq!(found, query);
}

/// A part: name, file name, media type, content.
type Part = (String, Option<String>, Option<String>, Vec<u8>);

fn multipart(fields: &[(&str, String)], file: &[String; 3], content: &[u8]) -> Vec<Part> {
    let text = |(name, value): &(&str, String)| {
        ((*name).to_owned(), None, None, value.clone().into_bytes())
    };
    let mut parts: Vec<Part> = fields.iter().map(text).collect();
    let [name, file_name, media_type] = file.clone();
    parts.push((name, Some(file_name), Some(media_type), content.to_vec()));
    parts
}

fn parts(body: &[u8], boundary: String) -> Vec<Part> {
    let body = Bytes::copy_from_slice(body);
    let stream = futures_util::stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut form = multer::Multipart::new(stream, boundary);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.unwrap() {
            let name = field.name().unwrap().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let header = field.headers().get("content-type");
            let media_type = header.map(|value| value.to_str().unwrap().to_owned());
            parts.push((
                name,
                file_name,
                media_type,
                field.bytes().await.unwrap().to_vec(),
            ));
        }
        parts
    })
}

/// Writes the requests beside what is expected of them, for a judge in another language.
fn write_down(folder: &Path) {
    let (requests, expected) = record();
    let mut table = Vec::new();
    for (index, (request, expected)) in requests.iter().zip(&expected).enumerate() {
        let name = format!("{index:02}.request");
        std::fs::write(folder.join(&name), request).unwrap();
        let body = match &expected.body {
            Body::None => Value::Null,
            Body::Raw(content) => json!({"raw": STANDARD.encode(content)}),
            Body::Json(value) => json!({"json": value}),
            Body::Multipart(fields, file, content) => {
                json!({"multipart": fields, "file": file, "content": STANDARD.encode(content)})
            }
            Body::Form(fields, content) => {
                json!({"form": fields, "content": content.as_ref().map(|content| STANDARD.encode(content))})
            }
        };
        table.push(json!({
            "request": name,
            "method": expected.method,
            "path": expected.path,
            "query": expected.query,
            "headers": expected.headers,
            "body": body,
        }));
    }
    std::fs::write(folder.join("expected.json"), Value::from(table).to_string()).unwrap();
}

#[test]
fn python_parsers_read_what_was_meant() {
    let Some(python) = tools::python_with_parsers() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    write_down(folder.path());
    let judge = root().join("ffi-tests/py/judge.py");
    let told = programs_output(&python, &judge, folder.path());
    assert!(told.contains("by the standard library"), "{told}");
    eprint!("{told}");
}

fn programs_output(python: &Path, judge: &Path, folder: &Path) -> String {
    crate::programs::output(Command::new(python).arg("-B").arg(judge).arg(folder))
}
