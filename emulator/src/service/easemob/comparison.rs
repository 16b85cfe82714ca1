//! Its part of `chatfile-emulator compare`.

use crate::service::Comparison;

pub(crate) const COMPARISON: Comparison = Comparison {
    name: "easemob",
    variables: &[
        ("base", "?EASEMOB_BASE_URL=https://a1.easemob.com"),
        ("app_key", "EASEMOB_APP_KEY"),
        ("client_id", "EASEMOB_CLIENT_ID"),
        ("client_secret", "EASEMOB_CLIENT_SECRET"),
    ],
    tables: &[include_str!("comparison.jsonl")],
    pair: Some(("app_key", '#', ["org", "app"])),
    store: None,
    path: "",
    configure: |config, given| {
        config.easemob.org = given("org");
        config.easemob.app = given("app");
        config.easemob.client_id = given("client_id");
        config.easemob.client_secret = given("client_secret");
    },
    account: |config| {
        let own = &config.easemob;
        vec![
            ("app_key", format!("{}#{}", own.org, own.app)),
            ("client_id", own.client_id.clone()),
            ("client_secret", own.client_secret.clone()),
        ]
    },
};
