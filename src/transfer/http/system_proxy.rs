//! The proxies that the user of a Windows machine has set in its Internet options.

/// What is set there, where a proxy is.
pub(super) struct Settings {
    /// `HOST:PORT` for all, or `SCHEME=HOST:PORT` for some, separated by semicolons.
    pub(super) proxies: String,
    /// Hosts that are reached directly, as
    /// [`Bypass::add_windows`](super::bypass::Bypass::add_windows) reads them.
    pub(super) bypass: String,
}

impl Settings {
    /// The URL of the proxy for requests of this scheme, if there is one. Of `socks` it is not
    /// said which version it speaks; version 4 is not spoken here.
    pub(super) fn proxy_for(&self, scheme: &str) -> Option<String> {
        let entries = self.proxies.split([';', ' ', '\t', '\r', '\n']);
        let entries = entries.filter(|entry| !entry.is_empty());
        let named = |name: &str| {
            entries.clone().find_map(|entry| {
                let (scheme, proxy) = entry.split_once('=')?;
                scheme.eq_ignore_ascii_case(name).then_some(proxy)
            })
        };
        let for_all = || entries.clone().find(|entry| !entry.contains('='));
        let with_scheme = |scheme: &str, proxy: &str| match proxy.contains("://") {
            true => proxy.to_owned(),
            false => format!("{scheme}://{proxy}"),
        };
        match named(scheme).or_else(for_all) {
            Some(proxy) => Some(with_scheme("http", proxy)),
            None => named("socks").map(|proxy| with_scheme("socks5h", proxy)),
        }
    }
}

/// `None`: nothing is set, or this is no Windows.
#[cfg(not(windows))]
#[expect(clippy::unnecessary_wraps, reason = "on Windows it can fail")]
pub(super) fn read() -> crate::Result<Option<Settings>> {
    Ok(None)
}

#[cfg(windows)]
pub(super) use windows::read;

#[cfg(windows)]
mod windows {
    use super::Settings;
    use crate::error::{Error, Result, Status};
    use winreg::RegKey;
    use winreg::enums::{HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE};

    const OPTIONS: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    /// An administrator says here that the machine's settings are those of all users.
    const POLICY: &str = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";

    /// As WinINet and WinHTTP's `WinHttpGetIEProxyConfigForCurrentUser` read them.
    pub(in super::super) fn read() -> Result<Option<Settings>> {
        let policy = RegKey::predef(HKEY_LOCAL_MACHINE).open_subkey(POLICY);
        let per_user = policy.and_then(|key| key.get_value::<u32, _>("ProxySettingsPerUser"));
        let root = match per_user {
            Ok(0) => HKEY_LOCAL_MACHINE,
            _ => HKEY_CURRENT_USER,
        };
        let Ok(options) = RegKey::predef(root).open_subkey(OPTIONS) else {
            return Ok(None);
        };
        let text = |name| options.get_value::<String, _>(name).unwrap_or_default();
        if options.get_value::<u32, _>("ProxyEnable").unwrap_or(0) != 0 {
            let proxies = text("ProxyServer");
            if !proxies.trim().is_empty() {
                return Ok(Some(Settings {
                    proxies,
                    bypass: text("ProxyOverride"),
                }));
            }
        }
        if text("AutoConfigURL").is_empty() {
            return Ok(None);
        }
        Err(Error::new(
            Status::Unsupported,
            "proxy: the Internet options of this machine name a script (PAC), which this library does \
             not run; ask WinHTTP (WinHttpGetProxyForUrl), and set proxy to what it says",
        )
        .with_field("proxy"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_has_its_proxy() {
        let found = |proxies: &str| {
            let settings = Settings {
                proxies: proxies.to_owned(),
                bypass: String::new(),
            };
            ["http", "https"].map(|scheme| settings.proxy_for(scheme).unwrap_or_default())
        };
        for (proxies, http, https) in [
            ("a:1", "http://a:1", "http://a:1"),
            ("http://a:1", "http://a:1", "http://a:1"),
            ("HTTP=a:1;https=b:2;ftp=c:3", "http://a:1", "http://b:2"),
            ("https=https://b:2", "", "https://b:2"),
            ("http=a:1 socks=s:3", "http://a:1", "socks5h://s:3"),
            ("ftp=c:3", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(found(proxies), [http, https], "{proxies}");
        }
    }
}
