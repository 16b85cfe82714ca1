//! How a client behaves.

use crate::boundary::{argument, bytes, c_string, owned_text, text};
use crate::callbacks::{User, told};
use crate::structures::{choice, extensible, non_zero, read_or_default};
use chatfile::{
    ClientOptions, English, IpVersion, LogCallback, LogLevel, ProxyLogin, Result, Trust,
};
use std::ffi::{CStr, c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// How much to log, or how much a line matters: one of the CHATFILE_LOG_ numbers. Each
/// includes those below it.
pub type chatfile_log_level = u32;

/// Calls that failed.
pub const CHATFILE_LOG_ERROR: chatfile_log_level = 1;
/// Also attempts that failed.
pub const CHATFILE_LOG_WARN: chatfile_log_level = 2;
/// Also attempts that succeeded.
pub const CHATFILE_LOG_INFO: chatfile_log_level = 3;
/// Also the steps in between (tokens, redirects, lost connections).
pub const CHATFILE_LOG_DEBUG: chatfile_log_level = 4;
/// Also each request and answer with its header fields, and how connections came about;
/// of values, those that are harmless.
pub const CHATFILE_LOG_TRACE: chatfile_log_level = 5;

/// Which addresses of hosts to connect to: one of the CHATFILE_IP_ numbers.
pub type chatfile_ip_version = u32;

/// Whichever works; those of both versions are tried in turn, a quarter of a second
/// apart (RFC 8305).
pub const CHATFILE_IP_ANY: chatfile_ip_version = 0;
/// IPv4 alone.
pub const CHATFILE_IP_V4: chatfile_ip_version = 4;
/// IPv6 alone.
pub const CHATFILE_IP_V6: chatfile_ip_version = 6;

/// Which CA certificates to trust: one of the CHATFILE_TRUST_ numbers.
pub type chatfile_trust = u32;

/// The CA certificates that are built in (Mozilla's); where none of them has signed,
/// those of the operating system.
pub const CHATFILE_TRUST_BOTH: chatfile_trust = 0;
/// Those that are built in, the same on every machine.
pub const CHATFILE_TRUST_BUILT_IN: chatfile_trust = 1;
/// Those of the operating system, so that what its administrator has taken away is not
/// trusted either.
pub const CHATFILE_TRUST_SYSTEM: chatfile_trust = 2;

/// Takes a line of the log, UTF-8 without a line end, valid during the call only.
/// A line says which service was called for what,
/// with which outcome, and never holds a secret; but paths are in it, and that of a
/// NetEase file is enough to fetch it. Called on a thread that made a call, so by
/// several at once if several use the client. Must not throw, longjmp, or use the
/// client.
pub type chatfile_log_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, level: chatfile_log_level, line: *const c_char)>;

/// Gives the user name and password for a proxy that asks for them (407, or as SOCKS5
/// does), or refuses those that it was given: puts "NAME:PASSWORD" at buffer, at most
/// capacity bytes (no fewer than 16,384), without a NUL, stores their number in *size, and
/// returns 0. A size beyond that is CHATFILE_E_TEXT. A size of 0 says that there is none, and the call fails with CHATFILE_E_PROXY, as it does after
/// three in a row that the proxy refuses. What else than 0 is returned stops the call with
/// CHATFILE_E_CALLBACK. proxy is its "host:port", scheme "Basic", "Digest" or "SOCKS5",
/// realm what the proxy says that the password is for, which may be anything (SOCKS5 says
/// nothing: ""); they are valid during the call only. Called on a thread that made a call,
/// by one thread at a time. What is given is kept while the client lives, and then wiped.
/// Must not throw, longjmp, or use the client.
pub type chatfile_proxy_login_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        proxy: *const c_char,
        scheme: *const c_char,
        realm: *const c_char,
        buffer: *mut c_char,
        capacity: usize,
        size: *mut usize,
    ) -> i32,
>;

/// How a client behaves. The defaults suit a desktop program on Wi-Fi.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_client_options {
    /// Set by CHATFILE_CLIENT_OPTIONS_INIT.
    pub struct_size: usize,
    /// Your program as it should appear in the User-Agent, for example
    /// "MyChat/4.2"; the library's own name is added. ASCII. NULL: that alone.
    pub user_agent: *const c_char,
    /// The longest time for one connection, in milliseconds: name look-up, TCP,
    /// proxy and TLS together. 0: 15,000.
    pub connect_timeout_ms: u32,
    /// A transfer in which no byte moves for so many milliseconds has failed; one
    /// byte a second is alive. 0: 60,000.
    pub stall_timeout_ms: u32,
    /// The longest time for a whole call with all its attempts, in milliseconds.
    /// 0: no limit.
    pub deadline_ms: u32,
    /// How often each request of a call is tried. A request lost on a kept-alive connection
    /// that the server had closed is sent again and not counted; an upload is not, where
    /// this is 1. 0: 4; 1: never again.
    pub max_attempts: u32,
    /// The upper bound of the pause before the second attempt, in milliseconds; it
    /// doubles with each further one, and the pause is a random part of it. What
    /// the service asks for is added. 0: 500.
    pub retry_delay_ms: u32,
    /// No attempt begins later than so many milliseconds after its call did. 0: no
    /// limit.
    pub retry_time_ms: u32,
    /// The most calls of the service in a second, over all threads that use this
    /// client; tokens (but OpenIM's), presigned requests, NetEase downloads and the parts
    /// of files are not counted. 0: what the vendor allows an app (100 at Easemob and
    /// NetEase; the others state none).
    /// Several clients or programs with one app do not know of each other: divide it.
    pub calls_per_second: u32,
    /// The most bytes to send in a second, over all transfers; see
    /// chatfile_client_set_rates(). 0: no limit.
    pub upload_rate: u64,
    /// The most bytes to receive in a second, over all transfers. 0: no limit.
    pub download_rate: u64,
    /// Other addresses of the same service, separated by commas: URLs of the form of
    /// base_url. Where that cannot be reached (name, connection, TLS), so that nothing
    /// was sent, they are asked in turn; the one that was reached is asked first from
    /// then on. None may be http:// if base_url is https://. NULL: none.
    pub fallback_urls: *const c_char,
    /// Where hosts are, whatever the system says: "HOST:PORT:ADDRESS", separated by
    /// commas; a host that is named several times has several addresses. Hosts that a
    /// proxy resolves are not looked for here. NULL: nothing is said.
    pub resolve: *const c_char,
    /// Which addresses of hosts to connect to: CHATFILE_IP_ANY (0), _V4 or _V6.
    pub ip_version: chatfile_ip_version,
    /// A proxy for everything: "http://user:password@host:port" (plain requests for
    /// http, CONNECT for https), "https://..." (the same over TLS), "socks5h://...",
    /// which all resolve the names of hosts, or "socks5://...", which is given
    /// addresses; user name and password percent-encoded. An http proxy gets them by
    /// Basic, or by Digest if it asks for that. "system": on Windows what the Internet
    /// options of the user say (a script there is CHATFILE_E_UNSUPPORTED), elsewhere the
    /// environment, as with proxy_from_environment. NULL: none.
    pub proxy: *const c_char,
    /// Gives the user name and password for a proxy that asks for them, where its
    /// URL has none, or none that it takes. NULL: nobody is asked.
    pub proxy_login: chatfile_proxy_login_fn,
    /// Handed to proxy_login.
    pub proxy_login_user: *mut c_void,
    /// Hosts to reach without the proxy, separated by commas: names, with their
    /// subdomains, addresses, networks ("10.0.0.0/8"), each alone or at a port
    /// ("example.com:8080"); "*" for all. NULL: none.
    pub no_proxy: *const c_char,
    /// Not 0: take the proxies from the environment (http_proxy, https_proxy,
    /// all_proxy, no_proxy), now; not together with proxy. 0: the environment is not
    /// looked at.
    pub proxy_from_environment: i32,
    /// Not 0: let a service or host that is asked over https send us on to an
    /// "http://" address, by a redirect or as its store, where anyone in between can
    /// read and change the file. 0: that is refused, by
    /// CHATFILE_E_BLOCKED_ADDRESS with this field.
    pub allow_plain_http: i32,
    /// Not 0: send nothing to a loopback, link-local, private or other special-purpose
    /// address if a message, a presigned request, an answer or a redirect says so
    /// (CHATFILE_E_BLOCKED_ADDRESS with this field): for back-ends, which such a URL could
    /// lead to hosts that nobody outside may reach. It is checked on the address that
    /// is connected to. base_url and the proxies may be any; behind a proxy only the
    /// proxy knows what a name stands for, so that only addresses and localhost are
    /// refused. 0: they may lead anywhere.
    pub refuse_private_addresses: i32,
    /// How much to log. 0: CHATFILE_LOG_INFO.
    pub log_level: chatfile_log_level,
    /// Takes the lines of the log. NULL: none.
    pub log: chatfile_log_fn,
    /// Handed to log.
    pub log_user: *mut c_void,
    /// Not 0: the error of a call that failed says what the call has done
    /// (chatfile_error_trace()), which is kept in memory meanwhile, up to 64 KiB of it.
    /// Whatever becomes of a call, its log says the same with CHATFILE_LOG_TRACE. 0: errors
    /// have no trace.
    pub trace: i32,
    /// Which CA certificates to trust besides ca_certificates: CHATFILE_TRUST_BOTH
    /// (0), _BUILT_IN or _SYSTEM.
    pub trust: chatfile_trust,
    /// More CA certificates to trust: PEM (any number) or DER (one). NULL: none.
    pub ca_certificates: *const c_void,
    /// The number of bytes at ca_certificates.
    pub ca_certificates_size: usize,
    /// A file with them instead, in UTF-8: not together with ca_certificates. NULL: none.
    pub ca_certificates_path: *const c_char,
    /// A certificate chain that says who this client is: PEM, its own first, with a
    /// NUL at the end. NULL: none.
    pub client_certificate: *const c_char,
    /// The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1), with a NUL at the
    /// end.
    pub client_key: *const c_char,
}

extensible!(chatfile_client_options.client_key);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn client_options(
    options: *const chatfile_client_options,
) -> Result<ClientOptions> {
    let milliseconds = |value: u32| non_zero(value).map(|ms| Duration::from_millis(ms.into()));
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        let mut client = ClientOptions::default();
        client.user_agent = owned_text(options.user_agent, "user_agent")?;
        client.connect_timeout = milliseconds(options.connect_timeout_ms);
        client.stall_timeout = milliseconds(options.stall_timeout_ms);
        client.deadline = milliseconds(options.deadline_ms);
        client.max_attempts = non_zero(options.max_attempts);
        client.retry_time = milliseconds(options.retry_time_ms);
        client.retry_delay = milliseconds(options.retry_delay_ms);
        client.calls_per_second = non_zero(options.calls_per_second);
        client.upload_rate = non_zero(options.upload_rate);
        client.download_rate = non_zero(options.download_rate);
        client.fallback_urls = owned_text(options.fallback_urls, "fallback_urls")?;
        client.resolve = owned_text(options.resolve, "resolve")?;
        client.ip_version = choice(
            options.ip_version,
            &[
                (CHATFILE_IP_ANY, IpVersion::Any),
                (CHATFILE_IP_V4, IpVersion::V4),
                (CHATFILE_IP_V6, IpVersion::V6),
            ],
            "ip_version",
        )?;
        client.proxy = owned_text(options.proxy, "proxy")?;
        client.proxy_login = proxy_login(options.proxy_login, options.proxy_login_user);
        client.no_proxy = owned_text(options.no_proxy, "no_proxy")?;
        client.proxy_from_environment = options.proxy_from_environment != 0;
        client.allow_plain_http = options.allow_plain_http != 0;
        client.refuse_private_addresses = options.refuse_private_addresses != 0;
        client.trust = choice(
            options.trust,
            &[
                (CHATFILE_TRUST_BOTH, Trust::Both),
                (CHATFILE_TRUST_BUILT_IN, Trust::BuiltIn),
                (CHATFILE_TRUST_SYSTEM, Trust::System),
            ],
            "trust",
        )?;
        client.ca_certificates = ca_certificates(&options)?;
        client.client_certificate = pem(options.client_certificate);
        client.client_key = pem(options.client_key);
        client.trace = options.trace != 0;
        client.log = log(options.log, options.log_user, options.log_level)?;
        Ok(client)
    }
}

/// The caller's function for the logins of proxies.
fn proxy_login(login: chatfile_proxy_login_fn, user: *mut c_void) -> Option<ProxyLogin> {
    let login = login?;
    let user = User::new(user);
    Some(ProxyLogin::new(move |challenge| {
        let words = [challenge.proxy, challenge.scheme, challenge.realm].map(c_string);
        let [proxy, scheme, realm] = words.each_ref().map(|word| word.as_ptr());
        told("proxy_login", "proxy_login", |buffer, capacity, size| {
            // SAFETY: the C caller guarantees that the function may be called with
            // its user pointer while the client lives, and writes at most
            // `capacity` bytes.
            unsafe { login(user.pointer(), proxy, scheme, realm, buffer, capacity, size) }
        })
    }))
}

/// The caller's function for the log.
fn log(
    log: chatfile_log_fn,
    user: *mut c_void,
    level: chatfile_log_level,
) -> Result<Option<(LogLevel, LogCallback)>> {
    let level = choice(
        level,
        &[
            (0, LogLevel::Info),
            (CHATFILE_LOG_ERROR, LogLevel::Error),
            (CHATFILE_LOG_WARN, LogLevel::Warn),
            (CHATFILE_LOG_INFO, LogLevel::Info),
            (CHATFILE_LOG_DEBUG, LogLevel::Debug),
            (CHATFILE_LOG_TRACE, LogLevel::Trace),
        ],
        "log_level",
    )?;
    let user = User::new(user);
    Ok(log.map(|log| {
        let callback: LogCallback = Arc::new(move |level: LogLevel, line: &str| {
            let line = c_string(line);
            // SAFETY: the C caller guarantees that the function may be called
            // with its user pointer while the client lives, from any thread
            // that makes a call.
            unsafe { log(user.pointer(), level as u32, line.as_ptr()) }
        });
        (level, callback)
    }))
}

/// # Safety
/// `pointer` is NULL or a NUL-terminated string; the C caller guarantees it.
unsafe fn pem(pointer: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: not NULL; the C caller guarantees the terminating NUL.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec())
}

/// Opening a FIFO waits for who writes to it, and a device may have no end.
fn read_file(path: &str) -> std::io::Result<Vec<u8>> {
    match std::fs::metadata(path)?.is_file() {
        true => std::fs::read(path),
        false => Err(std::io::Error::other("it is no file")),
    }
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn ca_certificates(options: &chatfile_client_options) -> Result<Option<Vec<u8>>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let path = text(options.ca_certificates_path, "ca_certificates_path")?;
        match (options.ca_certificates.is_null(), path) {
            (true, None) => Ok(None),
            (false, None) => Ok(Some(
                bytes(
                    options.ca_certificates,
                    options.ca_certificates_size,
                    "ca_certificates_size",
                )?
                .to_vec(),
            )),
            (true, Some(path)) => read_file(path).map(Some).map_err(|e| {
                argument(
                    "ca_certificates_path",
                    format_args!("cannot read {path}: {}", English(&e)),
                )
            }),
            (false, Some(_)) => Err(argument(
                "ca_certificates",
                "set it or ca_certificates_path, not both",
            )),
        }
    }
}
