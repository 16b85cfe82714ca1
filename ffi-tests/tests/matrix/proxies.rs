//! Real proxies: squid for http and CONNECT, microsocks for SOCKS5, both on loopback.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chatfile_emulator::{Config, SmhDomain};
use chatfile_ffi_tests::tools;
use tempfile::TempDir;

use crate::case::config;
use crate::driver::Driver;
use crate::front::Front;
use crate::protocol::Line;
use crate::world::{MIB, World, content, download, upload};

const NAME: &str = "proxy user";
const PASSWORD: &str = "pass word:@%";
/// The same in the URL of the proxy.
const LOGIN: &str = "proxy%20user:pass%20word%3A%40%25";
/// What `openssl passwd -apr1 -salt chatfile` makes of it.
const HASH: &str = "$apr1$chatfile$uHF4rCPegCyCIemLmrHd1.";

/// What `printf 'proxy user:chatfile:pass word:@%%' | md5sum` makes of both and the realm.
const DIGEST: &str = "f478f42e0d4927adcb7ead4746e9f83c";

/// A proxy that runs as long as this lives.
struct Proxy {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Proxy {
    /// Starts a program that listens on the port it is given. A port found free may be taken by the time that it is
    /// used: then another is tried.
    fn start(make: impl Fn(u16, &Path) -> Command) -> Self {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            // The program may run as another user.
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
            let address = free_address();
            let mut command = make(address.port(), folder.path());
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(fs::File::create(folder.path().join("stderr")).unwrap());
            let child = command.spawn().unwrap();
            let mut started = Self {
                child,
                address,
                folder,
            };
            if started.listens() {
                return started;
            }
            eprintln!("not started: {}", started.said());
        }
        panic!("the proxy does not start");
    }

    /// Waits until it does, or has ended.
    fn listens(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if TcpStream::connect(self.address).is_ok() {
                return true;
            }
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn said(&self) -> String {
        let mut said = String::new();
        for name in ["stderr", "cache.log"] {
            if let Ok(mut file) = fs::File::open(self.folder.path().join(name)) {
                let _ = file.read_to_string(&mut said);
            }
        }
        said
    }

    /// What squid has logged, once each of these is in it: it writes when it gets to it, of a tunnel when that is over,
    /// and about what is no request, too.
    fn log(&self, wanted: &[&str]) -> String {
        let begun = Instant::now();
        loop {
            let log = fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
            let is_there = wanted.iter().all(|text| log.contains(text));
            if is_there || begun.elapsed() > Duration::from_secs(60) {
                return log;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn url(&self, scheme: &str, login: &str) -> String {
        format!("{scheme}://{login}{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its helpers end with their input.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where nobody listens. Until the proxy does, nobody else may get the port who asks for any, as emulators do: the system
/// gives none from below 32768 then (ip_local_port_range, ip(7)).
fn free_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let ports = std::iter::repeat_with(|| {
        let own = std::process::id().wrapping_mul(31) + NEXT.fetch_add(1, Ordering::Relaxed);
        10_000 + (own % 20_000) as u16
    });
    let mut addresses = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    addresses.find(is_free).unwrap()
}

/// A squid that reaches loopback only, under these further rules.
fn start_squid(program: &Path, rules: &str) -> Proxy {
    start_squid_with(program, "basic", rules)
}

/// The same, where passwords are asked for by this scheme, or which is reached over TLS.
fn start_squid_with(program: &Path, scheme: &str, rules: &str) -> Proxy {
    let is_tls = scheme == "tls";
    let scheme = if is_tls { "basic" } else { scheme };
    Proxy::start(|port, folder| {
        let at = |name: &str| folder.join(name).display().to_string();
        let passwords = at("passwords");
        let (helper, known) = match scheme {
            "basic" => ("basic_ncsa_auth", format!("{NAME}:{HASH}\n")),
            _ => ("digest_file_auth -c", format!("{NAME}:chatfile:{DIGEST}\n")),
        };
        fs::write(&passwords, known).unwrap();
        let listens = if is_tls {
            make_certificate(folder);
            let (certificate, key) = (at("certificate.pem"), at("key.pem"));
            format!("https_port 127.0.0.1:{port} tls-cert={certificate} tls-key={key}")
        } else {
            format!("http_port 127.0.0.1:{port}")
        };
        let configuration = format!(
            "\
{listens}
pid_filename {pid}
access_log stdio:{access}
cache_log {log}
cache_store_log none
cache deny all
coredump_dir {folder}
visible_hostname localhost
pinger_enable off
hosts_file /etc/hosts
dns_nameservers 127.0.0.1
shutdown_lifetime 0 seconds
workers 1
auth_param {scheme} program /usr/lib/squid/{helper} {passwords}
auth_param {scheme} children 1
auth_param {scheme} realm chatfile
acl loopback dst 127.0.0.1/32 ::1/128
acl known proxy_auth REQUIRED
http_access deny !loopback
{rules}
http_access deny all
",
            pid = at("squid.pid"),
            access = at("access.log"),
            log = at("cache.log"),
            folder = folder.display(),
        );
        fs::write(at("squid.conf"), configuration).unwrap();
        let mut command = Command::new(program);
        // In the foreground, without a process that watches over it.
        command.args(["-N", "-f", &at("squid.conf")]);
        command
    })
}

/// One that signs itself, for 127.0.0.1.
fn make_certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=proxy"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-out", "certificate.pem", "-keyout", "key.pem"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    // squid may run as another user.
    for name in ["certificate.pem", "key.pem"] {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
}

/// Runs a test with a fresh emulator and driver.
fn with_world(run: impl FnOnce(&mut World<'_>)) {
    with_config(config(), run);
}

fn with_config(config: Config, run: impl FnOnce(&mut World<'_>)) {
    let mut driver = Driver::start();
    let mut seen = BTreeSet::new();
    let mut world = World::new(config, &mut driver, &mut seen, None);
    run(&mut world);
    world.finish();
    Box::new(driver).close();
}

/// Opens NetEase by that proxy, over TLS if asked.
fn open(world: &mut World<'_>, proxy: &str, tls: bool) -> Line {
    let line = line(world, proxy, tls);
    world.ok(line)
}

/// What opens it.
fn line(world: &mut World<'_>, proxy: &str, tls: bool) -> Line {
    let mut line = world.netease().with("proxy", proxy).with("max_attempts", 2);
    if tls {
        let base = world.emulator.tls_base_url().unwrap();
        let ca = world.emulator.ca_path().unwrap().display().to_string();
        line.set("base_url", format!("{base}/nimserver"));
        line.set("ca_certificates_path", ca);
    }
    line
}

/// A file goes up and comes back.
fn round_trip(world: &mut World<'_>, tls: bool) {
    let line = upload(300_000)
        .with("netease", 1)
        .with("plain_http_url", u8::from(!tls));
    let stored = world.ok(line.clone());
    assert_eq!(stored.number("attempts"), 1, "{stored}");
    let file = stored.get("file").unwrap().to_owned();
    assert_eq!(file.starts_with("https:"), tls, "{file}");
    world.holds(&file, &content(&line));
}

/// The password is in nothing that the library said.
fn without_password(answer: &Line) {
    for secret in [PASSWORD, LOGIN, "pass%20word"] {
        assert!(
            answer.values().all(|value| !value.contains(secret)),
            "{answer}"
        );
    }
}

#[test]
fn squid_takes_plain_requests_for_http_and_connect_for_https() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    let proxy = start_squid(&program, "http_access allow all");
    with_world(|world| {
        open(world, &proxy.url("http", ""), false);
        round_trip(world, false);
        let journal = world.control.journal();
        assert_eq!(journal.len(), 2);
        // Who puts that in is squid.
        assert!(
            journal.iter().all(|entry| entry.header("via").is_some()),
            "{journal:?}"
        );
        open(world, &proxy.url("http", ""), true);
        round_trip(world, true);
        let journal = world.control.journal();
        assert_eq!(journal.len(), 4);
        let tunnelled =
            |entry: &chatfile_emulator::Entry| entry.tls && entry.header("via").is_none();
        assert!(journal[2..].iter().all(tunnelled), "{journal:?}");
        // One tunnel carries both requests; squid logs it when it is over.
        world.ok(Line::new("reset"));
        let requests = [" POST http://", " GET http://", " CONNECT "];
        let log = proxy.log(&requests);
        let count = |request: &str| log.matches(request).count();
        assert_eq!(requests.map(count), [1, 1, 1], "{log}");
    });
}

#[test]
fn squid_asks_for_a_password() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    let proxy = start_squid(&program, "http_access allow known");
    with_world(|world| {
        for tls in [false, true] {
            for login in ["", "proxy%20user:wrong@", "nobody:pass%20word%3A%40%25@"] {
                open(world, &proxy.url("http", login), tls);
                let answer = world.fails(upload(1), "PROXY");
                assert_eq!(answer.number("attempts"), 1, "{answer}");
                assert_eq!(answer.number("retryable"), 0, "{answer}");
                without_password(&answer);
            }
            assert!(world.control.journal().is_empty());
            open(world, &proxy.url("http", &format!("{LOGIN}@")), tls);
            round_trip(world, tls);
            let journal = world.control.journal();
            let passed_on =
                |entry: &chatfile_emulator::Entry| entry.header("proxy-authorization").is_some();
            assert!(
                !journal.iter().any(passed_on),
                "the login went on to the service"
            );
            world.control.clear_journal();
        }
    });
}

#[test]
fn squid_asks_for_a_digest() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    let proxy = start_squid_with(&program, "digest", "http_access allow known");
    with_world(|world| {
        for tls in [false, true] {
            for login in ["", "proxy%20user:wrong@"] {
                open(world, &proxy.url("http", login), tls);
                let answer = world.fails(upload(1), "PROXY");
                assert_eq!(answer.number("attempts"), 1, "{answer}");
                without_password(&answer);
            }
            assert!(world.control.journal().is_empty());
            open(world, &proxy.url("http", &format!("{LOGIN}@")), tls);
            round_trip(world, tls);
            // What it wants is known by now.
            assert_eq!(world.ok(upload(100_000)).number("attempts"), 1);
            let journal = world.control.journal();
            let passed_on =
                |entry: &chatfile_emulator::Entry| entry.header("proxy-authorization").is_some();
            assert!(!journal.iter().any(passed_on));
            world.control.clear_journal();
        }
    });
}

#[test]
fn squid_asks_and_somebody_knows() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    for scheme in ["basic", "digest"] {
        let proxy = start_squid_with(&program, scheme, "http_access allow known");
        with_world(|world| {
            for tls in [false, true] {
                let line = line(world, &proxy.url("http", ""), tls);
                world.ok(line.clone().with("login", "nobody:knows this"));
                let answer = world.fails(upload(1), "PROXY");
                assert_eq!(answer.number("attempts"), 1, "{answer}");
                assert_eq!(world.ok(Line::new("seen")).number("logins"), 3);
                assert!(world.control.journal().is_empty());
                world.ok(line.with("login", format!("{NAME}:{PASSWORD}")));
                round_trip(world, tls);
                // What the source gives once goes through, too, now that it is known.
                let once = upload(100_000).with("source", "callback");
                assert_eq!(world.ok(once).number("attempts"), 1);
                let seen = world.ok(Line::new("seen"));
                assert_eq!(seen.number("logins"), 1, "{seen}");
                let challenge = seen.get("challenge").unwrap_or_default();
                assert_eq!(challenge.to_ascii_lowercase(), format!("{scheme} chatfile"));
                world.control.clear_journal();
            }
        });
    }
}

/// Threads that send parts are the first to be asked by the proxy: SMH itself is reached without it.
#[test]
fn squid_asks_the_threads_of_a_call() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    let proxy = start_squid(&program, "http_access allow known");
    let mut config = config();
    config.smh.domain = SmhDomain::Named("localhost:{port}".to_owned());
    with_config(config, |world| {
        let line = world
            .smh()
            .with("proxy", proxy.url("http", ""))
            .with("no_proxy", "127.0.0.1");
        let parts = upload(4 * MIB + 1)
            .with("smh", 1)
            .with("method", 3)
            .with("part_size", MIB);
        world.ok(line.clone().with("login", "nobody:x"));
        let answer = world.fails(parts.clone(), "PROXY");
        without_password(&answer);
        assert_eq!(world.ok(Line::new("seen")).number("logins"), 3);
        world.ok(line.with("login", format!("{NAME}:{PASSWORD}")));
        world.ok(parts);
        assert_eq!(world.ok(Line::new("seen")).number("logins"), 1);
        let sent = world.requests("part_put");
        assert_eq!(sent.len(), 5);
        assert!(sent.iter().all(|entry| entry.header("via").is_some()));
    });
}

#[test]
fn squid_is_reached_over_tls() {
    let (Some(program), Some(_)) = (tools::find("squid"), tools::find("openssl")) else {
        return;
    };
    let proxy = start_squid_with(&program, "tls", "http_access allow known");
    with_world(|world| {
        // Whom the proxy shows is not trusted.
        for tls in [false, true] {
            open(world, &proxy.url("https", &format!("{LOGIN}@")), tls);
            let answer = world.fails(upload(1), "TLS");
            assert_eq!(answer.number("at_proxy"), 1, "{answer}");
            without_password(&answer);
        }
        let both = world.path("both.pem");
        let own = fs::read(proxy.folder.path().join("certificate.pem")).unwrap();
        let service = fs::read(world.emulator.ca_path().unwrap()).unwrap();
        fs::write(&both, [own, service].concat()).unwrap();
        let base = world.emulator.base_url();
        let tls_base = world.emulator.tls_base_url().unwrap();
        for (base, tls) in [(base, false), (tls_base, true)] {
            world.control.clear_journal();
            let line = world
                .netease()
                .with("proxy", proxy.url("https", &format!("{LOGIN}@")))
                .with("ca_certificates_path", both.display())
                .with("base_url", format!("{base}/nimserver"));
            world.ok(line);
            round_trip(world, tls);
            let stored = world.ok(upload(3_000_000));
            let file = stored.get("file").unwrap().to_owned();
            world.holds(&file, &content(&upload(3_000_000)));
            let journal = world.control.journal();
            assert!(journal.iter().all(|entry| entry.tls == tls), "{journal:?}");
        }
    });
}

#[test]
fn squid_denies_connect() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    let rules = "acl connect method CONNECT\nhttp_access deny connect\nhttp_access allow all";
    let proxy = start_squid(&program, rules);
    with_world(|world| {
        open(world, &proxy.url("http", ""), true);
        let answer = world.fails(upload(1), "PROXY");
        assert!(answer.get("message").unwrap().contains("403"), "{answer}");
        assert!(world.control.journal().is_empty());
        open(world, &proxy.url("http", ""), false);
        round_trip(world, false);
    });
}

#[test]
fn squid_cannot_reach_the_service() {
    let Some(program) = tools::find("squid") else {
        return;
    };
    let proxy = start_squid(&program, "http_access allow all");
    with_world(|world| {
        let (_socket, address) = crate::servers::closed();
        // The tunnel is not made; what a plain request gets is squid's own 503.
        for (base, status) in [("https", "CONNECT"), ("http", "UNAVAILABLE")] {
            let line = world
                .netease()
                .with("proxy", proxy.url("http", ""))
                .with("max_attempts", 1)
                .with("base_url", format!("{base}://{address}/nimserver"));
            world.ok(line);
            world.fails(upload(1), status);
        }
    });
}

fn start_socks(program: &Path, login: bool) -> Proxy {
    Proxy::start(|port, _| {
        let mut command = Command::new(program);
        command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        if login {
            command.args(["-u", NAME, "-P", PASSWORD]);
        }
        command
    })
}

/// The service by its name, which the proxy or the driver looks up.
fn open_by_name(world: &mut World<'_>, proxy: &str) {
    let base = world.emulator.base_url().replace("127.0.0.1", "localhost");
    let line = world
        .netease()
        .with("proxy", proxy)
        .with("base_url", format!("{base}/nimserver"));
    world.ok(line);
}

#[test]
fn socks5_without_login() {
    let Some(program) = tools::find("microsocks") else {
        return;
    };
    let proxy = start_socks(&program, false);
    with_world(|world| {
        for tls in [false, true] {
            open(world, &proxy.url("socks5", ""), tls);
            round_trip(world, tls);
        }
        for scheme in ["socks5", "socks5h"] {
            open_by_name(world, &proxy.url(scheme, ""));
            round_trip(world, false);
        }
        // All addresses that a name has here are tried; the first is of nobody.
        let base = world.emulator.base_url();
        let port = base.rsplit(':').next().unwrap();
        let resolve = ["127.0.0.2", "127.0.0.3", "127.0.0.1"]
            .map(|address| format!("files.test:{port}:{address}"));
        let line = world
            .netease()
            .with("proxy", proxy.url("socks5", ""))
            .with("base_url", format!("http://files.test:{port}/nimserver"))
            .with("max_attempts", 1)
            .with("resolve", resolve.join(","));
        world.ok(line.clone());
        assert_eq!(world.ok(upload(10)).number("attempts"), 1);
        world.ok(line.with("resolve", resolve[..2].join(",")));
        let answer = world.fails(upload(10), "CONNECT");
        assert_eq!(answer.number("at_proxy"), 0, "{answer}");
        // Nobody listens there, which is not the proxy's fault.
        let (_socket, address) = crate::servers::closed();
        let answer = world.call(&download(&format!("http://{address}/x/y")));
        assert_eq!(answer.get("status"), Some("CHATFILE_E_CONNECT"), "{answer}");
    });
}

#[test]
fn socks5_with_login() {
    let Some(program) = tools::find("microsocks") else {
        return;
    };
    let proxy = start_socks(&program, true);
    with_world(|world| {
        for login in ["", "proxy%20user:wrong@"] {
            open(world, &proxy.url("socks5", login), false);
            let answer = world.fails(upload(1), "PROXY");
            assert_eq!(answer.number("attempts"), 1, "{answer}");
            without_password(&answer);
        }
        assert!(world.control.journal().is_empty());
        for tls in [false, true] {
            open(world, &proxy.url("socks5", &format!("{LOGIN}@")), tls);
            round_trip(world, tls);
            world.control.clear_journal();
            let line = line(world, &proxy.url("socks5", ""), tls);
            world.ok(line.clone().with("login", "nobody:x"));
            world.fails(upload(1), "PROXY");
            assert_eq!(world.ok(Line::new("seen")).number("logins"), 3);
            assert!(world.control.journal().is_empty());
            world.ok(line.with("login", format!("{NAME}:{PASSWORD}")));
            round_trip(world, tls);
            let seen = world.ok(Line::new("seen"));
            assert_eq!(seen.number("logins"), 1, "{seen}");
            assert_eq!(seen.get("challenge").map(str::trim), Some("SOCKS5"));
        }
    });
}
