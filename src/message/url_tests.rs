#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use iri_string::types::UriStr;

impl PartialEq<str> for Url {
    fn eq(&self, text: &str) -> bool {
        self.as_str() == text
    }
}

impl PartialEq<&str> for Url {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}

impl PartialEq<String> for Url {
    fn eq(&self, text: &String) -> bool {
        self.as_str() == *text
    }
}

fn parsed(text: &str) -> String {
    Url::parse(text).unwrap().as_str().to_owned()
}

#[test]
fn what_is_valid_is_sent_byte_for_byte() {
    for url in [
        "https://b-1.cos.ap-x.myqcloud.com/a%2Fb%20c?sign=q-sign-algorithm%3Dsha1%26x&a+b:c=d/e?f",
        "http://h/bmlt=/a%3D?X-Amz-Signature=a%2fb&X-Amz-Credential=k/20260101/r/s3/aws4_request",
        "http://h:8080//a//..;v=1/./x/../y/,(*)!'$@:=~",
        "http://127.0.0.1:1/",
        "https://[::1]:9000/x",
        "http://my_bucket.s3.example",
        "http://h./x",
    ] {
        assert_eq!(parsed(url), url);
        assert!(UriStr::new(url).is_ok(), "{url}");
    }
}

#[test]
fn what_is_not_valid_is_encoded() {
    for (url, sent) in [
        ("http://h/a b?c d", "http://h/a%20b?c%20d"),
        ("http://h/ü?x=ü", "http://h/%C3%BC?x=%C3%BC"),
        (
            "http://h/<\"`{}|\\^[]>?<\"`{}|\\^[]>",
            "http://h/%3C%22%60%7B%7D%7C%5C%5E%5B%5D%3E?%3C%22%60%7B%7D%7C%5C%5E%5B%5D%3E",
        ),
        ("http://h/100%?50%zz%4", "http://h/100%25?50%25zz%254"),
        ("http://h?x", "http://h/?x"),
        ("http://h/x#f%", "http://h/x"),
        ("HTTP://H:80/X", "http://h:80/X"),
        ("http://h:/x", "http://h/x"),
        ("http://h:0080/x", "http://h:80/x"),
        (
            "https://bücher.example/ß",
            "https://xn--bcher-kva.example/%C3%9F",
        ),
        (
            "https://b%C3%BCcher.example/",
            "https://xn--bcher-kva.example/",
        ),
        ("http://例え。jp/", "http://xn--r8jz45g.jp/"),
        ("http://BÜCHER.example./", "http://xn--bcher-kva.example./"),
        // The names of RFC 3492 §7.1 that are in lower case, and what has no case.
        (
            "http://ليهمابتكلموشعربي؟/",
            "http://xn--egbpdaj6bu4bxfgehfvwxn/",
        ),
        (
            "http://他们为什么不说中文/",
            "http://xn--ihqwcrb4cv8a8dqg056pqjye/",
        ),
        (
            "http://3年b組金八先生/",
            "http://xn--3b-ww4c5e180e575a65lsy2b/",
        ),
        ("http://[0:0::1]/", "http://[::1]/"),
    ] {
        assert_eq!(parsed(url), sent, "{url}");
        assert!(UriStr::new(&parsed(url)).is_ok(), "{url}");
        assert_eq!(parsed(sent), sent);
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (url, fault) in [
        ("", NOT_HTTP),
        ("h/x", NOT_HTTP),
        ("//h/x", NOT_HTTP),
        ("http:/h/x", NOT_HTTP),
        ("http:h", NOT_HTTP),
        (" http://h/", NOT_HTTP),
        ("ftp://h/", NOT_HTTP),
        ("file:///etc/passwd", NOT_HTTP),
        ("httpss://h/", NOT_HTTP),
        ("http://", HOST),
        ("http:///x", HOST),
        ("http://?x", HOST),
        ("https://:443/", HOST),
        ("http://a b/", HOST),
        ("http://a\u{a0}b/", HOST),
        ("http://a%20b/", HOST),
        ("http://a%00b/", HOST),
        ("http://a%2Fb/", HOST),
        ("http://%ff/", HOST),
        ("http://a..b/", HOST),
        ("http://.a/", HOST),
        ("http://./", HOST),
        ("http://a\\b/", HOST),
        ("http://a<b>/", HOST),
        ("http://a,b/", HOST),
        ("http://ü\u{3000}b/", HOST),
        ("http://ü\u{85}b/", HOST),
        ("http://ü。。b/", HOST),
        ("http://１２７.0.0.1/", ADDRESS),
        ("http://u:p@h/", LOGIN),
        ("http://u@h/", LOGIN),
        ("http://@h/", LOGIN),
        ("http://h\\@evil/", LOGIN),
        ("http://h:0/", PORT),
        ("http://h:65536/", PORT),
        ("http://h:99999999999/", PORT),
        ("http://h:abc/", PORT),
        ("http://h:+80/", PORT),
        ("http://h:-1/", PORT),
        ("http://h:8 0/", PORT),
        ("http://h:80:80/", PORT),
        ("http://h:８０/", PORT),
        ("http://::1/", HOST),
        ("http://[::1", ADDRESS),
        ("http://[::1/", ADDRESS),
        ("http://[::1]:0/", PORT),
        ("http://[::1]x/", ADDRESS),
        ("http://[fe80::1%25eth0]/", ADDRESS),
        ("http://[v1.x]/", ADDRESS),
        ("http://[]/", ADDRESS),
        ("http://127.1/", ADDRESS),
        ("http://2130706433/", ADDRESS),
        ("http://0x7f.0x0.0x0.0x1/", ADDRESS),
        ("http://0177.0.0.1/", ADDRESS),
        ("http://1.2.3.4.5/", ADDRESS),
        ("http://256.1.1.1/", ADDRESS),
        ("http://h/a\r\nb", CONTROL),
        ("http://h/\0", CONTROL),
        ("http://h/?\t", CONTROL),
    ] {
        assert_eq!(
            Url::parse(url).map(|url| url.as_str().to_owned()),
            Err(fault),
            "{url:?}"
        );
    }
    let label = "a".repeat(64);
    let name = ["a"; 4].map(|a| a.repeat(63)).join(".");
    for host in [label, name] {
        assert_eq!(Url::parse(&format!("http://{host}/")), Err(HOST));
    }
    let long = format!("http://h/{}", "ü".repeat(LENGTH_MAX / 4));
    assert_eq!(Url::parse(&long), Err(LONG));
}

#[test]
fn bases_have_no_query() {
    for (good, base) in [
        ("https://a1.easemob.com", "https://a1.easemob.com"),
        (
            "http://127.0.0.1:9/nimserver//",
            "http://127.0.0.1:9/nimserver",
        ),
        ("http://[::1]:9/", "http://[::1]:9"),
    ] {
        assert_eq!(Url::parse_base(good).unwrap().as_str(), base);
    }
    for bad in ["http://x/?a", "http://x?", "http://x#", "http://u@x", "x"] {
        assert!(Url::parse_base(bad).is_err(), "{bad}");
    }
    let url = Url::parse_base("http://h/api/").unwrap().with("/a<?b=ü");
    assert_eq!(url.as_str(), "http://h/api/a%3C?b=%C3%BC");
    assert_eq!((url.place(), url.address()), ("h/api/a%3C", "http://h"));
}

#[test]
fn origins_compare_by_scheme_host_and_port() {
    let same = |a, b| Url::parse(a).unwrap().origin() == Url::parse(b).unwrap().origin();
    assert!(same("https://A.example/x", "https://a.example:443"));
    assert!(same("http://h:80/", "HTTP://h?x"));
    assert!(!same("http://h/", "https://h/"));
    assert!(!same("http://h:81/", "http://h/"));
}

/// RFC 3986 §5.4, and what servers send that is no reference.
#[test]
fn redirects_resolve() {
    let base = Url::parse("http://h:1/b/c/d;p?q").unwrap();
    for (location, expected) in [
        ("g", "http://h:1/b/c/g"),
        ("./g", "http://h:1/b/c/g"),
        ("g/", "http://h:1/b/c/g/"),
        ("/g", "http://h:1/g"),
        ("//g", "http://g"),
        ("?y", "http://h:1/b/c/d;p?y"),
        ("g?y", "http://h:1/b/c/g?y"),
        ("#s", "http://h:1/b/c/d;p?q"),
        ("", "http://h:1/b/c/d;p?q"),
        ("g?y#s", "http://h:1/b/c/g?y"),
        (";x", "http://h:1/b/c/;x"),
        (".", "http://h:1/b/c/"),
        ("..", "http://h:1/b/"),
        ("../g", "http://h:1/b/g"),
        ("../../../g", "http://h:1/g"),
        ("/./g", "http://h:1/g"),
        ("/../g", "http://h:1/g"),
        ("g.", "http://h:1/b/c/g."),
        ("./g/.", "http://h:1/b/c/g/"),
        ("g/../h", "http://h:1/b/c/h"),
        ("g?y/../x", "http://h:1/b/c/g?y/../x"),
        ("https://X/y?z#f", "https://x/y?z"),
        ("https://x/a/../y", "https://x/y"),
        ("/a:b", "http://h:1/a:b"),
        ("1:2", "http://h:1/b/c/1:2"),
        ("/a<b>ü?\"{x}\"", "http://h:1/a%3Cb%3E%C3%BC?%22%7Bx%7D%22"),
        ("/a%2f%zz", "http://h:1/a%2f%25zz"),
        ("//bücher.example/x", "http://xn--bcher-kva.example/x"),
    ] {
        assert_eq!(
            base.join(location).unwrap().as_str(),
            expected,
            "{location}"
        );
    }
    let bare = Url::parse("http://h").unwrap();
    assert_eq!(bare.join("x").unwrap().as_str(), "http://h/x");
    for bad in [
        "file:///etc/passwd",
        "javascript:1",
        "http:///x",
        "http:x",
        "https://",
        "//u@h/",
        "//h:0/",
        "/a\tb",
    ] {
        assert!(base.join(bad).is_err(), "{bad}");
    }
}

#[test]
fn bytes_of_a_redirect_stay_what_they_are() {
    assert_eq!(from_bytes(b"/a\xe4\xff%20b\tc d"), "/a%E4%FF%20b\tc d");
}

#[test]
fn a_url_is_told_without_its_query() {
    let url = Url::parse("https://h:1/a/b?secret=1").unwrap();
    assert_eq!(url.place(), "h:1/a/b");
    assert_eq!(format!("{url:?}"), "https://h:1/a/b");
    assert_eq!(redacted("ftp://u:p@h/a?secret"), "ftp://h/a");
    assert_eq!(redacted("//u:p@h/a#secret"), "//h/a");
    assert_eq!(redacted("a/b?secret"), "a/b");
    assert!(has_scheme("ftp://x") && !has_scheme("a/b://x") && !has_scheme("://"));
}

#[test]
fn texts_are_encoded_and_decoded() {
    assert_eq!(percent_encode("a b+c/ü~"), "a%20b%2Bc%2F%C3%BC~");
    assert_eq!(percent_decode("a%20b%2Bc%2F%C3%BC~%"), "a b+c/ü~%");
}

#[test]
fn what_was_made_of_a_base_moves_to_another() {
    let base = Url::parse_base("https://a.example/api/").unwrap();
    let other = Url::parse_base("https://b.example:9/").unwrap();
    for (text, moved) in [
        ("https://a.example/api", Some("https://b.example:9")),
        (
            "https://a.example/api/x%2F?y=%41",
            Some("https://b.example:9/x%2F?y=%41"),
        ),
        ("https://a.example/apis", None),
        ("https://a.example:9/api/x", None),
        ("https://a.example/", None),
    ] {
        let url = Url::parse(text).unwrap().moved(&base, &other);
        assert_eq!(url.as_ref().map(Url::as_str), moved, "{text}");
    }
}
