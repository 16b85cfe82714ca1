//! The five services: which variables of the environment lead to one, and how the emulator is set up to be the same.

use chatfile_emulator::{Config, Emulator};

use super::node::Known;
use super::wire::Place;

/// What all variables begin with, as in tests/live.
pub(super) const PREFIX: &str = "CHATFILE_LIVE_";

/// A service's name, variables and table.
pub(super) struct Service {
    pub(super) name: &'static str,
    /// The values of the table by their names, and the variable that gives each; `?` before it: it may be absent, with what then
    /// stands for it behind `=`.
    variables: &'static [(&'static str, &'static str)],
    pub(super) tables: &'static [&'static str],
    configure: fn(&mut Config, &Known),
}

pub(super) const ALL: [Service; 5] = [
    Service {
        name: "easemob",
        variables: &[
            ("base", "?EASEMOB_BASE_URL=https://a1.easemob.com"),
            ("app_key", "EASEMOB_APP_KEY"),
            ("client_id", "EASEMOB_CLIENT_ID"),
            ("client_secret", "EASEMOB_CLIENT_SECRET"),
        ],
        tables: &[include_str!("tables/easemob.jsonl")],
        configure: |config, known| {
            let (org, app) = known
                .value("app_key")
                .and_then(|key| key.split_once('#'))
                .unwrap_or_default();
            config.easemob.org = org.to_owned();
            config.easemob.app = app.to_owned();
            config.easemob.client_id = given(known, "client_id");
            config.easemob.client_secret = given(known, "client_secret");
        },
    },
    Service {
        name: "netease",
        variables: &[
            ("base", "?NETEASE_BASE_URL=https://api.netease.im/nimserver"),
            ("app_key", "NETEASE_APP_KEY"),
            ("app_secret", "NETEASE_APP_SECRET"),
        ],
        tables: &[include_str!("tables/netease.jsonl")],
        configure: |config, known| {
            config.netease.app_key = given(known, "app_key");
            config.netease.app_secret = given(known, "app_secret");
        },
    },
    Service {
        name: "huawei",
        variables: &[
            ("base", "HUAWEI_BASE_URL"),
            ("app_key", "HUAWEI_APP_KEY"),
            ("app_secret", "HUAWEI_APP_SECRET"),
            ("channel_id", "HUAWEI_CHANNEL_ID"),
            ("user_id", "HUAWEI_USER_ID"),
        ],
        tables: &[include_str!("tables/huawei.jsonl")],
        configure: |config, known| {
            config.huawei.app_key = given(known, "app_key");
            config.huawei.app_secret = given(known, "app_secret");
            config.huawei.channel_id = given(known, "channel_id");
        },
    },
    Service {
        name: "openim",
        variables: &[
            ("base", "OPENIM_BASE_URL"),
            ("secret", "OPENIM_ADMIN_SECRET"),
            ("admin", "?OPENIM_ADMIN_USER_ID=imAdmin"),
            ("access_key", "?OPENIM_ACCESS_KEY"),
            ("secret_key", "?OPENIM_SECRET_KEY"),
        ],
        tables: &[
            include_str!("tables/openim.jsonl"),
            include_str!("tables/openim-store.jsonl"),
        ],
        configure: |config, known| {
            config.openim.secret = given(known, "secret");
            config.openim.admin_id = given(known, "admin");
            if known.value("secret_key").is_some() {
                config.openim.access_key = given(known, "access_key");
                config.openim.secret_key = given(known, "secret_key");
            }
        },
    },
    Service {
        name: "smh",
        variables: &[
            ("base", "?SMH_BASE_URL=https://api.tencentsmh.cn"),
            ("library_id", "SMH_LIBRARY_ID"),
            ("library_secret", "SMH_LIBRARY_SECRET"),
            ("space_id", "?SMH_SPACE_ID=-"),
            ("user_id", "?SMH_USER_ID=chatfile-compare"),
        ],
        tables: &[include_str!("tables/smh.jsonl")],
        configure: |config, known| {
            config.smh.library_id = given(known, "library_id");
            config.smh.library_secret = given(known, "library_secret");
            if let Some(space) = known.value("space_id")
                && !config.smh.spaces.iter().any(|one| one == space)
            {
                config.smh.spaces.push(space.to_owned());
            }
        },
    },
];

fn given(known: &Known, name: &str) -> String {
    known.value(name).unwrap_or_default().to_owned()
}

impl Service {
    /// The values that the environment has, or the variables that it lacks.
    pub(super) fn values(&self) -> Result<Known, Vec<String>> {
        let mut known = Known::default();
        let mut missing = Vec::new();
        for (name, variable) in self.variables {
            let (variable, default) = match variable.strip_prefix('?') {
                Some(optional) => match optional.split_once('=') {
                    Some((variable, default)) => (variable, Some(Some(default))),
                    None => (optional, Some(None)),
                },
                None => (*variable, None),
            };
            let variable = format!("{PREFIX}{variable}");
            match (
                std::env::var(&variable).ok().filter(|v| !v.is_empty()),
                default,
            ) {
                (Some(value), _) => known.set(name, value),
                (None, Some(Some(default))) => known.set(name, default),
                (None, Some(None)) => {}
                (None, None) => missing.push(variable),
            }
        }
        if let Some((org, app)) = known.value("app_key").and_then(|key| key.split_once('#')) {
            let (org, app) = (org.to_owned(), app.to_owned());
            known.set("org", org);
            known.set("app", app);
        }
        match missing.is_empty() {
            true => Ok(known),
            false => Err(missing),
        }
    }

    /// The emulator's own credentials, where a recording stands for the service.
    pub(super) fn stand_in(&self, config: &Config) -> Known {
        let mut known = Known::default();
        let values: Vec<(&str, String)> = match self.name {
            "easemob" => vec![
                (
                    "app_key",
                    format!("{}#{}", config.easemob.org, config.easemob.app),
                ),
                ("org", config.easemob.org.clone()),
                ("app", config.easemob.app.clone()),
                ("client_id", config.easemob.client_id.clone()),
                ("client_secret", config.easemob.client_secret.clone()),
            ],
            "netease" => vec![
                ("app_key", config.netease.app_key.clone()),
                ("app_secret", config.netease.app_secret.clone()),
            ],
            "huawei" => vec![
                ("app_key", config.huawei.app_key.clone()),
                ("app_secret", config.huawei.app_secret.clone()),
                ("channel_id", config.huawei.channel_id.clone()),
                ("user_id", "alice".to_owned()),
            ],
            "openim" => vec![
                ("secret", config.openim.secret.clone()),
                ("admin", config.openim.admin_id.clone()),
                ("access_key", config.openim.access_key.clone()),
                ("secret_key", config.openim.secret_key.clone()),
            ],
            _ => vec![
                ("library_id", config.smh.library_id.clone()),
                ("library_secret", config.smh.library_secret.clone()),
                ("space_id", "-".to_owned()),
                ("user_id", "chatfile-compare".to_owned()),
            ],
        };
        for (name, value) in values {
            known.set(name, value);
        }
        known
    }

    /// An emulator with the same credentials, and the values that lead to it.
    pub(super) fn emulated(
        &self,
        config: &Config,
        real: &Known,
    ) -> std::io::Result<(Emulator, Known)> {
        let mut config = config.clone();
        (self.configure)(&mut config, real);
        let emulator = Emulator::start(config)?;
        let mut known = Known::default();
        for (name, _) in self.variables {
            if let Some(value) = real.value(name) {
                known.set(name, value);
            }
        }
        for name in ["org", "app"] {
            if let Some(value) = real.value(name) {
                known.set(name, value);
            }
        }
        let path = if self.name == "netease" {
            "/nimserver"
        } else {
            ""
        };
        known.set("base", emulator.base_url() + path);
        Ok((emulator, known))
    }
}

/// The API's place and path, by the value `base`.
pub(super) fn api(known: &Known) -> Option<(Place, String)> {
    Place::of(known.value("base")?)
}
