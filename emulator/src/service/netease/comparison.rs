//! Its part of `chatfile-emulator compare`.

use crate::service::Comparison;

pub(crate) const COMPARISON: Comparison = Comparison {
    name: "netease",
    variables: &[
        ("base", "?NETEASE_BASE_URL=https://api.netease.im/nimserver"),
        ("app_key", "NETEASE_APP_KEY"),
        ("app_secret", "NETEASE_APP_SECRET"),
    ],
    tables: &[include_str!("comparison.jsonl")],
    pair: None,
    store: None,
    path: "/nimserver",
    configure: |config, given| {
        config.netease.app_key = given("app_key");
        config.netease.app_secret = given("app_secret");
    },
    account: |config| {
        let own = &config.netease;
        vec![
            ("app_key", own.app_key.clone()),
            ("app_secret", own.app_secret.clone()),
        ]
    },
};
